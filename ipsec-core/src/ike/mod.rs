//! The Internet Key Exchange: an [`endpoint`] that speaks it, and what it is
//! made of.
//!
//! ```text
//! datagram ─ endpoint ─ index ─ connection ─ phase: read, then advance
//!                                              │ set-up   v2/init → v2/auth
//!                                              │ life     v2/established + v2/task
//! datagrams, events, jobs, next time ─ context ┘
//! ```
//!
//! - [`config`]: what an endpoint is told; safe defaults (RFC 8247).
//! - [`event`], [`job`]: what it tells and asks; [`keyring`] answers with what a
//!   gateway has.
//! - [`error`]: what is ignored, what is refused, and how (RFC 7296 §2.21).
//! - [`cookie`]: which first packets are worth any memory (§2.6).
#![cfg_attr(
    feature = "rustcrypto",
    doc = "- [`eap`]: both ends of EAP by password (RFC 3748)."
)]
//! - [`nat`]: paths, and NATs in them (§2.23).
//! - [`grammar`]: which payloads each IKEv2 message may hold (appendix C and
//!   §1).
//! - [`retransmit`]: when a request is sent again (§2.1, §2.4).

pub mod config;
pub mod cookie;
#[cfg(feature = "rustcrypto")]
pub mod eap;
pub mod endpoint;
pub mod error;
pub mod event;
pub mod grammar;
pub mod job;
pub mod keyring;
pub mod nat;
pub mod retransmit;

mod context;
mod exchange;
mod index;
mod selectors;
mod suite;
mod timer;
mod v2;
