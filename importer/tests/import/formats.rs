//! Every form of MovieLens, as a folder and as a zip.

use matinee_importer::{ImportOptions, ImportStage, import_movielens};

use crate::{
    catalogue::{Held, MemoryCatalogue},
    files::{Files, LINKS_CSV, MOVIES_CSV, RATINGS_CSV, import},
};

const OPTIONS: fn() -> ImportOptions = ImportOptions::default;

/// Imports the folder and the zip, checks that both give the same, and returns it.
async fn both(files: &Files) -> Held {
    let (catalogue, report) = import(files, &OPTIONS()).await;
    let report = report.unwrap();
    assert_eq!(report.bad(), 0, "{report}");
    let zipped = MemoryCatalogue::default();
    import_movielens(&zipped, &files.zip(), &OPTIONS(), &mut |_| {}).await.unwrap();
    assert_eq!(zipped.held(), catalogue.held(), "a zip gives what its folder gives");
    assert_eq!(catalogue.held().statistics_of, catalogue.held().ratings.len());
    catalogue.held()
}

fn csv() -> Files {
    Files::new(&[
        ("movies.csv", MOVIES_CSV.as_bytes()),
        ("ratings.csv", RATINGS_CSV.as_bytes()),
        ("links.csv", LINKS_CSV.as_bytes()),
        ("tags.csv", b"userId,movieId,tag,timestamp\n1,1,fun,1\n"),
    ])
}

#[tokio::test]
async fn csv_files_give_films_ratings_and_links() {
    let held = both(&csv()).await;
    let lantern = &held.movies["movielens:2"];
    assert_eq!((lantern.title.as_str(), lantern.original_title.as_str()), ("The Lantern", "Lantern, The (1987)"));
    assert_eq!((lantern.year.map(i32::from), lantern.genres.clone()), (Some(1987), vec!["Horror".to_owned()]));
    let night = &held.movies["movielens:3"];
    assert_eq!(
        (night.title.as_str(), night.alternative_titles.as_slice()),
        ("Night, Day, and Noon", &["La Nuit".to_owned()][..])
    );
    assert!(night.genres.is_empty(), "`(no genres listed)` is no genre");
    assert_eq!(held.links["movielens:2"], ["imdb:tt0113497", "tmdb:8844"]);
    assert_eq!(held.links["movielens:3"], ["imdb:tt12345678"]);
    let stars: Vec<u8> = held.ratings.values().map(|rating| rating.0).collect();
    assert_eq!(stars, [8, 1, 10], "half stars are kept");
}

#[tokio::test]
async fn columns_are_found_by_name_in_any_order_and_case() {
    let files = Files::new(&[
        ("movies.csv", b"genres,extra,TITLE,movieid\nAction,x,A (1999),7\n"),
        ("ratings.csv", b"timestamp,rating,extra,movieId,userId\n5,3.5,x,7,9\n"),
    ]);
    let held = both(&files).await;
    assert_eq!(held.movies["movielens:7"].title, "A");
    assert_eq!(held.ratings.values().collect::<Vec<_>>(), [&(7, 5)]);
}

#[tokio::test]
async fn bom_crlf_and_quoted_line_breaks_are_read() {
    let files = Files::new(&[
        (
            "movies.csv",
            b"\xEF\xBB\xBFmovieId,title,genres\r\n1,\"Two\r\nLines (1999)\",Action\r\n2,\"Say \"\"Hi\"\" (2000)\",\r\n",
        ),
        ("ratings.csv", b"\xEF\xBB\xBFuserId,movieId,rating,timestamp\r\n1,1,4,1\r\n1,2,4,2\r\n"),
    ]);
    let held = both(&files).await;
    assert_eq!(held.movies["movielens:1"].title, "Two Lines");
    assert_eq!(held.movies["movielens:2"].title, "Say \"Hi\"");
    assert_eq!(held.ratings.len(), 2);
}

#[tokio::test]
async fn dat_files_of_1m_are_read_as_latin_1() {
    let files = Files::new(&[
        ("movies.dat", b"1::Caf\xE9 Noir (1999)::Children's|Drama\n2::Odd: Title, The (1998)::Comedy\n"),
        ("ratings.dat", b"1::1::5::978300760\n6040::2::1::956716541\n"),
        ("users.dat", b"1::F::1::10::48067\n"),
    ]);
    let held = both(&files).await;
    assert_eq!(held.movies["movielens:1"].title, "Café Noir");
    assert_eq!(held.movies["movielens:1"].genres, ["Children", "Drama"]);
    assert_eq!(held.movies["movielens:2"].title, "The Odd: Title");
    assert_eq!(held.ratings.len(), 2);
}

#[tokio::test]
async fn flag_files_of_100k_are_read() {
    let flags = |on: &[usize]| (0..19).map(|at| if on.contains(&at) { "|1" } else { "|0" }).collect::<String>();
    let item = format!(
        "1|Lantern, The (1987)|01-Jan-1987||http://x{}\n2|unknown||||{}\n3|Undated|05-Mar-1994||{}\n",
        flags(&[3, 4]),
        &flags(&[0])[1..],
        flags(&[])
    );
    let mut item = item.into_bytes();
    item.extend_from_slice(b"4|Mis\xE9rables, Les (1995)|01-Jan-1995||");
    item.extend_from_slice(flags(&[8]).as_bytes());
    let files = Files::new(&[("u.item", &item), ("u.data", b"196\t1\t3\t881250949\n186\t2\t3\t891717742\n")]);
    let held = both(&files).await;
    assert_eq!(held.movies["movielens100k:1"].genres, ["Animation", "Children"]);
    assert!(held.movies["movielens100k:2"].genres.is_empty());
    assert_eq!(held.movies["movielens100k:3"].year.map(i32::from), Some(1994), "the date stands in for the year");
    assert_eq!(held.movies["movielens100k:4"].title, "Les Misérables");
    assert!(held.ratings.keys().all(|key| key.0 == "movielens100k"));
}

#[tokio::test]
async fn atomic_files_of_recbole_are_read() {
    let files = Files::new(&[
        (
            "deep/er/ml-100k.inter",
            b"user_id:token\titem_id:token\trating:float\ttimestamp:float\n196\t1\t3\t881250949\n1\t2\t4\t8.8e8\n",
        ),
        (
            "deep/er/ml-100k.item",
            "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n\
             1\tNénette, La (Other Name)\t1996\tSci-Fi Children's\n2\tunkonwn\tunkonwn\tunknown\n"
                .as_bytes(),
        ),
        ("deep/er/ml-100k.user", b"user_id:token\tage:token\n1\t24\n"),
    ]);
    let held = both(&files).await;
    let movie = &held.movies["movielens100k:1"];
    assert_eq!((movie.title.as_str(), movie.year.map(i32::from)), ("La Nénette", Some(1996)));
    assert_eq!(
        (movie.genres.as_slice(), movie.alternative_titles.as_slice()),
        (&["Sci-Fi".to_owned(), "Children".to_owned()][..], &["Other Name".to_owned()][..])
    );
    assert_eq!((held.movies["movielens100k:2"].title.as_str(), held.movies["movielens100k:2"].year), ("unknown", None));
    assert_eq!(held.ratings.len(), 2);
}

#[tokio::test]
async fn a_second_import_changes_nothing_and_says_so() {
    let files = csv();
    let (catalogue, first) = import(&files, &OPTIONS()).await;
    assert!(!first.unwrap().is_unchanged());
    let (held, calls) = (catalogue.held(), catalogue.calls().len());
    let again = import_movielens(&catalogue, &files.zip(), &OPTIONS(), &mut |_| {}).await.unwrap();
    assert!(again.is_unchanged());
    assert!(again.to_string().contains("nothing has changed"));
    assert_eq!((catalogue.held(), catalogue.calls().len()), (held, calls), "nothing is written");
}

#[tokio::test]
async fn raters_of_two_releases_are_two_people() {
    let catalogue = MemoryCatalogue::default();
    for ratings in [RATINGS_CSV.to_owned(), RATINGS_CSV.replace("964982703", "1147880044")] {
        let files = Files::new(&[("movies.csv", MOVIES_CSV.as_bytes()), ("ratings.csv", ratings.as_bytes())]);
        import_movielens(&catalogue, &files.path(), &OPTIONS(), &mut |_| {}).await.unwrap();
    }
    assert_eq!(catalogue.held().ratings.len(), 6);
}

#[tokio::test]
async fn raters_stay_the_same_when_a_later_row_is_repaired() {
    let catalogue = MemoryCatalogue::default();
    for ratings in [RATINGS_CSV.to_owned(), RATINGS_CSV.replace("2,2,5.0", "2,2,4.5")] {
        let files = Files::new(&[("movies.csv", MOVIES_CSV.as_bytes()), ("ratings.csv", ratings.as_bytes())]);
        import_movielens(&catalogue, &files.path(), &OPTIONS(), &mut |_| {}).await.unwrap();
    }
    assert_eq!(catalogue.held().ratings.len(), 3);
}

#[tokio::test]
async fn progress_runs_from_checking_to_finished_and_ends_full() {
    let files = csv();
    let catalogue = MemoryCatalogue::default();
    let mut updates = Vec::new();
    let options = ImportOptions { batch_rows: 1, ..OPTIONS() };
    import_movielens(&catalogue, &files.path(), &options, &mut |update| updates.push(update)).await.unwrap();
    let of_ratings: Vec<_> = updates.iter().filter(|update| update.part == "movielens/ratings").collect();
    let stages: Vec<ImportStage> = of_ratings.iter().map(|update| update.stage).collect();
    let reading = ImportStage::Reading;
    assert_eq!(stages, [reading, reading, reading, ImportStage::Statistics, ImportStage::Finished]);
    assert!(of_ratings.is_sorted_by_key(|update| update.rows));
    assert!((of_ratings[2].fraction() - 1.0).abs() < f64::EPSILON && of_ratings[2].rows_per_s > 0.0);
    assert_eq!(updates[0].stage, ImportStage::Checking);
}
