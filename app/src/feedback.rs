//! What the browser does about ratings and marks: shows them at once, sends them, says what happened, offers to undo it,
//! and puts the old value back where it failed. Without JavaScript the same notices come by [`crate::flash`].

use std::{collections::HashMap, time::Duration};

use leptos::{prelude::*, task::spawn_local};
use matinee_domain::{MovieCard, MovieId, Reason, Stars, activity::Mark};
use serde::{Deserialize, Serialize};

use crate::{
    AppError,
    api::{marks::SetMark, ratings::Rate},
    flash::provide_flash,
    remote,
    viewer::{Viewer, use_viewer},
};

/// How long a notice stays.
const NOTICE_LIFE: Duration = Duration::from_secs(12);

/// A film's rating; `None` where it has none.
pub type Rated = Option<Stars>;

/// Something to say in passing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    pub said: Said,
    pub undo: Option<Undo>,
}

/// What a notice says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Said {
    Rated(Stars),
    Unrated,
    Marked(Mark),
    Unmarked,
    Restored,
    HistoryCleared,
    Saved,
    AccountDeleted,
    /// A rating or a mark was not saved.
    NotSaved(AppError),
}

/// What brings back how it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Undo {
    /// The rating before; `None` where there was none.
    Rating { movie: MovieId, before: Option<Stars> },
    /// Takes a mark away, or sets it again.
    Mark { movie: MovieId, mark: Mark, before: bool },
}

impl Notice {
    /// A notice without undo.
    pub const fn of(said: Said) -> Self {
        Self { said, undo: None }
    }

    /// That something was done, or why it was not.
    pub fn told<T>(result: &Result<T, AppError>, done: Said) -> Self {
        Self::of(result.as_ref().err().map_or(done, |error| Said::NotSaved(error.clone())))
    }

    /// After rating a film or taking its rating back.
    pub fn rated(movie: MovieId, now: Option<Stars>, before: Option<Stars>) -> Self {
        let undo = (now != before).then_some(Undo::Rating { movie, before });
        Self { said: now.map_or(Said::Unrated, Said::Rated), undo }
    }

    /// After setting a mark or taking it away.
    pub const fn marked(movie: MovieId, mark: Mark, on: bool) -> Self {
        let said = if on { Said::Marked(mark) } else { Said::Unmarked };
        Self { said, undo: Some(Undo::Mark { movie, mark, before: !on }) }
    }
}

/// Ratings as this browser knows them better than the page's data, and the notice on show.
#[derive(Clone, Copy)]
pub struct Feedback {
    ratings: RwSignal<HashMap<MovieId, Rated>>,
    /// Films whose rating is on its way, each with the rating to send next.
    sending: StoredValue<HashMap<MovieId, Option<Rated>>>,
    marks: RwSignal<HashMap<(MovieId, Mark), bool>>,
    notice: RwSignal<Option<Notice>>,
    why: RwSignal<Option<(MovieCard, Vec<Reason>)>>,
    shown: StoredValue<u32>,
    viewer: Viewer,
}

/// Gives [`Feedback`] to all components below; needs the viewer.
pub fn provide_feedback() {
    let notice = RwSignal::new(provide_flash());
    let feedback = Feedback {
        ratings: RwSignal::default(),
        sending: StoredValue::default(),
        marks: RwSignal::default(),
        notice,
        why: RwSignal::default(),
        shown: StoredValue::default(),
        viewer: use_viewer(),
    };
    provide_context(feedback);
    Effect::new(move |_| {
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-hydrated", "");
        }
        feedback.hide_later();
    });
}

/// Ratings, marks and notices.
///
/// # Panics
/// Outside of the app.
pub fn use_feedback() -> Feedback {
    use_context().expect("App provides the feedback")
}

impl Feedback {
    /// The rating set in this browser since the page's data came; the inner `None` is a rating taken back.
    pub fn rating(self, movie: MovieId) -> Option<Rated> {
        self.ratings.with(|ratings| ratings.get(&movie).copied())
    }

    /// Whether a mark was set or taken away in this browser since the page's data came.
    pub fn marked(self, movie: MovieId, mark: Mark) -> Option<bool> {
        self.marks.with(|marks| marks.get(&(movie, mark)).copied())
    }

    /// To call after signing in or out: what was set here was somebody else's.
    pub fn person_changed(self) {
        self.ratings.update(HashMap::clear);
        self.marks.update(HashMap::clear);
        self.viewer.account_changed();
    }

    /// To call after the history changed.
    pub fn taste_changed(self) {
        self.viewer.taste_changed();
    }

    /// The notice on show.
    pub fn notice(self) -> Option<Notice> {
        self.notice.get()
    }

    /// Shows a notice instead of the one before.
    pub fn say(self, notice: Notice) {
        self.notice.set(Some(notice));
        self.hide_later();
    }

    /// Hides the notice.
    pub fn hide(self) {
        self.notice.set(None);
    }

    /// Hides the notice after a while, unless another came or somebody is at it.
    fn hide_later(self) {
        let Some(number) = self.shown.try_update_value(|shown| {
            *shown = shown.wrapping_add(1);
            *shown
        }) else {
            return;
        };
        set_timeout(
            move || {
                if self.shown.try_get_value() != Some(number) {
                    return;
                }
                match document().query_selector(".toast:hover, .toast:focus-within") {
                    Ok(Some(_)) => self.hide_later(),
                    _ => self.hide(),
                }
            },
            NOTICE_LIFE,
        );
    }

    /// The film whose reasons are told in the sheet.
    pub fn why(self) -> Option<(MovieCard, Vec<Reason>)> {
        self.why.get()
    }

    /// Tells a film's reasons in the sheet.
    pub fn open_why(self, card: MovieCard, reasons: Vec<Reason>) {
        self.why.set(Some((card, reasons)));
    }

    /// Closes the sheet.
    pub fn close_why(self) {
        self.why.set(None);
    }

    /// Rates a film (`None` takes the rating back). `shown` is the rating on the page, which comes back if this fails.
    pub fn rate(self, movie: MovieId, wanted: Option<Stars>, shown: Option<Stars>) {
        self.send_rating(movie, wanted, shown, false);
    }

    fn send_rating(self, movie: MovieId, wanted: Option<Stars>, shown: Option<Stars>, undoing: bool) {
        self.ratings.update(|ratings| {
            ratings.insert(movie, wanted);
        });
        let under_way = self.sending.try_update_value(|sending| {
            let under_way = sending.contains_key(&movie);
            sending.insert(movie, under_way.then_some(wanted));
            under_way
        });
        if under_way == Some(false) {
            spawn_local(self.settle(movie, wanted, shown, undoing));
        }
    }

    /// Sends ratings of one film, one after the other, until the last one wanted is saved: arrow keys make many.
    async fn settle(self, movie: MovieId, mut wanted: Option<Stars>, shown: Option<Stars>, undoing: bool) {
        let mut saved: Option<Rated> = None;
        let mut before: Option<Rated> = None;
        let result = loop {
            let clear = wanted.is_none().then(|| "1".to_owned());
            let result = remote::call(Rate { movie, stars: wanted.map(Stars::decimal), clear, back: None }).await;
            if let Ok(previous) = &result {
                saved = Some(wanted);
                before.get_or_insert(*previous);
            }
            let next = self.sending.try_update_value(|sending| {
                let next = sending.get_mut(&movie).and_then(Option::take);
                if next.is_none() {
                    sending.remove(&movie);
                }
                next
            });
            match next {
                Some(Some(next)) => wanted = next,
                _ => break result,
            }
        };
        match result {
            Ok(_) if undoing => self.say(Notice::of(Said::Restored)),
            Ok(previous) => self.say(Notice::rated(movie, wanted, before.unwrap_or(previous))),
            Err(error) => {
                self.ratings.update(|ratings| {
                    ratings.insert(movie, saved.unwrap_or(shown));
                });
                self.say(Notice::of(Said::NotSaved(error)));
            }
        }
        if saved.is_some() {
            self.viewer.taste_changed();
        }
    }

    /// Sets a mark on a film or takes it away.
    pub fn mark(self, movie: MovieId, mark: Mark, on: bool) {
        spawn_local(self.send_mark(movie, mark, on, Notice::marked(movie, mark, on)));
    }

    async fn send_mark(self, movie: MovieId, mark: Mark, on: bool, done: Notice) {
        match remote::call(SetMark { movie, mark, on, back: None }).await {
            Ok(()) => {
                self.marks.update(|marks| {
                    marks.insert((movie, mark), on);
                });
                self.say(done);
                self.viewer.taste_changed();
            }
            Err(error) => self.say(Notice::of(Said::NotSaved(error))),
        }
    }

    /// Brings back how it was before the notice on show.
    pub fn undo(self, undo: Undo) {
        match undo {
            Undo::Rating { movie, before } => {
                let shown = self.ratings.with_untracked(|ratings| ratings.get(&movie).copied()).flatten();
                self.send_rating(movie, before, shown, true);
            }
            Undo::Mark { movie, mark, before } => {
                spawn_local(self.send_mark(movie, mark, before, Notice::of(Said::Restored)));
            }
        }
    }
}
