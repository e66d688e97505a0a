//! # peer-malformed
//!
//! A peer breaks the rules of the protocol.
//!
//! ## What happened
//!
//! A message cannot be read, or holds what the standard does not allow: a
//! length that lies, a public value of zeroes, a payload out of place. What
//! must be ignored by every receiver (reserved bits, minor versions) is told as
//! well, for it shows a fault in the sender and upsets careless receivers.
//!
//! ## How it is recognised
//!
//! The field and the rule that it breaks are named. If the exchange went on all
//! the same it is a warning, else an error, and other explanations of the
//! failure hang under it.
//!
//! ## What to do
//!
//! Update the software of the peer that sends it; report it with the packet.
//!
//! ## What would prove it
//!
//! The packet itself.
//!
//! ## References
//!
//! RFC 7296 §2.5; RFC 7296 §3; RFC 2408 §3; RFC 2409 §5.

use crate::diag::case::{IkeSa, Message};
use crate::diag::catalog::Scene;
use crate::diag::course::is_v1;
use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::{Exchange, Oddity, OddityKind, TransformKind};
use crate::time::Duration;
use crate::wire::registry::isakmp::{ExchangeType, PayloadType};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

rule!("peer-malformed", "a peer breaks the rules of the protocol", check, "peer_malformed.rs", advice: advice, brings: ["no-common-ike-proposal", "ike-version-mismatch", "exchange-mode-mismatch", "psk-mismatch", "psk-missing", "peer-id-mismatch", "auth-method-mismatch", "traffic-selector-mismatch", "no-common-esp-proposal", "pfs-mismatch", "pfs-group-mismatch", "local-sa-install-failed", "peer-unreachable", "return-path-blocked", "peer-incompatible", "cert-expired", "cert-unknown-ca", "cert-id-mismatch", "cert-revoked", "cert-not-yet-valid", "cert-ca-unreachable", "packet-loss", "peer-lost-state"]);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for sa in &case.sas {
        for message in &sa.messages {
            found.extend(unreadable(case, sa, message));
            found.extend(
                message
                    .ike
                    .oddities
                    .iter()
                    .filter_map(|oddity| odd(case, sa, message, oddity)),
            );
            found.extend(without_hash(case, sa, message));
            found.extend(unasked(case, sa, message));
        }
    }
    found
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    finding
        .title(format!(
            "{} or {} breaks the protocol",
            ends.initiator, ends.responder
        ))
        .who(Who::Software)
        .fix(
            "the end that sends it",
            "Update its software, and report the message to its maker.",
        )
        .refs(&["RFC 7296 §3", "RFC 2408 §3"])
}

/// A finding about the sender of `message`.
fn about(
    case: &Inquiry<'_, '_>,
    sa: &IkeSa<'_>,
    message: &Message<'_>,
    tolerable: bool,
    what: &str,
) -> Finding {
    let harmless = tolerable || case.came_up(sa.peers);
    let severity = if harmless {
        Severity::Warning
    } else {
        Severity::Error
    };
    let sender = if message.ike.by_initiator {
        sa.initiator
    } else {
        sa.responder
    };
    let why = match (tolerable, harmless) {
        (true, _) => "The receiver must ignore it, and it shows a fault in the sender.",
        (false, true) => "The exchange went on all the same.",
        (false, false) => "The exchange did not get further.",
    };
    Finding::new(RULE.code, sa.peers, severity, Confidence::Proven)
        .title(format!("{sender} breaks the protocol: {what}"))
        .why(why)
        .since(sa.begin())
        .weight(90)
        .who(Who::Software)
        .fix(
            sender.to_string(),
            "Update its software, and report this packet to its maker.",
        )
}

fn unreadable(case: &Inquiry<'_, '_>, sa: &IkeSa<'_>, message: &Message<'_>) -> Option<Finding> {
    let fault = message.ike.fault.as_ref()?;
    let finding = about(case, sa, message, false, "a message cannot be read")
        .cite(finding::at_place(message, &fault.place, fault.what.clone()))
        .refs(&["RFC 7296 §3", "RFC 2408 §3"]);
    Some(finding)
}

fn odd(
    case: &Inquiry<'_, '_>,
    sa: &IkeSa<'_>,
    message: &Message<'_>,
    oddity: &Oddity,
) -> Option<Finding> {
    let (what, rule, tolerable) = breach(message, oddity.kind)?;
    let finding = about(case, sa, message, tolerable, what)
        .cite(finding::at_place(message, &oddity.place, what))
        .refs(&[rule]);
    Some(finding)
}

/// What is broken, which rule says so, and whether receivers must ignore it.
fn breach(message: &Message<'_>, kind: OddityKind) -> Option<(&'static str, &'static str, bool)> {
    Some(match kind {
        OddityKind::ReservedNotZero => ("a reserved field is not zero", "RFC 7296 §2.5", true),
        OddityKind::MinorVersion => ("the minor version is not zero", "RFC 7296 §2.5", true),
        OddityKind::InitiatorSpiZero => ("the initiator's SPI is zero", "RFC 7296 §3.1", false),
        OddityKind::DuplicateAttribute => (
            "an attribute stands twice in a transform",
            "RFC 7296 §3.3.5",
            false,
        ),
        OddityKind::UnknownTransform => return unknown_type(message),
        OddityKind::UnknownPayload => return None,
        OddityKind::UnknownCriticalPayload => (
            "an unknown payload is marked critical",
            "RFC 7296 §2.5",
            false,
        ),
        OddityKind::ZeroPublicValue => ("the public value is all zeroes", "RFC 6989 §2.1", false),
        OddityKind::PublicValueLength => (
            "the public value has not the length of its group",
            "RFC 7296 §3.4",
            false,
        ),
        OddityKind::NonceLength => (
            "the nonce has a length that is not allowed",
            "RFC 7296 §3.9",
            false,
        ),
        OddityKind::UnexpectedPayload => (
            "a payload stands where the exchange has none",
            "RFC 7296 §1.2",
            false,
        ),
        OddityKind::RepeatedPayload => (
            "a payload that may stand once stands twice",
            "RFC 7296 §1.2",
            false,
        ),
        OddityKind::UnexpectedFlag => (
            "a flag is set that the exchange does not allow",
            "RFC 7296 §3.1",
            false,
        ),
    })
}

/// A transform of an unknown type makes its whole proposal unacceptable;
/// unknown numbers of a known type may come from private use.
fn unknown_type(message: &Message<'_>) -> Option<(&'static str, &'static str, bool)> {
    let is_v2 = matches!(message.ike.exchange, Exchange::V2(_));
    let mut transforms = message
        .ike
        .content
        .proposals
        .iter()
        .flat_map(|proposal| &proposal.transforms);
    let unknown = transforms.any(|transform| matches!(transform.kind, TransformKind::Other(_)));
    (is_v2 && unknown).then_some((
        "a transform has a type that no registry holds",
        "RFC 7296 §3.3.6",
        false,
    ))
}

/// In quick mode HASH must come first, and the header shows what does.
fn without_hash(case: &Inquiry<'_, '_>, sa: &IkeSa<'_>, message: &Message<'_>) -> Option<Finding> {
    let protected = [
        ExchangeType::QUICK_MODE,
        ExchangeType::TRANSACTION,
        ExchangeType::INFORMATIONAL,
    ];
    if !protected.iter().any(|&exchange| is_v1(message, exchange)) {
        return None;
    }
    let sealed = message.ike.sealed.as_ref()?;
    let first = sealed
        .first_payload
        .filter(|&first| first != PayloadType::HASH.0)?;
    let shows = format!(
        "the header names {} as the first payload",
        PayloadType(first)
    );
    let finding = about(
        case,
        sa,
        message,
        false,
        "a protected message does not begin with HASH",
    )
    .cite(finding::message(message, shows))
    .refs(&["RFC 2409 §5.5", "RFC 2409 §5.7"]);
    Some(finding)
}

/// A response is only sent again when its request comes again.
fn unasked(case: &Inquiry<'_, '_>, sa: &IkeSa<'_>, message: &Message<'_>) -> Option<Finding> {
    let ike = message.ike;
    if !matches!(ike.exchange, Exchange::V2(_)) || !ike.response || ike.fragment.is_some() {
        return None;
    }
    let view = message
        .views
        .iter()
        .max_by_key(|view| view.fact.seen.copies)?;
    let mut requests = sa.messages.iter().filter(|other| {
        other.ike.exchange == ike.exchange
            && other.ike.message_id == ike.message_id
            && !other.ike.response
            && other.ike.by_initiator != ike.by_initiator
    });
    let request = requests.next()?;
    let asked = request.copies_in(view.input());
    if asked == 0
        || view.fact.seen.copies <= asked
        || message.span() < DOUBLED
        || requests.next().is_some()
    {
        return None;
    }
    let what: String = format!(
        "a response was sent {} times, its request {asked}",
        message.copies()
    );
    let finding = about(case, sa, message, true, "a response was sent again unasked")
        .cite(finding::last_copy(message, what))
        .weight(60)
        .refs(&["RFC 7296 §2.1"]);
    Some(finding)
}

/// Copies closer together than this may come from the network.
const DOUBLED: Duration = Duration::from_millis(10);

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn a_public_value_of_zeroes() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
                 0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
                 0.2 a>b MAIN ke odd=zero x5 every=1
                 0.3 b>a INFO1 m5 n=1";
        assert_eq!(cause(text), Some("peer-malformed"));
    }
    #[test]
    fn no_spi_and_no_answer() {
        let text = "0.0 a>b INIT q0 spi=0 by=a odd=spi0 x5 every=1";
        assert_eq!(cause(text), Some("peer-malformed"));
    }
    #[test]
    fn reserved_bits_are_a_warning() {
        let text = "0.0 a>b INIT q0 odd=reserved
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176";
        assert_eq!(cause(text), Some("peer-malformed"));
    }
    #[test]
    fn quick_mode_without_hash() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
                 0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
                 0.2 a>b MAIN ke
                 0.3 b>a MAIN ke
                 0.4 a>b MAIN *76
                 0.5 b>a MAIN *76
                 0.6 a>b QUICK m7 *156 first=1
                 0.7 b>a INFO1 m8 *92";
        assert_eq!(cause(text), Some("peer-malformed"));
    }
    #[test]
    fn near_miss_a_response_repeated_on_request() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b INFO q2 in=0:0 x2 every=1
                 1.1 b>a INFO r2 in=0:0 x2 every=1";
        assert!(!codes(text).contains(&"peer-malformed"));
    }
}
