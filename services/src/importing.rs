//! Ratings that a person brings along from elsewhere.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;
use matinee_domain::{ChangeSetId, MovieCard, MovieId, Stars, Timestamp, UserId, Year, title::match_key};

use crate::{
    Result, Services,
    ports::{FilmMatch, MovieFacts, SelectBy, Selection},
};

/// Films that are looked for at once.
const MATCHED_AT_ONCE: usize = 500;
/// Films that could not be found for certain whose possible ones are told.
pub const MOST_DOUBTED: usize = 500;
/// Imports of a person within a day: enough for whoever tries, and not to fill the history.
pub const MOST_A_DAY: usize = 20;
/// Change sets that are looked through for those.
const LOOKED_THROUGH: u32 = 200;

/// A rating from elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct BroughtRating {
    /// The line of the file, from 1.
    pub line: u64,
    pub film: MovieFacts,
    pub stars: Stars,
    /// When it was given, as far as that is known.
    pub at: Option<Timestamp>,
}

/// What became of the ratings that a person brought.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Imported {
    /// The change by which they were taken in; none where nothing was.
    pub change: Option<ChangeSetId>,
    pub added: u64,
    /// Of films that were rated here already: those ratings stay.
    pub kept: u64,
    /// In the order of the file.
    pub unmatched: Vec<Unmatched>,
}

/// A rating whose film is not in the catalogue, or not for certain.
#[derive(Clone, Debug, PartialEq)]
pub struct Unmatched {
    pub line: u64,
    pub title: String,
    pub year: Option<Year>,
    pub stars: Stars,
    /// Films that it could be.
    pub could_be: Vec<MovieCard>,
}

/// What came of one import, or why there was none.
#[derive(Clone, Debug, PartialEq)]
pub enum Importing {
    Done(Imported),
    /// The person has brought [`MOST_A_DAY`] files within a day.
    TooOften,
}

/// Films that were found, each with its rating.
type Ratings = Vec<(MovieId, Stars, Timestamp)>;
/// Ratings whose film was not found, with those that it could be.
type Doubted<'b> = Vec<(&'b BroughtRating, Vec<MovieId>)>;

impl Services {
    /// Takes in ratings from elsewhere, as one change that can be taken back: of films that are for certain in the catalogue, and that
    /// the person has not rated here. Of two ratings of one film the later counts.
    ///
    /// # Errors
    /// When the database does not answer: then nothing is taken in.
    pub async fn import_ratings(&self, user: UserId, brought: &[BroughtRating]) -> Result<Importing> {
        let day_ago = self.clock.now() - TimeDelta::days(1);
        if self.imports_since(user, day_ago).await?.len() >= MOST_A_DAY {
            return Ok(Importing::TooOften);
        }
        let (ratings, doubted) = self.matched(brought).await?;
        let unmatched = self.told(doubted).await?;
        let added = if ratings.is_empty() { 0 } else { self.ratings.add_many(user, &ratings).await? };
        let kept = ratings.len() as u64 - added;
        let change = if added > 0 { self.imports_since(user, day_ago).await?.first().copied() } else { None };
        Ok(Importing::Done(Imported { change, added, kept, unmatched }))
    }

    /// A person's imports, latest first.
    async fn imports_since(&self, user: UserId, since: Timestamp) -> Result<Vec<ChangeSetId>> {
        let mine = Selection { by: SelectBy::Actor(user), since: Some(since) };
        let sets = self.history.list(&mine, None, LOOKED_THROUGH).await?;
        Ok(sets.into_iter().filter(|set| set.reason == "import").map(|set| set.id).collect())
    }

    /// One rating for each film that was found, and what was not found.
    async fn matched<'b>(&self, brought: &'b [BroughtRating]) -> Result<(Ratings, Doubted<'b>)> {
        let mut by_film: HashMap<MovieId, Vec<&BroughtRating>> = HashMap::with_capacity(brought.len());
        let mut doubted: Doubted<'_> = Vec::new();
        for some in brought.chunks(MATCHED_AT_ONCE) {
            let films: Vec<MovieFacts> = some.iter().map(|rating| rating.film.clone()).collect();
            let matches = self.matcher.match_films(&films).await?;
            for (rating, matched) in some.iter().zip(matches) {
                match matched {
                    FilmMatch::One(movie) => by_film.entry(movie).or_default().push(rating),
                    FilmMatch::Several(films) => doubted.push((rating, films)),
                    FilmMatch::None => doubted.push((rating, Vec::new())),
                }
            }
        }
        let disputed: Vec<MovieId> =
            by_film.iter().filter(|(_, of)| are_several(of)).map(|(movie, _)| *movie).collect();
        let cards = self.cards_by_id(&disputed).await?;
        for movie in disputed {
            let card = cards.get(&movie);
            let is_exact = |rating: &BroughtRating| {
                card.is_some_and(|card| rating.film.title == card.title && rating.film.year == card.year)
            };
            let Some(of) = by_film.get_mut(&movie) else { continue };
            doubted.extend(of.extract_if(.., |rating| !is_exact(rating)).map(|rating| (rating, vec![movie])));
        }
        doubted.sort_by_key(|(rating, _)| rating.line);
        let now = self.clock.now();
        let latest = |of: &Vec<&BroughtRating>| {
            of.iter().map(|rating| (rating.at.map_or(now, |at| at.min(now)), rating.line, rating.stars)).max()
        };
        let ratings = by_film.iter().filter_map(|(movie, of)| latest(of).map(|(at, _, stars)| (*movie, stars, at)));
        let mut ratings: Ratings = ratings.collect();
        ratings.sort_unstable_by_key(|(movie, ..)| *movie);
        Ok((ratings, doubted))
    }

    async fn told(&self, doubted: Doubted<'_>) -> Result<Vec<Unmatched>> {
        let possible: HashSet<MovieId> =
            doubted.iter().take(MOST_DOUBTED).flat_map(|(_, films)| films).copied().collect();
        let cards = self.cards_by_id(&possible.into_iter().collect::<Vec<_>>()).await?;
        let told = doubted.into_iter().map(|(rating, films)| Unmatched {
            line: rating.line,
            title: rating.film.title.clone(),
            year: rating.film.year,
            stars: rating.stars,
            could_be: films.iter().filter_map(|film| cards.get(film).cloned()).collect(),
        });
        Ok(told.collect())
    }
}

/// Whether these are ratings of more than one film to whoever wrote them: none has a number, and they are called otherwise.
fn are_several(of: &[&BroughtRating]) -> bool {
    let called = |rating: &BroughtRating| (match_key(&rating.film.title), rating.film.year);
    let has_none = |rating: &&&BroughtRating| rating.film.external_ids.is_empty();
    let names: HashSet<_> = of.iter().filter(has_none).map(|rating| called(rating)).collect();
    names.len() > 1
}
