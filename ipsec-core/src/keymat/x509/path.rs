//! From a certificate to an authority that is believed, and what is wrong on
//! the way (RFC 5280 §6.1, RFC 4158 §2).
//!
//! Names lead from a certificate to those that may have issued it, and a
//! signature decides which did. Where several did (an authority with the same
//! key in two certificates), every way is followed and the best is told.

use super::certificate::Certificate;
use super::crl::{Revocation, RevocationList};
use super::fault::{Fault, FaultKind, Weight};
use super::signed::SignatureCheck;
use crate::crypto::CryptoProvider;
use crate::sorted;
use crate::time::Instant;
use alloc::collections::VecDeque;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

/// What is at hand to judge certificates with.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "callers build it")]
pub struct Trust<'a> {
    /// Certificates that are believed; mostly authorities, and nobody else's
    /// word makes one.
    pub anchors: &'a [Certificate],
    /// Certificates that may lead there: what the peer sent.
    pub others: &'a [Certificate],
    /// Revocation lists, from anywhere: each must be signed.
    pub crls: &'a [RevocationList],
}

/// The way from an end entity towards an anchor.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Path<'a> {
    /// The end entity, its issuer, and so on.
    pub links: Vec<Link<'a>>,
    /// Whether the last link is an anchor.
    pub is_anchored: bool,
    /// What is wrong, in the order of the links.
    pub faults: Vec<Fault>,
}

/// A certificate of a [`Path`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Link<'a> {
    /// The certificate. The next link's key signed it, unless a fault says
    /// otherwise.
    pub certificate: &'a Certificate,
    /// What the revocation lists at hand say of it.
    pub revocation: RevocationStatus,
}

/// What revocation lists say of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevocationStatus {
    /// No complete list of its issuer, valid at the time, is at hand.
    Unknown,
    /// It is not on its issuer's list.
    NotListed {
        /// When the list was made, in seconds since 1970.
        as_of: u64,
    },
    /// It is on the list, at that time or later.
    Listed(Revocation),
}

/// What can be said of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It leads to an anchor, and nothing speaks against it.
    Trusted,
    /// What is at hand does not decide.
    Undecided,
    /// Whoever follows the standards refuses it.
    Refused,
}

impl Path<'_> {
    fn refusals(&self) -> usize {
        let weights = self.faults.iter().map(|fault| fault.kind.weight());
        weights.filter(|weight| *weight == Weight::Refusal).count()
    }

    /// What can be said of the path.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self.faults.iter().map(|fault| fault.kind.weight()).max() {
            Some(Weight::Refusal) => Verdict::Refused,
            Some(Weight::Undecided) => Verdict::Undecided,
            Some(Weight::Warning) | None if self.is_anchored => Verdict::Trusted,
            Some(Weight::Warning) | None => Verdict::Undecided,
        }
    }
}

impl<'a> Trust<'a> {
    /// Judges `end_entity` as of `now`, which counts from the Unix epoch.
    ///
    /// Of several paths it tells the one with the best verdict. The work is
    /// bounded, whatever certificates are given.
    #[must_use]
    pub fn judge(
        &self,
        now: Instant,
        provider: &CryptoProvider,
        end_entity: &'a Certificate,
    ) -> Path<'a> {
        let mut judge = Judge {
            trust: *self,
            provider,
            now: now.as_micros() / 1_000_000,
            verifications: 0,
        };
        let ways = judge.ways(end_entity);
        let paths = ways.into_iter().map(|way| judge.path(&way));
        let best = paths.min_by_key(|path| {
            let refusals = path.refusals();
            let trusted = path.verdict() == Verdict::Trusted;
            (!trusted, !path.is_anchored, refusals, path.faults.len())
        });
        best.unwrap_or_else(|| judge.path(&Way::from(end_entity)))
    }
}

/// Certificates each of which the next has issued, and why the last has no
/// issuer.
#[derive(Clone, Debug)]
struct Way<'a> {
    certificates: Vec<&'a Certificate>,
    is_anchored: bool,
    faults: Vec<Fault>,
}

impl<'a> Way<'a> {
    fn from(end_entity: &'a Certificate) -> Self {
        Self {
            certificates: Vec::from([end_entity]),
            is_anchored: false,
            faults: Vec::new(),
        }
    }

    /// The same way with something wrong about its last certificate.
    fn with(mut self, kind: FaultKind) -> Self {
        let link = self.certificates.len().saturating_sub(1);
        if let Some(last) = self.certificates.last() {
            let name = last.name();
            self.faults.push(Fault { link, name, kind });
        }
        self
    }

    fn goes_through(&self, certificate: &Certificate) -> bool {
        let mut certificates = self.certificates.iter();
        certificates.any(|other| other.der() == certificate.der())
    }
}

struct Judge<'a, 'p> {
    trust: Trust<'a>,
    provider: &'p CryptoProvider,
    /// Seconds since 1970.
    now: u64,
    verifications: usize,
}

impl<'a> Judge<'a, '_> {
    /// Every way from the end entity to an anchor, and every one that ends
    /// before.
    fn ways(&mut self, end_entity: &'a Certificate) -> Vec<Way<'a>> {
        let mut ended = Vec::new();
        let mut open = VecDeque::from([Way::from(end_entity)]);
        while let Some(way) = open.pop_front() {
            match self.step(way) {
                Step::On(ways) => open.extend(ways),
                Step::End(way) => ended.push(way),
            }
        }
        ended
    }

    fn step(&mut self, mut way: Way<'a>) -> Step<'a> {
        let Some(&last) = way.certificates.last() else {
            return Step::End(way);
        };
        if self.trust.anchors.iter().any(|one| one.der() == last.der()) {
            way.is_anchored = true;
            return Step::End(way);
        }
        let issuers = self.issuers(&way, last);
        if way.certificates.len() >= MAX_LINKS && !issuers.is_empty() {
            return Step::End(way.with(FaultKind::SearchEnded));
        }
        let mut on = Vec::new();
        for issuer in &issuers {
            let mut next = match self.check(|p| last.check_signature(p, issuer.spki())) {
                Some(SignatureCheck::Good) => way.clone(),
                Some(SignatureCheck::Unsupported) => way.clone().with(unsupported(last)),
                Some(SignatureCheck::Bad) => continue,
                None if on.is_empty() => return Step::End(way.with(FaultKind::SearchEnded)),
                None => break,
            };
            next.certificates.push(issuer);
            on.push(next);
        }
        match on.is_empty() {
            true => Step::End(self.without_issuer(way, last, &issuers)),
            false => Step::On(on),
        }
    }

    /// Certificates whose subject is the issuer of `last`, anchors first.
    fn issuers(&self, way: &Way<'a>, last: &Certificate) -> Vec<&'a Certificate> {
        let mut issuers: Vec<&Certificate> = Vec::new();
        for candidate in self.trust.anchors.iter().chain(self.trust.others) {
            let known = way.goes_through(candidate)
                || issuers.iter().any(|other| other.der() == candidate.der());
            if !known && candidate.subject.same_as(&last.issuer) {
                issuers.push(candidate);
            }
        }
        issuers
    }

    /// Why a way ends with a certificate that none of `issuers` signed.
    fn without_issuer(
        &mut self,
        way: Way<'a>,
        last: &Certificate,
        issuers: &[&Certificate],
    ) -> Way<'a> {
        if last.names_itself() {
            match self.check(|p| last.check_signature(p, last.spki())) {
                Some(SignatureCheck::Good) => return way.with(FaultKind::SelfSigned),
                Some(SignatureCheck::Unsupported) => {
                    return way.with(unsupported(last)).with(FaultKind::SelfSigned);
                }
                Some(SignatureCheck::Bad) | None => {}
            }
        }
        let issuer = last.issuer.to_string();
        let has_other_key = |issuer: &&Certificate| {
            let (named, has) = (&last.authority_key_id, &issuer.subject_key_id);
            !named.is_empty() && !has.is_empty() && named != has
        };
        way.with(match issuers {
            [] if last.names_itself() => FaultKind::SignatureInvalid { issuer },
            [] => FaultKind::IssuerUnknown { issuer },
            _ if issuers.iter().all(has_other_key) => FaultKind::IssuerHasOtherKey { issuer },
            _ => FaultKind::SignatureInvalid { issuer },
        })
    }

    /// Checks a signature, if not too many have been.
    fn check(
        &mut self,
        check: impl FnOnce(&CryptoProvider) -> SignatureCheck,
    ) -> Option<SignatureCheck> {
        self.verifications = self.verifications.saturating_add(1);
        (self.verifications <= MAX_VERIFICATIONS).then(|| check(self.provider))
    }

    fn path(&mut self, way: &Way<'a>) -> Path<'a> {
        let mut faults = way.faults.clone();
        let mut links = Vec::new();
        for (link, certificate) in way.certificates.iter().copied().enumerate() {
            let (revocation, kinds) = self.link(way, link, certificate);
            let name = certificate.name();
            let named = |kind| Fault {
                link,
                name: name.clone(),
                kind,
            };
            faults.extend(kinds.into_iter().map(named));
            links.push(Link {
                certificate,
                revocation,
            });
        }
        sorted::by_key(&mut faults, |fault| fault.link);
        Path {
            links,
            is_anchored: way.is_anchored,
            faults,
        }
    }

    /// What is wrong with the certificate at this place of a way.
    fn link(
        &mut self,
        way: &Way<'a>,
        link: usize,
        certificate: &Certificate,
    ) -> (RevocationStatus, Vec<FaultKind>) {
        let mut kinds = self.faults_of(certificate);
        if link == 0 {
            kinds.extend(faults_of_end_entity(certificate));
        } else {
            let below = way.certificates.get(1..link).unwrap_or_default();
            kinds.extend(faults_of_authority(certificate, below));
        }
        let issuer = way.certificates.get(link.saturating_add(1));
        // Nobody relies on the signature of an anchor, or of a root on itself.
        if issuer.is_some() || !way.is_anchored && !certificate.names_itself() {
            kinds.extend(weak_signature(certificate));
        }
        let status = match issuer {
            Some(issuer) => self.revocation(certificate, issuer, &mut kinds),
            None => RevocationStatus::Unknown,
        };
        (status, kinds)
    }

    /// What is wrong with a certificate, wherever it stands.
    fn faults_of(&self, certificate: &Certificate) -> Vec<FaultKind> {
        let mut kinds = Vec::new();
        if self.now > certificate.not_after {
            let since = certificate.not_after;
            kinds.push(FaultKind::Expired { since });
        }
        if self.now < certificate.not_before {
            let until = certificate.not_before;
            kinds.push(FaultKind::NotYetValid { until });
        }
        if !certificate.algorithms_agree {
            kinds.push(FaultKind::AlgorithmsDiffer);
        }
        for extension in certificate.critical_unprocessed.iter().cloned() {
            kinds.push(match has_a_name(&extension) {
                true => FaultKind::ExtensionUnchecked { extension },
                false => FaultKind::CriticalExtension { extension },
            });
        }
        if certificate.public_key.is_weak() {
            let key = certificate.public_key.to_string();
            kinds.push(FaultKind::WeakKey { key });
        }
        kinds
    }

    /// What the lists of `issuer` say of a certificate; what is wrong with them
    /// is noted.
    fn revocation(
        &mut self,
        certificate: &Certificate,
        issuer: &Certificate,
        kinds: &mut Vec<FaultKind>,
    ) -> RevocationStatus {
        let mut status = RevocationStatus::Unknown;
        for list in self.trust.crls {
            if !list.issuer.same_as(&certificate.issuer) || !self.is_signed(list, issuer, kinds) {
                continue;
            }
            if let Some(revocation) = list.find(&certificate.serial) {
                kinds.push(self.revoked(revocation));
                return RevocationStatus::Listed(revocation);
            }
            match list.next_update {
                Some(since) if since < self.now => kinds.push(FaultKind::ListStale { since }),
                _ if list.is_complete => {
                    let as_of = list.this_update;
                    status = RevocationStatus::NotListed { as_of };
                }
                _ => {}
            }
        }
        status
    }

    fn is_signed(
        &mut self,
        list: &RevocationList,
        issuer: &Certificate,
        kinds: &mut Vec<FaultKind>,
    ) -> bool {
        if issuer.key_usage.is_some_and(|usage| !usage.may_sign_crls()) {
            kinds.push(FaultKind::ListNotAllowed);
            return false;
        }
        kinds.push(
            match self.check(|p| list.check_signature(p, issuer.spki())) {
                Some(SignatureCheck::Good) => return true,
                Some(SignatureCheck::Bad) => FaultKind::ListSignatureInvalid,
                Some(SignatureCheck::Unsupported) => FaultKind::ListSignatureUnsupported {
                    algorithm: list.signature_algorithm().to_string(),
                },
                None => FaultKind::SearchEnded,
            },
        );
        false
    }

    const fn revoked(&self, Revocation { at, reason }: Revocation) -> FaultKind {
        if at <= self.now {
            FaultKind::Revoked { at, reason }
        } else {
            FaultKind::RevokedLater { at, reason }
        }
    }
}

/// What following a way one certificate further gives.
enum Step<'a> {
    On(Vec<Way<'a>>),
    End(Way<'a>),
}

fn faults_of_end_entity(certificate: &Certificate) -> Vec<FaultKind> {
    let mut kinds = Vec::new();
    if certificate.key_usage.is_some_and(|usage| !usage.may_sign()) {
        kinds.push(FaultKind::MayNotSign);
    }
    let has = &certificate.extended_key_usage;
    let for_ike = |purpose: &String| IKE_PURPOSES.contains(&&**purpose);
    if !has.is_empty() && !has.iter().any(for_ike) {
        kinds.push(FaultKind::OtherPurposes { has: has.clone() });
    }
    kinds
}

/// `below` are the certificates between it and the end entity.
fn faults_of_authority(certificate: &Certificate, below: &[&Certificate]) -> Vec<FaultKind> {
    let mut kinds = Vec::new();
    if !certificate.is_ca() {
        kinds.push(FaultKind::NotAuthority);
    }
    let usage = certificate.key_usage;
    if usage.is_some_and(|usage| !usage.may_sign_certificates()) {
        kinds.push(FaultKind::MayNotSignCertificates);
    }
    let below = below.iter().filter(|other| !other.names_itself()).count();
    let path_len = certificate.basic_constraints.and_then(|c| c.path_len);
    if let Some(limit) = path_len
        && below > usize::try_from(limit).unwrap_or(usize::MAX)
    {
        kinds.push(FaultKind::PathTooLong { limit, below });
    }
    kinds
}

fn weak_signature(certificate: &Certificate) -> Option<FaultKind> {
    let algorithm = certificate.signature_algorithm();
    algorithm.is_weak().then(|| FaultKind::WeakSignature {
        algorithm: algorithm.to_string(),
    })
}

fn unsupported(certificate: &Certificate) -> FaultKind {
    FaultKind::SignatureUnsupported {
        algorithm: certificate.signature_algorithm().to_string(),
    }
}

/// Whether an extension is one of RFC 5280, and not an identifier in numbers.
fn has_a_name(extension: &str) -> bool {
    extension.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// Purposes that RFC 4945 §5.1.3.12 wants one of.
const IKE_PURPOSES: [&str; 2] = ["ipsecIKE", "anyExtendedKeyUsage"];

/// Certificates of a path.
const MAX_LINKS: usize = 10;

/// Signatures that are checked to judge one certificate.
const MAX_VERIFICATIONS: usize = 64;
