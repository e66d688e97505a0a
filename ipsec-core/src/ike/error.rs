//! What can go wrong, by whose fault it is, and what the peer is told.
//!
//! [`Ignored`] is no error: a datagram that proves nothing changes nothing
//! (RFC 7296 §2.21, §2.4). An [`Error`] is one of an authentic message, and
//! [`Error::notify`] is the only way from it to the wire (§3.10.1).

use super::cookie::Refused;
use crate::crypto::GroupError;
use crate::evidence::AuthenticationFault;
use crate::ike::grammar::Breach;
use crate::keymat::fragments::Dropped;
use crate::keymat::sealed::OpenFault;
use crate::wire::DecodeError;
use crate::wire::ike::{Notify, NotifyData};
use crate::wire::registry::ike::{NotifyType, PayloadType};
use core::fmt;

/// Why a datagram was dropped without effect.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ignored {
    /// Not an IKE message of a version that is spoken.
    NotIke,
    /// It cannot be read.
    Unreadable(DecodeError),
    /// No SA has its SPIs.
    UnknownSpi(u64),
    /// Its encrypted part is not from the peer.
    NotAuthentic(OpenFault),
    /// It is not encrypted where it must be.
    Unprotected,
    /// Its message ID is out of the window (RFC 7296 §2.3).
    MessageId(u32),
    /// Its exchange has no place now.
    Exchange,
    /// A request where only a response can be, or the other way about.
    Direction,
    /// A payload is missing, doubled or out of place.
    Grammar(Breach),
    /// It answers what was not asked: other algorithms, another group.
    NotOffered,
    /// Its public value is none of the group.
    PublicValue(GroupError),
    /// Its nonce is shorter than 16 or longer than 256 bytes (RFC 7296 §2.10).
    NonceLength(usize),
    /// It is unprotected and says this; it may be true or forged.
    Claimed(NotifyType),
    /// No configuration is for this peer.
    NoConfiguration,
    /// There is no room for one more IKE SA.
    Full,
    /// The gate of first requests does not let it in.
    Gate(Refused),
    /// A fragment that is kept; the message is not whole yet (RFC 7383).
    Incomplete,
    /// A fragment that does not fit the others.
    Fragment(Dropped),
    /// Its sender makes no IKE SA without a child SA (RFC 6023), and none is
    /// configured.
    NeedsChild,
    /// It needs a cookie (RFC 7296 §2.6), and was told so.
    Cookie,
    /// The endpoint waits for an answer of its host.
    Busy,
    /// An answer to the same request is already followed.
    Rival,
}

/// Why an authentic message was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// It cannot be read.
    Decode(DecodeError),
    /// It is no message of its exchange.
    Grammar(Breach),
    /// It has a payload that nobody here knows and that is critical.
    Critical(PayloadType),
    /// No proposal is acceptable.
    NoProposal,
    /// Another key exchange method is wanted.
    OtherGroup(crate::wire::registry::ike::KeyExchange),
    /// No traffic selectors are acceptable.
    NoSelectors,
    /// The peer did not prove to be who it should be.
    Authentication(AuthenticationFault),
    /// The SA it names is unknown.
    NoSuchChild,
    /// It cannot be done now (RFC 7296 §2.25).
    Temporary,
    /// No more SAs are wanted.
    NoMore,
    /// No address could be given.
    NoAddress,
    /// The peer refused.
    Refused(NotifyType),
    /// The peer answered with something else than was asked.
    Misbehaved(&'static str),
}

impl Error {
    /// What the peer is told of it.
    #[must_use]
    pub const fn notify(&self) -> Option<NotifyType> {
        Some(match self {
            Self::Decode(_) | Self::Grammar(_) | Self::Misbehaved(_) => NotifyType::INVALID_SYNTAX,
            Self::Critical(_) => NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD,
            Self::NoProposal => NotifyType::NO_PROPOSAL_CHOSEN,
            Self::OtherGroup(_) => NotifyType::INVALID_KE_PAYLOAD,
            Self::NoSelectors => NotifyType::TS_UNACCEPTABLE,
            Self::Authentication(_) => NotifyType::AUTHENTICATION_FAILED,
            Self::NoSuchChild => NotifyType::CHILD_SA_NOT_FOUND,
            Self::Temporary => NotifyType::TEMPORARY_FAILURE,
            Self::NoMore => NotifyType::NO_ADDITIONAL_SAS,
            Self::NoAddress => NotifyType::INTERNAL_ADDRESS_FAILURE,
            Self::Refused(_) => return None,
        })
    }

    /// The notification of it.
    pub(super) fn payload(&self) -> Option<Notify<'static>> {
        let kind = self.notify()?;
        Some(if let Self::Critical(payload) = self {
            Notify::new(kind, NotifyData::UnsupportedPayload(*payload))
        } else if let Self::OtherGroup(group) = self {
            Notify::new(kind, NotifyData::Group(*group))
        } else {
            Notify::empty(kind)
        })
    }

    /// Whether the IKE SA cannot go on (RFC 7296 §2.21.2, §2.21.3).
    #[must_use]
    pub const fn is_fatal(&self) -> bool {
        match self {
            Self::Decode(_) | Self::Grammar(_) | Self::Misbehaved(_) | Self::Authentication(_) => {
                true
            }
            Self::Refused(kind) => matches!(
                *kind,
                NotifyType::INVALID_SYNTAX | NotifyType::AUTHENTICATION_FAILED
            ),
            Self::Critical(_)
            | Self::NoProposal
            | Self::OtherGroup(_)
            | Self::NoSelectors
            | Self::NoSuchChild
            | Self::Temporary
            | Self::NoMore
            | Self::NoAddress => false,
        }
    }
}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

impl From<Breach> for Error {
    fn from(breach: Breach) -> Self {
        Self::Grammar(breach)
    }
}

/// Why a call of the host had no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misuse {
    /// There is no such connection.
    NoConnection,
    /// There is no such child SA.
    NoChild,
    /// There is no such job, or it is answered, or its SA is gone.
    NoJob,
    /// The answer is not one to the question.
    WrongAnswer,
    /// The connection is not established.
    NotEstablished,
    /// There is no room for more IKE SAs.
    Full,
    /// The configuration lacks what this needs.
    Configuration,
}

impl fmt::Display for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotIke => f.write_str("not an IKE message of a known version"),
            Self::Unreadable(error) => error.fmt(f),
            Self::UnknownSpi(spi) => write!(f, "no SA has the SPI 0x{spi:016x}"),
            Self::NotAuthentic(fault) => fault.fmt(f),
            Self::Unprotected => f.write_str("not encrypted"),
            Self::MessageId(id) => write!(f, "message ID {id} is out of the window"),
            Self::Exchange => f.write_str("its exchange has no place now"),
            Self::Direction => f.write_str("request and response are mixed up"),
            Self::Grammar(breach) => breach.fmt(f),
            Self::NotOffered => f.write_str("answers what was not asked"),
            Self::PublicValue(error) => error.fmt(f),
            Self::NonceLength(len) => write!(f, "a nonce of {len} bytes"),
            Self::Claimed(kind) => write!(f, "{kind}, not protected"),
            Self::NoConfiguration => f.write_str("no configuration is for this peer"),
            Self::Full => f.write_str("there is no room for one more IKE SA"),
            Self::Gate(refused) => refused.fmt(f),
            Self::Incomplete => f.write_str("a fragment; others are missing"),
            Self::Fragment(dropped) => dropped.fmt(f),
            Self::NeedsChild => f.write_str("the peer makes no IKE SA without a child SA"),
            Self::Cookie => f.write_str("asked for a cookie"),
            Self::Busy => f.write_str("waiting for the host"),
            Self::Rival => f.write_str("another answer is followed"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decode(error) => error.fmt(f),
            Self::Grammar(breach) => breach.fmt(f),
            Self::Critical(kind) => write!(f, "critical payload {kind} is not known"),
            Self::NoProposal => f.write_str("no proposal is acceptable"),
            Self::OtherGroup(group) => write!(f, "the key exchange method has to be {group}"),
            Self::NoSelectors => f.write_str("no traffic selectors are acceptable"),
            Self::Authentication(_) => f.write_str("the peer did not prove its identity"),
            Self::NoSuchChild => f.write_str("no such child SA"),
            Self::Temporary => f.write_str("not possible at the moment"),
            Self::NoMore => f.write_str("no more SAs are wanted"),
            Self::NoAddress => f.write_str("no address could be given"),
            Self::Refused(kind) => write!(f, "the peer refuses: {kind}"),
            Self::Misbehaved(what) => f.write_str(what),
        }
    }
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoConnection => "there is no such connection",
            Self::NoChild => "there is no such child SA",
            Self::NoJob => "there is no such job",
            Self::WrongAnswer => "the answer is not one to the question",
            Self::NotEstablished => "the connection is not established",
            Self::Full => "there is no room for more IKE SAs",
            Self::Configuration => "the configuration lacks what this needs",
        })
    }
}

impl core::error::Error for Ignored {}
impl core::error::Error for Error {}
impl core::error::Error for Misuse {}
