//! # crypto-map-not-applied
//!
//! A crypto map is written, and no interface uses it.
//!
//! ## What happened
//!
//! The device does nothing with a crypto map until an interface names it.
//! Packets go out in the clear, or nowhere, and no IKE message is ever sent.
//!
//! ## How it is recognised
//!
//! A connection of a form that binds connections to interfaces, which no
//! interface names.
//!
//! ## What to do
//!
//! Name the map at the interface towards the peer: `crypto map NAME` below
//! `interface …` on IOS, `crypto map NAME interface outside` on ASA.
//!
//! ## What would prove it
//!
//! The whole configuration, with its interfaces.
//!
//! ## References
//!
//! RFC 4301 §4.4.1: the policy database is consulted at IPsec interfaces.

use crate::diag::catalog::{Scene, only_written};
use crate::diag::{Finding, Who};

rule!("crypto-map-not-applied", "no interface uses the connection", only_written, "crypto_map_not_applied.rs", advice: advice, brings: ["plaintext-leak"]);

fn advice(finding: Finding, _: &Scene) -> Finding {
    finding.who(Who::Local).refs(&["RFC 4301 §4.4.1"])
}
