//! Words that fit a great many films are answered from some of them.

use matinee_domain::{MovieId, SearchFilter, SearchQuery};
use matinee_search::{SearchOptions, TantivyIndex};
use matinee_services::ports::{IndexedMovie, SearchHits, SearchIndex};
use uuid::Uuid;

const FILMS: u32 = 60_000;

/// Every film has the word "house", each fifth one begins with it; a few are rated by many, most by nobody.
fn films() -> Vec<IndexedMovie> {
    let film = |number: u32| IndexedMovie {
        id: MovieId(Uuid::from_u128(u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))),
        title: match number % 5 {
            0 => format!("House {}", number % 1_000),
            _ => format!("Number {} House", number % 1_000),
        },
        alternative_titles: Vec::new(),
        people: Vec::new(),
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
async fn the_best_hits_are_those_of_all_films_and_numbers_are_near_the_truth() {
    let index = TantivyIndex::in_memory(SearchOptions::default()).unwrap();
    index.put(films()).await.unwrap();
    // A filter that lets everything pass makes the search go over all films.
    let all = || SearchFilter { min_rating: Some(0.0), ..SearchFilter::default() };
    for text in ["house", "hous", "ho", "", "number", "numb", "17", "1", "huose"] {
        for page in [(0, 20), (100, 20), (4_000, 100)] {
            let exact = search(&index, text, all(), page).await;
            let found = search(&index, text, SearchFilter::default(), page).await;
            assert_eq!(found.movies, exact.movies, "{text:?}, {page:?}");
            if exact.total < 8_192 {
                assert_eq!((found.total, &found.genres), (exact.total, &exact.genres), "{text:?}");
                continue;
            }
            let (total, of) = (found.total, exact.total);
            assert!(total.abs_diff(of) * 10 < of, "{total} of {of} films have {text:?}");
            for (genre, exact) in found.genres.iter().zip(&exact.genres) {
                assert_eq!(genre.genre, exact.genre);
                assert!(genre.count.abs_diff(exact.count) * 6 < exact.count, "{genre:?}, but {exact:?}");
                assert_eq!(genre.count % 100, 0, "{genre:?} is told as if it had been counted");
            }
        }
    }
    assert_eq!(search(&index, "", SearchFilter::default(), (0, 20)).await.total, u64::from(FILMS));
}
