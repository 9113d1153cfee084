//! Which layout and which palette a film's poster has.

use super::{
    film::{Family, PosterFilm},
    layouts::suits,
    palette::{PALETTES, Palette, suiting},
};

/// The ways a poster is laid out; `layouts` draws them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Layout {
    Bands,
    Beam,
    Blinds,
    Diagonal,
    Horizon,
    Initial,
    Numeral,
    Repeat,
    Rings,
    Seats,
    Shards,
    Spine,
    Sun,
    Swiss,
    TitleCard,
    Wood,
}

/// The layouts that suit a family.
const fn suiting_layouts(family: Family) -> &'static [Layout] {
    use Layout::{
        Bands, Beam, Blinds, Diagonal, Horizon, Initial, Numeral, Repeat, Rings, Seats, Shards, Spine, Sun, Swiss,
        TitleCard, Wood,
    };
    match family {
        Family::Adventure => &[Wood, Diagonal, Sun, Horizon, Shards, Spine, Bands, Numeral, Repeat],
        Family::Comedy => &[Seats, Wood, Swiss, Bands, Initial, Repeat, Sun, Rings, Numeral],
        Family::Crime => &[Shards, Blinds, Spine, Diagonal, Repeat, Initial, Beam, Wood, Numeral],
        Family::Documentary => &[Swiss, Numeral, Wood, Bands, Initial, Beam],
        Family::Drama => &[Swiss, Initial, Spine, Horizon, Wood, Diagonal, Numeral, Sun, Beam],
        Family::Children => &[Seats, Sun, Bands, Rings, Wood, Initial, Horizon, Swiss],
        Family::Horror => &[Repeat, Shards, Initial, Blinds, Spine, Rings, Beam, Wood],
        Family::Noir => &[Blinds, Beam, Diagonal, Spine, TitleCard, Rings, Initial],
        Family::Romance => &[Sun, TitleCard, Swiss, Rings, Horizon, Initial, Bands, Spine],
        Family::Space => &[Horizon, Rings, Beam, Sun, Numeral, Spine, Blinds, Initial],
        Family::War => &[Wood, Diagonal, Spine, Numeral, Horizon, Bands, Shards],
        Family::Western => &[Wood, Horizon, Bands, Sun, TitleCard, Diagonal],
    }
}

/// A layout and a palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Look {
    pub(super) layout: Layout,
    palette: usize,
}

impl Look {
    /// The film's own look.
    pub fn of(film: &PosterFilm) -> Self {
        Self::beside(film, None)
    }

    pub(super) fn palette(self) -> &'static Palette {
        &PALETTES[self.palette]
    }

    /// The film's own look, or its next one that differs in layout and palette from the poster `before` it.
    pub fn beside(film: &PosterFilm, before: Option<Self>) -> Self {
        let taken = before.map(|look| look.layout);
        // A third of the silent films get a title card.
        let silent = film.year.is_some_and(|year| year < 1936) && film.pick(3, 3) == 0;
        let first = silent.then_some(Layout::TitleCard);
        let layout = first
            .into_iter()
            .chain(from(suiting_layouts(film.family), film.number(1)))
            .find(|&layout| Some(layout) != taken && suits(layout, film))
            .unwrap_or(Layout::Horizon);
        let taken = before.map(|look| look.palette);
        let palette = from(suiting(film.family), film.number(2)).find(|&palette| Some(palette) != taken).unwrap_or(0);
        Self { layout, palette }
    }
}

/// All of a list, from the place that a number falls on and round.
fn from<T: Copy>(list: &'static [T], number: u64) -> impl Iterator<Item = T> {
    let place = usize::try_from(number % list.len() as u64).expect("smaller than the list");
    list.iter().copied().cycle().skip(place).take(list.len())
}
