//! The e-mail address and a forgotten password, in both languages.

use crate::i18n::Locale;

/// What these pages say. `{email}` stands for an address.
#[derive(Debug)]
pub struct MailWords {
    /// The part on the page of security.
    pub title: &'static str,
    pub is_confirmed: &'static str,
    pub not_confirmed: &'static str,
    pub again: &'static str,
    pub none: &'static str,
    pub new: &'static str,
    pub new_help: &'static str,
    pub change: &'static str,
    /// A forgotten password.
    pub forgot: &'static str,
    pub forgot_title: &'static str,
    pub forgot_note: &'static str,
    pub address: &'static str,
    pub no_address: &'static str,
    pub send: &'static str,
    pub to_sign_in: &'static str,
    pub look: (&'static str, &'static str),
    pub nothing_came: &'static str,
    pub send_again: &'static str,
    pub reset: (&'static str, &'static str),
    pub password: &'static str,
    pub password_help: &'static str,
    pub password_common: &'static str,
    pub password_length: &'static str,
    pub set: &'static str,
    pub is_set: (&'static str, &'static str),
    /// Confirming an address.
    pub confirm: (&'static str, &'static str),
    pub confirm_button: &'static str,
    pub confirmed: (&'static str, &'static str),
    pub on: &'static str,
    pub over: (&'static str, &'static str),
    pub taken: (&'static str, &'static str),
    pub to_security: &'static str,
}

/// The texts of a language.
pub const fn mail(locale: Locale) -> &'static MailWords {
    match locale {
        Locale::en => &EN,
        Locale::de => &DE,
    }
}

static EN: MailWords = MailWords {
    title: "E-mail address",
    is_confirmed: "{email} is confirmed. If you forget your password, you get a new one by it.",
    not_confirmed: "{email} is not confirmed yet. Press the link in the e-mail that we sent you: then you can get a new password by it.",
    again: "Send the e-mail again",
    none: "Your account has no e-mail address. With one you could sign in with a password, too.",
    new: "Another address",
    new_help: "We send an e-mail there. The address changes once you press the link in it, and the old address is told.",
    change: "Change the address",
    forgot: "Forgot your password?",
    forgot_title: "Forgot your password?",
    forgot_note: "Tell us your e-mail address, and we send you a link to choose a new one.",
    address: "E-mail address",
    no_address: "an e-mail address looks like name@example.org",
    send: "Send me the link",
    to_sign_in: "Back to signing in",
    look: (
        "Look into your mailbox",
        "If this address has an account, an e-mail is on its way. Its link is good for half an hour.",
    ),
    nothing_came: "Nothing came? Look among the unwanted mail, or see that you gave the address that you registered with.",
    send_again: "Try another address",
    reset: ("Choose a new password", "For {email}. You are signed out everywhere, and sign in with it from now on."),
    password: "New password",
    password_help: "8 to 128 characters, and none that everybody uses.",
    password_common: "This is one of the passwords that are guessed first. Choose another.",
    password_length: "A password has 8 to 128 characters.",
    set: "Set the password",
    is_set: ("Your new password is set", "You were signed out everywhere. Sign in with it now."),
    confirm: ("Is this your address?", "{email}"),
    confirm_button: "Yes, it is mine",
    confirmed: ("Thank you, that is settled", "{email} is confirmed."),
    on: "On to the films",
    over: (
        "This link is over",
        "It was used already, or is too old. Nothing was changed. Ask for a new e-mail and press the link in that one.",
    ),
    taken: (
        "This address has another account",
        "Somebody signs in with it already. Nothing was changed. If it is you, sign in with that account; otherwise choose another address.",
    ),
    to_security: "Sign-in and security",
};

static DE: MailWords = MailWords {
    title: "E-Mail-Adresse",
    is_confirmed: "{email} ist bestätigt. Vergisst du dein Passwort, bekommst du darüber ein neues.",
    not_confirmed: "{email} ist noch nicht bestätigt. Drück auf den Link in der E-Mail, die wir dir geschickt haben: Dann bekommst du darüber ein neues Passwort.",
    again: "E-Mail noch einmal schicken",
    none: "Dein Konto hat keine E-Mail-Adresse. Mit einer könntest du dich auch mit einem Passwort anmelden.",
    new: "Andere Adresse",
    new_help: "Wir schicken eine E-Mail dorthin. Die Adresse ändert sich, sobald du den Link darin drückst, und die alte erfährt davon.",
    change: "Adresse ändern",
    forgot: "Passwort vergessen?",
    forgot_title: "Passwort vergessen?",
    forgot_note: "Sag uns deine E-Mail-Adresse, und wir schicken dir einen Link, mit dem du ein neues wählst.",
    address: "E-Mail-Adresse",
    no_address: "eine E-Mail-Adresse sieht aus wie name@example.org",
    send: "Link schicken",
    to_sign_in: "Zurück zur Anmeldung",
    look: (
        "Sieh in dein Postfach",
        "Wenn diese Adresse ein Konto hat, ist eine E-Mail unterwegs. Der Link darin gilt eine halbe Stunde.",
    ),
    nothing_came: "Nichts gekommen? Sieh bei der unerwünschten Post nach, oder prüfe, ob du dich mit dieser Adresse registriert hast.",
    send_again: "Andere Adresse versuchen",
    reset: ("Neues Passwort wählen", "Für {email}. Du wirst überall abgemeldet und meldest dich von nun an damit an."),
    password: "Neues Passwort",
    password_help: "8 bis 128 Zeichen, und keines, das alle benutzen.",
    password_common: "Das ist eines der Passwörter, die zuerst geraten werden. Wähle ein anderes.",
    password_length: "Ein Passwort hat 8 bis 128 Zeichen.",
    set: "Passwort setzen",
    is_set: ("Dein neues Passwort ist gesetzt", "Du wurdest überall abgemeldet. Melde dich jetzt damit an."),
    confirm: ("Ist das deine Adresse?", "{email}"),
    confirm_button: "Ja, das ist meine",
    confirmed: ("Danke, das ist geklärt", "{email} ist bestätigt."),
    on: "Weiter zu den Filmen",
    over: (
        "Dieser Link gilt nicht mehr",
        "Er war schon benutzt oder ist zu alt. Nichts wurde geändert. Lass dir eine neue E-Mail schicken und drück dort auf den Link.",
    ),
    taken: (
        "Diese Adresse hat ein anderes Konto",
        "Jemand meldet sich schon damit an. Nichts wurde geändert. Bist du es, melde dich mit jenem Konto an; sonst wähle eine andere Adresse.",
    ),
    to_security: "Anmeldung und Sicherheit",
};
