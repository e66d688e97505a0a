//! What logs say about causes.
//!
//! A log of the end that refused says why it refused; that decides. What the
//! other end was told by a notification leaves open what it meant.

use super::case::Case;
use super::inquiry::Inquiry;
use super::rank::{Prior, likely, possible, proven};
use super::testimony::Testimony;
use super::told::{NOBODY, Told};
use super::{Citation, Severity};
use crate::evidence::{AuthenticationFault, Exchange, LogEvent};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

/// Everything that logs testify, one for each code and peers.
pub(super) fn testimonies(case: &Inquiry<'_, '_>) -> Vec<Testimony> {
    let mut all: BTreeMap<(usize, &'static str), Testimony> = BTreeMap::new();
    for peers in 0..case.peers.len() {
        let story = Story::of(case, peers);
        for told in &story.lines {
            for (code, prior) in story.meaning(told) {
                add(&mut all, code, prior, told, shows(case, told));
            }
        }
    }
    all.into_values().collect()
}

fn add(
    all: &mut BTreeMap<(usize, &'static str), Testimony>,
    code: &'static str,
    prior: Prior,
    told: &Told<'_>,
    shows: String,
) {
    let (source, at) = (told.evidence.source.clone(), told.evidence.at);
    let cited = Citation::new(source, at, None, shows);
    let testimony = all.entry((told.peers, code)).or_insert_with(|| Testimony {
        code,
        peers: told.peers,
        severity: Severity::Error,
        prior,
        detail: String::new(),
        at: Some(told.at),
        cited: Vec::new(),
        fixes: Vec::new(),
        explains: true,
    });
    if (prior.confidence, prior.weight) > (testimony.prior.confidence, testimony.prior.weight) {
        testimony.prior = prior;
    }
    testimony.at = testimony.at.max(Some(told.at));
    if testimony.cited.len() < CITED_MAX && !testimony.cited.contains(&cited) {
        testimony.cited.push(cited);
    }
}

/// What a line says, and which end says it.
fn shows(case: &Case<'_>, told: &Told<'_>) -> String {
    let peers = case
        .peers_of(told.peers)
        .filter(|peers| peers.first != NOBODY);
    match peers.zip(told.by_first) {
        Some((peers, true)) => format!("{} logs: {}", peers.first, told.logged),
        Some((peers, false)) => format!("{} logs: {}", peers.second, told.logged),
        None => told.logged.to_string(),
    }
}

/// What the logs say about one pair of peers.
struct Story<'c, 'a> {
    lines: Vec<&'c Told<'a>>,
    v1: bool,
    nat: bool,
}

impl<'c, 'a> Story<'c, 'a> {
    fn of(case: &'c Inquiry<'_, 'a>, peers: usize) -> Self {
        let lines: Vec<_> = case
            .told
            .iter()
            .filter(|told| told.peers == peers)
            .collect();
        let v1 = lines.iter().any(|told| {
            matches!(
                told.event(),
                LogEvent::Message {
                    exchange: Exchange::V1(_),
                    ..
                }
            )
        });
        let nat = lines
            .iter()
            .any(|told| matches!(told.event(), LogEvent::Nat { here, peer } if *here || *peer));
        Self { lines, v1, nat }
    }

    /// What a line may mean, each with how sure that is.
    fn meaning(&self, told: &Told<'_>) -> Vec<(&'static str, Prior)> {
        if let LogEvent::AuthenticationFailed(fault) = told.event() {
            return self.fault(*fault);
        }
        if let LogEvent::NoProposal {
            differs, received, ..
        } = told.event()
        {
            let child = told.logged.child.unwrap_or_else(|| {
                let received = received.as_deref().unwrap_or_default();
                received.starts_with("ESP") || received.starts_with("AH")
            });
            return Vec::from([no_proposal(child, differs.as_deref())]);
        }
        if matches!(told.event(), LogEvent::NoSelectors(_)) {
            return Vec::from([("traffic-selector-mismatch", proven(92, REFUSED_SELECTORS))]);
        }
        if matches!(told.event(), LogEvent::InstallFailed) {
            return Vec::from([("local-sa-install-failed", proven(93, NOT_INSTALLED))]);
        }
        if let LogEvent::NotLoaded(Some(fault)) = told.event() {
            return self.fault(*fault);
        }
        if matches!(told.event(), LogEvent::Malformed(_)) {
            return Vec::from([("peer-malformed", proven(90, MALFORMED))]);
        }
        if matches!(told.event(), LogEvent::Impaired(_)) {
            return Vec::from([("peer-malformed", proven(90, IMPAIRED))]);
        }
        if matches!(told.event(), LogEvent::Replayed(_)) {
            return Vec::from([("esp-replay", proven(90, REPLAYED))]);
        }
        if matches!(told.event(), LogEvent::UnknownSpi(_)) {
            return Vec::from([("esp-unknown-spi", likely(80, UNKNOWN_SPI))]);
        }
        if matches!(told.event(), LogEvent::LifetimeDiffers { .. }) {
            return Vec::from([("lifetime-mismatch", proven(85, LIFETIME))]);
        }
        if matches!(told.event(), LogEvent::Collision) {
            return Vec::from([("rekey-collision", proven(85, COLLISION))]);
        }
        if matches!(told.event(), LogEvent::Narrowed { .. }) {
            return Vec::from([("traffic-selector-mismatch", proven(85, NARROWED))]);
        }
        if matches!(told.event(), LogEvent::PeerDead) {
            return Vec::from([("peer-died", likely(80, DEAD))]);
        }
        if let LogEvent::Unreachable(Some((3, 3))) = told.event() {
            return Vec::from([("peer-not-running", likely(78, PORT))]);
        }
        Vec::new()
    }

    fn fault(&self, fault: AuthenticationFault) -> Vec<(&'static str, Prior)> {
        use AuthenticationFault as F;
        Vec::from([match fault {
            F::KeyMismatch => ("psk-mismatch", proven(96, KEY)),
            F::Undecryptable => ("psk-mismatch", likely(85, GARBAGE)),
            F::NoKey if self.nat && self.v1 => {
                ("psk-lookup-by-nat-address", likely(85, NO_KEY_NAT))
            }
            F::NoKey => ("psk-missing", proven(95, NO_KEY)),
            F::NoCertificate => ("cert-not-sent", proven(88, NO_CERTIFICATE)),
            F::Untrusted => ("cert-unknown-ca", proven(88, UNTRUSTED)),
            F::CertificateExpired => ("cert-expired", proven(94, EXPIRED)),
            F::CertificateNotYetValid => ("cert-not-yet-valid", proven(94, NOT_YET)),
            F::CertificateRevoked => ("cert-revoked", proven(95, REVOKED)),
            F::CertificateName => ("cert-id-mismatch", proven(92, NAME)),
            F::IdentityMismatch => ("peer-id-mismatch", proven(92, IDENTITY)),
            F::User if self.v1 => ("xauth-failure", proven(92, USER)),
            F::User => ("eap-failure", proven(92, USER)),
            F::NoConfiguration => ("peer-id-mismatch", likely(80, NO_CONFIGURATION)),
            F::UnknownPeer => ("ike-version-mismatch", likely(70, UNKNOWN)),
            F::Method => ("auth-method-mismatch", proven(92, METHOD)),
            F::MethodOrMode => ("exchange-mode-mismatch", likely(75, METHOD_OR_MODE)),
            F::Untold => ("psk-mismatch", possible(40, UNTOLD)),
        }])
    }
}

fn no_proposal(child: bool, differs: Option<&str>) -> (&'static str, Prior) {
    let group = differs.is_some_and(|kind| kind.contains("KE") || kind.contains("DIFFIE"));
    match (child, group) {
        (false, _) => ("no-common-ike-proposal", proven(92, NO_PROPOSAL)),
        (true, true) => ("pfs-group-mismatch", proven(90, NO_PROPOSAL)),
        (true, false) => ("no-common-esp-proposal", proven(92, NO_PROPOSAL)),
    }
}

/// Lines that a testimony cites.
const CITED_MAX: usize = 4;

const REFUSED_SELECTORS: &str =
    "The log of the end that refused says that the traffic selectors were not acceptable.";
const DEAD: &str = "The log says that the peer no longer answered.";
const PORT: &str = "The log says that the peer's host answered with port unreachable.";
const KEY: &str = "The log of the end that refused says that it has a key for the peer and that the peer used another.";
const GARBAGE: &str = "The log says that the message did not decrypt to anything readable: the pre-shared key goes into the encryption.";
const NO_KEY: &str = "The log says that there is no key for this peer.";
const NO_KEY_NAT: &str =
    "The log says that there is no key for this peer, whose address is translated on the way.";
const NO_CERTIFICATE: &str = "The log says that no certificate was there.";
const UNTRUSTED: &str =
    "The log of the end that refused says that it does not trust the certificate.";
const EXPIRED: &str = "The log of the end that refused says that the certificate is over.";
const REVOKED: &str = "The log of the end that refused says that the certificate is revoked.";
const NAME: &str =
    "The log of the end that refused says that the certificate does not name the peer's identity.";
const IDENTITY: &str = "The log of the end that refused says which identity it expected.";
const USER: &str = "The log says that the user was refused.";
const NO_CONFIGURATION: &str =
    "The log of the end that refused says that no configuration fits the peer and its identity.";
const UNTOLD: &str = "The log says that authentication failed, and not why.";
const NO_PROPOSAL: &str = "The log of the end that refused says that no proposal was acceptable.";
const NOT_YET: &str = "The log of the end that refused says that the certificate is not valid yet.";
const UNKNOWN: &str = "The log of the end that refused says that no configuration fits the peer's address and version of IKE.";
const METHOD: &str = "The log of the end that refused says that the peer authenticates in another way than is configured.";
const METHOD_OR_MODE: &str = "The log of the end that refused says that no configuration fits the peer's method in this exchange mode.";
const NOT_INSTALLED: &str = "The log says that the system refused the SA.";
const MALFORMED: &str = "The log says how the peer's message breaks the protocol.";
const IMPAIRED: &str = "The log says that its writer breaks the protocol on purpose.";
const REPLAYED: &str = "The log says that a sequence number came twice.";
const UNKNOWN_SPI: &str = "The log says that a packet came for an SA that does not exist.";
const LIFETIME: &str = "The log shows both lifetimes.";
const COLLISION: &str = "The log says that both ends began the same at once.";
const NARROWED: &str = "The log shows both selectors.";
