//! The language model on disk: `<models>/text/` holds the graph, the vocabulary and the manifest that seals both.
//!
//! It appears complete or not at all (written aside and renamed), and is believed only when every file has its hash.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{TextError, WordPiece};
use crate::{
    model::{SealedFile, sha256_hex},
    scan::MAX_WIDTH,
};

/// The format of manifest and graph that this program reads and writes.
pub const FORMAT: u32 = 1;
const FOLDER: &str = "text";
const MANIFEST: &str = "manifest.json";
const GRAPH: &str = "model.onnx";
const VOCABULARY: &str = "vocab.txt";

/// What a language model is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextManifest {
    /// [`FORMAT`].
    pub format: u32,
    /// What it was made from.
    pub name: String,
    /// Values of an embedding.
    pub width: usize,
    /// Tokens of a text that count, its beginning and end marks included; what is beyond is cut.
    pub max_tokens: usize,
    /// ONNX: tokens and their mask to embeddings.
    pub graph: SealedFile,
    /// One token a line; the line number (from 0) is its index in the graph.
    pub vocabulary: SealedFile,
}

/// A language model to be written.
#[derive(Clone, Debug)]
pub struct TextDraft {
    pub name: String,
    pub width: usize,
    pub max_tokens: usize,
    pub graph: Vec<u8>,
    pub vocabulary: Vec<u8>,
}

/// A language model whose files have the hashes that its manifest states.
pub struct LoadedText {
    pub manifest: TextManifest,
    pub graph: Vec<u8>,
    pub words: WordPiece,
}

/// Where models are kept; the language model has a folder of its own in it.
#[derive(Clone, Debug)]
pub struct TextDirectory {
    root: PathBuf,
}

impl TextDirectory {
    /// `models`: the directory of models.
    pub fn new(models: impl Into<PathBuf>) -> Self {
        Self { root: models.into() }
    }

    /// The folder of the language model.
    pub fn folder(&self) -> PathBuf {
        self.root.join(FOLDER)
    }

    /// Where the films' embeddings by this model are kept.
    pub fn films(&self, manifest: &TextManifest) -> PathBuf {
        let hash = manifest.graph.sha256.get(..12).unwrap_or_default();
        self.root.join(format!("text-films-{hash}"))
    }

    /// The manifest, `None` where there is no language model.
    ///
    /// # Errors
    /// When it can't be read, or is none.
    pub fn lookup(&self) -> Result<Option<TextManifest>, TextError> {
        let path = self.folder().join(MANIFEST);
        let json = match fs::read(&path) {
            Ok(json) => json,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(TextError::Io { action: "reading", path, source }),
        };
        let manifest: TextManifest =
            serde_json::from_slice(&json).map_err(|source| TextError::Manifest { path: path.clone(), source })?;
        if manifest.format != FORMAT {
            return Err(TextError::Format { path, found: manifest.format });
        }
        if !(1..=MAX_WIDTH).contains(&manifest.width) || manifest.max_tokens < 3 {
            let reason = format!(
                "an embedding has 1 to {MAX_WIDTH} values and a text at least 3 tokens, not {} and {}",
                manifest.width, manifest.max_tokens
            );
            return Err(TextError::Damaged { path, reason });
        }
        Ok(Some(manifest))
    }

    /// The language model, every file checked against its manifest; `None` where there is none.
    ///
    /// # Errors
    /// When a file is missing, damaged or of another format.
    pub fn load(&self) -> Result<Option<LoadedText>, TextError> {
        let Some(manifest) = self.lookup()? else { return Ok(None) };
        let graph = self.read_sealed(&manifest.graph)?;
        let vocabulary = self.read_sealed(&manifest.vocabulary)?;
        let damaged = |reason| TextError::Damaged { path: self.folder().join(&manifest.vocabulary.file), reason };
        let vocabulary = String::from_utf8(vocabulary).map_err(|_| damaged("it is not UTF-8".to_owned()))?;
        let words = WordPiece::new(&vocabulary).map_err(|missing| damaged(format!("it has no {missing}")))?;
        Ok(Some(LoadedText { manifest, graph, words }))
    }

    /// Writes a language model in the place of the one that is there. Embeddings of films stay with the model that made them.
    ///
    /// # Errors
    /// When the directory can't be written.
    pub fn put(&self, draft: TextDraft) -> Result<TextManifest, TextError> {
        let TextDraft { name, width, max_tokens, graph, vocabulary } = draft;
        let (sealed_graph, sealed_words) = (SealedFile::of(GRAPH, &graph), SealedFile::of(VOCABULARY, &vocabulary));
        let manifest =
            TextManifest { format: FORMAT, name, width, max_tokens, graph: sealed_graph, vocabulary: sealed_words };
        let place = self.folder();
        let json = serde_json::to_vec_pretty(&manifest)
            .map_err(|source| TextError::Manifest { path: place.join(MANIFEST), source })?;
        let aside = self.root.join(format!(".text-{}", uuid::Uuid::new_v4()));
        fs::create_dir_all(&aside).map_err(TextError::io("making", &aside))?;
        for (file, bytes) in [(GRAPH, &graph), (VOCABULARY, &vocabulary), (MANIFEST, &json)] {
            let path = aside.join(file);
            fs::write(&path, bytes).map_err(TextError::io("writing", &path))?;
        }
        let former = self.root.join(format!(".text-{}", uuid::Uuid::new_v4()));
        let is_there = place.exists();
        if is_there {
            fs::rename(&place, &former).map_err(TextError::io("moving aside", &place))?;
        }
        fs::rename(&aside, &place).map_err(TextError::io("renaming to", &place))?;
        if is_there {
            fs::remove_dir_all(&former).map_err(TextError::io("removing", &former))?;
        }
        Ok(manifest)
    }

    fn read_sealed(&self, sealed: &SealedFile) -> Result<Vec<u8>, TextError> {
        let path = self.folder().join(&sealed.file);
        if Path::new(&sealed.file).components().count() != 1 || sealed.file.starts_with('.') {
            let reason = "the manifest names a file outside its folder".to_owned();
            return Err(TextError::Damaged { path, reason });
        }
        let bytes = fs::read(&path).map_err(TextError::io("reading", &path))?;
        let found = sha256_hex(&bytes);
        if found == sealed.sha256 {
            return Ok(bytes);
        }
        let reason = format!("its sha256 is {found}, the manifest says {}", sealed.sha256);
        Err(TextError::Damaged { path, reason })
    }
}
