//! What is found, and what comes first.

use matinee_domain::{MovieId, SearchFilter, SearchQuery, Year, search::GenreCount};
use matinee_search::{SearchOptions, TantivyIndex};
use matinee_services::ports::SearchIndex;
use uuid::Uuid;

use crate::{Cinema, films::films};

/// What is typed, and the film that must come first.
#[rustfmt::skip]
const FIRST_HITS: [(&str, &str); 84] = [
    // As it is written, whatever the case, accents and punctuation.
    ("The Godfather", "The Godfather (1972)"),
    ("AMELIE", "Amélie (2001)"),
    ("Amélie", "Amélie (2001)"),
    ("toshiro mifune", "Seven Samurai (1954)"),
    ("whats eating gilbert grape", "What's Eating Gilbert Grape (1993)"),
    ("what's eating", "What's Eating Gilbert Grape (1993)"),
    ("500 days of summer", "(500) Days of Summer (2009)"),
    ("romeo and juliet", "Romeo + Juliet (1996)"),
    ("romeo & juliet", "Romeo + Juliet (1996)"),
    ("good bad ugly", "The Good, the Bad and the Ugly (1966)"),
    ("face off", "Face/Off (1997)"),
    ("faceoff", "Face/Off (1997)"),
    ("spiderman", "Spider-Man (2002)"),
    ("spider man", "Spider-Man (2002)"),
    ("spider-man", "Spider-Man (2002)"),
    ("amazing spiderman", "The Amazing Spider-Man (2012)"),
    ("avventura", "L'Avventura (1960)"),
    ("l'avventura", "L'Avventura (1960)"),
    ("extra terrestrial", "E.T. the Extra-Terrestrial (1982)"),
    ("et", "E.T. the Extra-Terrestrial (1982)"),
    ("e.t.", "E.T. the Extra-Terrestrial (1982)"),
    // Articles anywhere, and films that are called after one.
    ("matrix", "The Matrix (1999)"),
    ("matrix the", "The Matrix (1999)"),
    ("godfather, the", "The Godfather (1972)"),
    ("clockwork orange", "A Clockwork Orange (1971)"),
    ("the alien", "Alien (1979)"),
    ("the the", "The The (2010)"),
    ("a", "A (1965)"),
    ("it", "It (2017)"),
    ("up", "Up (2009)"),
    ("m", "M (1931)"),
    ("$", "$ (1971)"),
    ("boot", "Das Boot (1981)"),
    ("die hard", "Die Hard (1988)"),
    ("la la land", "La La Land (2016)"),
    ("thing", "The Thing (1982)"),
    // Numbers and initials.
    ("8 1/2", "8½ (1963)"),
    ("8½", "8½ (1963)"),
    ("2001", "2001: A Space Odyssey (1968)"),
    ("2001 a space odyssey", "2001: A Space Odyssey (1968)"),
    ("space odyssey", "2001: A Space Odyssey (1968)"),
    ("m*a*s*h", "M*A*S*H (1970)"),
    ("mash", "M*A*S*H (1970)"),
    ("se7en", "Seven (1995)"),
    ("seven", "Seven (1995)"),
    ("wall-e", "WALL·E (2008)"),
    ("wall e", "WALL·E (2008)"),
    ("walle", "WALL·E (2008)"),
    ("alien 3", "Alien³ (1992)"),
    ("rocky 2", "Rocky II (1979)"),
    ("rocky ii", "Rocky II (1979)"),
    ("12 monkeys", "Twelve Monkeys (1995)"),
    ("twelve angry men", "12 Angry Men (1957)"),
    ("star wars episode 1", "Star Wars: Episode I - The Phantom Menace (1999)"),
    // Years.
    ("alien 1979", "Alien (1979)"),
    ("alien 1980", "Alien (1979)"),
    ("1986 alien", "Aliens (1986)"),
    ("solaris 2002", "Solaris (2002)"),
    ("solaris (1972)", "Solaris (1972)"),
    ("1984", "1984 (1984)"),
    ("1917", "1917 (2019)"),
    ("blade runner 2049", "Blade Runner 2049 (2017)"),
    ("death race 2000", "Death Race 2000 (1975)"),
    ("2001 space", "2001: A Space Odyssey (1968)"),
    // Typos.
    ("godfahter", "The Godfather (1972)"),
    ("teh matrix", "The Matrix (1999)"),
    ("star wras", "Star Wars: Episode IV - A New Hope (1977)"),
    ("pulp fictoin", "Pulp Fiction (1994)"),
    ("shawshenk redemtion", "The Shawshank Redemption (1994)"),
    ("terminater 2", "Terminator 2: Judgment Day (1991)"),
    ("schwarzeneger", "The Terminator (1984)"),
    ("tarentino", "Pulp Fiction (1994)"),
    ("silense of the lambs", "The Silence of the Lambs (1991)"),
    ("alein", "Alien (1979)"),
    ("shwash", "The Shawshank Redemption (1994)"),
    ("starwars", "Star Wars: Episode IV - A New Hope (1977)"),
    // As it is typed.
    ("sile", "The Silence of the Lambs (1991)"),
    ("silence of the la", "The Silence of the Lambs (1991)"),
    ("star t", "Star Trek: First Contact (1996)"),
    // People, other titles, and both together.
    ("kubrick", "2001: A Space Odyssey (1968)"),
    ("kubrick shining", "The Shining (1980)"),
    ("the professional", "Léon: The Professional (1994)"),
    ("千尋", "Spirited Away (2001)"),
    ("matrix with keanu reeves please", "The Matrix (1999)"),
];

#[tokio::test]
async fn the_film_that_was_meant_comes_first() {
    let cinema = Cinema::open().await;
    let mut wrong = Vec::new();
    for (text, expected) in FIRST_HITS {
        let found = cinema.titles(text).await;
        if found.first().map(String::as_str) != Some(expected) {
            wrong.push(format!("{text:?}: expected {expected}, found {:?}", found.iter().take(4).collect::<Vec<_>>()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_was_typed_right_comes_before_what_may_have_been_meant() {
    let cinema = Cinema::open().await;
    assert_eq!(cinema.titles("aliens").await[..1], ["Aliens (1986)"]);
    let found = cinema.titles("rocky").await;
    assert_eq!(found, ["Rocky (1976)", "Rocky II (1979)", "Rocky III (1982)"]);
}

#[tokio::test]
async fn a_word_that_is_known_is_not_taken_for_another() {
    let cinema = Cinema::open().await;
    // One letter from "Fargo" and two from nothing: but "Cargo" is not known, and so is forgiven.
    assert_eq!(cinema.titles("cargo").await, ["Fargo (1996)"]);
    assert!(!cinema.titles("alien").await.contains(&"Amélie (2001)".to_owned()));
}

#[tokio::test]
async fn words_are_dropped_only_where_nothing_has_them_all() {
    let cinema = Cinema::open().await;
    assert_eq!(cinema.titles("brad pitt fincher").await, ["Seven (1995)"]);
    assert_eq!(cinema.titles("brad pitt xyzzy").await.len(), 3);
    assert!(cinema.titles("xyzzy").await.is_empty());
}

#[tokio::test]
async fn nothing_typed_finds_everything_most_rated_first() {
    let cinema = Cinema::open().await;
    let hits = cinema.hits(" ", SearchFilter::default()).await;
    assert_eq!(hits.total, cinema.titles.len() as u64);
    assert_eq!(cinema.named(&hits)[0], "Star Wars: Episode IV - A New Hope (1977)");
    assert_eq!(hits.genres[0], GenreCount { genre: "Sci-Fi".to_owned(), count: 27 });
}

#[tokio::test]
async fn filters_narrow_the_hits_and_the_counts() {
    let cinema = Cinema::open().await;
    let genres = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let filter = SearchFilter { genres: genres(&["Horror", "Sci-Fi"]), ..SearchFilter::default() };
    let hits = cinema.hits("alien", filter.clone()).await;
    assert_eq!(cinema.named(&hits), ["Alien (1979)", "Alien³ (1992)", "Alien: Resurrection (1997)"]);
    assert_eq!(hits.total, 3);
    let horror = GenreCount { genre: "Horror".to_owned(), count: 3 };
    assert_eq!(hits.genres, [horror, GenreCount { genre: "Sci-Fi".to_owned(), count: 3 }]);

    let filter = SearchFilter { from: Year::new(1990).ok(), to: Year::new(1992).ok(), ..filter };
    assert_eq!(cinema.named(&cinema.hits("alien", filter).await), ["Alien³ (1992)"]);

    let none = SearchFilter { genres: genres(&["Opera"]), ..SearchFilter::default() };
    assert_eq!(cinema.hits("alien", none).await.total, 0);

    let all = cinema.hits("", SearchFilter::default()).await.total;
    let good = SearchFilter { min_rating: Some(4.0), ..SearchFilter::default() };
    assert_eq!(cinema.hits("", good).await.total, all / 2);
}

#[tokio::test]
async fn genres_are_counted_and_narrow_the_hits_however_many_there_are() {
    for number in [3, 60, 70, 200] {
        let index = TantivyIndex::in_memory(SearchOptions::default()).unwrap();
        let mut made = films();
        for (at, film) in made.iter_mut().enumerate() {
            film.genres = vec![format!("G{:03}", at % number), format!("G{:03}", (at + 1) % number)];
        }
        // In two parts of the index.
        let rest = made.split_off(made.len() / 2);
        for part in [made.clone(), rest.clone()] {
            index.put(part).await.unwrap();
        }
        made.extend(rest);
        let has = |genre: &str| made.iter().filter(|film| film.genres.iter().any(|has| has == genre)).count() as u64;
        let all = SearchQuery { limit: 100, ..SearchQuery::default() };
        let found = index.search(&all).await.unwrap();
        assert_eq!(found.genres.iter().map(|genre| genre.count).sum::<u64>(), made.len() as u64 * 2);
        for GenreCount { genre, count } in &found.genres {
            assert_eq!(*count, has(genre), "{genre} of {number}");
            let filter = SearchFilter { genres: vec![genre.clone()], ..SearchFilter::default() };
            assert_eq!(index.search(&SearchQuery { filter, ..all.clone() }).await.unwrap().total, *count);
        }
    }
}

#[tokio::test]
async fn an_article_that_many_films_have_moves_those_up_that_have_it_too() {
    let index = TantivyIndex::in_memory(SearchOptions::default()).unwrap();
    let mut made: Vec<_> = films().into_iter().cycle().take(400).collect();
    for (at, film) in made.iter_mut().enumerate() {
        film.id = MovieId(Uuid::from_u128(at as u128 + 1));
        film.title = format!("The Film {at}");
        film.rating_count = 1;
    }
    made[7].title = "Zanzibar Nights".to_owned();
    made[8].title = "The Zanzibar Days".to_owned();
    index.put(made.clone()).await.unwrap();
    let first = |text: &str| SearchQuery { text: text.to_owned(), limit: 10, ..SearchQuery::default() };
    assert_eq!(index.search(&first("zanzibar the")).await.unwrap().movies, [made[8].id, made[7].id]);
    assert_eq!(index.search(&first("zanzibar nights")).await.unwrap().movies, [made[7].id]);
}

#[tokio::test]
async fn of_films_that_nobody_rated_here_those_known_elsewhere_come_first() {
    let index = TantivyIndex::in_memory(SearchOptions::default()).unwrap();
    let mut made: Vec<_> = films().into_iter().take(4).collect();
    for (film, (ratings, votes)) in made.iter_mut().zip([(0, 0), (0, 900_000), (20, 0), (0, 5_000)]) {
        film.title = "Zanzibar".to_owned();
        (film.rating_count, film.votes_elsewhere) = (ratings, votes);
    }
    index.put(made.clone()).await.unwrap();
    let best_known = [1, 3, 2, 0].map(|at: usize| made[at].id);
    for text in ["zanzibar", ""] {
        let query = SearchQuery { text: text.to_owned(), limit: 10, ..SearchQuery::default() };
        assert_eq!(index.search(&query).await.unwrap().movies, best_known, "{text:?}");
    }
}

#[tokio::test]
async fn odd_queries_are_answered() {
    let cinema = Cinema::open().await;
    let long = "x".repeat(10_000);
    let many = "alien ".repeat(2_000);
    let odd = [
        "+",
        "-",
        ":",
        "\"",
        "(",
        ")",
        "[",
        "]",
        "~",
        "*",
        "+-:\"()[]~*",
        "title:alien",
        "alien AND",
        "NOT",
        "al*en",
        "\\",
        "\0\u{1}\u{7f}",
        "\u{feff}",
        "🎬🍿",
        "👩‍👩‍👧",
        "!!!",
        "...",
        "'",
        "%_",
        "\u{301}\u{301}",
        "İ",
        "ﬁlm",
        "９９９９",
        "9999999999999999999999",
        "١٩٧٩",
        "[* TO *]",
        "a b c d e f g h i j k l m n o p q r s t u v w x y z",
        &long,
        &many,
    ];
    for text in odd {
        cinema.hits(text, SearchFilter::default()).await;
    }
    assert_eq!(cinema.titles(&many).await[0], "Alien (1979)");
    assert_eq!(cinema.titles("title:(alien) +[1979]").await[0], "Alien (1979)");
}
