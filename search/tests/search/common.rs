//! Words that fit a great many films are answered without looking at each of them.

use matinee_domain::{MovieId, SearchFilter, SearchQuery};
use matinee_search::{SearchOptions, TantivyIndex};
use matinee_services::ports::{IndexedMovie, SearchHits, SearchIndex};
use uuid::Uuid;

const FILMS: u32 = 60_000;

/// Every film has the word "house" or one that begins so, each fifth one begins with it; some have it in another title, or are by
/// somebody of such a name. A few are rated by many, most by nobody.
fn films() -> Vec<IndexedMovie> {
    let film = |number: u32| IndexedMovie {
        id: MovieId(Uuid::from_u128(u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))),
        title: match (number % 5, number % 11) {
            (0, 1) => format!("House{}", number % 100),
            (0, 2) => "Houses".to_owned(),
            (0, _) => format!("House {}", number % 1_000),
            (_, 3) => format!("Number {} Household{}", number % 1_000, number % 40),
            (_, 4) => format!("Number {} Hours", number % 1_000),
            _ => format!("Number {} House", number % 1_000),
        },
        alternative_titles: if number.is_multiple_of(13) { vec![format!("Housing {number}")] } else { Vec::new() },
        people: if number.is_multiple_of(17) { vec![format!("Hans Houseman{}", number % 200)] } else { Vec::new() },
        genres: vec![if number.is_multiple_of(3) { "Drama" } else { "Comedy" }.to_owned()],
        plot: None,
        year: None,
        rating_count: 10_000_000 / (1 + number.wrapping_mul(2_654_435_761) % FILMS),
        votes_elsewhere: 0,
        rating_mean: 3.0,
    };
    (0..FILMS).map(film).collect()
}

async fn search(index: &TantivyIndex, text: &str, filter: SearchFilter, page: (u32, u32)) -> SearchHits {
    let query = SearchQuery { text: text.to_owned(), filter, offset: page.0, limit: page.1 };
    index.search(&query).await.unwrap()
}

#[tokio::test]
async fn the_best_hits_and_the_numbers_are_those_of_looking_at_all_films() {
    let index = TantivyIndex::in_memory(SearchOptions::default()).unwrap();
    index.put(films()).await.unwrap();
    // Some of the best known are there no more.
    let mut gone = films();
    gone.sort_by_key(|film| std::cmp::Reverse(film.rating_count));
    let gone: Vec<MovieId> = gone.iter().take(600).step_by(2).map(|film| film.id).collect();
    index.remove(&gone).await.unwrap();
    // A filter that lets everything pass makes the search go over all films.
    let all = || SearchFilter { min_rating: Some(0.0), ..SearchFilter::default() };
    for text in ["house", "houses", "household", "housem", "hous", "ho", "", "number", "numb", "17", "1", "huose"] {
        for page in [(0, 1), (0, 20), (100, 20), (4_000, 100)] {
            let exact = search(&index, text, all(), page).await;
            let found = search(&index, text, SearchFilter::default(), page).await;
            assert_eq!(found.movies, exact.movies, "{text:?}, {page:?}");
            assert_eq!((found.total, &found.genres), (exact.total, &exact.genres), "{text:?}");
        }
    }
    assert_eq!(search(&index, "", SearchFilter::default(), (0, 20)).await.total, u64::from(FILMS) - 300);
}
