//! # windows-l2tp-certificate
//!
//! L2TP over IPsec with certificates: every machine needs one of its own.
//!
//! ## What happened
//!
//! The policy that Windows makes for L2TP protects UDP port 1701 in transport
//! mode and proves the machine with a certificate of the machine, not of the
//! user. A machine without one never gets past the first messages.
//!
//! ## How it is recognised
//!
//! A connection in transport mode for UDP port 1701 that proves itself with a
//! signature.
//!
//! ## What to do
//!
//! Install a certificate in the store of each machine, or use a pre-shared key,
//! or IKEv2 in place of L2TP. Between fixed addresses write an IPsec policy
//! without L2TP.
//!
//! ## What would prove it
//!
//! The store of certificates of the machine; the log of the gateway.
//!
//! ## References
//!
//! RFC 3193 §2; RFC 7296 §2.15.

use crate::diag::catalog::{Scene, only_written};
use crate::diag::{Finding, Who};

rule!("windows-l2tp-certificate", "L2TP with certificates needs one for every machine", only_written, "windows_l2tp_certificate.rs", advice: advice, brings: ["cert-not-sent"]);

fn advice(finding: Finding, _: &Scene) -> Finding {
    finding
        .who(Who::Credentials)
        .fix(
            "each client",
            "Install a certificate for the machine itself, with its private key, in the store of the computer.",
        )
        .refs(&["RFC 3193 §2"])
}
