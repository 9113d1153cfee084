//! Every parser that meets bytes from outside, as a function that takes any bytes and must neither panic, nor run on without end.
//!
//! `scripts/fuzz.sh` gives them to libFuzzer, which looks for bytes that lead where none led before; what it found that way is kept in
//! `fuzz/corpus`, a folder for each target, beside examples written by hand. The test `tests/corpus.rs` reads all of these, and spoilt
//! ones, with every `make test`. A file that made something panic goes there, too, and stays.
//!
//! The director's parsers are here with the feature `director`, for it needs more to build than all the rest; the director's own tests read
//! their inputs (`director/tests/suite/bytes.rs`).

mod targets;

/// A parser, and the name of its folder of inputs.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    pub name: &'static str,
    pub read: fn(&[u8]),
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "search", read: targets::search::search },
    Target { name: "movielens", read: targets::imports::movielens },
    Target { name: "imdb", read: targets::imports::imdb },
    Target { name: "wikipedia", read: targets::imports::wikipedia },
    Target { name: "facts", read: targets::imports::facts },
    Target { name: "plots", read: targets::imports::plots },
    Target { name: "zip", read: targets::imports::zip },
    Target { name: "passkeys", read: targets::accounts::passkeys },
    Target { name: "accounts", read: targets::accounts::fields },
    Target { name: "addresses", read: targets::accounts::addresses },
    Target { name: "tokens", read: targets::secrets::tokens },
    Target { name: "codes", read: targets::secrets::codes },
    Target { name: "providers", read: targets::secrets::providers },
    Target { name: "flash", read: targets::pages::flash },
    Target { name: "knobs", read: targets::pages::knobs },
    Target { name: "forwarded", read: targets::network::forwarded },
    Target { name: "config", read: targets::operation::config },
    Target { name: "worker", read: targets::models::requests },
    Target { name: "model", read: targets::models::model },
    Target { name: "text-model", read: targets::models::text_model },
    #[cfg(feature = "director")]
    Target { name: "director", read: targets::director::requests },
    #[cfg(feature = "director")]
    Target { name: "director-config", read: targets::director::settings },
];
