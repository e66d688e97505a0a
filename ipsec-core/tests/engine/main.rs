//! Two engines against each other: in memory, and over a network that loses,
//! doubles, delays and forges.
#![cfg(all(feature = "rustcrypto", feature = "config", feature = "diag"))]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop where its assumptions do not hold"
)]

mod decoded;
mod grammar;
mod life;
mod pair;
mod proofs;
mod setup;
mod storm;
