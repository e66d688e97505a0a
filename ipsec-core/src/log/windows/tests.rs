//! The lines of Windows, one form each, and what is made of them.

use super::*;
use crate::log;
use alloc::borrow::ToOwned;
use alloc::format;
use proptest::prelude::*;

fn facts(log: &str) -> Vec<(Option<bool>, LogEvent)> {
    let facts = read(0, log.as_bytes()).facts().into_iter();
    facts.map(|fact| (fact.child, fact.event)).collect()
}

fn note(name: &str) -> LogEvent {
    LogEvent::Notified {
        name: name.to_owned(),
        is_error: true,
    }
}

/// Our own lines in the form of `wfpdiag.txt`.
#[test]
fn the_trace_of_ikeext() {
    let head = "[0]0368.03A4::11/21/2026-12:00:00.496 [ikeext] 3038|192.0.2.36|";
    let trace = |kind: &str, code: u32, point: &str| {
        format!(
            "{head}IKE diagnostic event:\n{head}Failure type: IKE/Authip {kind} Mode Failure\n{head}  Failure error code:0x{code:08x}\n{head}    In words\n{head}\n{head}  Failure point: {point}\n"
        )
    };
    use AuthenticationFault as A;
    let (one, two) = (Some(false), Some(true));
    let failed = LogEvent::AuthenticationFailed;
    for (log, told) in [
        (
            trace("Main", 13_801, "Remote"),
            (one, note("AUTHENTICATION_FAILED")),
        ),
        (trace("Main", 13_801, "Local"), (one, failed(A::Untold))),
        (
            trace("Main", 13_806, "Local"),
            (one, failed(A::NoCertificate)),
        ),
        (trace("Quick", 13_868, "Local"), (two, refused())),
        (
            trace("Quick", 13_868, "Remote"),
            (two, note("NO_PROPOSAL_CHOSEN")),
        ),
        (trace("Main", 13_805, "Local"), (one, LogEvent::GaveUp)),
        (trace("Main", 13_816, "Local"), (one, LogEvent::Failed)),
        (trace("Main", 5, "Local"), (one, LogEvent::Failed)),
    ] {
        assert_eq!(log::sniff(log.as_bytes()), Some(log::Vendor::Windows));
        assert_eq!(facts(&log), [told], "{log}");
        let read = read(0, log.as_bytes());
        assert_eq!(
            read.evidence[0].at,
            Some(Instant::from_micros(1_795_262_400_496_000))
        );
        let peer = Some("192.0.2.36".to_owned());
        assert_eq!(read.facts()[0].connection, peer);
    }
}

#[test]
fn the_summary_that_azure_makes() {
    let log = "\
Error: Authentication failed. Check shared key.
     based on log : Peer failed with Windows error 13801(ERROR_IPSEC_IKE_AUTH_FAIL)
     based on log : IkeFindPayloadInPacket failed with Windows error 13843(ERROR_IPSEC_IKE_INVALID_PAYLOAD)
";
    assert_eq!(log::sniff(log.as_bytes()), Some(log::Vendor::Windows));
    let malformed = LogEvent::Malformed("IKE_INVALID_PAYLOAD".to_owned());
    assert_eq!(
        facts(log),
        [(None, note("AUTHENTICATION_FAILED")), (None, malformed)]
    );
}

#[test]
fn events_of_today() {
    let log = "\
Log Name:      Security
Date:          11/21/2026 12:00:00 PM
Event ID:      4653
Description:
An IPsec main mode negotiation failed.

Local Endpoint:
\tNetwork Address:\t192.0.2.1
Failure Information:
\tFailure Point:\t\tLocal computer
\tFailure Reason:\t\tNo policy configured

An IPsec quick mode negotiation failed.
Failure Information:
\tFailure Point:\t\tRemote computer
\tFailure Reason:\t\tPolicy match error
An IPsec main mode negotiation failed.
An IPsec main mode security association was established. Extended mode was not enabled.
An IPsec main mode security association ended.
During main mode negotiation, IPsec received an invalid negotiation packet.
";
    use AuthenticationFault as A;
    let (one, two) = (Some(false), Some(true));
    assert_eq!(log::sniff(log.as_bytes()), Some(log::Vendor::Windows));
    assert_eq!(
        facts(log),
        [
            (one, LogEvent::AuthenticationFailed(A::NoConfiguration)),
            (two, note("NO_PROPOSAL_CHOSEN")),
            (one, LogEvent::Failed),
            (one, LogEvent::IkeEstablished),
            (None, LogEvent::Deleted { by_peer: false }),
            (
                None,
                LogEvent::Malformed("invalid negotiation packet".to_owned())
            ),
        ]
    );
    let at = Some(Instant::from_seconds(1_795_262_400, 0));
    assert_eq!(read(0, log.as_bytes()).evidence[0].at, at);
}

/// 547 as text over several lines and in one, 545 and 546.
#[test]
fn events_before_vista() {
    let lines = "\
IKE security association negotiation failed.
Mode:
Key Exchange Mode (Main Mode)
Failure Point:
Me
Failure Reason:
Negotiation timed out
";
    assert_eq!(facts(lines), [(None, LogEvent::GaveUp)]);
    let line = "11/21/2026,12:00:00 PM,Security,547,IKE security association negotiation failed. Mode: Data Protection Mode (Quick Mode) Failure Point: Peer Failure Reason: Policy match error";
    assert_eq!(facts(line), [(Some(true), note("NO_PROPOSAL_CHOSEN"))]);
    let untold = LogEvent::AuthenticationFailed(AuthenticationFault::Untold);
    assert_eq!(
        facts("IKE peer authentication failed."),
        [(Some(false), untold)]
    );
    let line = "IKE security association establishment failed because peer sent invalid proposal.";
    assert_eq!(facts(line), [(Some(false), refused())]);
}

#[test]
fn oakley_log_of_2003() {
    let log = "\
11-14: 14:33:12:906:a54 Sending: SA = 0x000DFDE8 to 192.0.2.2:Type 2.500
11-14: 14:33:13:906:a54 retransmit: sa = 000DFDE8 centry 00000000 , count = 1
11-14: 14:34:15:906:a54 isadb_set_status sa:000DFDE8 centry:00000000 status 35ed
11-14: 14:34:15:906:a54 isadb_set_status sa:000DFDE8 centry:00000000 status 0
";
    assert_eq!(log::sniff(log.as_bytes()), Some(log::Vendor::Windows));
    let again = LogEvent::Retransmitted(Some(1));
    assert_eq!(facts(log), [(None, again), (None, LogEvent::GaveUp)]);
}

#[test]
fn names_and_numbers_go_both_ways() {
    for number in 13_800..=13_911 {
        let name = error_name(number).unwrap();
        assert_eq!(errors::error_number(name), Some(number), "{name}");
        assert!(errors::here(number).is_some() && errors::there(number).is_some());
    }
    for (number, name) in [
        (13_801, "IKE_AUTH_FAIL"),
        (13_806, "IKE_NO_CERT"),
        (13_843, "IKE_INVALID_PAYLOAD"),
        (13_897, "IKE_NEG_STATUS_END"),
        (13_911, "SA_LIFETIME_EXPIRED"),
    ] {
        assert_eq!(error_name(number), Some(name));
    }
    assert_eq!(
        (error_name(13_799), error_name(13_912), error_name(0)),
        (None, None, None)
    );
}

#[test]
fn what_others_write_is_not_windows() {
    for other in [
        "",
        "[0]0368.03A4::02/02/2017-17:36:01.496 [other] x",
        "[ikeext] x",
        "11-28: 11:43:09.125 My Connections\\hq - Established IKE SA",
        "the negotiation timed out",
        "ISAKMP: peer could not authenticate",
        "10:41:06 15[IKE] <tun|1> giving up after 5 retransmits",
    ] {
        assert!(!is_line(other), "{other}");
    }
    let read = read(0, b"hello\nFailure Reason: Negotiation timed out\n");
    assert_eq!((read.foreign, read.evidence.len()), (2, 0));
}

#[test]
fn hostile_words_are_escaped() {
    let bad = "\u{1b}]0;x\u{7}\u{202e}";
    let log = format!("[0]1.2::02/02/2017-17:36:01.496 [ikeext] 1|{bad}|x ERROR_IPSEC_IKE_ERROR\n");
    let read = read(0, log.as_bytes());
    assert_eq!(read.evidence.len(), 1);
    let shown = format!("{:?}", read.evidence).replace("\\\\", "");
    assert!(
        !shown.contains("\\u{1b}") && !shown.contains("\\u{202e}"),
        "{shown}"
    );
}

proptest! {
    #[test]
    fn no_log_panics(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        shaped in "(\\[0\\]1.2::02/02/2017-17:36:01.4 \\[ikeext\\] |11-14: 14:33:12:906:a5 |An IPsec main mode negotiation failed)?(Failure error code:0x|isadb_set_status status |ERROR_IPSEC_|Failure Reason:|retransmit: sa = )?\\PC{0,30}\n\\PC{0,30}",
    ) {
        for log in [&bytes[..], shaped.as_bytes()] {
            let read = read(0, log);
            prop_assert!(read.quiet + read.untold + read.foreign <= read.lines);
        }
    }
}
