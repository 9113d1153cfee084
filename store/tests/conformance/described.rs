//! Films as other catalogues describe them: which are known, new, or ambiguous.

use matinee_domain::{ExternalId, ExternalSource, Movie, MovieId, RatedElsewhere, movie::PosterLink};
use matinee_services::ports::{
    FilmMatch, ImportedMovie, MovieFacts, OnConflict,
    Placement::{self, Ambiguous, Known, New, Unnamed},
};
use matinee_store::movie_id;

use super::{
    fixture::{Db, at, done, imported, key, on_every_engine, stars, year},
    history::{latest, this},
};

fn page(name: &str) -> ExternalId {
    ExternalId { source: ExternalSource::Wikipedia, id: name.to_owned() }
}

fn imdb(number: &str) -> ExternalId {
    ExternalId { source: ExternalSource::Imdb, id: number.to_owned() }
}

/// A film that Wikipedia has under this name.
fn on_page(name: &str, title: &str, released: i32) -> MovieFacts {
    MovieFacts { title: title.into(), year: year(released), external_ids: vec![page(name)], ..Default::default() }
}

fn with_cast(facts: MovieFacts, cast: &[&str]) -> MovieFacts {
    MovieFacts { cast: cast.iter().map(|&name| name.to_owned()).collect(), ..facts }
}

async fn put(db: &Db, films: Vec<MovieFacts>) -> Vec<Placement> {
    db.catalogue.put_described(&key("described"), films, done(1)).await.unwrap()
}

async fn film(db: &Db, film: MovieId) -> Movie {
    db.movies.lookup(film).await.unwrap().unwrap()
}

fn full() -> MovieFacts {
    let poster = PosterLink { url: "https://example.org/alien.jpg".into(), width_px: 259, height_px: 383 };
    MovieFacts {
        genres: vec!["Horror".into(), "Sci-Fi".into()],
        directors: vec!["Ridley Scott".into()],
        writers: vec!["Dan O'Bannon".into()],
        runtime_min: Some(117),
        plot: Some("In space.".into()),
        poster: Some(poster),
        alternative_titles: vec!["Alien, the eighth passenger".into(), "ALIEN".into()],
        ..with_cast(on_page("Alien_(film)", "Alien", 1979), &["Sigourney Weaver", "Tom Skerritt"])
    }
}

#[tokio::test]
async fn a_film_that_is_new_comes_in_whole_and_a_second_time_changes_nothing() {
    on_every_engine(async |db| {
        let id = movie_id(&page("Alien_(film)"));
        assert_eq!(put(db, vec![full()]).await, [New(id)]);
        let movie = film(db, id).await;
        assert_eq!((movie.card.title.as_str(), movie.card.year), ("Alien", year(1979)));
        assert_eq!(movie.card.genres, ["Horror", "Sci-Fi"]);
        assert_eq!((movie.runtime_min, movie.plot.as_deref()), (Some(117), Some("In space.")));
        assert_eq!(movie.poster, full().poster);
        assert_eq!(movie.alternative_titles, ["Alien, the eighth passenger"]);
        let names: Vec<_> = movie.credits.iter().map(|credit| credit.name.as_str()).collect();
        assert_eq!(names, ["Ridley Scott", "Dan O'Bannon", "Sigourney Weaver", "Tom Skerritt"]);
        assert_eq!(movie.external_ids, [page("Alien_(film)")]);
        assert!(movie.external_ids[0].source.url("Alien_(film)").unwrap().ends_with("/wiki/Alien_(film)"));

        let before = db.dump().await;
        assert_eq!(put(db, vec![full()]).await, [Known(id)]);
        assert_eq!(db.dump().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_film_that_is_here_gets_what_it_lacks_and_keeps_what_it_has() {
    on_every_engine(async |db| {
        let id = db.add_films(vec![imported("1", "Alien", 1979)]).await[0];
        assert_eq!(put(db, vec![full()]).await, [Known(id)]);
        let movie = film(db, id).await;
        assert_eq!(movie.card.genres, ["Drama"], "it has genres");
        assert_eq!((movie.plot.as_deref(), movie.credits.len()), (Some("In space."), 4));
        assert_eq!((movie.poster, movie.external_ids.len()), (full().poster, 2));
        let other = MovieFacts {
            plot: Some("Another.".into()),
            writers: vec!["Walter Hill".into()],
            poster: Some(PosterLink { url: "https://example.org/b.jpg".into(), width_px: 1, height_px: 1 }),
            ..full()
        };
        assert_eq!(put(db, vec![other]).await, [Known(id)]);
        let movie = film(db, id).await;
        assert_eq!((movie.plot.as_deref(), movie.credits.len(), movie.poster), (Some("In space."), 4, full().poster));
        assert_eq!(db.movies.count().await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn votes_elsewhere_go_on_and_make_films_popular_that_nobody_rated_here() {
    on_every_engine(async |db| {
        let rated = |id: &str, votes, mean| MovieFacts {
            external_ids: vec![imdb(id)],
            elsewhere: Some(RatedElsewhere { votes, mean }),
            ..on_page("", &format!("Film {id}"), 1979)
        };
        let films = vec![rated("tt1", 900_000, 8.5), rated("tt2", 10, 9.9), rated("tt3", 40_000, 3.1)];
        let [best, few, bad] = [1, 2, 3].map(|n| movie_id(&imdb(&format!("tt{n}"))));
        put(db, films.clone()).await;
        let unknown = db.add_film("Unknown").await;
        assert_eq!(film(db, best).await.elsewhere, Some(RatedElsewhere { votes: 900_000, mean: 8.5 }));
        assert_eq!(film(db, unknown).await.elsewhere, None);
        let popular = async || {
            let cards = db.movies.list_popular(None, 10).await.unwrap();
            cards.into_iter().map(|card| card.id).collect::<Vec<_>>()
        };
        assert_eq!(popular().await, [best, few, bad], "ten people who loved it say little");
        let before = db.dump_data().await;
        db.catalogue.refresh_statistics().await.unwrap();
        assert_eq!(db.dump_data().await, before, "to the last bit what the statistics make of it");
        // Who rates it here is told from those.
        let user = db.add_person().await;
        db.ratings.set(user, unknown, stars(5.0), at(1)).await.unwrap();
        assert_eq!(popular().await, [best, unknown, few, bad]);
        assert_eq!(film(db, best).await.card.rating.count, 0);
        db.ratings.remove(user, unknown).await.unwrap();
        assert_eq!(popular().await, [best, few, bad]);

        let before = db.dump().await;
        put(db, films.clone()).await;
        db.catalogue.refresh_statistics().await.unwrap();
        assert_eq!(db.dump().await, before, "the same again changes nothing");
        put(db, vec![rated("tt3", 900_000, 9.1)]).await;
        let newer = latest(db).await.id;
        db.catalogue.refresh_statistics().await.unwrap();
        assert_eq!(popular().await, [bad, best, few]);
        let report = db.history.revert(&this(newer), OnConflict::Refuse, false).await.unwrap();
        assert_eq!((report.changed, report.conflict_count), (1, 0));
        assert_eq!(popular().await, [best, few, bad], "what follows from votes is taken back with them");
        let nonsense = rated("tt1", 5, f32::NAN);
        put(db, vec![nonsense, rated("tt1", 0, 9.0)]).await;
        assert_eq!(film(db, best).await.elsewhere, Some(RatedElsewhere { votes: 900_000, mean: 8.5 }));
        let indexed = db.movies.list_for_index(None, 10).await.unwrap();
        let votes = |film| indexed.iter().find(|movie| movie.id == film).unwrap().votes_elsewhere;
        assert_eq!((votes(best), votes(unknown)), (900_000, 0));
    })
    .await;
}

#[tokio::test]
async fn an_id_says_more_than_title_and_year_where_it_is_one_films() {
    on_every_engine(async |db| {
        let known = ImportedMovie { external_ids: vec![imdb("tt1")], ..imported("1", "Alien", 1979) };
        let other = imported("2", "Aliens", 1986);
        let ids = db.add_films(vec![known, other]).await;
        let facts = |id: &str| MovieFacts { external_ids: vec![imdb(id)], ..on_page("", "Aliens", 1986) };
        assert_eq!(put(db, vec![facts("tt1")]).await, [Known(ids[0])]);
        assert_eq!(put(db, vec![facts("tt2")]).await, [Known(ids[1])]);
        // Both have a number of the source now, so a third one is another film.
        assert_eq!(put(db, vec![facts("tt3")]).await, [New(movie_id(&imdb("tt3")))]);
    })
    .await;
}

#[tokio::test]
async fn another_number_of_the_same_source_is_another_film_even_with_the_same_people() {
    on_every_engine(async |db| {
        let numbered = |id: &str| MovieFacts {
            external_ids: vec![imdb(id)],
            ..with_cast(on_page("", "Home", 2019), &["Ann Author"])
        };
        let new = |id: &str| New(movie_id(&imdb(id)));
        assert_eq!(put(db, vec![numbered("tt1"), numbered("tt2")]).await, [new("tt1"), new("tt2")]);
        assert_eq!(put(db, vec![numbered("tt3")]).await, [new("tt3")]);
        // Of a page that isn't always one film's that is doubtful.
        assert!(matches!(
            put(db, vec![with_cast(on_page("A", "Home", 2019), &["Ann Author"])]).await[..],
            [Ambiguous(_)]
        ));
    })
    .await;
}

#[tokio::test]
async fn a_page_of_several_films_is_that_of_the_film_of_its_title() {
    on_every_engine(async |db| {
        let first = on_page("Titanic_(1997_film)", "Titanic", 1997);
        let again = on_page("Titanic_(1997_film)", "Titanic 3D", 2012);
        let id = movie_id(&page("Titanic_(1997_film)"));
        let same = on_page("Titanic_(1997_film)", "TITANIC", 1998);
        let batch = vec![first, again.clone(), same];
        assert_eq!(put(db, batch).await, [New(id), Ambiguous(vec![id]), Known(id)]);
        assert_eq!(put(db, vec![again]).await, [Ambiguous(vec![id])]);
        assert_eq!(db.movies.count().await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn people_tell_films_of_one_title_apart() {
    on_every_engine(async |db| {
        let ids = db.add_films(vec![imported("1", "Hamlet", 1990), imported("2", "Hamlet", 1991)]).await;
        let directed = |released, director: &str| MovieFacts {
            title: "Hamlet".into(),
            year: year(released),
            directors: vec![director.into()],
            cast: vec![format!("{director}'s Prince")],
            ..Default::default()
        };
        db.catalogue.put_facts(&key("f"), vec![directed(1990, "Ann"), directed(1991, "Ben")], done(1)).await.unwrap();
        // Of 1990, but with the other's prince.
        assert_eq!(put(db, vec![with_cast(on_page("A", "Hamlet", 1990), &["Ben's Prince"])]).await, [Known(ids[1])]);
        // Nobody that is here, in a year that is: somebody should look.
        let others = with_cast(on_page("B", "Hamlet", 1990), &["Cy"]);
        assert_eq!(put(db, vec![others]).await, [Ambiguous(vec![ids[0]])]);
        // The same a year off is another film.
        let later = with_cast(on_page("C", "Hamlet", 1989), &["Cy"]);
        assert_eq!(put(db, vec![later]).await, [New(movie_id(&page("C")))]);
    })
    .await;
}

#[tokio::test]
async fn a_full_name_in_the_plot_is_a_shared_person() {
    on_every_engine(async |db| {
        let ids = db.add_films(vec![imported("1", "Emma", 1996), imported("2", "Emma", 1996)]).await;
        let page = MovieFacts {
            plot: Some("Emma is a 1996 film directed by Douglas McGrath.".into()),
            ..on_page("Emma", "Emma", 1996)
        };
        assert!(matches!(put(db, vec![page.clone()]).await.as_slice(), [Ambiguous(films)] if films.len() == 2));
        // Other facts tell one of the two by its number.
        let mcgrath = MovieFacts {
            external_ids: vec![super::fixture::movielens("2")],
            directors: vec!["Douglas McGrath".into()],
            ..on_page("", "Emma", 1996)
        };
        assert_eq!(put(db, vec![mcgrath]).await, [Known(ids[1])]);
        assert_eq!(put(db, vec![page]).await, [Known(ids[1])]);
    })
    .await;
}

#[tokio::test]
async fn the_film_of_the_same_year_is_placed_before_one_that_is_a_year_off() {
    on_every_engine(async |db| {
        let id = db.add_films(vec![imported("1", "The Producers", 1967)]).await[0];
        let batch = vec![on_page("Other", "The Producers", 1966), on_page("The_Producers", "Producers, The", 1967)];
        assert_eq!(put(db, batch).await, [New(movie_id(&page("Other"))), Known(id)]);
        let off = db.add_films(vec![imported("2", "Mad Max", 1979)]).await[0];
        assert_eq!(put(db, vec![on_page("Mad_Max", "Mad Max", 1980)]).await, [Known(off)]);
    })
    .await;
}

#[tokio::test]
async fn without_an_id_a_film_completes_one_that_is_here_and_is_no_new_one() {
    on_every_engine(async |db| {
        let id = db.add_films(vec![imported("1", "Alien", 1979)]).await[0];
        let nameless =
            |title: &str| MovieFacts { external_ids: Vec::new(), ..with_cast(on_page("", title, 1979), &["Ann"]) };
        assert_eq!(put(db, vec![nameless("Alien"), nameless("Unheard of")]).await, [Known(id), Unnamed]);
        assert_eq!((film(db, id).await.credits.len(), db.movies.count().await.unwrap()), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn a_film_of_the_title_without_a_year_may_be_the_one() {
    on_every_engine(async |db| {
        let id = db.add_films(vec![ImportedMovie { year: None, ..imported("1", "Alien", 1979) }]).await[0];
        assert_eq!(put(db, vec![on_page("Alien", "Alien", 1979)]).await, [Ambiguous(vec![id])]);
        assert_eq!(put(db, Vec::new()).await, []);
    })
    .await;
}

#[tokio::test]
async fn films_are_matched_without_being_taken_in_however_often_they_are_described() {
    on_every_engine(async |db| {
        let alien = put(db, vec![on_page("Alien_(film)", "Alien", 1979)]).await;
        let [New(alien)] = alien.as_slice() else { panic!("{alien:?}") };
        put(db, vec![on_page("Heat_1", "Heat", 1995), on_page("Heat_2", "Heat", 1995)]).await;
        let before = db.dump().await;
        let titled =
            |title: &str, released: i32| MovieFacts { title: title.into(), year: year(released), ..Default::default() };
        let numbered = |title: &str, id: &str| MovieFacts { external_ids: vec![imdb(id)], ..titled(title, 1990) };
        let described = [
            titled("ALIEN", 1980),
            titled("Heat", 1995),
            titled("Alien", 1999),
            numbered("None", "tt1"),
            numbered("None", "tt1"),
        ];
        let found = db.matcher.match_films(&described).await.unwrap();
        assert_eq!(found[0], FilmMatch::One(*alien), "a year off");
        assert!(matches!(&found[1], FilmMatch::Several(films) if films.len() == 2), "{found:?}");
        assert_eq!(found[2..], [FilmMatch::None, FilmMatch::None, FilmMatch::None]);
        assert_eq!(db.matcher.match_films(&[]).await.unwrap(), []);
        assert_eq!(db.dump().await, before);
    })
    .await;
}
