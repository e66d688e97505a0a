//! The command `ipsec`, as the console script of the package.

use pyo3::prelude::*;
use std::ffi::OsString;

/// Run the command `ipsec` with these arguments, its own name the first of
/// them, and return its exit status. It writes to the standard output of the
/// process, not to `sys.stdout`.
#[pyfunction]
#[pyo3(signature = (arguments: "list[str]"))]
pub(crate) fn command(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| ipsec_core::cli::run(arguments))
}
