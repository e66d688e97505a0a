//! Who said what to whom, and when: one ladder for each pair of peers in each
//! input, as text, as Mermaid and as SVG.
//!
//! Copies of a message are one rung that says how many there were; data
//! packets are one rung for each SPI and direction.

mod mermaid;
mod svg;
mod text;

use super::clock::since;
use super::{InputName, facts};
use crate::evidence::{Evidence, Fact, Route, Source};
use crate::sorted::{self, Map};
use crate::time::Instant;
use core::net::IpAddr;

/// All conversations of some evidence, each as a ladder.
#[derive(Clone, Debug)]
pub struct Ladders(Vec<Ladder>);

/// What went between two addresses, as one input shows it.
#[derive(Clone, Debug)]
struct Ladder {
    input: String,
    left: IpAddr,
    right: IpAddr,
    rungs: Vec<Rung>,
}

/// One message, flow or event.
#[derive(Clone, Debug)]
struct Rung {
    at: Instant,
    /// Time since the input began.
    time: String,
    /// Number of the (first) packet.
    number: u64,
    rightwards: bool,
    kind: Kind,
    label: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Request,
    Answer,
    Data,
    Trouble,
}

impl Ladders {
    /// The conversations that `evidence` from `inputs` tells of.
    #[must_use]
    pub fn new(inputs: &[InputName], evidence: &[Evidence]) -> Self {
        let mut ladders: Map<(usize, (IpAddr, IpAddr)), Vec<Rung>> = Map::new();
        let starts = starts(evidence);
        for one in evidence {
            let (Some(input), Some((pair, rung))) = (one.source.input(), rung(one, &starts)) else {
                continue;
            };
            ladders.entry((input, pair)).or_default().push(rung);
        }
        let ladders = ladders.into_iter().map(|((input, pair), mut rungs)| {
            sorted::by_key(&mut rungs, |rung| (rung.at, rung.number));
            let name = inputs.get(input).map(|input| input.name.clone());
            Ladder::new(name.unwrap_or_default(), pair, rungs)
        });
        Self(ladders.collect())
    }
}

impl Ladder {
    /// Whoever speaks first stands on the left.
    fn new(input: String, (low, high): (IpAddr, IpAddr), mut rungs: Vec<Rung>) -> Self {
        let low_first = rungs.first().is_none_or(|rung| rung.rightwards);
        if !low_first {
            for rung in &mut rungs {
                rung.rightwards = !rung.rightwards;
            }
        }
        let (left, right) = if low_first { (low, high) } else { (high, low) };
        Self {
            input,
            left,
            right,
            rungs,
        }
    }
}

fn starts(evidence: &[Evidence]) -> Map<usize, Instant> {
    let mut starts = Map::new();
    for one in evidence {
        if let (Some(input), Fact::Capture(summary)) = (one.source.input(), &one.fact)
            && let Some(first) = summary.first
        {
            starts.insert(input, first);
        }
    }
    starts
}

/// The rung that a fact makes, and between whom; arrows go from the lower
/// address to the higher one if rightwards.
fn rung(one: &Evidence, starts: &Map<usize, Instant>) -> Option<((IpAddr, IpAddr), Rung)> {
    let at = one.at?;
    let start = starts.get(&one.source.input()?).copied().unwrap_or(at);
    let (route, rightwards, kind, label) = match &one.fact {
        Fact::Ike(message) => {
            let kind = match message.response {
                true => Kind::Answer,
                false => Kind::Request,
            };
            let label = facts::message(message, start);
            (message.route, forth(message.route), kind, label)
        }
        Fact::Protected(flow) => {
            let label = facts::flow(flow, start);
            (flow.tally.route, forth(flow.tally.route), Kind::Data, label)
        }
        Fact::Keepalives(tally) => {
            let label = facts::keepalives(tally.packets);
            (tally.route, forth(tally.route), Kind::Data, label)
        }
        Fact::Icmp(error) => {
            // It comes back against the direction of what it speaks of.
            let label = facts::icmp(error);
            (error.about, !forth(error.about), Kind::Trouble, label)
        }
        Fact::IncompleteDatagram(datagram) => {
            let route = datagram.tally.route;
            (route, forth(route), Kind::Trouble, facts::lost(datagram))
        }
        Fact::Clear(_)
        | Fact::Capture(_)
        | Fact::Outline(_)
        | Fact::Logged(_)
        | Fact::Configured(_) => return None,
    };
    let number = match one.source {
        Source::Packet { number, .. } => number,
        Source::Line { .. } | Source::Input { .. } | Source::Live => 0,
    };
    let rung = Rung {
        at,
        time: since(at, start),
        number,
        rightwards,
        kind,
        label,
    };
    Some((route.pair(), rung))
}

fn forth(route: Route) -> bool {
    route.from.ip() <= route.to.ip()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A conversation whose every text a peer has chosen.
    pub(super) fn hostile() -> Ladders {
        let label = "<script>alert(1)</script>\u{1b}[2J\u{202e};\n#end \"&".to_owned();
        let rung = |number, rightwards, kind| Rung {
            at: Instant::ZERO,
            time: "+0.000 s".into(),
            number,
            rightwards,
            kind,
            label: label.clone(),
        };
        Ladders(vec![Ladder {
            input: label.clone(),
            left: IpAddr::from([192, 0, 2, 10]),
            right: IpAddr::from([198, 51, 100, 20]),
            rungs: vec![
                rung(1, true, Kind::Request),
                rung(2, false, Kind::Answer),
                rung(3, true, Kind::Data),
                rung(4, false, Kind::Trouble),
            ],
        }])
    }

    #[test]
    fn no_format_lets_a_peer_write_markup_or_control_a_terminal() {
        let hostile = hostile();
        for text in [hostile.to_text(), hostile.to_mermaid(), hostile.to_svg()] {
            assert!(
                !text.contains('\u{1b}') && !text.contains('\u{202e}'),
                "{text}"
            );
        }
        assert!(!hostile.to_mermaid().contains("<script"));
        assert!(!hostile.to_svg().contains("<script"));
        assert_eq!(hostile.to_text().lines().count(), 6);
        assert_eq!(hostile.to_mermaid().lines().count(), 8);
    }

    #[test]
    fn opened_messages_show_what_is_inside() {
        let evidence = crate::diag::ladder::ladder(
            "0.2 a>b AUTH q1 in=35:230
             0.3 b>a AUTH r1 in=36:90 { payloads=36+39+41+41 n=16396 n=38 }
             0.4 a>b INFO q2 in=42:9 closed=wrongkey",
        );
        let text = Ladders::new(&[], &evidence).to_text();
        assert!(text.contains("request 1: encrypted, 270 bytes ─"), "{text}");
        assert!(
            text.contains("response 1: {IDr AUTH N N(TS_UNACCEPTABLE)}"),
            "{text}"
        );
        assert!(
            text.contains("encrypted, 49 bytes, the key does not fit"),
            "{text}"
        );
    }

    #[test]
    fn a_picture_has_a_size_and_says_what_it_leaves_out() {
        let one = hostile().0.remove(0);
        let drawn = |rungs: usize, ladders: usize| {
            let mut long = one.clone();
            long.rungs = one.rungs.iter().cycle().take(rungs).cloned().collect();
            Ladders(vec![long; ladders]).to_svg()
        };
        assert!(!drawn(svg::RUNGS_MAX, 1).contains("not drawn"));
        assert!(drawn(svg::RUNGS_MAX + 1, 1).contains("2 lines are not drawn"));
        assert!(!drawn(1, svg::LADDERS_MAX).contains("more pairs"));
        assert!(drawn(1, svg::LADDERS_MAX + 1).contains("1 more pairs of addresses"));
    }

    #[test]
    fn nothing_seen_is_said_in_every_format() {
        let nothing = Ladders(Vec::new());
        assert!(nothing.to_text().contains("no IKE"));
        assert!(nothing.to_mermaid().starts_with("sequenceDiagram\n"));
        assert!(nothing.to_svg().ends_with("</svg>\n"));
    }
}
