//! Bytes ↔ values, without state and without cryptography.
//!
//! Every protocol has two functions: `decode`, which reads a value out of
//! bytes and keeps whatever it cannot name, and [`Layout`]-driven `lay_out`,
//! which walks the value field by field in wire order. One walk serves two
//! readers: an [`Encoder`] turns it back into the same bytes, a
//! [`TreeBuilder`] into the field tree (byte range, symbolic value,
//! description) that the command, Python and the browser show.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

pub mod ah;
pub mod checksum;
pub mod encap;
pub mod esp;
mod filter;
pub mod icmp;
pub mod ike;
pub mod ip;
pub mod isakmp;
pub mod layout;
pub mod leaf;
pub mod options;
pub mod registry;
pub mod tcp;
pub mod tree;
pub mod udp;
mod unread;
pub mod upper;
pub mod vendor;

pub use filter::{Filter, FilterError};
pub use layout::{Encoder, Field, Layout, Show};
pub use leaf::{DecodeError, DecodeErrorKind};
pub use tree::{Node, Origin, Tree, TreeBuilder};
pub use unread::Unread;
