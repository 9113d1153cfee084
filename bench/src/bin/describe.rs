//! How well films are found by descriptions, and how long embedding them takes.
//!
//! `describe DATABASE MODELS QUERIES`: DATABASE is a SQLite file or an address, MODELS a directory with a language model
//! (`matinee-ai text-model`), QUERIES lines of description, title and year with tabs between. Embeds the films that are not embedded yet,
//! with a whole core, then asks every description of four rankings: the search for titles and names, the words in plots (BM25), the
//! embeddings, and the latter two joined as the product joins them. Prints a table of recall@1/5/10, by halves (odd lines are `dev`,
//! even ones `held`), and a line of JSON.

#![expect(clippy::cast_precision_loss, reason = "numbers of queries and milliseconds are small")]

use std::{collections::HashMap, path::PathBuf, sync::Arc, time::Instant};

use matinee_ai::{
    SystemClock,
    text::{Filler, Filling, TextEngine, TextOptions},
};
use matinee_domain::{MovieId, SearchFilter, SearchQuery};
use matinee_search::{SearchOptions, TantivyIndex};
use matinee_services::{
    describing::fused,
    ports::{Describer, MovieRepository, SearchIndex},
};
use matinee_store::{Store, StoreOptions};
use serde_json::json;

type Failure = Box<dyn std::error::Error>;

/// As deep as the product joins rankings.
const DEPTH: u32 = 100;
const DEPTHS: [usize; 3] = [1, 5, 10];
const RANKINGS: [&str; 4] = ["titles and names", "words in plots (BM25)", "embeddings", "both joined"];

/// A description, and the films that it means: all of that title and year.
struct Labelled {
    text: String,
    means: Vec<MovieId>,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [database, models, queries] = arguments.as_slice() else {
        return Err("describe DATABASE MODELS QUERIES".into());
    };
    let store = Store::connect(database, StoreOptions::default()).await?;
    store.migrate().await?;
    let index = TantivyIndex::in_memory(SearchOptions { timeout_ms: 60_000, ..SearchOptions::default() })?;
    let films = index.rebuild(&store, |_| ()).await?;
    let engine = open(models)?;
    let begun = Instant::now();
    let embedded = filler(&engine, &store).fill().await?;
    let seconds = begun.elapsed().as_secs_f64();
    let labelled = read(&store, &std::fs::read_to_string(queries)?).await?;

    let mut ranks: [Vec<Option<usize>>; 4] = Default::default();
    let mut times_ms = Vec::new();
    for query in &labelled {
        let search = SearchQuery { text: query.text.clone(), filter: SearchFilter::default(), offset: 0, limit: DEPTH };
        let titles = index.search(&search).await?.movies;
        let begun = Instant::now();
        let (words, near) = tokio::join!(index.search_stories(&query.text, DEPTH), engine.describe(&query.text, DEPTH));
        let (words, near): (_, Vec<MovieId>) = (words?, near?.iter().map(|near| near.movie).collect());
        let joined = fused(&[&words, &near], DEPTH as usize);
        times_ms.push(begun.elapsed().as_secs_f64() * 1_000.0);
        for (ranks, ranking) in ranks.iter_mut().zip([titles, words, near, joined]) {
            ranks.push(ranking.iter().position(|film| query.means.contains(film)));
        }
    }

    println!("{films} films, {} of them with a plot; {} descriptions\n", engine.films(), labelled.len());
    println!("| ranking | dev @1 | @5 | @10 | held @1 | @5 | @10 | all @1 | @5 | @10 |");
    println!("|---|---|---|---|---|---|---|---|---|---|");
    let mut recalls = serde_json::Map::new();
    for (name, ranks) in RANKINGS.iter().zip(&ranks) {
        let half = |odd: usize| ranks.iter().skip(odd).step_by(2).copied().collect::<Vec<_>>();
        let row: Vec<f64> = [half(0), half(1), ranks.clone()].iter().flat_map(|ranks| recall(ranks)).collect();
        let cells: Vec<String> = row.iter().map(|value| format!("{value:.3}")).collect();
        println!("| {name} | {} |", cells.join(" | "));
        recalls.insert((*name).to_owned(), json!(row));
    }
    times_ms.sort_by(f64::total_cmp);
    let at = |percent: usize| times_ms[times_ms.len() * percent / 100];
    let figures = json!({
        "films": films, "with_plot": engine.films(), "embedded": embedded, "embedding_seconds": seconds,
        "ms_per_film": seconds * 1_000.0 / (embedded.max(1) as f64), "recall": recalls,
        "answer_ms": { "median": at(50), "p95": at(95) },
    });
    println!("\n{figures}");
    Ok(())
}

fn recall(ranks: &[Option<usize>]) -> Vec<f64> {
    let within = |depth: usize| ranks.iter().filter(|rank| rank.is_some_and(|rank| rank < depth)).count();
    DEPTHS.iter().map(|&depth| within(depth) as f64 / ranks.len().max(1) as f64).collect()
}

fn open(models: &str) -> Result<Arc<TextEngine>, Failure> {
    let library = std::env::var_os("MATINEE_ORT_LIB").map(PathBuf::from).ok_or("MATINEE_ORT_LIB is not set")?;
    let engine = TextEngine::open(models.as_ref(), &library, TextOptions::default())?;
    engine.reload()?.ok_or("there is no language model: matinee-ai text-model")?;
    Ok(Arc::new(engine))
}

fn filler(engine: &Arc<TextEngine>, store: &Store) -> Filler {
    let store = Arc::new(store.clone());
    Filler {
        engine: Arc::clone(engine),
        movies: Arc::clone(&store) as _,
        history: store,
        clock: Arc::new(SystemClock),
        options: Filling { share_percent: 100, ..Filling::default() },
    }
}

/// Descriptions whose film the catalogue has.
async fn read(store: &Store, text: &str) -> Result<Vec<Labelled>, Failure> {
    let mut by_name: HashMap<(String, i32), Vec<MovieId>> = HashMap::new();
    let mut after = None;
    loop {
        let page = store.list_for_index(after, 1_000).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for film in page {
            let year = film.year.map_or(0, |year| i32::from(year.get()));
            by_name.entry((film.title, year)).or_default().push(film.id);
        }
    }
    let mut labelled = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        let [text, title, year] = line.split('\t').collect::<Vec<_>>()[..] else {
            return Err(format!("this is not description, title and year with tabs between: {line}").into());
        };
        match by_name.get(&(title.to_owned(), year.trim().parse()?)) {
            Some(means) => labelled.push(Labelled { text: text.to_owned(), means: means.clone() }),
            None => return Err(format!("the catalogue has no {title} of {year}").into()),
        }
    }
    Ok(labelled)
}
