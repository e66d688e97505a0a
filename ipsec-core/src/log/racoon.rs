//! racoon of ipsec-tools (`2018-03-20 09:38:16: ERROR: …`, `racoon[77]: …` in
//! syslog) and the daemons that MikroTik (`15:03:36 ipsec,error …`) and Alibaba
//! Cloud (`2026-11-21 12:00:01 vco-x [PROTO_ERR]: ikev1.c:1433:…`) made of it.

use super::stamp::{self, Clock};
use super::{Reading, Told, gather, is_error_name};
use crate::evidence::{AuthenticationFault, ChildSpis, LogEvent, Logged};
use crate::sorted::Set;
use crate::time::Instant;
use crate::wire::tree::escaped;
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Reads a log of racoon. `input` is its index among the inputs. racoon names
/// no connections.
///
/// ```
/// use ipsec_core::evidence::{AuthenticationFault, Fact, LogEvent};
/// use ipsec_core::log::racoon;
/// let log = b"2006-08-08 01:42:09: ERROR: couldn't find the pskey for 192.0.2.10.\n";
/// let read = racoon::read(0, log);
/// let Fact::Logged(said) = &read.evidence[0].fact else { panic!() };
/// let fault = AuthenticationFault::NoKey;
/// assert_eq!(said.event, LogEvent::AuthenticationFailed(fault));
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
            return Told::Foreign;
        };
        if known.note(line.message) {
            return Told::Quiet;
        }
        match known.event(line.message) {
            Some(event) => Told::Fact(line.at, Logged::new(None, event)),
            None if line.is_debug || is_quiet(line.message) => Told::Quiet,
            None => Told::Unknown,
        }
    }
}

/// Whether nobody but racoon writes such a line.
pub(super) fn is_line(text: &str) -> bool {
    let about =
        || Line::of(text, &mut Clock::default()).is_some_and(|line| is_about_ipsec(line.message));
    tagged(text).is_some()
        || mikrotik(text).is_some_and(|_| about())
        || levelled(text).is_some_and(|_| about())
        || placed(text).is_some()
}

fn is_about_ipsec(message: &str) -> bool {
    const WORDS: [&str; 11] = [
        "ISAKMP", "IPsec-SA", "phase1", "phase2", "phase 1", "phase 2", "pskey", "sainfo",
        "DB(prop#", "racoon", "proposal",
    ];
    WORDS.iter().any(|word| message.contains(word))
}

/// A line of racoon's, taken apart.
struct Line<'a> {
    at: Option<Instant>,
    is_debug: bool,
    message: &'a str,
}

impl<'a> Line<'a> {
    fn of(text: &'a str, clock: &mut Clock) -> Option<Self> {
        let (head, level, message) = tagged(text)
            .map(|(head, body)| {
                let (level, message) = level(body).unwrap_or(("", body));
                (head, level, message)
            })
            .or_else(|| levelled(text))
            .or_else(|| placed(text))
            .or_else(|| mikrotik(text))?;
        Some(Self {
            at: stamp::stamp(head).map(|(stamp, _)| clock.at(stamp)),
            is_debug: level.contains("DEBUG") || level.contains("debug"),
            message: message.trim(),
        })
    }
}

/// What stands before and behind `racoon[77]: ` or `racoon: `.
fn tagged(text: &str) -> Option<(&str, &str)> {
    let (head, rest) = text.split_once(" racoon")?;
    let pid = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let body = pid.map_or(rest, |(_, rest)| rest).strip_prefix(": ")?;
    Some((head, body))
}

/// `ERROR: message`
fn level(body: &str) -> Option<(&str, &str)> {
    let (level, message) = body.split_once(": ")?;
    LEVELS.contains(&level).then_some((level, message))
}

/// `2018-03-20 09:38:16: ERROR: message`, or without the stamp.
fn levelled(text: &str) -> Option<(&str, &str, &str)> {
    let body = match stamp::stamp(text) {
        Some((_, rest)) => rest.strip_prefix(": ")?,
        None => text,
    };
    let (level, message) = level(body)?;
    Some((text, level, message))
}

/// `2026-11-21 12:00:01 vco-x [PROTO_ERR]: ikev1.c:1433:isakmp_ph1resend():
/// message`: Alibaba Cloud's gateways name themselves and the place.
fn placed(text: &str) -> Option<(&str, &str, &str)> {
    let (_, rest) = stamp::stamp(text)?;
    let (gateway, rest) = rest.trim_start().split_once(" [")?;
    let (level, rest) = rest.split_once("]: ")?;
    let (place, message) = rest.split_once("(): ")?;
    let named = !gateway.is_empty() && !gateway.contains([' ', '[']);
    let in_source = place.contains(".c:") && !place.contains(' ');
    (named && in_source).then_some((text, level, message))
}

/// `15:03:36 ipsec,error message`, a date before it or not, or without both.
fn mikrotik(text: &str) -> Option<(&str, &str, &str)> {
    let at = text.find("ipsec")?;
    let (head, rest) = text.split_at_checked(at)?;
    let (topics, message) = rest.split_once(' ')?;
    let named = topics == "ipsec" || topics.starts_with("ipsec,");
    if head.is_empty() && topics.starts_with("ipsec,") {
        return Some((head, topics, message));
    }
    let stamp = head.split(' ').find(|word| word.contains(':'))?;
    let dated = stamp::stamp(head).is_some();
    let stamped = dated || stamp::stamp(stamp).is_some();
    let head = if dated { head } else { stamp };
    (named && stamped && head.len() <= text.len()).then_some((head, topics, message))
}

/// What earlier lines told.
#[derive(Default)]
struct Known {
    /// Attributes that differed since the last refusal: which, what is
    /// configured, what the peer wants.
    differ: Vec<(String, String, String)>,
    /// Addresses of this end.
    own: Set<String>,
}

impl Known {
    /// Takes note of what explains later lines.
    fn note(&mut self, message: &str) -> bool {
        if let Some((_, pair)) = message.split_once(" new phase 1 negotiation: ") {
            let local = pair.split('[').next().unwrap_or_default();
            if self.own.len() < OWN_MAX {
                self.own.insert(local.to_owned());
            }
            return true;
        }
        let Some((kind, configured, received)) = differing(message) else {
            return false;
        };
        let [kind, configured, received] =
            [kind, configured, received].map(|text| escaped(text.trim().as_bytes()));
        let difference = (kind, configured, received);
        if self.differ.len() < DIFFER_MAX && !self.differ.contains(&difference) {
            self.differ.push(difference);
        }
        true
    }

    fn event(&mut self, message: &str) -> Option<LogEvent> {
        let starts = |text: &str| message.starts_with(text);
        if starts("no suitable proposal found") || starts("no proposal chosen") {
            Some(self.refused())
        } else if starts("IPsec-SA established: ") {
            Some(LogEvent::ChildEstablished(self.child(message)))
        } else if starts("ISAKMP-SA established ") {
            self.differ.clear();
            Some(LogEvent::IkeEstablished)
        } else {
            authentication(message)
                .map(LogEvent::AuthenticationFailed)
                .or_else(|| notification(message))
                .or_else(|| course(message))
        }
    }

    fn refused(&mut self) -> LogEvent {
        let list = |each: fn(&(String, String, String)) -> String| {
            let texts: Vec<String> = self.differ.iter().map(each).collect();
            (!texts.is_empty()).then(|| texts.join(", "))
        };
        let event = LogEvent::NoProposal {
            differs: list(|(kind, _, _)| kind.clone()),
            received: list(|(kind, _, received)| format!("{kind} {received}")),
            configured: list(|(kind, configured, _)| format!("{kind} {configured}")),
        };
        self.differ.clear();
        event
    }

    /// `IPsec-SA established: ESP/Tunnel 192.0.2.1[0]->203.0.113.1[0]
    /// spi=4233547948(0xfc56d0ac)`: one line for each direction.
    fn child(&self, message: &str) -> ChildSpis {
        let spi = message.split_once("(0x").and_then(|(_, rest)| {
            let digits = rest.split(')').next()?;
            u32::from_str_radix(digits, 16).ok()
        });
        let ends = message.split_once("->").map(|(from, to)| {
            let from = from.rsplit(' ').next().unwrap_or_default();
            (address(from), address(to))
        });
        match ends {
            Some((from, _)) if self.own.contains(from) => ChildSpis {
                inbound: None,
                outbound: spi,
            },
            Some((_, to)) if self.own.contains(to) => ChildSpis {
                inbound: spi,
                outbound: None,
            },
            _ => ChildSpis::default(),
        }
    }
}

fn address(text: &str) -> &str {
    text.split('[').next().unwrap_or_default()
}

/// `rejected enctype: DB(prop#1:trns#1):Peer(prop#1:trns#2) =
/// AES-CBC:3DES-CBC`, `trns_id mismatched: my:3DES peer:AES`: which attribute,
/// what is configured, what the peer wants.
fn differing(message: &str) -> Option<(&str, &str, &str)> {
    if let Some(rest) = message.strip_prefix("rejected ") {
        let (kind, rest) = rest.split_once(": DB")?;
        let (_, values) = rest.split_once(" = ")?;
        let (configured, received) = values.split_once(':')?;
        return Some((kind, configured, received));
    }
    let (kind, rest) = message.split_once(" mismatched: my:")?;
    let (configured, received) = rest.split_once(" peer:")?;
    Some((kind, configured, received))
}

fn authentication(message: &str) -> Option<AuthenticationFault> {
    use AuthenticationFault as Fault;
    let starts = |text: &str| message.starts_with(text);
    let holds = |text: &str| message.contains(text);
    if starts("couldn't find the pskey for ") {
        Some(Fault::NoKey)
    } else if starts("HASH mismatched") {
        Some(Fault::KeyMismatch)
    } else if holds("possible cause: wrong password")
        || starts("ignore the packet, received unexpecting payload")
    {
        Some(Fault::Undecryptable)
    } else if starts("Expecting IP address type in main mode")
        || starts("mismatched ID was returned")
    {
        Some(Fault::IdentityMismatch)
    } else if starts("ID mismatched with ") {
        Some(Fault::CertificateName)
    } else if starts("certificate has expired") {
        Some(Fault::CertificateExpired)
    } else if starts("certificate revoked") {
        Some(Fault::CertificateRevoked)
    } else if starts("unable to get local issuer certificate")
        || starts("the peer's certificate is not verified")
    {
        Some(Fault::Untrusted)
    } else if starts("couldn't find configuration")
        || starts("exchange ") && holds(" not allowed in any applicable rmconf")
    {
        Some(Fault::NoConfiguration)
    } else if holds("login failed for user") {
        Some(Fault::User)
    } else {
        None
    }
}

/// `notification message 14:NO-PROPOSAL-CHOSEN, doi=1 …`, `fatal
/// NO-PROPOSAL-CHOSEN notify messsage, phase1 should be deleted.`
fn notification(message: &str) -> Option<LogEvent> {
    let name = if let Some(rest) = message.strip_prefix("notification message ") {
        rest.split_once(':')?.1.split(',').next()?
    } else {
        let (name, _) = message.strip_prefix("fatal ")?.split_once(" notify mess")?;
        name
    };
    let is_error = is_error_name(&name.replace('-', "_"));
    let name = escaped(name.as_bytes());
    Some(LogEvent::Notified { name, is_error })
}

/// Lines on how an exchange or an SA fares.
fn course(message: &str) -> Option<LogEvent> {
    let starts = |text: &str| message.starts_with(text);
    let holds = |text: &str| message.contains(text);
    if holds("negotiation failed due to time up")
        || starts("give up to get IPsec-SA due to time up")
    {
        Some(LogEvent::GaveUp)
    } else if starts("resend phase") {
        Some(LogEvent::Retransmitted(None))
    } else if holds("seems to be dead") {
        Some(LogEvent::PeerDead)
    } else if starts("ISAKMP-SA deleted ") || starts("purged IPsec-SA ") {
        Some(LogEvent::Deleted { by_peer: false })
    } else if starts("failed to get sainfo") {
        Some(LogEvent::NoSelectors(None))
    } else if let Some(policy) = message.strip_prefix("no policy found: ") {
        Some(LogEvent::NoSelectors(Some(escaped(policy.as_bytes()))))
    } else if starts("phase1 negotiation failed") || starts("phase2 negotiation failed") {
        Some(LogEvent::Failed)
    } else if starts("NAT not detected") {
        Some(LogEvent::Nat {
            here: false,
            peer: false,
        })
    } else {
        let found = message.strip_prefix("NAT detected: ")?;
        Some(LogEvent::Nat {
            here: found.contains("ME"),
            peer: found.contains("PEER"),
        })
    }
}

/// Messages that tell nothing, or nothing that another does not.
fn is_quiet(message: &str) -> bool {
    QUIET.iter().any(|start| message.starts_with(start))
}

const LEVELS: [&str; 6] = ["ERROR", "WARNING", "NOTIFY", "INFO", "DEBUG", "DEBUG2"];

/// How messages begin that tell nothing, or nothing that another does not.
const QUIET: [&str; 22] = [
    "@(#)",
    "Adding ",
    "Hashing ",
    "IPsec-SA expired",
    "IPsec-SA request for",
    "ISAKMP-SA expired",
    "KA ",
    "NAT-D payload",
    "Reading configuration",
    "Selected NAT-T",
    "begin ",
    "caught signal",
    "couldn't find the pskey by ",
    "couldn't find the proper pskey",
    "failed to ",
    "initiate new ",
    "racoon ",
    "received Vendor ID",
    "respond new ",
    "sent phase",
    "the packet is retransmitted",
    "unknown notify message",
];

/// Attributes that are remembered until a refusal.
const DIFFER_MAX: usize = 32;

/// Addresses of this end that are remembered.
const OWN_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn events(log: &str) -> Vec<LogEvent> {
        read(0, log.as_bytes()).events()
    }

    fn text(value: &str) -> Option<String> {
        Some(value.to_owned())
    }

    /// Our own lines in the forms of ipsec-tools 0.8 and RouterOS 6.
    #[test]
    fn refusals_tell_what_differs() {
        let racoon = "\
2006-07-22 08:19:43: INFO: respond new phase 1 negotiation: 192.0.2.10[500]<=>198.51.100.20[500]
2006-07-22 08:19:43: ERROR: rejected hashtype: DB(prop#1:trns#1):Peer(prop#1:trns#4) = SHA:MD5
2006-07-22 08:19:43: ERROR: rejected enctype: DB(prop#1:trns#1):Peer(prop#1:trns#4) = 3DES-CBC:DES-CBC
2006-07-22 08:19:43: ERROR: rejected hashtype: DB(prop#1:trns#1):Peer(prop#1:trns#5) = SHA:MD5
2006-07-22 08:19:43: ERROR: no suitable proposal found.
2006-07-22 08:19:43: ERROR: phase1 negotiation failed.
";
        let refused = LogEvent::NoProposal {
            differs: text("hashtype, enctype"),
            received: text("hashtype MD5, enctype DES-CBC"),
            configured: text("hashtype SHA, enctype 3DES-CBC"),
        };
        assert_eq!(events(racoon), [refused.clone(), LogEvent::Failed]);
        let mikrotik = "\
17:21:08 ipsec rejected hashtype: DB(prop#1:trns#1):Peer(prop#1:trns#1) = SHA:MD5
17:21:08 ipsec rejected enctype: DB(prop#1:trns#1):Peer(prop#1:trns#1) = 3DES-CBC:DES-CBC
17:21:08 ipsec,error no suitable proposal found.
";
        assert_eq!(events(mikrotik), [refused]);
    }

    #[test]
    fn spis_have_directions() {
        let log = "\
Mar  8 12:52:18 gw racoon[490]: INFO: initiate new phase 1 negotiation: 192.0.2.1[500]<=>203.0.113.1[500]
Mar  8 12:52:18 gw racoon[490]: INFO: ISAKMP-SA established 192.0.2.1[500]-203.0.113.1[500] spi:a:b
Mar  8 12:52:18 gw racoon[490]: INFO: IPsec-SA established: ESP/Tunnel 192.0.2.1[0]->203.0.113.1[0] spi=4233547948(0xfc56d0ac)
Mar  8 12:52:18 gw racoon[490]: INFO: IPsec-SA established: ESP/Tunnel 203.0.113.1[0]->192.0.2.1[0] spi=1896834269(0x710f64dd)
";
        let pair = |inbound, outbound| LogEvent::ChildEstablished(ChildSpis { inbound, outbound });
        assert_eq!(
            events(log),
            [
                LogEvent::IkeEstablished,
                pair(None, Some(0xfc56_d0ac)),
                pair(Some(0x710f_64dd), None),
            ]
        );
    }

    #[test]
    fn what_messages_tell() {
        use AuthenticationFault as A;
        use LogEvent as E;
        let failed = E::AuthenticationFailed;
        let note = |name: &str, is_error| E::Notified {
            name: name.to_owned(),
            is_error,
        };
        let cases = [
            (
                "Feb 20 10:33:41  racoon: ERROR: failed to get sainfo.",
                E::NoSelectors(None),
            ),
            (
                "Mar  8 12:52:18 x racoon[490]: couldn't find the pskey for 192.0.2.1.",
                failed(A::NoKey),
            ),
            (
                "15:03:36 ipsec,error parsing packet failed, possible cause: wrong password",
                failed(A::Undecryptable),
            ),
            (
                "ipsec,info Xauth login failed for user: test",
                failed(A::User),
            ),
            (
                "ERROR: phase1 negotiation failed due to time up. a:b",
                E::GaveUp,
            ),
            (
                "jan/02 15:03:36 ipsec,info Xauth login failed for user: test",
                failed(A::User),
            ),
            (
                "2018-03-20 09:38:16: ERROR: phase1 negotiation failed due to time up. a:b",
                E::GaveUp,
            ),
            (
                "2018-03-20 09:38:16: DEBUG: resend phase1 packet a:b",
                E::Retransmitted(None),
            ),
            (
                "2018-03-20 09:38:16: DEBUG: notification message 14:NO-PROPOSAL-CHOSEN, doi=1 proto_id=1",
                note("NO-PROPOSAL-CHOSEN", true),
            ),
            (
                "2018-03-20 09:38:16: DEBUG: notification message 24578:INITIAL-CONTACT, doi=1",
                note("INITIAL-CONTACT", false),
            ),
            (
                "2018-03-20 09:38:16: ERROR: fatal INVALID-ID-INFORMATION notify messsage, phase1 should be deleted.",
                note("INVALID-ID-INFORMATION", true),
            ),
            (
                "2026-11-21 12:00:01 vco-x [PROTO_ERR]: ikev1.c:1433:isakmp_ph1resend(): phase1 negotiation failed due to time up. [{remote id:4}]",
                E::GaveUp,
            ),
            (
                "2018-03-20 09:38:16: INFO: NAT detected: ME PEER",
                E::Nat {
                    here: true,
                    peer: true,
                },
            ),
            (
                "2018-03-20 09:38:16: INFO: DPD: remote (ISAKMP-SA spi=a:b) seems to be dead.",
                E::PeerDead,
            ),
            (
                "2018-03-20 09:38:16: ERROR: no policy found: 10.1.0.0/24[0] 10.2.0.0/24[0] proto=any dir=in",
                E::NoSelectors(text("10.1.0.0/24[0] 10.2.0.0/24[0] proto=any dir=in")),
            ),
        ];
        for (line, event) in cases {
            assert_eq!(events(line), [event], "{line}");
        }
        assert!(is_line(cases_head()));
        for other in [
            "",
            "2018-03-20 09:38:16: INFO: hello",
            "15:03:36 ipsec hello",
            "ipsec",
            "x racoon y",
            "2026-11-21 12:00:01 [PROTO_ERR]: ikev1.c:1:f(): x",
            "2026-11-21 12:00:01 a b [PROTO_ERR]: ikev1.c:1:f(): x",
        ] {
            assert!(!is_line(other), "{other}");
        }
        let unknown = read(0, b"2018-03-20 09:38:16: ERROR: nobody has heard this\n");
        assert_eq!((unknown.untold, &unknown.untold_lines[..]), (1, &[1][..]));
    }

    fn cases_head() -> &'static str {
        "2018-03-20 09:38:16: ERROR: phase1 negotiation failed due to time up. a:b"
    }

    #[test]
    fn what_is_remembered_is_limited() {
        let mut known = Known::default();
        for number in 0..=DIFFER_MAX.max(OWN_MAX) {
            known.note(&format!("rejected enctype: DB(x) = {number}:\u{202e}"));
            known.note(&format!(
                "initiate new phase 1 negotiation: {number}[500]<=>x"
            ));
        }
        assert_eq!((known.differ.len(), known.own.len()), (DIFFER_MAX, OWN_MAX));
        assert!(!format!("{:?}", known.differ).contains('\u{202e}'));
    }

    proptest! {
        #[test]
        fn no_log_panics(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            shaped in "(10:00:00 ipsec,error |2018-03-20 09:38:16: ERROR: |x racoon: )(rejected |IPsec-SA established: |notification message )?\\PC{0,30}",
        ) {
            for log in [&bytes[..], shaped.as_bytes()] {
                let read = read(0, log);
                let told = u64::try_from(read.evidence.len()).unwrap();
                prop_assert_eq!(told + read.quiet + read.untold + read.foreign, read.lines);
            }
        }
    }
}
