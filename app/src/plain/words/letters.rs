//! Letters, in both languages.

use crate::i18n::Locale;

/// What letters say: subject, what happened, and what to do if it was somebody else. `{email}` stands for an address, `{name}` for a passkey's name.
#[derive(Debug)]
pub struct LetterWords {
    pub lang: &'static str,
    pub hello: &'static str,
    pub regards: &'static str,
    pub confirm: (&'static str, &'static str, &'static str),
    pub confirm_button: &'static str,
    pub reset: (&'static str, &'static str, &'static str),
    pub reset_button: &'static str,
    pub password_changed: (&'static str, &'static str, &'static str),
    pub address_changed: (&'static str, &'static str, &'static str),
    pub step_on: (&'static str, &'static str, &'static str),
    pub step_off: (&'static str, &'static str, &'static str),
    pub passkey_added: (&'static str, &'static str, &'static str),
    pub passkey_removed: (&'static str, &'static str, &'static str),
    pub see_security: &'static str,
}

/// The texts of a language.
pub const fn letters(locale: Locale) -> &'static LetterWords {
    match locale {
        Locale::en => &EN,
        Locale::de => &DE,
    }
}

static EN: LetterWords = LetterWords {
    lang: "en",
    hello: "Hello,",
    regards: "See you at the films\nMatinee",
    confirm: (
        "Is this your e-mail address?",
        "Somebody gave this address at Matinee. Confirm that it is yours: then you can set a new password by it, should you forget yours. The link is good for a day.",
        "It was not you? Then do nothing, and nothing happens.",
    ),
    confirm_button: "Yes, it is mine",
    reset: (
        "A new password for Matinee",
        "You, or somebody who typed this address, forgot the password for Matinee. Choose a new one here. The link is good for half an hour, and once.",
        "It was not you? Then do nothing: your password stays as it is.",
    ),
    reset_button: "Choose a new password",
    password_changed: (
        "Your password was changed",
        "The password of your Matinee account is another one now. You were signed out everywhere else.",
        "It was not you? Choose a new password at once.",
    ),
    address_changed: (
        "Your e-mail address was changed",
        "Your Matinee account has the address {email} now. From here on letters go there, and this address no longer signs in.",
        "It was not you? Tell whoever runs this Matinee, as soon as you can.",
    ),
    step_on: (
        "The second step is on",
        "From now on Matinee asks for a code of your authenticator app, or for a passkey, after your password.",
        "It was not you? Sign in, switch it off and change your password.",
    ),
    step_off: (
        "The second step is off",
        "Matinee no longer asks for a code after your password.",
        "It was not you? Sign in, change your password and switch the second step on again.",
    ),
    passkey_added: (
        "A passkey was added",
        "The passkey “{name}” signs in to your Matinee account from now on, without a password.",
        "It was not you? Sign in, remove it, end the other sessions and change your password.",
    ),
    passkey_removed: (
        "A passkey was removed",
        "The passkey “{name}” no longer signs in to your Matinee account. You can delete it from your device.",
        "It was not you? Sign in, end the other sessions and change your password.",
    ),
    see_security: "See how you sign in",
};

static DE: LetterWords = LetterWords {
    lang: "de",
    hello: "Hallo,",
    regards: "Bis zum nächsten Film\nMatinee",
    confirm: (
        "Ist das deine E-Mail-Adresse?",
        "Jemand hat diese Adresse bei Matinee angegeben. Bestätige, dass sie dir gehört: Dann kannst du damit ein neues Passwort setzen, falls du deines vergisst. Der Link gilt einen Tag.",
        "Das warst nicht du? Dann tu nichts, und nichts geschieht.",
    ),
    confirm_button: "Ja, das ist meine",
    reset: (
        "Ein neues Passwort für Matinee",
        "Du oder jemand, der diese Adresse getippt hat, hat das Passwort für Matinee vergessen. Wähle hier ein neues. Der Link gilt eine halbe Stunde, und einmal.",
        "Das warst nicht du? Dann tu nichts: Dein Passwort bleibt, wie es ist.",
    ),
    reset_button: "Neues Passwort wählen",
    password_changed: (
        "Dein Passwort wurde geändert",
        "Dein Matinee-Konto hat jetzt ein anderes Passwort. Überall sonst wurdest du abgemeldet.",
        "Das warst nicht du? Wähle sofort ein neues Passwort.",
    ),
    address_changed: (
        "Deine E-Mail-Adresse wurde geändert",
        "Dein Matinee-Konto hat jetzt die Adresse {email}. E-Mails gehen von nun an dorthin, und mit dieser hier meldet sich niemand mehr an.",
        "Das warst nicht du? Sag es so bald wie möglich dem, der dieses Matinee betreibt.",
    ),
    step_on: (
        "Der zweite Schritt ist an",
        "Von jetzt an fragt Matinee nach deinem Passwort noch nach einem Code deiner Authenticator-App oder nach einem Passkey.",
        "Das warst nicht du? Melde dich an, schalte ihn aus und ändere dein Passwort.",
    ),
    step_off: (
        "Der zweite Schritt ist aus",
        "Matinee fragt nach deinem Passwort nicht mehr nach einem Code.",
        "Das warst nicht du? Melde dich an, ändere dein Passwort und schalte den zweiten Schritt wieder ein.",
    ),
    passkey_added: (
        "Ein Passkey wurde hinzugefügt",
        "Der Passkey „{name}“ meldet ab jetzt in deinem Matinee-Konto an, ohne Passwort.",
        "Das warst nicht du? Melde dich an, entferne ihn, beende die anderen Sitzungen und ändere dein Passwort.",
    ),
    passkey_removed: (
        "Ein Passkey wurde entfernt",
        "Der Passkey „{name}“ meldet nicht mehr in deinem Matinee-Konto an. Du kannst ihn von deinem Gerät löschen.",
        "Das warst nicht du? Melde dich an, beende die anderen Sitzungen und ändere dein Passwort.",
    ),
    see_security: "Sehen, wie du dich anmeldest",
};
