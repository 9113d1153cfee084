//! Writing SVG: a few shapes, and titles set into their room. All numbers are whole, on a page of 400 × 600.

use std::fmt::{Display, Write};

use super::{
    film::PosterFilm,
    layouts,
    look::Look,
    metrics::{Face, is_covered},
    palette::Palette,
    setting::{Room, Setting, Title, fit},
};

pub(super) const WIDTH: i32 = 400;
pub(super) const HEIGHT: i32 = 600;
pub(super) const MARGIN: i32 = 28;
/// The page without its margins.
pub(super) const COLUMN: u32 = 344;

const YEAR_SIZE: u32 = 28;
/// Height of capitals and of figures, in hundredths of the size.
pub(super) const CAP: i32 = 67;

/// The drawing for a page, where the style sheet names the typeface.
pub(super) fn inline(film: &PosterFilm, look: Look) -> String {
    let mut canvas = Canvas::new(film, look, false);
    canvas.out.push_str("<svg viewBox=\"0 0 400 600\" font-weight=\"800\" font-stretch=\"condensed\">");
    canvas.finish()
}

/// The drawing as a document: it names its typeface and holds every line to its width, whatever font there is.
pub(super) fn document(film: &PosterFilm, look: Look) -> String {
    let mut canvas = Canvas::new(film, look, true);
    canvas.put(format_args!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 400 600\" width=\"400\" height=\"600\" role=\"img\" \
         font-family=\"'Bricolage Grotesque','Arial Narrow','Liberation Sans Narrow',Arial,sans-serif\" font-weight=\"800\" \
         font-stretch=\"condensed\"><title>"
    ));
    canvas.escape(&film.title);
    if let Some(year) = film.year {
        canvas.put(format_args!(" ({year})"));
    }
    canvas.out.push_str("</title>");
    canvas.finish()
}

/// Where a line of text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

pub(super) struct Canvas<'a> {
    out: String,
    pub film: &'a PosterFilm,
    pub palette: &'static Palette,
    pub title: Title,
    look: Look,
    /// Every line is held to its width, not only those that another font draws.
    holds_widths: bool,
}

impl<'a> Canvas<'a> {
    fn new(film: &'a PosterFilm, look: Look, holds_widths: bool) -> Self {
        let title = Title::parse(if film.title.is_empty() { "?" } else { &film.title });
        Self { out: String::with_capacity(1536), film, palette: look.palette(), title, look, holds_widths }
    }

    fn finish(mut self) -> String {
        let ground = self.palette.ground;
        self.put(format_args!("<path fill=\"{ground}\" d=\"M0 0h400v600H0z\"/>"));
        layouts::draw(self.look.layout, &mut self);
        self.out.push_str("</svg>");
        self.out
    }

    pub(super) fn put(&mut self, text: std::fmt::Arguments<'_>) {
        self.out.write_fmt(text).expect("writing to a string can't fail");
    }

    fn escape(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '&' => self.out.push_str("&amp;"),
                c if c.is_control() => {}
                c => self.out.push(c),
            }
        }
    }

    pub(super) fn path(&mut self, fill: &str, d: impl Display) {
        self.put(format_args!("<path fill=\"{fill}\" d=\"{d}\"/>"));
    }

    pub(super) fn disc(&mut self, fill: &str, x: i32, y: i32, radius: i32) {
        self.put(format_args!("<circle fill=\"{fill}\" cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"/>"));
    }

    pub(super) fn bar(&mut self, fill: &str, [x, y, width, height]: [i32; 4]) {
        self.put(format_args!("<path fill=\"{fill}\" d=\"M{x} {y}h{width}v{height}h-{width}z\"/>"));
    }

    /// One line of text, `width` being hundredths of an em.
    pub(super) fn line(
        &mut self,
        (text, width): (&str, u32),
        (x, y): (i32, i32),
        (size, fill, face, anchor): (u32, &str, Face, Anchor),
    ) {
        self.put(format_args!("<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" fill=\"{fill}\""));
        match anchor {
            Anchor::Start => {}
            Anchor::Middle => self.out.push_str(" text-anchor=\"middle\""),
            Anchor::End => self.out.push_str(" text-anchor=\"end\""),
        }
        match face {
            Face::Narrow => {}
            Face::Wide => self.out.push_str(" font-stretch=\"normal\""),
            Face::Light => self.out.push_str(" font-weight=\"400\""),
        }
        if self.holds_widths || !is_covered(text) {
            let length = size * width / 100;
            self.put(format_args!(" textLength=\"{length}\" lengthAdjust=\"spacingAndGlyphs\""));
        }
        self.out.push('>');
        self.escape(text);
        self.out.push_str("</text>");
    }

    /// Lines of one size from `top` down; gives the y where they end.
    pub(super) fn block(
        &mut self,
        setting: &Setting,
        (x, top): (i32, i32),
        leading: u32,
        (fill, face, anchor): (&str, Face, Anchor),
    ) -> i32 {
        let size = signed(setting.size);
        let step = size * signed(leading) / 100;
        let mut y = top + size * 72 / 100;
        for (text, width) in &setting.lines {
            self.line((text, *width), (x, y), (setting.size, fill, face, anchor));
            y += step;
        }
        y - step + size / 5
    }

    /// The year, small.
    pub(super) fn year(&mut self, (x, y): (i32, i32), fill: &str, anchor: Anchor) {
        if let Some(year) = self.film.year {
            let year = year.to_string();
            self.line((&year, Face::Narrow.width(&year)), (x, y), (YEAR_SIZE, fill, Face::Narrow, anchor));
        }
    }
}

/// A title with its smaller second line, measured before it is drawn.
pub(super) struct Heading {
    main: Setting,
    sub: Setting,
    face: Face,
    leading: u32,
}

const SUB_LEADING: u32 = 112;

impl Heading {
    /// Fits the title into a room; a second line takes up to a third of it.
    pub(super) fn fit(title: &Title, face: Face, room: Room) -> Self {
        let sub = title.sub.as_ref().map_or_else(Setting::default, |sub| {
            let small = Room { height: room.height / 3, largest: 40, leading: SUB_LEADING, ..room };
            fit(sub, Face::Narrow, small)
        });
        let taken = unsigned(block_height(&sub, SUB_LEADING)) + if sub.lines.is_empty() { 0 } else { 14 };
        // One, two or three letters may be as large as the room.
        let largest = if title.main.chars().count() <= 3 { room.largest * 2 } else { room.largest };
        let main = fit(&title.main, face, Room { height: room.height.saturating_sub(taken), largest, ..room });
        Self { main, sub, face, leading: room.leading }
    }

    /// The whole height.
    pub(super) fn height(&self) -> i32 {
        let gap = if self.sub.lines.is_empty() { 0 } else { 14 };
        block_height(&self.main, self.leading) + gap + block_height(&self.sub, SUB_LEADING)
    }

    /// Draws it from `top` down.
    pub(super) fn draw(&self, canvas: &mut Canvas<'_>, (x, top): (i32, i32), fill: &str, anchor: Anchor) {
        canvas.block(&self.main, (x, top), self.leading, (fill, self.face, anchor));
        let top = top + block_height(&self.main, self.leading) + 14;
        canvas.block(&self.sub, (x, top), SUB_LEADING, (fill, Face::Narrow, anchor));
    }
}

/// From the top of the first line's capitals to below the last line's descenders.
fn block_height(setting: &Setting, leading: u32) -> i32 {
    let Some(more) = setting.lines.len().checked_sub(1) else { return 0 };
    let size = signed(setting.size);
    i32::try_from(more).unwrap_or(0) * (size * signed(leading) / 100) + size * 92 / 100
}

pub(super) fn signed(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

pub(super) fn unsigned(value: i32) -> u32 {
    u32::try_from(value).unwrap_or(0)
}

/// A pick as a coordinate.
pub(super) fn coordinate(value: usize) -> i32 {
    i32::try_from(value).unwrap_or(0)
}
