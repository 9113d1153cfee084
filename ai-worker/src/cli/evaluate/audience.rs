//! How alike films are by who rated them, whatever a model says of them.
//!
//! ```text
//! alike(A, B) = |raters of A and of B| ⁄ √(|raters of A|·|raters of B|)
//! ```
//!
//! The cosine of two columns of the matrix of who rated what. Of a list it is the mean over its pairs: intra-list similarity (Ziegler and
//! others 2005, *Improving recommendation lists through topic diversification*).

use rand::{SeedableRng, rngs::ChaCha8Rng, seq::SliceRandom};

/// People of whom raters are counted; 512 bytes for each film.
const MOST: usize = 4_096;

/// Who of a sample of people rated each film.
#[derive(Clone, Debug, Default)]
pub struct Audience {
    /// A bit for each person.
    raters: Vec<Vec<u64>>,
}

impl Audience {
    /// So many of `people` that what is made of them has its bounds: all, or some drawn at random.
    pub fn sample<T>(people: &[T], seed: u64) -> Vec<&T> {
        let mut people: Vec<&T> = people.iter().collect();
        if people.len() > MOST {
            people.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
            people.truncate(MOST);
        }
        people
    }

    /// By the films that each of these people rated, out of `films`.
    pub fn new(people: &[Vec<u32>], films: usize) -> Self {
        let mut raters = vec![vec![0_u64; people.len().div_ceil(64)]; films];
        for (person, rated) in people.iter().enumerate() {
            for &film in rated {
                raters[film as usize][person / 64] |= 1 << (person % 64);
            }
        }
        Self { raters }
    }

    fn of(&self, film: u32) -> &[u64] {
        self.raters.get(film as usize).map_or(&[], Vec::as_slice)
    }

    /// How alike the films of a list are: the mean over its pairs, 0 where there are none. A film that nobody rated is like none.
    pub fn alike(&self, list: &[u32]) -> f64 {
        let raters: Vec<&[u64]> = list.iter().map(|film| self.of(*film)).collect();
        let counts: Vec<f64> = raters.iter().map(|film| common(film, film)).collect();
        let (mut sum, mut pairs) = (0.0, 0.0_f64);
        for (at, &above) in raters.iter().enumerate() {
            for (before, film) in raters[..at].iter().enumerate() {
                let both = common(above, film);
                if both > 0.0 {
                    sum += both / (counts[at] * counts[before]).sqrt();
                }
                pairs += 1.0;
            }
        }
        sum / pairs.max(1.0)
    }
}

fn common(one: &[u64], other: &[u64]) -> f64 {
    f64::from(one.iter().zip(other).map(|(one, other)| (one & other).count_ones()).sum::<u32>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_as_alike_as_its_films_share_raters() {
        // 130 people: all rated film 0, every second one film 1, the others film 2, nobody film 3.
        let people: Vec<Vec<u32>> = (0..130).map(|person| vec![0, 1 + person % 2]).collect();
        let audience = Audience::new(&people, 4);
        let half = 65.0 / (130.0_f64 * 65.0).sqrt();
        let is_near = |list: &[u32], value: f64| (audience.alike(list) - value).abs() < 1e-12;
        assert!(is_near(&[0, 1], half) && is_near(&[1, 2], 0.0) && is_near(&[0, 3], 0.0));
        assert!(is_near(&[0, 1, 2], 2.0 * half / 3.0), "{}", audience.alike(&[0, 1, 2]));
        assert!(
            is_near(&[0], 0.0) && is_near(&[], 0.0) && is_near(&[4, 5], 0.0),
            "films beyond those learnt are like none"
        );
    }

    #[test]
    fn more_people_than_are_counted_are_drawn_by_the_seed() {
        let people: Vec<usize> = (0..MOST + 100).collect();
        let sample = Audience::sample(&people, 7);
        assert_eq!((sample.len(), &sample), (MOST, &Audience::sample(&people, 7)));
        assert_ne!(sample, Audience::sample(&people, 8));
        assert_eq!(Audience::sample(&people[..3], 7), [&0, &1, &2]);
    }
}
