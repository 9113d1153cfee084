//! A language model that others trained, made one of ours: `all-MiniLM-L6-v2` or another of BERT's shape, from a Python wheel or a folder
//! that holds it as `model.safetensors`, `config.json` and `vocab.txt`.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;
use zip::ZipArchive;

use super::onnx::{Shape, sentence_graph};
use crate::{
    scan::MAX_WIDTH,
    text::{TextDirectory, TextDraft, TextError, TextManifest},
};

/// Tokens of a text that count: what sentence-transformers sets for this model. Attention costs their square.
const MAX_TOKENS: usize = 256;
/// Larger weights are not read: 2 GiB is the most that an ONNX file may hold.
const MAX_WEIGHTS_BYTES: u64 = 1 << 31;
const MAX_TEXT_BYTES: u64 = 16 << 20;

/// What of `config.json` the graph needs.
#[derive(Debug, Deserialize)]
struct BertConfig {
    model_type: String,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    max_position_embeddings: usize,
    hidden_act: String,
    layer_norm_eps: f32,
    vocab_size: usize,
}

/// Makes the language model of `models` from a wheel or a folder, in place of the one that is there.
///
/// # Errors
/// When the source is not what it should be, or the directory can't be written.
pub fn install_text_model(source: &Path, models: &Path) -> Result<TextManifest, TextError> {
    let config = read(source, "config.json", MAX_TEXT_BYTES)?;
    let vocabulary = read(source, "vocab.txt", MAX_TEXT_BYTES)?;
    let weights = read(source, "model.safetensors", MAX_WEIGHTS_BYTES)?;
    let name = source.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let draft = pack_text_model(name, &config, vocabulary, &weights);
    let draft = draft.map_err(|reason| TextError::Source { path: source.to_owned(), reason })?;
    TextDirectory::new(models).put(draft)
}

/// The same from the contents of the files.
///
/// # Errors
/// Why they make no language model.
pub fn pack_text_model(name: String, config: &[u8], vocabulary: Vec<u8>, weights: &[u8]) -> Result<TextDraft, String> {
    let config: BertConfig = serde_json::from_slice(config).map_err(|error| format!("config.json: {error}"))?;
    let (width, heads) = (config.hidden_size, config.num_attention_heads);
    if config.model_type != "bert" || config.hidden_act != "gelu" || config.intermediate_size != 4 * width {
        return Err("config.json: only BERT with gelu and layers four times as wide is known here".to_owned());
    }
    if !(1..=MAX_WIDTH).contains(&width) || heads == 0 || !width.is_multiple_of(heads) {
        return Err(format!("config.json: {heads} heads of {width} values in all are not known here"));
    }
    let lines = str::from_utf8(&vocabulary).map_err(|_| "vocab.txt is not UTF-8".to_owned())?.lines().count();
    if lines != config.vocab_size {
        return Err(format!("vocab.txt has {lines} tokens, config.json says {}", config.vocab_size));
    }
    let tensors = SafeTensors::deserialize(weights).map_err(|error| format!("model.safetensors: {error}"))?;
    let max_tokens = MAX_TOKENS.min(config.max_position_embeddings);
    let shape = Shape { width, layers: config.num_hidden_layers, heads, max_tokens, epsilon: config.layer_norm_eps };
    let graph = sentence_graph(shape, |name, wanted| tensor(&tensors, name, wanted), config.vocab_size)?;
    Ok(TextDraft { name, width, max_tokens, graph, vocabulary })
}

/// The values of a tensor, which may have more rows than are wanted.
fn tensor(tensors: &SafeTensors<'_>, name: &str, wanted: &[usize]) -> Result<Vec<f32>, String> {
    let found = tensors.tensor(name).map_err(|error| format!("model.safetensors: {name}: {error}"))?;
    let shape = found.shape();
    let fits = shape.len() == wanted.len() && shape[0] >= wanted[0] && shape[1..] == wanted[1..];
    if found.dtype() != Dtype::F32 || !fits {
        return Err(format!(
            "model.safetensors: {name} is {:?} of {shape:?}, wanted are 32-bit floats of {wanted:?}",
            found.dtype()
        ));
    }
    let (floats, _) = found.data().as_chunks::<4>();
    Ok(floats.iter().take(wanted.iter().product()).map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

/// A file of the folder, or of that name anywhere in the wheel.
fn read(source: &Path, name: &str, most_bytes: u64) -> Result<Vec<u8>, TextError> {
    let failed = |reason: String| TextError::Source { path: source.to_owned(), reason };
    let read_all = |file: &mut dyn Read| -> Result<Vec<u8>, TextError> {
        let mut bytes = Vec::new();
        file.take(most_bytes + 1).read_to_end(&mut bytes).map_err(TextError::io("reading", source.join(name)))?;
        if bytes.len() as u64 > most_bytes {
            return Err(failed(format!("{name} has more than {most_bytes} bytes")));
        }
        Ok(bytes)
    };
    if source.is_dir() {
        let path = source.join(name);
        return read_all(&mut File::open(&path).map_err(TextError::io("opening", &path))?);
    }
    let file = File::open(source).map_err(TextError::io("opening", source))?;
    let mut wheel = ZipArchive::new(io::BufReader::new(file)).map_err(|error| failed(error.to_string()))?;
    let mut names = wheel.file_names().filter_map(Result::ok).map(std::borrow::Cow::into_owned);
    let inside = names.find(|path| Path::new(path).file_name().is_some_and(|file| file == name));
    drop(names);
    let inside = inside.ok_or_else(|| failed(format!("there is no {name} in it")))?;
    let mut packed = wheel.by_name(&inside).map_err(|error| failed(error.to_string()))?;
    read_all(&mut packed)
}
