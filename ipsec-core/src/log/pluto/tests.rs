//! pluto's lines, one form each, and what is made of them.

use super::*;
use crate::evidence::Source;
use alloc::format;
use proptest::prelude::*;

fn facts(log: &str) -> Vec<Logged> {
    read(0, log.as_bytes()).facts()
}

fn event_of(message: &str) -> Option<LogEvent> {
    let said = facts(&format!("Nov 21 11:06:46.1: \"tun\" #7: {message}"));
    said.into_iter().next_back().map(|logged| logged.event)
}

fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

/// In the form of libreswan 4.10, two connections at a time.
#[test]
fn refusals_tell_both_lists() {
    let log = "\
Nov 21 11:06:45.971083: \"tun\": IKE SA proposals (connection add):
Nov 21 11:06:45.971091: \"tun\":   1:IKE=AES_CBC_256-HMAC_SHA2_256-HMAC_SHA2_256_128-MODP2048
Nov 21 11:06:45.971092: \"tun\":   2:IKE=AES_CBC_128-HMAC_SHA1-HMAC_SHA1_96-MODP2048
Nov 21 11:06:45.971103: \"tun\":   1:ESP=AES_CBC_128-HMAC_SHA1_96-NONE-ENABLED+DISABLED
Nov 21 11:06:46.100000: \"old\"[2] 192.0.2.9 #8: Oakley Transform [3DES_CBC (192), HMAC_SHA1, MODP1536] refused
Nov 21 11:06:46.119734: \"tun\" #1: no local proposal matches remote proposals 1:IKE:ENCR=3DES;PRF=HMAC_SHA1;INTEG=HMAC_SHA1_96;DH=MODP1536
Nov 21 11:06:46.119735: \"old\"[2] 192.0.2.9 #8: no acceptable Oakley Transform
Nov 21 11:06:46.119736: \"tun\" #9: we require PFS but Quick I1 SA specifies no GROUP_DESCRIPTION
Nov 21 11:06:46.119737: \"tun\" #9: no acceptable Proposal in IPsec SA
";
    let read = read(4, log.as_bytes());
    assert_eq!((read.lines, read.quiet, read.untold), (9, 5, 0));
    assert_eq!(read.evidence[0].source, Source::Line { input: 4, line: 6 });
    let said = facts(log);
    assert_eq!(said[0].connection, text("tun #1"));
    let ike = "1:IKE=AES_CBC_256-HMAC_SHA2_256-HMAC_SHA2_256_128-MODP2048 2:IKE=AES_CBC_128-HMAC_SHA1-HMAC_SHA1_96-MODP2048";
    assert_eq!(
        said[0].event,
        LogEvent::NoProposal {
            differs: None,
            received: text("1:IKE:ENCR=3DES;PRF=HMAC_SHA1;INTEG=HMAC_SHA1_96;DH=MODP1536"),
            configured: text(ike),
        }
    );
    assert_eq!(said[1].connection, text("old[2] 192.0.2.9 #8"));
    assert_eq!(
        said[1].event,
        LogEvent::NoProposal {
            differs: None,
            received: text("3DES_CBC (192), HMAC_SHA1, MODP1536"),
            configured: None,
        }
    );
    assert_eq!(
        said[2].event,
        LogEvent::NoProposal {
            differs: text("GROUP_DESCRIPTION"),
            received: None,
            configured: text("1:ESP=AES_CBC_128-HMAC_SHA1_96-NONE-ENABLED+DISABLED"),
        }
    );
    assert_eq!(said[3].event, said[2].event);
}

#[test]
fn forms_of_a_line() {
    for head in [
        "",
        "003 ",
        "Nov 21 11:06:46.119734: ",
        "Nov  1 11:06:46 gw pluto[77]: ",
        "Tue Nov 21 11:06:46 2023 authpriv.warn pluto[77]: ",
        "2026-11-21T11:06:46.119734+01:00 gw pluto[77]: ",
    ] {
        let log = format!(
            "{head}\"tun\"[1] 192.0.2.9 #5: STATE_MAIN_I1: retransmission; will wait 1 seconds for response\r\n"
        );
        let said = facts(&log);
        assert_eq!(said[0].event, LogEvent::Retransmitted(None), "{head}");
        assert_eq!(said[0].connection, text("tun[1] 192.0.2.9 #5"), "{head}");
        assert!(is_line(&log), "{head}");
    }
    for other in [
        "",
        "x",
        "\"a\": b",
        "09[IKE] <a|1> \"x\" #1: y",
        "a pluto b",
    ] {
        assert!(!is_line(other), "{other}");
    }
}

#[test]
fn what_messages_tell() {
    use AuthenticationFault as A;
    use LogEvent as E;
    let failed = |fault| Some(E::AuthenticationFailed(fault));
    let note = |name: &str, is_error| {
        let name = name.to_owned();
        Some(E::Notified { name, is_error })
    };
    let sent = |name: &str| Some(E::NotifySent(name.to_owned()));
    let spis = ChildSpis {
        inbound: Some(2),
        outbound: Some(1),
    };
    let cases = [
        (
            "IPsec SA established tunnel mode {ESP=>0x00000001 <0x00000002 xfrm=AES_CBC_128-HMAC_SHA1_96}",
            Some(E::ChildEstablished(spis)),
        ),
        (
            "initiator established Child SA using #1; IPsec tunnel [a] -> [b] {ESPinUDP=>0x00000001 <0x00000002 x}",
            Some(E::ChildEstablished(spis)),
        ),
        (
            "IKE SA established {auth=PRESHARED_KEY cipher=AES_CBC_256}",
            Some(E::IkeEstablished),
        ),
        (
            "STATE_MAIN_I4: ISAKMP SA established {auth=PRESHARED_KEY}",
            Some(E::IkeEstablished),
        ),
        (
            "responder established IKE SA; authenticated peer using authby=secret",
            Some(E::IkeEstablished),
        ),
        (
            "responding to IKE_SA_INIT message (ID 0) from 192.0.2.10:500 with unencrypted notification NO_PROPOSAL_CHOSEN",
            sent("NO_PROPOSAL_CHOSEN"),
        ),
        (
            "sending encrypted notification INVALID_ID_INFORMATION to 192.0.2.10:4500",
            sent("INVALID_ID_INFORMATION"),
        ),
        (
            "dropping unexpected IKE_SA_INIT message containing NO_PROPOSAL_CHOSEN notification; message payloads: N",
            note("NO_PROPOSAL_CHOSEN", true),
        ),
        (
            "STATE_PARENT_I1: received unauthenticated v2N_NO_PROPOSAL_CHOSEN - ignored",
            note("NO_PROPOSAL_CHOSEN", true),
        ),
        (
            "IKE SA authentication request rejected by peer: AUTHENTICATION_FAILED",
            note("AUTHENTICATION_FAILED", true),
        ),
        (
            "ignoring informational payload INVALID_ID_INFORMATION, msgid=00000000, length=12",
            note("INVALID_ID_INFORMATION", true),
        ),
        (
            "ignoring informational payload IPSEC_INITIAL_CONTACT, msgid=00000000",
            note("IPSEC_INITIAL_CONTACT", false),
        ),
        (
            "authentication failed: computed hash does not match hash received from peer ID_FQDN '@a'",
            failed(A::KeyMismatch),
        ),
        (
            "STATE_MAIN_I2: probable authentication failure (mismatch of preshared secrets?): malformed payload in packet",
            failed(A::Undecryptable),
        ),
        (
            "Can't authenticate: no preshared key found for `a' and `b'.  Attribute OAKLEY_AUTHENTICATION_METHOD",
            failed(A::NoKey),
        ),
        (
            "Peer ID '@a' mismatched on first found connection and no better connection found",
            failed(A::IdentityMismatch),
        ),
        (
            "X509: authentication failed; peer certificate subjectAltName extension does not match ID_FQDN 'b'",
            failed(A::CertificateName),
        ),
        (
            "NSS: ERROR: IPsec certificate CN=east invalid: SEC_ERROR_EXPIRED_CERTIFICATE: x",
            failed(A::CertificateExpired),
        ),
        (
            "NSS: ERROR: IPsec certificate CN=a invalid: SEC_ERROR_B invalid: SEC_ERROR_REVOKED_CERTIFICATE: x",
            failed(A::CertificateRevoked),
        ),
        (
            "NSS: ERROR: IPsec certificate CN=east invalid: SEC_ERROR_UNKNOWN_ISSUER: x",
            failed(A::Untrusted),
        ),
        (
            "XAUTH: User alice: Authentication Failed: Incorrect Username or Password",
            failed(A::User),
        ),
        (
            "cannot respond to IPsec SA request because no connection is known for a===b...c===d",
            Some(E::NoSelectors(text("a===b...c===d"))),
        ),
        (
            "STATE_V2_PARENT_I1: 60 second timeout exceeded after 7 retransmits.  No response",
            Some(E::GaveUp),
        ),
        (
            "DPD: No response from peer - declaring peer dead",
            Some(E::PeerDead),
        ),
        (
            "received Delete SA payload: self-deleting ISAKMP State #1",
            Some(E::Deleted { by_peer: true }),
        ),
        (
            "deleting state (STATE_V2_ESTABLISHED_IKE_SA) aged 2s and sending notification",
            Some(E::Deleted { by_peer: false }),
        ),
        (
            "deleting state (STATE_MAIN_I1) aged 2s and NOT sending notification",
            None,
        ),
        (
            "NAT-Traversal: Result using RFC 3947 (NAT-Traversal) sender port 500: I am behind NAT",
            Some(E::Nat {
                here: true,
                peer: false,
            }),
        ),
        (
            "ERROR: asynchronous network error report on eth0 (192.0.2.10:500), complainant 192.0.2.1: Connection refused [errno 111, origin ICMP type 3 code 3 (not authenticated)]",
            Some(E::Unreachable(Some((3, 3)))),
        ),
        (
            "sendto on eth0 to 192.0.2.1:500 failed in EVENT_RETRANSMIT: Connection refused (errno 111)",
            Some(E::Unreachable(Some((3, 3)))),
        ),
        (
            "IMPAIR: omitting HASH payload",
            Some(E::Impaired("omitting HASH payload".to_owned())),
        ),
        (
            "ESP traffic information: in=84B out=2KB",
            Some(E::Traffic {
                spis: ChildSpis::default(),
                received: 84,
                sent: 2_048,
            }),
        ),
        ("ESP traffic information: in=84 out=2XB", None),
        ("deleting incomplete state after 8 seconds", Some(E::GaveUp)),
        (
            "received duplicate IKE_SA_INIT message request (Message ID 0); retransmitting response",
            Some(E::RequestRepeated),
        ),
        ("a line that nobody has heard", None),
    ];
    for (message, event) in cases {
        assert_eq!(event_of(message), event, "{message}");
    }
}

#[test]
fn what_one_line_tells_of_several_things() {
    let log = "\
Nov 21 11:06:46.1: \"tun\": failed to add connection: left certificate 'b' is expired or not yet valid
Nov 21 11:06:46.1: packet from 192.0.2.1:500: initial Aggressive Mode message from 192.0.2.1:500 but no (wildcard) connection has been configured with authby PSK
Nov 21 11:06:46.1: \"tun\" #2: initiator established Child SA using #1; IPsec tunnel [10.1.0.0-10.1.0.255:0-65535 0] -> [10.2.0.0-10.2.0.255:0-65535 0] {ESP=>0x00000001 <0x00000002 x}
Nov 21 11:06:46.1: \"tun\": added connection
";
    let told: Vec<_> = facts(log).into_iter().map(|one| one.event).collect();
    let expired = AuthenticationFault::CertificateExpired;
    assert_eq!(
        told,
        [
            LogEvent::NotLoaded(Some(expired)),
            LogEvent::Message {
                sent: false,
                exchange: Exchange::V1(isakmp::ExchangeType::AGGRESSIVE),
                response: false,
                message_id: Some(0),
                payloads: Vec::new(),
            },
            LogEvent::AuthenticationFailed(AuthenticationFault::UnknownPeer),
            LogEvent::Selectors {
                local: "10.1.0.0-10.1.0.255:0-65535 0".to_owned(),
                remote: "10.2.0.0-10.2.0.255:0-65535 0".to_owned(),
            },
            LogEvent::ChildEstablished(ChildSpis {
                inbound: Some(2),
                outbound: Some(1),
            }),
        ]
    );
}

#[test]
fn messages_are_named() {
    let event = event_of("sent Quick Mode request {using isakmp#1 msgid:0000001f x}");
    let quick = Exchange::V1(isakmp::ExchangeType::QUICK_MODE);
    assert_eq!(
        event,
        Some(LogEvent::Message {
            sent: true,
            exchange: quick,
            response: false,
            message_id: Some(31),
            payloads: Vec::new(),
        })
    );
    let event = event_of("processing decrypted IKE_AUTH request: SK{IDi,AUTH,N(MOBIKE_SUPPORTED)}");
    let Some(LogEvent::Message {
        sent: false,
        response: false,
        payloads,
        ..
    }) = event
    else {
        panic!("{event:?}");
    };
    assert_eq!(payloads, ["IDi", "AUTH", "N(MOBIKE_SUPPORTED)"]);
}

#[test]
fn lists_are_limited() {
    let line = |name: usize| format!("\"{name}\":   1:IKE={}\n", "x".repeat(100));
    let again = line(0).replace("1:", "2:").repeat(LIST_BYTES_MAX / 50);
    let log = (0..=LISTS_MAX).map(line).collect::<String>() + &again;
    let mut known = Known::default();
    let mut clock = Clock::default();
    for text in log.lines() {
        let line = Line::of(text, &mut clock).unwrap();
        known.hear(&line.about.unwrap(), line.message);
    }
    assert_eq!(known.configured.len(), LISTS_MAX);
    assert!(
        known
            .configured
            .values()
            .all(|list| list.len() <= LIST_BYTES_MAX + 1)
    );
}

#[test]
fn texts_of_the_peer_are_escaped() {
    let log =
        "\"t\u{202e}\"[1] \u{1b}[31m #1: no local proposal matches remote proposals \u{1b}[31m\n";
    let shown = format!("{:?}", read(0, log.as_bytes()).evidence);
    assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown}");
    assert_eq!(facts(log).len(), 1);
}

proptest! {
    #[test]
    fn no_log_panics(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        shaped in "(Nov 21 10:00:00\\.1: )?(\"tun\"(\\[1\\])? #1: |packet from 1: )(sent Quick Mode |sending notification |IPsec SA established |Oakley Transform \\[|  1:IKE=)?\\PC{0,30}",
    ) {
        for log in [&bytes[..], shaped.as_bytes()] {
            let read = read(0, log);
            let told = u64::try_from(read.evidence.len()).unwrap();
            prop_assert_eq!(told + read.quiet + read.untold + read.foreign, read.lines);
        }
    }
}
