//! # psk-weak
//!
//! A pre-shared key is short, or a word.
//!
//! ## What happened
//!
//! Whoever records a set-up in aggressive mode, or takes part in one of main
//! mode or IKEv2, can try keys without asking again. Words and short keys are
//! found in minutes.
//!
//! ## How it is recognised
//!
//! A key in a configuration or a file of secrets that is short, one word, or
//! one of those that everybody tries. It is never shown: only its length and
//! kind.
//!
//! ## What to do
//!
//! Use 20 or more random characters, the same at both ends, or certificates.
//!
//! ## What would prove it
//!
//! The configuration.
//!
//! ## References
//!
//! RFC 7296 §2.15; RFC 7296 §5.

use crate::diag::catalog::{Scene, only_written};
use crate::diag::{Finding, Who};

rule!("psk-weak", "a pre-shared key can be guessed", only_written, "psk_weak.rs", advice: advice);

fn advice(finding: Finding, _: &Scene) -> Finding {
    finding
        .who(Who::Credentials)
        .refs(&["RFC 7296 §2.15", "RFC 7296 §5"])
}
