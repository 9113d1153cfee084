//! Models' files by way of a store: whole and unchanged, or not at all; and whoever serves goes on whatever the store does.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use matinee_ai::{
    artefacts::{ArtefactError, ArtefactOptions, ArtefactStore, Credentials, Pushed},
    life::{Life, LifeError},
    model::ModelDirectory,
    trainer::{TrainOptions, fit_and_write},
    worker::{Engine, EngineOptions},
};
use matinee_services::ports::{ModelState, Recommender};
use matinee_store::{Store, StoreOptions};
use tempfile::TempDir;

use crate::{
    bucket::{Bucket, KEY, SECRET},
    world::{self, now, rated, request},
};

/// A database that knows the models, for machines with folders of their own.
struct Registry {
    store: Arc<Store>,
    _folder: TempDir,
}

/// A folder of models that one machine alone has.
struct Machine {
    life: Life,
    folder: TempDir,
}

impl Registry {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::connect(folder.path().join("matinee.db").to_str().unwrap(), StoreOptions::default()).await;
        let store = Arc::new(store.unwrap());
        store.migrate().await.unwrap();
        Self { store, _folder: folder }
    }

    fn machine(&self, artefacts: ArtefactStore) -> Machine {
        let folder = tempfile::tempdir().unwrap();
        let life = Life::new(Arc::clone(&self.store), ModelDirectory::new(folder.path()));
        Machine { life: life.with_artefacts(Some(artefacts)), folder }
    }
}

impl Machine {
    /// Writes a model with all files that one can have, and registers nothing.
    fn write(&self, seed: u64) -> String {
        let options = TrainOptions {
            make_live: false,
            hyperparameters: Some(world::HYPERPARAMETERS),
            scan_from: 10,
            ..TrainOptions::new(self.folder.path(), now() + chrono::TimeDelta::seconds(i64::try_from(seed).unwrap()))
        };
        fit_and_write(&world::ratings(seed), &options, &|_| {}).unwrap().version
    }

    async fn train(&self, seed: u64) -> String {
        let name = self.write(seed);
        self.life.register(&name, ModelState::Candidate, now()).await.unwrap();
        name
    }

    fn live(&self) -> Option<String> {
        self.life.directory.lookup_live().unwrap()
    }

    /// Whether there is nothing of an attempt to fetch.
    fn is_tidy(&self) -> bool {
        let names = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        names.into_iter().all(|name| !name.to_string_lossy().starts_with('.'))
    }
}

/// What is in a folder, by name.
fn content(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let started = Instant::now();
    while !is_so().await {
        assert!(started.elapsed() < Duration::from_mins(1), "waiting until {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn damaged_file<T: std::fmt::Debug>(outcome: Result<T, LifeError>) -> (String, String) {
    match outcome {
        Err(LifeError::Artefact(ArtefactError::Damaged { file, reason, .. })) => (file, reason),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registered_model_comes_to_another_machine_the_same_byte_for_byte() {
    let (bucket, registry) = (Bucket::start(), Registry::new().await);
    let (here, there) = (registry.machine(bucket.store()), registry.machine(bucket.store()));
    let name = here.train(1).await;
    assert!(bucket.store().holds(&name).await.unwrap());
    assert_eq!(bucket.store().push(&name, &here.life.directory, false).await.unwrap(), Pushed::WasThere);
    there.life.fetch(&name).await.unwrap();
    let original = content(&here.folder.path().join(&name));
    assert_eq!(original.len(), 7, "{:?}", original.keys());
    assert!(original == content(&there.folder.path().join(&name)));
    assert!(there.is_tidy());
    // What is here and right is fetched again without harm, also by two at once.
    let again = tokio::join!(there.life.fetch(&name), there.life.fetch(&name));
    assert!(matches!(again, (Ok(()), Ok(()))), "{again:?}");
    fs::write(there.folder.path().join(&name).join("items.txt"), "damaged").unwrap();
    there.life.fetch(&name).await.unwrap();
    assert!(original == content(&there.folder.path().join(&name)) && there.is_tidy());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_changed_in_the_store_is_refused_by_its_name_and_the_live_model_stays() {
    let (bucket, registry) = (Bucket::start(), Registry::new().await);
    let (here, there) = (registry.machine(bucket.store()), registry.machine(bucket.store()));
    let first = here.train(1).await;
    here.life.put_live(&first, now()).await.unwrap();
    there.life.bring_live_here().await.unwrap();
    let second = here.train(2).await;
    here.life.put_live(&second, now()).await.unwrap();

    for file in ["model.onnx", "similar.onnx", "items.txt", "encoder.onnx", "films.f32", "stars.onnx"] {
        let object = bucket.object(&second, file);
        let right = fs::read(&object).unwrap();
        let mut wrong = right.clone();
        wrong[right.len() / 2] ^= 1;
        for (wrong, part) in [
            (wrong, "sha256"),
            (right[..right.len() - 1].to_vec(), "only"),
            ([&right[..], b"more"].concat(), "more than"),
        ] {
            fs::write(&object, wrong).unwrap();
            let (named, reason) = damaged_file(there.life.fetch(&second).await);
            assert!(named == file && reason.contains(part), "{named}: {reason}");
        }
        fs::remove_file(&object).unwrap();
        assert_eq!(damaged_file(there.life.fetch(&second).await), (file.to_owned(), "it is missing".to_owned()));
        fs::write(&object, right).unwrap();
    }
    assert!(there.life.follow().await.is_err());
    assert!(there.live() == Some(first) && !there.life.directory.holds(&second) && there.is_tidy());

    fs::write(bucket.object(&second, "model.onnx"), b"no graph").unwrap();
    let pushed = bucket.store().push(&second, &here.life.directory, true).await.unwrap();
    assert!(matches!(pushed, Pushed::Put(bytes) if bytes > 1_000), "{pushed:?}");
    there.life.fetch(&second).await.unwrap();
    assert!(there.life.follow().await.unwrap());
    assert_eq!(there.live(), Some(second));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_right_seals_and_was_not_registered_is_refused() {
    let (bucket, registry) = (Bucket::start(), Registry::new().await);
    let (here, there) = (registry.machine(bucket.store()), registry.machine(bucket.store()));
    let name = here.train(1).await;
    let object = bucket.object(&name, "manifest.json");
    let right = fs::read_to_string(&object).unwrap();
    let graph = fs::read(bucket.object(&name, "model.onnx")).unwrap();
    let other = [&graph[..], b"other"].concat();
    fs::write(bucket.object(&name, "model.onnx"), &other).unwrap();
    let hash = matinee_ai::model::sha256_hex;
    let resealed = right
        .replace(&hash(&graph), &hash(&other))
        .replace(&format!("\"bytes\": {}", graph.len()), &format!("\"bytes\": {}", other.len()));
    for (wrong, part) in [
        (resealed, "another model"),
        (right.replace("\"movies\": 50", "\"movies\": 49"), "another model"),
        (right.replace("\"scale\": 0.2", "\"scale\": 0.9"), "another model"),
        (right.replace("items.txt", "../items.txt"), "another model"),
        (right.replace("\"format\": 1", "\"format\": 99"), "format 99"),
        (right[..right.len() / 2].to_owned(), "no manifest"),
        (String::new(), "no manifest"),
    ] {
        assert_ne!(wrong, right);
        fs::write(&object, wrong).unwrap();
        let (named, reason) = damaged_file(there.life.fetch(&name).await);
        assert!(named == "manifest.json" && reason.contains(part), "{named}: {reason}");
    }
    assert!(!there.life.directory.holds(&name) && there.is_tidy());
    // Nothing is overwritten by somebody who believes that it is another one.
    let pushed = bucket.store().push(&name, &here.life.directory, false).await;
    assert!(matches!(pushed, Err(ArtefactError::Other { .. })), "{pushed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_whose_manifest_is_not_there_yet_is_not_taken() {
    let (bucket, registry) = (Bucket::start(), Registry::new().await);
    let (here, there) = (registry.machine(bucket.store()), registry.machine(bucket.store()));
    let name = here.train(1).await;
    let manifest = fs::read(bucket.object(&name, "manifest.json")).unwrap();
    fs::remove_file(bucket.object(&name, "manifest.json")).unwrap();
    let error = there.life.fetch(&name).await.unwrap_err().to_string();
    assert!(error.contains("no complete model") && error.contains(&format!("models push {name}")), "{error}");
    assert!(!bucket.store().holds(&name).await.unwrap() && there.is_tidy());
    // Whoever puts it there goes on where it was broken off.
    assert!(matches!(bucket.store().push(&name, &here.life.directory, false).await, Ok(Pushed::Put(_))));
    assert_eq!(fs::read(bucket.object(&name, "manifest.json")).unwrap(), manifest);
    there.life.fetch(&name).await.unwrap();
    assert!(matches!(there.life.fetch("x").await, Err(LifeError::Unknown(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_is_larger_than_it_may_be_neither_goes_nor_comes() {
    let (bucket, registry) = (Bucket::start(), Registry::new().await);
    let here = registry.machine(bucket.store());
    let name = here.train(1).await;
    let small = ArtefactStore::open(ArtefactOptions { max_bytes: 2_000, ..bucket.options() }).unwrap();
    let there = registry.machine(small.clone());
    let fetched = there.life.fetch(&name).await;
    let is_too_large =
        |error: &ArtefactError| matches!(error, ArtefactError::TooLarge { most: 2_000, bytes: 2_001.., .. });
    assert!(matches!(&fetched, Err(LifeError::Artefact(error)) if is_too_large(error)), "{fetched:?}");
    assert!(is_too_large(&small.push(&name, &here.life.directory, true).await.unwrap_err()));
    // Of a model that does not say how large its files are, what comes is counted.
    let manifest = here.folder.path().join(&name).join("manifest.json");
    let mut told: serde_json::Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
    forget_bytes(&mut told);
    let old = "20200101T000000Z-0a0a0a0a";
    told["version"] = old.into();
    copy(&here.folder.path().join(&name), &here.folder.path().join(old));
    fs::write(here.folder.path().join(old).join("manifest.json"), told.to_string()).unwrap();
    here.life.register(old, ModelState::Candidate, now()).await.unwrap();
    let fetched = there.life.fetch(old).await;
    assert!(matches!(&fetched, Err(LifeError::Artefact(error)) if is_too_large(error)), "{fetched:?}");
    assert!(there.is_tidy());
    registry.machine(bucket.store()).life.fetch(old).await.unwrap();
}

fn forget_bytes(value: &mut serde_json::Value) {
    if let Some(object) = value.as_object_mut() {
        object.remove("bytes");
        object.values_mut().for_each(forget_bytes);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for (name, bytes) in content(from) {
        fs::write(to.join(name), bytes).unwrap();
    }
}

/// The error of asking, of putting there and of fetching, which is the same.
async fn error_of(options: ArtefactOptions, registry: &Registry, from: &Machine, name: &str) -> ArtefactError {
    let store = ArtefactStore::open(options).unwrap();
    let machine = registry.machine(store.clone());
    let asked = store.holds(name).await.unwrap_err();
    let pushed = store.push(name, &from.life.directory, false).await.unwrap_err();
    let fetched = machine.life.fetch(name).await.unwrap_err();
    for told in [
        format!("{asked:?}{asked}"),
        format!("{pushed:?}{pushed}"),
        format!("{fetched:?}{fetched}"),
        format!("{store:?}"),
    ] {
        assert!(!told.contains(SECRET) && !told.contains("X-Amz"), "{told}");
    }
    let kind = std::mem::discriminant::<ArtefactError>;
    assert_eq!(kind(&asked), kind(&pushed), "{asked}, {pushed}");
    assert!(matches!(&fetched, LifeError::Artefact(error) if kind(error) == kind(&asked)), "{fetched}");
    asked
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_silent_refuses_or_lacks_the_bucket_says_what_to_do() {
    let (bucket, registry) = (Bucket::start(), Registry::new().await);
    let here = registry.machine(bucket.store());
    let name = here.train(1).await;
    let error = async |options| error_of(options, &registry, &here, &name).await;

    let credentials = |key, secret| ArtefactOptions { credentials: Credentials::new(key, secret), ..bucket.options() };
    let told = error(credentials(KEY, "another")).await.to_string();
    assert!(told.contains("SignatureDoesNotMatch") && told.contains("AWS_SECRET_ACCESS_KEY"), "{told}");
    assert!(matches!(error(credentials("nobody", SECRET)).await, ArtefactError::Refused { .. }));
    let told = error(ArtefactOptions { bucket: "plays".to_owned(), ..bucket.options() }).await;
    assert!(matches!(&told, ArtefactError::NoBucket { store } if store.contains("s3://plays/of/tests")), "{told}");

    // It takes connections, and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let at = |listener: &std::net::TcpListener| Some(format!("http://{}", listener.local_addr().unwrap()));
    let timeout = Duration::from_millis(100);
    let told = error(ArtefactOptions { endpoint: at(&silent), timeout, ..bucket.options() }).await;
    assert!(matches!(told, ArtefactError::TimedOut { .. }), "{told}");
    let endpoint = at(&silent);
    drop(silent);
    let told = error(ArtefactOptions { endpoint, ..bucket.options() }).await;
    assert!(
        matches!(told, ArtefactError::Unreachable { .. }) && told.to_string().contains("AWS_ENDPOINT_URL"),
        "{told}"
    );
    // A model is registered all the same, and is put there by hand when the store answers.
    let lonely = registry.machine(ArtefactStore::open(credentials(KEY, "another")).unwrap());
    let name = lonely.write(3);
    assert!(lonely.life.register(&name, ModelState::Candidate, now()).await.is_err());
    assert!(lonely.life.registry.lookup_model(&name).await.unwrap().is_some());
}

/// A worker that serves from its own folder and follows the registry.
struct Worker {
    machine: Machine,
    engine: Arc<Engine>,
}

impl Worker {
    fn start(registry: &Registry, artefacts: ArtefactStore) -> Self {
        let machine = registry.machine(artefacts);
        let engine = Engine::open(machine.folder.path(), &world::ort_library(), EngineOptions::default());
        let engine = Arc::new(engine.unwrap());
        let every = Duration::from_millis(10);
        tokio::spawn(machine.life.clone().keep_following(every));
        tokio::spawn(Engine::follow_live(Arc::clone(&engine), every));
        Self { machine, engine }
    }

    async fn serves(&self, name: &str) {
        until(name, async || self.engine.manifest().is_some_and(|manifest| manifest.version == name)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_with_folders_of_their_own_come_to_serve_what_is_live_while_a_store_that_fails_disturbs_nobody() {
    let (mut bucket, registry) = (Bucket::start(), Registry::new().await);
    let trainer = registry.machine(bucket.store());
    let workers = [Worker::start(&registry, bucket.store()), Worker::start(&registry, bucket.store())];
    let first = trainer.train(1).await;
    trainer.life.put_live(&first, now()).await.unwrap();
    for worker in &workers {
        worker.serves(&first).await;
    }

    // From now on somebody asks all the time, and is answered.
    let stop = Arc::new(AtomicBool::new(false));
    let askers = workers.each_ref().map(|worker| {
        let (engine, stop) = (Arc::clone(&worker.engine), Arc::clone(&stop));
        tokio::spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                assert_eq!(engine.recommend(request(vec![rated(1, 5.0)], 10)).await.unwrap().len(), 10);
            }
        })
    });
    let second = trainer.train(2).await;
    // The last of the files.
    let graph = bucket.object(&second, "stars.onnx");
    fs::write(&graph, b"no graph").unwrap();
    trainer.life.put_live(&second, now()).await.unwrap();
    // Each tries, in a folder aside, and refuses what it got; then the store goes, and comes back with what is right.
    for worker in &workers {
        until("a worker has tried", async || !worker.machine.is_tidy()).await;
    }
    bucket.stop();
    let is_serving_first = |worker: &Worker| worker.machine.live().as_ref() == Some(&first);
    assert!(workers.iter().all(is_serving_first));
    fs::copy(trainer.folder.path().join(&second).join("stars.onnx"), &graph).unwrap();
    bucket.go_on();
    for worker in &workers {
        worker.serves(&second).await;
        until("nothing is left of attempts", async || worker.machine.is_tidy()).await;
    }

    // A model beside the live one comes by the same way, and going back does to one that has never been there.
    let third = trainer.train(3).await;
    trainer.life.shadow(&third, now()).await.unwrap();
    let newcomer = Worker::start(&registry, bucket.store());
    newcomer.serves(&second).await;
    for worker in workers.iter().chain([&newcomer]) {
        let directory = &worker.machine.life.directory;
        until("the shadow is there", async || directory.lookup_shadow().unwrap().as_ref() == Some(&third)).await;
    }
    assert!(!newcomer.machine.life.directory.holds(&first));
    assert_eq!(newcomer.machine.life.roll_back(None, now()).await.unwrap(), first);
    for worker in workers.iter().chain([&newcomer]) {
        worker.serves(&first).await;
    }
    stop.store(true, Ordering::Relaxed);
    for asker in askers {
        asker.await.unwrap();
    }
}
