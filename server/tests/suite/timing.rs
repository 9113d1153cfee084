//! Whether the time that a wrong password takes tells if an address has an account.
//!
//! Times of both kinds are taken in turns by chance, the slowest tenth of all is left out (it is the machine's own), and the means are
//! held against each other by Welch's t, as dudect does (Reparaz, Balasch, Verbauwhede 2017, which takes 4.5 for certain).

use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::support::TestApp;

/// Beyond this the two are told apart.
const CERTAIN: f64 = 4.5;
/// Longer than any wait after wrong passwords, in seconds.
const BETWEEN_S: i64 = 1_000;

/// Welch's t of two samples, without the slowest tenth of both together.
fn welch_t(samples: [&[f64]; 2]) -> f64 {
    let mut all = samples.concat();
    all.sort_unstable_by(f64::total_cmp);
    let slowest = all[all.len() * 9 / 10];
    let [a, b] = samples.map(|sample| {
        let kept: Vec<f64> = sample.iter().copied().filter(|time| *time < slowest).collect();
        let count = f64::from(u32::try_from(kept.len()).unwrap());
        let mean = kept.iter().sum::<f64>() / count;
        let variance = kept.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, variance / count)
    });
    (a.0 - b.0) / (a.1 + b.1).sqrt()
}

/// Numbers that look random, the same each time (Knuth's MMIX).
fn chance(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *seed >> 33
}

#[test]
fn the_measure_finds_a_fiftieth_and_nothing_where_nothing_is() {
    let mut seed = 1;
    let mut sample = |mean: u32| -> Vec<f64> {
        (0..5_000).map(|_| f64::from(mean) + f64::from(u32::try_from(chance(&mut seed) % 200).unwrap())).collect()
    };
    let (one, other, slower) = (sample(1_000), sample(1_000), sample(1_020));
    assert!(welch_t([&one, &other]).abs() < CERTAIN);
    assert!(welch_t([&slower, &one]) > CERTAIN);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes, and a quiet machine: `cargo nextest run --release -p matinee-server --run-ignored only timing`"]
async fn ten_thousand_wrong_passwords_take_the_same_time_with_and_without_an_account() {
    let tries = std::env::var("MATINEE_TIMING_TRIES").map_or(10_000, |tries| tries.parse().unwrap());
    assert_not_told_apart(tries).await;
}

/// What a few tries show: that a hash is not left out, nor a letter sent before the answer. Turns are by chance, so a busy machine makes
/// both kinds slower.
#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_wrong_passwords_take_the_same_time_with_and_without_an_account() {
    assert_not_told_apart(300).await;
}

async fn assert_not_told_apart(tries: u32) {
    // As they are by default: what is measured is what people get.
    let app = TestApp::start_with(|config| {
        let auth = matinee_server::config::Config::default().auth;
        (config.auth.argon2_memory_kib, config.auth.argon2_passes) = (auth.argon2_memory_kib, auth.argon2_passes);
    })
    .await;
    app.signed_in("ada").await;
    let mut times: [Vec<f64>; 2] = Default::default();
    let mut seed = 7;
    for number in 0..tries + 100 {
        let kind = usize::try_from(chance(&mut seed) % 2).unwrap();
        let name = ["ada", "bob"][kind];
        let body = json!({ "email": format!("{name}@example.org"), "password": "wrong horse" });
        app.clock.advance_seconds(BETWEEN_S);
        let client = app.client();
        let begun = Instant::now();
        let answer = client.send(Method::POST, "/api/v1/session", Some(body)).await;
        let took = begun.elapsed();
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{answer:?}");
        // The first ones fill caches.
        if number >= 100 {
            times[kind].push(took.as_secs_f64());
        }
    }
    let t = welch_t([&times[0], &times[1]]);
    let median = |times: &mut Vec<f64>| {
        times.sort_unstable_by(f64::total_cmp);
        Duration::from_secs_f64(times[times.len() / 2])
    };
    let [with, without] = &mut times;
    println!(
        "{} with an account, median {:?}; {} without, median {:?}; t = {t:.2}",
        with.len(),
        median(with),
        without.len(),
        median(without)
    );
    assert!(t.abs() < CERTAIN, "t = {t}");
}
