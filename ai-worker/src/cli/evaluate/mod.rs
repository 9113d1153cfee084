//! `matinee-ai evaluate`: how good stages are that are trained on one part of ratings, on another part.
//!
//! A [`protocol`] splits, [`stages`] are fitted to what is learnt from, each is asked ([`ask`]) about the same people, and what
//! it says is measured ([`measure`]) with intervals ([`bootstrap`](crate::bootstrap)).

mod ask;
mod audience;
mod diverse;
mod measure;
mod protocol;
mod ratings;
mod report;
mod stages;
mod stars;
mod texts;
mod unrated;

use std::{collections::HashSet, num::NonZeroUsize, path::PathBuf, time::Instant};

use anyhow::{Context, ensure};
use clap::{Args, builder::PossibleValuesParser};
use matinee_domain::{MovieId, UserId};
use matinee_services::ports::TrainingRating;

use self::{
    ask::{Lists, World},
    diverse::Genres,
    measure::{Answers, Scale},
    protocol::{Group, Protocol, Rules, Split},
    ratings::Names,
    report::{Learnt, Measured, Of, Outcome, Report, Seconds, Took},
    stages::Fitting,
    stars::StarAnswers,
};
use super::RuntimeArgs;
use crate::trainer::Bound;

#[derive(Debug, Args)]
#[command(
    after_help = "Files are tab-separated with the header `user item rating timestamp`, or as they come with MovieLens (ratings.csv, ML-1M's\n\
                        ratings.dat with `::`) and RecBole (.inter); names of users and items are opaque. Figures have 95 % intervals by\n\
                        the bootstrap over people. docs/ai.md has the formula of each. Stages that predict stars have a table of their own.\n\n\
                        Examples:\n  matinee-ai evaluate --train ratings.dat --protocol next --protocol time --json quality.json\n  \
                        matinee-ai evaluate --train ratings.csv --protocol unseen --events 1,3,5,10 --relevant-at 4 --stage ease\n  \
                        matinee-ai evaluate --train ratings.csv --protocol films --relevant-at 4 --texts texts.tsv --models models\n  \
                        matinee-ai evaluate --train train.tsv --test test.tsv --k 10\n  \
                        matinee-ai evaluate --train train.tsv --given known.tsv --test hidden.tsv --recs-out ranked.tsv"
)]
pub struct EvaluateArgs {
    /// Ratings to train on, and with --protocol to hide a part of.
    #[arg(long, value_name = "FILE")]
    train: PathBuf,
    /// What is hidden; may be repeated. Each protocol is a training of its own.
    #[arg(long, value_name = "NAME", conflicts_with = "test")]
    protocol: Vec<Protocol>,
    /// What is measured; may be repeated. All where none is named; of those that rank and of those that predict stars, the first is held against the others.
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(stages::names().into_iter().chain(stars::names())))]
    stage: Vec<String>,
    /// Ratings to be found: for every user in it, all films of --train that the user did not rate there are ranked.
    #[arg(long, value_name = "FILE", required_unless_present_any = ["holdout_users", "protocol"])]
    test: Option<PathBuf>,
    /// What is known of people in --test without being trained on, such as of those who are not in --train at all.
    #[arg(long, value_name = "FILE", requires = "test")]
    given: Option<PathBuf>,
    /// Where the first stage's ranked lists of everybody in --test go, 50 films deep: tab-separated, header `user item rank`.
    #[arg(long, value_name = "FILE", requires = "test")]
    recs_out: Option<PathBuf>,
    /// Cut of nDCG, hit rate, coverage, novelty and alikeness.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=200))]
    k: u16,
    /// Where the measures go, as JSON; - for standard output, in place of the table.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Only rows with at least these stars are to be found; without it, all.
    #[arg(long, value_name = "STARS")]
    relevant_at: Option<f64>,
    /// Leave ratings with fewer stars out altogether, before anything is hidden.
    #[arg(long, value_name = "STARS")]
    only_from: Option<f64>,
    /// The part of the ratings that the protocols random and time hide.
    #[arg(long, value_name = "PART", default_value_t = 0.2, value_parser = part)]
    test_part: f64,
    /// Leave this many users of --train (and --test) out of the fit, and recommend to them after a few of their events; without a
    /// number, the protocol unseen leaves out a fifth, 10,000 at most.
    #[arg(long, value_name = "N")]
    holdout_users: Option<usize>,
    /// Numbers of events that are told of each user left out, drawn at random.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 3, 5, 10])]
    events: Vec<usize>,
    /// Learn at most this many films, the most rated ones; without it, as many as this machine can, as in training.
    #[arg(long, value_name = "FILMS")]
    max_movies: Option<NonZeroUsize>,
    /// What films are about, for the protocol films: a line `item TAB text` each.
    #[arg(long, value_name = "FILE", requires = "models")]
    texts: Option<PathBuf>,
    /// A directory of models with the language model that embeds --texts.
    #[arg(long, env = "MATINEE_MODELS", value_name = "DIR")]
    models: Option<PathBuf>,
    /// Genres of films, by which the stages served-diverse tell them apart beside reasons: a line `item TAB genre|genre` each.
    #[arg(long, value_name = "FILE")]
    genres: Option<PathBuf>,
    /// Of every random choice.
    #[arg(long, default_value_t = 42)]
    seed: u64,
    #[command(flatten)]
    runtime: RuntimeArgs,
}

fn part(text: &str) -> Result<f64, String> {
    let part = text.parse().ok().filter(|part| (0.001..=0.999).contains(part));
    part.ok_or_else(|| "a part is a number from 0.001 to 0.999".to_owned())
}

pub fn run(args: &EvaluateArgs) -> anyhow::Result<()> {
    let mut names = Names::default();
    let train = args.read(&args.train, &mut names)?;
    let test = args.test.as_deref().map(|path| args.read(path, &mut names)).transpose()?;
    let given = args.given.as_deref().map(|path| args.read(path, &mut names)).transpose()?.unwrap_or_default();
    let mut rules = args.rules();
    let mut texts = None;
    if let (Some(file), Some(models)) = (&args.texts, &args.models) {
        let embedded = texts::embed(&names.read_texts(file)?, models, &args.runtime.ort_lib)?;
        rules.described = embedded.films().iter().copied().collect();
        texts = Some(embedded);
    }
    let genres = args.genres.as_deref().map(|path| names.read_texts(path)).transpose()?.unwrap_or_default();
    let genres = Genres::new(&genres);
    let mut report = Report { seed: args.seed, k: args.k.into(), protocols: Vec::new(), seconds: Seconds::default() };
    let of_people_left_out = args.protocol.is_empty() && args.holdout_users.is_some();
    let mut ratings = train;
    if let Some(test) = test {
        let learnt = if of_people_left_out { ratings.clone() } else { std::mem::take(&mut ratings) };
        let split = Split::of_files(learnt, given, &test, &rules);
        let mut lists = args.recs_out.is_some().then(Lists::new);
        let (outcome, items) = measured(args, "files", &split, &genres, lists.as_mut())?;
        report.add(outcome);
        if let (Some(path), Some(lists)) = (&args.recs_out, lists) {
            let films = |list: Vec<u32>| list.into_iter().map(|film| items[film as usize]).collect();
            names.write_ranked(path, lists.into_iter().map(|(user, list)| (user, films(list))))?;
        }
        if of_people_left_out {
            ratings.extend(test);
        }
    }
    drop(names);
    let unseen = of_people_left_out.then_some(&Protocol::Unseen);
    let mut protocols = args.protocol.iter().chain(unseen).peekable();
    while let Some(&protocol) = protocols.next() {
        let own = if protocols.peek().is_some() { ratings.clone() } else { std::mem::take(&mut ratings) };
        if protocol == Protocol::Films {
            let texts = texts.as_ref().context("the protocol films needs --texts and --models")?;
            let (split, hidden) = Split::films(own, &rules)?;
            report.add(unrated::measured(args, &split, hidden, texts)?);
        } else {
            let split = Split::new(protocol, own, &rules)?;
            report.add(measured(args, protocol.name(), &split, &genres, None)?.0);
        }
    }
    args.tell(&report)
}

/// Fits and asks one stage after the other; also the fit's films. Ranked lists are the first stage's.
fn measured(
    args: &EvaluateArgs,
    protocol: &'static str,
    split: &Split,
    genres: &Genres,
    mut lists: Option<&mut Lists>,
) -> anyhow::Result<(Outcome, Vec<MovieId>)> {
    let people: HashSet<UserId> = split.train.iter().map(|rating| rating.user).collect();
    let films: HashSet<MovieId> = split.train.iter().map(|rating| rating.movie).collect();
    let bound = Bound::new(args.max_movies(), people.len());
    let mut fitting = Fitting::new(&split.train, bound, args.seed, &args.runtime.ort_lib)?;
    fitting.genres = genres.of(&fitting.data.items);
    let items = fitting.data.items.clone();
    let world = World {
        index: items.iter().copied().zip(0..).collect(),
        train: &split.train,
        scale: Scale::new(args.k.into(), &fitting.raters(), people.len(), fitting.audience()),
    };
    let mut took = Vec::new();
    let mut answers: Vec<(&'static str, Vec<Answers>)> = Vec::new();
    for (stage, fit) in stages::chosen(&args.stage) {
        let started = Instant::now();
        let mut fitted = fit(&fitting).with_context(|| format!("fitting {stage}"))?;
        let fit = started.elapsed().as_secs_f64();
        let ask = |group: &Group| world.ask(fitted.as_mut(), &group.people, lists.as_deref_mut());
        let of_groups: Vec<Answers> = split.groups.iter().map(ask).collect::<anyhow::Result<_>>()?;
        lists = None;
        took.push(Took { stage, seconds: Seconds { fit, score: started.elapsed().as_secs_f64() - fit } });
        answers.push((stage, of_groups));
    }
    let mut star_answers: Vec<(&'static str, Vec<StarAnswers>)> = Vec::new();
    for (stage, fit) in stars::chosen(&args.stage).filter(|_| args.only_from.is_none()) {
        let started = Instant::now();
        let Some(head) = fit(&fitting).with_context(|| format!("fitting {stage}"))? else {
            tracing::warn!(stage, "too few people to hold out: no stars are predicted");
            continue;
        };
        let fit = started.elapsed().as_secs_f64();
        let ask = |group: &Group| stars::ask(&world, &head, &group.people);
        star_answers.push((stage, split.groups.iter().map(ask).collect::<anyhow::Result<_>>()?));
        took.push(Took { stage, seconds: Seconds { fit, score: started.elapsed().as_secs_f64() - fit } });
    }
    let group = |(at, group): (usize, &Group)| {
        let stars = stars::in_figures(&star_answers, at, args.seed);
        Measured { stars, ..in_figures(args, &world.scale, &group.name, at, &answers) }
    };
    let train = Learnt {
        ratings: split.train.len(),
        people: people.len(),
        films: items.len(),
        films_left_out: films.len() - items.len(),
        bound_by: bound.by,
    };
    let groups = split.groups.iter().enumerate().map(group).collect();
    Ok((Outcome { protocol, train, groups, stages: took }, items))
}

/// The figures of the group number `at`.
fn in_figures(
    args: &EvaluateArgs,
    scale: &Scale,
    name: &str,
    at: usize,
    answers: &[(&'static str, Vec<Answers>)],
) -> Measured {
    let mut of_stages = answers.iter().map(|(stage, of_groups)| (*stage, &of_groups[at]));
    let stages =
        of_stages.clone().map(|(stage, answers)| Of { stage, figures: answers.figures(scale, args.seed) }).collect();
    let (people, differences) = of_stages.next().map_or((0, Vec::new()), |(_, first)| {
        let less = of_stages.map(|(stage, other)| Of { stage, figures: first.less(other, scale, args.seed) });
        (first.people(), less.collect())
    });
    Measured { group: name.to_owned(), people, stages, differences, stars: None }
}

impl EvaluateArgs {
    fn read(&self, path: &std::path::Path, names: &mut Names) -> anyhow::Result<Vec<TrainingRating>> {
        let mut ratings = names.read(path)?;
        if let Some(stars) = self.only_from {
            ratings.retain(|rating| rating.stars.value() >= stars);
            ensure!(!ratings.is_empty(), "{}: no rating has {stars} stars or more", path.display());
        }
        Ok(ratings)
    }

    fn max_movies(&self) -> Option<usize> {
        self.max_movies.map(NonZeroUsize::get)
    }

    fn rules(&self) -> Rules {
        Rules {
            relevant_at: self.relevant_at,
            test_part: self.test_part,
            holdout_users: self.holdout_users,
            events: self.events.clone(),
            described: HashSet::new(),
            seed: self.seed,
        }
    }

    fn tell(&self, report: &Report) -> anyhow::Result<()> {
        let json = || serde_json::to_string_pretty(report);
        match self.json.as_deref() {
            Some(path) if path.as_os_str() == "-" => println!("{}", json()?),
            Some(path) => {
                report.print();
                std::fs::write(path, json()? + "\n").with_context(|| format!("writing {}", path.display()))?;
            }
            None => report.print(),
        }
        Ok(())
    }
}

impl Protocol {
    fn name(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Unseen => "unseen",
            Self::Next => "next",
            Self::Time => "time",
            Self::Films => "films",
        }
    }
}

impl Report {
    fn add(&mut self, outcome: Outcome) {
        for Took { seconds, .. } in &outcome.stages {
            self.seconds.fit += seconds.fit;
            self.seconds.score += seconds.score;
        }
        self.protocols.push(outcome);
    }
}
