//! How far two models agree on one request.

use std::collections::{HashMap, HashSet};

use matinee_domain::MovieId;

/// Films at the top whose overlap counts.
const TOP: usize = 10;
/// The fewest films that an order of is an order.
const FEWEST: usize = 3;

/// The part of the first ten films of one list that are among the first ten of the other, 0–1; `None` where the first list is empty.
pub fn overlap_at_10(live: &[MovieId], shadow: &[MovieId]) -> Option<f64> {
    let top: HashSet<_> = live.iter().take(TOP).collect();
    let shared = shadow.iter().take(TOP).filter(|movie| top.contains(movie)).count();
    #[expect(clippy::cast_precision_loss, reason = "ten at most")]
    (!top.is_empty()).then(|| shared as f64 / top.len() as f64)
}

/// Spearman's rank correlation (1904) of two orders of the films that are in both lists, −1 to 1, for lists without ties:
///
/// ```text
/// ρ = 1 − 6·Σ d² ⁄ (n·(n² − 1))          d: the difference of a film's ranks
/// ```
///
/// `None` for fewer than three films.
pub fn rank_correlation(live: &[MovieId], shadow: &[MovieId]) -> Option<f64> {
    let known: HashSet<_> = live.iter().collect();
    let theirs = shadow.iter().filter(|movie| known.contains(movie));
    let place: HashMap<_, _> = theirs.enumerate().map(|(place, movie)| (movie, place)).collect();
    let pairs: Vec<_> = live.iter().filter_map(|movie| place.get(movie)).enumerate().collect();
    #[expect(clippy::cast_precision_loss, reason = "some dozens of films")]
    let (n, squares) = (pairs.len() as f64, pairs.iter().map(|(a, b)| (a.abs_diff(**b) as f64).powi(2)).sum::<f64>());
    (pairs.len() >= FEWEST).then(|| 1.0 - 6.0 * squares / (n * (n * n - 1.0)))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn films(numbers: &[u128]) -> Vec<MovieId> {
        numbers.iter().map(|number| MovieId(Uuid::from_u128(*number))).collect()
    }

    fn is_near(a: Option<f64>, b: f64) -> bool {
        a.is_some_and(|a| (a - b).abs() < 1e-9)
    }

    #[test]
    fn the_overlap_is_of_the_first_ten_whatever_their_order() {
        let live = films(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
        assert!(is_near(overlap_at_10(&live, &films(&[10, 9, 8, 7, 6, 5, 4, 3, 2, 1])), 1.0));
        assert!(is_near(overlap_at_10(&live, &films(&[1, 2, 11, 12])), 0.2));
        assert!(is_near(overlap_at_10(&films(&[1, 2]), &films(&[2, 1])), 1.0), "of short lists all counts");
        assert_eq!(overlap_at_10(&[], &live), None);
    }

    #[test]
    fn the_correlation_is_of_the_films_that_both_have() {
        let live = films(&[1, 2, 3, 4, 5]);
        assert!(is_near(rank_correlation(&live, &films(&[1, 9, 2, 3, 4, 5])), 1.0));
        assert!(is_near(rank_correlation(&live, &films(&[5, 4, 3, 2, 1])), -1.0));
        // 2 and 3 have changed places: d² is 1 + 1.
        assert!(is_near(rank_correlation(&live, &films(&[1, 3, 2, 4, 5])), 0.9));
        assert_eq!(rank_correlation(&live, &films(&[1, 2])), None);
    }
}
