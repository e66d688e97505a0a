//! A packet with its field tree.

use crate::errors;
use crate::field::{self, Field};
use crate::plain::{Fault, Moment, Nested, Walk};
use ipsec_core::capture::{Dissection, Frame};
use ipsec_core::evidence::Unsealing;
use ipsec_core::report::tree::Packet as Shown;
use ipsec_core::time::Instant;
use ipsec_core::wire::tree::{Origin, SourceId};
use ipsec_core::wire::{DecodeError, Tree};
use pyo3::exceptions::{PyAttributeError, PyKeyError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

/// A packet of a capture: its bytes, and every field in them.
///
/// A field is reached by its name (`packet.ike`), or by its path
/// (`packet["ike.sa.proposal[0].encr"]`); `"esp" in packet` asks whether it is
/// there, `packet.get(path)` gives it or None, `packet.find(path)` gives all of
/// that path. Iterating gives the fields of the top level.
#[pyclass(frozen, module = "ipsec_core")]
pub(crate) struct Packet {
    /// Number in its capture, from 1.
    #[pyo3(get)]
    number: u64,
    /// Number of bytes that were on the wire.
    #[pyo3(get)]
    original_length: u32,
    /// Number of the link layer that its bytes begin with (LINKTYPE_*).
    #[pyo3(get)]
    link: u32,
    at: Instant,
    nanos: u16,
    unsealed: Option<Unsealing>,
    fault: Option<DecodeError>,
    pub(crate) frame: Vec<u8>,
    pub(crate) tree: Tree,
}

impl Packet {
    /// What `frame` holds, whose fields are `tree`.
    pub(crate) fn new(frame: &Frame<'_>, dissection: &Dissection<'_>, tree: &Tree) -> Self {
        Self {
            number: frame.number,
            original_length: frame.original_len,
            link: frame.link.0,
            at: frame.at,
            nanos: frame.nanos,
            unsealed: dissection.unsealed.as_ref().map(|unsealed| unsealed.state),
            fault: fault(tree),
            frame: frame.data.to_vec(),
            tree: tree.clone(),
        }
    }

    pub(crate) const fn shown(&self) -> Shown<'_> {
        Shown {
            number: self.number,
            at: self.at,
            original_len: self.original_length,
            frame: self.frame.as_slice(),
            tree: &self.tree,
        }
    }

    pub(crate) fn name(&self, at: usize) -> &'static str {
        self.tree.nodes().get(at).map_or("", |node| node.field.name)
    }

    fn tops(&self) -> impl Iterator<Item = usize> + '_ {
        self.tree.children(None)
    }

    fn fields(this: &Bound<'_, Self>, at: impl IntoIterator<Item = usize>) -> Vec<Field> {
        let field = |at| Field::new(this.clone().unbind(), at);
        at.into_iter().map(field).collect()
    }
}

/// The first place from which on a structure could not be read.
fn fault(tree: &Tree) -> Option<DecodeError> {
    let mut nodes = tree.nodes().iter();
    nodes.find_map(|node| field::fault(tree, node))
}

#[pymethods]
impl Packet {
    /// When it was captured, in UTC, to the microsecond.
    ///
    /// Raises OverflowError or ValueError where the file names a time that
    /// datetime does not know.
    #[getter]
    fn time<'py>(&self, py: Python<'py>) -> PyResult<Moment<'py>> {
        let datetime = py.import("datetime")?;
        let utc = datetime.getattr("timezone")?.getattr("utc")?;
        let epoch = datetime
            .getattr("datetime")?
            .call1((1970, 1, 1, 0, 0, 0, 0, utc))?;
        let since = datetime
            .getattr("timedelta")?
            .call1((0, 0, self.at.as_micros()))?;
        Ok(Moment(epoch.add(since)?))
    }

    /// When it was captured, in nanoseconds since 1970.
    #[getter]
    fn time_ns(&self) -> u128 {
        let micros = u128::from(self.at.as_micros());
        micros
            .saturating_mul(1000)
            .saturating_add(self.nanos.into())
    }

    /// Number of bytes that were captured.
    #[getter]
    fn length(&self) -> usize {
        self.frame.len()
    }

    /// What is wrong with it first: an exception that was not raised, with the
    /// offset and the name of the field; None if all can be read.
    #[getter]
    fn fault<'py>(&self, py: Python<'py>) -> PyResult<Fault<'py>> {
        Ok(Fault(match &self.fault {
            Some(error) => errors::of_packet(py, error)?.into_bound(py),
            None => py.None().into_bound(py),
        }))
    }

    /// The buffers that ranges refer to, each with its origin: "frame",
    /// "reassembled" or "decrypted".
    #[getter]
    fn sources<'py>(&self, py: Python<'py>) -> Vec<(&'static str, Bound<'py, PyBytes>)> {
        let one = |source: SourceId| {
            let bytes = self.tree.source_bytes(source, &self.frame);
            (self.tree.origin(source).name(), PyBytes::new(py, bytes))
        };
        self.tree.sources().map(one).collect()
    }

    /// What was decrypted in it.
    ///
    /// Raises NoKeyError, WrongKeyError, IntegrityError or PaddingError where
    /// the keys do not open it, and CryptoError where nothing is encrypted.
    fn plaintext<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        if let Some(error) = errors::of_closed(py, self.unsealed) {
            return Err(error);
        }
        let mut sources = self.tree.sources();
        let opened = sources.find(|source| self.tree.origin(*source) == Origin::Decrypted);
        let bytes = opened.map(|source| self.tree.source_bytes(source, &self.frame));
        Ok(PyBytes::new(py, bytes.unwrap_or_default()))
    }

    /// The fields of the top level.
    #[getter]
    fn children(this: &Bound<'_, Self>) -> Vec<Field> {
        Self::fields(this, this.get().tops())
    }

    /// Every field, a structure before what is in it.
    fn tree(this: &Bound<'_, Self>) -> Vec<Field> {
        Self::fields(this, 0..this.get().tree.nodes().len())
    }

    /// All fields of this path. A segment without an index stands for each
    /// field of that name.
    fn find(this: &Bound<'_, Self>, path: &str) -> Vec<Field> {
        Self::fields(this, this.get().tree.find(path))
    }

    /// The first field of this path, or None.
    fn get(this: &Bound<'_, Self>, path: &str) -> Option<Field> {
        Self::find(this, path).into_iter().next()
    }

    fn __getitem__(this: &Bound<'_, Self>, path: &str) -> PyResult<Field> {
        let number = this.get().number;
        let missing = || PyKeyError::new_err(format!("packet {number} has no field {path}"));
        Self::get(this, path).ok_or_else(missing)
    }

    fn __contains__(&self, path: &str) -> bool {
        !self.tree.find(path).is_empty()
    }

    fn __getattr__(this: &Bound<'_, Self>, name: &str) -> PyResult<Field> {
        let packet = this.get();
        let found = packet.tops().find(|at| packet.name(*at) == name);
        let missing = || format!("packet {} has no field {name}", packet.number);
        let at = found.ok_or_else(|| PyAttributeError::new_err(missing()))?;
        Ok(Field::new(this.clone().unbind(), at))
    }

    fn __dir__(this: &Bound<'_, Self>) -> PyResult<Vec<String>> {
        let names = this.get().tops().map(|at| this.get().name(at));
        field::attributes(this.as_any(), names)
    }

    fn __iter__<'py>(this: &Bound<'py, Self>) -> PyResult<Walk<'py>> {
        field::walk(this.py(), Self::children(this))
    }

    fn __bytes__<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.frame)
    }

    /// Number, time, lengths, and all fields by name as plain values: a
    /// structure becomes a dict, fields that repeat become a list.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Nested<'py>> {
        let dict = PyDict::new(py);
        dict.set_item("number", self.number)?;
        dict.set_item("time_ns", self.time_ns())?;
        dict.set_item("length", self.frame.len())?;
        dict.set_item("original_length", self.original_length)?;
        field::nest(self, None, &dict)?;
        Ok(Nested(dict.into_any()))
    }

    /// The packet as one line of JSON, as `ipsec decode --format json` writes
    /// it.
    fn to_json(&self) -> String {
        let mut out = String::new();
        self.shown().write_json(&mut out);
        out.truncate(out.trim_end().len());
        out
    }

    /// The packet as indented text, as `ipsec decode` writes it; with `about`
    /// each field says what it means.
    #[pyo3(signature = (*, about = false))]
    fn to_text(&self, about: bool) -> String {
        let mut out = String::new();
        self.shown().write_text(about, &mut out);
        out
    }

    fn __str__(&self) -> String {
        self.to_text(false)
    }

    fn __repr__(&self) -> String {
        let layers: Vec<&str> = self.tops().map(|at| self.name(at)).collect();
        let (number, length) = (self.number, self.frame.len());
        format!("<Packet {number}: {}, {length} bytes>", layers.join("/"))
    }

    fn _repr_html_(&self) -> String {
        self.shown().to_html_element()
    }
}
