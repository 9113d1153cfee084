//! Titles as the data sets write them, all the way through the reader.

use crate::files::{csv_with_movies, import, lenient};

async fn read(raw: &str) -> (String, Option<i32>, Vec<String>, String) {
    let row = format!("movieId,title,genres\n1,\"{}\",Drama\n2,B (1999),\n3,C (1999),\n", raw.replace('"', "\"\""));
    let (catalogue, report) = import(&csv_with_movies(row), &lenient()).await;
    report.unwrap();
    let movie = catalogue.held().movies["movielens:1"].clone();
    (movie.title, movie.year.map(i32::from), movie.alternative_titles, movie.original_title)
}

#[tokio::test]
async fn titles_are_made_fit_to_show_and_the_original_is_kept() {
    for (raw, title, year, alternatives) in [
        ("Godfather, The (1972)", "The Godfather", Some(1972), vec![]),
        ("Misérables, Les (1995)", "Les Misérables", Some(1995), vec![]),
        ("Avventura, L' (Adventure, The) (1960)", "L'Avventura", Some(1960), vec!["The Adventure"]),
        ("Seven (a.k.a. Se7en) (1995)", "Seven", Some(1995), vec!["Se7en"]),
        ("Trou, Le (Hole, The) (Night Watch, The) (1960)", "Le Trou", Some(1960), vec!["The Hole", "The Night Watch"]),
        ("Death Note: Desu nôto (2006–2007)", "Death Note: Desu nôto", Some(2006), vec![]),
        ("Evangelion: 1.0 You Are (Not) Alone (2007)", "Evangelion: 1.0 You Are (Not) Alone", Some(2007), vec![]),
        ("(500) Days of Summer (2009)", "(500) Days of Summer", Some(2009), vec![]),
        ("Moonlight", "Moonlight", None, vec![]),
        ("Far Future (9999)", "Far Future", None, vec!["9999"]),
        ("Runaway Brain (1995) ", "Runaway Brain", Some(1995), vec![]),
    ] {
        let (shown, shown_year, others, original) = read(raw).await;
        assert_eq!((shown.as_str(), shown_year, original.as_str()), (title, year, raw.trim()));
        assert_eq!(others, alternatives, "{raw}");
    }
}
