//! A member's text, taken out of gzip where its name says so.

use std::{cell::Cell, io::Read, rc::Rc};

use flate2::read::MultiGzDecoder;

use super::{Bounded, Limits, Member};

/// Members this small may unpack to anything that fits.
const HARMLESS_BYTES: u64 = 1 << 20;

/// A stream of text, with how much of the member went into it.
pub struct Unpacked<'a> {
    pub reader: Box<dyn Read + 'a>,
    read: Rc<Cell<u64>>,
}

impl<'a> Unpacked<'a> {
    /// Unpacks `raw`, the member's bytes, within the limits.
    pub fn new(member: &Member, limits: &Limits, raw: &'a mut dyn Read) -> Self {
        let read = Rc::new(Cell::new(0));
        let counted = Counted { inner: raw, read: Rc::clone(&read) };
        let is_packed = member.file_name().to_ascii_lowercase().ends_with(".gz");
        let reader: Box<dyn Read + 'a> = if is_packed {
            let most = member.bytes.saturating_mul(limits.expansion).max(HARMLESS_BYTES).min(limits.member_bytes);
            Box::new(Bounded::new(MultiGzDecoder::new(counted), most))
        } else {
            Box::new(counted)
        };
        Self { reader, read }
    }

    /// Counts the member's bytes that were read, packed as they are.
    pub fn bytes_read(&self) -> BytesRead {
        BytesRead(Rc::clone(&self.read))
    }
}

/// How many bytes of a member were read so far.
pub struct BytesRead(Rc<Cell<u64>>);

impl BytesRead {
    pub fn get(&self) -> u64 {
        self.0.get()
    }
}

struct Counted<'a> {
    inner: &'a mut dyn Read,
    read: Rc<Cell<u64>>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buf)?;
        self.read.set(self.read.get() + read as u64);
        Ok(read)
    }
}
