//! Models as files: what is damaged is refused, and never goes live.

use std::fs;

use matinee_ai::{
    model::{ModelDirectory, ModelError},
    worker::{Engine, EngineOptions},
};

use crate::world;

/// A model of its own, to be damaged.
fn model() -> (tempfile::TempDir, ModelDirectory, String) {
    let directory = tempfile::tempdir().unwrap();
    let manifest = world::train_into(directory.path(), 3);
    let models = ModelDirectory::new(directory.path());
    (directory, models, manifest.version)
}

#[test]
fn every_damaged_file_is_named_in_the_refusal() {
    for file in ["model.onnx", "similar.onnx", "items.txt", "stars.onnx"] {
        let (_directory, models, version) = model();
        let path = models.path().join(&version).join(file);
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, bytes).unwrap();
        let error = models.load(&version).unwrap_err();
        assert!(matches!(error, ModelError::Hash { .. }), "{error}");
        assert!(error.to_string().contains(file), "{error}");
        let error = Engine::open(models.path(), &world::ort_library(), EngineOptions::default()).err().unwrap();
        assert!(error.to_string().contains(file), "{error}");
    }
}

#[test]
fn a_missing_file_an_odd_manifest_and_another_format_are_refused() {
    let (_directory, models, version) = model();
    let manifest = models.path().join(&version).join("manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("\"format\": 1", "\"format\": 99")).unwrap();
    assert!(matches!(models.load(&version), Err(ModelError::Format { found: 99, .. })));
    fs::write(&manifest, text.replace("items.txt", "../items.txt")).unwrap();
    assert!(matches!(models.load(&version), Err(ModelError::Damaged { .. })));
    fs::write(&manifest, "{").unwrap();
    assert!(matches!(models.load(&version), Err(ModelError::Manifest { .. })));
    fs::remove_file(&manifest).unwrap();
    assert!(matches!(models.load(&version), Err(ModelError::Io { .. })));
}

/// Puts other bytes in place of a file, sealed as if they were right.
pub fn reseal(models: &ModelDirectory, version: &str, file: &str, change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    let folder = models.path().join(version);
    let bytes = change(fs::read(folder.join(file)).unwrap());
    let before = matinee_ai::model::sha256_hex(&fs::read(folder.join(file)).unwrap());
    let manifest = fs::read_to_string(folder.join("manifest.json")).unwrap();
    fs::write(folder.join("manifest.json"), manifest.replace(&before, &matinee_ai::model::sha256_hex(&bytes))).unwrap();
    fs::write(folder.join(file), bytes).unwrap();
}

fn open(models: &ModelDirectory) -> Result<Engine, String> {
    Engine::open(models.path(), &world::ort_library(), EngineOptions::default()).map_err(|error| error.to_string())
}

#[test]
fn an_item_map_of_another_model_is_found_out_although_every_seal_is_right() {
    for (films, part) in [(49, "item map"), (51, "")] {
        let (_directory, models, version) = model();
        reseal(&models, &version, "items.txt", |bytes| {
            let mut lines: Vec<_> = String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect();
            lines.push(uuid::Uuid::from_u128(7).to_string());
            lines.truncate(films);
            (lines.join("\n") + "\n").into_bytes()
        });
        let path = models.path().join(&version).join("manifest.json");
        let manifest = fs::read_to_string(&path).unwrap();
        fs::write(&path, manifest.replace("\"movies\": 50", &format!("\"movies\": {films}"))).unwrap();
        assert_eq!(models.load(&version).unwrap().items.len(), films, "the seals are right");
        let error = open(&models).err().unwrap();
        assert!(error.contains(part), "{films}: {error}");
    }
}

#[test]
fn a_model_with_numbers_that_are_none_is_found_out() {
    let (_directory, models, version) = model();
    reseal(&models, &version, "model.onnx", |bytes| with_no_number(bytes, b"log_popularity"));
    assert!(models.load(&version).is_ok(), "the seals are right");
    let error = open(&models).err().unwrap();
    assert!(error.contains("no numbers") && error.contains("rollback"), "{error}");
}

/// The first number of a table of a graph becomes none; they stand behind its name.
pub fn with_no_number(mut bytes: Vec<u8>, name: &[u8]) -> Vec<u8> {
    let at = bytes.windows(name.len()).rposition(|window| window == name).unwrap();
    let after = at + name.len();
    // Field 9 (raw data) of the tensor, its length in two bytes, then the numbers.
    let data = (after..after + 40).find(|&place| bytes[place] == 0x4a).unwrap() + 3;
    bytes[data..data + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    bytes
}

#[test]
fn the_pointer_moves_only_to_a_version_that_loads() {
    let (_directory, models, version) = model();
    assert!(models.set_live("20000101T000000Z-00000000").is_err());
    assert_eq!(models.lookup_live().unwrap(), Some(version));
    fs::write(models.path().join("live"), "../../etc").unwrap();
    assert!(matches!(models.lookup_live(), Err(ModelError::Pointer { .. })));
}

#[test]
fn the_same_data_and_seed_give_the_same_model() {
    let (_first_directory, _, first) = model();
    let (_second_directory, _, second) = model();
    assert_eq!(first, second);
}

#[test]
fn a_missing_library_is_an_error_that_says_what_to_set() {
    // Where another test has loaded the library already, the process has it and no path is needed.
    let missing = std::path::Path::new("/nowhere/libonnxruntime.so");
    if let Err(error) = Engine::open(world::models(), missing, EngineOptions::default()) {
        assert!(error.to_string().contains("MATINEE_ORT_LIB"), "{error}");
    }
}
