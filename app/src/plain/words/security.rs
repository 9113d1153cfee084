//! Ways in and security, in both languages.

use crate::i18n::Locale;

/// What these pages say. `{provider}` stands for a provider's name.
#[derive(Debug)]
pub struct SecurityWords {
    pub with: &'static str,
    pub or: &'static str,
    pub ways_title: &'static str,
    pub ways_note: &'static str,
    pub no_ways: &'static str,
    pub to_sign_in: &'static str,
    pub try_again: &'static str,
    pub to_security: &'static str,
    pub unknown: (&'static str, &'static str),
    pub over: (&'static str, &'static str),
    pub denied: (&'static str, &'static str),
    pub broken: (&'static str, &'static str),
    pub clash: (&'static str, &'static str),
    pub elsewhere: (&'static str, &'static str),
    pub unavailable: (&'static str, &'static str),
    pub going: (&'static str, &'static str),
    pub go: &'static str,
    pub title: &'static str,
    pub note: &'static str,
    pub prove: &'static str,
    pub prove_link: &'static str,
    pub linked: &'static str,
    pub none_linked: &'static str,
    pub linked_at: &'static str,
    pub link: &'static str,
    pub unlink: &'static str,
    pub last_way_in: &'static str,
    pub password: &'static str,
    pub has_password: &'static str,
    pub no_password: &'static str,
    pub no_address: &'static str,
    pub current: &'static str,
    pub new: &'static str,
    pub new_help: &'static str,
    pub set_password: &'static str,
    pub sessions: &'static str,
    pub sessions_note: &'static str,
    pub this_one: &'static str,
    pub seen: &'static str,
    pub device: &'static str,
    pub device_of: &'static str,
    pub end: &'static str,
    pub end_others: &'static str,
    pub back: &'static str,
    /// What was done just now, by its name in the address.
    pub done: &'static [(&'static str, &'static str)],
}

impl SecurityWords {
    /// What was done just now.
    pub fn said(&self, name: &str) -> Option<&'static str> {
        self.done.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
    }
}

/// The texts of a language.
pub const fn security(locale: Locale) -> &'static SecurityWords {
    match locale {
        Locale::en => &EN,
        Locale::de => &DE,
    }
}

static EN: SecurityWords = SecurityWords {
    with: "Sign in with {provider}",
    or: "or",
    ways_title: "Sign in another way",
    ways_note: "With an account that you have elsewhere. Matinee learns who you are there, and nothing else.",
    no_ways: "This Matinee knows no other way than a password.",
    to_sign_in: "Sign in",
    try_again: "Try again",
    to_security: "Sign in and link the two",
    unknown: ("There is no such way in", "This Matinee does not know that provider. Sign in another way."),
    over: (
        "This sign-in is over",
        "It was begun in another browser, was used already, or took too long. Nobody was signed in. Begin again.",
    ),
    denied: (
        "You were not signed in",
        "{provider} was not allowed to tell us who you are. Nothing was kept. Try again, or sign in another way.",
    ),
    broken: (
        "{provider} does not answer as it should",
        "It is not your fault, and nobody was signed in. Try again in a few minutes, or sign in another way.",
    ),
    clash: (
        "You have an account here already",
        "One has the e-mail address that {provider} tells us. Sign in to it, then link {provider} there: from then on both lead to the same account.",
    ),
    elsewhere: (
        "Linked to another account",
        "That account at {provider} signs in to another Matinee account. Sign in with it and unlink it there, or delete that account, first.",
    ),
    unavailable: ("Back in a moment", "A part of Matinee does not answer. Nothing was changed; try again shortly."),
    going: ("Off to {provider}", "Say there that Matinee may know who you are, and you are brought back here."),
    go: "Go to {provider}",
    title: "Sign-in and security",
    note: "How you sign in, and where you are signed in now.",
    prove: "To change any of this, sign in once more: the last time is a while ago.",
    prove_link: "Sign in once more",
    linked: "Linked accounts",
    none_linked: "None yet. With a linked account you sign in by one press.",
    linked_at: "linked",
    link: "Link {provider}",
    unlink: "Unlink",
    last_way_in: "This is your only way in. Link another account before you unlink this one.",
    password: "Password",
    has_password: "You sign in with {email} and a password, too.",
    no_password: "You have no password. With one you could sign in with {email}, too.",
    no_address: "Your account has no e-mail address, so it can't be signed in to with a password.",
    current: "Present password",
    new: "New password",
    new_help: "8 to 128 characters, and none that everybody uses. You are signed out everywhere else.",
    set_password: "Set the password",
    sessions: "Where you are signed in",
    sessions_note: "If you don't know one of these, end it and set a new password.",
    this_one: "this browser",
    seen: "last used",
    device: "A browser that tells nothing of itself",
    device_of: "{browser} on {system}",
    end: "Sign out there",
    end_others: "Sign out everywhere else",
    back: "Your account",
    done: &[
        ("linked", "Linked. From now on you can sign in with it."),
        ("unlinked", "Unlinked. Nobody signs in with it any more."),
        ("ended", "Signed out there. It holds at once."),
        ("password", "The password is set. You were signed out everywhere else."),
        ("prove", "Nothing was changed: sign in once more first."),
    ],
};

static DE: SecurityWords = SecurityWords {
    with: "Mit {provider} anmelden",
    or: "oder",
    ways_title: "Anders anmelden",
    ways_note: "Mit einem Konto, das du anderswo hast. Matinee erfährt, wer du dort bist, und sonst nichts.",
    no_ways: "Dieses Matinee kennt nur das Passwort.",
    to_sign_in: "Anmelden",
    try_again: "Noch einmal versuchen",
    to_security: "Anmelden und verknüpfen",
    unknown: ("So geht es hier nicht", "Diesen Anbieter kennt dieses Matinee nicht. Melde dich anders an."),
    over: (
        "Diese Anmeldung ist vorbei",
        "Sie wurde in einem anderen Browser begonnen, war schon benutzt oder hat zu lange gedauert. Niemand wurde angemeldet. Fang noch einmal an.",
    ),
    denied: (
        "Du wurdest nicht angemeldet",
        "{provider} durfte uns nicht sagen, wer du bist. Nichts wurde behalten. Versuch es noch einmal oder melde dich anders an.",
    ),
    broken: (
        "{provider} antwortet nicht, wie es soll",
        "Es liegt nicht an dir, und niemand wurde angemeldet. Versuch es in einigen Minuten noch einmal oder melde dich anders an.",
    ),
    clash: (
        "Du hast hier schon ein Konto",
        "Eines hat die E-Mail-Adresse, die {provider} uns nennt. Melde dich dort an und verknüpfe {provider}: Dann führt beides zum selben Konto.",
    ),
    elsewhere: (
        "Mit einem anderen Konto verknüpft",
        "Dieses Konto bei {provider} meldet in einem anderen Matinee-Konto an. Melde dich damit an und löse es dort, oder lösche jenes Konto zuerst.",
    ),
    unavailable: (
        "Gleich wieder da",
        "Ein Teil von Matinee antwortet nicht. Nichts wurde geändert; versuch es gleich noch einmal.",
    ),
    going: (
        "Weiter zu {provider}",
        "Sag dort, dass Matinee wissen darf, wer du bist; danach kommst du hierher zurück.",
    ),
    go: "Zu {provider}",
    title: "Anmeldung und Sicherheit",
    note: "Wie du dich anmeldest, und wo du gerade angemeldet bist.",
    prove: "Um etwas davon zu ändern, melde dich noch einmal an: Das letzte Mal ist eine Weile her.",
    prove_link: "Noch einmal anmelden",
    linked: "Verknüpfte Konten",
    none_linked: "Noch keines. Mit einem verknüpften Konto meldest du dich mit einem Druck an.",
    linked_at: "verknüpft",
    link: "{provider} verknüpfen",
    unlink: "Lösen",
    last_way_in: "Nur so kommst du herein. Verknüpfe ein anderes Konto, ehe du dieses löst.",
    password: "Passwort",
    has_password: "Du meldest dich auch mit {email} und einem Passwort an.",
    no_password: "Du hast kein Passwort. Mit einem könntest du dich auch mit {email} anmelden.",
    no_address: "Dein Konto hat keine E-Mail-Adresse, darum geht es nicht mit einem Passwort.",
    current: "Jetziges Passwort",
    new: "Neues Passwort",
    new_help: "8 bis 128 Zeichen, und keines, das alle benutzen. Überall sonst wirst du abgemeldet.",
    set_password: "Passwort setzen",
    sessions: "Wo du angemeldet bist",
    sessions_note: "Kennst du eines davon nicht, beende es und setze ein neues Passwort.",
    this_one: "dieser Browser",
    seen: "zuletzt benutzt",
    device: "Ein Browser, der nichts von sich sagt",
    device_of: "{browser} auf {system}",
    end: "Dort abmelden",
    end_others: "Überall sonst abmelden",
    back: "Dein Konto",
    done: &[
        ("linked", "Verknüpft. Ab jetzt kannst du dich damit anmelden."),
        ("unlinked", "Gelöst. Niemand meldet sich mehr damit an."),
        ("ended", "Dort abgemeldet. Es gilt sofort."),
        ("password", "Das Passwort ist gesetzt. Überall sonst wurdest du abgemeldet."),
        ("prove", "Nichts wurde geändert: Melde dich zuerst noch einmal an."),
    ],
};
