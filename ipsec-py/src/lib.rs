//! The native half of the Python package `ipsec_core`: it converts and calls,
//! and holds no logic of its own.

use pyo3::prelude::*;

/// What `ipsec_core/__init__.py` imports.
#[pymodule(name = "_native")]
mod native {
    use ipsec_core::capture::read_evidence;
    use ipsec_core::crypto::rustcrypto;
    use ipsec_core::diag::diagnose;
    use ipsec_core::report::{InputKind, InputName, Report};
    use pyo3::exceptions::PyValueError;
    use pyo3::prelude::*;

    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "Python's name for it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    /// Say why the tunnel in a capture fails: the bytes of a pcap or pcapng
    /// file, gzipped or not, give the report as JSON.
    ///
    /// Raises ValueError when the file cannot be read at all.
    #[pyfunction]
    fn why(py: Python<'_>, capture: &[u8]) -> PyResult<String> {
        py.detach(|| {
            let evidence = read_evidence(0, capture, rustcrypto::provider())
                .map_err(|error| PyValueError::new_err(error.to_string()))?;
            let inputs = [InputName {
                name: "capture".to_owned(),
                kind: InputKind::Capture,
                unread: None,
                lines: None,
            }];
            Ok(Report::new(&inputs, &evidence, &diagnose(&evidence)).to_json())
        })
    }
}
