//! Describing a film, in both languages.

use crate::i18n::Locale;

/// What the page says. `{count}` stands for a number.
#[derive(Debug)]
pub struct DescribeWords {
    pub title: &'static str,
    pub note: &'static str,
    pub label: &'static str,
    pub example: &'static str,
    pub find: &'static str,
    /// Above the films: how they were found.
    pub how: &'static str,
    pub how_by_words: &'static str,
    pub by_meaning: &'static str,
    pub by_words: &'static str,
    pub by_both: &'static str,
    pub found: &'static str,
    pub nothing: &'static str,
    pub nothing_note: &'static str,
    pub by_title: &'static str,
    /// Below the footer of every page.
    pub link: &'static str,
    /// The same on the search page.
    pub link_note: &'static str,
}

/// The words of a language.
pub fn describe(locale: Locale) -> &'static DescribeWords {
    match locale {
        Locale::en => &EN,
        Locale::de => &DE,
    }
}

static EN: DescribeWords = DescribeWords {
    title: "Describe a film",
    note: "You remember what happens in it, but not what it is called. Say it in a sentence of your own, in English.",
    label: "What happens in it",
    example: "a man relives the same day",
    find: "Find the film",
    how: "Found in two ways at once: by what the films are about, and by your words in their plots. What both find comes first.",
    how_by_words: "Only your words were looked up this time: the part of Matinee that understands what you mean does not answer. \
                   Try again later, or use words that its plot may have.",
    by_meaning: "It is about what you say",
    by_words: "Your words are in its plot",
    by_both: "It is about what you say, and has your words",
    found: "What you may mean",
    nothing: "No film comes close",
    nothing_note: "Say more of what happens, where, and to whom.",
    by_title: "Search by title or name",
    link: "Describe a film",
    link_note: "Four words or more that no film has all of are looked up by what films are about as well.",
};

static DE: DescribeWords = DescribeWords {
    title: "Einen Film beschreiben",
    note: "Du weißt noch, was geschieht, aber nicht, wie er heißt. Sag es in einem Satz, am besten auf Englisch: In dieser Sprache sind \
           die Inhalte der Filme.",
    label: "Was darin geschieht",
    example: "a man relives the same day",
    find: "Film finden",
    how: "Auf zwei Wegen zugleich gefunden: danach, wovon die Filme handeln, und nach deinen Wörtern in ihrem Inhalt. Was beide finden, \
          kommt zuerst.",
    how_by_words: "Diesmal wurden nur deine Wörter nachgeschlagen: Der Teil von Matinee, der versteht, was du meinst, antwortet nicht. \
                   Versuch es später noch einmal, oder mit Wörtern, die in seinem Inhalt stehen könnten.",
    by_meaning: "Handelt von dem, was du sagst",
    by_words: "Deine Wörter stehen in seinem Inhalt",
    by_both: "Handelt von dem, was du sagst, und hat deine Wörter",
    found: "Was du meinen könntest",
    nothing: "Kein Film kommt dem nahe",
    nothing_note: "Sag mehr davon, was geschieht, wo und wem.",
    by_title: "Nach Titel oder Namen suchen",
    link: "Einen Film beschreiben",
    link_note: "Vier Wörter oder mehr, die kein Film alle hat, werden auch danach gesucht, wovon die Filme handeln.",
};
