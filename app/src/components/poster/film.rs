//! What a poster is drawn from.

/// A film as far as its poster shows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PosterFilm {
    /// Fit to show: the article in front, no year.
    pub title: String,
    pub year: Option<u16>,
    pub(super) family: Family,
    pub(super) seed: u64,
}

impl PosterFilm {
    /// `id` is the film's UUID as a number, `genres` are English names as the catalogue holds them.
    pub fn new(id: u128, title: &str, year: Option<u16>, genres: &[String]) -> Self {
        Self { title: title.trim().to_owned(), year, family: Family::of(genres), seed: mix(id) }
    }

    /// A number fixed for this film and this `purpose`. It has 64 bits everywhere: a `usize` is shorter in the browser, where the same
    /// film would then look different.
    pub(super) fn number(&self, purpose: u64) -> u64 {
        finish(self.seed ^ purpose.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// The same, below `below`.
    pub(super) fn pick(&self, purpose: u64, below: usize) -> usize {
        usize::try_from(self.number(purpose) % below.max(1) as u64).expect("smaller than a usize")
    }
}

/// Both halves of the id matter: version 7 ids differ in the first, version 5 and 4 ids anywhere.
fn mix(id: u128) -> u64 {
    let bytes = id.to_be_bytes();
    let half = |at: usize| bytes[at..at + 8].iter().fold(0, |sum, &byte| (sum << 8) | u64::from(byte));
    finish(half(0) ^ finish(half(8)))
}

/// The finaliser of splitmix64 (Steele, Lea and Flood 2014).
const fn finish(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Genres that share a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Family {
    Adventure,
    Children,
    Comedy,
    Crime,
    Documentary,
    Drama,
    Horror,
    Noir,
    Romance,
    Space,
    War,
    Western,
}

/// The most telling genre decides, not the first: a horror comedy looks like horror.
const TELLING: [(&str, Family); 26] = [
    ("horror", Family::Horror),
    ("western", Family::Western),
    ("film-noir", Family::Noir),
    ("noir", Family::Noir),
    ("sci-fi", Family::Space),
    ("science fiction", Family::Space),
    ("animation", Family::Children),
    ("children's", Family::Children),
    ("children", Family::Children),
    ("family", Family::Children),
    ("documentary", Family::Documentary),
    ("war", Family::War),
    ("musical", Family::Children),
    ("fantasy", Family::Space),
    ("mystery", Family::Noir),
    ("romance", Family::Romance),
    ("crime", Family::Crime),
    ("thriller", Family::Crime),
    ("comedy", Family::Comedy),
    ("adventure", Family::Adventure),
    ("action", Family::Adventure),
    ("history", Family::War),
    ("biography", Family::Drama),
    ("music", Family::Children),
    ("sport", Family::Adventure),
    ("drama", Family::Drama),
];

impl Family {
    fn of(genres: &[String]) -> Self {
        let has = |name: &str| genres.iter().any(|genre| genre.eq_ignore_ascii_case(name));
        TELLING.iter().find(|(name, _)| has(name)).map_or(Self::Drama, |&(_, family)| family)
    }
}
