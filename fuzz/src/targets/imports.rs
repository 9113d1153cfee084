//! Files that are imported: tables, documents, gzip and zip. What is in them may be refused, row by row or whole.

use std::{io::Read, ops::ControlFlow, path::Path};

use matinee_importer::{
    facts,
    imdb::{self, Files, Selection},
    movielens::{self, DataSet},
    source::{Limits, Source, SourceError, Unpacked},
};

use super::{file, parts};

/// Small, so that they are met.
const LIMITS: Limits =
    Limits { members: 50, member_bytes: 1 << 20, expansion: 250, document_bytes: 1 << 20, line_bytes: 4 << 10 };

fn open(path: &Path) -> Result<Source, SourceError> {
    Source::open(path, LIMITS)
}

/// Films, ratings and links as CSV, or as the older sets have them.
pub fn movielens(bytes: &[u8]) {
    let [form, movies, ratings, links] = parts(bytes);
    let (folder, names) = if form == b"dat" {
        ("ml-dat", ["movies.dat", "ratings.dat", "links.dat"])
    } else {
        ("ml-csv", ["movies.csv", "ratings.csv", "links.csv"])
    };
    for (name, bytes) in names.iter().zip([movies, ratings, links]) {
        file(&format!("{folder}/{name}"), bytes);
    }
    let Ok(set) =
        open(&super::folder().join(folder)).map_err(drop).and_then(|source| DataSet::detect(source).map_err(drop))
    else {
        return;
    };
    drop(movielens::movies::read(&set, &mut |_| ControlFlow::Continue(())));
    drop(movielens::ratings::read(&set, &mut |_| ControlFlow::Continue(())));
    drop(movielens::links::read(&set, &mut |_| ControlFlow::Continue(())));
}

/// IMDb's five tables; the first is also read as if it were packed.
pub fn imdb(bytes: &[u8]) {
    let tables: [&[u8]; 5] = parts(bytes);
    let names = ["title.basics", "title.crew", "title.principals", "name.basics", "title.akas"];
    for (name, bytes) in names.iter().zip(tables) {
        file(&format!("imdb/{name}.tsv"), bytes);
        file(&format!("imdb-gz/{name}.tsv.gz"), bytes);
    }
    for folder in ["imdb", "imdb-gz"] {
        let files = open(&super::folder().join(folder)).map(Files::find);
        if let Ok(Ok(files)) = files {
            let selection = Selection { tv_movies: true };
            drop(imdb::films::read(&files, selection, &mut |_| ControlFlow::Continue(())));
        }
    }
}

/// A decade of Wikipedia's films as JSON.
pub fn wikipedia(bytes: &[u8]) {
    // What begins as a zip does is opened as one.
    let Ok(source) = open(&file("wikipedia/movies-1970s.json", bytes)) else { return };
    for document in facts::wikipedia::documents(&source).unwrap_or_default() {
        drop(facts::wikipedia::read(&source, &document, &mut |_| ControlFlow::Continue(())));
    }
}

/// Film facts as JSON.
pub fn facts(bytes: &[u8]) {
    // What begins as a zip does is opened as one.
    let Ok(source) = open(&file("facts/movies.json", bytes)) else { return };
    if let Ok(document) = facts::document(&source, &["movies.json"]) {
        drop(facts::films::read(&source, &document, &mut |_| ControlFlow::Continue(())));
    }
}

/// Plots as a table.
pub fn plots(bytes: &[u8]) {
    // What begins as a zip does is opened as one.
    let Ok(source) = open(&file("plots/movies.csv", bytes)) else { return };
    if let Ok(document) = facts::document(&source, &["movies.csv"]) {
        drop(facts::plots::read(&source, &document, &mut |_| ControlFlow::Continue(())));
    }
}

/// A zip, all of whose members are read to their end.
pub fn zip(bytes: &[u8]) {
    let Ok(source) = open(&file("zip/upload.zip", bytes)) else { return };
    for member in source.members() {
        let read = source.stream(member, |raw| {
            let mut unpacked = Unpacked::new(member, &LIMITS, raw);
            let mut most = unpacked.reader.by_ref().take(LIMITS.member_bytes + 1);
            let read = std::io::copy(&mut most, &mut std::io::sink());
            read.map_err(|error| SourceError::reading(member, 0, error))
        });
        assert!(read.unwrap_or(0) <= LIMITS.member_bytes, "{} grew beyond its limit", member.name);
    }
}
