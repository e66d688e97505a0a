//! What cannot be read: what stays encrypted although keys were given, and
//! which keys would open it; what the capture cut off.

use super::Unknown;
use super::case::{Case, Flow, IkeSa};
use super::clocks::Input;
use super::refusal::is_probe;
use crate::evidence::{Opening, UnsealFault, Unsealing};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// The questions that this leaves open; none about encrypted parts where no keys
/// were given.
pub(super) fn unknowns(case: &Case<'_>) -> Vec<Unknown> {
    let judged = case.sas.iter().filter(|sa| !is_probe(case, sa.peers));
    let judged: Vec<(&IkeSa<'_>, Closed)> = judged
        .filter_map(|sa| Some((sa, Closed::of(sa)?)))
        .collect();
    let of = |kind: Closed| {
        let sas = judged.iter().filter(|(_, closed)| *closed == kind);
        sas.map(|(sa, _)| spis(sa)).collect::<Vec<String>>()
    };
    let flows = case.flows.iter();
    let flows: Vec<String> = flows.filter(|flow| stays_closed(flow)).map(named).collect();
    let cut: Vec<String> = case.inputs.iter().filter_map(cut).collect();
    [
        question(
            "What stands in the part of the packets that was not captured?",
            &cut,
            |cut| format!("a capture of whole packets (tcpdump -s 0): {cut}"),
        ),
        question(
            "What do the encrypted messages hold? Nothing that was given opens them.",
            &of(Closed::NoKey),
            |spis| format!("the keys of the IKE SA with the SPIs {spis}; a pre-shared key opens IKEv1 only, with the secret of the key exchange"),
        ),
        question(
            "What do the encrypted messages hold? The keys that were given for their SPIs do not fit.",
            &of(Closed::WrongKey),
            |spis| format!("the keys of this very IKE SA, with the SPIs {spis}: another attempt has others"),
        ),
        question(
            "What do the encrypted messages hold? Their algorithms are not supported here.",
            &of(Closed::Unsupported),
            |spis| format!("the logs of both ends about the IKE SA with the SPIs {spis}"),
        ),
        question(
            "What do the protected packets hold? Nothing that was given opens them.",
            &flows,
            |spis| format!("the keys of {spis}: SA tables of the hosts, an esp_sa table, or the IKE SA from its first message on"),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Why all encrypted messages of an IKE SA stay closed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Closed {
    NoKey,
    WrongKey,
    Unsupported,
}

impl Closed {
    /// `None` where one of them is open, or no keys were given. What stays
    /// closed beside open messages is a matter of the rules.
    fn of(sa: &IkeSa<'_>) -> Option<Self> {
        let sealed = sa.messages.iter().filter_map(|m| m.ike.sealed.as_ref());
        let states: Vec<Unsealing> = sealed.filter_map(|sealed| sealed.unsealing).collect();
        let unsupported = Unsealing::Failed(UnsealFault::Unsupported);
        if states.is_empty() || states.iter().any(|state| state.is_open()) {
            None
        } else if states.contains(&unsupported) {
            Some(Self::Unsupported)
        } else if states.iter().all(|state| *state == Unsealing::NoKey) {
            Some(Self::NoKey)
        } else {
            Some(Self::WrongKey)
        }
    }
}

fn question(asks: &str, what: &[String], decided_by: impl Fn(&str) -> String) -> Option<Unknown> {
    let named = what.iter().take(NAMED_MAX);
    let decided_by: Vec<String> = named.map(|one| decided_by(one)).collect();
    (!what.is_empty()).then(|| Unknown {
        question: asks.into(),
        decided_by,
    })
}

/// `7 of 9 packets of input 1 are cut`.
fn cut(input: &Input<'_>) -> Option<String> {
    let summary = input.summary.filter(|summary| summary.cut > 0)?;
    let (cut, all) = (summary.cut, summary.packets);
    let number = input.index.saturating_add(1);
    Some(format!("{cut} of {all} packets of input {number} are cut"))
}

/// `0123456789abcdef and fedcba9876543210`.
fn spis(sa: &IkeSa<'_>) -> String {
    let responders = sa.messages.iter().map(|message| message.ike.spi_r);
    match responders.max().filter(|spi| *spi != 0) {
        Some(responder) => format!("{:016x} and {responder:016x}", sa.spi),
        None => format!("{:016x}", sa.spi),
    }
}

/// Keys were given, and not one packet of the flow is open.
fn stays_closed(flow: &Flow<'_>) -> bool {
    let views = flow.views.iter();
    let mut openings = views
        .filter_map(|view| view.fact.opening.as_deref())
        .peekable();
    openings.peek().is_some() && openings.all(|opening: &Opening| opening.opened() == 0)
}

fn named(flow: &Flow<'_>) -> String {
    let protocol = if flow.is_ah { "AH" } else { "ESP" };
    let to = flow.best().map(|view| view.fact.tally.route.to.ip());
    let to = to.map_or_else(String::new, |to| format!(" to {to}"));
    format!("{protocol} SPI {:08x}{to}", flow.spi)
}

/// SAs that a question names.
const NAMED_MAX: usize = 4;

#[cfg(test)]
mod tests {
    use crate::diag::diagnose;
    use crate::diag::ladder::ladder;

    fn asked(last: &str) -> Vec<String> {
        let text = format!(
            "0.0 a>b INIT q0
             0.1 b>a INIT r0
             0.2 a>b AUTH q1 in=35:230 {last}
             0.3 b>a AUTH r1 in=36:176 {last}
             1.0 a>b ESP spi=7 x3 nokey=3
             1.0 b>a ESP spi=8 x3 ok=3"
        );
        let unknowns = diagnose(&ladder(&text)).unknowns;
        let lines = unknowns.into_iter();
        lines
            .map(|unknown| format!("{} {}", unknown.question, unknown.decided_by.join("; ")))
            .collect()
    }

    #[test]
    fn keys_of_another_tunnel() {
        let asked = asked("closed=nokey");
        assert!(asked[0].contains("Nothing that was given opens them"));
        assert!(asked[0].contains("0000000000000001 and 00000000000003e9"));
        assert!(asked[1].contains("ESP SPI 00000007 to 198.51.100.20"));
    }

    #[test]
    fn keys_that_name_the_tunnel_and_do_not_fit() {
        assert!(asked("closed=wrongkey")[0].contains("do not fit"));
    }

    #[test]
    fn near_miss_open_messages_and_no_keys_at_all() {
        for given in ["{ auth=2 }", ""] {
            let asked = asked(given);
            assert!(
                asked.iter().all(|line| !line.contains("messages hold")),
                "{given}"
            );
        }
    }

    #[test]
    fn packets_cut_by_the_snap_length() {
        let asked = asked("cut");
        assert!(
            asked
                .iter()
                .any(|line| line.contains("of 6 packets of input 1 are cut"))
        );
    }
}
