//! Following: the folder's pointers go where the registry says, on machines whose folder is their own.

use std::time::Duration;

use super::{Life, LifeError, fetching::Fetching};
use crate::model::{ModelDirectory, ModelError};

/// A model to which a pointer should go and can't.
#[derive(Debug)]
pub(super) struct Lacking {
    pub name: String,
    pub reason: ModelError,
}

/// What a look at the registry came to.
struct Followed {
    has_moved: bool,
    /// The live one first.
    lacking: Vec<Lacking>,
}

impl Life {
    /// Brings the folder's pointers to what the registry says, for folders that this machine alone has. `true` if the live one moved.
    ///
    /// # Errors
    /// When the registry does not answer, or a model's files are not here or damaged: its pointer stays.
    pub async fn follow(&self) -> Result<bool, LifeError> {
        let Followed { has_moved, lacking } = self.follow_each().await?;
        lacking.into_iter().next().map_or(Ok(has_moved), |model| Err(model.reason.into()))
    }

    /// Each pointer by itself, so that one that can't move holds no other up.
    async fn follow_each(&self) -> Result<Followed, LifeError> {
        let directory = &self.directory;
        let mut followed = Followed { has_moved: false, lacking: Vec::new() };
        if let Some(live) = self.registry.lookup_live_model().await?
            && directory.lookup_live()?.as_deref() != Some(&live.name)
        {
            let name = live.name.clone();
            match apart(directory, move |directory| directory.set_live(&name)).await {
                Ok(()) => followed.has_moved = true,
                Err(reason) => followed.lacking.push(Lacking { name: live.name, reason }),
            }
        }
        let mut beside = |wanted: Option<String>, moved: Result<(), ModelError>| match (wanted, moved) {
            (_, Ok(())) => Ok(()),
            (Some(name), Err(reason)) => {
                followed.lacking.push(Lacking { name, reason });
                Ok(())
            }
            (None, Err(error)) => Err(error),
        };
        let shadow = self.registered_shadow().await?;
        if directory.lookup_shadow()? != shadow {
            let name = shadow.clone();
            let moved = apart(directory, move |directory| directory.set_shadow(name.as_deref())).await;
            beside(shadow, moved)?;
        }
        let on_trial = self.trials.lookup_running_trial().await?.map(|trial| trial.model);
        if directory.lookup_trial()? != on_trial {
            let name = on_trial.clone();
            let moved = apart(directory, move |directory| directory.set_trial(name.as_deref())).await;
            beside(on_trial, moved)?;
        }
        Ok(followed)
    }

    /// Follows again and again. What is not here is fetched beside that, if there is a store: pointers wait for no other model's files.
    pub async fn keep_following(self, every: Duration) {
        let mut told = String::new();
        let mut fetching = self.artefacts.is_some().then(|| Fetching::new(self.clone()));
        loop {
            let error = match (self.follow_each().await, &mut fetching) {
                (Ok(followed), Some(fetching)) => {
                    fetching.want(followed.lacking);
                    None
                }
                (Ok(followed), None) => followed.lacking.into_iter().next().map(|model| model.reason.into()),
                (Err(error), _) => Some(error),
            };
            tell(error, &mut told);
            tokio::select! {
                () = tokio::time::sleep(every) => {}
                () = next_end(&mut fetching) => {}
            }
        }
    }
}

/// On a thread where that may take its time: a model's files are read and hashed before a pointer goes to them.
async fn apart(
    directory: &ModelDirectory,
    work: impl FnOnce(ModelDirectory) -> Result<(), ModelError> + Send + 'static,
) -> Result<(), ModelError> {
    let (directory, path) = (directory.clone(), directory.root.clone());
    let moved = tokio::task::spawn_blocking(move || work(directory)).await;
    moved.unwrap_or_else(|error| {
        Err(ModelError::Io { action: "moving a pointer in", path, source: std::io::Error::other(error) })
    })
}

/// The end of what is being fetched; never where nothing is.
async fn next_end(fetching: &mut Option<Fetching>) {
    match fetching {
        Some(fetching) => fetching.next_end().await,
        None => std::future::pending().await,
    }
}

/// Once, as long as it is the same.
fn tell(error: Option<LifeError>, told: &mut String) {
    let Some(error) = error else { return told.clear() };
    let text = error.to_string();
    if text != *told {
        tracing::error!(error = &error as &dyn std::error::Error, "the model that is here goes on serving");
        *told = text;
    }
}
