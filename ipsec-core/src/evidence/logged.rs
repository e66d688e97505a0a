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
        /// Message ID.
        message_id: u32,
        /// Its payloads, as the log calls them.
        payloads: Vec<String>,
    },
    /// The peer's notification was taken note of.
    Notified {
        /// Its name, as the log gives it.
        name: String,
        /// The log calls it an error.
        is_error: bool,
    },
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
    /// them.
    NoSelectors,
    /// An IKE SA was established.
    IkeEstablished,
    /// A CHILD_SA, an IPsec SA pair, was established.
    ChildEstablished,
    /// Authentication failed at this end.
    AuthenticationFailed(AuthenticationFault),
    /// A request was sent again, so many times by now.
    Retransmitted(u32),
    /// No answer came; the exchange was given up.
    GaveUp,
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
    /// The user's name or password.
    User,
    /// No configuration fits the peer and its identity.
    NoConfiguration,
}
