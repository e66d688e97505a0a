//! Values as Python knows them, and what type checkers are told of them.

use core::net::IpAddr;
use ipsec_core::time::{Duration, Instant};
use ipsec_core::wire::tree::Value;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyMemoryView};
use std::borrow::Cow;

#[cfg(feature = "inspect")]
use pyo3::inspect::PyStaticExpr;
#[cfg(feature = "inspect")]
use pyo3::{type_hint_identifier as named, type_hint_subscript as of, type_hint_union};

/// A path, a buffer or a binary file object.
#[cfg(feature = "inspect")]
pub(crate) const DATA: PyStaticExpr = type_hint_union!(
    named!("builtins", "str"),
    of!(named!("os", "PathLike"), named!("builtins", "str")),
    named!("_typeshed", "ReadableBuffer"),
    of!(
        named!("_typeshed", "SupportsRead"),
        named!("builtins", "bytes")
    )
);

/// A path or a buffer: what can be read several times.
#[cfg(feature = "inspect")]
pub(crate) const FILE: PyStaticExpr = type_hint_union!(
    named!("builtins", "str"),
    of!(named!("os", "PathLike"), named!("builtins", "str")),
    named!("_typeshed", "ReadableBuffer")
);

/// One of these, or a list or tuple of them.
#[cfg(feature = "inspect")]
pub(crate) const FILES: PyStaticExpr =
    type_hint_union!(DATA, of!(named!("collections.abc", "Sequence"), DATA));

/// Keys in any form, or a list or tuple of them.
#[cfg(feature = "inspect")]
pub(crate) const KEYS: PyStaticExpr = type_hint_union!(
    ONE_KEYS,
    of!(named!("collections.abc", "Sequence"), ONE_KEYS)
);

#[cfg(feature = "inspect")]
const ONE_KEYS: PyStaticExpr = type_hint_union!(
    DATA,
    <crate::keys::KeyLog as pyo3::PyTypeInfo>::TYPE_HINT,
    <crate::keys::Keyring as pyo3::PyTypeInfo>::TYPE_HINT
);

/// Candidates for the pre-shared key.
#[cfg(feature = "inspect")]
pub(crate) const PSK: PyStaticExpr = type_hint_union!(
    named!("builtins", "str"),
    named!("builtins", "bytes"),
    of!(
        named!("collections.abc", "Sequence"),
        type_hint_union!(named!("builtins", "str"), named!("builtins", "bytes"))
    )
);

/// Exceptions that were not raised.
#[cfg(feature = "inspect")]
pub(crate) const FAULTS: PyStaticExpr = of!(
    named!("builtins", "list"),
    named!("ipsec_core._errors", "DecodeError")
);

/// The value of a field: a number, bytes, or text; `None` for a structure.
#[derive(Debug)]
pub(crate) struct Plain<'a>(pub(crate) Value<'a>);

impl<'py> IntoPyObject<'py> for Plain<'_> {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    #[cfg(feature = "inspect")]
    const OUTPUT_TYPE: PyStaticExpr = type_hint_union!(
        named!("builtins", "int"),
        named!("builtins", "bytes"),
        named!("builtins", "str"),
        named!("builtins", "None")
    );

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a structure and a fault have no value"
    )]
    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        if let Some(number) = self.0.number() {
            return Ok(number.into_pyobject(py)?.into_any());
        }
        let text = match self.0 {
            Value::Bytes(bytes) => return Ok(PyBytes::new(py, bytes).into_any()),
            Value::Text(bytes) => String::from_utf8_lossy(bytes),
            Value::Words(words) => Cow::Owned(words),
            Value::Address(_) | Value::Mac(_) => Cow::Owned(self.0.to_string()),
            _ => return Ok(py.None().into_bound(py)),
        };
        Ok(text.into_pyobject(py)?.into_any())
    }
}

/// An object that Python made, of a type that is told to type checkers.
macro_rules! typed {
    ($(#[$doc:meta])* $name:ident = $hint:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) struct $name<'py>(pub(crate) Bound<'py, PyAny>);

        impl<'py> IntoPyObject<'py> for $name<'py> {
            type Target = PyAny;
            type Output = Bound<'py, PyAny>;
            type Error = core::convert::Infallible;

            #[cfg(feature = "inspect")]
            const OUTPUT_TYPE: pyo3::inspect::PyStaticExpr = $hint;

            fn into_pyobject(self, _: Python<'py>) -> Result<Self::Output, Self::Error> {
                Ok(self.0)
            }
        }
    };
}

pub(crate) use typed;

typed! {
    /// A pointer with its name.
    Capsule = named!("typing_extensions", "CapsuleType")
}

typed! {
    /// A point in time, in UTC.
    Moment = named!("datetime", "datetime")
}

typed! {
    /// Fields, one after the other.
    Walk = of!(
        named!("collections.abc", "Iterator"),
        <crate::field::Field as pyo3::PyTypeInfo>::TYPE_HINT
    )
}

typed! {
    /// Nested plain values.
    Nested = of!(
        named!("builtins", "dict"),
        named!("builtins", "str"),
        named!("typing", "Any")
    )
}

typed! {
    /// Texts by name.
    Texts = of!(
        named!("builtins", "dict"),
        named!("builtins", "str"),
        named!("builtins", "str")
    )
}

typed! {
    /// What is wrong with a packet, or nothing.
    Fault = type_hint_union!(
        named!("ipsec_core._errors", "DecodeError"),
        named!("builtins", "None")
    )
}

/// Bytes of anything that is a buffer.
#[derive(Default)]
pub(crate) struct Buffer(Option<PyBackedBytes>);

impl core::ops::Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0.as_deref().unwrap_or_default()
    }
}

impl<'py> FromPyObject<'_, 'py> for Buffer {
    type Error = PyErr;

    #[cfg(feature = "inspect")]
    const INPUT_TYPE: PyStaticExpr = named!("_typeshed", "ReadableBuffer");

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(bytes) = object.extract() {
            return Ok(Self(Some(bytes)));
        }
        let view = PyMemoryView::from(&object)?;
        Ok(Self(Some(view.call_method0("tobytes")?.extract()?)))
    }
}

/// A moment, as seconds since the caller's origin.
pub(crate) struct Seconds(pub(crate) Instant);

impl Default for Seconds {
    fn default() -> Self {
        Self(Instant::ZERO)
    }
}

impl<'py> FromPyObject<'_, 'py> for Seconds {
    type Error = PyErr;

    #[cfg(feature = "inspect")]
    const INPUT_TYPE: PyStaticExpr = named!("builtins", "float");

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let since = Duration::try_from_secs_f64(object.extract()?);
        let since = since.map_err(|_| PyValueError::new_err("now: seconds, not below 0"))?;
        Ok(Self(Instant::ZERO.saturating_add(since)))
    }
}

/// An IP address, as text or of the module `ipaddress`.
#[derive(Clone, Copy)]
pub(crate) struct Address(pub(crate) IpAddr);

impl<'py> FromPyObject<'_, 'py> for Address {
    type Error = PyErr;

    #[cfg(feature = "inspect")]
    const INPUT_TYPE: PyStaticExpr = type_hint_union!(
        named!("builtins", "str"),
        named!("ipaddress", "IPv4Address"),
        named!("ipaddress", "IPv6Address")
    );

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let text = object.str()?.to_string();
        let address = text.parse();
        let none = |_| PyValueError::new_err(format!("{text:?} is no IP address"));
        Ok(Self(address.map_err(none)?))
    }
}

/// The word by which the JSON of a report calls `value`.
pub(crate) fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(other) => other.to_string(),
        Err(error) => error.to_string(),
    }
}
