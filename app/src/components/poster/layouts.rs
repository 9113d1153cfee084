//! The layouts. Each sets the title first and gives the shapes the room that is left, so that text never stands on a colour
//! it isn't legible on: `ink` on `ground` or `tone`, `ground` on `accent`.

mod shapes;
mod type_only;

use super::{
    canvas::{Anchor, COLUMN, Canvas, HEIGHT, Heading, MARGIN},
    film::PosterFilm,
    look::Layout,
    metrics::Face,
    setting::{Room, Title},
};

/// Draws a poster on its ground.
pub(super) fn draw(layout: Layout, canvas: &mut Canvas<'_>) {
    match layout {
        Layout::Bands => shapes::bands(canvas),
        Layout::Beam => shapes::beam(canvas),
        Layout::Blinds => shapes::blinds(canvas),
        Layout::Diagonal => shapes::diagonal(canvas),
        Layout::Horizon => shapes::horizon(canvas),
        Layout::Initial => type_only::initial(canvas),
        Layout::Numeral => type_only::numeral(canvas),
        Layout::Repeat => type_only::repeat(canvas),
        Layout::Rings => shapes::rings(canvas),
        Layout::Seats => shapes::seats(canvas),
        Layout::Shards => shapes::shards(canvas),
        Layout::Spine => type_only::spine(canvas),
        Layout::Sun => shapes::sun(canvas),
        Layout::Swiss => shapes::swiss(canvas),
        Layout::TitleCard => type_only::title_card(canvas),
        Layout::Wood => type_only::wood(canvas),
    }
}

/// Whether a layout does a film justice.
pub(super) fn suits(layout: Layout, film: &PosterFilm) -> bool {
    match layout {
        Layout::Numeral => film.year.is_some(),
        Layout::Repeat => (2..=9).contains(&Title::parse(&film.title).main.chars().count()),
        Layout::Wood => type_only::fills_the_page(&Title::parse(&film.title)),
        _ => true,
    }
}

/// The title at the top and the year under it; gives the y where both end.
fn heading_at_top(canvas: &mut Canvas<'_>, face: Face, height: u32, largest: u32) -> i32 {
    let heading = Heading::fit(&canvas.title, face, Room { width: COLUMN, height, largest, leading: 90 });
    let ink = canvas.palette.ink;
    heading.draw(canvas, (MARGIN, MARGIN), ink, Anchor::Start);
    let bottom = MARGIN + heading.height();
    canvas.year((MARGIN, bottom + 30), ink, Anchor::Start);
    bottom + 44
}

/// The title at the bottom with the year as its last line; gives the y where it begins.
fn heading_at_bottom(canvas: &mut Canvas<'_>, face: Face, height: u32, fill: &str) -> i32 {
    let heading = Heading::fit(&canvas.title, face, Room { width: COLUMN, height, largest: 150, leading: 90 });
    let top = HEIGHT - MARGIN - 38 - heading.height();
    heading.draw(canvas, (MARGIN, top), fill, Anchor::Start);
    canvas.year((MARGIN, HEIGHT - MARGIN), fill, Anchor::Start);
    top
}
