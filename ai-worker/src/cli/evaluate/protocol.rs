//! Protocols: which ratings are learnt from, and what of whom is to be found.
//!
//! Invariant: what is to be found is not among [`Split::train`], and nothing but that reaches a fit.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    ops::Range,
};

use anyhow::ensure;
use clap::ValueEnum;
use matinee_domain::{MovieId, Stars, UserId};
use matinee_services::ports::TrainingRating;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng, seq::SliceRandom};

/// Ratings that somebody must have for the last of them to be hidden.
const NEXT_AT_LEAST: usize = 3;
/// People left out where no number is said: a fifth of those who could be, as many as Liang and others 2018 left out of ML-20M at most.
const MOST_UNSEEN: usize = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Protocol {
    /// A random part of all ratings is hidden.
    Random,
    /// People are left out of the fit, and a few of their events are told (strong generalisation).
    Unseen,
    /// Each person's last rating is hidden (leave one out).
    Next,
    /// All ratings after a moment are hidden, whosever they are.
    Time,
    /// All ratings of a fifth of the films are hidden, of those that --texts tells about.
    Films,
}

/// What a protocol needs to know.
#[derive(Clone, Debug)]
pub struct Rules {
    pub relevant_at: Option<f64>,
    /// The part that is hidden.
    pub test_part: f64,
    /// People left out.
    pub holdout_users: Option<usize>,
    /// Events that are told of them.
    pub events: Vec<usize>,
    /// Films that the protocol films may hide.
    pub described: HashSet<MovieId>,
    pub seed: u64,
}

/// A person to rank films for.
#[derive(Clone, Debug)]
pub struct Person {
    pub user: UserId,
    /// Their ratings in [`Split::train`].
    pub trained: Range<usize>,
    /// What is known beside those.
    pub told: Vec<TrainingRating>,
    /// What they should be recommended.
    pub relevant: HashSet<MovieId>,
    /// What they gave films, whichever those are, of which nothing is known.
    pub hidden: Vec<(MovieId, Stars)>,
}

/// People who are asked about together.
#[derive(Clone, Debug)]
pub struct Group {
    pub name: String,
    pub people: Vec<Person>,
}

/// What a protocol makes of ratings.
#[derive(Clone, Debug)]
pub struct Split {
    /// What is learnt from, by person.
    pub train: Vec<TrainingRating>,
    pub groups: Vec<Group>,
}

impl Split {
    /// Splits by a protocol.
    ///
    /// # Errors
    /// When that leaves nothing to learn from, or nobody to ask about.
    pub fn new(protocol: Protocol, ratings: Vec<TrainingRating>, rules: &Rules) -> anyhow::Result<Self> {
        match protocol {
            Protocol::Random => Self::random(ratings, rules),
            Protocol::Unseen => Self::unseen(ratings, rules),
            Protocol::Next => Self::next(ratings, rules),
            Protocol::Time => Self::time(ratings, rules),
            Protocol::Films => Self::films(ratings, rules).map(|(split, _)| split),
        }
    }

    /// Everybody in `test`, with what is known of them from `train`, and from `given` without being trained on.
    pub fn of_files(
        train: Vec<TrainingRating>,
        given: Vec<TrainingRating>,
        test: &[TrainingRating],
        rules: &Rules,
    ) -> Self {
        let mut split = Self { train: by_person(train), groups: Vec::new() };
        let mut people = split.people(test, rules);
        let at: HashMap<UserId, usize> = people.iter().enumerate().map(|(at, person)| (person.user, at)).collect();
        for rating in given {
            if let Some(&at) = at.get(&rating.user) {
                people[at].told.push(rating);
            }
        }
        split.groups.push(Group { name: "test".to_owned(), people });
        split
    }

    fn random(ratings: Vec<TrainingRating>, rules: &Rules) -> anyhow::Result<Self> {
        let mut rng = ChaCha8Rng::seed_from_u64(rules.seed);
        let (test, train): (Vec<_>, Vec<_>) = ratings.into_iter().partition(|_| rng.random_bool(rules.test_part));
        ensure!(!train.is_empty() && !test.is_empty(), "random: too few ratings to hide some and learn from some");
        let mut split = Self { train: by_person(train), groups: Vec::new() };
        split.groups.push(Group { name: "all".to_owned(), people: split.people(&test, rules) });
        Ok(split)
    }

    fn next(ratings: Vec<TrainingRating>, rules: &Rules) -> anyhow::Result<Self> {
        let mut ratings = by_person(ratings);
        let mut last = vec![false; ratings.len()];
        for range in ranges(&ratings) {
            // What was rated in the same second stays in the order of the file.
            ratings[range.clone()].sort_by_key(|rating| rating.at);
            last[range.end - 1] = range.len() >= NEXT_AT_LEAST;
        }
        let mut last = last.into_iter();
        let (test, train): (Vec<_>, Vec<_>) =
            ratings.into_iter().partition(|_| last.next().expect("a mark for each rating"));
        ensure!(!test.is_empty(), "next: nobody has {NEXT_AT_LEAST} ratings or more");
        let mut split = Self { train, groups: Vec::new() };
        split.groups.push(Group { name: "all".to_owned(), people: split.people(&test, rules) });
        Ok(split)
    }

    fn time(ratings: Vec<TrainingRating>, rules: &Rules) -> anyhow::Result<Self> {
        let mut moments: Vec<_> = ratings.iter().map(|rating| rating.at).collect();
        moments.sort_unstable();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a place among ratings"
        )]
        let cut = moments.get((moments.len() as f64 * (1.0 - rules.test_part)) as usize).copied();
        let (train, test): (Vec<_>, Vec<_>) =
            ratings.into_iter().partition(|rating| cut.is_some_and(|cut| rating.at < cut));
        ensure!(!train.is_empty() && !test.is_empty(), "time: there is no moment before and after which people rated");
        let mut split = Self { train: by_person(train), groups: Vec::new() };
        let people = split.people(&test, rules);
        let (known, new): (Vec<_>, Vec<_>) = people.into_iter().partition(|person| !person.trained.is_empty());
        for (name, people) in [("known before", known), ("new", new)] {
            split.groups.push(Group { name: name.to_owned(), people });
        }
        Ok(split)
    }

    /// Also the films that are hidden, whether somebody is to find them or not.
    ///
    /// # Errors
    /// When there are no films to hide, or none remain.
    pub fn films(ratings: Vec<TrainingRating>, rules: &Rules) -> anyhow::Result<(Self, Vec<MovieId>)> {
        let rated: HashSet<MovieId> = ratings.iter().map(|rating| rating.movie).collect();
        let mut films: Vec<MovieId> = rated.intersection(&rules.described).copied().collect();
        films.sort_unstable();
        films.shuffle(&mut ChaCha8Rng::seed_from_u64(rules.seed));
        films.truncate(films.len() / 5);
        ensure!(!films.is_empty(), "films: at least five rated films must have a text (--texts)");
        let hidden: HashSet<MovieId> = films.iter().copied().collect();
        let (test, train): (Vec<_>, Vec<_>) = ratings.into_iter().partition(|rating| hidden.contains(&rating.movie));
        let mut split = Self { train: by_person(train), groups: Vec::new() };
        let mut people = split.people(&test, rules);
        // Of who rated nothing else, nothing is known.
        people.retain(|person| !person.trained.is_empty());
        split.groups.push(Group { name: "hidden films".to_owned(), people });
        Ok((split, films))
    }

    fn unseen(ratings: Vec<TrainingRating>, rules: &Rules) -> anyhow::Result<Self> {
        let most = rules.events.iter().copied().max().unwrap_or_default();
        let mut rng = ChaCha8Rng::seed_from_u64(rules.seed);
        let mut counts: HashMap<UserId, usize> = HashMap::new();
        for rating in &ratings {
            *counts.entry(rating.user).or_default() += 1;
        }
        let everybody = counts.len();
        let mut chosen: Vec<UserId> =
            counts.into_iter().filter(|(_, count)| *count > most).map(|(user, _)| user).collect();
        let could_be = chosen.len();
        chosen.sort_unstable();
        chosen.shuffle(&mut rng);
        let users = rules.holdout_users.unwrap_or((could_be / 5).min(MOST_UNSEEN));
        chosen.truncate(users);
        ensure!(
            !chosen.is_empty() && chosen.len() < everybody,
            "leaving {users} people out: {could_be} of {everybody} have more than {most} ratings; some must be left out and some remain"
        );
        let at: HashMap<UserId, usize> = chosen.iter().copied().zip(0..).collect();
        let mut rows = vec![Vec::new(); chosen.len()];
        let mut train = Vec::new();
        for rating in ratings {
            match at.get(&rating.user) {
                Some(&at) => rows[at].push(rating),
                None => train.push(rating),
            }
        }
        for row in &mut rows {
            row.shuffle(&mut rng);
        }
        let person = |row: &Vec<TrainingRating>, count: usize| {
            let (told, hidden) = row.split_at(count);
            let relevant =
                hidden.iter().filter(|rating| rules.is_relevant(rating)).map(|rating| rating.movie).collect();
            Person { user: row[0].user, trained: 0..0, told: told.to_vec(), relevant, hidden: stars_of(hidden) }
        };
        let group = |&count: &usize| Group {
            name: if count == 1 { "1 event".to_owned() } else { format!("{count} events") },
            people: rows.iter().map(|row| person(row, count)).collect(),
        };
        Ok(Self { groups: rules.events.iter().map(group).collect(), train: by_person(train) })
    }

    /// Everybody of whom ratings are hidden.
    fn people(&self, hidden: &[TrainingRating], rules: &Rules) -> Vec<Person> {
        let trained: HashMap<UserId, Range<usize>> =
            ranges(&self.train).into_iter().map(|range| (self.train[range.start].user, range)).collect();
        let mut relevant: BTreeMap<UserId, HashSet<MovieId>> = BTreeMap::new();
        let mut stars: HashMap<UserId, Vec<(MovieId, Stars)>> = HashMap::new();
        for rating in hidden {
            stars.entry(rating.user).or_default().push((rating.movie, rating.stars));
            let films = relevant.entry(rating.user).or_default();
            if rules.is_relevant(rating) {
                films.insert(rating.movie);
            }
        }
        let person = |(user, relevant)| {
            let hidden = stars.remove(&user).unwrap_or_default();
            let trained = trained.get(&user).cloned().unwrap_or_default();
            Person { user, trained, told: Vec::new(), relevant, hidden }
        };
        relevant.into_iter().map(person).collect()
    }
}

impl Rules {
    fn is_relevant(&self, rating: &TrainingRating) -> bool {
        self.relevant_at.is_none_or(|stars| rating.stars.value() >= stars)
    }
}

fn stars_of(ratings: &[TrainingRating]) -> Vec<(MovieId, Stars)> {
    ratings.iter().map(|rating| (rating.movie, rating.stars)).collect()
}

/// In order of person, each one's in the order in which they were.
fn by_person(mut ratings: Vec<TrainingRating>) -> Vec<TrainingRating> {
    ratings.sort_by_key(|rating| rating.user);
    ratings
}

/// Each person's place in ratings that are in order of person.
fn ranges(ratings: &[TrainingRating]) -> Vec<Range<usize>> {
    let mut end = 0;
    let chunks = ratings.chunk_by(|one, next| one.user == next.user);
    let range = |chunk: &[TrainingRating]| {
        end += chunk.len();
        end - chunk.len()..end
    };
    chunks.map(range).collect()
}

#[cfg(test)]
mod tests {
    use matinee_domain::Timestamp;
    use uuid::Uuid;

    use super::*;

    fn rating(user: u128, movie: u128, stars: f64, second: i64) -> TrainingRating {
        TrainingRating {
            user: UserId(Uuid::from_u128(user)),
            movie: MovieId(Uuid::from_u128(movie)),
            stars: Stars::new(stars).unwrap(),
            at: Timestamp::from_timestamp(second, 0).unwrap(),
        }
    }

    /// Forty people with twenty ratings each, later people later.
    fn ratings() -> Vec<TrainingRating> {
        let all = (0..800_u128).map(|at| {
            let (user, nth) = (at % 40, at / 40);
            let stars = if nth % 2 == 0 { 5.0 } else { 2.0 };
            rating(user, (user + nth * 3) % 90, stars, i64::try_from(user * 100 + nth).unwrap())
        });
        all.collect()
    }

    fn rules() -> Rules {
        Rules {
            relevant_at: None,
            test_part: 0.2,
            holdout_users: None,
            events: vec![1, 5],
            described: HashSet::new(),
            seed: 7,
        }
    }

    fn hidden(split: &Split) -> usize {
        split.groups.iter().flat_map(|group| &group.people).map(|person| person.relevant.len()).sum()
    }

    #[test]
    fn what_is_to_be_found_is_never_learnt_from() {
        for protocol in [Protocol::Random, Protocol::Unseen, Protocol::Next, Protocol::Time] {
            let split = Split::new(protocol, ratings(), &rules()).unwrap();
            let learnt: HashSet<_> = split.train.iter().map(|rating| (rating.user, rating.movie)).collect();
            for person in split.groups.iter().flat_map(|group| &group.people) {
                assert!(person.relevant.iter().all(|movie| !learnt.contains(&(person.user, *movie))), "{protocol:?}");
                assert!(person.told.iter().all(|rating| !person.relevant.contains(&rating.movie)), "{protocol:?}");
                assert!(split.train[person.trained.clone()].iter().all(|rating| rating.user == person.user));
            }
            let again = Split::new(protocol, ratings(), &rules()).unwrap();
            assert_eq!((&again.train, hidden(&again)), (&split.train, hidden(&split)));
        }
    }

    #[test]
    fn a_random_fifth_is_hidden_and_only_likes_are_to_be_found_where_that_is_asked_for() {
        let split = Split::new(Protocol::Random, ratings(), &rules()).unwrap();
        assert!((110..210).contains(&hidden(&split)) && hidden(&split) + split.train.len() == 800);
        let likes = Split::new(Protocol::Random, ratings(), &Rules { relevant_at: Some(4.0), ..rules() }).unwrap();
        assert!(hidden(&likes) < hidden(&split) && likes.train == split.train);
    }

    #[test]
    fn of_everybody_the_last_one_is_hidden() {
        let few = [rating(99, 1, 5.0, 1), rating(99, 2, 5.0, 2)];
        // In the file the latest comes first; of two in a second the one that comes later in the file is the last.
        let own = [rating(98, 3, 5.0, 9), rating(98, 1, 5.0, 1), rating(98, 2, 5.0, 9)];
        let split = Split::new(Protocol::Next, [ratings(), few.to_vec(), own.to_vec()].concat(), &rules()).unwrap();
        let people = &split.groups[0].people;
        assert_eq!((people.len(), hidden(&split)), (41, 41), "who has two ratings keeps both");
        let last = people.iter().find(|person| person.user.0 == Uuid::from_u128(98)).unwrap();
        assert!(last.relevant.contains(&MovieId(Uuid::from_u128(2))));
        assert_eq!(split.train[last.trained.clone()].len(), 2);
    }

    #[test]
    fn after_the_moment_there_are_people_who_were_known_and_new_ones() {
        let later = rating(0, 89, 5.0, 1_000_000);
        let split = Split::new(Protocol::Time, [ratings(), vec![later]].concat(), &rules()).unwrap();
        let latest = split.train.iter().map(|rating| rating.at).max().unwrap();
        assert!(latest.timestamp() < 3_300 && split.train.len() == 640, "{latest} {}", split.train.len());
        let [known, new] = &split.groups[..] else { panic!("two groups: {:?}", split.groups) };
        assert_eq!((known.people.len(), new.people.len()), (1, 8));
        assert!(Split::new(Protocol::Time, vec![later; 5], &rules()).is_err(), "all in one second");
    }

    #[test]
    fn a_fifth_of_the_films_that_have_a_text_is_as_if_nobody_had_rated_it() {
        let described: HashSet<MovieId> = (0..50).map(|film| MovieId(Uuid::from_u128(film))).collect();
        let rules = Rules { described: described.clone(), ..rules() };
        let (split, films) = Split::films(ratings(), &rules).unwrap();
        assert!(films.len() == 10 && films.iter().all(|film| described.contains(film)));
        assert!(split.train.iter().all(|rating| !films.contains(&rating.movie)));
        assert_eq!(split.train.len() + hidden(&split), 800);
        assert_eq!(Split::films(ratings(), &rules).unwrap().1, films, "the same for a seed");
        let without_texts = Rules { described: HashSet::new(), ..rules };
        assert!(Split::films(ratings(), &without_texts).unwrap_err().to_string().contains("--texts"));
    }

    #[test]
    fn of_people_left_out_so_many_events_are_told() {
        let split = Split::new(Protocol::Unseen, ratings(), &Rules { holdout_users: Some(10), ..rules() }).unwrap();
        assert_eq!(split.groups.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(), ["1 event", "5 events"]);
        for (group, told) in split.groups.iter().zip([1, 5]) {
            assert_eq!(group.people.len(), 10);
            assert!(group.people.iter().all(|person| person.told.len() == told && person.trained.is_empty()));
        }
        assert_eq!(split.train.len(), 600);
        let all = Split::new(Protocol::Unseen, ratings(), &Rules { holdout_users: Some(40), ..rules() });
        assert!(all.unwrap_err().to_string().contains("some remain"));
    }
}
