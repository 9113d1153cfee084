//! The whole of the crate: train on a made-up world, load through ONNX Runtime, recommend, over HTTP too.

#![expect(clippy::unwrap_used, reason = "a test that fails this way has failed")]

mod engine;
mod models;
mod ranker;
mod training;
mod world;
