//! The protocol `films`: a fifth of the films that have a text as if nobody had rated them, and how well those are ranked, among
//! themselves, for people who rated them.
//!
//! Nothing else can rank them, so the stages are its own: the content tower, nearness to what somebody liked, and chance.

use std::{
    collections::{BTreeMap, HashSet},
    time::Instant,
};

use matinee_domain::{MovieId, UserId};
use rand::{SeedableRng, rngs::ChaCha8Rng, seq::SliceRandom};
use rayon::prelude::*;

use super::{
    EvaluateArgs, Fitting, Group,
    ask::World,
    audience::Audience,
    in_figures,
    measure::{Answers, Scale},
    protocol::{Protocol, Split},
    report::{Learnt, Outcome, Seconds, Took},
    stages::{Asked, Stage, best},
};
use crate::{
    bootstrap::intervals_of_means,
    trainer::{
        Bound, Factors, FitOptions, FoldIn, WithPrior,
        tower::{Content, FilmTexts, Tower},
    },
};

/// Films of a list in which placed ones are counted.
const LONG: usize = 10;

/// Scores hidden films, whose indices come after those of the fit's films.
struct Hidden<F> {
    first: u32,
    scores: F,
}

impl<F: Fn(&Asked) -> Vec<f32> + Sync> Stage for Hidden<F> {
    fn rank(&mut self, asked: &[Asked], depth: usize) -> anyhow::Result<Vec<Vec<u32>>> {
        let rank = |asked: &Asked| {
            let places = best(&(self.scores)(asked), &[], depth);
            places.into_iter().map(|place| self.first + place).collect()
        };
        Ok(asked.par_iter().map(rank).collect())
    }
}

/// # Errors
/// When a fit fails, or there is nothing to learn from.
pub fn measured(
    args: &EvaluateArgs,
    split: &Split,
    mut hidden: Vec<MovieId>,
    texts: &FilmTexts,
) -> anyhow::Result<Outcome> {
    let people: HashSet<UserId> = split.train.iter().map(|rating| rating.user).collect();
    let films: HashSet<MovieId> = split.train.iter().map(|rating| rating.movie).collect();
    let bound = Bound::new(args.max_movies(), people.len());
    let fitting = Fitting::new(&split.train, bound, args.seed, &args.runtime.ort_lib)?;
    // In an order that tells nothing, for ties fall to the first.
    hidden.sort_unstable();
    hidden.shuffle(&mut ChaCha8Rng::seed_from_u64(args.seed));
    let items = &fitting.data.items;
    let mut raters = fitting.raters();
    raters.extend(hidden.iter().map(|_| 0));
    let world = World {
        index: items.iter().chain(&hidden).copied().zip(0..).collect(),
        train: &split.train,
        scale: Scale::new(args.k.into(), &raters, people.len(), Audience::default()),
    };
    let mut took = Vec::new();
    let mut answers: Vec<(&'static str, Vec<Answers>)> = Vec::new();
    let embeddings: Vec<Vec<f32>> = hidden.iter().filter_map(|film| texts.lookup(*film)).collect();
    let first = u32::try_from(items.len())?;
    let mut ask = |stage: &'static str, fit: f64, ranking: &mut dyn Stage| -> anyhow::Result<()> {
        let started = Instant::now();
        let of = |group: &Group| world.ask(ranking, &group.people, None);
        answers.push((stage, split.groups.iter().map(of).collect::<anyhow::Result<_>>()?));
        took.push(Took { stage, seconds: Seconds { fit, score: started.elapsed().as_secs_f64() } });
        Ok(())
    };

    let started = Instant::now();
    let chosen = fitting.hyperparameters()?;
    let options = FitOptions::of(chosen, args.seed);
    let mut factors = Factors::fit(&fitting.data, options)?;
    let mut placed_in_lists = None;
    match Tower::learn(&fitting.data, &factors, texts, options)? {
        Ok(tower) => {
            tracing::info!(figures = ?tower.figures, "placed");
            tower.extend(&mut factors, &embeddings);
            let fit = started.elapsed().as_secs_f64();
            let scores = |asked: &Asked| factors.event_scores(&asked.events)[items.len()..].to_vec();
            ask("tower", fit, &mut Hidden { first, scores })?;
            let log_popularity = factors.log_popularity.clone();
            let served = WithPrior { stage: factors, prior: chosen.prior, log_popularity };
            placed_in_lists = Some(placed_in_lists_of(&served, &world, &split.groups, first)?);
        }
        Err(reason) => tracing::warn!(%reason, "no film is placed"),
    }
    let content = Content::new(&fitting.data, texts);
    ask("content", 0.0, &mut Hidden { first, scores: |asked: &Asked| content.scores(&asked.events, &embeddings) })?;
    let chance = |asked: &Asked| {
        let seed =
            asked.events.iter().fold(args.seed, |seed, event| seed.wrapping_mul(31).wrapping_add(event.0.into()));
        let mut places: Vec<u16> = (0..u16::MAX).take(hidden.len()).collect();
        places.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        places.into_iter().map(f32::from).collect()
    };
    ask("random", 0.0, &mut Hidden { first, scores: chance })?;

    let groups = split.groups.iter().enumerate();
    let mut groups: Vec<_> =
        groups.map(|(at, group)| in_figures(args, &world.scale, &group.name, at, &answers)).collect();
    if let (Some(rows), Some(measured)) = (placed_in_lists, groups.first_mut()) {
        let [figure] = intervals_of_means(&rows, args.seed);
        measured.stages[0].figures.extend(BTreeMap::from([(format!("placed@{LONG}"), figure)]));
    }
    let train = Learnt {
        ratings: split.train.len(),
        people: people.len(),
        films: items.len(),
        films_left_out: films.len() - items.len(),
        bound_by: bound.by,
    };
    Ok(Outcome { protocol: Protocol::Films.name(), train, groups, stages: took })
}

/// Of each person's first films among all, as they would be served, the part that is placed.
fn placed_in_lists_of(
    stage: &WithPrior<Factors>,
    world: &World<'_>,
    groups: &[Group],
    first: u32,
) -> anyhow::Result<Vec<[f64; 1]>> {
    let people = groups.iter().flat_map(|group| &group.people).filter(|person| !person.relevant.is_empty());
    let part = |person| {
        let asked = world.asked(person);
        let list = best(&stage.scores(&asked.events)?, &asked.seen, LONG);
        let placed = list.iter().filter(|film| **film >= first).count();
        Ok([f64::from(u32::try_from(placed)?) / f64::from(u32::try_from(list.len().max(1))?)])
    };
    people.map(part).collect()
}
