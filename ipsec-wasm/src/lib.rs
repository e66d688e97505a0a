//! The JavaScript face of `ipsec-core`: it converts and calls, and holds no
//! logic of its own.
//!
//! Everything lives in a [`Workbench`]: files go in, answers come out. Bulk
//! bytes cross as typed arrays, all else as JSON, whose shapes
//! (`schema/workbench.schema.json`) become the TypeScript types.
//!
//! There are two builds: the small one reads captures, the one with feature
//! `full` files of any kind, and opens what is encrypted. A third, with feature
//! `dataplane` alone, seals and opens packets, and holds no workbench.

#[cfg(feature = "workbench")]
#[cfg_attr(feature = "full", path = "bench/full.rs")]
#[cfg_attr(not(feature = "full"), path = "bench/read.rs")]
mod bench;
#[cfg(feature = "dataplane")]
mod dataplane;
#[cfg(feature = "workbench")]
mod shapes;
#[cfg(feature = "workbench")]
mod workbench;

#[cfg(feature = "dataplane")]
pub use dataplane::{
    Action, AhReceiver, AhSender, DataPlane, Direction, EspReceiver, EspSender, Handle, Inbound,
    InboundKind, Opened, Outbound, OutboundKind, Policy, Tunnel,
};
#[cfg(feature = "workbench")]
pub use shapes::{
    Answer, CaptureInfo, Field, FileInfo, FileKind, Packet, Progress, Row, Shapes, Value,
};
#[cfg(feature = "workbench")]
pub use workbench::Workbench;

#[cfg(target_family = "wasm")]
use std::alloc::System;
use wasm_bindgen::prelude::wasm_bindgen;
#[cfg(target_family = "wasm")]
use zeroizing_alloc::ZeroAlloc;

/// Wipes whatever is freed: keys, and the files and answers they were in.
#[cfg(target_family = "wasm")]
#[global_allocator]
static WIPED: ZeroAlloc<System> = ZeroAlloc(System);

/// The version of the library.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
