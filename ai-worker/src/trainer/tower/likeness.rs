//! How like others a placed film may be.
//!
//! Placed rows are smooth: they lie near the mean, so near each other and near many a film. As unit vectors they would fill the lists of
//! films alike. Their rows are shorter, and so are their cosines: by so much that films left out of the map, a fifth of all, come into the
//! lists of known films as often as their own rows would, times the part of the variance that the map explains.

use super::{Learning, PlacedRows, dot};
use crate::trainer::{
    Embeddings, Factors,
    factors::{precise, unit_rows},
};

/// Known films whose lists are looked at, and films of a list.
const LISTS: usize = 500;
const LONG: usize = 10;

/// The length of placed rows among unit vectors: 0–1. `out` of the sample's films are placed by `rows`, in the same order.
pub fn length(learning: &Learning, factors: &Factors, out: &[usize], rows: &PlacedRows, explained: f64) -> f32 {
    let unit = Embeddings::of(factors).unit_rows;
    let placed = unit_rows(factors.rank, &rows.events).unit_rows;
    let row = |film: usize| &unit[film * factors.rank..][..factors.rank];
    let out: Vec<usize> = out.iter().map(|film| learning.films[*film]).collect();
    let mut is_known = vec![true; factors.movies()];
    for &film in &out {
        is_known[film] = false;
    }
    let known: Vec<usize> = (0..factors.movies()).filter(|film| is_known[*film]).collect();
    let mut own = 0_usize;
    // For each pair, the length at which the film comes into the list.
    let mut lengths: Vec<f32> = Vec::new();
    for &film in known.iter().take(LISTS) {
        let mut cosines: Vec<f32> =
            known.iter().filter(|other| **other != film).map(|other| dot(row(*other), row(film))).collect();
        if cosines.len() < LONG {
            continue;
        }
        let (_, last, _) = cosines.select_nth_unstable_by(LONG - 1, |one, other| other.total_cmp(one));
        let last = last.max(f32::EPSILON);
        own += out.iter().filter(|other| dot(row(**other), row(film)) > last).count();
        let of_placed = placed.chunks(factors.rank).map(|placed| dot(placed, row(film)));
        lengths.extend(of_placed.filter(|cosine| *cosine > 0.0).map(|cosine| last / cosine));
    }
    lengths.sort_unstable_by(f32::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a number of pairs")]
    let wanted = (precise(own) * explained.clamp(0.0, 1.0)) as usize;
    lengths.get(wanted).copied().unwrap_or(1.0).min(1.0)
}
