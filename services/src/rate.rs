//! Rating films.

use matinee_domain::{MovieId, MyRating, Page, Stars, UserId, rating::RatingFilter};

use crate::{Result, Services, ports::Happened};

/// The most ratings on one page.
const MAX_PAGE: u32 = 100;

impl Services {
    /// Rates a film, or rates it again; returns the rating there was, for undoing.
    ///
    /// # Errors
    /// `NotFound` when there is no such film.
    pub async fn rate(&self, user: UserId, movie: MovieId, stars: Stars) -> Result<Option<Stars>> {
        let before = self.ratings.set(user, movie, stars, self.clock.now()).await?;
        self.note(user, || Happened::Rated(movie, stars));
        Ok(before)
    }

    /// Takes a rating back; returns the rating there was, for undoing.
    ///
    /// # Errors
    /// When the database does not answer. A film that was not rated is no error.
    pub async fn unrate(&self, user: UserId, movie: MovieId) -> Result<Option<Stars>> {
        Ok(self.ratings.remove(user, movie).await?)
    }

    /// My ratings, sorted and filtered. A limit out of range is brought into it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn my_ratings(&self, user: UserId, filter: &RatingFilter) -> Result<Page<MyRating>> {
        let filter = RatingFilter { limit: filter.limit.clamp(1, MAX_PAGE), ..filter.clone() };
        Ok(self.ratings.list(user, &filter).await?)
    }

    /// How many films a person has rated.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count_ratings(&self, user: UserId) -> Result<u64> {
        Ok(self.ratings.count(user).await?)
    }
}
