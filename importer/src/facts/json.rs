//! JSON documents read element by element: an array's values, or an object's members.

use std::{
    cell::Cell,
    fmt,
    io::{self, BufReader, Read},
    ops::ControlFlow,
    rc::Rc,
};

use serde::de::{Deserializer as _, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::{
    run::ImportError,
    source::{Member, Source, SourceError},
    table::{Outcome, Row, Sink},
};

/// Reads a document whose top is an array (elements get no key) or an object (elements are its members).
///
/// # Errors
/// When the file can't be read, is too large, is no JSON, or its top is neither.
pub(super) fn read<T>(
    source: &Source,
    member: &Member,
    mut parse: impl FnMut(Option<String>, Value) -> Outcome<T>,
    sink: &mut Sink<'_, T>,
) -> Result<(), ImportError> {
    let limit = source.limits().document_bytes;
    if member.bytes > limit {
        let (path, member) = (source.path().to_owned(), member.name.clone());
        return Err(SourceError::TooLarge { path, member, bytes: source.limits().document_bytes + 1, limit }.into());
    }
    source.stream(member, |reader| {
        let place = Rc::new(Place::default());
        let counting = Counting { inner: BufReader::new(reader), place: Rc::clone(&place) };
        let mut stopped = false;
        let mut visit = |key, value| {
            let row = Row { line: place.line.get() + 1, bytes_done: place.bytes.get(), outcome: parse(key, value) };
            stopped = sink(row).is_break();
            if stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let mut document = serde_json::Deserializer::from_reader(counting);
        let read = document.deserialize_any(Elements(&mut visit)).and_then(|()| document.end());
        match read {
            Err(error) if !stopped => Err(failure(member, error)),
            _ => Ok(()),
        }
    })
}

fn failure(member: &Member, error: serde_json::Error) -> ImportError {
    if error.is_io() {
        return SourceError::reading(member, error.line() as u64, error.into()).into();
    }
    ImportError::Json { file: member.name.clone(), reason: error.to_string() }
}

#[derive(Default)]
struct Place {
    line: Cell<u64>,
    bytes: Cell<u64>,
}

/// Counts what serde reads, which is byte by byte.
struct Counting<R> {
    inner: R,
    place: Rc<Place>,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buf)?;
        for _ in buf[..read].iter().filter(|&&byte| byte == b'\n') {
            self.place.line.set(self.place.line.get() + 1);
        }
        self.place.bytes.set(self.place.bytes.get() + read as u64);
        Ok(read)
    }
}

/// Hands each element over instead of keeping it.
struct Elements<'a, F>(&'a mut F);

impl<'de, F: FnMut(Option<String>, Value) -> ControlFlow<()>> Visitor<'de> for Elements<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array or an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while let Some(value) = elements.next_element()? {
            if (self.0)(None, value).is_break() {
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some((key, value)) = members.next_entry()? {
            if (self.0)(Some(key), value).is_break() {
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}
