//! A stream that fails when it gives more than it may: a zip's header can lie about a member's size.

use std::io::{self, Read};

pub(super) struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R> Bounded<R> {
    pub fn new(inner: R, limit: u64) -> Self {
        Self { inner, left: limit }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buf)?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than it may be"))?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_the_limit_is_an_error_and_the_limit_itself_is_not() {
        let mut text = String::new();
        assert!(Bounded::new(&b"12345"[..], 5).read_to_string(&mut text).is_ok());
        assert!(Bounded::new(&b"123456"[..], 5).read_to_string(&mut text).is_err());
    }
}
