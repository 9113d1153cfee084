//! How wide text is in the display face, in hundredths of an em, without a font at hand.

/// A cut of the display face.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Face {
    /// Weight 800, width 75 %.
    Narrow,
    /// Weight 800, width 100 %.
    Wide,
    /// Weight 400, width 75 %.
    Light,
}

/// Advance widths of U+0020 to U+007E, read from the font files (see assets/fonts/README.md).
const NARROW: [u8; 95] = [
    17, 21, 31, 52, 44, 80, 61, 15, 27, 28, 38, 37, 15, 23, 17, 27, 45, 27, 44, 42, 47, 45, 46, 37, 45, 46, 18, 16, 37,
    37, 37, 33, 77, 47, 47, 46, 48, 36, 35, 47, 48, 23, 30, 47, 36, 68, 53, 48, 47, 49, 47, 45, 40, 48, 47, 71, 49, 49,
    38, 28, 28, 28, 44, 46, 28, 43, 45, 42, 45, 42, 30, 44, 44, 22, 23, 44, 22, 66, 45, 44, 45, 45, 33, 41, 29, 44, 44,
    68, 45, 44, 37, 29, 21, 28, 37,
];
const WIDE: [u8; 95] = [
    21, 28, 36, 62, 61, 97, 72, 18, 32, 32, 46, 51, 20, 33, 25, 36, 63, 33, 58, 58, 62, 59, 62, 51, 63, 63, 26, 24, 51,
    51, 51, 41, 97, 68, 64, 66, 66, 58, 55, 68, 68, 27, 35, 66, 48, 88, 74, 69, 62, 69, 65, 62, 54, 67, 65, 95, 66, 62,
    56, 31, 36, 31, 55, 53, 28, 57, 61, 55, 61, 56, 39, 57, 60, 26, 26, 57, 26, 90, 60, 59, 61, 61, 42, 53, 38, 59, 55,
    84, 56, 57, 51, 33, 24, 33, 51,
];
const LIGHT: [u8; 95] = [
    17, 18, 23, 47, 39, 60, 54, 12, 22, 23, 30, 33, 11, 19, 11, 23, 39, 22, 36, 36, 39, 38, 39, 32, 39, 39, 12, 11, 33,
    33, 33, 29, 63, 40, 41, 40, 42, 33, 32, 41, 43, 19, 25, 41, 32, 60, 48, 42, 40, 42, 42, 39, 36, 43, 42, 63, 41, 39,
    34, 25, 23, 25, 36, 30, 28, 36, 38, 35, 38, 36, 24, 38, 38, 18, 19, 36, 18, 59, 39, 38, 38, 38, 27, 35, 24, 38, 36,
    55, 36, 37, 30, 25, 18, 25, 33,
];

impl Face {
    /// The width of a text, in hundredths of an em.
    pub(super) fn width(self, text: &str) -> u32 {
        text.chars().map(|c| self.advance(c)).sum()
    }

    fn advance(self, c: char) -> u32 {
        let (table, average) = match self {
            Self::Narrow => (&NARROW, 47),
            Self::Wide => (&WIDE, 64),
            Self::Light => (&LIGHT, 41),
        };
        match c {
            ' '..='~' => u32::from(table[c as usize - 0x20]),
            '’' | '‘' => 20,
            '“' | '”' => 36,
            '…' => 77,
            '–' => 52,
            '½' => 90,
            // Letters with marks are about as wide as the letters; wide ones are set by their average.
            '\u{a1}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => average,
            '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => 0,
            _ if is_full_width(c) => 100,
            // Greek and Cyrillic come from the fallback, whose sizes are adjusted to this face.
            '\u{370}'..='\u{52f}' => average,
            // Scripts that some other font draws.
            _ => 55,
        }
    }
}

/// Whether the display face draws all of a text; what it doesn't is set by another font of unknown width.
pub(super) fn is_covered(text: &str) -> bool {
    text.chars()
        .all(|c| c < '\u{250}' || ('\u{1e00}'..='\u{1eff}').contains(&c) || ('\u{2010}'..='\u{2026}').contains(&c))
}

/// Han, kana, hangul and their punctuation: one em each, and a line may break after any of them.
pub(super) fn is_full_width(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}' | '\u{1f300}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}')
}
