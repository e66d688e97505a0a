//! ipsec-wasm
