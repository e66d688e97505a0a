//! # secret-changed
//!
//! The tunnel came up before, and now the secret is refused.
//!
//! ## What happened
//!
//! The same peers have authenticated each other, and later one of them is told
//! that authentication failed: a user has changed or mistyped the password, or
//! the pre-shared key was changed on one side. The settings were right, so it is
//! the secret that has to be entered again, not the connection that has to be
//! set up anew.
//!
//! ## How it is recognised
//!
//! In one log an SA of these peers comes up, and afterwards authentication fails:
//! the key or the user's password does not fit, or the peer says
//! AUTHENTICATION_FAILED and no log says that it was for another reason.
//!
//! ## What to do
//!
//! Enter the password or key again on the end that was refused. If it still
//! fails, ask who changed it on the other end, and when.
//!
//! ## What would prove it
//!
//! The log of the end that refused; `--psk` with the key of either end and a
//! capture of the attempt.
//!
//! ## References
//!
//! RFC 7296 §2.21.2; RFC 2409 §5.

use super::lines::{self, Lines, cite};
use crate::diag::finding::count;
use crate::diag::inquiry::Inquiry;
use crate::diag::told::Told;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::{AuthenticationFault as Fault, LogEvent};
use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::vec::Vec;

rule!("secret-changed", "the tunnel came up before, and now the secret is refused", check, "secret_changed.rs", brings: ["psk-mismatch", "xauth-failure", "eap-failure"]);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let logs = lines::by_log(case).into_iter();
    logs.filter_map(|(peers, lines)| of_log(case, peers, &lines))
        .collect()
}

fn of_log(case: &Inquiry<'_, '_>, peers: usize, lines: &Lines<'_, '_>) -> Option<Finding> {
    let (refused, confidence) = lines.iter().rev().find_map(|told| {
        let confidence = refuses_secret(told.event())?;
        Some((*told, confidence))
    })?;
    let other = case.told.iter().filter(|told| told.peers == peers);
    if other.map(Told::event).any(has_other_reason) {
        return None;
    }
    let is_up = |told: &&&Told<'_>| lines::is_ike_up(told.event());
    // XAUTH comes between phase 1 and phase 2: phase 1 says nothing of the user.
    let of_user = matches!(refused.event(), LogEvent::AuthenticationFailed(Fault::User));
    let stood = |told: &&&Told<'_>| match of_user {
        true => lines::is_child_up(told.event()),
        false => is_up(told),
    };
    let mut up = lines.iter().filter(stood);
    let up = up.rfind(|told| told.at < refused.at && same(told, refused))?;
    let after = lines.iter().filter(is_up).any(|told| told.at > refused.at);
    let minutes = refused.at.saturating_since(up.at).as_secs() / 60;
    let open = match confidence {
        Confidence::Proven => "",
        Confidence::Likely | Confidence::Possible => {
            " A certificate that ran out in between would be refused in the same words."
        }
    };
    let severity = if after {
        Severity::Warning
    } else {
        Severity::Error
    };
    Some(
        Finding::new(RULE.code, peers, severity, confidence)
            .title(format!("{} came up before, and now authentication fails: the secret of one end was changed", lines::both(case, peers)))
            .why(format!("{} earlier the same peers authenticated each other, so the settings were right.{open}", count(minutes, "minute")))
            .weight(97)
            .who(Who::Credentials)
            .cite(cite(up))
            .cite(cite(refused))
            .fix("the end that was refused", "Enter the password or pre-shared key again; do not set up the connection anew.")
            .refs(&["RFC 7296 §2.21.2", "RFC 2409 §5"]),
    )
}

/// Both lines may be of the same connection.
fn same(one: &Told<'_>, other: &Told<'_>) -> bool {
    let name = |told: &Told<'_>| {
        let connection = told.logged.connection.as_deref()?;
        let name = connection
            .split_once('|')
            .map_or(connection, |(name, _)| name);
        (!name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()))
            .then(|| name.to_owned())
    };
    name(one)
        .zip(name(other))
        .is_none_or(|(one, other)| one == other)
}

/// The event says that a secret was refused; how sure that is.
fn refuses_secret(event: &LogEvent) -> Option<Confidence> {
    if let LogEvent::AuthenticationFailed(fault) = event {
        let secret = matches!(fault, Fault::KeyMismatch | Fault::User);
        return secret.then_some(Confidence::Proven);
    }
    let LogEvent::Notified { name, .. } = event else {
        return None;
    };
    (name == "AUTHENTICATION_FAILED").then_some(Confidence::Likely)
}

/// Authentication failed for another reason than a secret.
fn has_other_reason(event: &LogEvent) -> bool {
    let LogEvent::AuthenticationFailed(fault) = event else {
        return false;
    };
    !matches!(
        fault,
        Fault::KeyMismatch | Fault::User | Fault::Untold | Fault::Undecryptable
    )
}
