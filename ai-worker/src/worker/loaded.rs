//! A model in memory: its item map both ways and one set of sessions for each inference thread.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use matinee_domain::MovieId;

use super::{EngineError, OnnxRuntime, Ranker};
use crate::model::{LoadedModel, Manifest};

pub struct Loaded {
    pub manifest: Manifest,
    pub items: Vec<MovieId>,
    pub index: HashMap<MovieId, usize>,
    /// By thread; a lock is taken by its own thread only.
    rankers: Vec<Mutex<Ranker>>,
}

impl Loaded {
    /// # Errors
    /// When ONNX Runtime refuses a graph, or a trial run fails.
    pub fn new(runtime: &OnnxRuntime, model: LoadedModel, threads: usize) -> Result<Self, EngineError> {
        let rankers = (0..threads.max(1))
            .map(|_| {
                let mut ranker = Ranker::new(runtime, &model)?;
                // A graph that loads may still not run: find out before it serves, and warm it up.
                ranker.rank(&[super::Query { k: 1, ..super::Query::default() }])?;
                ranker.similar(0, 1)?;
                Ok(Mutex::new(ranker))
            })
            .collect::<Result<_, EngineError>>()?;
        let index = model.items.iter().copied().enumerate().map(|(index, movie)| (movie, index)).collect();
        Ok(Self { manifest: model.manifest, items: model.items, index, rankers })
    }

    pub fn ranker(&self, thread: usize) -> MutexGuard<'_, Ranker> {
        // A panic in ONNX Runtime's wrapper leaves the session as it was: going on is safe.
        self.rankers[thread].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
