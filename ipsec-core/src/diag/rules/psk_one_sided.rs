//! # psk-one-sided
//!
//! The pre-shared key stands in one configuration, and the other is not given.
//!
//! ## What happened
//!
//! A pre-shared key must stand at both ends, at each for the address or
//! identity of the other. One configuration shows one of them.
//!
//! ## How it is recognised
//!
//! A connection with a key for its peer, and no configuration of the peer among
//! the inputs.
//!
//! ## What to do
//!
//! Look whether the peer has the line that the fix shows, with the same key.
//!
//! ## What would prove it
//!
//! The configuration of the other end.
//!
//! ## References
//!
//! RFC 2409 §5.4; RFC 7296 §2.15.

use crate::diag::catalog::{Scene, only_written};
use crate::diag::{Finding, Who};

rule!("psk-one-sided", "the pre-shared key stands at one end as far as is known", only_written, "psk_one_sided.rs", advice: advice);

fn advice(finding: Finding, _: &Scene) -> Finding {
    finding
        .who(Who::Credentials)
        .refs(&["RFC 2409 §5.4", "RFC 7296 §2.15"])
}
