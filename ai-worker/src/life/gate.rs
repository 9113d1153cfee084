//! The gate: a candidate against the live model, on the same people, in the same run.
//!
//! It passes when it is better or equal as far as the held-out people can tell (the 95 % interval of the paired
//! difference of nDCG@10 reaches zero, and its mean is not below [`Gate::margin`]), answers every golden query, is not much
//! slower and not much larger. The same holds of what comes next and of predicted stars, where both models tell them.

use std::{collections::HashSet, time::Instant};

use matinee_domain::{MovieId, Stars};
use serde::{Deserialize, Serialize};

use super::{Golden, HeldOut, Interval, Measures, held_out::CUT};
use crate::{
    trainer::metrics::ndcg,
    worker::{EngineError, Solo},
};

/// People of whom questions are asked in one run of a graph.
const BATCH: usize = 32;
/// Requests that are timed one at a time.
const TIMED: usize = 200;
/// With fewer people the difference of two models says nothing.
const MIN_PEOPLE: usize = 20;

/// What a candidate must reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gate {
    /// nDCG@10 that the mean may be lower than the live one's, where the interval says that it may be chance.
    pub margin: f64,
    /// The square of stars that the mean error of a prediction may be larger by.
    pub stars_margin: f64,
    /// How many times the live model's 95th percentile of latency.
    pub latency_ratio: f64,
    /// How many times the live model's size.
    pub size_ratio: f64,
    /// The most that a model may take with no other to compare it with, in milliseconds.
    pub max_latency_ms: f64,
    pub seed: u64,
}

impl Default for Gate {
    fn default() -> Self {
        Self { margin: 0.005, stars_margin: 0.02, latency_ratio: 2.0, size_ratio: 2.0, max_latency_ms: 250.0, seed: 42 }
    }
}

/// One condition, with its numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    pub name: String,
    pub passed: bool,
    pub numbers: String,
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Held-out people who were asked about.
    pub people: usize,
    pub candidate: Measures,
    pub live: Option<Measures>,
    /// Candidate less live, of nDCG@10, person by person.
    pub difference: Option<Interval>,
    pub checks: Vec<Check>,
}

impl Verdict {
    pub fn passed(&self) -> bool {
        self.checks.iter().all(|check| check.passed)
    }
}

/// A model on trial.
pub struct OnTrial<'m> {
    pub model: &'m Solo,
    pub size_bytes: u64,
}

/// One model's answers.
struct Answers {
    ndcg: Vec<f64>,
    films: HashSet<MovieId>,
    latency_ms: Vec<f64>,
}

impl Gate {
    /// Asks both the same.
    ///
    /// # Errors
    /// When a model can't be run.
    pub fn judge(
        &self,
        candidate: &OnTrial<'_>,
        live: Option<&OnTrial<'_>>,
        people: &[HeldOut],
        golden: &[Golden],
    ) -> Result<Verdict, EngineError> {
        let mut of_candidate = ask(candidate.model, people)?;
        let mut of_live = live.map(|live| ask(live.model, people)).transpose()?;
        time(candidate.model, live.map(|live| live.model), people, &mut of_candidate, of_live.as_mut())?;
        let difference = of_live.as_ref().map(|of_live| {
            let pairs = of_candidate.ndcg.iter().zip(&of_live.ndcg);
            Interval::of(&pairs.map(|(new, old)| new - old).collect::<Vec<_>>(), self.seed)
        });
        let candidate_measures = self.measures(candidate, of_candidate);
        let live_measures = live.zip(of_live).map(|(live, answers)| self.measures(live, answers));
        let mut checks = vec![
            self.held_out(people.len(), &candidate_measures, live_measures.as_ref(), difference),
            self.latency(&candidate_measures, live_measures.as_ref()),
            self.size(&candidate_measures, live_measures.as_ref()),
        ];
        if let Some(live) = live {
            checks.extend(self.next(candidate.model, live.model, people));
            checks.extend(self.stars(candidate.model, live.model, people));
        }
        for query in golden {
            checks.push(ask_golden(candidate.model, query)?);
        }
        Ok(Verdict { people: people.len(), candidate: candidate_measures, live: live_measures, difference, checks })
    }

    fn measures(&self, on_trial: &OnTrial<'_>, mut answers: Answers) -> Measures {
        answers.latency_ms.sort_by(f64::total_cmp);
        let at = |percent: usize| {
            let last = answers.latency_ms.len().saturating_sub(1);
            answers.latency_ms.get((answers.latency_ms.len() * percent / 100).min(last)).copied().unwrap_or_default()
        };
        Measures {
            name: on_trial.model.manifest().version.clone(),
            ndcg_at_10: Interval::of(&answers.ndcg, self.seed),
            films_recommended: answers.films.len(),
            latency_p50_ms: at(50),
            latency_p95_ms: at(95),
            size_bytes: on_trial.size_bytes,
        }
    }

    fn held_out(
        &self,
        people: usize,
        candidate: &Measures,
        live: Option<&Measures>,
        difference: Option<Interval>,
    ) -> Check {
        let ours = candidate.ndcg_at_10.mean;
        let (passed, numbers) = match (difference, live) {
            _ if people < MIN_PEOPLE => (true, format!("{people} held-out people are too few to tell")),
            (Some(difference), Some(live)) => {
                let Interval { mean, low, high } = difference;
                let numbers = format!(
                    "nDCG@10 {ours:.4} against {:.4}: {mean:+.4} (95 %: {low:+.4} to {high:+.4}) on {people} people; at \
                     least {:+.4}, and the interval must reach 0",
                    live.ndcg_at_10.mean, -self.margin
                );
                (mean >= -self.margin && high >= 0.0, numbers)
            }
            _ => (ours > 0.0, format!("nDCG@10 {ours:.4} on {people} people; more than 0, for nothing is live")),
        };
        Check { name: "held-out people".to_owned(), passed, numbers }
    }

    /// nDCG@10 of the film that was rated last. None where one of the two doesn't tell what comes next, which it does where that is better than
    /// chance, or where there are too few people.
    fn next(&self, candidate: &Solo, live: &Solo, people: &[HeldOut]) -> Option<Check> {
        let asked: Vec<_> = people.iter().filter_map(|person| person.next.as_ref()).collect();
        if asked.len() < MIN_PEOPLE || !candidate.tells_next() || !live.tells_next() {
            return None;
        }
        let gains = |model: &Solo| -> Vec<f64> {
            let batches = asked.chunks(BATCH).flat_map(|asked| {
                let found = model.rank_next(&asked.iter().map(|(request, _)| request).collect::<Vec<_>>());
                let hits = found.into_iter().zip(asked).map(|(found, (_, last))| {
                    let hits: Vec<bool> = found.iter().map(|film| film.movie == *last).collect();
                    ndcg(&hits, 1, CUT as usize)
                });
                hits.collect::<Vec<_>>()
            });
            batches.collect()
        };
        let (ours, theirs) = (gains(candidate), gains(live));
        let differences: Vec<f64> = ours.iter().zip(&theirs).map(|(new, old)| new - old).collect();
        let Interval { mean, low, high } = Interval::of(&differences, self.seed);
        let numbers = format!(
            "nDCG@10 {:.4} against {:.4}: {mean:+.4} (95 %: {low:+.4} to {high:+.4}) on {} people; at least {:+.4}, and the \
             interval must reach 0",
            mean_of(&ours),
            mean_of(&theirs),
            asked.len(),
            -self.margin
        );
        let passed = mean >= -self.margin && high >= 0.0;
        Some(Check { name: "what comes next".to_owned(), passed, numbers })
    }

    /// Squared errors of what people gave to films that were not told of, which both models know. None where one of the two predicts none, or
    /// where there are too few people.
    fn stars(&self, candidate: &Solo, live: &Solo, people: &[HeldOut]) -> Option<Check> {
        let errors: Vec<(f64, f64)> = people
            .iter()
            .filter_map(|person| {
                let films: Vec<MovieId> = person.given.iter().map(|(movie, _)| *movie).collect();
                let predicted = candidate.predict(&person.request, &films).into_iter();
                let both = predicted.zip(live.predict(&person.request, &films)).zip(&person.given);
                let square = |stars: f32, given: Stars| (f64::from(stars) - given.value()).powi(2);
                let squares: Vec<(f64, f64)> = both
                    .filter_map(|((new, old), (_, given))| Some((square(new?, *given), square(old?, *given))))
                    .collect();
                let (new, old): (Vec<f64>, Vec<f64>) = squares.into_iter().unzip();
                (!new.is_empty()).then(|| (mean_of(&new), mean_of(&old)))
            })
            .collect();
        if errors.len() < MIN_PEOPLE {
            return None;
        }
        let (ours, theirs): (Vec<f64>, Vec<f64>) = errors.iter().copied().unzip();
        let differences: Vec<f64> = errors.iter().map(|(new, old)| new - old).collect();
        let Interval { mean, low, high } = Interval::of(&differences, self.seed);
        let numbers = format!(
            "errors of {:.3} stars against {:.3}; squared {mean:+.4} (95 %: {low:+.4} to {high:+.4}) on {} people; at most {:+.4}, \
             and the interval must reach 0",
            mean_of(&ours).sqrt(),
            mean_of(&theirs).sqrt(),
            errors.len(),
            self.stars_margin
        );
        let passed = mean <= self.stars_margin && low <= 0.0;
        Some(Check { name: "predicted stars".to_owned(), passed, numbers })
    }

    fn latency(&self, candidate: &Measures, live: Option<&Measures>) -> Check {
        let ours = candidate.latency_p95_ms;
        // A millisecond more is never a reason: that is the machine's noise.
        let most = live.map_or(self.max_latency_ms, |live| live.latency_p95_ms * self.latency_ratio + 1.0);
        let numbers = format!("p95 {ours:.2} ms, {most:.2} ms at most");
        Check { name: "latency".to_owned(), passed: ours <= most, numbers }
    }

    fn size(&self, candidate: &Measures, live: Option<&Measures>) -> Check {
        #[expect(clippy::cast_precision_loss, reason = "sizes of files")]
        let megabytes = |measures: &Measures| measures.size_bytes as f64 / 1e6;
        let ours = megabytes(candidate);
        let most = live.map_or(f64::INFINITY, |live| megabytes(live) * self.size_ratio + 10.0);
        let numbers = format!("{ours:.1} MB, {most:.1} MB at most");
        Check { name: "size".to_owned(), passed: ours <= most, numbers }
    }
}

fn mean_of(values: &[f64]) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a number of people or films")]
    let count = values.len().max(1) as f64;
    values.iter().sum::<f64>() / count
}

fn ask(model: &Solo, people: &[HeldOut]) -> Result<Answers, EngineError> {
    let mut answers = Answers { ndcg: Vec::new(), films: HashSet::new(), latency_ms: Vec::new() };
    for people in people.chunks(BATCH) {
        let requests: Vec<_> = people.iter().map(|person| person.request.clone()).collect();
        for (person, found) in people.iter().zip(model.recommend(&requests)?) {
            let hits: Vec<bool> = found.iter().map(|film| person.relevant.contains(&film.movie)).collect();
            answers.ndcg.push(ndcg(&hits, person.relevant.len(), CUT as usize));
            answers.films.extend(found.iter().map(|film| film.movie));
        }
    }
    Ok(answers)
}

/// One request at a time, in turns, so that both have the same machine.
fn time(
    candidate: &Solo,
    live: Option<&Solo>,
    people: &[HeldOut],
    of_candidate: &mut Answers,
    mut of_live: Option<&mut Answers>,
) -> Result<(), EngineError> {
    let timed = |model: &Solo, person: &HeldOut| -> Result<f64, EngineError> {
        let started = Instant::now();
        model.recommend(std::slice::from_ref(&person.request))?;
        Ok(started.elapsed().as_secs_f64() * 1e3)
    };
    for person in people.iter().take(TIMED) {
        of_candidate.latency_ms.push(timed(candidate, person)?);
        if let (Some(live), Some(of_live)) = (live, of_live.as_deref_mut()) {
            of_live.latency_ms.push(timed(live, person)?);
        }
    }
    Ok(())
}

fn ask_golden(model: &Solo, query: &Golden) -> Result<Check, EngineError> {
    let name = format!("golden: {}", query.name);
    let unknown: Vec<_> = query.liked.iter().filter(|movie| !model.knows(**movie)).collect();
    if let Some(movie) = unknown.first() {
        return Ok(Check { name, passed: false, numbers: format!("the model does not know film {movie}") });
    }
    let found = model.recommend(&[query.request(matinee_domain::Timestamp::UNIX_EPOCH)])?.concat();
    let place = found.iter().position(|film| query.expect_one_of.contains(&film.movie));
    let numbers = match place {
        Some(place) => format!("the first expected film is number {}", place + 1),
        None => format!("none of the {} expected films among the first {}", query.expect_one_of.len(), query.within),
    };
    Ok(Check { name, passed: place.is_some(), numbers })
}
