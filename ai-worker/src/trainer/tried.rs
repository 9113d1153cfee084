//! What was tried: settings, and what they measured. Kept beside the models, it spares a training that was interrupted what it had tried by then, and the
//! next one, of hardly other ratings, all of the choosing, which is most of a training's time.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use chrono::TimeDelta;
use matinee_domain::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::TrainError;

/// Goes up when a figure means something else than before.
const FORMAT: u32 = 1;
/// For so long settings hold.
const HOLDS_FOR: TimeDelta = TimeDelta::days(7);
/// And as long as ratings, people and films have not become more or fewer by more than one in so many.
const ONE_IN: u64 = 10;

/// Fits that were tried.
#[derive(Debug, Default)]
pub struct Tried {
    /// Where they are kept; without it, they are forgotten in the end.
    file: Option<PathBuf>,
    kept: Mutex<Kept>,
}

/// What they were tried on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    pub seed: u64,
    pub held_out_one_in: Option<u32>,
    pub ratings: u64,
    pub people: u64,
    pub films: u64,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    format: u32,
    origin: Origin,
    since: Timestamp,
    /// As JSON each: whoever finds figures has them as whoever reads them, to the last digit.
    figures: BTreeMap<String, String>,
}

impl Tried {
    /// Those kept in `file`, if they are of hardly other ratings and of the last days; or none, which will be kept there. What can't be read or written
    /// costs time alone, and is told.
    pub fn open(file: PathBuf, origin: Origin, now: Timestamp) -> Self {
        let kept = read(&file).filter(|kept| kept.holds(&origin, now));
        let kept = kept.unwrap_or_else(|| Kept { format: FORMAT, origin, since: now, figures: BTreeMap::new() });
        if !kept.figures.is_empty() {
            tracing::info!(fits = kept.figures.len(), since = %kept.since, "settings that were tried before are not tried again");
        }
        Self { file: Some(file), kept: Mutex::new(kept) }
    }

    /// What was tried on nothing yet, in place of what `file` holds.
    pub fn anew(file: PathBuf, origin: Origin, now: Timestamp) -> Self {
        let kept = Kept { format: FORMAT, origin, since: now, figures: BTreeMap::new() };
        Self { file: Some(file), kept: Mutex::new(kept) }
    }

    /// What `of` measured with these settings, or what `find` finds, which is kept.
    ///
    /// # Errors
    /// That of `find`.
    pub fn figures<T: Serialize + DeserializeOwned>(
        &self,
        of: &str,
        settings: &impl Debug,
        find: impl FnOnce() -> Result<T, TrainError>,
    ) -> Result<T, TrainError> {
        let key = format!("{of}: {settings:?}");
        let known = self.kept.lock().unwrap_or_else(PoisonError::into_inner).figures.get(&key).cloned();
        if let Some(known) = known.and_then(|known| serde_json::from_str(&known).ok()) {
            return Ok(known);
        }
        let found = find()?;
        let Ok(text) = serde_json::to_string(&found) else { return Ok(found) };
        let as_kept = serde_json::from_str(&text);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.figures.insert(key, text);
        if let Some(file) = &self.file
            && let Err(error) = write(file, &kept)
        {
            tracing::warn!(%error, file = %file.display(), "what was tried is not kept: a training that is interrupted begins anew");
        }
        Ok(as_kept.unwrap_or(found))
    }
}

impl Kept {
    fn holds(&self, origin: &Origin, now: Timestamp) -> bool {
        let age = now - self.since;
        let is_near = |one: u64, other: u64| one.abs_diff(other).saturating_mul(ONE_IN) <= one.max(other);
        self.format == FORMAT
            && (TimeDelta::zero()..=HOLDS_FOR).contains(&age)
            && (self.origin.seed, self.origin.held_out_one_in) == (origin.seed, origin.held_out_one_in)
            && is_near(self.origin.ratings, origin.ratings)
            && is_near(self.origin.people, origin.people)
            && is_near(self.origin.films, origin.films)
    }
}

fn read(file: &Path) -> Option<Kept> {
    let text = match fs::read(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            tracing::warn!(%error, file = %file.display(), "what was tried before can't be read, and is tried again");
            return None;
        }
    };
    let kept = serde_json::from_slice(&text);
    kept.inspect_err(|error| tracing::warn!(%error, file = %file.display(), "what was tried before is tried again"))
        .ok()
}

/// Whole, or not at all.
fn write(file: &Path, kept: &Kept) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let new = file.with_extension("new");
    fs::write(&new, serde_json::to_vec(kept)?)?;
    fs::rename(&new, file)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn day(number: i64) -> Timestamp {
        Timestamp::from_timestamp(number * 86_400, 0).unwrap()
    }

    fn origin(ratings: u64) -> Origin {
        Origin { seed: 1, held_out_one_in: Some(20), ratings, people: 50, films: 60 }
    }

    #[test]
    fn what_was_tried_is_not_tried_again_until_days_or_ratings_have_come() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("models/tried.json");
        let fits = Cell::new(0);
        let find = |tried: &Tried, setting: f64| {
            tried.figures("taste", &setting, || {
                fits.set(fits.get() + 1);
                Ok(vec![setting, f64::from(fits.get())])
            })
        };
        let first = Tried::open(file.clone(), origin(1_000), day(10));
        assert_eq!(find(&first, 0.5).unwrap(), [0.5, 1.0]);
        assert_eq!(find(&first, 0.5).unwrap(), [0.5, 1.0], "it is known");
        assert_eq!(find(&first, 0.25).unwrap(), [0.25, 2.0]);
        drop(first);
        let next_night = Tried::open(file.clone(), origin(1_090), day(11));
        assert_eq!(find(&next_night, 0.25).unwrap(), [0.25, 2.0]);
        let others = [
            (Origin { seed: 2, ..origin(1_000) }, day(11)),
            (Origin { held_out_one_in: None, ..origin(1_000) }, day(11)),
            (origin(1_200), day(11)),
            (origin(1_000), day(18)),
            (origin(1_000), day(9)),
        ];
        for (origin, now) in others {
            let text = fs::read(&file).unwrap();
            let before = fits.get();
            find(&Tried::open(file.clone(), origin.clone(), now), 0.25).unwrap();
            assert_eq!(fits.get(), before + 1, "{origin:?} {now}");
            fs::write(&file, text).unwrap();
        }
        let before = fits.get();
        find(&Tried::anew(file.clone(), origin(1_000), day(11)), 0.25).unwrap();
        assert_eq!(fits.get(), before + 1);
    }

    #[test]
    fn a_damaged_file_and_one_that_cannot_be_written_cost_time_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tried.json");
        fs::write(&file, "{\"format\": 1").unwrap();
        let tried = Tried::open(file.clone(), origin(1), day(1));
        assert_eq!(tried.figures("taste", &1, || Ok(7)).unwrap(), 7);
        assert_eq!(Tried::open(file, origin(1), day(1)).figures("taste", &1, || Ok(8)).unwrap(), 7);
        let nowhere = folder.path().join("tried.json/below");
        assert_eq!(Tried::open(nowhere, origin(1), day(1)).figures("taste", &1, || Ok(9)).unwrap(), 9);
    }
}
