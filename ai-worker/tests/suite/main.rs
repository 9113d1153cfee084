//! The whole of the crate: train on a made-up world, load through ONNX Runtime, recommend, over HTTP too.

#![expect(clippy::unwrap_used, reason = "a test that fails this way has failed")]

mod artefacts;
#[path = "../../../connections/tests/suite/authority.rs"]
mod authority;
mod bucket;
mod commands;
mod engine;
mod ials;
mod language;
mod life;
mod models;
mod next;
mod pool;
mod ranker;
mod shadow;
mod shards;
mod stars;
mod swapping;
mod text;
mod tls;
mod tower;
mod training;
mod trial;
mod workers;
mod world;
