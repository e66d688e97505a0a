//! One reader for every capture file: recognises the format, numbers the
//! frames, and lends them one at a time.

use super::error::CaptureError;
use super::found::{Fault, Found};
use super::options::Options;
use super::pcap;
use super::pcapng::{self, Interface, Secrets};
use super::source::Source;
use crate::time::Instant;
use crate::wire::registry::ip::LinkType;
use core::fmt;
use std::io::Read;

/// Reads a capture file as a stream: pcap or pcapng, gzipped or not.
///
/// The reader holds one buffer of 256 KiB (at most 1 MiB, for a file with
/// large blocks) and lends frames out of it, so it neither allocates per frame
/// nor grows with the file; interfaces and decryption secrets are kept within
/// limits.
///
/// ```
/// # use ipsec_core::capture::{CaptureReader, PcapngWriter};
/// # use ipsec_core::{time::Instant, wire::registry::ip::LinkType};
/// # let mut out = PcapngWriter::new(Vec::new(), LinkType(1)).unwrap();
/// # out.write(Instant::ZERO, 0, 4, &[1, 2, 3, 4]).unwrap();
/// # let file = out.finish().unwrap();
/// let mut capture = CaptureReader::new(&file[..])?;
/// loop {
///     match capture.next_frame() {
///         Ok(Some(frame)) => assert_eq!((frame.number, frame.data.len()), (1, 4)),
///         Ok(None) => break,
///         Err(error) => eprintln!("warning: {error}"),
///     }
/// }
/// # Ok::<_, ipsec_core::capture::CaptureError>(())
/// ```
pub struct CaptureReader<R> {
    source: Source<R>,
    grammar: Grammar,
    number: u64,
    ended: bool,
}

enum Grammar {
    Pcap(pcap::Header),
    Pcapng(pcapng::Blocks),
}

/// The format of a capture file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// The classic format of libpcap.
    Pcap,
    /// The block format of Wireshark.
    Pcapng,
}

/// One captured frame, lent from the reader's buffer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Frame<'a> {
    /// Its number in the file, from 1.
    pub number: u64,
    /// When it was captured, to the microsecond, since the Unix epoch.
    pub at: Instant,
    /// What `at` leaves out below a microsecond, in nanoseconds, 0 to 999.
    pub nanos: u16,
    /// Whether the file says when it was captured; if not, `at` repeats the
    /// time of the frame before.
    pub timed: bool,
    /// The link layer its bytes begin with.
    pub link: LinkType,
    /// Where it was captured: an index into [`CaptureReader::interfaces`].
    pub interface: u32,
    /// The bytes captured.
    pub data: &'a [u8],
    /// How many bytes there were on the wire.
    pub original_len: u32,
    /// Where `data` begins in the (unpacked) file.
    pub file_offset: u64,
    /// The options a pcapng file gives it, its comments among them.
    pub options: Options<'a>,
    /// The decryption secrets that stand before it in the file.
    pub secrets: &'a [Secrets],
}

impl<'a> Frame<'a> {
    /// A whole frame that comes from no file: from a socket, or out of another
    /// program's hands.
    ///
    /// ```
    /// use ipsec_core::capture::{Decoder, Frame};
    /// use ipsec_core::{time::Instant, wire::registry::ip::LinkType};
    /// let frame = Frame::new(1, Instant::ZERO, LinkType::RAW, &[0x45, 0, 0]);
    /// assert!(Decoder::new().dissect(&frame).fault().is_some());
    /// ```
    #[must_use]
    pub fn new(number: u64, at: Instant, link: LinkType, data: &'a [u8]) -> Self {
        Self {
            number,
            at,
            nanos: 0,
            timed: true,
            link,
            interface: 0,
            data,
            original_len: u32::try_from(data.len()).unwrap_or(u32::MAX),
            file_offset: 0,
            options: Options::NONE,
            secrets: &[],
        }
    }

    /// Bytes that the snap length cut off.
    #[must_use]
    pub fn missing(&self) -> usize {
        let whole = usize::try_from(self.original_len).unwrap_or(0);
        whole.saturating_sub(self.data.len())
    }
}

impl<R: Read> CaptureReader<R> {
    /// Recognises the format and reads the file header.
    ///
    /// # Errors
    /// [`CaptureError::UnknownFormat`] for an empty file or one that is no
    /// capture; others when the header is cut or unreadable.
    pub fn new(input: R) -> Result<Self, CaptureError> {
        let mut source = Source::new(input)?;
        let grammar = match pcap::Header::read(&mut source)? {
            Some(header) => Grammar::Pcap(header),
            None => match pcapng::Blocks::read(&mut source)? {
                Some(blocks) => Grammar::Pcapng(blocks),
                None => {
                    let first = source.up_to(16).to_vec();
                    source.more()?;
                    return Err(CaptureError::UnknownFormat { first });
                }
            },
        };
        Ok(Self {
            source,
            grammar,
            number: 0,
            ended: false,
        })
    }

    /// The next frame, or `None` at the end of the file.
    ///
    /// # Errors
    /// All frames before a fault are delivered first. Then the fault is
    /// returned once; the next call goes on behind it where the format allows
    /// it (a pcapng block whose length can be trusted is passed over), and
    /// otherwise returns `Ok(None)`. So calling until `Ok(None)` always ends.
    #[inline]
    pub fn next_frame(&mut self) -> Result<Option<Frame<'_>>, CaptureError> {
        if self.ended {
            return Ok(None);
        }
        let found = match &mut self.grammar {
            Grammar::Pcap(header) => header.next(&mut self.source),
            Grammar::Pcapng(blocks) => blocks.next(&mut self.source),
        };
        match found {
            Ok(Some(found)) => {
                self.number = self.number.saturating_add(1);
                Ok(Some(self.frame(found)))
            }
            Ok(None) => {
                self.ended = true;
                Ok(None)
            }
            Err(Fault::Ends(error)) => {
                self.ended = true;
                Err(error)
            }
            Err(Fault::Passed(error)) => Err(error),
        }
    }

    fn frame(&self, found: Found) -> Frame<'_> {
        Frame {
            number: self.number,
            at: found.at,
            nanos: found.nanos,
            timed: found.timed,
            link: found.link,
            interface: found.interface,
            data: self.source.bytes(found.data),
            original_len: found.original_len,
            file_offset: found.file_offset,
            options: Options::new(self.source.bytes(found.options), found.order),
            secrets: self.secrets(),
        }
    }

    /// The file's format.
    #[must_use]
    pub const fn format(&self) -> Format {
        match self.grammar {
            Grammar::Pcap(_) => Format::Pcap,
            Grammar::Pcapng(_) => Format::Pcapng,
        }
    }

    /// Whether the file is gzipped.
    #[must_use]
    pub const fn is_gzip(&self) -> bool {
        self.source.is_gzip()
    }

    /// How far the (unpacked) file has been read.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.source.offset()
    }

    /// The interfaces described so far, over all sections; a pcap file has one.
    #[must_use]
    pub fn interfaces(&self) -> &[Interface] {
        match &self.grammar {
            Grammar::Pcap(header) => core::slice::from_ref(&header.interface),
            Grammar::Pcapng(blocks) => blocks.interfaces(),
        }
    }

    /// The options of the pcapng section being read: comments, and who wrote
    /// it ([`Options::HARDWARE`], [`Options::SYSTEM`],
    /// [`Options::APPLICATION`]).
    #[must_use]
    pub fn section(&self) -> Options<'_> {
        match &self.grammar {
            Grammar::Pcap(_) => Options::NONE,
            Grammar::Pcapng(blocks) => blocks.section(),
        }
    }

    /// The decryption secrets found so far.
    #[must_use]
    pub fn secrets(&self) -> &[Secrets] {
        match &self.grammar {
            Grammar::Pcap(_) => &[],
            Grammar::Pcapng(blocks) => blocks.secrets(),
        }
    }
}

impl<R> fmt::Debug for CaptureReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaptureReader")
            .field("number", &self.number)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
