//! What people bring that isn't as it should be: each case with the message it gets.

use std::fmt::Write as _;

use matinee_importer::{ImportError, ImportOptions, import_movielens, source::Limits};

use crate::{
    catalogue::MemoryCatalogue,
    files::{Files, MOVIES_CSV, RATINGS_CSV, csv_with_movies, csv_with_ratings, import, lenient},
};

/// The import fails, and its message has all these parts.
async fn refuses(files: &Files, parts: &[&str]) -> ImportError {
    refuses_path(&files.path(), parts).await
}

async fn refuses_path(path: &std::path::Path, parts: &[&str]) -> ImportError {
    let catalogue = MemoryCatalogue::default();
    let error = import_movielens(&catalogue, path, &ImportOptions::default(), &mut |_| {}).await.unwrap_err();
    let message = error.to_string();
    for part in parts {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
    assert!(catalogue.held().ratings.is_empty(), "nothing of a refused file is taken in");
    error
}

/// One row after the good ones is bad: it is listed with its line and a reason, and the others are taken in.
async fn lists_rating(row: &[u8], reason: &str) {
    let bytes = [RATINGS_CSV.as_bytes(), row, b"\n2,1,3.0,1445714836\n"].concat();
    let (catalogue, report) = import(&csv_with_ratings(bytes), &lenient()).await;
    let report = report.unwrap();
    assert_eq!(report.bad(), 1, "{report}");
    let bad = &report.bad_rows[0];
    assert_eq!((bad.file.as_str(), bad.line), ("ratings.csv", 5));
    assert!(bad.reason.contains(reason), "`{reason}` is not in: {}", bad.reason);
    assert_eq!(catalogue.held().ratings.len(), 4, "the rows around it are taken in");
}

async fn lists_movie(row: &str, line: u64, reason: &str) {
    let (catalogue, report) =
        import(&csv_with_movies(format!("{MOVIES_CSV}{row}\n9,Last (2001),Drama\n")), &lenient()).await;
    let report = report.unwrap();
    assert_eq!(report.bad(), 1, "{report}");
    assert_eq!(report.bad_rows[0].line, line);
    assert!(report.bad_rows[0].reason.contains(reason), "`{reason}` is not in: {}", report.bad_rows[0].reason);
    assert_eq!(catalogue.held().movies.len(), 4);
}

#[tokio::test]
async fn a_path_that_is_not_there() {
    refuses_path(std::path::Path::new("/nowhere/ml-25m"), &["/nowhere/ml-25m", "can't be opened"]).await;
}

#[tokio::test]
async fn a_folder_without_a_data_set() {
    refuses(&Files::new(&[("notes.txt", b"hello")]), &["no MovieLens", "notes.txt", "ratings.csv"]).await;
}

#[tokio::test]
async fn a_folder_with_two_data_sets() {
    let ratings = RATINGS_CSV.as_bytes();
    let files = Files::new(&[("a/ratings.csv", ratings), ("b/ratings.csv", ratings)]);
    refuses(&files, &["several data sets", "a/ratings.csv", "b/ratings.csv"]).await;
}

#[tokio::test]
async fn ratings_without_films() {
    refuses(&Files::new(&[("ratings.csv", RATINGS_CSV.as_bytes())]), &["movies.csv is missing", "ratings.csv"]).await;
}

#[tokio::test]
async fn atomic_files_of_another_data_set() {
    let files = Files::new(&[("amazon.inter", b"user_id:token\n"), ("amazon.item", b"item_id:token\n")]);
    refuses(&files, &["amazon.inter", "ml-100k.inter"]).await;
}

#[tokio::test]
async fn an_empty_file() {
    refuses(&csv_with_ratings(""), &["ratings.csv is empty"]).await;
}

#[tokio::test]
async fn a_file_with_a_header_alone() {
    refuses(&csv_with_ratings("userId,movieId,rating,timestamp\n"), &["ratings.csv is empty"]).await;
}

#[tokio::test]
async fn a_wrong_header() {
    refuses(&csv_with_ratings("<html>\n<body>404</body>"), &["ratings.csv", "userId", "<html>"]).await;
}

#[tokio::test]
async fn a_missing_column() {
    refuses(&csv_with_ratings("userId,movieId,timestamp\n1,1,1\n"), &["no column `rating`", "timestamp"]).await;
}

#[tokio::test]
async fn utf_16() {
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(RATINGS_CSV.bytes().flat_map(|byte| [byte, 0])).collect();
    refuses(&csv_with_ratings(utf16), &["ratings.csv", "header", "NUL"]).await;
}

#[tokio::test]
async fn a_file_that_is_named_zip_and_is_none() {
    let files = Files::new(&[("ml.zip", b"<html>not found</html>")]);
    refuses_path(&files.path().join("ml.zip"), &["ml.zip", "is none"]).await;
}

#[tokio::test]
async fn a_file_that_is_neither_folder_nor_zip() {
    let files = csv_with_ratings(RATINGS_CSV);
    let path = files.path().join("movies.csv");
    refuses_path(&path, &["no MovieLens data set", "movies.csv"]).await;
}

#[tokio::test]
async fn a_zip_that_is_cut_off() {
    let path = csv_with_ratings(RATINGS_CSV);
    let zip = path.zip();
    let bytes = std::fs::read(&zip).unwrap();
    std::fs::write(&zip, &bytes[..bytes.len() / 2]).unwrap();
    refuses_path(&zip, &["damaged zip", "fetch it again"]).await;
}

#[tokio::test]
async fn a_zip_with_damaged_ratings_is_found_before_any_rating_is_written() {
    let ratings: String = (1..=3).fold(RATINGS_CSV.to_owned(), |mut all, movie| {
        (10..2000).for_each(|user| writeln!(all, "{user},{movie},4.0,{}", 900_000_000 + user * 7919 * movie).unwrap());
        all
    });
    let files = csv_with_ratings(ratings);
    let zip = files.zip();
    let mut bytes = std::fs::read(&zip).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 40].fill(0x55);
    std::fs::write(&zip, &bytes).unwrap();
    refuses_path(&zip, &["ratings.csv", "damaged"]).await;
}

#[tokio::test]
async fn a_zip_bomb() {
    let files = csv_with_ratings(vec![b'1'; 40 << 20]);
    refuses_path(&files.zip(), &["ratings.csv", "250 times"]).await;
}

#[tokio::test]
async fn a_file_beyond_the_size_limit() {
    let files = csv_with_ratings(RATINGS_CSV);
    let limits = Limits { member_bytes: 40, ..Limits::default() };
    let options = ImportOptions { limits, ..ImportOptions::default() };
    for path in [files.path(), files.zip()] {
        let error = import_movielens(&MemoryCatalogue::default(), &path, &options, &mut |_| {}).await.unwrap_err();
        assert!(error.to_string().contains("larg"), "{error}");
    }
}

#[tokio::test]
async fn too_many_files() {
    let files = csv_with_ratings(RATINGS_CSV);
    let limits = Limits { members: 1, ..Limits::default() };
    let options = ImportOptions { limits, ..ImportOptions::default() };
    for path in [files.path(), files.zip()] {
        let error = import_movielens(&MemoryCatalogue::default(), &path, &options, &mut |_| {}).await.unwrap_err();
        assert!(error.to_string().contains("more than 1 files"), "{error}");
    }
}

#[tokio::test]
async fn members_that_point_out_of_their_zip_are_not_read() {
    let files = Files::new(&[("movies.csv", MOVIES_CSV.as_bytes())]);
    let path = files.zip_with(&[("../../ratings.csv", RATINGS_CSV.as_bytes())]);
    refuses_path(&path, &["no MovieLens data set", "movies.csv"]).await;
}

#[tokio::test]
async fn ratings_that_are_no_ratings() {
    for (row, reason) in [
        ("2,1,6,1445714836", "not 6"),
        ("2,1,3.7,1445714836", "not 3.7"),
        ("2,1,0,1445714836", "not 0"),
        ("2,1,NaN,1445714836", "NaN"),
        ("2,1,good,1445714836", "`good` is no rating"),
        ("2,1,,1445714836", "`` is no rating"),
    ] {
        lists_rating(row.as_bytes(), reason).await;
    }
}

#[tokio::test]
async fn times_that_are_no_times() {
    for (row, reason) in [
        ("2,1,4.0,-1", "-1 is no time"),
        ("2,1,4.0,1445714836000", "1970 and 2100"),
        ("2,1,4.0,yesterday", "`yesterday`"),
        ("2,1,4.0,inf", "inf is no time"),
    ] {
        lists_rating(row.as_bytes(), reason).await;
    }
}

#[tokio::test]
async fn numbers_that_are_no_numbers() {
    for (row, reason) in [
        ("0,1,4.0,1", "rater's number"),
        ("-2,1,4.0,1", "rater's number"),
        ("2,1.5,4.0,1", "film's number"),
        ("2,99999999999,4.0,1", "film's number"),
        ("2,'; DROP TABLE,4.0,1", "film's number"),
    ] {
        lists_rating(row.as_bytes(), reason).await;
    }
}

#[tokio::test]
async fn rows_with_too_few_or_too_many_columns() {
    lists_rating(b"2,1,4.0", "3 columns, not 4").await;
    lists_rating(b"2,1,4.0,1,extra", "5 columns, not 4").await;
}

#[tokio::test]
async fn bytes_that_are_no_text() {
    lists_rating(b"2,1,4.0,1445\xFF14836", "not UTF-8").await;
    lists_rating(b"2,1,4.0,1445\x0014836", "NUL").await;
}

#[tokio::test]
async fn a_line_without_end() {
    lists_rating(&vec![b'7'; 300_000], "longer than 65536 bytes").await;
}

#[tokio::test]
async fn a_quote_that_is_not_closed() {
    lists_rating(b"2,\"1,4.0,1", "quote").await;
}

#[tokio::test]
async fn a_film_that_is_not_listed() {
    lists_rating(b"2,77,4.0,1445714836", "film 77 is not in movies.csv").await;
}

#[tokio::test]
async fn a_rating_that_comes_twice() {
    lists_rating(b"2,2,1.0,1445714836", "rated film 2 before").await;
}

#[tokio::test]
async fn films_that_are_none() {
    lists_movie("2,Another (1999),Drama", 5, "second time").await;
    lists_movie("x,Another (1999),Drama", 5, "`x` is no film's number").await;
    lists_movie("4,,Drama", 5, "title is empty").await;
    lists_movie(&format!("4,{},Drama", "long ".repeat(100)), 5, "more than 400 characters").await;
    lists_movie("4,Comma, unquoted (1999),Drama", 5, "4 columns, not 3").await;
}

#[tokio::test]
async fn a_year_that_is_none() {
    let item =
        |year: &str| format!("item_id:token\tmovie_title:token_seq\trelease_year:token\n1\tA\t1999\n2\tB\t{year}\n");
    let inter = b"user_id:token\titem_id:token\trating:float\ttimestamp:float\n1\t1\t3\t5\n";
    for (year, reason) in [("19x5", "`19x5` is no year"), ("1066", "not 1066")] {
        let files = Files::new(&[("ml-1m.item", item(year).as_bytes()), ("ml-1m.inter", inter)]);
        let report = import(&files, &lenient()).await.1.unwrap();
        assert!(report.bad_rows[0].reason.contains(reason), "{}", report.bad_rows[0]);
    }
}

#[tokio::test]
async fn links_that_lead_nowhere() {
    let links = b"movieId,imdbId,tmdbId\n1,114709,1\n2,nm0001,2\n3,3,1\n2,,\n1,5,5\n";
    let files = Files::new(&[
        ("movies.csv", MOVIES_CSV.as_bytes()),
        ("ratings.csv", RATINGS_CSV.as_bytes()),
        ("links.csv", links),
    ]);
    let (catalogue, report) = import(&files, &lenient()).await;
    let report = report.unwrap();
    let reasons: Vec<&str> = report.bad_rows.iter().map(|row| row.reason.as_str()).collect();
    assert_eq!(reasons.len(), 3);
    assert!(reasons[0].contains("`nm0001` is no imdb number"));
    assert!(reasons[1].contains("another film has the tmdb number 1"));
    assert!(reasons[2].contains("film 1 is listed a second time"));
    assert_eq!(report.part("movielens/links").unwrap().passed_over, 1);
    assert_eq!(catalogue.held().links.len(), 1);
}

fn ratings_with_bad_rows(rows: usize, every: usize) -> String {
    let mut text = "userId,movieId,rating,timestamp\n".to_owned();
    for user in 1..=rows {
        let rating = if user % every == 0 { "9" } else { "4.5" };
        writeln!(text, "{user},1,{rating},{}", 900_000_000 + user).unwrap();
    }
    text
}

#[tokio::test]
async fn one_bad_row_in_a_hundred_is_let_pass() {
    let (catalogue, report) =
        import(&csv_with_ratings(ratings_with_bad_rows(5_000, 100)), &ImportOptions::default()).await;
    let report = report.unwrap();
    assert_eq!((report.bad(), catalogue.held().ratings.len()), (50, 4_950));
    assert!(report.to_string().contains("50 bad"));
}

#[tokio::test]
async fn more_than_one_bad_row_in_a_hundred_stops_the_import_and_the_first_are_quoted() {
    let files = csv_with_ratings(ratings_with_bad_rows(3_000, 90));
    let error =
        refuses(&files, &["33 of the first 3000 rows of ratings.csv are bad", "1 %", "ratings.csv:91:", "not 9", "…"])
            .await;
    let ImportError::TooManyBad { rows_listed, .. } = error else { panic!("{error}") };
    assert_eq!(rows_listed.len(), 33);
}

#[tokio::test]
async fn a_large_file_of_nothing_but_bad_rows_is_left_early_however_often_it_is_tried() {
    let files = csv_with_ratings(ratings_with_bad_rows(20_000, 50));
    let catalogue = MemoryCatalogue::default();
    let options = ImportOptions { batch_rows: 500, ..ImportOptions::default() };
    for _ in 0..3 {
        let error = import_movielens(&catalogue, &files.path(), &options, &mut |_| {}).await.unwrap_err();
        let ImportError::TooManyBad { rows, .. } = error else { panic!("{error}") };
        assert_eq!(rows, 1_000);
        assert_eq!(catalogue.held().ratings.len(), 490, "only what came before the share was looked at");
    }
}

#[tokio::test]
async fn bad_rows_are_all_counted_but_not_all_kept() {
    let options = ImportOptions { kept_bad_rows: 3, ..lenient() };
    let report = import(&csv_with_ratings(ratings_with_bad_rows(5_000, 10)), &options).await.1.unwrap();
    assert_eq!((report.bad(), report.bad_rows.len()), (500, 3));
    assert!(report.to_string().contains("and 497 more bad rows"));
}

#[tokio::test]
async fn a_catalogue_that_fails_is_an_error_that_says_how_to_go_on() {
    let files = csv_with_ratings(RATINGS_CSV);
    let catalogue = MemoryCatalogue::default();
    catalogue.fail_after(Some(0));
    let error = import_movielens(&catalogue, &files.path(), &lenient(), &mut |_| {}).await.unwrap_err();
    let message = error.to_string();
    assert!(message.contains("the disk is full") && message.contains("again"), "{message}");
}
