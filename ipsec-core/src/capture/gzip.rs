//! The input of a capture file: gunzipped if it is gzip (RFC 1952), as it is
//! if it is not. Several gzip members in a row are one file.

use super::error::CaptureError;
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

/// The bytes of `file`, unpacked if it is gzip: at most `limit` and one more.
/// What was unpacked before a fault is kept.
pub(super) fn unpacked(file: Vec<u8>, limit: usize) -> (Vec<u8>, Option<CaptureError>) {
    if !file.starts_with(&MAGIC) {
        return (file, None);
    }
    let mut out = Vec::new();
    let most = (limit as u64).saturating_add(1);
    let read = MultiGzDecoder::new(&file[..])
        .take(most)
        .read_to_end(&mut out);
    let offset = out.len() as u64;
    let fault = read.err().map(|error| CaptureError::Io { offset, error });
    (out, fault)
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

#[cfg(test)]
mod tests {
    use super::super::{CaptureError, CaptureReader, Format, PcapWriter};
    use super::*;
    use crate::time::Instant;
    use crate::wire::registry::ip::LinkType;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut out = GzEncoder::new(Vec::new(), Compression::fast());
        out.write_all(bytes).unwrap();
        out.finish().unwrap()
    }

    fn capture(frames: u8) -> Vec<u8> {
        let mut out = PcapWriter::new(Vec::new(), LinkType(1)).unwrap();
        for n in 0..frames {
            out.write(
                Instant::from_micros(n.into()),
                0,
                60,
                &[n.wrapping_mul(37); 60],
            )
            .unwrap();
        }
        out.finish().unwrap()
    }

    /// How many frames, in order and whole; then the fault, if any.
    fn read(input: impl Read) -> (u64, Option<CaptureError>) {
        let mut reader = match CaptureReader::new(input) {
            Ok(reader) => reader,
            Err(fault) => return (0, Some(fault)),
        };
        assert_eq!(reader.format(), Format::Pcap);
        let (mut count, mut fault) = (0, None);
        loop {
            match reader.next_frame() {
                Ok(Some(frame)) => {
                    count += 1;
                    assert_eq!((frame.number, frame.data.len()), (count, 60));
                    assert_eq!(frame.file_offset, 24 + 76 * (count - 1) + 16);
                }
                Ok(None) => return (count, fault),
                Err(error) => assert!(fault.replace(error).is_none()),
            }
        }
    }

    #[test]
    fn members_in_a_row_are_one_file() {
        let file = capture(9);
        let (one, two) = file.split_at(100);
        let all = [packed(one), packed(b""), packed(two)].concat();
        assert!(CaptureReader::new(&all[..]).unwrap().is_gzip());
        assert!(matches!(read(&all[..]), (9, None)));
    }

    #[test]
    fn cut_anywhere_gives_some_frames_then_one_error() {
        let file = capture(200);
        let all = packed(&file);
        let mut most = 0;
        for cut in 0..all.len() {
            let (count, fault) = read(&all[..cut]);
            assert!(count >= most, "{cut}");
            assert!(fault.is_some(), "{cut}");
            most = count;
        }
        assert!(most >= 199);
    }

    #[test]
    fn spoilt_bytes_are_an_error_of_the_input() {
        let mut all = packed(&capture(200));
        let at = all.len() - 6;
        all[at] ^= 0xff;
        let (count, fault) = read(&all[..]);
        assert_eq!(count, 200);
        assert!(matches!(fault, Some(CaptureError::Io { .. })), "{fault:?}");
    }

    #[test]
    fn gzip_inside_gzip_is_named() {
        let fault = read(&packed(&packed(&capture(1)))[..]).1.unwrap();
        assert!(fault.to_string().contains("unpack it once more"), "{fault}");
    }

    #[test]
    fn other_files_are_named_or_shown() {
        let text = |bytes: &[u8]| read(bytes).1.unwrap().to_string();
        assert_eq!(text(b""), "the file is empty");
        assert_eq!(
            text(b"GET / HTTP/1.1\r\nmore"),
            "not a pcap or pcapng file: it begins with \
             47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a"
        );
        assert!(text(b"snoop\0\0\0\0\0\0\x02").contains("editcap"));
        assert!(text(b"\x1f\x8b").starts_with("offset 0"));
    }

    /// Gives one byte at a time, is interrupted, and fails in the end.
    struct Slow<'a>(&'a [u8], bool);

    impl Read for Slow<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            match self.0.len() {
                _ if self.1 => Err(io::ErrorKind::Interrupted.into()),
                0 => Err(io::Error::other("the disk is gone")),
                _ => self.0.read(&mut out[..1]),
            }
        }
    }

    #[test]
    fn a_failing_input_is_told_after_the_frames_before() {
        let file = capture(3);
        for (cut, count) in [(file.len(), 3), (file.len() - 1, 2), (30, 0)] {
            let (seen, fault) = read(Slow(&file[..cut], false));
            let fault = fault.unwrap();
            assert_eq!((seen, fault.offset()), (count, cut as u64));
            assert!(fault.to_string().ends_with("the disk is gone"));
        }
        for cut in 0..24 {
            assert!(matches!(
                CaptureReader::new(Slow(&file[..cut], false)),
                Err(CaptureError::Io { .. } | CaptureError::UnknownFormat { .. })
            ));
        }
    }
}
