//! What an entry of a crypto map asks for, and what an IPsec profile does:
//! `set peer`, `set transform-set`, `match address` and the rest.

use super::algorithms;
use super::lines::Word;
use super::pick;
use crate::config::model::{Host, Setting};
use crate::config::values::{self, Faults};
use crate::config::{ConfigErrorKind, Span, Spanned};
use crate::sa::proposal::Transform;
use crate::time::Duration;
use alloc::string::String;
use alloc::vec::Vec;

/// One entry.
#[derive(Clone)]
pub(in crate::config) struct Entry {
    /// `map 10`, or the profile's name.
    pub(in crate::config) name: Spanned<String>,
    pub(in crate::config) peers: Vec<Setting<Host>>,
    /// Transform sets of IKEv1, and of IKEv2 where those share them.
    pub(in crate::config) sets: Vec<Spanned<String>>,
    /// Proposals of IKEv2, where those are apart: ASA.
    pub(in crate::config) proposals: Vec<Spanned<String>>,
    pub(in crate::config) pfs: Option<Setting<Pfs>>,
    pub(in crate::config) limits: Limits,
    pub(in crate::config) idle: Option<Setting<Option<Duration>>>,
    pub(in crate::config) acl: Option<Spanned<String>>,
    pub(in crate::config) ikev2_profile: Option<Spanned<String>>,
    pub(in crate::config) isakmp_profile: Option<Spanned<String>>,
    /// The dynamic map that it stands for.
    pub(in crate::config) dynamic: Option<Spanned<String>>,
    pub(in crate::config) aggressive: Option<Span>,
    /// Where address translation is left unseen: `set nat-t-disable`.
    pub(in crate::config) no_nat_traversal: Option<Span>,
}

/// A group, or the one of the release.
pub(in crate::config) type Pfs = Option<Transform>;

/// How long an IPsec SA may live, as written.
#[derive(Clone, Default)]
pub(in crate::config) struct Limits {
    pub(in crate::config) seconds: Option<Setting<Option<Duration>>>,
    pub(in crate::config) bytes: Option<Setting<Option<u64>>>,
}

impl Limits {
    /// Takes in `seconds 3600`, `kilobytes 4608000`, `kilobytes disable`,
    /// `unlimited`, one or both.
    pub(in crate::config) fn read(&mut self, words: &[Word<'_>], faults: &mut Faults) {
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let unit = pick(&word.text, &["seconds", "kilobytes", "days", "unlimited"]);
            let Some(unit) = unit.filter(|_| word.text.len() > 1) else {
                return;
            };
            let Some(value) = words.next() else {
                return faults.note(word.span, ConfigErrorKind::Alone);
            };
            let found = Some(value.spanned());
            if unit == "kilobytes" {
                let bytes = |text: &str| match text {
                    "disable" | "unlimited" => Some(None),
                    _ => values::count(text)?.map(|count| count.checked_mul(1024)),
                };
                self.bytes = Some(faults.setting(found, Some(BYTES), bytes));
            } else {
                let factor = if unit == "days" { 86_400 } else { 1 };
                self.seconds = Some(faults.setting(found, None, |text| seconds(text, factor)));
            }
        }
    }
}

/// So many units, in seconds.
pub(in crate::config) fn seconds(text: &str, unit: u64) -> Option<Option<Duration>> {
    if text == "unlimited" || text == "none" {
        return Some(None);
    }
    let count = values::count(text)?.map_or(Some(0), |count| count.checked_mul(unit))?;
    Some((count > 0).then(|| Duration::from_secs(count)))
}

impl Entry {
    pub(in crate::config) const fn new(name: Spanned<String>) -> Self {
        Self {
            name,
            peers: Vec::new(),
            sets: Vec::new(),
            proposals: Vec::new(),
            pfs: None,
            limits: Limits {
                seconds: None,
                bytes: None,
            },
            idle: None,
            acl: None,
            ikev2_profile: None,
            isakmp_profile: None,
            dynamic: None,
            aggressive: None,
            no_nat_traversal: None,
        }
    }

    /// Takes in what stands behind `match`; false when it is not understood.
    pub(in crate::config) fn matches(&mut self, words: &[Word<'_>]) -> bool {
        let [what, name, ..] = words else {
            return false;
        };
        let address = pick(&what.text, &["address"]).is_some();
        if address {
            self.acl = Some(name.owned());
        }
        address
    }

    /// Takes in what stands behind `set`; false when it is not understood.
    pub(in crate::config) fn set(&mut self, words: &[Word<'_>], faults: &mut Faults) -> bool {
        let [what, rest @ ..] = words else {
            return false;
        };
        let names = |list: &[Word<'_>]| list.iter().map(Word::owned).take(SETS_MAX).collect();
        match pick(&what.text, &SET) {
            Some("peer") => self.peers(rest),
            Some("transform-set") => self.sets = names(rest),
            Some("ikev1") => match rest.split_first() {
                Some((kind, rest)) if pick(&kind.text, &["transform-set"]).is_some() => {
                    self.sets = names(rest);
                }
                Some((kind, [mode, ..]))
                    if kind.text == "phase1-mode" && mode.text.starts_with("agg") =>
                {
                    self.aggressive = Some(mode.span);
                }
                Some((kind, _)) => return kind.text == "phase1-mode",
                None => return false,
            },
            Some("ikev2") => match rest.split_first() {
                Some((kind, rest)) if pick(&kind.text, &["ipsec-proposal"]).is_some() => {
                    self.proposals = names(rest);
                }
                Some((kind, _)) => return ["pre-shared-key", "mode"].contains(&&*kind.text),
                None => return false,
            },
            Some("phase1-mode") => {
                let mode = rest.first().filter(|mode| mode.text.starts_with("agg"));
                self.aggressive = mode.map(|mode| mode.span);
            }
            Some("pfs") => self.pfs(what, rest.first(), faults),
            Some("security-association") => return self.association(rest, faults),
            Some("ikev2-profile") => self.ikev2_profile = rest.first().map(Word::owned),
            Some("isakmp-profile") => self.isakmp_profile = rest.first().map(Word::owned),
            Some("nat-t-disable") => self.no_nat_traversal = Some(what.span),
            Some(_) => {}
            None => return false,
        }
        true
    }

    fn peers(&mut self, words: &[Word<'_>]) {
        for word in words {
            let known = ["default", "dynamic"].contains(&&*word.text);
            if known || self.peers.len() >= PEERS_MAX {
                continue;
            }
            let host = match values::host(&word.text) {
                Some(host) => host,
                None => Host::Named(word.text.clone().into_owned()),
            };
            self.peers.push(Setting::written(host, word.span));
        }
    }

    fn pfs(&mut self, what: &Word<'_>, group: Option<&Word<'_>>, faults: &mut Faults) {
        let Some(group) = group else {
            self.pfs = Some(Setting::written(None, what.span));
            return;
        };
        match algorithms::group(&group.text) {
            Some(found) => self.pfs = Some(Setting::written(Some(found), group.span)),
            None => faults.note(group.span, ConfigErrorKind::Algorithm),
        }
    }

    fn association(&mut self, words: &[Word<'_>], faults: &mut Faults) -> bool {
        let [what, rest @ ..] = words else {
            return false;
        };
        let known = [
            "lifetime",
            "idle-time",
            "level",
            "replay",
            "dfbit",
            "ecn",
            "dummy",
        ];
        match pick(&what.text, &known) {
            Some("lifetime") => self.limits.read(rest, faults),
            Some("idle-time") => {
                let found = rest.first().map(Word::spanned);
                self.idle = Some(faults.setting(found, None, |text| seconds(text, 1)));
            }
            Some(_) => {}
            None => return false,
        }
        true
    }
}

/// What `set` sets.
const SET: [&str; 26] = [
    "peer",
    "transform-set",
    "pfs",
    "security-association",
    "ikev1",
    "ikev2",
    "ikev2-profile",
    "isakmp-profile",
    "phase1-mode",
    "nat-t-disable",
    "nat",
    "reverse-route",
    "connection-type",
    "trustpoint",
    "df-bit",
    "tfc-packets",
    "validate-icmp-errors",
    "identity",
    "ip",
    "mixed-mode",
    "security-policy",
    "session-key",
    "inheritance",
    "client",
    "tunnel",
    "responder-only",
];

/// Data after which a Cisco renews an SA: 4608000 kilobytes.
pub(in crate::config) const BYTES: u64 = 4_608_000 * 1024;

/// Transform sets of one entry.
const SETS_MAX: usize = 32;

/// Peers of one entry.
const PEERS_MAX: usize = 64;
