//! Makes a catalogue of the shape that real ones have, of any size, in files that the imports take.
//!
//! `cargo run --release -p matinee-bench --bin generate -- DIR FILMS PEOPLE RATINGS [SEED]`
//!
//! writes `DIR/movielens` (`movies.csv`, `links.csv`, `ratings.csv`: films, their numbers at IMDb and TMDB, ratings) and
//! `DIR/imdb` (`title.basics.tsv` and the tables beside it: the same films by the same numbers, with their people).
//! PEOPLE is how many rate, and how many others make films. The same arguments make the same bytes. Everything is
//! written as it is drawn: memory is the same for every size.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "sizes are far below 2^52"
)]

mod films;
mod people;
mod random;
mod ratings;

use std::{
    fs::File,
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};

/// How much there is of what.
#[derive(Clone, Copy)]
struct Size {
    films: u64,
    people: u64,
    ratings: u64,
    seed: u64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "generate DIR FILMS PEOPLE RATINGS [SEED]";
    let folder = PathBuf::from(arguments.next().ok_or(usage)?);
    let mut number = || arguments.next().map(|text| text.replace('_', "").parse::<u64>()).transpose();
    let (films, people, ratings) = (number()?.ok_or(usage)?, number()?.ok_or(usage)?, number()?.ok_or(usage)?);
    let size = Size { films: films.max(100), people: people.max(10), ratings, seed: number()?.unwrap_or(1) };
    if size.films > 8_000_000 || size.people > 100_000_000 {
        return Err("at most 8,000,000 films (IMDb's seven digits) and 100,000,000 people".into());
    }
    let (movielens, imdb) = (folder.join("movielens"), folder.join("imdb"));
    std::fs::create_dir_all(&movielens)?;
    std::fs::create_dir_all(&imdb)?;
    films::write(&movielens, &imdb, size)?;
    people::write(&imdb, size)?;
    let written = ratings::write(&movielens, size)?;
    println!("{} films, {} people, {written} ratings in {}", size.films, size.people, folder.display());
    Ok(())
}

/// A file that begins with this line.
fn begin(folder: &Path, name: &str, header: &str) -> io::Result<BufWriter<File>> {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(folder.join(name))?);
    writeln!(file, "{header}")?;
    Ok(file)
}
