//! What people type into the search field.

use matinee_domain::{MovieId, SearchFilter, SearchQuery, Year};
use matinee_search::{SearchOptions, TantivyIndex};
use matinee_services::ports::{IndexedMovie, SearchIndex};
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

const TITLES: [(&str, i32); 8] = [
    ("Alien", 1979),
    ("Léon: The Professional", 1994),
    ("8½", 1963),
    ("WALL·E", 2008),
    ("Amélie", 2001),
    ("千と千尋の神隠し", 2001),
    ("Good, the Bad and the Ugly, The", 1966),
    ("M", 1931),
];

struct Searched {
    index: TantivyIndex,
    runtime: Runtime,
}

thread_local! {
    static SEARCHED: Searched = searched();
}

fn searched() -> Searched {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let index = TantivyIndex::in_memory(SearchOptions { timeout_ms: 10_000, ..SearchOptions::default() });
    let index = index.expect("an index in memory");
    let movies = TITLES.iter().zip(1..).map(|((title, year), number)| IndexedMovie {
        id: MovieId(Uuid::from_u128(number)),
        title: (*title).to_owned(),
        alternative_titles: vec![format!("The other {title}")],
        people: vec!["Sigourney Weaver".to_owned(), "Jean Reno".to_owned()],
        genres: vec!["Drama".to_owned()],
        plot: Some("A crew meets what it should not have woken.".to_owned()),
        year: Year::new(*year).ok(),
        rating_count: 10,
        votes_elsewhere: 0,
        rating_mean: 4.0,
    });
    runtime.block_on(index.put(movies.collect())).expect("the films are put into the index");
    Searched { index, runtime }
}

/// The query, with and without a filter, and as a description.
pub fn search(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    SEARCHED.with(|Searched { index, runtime }| {
        let genres = vec![text.clone()];
        for filter in [SearchFilter::default(), SearchFilter { genres, ..SearchFilter::default() }] {
            let query = SearchQuery { text: text.clone(), filter, offset: 0, limit: 5 };
            runtime.block_on(index.search(&query)).expect("any text can be searched for");
        }
        runtime.block_on(index.search_stories(&text, 5)).expect("any text can be a description");
    });
}
