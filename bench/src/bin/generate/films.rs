//! Films: titles of common and rare words, more of the last years than of the first, one to four genres.

use std::{
    io::{self, Write as _},
    path::Path,
};

use super::{
    Size, begin,
    random::{Random, Zipf},
};

const GENRES: [&str; 18] = [
    "Drama",
    "Comedy",
    "Thriller",
    "Romance",
    "Action",
    "Documentary",
    "Horror",
    "Crime",
    "Adventure",
    "Sci-Fi",
    "Children",
    "Animation",
    "Mystery",
    "Fantasy",
    "War",
    "Western",
    "Musical",
    "Film-Noir",
];
const SYLLABLES: [&str; 32] = [
    "ar", "be", "cor", "da", "el", "fin", "go", "ha", "in", "ju", "ka", "lo", "mor", "ne", "o", "pa", "qui", "ra",
    "sen", "ta", "u", "ver", "wil", "xan", "yo", "za", "bro", "cle", "dri", "sto", "tre", "ving",
];
/// Words that titles are made of.
const WORDS: u64 = 30_000;

/// A film as the files say it.
struct Film {
    title: String,
    year: u64,
    genres: Vec<&'static str>,
    minutes: u64,
}

impl Film {
    /// Of a number that is the same in every file.
    fn new(number: u64, seed: u64) -> Self {
        let mut random = Random::new(seed, number);
        let words = Zipf::new(WORDS, 1.01, 20.0);
        let title: Vec<String> =
            (0..Zipf::new(4, 0.5, 0.0).draw(&mut random)).map(|_| word(words.draw(&mut random))).collect();
        let kinds = Zipf::new(GENRES.len() as u64, 0.9, 1.0);
        let mut genres: Vec<&str> =
            (0..=random.below(3)).map(|_| GENRES[kinds.draw(&mut random) as usize - 1]).collect();
        genres.dedup();
        let age = (-random.share().max(1e-9).ln() * 18.0) as u64;
        Self { title: title.join(" "), year: 2024 - age.min(120), genres, minutes: 60 + random.below(100) }
    }
}

/// A word for a number, its first letter a capital one.
pub fn word(number: u64) -> String {
    let mut word = String::new();
    let mut rest = number * 2_654_435_761 % (1 << 20);
    for _ in 0..2 + number % 3 {
        word.push_str(SYLLABLES[(rest % 32) as usize]);
        rest /= 32;
    }
    word[..1].to_uppercase() + &word[1..]
}

/// IMDb's number of a film: seven digits for all, so that text and number sort alike.
pub fn imdb_number(film: u64) -> u64 {
    film + 100_000
}

pub fn write(movielens: &Path, imdb: &Path, size: Size) -> io::Result<()> {
    let mut movies = begin(movielens, "movies.csv", "movieId,title,genres")?;
    let mut links = begin(movielens, "links.csv", "movieId,imdbId,tmdbId")?;
    let columns = "tconst\ttitleType\tprimaryTitle\toriginalTitle\tisAdult\tstartYear\tendYear\truntimeMinutes\tgenres";
    let mut basics = begin(imdb, "title.basics.tsv", columns)?;
    for number in 1..=size.films {
        let Film { title, year, genres, minutes } = Film::new(number, size.seed);
        let imdb = imdb_number(number);
        if number % 3 == 0 {
            writeln!(movies, "{number},\"{title}, The ({year})\",{}", genres.join("|"))?;
        } else {
            writeln!(movies, "{number},{title} ({year}),{}", genres.join("|"))?;
        }
        writeln!(links, "{number},{imdb:07},{number}")?;
        let genres = genres.join(",");
        writeln!(basics, "tt{imdb:07}\tmovie\t{title}\t{title}\t0\t{year}\t\\N\t{minutes}\t{genres}")?;
    }
    movies.flush()?;
    links.flush()?;
    basics.flush()
}
