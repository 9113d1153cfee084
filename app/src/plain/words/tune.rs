//! Tuning one's list, in both languages.

use crate::i18n::Locale;

/// A knob, and what each of its places asks for, from one end to the other.
#[derive(Debug)]
pub struct KnobWords {
    pub label: &'static str,
    pub places: [&'static str; 5],
}

/// What the page says. `{place}`, `{count}` and `{seconds}` stand for numbers.
#[derive(Debug)]
pub struct TuneWords {
    pub title: &'static str,
    pub note: &'static str,
    pub knobs: &'static str,
    pub popularity: KnobWords,
    pub recency: KnobWords,
    pub diversity: KnobWords,
    pub hide_seen: &'static str,
    pub leave_out: &'static str,
    /// The same with `{count}` genres left out.
    pub leave_out_some: &'static str,
    pub show: &'static str,
    pub reset: &'static str,
    pub kept: &'static str,
    pub list: &'static str,
    pub how_neutral: &'static str,
    pub how_tuned: &'static str,
    /// Instead, where the model does not answer.
    pub resting: &'static str,
    pub better_known: &'static str,
    pub less_known: &'static str,
    pub newer: &'static str,
    pub older: &'static str,
    pub seen: &'static str,
    /// Said to whoever hears the page when a knob has changed the list: `{title}`.
    pub begins: &'static str,
    pub nothing: &'static str,
    pub nothing_note: &'static str,
    pub failed: &'static str,
    pub home: &'static str,
    /// Below the footer of every page.
    pub link: &'static str,
}

/// The words of a language.
pub fn tune(locale: Locale) -> &'static TuneWords {
    match locale {
        Locale::en => &EN,
        Locale::de => &DE,
    }
}

static EN: TuneWords = TuneWords {
    title: "Tune your list",
    note: "What you rated decides what is on it; here you say what should come first. It is kept, and your home page follows it.",
    knobs: "Knobs",
    popularity: KnobWords {
        label: "How well known",
        places: ["Discoveries first", "Rather discoveries", "As it comes", "Rather well known", "Well known first"],
    },
    recency: KnobWords {
        label: "How new",
        places: ["Older films first", "Rather older", "From any time", "Rather newer", "Newer films first"],
    },
    diversity: KnobWords {
        label: "How varied",
        places: ["Just the best matches", "A little varied", "Varied", "Very varied", "As varied as can be"],
    },
    hide_seen: "Hide films that I rated",
    leave_out: "Leave out genres",
    leave_out_some: "Leave out genres ({count})",
    show: "Show the list",
    reset: "Back to the start",
    kept: "Kept. Your home page follows it.",
    list: "Your list",
    how_neutral: "In the order of your taste alone.",
    how_tuned: "In the order of your taste and your knobs together. A film that a knob moved up says so; why it suits you is the same as ever.",
    resting: "What learns your taste does not answer right now, so these are films that many people love, in the order of your knobs.",
    better_known: "Up from place {place}: better known",
    less_known: "Up from place {place}: less known",
    newer: "Up from place {place}: newer",
    older: "Up from place {place}: older",
    seen: "You rated it",
    begins: "Your list begins with {title}",
    nothing: "Nothing is left",
    nothing_note: "Let a genre in again, and the list fills.",
    failed: "The list could not be fetched, and nothing was kept. Try again in a moment.",
    home: "To your home page",
    link: "Tune your list",
};

static DE: TuneWords = TuneWords {
    title: "Deine Liste abstimmen",
    note: "Was du bewertet hast, entscheidet, was darauf steht; hier sagst du, was zuerst kommen soll. Es bleibt so, und deine Startseite \
           richtet sich danach.",
    knobs: "Regler",
    popularity: KnobWords {
        label: "Wie bekannt",
        places: ["Entdeckungen zuerst", "Eher Entdeckungen", "Wie es kommt", "Eher Bekanntes", "Bekanntes zuerst"],
    },
    recency: KnobWords {
        label: "Wie neu",
        places: ["Ältere zuerst", "Eher ältere", "Aus jeder Zeit", "Eher neuere", "Neuere zuerst"],
    },
    diversity: KnobWords {
        label: "Wie gemischt",
        places: ["Nur das Passendste", "Etwas gemischt", "Gemischt", "Sehr gemischt", "So bunt wie möglich"],
    },
    hide_seen: "Filme ausblenden, die ich bewertet habe",
    leave_out: "Genres weglassen",
    leave_out_some: "Genres weglassen ({count})",
    show: "Liste zeigen",
    reset: "Zurück auf Anfang",
    kept: "Gemerkt. Deine Startseite richtet sich danach.",
    list: "Deine Liste",
    how_neutral: "Allein nach deinem Geschmack geordnet.",
    how_tuned: "Nach deinem Geschmack und deinen Reglern geordnet. Bei Filmen, die ein Regler nach oben geholt hat, steht es dabei; warum \
                sie zu dir passen, ist dasselbe wie immer.",
    resting: "Was deinen Geschmack lernt, antwortet gerade nicht. Hier stehen deshalb Filme, die viele lieben, nach deinen Reglern geordnet.",
    better_known: "Vorgerückt von Platz {place}: bekannter",
    less_known: "Vorgerückt von Platz {place}: unbekannter",
    newer: "Vorgerückt von Platz {place}: neuer",
    older: "Vorgerückt von Platz {place}: älter",
    seen: "Von dir bewertet",
    begins: "Deine Liste beginnt mit {title}",
    nothing: "Nichts ist übrig",
    nothing_note: "Lass ein Genre wieder zu, dann füllt sich die Liste.",
    failed: "Die Liste ließ sich nicht holen, und nichts wurde gemerkt. Versuch es gleich noch einmal.",
    home: "Zu deiner Startseite",
    link: "Deine Liste abstimmen",
};
