//! Measures a backup and its restore: `cargo run --release --example backup RATINGS [FOLDER]`.
//!
//! Makes a database with that many ratings (a hundredth as many films, spread by Zipf's law, and people with 160 each),
//! backs it up, verifies, deletes the database, restores, and opens it again. Times are in seconds, by the wall.

use std::{error::Error, path::Path, sync::Arc, time::Instant};

use chrono::DateTime;
use matinee_domain::{ExternalId, ExternalSource, Stars, Year};
use matinee_services::ports::{
    CatalogueWriter, ImportKey, ImportProgress, ImportedMovie, ImportedRating, MovieRepository, SystemClock,
};
use matinee_store::{
    Durability, Store, StoreOptions,
    backup::{Backups, CreateOptions, Pace, Progress, bytes_in_words},
};

const BATCH: u64 = 20_000;
const RATINGS_OF_A_PERSON: u64 = 160;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let ratings = arguments.next().map_or(Ok(1_000_000), |text| text.parse())?;
    let temporary = tempfile::tempdir()?;
    let folder = arguments.next().map_or_else(|| temporary.path().to_owned(), Into::into);
    std::fs::create_dir_all(&folder)?;
    let database = folder.join("matinee.db");
    if !database.exists() {
        fill(&database, ratings).await?;
    }
    let backups = Backups::new(folder.join("backups"), Arc::new(SystemClock));
    let silent = Progress::none();

    let backup = timed("create, verified", backups.create(&database, CreateOptions::default(), &silent)).await?;
    let manifest = backup.manifest.as_ref().ok_or("the backup has no manifest")?;
    println!("{} rows, {}", manifest.rows(), bytes_in_words(backup.bytes()));
    timed("verify", backups.verify(None, Pace::Full, &silent)).await?;

    std::fs::remove_file(&database)?;
    let lost = Instant::now();
    let restore = async { backups.prepare_restore(None, &database, false, &silent).await?.commit().await };
    timed("restore, compared row by row", restore).await?;
    let films = Box::pin(timed("open and read", open(&database))).await?;
    println!("back after {:.2} s with {films} films", lost.elapsed().as_secs_f64());
    Ok(())
}

async fn timed<T, E>(what: &str, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    let started = Instant::now();
    let done = work.await;
    println!("{what}: {:.2} s", started.elapsed().as_secs_f64());
    done
}

async fn open(database: &Path) -> Result<u64, Box<dyn Error>> {
    let store = Store::connect(&database.to_string_lossy(), StoreOptions::default()).await?;
    store.migrate().await?;
    let films = MovieRepository::count(&store).await?;
    store.close().await;
    Ok(films)
}

async fn fill(database: &Path, ratings: u64) -> Result<(), Box<dyn Error>> {
    let options = StoreOptions { durability: Durability::Normal, ..StoreOptions::default() };
    let store = Store::connect(&database.to_string_lossy(), options).await?;
    store.migrate().await?;
    let films = (ratings / 100).max(1_000);
    let key = |part: &str| ImportKey { part: part.to_owned(), fingerprint: "bench".to_owned() };
    for first in (0..films).step_by(1_000) {
        let batch = (first..films.min(first + 1_000)).map(film).collect();
        store.put_movies(&key("films"), batch, ImportProgress { rows_done: first, finished: false }).await?;
    }
    for first in (0..ratings).step_by(usize::try_from(BATCH)?) {
        let batch = (first..ratings.min(first + BATCH)).map(|number| rating(number, films)).collect();
        store.put_ratings(&key("ratings"), batch, ImportProgress { rows_done: first, finished: false }).await?;
    }
    store.refresh_statistics().await?;
    store.close().await;
    Ok(())
}

fn film(number: u64) -> ImportedMovie {
    let title = format!("The film with the number {number}");
    ImportedMovie {
        external_ids: vec![ExternalId { source: ExternalSource::Movielens, id: number.to_string() }],
        original_title: title.clone(),
        title,
        alternative_titles: Vec::new(),
        year: i32::try_from(1920 + number % 105).ok().and_then(|year| Year::new(year).ok()),
        genres: vec!["Drama".to_owned(), if number.is_multiple_of(2) { "Comedy" } else { "Thriller" }.to_owned()],
    }
}

/// A person's ratings are of different films: a walk through all of them with a step that has no factor in common.
fn rating(number: u64, films: u64) -> ImportedRating {
    let (person, nth) = (number / RATINGS_OF_A_PERSON, number % RATINGS_OF_A_PERSON);
    // The nth draw of each person lies in the nth of as many slices, which grow with the square: few films have most
    // ratings, as with Zipf's law.
    let (from, to) = (slice(nth, films), slice(nth + 1, films));
    let within = person.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let film = (from + within % (to - from).max(1)).min(films - 1);
    ImportedRating {
        dataset: "bench",
        rater: person.to_string(),
        movie: (ExternalSource::Movielens, film.to_string()),
        stars: u8::try_from(number % 10 + 1).ok().and_then(|half| Stars::from_half_stars(half).ok()).expect("1 to 10"),
        at: DateTime::from_timestamp(1_500_000_000, 0).expect("a moment of 2017")
            + chrono::TimeDelta::seconds(i64::try_from(number).unwrap_or(0)),
    }
}

fn slice(nth: u64, films: u64) -> u64 {
    // At least one film in each.
    nth + nth * nth * (films - RATINGS_OF_A_PERSON) / (RATINGS_OF_A_PERSON * RATINGS_OF_A_PERSON)
}
