//! A small language model of made-up weights, for what does not depend on its meaning; and where the real one is, if it was fetched.

use std::path::PathBuf;

use matinee_ai::{
    text::{TextDirectory, TextDraft},
    trainer::pack_text_model,
};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use safetensors::{Dtype, serialize, tensor::TensorView};

const WIDTH: usize = 16;
const WORDS: &str =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nman\nrelives\nthe\nsame\nday\nshark\neats\nswimmers\nboxer\nring\nlove\n.\n,\n";

/// A model of one layer, with weights of this seed.
pub fn draft(seed: u64) -> TextDraft {
    let vocabulary = WORDS.lines().count();
    let mut tensors: Vec<(String, Vec<usize>)> = vec![
        ("embeddings.word_embeddings.weight".to_owned(), vec![vocabulary, WIDTH]),
        ("embeddings.position_embeddings.weight".to_owned(), vec![32, WIDTH]),
        ("embeddings.token_type_embeddings.weight".to_owned(), vec![2, WIDTH]),
    ];
    let mut both = |name: &str, outputs: usize, inputs: Option<usize>| {
        let weight = [Some(outputs), inputs].into_iter().flatten().collect();
        tensors.extend([(format!("{name}.weight"), weight), (format!("{name}.bias"), vec![outputs])]);
    };
    both("embeddings.LayerNorm", WIDTH, None);
    for part in ["self.query", "self.key", "self.value", "output.dense"] {
        both(&format!("encoder.layer.0.attention.{part}"), WIDTH, Some(WIDTH));
    }
    both("encoder.layer.0.attention.output.LayerNorm", WIDTH, None);
    both("encoder.layer.0.intermediate.dense", 4 * WIDTH, Some(WIDTH));
    both("encoder.layer.0.output.dense", WIDTH, Some(4 * WIDTH));
    both("encoder.layer.0.output.LayerNorm", WIDTH, None);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .map(|(_, shape)| {
            let values = (0..shape.iter().product()).map(|_| rng.random_range(-1.0_f32..1.0));
            values.flat_map(f32::to_le_bytes).collect()
        })
        .collect();
    let views = tensors
        .iter()
        .zip(&bytes)
        .map(|((name, shape), bytes)| (name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap()));
    let weights = serialize(views, None).unwrap();
    pack_text_model("made up".to_owned(), &config(WIDTH), WORDS.into(), &weights).unwrap()
}

pub fn config(width: usize) -> Vec<u8> {
    let config = serde_json::json!({
        "model_type": "bert", "hidden_act": "gelu", "hidden_size": width, "num_hidden_layers": 1,
        "num_attention_heads": 2, "intermediate_size": 4 * width, "max_position_embeddings": 32,
        "layer_norm_eps": 1e-12, "vocab_size": WORDS.lines().count(),
    });
    config.to_string().into_bytes()
}

pub fn install(models: &std::path::Path, seed: u64) {
    TextDirectory::new(models).put(draft(seed)).unwrap();
}

/// The real model's wheel, where set-up could fetch it.
pub fn wheel() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).map(PathBuf::from);
    let folder = || {
        let cache = variable("MATINEE_CACHE_DIR")
            .unwrap_or_else(|| variable("HOME").unwrap_or_default().join(".cache/matinee"));
        let files = std::fs::read_dir(cache.join("text")).ok()?.filter_map(Result::ok).map(|entry| entry.path());
        files.filter(|path| path.extension().is_some_and(|extension| extension == "whl")).max()
    };
    variable("MATINEE_TEXT_WHEEL").or_else(folder)
}
