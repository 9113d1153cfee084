//! Wikipedia's lists of films.

use matinee_importer::{ImportOptions, ImportReport, import_wikipedia};

use crate::{
    catalogue::MemoryCatalogue,
    files::{Files, csv_with_movies, import, lenient},
};

const SEVENTIES: &str = r#"[
  {
    "title": "1941",
    "year": 1979,
    "cast": ["Ann Author", ")", "Ann Author", "Ben Bold"],
    "genres": ["Science Fiction", "Comedy"],
    "href": "1941_(film)",
    "extract": "1941 is a 1979 American war comedy film directed by Ann Author.",
    "thumbnail": "https://upload.wikimedia.org/1941.jpg",
    "thumbnail_width": 259,
    "thumbnail_height": 383
  },
  {"title": "The New One", "year": 1975, "cast": [], "genres": [], "href": "The_New_One"},
  {"title": "Nameless", "year": 1975, "cast": [], "genres": [], "href": null},
  {"title": "Twin", "year": 1976, "cast": [], "genres": [], "href": "Twin"}
]"#;
const EIGHTIES: &str = r#"[{"title": "Later", "year": 1985, "cast": ["Cy Cut"], "genres": ["Noir"], "href": "Later"}]"#;

fn lists() -> Files {
    Files::new(&[("movies-1970s.json", SEVENTIES.as_bytes()), ("movies-1980s.json", EIGHTIES.as_bytes())])
}

async fn taken(files: &Files, catalogue: &MemoryCatalogue) -> ImportReport {
    import_wikipedia(catalogue, &files.path(), &lenient(), &mut |_| {}).await.unwrap()
}

#[tokio::test]
async fn films_are_completed_or_new_and_the_ambiguous_ones_are_listed_with_their_line() {
    let (catalogue, report) = import(&csv_with_movies("movieId,title,genres\n1,1941 (1979),War\n"), &lenient()).await;
    report.unwrap();
    let report = taken(&lists(), &catalogue).await;
    let part = report.part("wikipedia/1970s").unwrap();
    assert_eq!((part.rows, part.taken, part.matched, part.added, part.unnamed, part.ambiguous), (4, 2, 1, 1, 1, 1));
    let [row] = report.ambiguous_rows.as_slice() else { panic!("{report}") };
    assert_eq!((row.file.as_str(), row.line), ("movies-1970s.json", 15));
    assert!(row.reason.starts_with("Twin (1976) could be /film/") && row.reason.contains(" or /film/"), "{row}");
    let text = report.to_string();
    assert!(text.contains("1 matched a film, 1 are new, 1 ambiguous, 1 unmatched without an id"), "{text}");
    assert!(text.contains("ambiguous row: movies-1970s.json:15: Twin"), "{text}");

    let film = &catalogue.held().described["wikipedia:1941_(film)"];
    assert_eq!(film.cast, ["Ann Author", "Ben Bold"]);
    assert_eq!(film.genres, ["Sci-Fi", "Comedy"]);
    assert!(film.plot.as_ref().unwrap().starts_with("1941 is a 1979"));
    assert_eq!(film.poster.as_ref().unwrap().url, "https://upload.wikimedia.org/1941.jpg");
    assert_eq!(catalogue.held().described["wikipedia:Later"].genres, ["Film-Noir"]);
}

#[tokio::test]
async fn a_zip_holds_the_same_and_a_second_time_nothing() {
    let (files, catalogue) = (lists(), MemoryCatalogue::default());
    taken(&files, &catalogue).await;
    let held = catalogue.held();
    let again = import_wikipedia(&catalogue, &files.zip(), &lenient(), &mut |_| {}).await.unwrap();
    assert!(again.is_unchanged());
    assert_eq!(catalogue.held(), held);
    let one = files.path().join("movies-1980s.json");
    assert!(import_wikipedia(&catalogue, &one, &lenient(), &mut |_| {}).await.unwrap().is_unchanged());
}

#[tokio::test]
async fn films_of_the_wrong_shape_are_bad_rows_with_their_line() {
    let rows = [
        ("7", "7 is no film"),
        (r#"{"title": "", "year": 1990}"#, "title is empty"),
        (r#"{"title": null, "year": 1990}"#, "the title is null"),
        (r#"{"title": "A"}"#, "null is no year"),
        (r#"{"title": "A", "year": "1990"}"#, "is no year"),
        (r#"{"title": "A", "year": 1066}"#, "not 1066"),
        (r#"{"title": "A", "year": 1990, "cast": "Ann"}"#, "the cast is"),
        (r#"{"title": "A", "year": 1990, "cast": [7]}"#, "7 is no name in the cast"),
        (r#"{"title": "A", "year": 1990, "genres": {}}"#, "the genres is"),
        (r#"{"title": "A", "year": 1990, "href": "a b"}"#, "no page's name"),
        (r#"{"title": "A", "year": 1990, "extract": 7}"#, "7 is no extract"),
        (r#"{"title": "A", "year": 1990, "thumbnail": "javascript:alert(1)"}"#, "no address of a picture"),
        (r#"{"title": "A", "year": 1990, "thumbnail": "https://a.b/c.jpg"}"#, "has no size"),
    ];
    let text = rows.map(|(row, _)| row).join(",\n");
    let files = Files::new(&[("movies-1990s.json", format!("[\n{text}\n]").as_bytes())]);
    let report = taken(&files, &MemoryCatalogue::default()).await;
    assert_eq!(report.bad_rows.len(), rows.len(), "{report}");
    for (number, (row, (_, reason))) in report.bad_rows.iter().zip(rows).enumerate() {
        assert_eq!(row.line, number as u64 + 2);
        assert!(row.reason.contains(reason), "`{reason}` is not in: {row}");
    }
}

#[tokio::test]
async fn more_than_one_bad_film_in_a_hundred_stops_the_import() {
    let film = |year: u32| format!(r#"{{"title": "Film", "year": {year}, "href": "Film"}}"#);
    let rows: Vec<String> = (0..50).map(|number| film(if number == 7 { 1000 } else { 1990 })).collect();
    let files = Files::new(&[("movies-1990s.json", format!("[{}]", rows.join(",")).as_bytes())]);
    let catalogue = MemoryCatalogue::default();
    let options = ImportOptions::default();
    let error = import_wikipedia(&catalogue, &files.path(), &options, &mut |_| {}).await.unwrap_err().to_string();
    assert!(error.contains("1 of the first 50 rows") && error.contains("not 1000"), "{error}");
    assert!(catalogue.held().described.is_empty());
}

#[tokio::test]
async fn a_folder_without_lists_is_refused() {
    let files = Files::new(&[("notes.txt", b"hello"), ("other.json", b"[]")]);
    let error =
        import_wikipedia(&MemoryCatalogue::default(), &files.path(), &lenient(), &mut |_| {}).await.unwrap_err();
    assert!(error.to_string().contains("movies-1970s.json"), "{error}");
}

#[tokio::test]
async fn lists_stopped_after_any_batch_are_taken_in_as_if_nothing_had_happened() {
    let files = lists();
    let expected = MemoryCatalogue::default();
    taken(&files, &expected).await;
    let catalogue = MemoryCatalogue::default();
    let options = ImportOptions { batch_rows: 1, ..lenient() };
    let mut runs = 0;
    catalogue.fail_after(Some(1));
    while import_wikipedia(&catalogue, &files.path(), &options, &mut |_| {}).await.is_err() {
        catalogue.fail_after(Some(1));
        runs += 1;
        assert!(runs < 20, "every run gets on");
    }
    assert!(runs > 4, "it was interrupted {runs} times");
    assert_eq!(catalogue.held(), expected.held());
}
