//! Algorithms that a standard advises against, as a connection states them or
//! leaves them to its device.

use super::alone::{One, protects};
use super::words;
use crate::config::algorithms::prf_of;
use crate::config::compare;
use crate::config::model::{Setting, Versions};
use crate::config::profile::{Profile, Status};
use crate::crypto::suite;
use crate::evidence::{Configured, Effect, Topic};
use crate::sa::proposal::{Proposal, Transform};
use crate::wire::registry::ike::{Encryption, ProtocolId, TransformType};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

pub(super) fn facts(one: &One<'_>, profile: Profile) -> Vec<Configured> {
    let connection = one.held.connection;
    let mut facts = Vec::new();
    facts.extend(judged(one, profile, ProtocolId::IKE, &connection.proposals));
    for child in connection.children.iter().take(compare::CHILDREN_MAX) {
        if let Some(first) = child.proposals.first().filter(|_| protects(child)) {
            let protocol = first.value.protocol;
            facts.extend(judged(one, profile, protocol, &child.proposals));
            facts.extend(no_integrity(one, &child.proposals));
        }
    }
    facts.dedup_by(|one, other| one.topic == other.topic && one.detail == other.detail);
    facts.extend(ikev1(one, profile));
    facts
}

/// Weak algorithms of written proposals, and those that the device fills in.
fn judged(
    one: &One<'_>,
    profile: Profile,
    protocol: ProtocolId,
    list: &[Setting<Proposal>],
) -> Vec<Configured> {
    let by_default = list.iter().all(|one| one.span().is_none());
    let (mut written, mut filled) = (Vec::new(), Vec::new());
    let (mut place, mut place_of_filled) = (None, None);
    for proposal in list.iter().take(compare::PROPOSALS_MAX) {
        let span = proposal.span();
        if span.is_none() && !by_default {
            continue;
        }
        for transform in &proposal.value.transforms {
            let status = profile.judge(protocol, transform);
            if status == Status::May || follows(&proposal.value, transform) {
                continue;
            }
            let (list, at) = match is_filled(one, proposal, transform) {
                true => (&mut filled, &mut place_of_filled),
                false => (&mut written, &mut place),
            };
            if !list.contains(&(*transform, status)) {
                list.push((*transform, status));
            }
            *at = at.or(span);
        }
    }
    let what = match protocol {
        ProtocolId::IKE => "the IKE SA",
        ProtocolId::AH => "AH",
        _ => "ESP",
    };
    let source = profile.source(protocol);
    let mut facts = Vec::new();
    if !written.is_empty() {
        let names = named(&written, source);
        let detail = format!("{} takes weak algorithms for {what}: {names}.", one.name);
        let fact = one.fact(Topic::WeakSuite, Effect::Weakens, detail);
        facts.push(one.at(fact, place, names));
    }
    if !filled.is_empty() {
        let names = named(&filled, source);
        let detail = format!(
            "{} leaves algorithms for {what} unwritten, and its device fills in {names}.",
            one.name
        );
        let fact = one.fact(Topic::WeakDefaults, Effect::Weakens, detail);
        let fact = one.at(fact, place_of_filled, "algorithms left out");
        facts.push(one.at(fact, None, names));
    }
    for fact in &mut facts {
        let text = "Write AES-256 or AES-GCM, SHA-256 or better, and group 14, 19 or better.";
        fact.repairs.push(one.repair(text.into()));
    }
    facts
}

/// Whether it is the PRF over a hash that is named as well.
fn follows(proposal: &Proposal, one: &Transform) -> bool {
    let mut macs = proposal.transforms.iter();
    one.kind == TransformType::PRF && macs.any(|mac| prf_of(mac) == Some(*one))
}

/// Whether the device chose this algorithm.
fn is_filled(one: &One<'_>, proposal: &Setting<Proposal>, transform: &Transform) -> bool {
    let Some(span) = proposal.span() else {
        return true;
    };
    let mut filled = one.held.model.filled.iter().take(FILLED_MAX);
    filled.any(|filled| filled.proposal == span && filled.kind == transform.kind)
}

/// `DES (RFC 8247: MUST NOT), MODP1024 (RFC 8247: SHOULD NOT)`.
fn named(list: &[(Transform, Status)], source: &str) -> String {
    let each = list.iter().take(SHOWN_MAX).map(|(transform, status)| {
        let word = match status {
            Status::MustNot => "MUST NOT",
            Status::ShouldNot | Status::May => "SHOULD NOT",
        };
        format!("{} ({source}: {word})", words::transform(transform))
    });
    let names: Vec<String> = each.collect();
    names.join(", ")
}

/// A proposal for ESP that anybody can change on the way.
fn no_integrity(one: &One<'_>, list: &[Setting<Proposal>]) -> Option<Configured> {
    let found = list.iter().find(|proposal| {
        let transforms = &proposal.value.transforms;
        let macs = transforms
            .iter()
            .any(|one| one.kind == TransformType::INTEG && one.id != 0);
        let mut ciphers = transforms
            .iter()
            .filter(|one| one.kind == TransformType::ENCR);
        let open = ciphers.any(|one| {
            suite::encryption(Encryption(one.id)).is_some_and(|cipher| !cipher.is_aead())
        });
        proposal.value.protocol == ProtocolId::ESP && open && !macs
    })?;
    let shown = words::proposal(&found.value);
    let detail = format!(
        "{} takes ESP without integrity protection ({shown}): packets can be changed on the way (RFC 8221 §4: MUST NOT).",
        one.name
    );
    let fact = one.fact(Topic::NoIntegrity, Effect::Weakens, detail);
    let mut fact = one.at(fact, found.span(), shown);
    let text = "Add a hash, such as HMAC-SHA-256, or use AES-GCM.";
    fact.repairs.push(one.repair(text.to_string()));
    Some(fact)
}

fn ikev1(one: &One<'_>, profile: Profile) -> Option<Configured> {
    let versions = &one.held.connection.versions;
    if versions.value != Versions::V1 || profile.judge_ikev1() != Status::MustNot {
        return None;
    }
    let detail = format!("{} speaks IKEv1 alone, which CNSA does not have.", one.name);
    let fact = one.fact(Topic::WeakSuite, Effect::Weakens, detail);
    Some(one.at(fact, versions.span(), words::versions(versions.value)))
}

/// Weak algorithms that are named.
const SHOWN_MAX: usize = 12;

/// Notes on what is filled in that are looked through.
const FILLED_MAX: usize = 4096;
