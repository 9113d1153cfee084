//! What films are about, from a file: `item TAB text` a line, embedded by the language model of a directory of models.

use std::path::Path;

use anyhow::{Context, ensure};
use matinee_domain::MovieId;

use crate::{
    text::{Encoder, TextDirectory, TextOptions},
    trainer::tower::FilmTexts,
    worker::OnnxRuntime,
};

/// Texts embedded between two reports.
const AT_ONCE: usize = 256;

/// # Errors
/// When there is no language model in `models`, or it fails.
pub fn embed(texts: &[(MovieId, String)], models: &Path, ort_library: &Path) -> anyhow::Result<FilmTexts> {
    let model = TextDirectory::new(models).load()?;
    let model = model.with_context(|| {
        format!("there is no language model in {}: matinee-ai text-model makes one", models.display())
    })?;
    let width = model.manifest.width;
    let mut encoder = Encoder::new(&OnnxRuntime::load(ort_library)?, model, TextOptions::default().batch_tokens)?;
    let mut films = FilmTexts::new(width);
    let mut done = 0;
    for texts in texts.chunks(AT_ONCE) {
        let tokens: Vec<_> = texts.iter().map(|(_, text)| encoder.tokens(text).0).collect();
        for ((film, _), embedding) in texts.iter().zip(encoder.encode(&tokens)?) {
            films.put(*film, &embedding)?;
        }
        done += texts.len();
        tracing::info!(done, "embedding texts");
    }
    ensure!(!films.films().is_empty(), "there are no texts to embed");
    Ok(films)
}
