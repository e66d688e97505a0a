//! What an endpoint tells its host: datagrams to send, things that happened,
//! questions, and when it wants to be called next.

use super::config::Identity;
use super::error::{Error, Ignored};
use super::job::{JobId, JobRequest};
use super::nat::Path;
use crate::crypto::Secret;
use crate::esp::sa::{EspReceiver, EspSender};
use crate::evidence::{AuthenticationFault, Evidence};
use crate::keymat::Spis;
use crate::sa::selector::Selector;
use crate::time::Instant;
use crate::wire::registry::ike::{Encryption, Integrity, NotifyType, Prf};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write as _};
use core::net::SocketAddr;
use zeroize::Zeroizing;

/// A connection of an endpoint: it stays the same when its IKE SA is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub(super) u64);

/// A pair of child SAs, by the SPI of what we receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChildId(pub(super) u32);

impl ChildId {
    /// SPI of the packets that we receive.
    #[must_use]
    pub const fn spi(self) -> u32 {
        self.0
    }
}

/// What [`Endpoint::poll_output`](super::endpoint::Endpoint::poll_output) gives.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "an endpoint has these outputs")]
pub enum Output {
    /// Send this.
    Transmit(Transmit),
    /// This happened.
    Event(Event),
    /// Answer this.
    Job(JobId, JobRequest),
    /// There is nothing more: call
    /// [`handle_timeout`](super::endpoint::Endpoint::handle_timeout) then, if
    /// nothing happens before; `None` when nothing is awaited.
    Timeout(Option<Instant>),
}

/// A UDP datagram to send.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a datagram is these three")]
pub struct Transmit {
    /// From this address of ours.
    pub local: SocketAddr,
    /// To this one.
    pub remote: SocketAddr,
    /// The UDP payload, with the non-ESP marker where it needs one.
    pub payload: Vec<u8>,
}

/// Something that happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// A peer began; there is a connection.
    Incoming {
        /// Its name from now on.
        connection: ConnectionId,
        /// Where it comes from.
        path: Path,
    },
    /// Both ends are authenticated and the IKE SA stands.
    Established(Box<Established>),
    /// A pair of child SAs is ready for use.
    ChildUp(Box<ChildUp>),
    /// A pair of child SAs is gone. Its sender must not be used any more.
    ChildDown {
        /// Of this connection.
        connection: ConnectionId,
        /// Which.
        child: ChildId,
        /// The pair that took its place.
        replaced_by: Option<ChildId>,
    },
    /// A child SA could not be made or replaced; the connection goes on.
    ChildFailed {
        /// Of this connection.
        connection: ConnectionId,
        /// Name of the child's configuration.
        child: String,
        /// Why.
        why: Error,
    },
    /// The IKE SA was replaced by a new one.
    Rekeyed {
        /// Of this connection.
        connection: ConnectionId,
        /// SPIs of the new IKE SA.
        spis: Spis,
    },
    /// The peer's address has changed.
    PathChanged {
        /// Of this connection.
        connection: ConnectionId,
        /// What it is now.
        path: Path,
    },
    /// The connection is over; its name will not be used again.
    Closed {
        /// Which.
        connection: ConnectionId,
        /// Why.
        why: CloseReason,
    },
    /// A datagram had no effect.
    Ignored {
        /// Its connection, where it names one.
        connection: Option<ConnectionId>,
        /// Its sender.
        from: SocketAddr,
        /// Why.
        why: Ignored,
    },
    /// A fact for [`diag`](https://docs.rs/ipsec-core): what happened in the
    /// words in which logs and captures are understood.
    Evidence(Box<Evidence>),
    /// Keys, when the configuration asks for their export.
    Keys(Box<ExportedKeys>),
}

/// Who was authenticated.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Established {
    /// Of this connection.
    pub connection: ConnectionId,
    /// Name of the configuration.
    pub peer: String,
    /// Who we are to the peer.
    pub local: Identity,
    /// Who the peer is.
    pub remote: Identity,
    /// SPIs of the IKE SA.
    pub spis: Spis,
    /// The addresses.
    pub path: Path,
}

/// A pair of child SAs.
#[derive(Debug)]
#[non_exhaustive]
pub struct ChildUp {
    /// Of this connection.
    pub connection: ConnectionId,
    /// Which.
    pub child: ChildId,
    /// Name of its configuration.
    pub name: String,
    /// The pair it replaces.
    pub replaces: Option<ChildId>,
    /// Traffic of our side.
    pub local: Vec<Selector>,
    /// Traffic of the peer's side.
    pub remote: Vec<Selector>,
    /// Transport mode; tunnel mode otherwise.
    pub transport: bool,
    /// The addresses, and whether ESP goes in UDP.
    pub path: Path,
    /// What to send with.
    pub sender: EspSender,
    /// What to receive with.
    pub receiver: EspReceiver,
}

/// Keys of one SA, **in clear text**, for a decoder.
#[derive(Debug)]
#[non_exhaustive]
pub enum ExportedKeys {
    /// Of an IKE SA.
    Ike {
        /// SPIs.
        spis: Spis,
        /// The cipher.
        encryption: Encryption,
        /// The integrity algorithm; `NONE` with an AEAD cipher.
        integrity: Integrity,
        /// The PRF.
        prf: Prf,
        /// Its keys.
        keys: crate::keymat::ikev2::IkeKeys,
    },
    /// Of one direction of a child SA.
    Esp {
        /// SPI.
        spi: u32,
        /// Sender.
        from: SocketAddr,
        /// Receiver.
        to: SocketAddr,
        /// The cipher.
        encryption: Encryption,
        /// The integrity algorithm; `NONE` with an AEAD cipher.
        integrity: Integrity,
        /// Its keys.
        keys: crate::keymat::SaKeys,
    },
}

impl ExportedKeys {
    /// One entry of the JSON key log that [`crate::keylog`] and `ipsec --keys`
    /// read: **the keys in clear text**.
    #[must_use]
    pub fn dangerous_json(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(JSON_ROOM));
        // Writing to a string does not fail.
        let _ = self.write_json(&mut text);
        text
    }

    fn write_json(&self, out: &mut String) -> fmt::Result {
        match self {
            Self::Ike {
                spis,
                encryption,
                integrity,
                prf,
                keys,
            } => {
                write!(out, "{{\"type\": \"ikev2\"")?;
                member(out, "spi_i", &spis.i)?;
                member(out, "spi_r", &spis.r)?;
                write!(out, ", \"encryption\": \"{encryption}\"")?;
                write!(out, ", \"integrity\": \"{integrity}\", \"prf\": \"{prf}\"")?;
                let named = [
                    ("sk_d", &keys.sk_d),
                    ("sk_ai", &keys.sk_ai),
                    ("sk_ar", &keys.sk_ar),
                    ("sk_ei", &keys.sk_ei),
                    ("sk_er", &keys.sk_er),
                    ("sk_pi", &keys.sk_pi),
                    ("sk_pr", &keys.sk_pr),
                ];
                for (name, key) in named {
                    member(out, name, key.dangerous_bytes())?;
                }
            }
            Self::Esp {
                spi,
                from,
                to,
                encryption,
                integrity,
                keys,
            } => {
                let (from, to) = (from.ip(), to.ip());
                write!(out, "{{\"type\": \"esp\", \"spi\": \"0x{spi:08x}\"")?;
                write!(out, ", \"source\": \"{from}\", \"destination\": \"{to}\"")?;
                write!(out, ", \"encryption\": [\"{encryption}\"]")?;
                write!(out, ", \"integrity\": \"{integrity}\"")?;
                member(out, "encryption_key", keys.encr.dangerous_bytes())?;
                member(out, "integrity_key", keys.integ.dangerous_bytes())?;
            }
        }
        out.push('}');
        Ok(())
    }
}

/// `, "name": "hex"`, where there are bytes.
fn member(out: &mut String, name: &str, bytes: &[u8]) -> fmt::Result {
    if bytes.is_empty() {
        return Ok(());
    }
    write!(out, ", \"{name}\": \"")?;
    for byte in bytes {
        write!(out, "{byte:02x}")?;
    }
    out.push('"');
    Ok(())
}

/// Room for one entry, so that no copy of its keys is left behind when the
/// text grows.
const JSON_ROOM: usize = 2048;

/// Why a connection is over.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason {
    /// The peer did not answer.
    NoAnswer,
    /// The peer did not answer, but something unprotected claimed this.
    Claimed(NotifyType),
    /// The peer did not come back in time.
    HalfOpen,
    /// The peer refused.
    Refused(NotifyType),
    /// The peer could not be authenticated, or we could not prove ourselves.
    Authentication(AuthenticationFault),
    /// The peer's message was refused.
    Error(Error),
    /// The peer deleted the IKE SA.
    ByPeer,
    /// The host closed it.
    ByHost,
    /// The peer came back with another IKE SA (RFC 7296 §2.4).
    Replaced,
    /// Its lifetime was over before it could be replaced.
    Expired,
}

impl CloseReason {
    pub(super) fn of(error: Error) -> Self {
        if let Error::Authentication(fault) = error {
            return Self::Authentication(fault);
        }
        Self::Error(error)
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAnswer => f.write_str("the peer does not answer"),
            Self::Claimed(kind) => write!(f, "no answer but an unprotected {kind}"),
            Self::HalfOpen => f.write_str("the peer did not go on"),
            Self::Refused(kind) => write!(f, "the peer refused: {kind}"),
            Self::Authentication(_) => f.write_str("authentication failed"),
            Self::Error(error) => error.fmt(f),
            Self::ByPeer => f.write_str("deleted by the peer"),
            Self::ByHost => f.write_str("closed"),
            Self::Replaced => f.write_str("the peer has begun anew"),
            Self::Expired => f.write_str("the lifetime is over"),
        }
    }
}

/// A second copy of a secret, zeroized like the first.
pub(super) fn copy(secret: &Secret) -> Secret {
    Secret::new(secret.dangerous_bytes().to_vec())
}
