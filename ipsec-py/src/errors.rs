//! The exceptions of the package. They are written in Python, where people
//! read them and subclass them; here they are raised.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what has no exception of its own is a CryptoError"
)]

use ipsec_core::capture::CaptureError;
use ipsec_core::esp::authentication::VerifyError;
use ipsec_core::esp::{ah, sa, transform};
use ipsec_core::evidence::{UnsealFault, Unsealing};
use ipsec_core::wire::{DecodeError, FilterError};
use pyo3::IntoPyObjectExt as _;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// The exception of this name, made of `args`.
fn exception<'py>(
    py: Python<'py>,
    name: &str,
    args: impl pyo3::call::PyCallArgs<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let module = MODULE.get_or_try_init(py, || {
        PyResult::Ok(py.import("ipsec_core._errors")?.unbind())
    })?;
    module.bind(py).getattr(name)?.call1(args)
}

fn raised<'py>(py: Python<'py>, name: &str, args: impl pyo3::call::PyCallArgs<'py>) -> PyErr {
    match exception(py, name, args) {
        Ok(error) => PyErr::from_value(error),
        Err(error) => error,
    }
}

/// Nothing of what was given can be read.
pub(crate) fn unreadable(py: Python<'_>, why: &str) -> PyErr {
    raised(py, "UnreadableError", (why,))
}

/// What is wrong with a capture file.
pub(crate) fn of_capture(py: Python<'_>, error: CaptureError) -> PyErr {
    let (text, offset, field) = (error.to_string(), error.offset(), error.field());
    if let CaptureError::Io { error, .. } = error {
        return error.into();
    }
    raised(py, "DecodeError", (text, offset, field))
}

/// What is wrong with a packet, as an exception that is not raised.
pub(crate) fn of_packet(py: Python<'_>, error: &DecodeError) -> PyResult<Py<PyAny>> {
    let args = (error.to_string(), error.offset, error.field);
    exception(py, "DecodeError", args)?.into_py_any(py)
}

/// What is wrong with a filter.
pub(crate) fn of_filter(py: Python<'_>, error: &FilterError) -> PyErr {
    let args = (error.to_string(), error.offset, error.expected);
    raised(py, "FilterError", args)
}

/// Why an encrypted part stays closed; `None` if it is open.
pub(crate) fn of_closed(py: Python<'_>, state: Option<Unsealing>) -> Option<PyErr> {
    let (name, why) = match state {
        Some(Unsealing::Verified | Unsealing::Unchecked) => return None,
        None => ("CryptoError", "nothing in this packet is encrypted"),
        Some(Unsealing::NoKey) => ("NoKeyError", "none of the keys is for its SA"),
        Some(Unsealing::Failed(fault)) => match fault {
            UnsealFault::WrongKey => ("WrongKeyError", "the key does not open this SA"),
            UnsealFault::WrongIcv => (
                "IntegrityError",
                "the check value is wrong: changed on the way, or forged",
            ),
            UnsealFault::WrongPadding => (
                "PaddingError",
                "the check value is right, but the padding is not",
            ),
            UnsealFault::Length => ("CryptoError", "cut, or of an impossible length"),
            UnsealFault::Unsupported => ("CryptoError", "an algorithm is not supported"),
            _ => ("CryptoError", "it stays closed"),
        },
        Some(_) => ("CryptoError", "it stays closed"),
    };
    Some(raised(py, name, (why,)))
}

/// Why ESP does not seal.
pub(crate) fn of_sealing(py: Python<'_>, error: sa::SealError) -> PyErr {
    let name = match error {
        sa::SealError::Over | sa::SealError::Exhausted => "ExpiredError",
        _ => "CryptoError",
    };
    raised(py, name, (error.to_string(),))
}

/// Why ESP stays closed.
pub(crate) fn of_opening(py: Python<'_>, error: sa::OpenError) -> PyErr {
    let name = match error {
        sa::OpenError::Over => "ExpiredError",
        sa::OpenError::Number(_) => "ReplayError",
        sa::OpenError::Packet(transform::OpenError::Integrity) => "IntegrityError",
        sa::OpenError::Packet(transform::OpenError::Padding { .. }) => "PaddingError",
        _ => "CryptoError",
    };
    raised(py, name, (error.to_string(),))
}

/// Why AH does not sign.
pub(crate) fn of_signing(py: Python<'_>, error: ah::SignError) -> PyErr {
    let name = match error {
        ah::SignError::Over | ah::SignError::Exhausted => "ExpiredError",
        _ => "CryptoError",
    };
    raised(py, name, (error.to_string(),))
}

/// Why AH does not agree.
pub(crate) fn of_checking(py: Python<'_>, error: ah::CheckError) -> PyErr {
    let name = match error {
        ah::CheckError::Over => "ExpiredError",
        ah::CheckError::Number(_) => "ReplayError",
        ah::CheckError::Packet(VerifyError::Integrity) => "IntegrityError",
        _ => "CryptoError",
    };
    raised(py, name, (error.to_string(),))
}

/// Warns the caller of the caller; an error if warnings are errors.
pub(crate) fn warn(py: Python<'_>, text: &str) -> PyResult<()> {
    static CATEGORY: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let category = CATEGORY.import(py, "ipsec_core._errors", "IpsecWarning")?;
    let text = std::ffi::CString::new(text.replace('\0', "\\0"))?;
    PyErr::warn(py, category, &text, 1)
}
