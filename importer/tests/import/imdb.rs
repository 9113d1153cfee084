//! IMDb's files.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use matinee_domain::RatedElsewhere;
use matinee_importer::{ImportError, ImportOptions, ImportReport, imdb::Selection, import_imdb};

use crate::{
    catalogue::MemoryCatalogue,
    files::{Files, lenient},
};

const BASICS: &str = "tconst\ttitleType\tprimaryTitle\toriginalTitle\tisAdult\tstartYear\tendYear\truntimeMinutes\tgenres\n\
    tt0000001\tshort\tCarmencita\tCarmencita\t0\t1894\t\\N\t1\tDocumentary,Short\n\
    tt0000009\tmovie\tMiss Jerry\tMiss Jerry\t0\t1894\t\\N\t45\tRomance\n\
    tt0000147\tmovie\tThe Long Night\tDie lange Nacht\t0\t\\N\t\\N\t\\N\t\\N\n\
    tt0000148\ttvMovie\tAt Home\tAt Home\t0\t1970\t\\N\t90\tDrama\n\
    tt0000149\tmovie\tNot For Here\tNot For Here\t1\t1970\t\\N\t90\tDrama\n\
    tt10000001\tmovie\t\"Quoted\tQuoted\t0\t2020\t\\N\t51420\tDrama,Sci-Fi\n";
const CREW: &str = "tconst\tdirectors\twriters\n\
    tt0000001\tnm0000001\t\\N\n\
    tt0000009\tnm0000002\tnm0000002,nm0000003\n\
    tt0000147\t\\N\t\\N\n\
    tt10000001\tnm0000004,nm9999999\t\\N\n";
const PRINCIPALS: &str = "tconst\tordering\tnconst\tcategory\tjob\tcharacters\n\
    tt0000001\t1\tnm0000001\tself\t\\N\t\\N\n\
    tt0000009\t1\tnm0000005\tactress\t\\N\t[\"Miss Jerry\"]\n\
    tt0000009\t2\tnm0000003\tactor\t\\N\t\\N\n\
    tt0000009\t3\tnm0000002\tdirector\t\\N\t\\N\n\
    tt0000009\t4\tnm0000005\tactress\t\\N\t[\"Her twin\"]\n\
    tt10000001\t1\tnm10000001\tself\t\\N\t\\N\n";
const NAMES: &str = "nconst\tprimaryName\tbirthYear\tdeathYear\tprimaryProfession\tknownForTitles\n\
    nm0000001\tNobody Asked\t\\N\t\\N\t\\N\t\\N\n\
    nm0000002\tAlexander Black\t1859\t1940\tdirector\ttt0000009\n\
    nm0000003\tWilliam Courtenay\t1875\t1933\tactor\ttt0000009\n\
    nm0000004\tAnn Author\t\\N\t\\N\t\\N\t\\N\n\
    nm0000005\tBlanche Bayliss\t1878\t1951\tactress\ttt0000009\n\
    nm10000001\tZoë Zed\t\\N\t\\N\t\\N\t\\N\n";
const AKAS: &str = "titleId\tordering\ttitle\tregion\tlanguage\ttypes\tattributes\tisOriginalTitle\n\
    tt0000009\t1\tMISS JERRY\tUS\t\\N\t\\N\t\\N\t0\n\
    tt0000009\t2\tFräulein Jerry\tDE\t\\N\t\\N\t\\N\t0\n\
    tt0000009\t3\tMademoiselle Jerry\tFR\t\\N\t\\N\t\\N\t0\n";

const RATINGS: &str = "tconst\taverageRating\tnumVotes\n\
    tt0000001\t5.7\t2000\n\
    tt0000009\t5.3\t221\n\
    tt10000001\t7.0\t0\n";

const ALL: [(&str, &str); 6] = [
    ("title.basics.tsv.gz", BASICS),
    ("title.crew.tsv.gz", CREW),
    ("title.principals.tsv.gz", PRINCIPALS),
    ("name.basics.tsv.gz", NAMES),
    ("title.akas.tsv.gz", AKAS),
    ("title.ratings.tsv.gz", RATINGS),
];

fn packed(text: &str) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(text.as_bytes()).unwrap();
    packer.finish().unwrap()
}

/// All files, packed, with another text in place of one.
fn files_with(name: &str, text: &str) -> Files {
    let packed: Vec<_> = ALL.iter().map(|&(file, own)| (file, packed(if file == name { text } else { own }))).collect();
    let files: Vec<_> = packed.iter().map(|(file, bytes)| (*file, bytes.as_slice())).collect();
    Files::new(&files)
}

async fn import(files: &Files, options: &ImportOptions) -> (MemoryCatalogue, Result<ImportReport, ImportError>) {
    let catalogue = MemoryCatalogue::default();
    let report = import_imdb(&catalogue, &files.path(), Selection::default(), options, &mut |_| {}).await;
    (catalogue, report)
}

#[tokio::test]
async fn films_come_with_their_people_and_other_titles_and_the_rest_is_passed_over() {
    let (catalogue, report) = import(&files_with("", ""), &ImportOptions::default()).await;
    let part = report.unwrap().part("imdb/films").unwrap().clone();
    assert_eq!((part.rows, part.taken, part.added, part.passed_over, part.bad), (6, 3, 3, 3, 0));
    let described = catalogue.held().described;
    assert_eq!(described.len(), 3);
    let jerry = &described["imdb:tt0000009"];
    assert_eq!(
        (jerry.title.as_str(), jerry.year.map(i32::from), jerry.runtime_min),
        ("Miss Jerry", Some(1894), Some(45))
    );
    assert_eq!(jerry.directors, ["Alexander Black"]);
    assert_eq!(jerry.writers, ["Alexander Black", "William Courtenay"]);
    assert_eq!(jerry.cast, ["Blanche Bayliss", "William Courtenay"]);
    assert_eq!(jerry.alternative_titles, ["Fräulein Jerry"]);
    assert_eq!(jerry.elsewhere, Some(RatedElsewhere { votes: 221, mean: 5.3 }));
    let night = &described["imdb:tt0000147"];
    assert_eq!((night.year, night.runtime_min, night.genres.len()), (None, None, 0));
    assert_eq!(night.alternative_titles, ["Die lange Nacht"]);
    let quoted = &described["imdb:tt10000001"];
    assert_eq!((quoted.title.as_str(), quoted.runtime_min), ("\"Quoted", Some(51420)));
    assert_eq!(
        (quoted.directors.as_slice(), quoted.cast.as_slice()),
        (&["Ann Author".to_owned()][..], &["Zoë Zed".into()][..])
    );
    assert_eq!(quoted.genres, ["Drama", "Sci-Fi"]);
    assert_eq!((night.elsewhere, quoted.elsewhere), (None, None), "nobody voted");
}

#[tokio::test]
async fn films_made_for_television_are_taken_when_they_are_asked_for() {
    let (files, catalogue) = (files_with("", ""), MemoryCatalogue::default());
    let mut added = Vec::new();
    for tv_movies in [false, true, true] {
        let options = ImportOptions::default();
        let report =
            import_imdb(&catalogue, &files.path(), Selection { tv_movies }, &options, &mut |_| {}).await.unwrap();
        added.push(report.parts[0].taken);
    }
    assert_eq!(added, [3, 4, 0]);
    assert!(catalogue.held().described.contains_key("imdb:tt0000148"));
}

#[tokio::test]
async fn unpacked_files_in_a_zip_and_a_set_without_other_titles_and_votes_are_read_too() {
    let plain: Vec<_> = ALL[..4].iter().map(|(name, text)| (name.trim_end_matches(".gz"), text.as_bytes())).collect();
    let files = Files::new(&plain);
    let catalogue = MemoryCatalogue::default();
    let options = ImportOptions::default();
    import_imdb(&catalogue, &files.zip(), Selection::default(), &options, &mut |_| {}).await.unwrap();
    assert!(catalogue.held().described["imdb:tt0000009"].alternative_titles.is_empty());
    assert_eq!(catalogue.held().described["imdb:tt0000009"].cast.len(), 2);
    assert_eq!(catalogue.held().described["imdb:tt0000009"].elsewhere, None);
}

#[tokio::test]
async fn tables_sorted_by_number_rather_than_by_text_are_read_as_well() {
    let (catalogue, report) = import(
        &files_with("title.basics.tsv.gz", &format!("{BASICS}tt9999999\tmovie\tNever\tNever\t0\t2020\t\\N\t9\t\\N\n")),
        &lenient(),
    )
    .await;
    // By text tt10000001 comes before tt9999999; by number after it.
    report.unwrap();
    let by_number =
        BASICS.replace("tt10000001\t", "tt9999999\tmovie\tBefore\tBefore\t0\t2020\t\\N\t9\t\\N\ntt10000001\t");
    let (other, report) = import(&files_with("title.basics.tsv.gz", &by_number), &lenient()).await;
    report.unwrap();
    for catalogue in [catalogue, other] {
        assert_eq!(catalogue.held().described["imdb:tt10000001"].cast, ["Zoë Zed"]);
        assert_eq!(catalogue.held().described.len(), 4);
    }
}

#[tokio::test]
async fn a_table_that_is_not_sorted_is_refused() {
    for (name, text) in [
        (
            "title.basics.tsv.gz",
            format!(
                "{BASICS}tt0000002\tmovie\tA\tA\t0\t2020\t\\N\t9\t\\N\ntt0000003\tmovie\tA\tA\t0\t2020\t\\N\t9\t\\N\n"
            ),
        ),
        ("title.crew.tsv.gz", CREW.replace("tt0000001\t", "tt0000010\t")),
    ] {
        let error = import(&files_with(name, &text), &lenient()).await.1.unwrap_err().to_string();
        assert!(error.contains(name) && error.contains("not sorted"), "{error}");
    }
}

#[tokio::test]
async fn bad_rows_of_every_table_are_counted_and_listed_with_their_place() {
    for (name, row, reason) in [
        ("title.basics.tsv.gz", "x1\tmovie\tA\tA\t0\t2020\t\\N\t9\t\\N", "`x1` is no film's id"),
        ("title.basics.tsv.gz", "tt10000001\tmovie\tA\tA\t0\t2020\t\\N\t9\t\\N", "second time"),
        ("title.basics.tsv.gz", "tt10000002\tmovie\tA\tA\t0\tsoon\t\\N\t9\t\\N", "`soon` is no year"),
        ("title.basics.tsv.gz", "tt10000002\tmovie\tA\tA\t0\t1066\t\\N\t9\t\\N", "not 1066"),
        ("title.basics.tsv.gz", "tt10000002\tmovie\tA\tA\t0\t1990\t\\N\tlong\t\\N", "`long` is no running time"),
        ("title.basics.tsv.gz", "tt10000002\tmovie\t\\N\tA\t0\t1990\t\\N\t9\t\\N", "title is empty"),
        ("title.basics.tsv.gz", "tt10000002\tmovie\tA", "3 columns, not 9"),
        ("name.basics.tsv.gz", "z\tA\t\\N\t\\N\t\\N\t\\N", "name.basics.tsv.gz:8: `z` is no person's id"),
    ] {
        let own = ALL.iter().find(|(file, _)| *file == name).unwrap().1;
        let report = import(&files_with(name, &format!("{own}{row}\n")), &lenient()).await.1.unwrap();
        assert_eq!(report.bad(), 1, "{row}: {report}");
        assert!(report.bad_rows[0].to_string().contains(reason), "`{reason}` is not in: {}", report.bad_rows[0]);
    }
    for (row, reason) in [
        ("11.5\t221", "the votes of film tt0000009: `11.5` is no mean of ten points"),
        ("NaN\t221", "`NaN` is no mean"),
        ("5.3\tmany", "`many` is no number of votes"),
    ] {
        let text = RATINGS.replace("5.3\t221", row);
        let report = import(&files_with("title.ratings.tsv.gz", &text), &lenient()).await.1.unwrap();
        assert!(report.bad_rows[0].to_string().contains(reason), "`{reason}` is not in: {}", report.bad_rows[0]);
    }
    let crew = CREW.replace("tt0000147\t\\N\t\\N", "tt0000147\t\\N");
    let report = import(&files_with("title.crew.tsv.gz", &crew), &lenient()).await.1.unwrap();
    assert!(report.bad_rows[0].to_string().contains("title.crew.tsv.gz:4: it has 2 columns"), "{report}");
    let error = import(&files_with("title.crew.tsv.gz", &crew), &ImportOptions::default()).await.1.unwrap_err();
    assert!(error.to_string().contains("1 of the first"), "{error}");
}

#[tokio::test]
async fn files_that_are_missing_or_cut_off_are_named() {
    let error = import(&Files::new(&[("notes.txt", b"")]), &lenient()).await.1.unwrap_err().to_string();
    assert!(error.contains("title.basics.tsv.gz"), "{error}");
    let error = import(&Files::new(&[("title.basics.tsv", BASICS.as_bytes())]), &lenient()).await.1.unwrap_err();
    assert!(error.to_string().contains("title.crew.tsv.gz is missing"), "{error}");

    let files = files_with("", "");
    let path = files.path().join("title.principals.tsv.gz");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let (catalogue, report) = import(&files, &lenient()).await;
    let error = report.unwrap_err().to_string();
    assert!(error.contains("title.principals.tsv.gz") && error.contains("damaged"), "{error}");
    assert!(catalogue.held().described.is_empty());
}

#[tokio::test]
async fn a_file_that_grows_without_end_when_unpacked_is_refused() {
    let files = files_with("title.crew.tsv.gz", &"a".repeat(40 << 20));
    let error = import(&files, &lenient()).await.1.unwrap_err().to_string();
    assert!(error.contains("title.crew.tsv.gz"), "{error}");
}

#[tokio::test]
async fn an_import_stopped_after_any_batch_ends_as_if_nothing_had_happened() {
    let files = files_with("", "");
    let expected = import(&files, &lenient()).await.0.held();
    let catalogue = MemoryCatalogue::default();
    let options = ImportOptions { batch_rows: 1, ..lenient() };
    let mut runs = 0;
    catalogue.fail_after(Some(1));
    while import_imdb(&catalogue, &files.path(), Selection::default(), &options, &mut |_| {}).await.is_err() {
        runs += 1;
        // Once all rows are in: statistics are computed in the same run that notes the end.
        catalogue.fail_after(Some(if runs < 8 { 1 } else { 2 }));
        assert!(runs < 20, "every run gets on");
    }
    assert!(runs > 4, "it was interrupted {runs} times");
    assert_eq!(catalogue.held(), expected);
}
