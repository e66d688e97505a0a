//! Oracle's Site-to-Site VPN: what its pluto writes, each line in a record of
//! JSON (`{"data":{"message":"\"9123456789\" #12: …"},"time":"2026-…"}`).

use super::json::member;
use super::pluto;
use super::reading::Told;
use super::stamp::{self, Clock};
use super::{Reading, gather};

/// Reads a log of tunnels. `input` is its index among the inputs.
#[must_use]
pub fn read(input: usize, log: &[u8]) -> Reading {
    gather(input, log, teller())
}

/// What tells, line by line, what a log says.
pub(super) fn teller() -> impl FnMut(&str) -> Told + Send {
    let mut clock = Clock::default();
    let mut tell = pluto::teller();
    move |text| {
        let Some(message) = member(text, "message") else {
            return Told::Foreign;
        };
        let time = member(text, "time").or_else(|| member(text, "datetime"));
        let stamp = time.as_deref().and_then(stamp::stamp);
        let at = stamp.map(|(stamp, _)| clock.at(stamp));
        match tell(&message) {
            Told::Fact(own, logged) => Told::Fact(at.or(own), logged),
            Told::Facts(own, several) => Told::Facts(at.or(own), several),
            other @ (Told::Foreign
            | Told::Quiet
            | Told::Unknown
            | Told::Packet(_)
            | Told::Digits(_)) => other,
        }
    }
}

/// Whether a line is such a record of pluto's.
pub(super) fn is_line(text: &str) -> bool {
    text.contains("\"data\"") && member(text, "message").is_some_and(|text| pluto::is_line(&text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Fact, LogEvent};
    use crate::time::Instant;
    use proptest::prelude::*;

    const RECORD: &str = r#"{"datetime":1795262401000,"logContent":{"data":{"level":"info","message":"\"9123456789\" #2: IKE SA authentication request rejected by peer: AUTHENTICATION_FAILED","tunnelId":"x"},"time":"2026-11-21T12:00:01.000Z"}}"#;

    #[test]
    fn records_hold_lines_of_pluto() {
        assert!(is_line(RECORD));
        let read = read(0, RECORD.as_bytes());
        assert_eq!(
            read.evidence[0].at,
            Some(Instant::from_seconds(1_795_262_401, 0))
        );
        let Fact::Logged(said) = &read.evidence[0].fact else {
            panic!();
        };
        assert!(said.connection.as_deref().unwrap().contains("9123456789"));
        assert!(
            matches!(&said.event, LogEvent::Notified { name, .. } if name == "AUTHENTICATION_FAILED")
        );
        for other in ["", "{\"data\":{\"message\":\"hello\"}}", "\"9\" #2: x"] {
            assert!(!is_line(other), "{other}");
        }
    }

    proptest! {
        #[test]
        fn no_log_panics(shaped in "\\{\"data\":\\{\"message\":\"(\\\\\"9\\\\\" #2: )?\\PC{0,30}\"(,\"time\":\"2026-11-21T\\PC{0,9})?") {
            let read = read(0, shaped.as_bytes());
            prop_assert!(read.quiet + read.untold + read.foreign <= read.lines);
        }
    }
}
