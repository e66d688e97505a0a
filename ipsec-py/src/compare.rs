//! `compare`: whether configurations fit, before any packet.

use crate::errors;
use crate::plain::word;
use crate::report::{Files, why_unread};
use ipsec_core::capture::Keyring;
use ipsec_core::config::profile::Profile;
use ipsec_core::crypto::rustcrypto;
use ipsec_core::explain::{self, Comparison as CoreComparison};
use ipsec_core::report::harmless;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Say whether the configurations of a tunnel's ends fit, which lines do not,
/// and what to write.
///
/// `files` are what `diagnose` takes. `profile` says whose rules decide which
/// algorithms are weak: "ietf", "rfc8247", "rfc8221", "cnsa" or "legacy-ok".
///
/// Raises UnreadableError where no file holds a connection.
#[pyfunction]
#[pyo3(signature = (
    *files: "str | PathLike[str] | ReadableBuffer | SupportsRead[bytes] | tuple[str, str | PathLike[str] | ReadableBuffer | SupportsRead[bytes]]",
    profile = "ietf",
))]
pub(crate) fn compare(py: Python<'_>, files: Files, profile: &str) -> PyResult<Comparison> {
    let profile = profile_named(profile)?;
    let read = files.read(py, Keyring::new(rustcrypto::hashes()))?;
    if read
        .models
        .iter()
        .all(|(_, model)| model.connections.is_empty())
    {
        return Err(errors::unreadable(py, &why_unread(&read)));
    }
    let names: Vec<String> = read.files.iter().map(|file| file.name.clone()).collect();
    let comparison = py.detach(|| CoreComparison::of(&names, &read.models, profile));
    Ok(Comparison { comparison })
}

fn profile_named(name: &str) -> PyResult<Profile> {
    match name {
        "ietf" => Ok(Profile::Ietf),
        "rfc8247" => Ok(Profile::Rfc8247),
        "rfc8221" => Ok(Profile::Rfc8221),
        "cnsa" => Ok(Profile::Cnsa),
        "legacy-ok" => Ok(Profile::LegacyOk),
        _ => Err(PyValueError::new_err(
            "profile: expected ietf, rfc8247, rfc8221, cnsa or legacy-ok",
        )),
    }
}

/// What comes of some configurations.
///
/// `str(comparison)` is the text that `ipsec compare` prints.
#[pyclass(frozen, module = "ipsec_core")]
pub(crate) struct Comparison {
    comparison: CoreComparison,
}

#[pymethods]
impl Comparison {
    /// Nothing speaks against a tunnel that comes up and stays up.
    #[getter]
    const fn fits(&self) -> bool {
        self.comparison.fits
    }

    /// What is the case, the worst first.
    #[getter]
    fn facts(&self) -> Vec<Agreement> {
        self.comparison.facts.iter().map(Agreement::new).collect()
    }

    /// The comparison as JSON of ipsec-core/schema/comparison.schema.json.
    fn to_json(&self) -> String {
        self.comparison.to_json()
    }

    /// The comparison as text.
    fn to_text(&self) -> String {
        self.comparison.to_text()
    }

    fn __str__(&self) -> String {
        self.to_text()
    }

    fn __repr__(&self) -> String {
        let verdict = if self.comparison.fits {
            "fit"
        } else {
            "do not fit"
        };
        format!(
            "<Comparison: they {verdict}, {} facts>",
            self.comparison.facts.len()
        )
    }
}

/// Something that configurations agree on, or do not.
#[pyclass(frozen, get_all, module = "ipsec_core")]
pub(crate) struct Agreement {
    /// What it is about.
    topic: String,
    /// What comes of it: "fails", "fails-later", "narrows", "differs",
    /// "weakens" or "harmless".
    effect: String,
    /// The connection it is about, or None.
    connection: Option<String>,
    /// What is the case, in one sentence with the values.
    detail: String,
    /// Where it is written, side by side.
    places: Vec<Place>,
    /// What would put it right, best first.
    repairs: Vec<Patch>,
}

impl Agreement {
    fn new(fact: &explain::Agreement) -> Self {
        Self {
            topic: word(&fact.topic),
            effect: word(&fact.effect),
            connection: fact.connection.clone(),
            detail: fact.detail.clone(),
            places: fact.places.iter().map(Place::new).collect(),
            repairs: fact.repairs.iter().map(Patch::new).collect(),
        }
    }
}

#[pymethods]
impl Agreement {
    fn __repr__(&self) -> String {
        format!(
            "<Agreement {}, {}: {}>",
            self.topic,
            self.effect,
            harmless(&self.detail)
        )
    }
}

/// A place of a configuration and what stands there.
#[pyclass(frozen, get_all, module = "ipsec_core")]
#[derive(Clone)]
pub(crate) struct Place {
    /// Name of the file.
    file: String,
    /// Line, from 1; None for what the device fills in by itself.
    line: Option<u64>,
    /// Character of the line, from 1.
    column: u64,
    /// What stands there; never a secret.
    shows: String,
}

impl Place {
    fn new(place: &explain::Place) -> Self {
        Self {
            file: place.file.clone(),
            line: place.line,
            column: place.column,
            shows: place.shows.clone(),
        }
    }
}

#[pymethods]
impl Place {
    fn __repr__(&self) -> String {
        let line = self
            .line
            .map_or_else(String::new, |line| format!(":{line}:{}", self.column));
        format!(
            "<Place {}{line}: {}>",
            harmless(&self.file),
            harmless(&self.shows)
        )
    }
}

/// A change of one configuration.
#[pyclass(frozen, get_all, module = "ipsec_core")]
#[derive(Clone)]
pub(crate) struct Patch {
    /// Name of the file.
    file: String,
    /// What to do.
    text: String,
    /// The lines to write, in the form of that file, or None.
    patch: Option<String>,
    /// It makes the tunnel weaker.
    weakens: bool,
}

impl Patch {
    fn new(patch: &explain::Patch) -> Self {
        Self {
            file: patch.file.clone(),
            text: patch.text.clone(),
            patch: patch.patch.clone(),
            weakens: patch.weakens,
        }
    }
}

#[pymethods]
impl Patch {
    fn __repr__(&self) -> String {
        format!("<Patch {}: {}>", harmless(&self.file), harmless(&self.text))
    }
}
