//! Cisco ASA: syslog messages by their number (`%ASA-5-713119: Group = …`) and
//! `debug crypto ikev2` (`IKEv2-PROTO-1: (16): …`), with the year in the stamp,
//! a time zone behind it, a syslog server's stamp before it, or none. A zone by
//! name is not resolved (names are not unique); times are the firewall's own.

use super::offers::Offers;
use super::stamp::{self, Clock};
use super::{Reading, Told, gather};
use crate::evidence::{AuthenticationFault, ChildSpis, LogEvent, Logged};
use crate::time::Instant;
use crate::wire::tree::escaped;
use alloc::string::String;

/// Reads the log of a firewall. `input` is its index among the inputs.
///
/// ```
/// use ipsec_core::evidence::{Fact, LogEvent};
/// use ipsec_core::log::cisco_asa;
/// let log = b"Jun 10 2010 17:36:05: %ASA-5-713119: Group = b, IP = 192.0.2.2, PHASE 1 COMPLETED\n";
/// let read = cisco_asa::read(0, log);
/// let Fact::Logged(said) = &read.evidence[0].fact else { panic!() };
/// assert_eq!(said.event, LogEvent::IkeEstablished);
/// assert_eq!(said.connection.as_deref(), Some("192.0.2.2"));
/// ```
#[must_use]
pub fn read(input: usize, log: &[u8]) -> Reading {
    gather(input, log, teller())
}

/// What tells, line by line, what a log says.
pub(super) fn teller() -> impl FnMut(&str) -> Told + Send {
    let mut clock = Clock::default();
    let mut known = Known::default();
    move |text| {
        let Some(line) = Line::of(text, &mut clock) else {
            return known.continued(text);
        };
        let peer = line.peer();
        match known.event(&line, peer.unwrap_or_default()) {
            Some(event) => {
                let connection = peer.map(|peer| escaped(peer.as_bytes()));
                Told::Fact(line.at, Logged::new(connection, event))
            }
            None if line.is_quiet() => Told::Quiet,
            None => Told::Unknown,
        }
    }
}

/// Whether nobody but an ASA writes such a line.
pub(super) fn is_line(text: &str) -> bool {
    Line::of(text, &mut Clock::default()).is_some()
}

/// A line of an ASA, taken apart.
struct Line<'a> {
    at: Option<Instant>,
    /// The message's number; `None` for debug lines.
    number: Option<u32>,
    message: &'a str,
}

impl<'a> Line<'a> {
    fn of(text: &'a str, clock: &mut Clock) -> Option<Self> {
        let (head, number, message) = numbered(text).or_else(|| debug(text))?;
        let head = head.trim_end_matches([':', ' ']);
        let parts = head
            .split(": ")
            .filter_map(|part| stamp::stamp(beside_priority(part)));
        let at = parts.last().map(|(stamp, _)| clock.at(stamp));
        let message = message.trim();
        Some(Self {
            at,
            number,
            message,
        })
    }

    /// The peer's address: `Group = b, IP = 192.0.2.2, …`,
    /// `Local:192.0.2.1:500 Remote:192.0.2.2:500 Username:b …`.
    fn peer(&self) -> Option<&'a str> {
        let word = if let Some((_, rest)) = self.message.split_once("IP = ") {
            rest.split([',', ' ']).next()?
        } else {
            let (_, rest) = self.message.split_once("Remote:")?;
            let word = rest.split(' ').next()?;
            word.rsplit_once(':').map_or(word, |(address, _)| address)
        };
        (!word.is_empty()).then_some(word)
    }

    /// Numbers and debug lines that tell nothing, or nothing that another does
    /// not; and what is not about a VPN.
    fn is_quiet(&self) -> bool {
        match self.number {
            Some(number) => !VPN.contains(&(number / 1_000)) || QUIET.contains(&number),
            None => true,
        }
    }
}

/// What follows `<165>`.
fn beside_priority(part: &str) -> &str {
    let inner = part.strip_prefix('<').and_then(|rest| rest.split_once('>'));
    inner.map_or(part, |(_, rest)| rest).trim_start()
}

/// `Jun 10 2010 17:36:05: %ASA-5-713119: message`
fn numbered(text: &str) -> Option<(&str, Option<u32>, &str)> {
    let (head, rest) = ["%ASA-", "%PIX-", "%FTD-"]
        .into_iter()
        .find_map(|tag| text.split_once(tag))?;
    // A class may stand between: `%ASA-vpn-5-713119`.
    let (tag, message) = rest.split_once(": ")?;
    let number = tag.rsplit('-').next()?;
    (number.len() == 6).then_some(())?;
    Some((head, Some(number.parse().ok()?), message))
}

/// `IKEv2-PROTO-1: (16): message`, `IKEv2-PLAT-1: message`
fn debug(text: &str) -> Option<(&str, Option<u32>, &str)> {
    let (head, rest) = ["IKEv2-PROTO-", "IKEv2-PLAT-"]
        .into_iter()
        .find_map(|tag| text.split_once(tag))?;
    let (_, message) = rest.split_once(": ")?;
    let inner = message
        .strip_prefix('(')
        .and_then(|rest| rest.split_once("): "));
    Some((head, None, inner.map_or(message, |(_, message)| message)))
}

/// What earlier lines told.
#[derive(Default)]
struct Known {
    offers: Offers,
    /// Which list of proposals the next lines belong to.
    list: Option<List>,
    /// What was received, until the other list is known.
    received: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    Received,
    Expected,
}

impl Known {
    /// A line without a head continues the one before it.
    fn continued(&mut self, text: &str) -> Told {
        let text = text.trim();
        if !text.starts_with("Proposal ") {
            return self.list.map_or(Told::Foreign, |_| Told::Quiet);
        }
        match self.listed(text) {
            Some(event) => Told::Fact(None, Logged::new(None, event)),
            None => self.list.map_or(Told::Foreign, |_| Told::Quiet),
        }
    }

    /// Takes note of `Proposal 1: AES-CBC-256 …`; gives the refusal when both
    /// lists are known.
    fn listed(&mut self, text: &str) -> Option<LogEvent> {
        let list = Some(escaped(text.as_bytes()));
        match self.list? {
            List::Received => {
                self.received = self.received.take().or(list);
                None
            }
            List::Expected => {
                self.list = None;
                Some(LogEvent::NoProposal {
                    differs: None,
                    received: self.received.take(),
                    configured: list,
                })
            }
        }
    }

    fn event(&mut self, line: &Line<'_>, peer: &str) -> Option<LogEvent> {
        let text = line.message;
        let Some(number) = line.number else {
            return self.debugged(text);
        };
        self.list = None;
        if self.noted(text, peer) {
            return None;
        }
        if text.contains("SA proposals found unacceptable") {
            return Some(self.offers.take(peer).refused());
        }
        by_number(number, text).or_else(|| by_text(text))
    }

    /// `Phase 1 failure:  Mismatched attribute types for class Group
    /// Description:  Rcv'd: Group 5  Cfg'd: Group 2`
    fn noted(&mut self, text: &str, peer: &str) -> bool {
        let split = || {
            let (_, rest) = text.split_once("Mismatched attribute types for class ")?;
            let (class, rest) = rest.split_once(": ")?;
            let (_, rest) = rest.split_once("Rcv'd: ")?;
            let (received, configured) = rest.split_once("Cfg'd: ")?;
            Some([class, received, configured].map(|text| escaped(text.trim().as_bytes())))
        };
        let Some([class, received, configured]) = split() else {
            return false;
        };
        let offer = self.offers.entry(peer);
        offer.differs = Some(class);
        offer.received = Some(received);
        offer.configured = Some(configured);
        true
    }

    fn debugged(&mut self, text: &str) -> Option<LogEvent> {
        if text.starts_with("Received Policies:") {
            self.list = Some(List::Received);
            self.received = None;
            return None;
        }
        if text.starts_with("Expected Policies:") {
            self.list = Some(List::Expected);
            return None;
        }
        if text.starts_with("Proposal ") {
            return self.listed(text);
        }
        by_text(text)
    }
}

/// Messages whose number says what they tell.
fn by_number(number: u32, text: &str) -> Option<LogEvent> {
    use AuthenticationFault as Fault;
    let holds = |part: &str| text.contains(part);
    Some(match number {
        713_119 | 750_006 => LogEvent::IkeEstablished,
        713_049 => LogEvent::ChildEstablished(ChildSpis {
            inbound: spi(text, "Inbound SPI = 0x"),
            outbound: spi(text, "Outbound SPI = 0x"),
        }),
        602_303 => LogEvent::ChildEstablished(created(text)),
        602_304 | 713_050 | 750_007 if holds("Peer Terminate") || holds("peer request") => {
            LogEvent::Deleted { by_peer: true }
        }
        713_123 => LogEvent::PeerDead,
        750_007 if holds("peer lost") => LogEvent::PeerDead,
        602_304 | 713_050 | 750_007 => LogEvent::Deleted { by_peer: false },
        713_061 => LogEvent::NoSelectors(proposed(text)),
        713_172 => nat(text)?,
        713_068 => LogEvent::Notified {
            name: escaped(text.split_once("Notify message: ")?.1.as_bytes()),
            is_error: true,
        },
        717_009 | 717_027 => LogEvent::AuthenticationFailed(if holds("expired") {
            Fault::CertificateExpired
        } else if holds("revoked") {
            Fault::CertificateRevoked
        } else {
            Fault::Untrusted
        }),
        _ => return None,
    })
}

/// Messages that share a number, or have none.
fn by_text(text: &str) -> Option<LogEvent> {
    use AuthenticationFault as Fault;
    let holds = |part: &str| text.contains(part);
    let any = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    if holds("no IPSEC policy found for received TS") {
        Some(LogEvent::NoSelectors(None))
    } else if any(&[
        "before the timer expired",
        "Maximum number of retransmissions reached",
    ]) {
        Some(LogEvent::GaveUp)
    } else if any(&[
        "probably due to mismatched pre-shared key",
        "with invalid payloads, MessID",
    ]) {
        Some(LogEvent::AuthenticationFailed(Fault::Undecryptable))
    } else if holds("Can't find a valid tunnel group") {
        Some(LogEvent::AuthenticationFailed(Fault::NoConfiguration))
    } else if holds("Peer ID check failed") {
        Some(LogEvent::AuthenticationFailed(Fault::IdentityMismatch))
    } else if let Some((_, rest)) = text.split_once("Received an un-encrypted ") {
        let name = escaped(rest.split(' ').next()?.as_bytes());
        Some(LogEvent::Notified {
            name,
            is_error: true,
        })
    } else if holds("Negotiation aborted due to ERROR: Failed to find a matching policy") {
        Some(LogEvent::NoProposal {
            differs: None,
            received: None,
            configured: None,
        })
    } else if any(&[
        "Negotiation aborted",
        "QM FSM error",
        "Information Exchange processing failed",
    ]) {
        Some(LogEvent::Failed)
    } else {
        None
    }
}

fn spi(text: &str, mark: &str) -> Option<u32> {
    let (_, rest) = text.split_once(mark)?;
    let digits = rest.split([',', ')', ' ']).next()?;
    u32::from_str_radix(digits, 16).ok()
}

/// `IPSEC: An outbound LAN-to-LAN SA (SPI= 0xCE8C73AC) between … and … (user=
/// b) has been created.`
fn created(text: &str) -> ChildSpis {
    let spi = spi(text, "SPI= 0x");
    if text.contains("An outbound ") {
        ChildSpis {
            inbound: None,
            outbound: spi,
        }
    } else {
        ChildSpis {
            inbound: spi,
            outbound: None,
        }
    }
}

/// `… no matching crypto map entry for remote proxy 10.2.0.0/… local proxy
/// 10.1.0.0/… on interface outside`
fn proposed(text: &str) -> Option<String> {
    let starts = ["for remote proxy ", "Policy not found for "];
    let rest = starts
        .into_iter()
        .find_map(|start| Some(text.split_once(start)?.1))?;
    let list = rest.split(" on interface").next()?;
    Some(escaped(list.trim_end_matches('!').as_bytes()))
}

/// `Automatic NAT Detection Status:     Remote end is NOT behind a NAT device
/// This   end is behind a NAT device`
fn nat(text: &str) -> Option<LogEvent> {
    let (_, rest) = text.split_once("Remote end")?;
    let (remote, this) = rest.split_once("This")?;
    let behind = |text: &str| !text.contains("NOT behind");
    Some(LogEvent::Nat {
        here: behind(this),
        peer: behind(remote),
    })
}

/// Thousands of the numbers that belong to VPNs.
const VPN: [u32; 6] = [402, 602, 713, 717, 750, 752];

/// Numbers whose messages tell nothing, or nothing that another does not.
const QUIET: [u32; 22] = [
    713_025, 713_034, 713_035, 713_041, 713_048, 713_066, 713_073, 713_075, 713_076, 713_120,
    713_130, 713_204, 713_219, 713_220, 713_236, 713_257, 713_259, 717_022, 717_028, 750_001,
    750_002, 752_003,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Fact;
    use alloc::borrow::ToOwned;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn events(log: &str) -> Vec<LogEvent> {
        read(0, log.as_bytes()).events()
    }

    fn text(value: &str) -> Option<String> {
        Some(value.to_owned())
    }

    /// Our own lines in the form of ASA 8 and 9, two peers at a time.
    #[test]
    fn refusals_tell_what_differs() {
        let log = "\
Jun 10 2010 17:36:05: %ASA-7-713236: IP = 192.0.2.2, IKE_DECODE RECEIVED Message (msgid=0) with payloads : HDR + SA (1) + NONE (0) total length : 148
Jun 10 2010 17:36:05: %ASA-7-713257: IP = 192.0.2.2, Phase 1 failure:  Mismatched attribute types for class Group Description:  Rcv'd: Group 5  Cfg'd: Group 2
Jun 10 2010 17:36:05: %ASA-5-713904: IP = 192.0.2.9, All IPSec SA proposals found unacceptable!
Jun 10 2010 17:36:06: %ASA-5-713904: IP = 192.0.2.2, All IKE SA proposals found unacceptable!
";
        let read = read(0, log.as_bytes());
        assert_eq!(
            (read.lines, read.quiet, read.untold, read.foreign),
            (4, 2, 0, 0)
        );
        let at = Instant::from_seconds(1_276_191_366, 0);
        assert_eq!(read.evidence[1].at, Some(at));
        let bare = LogEvent::NoProposal {
            differs: None,
            received: None,
            configured: None,
        };
        let told = LogEvent::NoProposal {
            differs: text("Group Description"),
            received: text("Group 5"),
            configured: text("Group 2"),
        };
        assert_eq!(events(log), [bare, told]);
    }

    #[test]
    fn lists_of_version_2() {
        let log = "\
IKEv2-PROTO-1: (16): Failed to find a matching policy
IKEv2-PROTO-1: (16): Received Policies:
Proposal 1:  AES-CBC-128 SHA1 SHA96 DH_GROUP_1024_MODP/Group 2

IKEv2-PROTO-1: (16): Expected Policies:
Proposal 1:  AES-CBC-256 SHA384 SHA384 DH_GROUP_2048_MODP_256_PRIME/Group 24
Proposal 2:  DES
";
        let told = LogEvent::NoProposal {
            differs: None,
            received: text("Proposal 1:  AES-CBC-128 SHA1 SHA96 DH_GROUP_1024_MODP/Group 2"),
            configured: text(
                "Proposal 1:  AES-CBC-256 SHA384 SHA384 DH_GROUP_2048_MODP_256_PRIME/Group 24",
            ),
        };
        assert_eq!(events(log), [told]);
    }

    #[test]
    fn what_messages_tell() {
        use AuthenticationFault as A;
        use LogEvent as E;
        let failed = E::AuthenticationFailed;
        let child = |inbound, outbound| E::ChildEstablished(ChildSpis { inbound, outbound });
        let note = |name: &str| E::Notified {
            name: name.to_owned(),
            is_error: true,
        };
        let cases = [
            (
                "5-713049: Group = 192.0.2.2, IP = 192.0.2.2, Security negotiation complete for LAN-to-LAN Group (192.0.2.2)  Initiator, Inbound SPI = 0x891fb03f, Outbound SPI = 0xbe4b5d8d",
                child(Some(0x891f_b03f), Some(0xbe4b_5d8d)),
            ),
            (
                "6-602303: IPSEC: An outbound LAN-to-LAN SA (SPI= 0xCE8C73AC) between 192.0.2.1 and 192.0.2.2 (user= b) has been created.",
                child(None, Some(0xce8c_73ac)),
            ),
            (
                "6-602303: IPSEC: An inbound LAN-to-LAN SA (SPI= 0x2B4A1133) between 192.0.2.1 and 192.0.2.2 (user= b) has been created.",
                child(Some(0x2b4a_1133), None),
            ),
            (
                "vpn-5-713050: Group = b, IP = 192.0.2.2, Connection terminated for peer b.  Reason: Peer Terminate  Remote Proxy 10.2.0.0",
                E::Deleted { by_peer: true },
            ),
            (
                "3-713061: Group = b, IP = 192.0.2.2, Rejecting IPSec tunnel: no matching crypto map entry for remote proxy 10.2.0.0/255.255.255.0/0/0 local proxy 10.9.0.0/255.255.255.0/0/0 on interface outside",
                E::NoSelectors(text(
                    "10.2.0.0/255.255.255.0/0/0 local proxy 10.9.0.0/255.255.255.0/0/0",
                )),
            ),
            (
                "3-713123: Group = b, IP = 192.0.2.2, IKE lost contact with remote peer, deleting connection (keepalive type: DPD)",
                E::PeerDead,
            ),
            (
                "6-713172: Group = b, IP = 192.0.2.2, Automatic NAT Detection Status:     Remote end is NOT behind a NAT device     This   end is behind a NAT device",
                E::Nat {
                    here: true,
                    peer: false,
                },
            ),
            (
                "5-713904: IP = 192.0.2.2, Received an un-encrypted INVALID_COOKIE notify message, dropping",
                note("INVALID_COOKIE"),
            ),
            (
                "5-713068: Group = b, IP = 192.0.2.2, Received non-routine Notify message: No proposal chosen (14)",
                note("No proposal chosen (14)"),
            ),
            (
                "4-713903: Group = b, IP = 192.0.2.2, ERROR, had problems decrypting packet, probably due to mismatched pre-shared key.  Aborting",
                failed(A::Undecryptable),
            ),
            (
                "4-713903: IP = 192.0.2.2, Can't find a valid tunnel group, aborting...!",
                failed(A::NoConfiguration),
            ),
            (
                "3-717009: Certificate validation failed. Certificate date is out-of-range or expired",
                failed(A::CertificateExpired),
            ),
            (
                "4-750003: Local:192.0.2.1:500 Remote:192.0.2.2:500 Username:Unknown IKEv2 Negotiation aborted due to ERROR: Failed to receive the AUTH msg before the timer expired",
                E::GaveUp,
            ),
            (
                "4-750003: Local:192.0.2.1:500 Remote:192.0.2.2:500 Username:b IKEv2 Negotiation aborted due to ERROR: There was no IPSEC policy found for received TS",
                E::NoSelectors(None),
            ),
            (
                "5-750006: Local:192.0.2.1:500 Remote:192.0.2.2:500 Username:b IKEv2 SA UP. Reason: New Connection Established",
                E::IkeEstablished,
            ),
            (
                "5-750007: Local:192.0.2.1:500 Remote:192.0.2.2:500 Username:b IKEv2 SA DOWN. Reason: peer lost",
                E::PeerDead,
            ),
        ];
        for (line, event) in cases {
            let line = alloc::format!("<165>Aug 16 2016 04:08:36 EDT: %ASA-{line}");
            assert!(is_line(&line), "{line}");
            let read = read(0, line.as_bytes());
            let at = Instant::from_seconds(1_471_320_516, 0);
            assert_eq!(read.evidence[0].at, Some(at), "{line}");
            assert_eq!(events(&line), [event], "{line}");
        }
        for other in ["", "hello", "%ASA-5-71: x", "%CRYPTO-4-IKMP_NO_SA: x"] {
            assert!(!is_line(other), "{other}");
        }
        let log =
            "%ASA-6-302013: Built outbound TCP connection\n%ASA-5-713999: nobody has heard this\n";
        let read = read(0, log.as_bytes());
        assert_eq!((read.quiet, read.untold), (1, 1));
    }

    #[test]
    fn peers_are_named() {
        let name = |log: &str| {
            let Fact::Logged(logged) = &read(0, log.as_bytes()).evidence[0].fact else {
                panic!();
            };
            logged.connection.clone()
        };
        let log =
            "*Jun 10 2010 17:36:05: %ASA-5-713119: Group = b, IP = 192.0.2.2, PHASE 1 COMPLETED";
        assert_eq!(name(log), text("192.0.2.2"));
        let log = "%ASA-5-750006: Local:[2001:db8::1]:500 Remote:2001:db8::2:500 Username:b SA UP.";
        assert_eq!(name(log), text("2001:db8::2"));
        let log = "%ASA-5-713119: IP = \u{202e}x, PHASE 1 COMPLETED";
        assert_eq!(name(log), text("\\u{202e}x"));
    }

    proptest! {
        #[test]
        fn no_log_panics(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            shaped in "(Jun 10 2010 17:36:05: )?(%ASA-5-(713049|713061|713172|602303|713257): |IKEv2-PROTO-1: )(IP = |Received Policies:|Inbound SPI = 0x)?\\PC{0,30}",
        ) {
            for log in [&bytes[..], shaped.as_bytes()] {
                let read = read(0, log);
                let told = u64::try_from(read.evidence.len()).unwrap();
                prop_assert_eq!(told + read.quiet + read.untold + read.foreign, read.lines);
            }
        }
    }
}
