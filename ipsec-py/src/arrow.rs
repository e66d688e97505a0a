//! Captures as tables: objects that whatever reads the Arrow C stream takes as
//! they are (pyarrow, polars, pandas, DuckDB), without a copy.
//!
//! Nothing here is unsafe: arrow-array makes the stream, and the capsule owns
//! it until a reader moves it out, which leaves an empty one behind.

use crate::errors;
use crate::keys::{Keys, keyring};
use crate::plain::{Buffer, Capsule};
use crate::report::{Files, Report, diagnose};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchIterator, RecordBatchReader};
use ipsec_core::capture::{CaptureError, CaptureReader, Keyring, Partial, PartialError, Partition};
use ipsec_core::crypto::rustcrypto;
use ipsec_core::explain::Explanation;
use ipsec_core::table;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyCapsule};
use std::fs;
use std::io::{self, Cursor, Read};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Rows that are read as they are asked for, by anything that knows Arrow:
/// `pyarrow.table(t)`, `polars.DataFrame(t)`, `pandas.DataFrame.from_arrow(t)`,
/// `duckdb.sql("from t")`.
///
/// Every reader begins anew. Nothing of it is held in memory.
#[pyclass(frozen, module = "ipsec_core")]
pub(crate) struct Table {
    rows: Rows,
    faults: Arc<Mutex<Vec<String>>>,
}

enum Rows {
    Packets(File),
    Messages(File, Arc<Keyring>),
    Findings(RecordBatch),
}

#[pymethods]
impl Table {
    /// The rows as an Arrow C stream. A schema that is asked for is not heeded,
    /// as the interface allows.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Capsule<'py>> {
        drop(requested_schema);
        let reader = py.detach(|| self.reader());
        let reader = reader.map_err(|error| errors::of_capture(py, error))?;
        let stream = FFI_ArrowArrayStream::new(reader);
        let capsule = PyCapsule::new_with_value(py, stream, c"arrow_array_stream")?;
        Ok(Capsule(capsule.into_any()))
    }

    /// What was wrong with the file, as far as it was read. The rows before a
    /// fault come all the same, and those behind it where the format allows
    /// that.
    #[getter]
    fn faults(&self) -> Vec<String> {
        self.told().clone()
    }

    fn __repr__(&self) -> &'static str {
        match self.rows {
            Rows::Packets(_) => "<Table of packets>",
            Rows::Messages(..) => "<Table of messages>",
            Rows::Findings(_) => "<Table of findings>",
        }
    }
}

impl Table {
    fn new(rows: Rows) -> Self {
        Self {
            rows,
            faults: Arc::default(),
        }
    }

    fn told(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reader(&self) -> Result<Box<dyn RecordBatchReader + Send>, CaptureError> {
        let (file, keyring) = match &self.rows {
            Rows::Packets(file) => (file, None),
            Rows::Messages(file, keyring) => (file, Some(keyring)),
            Rows::Findings(batch) => {
                let rows = [Ok(batch.clone())];
                return Ok(Box::new(RecordBatchIterator::new(rows, batch.schema())));
            }
        };
        self.told().clear();
        let reader = file.capture()?;
        let batches = match keyring {
            None => table::packets(reader),
            Some(keyring) => table::messages(reader, Arc::clone(keyring)),
        };
        let faults = Arc::clone(&self.faults);
        let tell = move |error: &CaptureError| {
            let mut faults = faults.lock().unwrap_or_else(PoisonError::into_inner);
            if faults.len() < MAX_FAULTS {
                faults.push(error.to_string());
            }
        };
        Ok(Box::new(batches.on_fault(tell)))
    }
}

/// The packets of a capture (a path or a buffer), a row for each, from their
/// heads alone.
///
/// Raises OSError where the file cannot be opened, DecodeError where it is no
/// capture.
#[pyfunction]
pub(crate) fn packets(py: Python<'_>, file: File) -> PyResult<Table> {
    checked(py, Table::new(Rows::Packets(file)))
}

/// The IKE messages of a capture (a path or a buffer), a row for each, opened
/// with the keys that fit. What `keys` can be, `Keyring` says.
///
/// Raises OSError where a file cannot be opened, DecodeError where `file` is no
/// capture.
#[pyfunction]
#[pyo3(signature = (file, *, keys = None))]
pub(crate) fn messages(py: Python<'_>, file: File, keys: Option<Keys>) -> PyResult<Table> {
    let keyring = keyring(py, keys, None, None, None)?;
    checked(py, Table::new(Rows::Messages(file, keyring)))
}

/// What files come to, a row for each finding: the table of what `diagnose`
/// says of them.
#[pyfunction]
#[pyo3(signature = (
    *files: "str | PathLike[str] | ReadableBuffer | SupportsRead[bytes] | tuple[str, str | PathLike[str] | ReadableBuffer | SupportsRead[bytes]]",
    keys = None,
))]
pub(crate) fn findings(py: Python<'_>, files: Files, keys: Option<Keys>) -> PyResult<Table> {
    let report = diagnose(py, files, keys, None, None, None)?;
    let batch = py.detach(|| table::findings(report.answer.report()));
    let batch = batch.map_err(|error| PyValueError::new_err(error.to_string()))?;
    Ok(Table::new(Rows::Findings(batch)))
}

/// Read the facts of one of several partitions of a capture, for `merge`: of
/// number `partition`, from 0, of `of`. `input` is the place of the capture
/// among all.
#[pyfunction]
#[pyo3(signature = (file, partition, of, *, input = 0, keys = None))]
pub(crate) fn read_partition<'py>(
    py: Python<'py>,
    file: File,
    partition: u32,
    of: u32,
    input: usize,
    keys: Option<Keys>,
) -> PyResult<Bound<'py, PyBytes>> {
    let partition = Partition::new(partition, of)
        .ok_or_else(|| PyValueError::new_err(format!("no partition {partition} of {of}")))?;
    let keyring = keyring(py, keys, None, None, None)?;
    let bytes = py.detach(|| {
        let source = file.open()?;
        io::Result::Ok(Partial::read(input, source, keyring, partition).to_bytes())
    })?;
    Ok(PyBytes::new(py, &bytes))
}

/// Put the partitions of captures of these names together, in whatever order
/// they come: the report is that of one process.
///
/// Raises ValueError when a partition is missing, or came twice.
#[pyfunction]
pub(crate) fn merge(
    py: Python<'_>,
    names: Vec<String>,
    parts: Vec<PyBackedBytes>,
) -> PyResult<Report> {
    let answer = py.detach(|| {
        let parts = parts.iter().map(|bytes| Partial::from_bytes(bytes));
        let parts: Vec<Partial> = parts.collect::<Result<_, _>>()?;
        let merged = Partial::merge(parts, rustcrypto::provider())?;
        Ok(Explanation::of_merged(names, merged))
    });
    let answer = answer.map_err(|error: PartialError| PyValueError::new_err(error.to_string()))?;
    Ok(Report { answer })
}

/// Reads the head of the file once, so that what is no capture is told now.
fn checked(py: Python<'_>, table: Table) -> PyResult<Table> {
    match py.detach(|| table.reader().map(drop)) {
        Ok(()) => Ok(table),
        Err(error) => Err(errors::of_capture(py, error)),
    }
}

/// A file that can be read several times: by its path, or held as bytes.
#[derive(Clone)]
pub(crate) enum File {
    Path(PathBuf),
    Held(Arc<Buffer>),
}

/// A reader of a [`File`].
enum Opened {
    File(fs::File),
    Held(Cursor<Held>),
}

struct Held(Arc<Buffer>);

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl File {
    fn open(&self) -> io::Result<Opened> {
        Ok(match self {
            Self::Path(path) => Opened::File(fs::File::open(path)?),
            Self::Held(bytes) => Opened::Held(Cursor::new(Held(Arc::clone(bytes)))),
        })
    }

    fn capture(&self) -> Result<CaptureReader<Opened>, CaptureError> {
        let opened = self.open();
        CaptureReader::new(opened.map_err(|error| CaptureError::Io { error, offset: 0 })?)
    }
}

impl Read for Opened {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read(buffer),
            Self::Held(held) => held.read(buffer),
        }
    }
}

impl<'py> FromPyObject<'_, 'py> for File {
    type Error = PyErr;

    #[cfg(feature = "inspect")]
    const INPUT_TYPE: pyo3::inspect::PyStaticExpr = crate::plain::FILE;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(path) = object.extract::<PathBuf>() {
            return Ok(Self::Path(path));
        }
        let bytes: Buffer = object.extract()?;
        Ok(Self::Held(bytes.into()))
    }
}

/// Faults of one file that are told.
const MAX_FAULTS: usize = 100;
