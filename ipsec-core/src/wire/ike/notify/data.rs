//! The data of each notify type (RFC 7296 §3.10.1 and the RFCs that define
//! further types).

use super::super::fields::{exact, fields, numbers, sized};
use super::super::unread::bad_length;
use super::structures::{
    Announcement, Endpoints, Ipcomp, MessageIdSync, Redirect, RohcParameter, lay_out_address,
};
use crate::wire::layout::{Field, Layout, Show};
use crate::wire::leaf::{self, Fault, Parsed};
use crate::wire::registry::ike::{
    HashAlgorithm, KeyExchange, NotifyType, PayloadType, PpkIdType, Prf, SecurePasswordMethod,
};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::net::IpAddr;
use smallvec::SmallVec;

/// The data of a notify, in the form that its type gives them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotifyData<'a> {
    /// None, data without a known structure, or data that do not fit the
    /// type.
    Raw(&'a [u8]),
    /// `UNSUPPORTED_CRITICAL_PAYLOAD`: the payload type.
    UnsupportedPayload(PayloadType),
    /// `INVALID_MESSAGE_ID`: the message ID.
    MessageId(u32),
    /// `INVALID_SPI`: the SPI of the packet received.
    Spi(u32),
    /// `INVALID_KE_PAYLOAD`: the method wanted instead.
    Group(KeyExchange),
    /// `SET_WINDOW_SIZE`: requests the sender can hold at a time.
    WindowSize(u32),
    /// `IPCOMP_SUPPORTED`
    Ipcomp(Ipcomp<'a>),
    /// `NAT_DETECTION_SOURCE_IP`, `NAT_DETECTION_DESTINATION_IP`: SHA-1 of
    /// SPIs, address and port.
    NatDetection(&'a [u8; 20]),
    /// `COOKIE` (1 to 64 bytes), `COOKIE2` (8 to 64 bytes): to be sent back.
    Cookie(&'a [u8]),
    /// `ADDITIONAL_IP4_ADDRESS`, `ADDITIONAL_IP6_ADDRESS` (RFC 4555 §4.2.2)
    /// and 3GPP's notifies of one address.
    Address(IpAddr),
    /// `NO_NATS_ALLOWED` (RFC 4555 §4.2.6)
    Endpoints(Box<Endpoints>),
    /// `AUTH_LIFETIME`: seconds until authentication must be repeated
    /// (RFC 4478 §3).
    Lifetime(u32),
    /// `REDIRECT`, `REDIRECTED_FROM`
    Redirect(Redirect<'a>),
    /// `TICKET_LT_OPAQUE` (RFC 5723 §7.1)
    Ticket {
        /// Seconds until the ticket expires.
        lifetime: u32,
        /// The ticket.
        ticket: &'a [u8],
    },
    /// `ROHC_SUPPORTED` (RFC 5857 §3.1.2)
    Rohc(Vec<RohcParameter<'a>>),
    /// `IKEV2_MESSAGE_ID_SYNC`
    MessageIdSync(MessageIdSync),
    /// `IPSEC_REPLAY_COUNTER_SYNC` of SAs with 32-bit counters
    /// (RFC 6311 §6.4): what to add to them.
    CounterSync(u32),
    /// `IPSEC_REPLAY_COUNTER_SYNC` of SAs with 64-bit counters
    /// (RFC 6311 §6.4): what to add to them.
    CounterSync64(u64),
    /// `SECURE_PASSWORD_METHODS` (RFC 6467 §3)
    PasswordMethods(SmallVec<[SecurePasswordMethod; 8]>),
    /// `SIGNATURE_HASH_ALGORITHMS` (RFC 7427 §4)
    HashAlgorithms(SmallVec<[HashAlgorithm; 8]>),
    /// `PUZZLE` (RFC 8019 §8.1)
    Puzzle {
        /// The function to solve it with.
        prf: Prf,
        /// Zero bits the results must end with.
        difficulty: u8,
    },
    /// `PPK_IDENTITY` (RFC 8784 §5.1)
    PpkIdentity {
        /// How the key is named.
        kind: PpkIdType,
        /// Its name.
        id: &'a [u8],
    },
    /// `USE_AGGFRAG` (RFC 9347 §6.1.4): requirements, as bits.
    Aggfrag(u8),
    /// `SUPPORTED_AUTH_METHODS` (RFC 9593 §3.2)
    AuthMethods(Vec<Announcement<'a>>),
}

type Read<'a, T> = Result<T, nom::Err<Fault<'a>>>;

impl<'a> NotifyData<'a> {
    /// Reads the data of a notify of type `kind`.
    #[inline(always)]
    pub(super) fn decode(kind: NotifyType, i: &'a [u8]) -> Read<'a, Self> {
        use NotifyType as N;
        match kind {
            N::NAT_DETECTION_SOURCE_IP | N::NAT_DETECTION_DESTINATION_IP => match i.try_into() {
                Ok(hash) => Ok(Self::NatDetection(hash)),
                Err(_) => Err(bad_length(i, "data", i.len(), 20, 20)),
            },
            N::SIGNATURE_HASH_ALGORITHMS => Ok(Self::HashAlgorithms(list(i, HashAlgorithm)?)),
            N::COOKIE => Ok(Self::Cookie(sized(i, 1, MAX_COOKIE)?)),
            N::INVALID_KE_PAYLOAD => Ok(Self::Group(KeyExchange(u16::from_be_bytes(exact(i)?)))),
            _ => Self::decode_rarer(kind, i),
        }
    }

    /// Types that are met less often than those above.
    fn decode_rarer(kind: NotifyType, i: &'a [u8]) -> Read<'a, Self> {
        use NotifyType as N;
        Ok(match kind {
            N::COOKIE2 => Self::Cookie(sized(i, 8, MAX_COOKIE)?),
            N::UNSUPPORTED_CRITICAL_PAYLOAD => {
                let [kind] = exact(i)?;
                Self::UnsupportedPayload(PayloadType(kind))
            }
            N::INVALID_MESSAGE_ID | N::INVALID_SPI if i.is_empty() => Self::Raw(i),
            N::INVALID_MESSAGE_ID => Self::MessageId(number(i)?),
            N::INVALID_SPI => Self::Spi(number(i)?),
            N::SET_WINDOW_SIZE => Self::WindowSize(number(i)?),
            N::AUTH_LIFETIME => Self::Lifetime(number(i)?),
            N::IPCOMP_SUPPORTED => Self::Ipcomp(Ipcomp::decode(i)?),
            N::ADDITIONAL_IP4_ADDRESS | N::NAS_IP4_ADDRESS | N::UP_IP4_ADDRESS => {
                Self::Address(IpAddr::from(exact::<4>(i)?))
            }
            N::ADDITIONAL_IP6_ADDRESS | N::NAS_IP6_ADDRESS | N::UP_IP6_ADDRESS => {
                Self::Address(IpAddr::from(exact::<16>(i)?))
            }
            N::NO_NATS_ALLOWED => Self::Endpoints(Box::new(Endpoints::decode(i)?)),
            N::REDIRECT | N::REDIRECTED_FROM => Self::Redirect(Redirect::decode(i)?),
            _ => return Self::decode_rarest(kind, i),
        })
    }

    fn decode_rarest(kind: NotifyType, i: &'a [u8]) -> Read<'a, Self> {
        use NotifyType as N;
        Ok(match kind {
            N::TICKET_LT_OPAQUE => {
                let (ticket, lifetime) = leaf::u32(i, "lifetime")?;
                Self::Ticket { lifetime, ticket }
            }
            N::ROHC_SUPPORTED => Self::Rohc(all(i, RohcParameter::decode)?),
            N::IKEV2_MESSAGE_ID_SYNC => Self::MessageIdSync(MessageIdSync::decode(i)?),
            N::IPSEC_REPLAY_COUNTER_SYNC if i.len() == 8 => {
                Self::CounterSync64(u64::from_be_bytes(exact(i)?))
            }
            N::IPSEC_REPLAY_COUNTER_SYNC => Self::CounterSync(number(i)?),
            N::SECURE_PASSWORD_METHODS => Self::PasswordMethods(list(i, SecurePasswordMethod)?),
            N::PUZZLE => {
                let [high, low, difficulty] = exact(i)?;
                let prf = Prf(u16::from_be_bytes([high, low]));
                Self::Puzzle { prf, difficulty }
            }
            // a responder agrees to the key by sending no data (RFC 8784 §3)
            N::PPK_IDENTITY if i.is_empty() => Self::Raw(i),
            N::PPK_IDENTITY => {
                let (id, kind) = leaf::u8(i, "ppk_id_type")?;
                let kind = PpkIdType(kind);
                Self::PpkIdentity { kind, id }
            }
            N::USE_AGGFRAG => {
                let [flags] = exact(i)?;
                Self::Aggfrag(flags)
            }
            N::SUPPORTED_AUTH_METHODS => Self::AuthMethods(all(i, Announcement::decode)?),
            _ => Self::Raw(i),
        })
    }

    #[inline]
    pub(super) fn lay_out(&self, kind: NotifyType, out: &mut impl Layout) {
        match self {
            Self::Raw(bytes) => out.bytes(raw_field(kind), bytes),
            Self::NatDetection(hash) => out.bytes(&NAT_HASH, *hash),
            Self::HashAlgorithms(list) => {
                for hash in list {
                    out.u16(&HASH, hash.0);
                }
            }
            Self::Cookie(cookie) => out.bytes(&COOKIE, cookie),
            Self::UnsupportedPayload(kind) => out.u8(&UNSUPPORTED, kind.0),
            Self::MessageId(id) => out.u32(&MESSAGE_ID, *id),
            Self::Spi(spi) => out.u32(&INVALID_SPI, *spi),
            Self::Group(group) => out.u16(&GROUP, group.0),
            Self::WindowSize(size) => out.u32(&WINDOW, *size),
            Self::Lifetime(seconds) => out.u32(&LIFETIME, *seconds),
            Self::Address(address) => lay_out_address(&ADDRESS, *address, out),
            Self::CounterSync(delta) => out.u32(&DELTA, *delta),
            Self::CounterSync64(delta) => out.u64(&DELTA, *delta),
            Self::Aggfrag(flags) => out.u8(&AGGFRAG, *flags),
            Self::Ticket { lifetime, ticket } => {
                out.u32(&LIFETIME, *lifetime);
                out.bytes(&TICKET, ticket);
            }
            Self::Puzzle { prf, difficulty } => {
                out.u16(&PUZZLE_PRF, prf.0);
                out.u8(&DIFFICULTY, *difficulty);
            }
            Self::PpkIdentity { kind, id } => {
                out.u8(&PPK_TYPE, kind.0);
                out.bytes(&PPK_ID, id);
            }
            Self::Endpoints(ends) => ends.lay_out(out),
            Self::Ipcomp(ipcomp) => ipcomp.lay_out(out),
            Self::Redirect(redirect) => redirect.lay_out(out),
            Self::MessageIdSync(sync) => sync.lay_out(out),
            Self::Rohc(parameters) => parameters.iter().for_each(|p| p.lay_out(out)),
            Self::AuthMethods(list) => list.iter().for_each(|method| method.lay_out(out)),
            Self::PasswordMethods(list) => {
                for method in list {
                    out.u16(&PASSWORD_METHOD, method.0);
                }
            }
        }
    }
}

fn number(i: &[u8]) -> Read<'_, u32> {
    exact(i).map(u32::from_be_bytes)
}

fn list<T>(i: &[u8], item: impl Fn(u16) -> T) -> Read<'_, SmallVec<[T; 8]>>
where
    [T; 8]: smallvec::Array<Item = T>,
{
    Ok(numbers(i)?.map(item).collect())
}

/// Items to the end of the data, all of them or none.
fn all<'a, T>(i: &'a [u8], read: impl Fn(&'a [u8]) -> Parsed<'a, T>) -> Read<'a, Vec<T>> {
    let mut items = Vec::new();
    let mut rest = i;
    while !rest.is_empty() {
        if items.len() == MAX_ITEMS {
            let limit = MAX_ITEMS;
            let kind = leaf::DecodeErrorKind::TooMany { limit };
            return Err(Fault::err(rest, "data", kind));
        }
        let (after, item) = read(rest)?;
        items.push(item);
        rest = after;
    }
    Ok(items)
}

/// What data without a structure are.
const fn raw_field(kind: NotifyType) -> &'static Field {
    match kind {
        NotifyType::TICKET_OPAQUE => &TICKET,
        NotifyType::QUICK_CRASH_DETECTION => &TOKEN,
        NotifyType::LINK_ID | NotifyType::ADDITIONAL_KEY_EXCHANGE => &LINK,
        NotifyType::NO_PPK_AUTH | NotifyType::NULL_AUTH => &AUTH,
        NotifyType::INVALID_SELECTORS => &PACKET,
        _ => &DATA,
    }
}

/// The longest cookie (RFC 7296 §2.6).
const MAX_COOKIE: usize = 64;

/// The most announcements or parameters that are read from one notify.
const MAX_ITEMS: usize = 64;

fields! {
    DATA "data" "Notification data" "Data without a known structure" Show::Bytes;
    NAT_HASH "hash" "Address hash"
        "SHA-1 of SPIs, address and port; a difference shows a NAT (RFC 7296 §2.23)" Show::Bytes;
    HASH "hash_algorithm" "Hash algorithm"
        "Accepted for digital signatures (RFC 7427 §4)" Show::Named(HashAlgorithm::name_of);
    COOKIE "cookie" "Cookie"
        "To be sent back, to show that the address is real (RFC 7296 §2.6)" Show::Bytes;
    UNSUPPORTED "unsupported" "Unsupported payload"
        "The critical payload that was not known (RFC 7296 §2.5)" Show::Named(PayloadType::name_of);
    MESSAGE_ID "invalid_message_id" "Invalid message ID"
        "The message ID that was out of the window (RFC 7296 §2.3)" Show::Dec;
    INVALID_SPI "invalid_spi" "Invalid SPI"
        "SPI of the packet for which there is no SA (RFC 7296 §1.5)" Show::Hex;
    GROUP "group" "Key exchange method"
        "The one the responder wants instead (RFC 7296 §1.2)" Show::Named(KeyExchange::name_of);
    WINDOW "window_size" "Window size"
        "Requests the sender can hold at a time (RFC 7296 §2.3)" Show::Dec;
    LIFETIME "lifetime" "Lifetime" "In seconds" Show::Dec;
    ADDRESS "address" "Address" "An address of the sender (RFC 4555 §4.2.2)" Show::Address;
    DELTA "delta" "Counter delta"
        "To be added to the replay counters (RFC 6311 §6.4)" Show::Dec;
    AGGFRAG "requirements" "Requirements"
        "What the sender needs of AGGFRAG (RFC 9347 §6.1.4)"
        Show::Flags(&[(0x02, "congestion control"), (0x01, "don't fragment")]);
    TICKET "ticket" "Ticket" "For resuming the IKE SA (RFC 5723 §7)" Show::Bytes;
    PASSWORD_METHOD "password_method" "Secure password method"
        "A method the sender supports (RFC 6467 §3)" Show::Named(SecurePasswordMethod::name_of);
    PUZZLE_PRF "prf" "PRF" "To solve the puzzle with (RFC 8019 §8.1)" Show::Named(Prf::name_of);
    DIFFICULTY "difficulty" "Difficulty"
        "Zero bits the results must end with (RFC 8019 §8.1)" Show::Dec;
    PPK_TYPE "ppk_id_type" "PPK ID type"
        "How the postquantum preshared key is named (RFC 8784 §5.1)" Show::Named(PpkIdType::name_of);
    PPK_ID "ppk_id" "PPK ID" "Name of the key (RFC 8784 §5.1)" Show::Text;
    TOKEN "token" "QCD token" "Shows that its maker has lost the SA (RFC 6290 §4.1)" Show::Bytes;
    LINK "link" "Link" "Ties an exchange or SA to an earlier one" Show::Bytes;
    AUTH "auth" "Authentication data"
        "A second proof, for peers without the first one's means" Show::Bytes;
    PACKET "packet" "Packet" "Start of the offending packet (RFC 7296 §3.10.1)" Show::Bytes;
}
