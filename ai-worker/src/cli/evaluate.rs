//! `matinee-ai evaluate`: how good the model is that training on a file gives, on another file and on unseen people.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::PathBuf,
    time::Instant,
};

use anyhow::{Context, ensure};
use clap::Args;
use matinee_domain::UserId;
use matinee_services::ports::TrainingRating;
use rand::{SeedableRng, rngs::ChaCha8Rng, seq::SliceRandom};

use super::{
    RuntimeArgs,
    rankings::{Person, Ranking, Rankings},
    report::{Comparison, Holdout, Report, Seconds, measure},
    tsv::Names,
};
use crate::worker::OnnxRuntime;

/// Films of a list that is written.
const RECS_DEPTH: usize = 50;

#[derive(Debug, Args)]
#[command(
    after_help = "Files are tab-separated with the header `user item rating timestamp`; names of users and items are opaque.\n\n\
                        Examples:\n  matinee-ai evaluate --train train.tsv --test test.tsv --k 10 --json quality.json\n  \
                        matinee-ai evaluate --train all.tsv --holdout-users 300 --events 1,3,5,10 --json unseen.json\n  \
                        matinee-ai evaluate --train train.tsv --given known.tsv --test hidden.tsv --recs-out ranked.tsv"
)]
pub struct EvaluateArgs {
    /// Ratings to train on.
    #[arg(long, value_name = "FILE")]
    train: PathBuf,
    /// Ratings to be found: for every user in it, all films of --train that the user did not rate there are ranked.
    #[arg(long, value_name = "FILE", required_unless_present = "holdout_users")]
    test: Option<PathBuf>,
    /// What is known of people in --test without being trained on, such as of those who are not in --train at all.
    #[arg(long, value_name = "FILE", requires = "test")]
    given: Option<PathBuf>,
    /// Where the ranked lists of everybody in --test go, 50 films deep: tab-separated, header `user item rank`.
    #[arg(long, value_name = "FILE", requires = "test")]
    recs_out: Option<PathBuf>,
    /// Cut of nDCG and of coverage.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=200))]
    k: u16,
    /// Where the measures go, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Only rows with at least these stars are to be found; without it, all.
    #[arg(long, value_name = "STARS")]
    relevant_at: Option<f64>,
    /// Leave this many users of --train (and --test) out of the fit, and recommend to them after a few of their events.
    #[arg(long, value_name = "N")]
    holdout_users: Option<usize>,
    /// Numbers of events that are told of each user left out, drawn at random.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 3, 5, 10], requires = "holdout_users")]
    events: Vec<usize>,
    /// Of every random choice.
    #[arg(long, default_value_t = 42)]
    seed: u64,
    #[command(flatten)]
    runtime: RuntimeArgs,
}

pub fn run(args: &EvaluateArgs) -> anyhow::Result<()> {
    let runtime = OnnxRuntime::load(&args.runtime.ort_lib)?;
    let mut names = Names::default();
    let train = names.read(&args.train)?;
    let test = args.test.as_deref().map(|path| names.read(path)).transpose()?;
    let given = args.given.as_deref().map(|path| names.read(path)).transpose()?.unwrap_or_default();
    let mut seconds = Seconds { fit: 0.0, score: 0.0 };
    let metrics = match &test {
        Some(test) => {
            let known = Known { train: &train, given: &given };
            Some(on_test(args, &runtime, &names, known, test, &mut seconds)?)
        }
        None => None,
    };
    let holdout = match args.holdout_users {
        Some(users) => {
            let all = [train, test.unwrap_or_default()].concat();
            Some(on_unseen(args, &runtime, &all, users, &mut seconds)?)
        }
        None => None,
    };
    let report = Report { metrics, holdout, seconds };
    report.print();
    if let Some(path) = &args.json {
        let json = serde_json::to_string_pretty(&report)?;
        std::fs::write(path, json + "\n").with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}

/// What is known of people: the model is trained on some of it, the rest it is only told.
#[derive(Clone, Copy)]
struct Known<'a> {
    train: &'a [TrainingRating],
    given: &'a [TrainingRating],
}

fn on_test(
    args: &EvaluateArgs,
    runtime: &OnnxRuntime,
    names: &Names,
    known: Known,
    test: &[TrainingRating],
    seconds: &mut Seconds,
) -> anyhow::Result<Comparison> {
    let mut rankings = fit(args, runtime, known.train, seconds)?;
    let mut people: BTreeMap<UserId, Person> = BTreeMap::new();
    for rating in test {
        let person = people.entry(rating.user).or_default();
        if args.is_relevant(rating) {
            person.relevant.insert(rating.movie);
        }
    }
    for rating in known.train.iter().chain(known.given) {
        if let Some(person) = people.get_mut(&rating.user) {
            person.given.push(*rating);
        }
    }
    let (users, people): (Vec<UserId>, Vec<Person>) = people.into_iter().unzip();
    let (comparison, by_model) = compare(args, &mut rankings, &people, seconds)?;
    if let Some(path) = &args.recs_out {
        let films = |ranking: Ranking| ranking.into_iter().take(RECS_DEPTH).map(|item| &rankings.items[item]).collect();
        names.write_ranked(path, users.into_iter().zip(by_model.into_iter().map(films)))?;
    }
    Ok(comparison)
}

fn on_unseen(
    args: &EvaluateArgs,
    runtime: &OnnxRuntime,
    all: &[TrainingRating],
    users: usize,
    seconds: &mut Seconds,
) -> anyhow::Result<Holdout> {
    let most = args.events.iter().copied().max().unwrap_or_default();
    let mut rng = ChaCha8Rng::seed_from_u64(args.seed);
    let mut by_user: HashMap<UserId, Vec<TrainingRating>> = HashMap::new();
    for rating in all {
        by_user.entry(rating.user).or_default().push(*rating);
    }
    let mut candidates: Vec<UserId> =
        by_user.iter().filter(|(_, ratings)| ratings.len() > most).map(|(user, _)| *user).collect();
    candidates.sort_unstable();
    candidates.shuffle(&mut rng);
    candidates.truncate(users);
    ensure!(
        !candidates.is_empty() && candidates.len() < by_user.len(),
        "--holdout-users {users}: {} of {} users have more than {most} ratings; some must be left out and some remain",
        candidates.len(),
        by_user.len()
    );
    let held_out: HashSet<UserId> = candidates.iter().copied().collect();
    let rest: Vec<TrainingRating> = all.iter().filter(|rating| !held_out.contains(&rating.user)).copied().collect();
    let mut rankings = fit(args, runtime, &rest, seconds)?;
    let mut rows: Vec<Vec<TrainingRating>> = candidates.iter().map(|user| by_user[user].clone()).collect();
    for row in &mut rows {
        row.shuffle(&mut rng);
    }
    let mut events = BTreeMap::new();
    for &count in &args.events {
        let people: Vec<Person> = rows.iter().map(|row| args.person(row, count)).collect();
        events.insert(count, compare(args, &mut rankings, &people, seconds)?.0);
    }
    Ok(Holdout { users: candidates.len(), seed: args.seed, events })
}

fn fit(
    args: &EvaluateArgs,
    runtime: &OnnxRuntime,
    ratings: &[TrainingRating],
    seconds: &mut Seconds,
) -> anyhow::Result<Rankings> {
    let started = Instant::now();
    let rankings = Rankings::fit(ratings, runtime, args.seed)?;
    seconds.fit += started.elapsed().as_secs_f64();
    tracing::info!(hyperparameters = ?rankings.manifest.hyperparameters, metrics = ?rankings.manifest.metrics, "trained");
    Ok(rankings)
}

/// The measures, and the model's lists in the order of `people`.
fn compare(
    args: &EvaluateArgs,
    rankings: &mut Rankings,
    people: &[Person],
    seconds: &mut Seconds,
) -> anyhow::Result<(Comparison, Vec<Ranking>)> {
    let started = Instant::now();
    let by_model = rankings.by_model(people)?;
    seconds.score += started.elapsed().as_secs_f64();
    let by_popularity: Vec<Ranking> = people.iter().map(|person| rankings.by_popularity(person)).collect();
    let measure = |ranked: &[Ranking]| measure(people, ranked, &rankings.items, args.k.into());
    let comparison = Comparison { model: measure(&by_model), popularity: measure(&by_popularity) };
    Ok((comparison, by_model))
}

impl EvaluateArgs {
    fn is_relevant(&self, rating: &TrainingRating) -> bool {
        self.relevant_at.is_none_or(|stars| rating.stars.value() >= stars)
    }

    /// Somebody of whom the first `count` ratings of `row` are known.
    fn person(&self, row: &[TrainingRating], count: usize) -> Person {
        let (given, hidden) = row.split_at(count.min(row.len()));
        let relevant = hidden.iter().filter(|rating| self.is_relevant(rating)).map(|rating| rating.movie).collect();
        Person { given: given.to_vec(), relevant }
    }
}
