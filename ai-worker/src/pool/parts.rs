//! Which workers to ask where each ranks but a part of the films, and how their answers become one.
//!
//! Workers say with every answer which part they have ([`SHARD`](crate::protocol::SHARD)), so nothing has to be configured twice, and a worker
//! that comes back with another part is not taken for what it was.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use matinee_services::ports::{RankedBy, ScoredMovie, Shard};

use super::member::{Member, Part, Standing};

/// Workers that have the same part of the films; `None`: all of them.
#[derive(Debug)]
pub struct Group {
    pub shard: Option<Shard>,
    pub members: Vec<Arc<Member>>,
}

/// The groups to ask, in the order of their films. Where films are divided in several ways, as while workers are replaced by others, the way
/// whose parts are there most completely, and of equals that with the fewest parts.
pub fn groups(members: &[Arc<Member>], now: Instant) -> Vec<Group> {
    let is_divided = members.iter().any(|member| matches!(member.part(), Part::Of(_)));
    let mut ways: BTreeMap<u16, BTreeMap<Option<Shard>, Vec<Arc<Member>>>> = BTreeMap::new();
    for member in members {
        let shard = match member.part() {
            Part::Of(shard) => Some(shard),
            // What nobody has heard of yet, while others are known to have parts, would most likely be a part, too.
            Part::Unknown if is_divided => continue,
            Part::All | Part::Unknown => None,
        };
        let way = ways.entry(shard.map_or(1, Shard::of)).or_default();
        way.entry(shard).or_default().push(Arc::clone(member));
    }
    let is_there = |members: &Vec<Arc<Member>>| members.iter().any(|member| member.standing(now) != Standing::LeftOut);
    let covered = |of: u16, way: &BTreeMap<Option<Shard>, Vec<Arc<Member>>>| {
        // In parts of the number of all films, so that ways can be compared without fractions.
        way.values().filter(|members| is_there(members)).count() * 1_000_000 / usize::from(of)
    };
    let best = ways.into_iter().max_by_key(|(of, way)| (covered(*of, way), std::cmp::Reverse(*of)));
    let Some((_, way)) = best else { return Vec::new() };
    // A part that nobody has any more must not make the others wait; where nobody is well, all are asked nevertheless.
    let some_are_there = way.values().any(is_there);
    let groups = way.into_iter().filter(|(_, members)| !some_are_there || is_there(members));
    groups.map(|(shard, members)| Group { shard, members }).collect()
}

/// One ranking of those of the parts, in the order of their films: of equal scores that of the earlier film comes first, as where films are
/// not divided. Scores of different models can't be held against each other, so only what the model of most parts said counts.
pub fn merged(answers: Vec<RankedBy>, limit: usize) -> RankedBy {
    let mut votes: Vec<(&Option<String>, usize)> = Vec::new();
    for answer in &answers {
        match votes.iter_mut().find(|(version, _)| *version == &answer.version) {
            Some((_, count)) => *count += 1,
            None => votes.push((&answer.version, 1)),
        }
    }
    // The first of equals.
    let version = votes.iter().rev().max_by_key(|(_, count)| *count).and_then(|(version, _)| (*version).clone());
    let same = answers.into_iter().filter(|answer| answer.version == version);
    let mut movies: Vec<ScoredMovie> = same.flat_map(|answer| answer.movies).collect();
    movies.sort_by(|a, b| b.score.total_cmp(&a.score));
    movies.truncate(limit);
    RankedBy { movies, version }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use matinee_domain::MovieId;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::pool::PoolOptions;

    fn member(at: usize, part: Part) -> Arc<Member> {
        let options = PoolOptions { rest: Duration::from_mins(1), ..PoolOptions::default() };
        let member = Member::new(&format!("http://worker-{at}:8090"), &options).unwrap();
        member.learn(part);
        Arc::new(member)
    }

    fn shard(text: &str) -> Part {
        Part::Of(text.parse().unwrap())
    }

    fn chosen(members: &[Arc<Member>]) -> Vec<(String, usize)> {
        let groups = groups(members, Instant::now());
        let name = |shard: Option<Shard>| shard.map_or_else(|| "all".to_owned(), |shard| shard.to_string());
        groups.into_iter().map(|group| (name(group.shard), group.members.len())).collect()
    }

    fn expected(groups: &[(&str, usize)]) -> Vec<(String, usize)> {
        groups.iter().map(|(name, members)| ((*name).to_owned(), *members)).collect()
    }

    #[test]
    fn one_of_each_part_is_asked_and_a_part_that_nobody_has_is_passed_over() {
        let all: Vec<_> = ["2/2", "1/2", "2/2"].iter().enumerate().map(|(at, part)| member(at, shard(part))).collect();
        assert_eq!(chosen(&all), expected(&[("1/2", 1), ("2/2", 2)]));
        all[1].gone(Instant::now());
        assert_eq!(chosen(&all), expected(&[("2/2", 2)]));
        all[0].gone(Instant::now());
        all[2].gone(Instant::now());
        assert_eq!(chosen(&all), expected(&[("1/2", 1), ("2/2", 2)]), "a wrong guess must not be the end");
        assert_eq!(chosen(&[]), []);
    }

    #[test]
    fn of_several_ways_to_divide_films_the_complete_one_is_taken_and_who_is_unknown_is_asked_alone_if_nobody_is_known()
    {
        let (whole, unknown) = (member(0, Part::All), member(1, Part::Unknown));
        assert_eq!(chosen(&[Arc::clone(&whole), Arc::clone(&unknown)]), expected(&[("all", 2)]));
        let halves = [member(2, shard("1/2")), member(3, shard("2/2"))];
        let third = member(4, shard("1/3"));
        let some = [unknown, Arc::clone(&halves[0]), Arc::clone(&third), Arc::clone(&halves[1])];
        assert_eq!(chosen(&some), expected(&[("1/2", 1), ("2/2", 1)]));
        let all = [whole, Arc::clone(&halves[0]), Arc::clone(&halves[1])];
        assert_eq!(chosen(&all), expected(&[("all", 1)]), "one request rather than two");
        all[0].gone(Instant::now());
        assert_eq!(chosen(&all), expected(&[("1/2", 1), ("2/2", 1)]));
        halves[1].gone(Instant::now());
        assert_eq!(chosen(&[third, Arc::clone(&halves[0]), Arc::clone(&halves[1])]), expected(&[("1/2", 1)]));
    }

    fn films(scores: &[(u128, f32)], version: &str) -> RankedBy {
        let one = |(film, score): &(u128, f32)| ScoredMovie {
            movie: MovieId(Uuid::from_u128(*film)),
            score: *score,
            terms: Vec::new(),
            stars: None,
        };
        RankedBy { movies: scores.iter().map(one).collect(), version: Some(version.to_owned()) }
    }

    #[test]
    fn only_answers_of_one_model_are_put_together() {
        let answers = vec![films(&[(1, 0.5)], "a"), films(&[(2, 0.9), (3, 0.1)], "b"), films(&[(4, 0.5)], "a")];
        assert_eq!(merged(answers, 10), films(&[(1, 0.5), (4, 0.5)], "a"));
        assert_eq!(merged(vec![films(&[(1, 0.5)], "a"), films(&[(2, 0.9)], "b")], 10), films(&[(1, 0.5)], "a"));
        assert_eq!(merged(Vec::new(), 10), RankedBy { movies: Vec::new(), version: None });
    }

    proptest! {
        #[test]
        fn the_best_of_the_parts_best_are_the_best_of_all(
            scores in prop::collection::vec(0_u8..20, 0..200), of in 2_u16..9, k in 0_usize..40,
        ) {
            // Few different scores, so that many are equal.
            let all: Vec<(u128, f32)> = scores.iter().zip(0..).map(|(score, film)| (film, f32::from(*score))).collect();
            let best = |mut films: Vec<(u128, f32)>| {
                films.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
                films.truncate(k);
                films
            };
            let parts = (1..=of).map(|part| Shard::new(part, of).unwrap().films(all.len()));
            let answers = parts.map(|part| films(&best(all[part].to_vec()), "a")).collect();
            prop_assert_eq!(merged(answers, k), films(&best(all), "a"));
        }
    }
}
