//! # sa-table-not-swapped
//!
//! The table of SAs of one end is a copy of the other's.
//!
//! ## What happened
//!
//! What is outbound at one end is inbound at the other: sender and receiver,
//! and the networks, change places. And an SPI is chosen by its receiver. A
//! table that is a copy of the other end's is wrong in one of the two, and keys
//! by hand that were made from it never fit.
//!
//! ## How it is recognised
//!
//! Two tables of SAs of different devices with the same rows.
//!
//! ## What to do
//!
//! Exchange source and destination in one of the two.
//!
//! ## What would prove it
//!
//! The tables as the two devices print them (`show crypto ipsec sa`).
//!
//! ## References
//!
//! RFC 4301 §4.4.2; RFC 4303 §2.1.

use crate::diag::catalog::{Scene, only_written};
use crate::diag::{Finding, Who};

rule!("sa-table-not-swapped", "the table of SAs of one end is a copy of the other's", only_written, "sa_table_not_swapped.rs", advice: advice);

fn advice(finding: Finding, _: &Scene) -> Finding {
    finding
        .who(Who::Local)
        .refs(&["RFC 4301 §4.4.2", "RFC 4303 §2.1"])
}
