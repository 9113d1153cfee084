//! How alike two films of a list are, for its diversity: by what they are, and by what recommends them.
//!
//! ```text
//! alike(i, j) = ½·|Gᵢ ∩ Gⱼ| ⁄ |Gᵢ ∪ Gⱼ|  +  ½·cos(rᵢ, rⱼ)
//! ```
//!
//! G are genres (Jaccard 1901), r the terms of the score by the film that each comes from: two films that the same favourites speak for
//! are alike to this person, whatever shelf they stand on. The model's vectors of films would say it for everybody; they are not in
//! the answer of a worker, and need not be.

/// What two films are compared by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Traits {
    /// Numbers of genres, ascending.
    genres: Vec<u16>,
    /// The number of the film that a term comes from, ascending, and the term as part of a vector of length one.
    terms: Vec<(u32, f32)>,
}

impl Traits {
    /// Genres and terms by any numbers that are the same for the same thing; terms that speak against the film don't count.
    pub fn new(genres: impl IntoIterator<Item = u16>, terms: impl IntoIterator<Item = (u32, f32)>) -> Self {
        let mut genres: Vec<u16> = genres.into_iter().collect();
        genres.sort_unstable();
        genres.dedup();
        let mut terms: Vec<(u32, f32)> = terms.into_iter().filter(|(_, value)| *value > 0.0).collect();
        terms.sort_unstable_by_key(|(of, _)| *of);
        let length = terms.iter().map(|(_, value)| value * value).sum::<f32>().sqrt();
        for (_, value) in &mut terms {
            *value /= length;
        }
        Self { genres, terms }
    }

    /// From 0, nothing in common, to 1.
    pub fn alike(&self, other: &Self) -> f32 {
        let shared = merged(&self.genres, &other.genres, |genre| *genre).count();
        let either = self.genres.len() + other.genres.len() - shared;
        #[expect(clippy::cast_precision_loss, reason = "a film has a dozen genres at most")]
        let by_genres = if either == 0 { 0.0 } else { shared as f32 / either as f32 };
        let by_terms: f32 = merged(&self.terms, &other.terms, |(of, _)| *of).map(|(a, b)| a.1 * b.1).sum();
        0.5 * by_genres + 0.5 * by_terms.min(1.0)
    }
}

/// Pairs of the same key, out of two lists in ascending order of it.
fn merged<'a, T, K: Ord>(a: &'a [T], b: &'a [T], key: impl Fn(&T) -> K) -> impl Iterator<Item = (&'a T, &'a T)> {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    std::iter::from_fn(move || {
        loop {
            match key(a.peek()?).cmp(&key(b.peek()?)) {
                std::cmp::Ordering::Less => drop(a.next()),
                std::cmp::Ordering::Greater => drop(b.next()),
                std::cmp::Ordering::Equal => return a.next().zip(b.next()),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_near(a: f32, b: f32) -> bool {
        (a - b).abs() < 1e-6
    }

    #[test]
    fn films_are_alike_by_their_genres_and_by_what_recommends_them() {
        let film = Traits::new([3, 1], [(7, 0.6), (9, 0.8)]);
        assert!(is_near(film.alike(&film), 1.0));
        assert!(is_near(film.alike(&Traits::new([1, 2], [])), 0.5 / 3.0));
        assert!(is_near(film.alike(&Traits::new([], [(9, 5.0)])), 0.4));
        assert!(is_near(film.alike(&Traits::new([4], [(8, 1.0)])), 0.0));
    }

    #[test]
    fn films_of_which_nothing_is_known_are_like_none() {
        assert!(is_near(Traits::default().alike(&Traits::default()), 0.0));
        let against = Traits::new([], [(7, -1.0)]);
        assert!(is_near(against.alike(&against), 0.0));
    }
}
