//! Reading the catalogue: a film's page, rows of films, and what a new account is asked to rate.

use std::collections::HashMap;

use matinee_domain::{Movie, MovieCard, MovieId, recommendation::Similar, search::GenreCount};

use crate::{Result, ServiceError, Services, ports::RecommenderError};

/// Out of how many of the most rated films those to ask about are picked.
const ASKABLE: u32 = 300;

impl Services {
    /// Everything about a film that is the same for everybody.
    ///
    /// # Errors
    /// `NotFound` when there is no such film.
    pub async fn movie(&self, movie: MovieId) -> Result<Movie> {
        let found = self.movies.lookup(movie).await?;
        found.ok_or_else(|| ServiceError::NotFound { what: "film", id: movie.to_string() })
    }

    /// Films like this one, by the people who love both. Empty where the model doesn't know the film or doesn't answer:
    /// a film's page comes without.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn similar(&self, movie: &MovieCard, limit: u32) -> Result<Vec<Similar>> {
        let found = match self.recommender.similar(movie.id, limit).await {
            Ok(found) => found,
            Err(RecommenderError::UnknownMovie(_)) => Vec::new(),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "no similar films");
                Vec::new()
            }
        };
        let ids: Vec<_> = found.iter().map(|similar| similar.movie).collect();
        let mut cards = self.cards_by_id(&ids).await?;
        let known = found.iter().filter_map(|similar| Some((similar.score, cards.remove(&similar.movie)?)));
        Ok(known
            .map(|(likeness, card)| Similar {
                shared_genres: card.genres.iter().filter(|genre| movie.genres.contains(genre)).cloned().collect(),
                movie: card,
                likeness,
            })
            .collect())
    }

    /// Most loved films, of one genre or of all.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn popular(&self, genre: Option<&str>, limit: u32) -> Result<Vec<MovieCard>> {
        Ok(self.movies.list_popular(genre, limit).await?)
    }

    /// All genres, most films first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn genres(&self) -> Result<Vec<GenreCount>> {
        Ok(self.movies.list_genres().await?)
    }

    /// Films whose rating tells most of a person's taste: known to many (so that they can be rated) and of few shared
    /// genres with those picked before (so that each answer adds something).
    ///
    /// Greedy: each pick has the largest `ln(ratings) / (1 + picked films that share a genre / genres)`, in the spirit
    /// of the popularity × information strategies of Rashid et al., *Getting to know you* (IUI 2002).
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn telling(&self, limit: usize) -> Result<Vec<MovieCard>> {
        let cards = self.movies.list_most_rated(ASKABLE).await?;
        let picked = pick_telling(&cards, limit);
        let mut cards: Vec<Option<MovieCard>> = cards.into_iter().map(Some).collect();
        Ok(picked.into_iter().filter_map(|at| cards[at].take()).collect())
    }

    /// Cards by their film.
    pub(crate) async fn cards_by_id(&self, movies: &[MovieId]) -> Result<HashMap<MovieId, MovieCard>> {
        let cards = self.movies.list_cards(movies).await?;
        Ok(cards.into_iter().map(|card| (card.id, card)).collect())
    }
}

/// Places of the films to ask about, in the order in which they are picked.
fn pick_telling(cards: &[MovieCard], limit: usize) -> Vec<usize> {
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let films: Vec<(f32, Vec<usize>)> = cards
        .iter()
        .map(|card| {
            #[expect(clippy::cast_precision_loss, reason = "a number of ratings, for an order alone")]
            let known = (1.0 + card.rating.count as f32).ln();
            let genres = card.genres.iter().map(|genre| {
                let next = numbers.len();
                *numbers.entry(genre).or_insert(next)
            });
            (known, genres.collect())
        })
        .collect();
    let mut shown = vec![0.0_f32; numbers.len()];
    let mut left: Vec<usize> = (0..films.len()).collect();
    let mut picked = Vec::with_capacity(limit.min(films.len()));
    while picked.len() < limit && !left.is_empty() {
        let value = |(known, genres): &(f32, Vec<usize>)| {
            #[expect(clippy::cast_precision_loss, reason = "a number of genres, for an order alone")]
            let count = genres.len().max(1) as f32;
            let overlap: f32 = genres.iter().map(|&genre| shown[genre]).sum();
            known / (1.0 + overlap / count)
        };
        let values = left.iter().map(|&film| value(&films[film]));
        let best = values.enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(at, _)| at);
        let film = left.remove(best);
        for &genre in &films[film].1 {
            shown[genre] += 1.0;
        }
        picked.push(film);
    }
    picked
}
