//! The pcap file format (draft-ietf-opsawg-pcap): a 24-byte header, then
//! records. Both byte orders; microseconds, nanoseconds, and the record
//! header with eight more bytes that Kuznetzov's libpcap wrote.

use super::error::CaptureError;
use super::found::{Fault, Found, MAX_FRAME, frame_len};
use super::pcapng::Interface;
use super::source::{Order, Source};
use crate::time::Instant;
use crate::wire::registry::ip::LinkType;
use std::io::{self, Read, Write};

/// What the file header says of every record.
pub(super) struct Header {
    order: Order,
    nanos: bool,
    record: usize,
    /// Up to version 2.3 some writers swapped the two lengths of a record.
    swapped: bool,
    pub(super) interface: Interface,
}

impl Header {
    /// Byte order, unit of time and record header length behind a magic.
    fn recognise(magic: [u8; 4]) -> Option<(Order, bool, usize)> {
        [Order::Little, Order::Big]
            .into_iter()
            .find_map(|order| match order.u32(magic) {
                MICROS => Some((order, false, RECORD)),
                NANOS => Some((order, true, RECORD)),
                KUZNETZOV => Some((order, false, RECORD_KUZNETZOV)),
                _ => None,
            })
    }

    /// Reads the file header; `None` when this is no pcap file.
    pub(super) fn read<R: Read>(source: &mut Source<R>) -> Result<Option<Self>, CaptureError> {
        let magic = source.up_to(4).first_chunk().copied();
        let Some((order, nanos, record)) = magic.and_then(Self::recognise) else {
            return Ok(None);
        };
        source.want(HEADER, "pcap file header")?;
        let Some([_, version, _zone, _accuracy, snap_len, network]) =
            order.words(source.next(HEADER))
        else {
            return Ok(None);
        };
        let (major, minor) = order.halves(version);
        if major != 2 {
            let (field, value) = ("version_major", u64::from(major));
            return Err(CaptureError::BadValue {
                offset: 4,
                field,
                value,
            });
        }
        source.take(HEADER);
        Ok(Some(Self {
            order,
            nanos,
            record,
            swapped: minor <= 3,
            interface: Interface::plain(LinkType(network & LINK_TYPE), snap_len),
        }))
    }

    /// The next record.
    #[inline]
    pub(super) fn next<R: Read>(&self, source: &mut Source<R>) -> Result<Option<Found>, Fault> {
        if !source.more()? {
            return Ok(None);
        }
        source.want(self.record, "pcap record header")?;
        let Some([seconds, fraction, mut captured, mut original]) =
            self.order.words(source.next(RECORD))
        else {
            return Ok(None);
        };
        if self.swapped && captured > original {
            core::mem::swap(&mut captured, &mut original);
        }
        if captured > MAX_FRAME {
            return Err(CaptureError::BadLength {
                offset: source.offset().saturating_add(8),
                field: "captured_len",
                value: captured.into(),
                min: 0,
                max: MAX_FRAME.into(),
            }
            .into());
        }
        let data = usize::try_from(captured).unwrap_or(usize::MAX);
        source.want(self.record.saturating_add(data), "pcap record")?;
        source.take(self.record);
        let (micros, nanos) = self.split(fraction);
        Ok(Some(Found {
            at: Instant::from_seconds(seconds.into(), micros),
            nanos,
            timed: true,
            link: self.interface.link,
            interface: 0,
            original_len: original,
            file_offset: source.offset(),
            data: source.take(data),
            options: 0..0,
            order: self.order,
        }))
    }

    fn split(&self, fraction: u32) -> (u32, u16) {
        if self.nanos {
            let nanos = fraction.checked_rem(1000).unwrap_or_default();
            (fraction / 1000, u16::try_from(nanos).unwrap_or_default())
        } else {
            (fraction, 0)
        }
    }
}

/// Writes a pcap file with nanosecond timestamps, little-endian.
#[derive(Debug)]
pub struct PcapWriter<W> {
    output: W,
}

impl<W: Write> PcapWriter<W> {
    /// Writes the file header.
    ///
    /// # Errors
    /// Those of the output.
    pub fn new(mut output: W, link: LinkType) -> io::Result<Self> {
        let mut header = [0; HEADER];
        let words = [NANOS, 2 | 4 << 16, 0, 0, MAX_FRAME, link.0];
        for (to, word) in header.as_chunks_mut().0.iter_mut().zip(words) {
            *to = word.to_le_bytes();
        }
        output.write_all(&header)?;
        Ok(Self { output })
    }

    /// Writes one frame; `nanos` is what `at` leaves out below a microsecond,
    /// `original_len` the frame's length on the wire.
    ///
    /// # Errors
    /// Those of the output; `InvalidInput` for a frame longer than
    /// [`MAX_FRAME`] or a time after the year 2106.
    pub fn write(
        &mut self,
        at: Instant,
        nanos: u16,
        original_len: u32,
        data: &[u8],
    ) -> io::Result<()> {
        let seconds = u32::try_from(at.as_micros() / 1_000_000);
        let micros = u32::try_from(at.as_micros() % 1_000_000).unwrap_or_default();
        let fraction = micros
            .saturating_mul(1000)
            .saturating_add(u32::from(nanos % 1000));
        let (Ok(seconds), Some(captured)) = (seconds, frame_len(data)) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        for word in [seconds, fraction, captured, original_len] {
            self.output.write_all(&word.to_le_bytes())?;
        }
        self.output.write_all(data)
    }

    /// Gives the output back, flushed.
    ///
    /// # Errors
    /// Those of the output.
    pub fn finish(mut self) -> io::Result<W> {
        self.output.flush()?;
        Ok(self.output)
    }
}

const MICROS: u32 = 0xa1b2_c3d4;
const NANOS: u32 = 0xa1b2_3c4d;
const KUZNETZOV: u32 = 0xa1b2_cd34;
const HEADER: usize = 24;
const RECORD: usize = 16;
const RECORD_KUZNETZOV: usize = 24;
/// The bits of the header's last word that are the link type; the others say
/// whether frames carry a check sequence.
const LINK_TYPE: u32 = 0x03ff_ffff;

#[cfg(test)]
mod tests {
    use super::super::CaptureReader;
    use super::*;

    /// A header and two records of three and one bytes, at 1 s + 2 units and
    /// 3 s + 4 units.
    fn file(order: Order, magic: u32, minor: u16, extra: usize) -> Vec<u8> {
        let u16 = |value: u16| match order {
            Order::Little => value.to_le_bytes(),
            Order::Big => value.to_be_bytes(),
        };
        let u32 = |value: u32| match order {
            Order::Little => value.to_le_bytes(),
            Order::Big => value.to_be_bytes(),
        };
        let mut out = u32(magic).to_vec();
        out.extend([u16(2), u16(minor)].concat());
        out.extend([u32(0), u32(0), u32(65_535), u32(0xf000_0071)].concat());
        for (seconds, fraction, data, original) in
            [(1, 2_345, &[1, 2, 3][..], 60), (3, 4_000, &[9], 1)]
        {
            let captured = u32::try_from(data.len()).unwrap();
            out.extend([seconds, fraction, captured, original].map(u32).concat());
            out.extend(vec![0xee; extra]);
            out.extend(data);
        }
        out
    }

    type Seen = Vec<(u64, u64, u16, Vec<u8>, u32, u64)>;

    fn frames(file: &[u8]) -> Result<Seen, CaptureError> {
        let mut reader = CaptureReader::new(file)?;
        let mut seen = Vec::new();
        while let Some(f) = reader.next_frame()? {
            assert_eq!((f.link, f.interface, f.timed), (LinkType(0x71), 0, true));
            let (at, data) = (f.at.as_micros(), f.data.to_vec());
            seen.push((f.number, at, f.nanos, data, f.original_len, f.file_offset));
        }
        Ok(seen)
    }

    #[test]
    fn reads_both_byte_orders_units_and_the_longer_record_header() {
        for order in [Order::Little, Order::Big] {
            assert_eq!(
                frames(&file(order, MICROS, 4, 0)).unwrap(),
                [
                    (1, 1_002_345, 0, vec![1, 2, 3], 60, 40),
                    (2, 3_004_000, 0, vec![9], 1, 59)
                ]
            );
            assert_eq!(
                frames(&file(order, NANOS, 4, 0)).unwrap(),
                [
                    (1, 1_000_002, 345, vec![1, 2, 3], 60, 40),
                    (2, 3_000_004, 0, vec![9], 1, 59)
                ]
            );
            assert_eq!(
                frames(&file(order, KUZNETZOV, 4, 8)).unwrap(),
                [
                    (1, 1_002_345, 0, vec![1, 2, 3], 60, 48),
                    (2, 3_004_000, 0, vec![9], 1, 75)
                ]
            );
        }
    }

    #[test]
    fn old_versions_may_swap_the_lengths() {
        let mut old = file(Order::Big, MICROS, 2, 0);
        old[32..40].rotate_left(4);
        assert_eq!(frames(&old).unwrap()[0].3, [1, 2, 3]);
        assert_eq!(frames(&old).unwrap()[0].4, 60);
    }

    #[test]
    fn cut_anywhere_gives_the_frames_before_the_cut_then_one_error() {
        let whole = file(Order::Little, NANOS, 4, 0);
        for cut in 0..whole.len() {
            let mut reader = match CaptureReader::new(&whole[..cut]) {
                Ok(reader) => reader,
                Err(CaptureError::UnknownFormat { first }) => {
                    assert!(cut < 4 && first == whole[..cut]);
                    continue;
                }
                Err(error) => {
                    assert!(cut < HEADER, "{error}");
                    continue;
                }
            };
            let before = [43, 60].iter().filter(|end| **end <= cut).count();
            for _ in 0..before {
                assert!(reader.next_frame().unwrap().is_some());
            }
            if ![24, 43, 60].contains(&cut) {
                match reader.next_frame() {
                    Err(CaptureError::Truncated {
                        offset, need, have, ..
                    }) => {
                        assert_eq!(offset, if cut < 43 { 24 } else { 43 });
                        assert_eq!(offset + have, cut as u64);
                        assert!(need > have);
                    }
                    other => panic!("{cut}: {other:?}"),
                }
            }
            assert!(reader.next_frame().unwrap().is_none());
        }
    }

    #[test]
    fn a_frame_may_be_as_long_as_the_limit_and_no_longer() {
        let longest = vec![7; usize::try_from(MAX_FRAME).unwrap()];
        let mut out = PcapWriter::new(Vec::new(), LinkType(0x71)).unwrap();
        out.write(Instant::ZERO, 0, MAX_FRAME, &longest).unwrap();
        assert!(
            out.write(Instant::ZERO, 0, 0, &[longest.clone(), vec![0]].concat())
                .is_err()
        );
        let mut file = out.finish().unwrap();
        assert_eq!(frames(&file).unwrap()[0].3, longest);

        file[HEADER + 8..HEADER + 12].copy_from_slice(&(MAX_FRAME + 1).to_le_bytes());
        match frames(&file) {
            Err(CaptureError::BadLength {
                offset, value, max, ..
            }) => {
                assert_eq!((offset, value, max), (32, 262_145, 262_144));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_absurd_snap_length_says_nothing() {
        for snap_len in [0, 1, u32::MAX] {
            let mut file = file(Order::Little, MICROS, 4, 0);
            file[16..20].copy_from_slice(&u32::to_le_bytes(snap_len));
            assert_eq!(frames(&file).unwrap().len(), 2);
        }
    }

    #[test]
    fn refuses_a_version_it_does_not_know() {
        let mut file = file(Order::Little, MICROS, 4, 0);
        file[4] = 3;
        let error = frames(&file).unwrap_err();
        assert_eq!(
            error.to_string(),
            "version_major at offset 4: value 0x3 is not allowed"
        );
    }

    #[test]
    fn the_writer_refuses_times_the_format_cannot_hold() {
        let mut out = PcapWriter::new(Vec::new(), LinkType(1)).unwrap();
        let end = Instant::from_seconds(1 << 32, 0);
        assert!(out.write(end, 0, 0, &[]).is_err());
    }
}
