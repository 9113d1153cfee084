//! Data sets written by hand, as a folder or a zip.

use std::{io::Write as _, path::PathBuf};

use matinee_importer::{ImportError, ImportOptions, ImportReport, import_movielens};
use tempfile::TempDir;
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::catalogue::MemoryCatalogue;

/// A data set's files, in a folder that is removed at the end.
pub struct Files {
    pub folder: TempDir,
    files: Vec<(String, Vec<u8>)>,
}

impl Files {
    pub fn new(files: &[(&str, &[u8])]) -> Self {
        let files: Vec<_> = files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect();
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in &files {
            let path = folder.path().join("set").join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        Self { folder, files }
    }

    /// The files in a folder.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("set")
    }

    /// The same files in a zip, inside a folder there.
    pub fn zip(&self) -> PathBuf {
        self.zip_with(&[])
    }

    /// The same, with members that are in the zip alone.
    pub fn zip_with(&self, more: &[(&str, &[u8])]) -> PathBuf {
        let path = self.folder.path().join("set.zip");
        let mut zip = ZipWriter::new(std::fs::File::create(&path).unwrap());
        let files = self.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
        for (name, bytes) in files.chain(more.iter().copied()) {
            zip.start_file(format!("some-set/{name}"), SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap();
        path
    }
}

pub const MOVIES_CSV: &str = "movieId,title,genres\n\
    1,Toy Soldiers (1991),Action|Drama\n\
    2,\"Lantern, The (1987)\",Horror\n\
    3,\"Night, Day, and Noon (Nuit, La) (1961)\",(no genres listed)\n";
pub const RATINGS_CSV: &str =
    "userId,movieId,rating,timestamp\n1,1,4.0,964982703\n1,3,0.5,964981247\n2,2,5.0,1445714835\n";
pub const LINKS_CSV: &str = "movieId,imdbId,tmdbId\n1,0114709,862\n2,113497,8844\n3,12345678,\n";

/// The CSV set with these ratings in place of its own.
pub fn csv_with_ratings(ratings: impl AsRef<[u8]>) -> Files {
    Files::new(&[("movies.csv", MOVIES_CSV.as_bytes()), ("ratings.csv", ratings.as_ref())])
}

/// The CSV set with these films in place of its own.
pub fn csv_with_movies(movies: impl AsRef<[u8]>) -> Files {
    Files::new(&[("movies.csv", movies.as_ref()), ("ratings.csv", RATINGS_CSV.as_bytes())])
}

/// Options under which any number of bad rows is let pass.
pub fn lenient() -> ImportOptions {
    ImportOptions { max_bad_share: 1.0, ..ImportOptions::default() }
}

pub async fn import(files: &Files, options: &ImportOptions) -> (MemoryCatalogue, Result<ImportReport, ImportError>) {
    let catalogue = MemoryCatalogue::default();
    let report = import_movielens(&catalogue, &files.path(), options, &mut |_| {}).await;
    (catalogue, report)
}
