//! The inks that posters are printed in.

use super::film::Family;

/// Four inks. Text in `ink` is legible on `ground` and on `tone`, text in `ground` on `accent` (4.5 : 1 at least, tested).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Palette {
    pub ground: &'static str,
    pub tone: &'static str,
    pub accent: &'static str,
    pub ink: &'static str,
}

const fn palette(ground: &'static str, tone: &'static str, accent: &'static str, ink: &'static str) -> Palette {
    Palette { ground, tone, accent, ink }
}

/// All of them: dark grounds first, from [`FIRST_LIGHT`] on light ones.
pub(super) const PALETTES: [Palette; 24] = [
    palette("#0f2a33", "#17414d", "#f0a35e", "#f4ead8"), //  0 night and copper
    palette("#5a1220", "#7a1c2c", "#f3b8a0", "#fbeee2"), //  1 oxblood
    palette("#12352a", "#1d4d3c", "#e9c46a", "#f3eedd"), //  2 forest
    palette("#2e1a3e", "#46285c", "#f08f7f", "#f6e9e4"), //  3 aubergine and coral
    palette("#14234f", "#1f3573", "#ff8f6b", "#f3efe6"), //  4 navy and salmon
    palette("#16141a", "#2f2a33", "#ff5a4a", "#f4efe6"), //  5 coal and signal red
    palette("#083d4f", "#0f5268", "#f7d46b", "#f1f3ea"), //  6 petrol
    palette("#3b2114", "#573422", "#f2a65a", "#f8ecd9"), //  7 tobacco
    palette("#4a1240", "#681d58", "#ffb3c7", "#ffeef0"), //  8 plum and rose
    palette("#0d1512", "#20302a", "#7fd1a0", "#eef3ea"), //  9 black and jade
    palette("#2438b8", "#1b2b94", "#ffd166", "#f7f4ea"), // 10 ultramarine
    palette("#0b6262", "#084f50", "#ffe08a", "#f4fbf4"), // 11 lagoon
    palette("#b02a1b", "#8f2015", "#ffe3b8", "#fff6ea"), // 12 vermilion
    palette("#f3e7d0", "#e6d2ab", "#b3261e", "#231814"), // 13 cream and red
    palette("#f7c9c4", "#f0aaa2", "#26306e", "#1d1a2e"), // 14 rose and navy
    palette("#bfdcea", "#98c6dc", "#12406b", "#10222f"), // 15 sky
    palette("#e9b44c", "#d99a2b", "#5c1a1b", "#221409"), // 16 mustard and wine
    palette("#c5e0c8", "#9dcaa6", "#14503f", "#10231b"), // 17 mint
    palette("#f08a4b", "#df7030", "#3d1226", "#240f10"), // 18 orange and plum
    palette("#d6c8ec", "#bba5df", "#4a2380", "#21143a"), // 19 lilac
    palette("#dcd8cc", "#c4beac", "#8f1d1d", "#1b1b1c"), // 20 newsprint
    palette("#e3cfa8", "#d1b57f", "#1f1c18", "#1c1712"), // 21 sand and black
    palette("#f6efe2", "#dfe3d6", "#1d4e89", "#16202c"), // 22 ivory and blue
    palette("#f4d35e", "#e8bd38", "#12355b", "#13202e"), // 23 yellow and navy
];

/// The palettes that suit a family, as places in [`PALETTES`].
pub(super) const fn suiting(family: Family) -> &'static [usize] {
    match family {
        Family::Adventure => &[18, 4, 12, 11, 21, 10, 16, 7],
        Family::Comedy => &[16, 14, 18, 15, 11, 13, 23, 22, 17],
        Family::Crime => &[5, 13, 0, 16, 12, 20, 9, 3],
        Family::Documentary => &[20, 17, 21, 6, 15, 22],
        Family::Drama => &[6, 7, 20, 2, 13, 21, 3, 15, 22, 1],
        Family::Children => &[15, 23, 17, 10, 14, 11, 18, 19],
        Family::Horror => &[5, 9, 1, 12, 3, 20],
        Family::Noir => &[5, 20, 0, 21, 9, 22, 2],
        Family::Romance => &[14, 8, 1, 19, 12, 22, 3],
        Family::Space => &[0, 4, 10, 3, 19, 6, 9],
        Family::War => &[2, 21, 20, 7, 12, 6],
        Family::Western => &[7, 21, 18, 13, 16, 12],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(hex: &str) -> f64 {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.03928 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(one: &str, other: &str) -> f64 {
        let (a, b) = (luminance(one), luminance(other));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_is_legible_wherever_a_layout_puts_it() {
        for (place, palette) in PALETTES.iter().enumerate() {
            for (text, under) in
                [(palette.ink, palette.ground), (palette.ink, palette.tone), (palette.ground, palette.accent)]
            {
                let ratio = contrast(text, under);
                assert!(ratio >= 4.5, "palette {place}: {text} on {under} has {ratio:.2}");
            }
        }
    }
}
