//! The web instance: composition of the parts, configuration, middleware, the JSON API, and the command line.
//!
//! `compose` opens the parts (store, search index, recommender) and puts them behind the ports of the use cases;
//! `router` puts pages, API and files behind one stack of middleware; `serve` listens; `cli` holds the commands.

pub mod api;
pub mod auth;
pub mod backups;
pub mod cache;
pub mod cli;
pub mod compose;
pub mod config;
pub mod following;
pub mod health;
pub mod http;
pub mod logging;
pub mod mail;
pub mod oauth;
pub mod pages;
pub mod passkeys;
pub mod recommender;
pub mod router;
pub mod serve;
pub mod state;
pub mod trials;
pub mod views;
