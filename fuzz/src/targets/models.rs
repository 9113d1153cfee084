//! What AI workers read: requests, and models' files.

use std::fs;

use matinee_ai::{
    model::{Manifest, ModelDirectory, sha256_hex},
    protocol::{DescribeRequest, EmbedRequest, ExplainRequest, RankRequest, RecommendRequest, SimilarRequest},
    text::{TextDirectory, WordPiece},
    trainer::pack_text_model,
};

use super::{file, folder, parts};

/// Bodies of all requests.
pub fn requests(bytes: &[u8]) {
    drop(serde_json::from_slice::<RecommendRequest>(bytes));
    drop(serde_json::from_slice::<RankRequest>(bytes));
    drop(serde_json::from_slice::<ExplainRequest>(bytes));
    drop(serde_json::from_slice::<EmbedRequest>(bytes));
    drop(serde_json::from_slice::<DescribeRequest>(bytes));
    drop(serde_json::from_slice::<SimilarRequest>(bytes));
}

/// A model's manifest and its files. Seals that would fit are made here: guessing them is no parser's matter.
pub fn model(bytes: &[u8]) {
    let [manifest, items, films] = parts(bytes);
    let mut text = String::from_utf8_lossy(manifest).into_owned();
    for (name, bytes) in [("{items}", items), ("{films}", films), ("{graph}", b"graph".as_slice())] {
        text = text.replace(name, &sha256_hex(bytes));
    }
    for (name, bytes) in [("manifest.json", text.as_bytes()), ("items.txt", items), ("films.f32", films)] {
        file(&format!("models/1/{name}"), bytes);
    }
    for name in ["model.onnx", "similar.onnx", "encoder.onnx"] {
        file(&format!("models/1/{name}"), b"graph");
    }
    file("models/live", manifest.get(..8).unwrap_or(b"1"));
    let models = ModelDirectory::new(folder().join("models"));
    drop(models.load("1"));
    drop(models.load_live());
    drop(serde_json::from_str::<Manifest>(&text));
}

/// A language model's configuration, vocabulary and weights, and a text read by it.
pub fn text_model(bytes: &[u8]) {
    let [config, vocabulary, text, weights] = parts(bytes);
    drop(pack_text_model("fuzzed".to_owned(), config, vocabulary.to_vec(), weights));
    if let Ok(words) = WordPiece::new(&String::from_utf8_lossy(vocabulary)) {
        let (tokens, _) = words.tokens(&String::from_utf8_lossy(text), 64);
        assert!(tokens.len() <= 64, "{} tokens", tokens.len());
    }
    let root = folder().join("text-models");
    let directory = TextDirectory::new(&root);
    fs::create_dir_all(directory.folder()).expect("a folder for temporary files");
    fs::write(directory.folder().join("manifest.json"), config).expect("temporary files can be written");
    drop(directory.lookup());
    drop(directory.load());
}
