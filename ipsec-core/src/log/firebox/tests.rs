//! A Firebox's lines, one form each, and what is made of them.

use super::*;
use alloc::borrow::ToOwned;
use alloc::format;
use proptest::prelude::*;

fn facts(log: &str) -> Vec<(Option<bool>, LogEvent)> {
    let facts = read(0, log.as_bytes()).facts().into_iter();
    facts.map(|fact| (fact.child, fact.event)).collect()
}

fn events(log: &str) -> Vec<LogEvent> {
    read(0, log.as_bytes()).events()
}

fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

/// Our own lines in the form of 2001, the body on the next line.
#[test]
fn a_refused_proposal() {
    let log = "\
100 06/13/01 15:40:16 iked[91]

110 06/13/01 15:40:16 iked[91]
Proposal is unacceptable. mess_id=0

120 06/13/01 15:40:16 iked[91]
Sending NO\\_PROPOSAL\\_CHOSEN message

130 06/13/01 15:40:16 iked[91]
Error processing (sa)

140 06/13/01 15:40:16 iked[91] Aggressive Mode processing failed

The administrator writes this.
";
    let refused = LogEvent::NoProposal {
        differs: None,
        received: None,
        configured: None,
    };
    let sent = LogEvent::NotifySent("NO_PROPOSAL_CHOSEN".to_owned());
    assert_eq!(
        facts(log),
        [
            (Some(false), refused),
            (None, sent),
            (None, LogEvent::Failed),
            (Some(false), LogEvent::Aggressive),
            (Some(false), LogEvent::Failed),
        ]
    );
    let read = read(0, log.as_bytes());
    assert_eq!((read.lines, read.untold), (14, 0));
    let at = Instant::from_seconds(992_446_816, 0);
    assert!(read.evidence.iter().all(|one| one.at == Some(at)));
}

#[test]
fn a_user_connects_again() {
    let log = "\
500 06/13/01 16:00:38 iked[91]
Phase 1 completed as responder
510 06/13/01 16:00:38 iked[91] Deleting old phase 1 SA for 198.51.100.7
520 06/13/01 16:00:38 iked[91] Deleting SA: peer 198.51.100.7
530 06/13/01 16:00:38 iked[91]
my_cookie  0011223344556677
550 06/13/01 16:00:38 iked[91] User \"lisa\" at 198.51.100.7 logged out
560 06/13/01 16:00:38 iked[91] lisa unbound
570 06/13/01 16:00:38 iked[91] User \"lisa\" at logged in
580 06/13/01 16:00:38 iked[91]
lisa bound to 192.0.2.186
590 06/13/01 16:00:38 iked[91]
lisa bound to
620 06/13/01 16:00:39 iked[91] Deleting SA: peer 198.51.100.7
";
    use LogEvent as E;
    let bound = |address| E::AddressBound {
        user: "lisa".to_owned(),
        address,
    };
    assert_eq!(
        events(log),
        [
            E::IkeEstablished,
            E::Replaced,
            E::LinesMissing(1),
            E::UserLoggedOut("lisa".to_owned()),
            E::UserLoggedIn("lisa".to_owned()),
            bound(text("192.0.2.186")),
            bound(None),
            E::LinesMissing(2),
            E::Deleted { by_peer: false },
        ]
    );
}

#[test]
fn sas_come_up_and_packets_are_dropped() {
    let log = "\
600 06/13/01 16:01:47 iked[91]
Load outbound ESP SA, Algs=ESP_3DES/AUTH_ALG_HMAC_SHA1 Life=3600sec/0KB SPI=c87f1960
610 06/13/01 16:01:47 iked[91] <->
620 06/13/01 16:01:47 iked[91]
Load inbound  ESP SA, Algs=ESP_3DES/AUTH_ALG_HMAC_SHA1 Life=3600sec/0KB SPI=01048f22
630 06/13/01 16:01:47 kernel
ipsec: make bundle for channel 1, 1 in SA's, 1 out SA's
640 06/13/01 16:01:47 firewalld[74]
deny in ipsec0
60 icmp 20 32 8 0 (Ping)
650 06/13/01 16:01:48 firewalld[74] deny in ipsec0 60 icmp 20 32 192.0.2.188 192.0.2.3 8 0 (Ping)
660 06/13/01 16:01:48 firewalld[74] deny in eth0 48 tcp 20 113 198.51.100.9 192.0.2.3 1025 139 syn (default)
670 06/13/01 16:01:48 firewalld[74] deny in eth0 48 udp 20 113 198.51.100.9 192.0.2.3 1025 500 (default)
680 06/13/01 16:01:48 firewalld[74]
deny in ipsec1
690 06/13/01 16:01:49 kernel something else
";
    let spis = ChildSpis {
        inbound: Some(0x0104_8f22),
        outbound: Some(0xc87f_1960),
    };
    let ip = |text: &str| Some(text.parse().unwrap());
    let denied = |interface: &str, protocol: &str, from, to| LogEvent::Denied {
        interface: interface.to_owned(),
        protocol: text(protocol),
        from,
        to,
    };
    assert_eq!(
        events(log),
        [
            LogEvent::Offered {
                child: true,
                algorithms: "ESP_3DES HMAC_SHA1".to_owned(),
            },
            LogEvent::ChildEstablished(spis),
            denied("ipsec0", "icmp", None, None),
            denied("ipsec0", "icmp", ip("192.0.2.188"), ip("192.0.2.3")),
            denied("eth0", "udp", ip("198.51.100.9"), ip("192.0.2.3")),
            dropped("ipsec1".to_owned()),
        ]
    );
    let committing = log.replace(
        "ipsec: make",
        "x\n631 06/13/01 16:01:47 iked[91] Committing SAs for channel=1 established with QM message_id=4b7e7383\nipsec: make",
    );
    assert_eq!(events(&committing), events(log));
}

#[test]
fn what_messages_of_today_tell() {
    use AuthenticationFault as A;
    use LogEvent as E;
    let note = |name: &str| E::Notified {
        name: name.to_owned(),
        is_error: true,
    };
    let refused = |differs: &str, received: &str, configured: &str| E::NoProposal {
        differs: text(differs),
        received: text(received),
        configured: text(configured),
    };
    let cases = [
        (
            "Drop negotiation to peer 203.0.113.10:500 due to phase 1 retry timeout",
            Some(false),
            E::GaveUp,
        ),
        (
            "WARNING: Mismatched ID settings at peer 203.0.113.10:500 caused an authentication failure",
            None,
            E::AuthenticationFailed(A::IdentityMismatch),
        ),
        (
            "Received No Proposal Chosen message from 203.0.113.10:500 for branch gateway",
            None,
            note("NO_PROPOSAL_CHOSEN"),
        ),
        (
            "Received AUTH_FAILED message, mess_id=0x1a2b3c4d",
            Some(true),
            note("AUTHENTICATION_FAILED"),
        ),
        (
            "Sending NO_PROPOSAL_CHOSEN message to 203.0.113.10:500",
            None,
            E::NotifySent("NO_PROPOSAL_CHOSEN".to_owned()),
        ),
        (
            "Peer proposes phase one encryption 3DES, expecting AES",
            Some(false),
            refused("encryption", "3DES", "AES"),
        ),
        (
            "Peer proposes phase 2 ESP authentication MD5-HMAC, expecting SHA1-HMAC",
            Some(true),
            refused("ESP authentication", "MD5-HMAC", "SHA1-HMAC"),
        ),
        ("Quick Mode processing failed", Some(true), E::Failed),
        ("Main Mode processing failed", Some(false), E::Failed),
    ];
    for (body, child, event) in cases {
        for head in [
            "iked (203.0.113.20<->203.0.113.10) ",
            "2026-01-02 10:29:02 iked (203.0.113.20<->203.0.113.10)",
            "Jan  2 10:29:02 fb iked[1234]: (203.0.113.20<->203.0.113.10) ",
        ] {
            let line = format!("{head}{body}");
            assert!(is_line(&line), "{line}");
            let fact = &read(0, line.as_bytes()).facts()[0];
            assert_eq!((fact.child, &fact.event), (child, &event), "{line}");
            let ends = text("203.0.113.20<->203.0.113.10");
            assert_eq!(fact.connection, ends, "{line}");
        }
    }
}

#[test]
fn who_else_writes_iked_is_told_apart() {
    for other in [
        "",
        "iked",
        "Jun 13 15:32:50 gw iked[91]: spi=0x0011223344556677: recv IKE_SA_INIT",
        "06/13/01 15:32:50 named[91] hello",
        "06/13/01 15:32:50 hello",
        "100 06/13/01 15:32:50 kernel hello",
        "100 13/06/01 15:32:50 iked[91]",
        "2001/06/13 16:02:56.890: AL_IKE--",
        "iked (here<->there) x",
        "biked (203.0.113.20<->203.0.113.10) x",
    ] {
        assert!(!is_line(other), "{other}");
    }
    let unknown = read(
        0,
        b"100 06/13/01 15:32:50 iked[91]\nnobody has heard this\nhello\n",
    );
    assert_eq!((unknown.untold, unknown.foreign, unknown.quiet), (1, 1, 1));
}

#[test]
fn numbers_may_do_anything() {
    let line = |number: &str| format!("{number} 06/13/01 15:32:50 kernel x\n");
    let log = ["5", "18446744073709551615", "0", "7", "19", "30", "30"].map(line);
    let missing = [LogEvent::LinesMissing(u64::MAX / 10 - 1)];
    assert_eq!(events(&log.concat()), missing);
}

#[test]
fn hostile_words_are_escaped() {
    let bad = "\u{1b}]0;x\u{7}\u{202e}";
    let mut told = 0;
    for line in [
        format!("User \"{bad}\" at logged in"),
        format!("{bad} bound to {bad}"),
        format!("Peer proposes phase 1 {bad} {bad}, expecting {bad}"),
        format!("Load inbound ESP SA, Algs={bad}/{bad} SPI={bad}"),
    ] {
        let read = read(0, format!("9 06/13/01 15:32:50 iked[91] {line}").as_bytes());
        told += read.evidence.len();
        let shown = format!("{:?}", read.evidence).replace("\\\\", "");
        assert!(
            !shown.contains("\\u{1b}") && !shown.contains("\\u{202e}"),
            "{shown}"
        );
    }
    assert_eq!(told, 4);
}

proptest! {
    #[test]
    fn no_log_panics(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        shaped in "([0-9]{1,20} )?06/13/01 15:32:50 (iked\\[9\\]|firewalld\\[7\\]|kernel)[ \n](deny in |Load inbound |Received |Peer proposes |User \"|x bound to)?\\PC{0,30}\n\\PC{0,30}",
    ) {
        for log in [&bytes[..], shaped.as_bytes()] {
            let read = read(0, log);
            let told = u64::try_from(read.evidence.len()).unwrap();
            prop_assert!(read.quiet + read.untold + read.foreign <= read.lines);
            prop_assert!(told <= 3 * read.lines);
        }
    }
}
