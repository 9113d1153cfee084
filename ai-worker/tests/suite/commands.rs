//! The program itself: what it prints and how it ends.

use std::{
    path::Path,
    process::{Command, Output},
};

use matinee_ai::{
    model::ModelDirectory,
    trainer::{TrainOptions, fit_and_write},
};

use matinee_domain::{ExternalId, ExternalSource};
use matinee_services::ports::{CatalogueWriter, ImportKey, ImportProgress, ImportedMovie, ImportedRating};
use matinee_store::{Store, StoreOptions};

use crate::{
    bucket::{self, Bucket},
    world,
};

fn models(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_matinee-ai"))
        .args(["models", "--database"])
        .arg(folder.join("matinee.db"))
        .arg("--models")
        .arg(folder.join("models"))
        .args(arguments)
        .env("MATINEE_ORT_LIB", world::ort_library())
        .env("RUST_LOG", "error")
        .output()
        .unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn models_are_listed_promoted_shown_and_gone_back_from() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, _) = models(folder.path(), &["list"]);
    assert!(code == Some(0) && out.contains("no model yet"), "{out}");
    let (code, _, error) = models(folder.path(), &["rollback"]);
    assert!(code == Some(1) && error.contains("no model to go back to"), "{error}");

    let directory = ModelDirectory::new(folder.path().join("models"));
    let first = world::train_into(directory.path(), 1).version;
    let hyperparameters = Some(world::HYPERPARAMETERS);
    let options =
        TrainOptions { make_live: false, hyperparameters, ..TrainOptions::new(directory.path(), world::now()) };
    let second = fit_and_write(&world::ratings(2), &options, &|_| {}).unwrap().version;
    let (_, out, _) = models(folder.path(), &["list"]);
    assert!(out.contains(&first) && out.contains("live"), "what was live before the registry is taken in: {out}");

    // Nobody in this database to judge by, which is said; --force is for a machine that is busy just then.
    let (code, out, error) = models(folder.path(), &["promote", &second, "--force"]);
    assert!(code == Some(0) && out.contains("too few to tell") && out.contains("is live"), "{out}{error}");
    assert_eq!(directory.lookup_live().unwrap(), Some(second.clone()));
    let (_, out, _) = models(folder.path(), &["show", &second]);
    assert!(out.contains("is live since") && out.contains("latency"), "{out}");
    let (code, out, _) = models(folder.path(), &["rollback"]);
    assert!(code == Some(0) && out.contains(&first), "{out}");
    assert_eq!(directory.lookup_live().unwrap(), Some(first));

    let golden = folder.path().join("golden.json");
    let nowhere = uuid::Uuid::from_u128(7);
    let query = serde_json::json!([{ "name": "a classic", "liked": [world::movie(0)], "expect_one_of": [nowhere] }]);
    std::fs::write(&golden, query.to_string()).unwrap();
    let (code, out, error) = models(folder.path(), &["promote", &second, "--golden", golden.to_str().unwrap()]);
    assert!(code == Some(1) && out.contains("FAIL golden: a classic") && error.contains("refused"), "{out}{error}");
    let (_, out, _) = models(folder.path(), &["list", "--json"]);
    assert!(out.contains("\"state\":\"refused\""), "{out}");
    let (code, _, error) = models(folder.path(), &["promote", "nothing"]);
    assert!(code == Some(1) && error.contains("nothing"), "{error}");
}

#[test]
fn a_trial_is_begun_looked_at_and_ended_and_what_can_not_be_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let trial = |arguments: &[&str]| models(folder.path(), &[&["trial"], arguments].concat());
    let (code, out, _) = trial(&["status"]);
    assert!(code == Some(0) && out.contains("No model has been on trial"), "{out}");
    let (code, _, error) = trial(&["end"]);
    assert!(code == Some(1) && error.contains("no model is on trial"), "{error}");

    let directory = ModelDirectory::new(folder.path().join("models"));
    let first = world::train_into(directory.path(), 1).version;
    let hyperparameters = Some(world::HYPERPARAMETERS);
    let options =
        TrainOptions { make_live: false, hyperparameters, ..TrainOptions::new(directory.path(), world::now()) };
    let second = fit_and_write(&world::ratings(2), &options, &|_| {}).unwrap().version;
    let (code, _, error) = trial(&["start", &second, "--share", "20"]);
    assert!(code == Some(1) && error.contains("0.001 to 0.999, not 20"), "{error}");
    let (code, _, error) = trial(&["start", "nothing", "--share", "0.2"]);
    assert!(code == Some(1) && error.contains("no model nothing"), "{error}");
    let (code, out, error) = trial(&["start", &second, "--share", "0.2"]);
    assert!(code == Some(0) && out.contains("200 of 1000 people"), "{out}{error}");
    let (code, _, error) = trial(&["start", &second]);
    assert!(code == Some(1) && error.contains("runs: end it first"), "{error}");
    let (code, out, _) = trial(&["status"]);
    assert!(code == Some(0) && out.contains("it runs") && out.contains("too few to tell"), "{out}");
    let (_, out, _) = trial(&["status", "--json"]);
    let told: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((told["model"].as_str(), told["live"]["people"].as_u64()), (Some(second.as_str()), Some(0)));

    let (code, out, error) = trial(&["end", "--promote"]);
    assert!(code == Some(0) && out.contains(&format!("recommendations of {second}")), "{out}{error}");
    assert_eq!((directory.lookup_live().unwrap(), directory.lookup_trial().unwrap()), (Some(second), None));
    let (code, out, _) = models(folder.path(), &["rollback"]);
    assert!(code == Some(0) && out.contains(&first), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn models_are_put_into_a_store_and_come_out_of_it_in_another_folder() {
    let (bucket, folder) = (Bucket::start(), tempfile::tempdir().unwrap());
    let run = |models: &str, key: &str, arguments: &[&str]| {
        let store = ["--models-store", "s3://films/of/tests", "--models-store-endpoint", &bucket.endpoint()];
        let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_matinee-ai"))
            .args(["models", "--database"])
            .arg(folder.path().join("matinee.db"))
            .arg("--models")
            .arg(folder.path().join(models))
            .args(arguments)
            .args(store)
            .env("AWS_ACCESS_KEY_ID", key)
            .env("AWS_SECRET_ACCESS_KEY", bucket::SECRET)
            .env("RUST_LOG", "error")
            .output()
            .unwrap();
        (status.code(), String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr))
    };
    let name = world::train_into(&folder.path().join("here"), 1).version;
    let (code, said) = run("here", "", &["push", &name]);
    assert!(code == Some(1) && said.contains("AWS_ACCESS_KEY_ID"), "{said}");
    let (code, said) = run("here", "nobody", &["push", &name]);
    assert!(code == Some(1) && said.contains("refuses") && !said.contains(bucket::SECRET), "{said}");
    // Registering it has tried, and not failed with the store.
    let (code, said) = run("there", bucket::KEY, &["pull", &name]);
    assert!(code == Some(1) && said.contains(&format!("models push {name}")), "{said}");
    let (code, said) = run("here", bucket::KEY, &["push", &name]);
    assert!(code == Some(0) && said.contains("is in s3://films/of/tests at http://127.0.0.1"), "{said}");
    let (code, said) = run("there", bucket::KEY, &["list"]);
    assert!(code == Some(0) && said.contains("not in this folder"), "{said}");
    let (code, said) = run("there", bucket::KEY, &["show", &name]);
    assert!(code == Some(0) && said.contains("files are not in") && said.contains("files are in s3://films"), "{said}");
    let (code, said) = run("there", bucket::KEY, &["pull", &name]);
    assert!(code == Some(0) && said.contains(&name), "{said}");
    assert!(ModelDirectory::new(folder.path().join("there")).load(&name).is_ok());
    let (code, said) = run("here", bucket::KEY, &["push", "nothing"]);
    assert!(code == Some(1) && said.contains("nothing"), "{said}");
}

/// A database with the made-up world's films and ratings.
async fn fill(database: &Path) {
    let store = Store::connect(database.to_str().unwrap(), StoreOptions::default()).await.unwrap();
    store.migrate().await.unwrap();
    let key = |part: &str| ImportKey { part: part.to_owned(), fingerprint: "world".to_owned() };
    let done = |rows: usize| ImportProgress { rows_done: rows as u64, finished: true };
    let film = |number: u128| ImportedMovie {
        external_ids: vec![ExternalId { source: ExternalSource::Imdb, id: number.to_string() }],
        title: format!("Film {number}"),
        original_title: format!("Film {number}"),
        alternative_titles: Vec::new(),
        year: None,
        genres: Vec::new(),
    };
    let films: Vec<_> = (0..world::MOVIES).map(film).collect();
    let count = films.len();
    store.put_movies(&key("films"), films, done(count)).await.unwrap();
    let ratings: Vec<_> = world::ratings(1)
        .into_iter()
        .map(|rating| ImportedRating {
            dataset: "world",
            rater: rating.user.0.as_u128().to_string(),
            movie: (ExternalSource::Imdb, world::number(rating.movie).to_string()),
            stars: rating.stars,
            at: rating.at,
        })
        .collect();
    let count = ratings.len();
    assert!(store.put_ratings(&key("ratings"), ratings, done(count)).await.unwrap().is_empty());
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn machines_that_share_no_folder_train_in_turns_each_judged_beside_what_the_other_made_live() {
    let (mut bucket, folder) = (Bucket::start(), tempfile::tempdir().unwrap());
    fill(&folder.path().join("matinee.db")).await;
    let train = |endpoint: &str, models: &str, seed: &str| {
        let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_matinee-ai"))
            .args(["train", "--seed", seed, "--held-out-one-in", "4", "--database"])
            .arg(folder.path().join("matinee.db"))
            .arg("--models")
            .arg(folder.path().join(models))
            .args(["--models-store", "s3://films/of/tests", "--models-store-endpoint", endpoint])
            // A busy machine must not decide.
            .arg("--force")
            .env("AWS_ACCESS_KEY_ID", bucket::KEY)
            .env("AWS_SECRET_ACCESS_KEY", bucket::SECRET)
            .env("MATINEE_ORT_LIB", world::ort_library())
            .env("RUST_LOG", "error")
            .output()
            .unwrap();
        (status.code(), String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr))
    };
    let live = |models: &str| ModelDirectory::new(folder.path().join(models)).lookup_live().unwrap().unwrap();
    let endpoint = bucket.endpoint();
    let (code, said) = train(&endpoint, "here", "1");
    assert!(code == Some(0) && said.contains("is live"), "{said}");
    let first = live("here");
    let (code, said) = train(&endpoint, "there", "2");
    assert!(code == Some(0) && said.contains(&format!("live {first}")) && said.contains("is live"), "{said}");
    let second = live("there");
    assert!(second != first && ModelDirectory::new(folder.path().join("there")).load(&first).is_ok());
    assert!(bucket.object(&second, "manifest.json").is_file());

    // The first machine lacks what is live now, and can't get it: nothing is trained that could not be judged.
    bucket.stop();
    let (code, said) = train(&endpoint, "here", "3");
    assert!(code == Some(1) && said.contains("beside which the new one would be judged"), "{said}");
    assert_eq!(live("here"), first);
}

/// A row of a file of ratings: `u2` has rated `f3` with 4 stars.
fn row(user: usize, film: usize) -> String {
    format!("u{user}\tf{film}\t4\t{}\n", 1000 + film)
}

#[test]
fn people_the_model_has_never_seen_are_ranked_by_what_is_given_and_the_lists_are_written() {
    const HEADER: &str = "user\titem\trating\ttimestamp\n";
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    // Two tastes: films of the first half and of the second, and twenty people of each.
    let taste = |user: usize| {
        (0..30).filter(move |film| !(user + film * 7).is_multiple_of(5)).map(move |film| (user % 2) * 30 + film)
    };
    let train: String = (0..40).flat_map(|user| taste(user).map(move |film| row(user, film))).collect();
    std::fs::write(path("train"), format!("{HEADER}{train}")).unwrap();
    let given: String = (0..8).map(|film| row(100, film)).chain((30..38).map(|film| row(101, film))).collect();
    std::fs::write(path("given"), format!("{HEADER}{given}")).unwrap();
    std::fs::write(path("test"), format!("{HEADER}{}{}", row(100, 20), row(101, 50))).unwrap();

    let files = ["--train", &path("train"), "--given", &path("given"), "--test", &path("test")];
    let output = Command::new(env!("CARGO_BIN_EXE_matinee-ai"))
        .arg("evaluate")
        .args(files)
        .args(["--stage", "served", "--recs-out", &path("ranked")])
        .env("MATINEE_ORT_LIB", world::ort_library())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let ranked = std::fs::read_to_string(path("ranked")).unwrap();
    let mut lines = ranked.lines();
    assert_eq!(lines.next(), Some("user\titem\trank"));
    let lists: Vec<Vec<&str>> = lines.map(|line| line.split('\t').collect()).collect();
    for (user, own) in [("u100", 0..30), ("u101", 30..60)] {
        let list: Vec<&Vec<&str>> = lists.iter().filter(|row| row[0] == user).collect();
        let ranks: Vec<usize> = list.iter().map(|row| row[2].parse().unwrap()).collect();
        assert_eq!(ranks, (1..=50).collect::<Vec<_>>(), "{user}: 50 deep");
        let found: Vec<usize> = list.iter().map(|row| row[1][1..].parse().unwrap()).collect();
        assert!(
            found[..20].iter().all(|film| own.contains(film)),
            "{user} is recommended films of their taste: {found:?}"
        );
        assert!(
            !found.iter().any(|film| (own.start..own.start + 8).contains(film)),
            "{user}: nothing known: {found:?}"
        );
    }
}

/// The outcome, as JSON.
fn evaluate(arguments: &[&str]) -> serde_json::Value {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_matinee-ai"))
        .args(["evaluate", "--json", "-"])
        .args(arguments)
        .env("MATINEE_ORT_LIB", world::ort_library())
        .output()
        .unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    serde_json::from_slice(&stdout).unwrap()
}

/// The made-up world's ratings as ML-1M has them.
fn ratings_dat(folder: &Path) -> String {
    let path = folder.join("ratings.dat");
    let rows = world::ratings(1).into_iter().map(|rating| {
        let film = world::number(rating.movie);
        format!("{}::{film}::{}::{}\n", rating.user.0.as_u128(), rating.stars.value(), rating.at.timestamp())
    });
    std::fs::write(&path, rows.collect::<String>()).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn stages_are_measured_side_by_side_on_the_same_people_with_intervals() {
    let folder = tempfile::tempdir().unwrap();
    let file = ratings_dat(folder.path());
    let stages = ["served", "served-diverse", "ease", "popularity"];
    let genres = folder.path().join("genres.tsv").to_str().unwrap().to_owned();
    let genre = |film| if film % 2 == 0 { "Drama|War" } else { "Comedy" };
    let of_films: Vec<String> = (0..world::MOVIES).map(|film| format!("{film}\t{}\n", genre(film))).collect();
    std::fs::write(&genres, of_films.concat()).unwrap();
    let files = ["--train", &file, "--genres", &genres].into_iter();
    let asked = files.chain(["--protocol", "next", "--relevant-at", "4", "--max-movies", "48"]);
    let told = evaluate(&asked.chain(stages.iter().flat_map(|name| ["--stage", name])).collect::<Vec<_>>());
    let outcome = &told["protocols"][0];
    assert_eq!((outcome["train"]["films"].as_u64(), outcome["train"]["films_left_out"].as_u64()), (Some(48), Some(2)));
    let group = &outcome["groups"][0];
    let measured: Vec<_> = group["stages"].as_array().unwrap().iter().map(|of| of["stage"].as_str().unwrap()).collect();
    assert_eq!(measured, stages);
    for name in ["ndcg@10", "hr@10", "recall@20", "mrr", "novelty@10", "alike@10", "coverage@10"] {
        let found = &group["stages"][3]["figures"][name];
        let [value, low, high] = ["value", "low", "high"].map(|key| found[key].as_f64().unwrap());
        assert!(low <= value && value <= high && low < high, "{name}: {found}");
    }
    let figure = |of: &serde_json::Value, name: &str| of["figures"][name]["value"].as_f64().unwrap();
    let ndcg = |stage: usize| figure(&group["stages"][stage], "ndcg@10");
    let difference = figure(&group["differences"][2], "ndcg@10");
    assert!(ndcg(0) > ndcg(3) && (ndcg(0) - ndcg(3) - difference).abs() < 1e-9, "{group}");
    assert!(figure(&group["differences"][0], "alike@10") > 0.0, "the knob makes films less alike: {group}");
}

#[test]
fn every_protocol_hides_something_else_and_comes_out_the_same_again_without_a_library() {
    let folder = tempfile::tempdir().unwrap();
    let file = ratings_dat(folder.path());
    let all: Vec<&str> = ["random", "unseen", "next", "time"].iter().flat_map(|name| ["--protocol", name]).collect();
    let arguments = [&["--train", &file, "--stage", "popularity", "--ort-lib", "/nowhere"][..], &all].concat();
    let groups = || -> Vec<serde_json::Value> {
        evaluate(&arguments)["protocols"].as_array().unwrap().iter().map(|outcome| outcome["groups"].clone()).collect()
    };
    let found = groups();
    let names = |at: usize| found[at].as_array().unwrap().iter().map(|group| group["group"].as_str().unwrap());
    assert_eq!(names(1).collect::<Vec<_>>(), ["1 event", "3 events", "5 events", "10 events"]);
    assert_eq!(names(3).collect::<Vec<_>>(), ["known before", "new"]);
    let people = |at: usize| found[at][0]["people"].as_u64().unwrap();
    assert!((200..=240).contains(&people(0)), "nearly everybody has something hidden: {}", people(0));
    assert_eq!((people(1), people(2)), (48, 240), "a fifth, and everybody");
    assert_eq!(found, groups());
}

#[test]
fn every_protocol_measures_ials_beside_popularity_without_a_library() {
    let folder = tempfile::tempdir().unwrap();
    let file = ratings_dat(folder.path());
    // So few people that there are none to choose settings by, which is what takes long.
    let all = std::fs::read_to_string(&file).unwrap();
    let user = |row: &str| row.split("::").next().unwrap().parse::<u128>().unwrap();
    let some: String = all.split_inclusive('\n').filter(|row| user(row) % 3 == 0).collect();
    std::fs::write(&file, some).unwrap();
    let protocols = ["random", "unseen", "next", "time"].iter().flat_map(|name| ["--protocol", name]);
    let stages = ["ials", "ials-prior", "popularity"].iter().flat_map(|name| ["--stage", name]);
    let files = ["--train", &file, "--ort-lib", "/nowhere"].into_iter();
    let told = evaluate(&files.chain(protocols).chain(stages).collect::<Vec<_>>());
    let outcomes = told["protocols"].as_array().unwrap();
    assert_eq!(outcomes.len(), 4);
    let ndcg = |group: &serde_json::Value, stage: usize| group["stages"][stage]["figures"]["ndcg@10"]["value"].as_f64();
    for group in outcomes.iter().flat_map(|outcome| outcome["groups"].as_array().unwrap()) {
        let people = group["people"].as_u64().unwrap();
        assert!((0..3).all(|stage| ndcg(group, stage).is_some() == (people > 0)), "{group}");
    }
    let hidden = &outcomes[0]["groups"][0];
    assert!(ndcg(hidden, 0) > ndcg(hidden, 2) && ndcg(hidden, 1) > ndcg(hidden, 2), "{hidden}");
}
