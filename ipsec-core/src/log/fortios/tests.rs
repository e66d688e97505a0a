use super::*;
use crate::evidence::{AuthenticationFault as Fault, ChildSpis, Exchange, Fact};
use crate::log::{PACKETS_MAX, Vendor, sniff};
use crate::wire::registry::{ike, isakmp};
use alloc::string::ToString;
use proptest::prelude::*;

fn events(log: &str) -> Vec<LogEvent> {
    read(0, log.as_bytes()).events()
}

fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

fn refused(differs: &str, received: &str, configured: &str) -> LogEvent {
    LogEvent::NoProposal {
        differs: text(differs),
        received: text(received),
        configured: text(configured),
    }
}

/// Our own lines in the form of FortiOS 6.4.
const MAIN_MODE: &str = "\
2026-11-21 12:00:01.100000 ike 0: comes 198.51.100.20:500->192.0.2.10:500,ifindex=6....
2026-11-21 12:00:01.100100 ike 0: IKEv1 exchange=Identity Protection id=a1a2a3a4a5a6a7a8/0000000000000000 len=28
2026-11-21 12:00:01.100200 ike 0: in A1A2A3A4A5A6A7A80000000000000000011002000000
00000000001C
2026-11-21 12:00:01.100300 ike 0:a1a2a3a4a5a6a7a8/0000000000000000:12: responder: main mode get 1st message...
2026-11-21 12:00:01.100400 ike 0:a1a2a3a4a5a6a7a8/0000000000000000:12: incoming proposal:
2026-11-21 12:00:01.100500 ike 0:a1a2a3a4a5a6a7a8/0000000000000000:12: proposal id = 0:
2026-11-21 12:00:01.100500 ike 0:a1a2a3a4a5a6a7a8/0000000000000000:12:   protocol id = ISAKMP:
2026-11-21 12:00:01.100500 ike 0:a1a2a3a4a5a6a7a8/0000000000000000:12:      trans_id = KEY_IKE.
2026-11-21 12:00:01.100500 ike 0:a1a2a3a4a5a6a7a8/0000000000000000:12:      encapsulation = IKE/none
2026-11-21 12:00:01.100500 ike 0:a1a2a3a4a5a6a7a8/0000000000000000:12:         type=OAKLEY_ENCRYPT_ALG, val=AES_CBC, key-len=256
2026-11-21 12:00:01.100500 ike 0:a1a2a3a4a5a6a7a8/0000000000000000:12:         type=OAKLEY_HASH_ALG, val=SHA.
2026-11-21 12:00:01.100500 ike 0:a1a2a3a4a5a6a7a8/0000000000000000:12:         type=OAKLEY_GROUP, val=MODP1024.
2026-11-21 12:00:01.100500 ike 0:a1a2a3a4a5a6a7a8/0000000000000000:12: ISAKMP SA lifetime=86400
2026-11-21 12:00:01.100600 ike 0:other:13: my proposal, gw other:
2026-11-21 12:00:01.100600 ike 0:a1a2a3a4a5a6a7a8/0000000000000000:12: my proposal, gw to-b:
2026-11-21 12:00:01.100600 ike 0:a1a2a3a4a5a6a7a8/0000000000000000:12: proposal id = 1:
2026-11-21 12:00:01.100600 ike 0:a1a2a3a4a5a6a7a8/0000000000000000:12:         type=OAKLEY_ENCRYPT_ALG, val=AES_CBC, key-len=256
2026-11-21 12:00:01.100600 ike 0:a1a2a3a4a5a6a7a8/0000000000000000:12:         type=OAKLEY_HASH_ALG, val=SHA2_256.
2026-11-21 12:00:01.100600 ike 0:a1a2a3a4a5a6a7a8/0000000000000000:12:         type=OAKLEY_GROUP, val=MODP1024.
2026-11-21 12:00:01.100600 ike 0:a1a2a3a4a5a6a7a8/0000000000000000:12:         type=OAKLEY_GROUP, val=MODP2048.
2026-11-21 12:00:01.100700 ike 0:a1a2a3a4a5a6a7a8/0000000000000000:12: negotiation failure
2026-11-21 12:00:01.100800 ike Negotiate ISAKMP SA Error: ike 0:a1a2a3a4a5a6a7a8/0000000000000000:12: no SA proposal chosen
";

#[test]
fn a_refusal_tells_what_differs() {
    let read = read(0, MAIN_MODE.as_bytes());
    assert_eq!((read.untold, read.foreign, read.left_out), (0, 0, 0));
    let route = arrow("198.51.100.20:500->192.0.2.10:500").unwrap();
    let packet = &read.packets[0];
    assert_eq!(
        (packet.line, packet.sent, packet.route, packet.bytes.len()),
        (3, false, Some(route), 28)
    );
    assert_eq!(
        packet.at,
        read.evidence[0]
            .at
            .map(|at| at.saturating_add(crate::time::Duration::from_micros(100)))
    );
    let exchange = Exchange::V1(isakmp::ExchangeType::IDENTITY_PROTECTION);
    let facts = read.facts();
    assert_eq!(
        facts.last().unwrap().connection,
        text("a1a2a3a4a5a6a7a8/0000000000000000")
    );
    let events: Vec<LogEvent> = facts.into_iter().map(|fact| fact.event).collect();
    assert_eq!(
        events,
        [
            LogEvent::Datagram {
                sent: false,
                route,
                len: 28
            },
            LogEvent::Message {
                sent: false,
                exchange,
                response: false,
                message_id: None,
                payloads: Vec::new(),
            },
            LogEvent::Failed,
            refused(
                "OAKLEY_HASH_ALG",
                "OAKLEY_ENCRYPT_ALG AES_CBC-256, OAKLEY_HASH_ALG SHA, OAKLEY_GROUP MODP1024",
                "OAKLEY_ENCRYPT_ALG AES_CBC-256, OAKLEY_HASH_ALG SHA2_256, OAKLEY_GROUP MODP1024, OAKLEY_GROUP MODP2048",
            ),
        ]
    );
}

/// Version 2, 7.4's heads, a refusal of a child.
#[test]
fn a_child_is_refused() {
    let log = "\
ike V=root:0:to-b:7: incoming child SA proposal:
ike V=root:0:to-b:7:to-b:41: incoming proposal:
ike V=root:0:to-b:7:to-b:41: proposal id = 1:
ike V=root:0:to-b:7:to-b:41:   protocol = ESP:
ike V=root:0:to-b:7:to-b:41:      encapsulation = TUNNEL
ike V=root:0:to-b:7:to-b:41:         type=ENCR, val=AES_GCM_16 (key_len = 128)
ike V=root:0:to-b:7:to-b:41:         PFS DH group = 14
ike V=root:0:to-b:7:to-b:41: my proposal:
ike V=root:0:to-b:7:to-b:41: proposal id = 1:
ike V=root:0:to-b:7:to-b:41:         type=ENCR, val=AES_GCM_16 (key_len = 256)
ike V=root:0:to-b:7:to-b:41:         PFS DH group = 14
ike V=root:0:to-b:7:to-b:41: proposal id = 2:
ike V=root:0:to-b:7:to-b:41:         type=ENCR, val=AES_CBC (key_len = 256)
ike V=root:0:to-b:7:to-b:41:         type=INTEGR, val=SHA256
ike V=root:0:to-b:7:to-b:41: no proposal chosen
";
    let read = read(0, log.as_bytes());
    assert_eq!((read.untold, read.foreign), (0, 0));
    let fact = read.facts().pop().unwrap();
    assert_eq!((&fact.connection, fact.child), (&text("to-b"), Some(true)));
    assert_eq!(
        fact.event,
        refused(
            "ENCR",
            "ENCR AES_GCM_16-128, PFS_DH_group 14",
            "ENCR AES_GCM_16-256, PFS_DH_group 14; ENCR AES_CBC-256, INTEGR SHA256",
        )
    );
}

#[test]
fn datagrams_are_kept_with_their_ways() {
    let log = "\
ike 0:to-b:14: out 0102030405060708
ike 0:to-b:14: sent IKE msg (ident_i1send): 192.0.2.10:500->198.51.100.20:500, len=8, id=a1a2a3a4a5a6a7a8/0000000000000000
ike 0: comes 198.51.100.20:4500->192.0.2.10:4500,ifindex=6,vrf=0....
ike 0: IKEv2 exchange=AUTH_RESPONSE id=a1a2a3a4a5a6a7a8/b1b2b3b4b5b6b7b8:00000001 len=80
ike 0: in ABCD
ike 0:to-b:14: dec FFEE
DDCC
ike 0:to-b:14: IKE SA a1a2a3a4a5a6a7a8/b1b2b3b4b5b6b7b8 SK_ei 4:AABBCCDD
EEFF
ike 0:to-b:14: out

ABC
D12
ike 0:to-b:14: sent IKE msg (RETRANSMIT_AUTH):

192.0.2.10:4500->198.51.100.20:4500, len=3, id=a1a2a3a4a5a6a7a8/b1b2b3b4b5b6b7b8:00000001
ike 0:to-b:14: out of memory
ike 0:to-b: NAT keep-alive 3 192.0.2.10->198.51.100.20:4500.
ike 0:to-b:14: out FF
";
    let read = read(0, log.as_bytes());
    assert_eq!((read.untold, read.foreign), (1, 0));
    let there = arrow("192.0.2.10:500->198.51.100.20:500").unwrap();
    let back = arrow("198.51.100.20:4500->192.0.2.10:4500").unwrap();
    let float = back.reversed();
    let kept: Vec<_> = read
        .packets
        .iter()
        .map(|packet| (packet.line, packet.sent, packet.route, &packet.bytes[..]))
        .collect();
    assert_eq!(
        kept,
        [
            (1, true, Some(there), &[1, 2, 3, 4, 5, 6, 7, 8][..]),
            (5, false, Some(back), &[0xab, 0xcd]),
            (10, true, Some(float), &[0xab, 0xcd, 0x12]),
            (19, true, None, &[0xff]),
        ]
    );
    let shown = alloc::format!("{read:?}");
    assert!(
        !shown.contains("AABB") && !shown.contains("170, 187"),
        "{shown}"
    );
    let message = |sent, exchange, response, message_id| LogEvent::Message {
        sent,
        exchange,
        response,
        message_id,
        payloads: Vec::new(),
    };
    let main = Exchange::V1(isakmp::ExchangeType::IDENTITY_PROTECTION);
    let auth = Exchange::V2(ike::ExchangeType::IKE_AUTH);
    let datagram = |sent, route, len| LogEvent::Datagram { sent, route, len };
    assert_eq!(
        read.events(),
        [
            datagram(true, there, 8),
            message(true, main, false, None),
            datagram(false, back, 80),
            message(false, auth, true, Some(1)),
            datagram(true, float, 3),
            message(true, auth, false, Some(1)),
            LogEvent::Retransmitted(None),
        ]
    );
}

#[test]
fn datagrams_are_limited() {
    let mut log = "ike 0:b:1: out FF\n".repeat(PACKETS_MAX + 2);
    let many = read(0, log.as_bytes());
    assert_eq!((many.packets.len(), many.left_out), (PACKETS_MAX, 2));
    // What continues a datagram that was left out continues no other.
    log.push_str("EE\n");
    assert_eq!(
        read(0, log.as_bytes()).packets.last().unwrap().bytes,
        [0xff]
    );
}

#[test]
fn what_messages_tell() {
    use LogEvent as E;
    let failed = E::AuthenticationFailed;
    let note = |name: &str, is_error| E::Notified {
        name: name.to_owned(),
        is_error,
    };
    let none = || E::NoProposal {
        differs: None,
        received: None,
        configured: None,
    };
    let spis = E::ChildEstablished(ChildSpis {
        inbound: Some(0xdec8_f1a2),
        outbound: Some(0x2f1c_0044),
    });
    let nat = |here, peer| E::Nat { here, peer };
    let cases = [
        (
            "ike 0:b: probable pre-shared secret mismatch",
            failed(Fault::KeyMismatch),
        ),
        (
            "ike 0:b:3: PSK authentication failed",
            failed(Fault::KeyMismatch),
        ),
        ("ike 0:b:3: auth verify failed", failed(Fault::KeyMismatch)),
        (
            "ike 0:b:3: XAUTH user \"x\" authentication failed",
            failed(Fault::User),
        ),
        ("ike 0:b:3: EAP 12 result FNBAM_DENIED", failed(Fault::User)),
        (
            "ike 0:b:3: gw validation failed",
            failed(Fault::NoConfiguration),
        ),
        (
            "ike 0: ignoring request to establish IPsec SA, no policy configured",
            failed(Fault::NoConfiguration),
        ),
        (
            "ike 0::1: no matching gateway for new request 198.51.100.20->192.0.2.10",
            failed(Fault::UnknownPeer),
        ),
        (
            "ike 0:b:3: certificate validation failed",
            failed(Fault::Untrusted),
        ),
        (
            "ike Negotiate SA Error: peer SA proposal not match local policy",
            none(),
        ),
        ("ike 0:b:3:b:4: failed to get responder proposal", none()),
        (
            "ike V=root:0:b:3: processing notify type NO_PROPOSAL_CHOSEN",
            note("NO_PROPOSAL_CHOSEN", true),
        ),
        (
            "ike 0:b:3: received notify type AUTHENTICATION_FAILED",
            note("AUTHENTICATION_FAILED", true),
        ),
        (
            "ike 0:b:3: notify msg received: NO-PROPOSAL-CHOSEN",
            note("NO-PROPOSAL-CHOSEN", true),
        ),
        (
            "ike 0:b:3: notify msg received: R-U-THERE",
            note("R-U-THERE", false),
        ),
        (
            "ike 0:b:3: sending AUTHENTICATION_FAILED notify",
            E::NotifySent("AUTHENTICATION_FAILED".to_owned()),
        ),
        ("ike 0:b:3: established IKE SA a1/b1", E::IkeEstablished),
        (
            "ike 0:b:3:b:4: added IPsec SA: SPIs=dec8f1a2/2f1c0044",
            spis.clone(),
        ),
        ("ike 0:b:3: NAT detected: ME PEER", nat(true, true)),
        ("ike 0:b:3: NAT detected: PEER", nat(false, true)),
        (
            "ike 0:b: link fail 3 192.0.2.10->198.51.100.20:500 dpd=2",
            E::PeerDead,
        ),
        (
            "ike 0:b:3: recv ISAKMP SA delete a1/b1",
            E::Deleted { by_peer: true },
        ),
        (
            "ike 0:b:3: send IPsec SA delete, spi dec8f1a2",
            E::Deleted { by_peer: false },
        ),
        ("ike 0:b:3: negotiation timeout, deleting", E::GaveUp),
        (
            "ike 0:b:b: negotiation of IPsec SA failed due to retry timeout",
            E::GaveUp,
        ),
        (
            "FGT# ike 0:b:3: no matching phase2 found",
            E::NoSelectors(None),
        ),
    ];
    for (line, event) in cases {
        assert!(is_line(line), "{line}");
        assert_eq!(events(line), [event], "{line}");
    }
    let selectors = "\
ike 0:b:3:b:4: peer proposal is: peer:0:10.2.0.0-10.2.0.255:0, me:0:10.1.0.0-10.1.0.255:0
ike 0:b:3:b:4: specified selectors mismatch
";
    let proposed = "peer:0:10.2.0.0-10.2.0.255:0, me:0:10.1.0.0-10.1.0.255:0";
    assert_eq!(events(selectors), [E::NoSelectors(text(proposed))]);
    let connecting = "\
ike 0:b:b: IPsec SA connect 3 192.0.2.10->198.51.100.20:500
ike 0:b:b: IPsec SA connect 3 192.0.2.10->198.51.100.20:500 negotiating
";
    let route = arrow("192.0.2.10->198.51.100.20:500").unwrap();
    assert_eq!(events(connecting), [E::Peers(route)]);
}

#[test]
fn near_misses() {
    for other in [
        "",
        "hello",
        "ike",
        "ike :x: y",
        "ike x:b: y",
        "like 0:b:3: negotiation timeout",
        "Nov 21 12:00:01 gw charon: 07[IKE] <a|1> giving up after 5 retransmits",
        "logid=0001037124",
        "date=2026-11-21 logid=\"01010371x4\" type=\"event\" subtype=\"vpn\"",
        "xlogid=0101037124 type=event subtype=vpn",
    ] {
        assert!(!is_line(other), "{other}");
    }
    let log = "ike 0:b:3: nobody has heard this\nike 0:b:3: PSK authentication succeeded\nABCD\n";
    let read = read(0, log.as_bytes());
    assert_eq!((read.untold, read.quiet, read.foreign), (1, 1, 1));
}

/// Our own lines in the form of FortiOS 7.0.
fn event_line(fields: &str) -> String {
    alloc::format!(
        "<189>date=2026-11-21 time=04:22:03 devname=\"fw\" eventtime=1795205123346452242 tz=\"+0800\" logid=\"0101037124\" type=\"event\" subtype=\"vpn\" level=\"error\" vd=\"root\" logdesc=\"IPsec phase 1 error\" remip=198.51.100.20 locip=192.0.2.10 remport=500 locport=500 vpntunnel=\"to-b\" {fields}"
    )
}

#[test]
fn what_events_tell() {
    use LogEvent as E;
    let failed = E::AuthenticationFailed;
    let none = || E::NoProposal {
        differs: None,
        received: None,
        configured: None,
    };
    let cases = [
        (
            "action=\"negotiate\" status=\"negotiate_error\" reason=\"peer SA proposal not match local policy\" peer_notif=\"NOT-APPLICABLE\"",
            none(),
        ),
        (
            "action=\"negotiate\" status=\"negotiate_error\" reason=\"probable preshared key mismatch\"",
            failed(Fault::KeyMismatch),
        ),
        (
            "action=\"negotiate\" status=\"negotiate_error\" reason=\"no matching gateway for new request\"",
            failed(Fault::UnknownPeer),
        ),
        (
            "action=\"negotiate\" status=\"negotiate_error\" reason=\"peer notification\" peer_notif=\"NO-PROPOSAL-CHOSEN\"",
            E::Notified {
                name: "NO_PROPOSAL_CHOSEN".to_owned(),
                is_error: true,
            },
        ),
        (
            "action=\"negotiate\" status=\"negotiate_error\" reason=\"something else\"",
            E::Failed,
        ),
        (
            "action=\"negotiate\" status=\"failure\" result=\"ERROR\" exch=\"AUTH\"",
            E::Failed,
        ),
        (
            "action=\"negotiate\" status=\"success\" result=\"DONE\" exch=\"AUTH\" version=\"IKEv2\"",
            E::IkeEstablished,
        ),
        (
            "action=\"install_sa\" in_spi=\"dec8f1a2\" out_spi=\"2f1c0044\"",
            E::ChildEstablished(ChildSpis {
                inbound: Some(0xdec8_f1a2),
                outbound: Some(0x2f1c_0044),
            }),
        ),
        (
            "action=\"phase2-up\"",
            E::ChildEstablished(ChildSpis::default()),
        ),
        ("action=\"delete_phase1_sa\"", E::Deleted { by_peer: false }),
        ("action=\"dpd\" status=\"dpd_failure\"", E::PeerDead),
        (
            "action=\"error\" status=\"esp_error\" error_num=\"Received ESP packet with unknown SPI.\" spi=\"526a7ec7\"",
            E::UnknownSpi(Some(0x526a_7ec7)),
        ),
    ];
    let route = arrow("192.0.2.10:500->198.51.100.20:500").unwrap();
    for (fields, event) in cases {
        let line = event_line(fields);
        assert_eq!(sniff(line.as_bytes()), Some(Vendor::FortiOs), "{line}");
        let read = read(0, line.as_bytes());
        assert_eq!(
            read.evidence[0].at.map(Instant::as_micros),
            Some(1_795_205_123_346_452),
            "{line}"
        );
        let facts = read.facts();
        assert_eq!(facts[0].connection, text("to-b"));
        assert_eq!((facts[0].child, facts[1].child), (None, Some(false)));
        let told: Vec<_> = facts.into_iter().map(|fact| fact.event).collect();
        assert_eq!(told, [E::Peers(route), event], "{line}");
    }
}

#[test]
fn events_of_other_versions() {
    let old = "date=2026-11-21 time=04:22:03 logid=0101037124 type=event subtype=vpn level=error rem_ip=N/A loc_ip=192.0.2.10 vpn_tunnel=N/A status=negotiate_error error_reason=\"quick mode message timeout\"";
    let read_old = read(0, old.as_bytes());
    let Fact::Logged(said) = &read_old.evidence[0].fact else {
        panic!();
    };
    assert_eq!((&said.event, &said.connection), (&LogEvent::GaveUp, &None));
    let zoned = old.replace("logid", "tz=\"+0800\" logid");
    let [local, zoned] = [old, &zoned].map(|log| read(0, log.as_bytes()).evidence[0].at.unwrap());
    assert_eq!(local.saturating_since(zoned).as_secs(), 8 * 3_600);
    for seconds in ["1795205123", "1795205123000", "1795205123000000"] {
        let log = old.replace("logid", &alloc::format!("eventtime={seconds} logid"));
        let at = read(0, log.as_bytes()).evidence[0].at;
        assert_eq!(at, Some(Instant::from_seconds(1_795_205_123, 0)));
    }
    let traffic = "date=2026-11-21 time=04:22:03 logid=\"0000000013\" type=\"traffic\" subtype=\"forward\" srcip=10.1.0.1 reason=\"no proposal chosen\"";
    let read = read(0, traffic.as_bytes());
    assert_eq!((read.quiet, read.evidence.len()), (1, 0));
}

#[test]
fn what_could_mislead_is_escaped() {
    let log = "\
ike 0:\u{202e}b:3: incoming proposal:
ike 0:\u{202e}b:3: type=ENCR, val=\u{202e}
ike 0:\u{202e}b:3: no SA proposal chosen
ike 0:b:3: processing notify type \u{202e}
ike 0:b:3: peer proposal is: \u{202e}
ike 0:b:3: specified selectors mismatch
";
    let shown = alloc::format!("{:?}", read(0, log.as_bytes()));
    assert!(!shown.replace("\\\\", "").contains("\\u{202e}"), "{shown}");
}

#[test]
fn lists_are_limited() {
    let line = "ike 0:b:3: type=ENCR, val=AES_CBC\n";
    let log = "ike 0:b:3: incoming proposal:\n".to_string()
        + &line.repeat(2_000)
        + "ike 0:b:3: no SA proposal chosen\n";
    let LogEvent::NoProposal { received, .. } = events(&log).pop().unwrap() else {
        panic!();
    };
    assert!(received.unwrap().len() <= 4_096 + 2);
}

proptest! {
    #[test]
    fn no_log_panics(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        shaped in "(10:00:00 )?ike (V=r:)?0:(b:1: )?(in |out |dec |comes |sent IKE msg \\(AUTH\\)|type=|my proposal|IKEv2 exchange=)?\\PC{0,30}\n[0-9a-fA-F]{0,9}",
        event in "logid=0101037124 type=event subtype=vpn (eventtime=[0-9]{0,20} )?(date=[0-9-]{0,10} time=[0-9:]{0,8} )?(reason=|locip=|peer_notif=)?\\PC{0,30}",
    ) {
        for log in [&bytes[..], shaped.as_bytes(), event.as_bytes()] {
            let read = read(0, log);
            prop_assert!(read.quiet + read.untold + read.foreign <= read.lines);
        }
    }
}
