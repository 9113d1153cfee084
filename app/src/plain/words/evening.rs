//! Films for an evening together, in both languages.

use crate::i18n::Locale;

/// What the pages say. `{name}` stands for a person, the others for numbers and a moment.
#[derive(Debug)]
pub struct EveningWords {
    pub title: &'static str,
    pub note: &'static str,
    pub how: &'static [&'static str],
    pub plan: &'static str,
    pub yours: &'static str,
    pub see: &'static str,
    /// `{name}`: who plans it.
    pub planned_by: &'static str,
    pub planned_by_me: &'static str,
    pub until: &'static str,
    pub just_you: &'static str,
    pub evening_of: &'static str,
    pub evening_of_mine: &'static str,
    pub evening_note: &'static str,
    pub guests: &'static str,
    pub you: &'static str,
    pub plans_it: &'static str,
    pub link_title: &'static str,
    pub link_once: &'static str,
    pub link_send: &'static str,
    pub link_subject: &'static str,
    pub link_body: &'static str,
    pub link_there: &'static str,
    pub link_gone: &'static str,
    pub link_new: &'static str,
    pub link_revoke: &'static str,
    pub leave: &'static str,
    pub leave_note: &'static str,
    pub end: &'static str,
    pub end_note: &'static str,
    pub manage: &'static str,
    pub list: &'static str,
    pub order: &'static str,
    pub least_misery: &'static str,
    pub least_misery_note: &'static str,
    pub average: &'static str,
    pub average_note: &'static str,
    pub resting: &'static str,
    pub alone: &'static str,
    pub nothing: &'static str,
    pub nothing_note: &'static str,
    /// What a film is for somebody, best first: at least so much content in percent.
    pub content: [(u8, &'static str); 4],
    pub for_whom: &'static str,
    pub because_gave: &'static str,
    pub because_searched: &'static str,
    pub because_viewed: &'static str,
    pub because_popular: &'static str,
    pub because_looked: &'static str,
    pub and: &'static str,
    pub join_title: &'static str,
    pub join_note: &'static str,
    pub join_who: &'static str,
    pub shared: &'static [&'static str],
    pub join: &'static str,
    pub not_now: &'static str,
    pub done: &'static [(&'static str, &'static str)],
    /// Below the footer of every page.
    pub link: &'static str,
}

impl EveningWords {
    /// What was done just now.
    pub fn said(&self, name: &str) -> Option<&'static str> {
        self.done.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
    }

    /// What a film is for somebody who likes this part of the others less, 0–1.
    pub fn content(&self, part: f32) -> &'static str {
        let liked = self.content.iter().find(|(least, _)| part * 100.0 >= f32::from(*least));
        liked.or(self.content.last()).map_or("", |(_, text)| text)
    }
}

/// The words of a language.
pub fn evening(locale: Locale) -> &'static EveningWords {
    match locale {
        Locale::en => &EN,
        Locale::de => &DE,
    }
}

static EN: EveningWords = EveningWords {
    title: "An evening together",
    note: "Two to six people, one list: films that suit all of you, and for each film why it suits each of you.",
    how: &[
        "You plan an evening and get a link.",
        "You send the link to those who come. Whoever opens it is told what is shared, and joins.",
        "All of you see the same list. After two days the evening is over, and nothing of it is kept.",
    ],
    plan: "Plan an evening",
    yours: "Your evenings",
    see: "See the list",
    planned_by: "Planned by {name}",
    planned_by_me: "Planned by you",
    until: "until",
    just_you: "Just you so far",
    evening_of: "An evening with {name}",
    evening_of_mine: "Your evening",
    evening_note: "Nobody here has rated these films yet. What one of you leaves out is left out for all.",
    guests: "Who comes",
    you: "you",
    plans_it: "plans it",
    link_title: "Your link",
    link_once: "Send it to those who come. It is shown here this once, and is good for two days, for six people in all.",
    link_send: "Send by e-mail",
    link_subject: "A film together",
    link_body: "Let's find a film that suits us both. Open this link to join:",
    link_there: "There is a link by which others can join. It was shown once; if it is lost, make a new one, and the old one leads nowhere.",
    link_gone: "No link leads here: nobody else can join.",
    link_new: "Make a new link",
    link_revoke: "Revoke the link",
    leave: "Leave this evening",
    leave_note: "From then on nothing of your taste is in the list, and nobody here sees it.",
    end: "End this evening",
    end_note: "For all of you, and at once.",
    manage: "This evening",
    list: "Films for all of you",
    order: "What counts",
    least_misery: "That nobody minds",
    least_misery_note: "As good as it is for the one who likes it least.",
    average: "That most love it",
    average_note: "As good as it is for all of you on average.",
    resting: "What learns your taste does not answer right now, so these are films that many people love and none of you has rated.",
    alone: "So far it is your list alone. Send the link, and it becomes everybody's.",
    nothing: "Nothing is left",
    nothing_note: "Between what you have seen and what you leave out no film is left that the model knows.",
    content: [(90, "right up their street"), (65, "a good fit"), (35, "fine"), (0, "not their first choice")],
    for_whom: "For {name}",
    because_gave: "gave {films}",
    because_searched: "searched for {films}",
    because_viewed: "looked at {films}",
    because_popular: "many people love it",
    because_looked: "by what they looked at",
    and: "and",
    join_title: "Join {name}'s evening?",
    join_note: "You would choose a film together. Before that, see what the others get to know.",
    join_who: "Who comes so far",
    shared: &[
        "Your name.",
        "For each film on the list how well it suits you, and which of your ratings speak for it.",
        "Genres that you leave out, in so far as they are missing from the list.",
        "Nothing else: not your other ratings, and of what you searched and looked at no title.",
        "You can leave at any time. After two days the evening is over, and nothing of it is kept.",
    ],
    join: "Join",
    not_now: "Not now",
    done: &[
        ("joined", "You are in. The list is everybody's now."),
        ("revoked", "The link is revoked: nobody else can join by it."),
        ("left", "You have left. Nothing of your taste is in that list any more."),
        ("ended", "The evening is over for all."),
    ],
    link: "An evening together",
};

static DE: EveningWords = EveningWords {
    title: "Ein Abend zusammen",
    note: "Zwei bis sechs Leute, eine Liste: Filme, die zu euch allen passen, und bei jedem, warum er zu wem passt.",
    how: &[
        "Du planst einen Abend und bekommst einen Link.",
        "Du schickst ihn denen, die kommen. Wer ihn öffnet, erfährt, was geteilt wird, und macht mit.",
        "Ihr seht alle dieselbe Liste. Nach zwei Tagen ist der Abend vorbei, und nichts davon bleibt.",
    ],
    plan: "Einen Abend planen",
    yours: "Deine Abende",
    see: "Zur Liste",
    planned_by: "Geplant von {name}",
    planned_by_me: "Von dir geplant",
    until: "bis",
    just_you: "Bisher nur du",
    evening_of: "Ein Abend mit {name}",
    evening_of_mine: "Dein Abend",
    evening_note: "Niemand von euch hat diese Filme schon bewertet. Was eine Person weglässt, fehlt für alle.",
    guests: "Wer kommt",
    you: "du",
    plans_it: "plant ihn",
    link_title: "Dein Link",
    link_once: "Schick ihn denen, die kommen. Er steht nur dieses eine Mal hier und gilt zwei Tage, für sechs Leute insgesamt.",
    link_send: "Per E-Mail schicken",
    link_subject: "Ein Film zusammen",
    link_body: "Lass uns einen Film finden, der zu uns beiden passt. Mit diesem Link machst du mit:",
    link_there: "Über einen Link können andere mitmachen. Er wurde einmal gezeigt; ist er verloren, mach einen neuen, dann führt der alte nirgends mehr hin.",
    link_gone: "Kein Link führt hierher: Niemand sonst kann mitmachen.",
    link_new: "Neuen Link machen",
    link_revoke: "Link widerrufen",
    leave: "Diesen Abend verlassen",
    leave_note: "Von da an ist nichts von deinem Geschmack in der Liste, und niemand hier sieht ihn.",
    end: "Diesen Abend beenden",
    end_note: "Für euch alle, und sofort.",
    manage: "Dieser Abend",
    list: "Filme für euch alle",
    order: "Was zählt",
    least_misery: "Dass niemand leidet",
    least_misery_note: "So gut, wie er für die Person ist, der er am wenigsten gefällt.",
    average: "Dass ihn die meisten lieben",
    average_note: "So gut, wie er für euch alle im Mittel ist.",
    resting: "Was euren Geschmack lernt, antwortet gerade nicht. Hier stehen deshalb Filme, die viele lieben und niemand von euch bewertet hat.",
    alone: "Bisher ist es deine Liste allein. Schick den Link, dann wird sie die von allen.",
    nothing: "Nichts ist übrig",
    nothing_note: "Zwischen dem, was ihr gesehen habt, und dem, was ihr weglasst, bleibt kein Film, den das Modell kennt.",
    content: [(90, "trifft es genau"), (65, "passt gut"), (35, "in Ordnung"), (0, "nicht die erste Wahl")],
    for_whom: "Für {name}",
    because_gave: "gab {films}",
    because_searched: "suchte {films}",
    because_viewed: "sah sich {films} an",
    because_popular: "viele lieben ihn",
    because_looked: "nach dem, was angesehen wurde",
    and: "und",
    join_title: "Beim Abend von {name} mitmachen?",
    join_note: "Ihr würdet zusammen einen Film aussuchen. Vorher: Das erfahren die anderen.",
    join_who: "Wer bisher kommt",
    shared: &[
        "Deinen Namen.",
        "Bei jedem Film der Liste, wie gut er zu dir passt, und welche deiner Bewertungen für ihn sprechen.",
        "Genres, die du weglässt, soweit sie in der Liste fehlen.",
        "Sonst nichts: nicht deine anderen Bewertungen, und von dem, was du gesucht und angesehen hast, keinen Titel.",
        "Du kannst jederzeit gehen. Nach zwei Tagen ist der Abend vorbei, und nichts davon bleibt.",
    ],
    join: "Mitmachen",
    not_now: "Jetzt nicht",
    done: &[
        ("joined", "Du bist dabei. Die Liste ist jetzt die von allen."),
        ("revoked", "Der Link ist widerrufen: Niemand sonst kann mit ihm mitmachen."),
        ("left", "Du bist gegangen. Nichts von deinem Geschmack ist mehr in der Liste."),
        ("ended", "Der Abend ist für alle beendet."),
    ],
    link: "Ein Abend zusammen",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_suits_somebody_more_is_said_with_warmer_words() {
        for words in [&EN, &DE] {
            let said: Vec<_> = [1.0, 0.9, 0.7, 0.5, 0.1, 0.0].map(|part| words.content(part)).into();
            assert!(said[0] == said[1] && said[4] == said[5], "{said:?}");
            assert_eq!(said.iter().collect::<std::collections::HashSet<_>>().len(), 4);
        }
    }
}
