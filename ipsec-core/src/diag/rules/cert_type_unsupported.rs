//! # cert-type-unsupported
//!
//! An end does not support the other's kind of certificate.
//!
//! ## What happened
//!
//! A certificate comes in an encoding that the other end cannot read (PKCS #7,
//! a raw key, a URL to fetch), or with a key or signature algorithm that it
//! does not know.
//!
//! ## How it is recognised
//!
//! A notification says so: INVALID-CERT-ENCODING, CERT-TYPE-UNSUPPORTED or
//! CERTIFICATE-UNAVAILABLE (IKEv1).
//!
//! ## What to do
//!
//! Send plain X.509 certificates with an RSA or ECDSA key that both ends know.
//!
//! ## What would prove it
//!
//! The keys of the IKE SA open the certificate payload with its encoding.
//!
//! ## References
//!
//! RFC 2408 §3.9; RFC 2408 §3.14.1; RFC 7296 §3.6.

use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::{Exchange, Notify};
use crate::wire::registry::isakmp::NotifyType;
use alloc::format;
use alloc::string::ToString as _;
use alloc::vec::Vec;

rule!("cert-type-unsupported", "an end does not support the other's kind of certificate", check, "cert_type_unsupported.rs", brings: ["cert-unknown-ca", "cert-id-mismatch", "peer-id-mismatch", "cert-expired", "cert-revoked", "auth-method-mismatch", "cert-not-yet-valid", "cert-ca-unreachable"]);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for sa in case.sas.iter().filter(|sa| !case.came_up(sa.peers)) {
        for message in &sa.messages {
            let v1 = matches!(message.ike.exchange, Exchange::V1(_));
            let notifies = &message.ike.content.notifies;
            let Some(notify) = notifies.iter().find(|notify| v1 && complains(notify)) else {
                continue;
            };
            let confidence = if notify.authenticated {
                Confidence::Proven
            } else {
                Confidence::Likely
            };
            let (from, to) = (message.ike.route.from.ip(), message.ike.route.to.ip());
            found.push(
                Finding::new(RULE.code, sa.peers, Severity::Error, confidence)
                    .title(format!("{from} does not support the certificate of {to}"))
                    .why("The notification says so.")
                    .weight(70)
                    .who(Who::Credentials)
                    .cite(finding::at_place(
                        message,
                        &notify.place,
                        format!("{} ({})", notify.name, notify.number),
                    ))
                    .fix(
                        to.to_string(),
                        "Send a plain X.509 certificate with a common kind of key.",
                    )
                    .refs(&["RFC 2408 §3.9", "RFC 2408 §3.14.1"]),
            );
        }
    }
    found
}

fn complains(notify: &Notify) -> bool {
    let complaints = [
        NotifyType::INVALID_CERT_ENCODING,
        NotifyType::CERT_TYPE_UNSUPPORTED,
        NotifyType::CERTIFICATE_UNAVAILABLE,
    ];
    complaints
        .iter()
        .any(|complaint| complaint.0 == notify.number)
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn the_peer_says_so() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-rsa-modp2048
                 0.1 b>a MAIN sa=aes256-sha256-rsa-modp2048
                 0.2 a>b MAIN ke
                 0.3 b>a MAIN ke
                 0.4 a>b MAIN *1200
                 0.5 b>a INFO1 m5 n=21";
        assert_eq!(cause(text), Some("cert-type-unsupported"));
    }
    #[test]
    fn near_miss_another_notification() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-rsa-modp2048
                 0.1 b>a MAIN sa=aes256-sha256-rsa-modp2048
                 0.2 a>b MAIN ke
                 0.3 b>a MAIN ke
                 0.4 a>b MAIN *1200
                 0.5 b>a INFO1 m5 n=24";
        assert!(!codes(text).contains(&"cert-type-unsupported"));
    }
}
