use matinee_services::ports::{Edited, FilmData, OnConflict, SelectBy, Selection, VersionedFilm};

use super::fixture::{Db, assert_not_found, no_film, on_every_engine, year};
use matinee_domain::MovieId;

fn data() -> FilmData {
    FilmData {
        title: "Alien".into(),
        original_title: Some("ALIEN".into()),
        year: year(1979),
        runtime_min: Some(117),
        plot: Some("In space.".into()),
        genres: vec!["Horror".into(), "Sci-Fi".into()],
        directors: vec!["Ridley Scott".into()],
        writers: vec!["Dan O'Bannon".into()],
        // More than a bulk write's threshold, so that both ways of journaling are seen.
        cast: (0..20).map(|number| format!("Actor {number}")).collect(),
    }
}

async fn film(db: &Db, movie: MovieId) -> VersionedFilm {
    db.editing.lookup_film(movie).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_films_data_become_what_an_editor_wrote() {
    on_every_engine(async |db| {
        let movie = db.add_film("Alein").await;
        let version = film(db, movie).await.version;
        assert_eq!(db.editing.set_film(movie, &data(), version).await.unwrap(), Edited::Done);
        let edited = film(db, movie).await;
        assert_eq!((&edited.data, edited.version), (&data(), version + 1));
        let page = db.movies.lookup(movie).await.unwrap().unwrap();
        assert_eq!((page.card.title.as_str(), page.credits.len()), ("Alien", 22));
        // Nothing that differs, nothing that is written.
        assert_eq!(db.editing.set_film(movie, &data(), version).await.unwrap(), Edited::Same);
        assert_eq!(film(db, movie).await.version, version + 1);

        let fewer = FilmData { cast: vec!["Actor 7".into()], genres: Vec::new(), plot: None, ..data() };
        assert_eq!(db.editing.set_film(movie, &fewer, version + 1).await.unwrap(), Edited::Done);
        assert_eq!(film(db, movie).await.data, fewer);
    })
    .await;
}

#[tokio::test]
async fn an_edit_of_a_film_that_changed_in_the_meantime_is_refused() {
    on_every_engine(async |db| {
        let movie = db.add_film("Alien").await;
        let version = film(db, movie).await.version;
        db.editing.set_film(movie, &data(), version).await.unwrap();
        let other = FilmData { title: "Another".into(), ..data() };
        assert_eq!(db.editing.set_film(movie, &other, version).await.unwrap(), Edited::ChangedSince);
        assert_eq!(film(db, movie).await.data, data());
        assert_not_found(db.editing.set_film(no_film(), &data(), 1).await, "film");
    })
    .await;
}

#[tokio::test]
async fn an_edit_is_one_change_set_and_taking_it_back_brings_all_of_it_back() {
    on_every_engine(async |db| {
        let fewer = FilmData { cast: vec!["Actor 3".into(), "Actor 1".into()], genres: vec!["War".into()], ..data() };
        // A first edit, and one of what another edit wrote.
        for (number, edits) in [vec![data()], vec![data(), fewer.clone()], vec![fewer, data()]].iter().enumerate() {
            let movie = db.add_film(&format!("Film {number}")).await;
            let mut before = FilmData::default();
            for data in edits {
                let kept = film(db, movie).await;
                db.editing.set_film(movie, data, kept.version).await.unwrap();
                before = kept.data;
            }
            let of_film = Selection { by: SelectBy::Movie(movie), since: None };
            let set = db.history.list(&of_film, None, 1).await.unwrap().remove(0);
            assert_eq!(set.reason, "edit_film");
            let this = Selection { by: SelectBy::ChangeSet(set.id), since: None };
            let report = db.history.revert(&this, OnConflict::Refuse, false).await.unwrap();
            assert_eq!(report.conflict_count, 0, "{report:?}");
            assert_eq!(film(db, movie).await.data, before);
            db.pass_time(1);
        }
    })
    .await;
}
