//! What is said to somebody of whom the operator asks a second step, in both languages.

use crate::i18n::Locale;

/// What the page says.
#[derive(Debug)]
pub struct DutyWords {
    pub title: &'static str,
    /// To somebody who has no second factor.
    pub set_up_note: &'static str,
    pub set_up: &'static str,
    /// To somebody who has one and did not give it.
    pub again_note: &'static str,
    pub by_passkey: &'static str,
    pub again: &'static str,
    pub meanwhile: &'static str,
    pub data: &'static str,
    pub delete: &'static str,
    pub sign_out: &'static str,
}

/// The texts of a language.
pub const fn duty(locale: Locale) -> &'static DutyWords {
    match locale {
        Locale::en => &EN,
        Locale::de => &DE,
    }
}

static EN: DutyWords = DutyWords {
    title: "One more step",
    set_up_note: "This site asks you for more than a password. Add a passkey, or set up the second step with an authenticator app; it takes a minute.",
    set_up: "Set it up",
    again_note: "This site asks you for more than a password, and you have it already: sign in with your passkey, with your second step, or by the account that asks for one.",
    by_passkey: "Sign in with a passkey",
    again: "Sign in again",
    meanwhile: "Until then you can look around as everybody can.",
    data: "Take your data along",
    delete: "Delete your account",
    sign_out: "Sign out",
};

static DE: DutyWords = DutyWords {
    title: "Noch ein Schritt",
    set_up_note: "Diese Seite verlangt von dir mehr als ein Passwort. Füge einen Passkey hinzu oder richte den zweiten Schritt mit einer Authenticator-App ein; das dauert eine Minute.",
    set_up: "Einrichten",
    again_note: "Diese Seite verlangt von dir mehr als ein Passwort, und du hast es schon: Melde dich mit deinem Passkey an, mit deinem zweiten Schritt oder über das Konto, das danach fragt.",
    by_passkey: "Mit einem Passkey anmelden",
    again: "Neu anmelden",
    meanwhile: "Bis dahin kannst du dich umsehen wie alle anderen.",
    data: "Deine Daten mitnehmen",
    delete: "Dein Konto löschen",
    sign_out: "Abmelden",
};
