//! The tables that say something of people, and where each stands in the export of all that is kept of somebody. The server's tests read
//! this list, too (`server/tests/suite/export.rs`), and hold it against an export.

/// Where a person finds what a table holds of them.
pub enum Told {
    /// At these keys of the export, a dot between one and the key within it.
    As(&'static [&'static str]),
    /// Nowhere, and why.
    Not(&'static str),
}

/// A table, its columns that name a person or are known to one alone, and where they are told of.
pub type OfPeople = (&'static str, &'static [&'static str], Told);

use Told::{As, Not};

pub const OF_PEOPLE: &[OfPeople] = &[
    (
        "users",
        &["id", "name", "email", "email_confirmed_at", "password_hash"],
        As(&["account", "role", "sign_in.email_is_confirmed", "sign_in.has_password"]),
    ),
    ("ratings", &["user_id"], As(&["ratings"])),
    ("activity", &["user_id"], As(&["searches_and_views"])),
    ("marks", &["user_id"], As(&["not_interested", "not_because"])),
    ("knobs", &["user_id"], As(&["knobs"])),
    ("sessions", &["user_id"], As(&["sign_in.sessions"])),
    ("identities", &["user_id", "subject", "label"], As(&["sign_in.linked_accounts"])),
    ("api_tokens", &["user_id"], As(&["tokens"])),
    ("second_factors", &["user_id"], As(&["sign_in.second_step"])),
    ("recovery_codes", &["user_id"], As(&["sign_in.second_step"])),
    ("passkeys", &["user_id"], As(&["sign_in.passkeys"])),
    ("evenings", &["user_id"], As(&["evenings"])),
    ("evening_guests", &["user_id"], As(&["evenings"])),
    ("trial_shown", &["user_id"], As(&["shown_in_trials"])),
    ("change_sets", &["actor_kind", "actor", "subject"], As(&["changes"])),
    (
        "changes",
        &["subject"],
        Not(
            "what rows were before a change: the change is told of by its set, what is kept now by the tables themselves",
        ),
    ),
    ("sign_in_attempts", &["user_id"], Not("digests and chance, for the minutes that somebody is at a provider")),
    ("sign_in_failures", &["id"], Not("a digest of what was typed and of where, of nobody in particular, for a day")),
    ("mail_tokens", &["user_id", "email"], Not("a letter's digest and where it went, until it is used or for hours")),
];
