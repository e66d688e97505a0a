//! The JavaScript face of `ipsec-core`: it converts and calls, and holds no
//! logic of its own.

use wasm_bindgen::prelude::wasm_bindgen;

/// The version of the library.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
