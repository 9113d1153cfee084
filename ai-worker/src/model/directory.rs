//! The directory of models: writing a version, switching to it, loading with every seal checked.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use matinee_domain::MovieId;

use super::{FORMAT, Manifest, ModelError, NextRanking, NextWeights, Retrieval, SealedFile, sha256_hex};
use crate::scan::MAX_WIDTH;

/// The file that seals the others.
pub(crate) const MANIFEST: &str = "manifest.json";
const LIVE: &str = "live";
const SHADOW: &str = "shadow";
const TRIAL: &str = "trial";

/// Where models are kept.
#[derive(Clone, Debug)]
pub struct ModelDirectory {
    pub(crate) root: PathBuf,
}

/// A model whose files have the hashes that its manifest states.
#[derive(Clone, Debug)]
pub struct LoadedModel {
    pub manifest: Manifest,
    /// ONNX.
    pub recommend: Vec<u8>,
    /// ONNX.
    pub similar: Vec<u8>,
    /// By index in the graphs.
    pub items: Vec<MovieId>,
    pub retrieval: Option<LoadedRetrieval>,
    /// ONNX.
    pub stars: Option<Vec<u8>>,
    /// ONNX.
    pub next: Option<Vec<u8>>,
}

/// How many films are ranked.
#[derive(Clone, Debug)]
pub struct LoadedRetrieval {
    /// ONNX.
    pub encoder: Vec<u8>,
    pub width: usize,
    /// `width` values a film.
    pub rows: Vec<f32>,
    /// One value a film.
    pub log_popularity: Vec<f32>,
}

/// The same to be written: an ONNX graph, and rows and popularity as the manifest's `films` says.
#[derive(Clone, Debug)]
pub struct DraftRetrieval {
    pub encoder: Vec<u8>,
    pub films: Vec<u8>,
    pub width: usize,
}

/// A model to be written; names and hashes in its manifest are filled in by [`ModelDirectory::add`].
#[derive(Clone, Debug)]
pub struct Draft {
    pub manifest: Manifest,
    pub recommend: Vec<u8>,
    pub similar: Vec<u8>,
    pub items: Vec<MovieId>,
    pub retrieval: Option<DraftRetrieval>,
    pub stars: Option<Vec<u8>>,
    pub next: Option<(NextWeights, Vec<u8>)>,
}

impl ModelDirectory {
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    pub fn path(&self) -> &Path {
        &self.root
    }

    /// The version that serves, `None` where there is no model yet.
    ///
    /// # Errors
    /// When the pointer can't be read or holds something else than a version.
    pub fn lookup_live(&self) -> Result<Option<String>, ModelError> {
        self.lookup(LIVE)
    }

    /// The version that scores beside the one that serves, if one does.
    ///
    /// # Errors
    /// As [`Self::lookup_live`].
    pub fn lookup_shadow(&self) -> Result<Option<String>, ModelError> {
        self.lookup(SHADOW)
    }

    /// The version that is on trial beside the one that serves, if one is.
    ///
    /// # Errors
    /// As [`Self::lookup_live`].
    pub fn lookup_trial(&self) -> Result<Option<String>, ModelError> {
        self.lookup(TRIAL)
    }

    /// Whether there are files of a version of this name, whatever is in them.
    pub fn holds(&self, version: &str) -> bool {
        is_version(version) && self.root.join(version).join(MANIFEST).is_file()
    }

    fn lookup(&self, pointer: &str) -> Result<Option<String>, ModelError> {
        let path = self.root.join(pointer);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(ModelError::Io { action: "reading", path, source }),
        };
        let version = text.trim();
        if is_version(version) {
            Ok(Some(version.to_owned()))
        } else {
            Err(ModelError::Pointer { path, text: text.chars().take(40).collect() })
        }
    }

    /// Makes a version serve, by an atomic rename of the pointer.
    ///
    /// # Errors
    /// When that version can't be loaded, or the pointer can't be written.
    pub fn set_live(&self, version: &str) -> Result<(), ModelError> {
        self.load(version)?;
        self.point(LIVE, version)
    }

    /// Makes a version score beside the one that serves, or none.
    ///
    /// # Errors
    /// When that version can't be loaded, or the pointer can't be written or removed.
    pub fn set_shadow(&self, version: Option<&str>) -> Result<(), ModelError> {
        self.set_beside(SHADOW, version)
    }

    /// Puts a version on trial beside the one that serves, or none.
    ///
    /// # Errors
    /// As [`Self::set_shadow`].
    pub fn set_trial(&self, version: Option<&str>) -> Result<(), ModelError> {
        self.set_beside(TRIAL, version)
    }

    fn set_beside(&self, pointer: &str, version: Option<&str>) -> Result<(), ModelError> {
        let Some(version) = version else {
            let pointer = self.root.join(pointer);
            return match fs::remove_file(&pointer) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    Err(ModelError::io("removing", pointer)(error))
                }
                _ => Ok(()),
            };
        };
        self.load(version)?;
        self.point(pointer, version)
    }

    fn point(&self, pointer: &str, version: &str) -> Result<(), ModelError> {
        let aside = self.root.join(format!(".{pointer}-{}", uuid::Uuid::new_v4()));
        fs::write(&aside, format!("{version}\n")).map_err(ModelError::io("writing", &aside))?;
        let pointer = self.root.join(pointer);
        fs::rename(&aside, &pointer).map_err(ModelError::io("replacing", pointer))
    }

    /// Writes a version: aside first, then renamed into place. Returns its manifest, sealed.
    ///
    /// # Errors
    /// When the directory can't be written, or the version exists.
    pub fn add(&self, draft: Draft) -> Result<Manifest, ModelError> {
        let Draft { mut manifest, recommend, similar, items, retrieval, stars, next } = draft;
        let item_map = items.iter().fold(String::new(), |map, item| map + &item.to_string() + "\n").into_bytes();
        manifest.recommend = SealedFile::of("model.onnx", &recommend);
        manifest.similar = SealedFile::of("similar.onnx", &similar);
        manifest.items = SealedFile::of("items.txt", &item_map);
        manifest.retrieval = retrieval.as_ref().map(|retrieval| Retrieval {
            encoder: SealedFile::of("encoder.onnx", &retrieval.encoder),
            films: SealedFile::of("films.f32", &retrieval.films),
            width: retrieval.width,
        });
        manifest.stars = stars.as_ref().map(|stars| SealedFile::of("stars.onnx", stars));
        manifest.next = next
            .as_ref()
            .map(|(weights, graph)| NextRanking { graph: SealedFile::of("next.onnx", graph), weights: *weights });
        let path = self.root.join(&manifest.version).join(MANIFEST);
        let json = serde_json::to_vec_pretty(&manifest).map_err(|source| ModelError::Manifest { path, source })?;

        let aside = self.root.join(format!(".new-{}", uuid::Uuid::new_v4()));
        fs::create_dir_all(&aside).map_err(ModelError::io("making", &aside))?;
        let mut files = vec![
            (manifest.recommend.file.as_str(), &recommend),
            (&manifest.similar.file, &similar),
            (&manifest.items.file, &item_map),
            (MANIFEST, &json),
        ];
        if let (Some(sealed), Some(retrieval)) = (&manifest.retrieval, &retrieval) {
            files.extend([(&*sealed.encoder.file, &retrieval.encoder), (&*sealed.films.file, &retrieval.films)]);
        }
        if let (Some(sealed), Some(stars)) = (&manifest.stars, &stars) {
            files.push((&sealed.file, stars));
        }
        if let (Some(sealed), Some((_, graph))) = (&manifest.next, &next) {
            files.push((&sealed.graph.file, graph));
        }
        for (name, bytes) in files {
            let path = aside.join(name);
            fs::write(&path, bytes).map_err(ModelError::io("writing", &path))?;
        }
        let place = self.root.join(&manifest.version);
        fs::rename(&aside, &place).map_err(ModelError::io("renaming to", place))?;
        Ok(manifest)
    }

    /// The model that serves, `None` where there is none yet.
    ///
    /// # Errors
    /// As [`Self::lookup_live`] and [`Self::load`].
    pub fn load_live(&self) -> Result<Option<LoadedModel>, ModelError> {
        self.lookup_live()?.map(|version| self.load(&version)).transpose()
    }

    /// A version, every file checked against the manifest.
    ///
    /// # Errors
    /// When a file is missing, damaged or of another format.
    pub fn load(&self, version: &str) -> Result<LoadedModel, ModelError> {
        let directory = self.root.join(version);
        let (manifest, _) = self.read_manifest(version)?;
        let recommend = read_sealed(&directory, &manifest.recommend)?;
        let similar = read_sealed(&directory, &manifest.similar)?;
        let items = parse_items(&directory, &manifest)?;
        let retrieval = manifest.retrieval.as_ref();
        let retrieval = retrieval.map(|sealed| read_retrieval(&directory, sealed, items.len())).transpose()?;
        let stars = manifest.stars.as_ref().map(|sealed| read_sealed(&directory, sealed)).transpose()?;
        let next = manifest.next.as_ref().map(|next| read_sealed(&directory, &next.graph)).transpose()?;
        Ok(LoadedModel { manifest, recommend, similar, items, retrieval, stars, next })
    }

    /// A version's manifest, and its file as it is.
    pub(crate) fn read_manifest(&self, version: &str) -> Result<(Manifest, Vec<u8>), ModelError> {
        let path = self.root.join(version).join(MANIFEST);
        let json = fs::read(&path).map_err(ModelError::io("reading", &path))?;
        Ok((parse_manifest(path, &json)?, json))
    }

    /// One file of a version, checked against its seal.
    #[cfg(feature = "artefacts")]
    pub(crate) fn read_file(&self, version: &str, sealed: &SealedFile) -> Result<Vec<u8>, ModelError> {
        read_sealed(&self.root.join(version), sealed)
    }
}

/// A version is a plain name, so that a pointer can't lead out of the directory.
pub(crate) fn is_version(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('.')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// What a manifest's file says, if this program reads its format.
pub(crate) fn parse_manifest(path: PathBuf, json: &[u8]) -> Result<Manifest, ModelError> {
    match serde_json::from_slice::<Manifest>(json) {
        Ok(manifest) if manifest.format == FORMAT => Ok(manifest),
        Ok(manifest) => Err(ModelError::Format { path, found: manifest.format }),
        Err(source) => Err(ModelError::Manifest { path, source }),
    }
}

fn read_sealed(directory: &Path, sealed: &SealedFile) -> Result<Vec<u8>, ModelError> {
    let path = directory.join(&sealed.file);
    if !is_version(&sealed.file) {
        return Err(ModelError::Damaged { path, reason: "the manifest names a file outside its directory".to_owned() });
    }
    let bytes = fs::read(&path).map_err(ModelError::io("reading", &path))?;
    let found = sha256_hex(&bytes);
    if found == sealed.sha256 {
        Ok(bytes)
    } else {
        Err(ModelError::Hash { path, expected: sealed.sha256.clone(), found })
    }
}

fn read_retrieval(directory: &Path, sealed: &Retrieval, films: usize) -> Result<LoadedRetrieval, ModelError> {
    let encoder = read_sealed(directory, &sealed.encoder)?;
    let bytes = read_sealed(directory, &sealed.films)?;
    let (floats, rest) = bytes.as_chunks::<4>();
    let right = films.checked_mul(sealed.width.saturating_add(1));
    if !rest.is_empty() || sealed.width == 0 || sealed.width > MAX_WIDTH || right != Some(floats.len()) {
        let path = directory.join(&sealed.films.file);
        let reason = format!("{} bytes are not {films} films with {} values each", bytes.len(), sealed.width);
        return Err(ModelError::Damaged { path, reason });
    }
    let mut rows: Vec<f32> = floats.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let log_popularity = rows.split_off(films * sealed.width);
    Ok(LoadedRetrieval { encoder, width: sealed.width, rows, log_popularity })
}

fn parse_items(directory: &Path, manifest: &Manifest) -> Result<Vec<MovieId>, ModelError> {
    let bytes = read_sealed(directory, &manifest.items)?;
    let damaged = |reason: String| ModelError::Damaged { path: directory.join(&manifest.items.file), reason };
    let text = String::from_utf8(bytes).map_err(|_| damaged("it is not UTF-8".to_owned()))?;
    let items = text
        .lines()
        .enumerate()
        .map(|(line, id)| id.parse().map_err(|_| damaged(format!("line {} is no film id", line + 1))))
        .collect::<Result<Vec<MovieId>, _>>()?;
    if items.len() == manifest.movies as usize {
        Ok(items)
    } else {
        Err(damaged(format!("it has {} films, the manifest says {}", items.len(), manifest.movies)))
    }
}
