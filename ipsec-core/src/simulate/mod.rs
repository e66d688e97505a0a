//! Networks that exist in memory only, for engines to be tried in.
//!
//! - [`network`]: datagrams that take time, get lost, doubled, overtaken, or
//!   are too big.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

pub mod network;
