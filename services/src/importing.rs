//! Ratings that a person brings along from elsewhere.

use std::collections::{HashMap, HashSet};

use matinee_domain::{ChangeSetId, MovieCard, MovieId, Stars, Timestamp, UserId, Year};
use uuid::{ContextV7, Uuid};

use crate::{
    Result, Services,
    ports::{FilmMatch, MovieFacts},
    provenance::Provenance,
};

/// Films that are looked for at once.
const MATCHED_AT_ONCE: usize = 500;
/// Ratings that are written at once: who rates one of these films meanwhile waits for no more than that.
const WRITTEN_AT_ONCE: usize = 100;

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

impl Services {
    /// Takes in ratings from elsewhere, as one change that can be taken back: of films that are for certain in the catalogue, and that
    /// the person has not rated here. Of two ratings of one film the later counts.
    ///
    /// # Errors
    /// When the database does not answer: what is taken in by then stays, and the same again goes on from there.
    pub async fn import_ratings(&self, user: UserId, brought: &[BroughtRating]) -> Result<Imported> {
        let (ratings, unmatched) = self.matched(brought).await?;
        let change = self.new_change();
        let provenance = Provenance { change_set: Some(change.0), ..Provenance::current() };
        let add = async {
            let mut added = 0;
            for ratings in ratings.chunks(WRITTEN_AT_ONCE) {
                added += self.ratings.add_many(user, ratings).await?;
            }
            Result::<u64>::Ok(added)
        };
        let added = provenance.scope(add).await?;
        let kept = ratings.len() as u64 - added;
        Ok(Imported { change: (added > 0).then_some(change), added, kept, unmatched })
    }

    /// One rating for each film that was found, and what was not found.
    async fn matched(&self, brought: &[BroughtRating]) -> Result<(Vec<(MovieId, Stars, Timestamp)>, Vec<Unmatched>)> {
        let now = self.clock.now();
        let mut latest: HashMap<MovieId, (Timestamp, u64, Stars)> = HashMap::with_capacity(brought.len());
        let mut unmatched: Vec<(&BroughtRating, Vec<MovieId>)> = Vec::new();
        for some in brought.chunks(MATCHED_AT_ONCE) {
            let films: Vec<MovieFacts> = some.iter().map(|rating| rating.film.clone()).collect();
            let matches = self.matcher.match_films(&films).await?;
            for (rating, matched) in some.iter().zip(matches) {
                match matched {
                    FilmMatch::One(movie) => {
                        let at = rating.at.map_or(now, |at| at.min(now));
                        let this = (at, rating.line, rating.stars);
                        let kept = latest.entry(movie).or_insert(this);
                        *kept = this.max(*kept);
                    }
                    FilmMatch::Several(films) => unmatched.push((rating, films)),
                    FilmMatch::None => unmatched.push((rating, Vec::new())),
                }
            }
        }
        let possible: HashSet<MovieId> = unmatched.iter().flat_map(|(_, films)| films).copied().collect();
        let cards = self.cards_by_id(&possible.into_iter().collect::<Vec<_>>()).await?;
        let unmatched = unmatched.into_iter().map(|(rating, films)| Unmatched {
            line: rating.line,
            title: rating.film.title.clone(),
            year: rating.film.year,
            stars: rating.stars,
            could_be: films.iter().filter_map(|film| cards.get(film).cloned()).collect(),
        });
        let mut ratings: Vec<_> = latest.into_iter().map(|(movie, (at, _, stars))| (movie, stars, at)).collect();
        ratings.sort_unstable_by_key(|(movie, ..)| *movie);
        Ok((ratings, unmatched.collect()))
    }

    fn new_change(&self) -> ChangeSetId {
        let now = self.clock.now();
        let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
        let at = uuid::Timestamp::from_unix(ContextV7::new(), seconds, now.timestamp_subsec_nanos());
        ChangeSetId(Uuid::new_v7(at))
    }
}
