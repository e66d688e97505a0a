//! Facts that a log tells.

use super::{Exchange, Route};
use alloc::string::String;
use alloc::vec::Vec;

/// What a program wrote in its log, in the words of no vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Logged {
    /// The connection or SA it wrote about, by the name the log gives it,
    /// escaped.
    pub connection: Option<String>,
    /// What it says.
    pub event: LogEvent,
}

impl Logged {
    /// `event`, written about `connection`.
    #[must_use]
    pub const fn new(connection: Option<String>, event: LogEvent) -> Self {
        Self { connection, event }
    }
}

/// Things that logs tell. Texts out of the log are escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogEvent {
    /// A datagram was sent, or received.
    Datagram {
        /// Sent by the end that wrote the log.
        sent: bool,
        /// Who sent to whom.
        route: Route,
        /// Bytes of it.
        len: usize,
    },
    /// A message was built, or read.
    Message {
        /// Sent by the end that wrote the log.
        sent: bool,
        /// Which exchange.
        exchange: Exchange,
        /// A response.
        response: bool,
        /// Message ID, where the log tells.
        message_id: Option<u32>,
        /// Its payloads, as the log calls them; empty where it does not tell.
        payloads: Vec<String>,
    },
    /// The peer's notification was taken note of.
    Notified {
        /// Its name, as the log gives it.
        name: String,
        /// The log calls it an error, or the name is one of an error.
        is_error: bool,
    },
    /// This end sent a notification, of the name that the log gives.
    NotifySent(String),
    /// No proposal was acceptable.
    NoProposal {
        /// The kind of transform that differs, as the log calls it.
        differs: Option<String>,
        /// What the peer proposed.
        received: Option<String>,
        /// What would have been accepted.
        configured: Option<String>,
    },
    /// Traffic selectors were not acceptable, or no child was configured for
    /// them. The selectors that were proposed, as the log calls them.
    NoSelectors(Option<String>),
    /// An IKE SA was established.
    IkeEstablished,
    /// A CHILD_SA, an IPsec SA pair, was established.
    ChildEstablished(ChildSpis),
    /// An SA, or a pair of them, was deleted.
    Deleted {
        /// The peer asked for it.
        by_peer: bool,
    },
    /// The peer is held for dead (RFC 3706, RFC 7296 §2.4).
    PeerDead,
    /// Where NAT detection found a NAT (RFC 3947 §3.2, RFC 7296 §2.23).
    Nat {
        /// Before the end that wrote the log.
        here: bool,
        /// Before the peer.
        peer: bool,
    },
    /// The network answered with an ICMP error: its type and code, where the
    /// log tells.
    Unreachable(Option<(u8, u8)>),
    /// Authentication failed at this end.
    AuthenticationFailed(AuthenticationFault),
    /// A request was sent again; how many times by now, where the log tells.
    Retransmitted(Option<u32>),
    /// An exchange failed for a reason that this line does not tell.
    Failed,
    /// A packet came with an SPI that no SA has.
    UnknownSpi(Option<u32>),
    /// No answer came; the exchange was given up.
    GaveUp,
}

/// The SPIs of an IPsec SA pair, where a log tells them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a pair has two directions")]
pub struct ChildSpis {
    /// Of what the end that wrote the log receives.
    pub inbound: Option<u32>,
    /// Of what it sends.
    pub outbound: Option<u32>,
}

/// Why the end that wrote the log could not authenticate its peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum AuthenticationFault {
    /// There is a key, but what the peer computed is another value.
    KeyMismatch,
    /// There is no key for this peer.
    NoKey,
    /// The message did not decrypt to anything readable: in IKEv1 with
    /// pre-shared keys, mostly another key.
    Undecryptable,
    /// No certificate of the peer is trusted.
    Untrusted,
    /// The peer's certificate has expired, or is not valid yet.
    CertificateExpired,
    /// The peer's certificate has been revoked.
    CertificateRevoked,
    /// The peer's certificate does not name the peer's identity.
    CertificateName,
    /// The peer's identity is not the one that is configured.
    IdentityMismatch,
    /// The user's name or password.
    User,
    /// No configuration fits the peer and its identity.
    NoConfiguration,
}
