//! The bytes of a capture file and where its frames lie in them: 24 bytes for
//! each frame, whatever its length.

use super::super::error::CaptureError;
use super::super::file::{CaptureReader, Frame};
use super::super::gzip;
use super::super::options::Options;
use crate::time::Instant;
use std::io::{self, Read};
use std::sync::Arc;

/// A capture file in memory, its frames found up to some place.
pub(super) struct Frames {
    file: Arc<Vec<u8>>,
    /// Reads on from where the index ends, and holds interfaces and secrets.
    reader: CaptureReader<Shared>,
    /// Full chunks of [`CHUNK`] entries, and the one that grows: the index
    /// never moves as a whole.
    entries: Vec<Vec<Entry>>,
    /// The first frame that stands behind so many decryption secrets.
    secrets: Vec<(usize, usize)>,
}

/// Where a frame lies, and what its record says of it.
#[derive(Clone, Copy, Debug)]
struct Entry {
    at: Instant,
    offset: u32,
    len: u32,
    original_len: u32,
    interface: u16,
    /// Nanoseconds, and in the highest bit whether the file gives no time.
    nanos: u16,
}

/// The bytes of a file as an input that shares them.
#[derive(Clone)]
pub(super) struct Shared {
    bytes: Arc<Vec<u8>>,
    at: usize,
}

impl Shared {
    const fn new(bytes: Arc<Vec<u8>>) -> Self {
        Self { bytes, at: 0 }
    }
}

impl Read for Shared {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut rest = self.bytes.get(self.at..).unwrap_or_default();
        let read = rest.read(out)?;
        self.at = self.at.saturating_add(read);
        Ok(read)
    }
}

impl Frames {
    /// Takes the bytes of a capture file, unpacked if they are gzip; says also
    /// what went wrong in unpacking.
    ///
    /// # Errors
    /// Those of [`CaptureReader::new`]; a file of more than `most` bytes.
    pub(super) fn new(
        file: Vec<u8>,
        most: usize,
    ) -> Result<(Self, Option<CaptureError>), CaptureError> {
        let (file, fault) = gzip::unpacked(file, most);
        if file.len() > most {
            let limit = most as u64;
            let (offset, what) = (limit, "bytes of capture");
            return Err(CaptureError::TooMany {
                offset,
                what,
                limit,
            });
        }
        let file = Arc::new(file);
        let frames = Self {
            reader: CaptureReader::new(Shared::new(Arc::clone(&file)))?,
            file,
            entries: Vec::new(),
            secrets: Vec::new(),
        };
        Ok((frames, fault))
    }

    /// The same file, none of its frames found yet.
    pub(super) fn again(&self) -> Result<Self, CaptureError> {
        Ok(Self {
            reader: CaptureReader::new(self.input())?,
            file: Arc::clone(&self.file),
            entries: Vec::new(),
            secrets: Vec::new(),
        })
    }

    /// The file's bytes from the first on.
    fn input(&self) -> Shared {
        Shared::new(Arc::clone(&self.file))
    }

    /// Finds the next frame.
    pub(super) fn next(&mut self) -> Result<Option<Frame<'_>>, CaptureError> {
        let before = self.reader.secrets().len();
        let Some(frame) = self.reader.next_frame()? else {
            return Ok(None);
        };
        let number = usize::try_from(frame.number).unwrap_or(usize::MAX);
        if frame.secrets.len() > before {
            let behind = (number.saturating_sub(1), frame.secrets.len());
            self.secrets.push(behind);
        }
        let entry = Entry::of(&frame);
        match self.entries.last_mut() {
            Some(chunk) if chunk.len() < CHUNK => chunk.push(entry),
            _ => self.entries.push(Vec::from([entry])),
        }
        Ok(Some(frame))
    }

    /// Frames found so far.
    pub(super) fn len(&self) -> usize {
        let full = self.entries.len().saturating_sub(1).saturating_mul(CHUNK);
        full.saturating_add(self.entries.last().map_or(0, Vec::len))
    }

    /// The frame with index `n`, without its options.
    pub(super) fn get(&self, n: usize) -> Option<Frame<'_>> {
        let (chunk, place) = (n.checked_div(CHUNK)?, n.checked_rem(CHUNK)?);
        let entry = *self.entries.get(chunk)?.get(place)?;
        let interface = u32::from(entry.interface);
        let place = usize::from(entry.interface);
        let start = usize::try_from(entry.offset).ok()?;
        let end = start.checked_add(usize::try_from(entry.len).ok()?)?;
        Some(Frame {
            number: (n as u64).saturating_add(1),
            at: entry.at,
            nanos: entry.nanos & !UNTIMED,
            timed: entry.nanos & UNTIMED == 0,
            link: self.reader.interfaces().get(place)?.link,
            interface,
            data: self.file.get(start..end)?,
            original_len: entry.original_len,
            file_offset: entry.offset.into(),
            options: Options::NONE,
            secrets: self.secrets_before(n),
        })
    }

    /// There are decryption secrets of IPsec among the blocks read.
    pub(super) fn brings_keys(&self) -> bool {
        let mut secrets = self.reader.secrets().iter();
        secrets.any(|one| !one.kind.is_foreign())
    }

    fn secrets_before(&self, n: usize) -> &[super::super::pcapng::Secrets] {
        let count = self.secrets.iter().rfind(|(first, _)| *first <= n);
        let count = count.map_or(0, |(_, count)| *count);
        self.reader.secrets().get(..count).unwrap_or_default()
    }

    /// The file's bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.file
    }

    /// How far the file was read, in bytes, and how long it is.
    pub(super) fn progress(&self) -> (u64, u64) {
        (self.reader.position(), self.file.len() as u64)
    }
}

impl Entry {
    fn of(frame: &Frame<'_>) -> Self {
        let untimed = if frame.timed { 0 } else { UNTIMED };
        Self {
            at: frame.at,
            offset: u32::try_from(frame.file_offset).unwrap_or(u32::MAX),
            len: u32::try_from(frame.data.len()).unwrap_or(u32::MAX),
            original_len: frame.original_len,
            interface: u16::try_from(frame.interface).unwrap_or(u16::MAX),
            nanos: frame.nanos | untimed,
        }
    }
}

/// The file does not say when the frame was captured.
const UNTIMED: u16 = 0x8000;

/// Entries that are allocated at once.
const CHUNK: usize = 16_384;

/// Bytes of a capture that is held in memory, unpacked.
pub const MAX_FILE: usize = 2 << 30;

#[cfg(test)]
mod tests {
    use super::super::super::PcapWriter;
    use super::*;
    use crate::wire::registry::ip::LinkType;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write as _;

    fn capture(frames: u32) -> Vec<u8> {
        let mut out = PcapWriter::new(Vec::new(), LinkType::ETHERNET).unwrap();
        for n in 0..frames {
            out.write(Instant::ZERO, 0, n, &n.to_be_bytes()).unwrap();
        }
        out.finish().unwrap()
    }

    #[test]
    fn a_file_may_be_as_long_as_the_limit_and_no_longer() {
        let file = capture(100);
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&file).unwrap();
        for given in [file.clone(), packed.finish().unwrap()] {
            assert!(Frames::new(given.clone(), file.len()).is_ok());
            let fault = Frames::new(given, file.len() - 1).err();
            assert!(
                matches!(fault, Some(CaptureError::TooMany { .. })),
                "{fault:?}"
            );
        }
    }

    #[test]
    fn the_index_finds_every_frame_over_its_chunks() {
        let count = u32::try_from(CHUNK).unwrap() * 2 + 1;
        let mut frames = Frames::new(capture(count), MAX_FILE).unwrap().0;
        while frames.next().unwrap().is_some() {}
        assert_eq!(frames.len(), CHUNK * 2 + 1);
        for n in [0, CHUNK - 1, CHUNK, CHUNK * 2 - 1, CHUNK * 2] {
            let frame = frames.get(n).unwrap();
            assert_eq!(frame.number, n as u64 + 1);
            assert_eq!(frame.data, u32::try_from(n).unwrap().to_be_bytes());
        }
        assert!(frames.get(CHUNK * 2 + 1).is_none() && frames.get(usize::MAX).is_none());
        assert_eq!(size_of::<Entry>(), 24);
    }
}
