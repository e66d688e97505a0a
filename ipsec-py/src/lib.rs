//! The native half of the Python package `ipsec_core`: it converts and calls,
//! and holds no logic of its own.

use pyo3::prelude::*;

/// What `ipsec_core/__init__.py` imports.
#[pymodule(name = "_native")]
mod native {
    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "Python's name for it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
