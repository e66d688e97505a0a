//! What the certificates of a message say, and what is wrong with them by the
//! clock of the capture (RFC 5280 §6, RFC 4945).
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "faults that decide nothing are told in words"
)]

use crate::capture::Keyring;
use crate::evidence::{Certificate as Fact, CertificateFault, Content, X509};
use crate::keymat::x509::{Bundle, Certificate, Fault, FaultKind, IdentityMatch, Path, Trust};
use crate::time::Instant;
use crate::wire::registry::ike::{CertEncoding, IdType};

/// One end's certificates, as they stand in a message.
#[derive(Default)]
pub(super) struct Sent<'a> {
    /// Encoding and data of the payloads, in the order of the facts.
    pub(super) payloads: Vec<(CertEncoding, &'a [u8])>,
    /// The identity that the sender claims.
    pub(super) identity: Option<(IdType, Vec<u8>)>,
}

/// When a message was seen, and whom the user trusts.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) now: Instant,
    pub(super) keyring: &'a Keyring,
}

impl Sent<'_> {
    /// Fills in the facts of the certificates. The first is the sender's own
    /// (RFC 7296 §3.6), and only that one has to be valid and carry the
    /// identity.
    pub(super) fn judge(&self, content: &mut Content, scene: Scene<'_>) {
        let payloads = self.payloads.iter().take(MAX_CERTIFICATES);
        let bundles: Vec<Bundle> = payloads
            .map(|(encoding, data)| Bundle::of_payload(*encoding, data))
            .collect();
        for (fact, bundle) in content.certificates.iter_mut().zip(&bundles) {
            fact.x509 = bundle.certificates.first().map(x509);
        }
        let all: Vec<Certificate> = bundles
            .iter()
            .flat_map(|bundle| bundle.certificates.clone())
            .collect();
        let own = content.certificates.iter_mut().find_map(own_of);
        let (Some(own), Some(certificate)) = (own, all.first()) else {
            return;
        };
        let mut crls = scene.keyring.crls().to_vec();
        crls.extend(bundles.iter().flat_map(|bundle| bundle.crls.clone()));
        let anchors = scene.keyring.anchors();
        let mut trust = Trust::default();
        (trust.anchors, trust.others, trust.crls) = (anchors, &all, &crls);
        let provider = scene.keyring.provider();
        let path = trust.judge(scene.now, provider, certificate);
        own.faults.extend(faults(&path, !anchors.is_empty()));
        own.faults.extend(self.other_identity(certificate));
    }

    fn other_identity(&self, certificate: &Certificate) -> Option<CertificateFault> {
        let (kind, data) = self.identity.as_ref()?;
        match certificate.carries(*kind, data) {
            IdentityMatch::Other { has } => Some(CertificateFault::OtherIdentity(has.join(", "))),
            IdentityMatch::Same { .. }
            | IdentityMatch::Lenient { .. }
            | IdentityMatch::NotComparable => None,
        }
    }
}

fn own_of(fact: &mut Fact) -> Option<&mut X509> {
    fact.x509.as_mut()
}

fn x509(certificate: &Certificate) -> X509 {
    let names = certificate.alt_names.iter().take(MAX_NAMES);
    X509 {
        subject: certificate.subject.to_string(),
        issuer: certificate.issuer.to_string(),
        serial: certificate.serial_hex(),
        not_before: certificate.not_before,
        not_after: certificate.not_after,
        names: names.map(ToString::to_string).collect(),
        is_ca: certificate.is_ca(),
        key: certificate.public_key.to_string(),
        signature: certificate.signature_algorithm().name.clone(),
        faults: Vec::new(),
    }
}

fn faults(path: &Path<'_>, has_anchors: bool) -> impl Iterator<Item = CertificateFault> {
    path.faults.iter().map(move |fault| of(fault, has_anchors))
}

fn of(fault: &Fault, has_anchors: bool) -> CertificateFault {
    match &fault.kind {
        FaultKind::SignatureInvalid { .. } | FaultKind::AlgorithmsDiffer => {
            CertificateFault::BadSignature
        }
        FaultKind::IssuerUnknown { .. }
        | FaultKind::IssuerHasOtherKey { .. }
        | FaultKind::SelfSigned => match has_anchors {
            true => CertificateFault::UnknownIssuer,
            false => CertificateFault::IssuerNotSeen,
        },
        FaultKind::Expired { .. } | FaultKind::NotYetValid { .. } | FaultKind::Revoked { .. }
            if fault.link > 0 =>
        {
            CertificateFault::IssuerInvalid(fault.to_string())
        }
        FaultKind::Expired { .. } => CertificateFault::Expired,
        FaultKind::NotYetValid { .. } => CertificateFault::NotYetValid,
        FaultKind::NotAuthority
        | FaultKind::MayNotSignCertificates
        | FaultKind::PathTooLong { .. } => CertificateFault::IssuerNotCa,
        FaultKind::MayNotSign => CertificateFault::KeyUsage,
        FaultKind::Revoked { at, .. } => CertificateFault::Revoked(*at),
        FaultKind::WeakSignature { .. } | FaultKind::WeakKey { .. } => {
            CertificateFault::Weak(fault.to_string())
        }
        _ => CertificateFault::Other(fault.to_string()),
    }
}

/// Certificates of one message that are looked at.
const MAX_CERTIFICATES: usize = 16;

/// Alternative names kept of one certificate.
const MAX_NAMES: usize = 64;
