//! Ratings, person by person as `MovieLens` has them: few people rate much, few films are rated much.

use std::{
    collections::BTreeSet,
    io::{self, Write as _},
    path::Path,
};

use super::{
    Size, begin,
    random::{Random, Shuffled, Zipf},
};

/// Of films: the most rated one gets half a percent of all ratings (a third in `MovieLens` 25M).
const FILM_EXPONENT: f64 = 1.1;
const FILM_SHIFT: f64 = 30.0;
/// Of people: of 20 million ratings by a million people the most active one gives about 13,000.
const PERSON_EXPONENT: f64 = 0.9;
const PERSON_SHIFT: f64 = 100.0;

/// Returns how many were written: a person rates no more than a quarter of the films.
pub fn write(movielens: &Path, size: Size) -> io::Result<u64> {
    let mut file = begin(movielens, "ratings.csv", "userId,movieId,rating,timestamp")?;
    let films = Zipf::new(size.films, FILM_EXPONENT, FILM_SHIFT);
    let activity = Zipf::new(size.people, PERSON_EXPONENT, PERSON_SHIFT);
    let film_order = Shuffled::new(size.films, &mut Random::new(size.seed, 1 << 60));
    let person_order = Shuffled::new(size.people, &mut Random::new(size.seed, 2 << 60));
    // Everybody rates one film; the others are shared out by rank, so that the counts add up.
    let shared = size.ratings.saturating_sub(size.people) as f64;
    let up_to = |rank: u64| (shared * activity.share_up_to(rank)) as u64;
    let mut written = 0;
    let mut rated = BTreeSet::new();
    for person in 1..=size.people {
        let rank = person_order.at(person);
        let count = (1 + up_to(rank) - up_to(rank - 1)).min(size.films / 4);
        let mut random = Random::new(size.seed ^ 0x4a7e, person);
        rated.clear();
        // Bounded: favourites are drawn again and again.
        for _ in 0..count * 20 {
            if rated.len() as u64 >= count {
                break;
            }
            rated.insert(film_order.at(films.draw(&mut random)));
        }
        let kindness = random.normal() * 0.4;
        let mut at = 946_684_800 + random.below(700_000_000);
        for film in &rated {
            let quality = Random::new(size.seed ^ 0x90d, *film).normal() * 0.5;
            let stars = 3.5 + kindness + quality + random.normal() * 0.8;
            let half_stars = ((stars * 2.0).round() as i64).clamp(1, 10);
            at += random.below(600);
            writeln!(file, "{person},{film},{}.{},{at}", half_stars / 2, half_stars % 2 * 5)?;
            written += 1;
        }
    }
    file.flush()?;
    Ok(written)
}
