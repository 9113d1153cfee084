//! iALS beside EASE, both together and popularity on real ratings, each with settings that it chooses on people held out of the
//! training part.
//!
//! `MATINEE_RATINGS` names a MovieLens `ratings.csv` or RecBole's `ml-100k.inter`. Two tasks: a random fifth of each set's likes hidden
//! (who rates 4 stars or more), and people left out of training altogether, 1, 3, 5 and 10 of whose ratings are told.

use std::{
    collections::{HashMap, HashSet},
    time::Instant,
};

use matinee_domain::{MovieId, Stars, Timestamp, UserId};
use matinee_services::ports::TrainingRating;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng, seq::SliceRandom};
use uuid::Uuid;

use super::{Ials, IalsOptions, choose};
use crate::{
    life::Interval,
    model::Prior,
    trainer::{
        Factors, FitOptions, Interactions,
        factors::{precise, single},
        metrics::ndcg,
        tuning::tune,
    },
};

const CUT: usize = 10;
const LIKED: f64 = 4.0;
const BUDGET: u32 = 24;

/// Somebody to rank films for: what is told, and what should be found.
struct Person {
    told: Vec<TrainingRating>,
    wanted: HashSet<MovieId>,
}

type Scores<'s> = &'s (dyn Fn(&[(u32, f32)]) -> Vec<f32> + Sync);

#[test]
#[ignore = "takes minutes with optimised code; reads the file that MATINEE_RATINGS names"]
fn ials_beside_ease_and_popularity_on_real_ratings() {
    faer::set_global_parallelism(faer::Par::rayon(0));
    let path = std::env::var("MATINEE_RATINGS").expect("MATINEE_RATINGS names a file of ratings");
    let ratings = read(&std::fs::read_to_string(path).unwrap());
    let people = if ratings.len() > 100_400 { 150 } else { 300 };

    let liked: Vec<_> = ratings.iter().filter(|rating| rating.stars.value() >= LIKED).copied().collect();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let (hidden, train): (Vec<_>, Vec<_>) = liked.into_iter().partition(|_| rng.random_bool(0.2));
    let mut asked: HashMap<UserId, Person> = HashMap::new();
    for rating in &hidden {
        let person = asked.entry(rating.user).or_insert_with(|| Person { told: Vec::new(), wanted: HashSet::new() });
        person.wanted.insert(rating.movie);
    }
    for rating in &train {
        if let Some(person) = asked.get_mut(&rating.user) {
            person.told.push(*rating);
        }
    }
    let mut asked: Vec<_> = asked.into_iter().collect();
    asked.sort_by_key(|(user, _)| *user);
    compare(&train, &[("hidden likes".to_owned(), asked.into_iter().map(|(_, person)| person).collect())]);

    let (rest, tasks) = unseen(&ratings, people, &mut rng);
    compare(&rest, &tasks);
}

fn unseen(
    ratings: &[TrainingRating],
    people: usize,
    rng: &mut ChaCha8Rng,
) -> (Vec<TrainingRating>, Vec<(String, Vec<Person>)>) {
    let mut by_user: HashMap<UserId, Vec<TrainingRating>> = HashMap::new();
    for rating in ratings {
        by_user.entry(rating.user).or_default().push(*rating);
    }
    let mut users: Vec<UserId> = by_user.keys().copied().filter(|user| by_user[user].len() > 10).collect();
    users.sort_unstable();
    users.shuffle(rng);
    users.truncate(people);
    let left_out: HashSet<UserId> = users.iter().copied().collect();
    let mut rows: Vec<_> = users.iter().map(|user| by_user[user].clone()).collect();
    for row in &mut rows {
        row.shuffle(rng);
    }
    let person = |row: &Vec<TrainingRating>, events: usize| {
        let (told, rest) = row.split_at(events);
        let wanted = rest.iter().filter(|rating| rating.stars.value() >= LIKED).map(|rating| rating.movie).collect();
        Person { told: told.to_vec(), wanted }
    };
    let tasks = [1, 3, 5, 10]
        .map(|events| (format!("unseen, {events} told"), rows.iter().map(|row| person(row, events)).collect()));
    (ratings.iter().filter(|rating| !left_out.contains(&rating.user)).copied().collect(), tasks.into())
}

fn compare(train: &[TrainingRating], tasks: &[(String, Vec<Person>)]) {
    let data = Interactions::new(train, 1, usize::MAX);
    println!("{} ratings of {} films by {} people", data.ratings(), data.items.len(), data.rows.len());

    let started = Instant::now();
    let tuned = tune(&data, 42, &|_| {}).unwrap().hyperparameters;
    let options = FitOptions {
        lambda: tuned.lambda,
        dropout: tuned.dropout,
        user_power: tuned.user_power,
        rank: tuned.rank,
        seed: 42,
    };
    let fitting = Instant::now();
    let factors = Factors::fit(&data, options).unwrap();
    println!("EASE: {tuned:?}, {:.1?} with the choice, {:.1?} the last fit", started.elapsed(), fitting.elapsed());

    let started = Instant::now();
    let chosen = choose(&data, IalsOptions::new(42), BUDGET, &|_| {}).unwrap();
    let fitting = Instant::now();
    let model = Ials::fit(&data, chosen.options, &|_| {}).unwrap();
    println!(
        "iALS: {:?} {:?}, {} fits, {:.1?} with the choice, {:.1?} the last fit",
        chosen.options,
        chosen.prior,
        chosen.fits,
        started.elapsed(),
        fitting.elapsed()
    );

    let by_ease = |events: &[(u32, f32)]| ease_scores(&factors, events);
    let by_ials = |events: &[(u32, f32)]| model.scores(events).unwrap();
    let by_both = |events: &[(u32, f32)]| {
        let ease = with_popularity(by_ease(events), events, tuned.prior, &factors.log_popularity);
        let ials = with_popularity(by_ials(events), events, chosen.prior, model.log_popularity());
        standardised(&ease).zip(standardised(&ials)).map(|(ease, ials)| ease + ials).collect()
    };
    let by_none = |_: &[(u32, f32)]| vec![0.0; data.items.len()];
    let counts = Prior { scale: 1.0, fade: 1.0 };
    for (task, people) in tasks {
        let nothing = Prior { scale: 0.0, fade: 1.0 };
        let rankings: [(&str, Scores, Prior, &[f32]); 4] = [
            ("EASE", &by_ease, tuned.prior, &factors.log_popularity),
            ("iALS", &by_ials, chosen.prior, model.log_popularity()),
            ("both", &by_both, nothing, model.log_popularity()),
            ("popularity", &by_none, counts, model.log_popularity()),
        ];
        let measured = rankings.map(|(name, scores, prior, popularity)| {
            (
                name,
                people.iter().filter_map(|person| gain(&data, person, scores, prior, popularity)).collect::<Vec<_>>(),
            )
        });
        for (name, gains) in &measured {
            let Interval { mean, low, high } = Interval::of(gains, 7);
            println!("{task:16} {name:12} nDCG@10 {mean:.4} [{low:.4}, {high:.4}]");
        }
        for (name, gains) in &measured[1..3] {
            let differences: Vec<f64> = gains.iter().zip(&measured[0].1).map(|(other, ease)| other - ease).collect();
            let Interval { mean, low, high } = Interval::of(&differences, 7);
            println!("{task:16} {name} − EASE, by person {mean:+.4} [{low:+.4}, {high:+.4}]");
        }
    }
}

/// `None` where nothing is wanted.
fn gain(data: &Interactions, person: &Person, scores: Scores, prior: Prior, log_popularity: &[f32]) -> Option<f64> {
    if person.wanted.is_empty() {
        return None;
    }
    let index: HashMap<MovieId, u32> = data.items.iter().copied().zip(0..).collect();
    let now = person.told.iter().map(|rating| rating.at).max().unwrap_or_default();
    let known = person.told.iter().filter_map(|rating| Some((*index.get(&rating.movie)?, rating)));
    let weighed = known.map(|(item, rating)| {
        let interaction = crate::trainer::Interaction { item, stars: rating.stars, at: rating.at };
        (item, interaction.weight(now))
    });
    let events: Vec<(u32, f32)> = weighed.collect();
    let mut ranked: Vec<(f32, u32)> =
        with_popularity(scores(&events), &events, prior, log_popularity).into_iter().zip(0..).collect();
    let seen: HashSet<u32> = events.iter().map(|event| event.0).collect();
    ranked.retain(|(_, item)| !seen.contains(item));
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let hits: Vec<bool> =
        ranked.iter().take(CUT).map(|(_, item)| person.wanted.contains(&data.items[*item as usize])).collect();
    Some(ndcg(&hits, person.wanted.len(), CUT))
}

fn with_popularity(scores: Vec<f32>, events: &[(u32, f32)], prior: Prior, log_popularity: &[f32]) -> Vec<f32> {
    let weight = prior.weight(events.iter().map(|event| event.1));
    scores.into_iter().zip(log_popularity).map(|(score, log)| score + weight * log).collect()
}

/// In standard deviations from their mean, so that scores of two models can be added.
fn standardised(scores: &[f32]) -> impl Iterator<Item = f32> {
    let count = precise(scores.len());
    let mean = scores.iter().copied().map(f64::from).sum::<f64>() / count;
    let variance = scores.iter().map(|score| (f64::from(*score) - mean).powi(2)).sum::<f64>() / count;
    scores.iter().map(move |score| single((f64::from(*score) - mean) / variance.sqrt().max(f64::MIN_POSITIVE)))
}

fn ease_scores(factors: &Factors, events: &[(u32, f32)]) -> Vec<f32> {
    let mut taste = vec![0.0_f32; factors.rank];
    for &(item, weight) in events {
        let row = &factors.events[item as usize * factors.rank..][..factors.rank];
        taste.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight * value);
    }
    factors.films.chunks(factors.rank).map(|row| row.iter().zip(&taste).map(|(a, b)| a * b).sum()).collect()
}

/// User, film, stars and moment of each line, separated by commas or tabs.
fn read(text: &str) -> Vec<TrainingRating> {
    let rating = |line: &str| {
        let fields: Vec<f64> = line.split([',', '\t']).map_while(|field| field.parse().ok()).collect();
        let [user, movie, stars, at] = fields[..] else { return None };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole numbers of the file")]
        let (user, movie, at) = (user as u128, movie as u128, at as i64);
        Some(TrainingRating {
            user: UserId(Uuid::from_u128(user)),
            movie: MovieId(Uuid::from_u128(movie)),
            stars: Stars::new(stars).unwrap(),
            at: Timestamp::from_timestamp(at, 0).unwrap(),
        })
    };
    text.lines().skip(1).map(|line| rating(line).expect("user, film, stars and moment")).collect()
}
