//! Ratings as the fit sees them: for each person a row of (film index, stars, moment).

use std::collections::HashMap;

use matinee_domain::{Event, EventKind, MovieId, Stars, Timestamp, UserId};
use matinee_services::ports::{RepositoryError, TrainingRating, TrainingRepository};

use crate::model::DataWindow;

/// Ratings read at once.
const PAGE: u32 = 10_000;

/// One rating in a person's row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interaction {
    pub item: u32,
    pub stars: Stars,
    pub at: Timestamp,
}

impl Interaction {
    /// Weight at a moment, as that of the event which the rating is.
    pub fn weight(&self, now: Timestamp) -> f32 {
        let kind = EventKind::Rated { stars: self.stars };
        Event { movie: MovieId(uuid::Uuid::nil()), kind, at: self.at }.weight(now)
    }
}

/// All ratings, by person.
#[derive(Clone, Debug, Default)]
pub struct Interactions {
    /// By film index: the most rated first, so that ties of scores fall to the better known film.
    pub items: Vec<MovieId>,
    /// One row a person, in order of item.
    pub rows: Vec<Vec<Interaction>>,
}

impl Interactions {
    /// Sorts ratings into rows. Films with less than `min_ratings`, and the least rated ones beyond `max_items`, are
    /// left out.
    pub fn new(ratings: &[TrainingRating], min_ratings: u32, max_items: usize) -> Self {
        let mut counts: HashMap<MovieId, u32> = HashMap::new();
        for rating in ratings {
            *counts.entry(rating.movie).or_default() += 1;
        }
        let mut by_count: Vec<_> = counts.into_iter().filter(|(_, count)| *count >= min_ratings).collect();
        by_count.sort_unstable_by_key(|&(movie, count)| (std::cmp::Reverse(count), movie));
        by_count.truncate(max_items);
        let items: Vec<_> = by_count.into_iter().map(|(movie, _)| movie).collect();
        let index: HashMap<MovieId, u32> = items.iter().copied().zip(0..).collect();

        let mut rows: HashMap<UserId, Vec<Interaction>> = HashMap::new();
        for rating in ratings {
            if let Some(&item) = index.get(&rating.movie) {
                let interaction = Interaction { item, stars: rating.stars, at: rating.at };
                rows.entry(rating.user).or_default().push(interaction);
            }
        }
        let mut rows: Vec<_> = rows.into_iter().collect();
        rows.sort_unstable_by_key(|(user, _)| *user);
        let rows = rows.into_iter().map(|(_, row)| latest_of_each(row)).collect();
        Self { items, rows }
    }

    /// The same films with only those people whose index `keep` accepts.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(usize) -> bool) -> Self {
        let rows = self.rows.iter().enumerate().filter(|(user, _)| keep(*user)).map(|(_, row)| row.clone()).collect();
        Self { items: self.items.clone(), rows }
    }

    /// The same people with only those films whose index `keep` accepts, as if nobody had rated the others.
    #[must_use]
    pub fn of_films(&self, keep: impl Fn(u32) -> bool) -> Self {
        let kept: Vec<u32> = (0..).take(self.items.len()).filter(|item| keep(*item)).collect();
        let mut places = vec![None; self.items.len()];
        for (place, &item) in (0..).zip(&kept) {
            places[item as usize] = Some(place);
        }
        let row = |row: &Vec<Interaction>| {
            let kept = row.iter().filter_map(|&one| Some(Interaction { item: places[one.item as usize]?, ..one }));
            kept.collect()
        };
        let items = kept.iter().map(|item| self.items[*item as usize]).collect();
        Self { items, rows: self.rows.iter().map(row).collect() }
    }

    pub fn ratings(&self) -> usize {
        self.rows.iter().map(Vec::len).sum()
    }

    pub fn window(&self) -> DataWindow {
        let moments = || self.rows.iter().flatten().map(|interaction| interaction.at);
        DataWindow {
            ratings: self.ratings() as u64,
            users: self.rows.len() as u64,
            movies: self.items.len() as u64,
            first: moments().min(),
            last: moments().max(),
        }
    }
}

/// One rating a film, the latest, in order of item.
fn latest_of_each(mut row: Vec<Interaction>) -> Vec<Interaction> {
    row.sort_unstable_by_key(|interaction| (interaction.item, std::cmp::Reverse(interaction.at)));
    row.dedup_by_key(|interaction| interaction.item);
    row
}

/// All ratings of the repository, page by page; `progress` hears how many were read of how many.
///
/// # Errors
/// When the repository does not answer.
pub async fn read_ratings(
    repository: &dyn TrainingRepository,
    mut progress: impl FnMut(u64, u64) + Send,
) -> Result<Vec<TrainingRating>, RepositoryError> {
    let total = repository.count_ratings().await?;
    let mut ratings: Vec<TrainingRating> = Vec::with_capacity(usize::try_from(total).unwrap_or_default());
    let mut after = None;
    loop {
        let page = repository.list_ratings(after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(ratings) };
        after = Some((last.user, last.movie));
        ratings.extend(page);
        progress(ratings.len() as u64, total);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rating(user: u128, movie: u128, stars: f64, second: i64) -> TrainingRating {
        TrainingRating {
            user: UserId(uuid::Uuid::from_u128(user)),
            movie: MovieId(uuid::Uuid::from_u128(movie)),
            stars: Stars::new(stars).unwrap(),
            at: Timestamp::from_timestamp(second, 0).unwrap(),
        }
    }

    #[test]
    fn the_most_rated_film_comes_first_and_the_latest_rating_counts() {
        let ratings = [
            rating(1, 9, 2.0, 5),
            rating(1, 9, 4.0, 7),
            rating(1, 8, 1.0, 1),
            rating(2, 9, 5.0, 1),
            rating(2, 7, 3.0, 2),
        ];
        let interactions = Interactions::new(&ratings, 1, 2);
        assert_eq!(interactions.items, [9, 7].map(|id| MovieId(uuid::Uuid::from_u128(id))));
        assert_eq!(interactions.rows[0].len(), 1);
        assert!((interactions.rows[0][0].stars.value() - 4.0).abs() < f64::EPSILON);
    }
}
