//! The films' embeddings on disk: a file of records, each one film, that only grows; of a film's records the last counts. One
//! process writes (a lock says which), any number read along.
//!
//! A record has a checksum, so what a crash left half-written is cut off by the next writer and ignored by readers. When more than
//! half of the records are outdated, the writer puts a new file in place, which readers notice by its first bytes.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock},
};

use matinee_domain::MovieId;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    TextError,
    films::{FilmRows, Row, TextHash},
};

const MAGIC: &[u8; 8] = b"MTFILMS1";
/// Magic, the file's own number, and the width of its rows.
const HEADER_BYTES: usize = 8 + 16 + 4;
const CHECK_BYTES: usize = 4;
/// Below so many records, a file is never put in order.
const FEW_RECORDS: usize = 1_024;

/// What becomes of a film.
pub enum Change {
    Put(MovieId, TextHash, Row),
    Remove(MovieId),
}

/// The file, open for reading or for writing.
pub struct KeptFilms {
    path: PathBuf,
    width: usize,
    file: File,
    /// The number in the file's header.
    number: [u8; 16],
    /// Bytes that are read.
    read: u64,
    records: usize,
    /// Held by the one that writes.
    lock: Option<File>,
}

impl KeptFilms {
    /// Opens the file at `path`, made if it isn't there, and takes what it holds into `films`. A file that is no such file, or of another
    /// width, is begun anew: embeddings can be computed again.
    ///
    /// # Errors
    /// When the folder can't be used.
    pub fn open(path: &Path, width: usize, films: &mut FilmRows) -> Result<Self, TextError> {
        let lock_path = path.with_extension("lock");
        let lock = open_to_write(&lock_path).map_err(TextError::io("opening", &lock_path))?;
        let lock = match lock.try_lock() {
            Ok(()) => Some(lock),
            Err(TryLockError::WouldBlock) => None,
            Err(TryLockError::Error(source)) => {
                return Err(TextError::Io { action: "locking", path: lock_path, source });
            }
        };
        let io_error = |action| TextError::io(action, path);
        let mut file = open_to_write(path).map_err(io_error("opening"))?;
        let number = match read_header(&mut file, width) {
            Some(number) => number,
            None if lock.is_some() => begin(&mut file, width).map_err(io_error("writing"))?,
            None => [0; 16],
        };
        let read = HEADER_BYTES as u64;
        let mut kept = Self { path: path.to_owned(), width, file, number, read, records: 0, lock };
        kept.read_on(films)?;
        if kept.is_writer() {
            kept.file.set_len(kept.read).map_err(io_error("cutting"))?;
        }
        Ok(kept)
    }

    /// What the file at `path` holds, without being its writer and without making one; nothing where there is no such file.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn read(path: &Path, width: usize) -> Result<FilmRows, TextError> {
        let mut films = FilmRows::new(width);
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(films),
            Err(source) => return Err(TextError::Io { action: "opening", path: path.to_owned(), source }),
        };
        let Some(number) = read_header(&mut file, width) else { return Ok(films) };
        let read = HEADER_BYTES as u64;
        Self { path: path.to_owned(), width, file, number, read, records: 0, lock: None }.read_on(&mut films)?;
        Ok(films)
    }

    /// Whether this process is the one that writes.
    pub fn is_writer(&self) -> bool {
        self.lock.is_some()
    }

    /// Takes in what another process has written since, and the place of the writer when it has gone.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn follow(&mut self, films: &mut FilmRows) -> Result<(), TextError> {
        if self.is_writer() {
            return Ok(());
        }
        let mut file = open_to_write(&self.path).map_err(TextError::io("opening", &self.path))?;
        let may_write = {
            let lock_path = self.path.with_extension("lock");
            let lock = open_to_write(&lock_path).map_err(TextError::io("opening", &lock_path))?;
            lock.try_lock().is_ok().then_some(lock)
        };
        let number = read_header(&mut file, self.width);
        if may_write.is_some() || number != Some(self.number) {
            // Another file, or another role: from the beginning.
            drop(may_write);
            *films = FilmRows::new(self.width);
            *self = Self::open(&self.path, self.width, films)?;
            return Ok(());
        }
        self.file = file;
        self.read_on(films)
    }

    /// Writes changes down and takes them in.
    ///
    /// # Errors
    /// When the disk refuses; nothing is taken in then.
    pub fn write(&mut self, changes: Vec<Change>, films: &RwLock<FilmRows>) -> Result<(), TextError> {
        let bytes: Vec<u8> = changes.iter().flat_map(|change| record(change, self.width)).collect();
        let written = (|| {
            self.file.seek(SeekFrom::Start(self.read))?;
            self.file.write_all(&bytes)?;
            self.file.sync_data()
        })();
        written.map_err(TextError::io("writing", &self.path))?;
        self.read += bytes.len() as u64;
        self.records += changes.len();
        // Searches go on while the disk is written to.
        {
            let mut films = films.write().unwrap_or_else(PoisonError::into_inner);
            for change in changes {
                take_in(change, &mut films);
            }
        }
        let films = films.read().unwrap_or_else(PoisonError::into_inner);
        if self.records > FEW_RECORDS && self.records > 2 * films.len() {
            self.put_in_order(&films)?;
        }
        Ok(())
    }

    fn put_in_order(&mut self, films: &FilmRows) -> Result<(), TextError> {
        let aside = self.path.with_extension("new");
        let ordered = (|| {
            let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&aside)?;
            let number = begin(&mut file, self.width)?;
            let mut read = HEADER_BYTES as u64;
            for place in 0..films.len() {
                let (movie, hash, row) = films.row(place);
                let bytes = record(&Change::Put(movie, hash, row), self.width);
                file.write_all(&bytes)?;
                read += bytes.len() as u64;
            }
            file.sync_all()?;
            fs::rename(&aside, &self.path)?;
            Ok((file, number, read))
        })();
        let (file, number, read) = ordered.map_err(TextError::io("putting in order", &self.path))?;
        (self.file, self.number, self.read, self.records) = (file, number, read, films.len());
        Ok(())
    }

    /// Whole records from where reading stopped.
    fn read_on(&mut self, films: &mut FilmRows) -> Result<(), TextError> {
        let mut bytes = Vec::new();
        let read = self.file.seek(SeekFrom::Start(self.read)).and_then(|_| self.file.read_to_end(&mut bytes));
        read.map_err(TextError::io("reading", &self.path))?;
        let length = record_bytes(self.width);
        for record in bytes.chunks_exact(length) {
            let Some(change) = parse(record) else { break };
            take_in(change, films);
            self.read += length as u64;
            self.records += 1;
        }
        Ok(())
    }
}

fn take_in(change: Change, films: &mut FilmRows) {
    match change {
        Change::Put(movie, hash, row) => films.put(movie, hash, &row),
        Change::Remove(movie) => {
            films.remove(movie);
        }
    }
}

fn open_to_write(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

/// The file's number, if it is such a file.
fn read_header(file: &mut File, width: usize) -> Option<[u8; 16]> {
    let mut header = [0; HEADER_BYTES];
    file.seek(SeekFrom::Start(0)).ok()?;
    file.read_exact(&mut header).ok()?;
    let is_it = header[..8] == *MAGIC && header[24..] == width_bytes(width);
    is_it.then(|| header[8..24].try_into().ok()).flatten()
}

/// Makes an empty file of it.
fn begin(file: &mut File, width: usize) -> io::Result<[u8; 16]> {
    let number = Uuid::new_v4().into_bytes();
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&[MAGIC, number.as_slice(), &width_bytes(width)].concat())?;
    Ok(number)
}

fn width_bytes(width: usize) -> [u8; 4] {
    u32::try_from(width).unwrap_or(u32::MAX).to_le_bytes()
}

/// Id, hash, scale, values, checksum.
fn record_bytes(width: usize) -> usize {
    16 + 16 + 4 + width + CHECK_BYTES
}

/// A film that goes has a scale of 0.
fn record(change: &Change, width: usize) -> Vec<u8> {
    let nothing = Row { scale: 0.0, values: vec![0; width] };
    let (movie, hash, row) = match change {
        Change::Put(movie, hash, row) => (movie, *hash, row),
        Change::Remove(movie) => (movie, [0; 16], &nothing),
    };
    let mut bytes = Vec::with_capacity(record_bytes(width));
    bytes.extend_from_slice(movie.0.as_bytes());
    bytes.extend_from_slice(&hash);
    bytes.extend_from_slice(&row.scale.to_le_bytes());
    bytes.extend(row.values.iter().map(|value| value.cast_unsigned()));
    bytes.extend_from_slice(&check(&bytes));
    bytes
}

fn parse(record: &[u8]) -> Option<Change> {
    let (body, told) = record.split_at_checked(record.len() - CHECK_BYTES)?;
    if check(body) != told {
        return None;
    }
    let movie = MovieId(Uuid::from_slice(body.get(..16)?).ok()?);
    let scale = f32::from_le_bytes(body.get(32..36)?.try_into().ok()?);
    if scale == 0.0 {
        return Some(Change::Remove(movie));
    }
    let values = body.get(36..)?.iter().map(|value| value.cast_signed()).collect();
    Some(Change::Put(movie, body.get(16..32)?.try_into().ok()?, Row { scale, values }))
}

fn check(bytes: &[u8]) -> [u8; CHECK_BYTES] {
    let digest = Sha256::digest(bytes);
    [digest[0], digest[1], digest[2], digest[3]]
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 5;

    fn film(number: u128) -> MovieId {
        MovieId(Uuid::from_u128(number))
    }

    fn put(number: u128, hash: u8) -> Change {
        Change::Put(film(number), [hash; 16], Row::of(&[0.1, 0.2, -0.3, 0.4, 0.9]))
    }

    fn open(path: &Path) -> (KeptFilms, RwLock<FilmRows>) {
        let mut films = FilmRows::new(WIDTH);
        (KeptFilms::open(path, WIDTH, &mut films).unwrap(), RwLock::new(films))
    }

    #[test]
    fn films_are_there_again_after_a_restart_and_half_a_record_costs_only_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("films");
        let (mut kept, films) = open(&path);
        kept.write(vec![put(1, 1), put(2, 1), put(1, 2), Change::Remove(film(2)), put(3, 1)], &films).unwrap();
        drop(kept);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - 7]).unwrap();
        let (mut kept, films) = open(&path);
        let hash = |number| films.read().unwrap().hash(film(number));
        assert_eq!((hash(1), hash(2), hash(3)), (Some([2; 16]), None, None));
        kept.write(vec![put(3, 1)], &films).unwrap();
        drop(kept);
        assert_eq!(fs::read(&path).unwrap(), whole);
        assert_eq!(open(&path).1.read().unwrap().row(0).2, Row::of(&[0.1, 0.2, -0.3, 0.4, 0.9]));
    }

    #[test]
    fn a_second_process_reads_along_and_takes_over_when_the_first_has_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("films");
        let (mut first, films) = open(&path);
        let (mut second, seen) = open(&path);
        assert!(first.is_writer() && !second.is_writer());
        first.write(vec![put(1, 1), put(2, 1)], &films).unwrap();
        second.follow(&mut seen.write().unwrap()).unwrap();
        assert_eq!(seen.read().unwrap().len(), 2);
        // Many changes of few films: the file is put in order, and is another one then.
        for round in 0..700 {
            first.write(vec![put(1, u8::try_from(round % 250).unwrap()), put(2, 1)], &films).unwrap();
        }
        let length = fs::metadata(&path).unwrap().len();
        assert!(length < (FEW_RECORDS * record_bytes(WIDTH)) as u64, "{length} bytes");
        second.follow(&mut seen.write().unwrap()).unwrap();
        assert_eq!(
            (seen.read().unwrap().hash(film(1)), seen.read().unwrap().len()),
            (films.read().unwrap().hash(film(1)), 2)
        );
        drop(first);
        second.follow(&mut seen.write().unwrap()).unwrap();
        assert!(second.is_writer());
        second.write(vec![put(9, 1)], &seen).unwrap();
        assert_eq!(seen.read().unwrap().len(), 3);
    }

    #[test]
    fn who_only_looks_takes_no_writers_place_and_makes_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("films");
        assert_eq!(KeptFilms::read(&path, WIDTH).unwrap().len(), 0);
        assert!(!path.exists());
        let (mut kept, films) = open(&path);
        kept.write(vec![put(1, 1), put(2, 1)], &films).unwrap();
        assert_eq!(KeptFilms::read(&path, WIDTH).unwrap().len(), 2);
        assert_eq!(KeptFilms::read(&path, WIDTH + 1).unwrap().len(), 0, "of another width are none");
        drop(kept);
        assert_eq!(KeptFilms::read(&path, WIDTH).unwrap().len(), 2);
        assert!(open(&path).0.is_writer());
    }

    #[test]
    fn a_file_that_is_something_else_is_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("films");
        fs::write(&path, "this is no file of embeddings, but it is long enough to be one").unwrap();
        let (mut kept, films) = open(&path);
        assert_eq!(films.read().unwrap().len(), 0);
        kept.write(vec![put(1, 1)], &films).unwrap();
        drop(kept);
        assert_eq!(open(&path).1.read().unwrap().len(), 1);
    }
}
