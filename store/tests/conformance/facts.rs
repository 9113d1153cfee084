use matinee_domain::MovieId;
use matinee_services::ports::{ImportedMovie, MovieFacts};

use super::fixture::{Db, done, imported, key, on_every_engine, year};

fn plot(title: &str, released: i32) -> MovieFacts {
    MovieFacts { title: title.into(), year: year(released), plot: Some("Plot.".into()), ..Default::default() }
}

async fn put(db: &Db, facts: Vec<MovieFacts>) -> Vec<bool> {
    db.catalogue.put_facts(&key("facts"), facts, done(1)).await.unwrap()
}

async fn has_plot(db: &Db, film: MovieId) -> bool {
    db.movies.lookup(film).await.unwrap().unwrap().plot.is_some()
}

#[tokio::test]
async fn films_match_by_folded_titles_and_a_year_that_is_one_off_at_most() {
    on_every_engine(async |db| {
        let mut amelie = imported("1", "Amélie", 2001);
        amelie.alternative_titles = vec!["Le fabuleux destin d'Amélie Poulain".into()];
        db.add_films(vec![amelie]).await;
        for (title, year, matches) in [
            ("AMELIE!", 2001, true),
            ("Amelie, The", 2000, true),
            ("fabuleux destin d’Amélie Poulain", 2002, true),
            ("Amelie", 2003, false),
            ("Amelie", 1999, false),
            ("Amelia", 2001, false),
            ("", 2001, false),
            ("The", 2001, false),
        ] {
            assert_eq!(put(db, vec![plot(title, year)]).await, [matches], "{title} ({year})");
        }
        let without_year = MovieFacts { title: "Amelie".into(), ..Default::default() };
        assert_eq!(put(db, vec![without_year]).await, [false]);
    })
    .await;
}

#[tokio::test]
async fn the_exact_year_wins_and_what_is_ambiguous_stays_unmatched() {
    on_every_engine(async |db| {
        let films = [("1", 1990), ("2", 1991), ("3", 1995), ("4", 1995), ("5", 2000), ("6", 2002)];
        let ids = db.add_films(films.iter().map(|(id, year)| imported(id, "Hamlet", *year)).collect()).await;
        // 1992 is next to 1991 alone; 1995 is two films; 2001 lies between two.
        let facts = [1991, 1992, 1995, 2001, 2003].map(|year| plot("Hamlet", year));
        assert_eq!(put(db, facts.to_vec()).await, [true, true, false, false, true]);
        let mut have = Vec::new();
        for id in ids {
            have.push(has_plot(db, id).await);
        }
        assert_eq!(have, [false, true, false, false, false, true]);
    })
    .await;
}

#[tokio::test]
async fn a_film_that_matches_by_both_titles_is_one_film() {
    on_every_engine(async |db| {
        let film = ImportedMovie { alternative_titles: vec!["SEVEN!".into()], ..imported("1", "Seven", 1995) };
        db.add_films(vec![film]).await;
        assert_eq!(put(db, vec![plot("seven", 1995)]).await, [true]);
    })
    .await;
}

#[tokio::test]
async fn what_a_film_has_stays_and_gaps_are_filled() {
    on_every_engine(async |db| {
        let film = db.add_films(vec![imported("1", "Alien", 1979)]).await[0];
        let first = MovieFacts {
            directors: vec!["Ridley Scott".into(), " ".into(), "Ridley Scott".into()],
            ..plot("Alien", 1979)
        };
        let second = MovieFacts {
            directors: vec!["Somebody Else".into()],
            cast: vec!["Sigourney Weaver".into()],
            runtime_min: Some(117),
            plot: Some("Another plot.".into()),
            ..plot("Alien", 1979)
        };
        assert_eq!(put(db, vec![first.clone(), second.clone()]).await, [true, true]);
        let movie = db.movies.lookup(film).await.unwrap().unwrap();
        let names: Vec<_> = movie.credits.iter().map(|credit| credit.name.as_str()).collect();
        assert_eq!(names, ["Ridley Scott", "Sigourney Weaver"]);
        assert_eq!((movie.plot.as_deref(), movie.runtime_min), (Some("Plot."), Some(117)));

        let before = db.dump().await;
        assert_eq!(put(db, vec![second, first]).await, [true, true]);
        assert_eq!(db.dump().await, before);
    })
    .await;
}
