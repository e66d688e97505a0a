//! The JavaScript face of `ipsec-core`: it converts and calls, and holds no
//! logic of its own.

use ipsec_core::capture::read_evidence;
use ipsec_core::crypto::rustcrypto;
use ipsec_core::diag::diagnose;
use ipsec_core::report::{InputKind, InputName, Report};
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

/// The version of the library.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// Says why the tunnel in a capture fails: the bytes of a pcap or pcapng file,
/// gzipped or not, give the report as JSON.
///
/// # Errors
/// When the file cannot be read at all.
#[wasm_bindgen]
pub fn why(capture: &[u8]) -> Result<String, JsError> {
    let evidence = read_evidence(0, capture, rustcrypto::provider())?;
    let inputs = [InputName {
        name: "capture".to_owned(),
        kind: InputKind::Capture,
        unread: None,
        lines: None,
    }];
    Ok(Report::new(&inputs, &evidence, &diagnose(&evidence)).to_json())
}
