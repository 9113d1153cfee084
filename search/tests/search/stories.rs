//! Descriptions, by their words.

use matinee_domain::{MovieId, Year};
use matinee_search::{SearchOptions, TantivyIndex};
use matinee_services::ports::{IndexedMovie, SearchIndex};
use uuid::Uuid;

const FILMS: [(&str, &str, &str); 4] = [
    ("Jaws", "Roy Scheider", "A shark attacks swimmers of a summer resort, and the mayor won't close the beaches."),
    ("Groundhog Day", "Bill Murray", "A weatherman is reliving one day of February over and over again."),
    ("Scrooged", "Bill Murray", "A cynical television executive is haunted by three ghosts on Christmas Eve."),
    ("The Shark Day", "Nobody", ""),
];

async fn index() -> TantivyIndex {
    let index = TantivyIndex::in_memory(SearchOptions::default()).unwrap();
    let film = |(number, (title, person, plot)): (u128, &(&str, &str, &str))| IndexedMovie {
        id: MovieId(Uuid::from_u128(number)),
        title: (*title).to_owned(),
        alternative_titles: Vec::new(),
        people: vec![(*person).to_owned()],
        genres: Vec::new(),
        plot: Some((*plot).to_owned()),
        year: Year::new(1990).ok(),
        rating_count: 1,
        votes_elsewhere: 0,
        rating_mean: 3.0,
    };
    index.put((0..).zip(&FILMS).map(film).collect()).await.unwrap();
    index
}

async fn found(text: &str) -> Vec<&'static str> {
    let films = index().await.search_stories(text, 10).await.unwrap();
    films.iter().map(|film| FILMS[usize::try_from(film.0.as_u128()).unwrap()].0).collect()
}

#[tokio::test]
async fn words_of_a_plot_find_its_film_in_any_form_and_any_of_them_is_enough() {
    assert_eq!(found("a man who RELIVES the same day").await, ["Groundhog Day"]);
    assert_eq!(found("swimmer, attacked by sharks!").await, ["Jaws"]);
    assert_eq!(found("murray and a ghost").await, ["Scrooged", "Groundhog Day"]);
}

#[tokio::test]
async fn words_that_say_nothing_and_no_words_find_nothing() {
    for text in ["", "  ", "the of and a", "?!", "電影"] {
        assert!(found(text).await.is_empty(), "{text}");
    }
    let index = index().await;
    assert!(index.search_stories("shark", 0).await.unwrap().is_empty());
    let long = "shark ".repeat(100_000);
    assert_eq!(index.search_stories(&long, 10).await.unwrap().len(), 1, "a film without a plot is not among them");
}
