//! TCP heads (RFC 9293; options of RFC 7323 and RFC 2018).

use super::checksum::{Sum, Verdict, judge, pseudo_header};
use super::layout::{Encoder, Field, Layout, Show};
use super::leaf::{DecodeError, DecodeErrorKind};
use super::options::{Opt, OptionKind, Options};
use super::registry::ip::Protocol;
use super::registry::registry;
use super::udp::{DST_PORT, SRC_PORT};
use alloc::vec::Vec;
use core::net::IpAddr;

registry! {
    /// TCP option kinds (IANA "TCP Option Kind Numbers").
    TcpOption(u8) {
        END = 0 => "End of Option List";
        NOP = 1 => "No-Operation";
        MSS = 2 => "Maximum Segment Size";
        WINDOW_SCALE = 3 => "Window Scale";
        SACK_PERMITTED = 4 => "SACK Permitted";
        SACK = 5;
        TIMESTAMPS = 8 => "Timestamps";
        MD5_SIGNATURE = 19 => "MD5 Signature";
        USER_TIMEOUT = 28 => "User Timeout";
        AUTHENTICATION = 29 => "TCP Authentication Option";
        MULTIPATH = 30 => "Multipath TCP";
        FAST_OPEN = 34 => "TCP Fast Open Cookie";
        ENCRYPTION_NEGOTIATION = 69 => "Encryption Negotiation";
        ACC_ECN_0 = 172 => "Accurate ECN Order 0";
        ACC_ECN_1 = 174 => "Accurate ECN Order 1";
    }
}

/// A TCP segment. All numbers are as they stand on the wire, whether they fit
/// or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a fixed wire format that callers build"
)]
pub struct Tcp<'a> {
    /// Port it was sent from.
    pub source_port: u16,
    /// Port it was sent to.
    pub destination_port: u16,
    /// Number of the first byte of the payload.
    pub sequence: u32,
    /// Number of the next byte wanted.
    pub acknowledgment: u32,
    /// Head length in the top four bits, reserved bits, control bits.
    pub offset_flags: u16,
    /// Bytes the sender is ready to take.
    pub window: u16,
    /// Checksum.
    pub checksum: u16,
    /// End of urgent data.
    pub urgent: u16,
    /// Options.
    pub options: Options<'a, TcpOption>,
    /// What it carries, as far as it was captured.
    pub payload: &'a [u8],
}

impl<'a> Tcp<'a> {
    /// The control bit "no more data from sender".
    pub const FIN: u16 = 0x001;
    /// The control bit "synchronize sequence numbers".
    pub const SYN: u16 = 0x002;
    /// The control bit "reset the connection".
    pub const RST: u16 = 0x004;
    /// The control bit "push".
    pub const PSH: u16 = 0x008;
    /// The control bit "acknowledgment is significant".
    pub const ACK: u16 = 0x010;

    /// Reads a segment that fills `i`.
    ///
    /// # Errors
    /// Whatever in the head does not follow the standard, with its offset.
    #[inline]
    pub fn decode(i: &'a [u8]) -> Result<Self, DecodeError> {
        match Self::decode_lax(i)? {
            (segment, None) => Ok(segment),
            (_, Some(fault)) => Err(fault),
        }
    }

    /// Reads what can be read, and says what is wrong.
    ///
    /// # Errors
    /// When the fixed header is cut short.
    #[inline]
    pub fn decode_lax(i: &'a [u8]) -> Result<(Self, Option<DecodeError>), DecodeError> {
        let Some((head, rest)) = i.split_first_chunk::<FIXED>() else {
            let have = i.len();
            let kind = DecodeErrorKind::Truncated { need: FIXED, have };
            return Err(DecodeError::new(0, "tcp", kind));
        };
        let [
            s0,
            s1,
            d0,
            d1,
            n0,
            n1,
            n2,
            n3,
            a0,
            a1,
            a2,
            a3,
            f0,
            f1,
            w0,
            w1,
            c0,
            c1,
            u0,
            u1,
        ] = *head;
        let option_bytes = usize::from(f0 >> 4).wrapping_mul(4).saturating_sub(FIXED);
        let (options, payload) = rest.split_at_checked(option_bytes).unwrap_or((rest, &[]));
        let segment = Self {
            source_port: u16::from_be_bytes([s0, s1]),
            destination_port: u16::from_be_bytes([d0, d1]),
            sequence: u32::from_be_bytes([n0, n1, n2, n3]),
            acknowledgment: u32::from_be_bytes([a0, a1, a2, a3]),
            offset_flags: u16::from_be_bytes([f0, f1]),
            window: u16::from_be_bytes([w0, w1]),
            checksum: u16::from_be_bytes([c0, c1]),
            urgent: u16::from_be_bytes([u0, u1]),
            options: Options::new(options),
            payload,
        };
        let fault = segment.fault();
        Ok((segment, fault))
    }

    /// The first thing wrong with the head.
    pub(super) fn fault(&self) -> Option<DecodeError> {
        let option_fault = || self.options.fault().map(|fault| fault.shifted(FIXED));
        self.header_fault().or_else(option_fault)
    }

    fn header_fault(&self) -> Option<DecodeError> {
        (self.header_length() != self.head_len()).then(|| {
            let kind = DecodeErrorKind::BadLength {
                value: self.header_length(),
                min: FIXED,
                max: self.head_len().saturating_add(self.payload.len()),
            };
            DecodeError::new(12, "header_length", kind)
        })
    }

    /// The head length that the segment gives, in bytes.
    fn header_length(&self) -> usize {
        usize::from(self.offset_flags >> 12).wrapping_mul(4)
    }

    /// Bytes of the head, options included.
    #[must_use]
    pub const fn head_len(&self) -> usize {
        FIXED.saturating_add(self.options.as_bytes().len())
    }

    /// The control bits alone.
    #[must_use]
    pub const fn flags(&self) -> u16 {
        self.offset_flags & 0x0fff
    }

    /// The maximum segment size option of a SYN.
    #[must_use]
    pub fn maximum_segment_size(&self) -> Option<u16> {
        let data = self.options.find(TcpOption::MSS)?;
        <[u8; 2]>::try_from(data).ok().map(u16::from_be_bytes)
    }

    /// Lays out the head; the payload is laid out by its own protocol.
    pub fn lay_out(&self, out: &mut impl Layout) {
        out.group(&TCP, |out| {
            out.u16(&SRC_PORT, self.source_port);
            out.u16(&DST_PORT, self.destination_port);
            out.u32(&SEQUENCE, self.sequence);
            out.u32(&ACKNOWLEDGMENT, self.acknowledgment);
            out.u16(&FLAGS, self.offset_flags);
            out.part(
                &HEADER_LENGTH,
                u64::from(self.offset_flags >> 12).wrapping_mul(4),
            );
            out.part(&SYN, (self.flags() & Self::SYN != 0).into());
            out.part(&ACK, (self.flags() & Self::ACK != 0).into());
            out.part(&FIN, (self.flags() & Self::FIN != 0).into());
            out.part(&RST, (self.flags() & Self::RST != 0).into());
            out.u16(&WINDOW, self.window);
            out.u16(&CHECKSUM, self.checksum);
            out.u16(&URGENT, self.urgent);
            self.options.lay_out(out);
            if let Some(fault) = self.header_fault() {
                // A bad option is marked where it stands.
                out.malformed(&fault);
            }
        });
    }

    /// Appends the head's bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        self.lay_out(&mut Encoder::new(out));
    }

    /// Checks the checksum of an unfragmented segment between these addresses.
    #[must_use]
    pub fn verify_checksum(&self, source: IpAddr, destination: IpAddr) -> Verdict {
        if self.header_fault().is_some() {
            return Verdict::Unverifiable;
        }
        let length = self.head_len().saturating_add(self.payload.len());
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        let pseudo = pseudo_header(source, destination, Protocol::TCP, length);
        judge(self.checksum, self.add_to(pseudo), Some(pseudo))
    }

    fn add_to(&self, pseudo: Sum) -> Sum {
        pseudo
            .u16(self.source_port)
            .u16(self.destination_port)
            .u32(self.sequence)
            .u32(self.acknowledgment)
            .u16(self.offset_flags)
            .u16(self.window)
            .u16(self.urgent)
            .bytes(self.options.as_bytes())
            .bytes(self.payload)
    }
}

/// What an option of a TCP segment says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TcpOptionValue<'a> {
    /// The longest segment the sender takes (RFC 9293 §3.7.1).
    MaximumSegmentSize(u16),
    /// Places to shift the window by (RFC 7323 §2).
    WindowScale(u8),
    /// Selective acknowledgments may be sent (RFC 2018 §2).
    SackPermitted,
    /// Blocks of data received, pairs of sequence numbers (RFC 2018 §3).
    Sack(&'a [u8]),
    /// Clock of the sender, and the receiver's echoed (RFC 7323 §3).
    Timestamps {
        /// The sender's clock.
        value: u32,
        /// The clock value it answers.
        echo: u32,
    },
    /// Anything else, or a length that does not fit the kind.
    Other(&'a [u8]),
}

impl<'a> TcpOptionValue<'a> {
    /// Reads the data of an option.
    #[must_use]
    pub fn new(kind: TcpOption, data: &'a [u8]) -> Self {
        match (kind, data) {
            (TcpOption::MSS, &[a, b]) => Self::MaximumSegmentSize(u16::from_be_bytes([a, b])),
            (TcpOption::WINDOW_SCALE, &[shift]) => Self::WindowScale(shift),
            (TcpOption::SACK_PERMITTED, []) => Self::SackPermitted,
            (TcpOption::SACK, blocks) if blocks.len().is_multiple_of(8) => Self::Sack(blocks),
            (TcpOption::TIMESTAMPS, &[a, b, c, d, e, f, g, h]) => Self::Timestamps {
                value: u32::from_be_bytes([a, b, c, d]),
                echo: u32::from_be_bytes([e, f, g, h]),
            },
            _ => Self::Other(data),
        }
    }

    fn lay_out(&self, out: &mut impl Layout) {
        match *self {
            Self::MaximumSegmentSize(mss) => out.u16(&MSS, mss),
            Self::WindowScale(shift) => out.u8(&SHIFT, shift),
            Self::SackPermitted => {}
            Self::Sack(blocks) => {
                let (edges, _) = blocks.as_chunks::<4>();
                for edge in edges {
                    out.u32(&EDGE, u32::from_be_bytes(*edge));
                }
            }
            Self::Timestamps { value, echo } => {
                out.u32(&TIMESTAMP, value);
                out.u32(&TIMESTAMP_ECHO, echo);
            }
            Self::Other(data) => out.bytes(&DATA, data),
        }
    }
}

impl<'a> Opt<'a, TcpOption> {
    /// What the option says; `None` for those without data.
    #[must_use]
    pub fn tcp_value(&self) -> Option<TcpOptionValue<'a>> {
        match *self {
            Self::Value { kind, data, .. } => Some(TcpOptionValue::new(kind, data)),
            Self::Single(_) | Self::Padding(_) | Self::Malformed { .. } => None,
        }
    }
}

impl OptionKind for TcpOption {
    const COUNTED_HEAD: u8 = 2;
    const GROUP: &'static Field = &OPTION;
    const TYPE: &'static Field = &OPTION_KIND;

    #[inline]
    fn from_number(number: u8) -> Self {
        Self(number)
    }

    #[inline]
    fn number(self) -> u8 {
        self.0
    }

    #[inline]
    fn stands_alone(self) -> bool {
        self.0 <= 1
    }

    #[inline]
    fn ends_list(self) -> bool {
        self.0 == 0
    }

    fn lay_out_data(self, data: &[u8], out: &mut impl Layout) {
        TcpOptionValue::new(self, data).lay_out(out);
    }
}

pub(super) static TCP: Field = Field::new(
    "tcp",
    "TCP",
    "Transmission Control Protocol, RFC 9293",
    Show::Group,
);
static SEQUENCE: Field = Field::new(
    "sequence",
    "Sequence number",
    "Number of the first byte of the payload, RFC 9293 §3.1",
    Show::Dec,
);
static ACKNOWLEDGMENT: Field = Field::new(
    "acknowledgment",
    "Acknowledgment number",
    "Number of the next byte wanted, RFC 9293 §3.1",
    Show::Dec,
);
static FLAGS: Field = Field::new(
    "flags",
    "Data offset and control bits",
    "Head length in the top four bits, control bits below, RFC 9293 §3.1",
    Show::Flags(&[
        (0x100, "AE"),
        (0x080, "CWR"),
        (0x040, "ECE"),
        (0x020, "URG"),
        (Tcp::ACK as u64, "ACK"),
        (Tcp::PSH as u64, "PSH"),
        (Tcp::RST as u64, "RST"),
        (Tcp::SYN as u64, "SYN"),
        (Tcp::FIN as u64, "FIN"),
    ]),
);
static HEADER_LENGTH: Field = Field::new(
    "header_length",
    "Header length",
    "Bytes of the head: four times the field, RFC 9293 §3.1",
    Show::Dec,
);
static SYN: Field = Field::new(
    "syn",
    "SYN",
    "Opens the connection, RFC 9293 §3.1",
    Show::Dec,
);
static ACK: Field = Field::new(
    "ack",
    "ACK",
    "The acknowledgment number counts, RFC 9293 §3.1",
    Show::Dec,
);
static FIN: Field = Field::new(
    "fin",
    "FIN",
    "No more data follows, RFC 9293 §3.1",
    Show::Dec,
);
static RST: Field = Field::new(
    "rst",
    "RST",
    "Resets the connection, RFC 9293 §3.1",
    Show::Dec,
);
static WINDOW: Field = Field::new(
    "window",
    "Window",
    "Bytes the sender is ready to take, before scaling, RFC 9293 §3.1",
    Show::Dec,
);
static CHECKSUM: Field = Field::new(
    "checksum",
    "Checksum",
    "Over pseudo-header, head and payload, RFC 9293 §3.1",
    Show::Hex,
);
static URGENT: Field = Field::new(
    "urgent",
    "Urgent pointer",
    "End of urgent data, RFC 9293 §3.1",
    Show::Dec,
);
static OPTION: Field = Field::new(
    "option",
    "Option",
    "Option of the TCP head, RFC 9293 §3.2",
    Show::Named(TcpOption::name_of),
);
static OPTION_KIND: Field = Field::new(
    "type",
    "Kind",
    "Which option it is, RFC 9293 §3.2",
    Show::Named(TcpOption::name_of),
);
static MSS: Field = Field::new(
    "mss",
    "Maximum segment size",
    "Longest segment the sender takes, RFC 9293 §3.7.1",
    Show::Dec,
);
static SHIFT: Field = Field::new(
    "shift",
    "Shift",
    "Places to shift the window by, RFC 7323 §2",
    Show::Dec,
);
static EDGE: Field = Field::new(
    "edge",
    "Edge",
    "Left and right edges of the blocks received, in turn, RFC 2018 §3",
    Show::Dec,
);
static TIMESTAMP: Field = Field::new(
    "value",
    "Timestamp",
    "Clock of the sender, RFC 7323 §3",
    Show::Dec,
);
static TIMESTAMP_ECHO: Field = Field::new(
    "echo",
    "Timestamp echo",
    "Clock value of the peer that is answered, RFC 7323 §3",
    Show::Dec,
);
static DATA: Field = Field::new("data", "Data", "What the option says", Show::Bytes);

/// Bytes of the head without options.
const FIXED: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    /// A SYN from Linux: MSS, SACK permitted, timestamps, NOP, window scale.
    const SYN: [u8; 40] = [
        0xc0, 0x01, 0x11, 0x94, 0, 0, 0, 7, 0, 0, 0, 0, 0xa0, 0x02, 0xfa, 0xf0, 0xbe, 0xef, 0, 0,
        2, 4, 0x05, 0x6c, 4, 2, 8, 10, 0, 0, 0, 5, 0, 0, 0, 0, 1, 3, 3, 7,
    ];

    #[test]
    fn options_have_types() {
        let segment = Tcp::decode(&SYN).unwrap();
        assert_eq!(segment.flags(), Tcp::SYN);
        assert_eq!(segment.maximum_segment_size(), Some(1388));
        let values: Vec<_> = segment
            .options
            .iter()
            .filter_map(|o| o.tcp_value())
            .collect();
        assert_eq!(
            values,
            [
                TcpOptionValue::MaximumSegmentSize(1388),
                TcpOptionValue::SackPermitted,
                TcpOptionValue::Timestamps { value: 5, echo: 0 },
                TcpOptionValue::WindowScale(7),
            ]
        );
        let mut out = Vec::new();
        segment.encode(&mut out);
        assert_eq!(out, SYN);
    }

    #[test]
    fn data_offsets_that_lie_are_placed() {
        for words in 0..16u8 {
            let mut bytes = SYN;
            bytes[12] = words << 4;
            let (segment, fault) = Tcp::decode_lax(&bytes).unwrap();
            let whole = [5, 6, 9, 10].contains(&words);
            assert_eq!(fault.is_none(), whole, "{words}");
            if !(5..=10).contains(&words) {
                assert_eq!(fault.unwrap().field, "header_length");
            }
            let mut out = Vec::new();
            segment.encode(&mut out);
            out.extend(segment.payload);
            assert_eq!(out, bytes);
        }
    }
}
