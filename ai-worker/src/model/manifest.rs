//! The manifest: what a model is, what it was made from, and the seals of its files.

use std::collections::BTreeMap;

use matinee_domain::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::NextRanking;

/// The format of manifest and graph that this program reads and writes.
pub const FORMAT: u32 = 1;
/// So many of somebody's ratings, the latest, tell what they would give films: more say hardly more, and an answer's time is bounded.
pub const MAX_KNOWN_RATINGS: usize = 256;

/// A file of the model and its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedFile {
    /// Name inside the version's directory.
    pub file: String,
    /// Lower-case hex.
    pub sha256: String,
    /// Of models that were made before it was kept, it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

impl SealedFile {
    /// The seal of a file with this content.
    pub fn of(file: &str, content: &[u8]) -> Self {
        Self { file: file.to_owned(), sha256: sha256_hex(content), bytes: Some(content.len() as u64) }
    }
}

/// An encoder of events, and the films that its taste is held against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retrieval {
    /// Makes a taste of events.
    pub encoder: SealedFile,
    /// A row of `width` 32-bit floats a film, then one float a film: the logarithm of its popularity.
    pub films: SealedFile,
    pub width: usize,
}

/// What the model learnt from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataWindow {
    pub ratings: u64,
    pub users: u64,
    pub movies: u64,
    /// The oldest and the latest rating.
    pub first: Option<Timestamp>,
    pub last: Option<Timestamp>,
}

/// How many films the training took in at most, and what that left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilmBound {
    pub max_movies: u64,
    pub by: BoundBy,
    /// Films that somebody rated and the model does not know: the least rated ones.
    pub movies_left_out: u64,
    /// Ratings of those.
    pub ratings_left_out: u64,
}

/// What set the bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoundBy {
    /// Whoever trained asked for it.
    Asked,
    /// The memory that was available.
    Memory,
    /// The time that a training may take.
    Time,
}

/// What became of films that nobody had rated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placing {
    Placed(Placed),
    LeftOut { reason: String },
}

/// Films placed by the content tower, and how good it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Placed {
    /// The last so many of the item map.
    pub movies: u64,
    /// Films with ratings and a text.
    pub learnt_from: u64,
    pub ridge: f64,
    /// What predicted rows, less the mean row, are multiplied with.
    pub scale: f64,
    /// The part of the variance of scores about that of the mean row that is explained for films left out of the map.
    pub explained: f64,
    /// The length of placed rows in the graph of films alike, beside 1 of all others.
    pub likeness: f32,
    /// nDCG@10 among films hidden from a fit: of the tower, of nearness to what people liked, and of chance.
    pub ndcg: f64,
    pub ndcg_content: f64,
    pub ndcg_random: f64,
}

/// How the model was fitted, chosen on held-out people of the training data.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hyperparameters {
    /// Ridge penalty λ of EASE^R.
    pub lambda: f64,
    /// Additional penalty in proportion to a film's own energy, d/(1−d)·diag G: the dropout of EDLAE (Steck 2020).
    pub dropout: f64,
    /// People's rows are divided by (number of ratings)^(power/2) in the fit, so that the busiest don't drown the rest.
    pub user_power: f64,
    /// Rank of the factorisation.
    pub rank: usize,
    pub prior: Prior,
}

/// How the popularity prior fades as events come in: its weight is `scale / (1 + evidence / fade)`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prior {
    /// Weight of log-popularity with no events.
    pub scale: f64,
    /// Evidence at which the prior counts half.
    pub fade: f64,
}

impl Prior {
    /// The weight of log-popularity beside events of these weights; evidence is the sum of their absolute values.
    pub fn weight(&self, event_weights: impl Iterator<Item = f32>) -> f32 {
        let evidence: f64 = event_weights.map(|weight| f64::from(weight.abs())).sum();
        #[expect(clippy::cast_possible_truncation, reason = "a small factor; the graph computes in f32")]
        let weight = (self.scale / (1.0 + evidence / self.fade)) as f32;
        weight
    }
}

/// What a model is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// Name of the version, and of its directory.
    pub version: String,
    pub created_at: Timestamp,
    /// ONNX operator set of the graphs.
    pub opset: u32,
    /// Ranks films for events.
    pub recommend: SealedFile,
    /// Ranks films by likeness to one.
    pub similar: SealedFile,
    /// One film id a line; the line number (from 0) is the index in the graphs.
    pub items: SealedFile,
    /// For many films: how they are ranked without `recommend`, by an encoder and a scan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retrieval: Option<Retrieval>,
    /// Predicts stars; models that were made before it was, or of few people, have none and predict nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stars: Option<SealedFile>,
    /// Ranks films by what somebody will rate next; models of people whose order tells nothing have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<NextRanking>,
    /// Films in the item map.
    pub movies: u32,
    pub hyperparameters: Hyperparameters,
    pub data: DataWindow,
    /// Of models that were made before it was kept, nothing is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<FilmBound>,
    /// Films that nobody had rated: placed by what they are about, or why they are not. Nothing where there was no language model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placing: Option<Placing>,
    /// One person in so many was left out of it, chosen by their id, so that models can be judged by them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_out_one_in: Option<u32>,
    /// By name, on held-out people: `ndcg@10/1` after one event, `ndcg@10/all` after four fifths of their events, and
    /// `popularity/…` for popularity alone; `stars/rmse` of predicted stars, and `stars/biases/rmse` without factors;
    /// `next/ndcg@10` of the film that was rated next, and `next/ease/ndcg@10` by taste alone.
    pub metrics: BTreeMap<String, f64>,
}

impl Manifest {
    /// All files of the model but the manifest itself.
    pub fn files(&self) -> Vec<&SealedFile> {
        let retrieval = self.retrieval.iter().flat_map(|retrieval| [&retrieval.encoder, &retrieval.films]);
        let next = self.next.iter().map(|next| &next.graph);
        [&self.recommend, &self.similar, &self.items]
            .into_iter()
            .chain(retrieval)
            .chain(&self.stars)
            .chain(next)
            .collect()
    }

    /// Whether both are of one model: of files with the same names and content.
    pub fn is_of_the_files_of(&self, other: &Self) -> bool {
        let seals = |manifest: &Self| -> Vec<(String, String)> {
            manifest.files().into_iter().map(|sealed| (sealed.file.clone(), sealed.sha256.clone())).collect()
        };
        self.version == other.version && seals(self) == seals(other)
    }
}

/// For people to read.
impl std::fmt::Display for FilmBound {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let by = match self.by {
            BoundBy::Asked => "as asked for",
            BoundBy::Memory => "by the memory that is available",
            BoundBy::Time => "by the time that training may take",
        };
        if self.movies_left_out == 0 {
            return write!(out, "All rated films are in it; {} would be, {by}.", self.max_movies);
        }
        write!(
            out,
            "Left out: {} films with {} ratings, the least rated beyond {}, {by}. They are recommended to nobody; \
             --max-movies sets another bound.",
            self.movies_left_out, self.ratings_left_out, self.max_movies
        )
    }
}

/// For people to read.
impl std::fmt::Display for Placing {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Placed(placed) => write!(
                out,
                "Placed by what they are about: {} films that nobody had rated. Films hidden from it are ranked with nDCG@10 {:.3}, by texts alone {:.3}, by chance {:.3}; it explains {:.3} of who likes them.",
                placed.movies, placed.ndcg, placed.ndcg_content, placed.ndcg_random, placed.explained
            ),
            Self::LeftOut { reason } => write!(out, "No film is placed by what it is about: {reason}."),
        }
    }
}

/// The hash of `bytes`, in lower-case hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// In lower case.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(64), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a String does not fail");
        hex
    })
}
