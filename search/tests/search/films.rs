//! Some sixty films to look for, and a catalogue that lists them. The numbers of ratings are made up.

use std::sync::Mutex;

use async_trait::async_trait;
use matinee_domain::{Movie, MovieCard, MovieId, Year, search::GenreCount};
use matinee_services::ports::{IndexedMovie, MovieRepository, RepositoryError, RepositoryResult, SitemapEntry};
use uuid::Uuid;

/// Title, alternative titles, year, people, genres, ratings; lists by `|`.
type Row = (&'static str, &'static str, i32, &'static str, &'static str, u32);

#[rustfmt::skip]
const FILMS: [Row; 72] = [
    ("The Godfather", "", 1972, "Francis Ford Coppola|Marlon Brando|Al Pacino", "Crime|Drama", 413),
    ("The Godfather Part II", "", 1974, "Francis Ford Coppola|Al Pacino|Robert De Niro", "Crime|Drama", 209),
    ("The Matrix", "", 1999, "Lana Wachowski|Keanu Reeves", "Action|Sci-Fi", 572),
    ("The Matrix Reloaded", "", 2003, "Lana Wachowski|Keanu Reeves", "Action|Sci-Fi", 180),
    ("Amélie", "Le Fabuleux Destin d'Amélie Poulain", 2001, "Jean-Pierre Jeunet|Audrey Tautou", "Comedy|Romance", 160),
    ("Alien", "", 1979, "Ridley Scott|Sigourney Weaver", "Horror|Sci-Fi", 291),
    ("Aliens", "", 1986, "James Cameron|Sigourney Weaver", "Action|Sci-Fi", 284),
    ("Alien³", "Alien 3", 1992, "David Fincher|Sigourney Weaver", "Horror|Sci-Fi", 100),
    ("Alien: Resurrection", "", 1997, "Jean-Pierre Jeunet|Sigourney Weaver", "Horror|Sci-Fi", 80),
    ("Star Wars: Episode IV - A New Hope", "", 1977, "George Lucas|Harrison Ford", "Action|Sci-Fi", 583),
    ("Star Wars: Episode I - The Phantom Menace", "", 1999, "George Lucas|Liam Neeson", "Action|Sci-Fi", 200),
    ("Star Trek: First Contact", "", 1996, "Jonathan Frakes|Patrick Stewart", "Action|Sci-Fi", 365),
    ("The Silence of the Lambs", "", 1991, "Jonathan Demme|Jodie Foster|Anthony Hopkins", "Crime|Thriller", 390),
    ("Silence", "", 2016, "Martin Scorsese|Andrew Garfield", "Drama", 30),
    ("Silent Running", "", 1972, "Douglas Trumbull|Bruce Dern", "Sci-Fi", 25),
    ("Seven", "Se7en", 1995, "David Fincher|Brad Pitt|Morgan Freeman", "Crime|Thriller", 236),
    ("Seven Samurai", "Shichinin no samurai", 1954, "Akira Kurosawa|Toshirō Mifune", "Action|Drama", 120),
    ("Seven Years in Tibet", "", 1997, "Jean-Jacques Annaud|Brad Pitt", "Drama", 155),
    ("2001: A Space Odyssey", "", 1968, "Stanley Kubrick|Keir Dullea", "Sci-Fi", 259),
    ("The Shining", "", 1980, "Stanley Kubrick|Jack Nicholson", "Horror", 206),
    ("A Clockwork Orange", "", 1971, "Stanley Kubrick|Malcolm McDowell", "Drama|Sci-Fi", 221),
    ("Space Truckers", "", 2001, "Stuart Gordon", "Comedy|Sci-Fi", 12),
    ("1984", "Nineteen Eighty-Four", 1984, "Michael Radford|John Hurt", "Drama|Sci-Fi", 40),
    ("1917", "", 2019, "Sam Mendes", "Drama|War", 70),
    ("Blade Runner", "", 1982, "Ridley Scott|Harrison Ford", "Sci-Fi|Thriller", 275),
    ("Blade Runner 2049", "", 2017, "Denis Villeneuve|Ryan Gosling|Harrison Ford", "Sci-Fi|Thriller", 90),
    ("8½", "8 1/2", 1963, "Federico Fellini|Marcello Mastroianni", "Drama", 38),
    ("8 Mile", "", 2002, "Curtis Hanson|Eminem", "Drama", 60),
    ("M*A*S*H", "MASH", 1970, "Robert Altman|Donald Sutherland", "Comedy|War", 206),
    ("WALL·E", "", 2008, "Andrew Stanton", "Animation|Sci-Fi", 130),
    ("Wall Street", "", 1987, "Oliver Stone|Michael Douglas", "Drama", 110),
    ("E.T. the Extra-Terrestrial", "", 1982, "Steven Spielberg|Drew Barrymore", "Family|Sci-Fi", 300),
    ("The The", "", 2010, "Nobody Known", "Documentary", 1),
    ("It", "", 2017, "Andy Muschietti|Bill Skarsgård", "Horror", 75),
    ("It's a Wonderful Life", "", 1946, "Frank Capra|James Stewart", "Drama|Fantasy", 231),
    ("Up", "", 2009, "Pete Docter|Ed Asner", "Animation|Comedy", 140),
    ("Up in the Air", "", 2009, "Jason Reitman|George Clooney", "Drama", 60),
    ("A", "", 1965, "Jan Lenica", "Animation", 2),
    ("M", "", 1931, "Fritz Lang|Peter Lorre", "Crime|Thriller", 44),
    ("$", "Dollars", 1971, "Richard Brooks|Warren Beatty", "Comedy|Crime", 5),
    ("L'Avventura", "The Adventure", 1960, "Michelangelo Antonioni|Monica Vitti", "Drama|Mystery", 20),
    ("Das Boot", "The Boat", 1981, "Wolfgang Petersen|Jürgen Prochnow", "Drama|War", 201),
    ("Die Hard", "", 1988, "John McTiernan|Bruce Willis", "Action|Thriller", 243),
    ("The City of Lost Children", "La Cité des enfants perdus", 1995, "Jean-Pierre Jeunet|Ron Perlman", "Fantasy|Sci-Fi", 70),
    ("Spider-Man", "", 2002, "Sam Raimi|Tobey Maguire", "Action|Fantasy", 190),
    ("The Amazing Spider-Man", "", 2012, "Marc Webb|Andrew Garfield", "Action|Fantasy", 90),
    ("Romeo + Juliet", "", 1996, "Baz Luhrmann|Leonardo DiCaprio", "Drama|Romance", 106),
    ("The Good, the Bad and the Ugly", "Il buono, il brutto, il cattivo", 1966, "Sergio Leone|Clint Eastwood", "Western", 137),
    ("(500) Days of Summer", "", 2009, "Marc Webb|Zooey Deschanel", "Comedy|Romance", 55),
    ("What's Eating Gilbert Grape", "", 1993, "Lasse Hallström|Johnny Depp|Leonardo DiCaprio", "Drama", 60),
    ("Rocky", "", 1976, "John G. Avildsen|Sylvester Stallone", "Drama", 150),
    ("Rocky II", "", 1979, "Sylvester Stallone", "Drama", 60),
    ("Rocky III", "", 1982, "Sylvester Stallone", "Drama", 50),
    ("Twelve Monkeys", "12 Monkeys", 1995, "Terry Gilliam|Bruce Willis|Brad Pitt", "Sci-Fi|Thriller", 392),
    ("12 Angry Men", "", 1957, "Sidney Lumet|Henry Fonda", "Drama", 125),
    ("Spirited Away", "千と千尋の神隠し|Sen to Chihiro no kamikakushi", 2001, "Hayao Miyazaki", "Animation|Fantasy", 170),
    ("Princess Mononoke", "もののけ姫", 1997, "Hayao Miyazaki", "Animation|Fantasy", 110),
    ("The Lord of the Rings: The Fellowship of the Ring", "", 2001, "Peter Jackson|Elijah Wood", "Adventure|Fantasy", 400),
    ("The Shawshank Redemption", "", 1994, "Frank Darabont|Tim Robbins|Morgan Freeman", "Crime|Drama", 283),
    ("Pulp Fiction", "", 1994, "Quentin Tarantino|Uma Thurman|John Travolta", "Crime|Drama", 394),
    ("The Terminator", "", 1984, "James Cameron|Arnold Schwarzenegger", "Action|Sci-Fi", 301),
    ("Terminator 2: Judgment Day", "", 1991, "James Cameron|Arnold Schwarzenegger", "Action|Sci-Fi", 295),
    ("Léon: The Professional", "The Professional", 1994, "Luc Besson|Jean Reno|Natalie Portman", "Crime|Thriller", 149),
    ("Solaris", "Solyaris", 1972, "Andrei Tarkovsky", "Drama|Sci-Fi", 35),
    ("Solaris", "", 2002, "Steven Soderbergh|George Clooney", "Drama|Sci-Fi", 30),
    ("The Thing", "", 1982, "John Carpenter|Kurt Russell", "Horror|Sci-Fi", 95),
    ("The Thing from Another World", "", 1951, "Christian Nyby", "Horror|Sci-Fi", 20),
    ("Face/Off", "", 1997, "John Woo|Nicolas Cage|John Travolta", "Action|Thriller", 140),
    ("Toy Story", "", 1995, "John Lasseter|Tom Hanks", "Animation|Comedy", 452),
    ("La La Land", "", 2016, "Damien Chazelle|Emma Stone", "Comedy|Romance", 110),
    ("Death Race 2000", "", 1975, "Paul Bartel|David Carradine", "Action|Sci-Fi", 15),
    ("Fargo", "", 1996, "Joel Coen|Frances McDormand", "Crime|Thriller", 508),
];

fn list(text: &str) -> Vec<String> {
    text.split('|').filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

/// The fixture's films; ids count from 1, means go from 2 to 5 in steps.
pub fn films() -> Vec<IndexedMovie> {
    let film = |(number, row): (u128, &Row)| IndexedMovie {
        id: MovieId(Uuid::from_u128(number)),
        title: row.0.to_owned(),
        alternative_titles: list(row.1),
        year: Year::new(row.2).ok(),
        people: list(row.3),
        genres: list(row.4),
        plot: None,
        rating_count: row.5,
        votes_elsewhere: 0,
        rating_mean: [2.0, 3.0, 4.0, 5.0][number as usize % 4],
    };
    (1..).zip(&FILMS).map(film).collect()
}

/// A catalogue for rebuilds. `fails_after` films it stops answering.
pub struct Catalogue {
    pub films: Mutex<Vec<IndexedMovie>>,
    pub fails_after: Option<usize>,
}

impl Catalogue {
    pub fn of(mut films: Vec<IndexedMovie>) -> Self {
        films.sort_by_key(|film| film.id);
        Self { films: Mutex::new(films), fails_after: None }
    }
}

#[async_trait]
impl MovieRepository for Catalogue {
    async fn list_for_index(&self, after: Option<MovieId>, limit: u32) -> RepositoryResult<Vec<IndexedMovie>> {
        let films = self.films.lock().unwrap();
        let start = after.map_or(0, |after| films.partition_point(|film| film.id <= after));
        if self.fails_after.is_some_and(|most| start >= most) {
            return Err(RepositoryError::Database("the connection is gone".into()));
        }
        Ok(films[start..].iter().take(limit as usize).cloned().collect())
    }

    async fn lookup(&self, _: MovieId) -> RepositoryResult<Option<Movie>> {
        unimplemented!()
    }
    async fn lookup_many(&self, _: &[MovieId]) -> RepositoryResult<Vec<Movie>> {
        unimplemented!()
    }
    async fn list_cards(&self, _: &[MovieId]) -> RepositoryResult<Vec<MovieCard>> {
        unimplemented!()
    }
    async fn list_popular(&self, _: Option<&str>, _: u32) -> RepositoryResult<Vec<MovieCard>> {
        unimplemented!()
    }
    async fn list_most_rated(&self, _: u32) -> RepositoryResult<Vec<MovieCard>> {
        unimplemented!()
    }
    async fn list_genres(&self) -> RepositoryResult<Vec<GenreCount>> {
        unimplemented!()
    }
    async fn list_for_sitemap(&self, _: Option<MovieId>, _: u32) -> RepositoryResult<Vec<SitemapEntry>> {
        unimplemented!()
    }
    async fn count(&self) -> RepositoryResult<u64> {
        Ok(self.films.lock().unwrap().len() as u64)
    }
    async fn ping(&self) -> RepositoryResult<()> {
        Ok(())
    }
}
