//! How long the queries take that people wait for, on a database that a generated catalogue was imported into.
//!
//! `scale DATABASE FILMS PEOPLE INDEX_FOLDER [QUERIES]`: DATABASE is a SQLite file or an address; FILMS and PEOPLE are what
//! `generate` was told. Builds the search index in `INDEX_FOLDER` unless it is there. Films are asked for as
//! often as they are rated (Zipf), people evenly; as many queries as are measured come before them. Prints one JSON object: for
//! each kind of query the median and the 99th percentile in milliseconds. `BENCH_KEPT_BYTES`: of answers that the search index keeps
//! (0: every search is done anew).

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "numbers of queries are small"
)]

use std::time::Instant;

use matinee_domain::{MovieId, SearchFilter, SearchQuery, UserId, rating::RatingFilter};
use matinee_search::{SearchOptions, TantivyIndex};
use matinee_services::ports::{ActivityRepository, MovieRepository, RatingRepository, SearchIndex, TrainingRepository};
use matinee_store::{Store, StoreOptions};
use uuid::Uuid;

type Failure = Box<dyn std::error::Error>;

/// Events of a person that a recommendation is made from.
const EVENTS: u32 = 500;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [database, films, people, folder, rest @ ..] = arguments.as_slice() else {
        return Err("scale DATABASE FILMS PEOPLE INDEX_FOLDER [QUERIES]".into());
    };
    let (films, people): (u64, u64) = (films.parse()?, people.parse()?);
    let queries: usize = rest.first().map_or(Ok(5_000), |queries| queries.parse())?;
    let store = Store::connect(database, StoreOptions::default()).await?;
    store.migrate().await?;
    store.complete_statistics().await?;
    let kept_bytes = match std::env::var("BENCH_KEPT_BYTES") {
        Ok(bytes) => bytes.parse()?,
        Err(_) => SearchOptions::default().kept_bytes,
    };
    let options = SearchOptions { timeout_ms: 60_000, kept_bytes, ..SearchOptions::default() };
    let (index, reason) = TantivyIndex::open(folder, options)?;
    if reason.is_some() {
        index.rebuild(&store, |_| ()).await?;
    }
    let mut chance = Chance(7);
    let mut kinds: [(&str, Vec<f64>); 4] =
        ["film page", "search facets", "my ratings", "a person's events"].map(|kind| (kind, Vec::new()));
    // In turns, so that all have the same neighbours on the machine; the first half warms the caches, as a day of serving does.
    for turn in 0..2 * queries {
        let film = chance.film(&store).await?;
        let person = chance.person(&store).await?;
        let title = store.list_cards(&[film]).await?.pop().map(|card| card.title).unwrap_or_default();
        let word = title.split(' ').max_by_key(|word| word.len()).unwrap_or_default().to_owned();
        let search = SearchQuery { text: word, filter: SearchFilter::default(), offset: 0, limit: 20 };
        let mut times = [0.0; 4];
        let begun = Instant::now();
        let there = MovieRepository::lookup(&store, film).await?.is_some();
        times[0] = ms_since(begun);
        let begun = Instant::now();
        let hits = index.search(&search).await?;
        times[1] = ms_since(begun);
        if !there || hits.movies.is_empty() {
            return Err(format!("{film} is not there, or is not found: is {films} what `generate` was told?").into());
        }
        let begun = Instant::now();
        RatingRepository::list(&store, person, &RatingFilter { limit: 20, ..RatingFilter::default() }).await?;
        times[2] = ms_since(begun);
        let begun = Instant::now();
        store.get_taste(person, EVENTS).await?;
        times[3] = ms_since(begun);
        if turn >= queries {
            kinds.iter_mut().zip(times).for_each(|((_, all), time)| all.push(time));
        }
    }
    let told = kinds.map(|(kind, mut times)| {
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        format!("\"{kind}\": {{\"p50_ms\": {:.3}, \"p99_ms\": {:.3}}}", at(0.5), at(0.99))
    });
    println!("{{\"films\": {films}, \"people\": {people}, {}}}", told.join(", "));
    store.close().await;
    Ok(())
}

fn ms_since(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1_000.0
}

/// A small generator with a fixed seed (`SplitMix64`, Steele et al. 2014), so that runs compare.
struct Chance(u64);

impl Chance {
    /// 0–1.
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) as f64 / u64::MAX as f64
    }

    /// Films as often as they are rated: one of the films of anybody.
    async fn film(&mut self, store: &Store) -> Result<MovieId, Failure> {
        loop {
            let rater = self.person(store).await?;
            let next = store.list_ratings(Some((rater, MovieId(self.id()?))), 1).await?;
            // After the last film of a person comes the first of the next one; after the last person nobody.
            if let Some(rating) = next.first() {
                return Ok(rating.movie);
            }
        }
    }

    fn id(&mut self) -> Result<Uuid, Failure> {
        Ok(format!("{:016x}0000000000000000", (self.share() * u64::MAX as f64) as u64).parse()?)
    }

    /// Whoever comes after a random id among those who rated.
    async fn person(&mut self, store: &Store) -> Result<UserId, Failure> {
        let before = UserId(self.id()?);
        let next = store.list_ratings(Some((before, MovieId(before.0))), 1).await?;
        Ok(next.first().map_or(before, |rating| rating.user))
    }
}
