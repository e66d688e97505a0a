//! # dynamic-address-main-mode-psk
//!
//! A pre-shared key in main mode for a peer whose address is not fixed.
//!
//! ## What happened
//!
//! In main mode of IKEv1 the identity comes encrypted under keys that the pre-
//! shared key goes into. The responder must choose the key by the address
//! alone, and has none for an address that it does not know.
//!
//! ## How it is recognised
//!
//! A connection of main mode with a pre-shared key to any address, and no key
//! for anybody.
//!
//! ## What to do
//!
//! Use IKEv2, or certificates. Aggressive mode with a name as identity works as
//! well, but lets whoever records it try keys at leisure.
//!
//! ## What would prove it
//!
//! The configuration of the responder and its list of keys; its log, which says
//! that no key was found.
//!
//! ## References
//!
//! RFC 2409 §5.4; RFC 7296 §2.15.

use crate::diag::catalog::{Scene, only_written};
use crate::diag::{Finding, Who};

rule!("dynamic-address-main-mode-psk", "main mode with a pre-shared key and a peer at no fixed address", only_written, "dynamic_address_main_mode_psk.rs", advice: advice, brings: ["psk-missing"]);

fn advice(finding: Finding, _: &Scene) -> Finding {
    finding.who(Who::Credentials).refs(&["RFC 2409 §5.4"])
}
