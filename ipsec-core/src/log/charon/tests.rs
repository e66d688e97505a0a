//! Logs of charon, line by line.

use super::*;
use crate::evidence::{AuthenticationFault, ChildSpis, Source};
use crate::time::Instant;
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::vec::Vec;
use proptest::prelude::*;

fn events(log: &str) -> Vec<LogEvent> {
    read(0, log.as_bytes()).events()
}

fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

/// Responder of our capture f-v2-no-esp-proposal, strongSwan 6.0.6.
#[test]
fn a_refused_child() {
    let log = "\
10:45:12 13[CFG] <tun|1> selecting proposal:
10:45:12 13[CFG] <tun|1>   no acceptable ENCRYPTION_ALGORITHM found
10:45:12 13[CFG] <tun|1> received proposals: ESP:3DES_CBC/HMAC_MD5_96/NO_EXT_SEQ
10:45:12 14[CFG] <other|2> received proposals: ESP:NULL/NO_EXT_SEQ
10:45:12 13[CFG] <tun|1> configured proposals: ESP:AES_CBC_256/HMAC_SHA2_256_128/NO_EXT_SEQ
10:45:12 13[IKE] <tun|1> no acceptable proposal found
10:45:12 13[IKE] <tun|1> failed to establish CHILD_SA, keeping IKE_SA
10:45:12 13[ENC] <tun|1> generating IKE_AUTH response 1 [ IDr AUTH N(MOBIKE_SUP) N(NO_PROP) ]
10:45:12 13[NET] <tun|1> sending packet: from 198.51.100.20[4500] to 192.0.2.10[4500] (160 bytes)
";
    let read = read(3, log.as_bytes());
    assert_eq!((read.lines, read.quiet, read.untold), (9, 5, 0));
    assert_eq!(read.evidence[0].source, Source::Line { input: 3, line: 6 });
    assert_eq!(read.evidence[0].at, Some(Instant::from_seconds(38_712, 0)));
    let events = events(log);
    let [
        LogEvent::NoProposal {
            differs,
            received,
            configured,
        },
        LogEvent::Failed,
        message,
        datagram,
    ] = &events[..]
    else {
        panic!("{events:?}");
    };
    assert_eq!(*differs, text("ENCRYPTION_ALGORITHM"));
    assert_eq!(*received, text("ESP:3DES_CBC/HMAC_MD5_96/NO_EXT_SEQ"));
    assert_eq!(
        *configured,
        text("ESP:AES_CBC_256/HMAC_SHA2_256_128/NO_EXT_SEQ")
    );
    let LogEvent::Message {
        sent: true,
        response: true,
        message_id: Some(1),
        payloads,
        ..
    } = message
    else {
        panic!("{message:?}");
    };
    assert_eq!(payloads.join(" "), "IDr AUTH N(MOBIKE_SUP) N(NO_PROP)");
    let LogEvent::Datagram {
        sent: true,
        route,
        len: 160,
    } = datagram
    else {
        panic!("{datagram:?}");
    };
    assert_eq!(format!("{}", route.to), "192.0.2.10:4500");
}

#[test]
fn heads_of_syslog() {
    for head in [
        "",
        "10:45:12 ",
        "Nov 21 10:45:12 gw charon: ",
        "Nov  1 10:45:12 gw charon[1234]: ",
        "Nov  1 10:45:12 gw ipsec[1234]: ",
        "2026-11-21T10:45:12.123456+01:00 gw charon-systemd[77]: ",
        "Nov 21 10:45:12 ",
        "Fri, 2026-11-21 ",
    ] {
        let log = format!("{head}09[IKE] <con1-000|4> no shared key found for 'A' - 'B'\r\n");
        let fault = LogEvent::AuthenticationFailed(AuthenticationFault::NoKey);
        assert_eq!(events(&log), [fault], "{head}");
    }
    for other in [
        "[IKE] x",
        "x9[IKE] y",
        "9[XYZ] y",
        "a]b]c]d]e]09[IKE] x",
        "09[IKE",
    ] {
        assert_eq!(read(0, other.as_bytes()).foreign, 1, "{other}");
    }
}

#[test]
fn what_lines_tell() {
    use AuthenticationFault as A;
    use LogEvent as E;
    let note = |name: &str, is_error| E::Notified {
        name: name.to_owned(),
        is_error,
    };
    let cases = [
        (
            "received AUTHENTICATION_FAILED notify error",
            note("AUTHENTICATION_FAILED", true),
        ),
        (
            "received NO_PROPOSAL_CHOSEN error notify",
            note("NO_PROPOSAL_CHOSEN", true),
        ),
        (
            "received TS_UNACCEPTABLE notify, no CHILD_SA built",
            note("TS_UNACCEPTABLE", true),
        ),
        (
            "received FRAGMENTATION_SUPPORTED notify",
            note("FRAGMENTATION_SUPPORTED", false),
        ),
        (
            "IKE_SA tun[1] established between 192.0.2.10[a]...198.51.100.20[b]",
            E::IkeEstablished,
        ),
        (
            "CHILD_SA net{1} established with SPIs 01_i 02_o",
            E::ChildEstablished(ChildSpis {
                inbound: Some(1),
                outbound: Some(2),
            }),
        ),
        (
            "inbound CHILD_SA net{1} established with SPIs 01_i 02_o",
            E::ChildEstablished(ChildSpis {
                inbound: Some(1),
                outbound: Some(2),
            }),
        ),
        (
            "traffic selectors 10.9.0.0/24 === 10.1.0.0/24 unacceptable",
            E::NoSelectors(text("10.9.0.0/24 === 10.1.0.0/24")),
        ),
        (
            "no matching CHILD_SA config found for 10.9.0.0/24 === 10.1.0.0/24",
            E::NoSelectors(text("10.9.0.0/24 === 10.1.0.0/24")),
        ),
        (
            "retransmit 2 of request with message ID 0",
            E::Retransmitted(Some(2)),
        ),
        (
            "sending retransmit 1 of request message ID 0, seq 3",
            E::Retransmitted(Some(1)),
        ),
        ("giving up after 3 retransmits", E::GaveUp),
        (
            "tried 1 shared key for 'b' - 'a', but MAC mismatched",
            E::AuthenticationFailed(A::KeyMismatch),
        ),
        (
            "invalid HASH_V1 payload length, decryption failed?",
            E::AuthenticationFailed(A::Undecryptable),
        ),
        (
            "no trusted RSA public key found for 'b.example'",
            E::AuthenticationFailed(A::Untrusted),
        ),
        (
            "no matching peer config found",
            E::AuthenticationFailed(A::NoConfiguration),
        ),
        (
            "IDir '192.0.2.10' does not match to '203.0.113.245'",
            E::AuthenticationFailed(A::IdentityMismatch),
        ),
        (
            "XAuth authentication of 'alice' failed",
            E::AuthenticationFailed(A::User),
        ),
        (
            "EAP_MSCHAPV2 method failed",
            E::AuthenticationFailed(A::User),
        ),
        (
            "no IKE config found for 192.0.2.1...192.0.2.9",
            E::AuthenticationFailed(A::UnknownPeer),
        ),
        (
            "found 1 matching config, but none allows XAuthInitPSK authentication using Main Mode",
            E::AuthenticationFailed(A::MethodOrMode),
        ),
        (
            "Aggressive Mode PSK disabled for security reasons",
            E::AuthenticationFailed(A::MethodOrMode),
        ),
        (
            "constraint requires EAP authentication, but public key was used",
            E::AuthenticationFailed(A::Method),
        ),
        (
            "constraint check failed: identity 'b.example' required ",
            E::AuthenticationFailed(A::IdentityMismatch),
        ),
        (
            "no ECDSA private key found for 'b.example'",
            E::AuthenticationFailed(A::NoCertificate),
        ),
        (
            "unable to install IPsec policies (SPD) in kernel",
            E::InstallFailed,
        ),
        ("DPD check timed out, enforcing DPD action", E::PeerDead),
        (
            "deleting half open IKE_SA with 192.0.2.1 after timeout",
            E::GaveUp,
        ),
        (
            "received retransmit of request with ID 1, retransmitting response",
            E::RequestRepeated,
        ),
        (
            "detected CHILD_REKEY collision with CHILD_DELETE",
            E::Collision,
        ),
        (
            "received DELETE for ESP CHILD_SA with SPI 01",
            E::Deleted { by_peer: true },
        ),
        (
            "sending DELETE for IKE_SA tun[1]",
            E::Deleted { by_peer: false },
        ),
        (
            "closing CHILD_SA net{1} with SPIs 0a_i (84 bytes) 0b_o (0 bytes) and TS a === b",
            E::Traffic {
                spis: ChildSpis {
                    inbound: Some(10),
                    outbound: Some(11),
                },
                received: 84,
                sent: 0,
            },
        ),
        (
            "received 3600s lifetime, configured 5s",
            E::LifetimeDiffers {
                received: 3_600,
                configured: 5,
            },
        ),
        (
            "remote host is behind NAT",
            E::Nat {
                here: false,
                peer: true,
            },
        ),
        (
            "peer didn't accept key exchange method MODP_2048, it requested ECP_256",
            note("INVALID_KE_PAYLOAD", true),
        ),
        (
            "key exchange method MODP_2048 unacceptable, requesting ECP_256",
            E::NotifySent("INVALID_KE_PAYLOAD".to_owned()),
        ),
        (
            "expected a virtual IP request, sending FAILED_CP_REQUIRED",
            E::NotifySent("FAILED_CP_REQUIRED".to_owned()),
        ),
        (
            "payload type (255) is not supported, but payload is critical!",
            E::Malformed(
                "payload type (255) is not supported, but payload is critical!".to_owned(),
            ),
        ),
        (
            "expected HASH payload as first payload",
            E::Malformed("expected HASH payload as first payload".to_owned()),
        ),
        (
            "building CRED_PRIVATE_KEY - RSA failed, tried 11 builders",
            E::NotLoaded(None),
        ),
        (
            "XAuth authentication of 'alice' successful",
            E::UserLoggedIn("alice".to_owned()),
        ),
        (
            "assigning virtual IP 10.3.0.1 to peer 'alice'",
            E::AddressBound {
                user: "alice".to_owned(),
                address: text("10.3.0.1"),
            },
        ),
    ];
    for (message, event) in cases {
        assert_eq!(
            events(&format!("10:00:00 07[IKE] <t|1> {message}")),
            [event],
            "{message}"
        );
    }
    for silent in [
        "IKE_SA tun[1] state change: CONNECTING => ESTABLISHED",
        "received draft-ietf-ipsec-nat-t-ike-02 vendor ID",
        "received XAuth vendor ID",
        "sending packet: from 192.0.2.10 to x (1 bytes)",
        "parsed NOTHING request 0 [ ]",
        "generating IKE_AUTH request 1 [ SA",
        "no acceptable traffic",
        "received 3600s lifetime, configured 3600s",
        "closing CHILD_SA net{1}",
        "local host is not behind NAT",
        "XAuth authentication of 'alice' (myself) successful",
        "EAP method EAP_TLS succeeded, MSK established",
        "activating new tasks",
        " config: 10.1.0.0/24, received: 10.1.0.0/24 => match: 10.1.0.0/24",
        " config: 10.1.0.0/24, received: 10.2.0.0/24 => no match",
    ] {
        assert_eq!(events(&format!("07[IKE] {silent}")), [], "{silent}");
    }
}

#[test]
fn housekeeping_is_quiet_and_failures_are_not() {
    let cases = [
        (
            "KNL",
            "received netlink error: Unknown device type (95)",
            true,
        ),
        ("TLS", "using key of type RSA", true),
        ("TLS", "received fatal TLS alert 'bad certificate'", false),
        ("MGR", "whatever it did", true),
        ("IKE", "whatever it did", false),
        ("ENC", "Sk_d secret => 20 bytes @ 0x7f53fc0132f0", true),
        ("IKE", "   0: 60 64 42 D3 5E 0A 11 22  `dB.^..", true),
        ("CFG", "   rekey_time = 3600", true),
        ("CFG", "192.0.2.9 is initiating a Main Mode IKE_SA", true),
    ];
    for (group, message, quiet) in cases {
        let read = read(0, format!("01[{group}] <a|1> {message}\n").as_bytes());
        assert_eq!(
            (read.quiet == 1, read.untold == 1),
            (quiet, !quiet),
            "{message}"
        );
    }
}

/// What the line that refuses a certificate means hangs on those before it.
#[test]
fn why_a_certificate_is_refused() {
    use AuthenticationFault as A;
    let refused = "10:00:00 01[IKE] <a|1> no trusted RSA public key found for 'b.example'\n";
    let told = |before: &str| {
        let events = events(&format!("{before}{refused}"));
        let [LogEvent::AuthenticationFailed(fault)] = events[..] else {
            panic!("{events:?}");
        };
        fault
    };
    let sent = "10:00:00 01[IKE] <1> received end entity cert \"CN=x.example\"\n";
    let other = sent.replace("<1>", "<2>");
    let expired = "10:00:00 01[CFG] <a|1> subject certificate invalid (valid from Jan 01 00:00:00 2019 to Jan 01 00:00:00 2020)\n";
    let early = expired.replace("2019", "2090").replace("2020", "2095");
    assert_eq!(told(""), A::Untrusted);
    assert_eq!(told(&other), A::Untrusted);
    assert_eq!(told(sent), A::CertificateName);
    assert_eq!(told(&format!("{sent}{expired}")), A::CertificateExpired);
    assert_eq!(told(&format!("{sent}{early}")), A::CertificateNotYetValid);
    let dated = early
        .replace("2090", "2025")
        .replace("10:00:00 01", "2024-05-01T10:00:00Z 01");
    assert_eq!(told(&dated), A::CertificateNotYetValid);
    assert_eq!(
        told(&dated.replace("2024-", "2026-")),
        A::CertificateExpired
    );
    let issuer = "01[CFG] <a|1> no issuer certificate found for \"CN=b.example\"\n";
    assert_eq!(told(&format!("{sent}{issuer}")), A::Untrusted);
    let revoked = "01[CFG] <a|1> certificate was revoked on Nov 21 10:40:57 UTC 2026, reason: key compromise\n";
    assert_eq!(told(revoked), A::CertificateRevoked);
}

#[test]
fn what_several_lines_tell() {
    let events = events(
        "\
01[ESP] parsed ESP header with SPI deadbeef [seq 1]
01[ESP] inbound ESP packet does not belong to an installed SA
01[ESP] ESP sequence number verification failed:
01[ESP]   src 192.0.2.10, dst 198.51.100.20, SPI ab1196f8 [seq 1]
01[IKE] <a|1> CHILD_SA n{1} established with SPIs 01_i 02_o and TS 10.1.0.0/24 === 10.2.0.0/16
01[CFG] <a|1>  config: 10.2.0.0/24, received: 10.2.0.0/16 => match: 10.2.0.0/24
01[IKE] <a|1> no matching proposal found, sending NO_PROPOSAL_CHOSEN
",
    );
    let spis = ChildSpis {
        inbound: Some(1),
        outbound: Some(2),
    };
    let refused = LogEvent::NoProposal {
        differs: None,
        received: None,
        configured: None,
    };
    assert_eq!(
        events,
        [
            LogEvent::UnknownSpi(Some(0xdead_beef)),
            LogEvent::Replayed(Some(0xdead_beef)),
            LogEvent::ChildEstablished(spis),
            LogEvent::Selectors {
                local: "10.1.0.0/24".to_owned(),
                remote: "10.2.0.0/16".to_owned(),
            },
            LogEvent::Narrowed {
                received: "10.2.0.0/16".to_owned(),
                configured: "10.2.0.0/24".to_owned(),
            },
            refused,
            LogEvent::NotifySent("NO_PROPOSAL_CHOSEN".to_owned()),
        ]
    );
}

#[test]
fn texts_of_the_peer_are_escaped() {
    let log = "07[CFG] <\u{202e}evil|1> received proposals: \u{1b}[31mESP\n07[IKE] <\u{202e}evil|1> no proposal found\n";
    let read = read(0, log.as_bytes());
    let shown = format!("{:?}", read.evidence);
    assert!(
        !shown.contains('\u{1b}') && !shown.contains('\u{202e}'),
        "{shown}"
    );
    assert_eq!(read.evidence.len(), 1);
}

proptest! {
    #[test]
    fn no_log_panics(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        shaped in "((Nov 21 )?10:00:00 |x)[0-9]?\\[(IKE|NET|ENC)\\] (<a\\|1> )?(sending packet: from |parsed IKE_AUTH request |no acceptable |received )\\PC{0,30}",
    ) {
        for log in [&bytes[..], shaped.as_bytes()] {
            let read = read(0, log);
            let told = u64::try_from(read.evidence.len()).unwrap();
            prop_assert!(told + read.quiet + read.untold + read.foreign >= read.lines);
        }
    }
}
