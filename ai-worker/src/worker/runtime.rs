//! The ONNX Runtime library: loaded once for the process, from a path.

use std::{
    path::Path,
    sync::{Mutex, PoisonError},
};

use ort::{
    environment::Environment,
    session::{Session, builder::GraphOptimizationLevel},
};

use super::EngineError;

/// A process can have one ONNX Runtime environment; whoever comes second gets the first one's.
static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);

/// The loaded library. Cheap to clone.
#[derive(Clone)]
pub struct OnnxRuntime(Environment);

impl OnnxRuntime {
    /// Loads the library, or takes the one that is loaded already (whatever its path).
    ///
    /// # Errors
    /// When there is no library at `path`, or it is not ONNX Runtime of a version that fits.
    pub fn load(path: &Path) -> Result<Self, EngineError> {
        let mut environment = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(environment) = &*environment {
            return Ok(Self(environment.clone()));
        }
        let failed = |reason: String| EngineError::Runtime { path: path.to_owned(), reason };
        if !path.is_file() {
            return Err(failed("there is no such file".to_owned()));
        }
        let loaded = ort::init_from(path)
            .map_err(|error| failed(error.to_string()))?
            .with_telemetry(false)
            .build()
            .map_err(|error| failed(error.to_string()))?;
        *environment = Some(loaded.clone());
        Ok(Self(loaded))
    }

    /// A session for a graph, computing on the calling thread only.
    pub(crate) fn session(&self, graph: &[u8]) -> Result<Session, ort::Error> {
        let mut builder = Session::builder(&self.0)?
            .with_intra_threads(1)?
            .with_optimization_level(GraphOptimizationLevel::Level3)?;
        builder.commit_from_memory(graph)
    }
}
