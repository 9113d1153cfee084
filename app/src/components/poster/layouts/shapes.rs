//! Layouts in which a shape stands beside the title.

use std::fmt::Write;

use super::super::{
    canvas::{Canvas, HEIGHT, MARGIN, WIDTH, coordinate},
    film::Family,
    metrics::Face,
};
use super::{heading_at_bottom, heading_at_top};

/// Stripes that grow towards the bottom.
pub(super) fn bands(canvas: &mut Canvas<'_>) {
    let free = heading_at_top(canvas, Face::Narrow, 300, 170);
    let (tone, accent) = (canvas.palette.tone, canvas.palette.accent);
    let (mut y, mut height) = (HEIGHT, 92);
    for place in 0.. {
        if y - height < free || height < 4 {
            break;
        }
        canvas.bar(if place % 3 == 1 { tone } else { accent }, [0, y - height, WIDTH, height]);
        y -= height + 12;
        height = height * 62 / 100;
    }
}

/// A projector's light falls on the title.
pub(super) fn beam(canvas: &mut Canvas<'_>) {
    let (ground, tone, accent) = (canvas.palette.ground, canvas.palette.tone, canvas.palette.accent);
    let apex = [60, 200, 340][canvas.film.pick(11, 3)];
    let knee = 300;
    canvas.path(tone, format_args!("M{} 0h36L460 {knee}H-60z", apex - 18));
    canvas.path(accent, format_args!("M{} 0h10L400 {knee}V600H0V{knee}z", apex - 5));
    heading_at_bottom(canvas, Face::Narrow, 210, ground);
}

/// Light through blinds.
pub(super) fn blinds(canvas: &mut Canvas<'_>) {
    let (ground, accent, ink) = (canvas.palette.ground, canvas.palette.accent, canvas.palette.ink);
    let top = heading_at_bottom(canvas, Face::Narrow, 250, ink);
    let radius = ((top - 44) / 2).min(172);
    let x = [200, 250, 150, 372][canvas.film.pick(12, 4)];
    let y = 24 + radius;
    canvas.disc(accent, x, y, radius);
    let mut slats = String::new();
    for place in 1..9 {
        let thickness = 3 + place * 2;
        let _ = write!(slats, "M0 {}h400v{thickness}H0z", y - radius + place * radius * 2 / 9);
    }
    canvas.path(ground, slats);
}

/// Two halves that meet on a slant.
pub(super) fn diagonal(canvas: &mut Canvas<'_>) {
    let free = heading_at_top(canvas, Face::Narrow, 280, 160);
    let (tone, accent) = (canvas.palette.tone, canvas.palette.accent);
    let low = (free + 150).min(560);
    if canvas.film.pick(13, 2) == 0 {
        canvas.path(tone, format_args!("M0 {low}L400 {free}V600H0z"));
        canvas.path(accent, format_args!("M400 {free}V600H{}z", (low - 300).max(40)));
    } else {
        canvas.path(tone, format_args!("M0 {free}L400 {low}V600H0z"));
        canvas.path(accent, format_args!("M0 {free}V600H{}z", (700 - low).min(360)));
    }
}

/// A hill, a planet or the plain, with a light above it.
pub(super) fn horizon(canvas: &mut Canvas<'_>) {
    let (tone, accent, ink) = (canvas.palette.tone, canvas.palette.accent, canvas.palette.ink);
    let x = [90, 200, 300][canvas.film.pick(14, 3)];
    if canvas.film.family == Family::Western {
        canvas.path(accent, format_args!("M{} 300a110 110 0 01220 0z", x - 110));
        canvas.bar(tone, [0, 300, WIDTH, 300]);
    } else {
        canvas.disc(accent, x, 118, 30 + coordinate(canvas.film.pick(15, 40)));
        canvas.disc(tone, WIDTH - x, 700, 420);
    }
    heading_at_bottom(canvas, Face::Narrow, 240, ink);
}

/// Rings, drawn to their middle.
pub(super) fn rings(canvas: &mut Canvas<'_>) {
    let free = heading_at_top(canvas, Face::Narrow, 250, 150);
    let accent = canvas.palette.accent;
    let outer = HEIGHT - free;
    let x = [400, 200, 0][canvas.film.pick(16, 3)];
    let (y, radius) = if x == 200 { (free + outer / 2 + 10, outer / 2 - 12) } else { (HEIGHT, outer - 24) };
    let radius = if x == 200 { radius.min(172) } else { radius.min(390) };
    canvas.put(format_args!("<g fill=\"none\" stroke=\"{accent}\" stroke-width=\"{}\">", radius / 13));
    for place in 0..6 {
        canvas.put(format_args!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{}\"/>", radius * (6 - place) / 6 - radius / 26));
    }
    canvas.put(format_args!("</g>"));
}

/// Rows of seats, one of them taken: the house's own motif.
pub(super) fn seats(canvas: &mut Canvas<'_>) {
    let free = heading_at_top(canvas, Face::Narrow, 290, 160);
    let (tone, accent) = (canvas.palette.tone, canvas.palette.accent);
    let rows = ((HEIGHT - MARGIN - free) / 84).clamp(1, 4);
    let taken =
        coordinate(canvas.film.pick(17, 5)) + 5 * coordinate(canvas.film.pick(18, usize::try_from(rows).unwrap_or(1)));
    let mut others = String::new();
    for seat in 0..rows * 5 {
        let (x, y) = (MARGIN + seat % 5 * 71, HEIGHT - MARGIN - seat / 5 * 84);
        if seat == taken {
            canvas.path(accent, format_args!("M{x} {y}v-42a30 30 0 0160 0v42z"));
        } else {
            let _ = write!(others, "M{x} {y}v-42a30 30 0 0160 0v42z");
        }
    }
    canvas.path(tone, others);
}

/// Broken glass.
pub(super) fn shards(canvas: &mut Canvas<'_>) {
    let free = heading_at_top(canvas, Face::Narrow, 270, 160);
    let (tone, accent) = (canvas.palette.tone, canvas.palette.accent);
    let room = HEIGHT - free;
    let jitter = |canvas: &Canvas<'_>, purpose, by: i32| coordinate(canvas.film.pick(purpose, 100)) * by / 100;
    let (x, y) = (110 + jitter(canvas, 20, 180), free + room / 3 + jitter(canvas, 21, room / 3));
    let edge = [
        (jitter(canvas, 22, 160), free + 8),
        (230 + jitter(canvas, 23, 170), free + 8),
        (WIDTH, free + room / 4 + jitter(canvas, 24, room / 5)),
        (WIDTH, HEIGHT - jitter(canvas, 25, room / 4)),
        (200 + jitter(canvas, 26, 160), HEIGHT),
        (20 + jitter(canvas, 27, 130), HEIGHT),
        (0, HEIGHT - room / 3 - jitter(canvas, 28, room / 5)),
        (0, free + jitter(canvas, 29, room / 4)),
    ];
    for pair in 0..4 {
        let ((ax, ay), (bx, by)) = (edge[pair * 2], edge[pair * 2 + 1]);
        let fill = if pair % 2 == 0 { accent } else { tone };
        canvas.path(fill, format_args!("M{x} {y}L{ax} {ay} {bx} {by}z"));
    }
}

/// A large disc above the title, cut by the page's edge.
pub(super) fn sun(canvas: &mut Canvas<'_>) {
    let (accent, tone, ink) = (canvas.palette.accent, canvas.palette.tone, canvas.palette.ink);
    let top = heading_at_bottom(canvas, Face::Narrow, 270, ink);
    let radius = (top - 30).min(230) * (70 + coordinate(canvas.film.pick(30, 30))) / 100;
    let x = [60, 130, 270, 340][canvas.film.pick(31, 4)];
    let y = (top - 24 - radius).min(radius * 3 / 4);
    canvas.disc(accent, x, y, radius);
    if canvas.film.pick(32, 2) == 0 {
        canvas.disc(tone, WIDTH - x, y, radius / 3);
    }
}

/// Light type, a quarter disc, air.
pub(super) fn swiss(canvas: &mut Canvas<'_>) {
    let free = heading_at_top(canvas, Face::Light, 290, 150);
    let (tone, accent) = (canvas.palette.tone, canvas.palette.accent);
    let radius = (HEIGHT - free - 10).min(340);
    match canvas.film.pick(33, 3) {
        0 => canvas.path(accent, format_args!("M400 600V{}A{radius} {radius} 0 00{} 600z", 600 - radius, 400 - radius)),
        1 => {
            canvas.bar(tone, [WIDTH - radius, HEIGHT - radius, radius, radius]);
            canvas.disc(accent, WIDTH - radius / 2, HEIGHT - radius / 2, radius / 2);
        }
        _ => {
            canvas.path(accent, format_args!("M0 600V{}A{radius} {radius} 0 01{radius} 600z", 600 - radius));
            canvas.bar(tone, [radius, HEIGHT - radius, (WIDTH - radius).max(1), radius]);
        }
    }
}
