//! The bytes of a capture file, buffered, with their positions.
//!
//! Nothing is taken from the input before a grammar has asked for it with a
//! length it has checked, so the buffer never grows beyond the largest record
//! or block allowed.

use super::error::CaptureError;
use super::gzip::Input;
use core::ops::Range;
use std::io::{self, Read};

pub(super) struct Source<R> {
    input: Input<R>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Position in the file of `buffer[start]`.
    offset: u64,
    ended: bool,
    failed: Option<io::Error>,
}

impl<R: Read> Source<R> {
    pub(super) fn new(inner: R) -> Result<Self, CaptureError> {
        Ok(Self {
            input: Input::new(inner).map_err(|error| CaptureError::Io { offset: 0, error })?,
            buffer: vec![0; BUFFER],
            start: 0,
            end: 0,
            offset: 0,
            ended: false,
            failed: None,
        })
    }

    pub(super) const fn is_gzip(&self) -> bool {
        self.input.is_gzip()
    }

    /// Where the unread bytes begin.
    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether anything follows. An input that fails is an error only here and
    /// in [`Self::want`], after all bytes before the failure were handed out.
    #[inline]
    pub(super) fn more(&mut self) -> Result<bool, CaptureError> {
        if self.available() == 0 {
            self.fill(1);
            if let Some(error) = self.failed.take() {
                return Err(CaptureError::Io {
                    offset: self.offset,
                    error,
                });
            }
        }
        Ok(self.available() > 0)
    }

    /// Makes sure that `need` bytes of `what` can be seen.
    #[inline]
    pub(super) fn want(&mut self, need: usize, what: &'static str) -> Result<(), CaptureError> {
        if self.available() < need {
            self.fill(need);
            if self.available() < need {
                return Err(self.shortage(need as u64, self.available() as u64, what));
            }
        }
        Ok(())
    }

    /// The next `len` bytes, which were asked for with [`Self::want`].
    #[inline]
    pub(super) fn next(&self, len: usize) -> &[u8] {
        self.bytes(self.start..self.start.saturating_add(len))
    }

    /// As many of the next `len` bytes as there are.
    pub(super) fn up_to(&mut self, len: usize) -> &[u8] {
        if self.available() < len {
            self.fill(len);
        }
        self.next(len.min(self.available()))
    }

    /// Passes over `len` bytes that were asked for, and says where in the
    /// buffer they stay until the next call.
    #[inline]
    pub(super) fn take(&mut self, len: usize) -> Range<usize> {
        let len = len.min(self.available());
        let from = self.start;
        self.start = from.saturating_add(len);
        self.offset = self.offset.saturating_add(len as u64);
        from..self.start
    }

    /// What [`Self::take`] passed over.
    #[inline]
    pub(super) fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.buffer.get(range).unwrap_or_default()
    }

    /// Passes over `len` bytes that need not be seen nor fit into the buffer.
    pub(super) fn skip(&mut self, len: u64, what: &'static str) -> Result<(), CaptureError> {
        let begin = self.offset;
        let mut left = len;
        while left > 0 {
            if self.available() == 0 {
                self.fill(1);
            }
            let step = self
                .available()
                .min(usize::try_from(left).unwrap_or(usize::MAX));
            if step == 0 {
                let mut error = self.shortage(len, len.saturating_sub(left), what);
                if let CaptureError::Truncated { offset, .. } = &mut error {
                    *offset = begin;
                }
                return Err(error);
            }
            self.take(step);
            left = left.saturating_sub(step as u64);
        }
        Ok(())
    }

    const fn available(&self) -> usize {
        self.end.saturating_sub(self.start)
    }

    #[cold]
    fn shortage(&mut self, need: u64, have: u64, what: &'static str) -> CaptureError {
        match self.failed.take() {
            Some(error) => CaptureError::Io {
                offset: self.offset.saturating_add(self.available() as u64),
                error,
            },
            None => CaptureError::Truncated {
                offset: self.offset,
                what,
                need,
                have,
            },
        }
    }

    #[cold]
    fn fill(&mut self, need: usize) {
        if self.start.saturating_add(need) > self.buffer.len() {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end = self.available();
            self.start = 0;
            if need > self.buffer.len() {
                self.buffer.resize(need, 0);
            }
        }
        while self.available() < need && !self.ended {
            let room = self.buffer.get_mut(self.end..).unwrap_or_default();
            let most = room.len();
            match self.input.read(room) {
                Ok(0) => self.ended = true,
                Ok(read) => self.end = self.end.saturating_add(read.min(most)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failed = Some(error);
                    self.ended = true;
                }
            }
        }
    }
}

/// The byte order of a pcap file or a pcapng section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

impl Order {
    #[inline]
    pub(super) const fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }

    #[inline]
    pub(super) const fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }

    pub(super) const fn i64(self, bytes: [u8; 8]) -> i64 {
        match self {
            Self::Little => i64::from_le_bytes(bytes),
            Self::Big => i64::from_be_bytes(bytes),
        }
    }

    /// The first `N` 32-bit numbers of `bytes`.
    #[inline]
    pub(super) fn words<const N: usize>(self, bytes: &[u8]) -> Option<[u32; N]> {
        let (words, _) = bytes.as_chunks::<4>();
        Some(words.first_chunk::<N>()?.map(|word| self.u32(word)))
    }

    /// The two 16-bit numbers that lie in one 32-bit number, in file order.
    pub(super) const fn halves(self, word: u32) -> (u16, u16) {
        let [a, b, c, d] = match self {
            Self::Little => word.to_le_bytes(),
            Self::Big => word.to_be_bytes(),
        };
        (self.u16([a, b]), self.u16([c, d]))
    }
}

/// Bytes read from the input at a time.
const BUFFER: usize = 256 * 1024;
