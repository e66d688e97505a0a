//! What logs say about causes.
//!
//! A log of the end that refused says why it refused; that decides. What the
//! other end was told by a notification leaves open what it meant, and so does
//! silence: see [`silence`].
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most of what logs tell says nothing of causes"
)]

mod silence;

use super::case::Case;
use super::inquiry::Inquiry;
use super::rank::{Prior, likely, possible, proven};
use super::testimony::Testimony;
use super::told::{NOBODY, Told};
use super::{Citation, Confidence, Severity};
use crate::evidence::{AuthenticationFault, Exchange, LogEvent};
use crate::sorted::{Map, Set};
use crate::wire::registry::ike::ExchangeType;
use crate::wire::registry::isakmp;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

/// Everything that logs testify, one for each code and peers.
pub(super) fn testimonies(case: &Inquiry<'_, '_>) -> Vec<Testimony> {
    let mut all = Vec::new();
    for peers in 0..case.peers.len() {
        let story = Story::of(case, peers);
        if story.lines.is_empty() || story.is_scan() {
            continue;
        }
        let mut found = Found(Map::new());
        for (place, told) in story.lines.iter().enumerate() {
            for meant in story.meaning(place, told) {
                found.add(meant, told, shows(case, told));
            }
        }
        for (meant, told) in silence::meanings(&story) {
            found.add(meant, told, shows(case, told));
        }
        all.extend(found.decided());
    }
    all
}

/// What a line may mean: a code, and how sure it is.
#[derive(Clone, Copy, Debug)]
struct Meant {
    code: &'static str,
    severity: Severity,
    prior: Prior,
}

const fn error(code: &'static str, prior: Prior) -> Meant {
    Meant {
        code,
        severity: Severity::Error,
        prior,
    }
}

const fn warning(code: &'static str, prior: Prior) -> Meant {
    Meant {
        code,
        severity: Severity::Warning,
        prior,
    }
}

/// Testimonies by code.
struct Found(Map<&'static str, Testimony>);

impl Found {
    fn add(&mut self, meant: Meant, told: &Told<'_>, shows: String) {
        let (source, at) = (told.evidence.source.clone(), told.evidence.at);
        let cited = Citation::new(source, at, None, shows);
        let testimony = self.0.entry(meant.code).or_insert_with(|| Testimony {
            code: meant.code,
            peers: told.peers,
            severity: meant.severity,
            prior: meant.prior,
            detail: String::new(),
            at: Some(told.at),
            cited: Vec::new(),
            fixes: Vec::new(),
            first_refuses: first_refuses(told),
            explains: meant.severity == Severity::Error,
        });
        let sure = |prior: Prior| (prior.confidence, prior.weight);
        if sure(meant.prior) > sure(testimony.prior) {
            testimony.prior = meant.prior;
            testimony.first_refuses = first_refuses(told);
        }
        testimony.severity = testimony.severity.max(meant.severity);
        testimony.at = testimony.at.max(Some(told.at));
        if testimony.cited.len() < CITED_MAX && !testimony.cited.contains(&cited) {
            testimony.cited.push(cited);
        }
    }

    /// All of them, without guesses where something is proven.
    fn decided(self) -> impl Iterator<Item = Testimony> {
        let is_proven =
            |one: &Testimony| one.explains && one.prior.confidence == Confidence::Proven;
        let decided = self.0.values().any(is_proven);
        self.0.into_values().filter(move |one| {
            !decided || !one.explains || one.prior.confidence == Confidence::Proven
        })
    }
}

/// The first of the peers refused, as far as a line tells: the end that says
/// why it refuses, or the other of the one that was told. An end that finds no
/// certificate lacks its own.
fn first_refuses(told: &Told<'_>) -> Option<bool> {
    let by_other = told.by_first.map(|by_first| !by_first);
    match told.event() {
        LogEvent::AuthenticationFailed(AuthenticationFault::NoCertificate) => by_other,
        LogEvent::AuthenticationFailed(_)
        | LogEvent::NoProposal { .. }
        | LogEvent::NoSelectors(_)
        | LogEvent::InstallFailed => told.by_first,
        LogEvent::Notified { is_error: true, .. } => by_other,
        _ => None,
    }
}

/// What a line says, and which end says it.
fn shows(case: &Case<'_>, told: &Told<'_>) -> String {
    let peers = case.peers_of(told.peers);
    let named = peers.filter(|peers| peers.first != NOBODY);
    match named.zip(told.by_first) {
        Some((peers, true)) => format!("{} logs: {}", peers.first, told.logged),
        Some((peers, false)) => format!("{} logs: {}", peers.second, told.logged),
        None => told.logged.to_string(),
    }
}

/// What the logs say about one pair of peers, in the order of time.
struct Story<'c, 'a> {
    lines: Vec<&'c Told<'a>>,
    v1: bool,
    nat: bool,
    /// An SA for packets was established.
    up: bool,
    /// The lifetimes of the ends differ, so that one of them is first to take
    /// an SA down.
    differs: bool,
}

impl<'c, 'a> Story<'c, 'a> {
    fn of(case: &'c Inquiry<'_, 'a>, peers: usize) -> Self {
        let lines = case.told.iter().filter(|told| told.peers == peers);
        let lines: Vec<&Told<'a>> = lines.collect();
        let any = |is: &dyn Fn(&LogEvent) -> bool| lines.iter().any(|told| is(told.event()));
        let v1 = any(&|event| {
            let LogEvent::Message { exchange, .. } = event else {
                return matches!(event, LogEvent::Aggressive);
            };
            matches!(exchange, Exchange::V1(_))
        });
        let nat = any(&|event| matches!(event, LogEvent::Nat { here, peer } if *here || *peer));
        let up = any(&|event| matches!(event, LogEvent::ChildEstablished(_)));
        let differs = any(&|event| matches!(event, LogEvent::LifetimeDiffers { .. }));
        Self {
            v1,
            nat,
            up,
            differs,
            lines,
        }
    }

    /// A scanner asks for everything and never goes on.
    fn is_scan(&self) -> bool {
        let mut connections = Set::new();
        let mut kinds = Set::new();
        for told in &self.lines {
            if let LogEvent::Message { exchange, .. } = told.event()
                && let Some(kind) = setup(*exchange)
            {
                kinds.insert(kind);
                connections.insert(told.logged.connection.as_deref());
            }
        }
        connections.len() >= SCAN_CONNECTIONS
            && kinds.len() > 1
            && !self
                .lines
                .iter()
                .any(|told| matches!(told.event(), LogEvent::IkeEstablished))
    }

    /// The last exchange that the log of this line named before it.
    fn exchange_before(&self, place: usize) -> Option<Exchange> {
        let input = self.lines.get(place)?.input();
        let before = self.lines.get(..=place)?.iter().rev();
        let mut same = before.filter(|told| told.input() == input);
        same.find_map(|told| match told.event() {
            LogEvent::Message { exchange, .. } => Some(*exchange),
            _ => None,
        })
    }

    /// The line is about packets' SAs: it says so, or the IKE SA is
    /// established, or its last exchange is one that agrees on them.
    fn of_child(&self, place: usize, told: &Told<'_>, received: Option<&str>) -> bool {
        if let Some(child) = told.logged.child {
            return child;
        }
        if let Some(received) = received {
            let (ike, esp) = (received.starts_with("IKE"), received.starts_with("ESP"));
            if ike || esp || received.starts_with("AH") {
                return !ike;
            }
        }
        let established = || {
            self.lines.iter().take(place).any(|before| {
                before.input() == told.input() && matches!(before.event(), LogEvent::IkeEstablished)
            })
        };
        match self.exchange_before(place) {
            Some(Exchange::V1(isakmp::ExchangeType::QUICK_MODE)) => true,
            Some(Exchange::V2(exchange)) => {
                exchange == ExchangeType::IKE_AUTH || exchange == ExchangeType::CREATE_CHILD_SA
            }
            Some(Exchange::V1(_)) | None => established(),
        }
    }

    /// What a line may mean.
    fn meaning(&self, place: usize, told: &Told<'_>) -> Vec<Meant> {
        match told.event() {
            LogEvent::AuthenticationFailed(fault) | LogEvent::NotLoaded(Some(fault)) => {
                self.fault(place, *fault)
            }
            LogEvent::NoProposal {
                differs,
                received,
                configured,
            } => {
                let child = self.of_child(place, told, received.as_deref());
                let values = [received.as_deref(), configured.as_deref()];
                Vec::from([no_proposal(child, differs.as_deref(), values)])
            }
            LogEvent::Notified {
                name,
                is_error: true,
            } => self.notified(place, told, name),
            LogEvent::Unreachable(Some((3, 3))) if !self.up && !self.heard(told.input()) => {
                Vec::from([error("peer-not-running", likely(82, PORT))])
            }
            event => self.plain(event).into_iter().collect(),
        }
    }

    /// What a line means by itself.
    fn plain(&self, event: &LogEvent) -> Option<Meant> {
        Some(match event {
            LogEvent::NoSelectors(_) => {
                error("traffic-selector-mismatch", proven(92, REFUSED_SELECTORS))
            }
            LogEvent::InstallFailed => error("local-sa-install-failed", proven(93, NOT_INSTALLED)),
            LogEvent::Malformed(_) => error("peer-malformed", likely(72, MALFORMED)),
            LogEvent::Impaired(_) => error("peer-malformed", proven(95, IMPAIRED)),
            LogEvent::Replayed(_) => error("esp-replay", proven(90, REPLAYED)),
            LogEvent::UnknownSpi(_) if !self.differs => {
                error("esp-unknown-spi", likely(80, UNKNOWN_SPI))
            }
            LogEvent::Unprotected { .. } => error("plaintext-leak", proven(88, UNPROTECTED)),
            LogEvent::LifetimeDiffers { .. } => warning("lifetime-mismatch", proven(85, LIFETIME)),
            LogEvent::Collision => warning("rekey-collision", proven(85, COLLISION)),
            LogEvent::Narrowed { .. } if self.v1 => {
                error("traffic-selector-mismatch", proven(85, NARROWED))
            }
            LogEvent::PeerDead => error("peer-died", likely(80, DEAD)),
            _ => return None,
        })
    }

    /// Anything of the peer is in the log of this input.
    fn heard(&self, input: usize) -> bool {
        self.lines.iter().any(|told| {
            told.input() == input
                && matches!(
                    told.event(),
                    LogEvent::Datagram { sent: false, .. }
                        | LogEvent::Message { sent: false, .. }
                        | LogEvent::IkeEstablished
                        | LogEvent::Notified { .. }
                )
        })
    }

    fn fault(&self, place: usize, fault: AuthenticationFault) -> Vec<Meant> {
        use AuthenticationFault as F;
        let one = |code, prior| Vec::from([error(code, prior)]);
        match fault {
            F::KeyMismatch => one("psk-mismatch", proven(96, KEY)),
            F::Undecryptable => one("psk-mismatch", likely(85, GARBAGE)),
            F::NoKey if self.nat && self.v1 => {
                one("psk-lookup-by-nat-address", likely(85, NO_KEY_NAT))
            }
            F::NoKey if self.loaded(place).is_some_and(|loaded| !loaded.by_key) => {
                one("auth-method-mismatch", proven(92, NO_KEY_WANTED))
            }
            F::NoKey if self.v1 => Vec::from([
                error("psk-missing", likely(85, NO_KEY)),
                error("auth-method-mismatch", possible(60, NO_KEY)),
            ]),
            F::NoKey => one("psk-missing", proven(95, NO_KEY)),
            F::NoCertificate => Vec::from([
                error("cert-id-mismatch", likely(62, NO_CERTIFICATE)),
                error("cert-not-sent", possible(58, NO_CERTIFICATE)),
            ]),
            F::Untrusted => one("cert-unknown-ca", proven(88, UNTRUSTED)),
            F::CertificateExpired => one("cert-expired", proven(94, EXPIRED)),
            F::CertificateNotYetValid => one("cert-not-yet-valid", proven(94, NOT_YET)),
            F::CertificateRevoked => one("cert-revoked", proven(95, REVOKED)),
            F::CertificateName => one("cert-id-mismatch", proven(92, NAME)),
            F::IdentityMismatch => one("peer-id-mismatch", proven(92, IDENTITY)),
            F::User if self.v1 => one("xauth-failure", proven(92, USER)),
            F::User => one("eap-failure", proven(92, USER)),
            F::NoConfiguration => one("peer-id-mismatch", likely(80, NO_CONFIGURATION)),
            F::UnknownPeer => self.unknown_peer(place),
            F::Method => one("auth-method-mismatch", proven(92, METHOD)),
            F::MethodOrMode => self.method_or_mode(place),
            F::Untold => Vec::from([
                error("psk-mismatch", possible(40, UNTOLD)),
                error("peer-id-mismatch", possible(35, UNTOLD)),
            ]),
        }
    }

    /// A configuration fits, but not for this method in this mode.
    fn method_or_mode(&self, place: usize) -> Vec<Meant> {
        let aggressive = Exchange::V1(isakmp::ExchangeType::AGGRESSIVE);
        let begun = self.exchange_before(place) == Some(aggressive);
        match self.loaded(place) {
            Some(loaded) if loaded.aggressive != begun => {
                Vec::from([error("exchange-mode-mismatch", proven(88, MODE))])
            }
            Some(_) => Vec::from([error("auth-method-mismatch", proven(88, METHOD))]),
            None => Vec::from([
                error("exchange-mode-mismatch", possible(60, METHOD_OR_MODE)),
                error("auth-method-mismatch", possible(58, METHOD_OR_MODE)),
            ]),
        }
    }

    /// The connections that the log of this line loaded, if it names any.
    fn loaded(&self, place: usize) -> Option<Loaded> {
        let input = self.lines.get(place)?.input();
        let mut found: Option<Loaded> = None;
        for told in self.lines.iter().take(place) {
            if let LogEvent::Loaded {
                methods,
                aggressive,
            } = told.event()
                && told.input() == input
            {
                let by_key = methods.iter().any(|method| method == "pre-shared key");
                let known = found.unwrap_or_default();
                found = Some(Loaded {
                    by_key: known.by_key || by_key,
                    aggressive: known.aggressive || *aggressive,
                });
            }
        }
        found
    }

    /// Refused at the first message: its version, its mode, or its sender.
    fn unknown_peer(&self, place: usize) -> Vec<Meant> {
        let aggressive = Exchange::V1(isakmp::ExchangeType::AGGRESSIVE);
        let code = match self.exchange_before(place) == Some(aggressive) {
            true => "exchange-mode-mismatch",
            false => "ike-version-mismatch",
        };
        Vec::from([
            error(code, likely(70, UNKNOWN)),
            error("peer-id-mismatch", possible(40, UNKNOWN)),
        ])
    }

    /// What the peer's notification may mean, to the end that was told.
    fn notified(&self, place: usize, told: &Told<'_>, name: &str) -> Vec<Meant> {
        let child = self.of_child(place, told, None);
        let codes: &[(&'static str, u8)] = match name {
            "TS_UNACCEPTABLE" => &[("traffic-selector-mismatch", 75)],
            "INVALID_ID_INFORMATION" if child => &[("traffic-selector-mismatch", 70)],
            "INVALID_ID_INFORMATION" => &[("peer-id-mismatch", 60), ("psk-mismatch", 50)],
            "NO_PROPOSAL_CHOSEN" if child && self.v1 => {
                &[("no-common-esp-proposal", 60), ("pfs-mismatch", 55)]
            }
            "NO_PROPOSAL_CHOSEN" if child => &[("no-common-esp-proposal", 66)],
            "NO_PROPOSAL_CHOSEN" => &[
                ("no-common-ike-proposal", 66),
                ("ike-version-mismatch", 45),
                ("peer-id-mismatch", 30),
            ],
            "AUTHENTICATION_FAILED" => &[
                ("psk-mismatch", 58),
                ("peer-id-mismatch", 52),
                ("auth-method-mismatch", 40),
            ],
            "INVALID_SYNTAX" | "PAYLOAD_MALFORMED" | "UNSUPPORTED_CRITICAL_PAYLOAD" => {
                &[("peer-malformed", 66)]
            }
            _ => &[],
        };
        let prior = |weight| possible(weight, NOTIFIED);
        codes
            .iter()
            .map(|(code, weight)| error(code, prior(*weight)))
            .collect()
    }
}

/// What the loaded connections of a log have in common.
#[derive(Clone, Copy, Debug, Default)]
struct Loaded {
    /// One of them authenticates with a pre-shared key.
    by_key: bool,
    /// One of them begins with aggressive mode.
    aggressive: bool,
}

/// The kind of an exchange that sets an IKE SA up.
fn setup(exchange: Exchange) -> Option<u8> {
    match exchange {
        Exchange::V1(kind) => {
            let first = [
                isakmp::ExchangeType::IDENTITY_PROTECTION,
                isakmp::ExchangeType::AGGRESSIVE,
            ];
            first.contains(&kind).then_some(kind.0)
        }
        Exchange::V2(kind) => (kind == ExchangeType::IKE_SA_INIT).then_some(kind.0),
    }
}

fn no_proposal(child: bool, differs: Option<&str>, values: [Option<&str>; 2]) -> Meant {
    let group = differs.is_some_and(|kind| {
        ["KE", "DIFFIE", "PFS", "GROUP"]
            .iter()
            .any(|word| kind.contains(word))
    });
    let with_group = values.map(|value| value.is_some_and(names_group));
    let (code, prior) = match (child, group) {
        (false, _) => ("no-common-ike-proposal", proven(92, NO_PROPOSAL)),
        (true, false) => ("no-common-esp-proposal", proven(92, NO_PROPOSAL)),
        (true, true) if with_group == [true, true] => {
            ("pfs-group-mismatch", proven(90, NO_PROPOSAL))
        }
        (true, true) => ("pfs-mismatch", proven(90, NO_PROPOSAL)),
    };
    error(code, prior)
}

/// Whether a proposal, as a log writes it, has a key exchange.
fn names_group(proposal: &str) -> bool {
    let words = ["MODP", "ECP", "CURVE", "DH", "KE="];
    words.iter().any(|word| proposal.contains(word))
}

/// Connections from which on a peer that never goes on is a scanner.
const SCAN_CONNECTIONS: usize = 4;

/// Lines that a testimony cites.
const CITED_MAX: usize = 4;

const NOTIFIED: &str = "The log says what the peer answered, and not why.";
const REFUSED_SELECTORS: &str =
    "The log of the end that refused says that the traffic selectors were not acceptable.";
const DEAD: &str = "The log says that the peer no longer answered.";
const PORT: &str = "The log says that the peer's host answered with port unreachable.";
const KEY: &str = "The log of the end that refused says that it has a key for the peer and that the peer used another.";
const GARBAGE: &str = "The log says that the message did not decrypt to anything readable: the pre-shared key goes into the encryption.";
const NO_KEY: &str = "The log says that there is no key for this peer.";
const NO_KEY_NAT: &str =
    "The log says that there is no key for this peer, whose address is translated on the way.";
const NO_KEY_WANTED: &str = "The log says that there is no key for this peer, and that none of the connections it loaded authenticates with one.";
const MODE: &str =
    "The log says that no connection fits this exchange mode, and it loaded one for the other.";
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
const UNPROTECTED: &str =
    "A packet came in the clear that the policy of the end that received it wants protected.";
const UNKNOWN_SPI: &str = "The log says that a packet came for an SA that does not exist.";
const LIFETIME: &str = "The log shows both lifetimes.";
const COLLISION: &str = "The log says that both ends began the same at once.";
const NARROWED: &str = "The log shows both selectors.";
