//! # policy-defaults-weak
//!
//! What the policy does not name, the device fills in with weak algorithms.
//!
//! ## What happened
//!
//! A policy that names only how the ends prove who they are leaves cipher, hash
//! and group to the device. Old releases fill in DES, and a group of 768 bits;
//! the other end, which was told to use something better, then refuses.
//!
//! ## How it is recognised
//!
//! A proposal of a configuration leaves algorithms unwritten, and those of the
//! release that the reader stands for are weak.
//!
//! ## What to do
//!
//! Write cipher, hash, group and lifetime, the same at both ends.
//!
//! ## What would prove it
//!
//! The configuration, and what the device shows of it with its defaults (`show
//! crypto isakmp policy`).
//!
//! ## References
//!
//! RFC 8247 §2; RFC 8221 §5.

use crate::diag::catalog::{Scene, only_written};
use crate::diag::{Finding, Who};

rule!("policy-defaults-weak", "what is not written is filled in with weak algorithms", only_written, "policy_defaults_weak.rs", advice: advice);

fn advice(finding: Finding, _: &Scene) -> Finding {
    finding
        .who(Who::Local)
        .refs(&["RFC 8247 §2", "RFC 8221 §5"])
}
