//! Which there are: each is a fit, whose outcome is a head with an interval.

use super::super::stages::Fitting;
use crate::trainer::{
    Tried,
    stars::{HeldOut, StarsHead, StarsOptions, choose},
};

/// Every stage and how it is fitted; measured in this order. Settings are chosen on people of the training part alone.
const STAGES: [(&str, Fit); 3] = [
    ("stars", |fitting| {
        head(fitting, |held_out| {
            let chosen = choose(held_out, StarsOptions::new(fitting.seed), &Tried::default(), &|_| {})?;
            tracing::info!(options = ?chosen.options, metrics = ?chosen.metrics, fits = chosen.fits, "chosen for stars");
            Ok(chosen.options)
        })
    }),
    ("stars-biases", |fitting| head(fitting, |_| Ok(StarsOptions::biases_alone(fitting.seed)))),
    ("stars-mean", |fitting| head(fitting, |_| Ok(StarsOptions::mean_alone(fitting.seed)))),
];

type Fit = fn(&Fitting<'_>) -> anyhow::Result<Option<StarsHead>>;

/// The names of all stages.
pub fn names() -> [&'static str; STAGES.len()] {
    STAGES.map(|(name, _)| name)
}

/// Those of `wanted`, or all where none is named.
pub fn chosen(wanted: &[String]) -> impl Iterator<Item = (&'static str, Fit)> {
    STAGES.into_iter().filter(move |(name, _)| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name))
}

fn head(
    fitting: &Fitting<'_>,
    options: impl Fn(&HeldOut) -> anyhow::Result<StarsOptions>,
) -> anyhow::Result<Option<StarsHead>> {
    let Some(held_out) = HeldOut::split(&fitting.data, fitting.seed) else { return Ok(None) };
    Ok(StarsHead::fit(&fitting.data, &held_out, options(&held_out)?)?)
}
