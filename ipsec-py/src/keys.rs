//! Key material: what was read of a key file, and all keys at hand.

use crate::errors;
use crate::source::Source;
use ipsec_core::capture::Keyring as CoreKeyring;
use ipsec_core::crypto::{Secret, rustcrypto};
use ipsec_core::keylog::{self, KeyReader, Psk};
use ipsec_core::keymat::x509::Bundle;
use ipsec_core::report::harmless;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyDict, PyString};
use std::io::{self, Read as _};
use std::sync::Arc;
use zeroize::Zeroizing;

/// What a file of keys holds, whatever its form: Wireshark's tables, daemons'
/// logs, `ip xfrm state`, secrets files, JSON.
///
/// Nothing of it shows a key but `dangerous_json` and `dangerous_wireshark`.
#[pyclass(frozen, module = "ipsec_core")]
pub(crate) struct KeyLog {
    log: keylog::KeyLog,
}

/// The keys of one SA, or what they can be computed from.
#[pyclass(frozen, get_all, module = "ipsec_core")]
pub(crate) struct KeyEntry {
    /// Number of the line on which they begin, from 1.
    line: usize,
    /// In what form they were written.
    format: String,
    /// Kind, SPIs or addresses, algorithms and the names of the keys that are
    /// there; never a key.
    shows: String,
}

#[pymethods]
impl KeyEntry {
    fn __repr__(&self) -> String {
        format!("<KeyEntry line {}: {}>", self.line, self.shows)
    }
}

#[pymethods]
impl KeyLog {
    /// Read a file of keys: a path, anything that is a buffer, or a binary
    /// file object.
    #[new]
    fn new(py: Python<'_>, file: Source) -> PyResult<Self> {
        let log = read(py, file)?;
        Ok(Self { log })
    }

    /// The keys, in the order of their lines.
    #[getter]
    fn entries(&self) -> Vec<KeyEntry> {
        let shown = |entry: &keylog::Entry| KeyEntry {
            line: entry.line,
            format: entry.format.to_string(),
            shows: harmless(&entry.keys.to_string()).into_owned(),
        };
        self.log.entries.iter().map(shown).collect()
    }

    /// What is wrong with the lines that give no key.
    #[getter]
    fn errors(&self) -> Vec<String> {
        self.log.errors.iter().map(ToString::to_string).collect()
    }

    /// The forms that were met.
    #[getter]
    fn formats(&self) -> Vec<String> {
        self.log.formats.iter().map(ToString::to_string).collect()
    }

    fn __len__(&self) -> usize {
        self.log.entries.len()
    }

    /// The keys themselves, in clear text, as JSON of
    /// ipsec-core/schema/keylog.schema.json.
    fn dangerous_json(&self) -> String {
        keylog::dangerous_json(&self.log).to_string()
    }

    /// The keys themselves, in clear text, as Wireshark's tables by their file
    /// names. What Wireshark has no table for is left out.
    fn dangerous_wireshark<'py>(&self, py: Python<'py>) -> PyResult<crate::plain::Texts<'py>> {
        let tables = keylog::dangerous_wireshark(&self.log);
        let dict = PyDict::new(py);
        dict.set_item("ikev1_decryption_table", tables.ikev1.as_str())?;
        dict.set_item("ikev2_decryption_table", tables.ikev2.as_str())?;
        dict.set_item("esp_sa", tables.esp_sa.as_str())?;
        Ok(crate::plain::Texts(dict.into_any()))
    }

    fn __repr__(&self) -> String {
        let forms = self.formats().join(", ");
        format!("<KeyLog: {} entries, {forms}>", self.log.entries.len())
    }
}

fn read(py: Python<'_>, mut file: Source) -> PyResult<keylog::KeyLog> {
    let progress = file.progress.clone();
    let read = py.detach(|| {
        let mut reader = KeyReader::default();
        let mut buffer = Zeroizing::new(vec![0; BUFFER]);
        loop {
            match file.read(&mut buffer) {
                Ok(0) => return Ok(reader.finish()),
                Ok(len) => reader.push(buffer.get(..len).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    });
    match progress.failure() {
        Some(error) => Err(error),
        None => Ok(read?),
    }
}

/// All keys at hand, to open any number of captures with.
#[pyclass(frozen, module = "ipsec_core")]
pub(crate) struct Keyring {
    keyring: Arc<CoreKeyring>,
}

#[pymethods]
impl Keyring {
    /// Gather keys.
    ///
    /// `keys` is a `KeyLog`, a `Keyring`, or what a `KeyLog` is read from: a
    /// path, a buffer or a binary file object; or a list or tuple of these.
    /// `psk` is a candidate for the pre-shared key, or a list or tuple of them:
    /// bytes as they are, or text, in which 0x begins hexadecimal and 0s base64
    /// digits. `ca` and `crl` are files of authorities' certificates and of
    /// revocation lists, PEM or DER.
    #[new]
    #[pyo3(signature = (keys = None, *, psk = None, ca = None, crl = None))]
    fn new(
        py: Python<'_>,
        keys: Option<Keys>,
        psk: Option<Candidates>,
        ca: Option<Trust>,
        crl: Option<Trust>,
    ) -> PyResult<Self> {
        let keyring = keyring(py, keys, psk, ca, crl)?;
        Ok(Self { keyring })
    }

    fn __bool__(&self) -> bool {
        !self.keyring.is_empty()
    }

    fn __repr__(&self) -> &'static str {
        match self.keyring.is_empty() {
            true => "<Keyring without keys>",
            false => "<Keyring>",
        }
    }
}

/// The argument `keys`.
pub(crate) struct Keys(Vec<KeyArg>);

enum KeyArg {
    Ring(Arc<CoreKeyring>),
    Log(keylog::KeyLog),
    File(Source),
}

impl<'py> FromPyObject<'_, 'py> for Keys {
    type Error = PyErr;

    #[cfg(feature = "inspect")]
    const INPUT_TYPE: pyo3::inspect::PyStaticExpr = crate::plain::KEYS;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        each(&object, |one| {
            if let Ok(ring) = one.cast::<Keyring>() {
                return Ok(KeyArg::Ring(Arc::clone(&ring.get().keyring)));
            }
            if let Ok(log) = one.cast::<KeyLog>() {
                // Secrets are not cloned; what is written of them is wiped.
                let json = keylog::dangerous_json(&log.get().log);
                return Ok(KeyArg::Log(keylog::read(json.as_bytes())));
            }
            one.extract().map(KeyArg::File)
        })
        .map(Self)
    }
}

/// The argument `psk`.
pub(crate) struct Candidates(Vec<Psk>);

impl<'py> FromPyObject<'_, 'py> for Candidates {
    type Error = PyErr;

    #[cfg(feature = "inspect")]
    const INPUT_TYPE: pyo3::inspect::PyStaticExpr = crate::plain::PSK;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        each(&object, |one| candidate(one)).map(Self)
    }
}

/// The exception never shows the key.
fn candidate(one: &Bound<'_, PyAny>) -> PyResult<Psk> {
    let key = if one.is_instance_of::<PyString>() {
        let text = Zeroizing::new(one.extract::<String>()?);
        let digits = "psk: what follows 0x must be hexadecimal, what follows 0s base64";
        keylog::psk_bytes(&text).ok_or_else(|| PyValueError::new_err(digits))?
    } else if let Ok(bytes) = one.extract::<PyBackedBytes>() {
        Secret::new(bytes.to_vec())
    } else {
        return Err(PyTypeError::new_err("psk: expected text or bytes"));
    };
    Ok(Psk::for_anyone(key))
}

/// The arguments `ca` and `crl`.
pub(crate) struct Trust(Vec<Source>);

impl<'py> FromPyObject<'_, 'py> for Trust {
    type Error = PyErr;

    #[cfg(feature = "inspect")]
    const INPUT_TYPE: pyo3::inspect::PyStaticExpr = crate::plain::FILES;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        each(&object, |one| one.extract()).map(Self)
    }
}

/// What `read` makes of `object`, or of each of its items if it is a list or a
/// tuple.
fn each<'py, T>(
    object: &Bound<'py, PyAny>,
    read: impl Fn(&Bound<'py, PyAny>) -> PyResult<T>,
) -> PyResult<Vec<T>> {
    let several = object.is_instance_of::<pyo3::types::PyList>()
        || object.is_instance_of::<pyo3::types::PyTuple>();
    if !several {
        return Ok(vec![read(object)?]);
    }
    object.try_iter()?.map(|one| read(&one?)).collect()
}

/// All keys that the arguments name.
pub(crate) fn keyring(
    py: Python<'_>,
    keys: Option<Keys>,
    psk: Option<Candidates>,
    ca: Option<Trust>,
    crl: Option<Trust>,
) -> PyResult<Arc<CoreKeyring>> {
    let mut args = keys.map_or_else(Vec::new, |keys| keys.0);
    let ring = args.iter().position(|arg| matches!(arg, KeyArg::Ring(_)));
    let mut keyring = match ring.map(|at| args.remove(at)) {
        Some(KeyArg::Ring(ring))
            if args.is_empty() && psk.is_none() && ca.is_none() && crl.is_none() =>
        {
            return Ok(ring);
        }
        Some(KeyArg::Ring(ring)) => (*ring).clone(),
        Some(_) | None => CoreKeyring::new(rustcrypto::provider()),
    };
    for arg in args {
        keyring.add(match arg {
            KeyArg::Log(log) => log,
            KeyArg::File(file) => named(py, file)?,
            KeyArg::Ring(_) => {
                return Err(PyTypeError::new_err("keys: at most one Keyring"));
            }
        });
    }
    for psk in psk.into_iter().flat_map(|psk| psk.0) {
        keyring.add_psk(psk);
    }
    for file in ca.into_iter().chain(crl).flat_map(|trust| trust.0) {
        keyring.add_trust(bundle(py, file)?);
    }
    Ok(keyring.into())
}

/// A key file; one without keys is worth a warning, for a daemon that failed
/// early has derived none.
fn named(py: Python<'_>, file: Source) -> PyResult<keylog::KeyLog> {
    let name = file.name.clone();
    let log = read(py, file)?;
    if log.entries.is_empty() {
        let name = name.as_deref().unwrap_or("keys");
        errors::warn(py, &format!("{name}: no keys in it"))?;
    }
    Ok(log)
}

fn bundle(py: Python<'_>, mut file: Source) -> PyResult<Bundle> {
    let (name, progress) = (file.name.clone(), file.progress.clone());
    let mut bytes = Vec::new();
    let read = py.detach(|| file.read_to_end(&mut bytes));
    if let Some(error) = progress.failure() {
        return Err(error);
    }
    read?;
    let bundle = Bundle::read(&bytes);
    if let Some(fault) = bundle.faults.first() {
        let name = name.as_deref().unwrap_or("certificates");
        errors::warn(py, &format!("{name}: {fault}"))?;
    }
    Ok(bundle)
}

/// Bytes read at once.
const BUFFER: usize = 1 << 16;
