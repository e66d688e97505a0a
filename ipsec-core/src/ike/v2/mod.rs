//! IKEv2 (RFC 7296): what one IKE SA does, phase by phase.
//!
//! - [`init`]: `IKE_SA_INIT` (§1.2), both ends.
//! - [`auth`]: `IKE_AUTH` (§1.2, §2.15), both ends.
//! - [`established`]: everything after, with a [`task`] for each request of
//!   ours.
//! - [`channel`]: messages sealed and opened; [`content`]: what is in them.

pub(super) mod auth;
pub(super) mod channel;
pub(super) mod child;
pub(super) mod content;
pub(super) mod established;
pub(super) mod init;
pub(super) mod proof;
pub(super) mod task;
