//! What a poster promises, whatever the title.

use matinee_domain::{MovieCard, MovieId, RatingSummary, Year};
use uuid::Uuid;

use super::{Look, PosterFilm, canvas, looks, poster_document};

const TITLES: [&str; 16] = [
    "M",
    "",
    "???",
    "8½",
    "The Long Goodbye",
    "Koyaanisqatsi",
    "2001: A Space Odyssey",
    "Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb",
    "<script>alert(\"&\")</script>",
    "千と千尋の神隠し",
    "Солярис",
    "عمر",
    "L'Année dernière à Marienbad",
    "Supercalifragilisticexpialidocious",
    "A title that goes on and on and on and on and on and on and on and on and on and on and on and on and on",
    "tab\tand\u{0}null",
];

fn card(number: u128, title: &str, year: Option<i32>, genre: &str) -> MovieCard {
    MovieCard {
        id: MovieId(Uuid::from_u128(number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))),
        title: title.to_owned(),
        year: year.and_then(|year| Year::new(year).ok()),
        genres: vec![genre.to_owned()],
        rating: RatingSummary::default(),
    }
}

/// Every title in many looks.
fn cards() -> impl Iterator<Item = MovieCard> {
    let genres = ["Drama", "Horror", "Western", "Comedy", "Film-Noir", "Sci-Fi", "Animation", "Unheard-of"];
    (0..40_u128).flat_map(move |round| {
        (0_u128..).zip(TITLES).map(move |(place, title)| {
            let number = round * 16 + place;
            let year = [Some(1925), Some(1979), Some(2000), None][usize::try_from(number % 4).unwrap()];
            card(number, title, year, genres[usize::try_from(number % 8).unwrap()])
        })
    })
}

#[test]
fn the_same_film_has_the_same_poster() {
    for film in cards() {
        assert_eq!(poster_document(&film), poster_document(&film.clone()));
    }
}

#[test]
fn a_poster_in_a_page_is_at_most_one_and_a_half_kilobytes() {
    for card in cards() {
        let film = PosterFilm::from(&card);
        let svg = canvas::inline(&film, Look::of(&film));
        assert!(svg.len() <= 1536, "{} bytes for {:?}: {svg}", svg.len(), card.title);
    }
}

#[test]
fn a_title_cannot_break_out_of_its_drawing() {
    for card in cards() {
        let svg = poster_document(&card);
        assert!(!svg.contains("<script") && !svg.contains('\u{0}'), "{svg}");
        let mut open = Vec::new();
        for tag in svg.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()) {
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(open.pop(), Some(name), "{svg}");
            } else if !tag.ends_with('/') {
                open.push(tag.split(' ').next().unwrap());
            }
        }
        assert_eq!(open, Vec::<&str>::new());
    }
}

#[test]
fn no_two_neighbours_look_alike() {
    let cards: Vec<_> = cards().collect();
    for pair in looks(&cards).windows(2) {
        assert_ne!(pair[0].layout, pair[1].layout);
        assert_ne!(pair[0].palette(), pair[1].palette());
    }
}

#[test]
fn no_style_is_written_inline() {
    for card in cards() {
        assert!(!poster_document(&card).contains("style"), "the content security policy would refuse it");
    }
}
