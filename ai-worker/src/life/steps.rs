//! The steps of a model's life, each of which leaves a state that can be gone on from.

use std::{path::Path, sync::Arc};

use matinee_domain::Timestamp;
use matinee_services::ports::{
    ModelRegistry, ModelState, RegisteredModel, RepositoryError, TrainingRepository, TrialRepository,
};

use super::{Gate, Golden, HeldOut, LifeError, TrialEnd, Verdict, gate::OnTrial};
use crate::{
    artefacts::ArtefactStore,
    model::{Manifest, ModelDirectory},
    worker::{EngineError, OnnxRuntime, Solo},
};

/// Held-out people who are asked about at most.
const MOST_PEOPLE: usize = 1_000;
/// Where no model says whom it held out.
const ONE_IN: u32 = 20;

/// The registry and the files together.
#[derive(Clone)]
pub struct Life {
    pub registry: Arc<dyn ModelRegistry>,
    pub trials: Arc<dyn TrialRepository>,
    pub directory: ModelDirectory,
    /// Where other machines get the files from.
    pub artefacts: Option<ArtefactStore>,
}

/// What became of a candidate.
#[derive(Clone, Debug, PartialEq)]
pub enum Promotion {
    Live(Verdict),
    Refused(Verdict),
}

impl Life {
    /// Of a database that knows models and trials.
    pub fn new<S: ModelRegistry + TrialRepository + 'static>(store: Arc<S>, directory: ModelDirectory) -> Self {
        Self { registry: Arc::clone(&store) as _, trials: store, directory, artefacts: None }
    }

    /// Registers a model whose files are in the folder, and puts them where other machines get them. One that is registered already stays
    /// as it is.
    ///
    /// # Errors
    /// When its files are damaged, the registry does not answer, or the store does not take them: then it is registered all the same.
    pub async fn register(&self, name: &str, state: ModelState, now: Timestamp) -> Result<(), LifeError> {
        self.enter(name, state, now).await?;
        self.share(name).await
    }

    async fn enter(&self, name: &str, state: ModelState, now: Timestamp) -> Result<(), LifeError> {
        let model = self.directory.load(name)?;
        let manifest = serde_json::to_string(&model.manifest)
            .map_err(|source| LifeError::Manifest { name: name.to_owned(), source })?;
        let size_bytes = size_of(&self.directory.path().join(name));
        let registered = RegisteredModel {
            name: name.to_owned(),
            state,
            manifest,
            size_bytes,
            verdict: None,
            created_at: model.manifest.created_at,
            changed_at: now,
        };
        match self.registry.add_model(&registered).await {
            Ok(()) | Err(RepositoryError::Exists { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Registers what the folder's pointer says is live, where the registry knows of no live model: models of before
    /// there was a registry.
    ///
    /// # Errors
    /// When the registry does not answer. A store that does not take the files is logged.
    pub async fn adopt(&self, now: Timestamp) -> Result<(), LifeError> {
        if self.registry.lookup_live_model().await?.is_some() {
            return Ok(());
        }
        let Some(live) = self.directory.lookup_live()? else { return Ok(()) };
        if self.directory.load(&live).is_err() {
            // What can't serve is not live; whoever is promoted takes its place.
            return Ok(());
        }
        self.enter(&live, ModelState::Candidate, now).await?;
        self.registry.set_model_state(&live, ModelState::Live, None, now).await?;
        self.try_to_share(&live).await;
        Ok(())
    }

    /// Judges a model against the live one.
    ///
    /// # Errors
    /// When one of them can't be loaded or run, or the database does not answer.
    pub async fn judge(
        &self,
        runtime: &OnnxRuntime,
        ratings: &dyn TrainingRepository,
        name: &str,
        gate: Gate,
        golden: Vec<Golden>,
    ) -> Result<Verdict, LifeError> {
        let candidate = self.directory.load(name)?;
        let live = match self.directory.lookup_live()? {
            Some(live) if live != name => self.directory.load(&live).map_or_else(
                |error| {
                    tracing::warn!(error = &error as &dyn std::error::Error, "the live model can't be compared with");
                    None
                },
                Some,
            ),
            _ => None,
        };
        let one_in = candidate.manifest.held_out_one_in.unwrap_or(ONE_IN);
        let people = HeldOut::read(ratings, one_in, MOST_PEOPLE).await?;
        let size = |manifest: &Manifest| size_of(&self.directory.path().join(&manifest.version));
        let (candidate_size, live_size) =
            (size(&candidate.manifest), live.as_ref().map_or(0, |live| size(&live.manifest)));
        let runtime = runtime.clone();
        let judged = tokio::task::spawn_blocking(move || {
            let candidate = Solo::load(&runtime, candidate)?;
            let live = live.map(|live| Solo::load(&runtime, live)).transpose()?;
            let on_trial = OnTrial { model: &candidate, size_bytes: candidate_size };
            let live = live.as_ref().map(|model| OnTrial { model, size_bytes: live_size });
            gate.judge(&on_trial, live.as_ref(), &people, &golden)
        });
        Ok(judged.await.map_err(EngineError::Ended)??)
    }

    /// Makes a model live if it passes the gate, or whatever the gate says where `is_forced`; the verdict is kept with it.
    ///
    /// # Errors
    /// As [`Self::judge`]. The live model stays.
    pub async fn promote(
        &self,
        name: &str,
        verdict: Verdict,
        is_forced: bool,
        now: Timestamp,
    ) -> Result<Promotion, LifeError> {
        let kept =
            serde_json::to_string(&verdict).map_err(|source| LifeError::Manifest { name: name.to_owned(), source })?;
        if !verdict.passed() && !is_forced {
            // The live one is judged against itself when it is promoted again: that must not take it out.
            if self.directory.lookup_live()?.as_deref() != Some(name) {
                self.set(name, ModelState::Refused, Some(&kept), now).await?;
            }
            return Ok(Promotion::Refused(verdict));
        }
        self.go_live(name, Some(&kept), now).await?;
        Ok(Promotion::Live(verdict))
    }

    /// Goes back to the model that was live before, or to the one named. A trial that runs ends by that.
    ///
    /// # Errors
    /// When there is none, its files are damaged, or the registry does not answer. The live model stays.
    pub async fn roll_back(&self, to: Option<&str>, now: Timestamp) -> Result<String, LifeError> {
        let models = self.registry.list_models(1_000).await?;
        let name = match to {
            Some(name) if models.iter().any(|model| model.name == name) => name.to_owned(),
            Some(name) => return Err(LifeError::Unknown(name.to_owned())),
            None => self.lookup_before(models).await.ok_or(LifeError::NothingBefore)?,
        };
        self.bring_here(&name).await?;
        self.directory.load(&name)?;
        self.end_trial(TrialEnd::LiveStays, now).await?;
        self.go_live(&name, None, now).await?;
        self.try_to_share(&name).await;
        Ok(name)
    }

    /// The one that was live last, of those whose files are here or can be fetched.
    async fn lookup_before(&self, mut models: Vec<RegisteredModel>) -> Option<String> {
        models.retain(|model| model.state == ModelState::Retired);
        models.sort_by_key(|model| std::cmp::Reverse(model.changed_at));
        for model in models {
            if let Err(error) = self.bring_here(&model.name).await {
                tracing::warn!(error = &error as &dyn std::error::Error, model.version = %model.name, "passed over");
            } else if self.directory.load(&model.name).is_ok() {
                return Some(model.name);
            }
        }
        None
    }

    /// Has a model score beside the live one, unseen, in place of the one that does.
    ///
    /// # Errors
    /// When it is live or can't be loaded, or the registry does not answer.
    pub async fn shadow(&self, name: &str, now: Timestamp) -> Result<(), LifeError> {
        self.directory.load(name)?;
        if self.registry.lookup_live_model().await?.is_some_and(|live| live.name == name) {
            return Err(LifeError::IsLive(name.to_owned()));
        }
        self.end_shadow(now).await?;
        self.set(name, ModelState::Shadow, None, now).await?;
        Ok(self.directory.set_shadow(Some(name))?)
    }

    /// Has no model score beside the live one any more; the one that did is a candidate again. Returns its name.
    ///
    /// # Errors
    /// When the registry does not answer, or the pointer can't be removed.
    pub async fn end_shadow(&self, now: Timestamp) -> Result<Option<String>, LifeError> {
        let shadow = self.registered_shadow().await?;
        if let Some(name) = &shadow {
            self.set(name, ModelState::Candidate, None, now).await?;
        }
        self.directory.set_shadow(None)?;
        Ok(shadow)
    }

    pub(super) async fn registered_shadow(&self) -> Result<Option<String>, LifeError> {
        let models = self.registry.list_models(1_000).await?;
        Ok(models.into_iter().find(|model| model.state == ModelState::Shadow).map(|model| model.name))
    }

    /// Makes a registered model live without a verdict: a first one, or whoever says so knows why.
    ///
    /// # Errors
    /// When its files are damaged, or the registry does not answer. The live model stays.
    pub async fn put_live(&self, name: &str, now: Timestamp) -> Result<(), LifeError> {
        self.go_live(name, None, now).await
    }

    pub(super) async fn go_live(&self, name: &str, verdict: Option<&str>, now: Timestamp) -> Result<(), LifeError> {
        // What can't be loaded must not be live, also not in the registry.
        self.directory.load(name)?;
        // A trial compares with one live model, from its beginning to its end.
        if let Some(trial) = self.trials.lookup_running_trial().await? {
            return Err(LifeError::TrialRuns(trial.model));
        }
        self.set(name, ModelState::Live, verdict, now).await?;
        self.directory.set_live(name)?;
        if self.directory.lookup_shadow()?.as_deref() == Some(name) {
            self.directory.set_shadow(None)?;
        }
        Ok(())
    }

    pub(super) async fn set(
        &self,
        name: &str,
        state: ModelState,
        verdict: Option<&str>,
        now: Timestamp,
    ) -> Result<(), LifeError> {
        match self.registry.set_model_state(name, state, verdict, now).await {
            Err(RepositoryError::NotFound { .. }) => Err(LifeError::Unknown(name.to_owned())),
            other => Ok(other?),
        }
    }
}

/// Of all files in a version's folder; 0 where they can't be read.
fn size_of(folder: &Path) -> u64 {
    let Ok(files) = std::fs::read_dir(folder) else { return 0 };
    files.filter_map(|file| Some(file.ok()?.metadata().ok()?.len())).sum()
}
