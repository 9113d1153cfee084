//! The home page: for visitors what people love, for people with an account what is theirs.

use std::collections::HashSet;

use matinee_domain::{
    KnobChange, MovieCard, MovieId, Recommendation, RecommendationSource, UserId,
    home::{Home, HomeRow, RowTitle},
    recommendation::Recommendations,
};

use crate::{Result, Services, ports::RecommendRequest};

/// Films in a row.
const ROW: usize = 18;
/// Rows of genres.
const GENRE_ROWS: usize = 6;
/// Rows that begin with "because".
const BECAUSE_ROWS: usize = 3;
/// The fewest films that make a row of their own.
const SHORTEST_ROW: usize = 4;
/// Recommendations that are sorted into rows.
const RECOMMENDED: u32 = 150;
/// Films of what comes next, some of which may stand in the first row.
const NEXT: u32 = 40;
/// Films that a new account is asked about.
const ASKED: usize = 20;

impl Services {
    /// The home page of a visitor (`None`) or of a person, with the beginnings of its rows or with whole ones.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn home(&self, user: Option<UserId>, whole: bool) -> Result<Home> {
        let length = if whole { ROW } else { Home::BEGINNING };
        let Some(user) = user else {
            let rows = self.rows_for_everybody(length).await?;
            return Ok(Home { rows, source: RecommendationSource::Popular, rated: 0, ask: Vec::new() });
        };
        let taste = self.activity.get_taste(user, RecommendRequest::MAX_EVENTS).await?;
        let rated = taste.rated;
        let ask = if rated < Home::ENOUGH_RATINGS { self.films_to_ask(&taste.hidden).await? } else { Vec::new() };
        let (next, recommended) = tokio::try_join!(
            self.next_by_taste(user, &taste, NEXT),
            self.recommend_by_taste(user, taste.clone(), RECOMMENDED, KnobChange::default()),
        )?;
        let recommended: Recommendations = recommended.into();
        let mut rows = rows_of(recommended.items, next);
        if recommended.source == RecommendationSource::Popular {
            rows = self.rows_for_everybody(length).await?;
        }
        // A film stands in one row alone, so that where the later rows begin depends on all of the first ones.
        for row in &mut rows {
            row.items.truncate(length);
            // Cards say nothing of it; it would be sent with each.
            row.items.iter_mut().for_each(|item| item.predicted = None);
        }
        Ok(Home { rows, source: recommended.source, rated, ask })
    }

    /// Films that tell much of a person and that they said nothing of.
    async fn films_to_ask(&self, known: &[MovieId]) -> Result<Vec<MovieCard>> {
        let known: HashSet<MovieId> = known.iter().copied().collect();
        let telling = self.telling(ASKED + known.len()).await?;
        Ok(telling.into_iter().filter(|card| !known.contains(&card.id)).take(ASKED).collect())
    }

    async fn rows_for_everybody(&self, length: usize) -> Result<Vec<HomeRow>> {
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        let mut rated = self.movies.list_most_rated(length).await?;
        rated.retain(|card| card.rating.count > 0);
        let mut rows = vec![row(RowTitle::Loved, self.popular(None, length).await?), row(RowTitle::MostRated, rated)];
        for genre in self.genres().await?.into_iter().take(GENRE_ROWS) {
            let movies = self.popular(Some(&genre.genre), length).await?;
            rows.push(row(RowTitle::Genre { genre: genre.genre }, movies));
        }
        rows.retain(|row| !row.items.is_empty());
        Ok(rows)
    }
}

fn row(title: RowTitle, movies: Vec<MovieCard>) -> HomeRow {
    let items = movies.into_iter().map(|movie| Recommendation {
        score: movie.rating.mean,
        movie,
        reasons: Vec::new(),
        predicted: None,
    });
    HomeRow { title, items: items.collect() }
}

/// Sorts recommendations into rows; each film stands in one row alone: the best ones first, then what comes next, then those that one film
/// speaks for most, then by genre. Each of these makes one row, however many films it speaks for.
fn rows_of(mut left: Vec<Recommendation>, mut next: Vec<Recommendation>) -> Vec<HomeRow> {
    let best: Vec<Recommendation> = left.drain(..left.len().min(ROW)).collect();
    let has = |row: &[Recommendation], item: &Recommendation| row.iter().any(|other| other.movie.id == item.movie.id);
    next.retain(|item| !has(&best, item));
    next.truncate(ROW);
    if next.len() < SHORTEST_ROW {
        next.clear();
    }
    left.retain(|item| !has(&next, item));
    let mut rows =
        vec![HomeRow { title: RowTitle::ForYou, items: best }, HomeRow { title: RowTitle::Next, items: next }];
    let mut used = Vec::new();
    for _ in 0..BECAUSE_ROWS {
        let reason = most_common(&left, &used, |item| {
            item.reasons.iter().filter_map(|reason| reason.movie.clone()).take(1).collect()
        });
        let Some(movie) = reason else { break };
        used.push(movie.clone());
        let items = take(&mut left, |item| item.reasons.iter().find_map(|r| r.movie.as_ref()) == Some(&movie));
        rows.push(HomeRow { title: RowTitle::Because { movie }, items });
    }
    let mut used = Vec::new();
    for _ in 0..GENRE_ROWS {
        let Some(genre) = most_common(&left, &used, |item| item.movie.genres.clone()) else { break };
        used.push(genre.clone());
        let items = take(&mut left, |item| item.movie.genres.contains(&genre));
        rows.push(HomeRow { title: RowTitle::ForYouGenre { genre }, items });
    }
    rows.retain(|row| !row.items.is_empty());
    rows
}

/// The value not yet used that most items have, if enough have it to make a row; the first one among equals.
fn most_common<T: PartialEq>(
    items: &[Recommendation],
    used: &[T],
    values: impl Fn(&Recommendation) -> Vec<T>,
) -> Option<T> {
    let mut counts: Vec<(T, usize)> = Vec::new();
    for value in items.iter().flat_map(values).filter(|value| !used.contains(value)) {
        match counts.iter_mut().find(|(known, _)| *known == value) {
            Some((_, count)) => *count += 1,
            None => counts.push((value, 1)),
        }
    }
    let (value, count) = counts.into_iter().rev().max_by_key(|(_, count)| *count)?;
    (count >= SHORTEST_ROW).then_some(value)
}

/// Takes the first items that fit out of the list, a row's worth at most.
fn take(left: &mut Vec<Recommendation>, fits: impl Fn(&Recommendation) -> bool) -> Vec<Recommendation> {
    let mut taken = Vec::new();
    let mut rest = Vec::with_capacity(left.len());
    for item in left.drain(..) {
        if taken.len() < ROW && fits(&item) { taken.push(item) } else { rest.push(item) }
    }
    *left = rest;
    taken
}

#[cfg(test)]
mod tests {
    use matinee_domain::RatingSummary;

    use super::*;

    fn item(n: u128, genre: &str) -> Recommendation {
        let movie = MovieCard {
            id: MovieId(uuid::Uuid::from_u128(n)),
            title: format!("Film {n}"),
            year: None,
            genres: vec![genre.to_owned()],
            rating: RatingSummary::default(),
        };
        Recommendation { movie, score: 0.0, reasons: Vec::new(), predicted: None }
    }

    #[test]
    fn every_film_stands_in_one_row_and_the_best_come_first() {
        let items: Vec<_> = (0..60).map(|n| item(n, if n % 3 == 0 { "Drama" } else { "Comedy" })).collect();
        let rows = rows_of(items.clone(), Vec::new());
        assert_eq!(rows[0].title, RowTitle::ForYou);
        assert_eq!(rows[0].items, items[..ROW]);
        assert_eq!(rows[1].title, RowTitle::ForYouGenre { genre: "Comedy".into() });
        let ids: Vec<_> = rows.iter().flat_map(|row| row.items.iter().map(|item| item.movie.id)).collect();
        assert_eq!(ids.len(), ids.iter().collect::<HashSet<_>>().len());
    }

    #[test]
    fn a_genre_makes_one_row() {
        let items: Vec<_> = (0..100).map(|n| item(n, "Drama")).collect();
        let titles: Vec<_> = rows_of(items, Vec::new()).into_iter().map(|row| row.title).collect();
        assert_eq!(titles, [RowTitle::ForYou, RowTitle::ForYouGenre { genre: "Drama".into() }]);
    }

    #[test]
    fn a_few_films_make_no_row_of_their_own() {
        let items: Vec<_> = (0..u128::try_from(ROW + 2).expect("small")).map(|n| item(n, "Drama")).collect();
        assert_eq!(rows_of(items, Vec::new()).len(), 1);
    }

    #[test]
    fn what_comes_next_has_a_row_without_films_of_the_first_one_and_they_are_in_no_later_one() {
        let items: Vec<_> = (0..60).map(|n| item(n, "Drama")).collect();
        // The first two are among the best.
        let next: Vec<_> = [3, 4, 30, 40, 100, 101].map(|n| item(n, "Drama")).into();
        let rows = rows_of(items.clone(), next.clone());
        assert_eq!((&rows[1].title, &rows[1].items[..]), (&RowTitle::Next, &next[2..]));
        assert!(rows[2..].iter().flat_map(|row| &row.items).all(|item| !next.contains(item)));
        let titles: Vec<_> = rows_of(items, next[..3].to_vec()).into_iter().map(|row| row.title).collect();
        assert!(!titles.contains(&RowTitle::Next), "one film makes no row");
    }
}
