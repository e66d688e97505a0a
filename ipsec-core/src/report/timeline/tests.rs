//! What timelines say of some evidence.

use super::*;
use crate::diag::diagnose;
use crate::diag::ladder::ladder;
use crate::evidence::Logged;

pub(super) fn names() -> Vec<InputName> {
    let name = |name: &str, kind| InputName {
        name: name.into(),
        kind,
        unread: None,
        lines: None,
    };
    vec![
        name("/tmp/a/wire.pcap", InputKind::Capture),
        name("/tmp/b/wire.pcap", InputKind::Capture),
        name("gw.log", InputKind::Log),
    ]
}

/// Two captures, one of them 140.2 s ahead, and a log without clock.
pub(super) fn sample() -> Timeline {
    let mut evidence = ladder(
        "input 0
         100.0 a>b INIT q0 x3 every=1
         102.1 b>a INIT r0
         103.0 a>b ESP spi=7 x5 until=109 size=100
         103.5 r>a ICMP 3/3 about=a>b
         input 1
         242.25 b>a INIT r0",
    );
    let log = |line, at, event| {
        let source = Source::Line { input: 2, line };
        let fact = Fact::Logged(Box::new(Logged::new(Some("a-b".into()), event)));
        Evidence::new(at, source, fact)
    };
    let at = Instant::from_micros(102_500_000);
    evidence.insert(0, log(8, None, LogEvent::GaveUp));
    evidence.insert(0, log(7, Some(at), LogEvent::Retransmitted(Some(2))));
    let clocks = diagnose(&evidence).clocks;
    Timeline::new(&names(), &evidence, &clocks)
}

#[test]
fn inputs_are_merged_on_the_common_clock() {
    assert_eq!(
        sample().to_text(),
        "\
clock: /tmp/b/wire.pcap is 140.150 s ahead; nothing ties gw.log to the others
begin: 1970-01-01T00:01:40.000000Z

+0.000 s  /tmp/a/wire.pcap #1     192.0.2.10 → 198.51.100.20: IKE_SA_INIT request 0: SA KE
+1.000 s  /tmp/a/wire.pcap #1001  192.0.2.10 → 198.51.100.20: again: IKE_SA_INIT request 0
+2.000 s  /tmp/a/wire.pcap #2001  192.0.2.10 → 198.51.100.20: again: IKE_SA_INIT request 0
+2.100 s  /tmp/a/wire.pcap #2     198.51.100.20 → 192.0.2.10: IKE_SA_INIT response 0: SA KE
+2.100 s  /tmp/b/wire.pcap #5     198.51.100.20 → 192.0.2.10: IKE_SA_INIT response 0: SA KE
+2.500 s  gw.log:7                a-b: request sent again, number 2
          gw.log:8                a-b: no answer came, gave up
+3.000 s  /tmp/a/wire.pcap #3     192.0.2.10 → 198.51.100.20: ESP 00000007 begins
+3.500 s  /tmp/a/wire.pcap #4     192.0.2.1 → 192.0.2.10: ICMP port unreachable, says 192.0.2.1
+9.000 s  /tmp/a/wire.pcap        192.0.2.10 → 198.51.100.20: ESP 00000007 ends: 5 packets, 0 bytes
"
    );
}

#[test]
fn the_order_of_evidence_does_not_matter() {
    let evidence = ladder(
        "0.0 a>b INIT q0
         0.0 b>a INIT r0
         0.2 a>b AUTH q1 in=35:230",
    );
    let mut turned = evidence.clone();
    turned.reverse();
    let [one, other] = [&evidence, &turned].map(|all| Timeline::new(&names(), all, &[]));
    assert_eq!(one.to_json(), other.to_json());
}

#[test]
fn peers_control_neither_terminal_nor_page() {
    let hostile = "</text><script>alert(1)</script>\u{1b}[2J\u{202e}\n";
    let event = LogEvent::NotifySent(hostile.into());
    let fact = Fact::Logged(Box::new(Logged::new(Some(hostile.into()), event)));
    let source = Source::Line { input: 0, line: 1 };
    let mut names = names();
    names[0].name = hostile.into();
    let evidence = [Evidence::new(None, source, fact)];
    let timeline = Timeline::new(&names, &evidence, &[]);
    for text in [timeline.to_text(), timeline.to_svg(), timeline.to_json()] {
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
    }
    assert!(!timeline.to_svg().contains("<script"));
    assert!(!timeline.to_json().contains("<script"));
    assert_eq!(timeline.to_text().lines().count(), 1);
}

#[test]
fn nothing_is_said_to_be_nothing() {
    let nothing = Timeline::new(&[], &[], &[]);
    assert_eq!(
        nothing.to_text(),
        "nothing happened that the inputs tell of\n"
    );
    assert!(nothing.to_svg().ends_with("</svg>\n"));
}

#[test]
fn a_picture_shows_the_first_and_the_last_events_and_counts_the_others() {
    let line = |n: u64| {
        let at = Instant::from_seconds(n, 0);
        let source = Source::Line { input: 2, line: n };
        let fact = Fact::Logged(Box::new(Logged::new(None, LogEvent::Failed)));
        Evidence::new(Some(at), source, fact)
    };
    let most = u64::try_from(svg::EVENTS_MAX).unwrap();
    let drawn = |n: u64| {
        let evidence: Vec<Evidence> = (1..=n).map(line).collect();
        Timeline::new(&names(), &evidence, &[]).to_svg()
    };
    assert!(!drawn(most).contains("not drawn"));
    let picture = drawn(most.saturating_add(1));
    assert!(picture.contains("2 events are not drawn"), "{picture}");
    assert!(picture.contains(">line 1 <") && picture.contains(&format!(">line {} <", most + 1)));
}

#[test]
fn lanes_without_room_share_the_last_place() {
    let name = |n: usize| InputName {
        name: format!("{n}.log"),
        kind: InputKind::Log,
        unread: None,
        lines: None,
    };
    let width = |inputs: usize| {
        let names: Vec<InputName> = (0..inputs).map(name).collect();
        let picture = Timeline::new(&names, &[], &[]).to_svg();
        let places = picture.split("cx=\"").skip(1);
        let places = places.filter_map(|place| place.split('"').next()?.parse::<usize>().ok());
        places.max().unwrap()
    };
    assert!(width(svg::LANES_MAX) < width(svg::LANES_MAX + 1));
    assert_eq!(width(svg::LANES_MAX + 1), width(svg::LANES_MAX + 2));
}
