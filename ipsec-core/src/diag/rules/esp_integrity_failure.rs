//! # esp-integrity-failure
//!
//! Protected packets do not pass the integrity check.
//!
//! ## What happened
//!
//! The check value (ICV) of ESP or AH packets is not the one that their key
//! makes, although the same key opens other packets of the SA: a device on the
//! way changed them, somebody forged them, or one end computes the value
//! otherwise. The receiver drops them. Padding that is wrong under a right check
//! value is always the sender's doing.
//!
//! ## How it is recognised
//!
//! With the keys of the SA each check value is computed anew. A few wrong ones
//! among many right ones point to the path or to an attacker, many to a peer
//! that is broken. A capture near the sender that shows them right proves that
//! they were changed on the way.
//!
//! Packets that the snap length cut are not judged. A capture taken on a sender
//! whose network card does the encryption shows packets before that is done.
//!
//! ## What to do
//!
//! Look for the device between the ends that rewrites packets (a middlebox that
//! "helps" IPsec, bad memory, a checksum offload). If all packets of one size
//! or kind are wrong, suspect the implementation that sends them.
//!
//! ## What would prove it
//!
//! `--keys` with those of the SA (`ip xfrm state`, an `esp_sa` table, or the keys
//! of the IKE SA from which they follow). A second capture near the sender shows
//! where the packets were changed.
//!
//! ## References
//!
//! RFC 4303 §3.4.4; RFC 4302 §3.4.4; RFC 4303 §2.4.

use crate::diag::case::{Filed, Flow};
use crate::diag::finding::{self, end_of};
use crate::diag::inquiry::Inquiry;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::{Occurrence, Opening, ProtectedFlow};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

rule!("esp-integrity-failure", "protected packets do not pass the integrity check", check, "esp_integrity_failure.rs", brings: ["esp-replay", "packet-loss"]);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let spoilt = case.flows.iter().filter_map(|flow| spoilt(case, flow));
    spoilt.map(|spoilt| of(case, &spoilt)).collect()
}

/// Packets of a flow that do not pass.
struct Spoilt<'c, 'a> {
    flow: &'c Flow<'a>,
    view: &'c Filed<'a, ProtectedFlow>,
    opening: &'a Opening,
    /// Another view of the flow, in which all packets pass.
    intact: Option<&'c Filed<'a, ProtectedFlow>>,
}

fn spoilt<'c, 'a>(case: &'c Inquiry<'_, 'a>, flow: &'c Flow<'a>) -> Option<Spoilt<'c, 'a>> {
    let whole = |view: &&Filed<'a, ProtectedFlow>| {
        let summary = case.input(view.input()).and_then(|input| input.summary);
        summary.is_none_or(|summary| summary.cut == 0)
    };
    let views = flow.views.iter().filter(whole);
    let opened = views.filter_map(|view| {
        let opening = view.fact.opening.as_deref()?;
        (opening.opened() > 0).then_some((view, opening))
    });
    let count = |opening: &Opening| {
        let (icv, padding) = (opening.wrong_icv.count, opening.wrong_padding.count);
        icv.saturating_add(padding)
    };
    let (view, opening) = opened.clone().max_by_key(|(_, opening)| count(opening))?;
    let intact = opened.clone().find(|(_, opening)| count(opening) == 0);
    (count(opening) > 0).then_some(Spoilt {
        flow,
        view,
        opening,
        intact: intact.map(|(view, _)| view),
    })
}

fn of(case: &Inquiry<'_, '_>, spoilt: &Spoilt<'_, '_>) -> Finding {
    let &Spoilt { flow, opening, .. } = spoilt;
    let (from, to) = (
        end_of(case, flow.peers, flow.from_first),
        end_of(case, flow.peers, !flow.from_first),
    );
    let (icv, padding) = (opening.wrong_icv, opening.wrong_padding);
    let wrong = icv.count.saturating_add(padding.count);
    let right = opening.opened();
    let many = wrong >= right;
    let severity = match many {
        true => Severity::Error,
        false => Severity::Warning,
    };
    let finding = Finding::new(RULE.code, flow.peers, severity, Confidence::Proven)
        .title(format!(
            "{wrong} of {} from {from} do not pass the integrity check of {to} (SPI {:08x})",
            finding::count(wrong.saturating_add(right), "packet"),
            flow.spi
        ))
        .weight(72)
        .refs(&["RFC 4303 §3.4.4", "RFC 4302 §3.4.4", "RFC 4303 §2.4"]);
    let finding = cited(finding, spoilt, icv, "the check value is wrong");
    let finding = cited(finding, spoilt, padding, "the padding is wrong");
    match (icv.count, spoilt.intact) {
        (0, _) => finding
            .why("The check value is right, so these packets are the sender's own, and yet they do not end in padding.")
            .who(Who::Software)
            .fix(from, "Update the IPsec implementation: it builds packets that nobody accepts."),
        (_, Some(intact)) => finding
            .why("One capture shows these packets right, the other wrong: they were changed between the two.")
            .who(Who::Path)
            .cite(finding::flow(intact, "all packets pass"))
            .fix("the path between the captures", "Find the device that rewrites protected packets."),
        (_, None) => somewhere(finding, from, many),
    }
}

/// Nothing shows where the packets became wrong.
fn somewhere(finding: Finding, from: String, many: bool) -> Finding {
    let finding = match many {
        true => finding
            .who(Who::Software)
            .why("As many packets are wrong as right under the same key: chance and attackers do not reach that, an implementation does."),
        false => finding
            .who(Who::Path)
            .why("The same key opens the other packets of the SA: these were changed on the way, or forged."),
    };
    finding
        .fix("the path between them", "Find the device that changes protected packets, or the host that forges them; a capture at either end tells on which side it is.")
        .fix(from, "If the capture was taken here, switch off the network card's IPsec offload first: it shows packets before they are complete.")
}

fn cited(finding: Finding, spoilt: &Spoilt<'_, '_>, of: Occurrence, shows: &str) -> Finding {
    let Some(first) = of.first else {
        return finding;
    };
    let shows = format!("{}: {shows}, first in packet {first}", of.count);
    finding.cite(finding::flow(spoilt.view, shows))
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes, found};
    use crate::diag::{Severity, Who};

    const UP: &str = "0.0 a>b INIT q0
        0.1 b>a INIT r0
        0.2 a>b AUTH q1 in=35:230
        0.3 b>a AUTH r1 in=36:176
        1.0 b>a ESP spi=8 x9";

    #[test]
    fn a_few_wrong_ones_were_changed_on_the_way() {
        let text = format!("{UP}\n1.0 a>b ESP spi=7 x9 ok=7 icv=2");
        let found = found(&text, "esp-integrity-failure");
        assert_eq!((found.severity, found.who), (Severity::Warning, Who::Path));
        assert!(found.title.starts_with("2 of 9 packets from 192.0.2.10"));
        assert_eq!(cause(&text), Some("esp-integrity-failure"));
    }

    #[test]
    fn as_many_wrong_as_right_is_a_broken_end() {
        let text = format!("{UP}\n1.0 a>b ESP spi=7 x9 ok=1 icv=8");
        let found = found(&text, "esp-integrity-failure");
        assert_eq!(
            (found.severity, found.who),
            (Severity::Error, Who::Software)
        );
    }

    #[test]
    fn wrong_padding_is_the_senders() {
        let text = format!("{UP}\n1.0 a>b ESP spi=7 x9 ok=8 pad=1");
        let found = found(&text, "esp-integrity-failure");
        assert_eq!(found.who, Who::Software);
        assert!(found.evidence[0].shows.contains("padding"));
    }

    #[test]
    fn right_near_the_sender_and_wrong_near_the_receiver() {
        let text = format!(
            "input 0\n{UP}\n1.0 a>b ESP spi=7 x9 ok=9
             input 1\n{UP}\n1.0 a>b ESP spi=7 x9 ok=2 icv=7"
        );
        let found = found(&text, "esp-integrity-failure");
        assert_eq!(found.who, Who::Path);
        assert!(found.why.contains("changed between the two"));
    }

    #[test]
    fn near_miss_a_key_that_opens_nothing() {
        let text = format!("{UP}\n1.0 a>b ESP spi=7 x9 wrongkey=9");
        assert!(!codes(&text).contains(&"esp-integrity-failure"));
    }

    #[test]
    fn near_miss_packets_cut_by_the_capture() {
        let text = format!("{UP}\n1.0 a>b ESP spi=7 x9 ok=7 icv=2 cut");
        assert!(!codes(&text).contains(&"esp-integrity-failure"));
    }
}
