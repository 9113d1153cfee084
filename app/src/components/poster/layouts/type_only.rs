//! Layouts that are made of type alone, or nearly.

use matinee_domain::letters::upper_case;

use super::super::{
    canvas::{Anchor, CAP, COLUMN, Canvas, HEIGHT, Heading, MARGIN, WIDTH, coordinate, signed, unsigned},
    metrics::Face,
    setting::{Room, Setting, Title, fit, in_lines},
};
use super::{heading_at_bottom, heading_at_top};

/// The first letter, larger than the page.
pub(super) fn initial(canvas: &mut Canvas<'_>) {
    let (tone, accent, ink) = (canvas.palette.tone, canvas.palette.accent, canvas.palette.ink);
    let first = telling_letter(&canvas.title.main);
    let letter = upper_case(&first.to_string());
    let width = Face::Wide.width(&letter).max(20);
    if canvas.film.pick(40, 2) == 0 {
        // Behind the title, cut by two edges.
        let size = (52_000 / width).clamp(640, 900);
        let x = [-36, 60][canvas.film.pick(41, 2)];
        canvas.line((&letter, width), (x, 24 + signed(size) * CAP / 100), (size, tone, Face::Wide, Anchor::Start));
        heading_at_bottom(canvas, Face::Narrow, 240, ink);
    } else {
        // Above the title, cut by the upper edge.
        let top = heading_at_bottom(canvas, Face::Narrow, 200, ink);
        let size = unsigned((top - 16) * 100 / CAP + 60).min(46_000 / width);
        let x = if canvas.film.pick(42, 2) == 0 { MARGIN - 8 } else { WIDTH - signed(size * width / 100) + 30 };
        canvas.line((&letter, width), (x, top - 28), (size, accent, Face::Wide, Anchor::Start));
    }
}

/// The first letter of the first word that is no article.
fn telling_letter(title: &str) -> char {
    const ARTICLES: [&str; 12] = ["The", "A", "An", "Le", "La", "Les", "Der", "Die", "Das", "Il", "El", "Los"];
    let (article, rest) = title.split_once(' ').unwrap_or_default();
    let telling = if ARTICLES.contains(&article) { rest } else { title };
    telling.chars().find(|c| c.is_alphanumeric()).unwrap_or('?')
}

/// The year's last two figures, cut by the lower edge.
pub(super) fn numeral(canvas: &mut Canvas<'_>) {
    let free = heading_at_top(canvas, Face::Narrow, 250, 140);
    let figures = format!("{:02}", canvas.film.year.unwrap_or(0) % 100);
    let width = Face::Narrow.width(&figures).max(40);
    let deepest = unsigned(HEIGHT + 30 - free - 24) * 100 / unsigned(CAP);
    let size = (42_000 / width).min(deepest);
    let accent = canvas.palette.accent;
    canvas.line((&figures, width), (WIDTH / 2, HEIGHT + 30), (size, accent, Face::Narrow, Anchor::Middle));
}

/// The title again and again, once in ink.
pub(super) fn repeat(canvas: &mut Canvas<'_>) {
    let (tone, ink, accent) = (canvas.palette.tone, canvas.palette.ink, canvas.palette.accent);
    let text = upper_case(&canvas.title.main);
    let width = Face::Narrow.width(&text).max(20);
    let size = (COLUMN * 100 / width).clamp(80, 400);
    let step = signed(size) * 78 / 100;
    let rows = (HEIGHT / step + 1).min(9);
    let clear = 1 + coordinate(canvas.film.pick(43, usize::try_from(rows - 2).unwrap_or(1)));
    for row in 0..rows {
        let y = signed(size) * CAP / 100 - step / 3 + row * step;
        let (x, fill) = if row == clear { (MARGIN, ink) } else { (MARGIN - 46 + row % 3 * 52, tone) };
        canvas.line((&text, width), (x, y), (size, fill, Face::Narrow, Anchor::Start));
    }
    canvas.bar(accent, [0, HEIGHT - 62, WIDTH, 62]);
    let ground = canvas.palette.ground;
    canvas.year((MARGIN, HEIGHT - 22), ground, Anchor::Start);
    if let Some(sub) = canvas.title.sub.clone() {
        let setting = fit(&sub, Face::Narrow, Room { width: 250, height: 46, largest: 28, leading: 100 });
        let top = HEIGHT - 31 - signed(setting.size) * coordinate(setting.lines.len()) / 2 + 2;
        canvas.block(&setting, (WIDTH - MARGIN, top), 100, (ground, Face::Narrow, Anchor::End));
    }
}

/// The title up the page's height, beside a band.
pub(super) fn spine(canvas: &mut Canvas<'_>) {
    let (ground, accent, ink) = (canvas.palette.ground, canvas.palette.accent, canvas.palette.ink);
    let room = Room { width: 544, height: 250, largest: 230, leading: 84 };
    let heading = Heading::fit(&canvas.title, Face::Narrow, room);
    canvas.put(format_args!("<g transform=\"rotate(-90 {MARGIN} 572)\">"));
    heading.draw(canvas, (MARGIN, 572), ink, Anchor::Start);
    canvas.put(format_args!("</g>"));
    let edge = MARGIN + heading.height() + 10;
    canvas.bar(accent, [edge, 0, WIDTH - edge, HEIGHT]);
    if WIDTH - edge >= 76 {
        canvas.year((WIDTH - 18, HEIGHT - MARGIN), ground, Anchor::End);
    }
}

/// A title card of the silent days.
pub(super) fn title_card(canvas: &mut Canvas<'_>) {
    let (accent, ink) = (canvas.palette.accent, canvas.palette.ink);
    canvas.put(format_args!(
        "<g fill=\"none\" stroke=\"{ink}\"><path stroke-width=\"5\" d=\"M20 20h360v560H20z\"/>\
         <path stroke-width=\"2\" d=\"M34 62V34h28M338 34h28v28M366 538v28h-28M62 566H34v-28\"/></g>"
    ));
    let room = Room { width: 288, height: 300, largest: 110, leading: 96 };
    let heading = Heading::fit(&canvas.title, Face::Narrow, room);
    let top = 290 - heading.height() / 2;
    heading.draw(canvas, (WIDTH / 2, top), ink, Anchor::Middle);
    let (above, below) = (top - 44, top + heading.height() + 34);
    canvas.path(accent, format_args!("M200 {}l15 19-15 19-15-19z", above - 19));
    canvas.path(accent, format_args!("M110 {above}h60v3h-60zM230 {above}h60v3h-60z"));
    canvas.year((WIDTH / 2, below + 18), ink, Anchor::Middle);
}

/// Wood type: every line as wide as the column.
pub(super) fn wood(canvas: &mut Canvas<'_>) {
    let (ground, accent, ink) = (canvas.palette.ground, canvas.palette.accent, canvas.palette.ink);
    let text = upper_case(&canvas.title.main);
    let (lines, height) = justified(&text);
    let mut y = MARGIN;
    for (line, width, size) in &lines {
        y += signed(*size) * CAP / 100;
        canvas.line((line, *width), (MARGIN, y), (*size, ink, Face::Narrow, Anchor::Start));
        y += 16;
    }
    let foot = MARGIN + height + 8;
    canvas.bar(accent, [0, foot, WIDTH, HEIGHT - foot]);
    let sub = canvas.title.sub.clone().unwrap_or_default();
    let room = Room { width: COLUMN, height: unsigned((HEIGHT - foot - 90).min(150)), largest: 44, leading: 104 };
    let setting = if sub.is_empty() { Setting::default() } else { fit(&sub, Face::Narrow, room) };
    canvas.block(&setting, (MARGIN, foot + 22), 104, (ground, Face::Narrow, Anchor::Start));
    canvas.year((MARGIN, HEIGHT - 24), ground, Anchor::Start);
}

/// The deepest height of the lines of wood type.
const DEEPEST: i32 = 500;
/// Less than that leaves the page empty.
const SHALLOWEST: i32 = 190;

/// Whether a title makes enough lines of wood type.
pub(super) fn fills_the_page(title: &Title) -> bool {
    justified(&upper_case(&title.main)).1 >= SHALLOWEST
}

/// Lines, each with its width and its size.
type Lines = Vec<(String, u32, u32)>;

/// Lines with their widths and sizes, and their height with the gaps: of all numbers of lines, the one that fills the
/// page best without one line that dwarfs the others.
fn justified(text: &str) -> (Lines, i32) {
    let mut best: Option<(i32, Lines)> = None;
    for count in 1..=6 {
        let lines: Vec<_> = in_lines(text, Face::Narrow, count)
            .into_iter()
            .map(|(line, width)| {
                let size = (COLUMN * 100 / width.max(1)).min(330);
                (line, width, size)
            })
            .collect();
        let height = lines.iter().map(|(.., size)| signed(*size) * CAP / 100 + 16).sum::<i32>();
        let sizes = || lines.iter().map(|(.., size)| *size);
        let uneven = sizes().max().unwrap_or(1) > sizes().min().unwrap_or(1) * 3;
        if height <= DEEPEST && !uneven && best.as_ref().is_none_or(|(most, _)| height > *most) {
            best = Some((height, lines));
        }
    }
    let (height, lines) = best.unwrap_or_else(|| {
        let setting = fit(text, Face::Narrow, Room { width: COLUMN, height: 380, largest: 120, leading: 90 });
        let size = setting.size;
        let lines: Vec<_> = setting.lines.into_iter().map(|(line, width)| (line, width, size)).collect();
        (lines.iter().map(|(.., size)| signed(*size) * CAP / 100 + 16).sum(), lines)
    });
    (lines, height)
}
