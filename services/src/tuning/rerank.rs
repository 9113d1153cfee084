//! Ranking the model's candidates anew by a person's knobs.
//!
//! For a candidate i, with the model's score s, the number of its ratings n and its year y:
//!
//! ```text
//! value(i) = ŝᵢ + wₚ·(rank(nᵢ) − ½) + wᵣ·(rank(yᵢ) − ½)         ŝᵢ = (sᵢ − min s) ⁄ (max s − min s)
//! ```
//!
//! `rank` is the part of the candidates that have less (those with as much count half), 0–1, so that a knob does the same in a catalogue
//! of classics as in one of new films; w follows from the knob's place by [`LEANS`]. Scaling scores to 0–1 before they are added is
//! `CombSUM` with min–max normalisation (Fox and Shaw 1994; Lee 1997); ranks in place of values are theirs who compared both (Renda and
//! Straccia 2003). A weight of the popularity that people ask for themselves: Steck 2011, *Item popularity and recommendation accuracy*.
//!
//! With diversity the list is put together from the top by maximal marginal relevance (Carbonell and Goldstein 1998):
//!
//! ```text
//! next = argmax  λ·value(i) − (1 − λ)·max over those above: alike(i, j)         λ = 1 − 0.15·diversity
//! ```
//!
//! where [`alike`](super::likeness) is by genres and by the reasons that both have. All of it is exact arithmetic over a few hundred
//! candidates; what the model says of a film, its reasons included, is not touched.

use std::cmp::Ordering;

use matinee_domain::Knobs;

use super::likeness::Traits;

/// What a leaning knob adds at most, by how far it is turned: half-way it re-orders neighbours, at its end it weighs as much as the model.
const LEANS: [f32; 3] = [0.0, 0.35, 1.0];
/// What λ of maximal marginal relevance loses with each step of diversity.
const STEP: f32 = 0.15;

/// A film that may be on the list.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The model's score.
    pub score: f32,
    /// Its number of ratings.
    pub ratings: u32,
    pub year: Option<i32>,
    /// What it is compared by with those above it.
    pub traits: Traits,
}

/// Which knob lifted a film most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifted {
    BetterKnown,
    LessKnown,
    Newer,
    Older,
}

/// A film's place on the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The candidate's index.
    pub candidate: usize,
    /// By what it was ranked; never rises along the list.
    pub value: f32,
    pub lifted: Option<Lifted>,
}

/// The best `limit` candidates, best first. Candidates come in the model's order, which decides among equals.
pub fn rerank(candidates: &[Candidate], knobs: &Knobs, limit: usize) -> Vec<Placed> {
    let scores: Vec<f32> = candidates.iter().map(|candidate| candidate.score).collect();
    let known = ranks(candidates, |candidate| Some(f64::from(candidate.ratings)));
    let new = ranks(candidates, |candidate| candidate.year.map(f64::from));
    let (popularity, recency) = (weight(knobs.popularity.place()), weight(knobs.recency.place()));
    let mut placed: Vec<Placed> = scaled(&scores)
        .into_iter()
        .enumerate()
        .map(|(candidate, score)| {
            let terms = [popularity * (known[candidate] - 0.5), recency * (new[candidate] - 0.5)];
            let value = score + terms[0] + terms[1];
            Placed { candidate, value, lifted: lifted(terms, [popularity, recency]) }
        })
        .collect();
    let diversity = f32::from(knobs.diversity.place());
    if diversity > 0.0 {
        return diversified(placed, candidates, 1.0 - STEP * diversity, limit);
    }
    // Stable: what is equal stays in the model's order.
    placed.sort_by(|a, b| b.value.total_cmp(&a.value));
    placed.truncate(limit);
    placed
}

fn weight(place: i16) -> f32 {
    LEANS[usize::from(place.unsigned_abs())] * f32::from(place.signum())
}

fn lifted([known, new]: [f32; 2], [popularity, recency]: [f32; 2]) -> Option<Lifted> {
    if known.max(new) <= 0.0 {
        return None;
    }
    Some(match (known >= new, popularity > 0.0, recency > 0.0) {
        (true, true, _) => Lifted::BetterKnown,
        (true, false, _) => Lifted::LessKnown,
        (false, _, true) => Lifted::Newer,
        (false, _, false) => Lifted::Older,
    })
}

/// Scores from 0 to 1; all 0 where they are the same.
fn scaled(scores: &[f32]) -> Vec<f32> {
    let least = scores.iter().copied().fold(f32::INFINITY, f32::min);
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let range = most - least;
    scores.iter().map(|score| if range > 0.0 { (score - least) / range } else { 0.0 }).collect()
}

/// The part of the candidates that have less, those with as much counted half; ½ for one of which nothing is known.
fn ranks(candidates: &[Candidate], value: impl Fn(&Candidate) -> Option<f64>) -> Vec<f32> {
    let mut values: Vec<f64> = candidates.iter().filter_map(&value).collect();
    values.sort_by(f64::total_cmp);
    #[expect(clippy::cast_precision_loss, reason = "a few hundred candidates")]
    let rank = |of: f64| {
        let less = values.partition_point(|other| other.total_cmp(&of) == Ordering::Less);
        let not_more = values.partition_point(|other| other.total_cmp(&of) != Ordering::Greater);
        (less + not_more) as f32 / (2 * values.len()) as f32
    };
    candidates.iter().map(|candidate| value(candidate).map_or(0.5, rank)).collect()
}

fn diversified(mut left: Vec<Placed>, candidates: &[Candidate], lambda: f32, limit: usize) -> Vec<Placed> {
    // How like the most alike film above each candidate is.
    let mut nearest = vec![0.0_f32; candidates.len()];
    let mut list: Vec<Placed> = Vec::with_capacity(limit.min(left.len()));
    while list.len() < limit && !left.is_empty() {
        let value = |placed: &Placed| lambda * placed.value - (1.0 - lambda) * nearest[placed.candidate];
        let best = (1..left.len()).fold(0, |best, at| if value(&left[at]) > value(&left[best]) { at } else { best });
        let value = value(&left[best]);
        // Order is kept, for the model's decides among equals.
        let chosen = Placed { value, ..left.remove(best) };
        let above = &candidates[chosen.candidate].traits;
        for placed in &left {
            let alike = candidates[placed.candidate].traits.alike(above);
            nearest[placed.candidate] = nearest[placed.candidate].max(alike);
        }
        list.push(chosen);
    }
    list
}

#[cfg(test)]
mod tests {
    use matinee_domain::KnobChange;
    use proptest::prelude::*;

    use super::*;

    fn candidate(score: f32, ratings: u32, year: i32, genre: u16) -> Candidate {
        Candidate { score, ratings, year: Some(year), traits: Traits::new([genre], []) }
    }

    fn knobs(popularity: i16, recency: i16, diversity: i16) -> Knobs {
        let change = KnobChange {
            popularity: Some(popularity),
            recency: Some(recency),
            diversity: Some(diversity),
            ..KnobChange::default()
        };
        Knobs::default().changed(change).unwrap()
    }

    fn order(candidates: &[Candidate], knobs: &Knobs) -> Vec<usize> {
        rerank(candidates, knobs, 10).iter().map(|placed| placed.candidate).collect()
    }

    /// In the model's order: an old hit, a new hit, an old secret, a new secret.
    fn four() -> [Candidate; 4] {
        [
            candidate(1.0, 900, 1950, 0),
            candidate(0.95, 800, 2000, 0),
            candidate(0.9, 20, 1960, 1),
            candidate(0.5, 10, 2010, 2),
        ]
    }

    #[test]
    fn a_knob_at_its_end_turns_the_list_its_way_and_at_zero_leaves_it() {
        assert_eq!(order(&four(), &knobs(0, 0, 0)), [0, 1, 2, 3]);
        assert_eq!(order(&four(), &knobs(2, 0, 0)), [0, 1, 2, 3]);
        assert_eq!(order(&four(), &knobs(-2, 0, 0))[0], 2, "the better one of those that few know");
        assert_eq!(order(&four(), &knobs(0, 2, 0))[0], 1);
        assert_eq!(order(&four(), &knobs(0, -2, 0)), [0, 2, 1, 3]);
    }

    #[test]
    fn what_lifted_a_film_is_the_knob_that_added_most() {
        let placed = rerank(&four(), &knobs(-1, 2, 0), 10);
        let lifted = |candidate| placed.iter().find(|placed| placed.candidate == candidate).unwrap().lifted;
        assert_eq!([lifted(0), lifted(1)], [None, Some(Lifted::Newer)]);
        assert_eq!([lifted(2), lifted(3)], [Some(Lifted::LessKnown), Some(Lifted::Newer)]);
    }

    #[test]
    fn diversity_lets_a_film_of_another_kind_before_a_better_one_of_the_same() {
        assert_eq!(order(&four(), &knobs(0, 0, 1)), [0, 1, 2, 3]);
        assert_eq!(order(&four(), &knobs(0, 0, 4)), [0, 2, 1, 3]);
    }

    #[test]
    fn a_film_without_a_year_is_neither_old_nor_new() {
        let mut films = four();
        films[3] = Candidate { year: None, ..films[3].clone() };
        let placed = rerank(&films, &knobs(0, 2, 0), 10);
        assert_eq!(placed.iter().find(|placed| placed.candidate == 3).unwrap().lifted, None);
    }

    #[test]
    fn no_films_are_an_empty_list_and_equal_ones_stay_in_their_order() {
        assert_eq!(order(&[], &knobs(2, 2, 4)), [0_usize; 0]);
        let same = vec![candidate(0.5, 1, 1990, 0); 3];
        assert_eq!(order(&same, &knobs(2, -1, 3)), [0, 1, 2]);
    }

    proptest! {
        #[test]
        fn each_film_stands_once_and_values_never_rise(
            films in prop::collection::vec((-5.0_f32..5.0, 0_u32..1_000, 1900_i32..2030, 0_u16..4), 0..60),
            (popularity, recency, diversity, limit) in (-2_i16..=2, -2_i16..=2, 0_i16..=4, 0_usize..80),
        ) {
            let films: Vec<_> = films.into_iter().map(|(s, n, y, g)| candidate(s, n, y, g)).collect();
            let list = rerank(&films, &knobs(popularity, recency, diversity), limit);
            prop_assert_eq!(list.len(), limit.min(films.len()));
            let mut seen: Vec<_> = list.iter().map(|placed| placed.candidate).collect();
            seen.sort_unstable();
            seen.dedup();
            prop_assert_eq!(seen.len(), list.len());
            prop_assert!(list.windows(2).all(|pair| pair[0].value >= pair[1].value));
        }
    }
}
