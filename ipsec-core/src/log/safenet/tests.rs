//! The lines of SafeNet's client and its relatives, one form each, and what is
//! made of them.

use super::*;
use alloc::format;
use proptest::prelude::*;

fn facts(log: &str) -> Vec<(Option<bool>, LogEvent)> {
    let facts = read(0, log.as_bytes()).facts().into_iter();
    facts.map(|fact| (fact.child, fact.event)).collect()
}

fn message(sent: bool, exchange: ExchangeType, response: bool) -> LogEvent {
    LogEvent::Message {
        sent,
        exchange: Exchange::V1(exchange),
        response,
        message_id: (exchange != ExchangeType::QUICK_MODE).then_some(0),
        payloads: Vec::new(),
    }
}

fn note(name: &str, is_error: bool) -> LogEvent {
    LogEvent::Notified {
        name: name.to_owned(),
        is_error,
    }
}

/// Our own lines in the form of 2001, the body on the next line or not.
#[test]
fn both_phases_in_the_form_of_2001() {
    let head = "2001/06/13 16:02:56.950: AL_IKE--";
    let bodies = [
        "\nStart Phase 1 negotiation with peer",
        "\nDestID: IPV4_ADDR-- PresharedKey: opensesame",
        "\nProtocol -- PROTO_ISAKMP",
        "\nTransform -- KEY_IKE",
        "      Encryption -- DES_CBC",
        "\nHash -- MD5_HASH",
        "\n",
        "\nAuthentication -- PRESHARED_KEY",
        "\nLifeDuration -- 3600",
        "\nGroupDescription -- MODP_768",
        "\nTransform -- KEY_IKE",
        "\nEncryption -- AES_CBC",
        "\nKeyLength -- 256",
        "\nHash -- SHA",
        "\nAggressiveMode -- initiator sent out message1",
        "  \nAggressiveMode -- initiator received response message1",
        "\nPhase 1 negotiation succeeded with",
        "\nSending Notification CONNECTED (0x4000) to peer",
        "\nProtocol -- PROTO_IPSEC_ESP, Nmbr of transforms -- 1",
        "\nTransform -- ESP_3DES",
        "\nAuthentication -- HMAC_SHA",
        "\nEncapsulationMode -- TUNNEL",
        "\nQuickMode -- initiator sent out message1",
        "\nPhase 2 negotiation succeeded with",
    ];
    let log = bodies.map(|body| format!("{head}{body}\n\n")).concat();
    let offer = |child, algorithms: &str| LogEvent::Offered {
        child,
        algorithms: algorithms.to_owned(),
    };
    let (aggressive, quick) = (ExchangeType::AGGRESSIVE, ExchangeType::QUICK_MODE);
    let one = Some(false);
    let two = Some(true);
    assert_eq!(
        facts(&log),
        [
            (
                one,
                offer(false, "DES_CBC MD5 MODP_768 PRESHARED_KEY, AES_CBC_256 SHA")
            ),
            (one, message(true, aggressive, false)),
            (one, message(false, aggressive, true)),
            (one, LogEvent::IkeEstablished),
            (None, LogEvent::NotifySent("CONNECTED".to_owned())),
            (two, offer(true, "ESP_3DES HMAC_SHA")),
            (two, message(true, quick, false)),
            (two, LogEvent::ChildEstablished(ChildSpis::default())),
        ]
    );
    let read = read(0, log.as_bytes());
    assert_eq!(read.untold, 0);
    assert!(!format!("{read:?}").contains("opensesame"));
    let at = Instant::from_seconds(992_448_176, 950_000);
    assert!(read.evidence.iter().all(|one| one.at == Some(at)));
}

/// In the forms of SoftRemote and of SonicWall's window and syslog.
#[test]
fn messages_with_their_payloads() {
    let log = "\
11-28: 11:43:09.125 My Connections\\hq - Initiating IKE Phase 1 (IP ADDR=192.0.2.1)
11-28: 11:43:09.171 My Connections\\hq - SENDING>>>> ISAKMP OAK MM (SA, VID 2x)
11-28: 11:43:09.312 My Connections\\hq - RECEIVED<<< ISAKMP OAK MM (SA, VID)
11-28: 11:43:09.953 My Connections\\hq - RECEIVED<<< ISAKMP OAK INFO (NOTIFY:NO_PROPOSAL_CHOSEN)
";
    let read = read(0, log.as_bytes());
    let facts = read.facts();
    let hq = Some(escaped(b"My Connections\\hq"));
    assert!(facts.iter().all(|fact| fact.connection == hq), "{facts:?}");
    let said: Vec<_> = facts
        .iter()
        .map(|fact| {
            let LogEvent::Message {
                sent,
                response,
                payloads,
                ..
            } = &fact.event
            else {
                return format!("{:?}", fact.event);
            };
            format!("{sent} {response} {}", payloads.join(" "))
        })
        .collect();
    assert_eq!(
        said[..3],
        [
            "true false SA VID 2x",
            "false true SA VID",
            "false false NOTIFY:NO_PROPOSAL_CHOSEN"
        ]
    );
    assert_eq!(facts[3].event, note("NO_PROPOSAL_CHOSEN", true));
    let log = "\
RECEIVED<<< ISAKMP OAK AG (InitCookie 0x00112233445566aa, MsgID: 0x0) (SA, KE, NON, ID, VID) 192.0.2.2, 500 192.0.2.1, 500
SENDING>>>> ISAKMP OAK AG (InitCookie 0x00112233445566aa, MsgID: 0x0) (SA, KE, NON, ID, HASH) 192.0.2.1, 500 192.0.2.2, 500
Header verification failed 192.0.2.2, 500 192.0.2.1, 500
IKE Responder: No response - remote party timeout 192.0.2.1, 500 192.0.2.2, 500
IKE negotiation aborted due to timeout 192.0.2.1 192.0.2.2
The administrator writes this.
";
    let read = super::read(0, log.as_bytes());
    assert_eq!((read.quiet, read.untold, read.foreign), (1, 0, 1));
    let facts = read.facts();
    assert_eq!(facts[0].connection.as_deref(), Some("00112233445566aa"));
    let LogEvent::Message {
        sent: true,
        response: true,
        message_id: Some(0),
        ..
    } = facts[1].event
    else {
        panic!("{facts:?}");
    };
    assert_eq!(facts[2].event, LogEvent::Retransmitted(None));
    assert_eq!(facts[3].event, LogEvent::GaveUp);
}

#[test]
fn what_messages_tell() {
    use AuthenticationFault as A;
    use LogEvent as E;
    let refused = |differs: Option<&str>| E::NoProposal {
        differs: differs.map(str::to_owned),
        received: None,
        configured: None,
    };
    let (one, two) = (Some(false), Some(true));
    let spis = ChildSpis {
        inbound: Some(0x0bad_cafe),
        outbound: Some(0xd1b8_db0b),
    };
    let cases = [
        (
            "IKE Responder: Main Mode complete (Phase 1)",
            one,
            E::IkeEstablished,
        ),
        (
            "IKE negotiation complete. Adding IPSec SA. (Phase 2)",
            two,
            E::ChildEstablished(ChildSpis::default()),
        ),
        (
            "Loading IPSec SA (Message ID = 1D3E2D1A OUTBOUND SPI = D1B8DB0B INBOUND SPI = 0BADCAFE)",
            two,
            E::ChildEstablished(spis),
        ),
        (
            "IKE Responder: Received Aggressive Mode request (Phase 1)",
            one,
            E::Aggressive,
        ),
        (
            "IKE Responder: IPSec proposal not acceptable",
            two,
            refused(None),
        ),
        (
            "IKE Responder: IKE proposal does not match (Phase 1)",
            one,
            refused(None),
        ),
        (
            "IKE Responder: ESP encryption algorithm does not match",
            two,
            refused(Some("ESP encryption algorithm")),
        ),
        (
            "IKE Responder: Phase 1 DH Group does not match",
            one,
            refused(Some("DH Group")),
        ),
        (
            "IKE Responder: Peer's local network does not match VPN policy's [Destination Network]",
            two,
            E::NoSelectors(None),
        ),
        (
            "IKE Responder: Proposed IKE ID mismatch",
            None,
            E::AuthenticationFailed(A::IdentityMismatch),
        ),
        (
            "Failed payload verification after decryption; possible preshared key mismatch",
            None,
            E::AuthenticationFailed(A::Undecryptable),
        ),
        (
            "XAUTH Failed with VPN client, Authentication failure",
            None,
            E::AuthenticationFailed(A::User),
        ),
        (
            "IKE Initiator: Received notify. NO_PROPOSAL_CHOSEN",
            None,
            note("NO_PROPOSAL_CHOSEN", true),
        ),
        (
            "IKE Initiator: Received notify: INVALID_ID_INFO",
            None,
            note("INVALID_ID_INFORMATION", true),
        ),
        (
            "NAT Discovery : Local IPSec Security Gateway behind a NAT/NAPT Device",
            None,
            E::Nat {
                here: true,
                peer: false,
            },
        ),
        ("IPSec dead peer detected", None, E::PeerDead),
        (
            "Received IPSec SA delete request",
            two,
            E::Deleted { by_peer: true },
        ),
        (
            "message not received! Retransmitting!",
            None,
            E::Retransmitted(None),
        ),
        ("Exceeded 3 IKE SA negotiation attempts", None, E::GaveUp),
    ];
    for (body, child, event) in cases {
        for line in [
            format!("10/31/2006 10:30:41.624    Warning    VPN IKE    {body}"),
            format!(
                "<134>id=firewall sn=0006B1000000 time=\"2026-01-02 15:03:36\" fw=192.0.2.1 pri=4 c=16 m=88 msg=\"{body}\" n=1 src=192.0.2.2 dst=192.0.2.1"
            ),
            format!("15:03:36.250 My Connections\\hq - {body}"),
        ] {
            assert_eq!(facts(&line), [(child, event.clone())], "{line}");
            assert!(read(0, line.as_bytes()).evidence[0].at.is_some(), "{line}");
        }
    }
}

#[test]
fn who_else_speaks_of_ike_is_told_apart() {
    for line in [
        "2001/06/13 16:02:56.890: AL_IKE--",
        "2001/06/13 16:02:56.890: AL_IKE-- Hash -- MD5_HASH",
        "SENDING>>>> ISAKMP OAK QM *(HASH, SA, NON, ID 2x)",
        "10/31/2006 10:30:41.624\tWarning\tVPN IKE\tIKE Responder: Proposed IKE ID mismatch\t192.0.2.2, 500",
    ] {
        assert!(is_line(line), "{line}");
    }
    for other in [
        "",
        "AL_IKE--",
        "2001/06/13 16:02:56.890: x AL_IKE--",
        "Jun 10 2010 17:36:05: %ASA-5-713041: IP = 192.0.2.1, IKE Initiator: New Phase 1",
        "id=firewall time=\"2026-01-02 15:03:36\" msg=\"Web site hit\"",
        "11-14: 14:33:12:906:a54 isadb_set_status sa:000DFDE8 centry:00000000 status 35ed",
        "10:41:06 15[IKE] <tun|1> a - b",
    ] {
        assert!(!is_line(other), "{other}");
    }
    let log = "2001/06/13 16:02:56.890: AL_IKE--\nnobody has heard this\nRetransmitting\n";
    let unknown = read(0, log.as_bytes());
    assert_eq!((unknown.quiet, unknown.untold, unknown.foreign), (1, 1, 1));
}

#[test]
fn an_offer_has_a_limit() {
    let head = "2001/06/13 16:02:56.950: AL_IKE--";
    let many = format!("{head} Transform -- {}\n", "X".repeat(100)).repeat(100);
    let log = format!("{many}{head} Phase 1 negotiation failed\n");
    let facts = facts(&log);
    let (_, LogEvent::Offered { algorithms, .. }) = &facts[0] else {
        panic!("{facts:?}");
    };
    assert!(algorithms.len() <= OFFER_BYTES_MAX + 102);
    assert_eq!(facts[1], (Some(false), LogEvent::Failed));
}

#[test]
fn hostile_words_are_escaped() {
    let bad = "\u{1b}]0;x\u{7}\u{202e}";
    let mut told = 0;
    for body in [
        format!("SENDING>>>> ISAKMP OAK AG (InitCookie 0x{bad}, MsgID: 0x0) ({bad}, NOTIFY:{bad})"),
        format!("RECEIVED<<< ISAKMP OAK INFO (NOTIFY:{bad})"),
        format!("IKE Responder: {bad} does not match"),
        format!("Sending Notification {bad} to peer"),
    ] {
        let line = format!("15:03:36.250 My Connections\\{bad} - {body}");
        let read = read(0, line.as_bytes());
        told += read.evidence.len();
        let shown = format!("{:?}", read.evidence).replace("\\\\", "");
        assert!(
            !shown.contains("\\u{1b}") && !shown.contains("\\u{202e}"),
            "{shown}"
        );
    }
    assert_eq!(told, 6);
}

proptest! {
    #[test]
    fn no_log_panics(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        shaped in "(2001/06/13 16:02:56.9: AL_IKE--[ \n]?|15:03:36 My Connections\\\\ - )?(Transform -- |QuickMode -- |RECEIVED<<< ISAKMP OAK QM |IKE Responder: |Loading IPSec SA )?\\PC{0,30}\n\\PC{0,30}",
    ) {
        for log in [&bytes[..], shaped.as_bytes()] {
            let read = read(0, log);
            prop_assert!(read.quiet + read.untold + read.foreign <= read.lines);
        }
    }
}
