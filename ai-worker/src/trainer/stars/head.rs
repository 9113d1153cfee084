//! A model and how far off it may be: what is served.

use std::iter::repeat_n;

use super::{
    HIGHEST, HeldOut, LOWEST, Opinion, Reach, StarsModel, StarsOptions,
    reach::{KNOWN_FROM, RATERS_FROM, class},
};
use crate::trainer::{
    Interactions, TrainError,
    factors::{precise, single},
    onnx,
};

/// Predicts stars with an interval.
#[derive(Clone, Debug, PartialEq)]
pub struct StarsHead {
    pub model: StarsModel,
    pub reach: Reach,
}

/// The stars that somebody would give a film, and between which they are four times out of five.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Predicted {
    pub stars: f64,
    pub low: f64,
    pub high: f64,
}

impl StarsHead {
    /// Fits to everybody; how far off that may be is learnt by a fit to some, on others. `None` where those are too few.
    ///
    /// # Errors
    /// As [`StarsModel::fit`].
    pub fn fit(data: &Interactions, held_out: &HeldOut, options: StarsOptions) -> Result<Option<Self>, TrainError> {
        let before = StarsModel::fit(&held_out.rest, options)?;
        let Some(reach) = Reach::learn(&before, &held_out.measuring)? else { return Ok(None) };
        Ok(Some(Self { model: StarsModel::fit(data, options)?, reach }))
    }

    /// The graph that does the same for `films` films: those of the fit come first, the others are films that nobody rated. Inputs
    /// `event_items [l]`, `event_stars [l]` and `items [k]`; outputs `stars [k]`, `low [k]` and `high [k]`. The dummy film, which is no
    /// event, has the number of films as its index.
    pub fn graph(&self, films: usize) -> Vec<u8> {
        let Self { model, reach } = self;
        let width = model.options.width + 1;
        let unrated = films.saturating_sub(model.raters.len());
        let of_film = |raters: u32| single(reach.by_raters[class(&RATERS_FROM, raters)]);
        // Such a film has the mean of all and no factors: a person's bias is all that is added.
        let mut unrated_row = vec![0.0; width];
        unrated_row[0] = 1.0;
        let rows = model.films.rows.iter().copied().map(single);
        let means = model.films.biases.iter().map(|bias| single(model.mean + bias));
        onnx::stars_graph(&onnx::StarsTables {
            rows: rows.chain(unrated_row.repeat(unrated)).collect(),
            width,
            means: means.chain(repeat_n(single(model.mean), unrated)).collect(),
            by_raters: model.raters.iter().copied().chain(repeat_n(0, unrated)).map(of_film).collect(),
            known_from: KNOWN_FROM.iter().map(|least| single(precise(*least))).collect(),
            by_known: reach.by_known.iter().copied().map(single).collect(),
            bias_ridge: single(model.options.bias_ridge),
            ridge: single(model.options.ridge),
            lowest: single(LOWEST),
            highest: single(HIGHEST),
        })
    }

    /// For somebody and a film; `None` is one that nobody rated.
    pub fn predict(&self, opinion: &Opinion, film: Option<u32>) -> Predicted {
        let stars = self.model.stars(opinion, film);
        let reach = self.reach.of(opinion, film.map_or(0, |film| self.model.raters[film as usize]));
        Predicted { stars, low: (stars - reach).max(LOWEST), high: (stars + reach).min(HIGHEST) }
    }
}
