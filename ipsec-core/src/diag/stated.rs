//! What configurations state about causes: each topic is a finding.

use super::inquiry::Inquiry;
use super::rank::{Prior, proven};
use super::testimony::Testimony;
use super::told::NOBODY;
use super::{Citation, Fix, Severity};
use crate::evidence::{Configured, Effect, Evidence, Fact, Repair, Source, Topic, Written};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Everything that configurations testify.
pub(super) fn testimonies(case: &Inquiry<'_, '_>) -> Vec<Testimony> {
    let facts = case.evidence().iter().filter_map(|one| {
        let Fact::Configured(stated) = &one.fact else {
            return None;
        };
        Some((one, stated.as_ref()))
    });
    facts
        .filter_map(|(evidence, stated)| testimony(case, evidence, stated))
        .collect()
}

fn testimony(
    case: &Inquiry<'_, '_>,
    evidence: &Evidence,
    stated: &Configured,
) -> Option<Testimony> {
    let code = code(stated.topic, stated.effect)?;
    let severity = match stated.effect {
        Effect::Fails | Effect::FailsLater => Severity::Error,
        Effect::Narrows | Effect::Differs | Effect::Weakens => Severity::Warning,
        Effect::Harmless => Severity::Info,
    };
    let cited = stated.places.iter().map(cite);
    let mut cited: Vec<Citation> = cited.collect();
    if cited.is_empty() {
        cited.push(Citation::new(
            evidence.source.clone(),
            None,
            None,
            stated.detail.clone(),
        ));
    }
    Some(Testimony {
        code,
        peers: peers(case, stated),
        severity,
        prior: prior(stated),
        detail: stated.detail.clone(),
        at: None,
        cited,
        fixes: stated
            .repairs
            .iter()
            .map(|repair| fix(stated, repair))
            .collect(),
        first_refuses: None,
        explains: matches!(stated.effect, Effect::Fails),
    })
}

fn cite(place: &Written) -> Citation {
    let source = match place.line {
        Some(line) => Source::Line {
            input: place.input,
            line,
        },
        None => Source::Input { input: place.input },
    };
    Citation::new(source, None, None, place.shows.clone())
}

fn fix(stated: &Configured, repair: &Repair) -> Fix {
    let (own, other) = match repair.asking {
        true => (stated.ends.asking.first(), stated.ends.answering.first()),
        false => (stated.ends.answering.first(), stated.ends.asking.first()),
    };
    let role = match (is_alone(stated), repair.asking) {
        (false, true) => "first end",
        (false, false) => "second end",
        (true, true) => "the end that is configured so",
        (true, false) => "the other end",
    };
    Fix {
        side: match (own, other) {
            (Some(address), _) => format!("{address} ({role})"),
            (None, Some(peer)) => format!("the peer of {peer} ({role})"),
            (None, None) => role.into(),
        },
        text: bare(&repair.text),
        patch: repair.patch.clone(),
        weakens_security: repair.weakens,
    }
}

/// What to do, without the end that the side names anyway.
fn bare(text: &str) -> String {
    let what = text
        .strip_prefix("At ")
        .and_then(|rest| rest.split_once(": "));
    what.map_or(text, |(_, what)| what).into()
}

/// Whether it stands in one configuration alone.
fn is_alone(stated: &Configured) -> bool {
    let first = stated.places.first().map(|place| place.input);
    let mut places = stated.places.iter();
    places.all(|place| Some(place.input) == first)
}

/// The peers that a configuration is about: those with its addresses, or the
/// only ones.
fn peers(case: &Inquiry<'_, '_>, stated: &Configured) -> usize {
    let pairs = stated.ends.asking.iter().flat_map(|asking| {
        let answering = stated.ends.answering.iter();
        answering.map(move |answering| (*asking, *answering))
    });
    let known = pairs.filter_map(|(a, b)| case.known_peers(a, b)).next();
    let nobody = || case.known_peers(NOBODY, NOBODY);
    match known.or_else(nobody) {
        Some((peers, _)) => peers,
        None => 0,
    }
}

fn prior(stated: &Configured) -> Prior {
    match stated.effect {
        Effect::Fails if is_alone(stated) => proven(98, STATED),
        Effect::Fails => proven(98, FAILS),
        Effect::FailsLater if is_alone(stated) => proven(90, STATED),
        Effect::FailsLater => proven(90, LATER),
        Effect::Narrows | Effect::Differs => proven(60, STATED),
        Effect::Weakens => proven(55, STATED),
        Effect::Harmless => proven(50, STATED),
    }
}

/// The finding that a topic makes, where it makes one.
const fn code(topic: Topic, effect: Effect) -> Option<&'static str> {
    Some(match (topic, effect) {
        (Topic::SharedKeyMissing, Effect::Harmless) => "psk-one-sided",
        (Topic::SharedKeyByAddress, Effect::Weakens) => "dynamic-address-main-mode-psk",
        (Topic::Certificate, Effect::Weakens) => "windows-l2tp-certificate",
        (topic, _) => return code_of(topic),
    })
}

const fn code_of(topic: Topic) -> Option<&'static str> {
    Some(match topic {
        Topic::Version => "ike-version-mismatch",
        Topic::Phase1 => "exchange-mode-mismatch",
        Topic::IkeProposal => "no-common-ike-proposal",
        Topic::Method => "auth-method-mismatch",
        Topic::Identity => "peer-id-mismatch",
        Topic::SharedKey => "psk-mismatch",
        Topic::SharedKeyMissing => "psk-missing",
        Topic::SharedKeyByAddress => "psk-lookup-by-nat-address",
        Topic::SharedKeyWeak => "psk-weak",
        Topic::ChildProposal => "no-common-esp-proposal",
        Topic::Pfs => "pfs-mismatch",
        Topic::PfsGroup => "pfs-group-mismatch",
        Topic::PfsAbsent => "pfs-absent",
        Topic::Selectors => "traffic-selector-mismatch",
        Topic::NotMirrored => "crypto-acl-not-mirrored",
        Topic::SelectorsOfSa => "crypto-acl-sa-mismatch",
        Topic::SaTable => "sa-table-not-swapped",
        Topic::SaUnpaired => "sa-unpaired",
        Topic::Mode => "ipsec-mode-mismatch",
        Topic::Lifetime => "lifetime-mismatch",
        Topic::SoftLifetime => "lifetime-soft-hard",
        Topic::LifetimeByDefault => "lifetime-by-default",
        Topic::IdleTimeout => "idle-timeout",
        Topic::NatTraversal => "nat-traversal-one-sided",
        Topic::DeadPeerDetection => "dpd-one-sided",
        Topic::Fragmentation => "ike-fragmentation-one-sided",
        Topic::WeakSuite => "suite-weak",
        Topic::NoIntegrity => "esp-without-integrity",
        Topic::AuthenticationHeader => "ah-contents-readable",
        Topic::WeakDefaults => "policy-defaults-weak",
        Topic::NotApplied => "crypto-map-not-applied",
        Topic::OneMapPerInterface => "crypto-map-per-site",
        Topic::Filtered => "firewall-between",
        Topic::PortForProtocol => "port-protocol-confusion",
        Topic::Order => "policy-order",
        Topic::Asymmetric => "policy-asymmetric",
        Topic::DynamicPeer => "responder-only",
        Topic::AggressiveSharedKey => "psk-exposed-by-aggressive",
        Topic::VirtualAddress => "virtual-ip-mismatch",
        Topic::Overlap => "route-via-vpn",
        Topic::Release => "ike-release-fault",
        Topic::Connection | Topic::Certificate | Topic::NameService => return None,
    })
}

const FAILS: &str = "The two configurations do not fit.";
const LATER: &str = "The two configurations fit until keys are renewed.";
const STATED: &str = "So it stands in the configuration.";
