//! Finding a film by a description of it: "a man relives the same day".
//!
//! Two rankings are asked at once and joined: the words of the description in the films' plots (BM25), and how near the
//! films are to it in meaning (sentence embeddings). They are joined by reciprocal rank fusion (Cormack, Clarke and Büttcher
//! 2009): a film's score is the sum over both rankings of 1 ⁄ (60 + its rank there), so neither scale matters, and what
//! both have comes first. Where no language model answers in its time, the words alone rank, and the answer says so.

use std::collections::HashMap;

use matinee_domain::{MovieCard, MovieId, SearchQuery, search::SearchPage};

use crate::{Result, Services};

/// The constant of reciprocal rank fusion, as its authors have it.
const FUSION_K: f64 = 60.0;
/// Films of each ranking that are joined.
const DEPTH: u32 = 100;
/// From so many words on, what was typed into the search field is read as a description, if no film has all of them.
const DESCRIPTION_WORDS: usize = 4;

/// What ranked the films.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RankedBy {
    WordsAndMeaning,
    /// No language model answered.
    Words,
}

/// A film that a description may mean.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribedFilm {
    pub movie: MovieCard,
    /// Words of the description stand in its plot, or among its people.
    pub by_words: bool,
    /// It is about what the description says.
    pub by_meaning: bool,
}

/// The films that a description may mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Described {
    /// Best first.
    pub films: Vec<DescribedFilm>,
    pub ranked_by: RankedBy,
}

/// The longest description that is looked at, in characters; what is beyond is cut.
pub const MAX_DESCRIPTION_CHARS: usize = 500;
/// The most films in one answer.
pub const MAX_DESCRIBED: u32 = DEPTH;

/// Both rankings, and how they are joined.
struct Rankings {
    words: Vec<MovieId>,
    /// `None` where no language model answered.
    meaning: Option<Vec<MovieId>>,
}

impl Services {
    /// Films that a description may mean, best first. A blank one means none.
    ///
    /// # Errors
    /// When the index or the database does not answer.
    pub async fn describe(&self, text: &str, limit: u32) -> Result<Described> {
        let rankings = self.rankings(text).await?;
        let ranked_by = if rankings.meaning.is_some() { RankedBy::WordsAndMeaning } else { RankedBy::Words };
        let best = rankings.joined(limit.clamp(1, MAX_DESCRIBED) as usize);
        let cards = self.movies.list_cards(&best).await?;
        let films = cards.into_iter().map(|movie| {
            let (by_words, by_meaning) = rankings.reasons(movie.id, limit as usize);
            DescribedFilm { movie, by_words, by_meaning }
        });
        Ok(Described { films: films.collect(), ranked_by })
    }

    /// Searches films, as [`Self::search`] does; what reads like a description, and has words that no film has all of, finds films by
    /// what they are about as well.
    ///
    /// # Errors
    /// When the index or the database does not answer.
    pub async fn find(&self, query: &SearchQuery) -> Result<SearchPage> {
        let is_first = query.offset == 0 && query.filter == matinee_domain::SearchFilter::default();
        if !is_first || query.text.split_whitespace().count() < DESCRIPTION_WORDS {
            return self.search(query).await;
        }
        let (hits, page) = self.search_with_hits(query).await?;
        if hits.have_all_words {
            return Ok(page);
        }
        let rankings = self.rankings(&query.text).await?;
        if rankings.meaning.is_none() && !page.movies.is_empty() {
            return Ok(page);
        }
        let movies = self.movies.list_cards(&rankings.joined(query.limit.clamp(1, MAX_DESCRIBED) as usize)).await?;
        Ok(SearchPage { total: movies.len() as u64, movies, genres: Vec::new() })
    }

    async fn rankings(&self, text: &str) -> Result<Rankings> {
        let text: String = text.trim().chars().take(MAX_DESCRIPTION_CHARS).collect();
        if text.is_empty() {
            return Ok(Rankings { words: Vec::new(), meaning: Some(Vec::new()) });
        }
        let (words, near) =
            tokio::join!(self.search.search_stories(&text, DEPTH), self.describer.describe(&text, DEPTH));
        let meaning = match near {
            Ok(near) => Some(near.into_iter().map(|near| near.movie).collect()),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a description is looked up by its words alone"
                );
                None
            }
        };
        match (words, &meaning) {
            (Ok(words), _) => Ok(Rankings { words, meaning }),
            (Err(error), Some(_)) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a description is looked up by its meaning alone"
                );
                Ok(Rankings { words: Vec::new(), meaning })
            }
            (Err(error), None) => Err(error.into()),
        }
    }
}

impl Rankings {
    /// Whether a film's words and its meaning brought it among so many: what has it among as many itself, or else
    /// both, further down.
    fn reasons(&self, movie: MovieId, among: usize) -> (bool, bool) {
        let meaning = self.meaning.as_deref().unwrap_or_default();
        let has = |ranking: &[MovieId]| ranking.contains(&movie);
        let ahead = (has(&self.words[..among.min(self.words.len())]), has(&meaning[..among.min(meaning.len())]));
        if ahead == (false, false) { (has(&self.words), has(meaning)) } else { ahead }
    }

    fn joined(&self, limit: usize) -> Vec<MovieId> {
        fused(&[&self.words, self.meaning.as_deref().unwrap_or_default()], limit)
    }
}

/// Reciprocal rank fusion; between equals, the film that an earlier ranking has higher comes first.
pub fn fused(rankings: &[&[MovieId]], limit: usize) -> Vec<MovieId> {
    let mut scores: HashMap<MovieId, f64> = HashMap::new();
    let mut order: Vec<MovieId> = Vec::new();
    for ranking in rankings {
        for (rank, movie) in (1_u32..).zip(*ranking) {
            *scores.entry(*movie).or_insert_with(|| {
                order.push(*movie);
                0.0
            }) += 1.0 / (FUSION_K + f64::from(rank));
        }
    }
    order.sort_by(|one, other| scores[other].total_cmp(&scores[one]));
    order.truncate(limit);
    order
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn films(numbers: &[u128]) -> Vec<MovieId> {
        numbers.iter().map(|number| MovieId(Uuid::from_u128(*number))).collect()
    }

    #[test]
    fn every_film_has_a_reason_to_be_there() {
        let rankings = Rankings { words: films(&[1, 2, 3]), meaning: Some(films(&[4, 5, 3])) };
        let best = rankings.joined(2);
        assert_eq!(best, films(&[3, 1]));
        let reasons: Vec<_> = best.iter().map(|film| rankings.reasons(*film, 2)).collect();
        assert_eq!(reasons, [(true, true), (true, false)]);
    }

    #[test]
    fn what_both_rankings_have_comes_before_what_one_has_first() {
        let (words, meaning) = (films(&[1, 2, 3]), films(&[4, 3, 2]));
        assert_eq!(fused(&[&words, &meaning], 10), films(&[2, 3, 1, 4]));
        assert_eq!(fused(&[&words, &[]], 2), films(&[1, 2]), "one ranking alone stays as it is");
    }
}
