//! Facts that a log tells.

use super::{Exchange, Route};
use crate::wire::registry::isakmp;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;

/// What a program wrote in its log, in the words of no vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Logged {
    /// The connection or SA it wrote about, by the name the log gives it,
    /// escaped.
    pub connection: Option<String>,
    /// Whether it is of a CHILD_SA (phase 2 of IKEv1) and not of the IKE SA
    /// (phase 1), where the line tells.
    pub child: Option<bool>,
    /// What it says.
    pub event: LogEvent,
}

impl Logged {
    /// `event`, written about `connection`.
    #[must_use]
    pub const fn new(connection: Option<String>, event: LogEvent) -> Self {
        Self {
            connection,
            child: None,
            event,
        }
    }

    /// The same, known to be of a CHILD_SA, or of the IKE SA.
    #[must_use]
    pub const fn of_child(mut self, child: bool) -> Self {
        self.child = Some(child);
        self
    }
}

/// Things that logs tell. Texts out of the log are escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
    /// Between whom: a line names the end that wrote the log (`from`) and its
    /// peer (`to`). Ports are 0 where it does not tell them.
    Peers(Route),
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
        /// Its name, as the log gives it; where the log has a name of its own
        /// for it, the registry's, with underscores.
        name: String,
        /// The log calls it an error, or the name is one of an error.
        is_error: bool,
    },
    /// This end sent a notification; its name, as in [`Self::Notified`].
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
    /// A packet came in the clear that a policy wants protected
    /// (RFC 4301 §5.2).
    Unprotected {
        /// Its sender.
        from: IpAddr,
        /// Its receiver.
        to: IpAddr,
    },
    /// No answer came; the exchange was given up.
    GaveUp,
    /// What was proposed, or loaded.
    Offered {
        /// For a CHILD_SA, not for the IKE SA.
        child: bool,
        /// The algorithms as the log calls them, apart by spaces, the
        /// transforms by commas.
        algorithms: String,
    },
    /// Phase 1 is in aggressive mode (RFC 2409 §5.4), in a log that does not
    /// tell it message by message.
    Aggressive,
    /// A user of remote access was given an address inside the tunnel, which
    /// the log tells or has lost.
    AddressBound {
        /// The user's name.
        user: String,
        /// The address.
        address: Option<String>,
    },
    /// A user of remote access was let in.
    UserLoggedIn(String),
    /// A user of remote access has left.
    UserLoggedOut(String),
    /// An SA gave way to a new one of the same peer, as it must when a peer
    /// connects again.
    Replaced,
    /// The packet filter of the end that wrote the log dropped a packet: one
    /// out of a tunnel, or one of IKE, ESP or AH.
    Denied {
        /// The interface on which it came, as the log calls it.
        interface: String,
        /// Its protocol, as the log calls it.
        protocol: Option<String>,
        /// Sender, where the log tells.
        from: Option<IpAddr>,
        /// Receiver, where the log tells.
        to: Option<IpAddr>,
    },
    /// The numbers of the lines show that so many are missing here.
    LinesMissing(u64),
    /// The stamps are marked as those of a clock that was never set. Told once
    /// of a log.
    ClockUnset,
    /// The system of this end refused an SA or a policy.
    InstallFailed,
    /// A connection of this end, or what proves its identity, was not loaded;
    /// what is wrong with its own certificate, where that is why.
    NotLoaded(Option<AuthenticationFault>),
    /// A message of the peer broke the rules of the protocol; how, in the
    /// words of the log.
    Malformed(String),
    /// This end breaks the rules of the protocol because it was told to, for a
    /// test; how, in the words of the log.
    Impaired(String),
    /// The peer sent a request again that had been answered, and was answered
    /// again: the answer, or the way back, was lost.
    RequestRepeated,
    /// A packet of this SPI came with a sequence number that was used or is too
    /// old (RFC 4303 §3.4.3).
    Replayed(Option<u32>),
    /// What an IPsec SA pair carried until it was closed.
    Traffic {
        /// The pair.
        spis: ChildSpis,
        /// Bytes that this end received.
        received: u64,
        /// Bytes that it sent.
        sent: u64,
    },
    /// The peer wants an SA to live for another time than is configured.
    LifetimeDiffers {
        /// What the peer wants, in seconds.
        received: u64,
        /// What is configured, in seconds.
        configured: u64,
    },
    /// A connection was loaded: how its ends authenticate, this end first, as
    /// the log calls it, and whether IKEv1 begins with aggressive mode.
    Loaded {
        /// The methods, round by round.
        methods: Vec<String>,
        /// Aggressive mode.
        aggressive: bool,
    },
    /// Both ends began the same at the same time (RFC 7296 §2.25).
    Collision,
    /// The traffic selectors of an IPsec SA pair, as the log calls them.
    Selectors {
        /// Of the end that wrote the log.
        local: String,
        /// Of the peer.
        remote: String,
    },
    /// A traffic selector that the peer proposed is not the one that is
    /// configured, but what they have in common was agreed on.
    Narrowed {
        /// What the peer proposed.
        received: String,
        /// What is configured.
        configured: String,
    },
}

/// The SPIs of an IPsec SA pair, where a log tells them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(clippy::exhaustive_structs, reason = "a pair has two directions")]
pub struct ChildSpis {
    /// Of what the end that wrote the log receives.
    pub inbound: Option<u32>,
    /// Of what it sends.
    pub outbound: Option<u32>,
}

/// Why the end that wrote the log could not authenticate its peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum AuthenticationFault {
    /// There is a key, but what the peer computed is another value.
    KeyMismatch,
    /// There is no key for this peer.
    NoKey,
    /// This end has no certificate, or not its private key, to prove itself
    /// with.
    NoCertificate,
    /// The message did not decrypt to anything readable: in IKEv1 with
    /// pre-shared keys, mostly another key.
    Undecryptable,
    /// No certificate of the peer is trusted.
    Untrusted,
    /// The peer's certificate has expired, or the log does not tell whether it
    /// has or is not valid yet.
    CertificateExpired,
    /// The peer's certificate is not valid yet.
    CertificateNotYetValid,
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
    /// No configuration fits the peer's address and version of IKE: it was
    /// refused at its first message, before it told its identity.
    UnknownPeer,
    /// The peer authenticates in another way than is configured for it.
    Method,
    /// A configuration fits the peer, but its way to authenticate is not
    /// configured for its exchange: main mode, or aggressive mode.
    MethodOrMode,
    /// The log does not tell why.
    Untold,
}

impl fmt::Display for Logged {
    /// Says it in one line: `peer-a: no pre-shared key for this peer`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(connection) = &self.connection {
            write!(f, "{connection}: ")?;
        }
        self.event.fmt(f)
    }
}

impl fmt::Display for LogEvent {
    /// Says it in a short plain phrase without its time and its subject.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Datagram { sent, route, len } => {
                let way = sent_or_received(*sent);
                write!(f, "{way} {len} bytes, {} → {}", route.from, route.to)
            }
            Self::Peers(route) => write!(f, "between {} and {}", route.from, route.to),
            Self::Message {
                sent,
                exchange,
                response,
                message_id,
                payloads,
            } => {
                let kind = exchange_kind(*exchange, *response);
                write!(f, "{} {kind}", sent_or_received(*sent))?;
                if let Some(id) = message_id {
                    match exchange {
                        Exchange::V1(_) => write!(f, " {id:08x}")?,
                        Exchange::V2(_) => write!(f, " {id}")?,
                    }
                }
                if payloads.is_empty() {
                    return Ok(());
                }
                write!(f, ": {}", payloads.join(" "))
            }
            Self::Notified { name, .. } => write!(f, "the peer says {name}"),
            Self::NotifySent(name) => write!(f, "answered {name}"),
            Self::NoProposal {
                differs,
                received,
                configured,
            } => {
                f.write_str("no proposal was acceptable")?;
                told(f, ", differs: ", differs.as_deref())?;
                told(f, ", proposed: ", received.as_deref())?;
                told(f, ", wanted: ", configured.as_deref())
            }
            Self::NoSelectors(proposed) => {
                f.write_str("no traffic selectors were acceptable")?;
                told(f, ", proposed: ", proposed.as_deref())
            }
            Self::IkeEstablished => f.write_str("IKE SA established"),
            Self::ChildEstablished(spis) => write!(f, "IPsec SAs established{spis}"),
            Self::Deleted { by_peer: true } => f.write_str("SA deleted, the peer asked for it"),
            Self::Deleted { by_peer: false } => f.write_str("SA deleted"),
            Self::PeerDead => f.write_str("the peer is held for dead"),
            Self::Nat { here, peer } => f.write_str(match (here, peer) {
                (true, true) => "NAT before both ends",
                (true, false) => "NAT before this end",
                (false, true) => "NAT before the peer",
                (false, false) => "no NAT",
            }),
            Self::Unreachable(Some((kind, code))) => {
                write!(f, "ICMP error came back, type {kind} code {code}")
            }
            Self::Unreachable(None) => f.write_str("ICMP error came back"),
            Self::AuthenticationFailed(fault) => write!(f, "authentication failed: {fault}"),
            Self::Retransmitted(Some(n)) => write!(f, "request sent again, number {n}"),
            Self::Retransmitted(None) => f.write_str("request sent again"),
            Self::Failed => f.write_str("the exchange failed"),
            Self::UnknownSpi(Some(spi)) => write!(f, "packet of no known SA, SPI {spi:08x}"),
            Self::UnknownSpi(None) => f.write_str("packet of no known SA"),
            Self::Unprotected { from, to } => {
                write!(
                    f,
                    "packet in the clear that must be protected, {from} → {to}"
                )
            }
            Self::GaveUp => f.write_str("no answer came, gave up"),
            Self::Offered { child, algorithms } => {
                let what = if *child { "IPsec SAs" } else { "the IKE SA" };
                write!(f, "offer for {what}: {algorithms}")
            }
            Self::Aggressive => f.write_str("aggressive mode"),
            Self::AddressBound { user, address } => match address {
                Some(address) => write!(f, "{user} is bound to {address}"),
                None => write!(f, "{user} is bound to an address"),
            },
            Self::UserLoggedIn(user) => write!(f, "{user} logged in"),
            Self::UserLoggedOut(user) => write!(f, "{user} logged out"),
            Self::Replaced => f.write_str("SA replaced, the peer connected again"),
            Self::Denied {
                interface,
                protocol,
                from,
                to,
            } => {
                write!(f, "packet filter on {interface} dropped ")?;
                f.write_str(protocol.as_deref().unwrap_or("a packet"))?;
                from.map_or(Ok(()), |from| write!(f, " from {from}"))?;
                to.map_or(Ok(()), |to| write!(f, " to {to}"))
            }
            Self::LinesMissing(1) => f.write_str("1 line is missing here"),
            Self::LinesMissing(n) => write!(f, "{n} lines are missing here"),
            Self::ClockUnset => f.write_str("the clock was never set"),
            Self::InstallFailed => f.write_str("the system refused the SA"),
            Self::NotLoaded(None) => f.write_str("a connection was not loaded"),
            Self::NotLoaded(Some(AuthenticationFault::CertificateExpired)) => f.write_str(
                "a connection was not loaded: its certificate is not valid at this time",
            ),
            Self::NotLoaded(Some(fault)) => write!(f, "a connection was not loaded: {fault}"),
            Self::Malformed(how) => write!(f, "the peer's message is malformed: {how}"),
            Self::Impaired(how) => write!(f, "breaks the protocol for a test: {how}"),
            Self::RequestRepeated => f.write_str("the peer repeated a request, answered again"),
            Self::Replayed(Some(spi)) => write!(f, "packet replayed, SPI {spi:08x}"),
            Self::Replayed(None) => f.write_str("packet replayed"),
            Self::Traffic {
                spis,
                received,
                sent,
            } => write!(f, "carried {received} bytes in, {sent} bytes out{spis}"),
            Self::LifetimeDiffers {
                received,
                configured,
            } => write!(
                f,
                "the peer wants {received} s of lifetime, configured {configured} s"
            ),
            Self::Loaded {
                methods,
                aggressive,
            } => {
                let mode = if *aggressive { ", aggressive mode" } else { "" };
                write!(f, "loaded a connection ({}{mode})", methods.join(", "))
            }
            Self::Collision => f.write_str("both ends began the same at once"),
            Self::Selectors { local, remote } => {
                write!(f, "traffic selectors {local} here, {remote} there")
            }
            Self::Narrowed {
                received,
                configured,
            } => write!(
                f,
                "the peer proposed {received}, configured is {configured}"
            ),
        }
    }
}

impl fmt::Display for ChildSpis {
    /// Lists what is known: `, in c1a2b3d4, out 0badcafe`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(spi) = self.inbound {
            write!(f, ", in {spi:08x}")?;
        }
        if let Some(spi) = self.outbound {
            write!(f, ", out {spi:08x}")?;
        }
        Ok(())
    }
}

impl fmt::Display for AuthenticationFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KeyMismatch => "the peer has another key",
            Self::NoKey => "no key for this peer",
            Self::Undecryptable => "the message did not decrypt",
            Self::Untrusted => "no certificate of the peer is trusted",
            Self::CertificateExpired => "the peer's certificate is not valid at this time",
            Self::CertificateNotYetValid => "the peer's certificate is not valid yet",
            Self::CertificateRevoked => "the peer's certificate was revoked",
            Self::CertificateName => "the peer's certificate does not name its identity",
            Self::IdentityMismatch => "the peer's identity is not the configured one",
            Self::User => "the user's name or password",
            Self::NoCertificate => "no certificate of this end",
            Self::NoConfiguration => "no configuration fits the peer",
            Self::UnknownPeer => "no configuration fits the peer's address and version",
            Self::Method => "another method than is configured",
            Self::MethodOrMode => "the method is not configured for this exchange",
            Self::Untold => "the log does not tell why",
        })
    }
}

fn sent_or_received(sent: bool) -> &'static str {
    if sent { "sent" } else { "received" }
}

/// `IKE_AUTH request`, `Main Mode message`.
fn exchange_kind(exchange: Exchange, response: bool) -> String {
    match (exchange, response) {
        (Exchange::V1(isakmp::ExchangeType::IDENTITY_PROTECTION), _) => "Main Mode message".into(),
        (Exchange::V1(isakmp::ExchangeType::AGGRESSIVE), _) => "Aggressive Mode message".into(),
        (Exchange::V1(other), _) => format!("{other} message"),
        (Exchange::V2(exchange), true) => format!("{exchange} response"),
        (Exchange::V2(exchange), false) => format!("{exchange} request"),
    }
}

fn told(f: &mut fmt::Formatter<'_>, lead: &str, text: Option<&str>) -> fmt::Result {
    match text {
        Some(text) => write!(f, "{lead}{text}"),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::registry::ike;
    use alloc::string::ToString as _;
    use core::net::SocketAddr;

    #[test]
    fn events_are_said_in_a_short_phrase() {
        let route = Route {
            from: SocketAddr::from(([192, 0, 2, 10], 500)),
            to: SocketAddr::from(([198, 51, 100, 20], 500)),
        };
        let message = |exchange, response, message_id, payloads: &[&str]| LogEvent::Message {
            sent: response,
            exchange,
            response,
            message_id,
            payloads: payloads.iter().map(ToString::to_string).collect(),
        };
        let refused = LogEvent::NoProposal {
            differs: None,
            received: Some("AES_CBC_128".into()),
            configured: Some("AES_CBC_256".into()),
        };
        let said = [
            (
                LogEvent::Datagram {
                    sent: true,
                    route,
                    len: 120,
                },
                "sent 120 bytes, 192.0.2.10:500 → 198.51.100.20:500",
            ),
            (
                message(
                    Exchange::V2(ike::ExchangeType::IKE_AUTH),
                    true,
                    Some(1),
                    &["N(AUTH_FAILED)"],
                ),
                "sent IKE_AUTH response 1: N(AUTH_FAILED)",
            ),
            (
                message(
                    Exchange::V1(isakmp::ExchangeType::IDENTITY_PROTECTION),
                    false,
                    None,
                    &[],
                ),
                "received Main Mode message",
            ),
            (
                refused,
                "no proposal was acceptable, proposed: AES_CBC_128, wanted: AES_CBC_256",
            ),
            (
                LogEvent::AuthenticationFailed(AuthenticationFault::NoKey),
                "authentication failed: no key for this peer",
            ),
            (
                LogEvent::ChildEstablished(ChildSpis {
                    inbound: Some(0xc1a2_b3d4),
                    outbound: None,
                }),
                "IPsec SAs established, in c1a2b3d4",
            ),
        ];
        for (event, phrase) in said {
            assert_eq!(event.to_string(), phrase);
        }
        let denied = LogEvent::Denied {
            interface: "ipsec0".into(),
            protocol: Some("icmp".into()),
            from: Some([10, 0, 0, 8].into()),
            to: None,
        };
        let phrase = "packet filter on ipsec0 dropped icmp from 10.0.0.8";
        assert_eq!(denied.to_string(), phrase);
        let logged = Logged::new(Some("a-b".into()), LogEvent::GaveUp);
        assert_eq!(logged.to_string(), "a-b: no answer came, gave up");
    }
}
