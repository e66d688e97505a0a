//! The `ipsec` command: hands its arguments to [`ipsec_core::cli`].

fn main() {}
