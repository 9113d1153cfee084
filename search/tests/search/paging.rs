//! Pages are parts of one list.

use std::collections::HashSet;

use matinee_domain::{MovieId, SearchFilter, SearchQuery};
use matinee_search::{SearchOptions, TantivyIndex};
use matinee_services::ports::{IndexedMovie, SearchIndex};
use proptest::prelude::*;
use uuid::Uuid;

/// Films that are much alike, so that most scores are equal.
fn alike() -> impl Strategy<Value = Vec<IndexedMovie>> {
    let film = ("(red|blue|green)( (one|two))?", 0_u32..3, prop::sample::select(vec!["Drama", "Comedy"]));
    prop::collection::vec(film, 0..50).prop_map(|films| {
        let film = |(number, (title, rating_count, genre)): (u128, (String, u32, &str))| IndexedMovie {
            id: MovieId(Uuid::from_u128(number.wrapping_mul(0x9e37_79b9_7f4a_7c15_9e37_79b9_7f4a_7c15))),
            title,
            alternative_titles: Vec::new(),
            people: Vec::new(),
            genres: vec![genre.to_owned()],
            plot: None,
            year: None,
            rating_count,
            votes_elsewhere: 0,
            rating_mean: 3.0,
        };
        (1..).zip(films).map(film).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn pages_put_together_are_the_whole_list_without_repetition(
        films in alike(),
        text in prop::sample::select(vec!["", "red", "blu", "gren", "red two", "red xyzzy", "o"]),
        genres in prop::collection::vec(Just("Drama".to_owned()), 0..2),
        limit in 1_u32..20,
        parts in 1_usize..6,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let index = TantivyIndex::in_memory(SearchOptions::default()).unwrap();
            for part in films.chunks(films.len().div_ceil(parts).max(1)) {
                index.put(part.to_vec()).await.unwrap();
            }
            let filter = SearchFilter { genres, ..SearchFilter::default() };
            let mut query = SearchQuery { text: text.to_owned(), filter, offset: 0, limit: 100 };
            let whole = index.search(&query).await.unwrap();
            prop_assert_eq!(whole.total, whole.movies.len() as u64);
            query.limit = limit;
            let mut pages = Vec::new();
            loop {
                let page = index.search(&query).await.unwrap();
                prop_assert_eq!(page.total, whole.total);
                prop_assert_eq!(&page.genres, &whole.genres);
                if page.movies.is_empty() {
                    break;
                }
                query.offset += limit;
                pages.extend(page.movies);
            }
            prop_assert_eq!(&pages, &whole.movies);
            prop_assert_eq!(pages.iter().collect::<HashSet<_>>().len(), pages.len());
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn limits_are_kept_in_bounds() {
    let cinema = crate::Cinema::open().await;
    let search = |offset, limit| {
        let query = SearchQuery { text: String::new(), filter: SearchFilter::default(), offset, limit };
        let index = &cinema.index;
        async move { index.search(&query).await.unwrap() }
    };
    assert_eq!(search(0, 0).await.movies.len(), 1);
    assert_eq!(search(0, u32::MAX).await.movies.len(), cinema.titles.len());
    assert_eq!(search(u32::MAX, u32::MAX).await.movies, []);
    assert_eq!(search(u32::MAX, 10).await.total, cinema.titles.len() as u64);
}
