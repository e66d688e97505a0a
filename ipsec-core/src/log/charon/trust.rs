//! Why a certificate of the peer is not trusted. The line that refuses it,
//! "no trusted … public key found", gives no reason; lines before it do.

use super::super::stamp::{self, Clock};
use super::event::Heard;
use crate::evidence::{AuthenticationFault, LogEvent};
use crate::time::Instant;

/// What is known of the peer's certificate.
#[derive(Debug, Default)]
pub(super) struct Trust {
    /// It sent one.
    pub(super) received: bool,
    /// A reason was told.
    told: bool,
}

/// What a line says of it.
pub(super) enum Verdict {
    /// A reason.
    Because(AuthenticationFault),
    /// It is refused.
    Refused,
}

impl Trust {
    pub(super) fn judge(&mut self, verdict: Verdict) -> Heard {
        let fault = match verdict {
            Verdict::Because(fault) => {
                self.told = true;
                fault
            }
            Verdict::Refused if core::mem::take(&mut self.told) => return Heard::Quiet,
            // Certificates are looked up by the peer's identity.
            Verdict::Refused if self.received => AuthenticationFault::CertificateName,
            Verdict::Refused => AuthenticationFault::Untrusted,
        };
        Heard::Fact(LogEvent::AuthenticationFailed(fault))
    }
}

pub(super) fn verdict(message: &str, now: Option<Instant>) -> Option<Verdict> {
    use AuthenticationFault as Fault;
    let starts = |text: &str| message.starts_with(text);
    if starts("no trusted ") && message.contains(" public key found for ") {
        return Some(Verdict::Refused);
    }
    let fault = if starts("no issuer certificate found for ")
        || starts("self-signed certificate ") && message.ends_with(" is not trusted")
        || starts("constraint check failed: peer not authenticated by CA ")
    {
        Fault::Untrusted
    } else if starts("certificate was revoked on ") {
        Fault::CertificateRevoked
    } else {
        let (_, dates) = message.split_once(" certificate invalid (valid from ")?;
        outside(dates, now)
    };
    Some(Verdict::Because(fault))
}

/// On which side of `Jan 01 00:00:00 2019 to Jan 01 00:00:00 2020` the present
/// lies. A log without years was written before [`LATEST`].
fn outside(dates: &str, now: Option<Instant>) -> AuthenticationFault {
    let from = stamp::stamp(dates).map(|(stamp, _)| Clock::default().at(stamp));
    let dated = now.filter(|now| *now > Instant::from_seconds(DATED, 0));
    let now = dated.unwrap_or(Instant::from_seconds(LATEST, 0));
    if from.is_some_and(|from| from > now) {
        AuthenticationFault::CertificateNotYetValid
    } else {
        AuthenticationFault::CertificateExpired
    }
}

/// Start of 2036, in seconds since 1970.
const LATEST: u64 = 2_082_758_400;

/// Seconds that no time reaches which is counted from the start of a log's
/// first year.
const DATED: u64 = 20 * 366 * 86_400;
