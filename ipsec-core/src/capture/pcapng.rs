//! The pcapng file format (draft-ietf-opsawg-pcapng): sections of blocks,
//! each section in its own byte order with its own interfaces.
//!
//! Read are section headers, interface descriptions, packets (enhanced,
//! simple, and the old packet block) and decryption secrets; every other
//! block is passed over.

use super::error::CaptureError;
use super::found::{Fault, Found, MAX_FRAME, frame_len};
use super::options::Options;
use super::source::{Order, Source};
use crate::time::Instant;
use crate::wire::registry::ip::LinkType;
use alloc::borrow::Cow;
use core::fmt;
use core::ops::Range;
use std::io::{self, Read, Write};
use zeroize::Zeroizing;

/// The state of reading: the section, and what is kept of the whole file.
pub(super) struct Blocks {
    order: Order,
    section: Box<[u8]>,
    /// Where the interfaces of this section begin.
    first: usize,
    interfaces: Vec<Interface>,
    secrets: Vec<Secrets>,
    /// Bytes of options and secrets kept, which [`MAX_KEPT`] bounds.
    kept: usize,
    last: (Instant, u16),
}

/// An interface that frames were captured on.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Interface {
    /// The link layer of its frames.
    pub link: LinkType,
    /// The longest frame that was captured; 0 is no limit.
    pub snap_len: u32,
    options: Box<[u8]>,
    order: Order,
    clock: Clock,
}

impl Interface {
    /// An interface of which nothing more is known.
    pub(super) fn plain(link: LinkType, snap_len: u32) -> Self {
        let (options, order) = (Box::default(), Order::Little);
        Self {
            link,
            snap_len,
            options,
            order,
            clock: Clock::MICROS,
        }
    }

    /// Its name, such as `eth0`.
    #[must_use]
    pub fn name(&self) -> Option<Cow<'_, str>> {
        self.options().text(IF_NAME)
    }

    /// All its options.
    #[must_use]
    pub const fn options(&self) -> Options<'_> {
        Options::new(&self.options, self.order)
    }
}

/// Keys that the file carries for its own decryption.
pub struct Secrets {
    /// What the bytes are.
    pub kind: SecretsType,
    bytes: Zeroizing<Vec<u8>>,
}

impl Secrets {
    /// The key material itself, in the form `kind` names.
    #[must_use]
    pub fn dangerous_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({:?}, {} bytes)", self.kind, self.bytes.len())
    }
}

/// The kind of decryption secrets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a number of the file, whatever it is"
)]
pub struct SecretsType(pub u32);

impl SecretsType {
    /// TLS Key Log (`TLSK`).
    pub const TLS_KEY_LOG: Self = Self(0x544c_534b);
    /// SSH Key Log (`SSHK`).
    pub const SSH_KEY_LOG: Self = Self(0x5353_484b);
    /// WireGuard Key Log (`WGKL`).
    pub const WIREGUARD_KEY_LOG: Self = Self(0x5747_4b4c);

    /// Of a protocol that has no keys for IPsec.
    #[must_use]
    pub const fn is_foreign(self) -> bool {
        matches!(
            self,
            Self::TLS_KEY_LOG | Self::SSH_KEY_LOG | Self::WIREGUARD_KEY_LOG
        )
    }
}

impl fmt::Debug for SecretsType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretsType({:#010x})", self.0)
    }
}

impl Blocks {
    /// Reads the first section header; `None` when this is no pcapng file.
    pub(super) fn read<R: Read>(source: &mut Source<R>) -> Result<Option<Self>, CaptureError> {
        if source.up_to(4) != SECTION.to_be_bytes() {
            return Ok(None);
        }
        let mut blocks = Self {
            order: Order::Little,
            section: Box::default(),
            first: 0,
            interfaces: Vec::new(),
            secrets: Vec::new(),
            kept: 0,
            last: (Instant::ZERO, 0),
        };
        match blocks.block(source) {
            Ok(Some(block)) => blocks.open_section(source.bytes(block.body)),
            Ok(None) => {}
            Err(Fault::Ends(error) | Fault::Passed(error)) => return Err(error),
        }
        Ok(Some(blocks))
    }

    pub(super) fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }

    pub(super) const fn section(&self) -> Options<'_> {
        Options::new(&self.section, self.order)
    }

    pub(super) fn secrets(&self) -> &[Secrets] {
        &self.secrets
    }

    /// The next packet; what comes before it is kept or passed over.
    #[inline]
    pub(super) fn next<R: Read>(&mut self, source: &mut Source<R>) -> Result<Option<Found>, Fault> {
        while source.more()? {
            let Some(block) = self.block(source)? else {
                continue;
            };
            let body = source.bytes(block.body.clone());
            match block.kind {
                ENHANCED | OLD => return self.packet(&block, body).map(Some),
                SIMPLE => return self.simple_packet(&block, body).map(Some),
                SECTION => self.open_section(body),
                INTERFACE => self.describe_interface(&block, body)?,
                SECRETS => self.keep_secrets(&block, body)?,
                _ => {}
            }
        }
        Ok(None)
    }

    /// Takes the next block off the source; `None` for one that is not read.
    fn block<R: Read>(&mut self, source: &mut Source<R>) -> Result<Option<Block>, Fault> {
        let offset = source.offset();
        source.want(8, "pcapng block header")?;
        if source.next(4) == SECTION.to_be_bytes() {
            self.order = byte_order(source)?;
        }
        let Some([kind, length]) = self.order.words(source.next(8)) else {
            return Ok(None);
        };
        let (min, max) = lengths(kind);
        if length < min || length > max || length % 4 != 0 {
            return Err(pass_over(source, kind, length, (min, max)));
        }
        if !is_read(kind) {
            source.skip(length.saturating_sub(4).into(), "pcapng block")?;
            source.want(4, "pcapng block")?;
            let end = source.take(4);
            return match self.order.words(source.bytes(end)) {
                Some([trailer]) if trailer == length => Ok(None),
                trailer => Err(Fault::Passed(wrong_trailer(offset, length, trailer))),
            };
        }
        let len = usize::try_from(length).unwrap_or(usize::MAX);
        source.want(len, "pcapng block")?;
        let whole = source.take(len);
        let body = whole.start.saturating_add(8)..whole.end.saturating_sub(4);
        match self.order.words(source.bytes(body.end..whole.end)) {
            Some([trailer]) if trailer == length => Ok(Some(Block { kind, offset, body })),
            trailer if kind == SECTION => Err(wrong_trailer(offset, length, trailer).into()),
            trailer => Err(Fault::Passed(wrong_trailer(offset, length, trailer))),
        }
    }

    fn open_section(&mut self, body: &[u8]) {
        self.first = self.interfaces.len();
        self.section = body.get(16..).unwrap_or_default().into();
    }

    fn describe_interface(&mut self, block: &Block, body: &[u8]) -> Result<(), Fault> {
        if self.interfaces.len() >= MAX_INTERFACES {
            return Err(block.too_many("interfaces", MAX_INTERFACES));
        }
        let Some([link, snap_len]) = self.order.words(body) else {
            return Ok(());
        };
        let (link, _reserved) = self.order.halves(link);
        let bytes = body.get(8..).unwrap_or_default();
        let kept = if self.keep(bytes.len()) { bytes } else { &[] };
        self.interfaces.push(Interface {
            link: LinkType(link.into()),
            snap_len,
            options: kept.into(),
            order: self.order,
            clock: Clock::of(Options::new(bytes, self.order)),
        });
        Ok(())
    }

    fn keep_secrets(&mut self, block: &Block, body: &[u8]) -> Result<(), Fault> {
        let Some([kind, len]) = self.order.words(body) else {
            return Ok(());
        };
        let rest = body.get(8..).unwrap_or_default();
        let Some(bytes) = usize::try_from(len).ok().and_then(|len| rest.get(..len)) else {
            return Err(block.bad_length(4, "secrets_len", len, rest.len()));
        };
        if self.secrets.len() >= MAX_SECRETS || !self.keep(bytes.len()) {
            return Err(block.too_many("bytes of decryption secrets and options", MAX_KEPT));
        }
        self.secrets.push(Secrets {
            kind: SecretsType(kind),
            bytes: Zeroizing::new(bytes.to_vec()),
        });
        Ok(())
    }

    /// Whether `len` more bytes may be kept.
    fn keep(&mut self, len: usize) -> bool {
        let kept = self.kept.saturating_add(len);
        let fits = kept <= MAX_KEPT;
        if fits {
            self.kept = kept;
        }
        fits
    }

    /// An enhanced packet, or an old one, which differs in its first word.
    fn packet(&mut self, block: &Block, body: &[u8]) -> Result<Found, Fault> {
        let Some([first, high, low, captured, original]) = self.order.words(body) else {
            return Err(block.bad_length(12, "captured_len", 0, body.len()));
        };
        let id = match block.kind {
            OLD => self.order.halves(first).0.into(),
            _ => first,
        };
        let (interface, index) = self.interface(block, id)?;
        let (link, clock) = (interface.link, interface.clock);
        let (data, options) = block.packet(20, captured)?;
        self.last = clock.read(u64::from(high) << 32 | u64::from(low));
        let (at, nanos) = self.last;
        Ok(Found {
            at,
            nanos,
            timed: true,
            link,
            interface: index,
            original_len: original,
            file_offset: block.offset.saturating_add(28),
            data,
            options,
            order: self.order,
        })
    }

    /// A simple packet: of the section's first interface, without a time.
    fn simple_packet(&self, block: &Block, body: &[u8]) -> Result<Found, Fault> {
        let Some([original]) = self.order.words(body) else {
            return Err(block.bad_length(0, "original_len", 0, body.len()));
        };
        let (interface, index) = self.interface(block, 0)?;
        let captured = match interface.snap_len {
            0 => original,
            snap_len => original.min(snap_len),
        };
        let (data, _) = block.packet(4, captured)?;
        Ok(Found {
            at: self.last.0,
            nanos: self.last.1,
            timed: false,
            link: interface.link,
            interface: index,
            original_len: original,
            file_offset: block.offset.saturating_add(12),
            data,
            options: 0..0,
            order: self.order,
        })
    }

    /// An interface of this section, and its number in the file.
    fn interface(&self, block: &Block, id: u32) -> Result<(&Interface, u32), Fault> {
        let index = usize::try_from(id)
            .unwrap_or(usize::MAX)
            .saturating_add(self.first);
        match (self.interfaces.get(index), u32::try_from(index)) {
            (Some(interface), Ok(index)) => Ok((interface, index)),
            _ => Err(Fault::Passed(CaptureError::BadValue {
                offset: block.offset.saturating_add(8),
                field: "interface_id",
                value: id.into(),
            })),
        }
    }
}

/// A block that is wholly in the buffer: `body` lies between the two lengths.
struct Block {
    kind: u32,
    offset: u64,
    body: Range<usize>,
}

impl Block {
    /// Where a packet's data and options lie, after `head` bytes of the body
    /// whose last word but one (or only word) is a length.
    fn packet(&self, head: usize, captured: u32) -> Result<(Range<usize>, Range<usize>), Fault> {
        let from = self.body.start.saturating_add(head);
        let room = self.body.end.saturating_sub(from);
        let len = usize::try_from(captured).unwrap_or(usize::MAX);
        let max = room.min(usize::try_from(MAX_FRAME).unwrap_or(usize::MAX));
        if len > max {
            let at = (head as u64).saturating_sub(8);
            return Err(self.bad_length(at, "captured_len", captured, max));
        }
        let data = from..from.saturating_add(len);
        let options = from
            .saturating_add(len.next_multiple_of(4))
            .min(self.body.end);
        Ok((data, options..self.body.end))
    }

    /// The fault of a length field `at` bytes into the body.
    fn bad_length(&self, at: u64, field: &'static str, value: u32, max: usize) -> Fault {
        Fault::Passed(CaptureError::BadLength {
            offset: self.offset.saturating_add(8).saturating_add(at),
            field,
            value: value.into(),
            min: 0,
            max: max as u64,
        })
    }

    fn too_many(&self, what: &'static str, limit: usize) -> Fault {
        let (offset, limit) = (self.offset, limit as u64);
        Fault::Passed(CaptureError::TooMany {
            offset,
            what,
            limit,
        })
    }
}

/// Reads the byte-order magic of the section header that comes next.
fn byte_order<R: Read>(source: &mut Source<R>) -> Result<Order, Fault> {
    source.want(12, "pcapng section header")?;
    let magic = source.next(12).last_chunk().copied().unwrap_or_default();
    match (Order::Little.u32(magic), Order::Big.u32(magic)) {
        (BYTE_ORDER, _) => Ok(Order::Little),
        (_, BYTE_ORDER) => Ok(Order::Big),
        (_, value) => Err(Fault::Ends(CaptureError::BadValue {
            offset: source.offset().saturating_add(8),
            field: "byte_order_magic",
            value: value.into(),
        })),
    }
}

/// The fault of a block whose length cannot be. Reading goes on behind it if
/// the length leads anywhere, unless what is lost is a section's beginning.
#[cold]
fn pass_over<R: Read>(
    source: &mut Source<R>,
    kind: u32,
    length: u32,
    (min, max): (u32, u32),
) -> Fault {
    let error = CaptureError::BadLength {
        offset: source.offset().saturating_add(4),
        field: "block_total_length",
        value: length.into(),
        min: min.into(),
        max: max.into(),
    };
    if length < SHORTEST || kind == SECTION {
        return Fault::Ends(error);
    }
    match source.skip(u64::from(length).next_multiple_of(4), "pcapng block") {
        Err(failed @ CaptureError::Io { .. }) => Fault::Ends(failed),
        Ok(()) | Err(_) => Fault::Passed(error),
    }
}

#[cold]
fn wrong_trailer(offset: u64, length: u32, trailer: Option<[u32; 1]>) -> CaptureError {
    CaptureError::BadValue {
        offset: offset.saturating_add(length.into()).saturating_sub(4),
        field: "block_total_length (trailing)",
        value: trailer.map_or(0, |[value]| value.into()),
    }
}

/// How an interface counts time: a unit, and seconds to add.
#[derive(Clone, Copy, Debug)]
struct Clock {
    unit: Unit,
    offset_micros: i64,
}

#[derive(Clone, Copy, Debug)]
enum Unit {
    Micros,
    Nanos,
    /// 10⁻ⁿ seconds.
    Decimal(u32),
    /// 2⁻ⁿ seconds.
    Binary(u32),
}

impl Clock {
    const MICROS: Self = Self {
        unit: Unit::Micros,
        offset_micros: 0,
    };

    fn of(options: Options<'_>) -> Self {
        let unit = match options.get(IF_TSRESOL).and_then(<[u8]>::first) {
            None | Some(6) => Unit::Micros,
            Some(9) => Unit::Nanos,
            Some(n) if n & 0x80 != 0 => Unit::Binary(u32::from(n & 0x7f)),
            Some(n) => Unit::Decimal(u32::from(*n)),
        };
        let offset = options.i64(IF_TSOFFSET).unwrap_or(0);
        Self {
            unit,
            offset_micros: offset.saturating_mul(1_000_000),
        }
    }

    /// Ticks as a time and what is left below a microsecond.
    fn read(self, ticks: u64) -> (Instant, u16) {
        let (micros, nanos) = match self.unit {
            Unit::Micros => (ticks, 0),
            Unit::Nanos => (ticks / 1000, ticks % 1000),
            Unit::Decimal(n) => split(decimal_nanos(ticks, n)),
            Unit::Binary(n) => split(
                u128::from(ticks)
                    .saturating_mul(1_000_000_000)
                    .checked_shr(n)
                    .unwrap_or(0),
            ),
        };
        let micros = micros.saturating_add_signed(self.offset_micros);
        (
            Instant::from_micros(micros),
            u16::try_from(nanos).unwrap_or_default(),
        )
    }
}

fn decimal_nanos(ticks: u64, exponent: u32) -> u128 {
    let power = 10_u128
        .checked_pow(exponent.abs_diff(9))
        .unwrap_or(u128::MAX);
    if exponent < 9 {
        u128::from(ticks).saturating_mul(power)
    } else {
        u128::from(ticks).checked_div(power).unwrap_or(0)
    }
}

fn split(nanos: u128) -> (u64, u64) {
    let micros = u64::try_from(nanos / 1000).unwrap_or(u64::MAX);
    (micros, u64::try_from(nanos % 1000).unwrap_or_default())
}

/// Writes a pcapng file of one section and one interface, with nanosecond
/// timestamps, little-endian.
#[derive(Debug)]
pub struct PcapngWriter<W> {
    output: W,
}

impl<W: Write> PcapngWriter<W> {
    /// Writes the section header and the interface.
    ///
    /// # Errors
    /// Those of the output; `InvalidInput` for a link type over 65535.
    pub fn new(output: W, link: LinkType) -> io::Result<Self> {
        let mut writer = Self::section(output)?;
        writer.describe(link)?;
        Ok(writer)
    }

    /// Writes the section header alone.
    pub(super) fn section(output: W) -> io::Result<Self> {
        let mut writer = Self { output };
        let unknown_length = [0xff; 8];
        writer.block(
            SECTION,
            &[&BYTE_ORDER.to_le_bytes(), &[1, 0, 0, 0], &unknown_length],
        )?;
        Ok(writer)
    }

    /// Writes an interface; they are counted from 0.
    pub(super) fn describe(&mut self, link: LinkType) -> io::Result<()> {
        let link = u16::try_from(link.0).map_err(|_| io::ErrorKind::InvalidInput)?;
        let [code, ..] = IF_TSRESOL.to_le_bytes();
        let nanoseconds = [code, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0];
        self.block(
            INTERFACE,
            &[
                &link.to_le_bytes(),
                &[0; 2],
                &MAX_FRAME.to_le_bytes(),
                &nanoseconds,
            ],
        )
    }

    /// Writes one frame; `nanos` is what `at` leaves out below a microsecond,
    /// `original_len` the frame's length on the wire.
    ///
    /// # Errors
    /// Those of the output; `InvalidInput` for a frame longer than
    /// [`MAX_FRAME`] or a time after the year 2554.
    pub fn write(
        &mut self,
        at: Instant,
        nanos: u16,
        original_len: u32,
        data: &[u8],
    ) -> io::Result<()> {
        self.write_on(0, at, nanos, original_len, data)
    }

    /// Writes one frame of interface number `interface`.
    pub(super) fn write_on(
        &mut self,
        interface: u32,
        at: Instant,
        nanos: u16,
        original_len: u32,
        data: &[u8],
    ) -> io::Result<()> {
        let ticks = at.as_micros().checked_mul(1000);
        let ticks = ticks.and_then(|ticks| ticks.checked_add(u64::from(nanos % 1000)));
        let (Some(ticks), Some(captured)) = (ticks, frame_len(data)) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let [a, b, c, d, high @ ..] = ticks.to_le_bytes();
        self.block(
            ENHANCED,
            &[
                &interface.to_le_bytes(),
                &high,
                &[a, b, c, d],
                &captured.to_le_bytes(),
                &original_len.to_le_bytes(),
                data,
            ],
        )
    }

    /// Writes decryption secrets, which concern the frames after them.
    ///
    /// # Errors
    /// Those of the output; `InvalidInput` for more bytes than a reader takes.
    pub fn write_secrets(&mut self, kind: SecretsType, bytes: &[u8]) -> io::Result<()> {
        let len = u32::try_from(bytes.len())
            .ok()
            .filter(|len| *len <= MAX_BLOCK / 2);
        let len = len.ok_or(io::ErrorKind::InvalidInput)?;
        self.block(SECRETS, &[&kind.0.to_le_bytes(), &len.to_le_bytes(), bytes])
    }

    /// Gives the output back, flushed.
    ///
    /// # Errors
    /// Those of the output.
    pub fn finish(mut self) -> io::Result<W> {
        self.output.flush()?;
        Ok(self.output)
    }

    /// Writes one block; only the last part may need padding.
    fn block(&mut self, kind: u32, parts: &[&[u8]]) -> io::Result<()> {
        let body = parts
            .iter()
            .fold(0_usize, |sum, part| sum.saturating_add(part.len()));
        let padded = body.next_multiple_of(4);
        let length = u32::try_from(padded.saturating_add(12))
            .map_err(|_| io::ErrorKind::InvalidInput)?
            .to_le_bytes();
        self.output.write_all(&kind.to_le_bytes())?;
        self.output.write_all(&length)?;
        for part in parts {
            self.output.write_all(part)?;
        }
        let padding = padded.saturating_sub(body);
        self.output
            .write_all([0; 3].get(..padding).unwrap_or_default())?;
        self.output.write_all(&length)
    }
}

/// Whether blocks of this kind are read; others may be of any length.
const fn is_read(kind: u32) -> bool {
    matches!(
        kind,
        ENHANCED | OLD | SIMPLE | SECTION | INTERFACE | SECRETS
    )
}

/// The shortest and the longest total length of a block.
const fn lengths(kind: u32) -> (u32, u32) {
    match kind {
        ENHANCED | OLD => (32, MAX_BLOCK),
        SIMPLE => (16, MAX_BLOCK),
        SECTION => (28, MAX_BLOCK),
        INTERFACE | SECRETS => (20, MAX_BLOCK),
        _ => (SHORTEST, u32::MAX),
    }
}

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const OLD: u32 = 2;
const SIMPLE: u32 = 3;
const ENHANCED: u32 = 6;
const SECRETS: u32 = 10;
const BYTE_ORDER: u32 = 0x1a2b_3c4d;

const IF_NAME: u16 = 2;
const IF_TSRESOL: u16 = 9;
const IF_TSOFFSET: u16 = 14;

/// A block with nothing in it: type, length, length.
const SHORTEST: u32 = 12;
/// The longest block that is read rather than passed over, in bytes.
const MAX_BLOCK: u32 = 1024 * 1024;
/// Interfaces kept of a file.
const MAX_INTERFACES: usize = 65_536;
/// Decryption secrets kept of a file.
const MAX_SECRETS: usize = 4096;
/// Bytes of interface options and decryption secrets kept of a file.
const MAX_KEPT: usize = 4 * 1024 * 1024;

#[cfg(test)]
mod tests;
