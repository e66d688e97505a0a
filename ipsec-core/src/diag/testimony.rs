//! What logs and configurations say about causes, joined with what the rules
//! found in the traffic.
//!
//! A log tells what its writer decided, a configuration what it would decide:
//! where the traffic leaves several explanations of one refusal, they choose.
//! Without traffic they are what there is.

use super::case::Case;
use super::catalog::{self, Scene};
use super::inquiry::Inquiry;
use super::rank::Prior;
use super::told::NOBODY;
use super::{Citation, Confidence, Finding, Fix, Severity, logged, stated};
use crate::time::Instant;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

/// One statement about a cause.
#[derive(Clone, Debug)]
pub(super) struct Testimony {
    pub(super) code: &'static str,
    /// Index of the peers it is about.
    pub(super) peers: usize,
    pub(super) severity: Severity,
    pub(super) prior: Prior,
    /// Begins a sentence of its own, with the values; empty for none.
    pub(super) detail: String,
    /// When, on the common clock, for what happened once.
    pub(super) at: Option<Instant>,
    pub(super) cited: Vec<Citation>,
    pub(super) fixes: Vec<Fix>,
    /// The first of the peers refused; `None` when nothing tells.
    pub(super) first_refuses: Option<bool>,
    /// It explains why the set-up was refused, so that other explanations of
    /// the refusal fall.
    pub(super) explains: bool,
}

/// Adds to `found` what is testified.
pub(super) fn join(case: &Inquiry<'_, '_>, found: Vec<Finding>) -> Vec<Finding> {
    let mut testimonies = logged::testimonies(case);
    testimonies.extend(stated::testimonies(case));
    let mut found = found;
    for testimony in &testimonies {
        let mut known = found.iter_mut().filter(|finding| testimony.is_of(finding));
        match known.next() {
            Some(first) => {
                testimony.strengthen(first);
                known.for_each(|other| testimony.strengthen(other));
            }
            None => found.push(testimony.finding(case)),
        }
    }
    drop_refuted(&mut found, &testimonies);
    found
}

/// Takes away what would explain a refusal that is explained by testimony.
fn drop_refuted(found: &mut Vec<Finding>, testimonies: &[Testimony]) {
    let explained = |finding: &Finding| {
        let mut decisive = testimonies.iter().filter(|one| {
            one.explains
                && one.prior.confidence == Confidence::Proven
                && one.peers == finding.subject
        });
        decisive.next().is_some()
    };
    let testified = |finding: &Finding| {
        testimonies
            .iter()
            .any(|one| one.code == finding.code && one.peers == finding.subject)
    };
    found.retain(|finding| {
        let open = finding.open.is_some() && finding.confidence < Confidence::Proven;
        !open || testified(finding) || !explained(finding)
    });
}

impl Testimony {
    fn is_of(&self, finding: &Finding) -> bool {
        finding.code == self.code && finding.subject == self.peers
    }

    /// Makes `finding` as sure as this is, and cites it. What is only worth
    /// knowing says nothing of an error.
    fn strengthen(&self, finding: &mut Finding) {
        if self.severity == Severity::Info && finding.severity > Severity::Info {
            return;
        }
        let surer = (self.prior.confidence, self.prior.weight);
        if surer > (finding.confidence, finding.weight) {
            (finding.confidence, finding.weight) = surer;
            finding.why = self.prior.why.to_string();
        }
        finding.severity = finding.severity.max(self.severity);
        self.add_to(finding);
    }

    fn add_to(&self, finding: &mut Finding) {
        let said = |detail: &str| {
            let titled = detail.strip_suffix('.') == Some(&finding.title);
            titled || finding.why.contains(detail)
        };
        if !self.detail.is_empty() && !said(&self.detail) {
            if !finding.why.is_empty() {
                finding.why.push(' ');
            }
            finding.why.push_str(&self.detail);
        }
        for citation in &self.cited {
            let fits = finding.evidence.len() < CITATIONS_MAX;
            if fits && !finding.evidence.contains(citation) {
                finding.evidence.push(citation.clone());
            }
        }
        let new = self.fixes.iter().filter(|fix| !finding.fixes.contains(fix));
        let new: Vec<Fix> = new.cloned().collect();
        finding.fixes.splice(0..0, new);
    }

    /// A finding of its own.
    fn finding(&self, case: &Inquiry<'_, '_>) -> Finding {
        let prior = self.prior;
        let mut finding = Finding::new(self.code, self.peers, self.severity, prior.confidence)
            .weight(prior.weight)
            .why(prior.why);
        finding.since = self.at;
        let scene = Scene {
            initiator_refuses: self.first_refuses,
            ..scene(case, self.peers)
        };
        let mut finding = catalog::dressed(finding, &scene);
        if finding.title.is_empty() {
            finding = match self.detail.strip_suffix('.') {
                Some(detail) => finding.title(detail),
                None => catalog::plain(finding, &scene),
            };
        }
        self.add_to(&mut finding);
        finding
    }
}

/// The ends of `peers`, in words.
pub(super) fn scene(case: &Case<'_>, peers: usize) -> Scene {
    let ends = case
        .peers_of(peers)
        .map(|peers| (peers.first, peers.second));
    match ends {
        Some((first, second)) if first != NOBODY => Scene {
            initiator: first.to_string(),
            responder: second.to_string(),
            initiator_refuses: None,
        },
        _ => Scene {
            initiator: "the initiator".into(),
            responder: "the responder".into(),
            initiator_refuses: None,
        },
    }
}

/// Witnesses of one finding.
const CITATIONS_MAX: usize = 24;
