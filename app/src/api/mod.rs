//! Server functions, one file for each subject. Each one: who asks → one use case → map the error.
//!
//! All live under [`PREFIX`], by an explicit name (the generated ones hash the build's path). Reads use
//! `input = GetUrl`; whatever changes something is a POST, and the server checks where it comes from.

pub mod accounts;
pub mod activity;
pub mod home;
pub mod marks;
pub mod movies;
pub mod preferences;
pub mod ratings;
pub mod search;
pub mod viewer;

#[cfg(feature = "ssr")]
mod answers;
#[cfg(feature = "ssr")]
pub use answers::{
    accepts_html, answer_status, cookie_in, fail, query_of, redirect, redirect_for_good, request_cookie, services,
    set_cookie, sign_in_path,
};

/// Where the server mounts the server functions.
pub const PREFIX: &str = "/api/ui";
