//! Why something failed, in the phrases that gateways of several vendors use.

use super::start;
use crate::evidence::{AuthenticationFault as Fault, LogEvent};

/// What a reason in a gateway's words means, spelt in any case. Notifications
/// of the peer are the caller's to tell first: they contain the same phrases.
pub(super) fn reason(text: &str) -> Option<LogEvent> {
    let text = start(text, REASON_MAX).to_ascii_lowercase();
    let found = REASONS.iter().find(|(phrase, _)| text.contains(phrase));
    found.map(|(_, reason)| reason.event())
}

/// A refusal of which nothing more is known.
pub(super) const NO_PROPOSAL: LogEvent = LogEvent::NoProposal {
    differs: None,
    received: None,
    configured: None,
};

#[derive(Clone, Copy)]
enum Reason {
    Proposal,
    Selectors,
    Authentication(Fault),
    GaveUp,
    PeerDead,
}

impl Reason {
    const fn event(self) -> LogEvent {
        match self {
            Self::Proposal => NO_PROPOSAL,
            Self::Selectors => LogEvent::NoSelectors(None),
            Self::Authentication(fault) => LogEvent::AuthenticationFailed(fault),
            Self::GaveUp => LogEvent::GaveUp,
            Self::PeerDead => LogEvent::PeerDead,
        }
    }
}

/// In lower case. The first that is found counts.
const REASONS: &[(&str, Reason)] = &[
    ("authentication algorithm mismatch", Reason::Proposal),
    ("authentication method mismatch", Reason::Proposal),
    ("proposal not match", Reason::Proposal),
    ("no proposal chosen", Reason::Proposal),
    ("no sa proposal chosen", Reason::Proposal),
    ("no proposal match", Reason::Proposal),
    ("no suitable proposal", Reason::Proposal),
    ("no matching proposal", Reason::Proposal),
    ("no acceptable proposal", Reason::Proposal),
    ("proposal did not match", Reason::Proposal),
    ("proposal mismatch", Reason::Proposal),
    ("algorithm mismatch", Reason::Proposal),
    ("dh mismatch", Reason::Proposal),
    ("dh group mismatch", Reason::Proposal),
    ("pfs mismatch", Reason::Proposal),
    ("encapsulation mode mismatch", Reason::Proposal),
    ("lacks ke payload", Reason::Proposal),
    ("traffic-selector mismatch", Reason::Selectors),
    ("traffic selector mismatch", Reason::Selectors),
    ("traffic selectors unacceptable", Reason::Selectors),
    ("traffic selector unacceptable", Reason::Selectors),
    ("ts unacceptable", Reason::Selectors),
    ("ts_unacceptable", Reason::Selectors),
    ("selectors mismatch", Reason::Selectors),
    ("flow mismatch", Reason::Selectors),
    ("no matching phase2 found", Reason::Selectors),
    ("failed to match the peer proxy ids", Reason::Selectors),
    ("cannot find matching phase-2 tunnel", Reason::Selectors),
    ("cannot find matching ipsec tunnel", Reason::Selectors),
    (
        "invalid pre-shared key",
        Reason::Authentication(Fault::Undecryptable),
    ),
    (
        "pre-shared secret mismatch",
        Reason::Authentication(Fault::KeyMismatch),
    ),
    (
        "preshared secret mismatch",
        Reason::Authentication(Fault::KeyMismatch),
    ),
    (
        "pre-shared key mismatch",
        Reason::Authentication(Fault::KeyMismatch),
    ),
    (
        "preshared key mismatch",
        Reason::Authentication(Fault::KeyMismatch),
    ),
    ("psk mismatch", Reason::Authentication(Fault::KeyMismatch)),
    (
        "psk authentication failed",
        Reason::Authentication(Fault::KeyMismatch),
    ),
    (
        "certificate has expired",
        Reason::Authentication(Fault::CertificateExpired),
    ),
    (
        "certificate expired",
        Reason::Authentication(Fault::CertificateExpired),
    ),
    (
        "certificate is expired",
        Reason::Authentication(Fault::CertificateExpired),
    ),
    (
        "certificate revoked",
        Reason::Authentication(Fault::CertificateRevoked),
    ),
    (
        "certificate has been revoked",
        Reason::Authentication(Fault::CertificateRevoked),
    ),
    (
        "certificate is revoked",
        Reason::Authentication(Fault::CertificateRevoked),
    ),
    (
        "certificate validation failed",
        Reason::Authentication(Fault::Untrusted),
    ),
    (
        "certificate verification failed",
        Reason::Authentication(Fault::Untrusted),
    ),
    (
        "invalid certificate",
        Reason::Authentication(Fault::Untrusted),
    ),
    (
        "ike-id validation failed",
        Reason::Authentication(Fault::IdentityMismatch),
    ),
    (
        "does not match peers id",
        Reason::Authentication(Fault::IdentityMismatch),
    ),
    (
        "peer id mismatch",
        Reason::Authentication(Fault::IdentityMismatch),
    ),
    (
        "config id mismatch",
        Reason::Authentication(Fault::IdentityMismatch),
    ),
    (
        "peer identifier mismatch",
        Reason::Authentication(Fault::IdentityMismatch),
    ),
    (
        "no matching gateway",
        Reason::Authentication(Fault::UnknownPeer),
    ),
    (
        "gw validation failed",
        Reason::Authentication(Fault::NoConfiguration),
    ),
    (
        "no policy configured",
        Reason::Authentication(Fault::NoConfiguration),
    ),
    (
        "couldn't find configuration",
        Reason::Authentication(Fault::UnknownPeer),
    ),
    (
        "couldn\u{2019}t find configuration",
        Reason::Authentication(Fault::UnknownPeer),
    ),
    (
        "gateway configuration lookup failed",
        Reason::Authentication(Fault::NoConfiguration),
    ),
    (
        "policy lookup failed",
        Reason::Authentication(Fault::NoConfiguration),
    ),
    (
        "peer address mismatch",
        Reason::Authentication(Fault::UnknownPeer),
    ),
    (
        "couldn't find the pskey",
        Reason::Authentication(Fault::NoKey),
    ),
    (
        "xauth authentication failed",
        Reason::Authentication(Fault::User),
    ),
    ("xauth failure", Reason::Authentication(Fault::User)),
    (
        "authentication failed",
        Reason::Authentication(Fault::Untold),
    ),
    (
        "auth verification failed",
        Reason::Authentication(Fault::KeyMismatch),
    ),
    ("authentication fail", Reason::Authentication(Fault::Untold)),
    ("determined by dpd", Reason::PeerDead),
    ("dpd timed out", Reason::PeerDead),
    ("dpd timeout", Reason::PeerDead),
    ("dpd failure", Reason::PeerDead),
    ("dpd_failure", Reason::PeerDead),
    ("dpd failover", Reason::PeerDead),
    ("dpd fail", Reason::PeerDead),
    ("declaring peer dead", Reason::PeerDead),
    ("heartbeat timeout", Reason::PeerDead),
    ("retry timeout", Reason::GaveUp),
    ("retransmission timeout", Reason::GaveUp),
    ("retransmit limit", Reason::GaveUp),
    ("maximum number of retransmissions", Reason::GaveUp),
    ("negotiation timeout", Reason::GaveUp),
    ("message timeout", Reason::GaveUp),
    ("due to timeout", Reason::GaveUp),
    ("due to time up", Reason::GaveUp),
    ("timed out", Reason::GaveUp),
];

/// Bytes of a text in which a reason is looked for.
const REASON_MAX: usize = 2_048;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_in_lower_case_and_none_hides_another() {
        for (index, (phrase, _)) in REASONS.iter().enumerate() {
            assert_eq!(*phrase, phrase.to_ascii_lowercase());
            let before = REASONS[..index].iter();
            let hides = before.filter(|(earlier, _)| phrase.contains(earlier));
            assert_eq!(hides.count(), 0, "{phrase}");
        }
    }

    #[test]
    fn a_long_text_is_not_searched_to_its_end() {
        let long = alloc::format!("{}psk mismatch", "ä".repeat(REASON_MAX));
        assert_eq!(reason(&long), None);
        assert!(reason("PSK Mismatch").is_some());
        assert_eq!(reason("authentication succeeded"), None);
    }
}
