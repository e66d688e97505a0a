//! What configurations state about causes: each topic is a finding.

use super::inquiry::Inquiry;
use super::rank::{Prior, proven};
use super::testimony::Testimony;
use super::told::NOBODY;
use super::{Citation, Fix, Severity};
use crate::evidence::{Configured, Effect, Evidence, Fact, Repair, Source, Topic, Written};
use alloc::format;
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
    let code = code(stated.topic)?;
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
        prior: prior(stated.effect),
        detail: stated.detail.clone(),
        at: None,
        cited,
        fixes: stated
            .repairs
            .iter()
            .map(|repair| fix(stated, repair))
            .collect(),
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
    let (address, role) = match repair.asking {
        true => (stated.ends.asking.first(), "first end"),
        false => (stated.ends.answering.first(), "second end"),
    };
    Fix {
        side: match address {
            Some(address) => format!("{address} ({role})"),
            None => role.into(),
        },
        text: repair.text.clone(),
        patch: repair.patch.clone(),
        weakens_security: repair.weakens,
    }
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

const fn prior(effect: Effect) -> Prior {
    match effect {
        Effect::Fails => proven(98, FAILS),
        Effect::FailsLater => proven(90, LATER),
        Effect::Narrows | Effect::Differs | Effect::Weakens | Effect::Harmless => {
            proven(60, STATED)
        }
    }
}

/// The finding that a topic makes.
const fn code(topic: Topic) -> Option<&'static str> {
    Some(match topic {
        Topic::Version => "ike-version-mismatch",
        Topic::Phase1 => "exchange-mode-mismatch",
        Topic::IkeProposal => "no-common-ike-proposal",
        Topic::Method => "auth-method-mismatch",
        Topic::Identity => "peer-id-mismatch",
        Topic::SharedKey => "psk-mismatch",
        Topic::SharedKeyMissing => "psk-missing",
        Topic::SharedKeyByAddress => "psk-lookup-by-nat-address",
        Topic::ChildProposal => "no-common-esp-proposal",
        Topic::Pfs => "pfs-mismatch",
        Topic::PfsGroup => "pfs-group-mismatch",
        Topic::Selectors => "traffic-selector-mismatch",
        Topic::Lifetime => "lifetime-mismatch",
        Topic::WeakSuite => "suite-weak",
        Topic::NoIntegrity => "esp-without-integrity",
        Topic::AggressiveSharedKey => "psk-exposed-by-aggressive",
        Topic::VirtualAddress => "virtual-ip-mismatch",
        Topic::Connection
        | Topic::SharedKeyWeak
        | Topic::PfsAbsent
        | Topic::NotMirrored
        | Topic::SelectorsOfSa
        | Topic::SaTable
        | Topic::SaUnpaired
        | Topic::Mode
        | Topic::SoftLifetime
        | Topic::LifetimeByDefault
        | Topic::IdleTimeout
        | Topic::NatTraversal
        | Topic::DeadPeerDetection
        | Topic::Fragmentation
        | Topic::AuthenticationHeader
        | Topic::WeakDefaults
        | Topic::NotApplied
        | Topic::OneMapPerInterface
        | Topic::Filtered
        | Topic::PortForProtocol
        | Topic::Order
        | Topic::Asymmetric
        | Topic::DynamicPeer
        | Topic::Certificate
        | Topic::Overlap
        | Topic::NameService
        | Topic::Release => return None,
    })
}

const FAILS: &str = "The two configurations do not fit.";
const LATER: &str = "The two configurations fit until keys are renewed.";
const STATED: &str = "So it stands in the configuration.";
