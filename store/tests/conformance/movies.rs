use matinee_domain::{ExternalId, ExternalSource, MovieCard, MovieId, movie::CreditRole};
use matinee_services::ports::{ImportedMovie, MovieFacts};

use super::fixture::{at, done, imported, imported_rating, key, movielens, no_film, on_every_engine, year};

fn titles(cards: &[MovieCard]) -> Vec<&str> {
    cards.iter().map(|card| card.title.as_str()).collect()
}

#[tokio::test]
async fn a_film_comes_with_all_that_is_known_of_it() {
    on_every_engine(async |db| {
        let film = ImportedMovie {
            original_title: "Godfather, The (1972)".into(),
            alternative_titles: vec!["Le Parrain".into(), "Il padrino".into()],
            genres: vec!["Drama".into(), "Crime".into()],
            external_ids: vec![movielens("858"), ExternalId { source: ExternalSource::Imdb, id: "tt0068646".into() }],
            ..imported("858", "The Godfather", 1972)
        };
        let id = db.add_films(vec![film]).await[0];
        let facts = MovieFacts {
            title: "Godfather".into(),
            year: year(1972),
            directors: vec!["Francis Ford Coppola".into()],
            cast: vec!["Marlon Brando".into(), "Al Pacino".into()],
            runtime_min: Some(175),
            plot: Some("A family.".into()),
            ..Default::default()
        };
        assert_eq!(db.catalogue.put_facts(&key("facts"), vec![facts], done(1)).await.unwrap(), [true]);

        let movie = db.movies.lookup(id).await.unwrap().unwrap();
        assert_eq!((movie.card.title.as_str(), movie.card.year), ("The Godfather", year(1972)));
        assert_eq!(movie.card.genres, ["Drama", "Crime"]);
        assert_eq!(movie.original_title.as_deref(), Some("Godfather, The (1972)"));
        assert_eq!(movie.alternative_titles, ["Le Parrain", "Il padrino"]);
        assert_eq!((movie.runtime_min, movie.plot.as_deref()), (Some(175), Some("A family.")));
        let credits: Vec<_> = movie.credits.iter().map(|credit| (credit.role, credit.name.as_str())).collect();
        let cast = [(CreditRole::Cast, "Marlon Brando"), (CreditRole::Cast, "Al Pacino")];
        assert_eq!(credits, [&[(CreditRole::Director, "Francis Ford Coppola")], &cast[..]].concat());
        let ids: Vec<_> = movie.external_ids.iter().map(|id| id.id.as_str()).collect();
        assert_eq!(ids, ["tt0068646", "858"]);

        let indexed = db.movies.list_for_index(None, 10).await.unwrap().remove(0);
        assert_eq!((indexed.id, indexed.title.as_str(), indexed.year), (id, "The Godfather", year(1972)));
        assert_eq!(indexed.alternative_titles, ["Le Parrain", "Il padrino"]);
        assert_eq!(indexed.genres, ["Drama", "Crime"]);
        let mut people = indexed.people;
        people.sort();
        assert_eq!(people, ["Al Pacino", "Francis Ford Coppola", "Marlon Brando"]);
    })
    .await;
}

#[tokio::test]
async fn films_looked_up_together_are_what_each_is_by_itself() {
    on_every_engine(async |db| {
        let film = |n: u32| ImportedMovie {
            alternative_titles: vec![format!("Film {n}"), format!("Il film {n}")],
            genres: vec!["Drama".into(), format!("Genre {n}")],
            ..imported(&n.to_string(), &format!("F{n}"), 2000)
        };
        let mut ids = db.add_films((0..4).map(film).collect()).await;
        let ratings = (0..4).flat_map(|n| (0..=n).map(move |rater| imported_rating(rater, &n.to_string(), 4.5, 0)));
        db.catalogue.put_ratings(&key("ratings"), ratings.collect(), done(1)).await.unwrap();
        let facts = (0..3).map(|n| MovieFacts {
            title: format!("F{n}"),
            year: year(2000),
            directors: vec![format!("Director {n}")],
            cast: vec!["Everywhere".into(), format!("Cast {n}")],
            ..Default::default()
        });
        db.catalogue.put_facts(&key("facts"), facts.collect(), done(1)).await.unwrap();

        let mut singly = Vec::new();
        for id in &ids {
            singly.push(db.movies.lookup(*id).await.unwrap().unwrap());
        }
        assert_eq!(singly[2].credits.len(), 3);
        ids.push(no_film());
        let mut together = db.movies.lookup_many(&ids).await.unwrap();
        together.sort_by(|one, other| one.card.title.cmp(&other.card.title));
        assert_eq!(together, singly);
        assert_eq!(db.movies.lookup_many(&[]).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn cards_come_in_the_order_asked_for_without_those_that_are_not_there() {
    on_every_engine(async |db| {
        let ids = db.add_films((0..5).map(|n| imported(&n.to_string(), &format!("F{n}"), 2000)).collect()).await;
        let wanted = [ids[3], no_film(), ids[0], ids[4], ids[0]];
        assert_eq!(titles(&db.movies.list_cards(&wanted).await.unwrap()), ["F3", "F0", "F4", "F0"]);
        assert_eq!(db.movies.list_cards(&[]).await.unwrap(), []);
        assert!(db.movies.lookup(no_film()).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn one_rating_of_five_stars_does_not_lead() {
    on_every_engine(async |db| {
        let comedy = ImportedMovie { genres: vec!["Comedy".into()], ..imported("loved", "Loved", 2000) };
        db.add_films(vec![imported("once", "Once", 2000), imported("mixed", "Mixed", 2000), comedy]).await;
        db.add_film("Unrated").await;
        let mut ratings = vec![imported_rating(1, "once", 5.0, 0)];
        ratings.extend((0..40).map(|rater| imported_rating(rater, "loved", 4.5, 0)));
        ratings.extend((0..80).map(|rater| imported_rating(rater, "mixed", 2.5, 0)));
        db.catalogue.put_ratings(&key("ratings"), ratings, done(1)).await.unwrap();
        db.catalogue.refresh_statistics().await.unwrap();

        assert_eq!(titles(&db.movies.list_popular(None, 10).await.unwrap()), ["Loved", "Once", "Mixed"]);
        assert_eq!(titles(&db.movies.list_popular(None, 1).await.unwrap()), ["Loved"]);
        assert_eq!(titles(&db.movies.list_popular(Some("Drama"), 10).await.unwrap()), ["Once", "Mixed"]);
        assert_eq!(titles(&db.movies.list_popular(Some("Western"), 10).await.unwrap()), [""; 0]);
        assert_eq!(titles(&db.movies.list_most_rated(2).await.unwrap()), ["Mixed", "Loved"]);
    })
    .await;
}

#[tokio::test]
async fn genres_are_counted_most_films_first() {
    on_every_engine(async |db| {
        let genres = [&["Drama", "Crime"][..], &["Drama"], &["Action", "Drama"]];
        let films = (0..).zip(genres).map(|(n, genres)| ImportedMovie {
            genres: genres.iter().map(ToString::to_string).collect(),
            ..imported(&format!("{n}"), "T", 2000)
        });
        db.add_films(films.collect()).await;
        let genres = db.movies.list_genres().await.unwrap();
        let genres: Vec<_> = genres.iter().map(|genre| (genre.genre.as_str(), genre.count)).collect();
        assert_eq!(genres, [("Drama", 3), ("Action", 1), ("Crime", 1)]);
        assert_eq!(db.movies.count().await.unwrap(), 3);
    })
    .await;
}

#[tokio::test]
async fn lists_of_all_films_go_on_after_the_last_one() {
    on_every_engine(async |db| {
        let mut ids = db.add_films((0..7).map(|n| imported(&n.to_string(), &format!("F{n}"), 2000)).collect()).await;
        ids.sort();
        let (mut indexed, mut listed): (Vec<MovieId>, Vec<MovieId>) = Default::default();
        for _ in 0..4 {
            let page = db.movies.list_for_index(indexed.last().copied(), 3).await.unwrap();
            indexed.extend(page.iter().map(|movie| movie.id));
            let page = db.movies.list_for_sitemap(listed.last().copied(), 3).await.unwrap();
            assert!(page.iter().all(|entry| entry.updated_at == at(0) && entry.year == year(2000)));
            listed.extend(page.iter().map(|entry| entry.id));
        }
        assert_eq!(indexed, ids);
        assert_eq!(listed, ids);
    })
    .await;
}

#[tokio::test]
async fn an_empty_catalogue_answers() {
    on_every_engine(async |db| {
        db.movies.ping().await.unwrap();
        assert_eq!(db.movies.count().await.unwrap(), 0);
        assert_eq!(db.movies.list_popular(None, 10).await.unwrap(), []);
        assert_eq!(db.movies.list_most_rated(10).await.unwrap(), []);
        assert_eq!(db.movies.list_genres().await.unwrap(), []);
        assert_eq!(db.movies.list_for_index(None, 10).await.unwrap(), []);
        assert_eq!(db.movies.list_for_sitemap(None, 10).await.unwrap(), []);
        db.catalogue.refresh_statistics().await.unwrap();
    })
    .await;
}
