//! How long searches take while somebody types: made-up titles, queries letter by letter, a third of them misspelt.
//!
//! `cargo run --release -p matinee-search --example latency [FILMS] [TIMES] [FOLDER]`: 100,000 films by default; of TIMES
//! runs of a query the quickest counts (1 by default; more on a machine that has other work); in FOLDER the index is on
//! disk, as it is served, else in memory. Prints milliseconds.
#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "a bench"
)]

use std::{collections::BTreeMap, time::Instant};

use matinee_domain::{MovieId, SearchFilter, SearchQuery, Year};
use matinee_search::{SearchOptions, TantivyIndex};
use matinee_services::ports::{IndexedMovie, SearchIndex};
use uuid::Uuid;

const VOCABULARY: usize = 40_000;
const TYPISTS: usize = 100;
const GENRES: [&str; 8] = ["Drama", "Comedy", "Action", "Thriller", "Horror", "Romance", "Sci-Fi", "Western"];

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let films: usize = arguments.next().map_or(100_000, |films| films.parse().unwrap());
    let runs: usize = arguments.next().map_or(1, |runs| runs.parse().unwrap());
    // Slow searches are to be measured, not to be ended.
    let options = SearchOptions { timeout_ms: 60_000, ..SearchOptions::default() };
    let index = match arguments.next() {
        Some(folder) => TantivyIndex::open(folder, options).unwrap().0,
        None => TantivyIndex::in_memory(options).unwrap(),
    };
    let mut chance = Chance(7);
    let words: Vec<String> = (0..VOCABULARY).map(|_| chance.word()).collect();
    let names: Vec<String> = (0..films / 2).map(|_| format!("{} {}", chance.word(), chance.word())).collect();
    let movies: Vec<IndexedMovie> = (0..films).map(|number| chance.movie(number, &words, &names)).collect();
    let start = Instant::now();
    let step = 200_000;
    for part in movies.chunks(step) {
        index.put(part.to_vec()).await.unwrap();
    }
    println!("{films} films taken in within {:.1} s; {}", start.elapsed().as_secs_f64(), memory());

    let mut times: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for typist in 0..TYPISTS {
        let film = &movies[chance.below(films)];
        let misspelt = typist % 3 == 0;
        let text: Vec<char> = if misspelt { chance.misspell(&film.title) } else { film.title.chars().collect() };
        for length in 1..=text.len().min(30) {
            let kind = match length {
                1..=3 => "first letters",
                _ if misspelt => "misspelt",
                _ => "well spelt",
            };
            let query = text[..length].iter().collect();
            times.entry(kind).or_default().push(time(&index, runs, query).await);
        }
        let person = &film.people[0];
        times.entry("a person").or_default().push(time(&index, runs, person.clone()).await);
        times
            .entry("nonsense")
            .or_default()
            .push(time(&index, runs, format!("{}{}", chance.word(), chance.word())).await);
    }
    for _ in 0..50 {
        times.entry("everything").or_default().push(time(&index, runs, String::new()).await);
    }
    let all = times.values().flatten().copied().collect();
    times.insert("all", all);
    for (kind, mut times) in times {
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        let count = times.len();
        println!("{kind:>14}: p50 {:6.2}  p99 {:6.2}  max {:6.2}  ({count} queries)", at(0.5), at(0.99), at(1.0));
    }
    println!("{}", memory());
}

/// Milliseconds that the search takes, the quickest time of `runs`.
async fn time(index: &TantivyIndex, runs: usize, text: String) -> f64 {
    let query = SearchQuery { text, filter: SearchFilter::default(), offset: 0, limit: 20 };
    let mut quickest = f64::MAX;
    for _ in 0..runs {
        let start = Instant::now();
        index.search(&query).await.unwrap();
        quickest = quickest.min(start.elapsed().as_secs_f64() * 1_000.0);
    }
    quickest
}

fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let lines = status.lines().filter(|line| line.starts_with("VmRSS") || line.starts_with("RssAnon"));
    lines.collect::<Vec<_>>().join("  ").replace('\t', " ")
}

/// A small generator with a fixed seed (splitmix64), so that runs compare.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// Small numbers far more often than large ones, as words and films are used.
    fn skewed_below(&mut self, bound: usize) -> usize {
        let share = self.below(1_000_000) as f64 / 1_000_000.0;
        (share.powi(3) * bound as f64) as usize
    }

    fn word(&mut self) -> String {
        const STARTS: [&str; 20] =
            ["b", "c", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "st", "tr", "ch"];
        const MIDDLES: [&str; 12] = ["a", "e", "i", "o", "u", "ar", "en", "in", "on", "er", "ea", "ou"];
        let syllables = 1 + self.below(3);
        (0..=syllables).map(|_| [STARTS[self.below(20)], MIDDLES[self.below(12)]].concat()).collect()
    }

    fn movie(&mut self, number: usize, words: &[String], names: &[String]) -> IndexedMovie {
        let length = 1 + self.below(4);
        let mut title: Vec<&str> = (0..length).map(|_| words[self.skewed_below(words.len())].as_str()).collect();
        if self.below(3) == 0 {
            title.insert(0, "The");
        }
        let alternatives = usize::from(self.below(4) == 0);
        IndexedMovie {
            id: MovieId(Uuid::from_u64_pair(self.next(), number as u64)),
            title: title.join(" "),
            alternative_titles: (0..alternatives).map(|_| words[self.skewed_below(words.len())].clone()).collect(),
            people: (0..5).map(|_| names[self.skewed_below(names.len())].clone()).collect(),
            genres: (0..=self.below(3)).map(|_| GENRES[self.below(8)].to_owned()).collect(),
            plot: None,
            year: Year::new(1920 + self.below(105) as i32).ok(),
            rating_count: self.skewed_below(50_000) as u32,
            votes_elsewhere: 0,
            rating_mean: 1.0 + self.below(9) as f32 / 2.0,
        }
    }

    /// Swaps two neighbouring letters somewhere.
    fn misspell(&mut self, title: &str) -> Vec<char> {
        let mut letters: Vec<char> = title.chars().collect();
        let at = self.below(letters.len() - 1);
        letters.swap(at, at + 1);
        letters
    }
}
