//! A trial of a model, as the admin page shows it, in both languages.

use crate::i18n::Locale;

/// What the page says. `{model}`, `{against}`, `{share}` in percent, `{since}` and `{until}` are filled in.
#[derive(Debug)]
pub struct TrialWords {
    pub title: &'static str,
    pub none: &'static str,
    pub runs: &'static str,
    pub ended: &'static str,
    /// How to read the table.
    pub note: &'static str,
    pub measure: &'static str,
    pub live: &'static str,
    pub on_trial: &'static str,
    pub difference: &'static str,
    pub chance: &'static str,
    pub opened: &'static str,
    pub rated: &'static str,
    pub liked: &'static str,
    pub dismissed: &'static str,
    pub people: &'static str,
    pub films: &'static str,
    pub films_opened: &'static str,
    pub films_rated: &'static str,
    pub stars: &'static str,
    pub missed: &'static str,
    /// `{part}` of `{of}`.
    pub so_many_of: &'static str,
    pub too_few: &'static str,
}

/// The words of a language.
pub fn trial(locale: Locale) -> &'static TrialWords {
    match locale {
        Locale::en => &EN,
        Locale::de => &DE,
    }
}

static EN: TrialWords = TrialWords {
    title: "Trial of a model",
    none: "No model is on trial. One begins with: matinee-ai models trial start",
    runs: "{share} of the people have got the recommendations of {model} since {since}; the others those of {against}.",
    ended: "{share} of the people got the recommendations of {model} from {since} to {until}; the others those of {against}.",
    note: "Of the people who were shown a list, the part that did this with one of its first ten films within a week, each counted once. \
           In brackets where the value lies with 95 % confidence. Chance: how likely so large a difference is where there is none. Whoever \
           looks every day and stops at the first good one is fooled by it.",
    measure: "Did",
    live: "Live model",
    on_trial: "On trial",
    difference: "Difference",
    chance: "Chance",
    opened: "Opened a film",
    rated: "Rated one",
    liked: "Gave one four stars or more",
    dismissed: "Marked one as not interesting",
    people: "People who were shown a list",
    films: "Films that they were shown",
    films_opened: "of them opened",
    films_rated: "of them rated",
    stars: "Mean of these ratings",
    missed: "Answered by the live model instead",
    so_many_of: "{part} of {of}",
    too_few: "too few to tell",
};

static DE: TrialWords = TrialWords {
    title: "Ein Modell auf Probe",
    none: "Kein Modell ist auf Probe. Eine Probe beginnt mit: matinee-ai models trial start",
    runs: "{share} der Menschen bekommen seit {since} die Empfehlungen von {model}, die anderen die von {against}.",
    ended: "{share} der Menschen bekamen von {since} bis {until} die Empfehlungen von {model}, die anderen die von {against}.",
    note: "Von den Menschen, die eine Liste sahen, der Teil, der dies binnen einer Woche mit einem ihrer ersten zehn Filme tat, jeder \
           einmal gezählt. In Klammern, wo der Wert mit 95 % Sicherheit liegt. Zufall: wie wahrscheinlich ein so großer Unterschied ist, wo keiner \
           ist. Wer täglich nachsieht und beim ersten guten aufhört, täuscht sich damit.",
    measure: "Was sie taten",
    live: "Modell im Dienst",
    on_trial: "Auf Probe",
    difference: "Unterschied",
    chance: "Zufall",
    opened: "Einen Film geöffnet",
    rated: "Einen bewertet",
    liked: "Einem vier Sterne oder mehr gegeben",
    dismissed: "Einen als uninteressant markiert",
    people: "Menschen, die eine Liste sahen",
    films: "Filme, die sie sahen",
    films_opened: "davon geöffnet",
    films_rated: "davon bewertet",
    stars: "Mittel dieser Bewertungen",
    missed: "Stattdessen vom Modell im Dienst beantwortet",
    so_many_of: "{part} von {of}",
    too_few: "zu wenige",
};
