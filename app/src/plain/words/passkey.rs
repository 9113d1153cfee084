//! Passkeys, in both languages.

use crate::i18n::Locale;

/// What these pages say. `{origin}` stands for an address, `{name}` for a passkey's name.
#[derive(Debug)]
pub struct PasskeyWords {
    /// The button on the page for signing in.
    pub with: &'static str,
    /// The part on the page of security.
    pub title: &'static str,
    pub note: &'static str,
    pub none: &'static str,
    pub added: &'static str,
    pub used: &'static str,
    pub unused: &'static str,
    pub name: &'static str,
    pub new_name: &'static str,
    pub name_help: &'static str,
    pub add: &'static str,
    pub rename: &'static str,
    pub keep_name: &'static str,
    pub remove: &'static str,
    pub last_way_in: &'static str,
    pub many: &'static str,
    pub second_step: &'static str,
    /// Signing in.
    pub sign_in: &'static str,
    pub sign_in_note: &'static str,
    pub use_one: &'static str,
    pub other_way: &'static str,
    /// In place of the code.
    pub instead: &'static str,
    /// What the browser says.
    pub no_script: &'static str,
    pub no_passkeys: &'static str,
    pub elsewhere: &'static str,
    pub cancelled: &'static str,
    pub known: &'static str,
    pub failed: &'static str,
    /// What the server says.
    pub over: &'static str,
    pub unknown: &'static str,
    pub wrong: &'static str,
    pub copied: &'static str,
    pub somebody_else: &'static str,
}

/// The texts of a language.
pub const fn passkey(locale: Locale) -> &'static PasskeyWords {
    match locale {
        Locale::en => &EN,
        Locale::de => &DE,
    }
}

static EN: PasskeyWords = PasskeyWords {
    with: "Sign in with a passkey",
    title: "Passkeys",
    note: "With a passkey you sign in by your finger, your face or your device's PIN, without a password. It works on this site alone, so nobody can trick you out of it.",
    none: "None yet.",
    added: "added",
    used: "last used",
    unused: "not used yet",
    name: "Name",
    new_name: "Name of the new passkey",
    name_help: "So that you know it again.",
    add: "Add a passkey",
    rename: "Rename",
    keep_name: "Keep the name",
    remove: "Remove",
    last_way_in: "This is your only way in. Add another passkey, or link an account, before you remove this one.",
    second_step: "Your second step asks for it. Add another passkey, or switch the second step off, before you remove this one.",
    many: "You have as many passkeys as one account takes. Remove one before you add another.",
    sign_in: "Sign in with a passkey",
    sign_in_note: "Your device asks for your finger, your face or its PIN. You need no name and no password.",
    use_one: "Use a passkey",
    other_way: "Sign in another way",
    instead: "Or use a passkey in place of the code.",
    no_script: "Passkeys need JavaScript, which is off in this browser.",
    no_passkeys: "This browser knows no passkeys.",
    elsewhere: "Passkeys work at {origin}, not at the address this page has.",
    cancelled: "No passkey came. Perhaps the question was closed, or this device has none for Matinee. Try again, or choose another way.",
    known: "This device has a passkey for your account already.",
    failed: "Your device could not do it. Try again; if it stays so, restart the browser.",
    over: "That took too long, or was answered already. Nothing was changed. Try again.",
    unknown: "Nobody here has this passkey. It may have been removed: delete it from your device, and sign in another way.",
    wrong: "The answer of your device does not fit. Nothing was changed. Try again.",
    copied: "This passkey was used elsewhere since, so somebody may have a copy of it. Sign in another way and remove it.",
    somebody_else: "This passkey belongs to another account than the password. Use one of this account, or give the code.",
};

static DE: PasskeyWords = PasskeyWords {
    with: "Mit einem Passkey anmelden",
    title: "Passkeys",
    note: "Mit einem Passkey meldest du dich mit Finger, Gesicht oder der PIN deines Geräts an, ohne Passwort. Er gilt nur auf dieser Seite, darum kann ihn dir niemand ablisten.",
    none: "Noch keiner.",
    added: "hinzugefügt",
    used: "zuletzt benutzt",
    unused: "noch nicht benutzt",
    name: "Name",
    new_name: "Name des neuen Passkeys",
    name_help: "Damit du ihn wiedererkennst.",
    add: "Passkey hinzufügen",
    rename: "Umbenennen",
    keep_name: "Namen behalten",
    remove: "Entfernen",
    last_way_in: "Nur so kommst du herein. Füge einen anderen Passkey hinzu oder verknüpfe ein Konto, ehe du diesen entfernst.",
    second_step: "Dein zweiter Schritt fragt danach. Füge einen anderen Passkey hinzu oder schalte den zweiten Schritt aus, ehe du diesen entfernst.",
    many: "Du hast so viele Passkeys, wie ein Konto haben kann. Entferne einen, ehe du einen neuen hinzufügst.",
    sign_in: "Mit einem Passkey anmelden",
    sign_in_note: "Dein Gerät fragt nach Finger, Gesicht oder seiner PIN. Du brauchst weder Namen noch Passwort.",
    use_one: "Passkey benutzen",
    other_way: "Anders anmelden",
    instead: "Oder benutze statt des Codes einen Passkey.",
    no_script: "Passkeys brauchen JavaScript, und das ist in diesem Browser aus.",
    no_passkeys: "Dieser Browser kennt keine Passkeys.",
    elsewhere: "Passkeys gehen unter {origin}, nicht unter der Adresse dieser Seite.",
    cancelled: "Es kam kein Passkey. Vielleicht wurde die Frage geschlossen, oder dieses Gerät hat keinen für Matinee. Versuch es noch einmal oder wähle einen anderen Weg.",
    known: "Dieses Gerät hat schon einen Passkey für dein Konto.",
    failed: "Dein Gerät konnte es nicht. Versuch es noch einmal; bleibt es so, starte den Browser neu.",
    over: "Das hat zu lange gedauert oder war schon beantwortet. Nichts wurde geändert. Versuch es noch einmal.",
    unknown: "Diesen Passkey hat hier niemand. Vielleicht wurde er entfernt: Lösche ihn von deinem Gerät und melde dich anders an.",
    wrong: "Die Antwort deines Geräts passt nicht. Nichts wurde geändert. Versuch es noch einmal.",
    copied: "Dieser Passkey wurde inzwischen anderswo benutzt, also hat vielleicht jemand eine Kopie davon. Melde dich anders an und entferne ihn.",
    somebody_else: "Dieser Passkey gehört zu einem anderen Konto als das Passwort. Benutze einen dieses Kontos oder gib den Code ein.",
};
