//! Which layout and which palette a film's poster has.

use super::{
    film::{Family, PosterFilm},
    palette::{PALETTES, Palette, suiting},
};

/// The ways a poster is laid out; `layouts` draws them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
        Family::Family => &[Seats, Sun, Bands, Rings, Wood, Initial, Horizon, Swiss],
        Family::Horror => &[Repeat, Shards, Initial, Blinds, Spine, Rings, Beam, Wood],
        Family::Noir => &[Blinds, Beam, Diagonal, Spine, TitleCard, Rings, Initial],
        Family::Romance => &[Sun, TitleCard, Swiss, Rings, Horizon, Initial, Bands, Spine],
        Family::Space => &[Horizon, Rings, Beam, Sun, Numeral, Spine, Blinds, Initial],
        Family::War => &[Wood, Diagonal, Spine, Numeral, Horizon, Bands, Shards],
        Family::Western => &[Wood, Horizon, Bands, Sun, TitleCard, Diagonal],
    }
}

/// A layout and a palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub(super) layout: Layout,
    palette: usize,
}

impl Look {
    /// The film's own look.
    pub fn of(film: &PosterFilm) -> Self {
        Self::choice(film, 0, 0)
    }

    /// The film's own look, or its next one that differs in layout and palette from the poster `before` it.
    pub fn beside(film: &PosterFilm, before: Option<Self>) -> Self {
        let own = Self::of(film);
        let Some(before) = before else { return own };
        let layout_step = usize::from(own.layout == before.layout);
        let palette_step = usize::from(own.palette == before.palette);
        Self::choice(film, layout_step, palette_step)
    }

    pub(super) fn palette(self) -> &'static Palette {
        &PALETTES[self.palette]
    }

    /// Layout and palette so many places further than the film's own.
    fn choice(film: &PosterFilm, layout_step: usize, palette_step: usize) -> Self {
        let layouts = suiting_layouts(film.family);
        let palettes = suiting(film.family);
        let mut layout = layouts[(film.pick(1, layouts.len()) + layout_step) % layouts.len()];
        // Silent films had title cards; a third of them get one.
        if layout_step == 0 && film.year.is_some_and(|year| year < 1936) && film.pick(3, 3) == 0 {
            layout = Layout::TitleCard;
        }
        // A repeated title needs a short one, a numeral needs a year.
        let chars = film.title.chars().take_while(|&c| c != ':').count();
        if (layout == Layout::Repeat && chars > 9) || (layout == Layout::Numeral && film.year.is_none()) {
            layout = layouts[(film.pick(1, layouts.len()) + layout_step + 1) % layouts.len()];
        }
        Self { layout, palette: palettes[(film.pick(2, palettes.len()) + palette_step) % palettes.len()] }
    }
}
