//! # ipsec-mode-mismatch
//!
//! One end asks for tunnel mode, the other for transport mode.
//!
//! ## What happened
//!
//! The mode is agreed on with the SA. In IKEv1 the proposals do not fit; in
//! IKEv2 transport mode is asked for with a notification, and where it is not
//! answered tunnel mode holds, or the initiator gives up.
//!
//! ## How it is recognised
//!
//! Two configurations of one tunnel that say so.
//!
//! ## What to do
//!
//! Write the same mode at both ends: tunnel mode between gateways, transport
//! mode between hosts.
//!
//! ## What would prove it
//!
//! Both configurations.
//!
//! ## References
//!
//! RFC 2407 §4.5; RFC 7296 §1.3.1; RFC 4301 §4.1.

use crate::diag::catalog::{Scene, only_written};
use crate::diag::{Finding, Who};

rule!("ipsec-mode-mismatch", "one end asks for tunnel mode and the other for transport mode", only_written, "ipsec_mode_mismatch.rs", advice: advice);

fn advice(finding: Finding, _: &Scene) -> Finding {
    finding
        .who(Who::Local)
        .fix(
            "either end",
            "Write the mode of the other end: tunnel mode between gateways.",
        )
        .refs(&["RFC 2407 §4.5", "RFC 7296 §1.3.1"])
}
