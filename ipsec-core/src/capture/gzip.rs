//! The input of a capture file: gunzipped if it is gzip (RFC 1952), as it is
//! if it is not. Several gzip members in a row are one file.

use flate2::read::MultiGzDecoder;
use std::io::{self, Read};

pub(super) enum Input<R> {
    Plain(Prefixed<R>),
    Gzip(Box<MultiGzDecoder<Prefixed<R>>>),
}

impl<R: Read> Input<R> {
    /// Looks at the first two bytes and chooses. An input that fails at once
    /// is left to fail again when it is read.
    pub(super) fn new(mut inner: R) -> io::Result<Self> {
        let mut first = [0; 2];
        let have = read_full(&mut inner, &mut first)?;
        let input = Prefixed {
            first,
            from: 0,
            to: have,
            inner,
        };
        Ok(if have == 2 && first == MAGIC {
            Self::Gzip(Box::new(MultiGzDecoder::new(input)))
        } else {
            Self::Plain(input)
        })
    }

    pub(super) const fn is_gzip(&self) -> bool {
        matches!(self, Self::Gzip(_))
    }
}

impl<R: Read> Read for Input<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(input) => input.read(out),
            Self::Gzip(input) => input.read(out),
        }
    }
}

/// An input with its first bytes put back.
pub(super) struct Prefixed<R> {
    first: [u8; 2],
    from: usize,
    to: usize,
    inner: R,
}

impl<R: Read> Read for Prefixed<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.first.get(self.from..self.to) {
            Some(mut rest) if !rest.is_empty() => {
                let read = rest.read(out)?;
                self.from = self.from.saturating_add(read);
                Ok(read)
            }
            _ => self.inner.read(out),
        }
    }
}

fn read_full(inner: &mut impl Read, mut out: &mut [u8]) -> io::Result<usize> {
    let mut have = 0_usize;
    while !out.is_empty() {
        match inner.read(out) {
            Ok(0) => break,
            Ok(read) => {
                have = have.saturating_add(read);
                out = out.get_mut(read..).unwrap_or_default();
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(have)
}

const MAGIC: [u8; 2] = [0x1f, 0x8b];
