//! What films are about: the embeddings of their texts, as they are kept beside the language model.

use std::path::Path;

use matinee_domain::MovieId;

use crate::{
    text::{FilmRows, KeptFilms, Row, TextDirectory, TextError},
    trainer::TrainError,
};

/// Embeddings of films, rounded to a byte a value as those that serve are.
#[derive(Clone, Debug)]
pub struct FilmTexts {
    width: usize,
    rows: FilmRows,
}

impl FilmTexts {
    /// Of no film yet; `width` values each.
    pub fn new(width: usize) -> Self {
        Self { width, rows: FilmRows::new(width) }
    }

    /// Those that the workers of a directory of models have computed by now; `None` where there is no language model.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn of_models(models: &Path) -> Result<Option<Self>, TextError> {
        let directory = TextDirectory::new(models);
        let Some(manifest) = directory.lookup()? else { return Ok(None) };
        let rows = KeptFilms::read(&directory.films(&manifest), manifest.width)?;
        Ok(Some(Self { width: manifest.width, rows }))
    }

    /// Takes a film in.
    ///
    /// # Errors
    /// When the embedding has another width than the others, or holds what is no number.
    pub fn put(&mut self, film: MovieId, embedding: &[f32]) -> Result<(), TrainError> {
        if embedding.len() != self.width {
            return Err(TrainError::EmbeddingWidth { film, found: embedding.len(), width: self.width });
        }
        if !embedding.iter().all(|value| value.is_finite()) {
            return Err(TrainError::EmbeddingNotFinite { film });
        }
        self.rows.put(film, [0; 16], &Row::of(embedding));
        Ok(())
    }

    pub fn width(&self) -> usize {
        self.width
    }

    /// Films that are embedded.
    pub fn films(&self) -> &[MovieId] {
        self.rows.ids()
    }

    /// A film's embedding. What a file holds that is no number is none.
    pub fn lookup(&self, film: MovieId) -> Option<Vec<f32>> {
        let embedding = self.rows.row_of(film)?.embedding();
        embedding.iter().all(|value| value.is_finite()).then_some(embedding)
    }
}
