//! Reads, speaks and explains IPsec; touches no socket, clock or random source.
//!
//! - **read**: [`wire`] decodes and encodes every IKEv1, IKEv2, ESP and AH
//!   packet; [`capture`] finds them in capture files.
//! - **speak**: [`crypto`], [`keymat`], [`sa`], [`esp`], [`dataplane`] and [`ike`] are the
//!   protocol engines. Time, randomness and I/O are arguments.
//! - **explain**: captures, logs, configurations and live events become one
//!   body of [`evidence`]; [`diag`] turns evidence into findings and
//!   [`report`] prints them. [`explain`] does all of it at once.
//!
//! # Speaking IKE
//!
//! An [`ike::endpoint::Endpoint`] is driven in a loop that has one rule: after
//! every call that changes it, drain `poll_output` until it gives a time.
//!
//! ```text
//! loop {
//!     match endpoint.poll_output() {
//!         Transmit(datagram) => send it
//!         Event(event)       => take note of it
//!         Job(id, question)  => answer it now or later, with complete(now, id, answer)
//!         Timeout(at)        => wait for a datagram until then:
//!                                 one came: handle(now, local, remote, payload)
//!                                 none did: handle_timeout(now)
//!     }
//! }
//! ```
//!
//! Its documentation has two of them that connect in memory.
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `std` (default) | the standard library; without it the crate is `no_std` + `alloc` |
//! | `rustcrypto` (default) | the pure-Rust cryptographic provider |
//! | `rsa` (default) | RSA signatures in it, over a release candidate |
//! | `curve448` | X448 and Ed448 in it, over pre-releases |
//! | `capture` | capture files, link layers, reassembly, conversations |
//! | `log`, `config` | readers of vendor logs and device configurations |
//! | `diag`, `report` | findings, and their text and JSON forms |
//! | `serde` | serialisation of the public data models |
//! | `arrow` | packets, IKE messages and findings as Arrow record batches |
//! | `cli` | the `ipsec` command |
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

mod sorted;
pub mod time;
pub mod wire;

pub mod crypto;
pub mod keymat;

pub mod sa;

pub mod esp;

pub mod dataplane;

pub mod ike;

pub mod evidence;

pub mod keylog;

#[cfg(feature = "capture")]
pub mod capture;

#[cfg(feature = "log")]
pub mod log;

#[cfg(feature = "config")]
pub mod config;

#[cfg(all(feature = "capture", feature = "log", feature = "config"))]
pub mod inputs;

#[cfg(feature = "diag")]
pub mod diag;

#[cfg(feature = "report")]
pub mod report;

#[cfg(feature = "arrow")]
pub mod table;

#[cfg(all(feature = "capture", feature = "report"))]
pub mod explain;

#[cfg(all(feature = "config", feature = "diag"))]
pub mod simulate;

#[cfg(feature = "cli")]
pub mod cli;
