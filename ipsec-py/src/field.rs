//! One field of a packet, with the fields in it.

use crate::errors;
use crate::packet::Packet;
use crate::plain::{Fault, Nested, Plain, Walk};
use ipsec_core::wire::tree::{Node, NodeKind, Value};
use ipsec_core::wire::{DecodeError, Tree};
use pyo3::exceptions::{PyAttributeError, PyKeyError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

/// A field of a packet: a value, a structure, or both.
///
/// The fields in it are reached by name (`field.proposal`), by path
/// (`field["proposal[0].encr"]`) or by iterating. A name that is also an
/// attribute of Field, such as `value`, is reached by its path alone.
#[pyclass(frozen, module = "ipsec_core")]
pub(crate) struct Field {
    packet: Py<Packet>,
    at: usize,
}

impl Field {
    pub(crate) const fn new(packet: Py<Packet>, at: usize) -> Self {
        Self { packet, at }
    }

    fn of(&self) -> &Packet {
        self.packet.get()
    }

    fn node(&self) -> PyResult<&Node> {
        let node = self.of().tree.nodes().get(self.at);
        node.ok_or_else(|| PyTypeError::new_err("a field of no packet"))
    }

    fn value_of(&self) -> PyResult<Value<'_>> {
        let packet = self.of();
        Ok(packet.tree.value(self.node()?, &packet.frame))
    }

    fn others(&self, py: Python<'_>, at: impl IntoIterator<Item = usize>) -> Vec<Self> {
        let other = |at| Self::new(self.packet.clone_ref(py), at);
        at.into_iter().map(other).collect()
    }

    fn named(&self, name: &str) -> Vec<usize> {
        let packet = self.of();
        let children = packet.tree.children(Some(self.at));
        children.filter(|at| packet.name(*at) == name).collect()
    }

    fn groups_of(&self, py: Python<'_>, names: &[&str]) -> Vec<Self> {
        match names.contains(&self.of().name(self.at)) {
            true => self.others(py, self.of().tree.groups(Some(self.at))),
            false => Vec::new(),
        }
    }
}

#[pymethods]
impl Field {
    /// Its name: the last segment of its path.
    #[getter]
    fn name(&self) -> &'static str {
        self.of().name(self.at)
    }

    /// Its path in the packet, as filters write it:
    /// `ike.sa.proposal[1].encr`. An index is given where the name repeats.
    #[getter]
    fn path(&self) -> String {
        self.of().tree.path(self.at)
    }

    /// Its heading for people.
    #[getter]
    fn title(&self) -> PyResult<&'static str> {
        Ok(self.node()?.field.title)
    }

    /// What it means, in one line.
    #[getter]
    fn about(&self) -> PyResult<&'static str> {
        Ok(self.node()?.field.about)
    }

    /// Its value: a number, bytes, or text; None for a structure that has
    /// none. What a peer chose is text as it was sent; `str(field)` escapes it.
    #[getter]
    fn value(&self) -> PyResult<Plain<'_>> {
        self.value_of().map(Plain)
    }

    /// The name of its value in its registry, such as "ENCR_AES_CBC"; None
    /// where there is none.
    #[getter]
    fn symbol(&self) -> PyResult<Option<&'static str>> {
        Ok(self.value_of()?.name())
    }

    /// Where its bytes begin and end in its source.
    #[getter]
    fn span(&self) -> PyResult<(usize, usize)> {
        let range = self.node()?.range();
        Ok((range.start, range.end))
    }

    /// Index of its source among `Packet.sources`.
    #[getter]
    fn source(&self) -> PyResult<u16> {
        Ok(self.node()?.source().index())
    }

    /// Where its bytes come from: "frame", "reassembled" or "decrypted".
    #[getter]
    fn origin(&self) -> PyResult<&'static str> {
        Ok(self.of().tree.origin(self.node()?.source()).name())
    }

    /// Why its structure could not be read on: an exception that was not
    /// raised; None for every field but `malformed`.
    #[getter]
    fn fault<'py>(&self, py: Python<'py>) -> PyResult<Fault<'py>> {
        Ok(Fault(match fault(&self.of().tree, self.node()?) {
            Some(error) => errors::of_packet(py, &error)?.into_bound(py),
            None => py.None().into_bound(py),
        }))
    }

    /// The packet that it is of.
    #[getter]
    fn packet(&self, py: Python<'_>) -> Py<Packet> {
        self.packet.clone_ref(py)
    }

    /// The fields directly in it.
    #[getter]
    fn children(&self, py: Python<'_>) -> Vec<Self> {
        self.others(py, self.of().tree.children(Some(self.at)))
    }

    /// The payloads of an IKE message, behind those on the wire the ones that
    /// were decrypted; of another field none.
    #[getter]
    fn payloads(&self, py: Python<'_>) -> Vec<Self> {
        match self.name() {
            "ike" | "isakmp" => self.others(py, self.of().tree.payloads(self.at)),
            _ => Vec::new(),
        }
    }

    /// The proposals of an SA payload; of another field none.
    #[getter]
    fn proposals(&self, py: Python<'_>) -> Vec<Self> {
        self.others(py, self.named("proposal"))
    }

    /// The transforms of a proposal; of another field none.
    #[getter]
    fn transforms(&self, py: Python<'_>) -> Vec<Self> {
        self.groups_of(py, &["proposal"])
    }

    /// The attributes of a transform or of a configuration payload; of another
    /// field none.
    #[getter]
    fn attributes(&self, py: Python<'_>) -> Vec<Self> {
        match self.named("attribute") {
            plain if !plain.is_empty() => self.others(py, plain),
            _ => self.groups_of(py, &["transform"]),
        }
    }

    /// The selectors of a traffic selector payload; of another field none.
    #[getter]
    fn selectors(&self, py: Python<'_>) -> Vec<Self> {
        self.others(py, self.named("selector"))
    }

    /// All fields of this path, which begins below this field.
    fn find(&self, py: Python<'_>, path: &str) -> Vec<Self> {
        let tree = &self.of().tree;
        self.others(py, tree.find(&format!("{}.{path}", tree.path(self.at))))
    }

    /// The first field of this path below this field, or None.
    fn get(&self, py: Python<'_>, path: &str) -> Option<Self> {
        self.find(py, path).into_iter().next()
    }

    fn __getitem__(&self, py: Python<'_>, path: &str) -> PyResult<Self> {
        let missing = || PyKeyError::new_err(format!("{} has no field {path}", self.path()));
        self.get(py, path).ok_or_else(missing)
    }

    fn __contains__(&self, py: Python<'_>, path: &str) -> bool {
        self.get(py, path).is_some()
    }

    fn __getattr__(&self, py: Python<'_>, name: &str) -> PyResult<Self> {
        let missing = || PyAttributeError::new_err(format!("{} has no field {name}", self.path()));
        let found = self.others(py, self.named(name)).into_iter().next();
        found.ok_or_else(missing)
    }

    fn __dir__(this: &Bound<'_, Self>) -> PyResult<Vec<String>> {
        let (packet, at) = (this.get().of(), this.get().at);
        let names = packet.tree.children(Some(at)).map(|at| packet.name(at));
        attributes(this.as_any(), names)
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Walk<'py>> {
        walk(py, self.children(py))
    }

    fn __bytes__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let packet = self.of();
        Ok(PyBytes::new(
            py,
            packet.tree.bytes(self.node()?, &packet.frame),
        ))
    }

    fn __int__(&self) -> PyResult<u64> {
        let number = self.value_of()?.number();
        number.ok_or_else(|| PyTypeError::new_err(format!("{} is no number", self.path())))
    }

    /// All fields in it by name as plain values: a structure becomes a dict,
    /// with its own value, if it has one, as `value`; fields that repeat
    /// become a list.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Nested<'py>> {
        let dict = PyDict::new(py);
        nest(self.of(), Some(self.at), &dict)?;
        Ok(Nested(dict.into_any()))
    }

    /// Its value as people read it; of a structure without one, its heading.
    fn __str__(&self) -> PyResult<String> {
        let value = self.value_of()?;
        if value == Value::None {
            return Ok(self.title()?.to_owned());
        }
        Ok(value.to_string())
    }

    fn __repr__(&self) -> PyResult<String> {
        let (path, range) = (self.path(), self.node()?.range());
        let value = self.value_of()?;
        let mark = if value == Value::None { "" } else { " = " };
        if self.node()?.kind == NodeKind::Part {
            return Ok(format!("<Field {path}{mark}{value}>"));
        }
        let (start, end) = (range.start, range.end);
        Ok(format!("<Field {path}{mark}{value}, bytes {start}..{end}>"))
    }

    fn _repr_html_(&self) -> String {
        self.of().shown().field_to_html_element(self.at)
    }
}

/// Why reading stopped at `node`, with the offset in its source.
pub(crate) fn fault(tree: &Tree, node: &Node) -> Option<DecodeError> {
    let error = tree.fault(node)?;
    Some(DecodeError::new(
        node.range().start,
        error.field,
        error.kind,
    ))
}

/// An iterator over `fields`.
pub(crate) fn walk(py: Python<'_>, fields: Vec<Field>) -> PyResult<Walk<'_>> {
    Ok(Walk(fields.into_pyobject(py)?.try_iter()?.into_any()))
}

/// What `dir()` tells of `object`: its attributes and the names of fields.
pub(crate) fn attributes(
    object: &Bound<'_, PyAny>,
    names: impl Iterator<Item = &'static str>,
) -> PyResult<Vec<String>> {
    let kind = object.get_type();
    let mut all: Vec<String> = object
        .py()
        .import("builtins")?
        .getattr("dir")?
        .call1((kind,))?
        .extract()?;
    all.extend(names.map(str::to_owned));
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

/// Sets the fields in `parent` into `dict`. A field tree is at most 255 deep.
pub(crate) fn nest(
    packet: &Packet,
    parent: Option<usize>,
    dict: &Bound<'_, PyDict>,
) -> PyResult<()> {
    let py = dict.py();
    if let Some(node) = parent.and_then(|at| packet.tree.nodes().get(at)) {
        let value = packet.tree.value(node, &packet.frame);
        if value != Value::None {
            dict.set_item("value", Plain(value))?;
        }
    }
    let mut met: Vec<&str> = Vec::new();
    for at in packet.tree.children(parent) {
        let Some(node) = packet.tree.nodes().get(at) else {
            break;
        };
        let value = if packet.tree.children(Some(at)).next().is_some() {
            let inner = PyDict::new(py);
            nest(packet, Some(at), &inner)?;
            inner.into_any()
        } else {
            Plain(packet.tree.value(node, &packet.frame)).into_pyobject(py)?
        };
        let name = node.field.name;
        if !met.contains(&name) {
            met.push(name);
            dict.set_item(name, value)?;
            continue;
        }
        let before = dict
            .get_item(name)?
            .unwrap_or_else(|| py.None().into_bound(py));
        match before.cast::<PyList>() {
            Ok(list) => list.append(value)?,
            Err(_) => dict.set_item(name, PyList::new(py, [before, value])?)?,
        }
    }
    Ok(())
}
