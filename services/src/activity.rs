//! The history of searching and viewing, which its owner can see, clear and switch off, and marks on films.

use matinee_domain::{
    MovieCard, MovieId, SearchQuery, UserId,
    activity::{ActivityEntry, Mark},
};

use crate::{Result, ServiceError, Services, ports::Happened};

/// The most entries of the history that are shown.
const HISTORY_LIMIT: u32 = 100;

impl Services {
    /// Keeps that a person opened a film's page, and the search that led there.
    ///
    /// # Errors
    /// When the database does not answer; callers may log it and go on, for a page must not fail for this.
    pub async fn keep_view(&self, user: UserId, movie: MovieId, query: Option<&str>) -> Result<()> {
        let query = query.map(str::trim).filter(|text| !text.is_empty());
        let query = query.map(|text| text.chars().take(SearchQuery::MAX_CHARS).collect::<String>());
        self.note(user, || Happened::Opened(movie));
        Ok(self.activity.add_view(user, movie, query.as_deref(), self.clock.now()).await?)
    }

    /// A person's history, latest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn history(&self, user: UserId) -> Result<Vec<ActivityEntry>> {
        let stored = self.activity.list(user, HISTORY_LIMIT).await?;
        let ids: Vec<_> = stored.iter().map(|entry| entry.movie).collect();
        let cards = self.cards_by_id(&ids).await?;
        Ok(stored
            .into_iter()
            .filter_map(|entry| {
                let movie = cards.get(&entry.movie)?.clone();
                Some(ActivityEntry { query: entry.query, movie, at: entry.at })
            })
            .collect())
    }

    /// Forgets a person's searches and views.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn clear_history(&self, user: UserId) -> Result<()> {
        Ok(self.activity.clear(user).await?)
    }

    /// Switches keeping of history on or off.
    ///
    /// # Errors
    /// When the account or the database isn't there.
    pub async fn set_keeps_history(&self, user: UserId, keeps: bool) -> Result<()> {
        Ok(self.accounts.set_keeps_history(user, keeps).await?)
    }

    /// Marks a film ("not interested", "not because of this") or takes the mark away.
    ///
    /// # Errors
    /// `NotFound` when there is no such film.
    pub async fn set_mark(&self, user: UserId, movie: MovieId, mark: Mark, on: bool) -> Result<()> {
        if on {
            self.activity.set_mark(user, movie, mark, self.clock.now()).await?;
            if mark == Mark::NotInterested {
                self.note(user, || Happened::Dismissed(movie));
            }
        } else {
            self.activity.remove_mark(user, movie, mark).await?;
        }
        Ok(())
    }

    /// Films with a mark, latest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn marked(&self, user: UserId, mark: Mark) -> Result<Vec<MovieCard>> {
        let movies = self.activity.list_marked(user, mark).await?;
        self.movies.list_cards(&movies).await.map_err(ServiceError::from)
    }
}
