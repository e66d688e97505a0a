//! What the rules that read logs have in common: lines, by peers and by log.

use crate::diag::case::Case;
use crate::diag::inquiry::Inquiry;
use crate::diag::told::{NOBODY, Told};
use crate::diag::{Citation, testimony};
use crate::evidence::LogEvent;
use crate::sorted::Map;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

/// What the logs say of some peers, in the order of the common clock.
pub(super) type Lines<'c, 'a> = Vec<&'c Told<'a>>;

/// All lines, by peers.
pub(super) fn by_peers<'c, 'a>(case: &'c Inquiry<'_, 'a>) -> Map<usize, Lines<'c, 'a>> {
    let mut all: Map<usize, Lines<'c, 'a>> = Map::new();
    for told in &case.told {
        all.entry(told.peers).or_default().push(told);
    }
    all
}

/// All lines, by peers and then by log.
pub(super) fn by_log<'c, 'a>(case: &'c Inquiry<'_, 'a>) -> Vec<(usize, Lines<'c, 'a>)> {
    let mut all: Map<(usize, usize), Lines<'c, 'a>> = Map::new();
    for told in &case.told {
        all.entry((told.peers, told.input()))
            .or_default()
            .push(told);
    }
    all.into_iter()
        .map(|((peers, _), lines)| (peers, lines))
        .collect()
}

/// Cites a line.
pub(super) fn cite(told: &Told<'_>) -> Citation {
    cite_as(told, told.logged.to_string())
}

/// Cites a line for what it shows.
pub(super) fn cite_as(told: &Told<'_>, shows: impl Into<String>) -> Citation {
    let evidence = told.evidence;
    Citation::new(evidence.source.clone(), evidence.at, None, shows)
}

/// `192.0.2.10 and 198.51.100.20`, or what stands for them.
pub(super) fn both(case: &Case<'_>, peers: usize) -> String {
    let scene = testimony::scene(case, peers);
    format!("{} and {}", scene.initiator, scene.responder)
}

/// The end that wrote the line, or what stands for it.
pub(super) fn writer(case: &Case<'_>, told: &Told<'_>) -> String {
    named_writer(case, told).unwrap_or_else(|| "the end that writes the log".into())
}

/// The address of the end that wrote the line, where it is known.
pub(super) fn named_writer(case: &Case<'_>, told: &Told<'_>) -> Option<String> {
    let peers = case.peers_of(told.peers)?;
    let end = if told.by_first? {
        peers.first
    } else {
        peers.second
    };
    (end != NOBODY).then(|| end.to_string())
}

/// An SA of phase 1, or of IKEv2.
pub(super) const fn is_ike_up(event: &LogEvent) -> bool {
    matches!(event, LogEvent::IkeEstablished)
}

/// An IPsec SA pair.
pub(super) const fn is_child_up(event: &LogEvent) -> bool {
    matches!(event, LogEvent::ChildEstablished(_))
}

/// Lines of one kind that a finding cites.
pub(super) const CITED_MAX: usize = 4;
