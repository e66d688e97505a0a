//! The words by which JavaScript names what there are a few of (RFC 4301 §4.4.1
//! and §5).
#![expect(missing_docs, reason = "the macro adds a variant for every other word")]

use wasm_bindgen::prelude::wasm_bindgen;

/// What a policy does with packets.
#[wasm_bindgen]
#[derive(Clone, Copy, Debug)]
pub enum Action {
    /// They go in an SA.
    Protect = "protect",
    /// They go in the clear.
    Bypass = "bypass",
    /// They go nowhere.
    Discard = "discard",
}

/// Which way packets go.
#[wasm_bindgen]
#[derive(Clone, Copy, Debug)]
pub enum Direction {
    /// From the protected side.
    Out = "out",
    /// From the other.
    In = "in",
}

/// What is to be done with a packet of the protected side.
#[wasm_bindgen]
#[derive(Clone, Copy, Debug)]
pub enum OutboundKind {
    /// `packet` is to be sent.
    Protected = "protected",
    /// The packet itself is to be sent.
    Bypassed = "bypassed",
    /// An SA is needed first.
    Acquire = "acquire",
    /// It is to be handed over in pieces of at most `mtu` bytes.
    Cut = "cut",
    /// Nothing, but `packet`, an ICMP message, goes to its sender.
    Answered = "answered",
    /// Nothing.
    Dropped = "dropped",
}

/// What is to be done with a packet of the other side.
#[wasm_bindgen]
#[derive(Clone, Copy, Debug)]
pub enum InboundKind {
    /// `packet` was inside.
    Opened = "opened",
    /// It is to be taken as it is.
    Bypassed = "bypassed",
    /// It is of IKE, or keeps a NAT open.
    Control = "control",
    /// Nothing.
    Dropped = "dropped",
}
