//! Captures as iterators of packets, and packets that come from no file.

use crate::errors;
use crate::keys::{Candidates, Keys, Trust, keyring};
use crate::packet::Packet;
use crate::source::{Progress, Source};
use ipsec_core::capture::{CaptureError, CaptureReader, Decoder as CoreDecoder, Frame};
use ipsec_core::time::Instant;
use ipsec_core::wire::registry::ip::LinkType;
use ipsec_core::wire::{Filter, Tree};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::MutexExt as _;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Open a capture (pcap or pcapng, gzipped or not) to iterate over its
/// packets.
///
/// `file` is a path, anything that is a buffer, or a binary file object. What
/// `keys`, `psk`, `ca` and `crl` can be, `Keyring` says; with them encrypted
/// parts are opened and checked. Only packets for which `filter` holds are
/// given, such as "ike.exchange == IKE_AUTH and ip.src == 192.0.2.0/24".
///
/// A fault in the middle of the file becomes an `IpsecWarning` and an entry of
/// `Capture.faults`, and reading goes on behind it where the format allows
/// that; with `strict` it is raised. Raises OSError where the file cannot be
/// opened, DecodeError where it is no capture, FilterError for a wrong filter.
#[pyfunction]
#[pyo3(signature = (file, *, keys = None, psk = None, ca = None, crl = None, filter = None, strict = false))]
#[expect(clippy::too_many_arguments, reason = "Python names them")]
pub(crate) fn open(
    py: Python<'_>,
    file: Source,
    keys: Option<Keys>,
    psk: Option<Candidates>,
    ca: Option<Trust>,
    crl: Option<Trust>,
    filter: Option<&str>,
    strict: bool,
) -> PyResult<Capture> {
    let filter = match filter.map(str::parse::<Filter>).transpose() {
        Ok(filter) => filter,
        Err(error) => return Err(errors::of_filter(py, &error)),
    };
    let decoder = CoreDecoder::with_keys(keyring(py, keys, psk, ca, crl)?);
    let (name, total, progress) = (file.name.clone(), file.len, file.progress.clone());
    let batch = if file.is_live() { 1 } else { BATCH };
    let reader = py.detach(|| CaptureReader::new(file));
    if let Some(error) = progress.failure() {
        return Err(error);
    }
    let reader = reader.map_err(|error| errors::of_capture(py, error))?;
    let reading = Reading {
        reader,
        decoder,
        filter,
        tree: Tree::new(),
        ready: VecDeque::new(),
        batch,
        given: 0,
        ended: false,
    };
    Ok(Capture {
        name,
        total,
        progress,
        strict,
        reading: Mutex::new(Some(reading)),
        faults: Mutex::new(Vec::new()),
    })
}

/// A capture that is being read: an iterator of packets, and a context
/// manager.
#[pyclass(frozen, module = "ipsec_core")]
pub(crate) struct Capture {
    /// Its name, where it has one.
    #[pyo3(get)]
    name: Option<String>,
    total: Option<u64>,
    progress: Progress,
    strict: bool,
    reading: Mutex<Option<Reading>>,
    faults: Mutex<Vec<Py<PyAny>>>,
}

/// What is read with the interpreter released.
struct Reading {
    reader: CaptureReader<Source>,
    decoder: CoreDecoder,
    filter: Option<Filter>,
    tree: Tree,
    ready: VecDeque<Result<Packet, CaptureError>>,
    batch: usize,
    given: u64,
    ended: bool,
}

impl Reading {
    fn fill(&mut self) {
        let mut bytes = 0_usize;
        while self.ready.len() < self.batch && bytes < BATCH_BYTES && !self.ended {
            match self.reader.next_frame() {
                Ok(Some(frame)) => {
                    let dissection = self.decoder.dissect(&frame);
                    dissection.tree(&mut self.tree);
                    let wanted = |filter: &Filter| filter.matches(&self.tree, frame.data);
                    if self.filter.as_ref().is_none_or(wanted) {
                        bytes = bytes.saturating_add(frame.data.len());
                        let packet = Packet::new(&frame, &dissection, &self.tree);
                        self.ready.push_back(Ok(packet));
                    }
                }
                Ok(None) => self.ended = true,
                Err(error) => self.ready.push_back(Err(error)),
            }
        }
    }

    /// About how many packets are still to come, if they are like those that
    /// came.
    fn left(&self, total: u64, read: u64) -> u64 {
        let ready = u64::try_from(self.ready.len()).unwrap_or(u64::MAX);
        if self.ended {
            return ready;
        }
        let done = if self.reader.is_gzip() {
            read
        } else {
            self.reader.position()
        };
        let rest = u128::from(total.saturating_sub(done));
        let seen = u128::from(self.given.saturating_add(ready));
        let more = rest.saturating_mul(seen) / u128::from(done.max(1));
        ready.saturating_add(u64::try_from(more).unwrap_or(u64::MAX))
    }
}

impl Capture {
    fn reading(&self, py: Python<'_>) -> MutexGuard<'_, Option<Reading>> {
        let locked = self.reading.lock_py_attached(py);
        locked.unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self, py: Python<'_>) -> PyResult<Option<Result<Packet, CaptureError>>> {
        let mut reading = self.reading(py);
        let Some(reading) = reading.as_mut() else {
            return Err(PyValueError::new_err("the capture is closed"));
        };
        if reading.ready.is_empty() {
            py.detach(|| reading.fill());
            if let Some(error) = self.progress.failure() {
                return Err(error);
            }
        }
        let next = reading.ready.pop_front();
        reading.given = reading.given.saturating_add(next.is_some().into());
        Ok(next)
    }

    /// Keeps a fault that is not raised, and warns of the first few.
    fn note(&self, py: Python<'_>, fault: PyErr) -> PyResult<()> {
        let name = self.name.as_deref().unwrap_or("capture");
        let text = format!("{name}: {}", fault.value(py));
        let seen = {
            let faults = self.faults.lock_py_attached(py);
            let mut faults = faults.unwrap_or_else(PoisonError::into_inner);
            if faults.len() < FAULTS_MAX {
                faults.push(fault.into_value(py).into_any());
            }
            faults.len()
        };
        if seen > WARNINGS {
            return Ok(());
        }
        errors::warn(py, &text)
    }
}

#[pymethods]
impl Capture {
    fn __iter__(this: Bound<'_, Self>) -> Bound<'_, Self> {
        this
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Packet>> {
        loop {
            match self.next(py)? {
                None => return Ok(None),
                Some(Ok(packet)) => return Ok(Some(packet)),
                Some(Err(error)) => {
                    let ends = matches!(error, CaptureError::Io { .. });
                    let fault = errors::of_capture(py, error);
                    if self.strict || ends {
                        return Err(fault);
                    }
                    self.note(py, fault)?;
                }
            }
        }
    }

    /// About how many packets are still to come; 0 if nothing tells.
    fn __length_hint__(&self, py: Python<'_>) -> usize {
        let mut reading = self.reading(py);
        let (Some(reading), Some(total)) = (reading.as_mut(), self.total) else {
            return 0;
        };
        if reading.given == 0 && reading.ready.is_empty() {
            py.detach(|| reading.fill());
        }
        let left = reading.left(total, self.progress.bytes());
        usize::try_from(left).unwrap_or(usize::MAX).min(HINT_MAX)
    }

    /// Bytes of the file that were read so far; of a gzipped file, packed ones.
    #[getter]
    fn bytes_read(&self) -> u64 {
        self.progress.bytes()
    }

    /// Bytes of the file; None for a stream.
    #[getter]
    const fn bytes_total(&self) -> Option<u64> {
        self.total
    }

    /// What was wrong with the file so far: exceptions that were not raised,
    /// the first thousand of them.
    #[getter]
    fn faults(&self, py: Python<'_>) -> Faults {
        let faults = self.faults.lock_py_attached(py);
        let faults = faults.unwrap_or_else(PoisonError::into_inner);
        Faults(faults.iter().map(|fault| fault.clone_ref(py)).collect())
    }

    /// Close the file. What was read stays.
    fn close(&self, py: Python<'_>) {
        let reading = self.reading(py).take();
        drop(reading);
    }

    fn __enter__(this: Bound<'_, Self>) -> Bound<'_, Self> {
        this
    }

    #[pyo3(signature = (*_why: "object"))]
    fn __exit__(&self, py: Python<'_>, _why: &Bound<'_, pyo3::types::PyTuple>) {
        self.close(py);
    }

    fn __repr__(&self) -> String {
        let read = self.progress.bytes();
        let name = self.name.as_deref().unwrap_or("capture");
        match self.total {
            Some(total) => format!("<Capture {name:?}: {read} of {total} bytes read>"),
            None => format!("<Capture {name:?}: {read} bytes read>"),
        }
    }
}

/// A list of exceptions.
pub(crate) struct Faults(Vec<Py<PyAny>>);

impl<'py> IntoPyObject<'py> for Faults {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    #[cfg(feature = "inspect")]
    const OUTPUT_TYPE: pyo3::inspect::PyStaticExpr = crate::plain::FAULTS;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(pyo3::types::PyList::new(py, self.0)?.into_any())
    }
}

/// Takes frames apart that come from no file: from a socket, or out of another
/// program's hands. It remembers fragments, and which SAs exchanges created.
#[pyclass(frozen, module = "ipsec_core")]
pub(crate) struct Decoder {
    state: Mutex<(CoreDecoder, u64)>,
}

#[pymethods]
impl Decoder {
    /// What the arguments can be, `Keyring` says.
    #[new]
    #[pyo3(signature = (*, keys = None, psk = None, ca = None, crl = None))]
    fn new(
        py: Python<'_>,
        keys: Option<Keys>,
        psk: Option<Candidates>,
        ca: Option<Trust>,
        crl: Option<Trust>,
    ) -> PyResult<Self> {
        let decoder = CoreDecoder::with_keys(keyring(py, keys, psk, ca, crl)?);
        Ok(Self {
            state: Mutex::new((decoder, 0)),
        })
    }

    /// The packet that the bytes of one frame are.
    ///
    /// `link` is the number of the link layer that they begin with
    /// (LINKTYPE_*: 1 is Ethernet, 101 an IP packet), `time_ns` the time in
    /// nanoseconds since 1970.
    #[pyo3(signature = (frame, *, link = 1, time_ns = 0))]
    fn decode(&self, py: Python<'_>, frame: Source, link: u32, time_ns: u64) -> PyResult<Packet> {
        let progress = frame.progress.clone();
        let mut bytes = Vec::new();
        let read = py.detach(|| {
            let mut frame = std::io::Read::take(frame, FRAME_MAX);
            std::io::Read::read_to_end(&mut frame, &mut bytes)
        });
        if let Some(error) = progress.failure() {
            return Err(error);
        }
        read?;
        let state = self.state.lock_py_attached(py);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        let (decoder, number) = &mut *state;
        *number = number.saturating_add(1);
        let at = Instant::from_micros(time_ns / 1000);
        let frame = Frame::new(*number, at, LinkType(link), &bytes);
        let mut tree = Tree::new();
        let dissection = decoder.dissect(&frame);
        dissection.tree(&mut tree);
        Ok(Packet::new(&frame, &dissection, &tree))
    }
}

/// Packets that are decoded at once.
const BATCH: usize = 256;

/// Bytes of packets that are decoded at once, and one packet more.
const BATCH_BYTES: usize = 1 << 20;

/// Faults of one file that become warnings.
const WARNINGS: usize = 5;

/// Faults of one file that are kept.
const FAULTS_MAX: usize = 1000;

/// What Python takes as a length.
const HINT_MAX: usize = isize::MAX.unsigned_abs();

/// Bytes of one frame; more are cut off.
const FRAME_MAX: u64 = 256 << 10;
