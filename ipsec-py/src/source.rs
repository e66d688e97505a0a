//! What every argument that takes data can be: a path, anything that is a
//! buffer, or a binary file object.

use core::sync::atomic::{AtomicU64, Ordering};
use pyo3::exceptions::{PyIsADirectoryError, PyOSError, PyTypeError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyMemoryView, PySlice};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Data that was not read yet.
pub(crate) struct Source {
    bytes: Bytes,
    /// How people know it.
    pub(crate) name: Option<String>,
    /// Its length, where it is known beforehand.
    pub(crate) len: Option<u64>,
    /// What was read of it.
    pub(crate) progress: Progress,
    unasked: u64,
}

enum Bytes {
    File(File),
    Held(PyBackedBytes, usize),
    View(Py<PyAny>, usize),
    Object(Py<PyAny>),
}

/// How far a source was read, and what a Python object said that failed.
#[derive(Clone, Default)]
pub(crate) struct Progress(Arc<State>);

#[derive(Default)]
struct State {
    read: AtomicU64,
    failed: Mutex<Option<PyErr>>,
}

impl Progress {
    /// Bytes read so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.read.load(Ordering::Relaxed)
    }

    /// What a Python object raised while it was read; once.
    pub(crate) fn failure(&self) -> Option<PyErr> {
        let failed = self.0.failed.lock();
        failed.unwrap_or_else(PoisonError::into_inner).take()
    }

    fn add(&self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.0.read.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Keeps what Python raised: a reader that says what is wrong in words of
    /// its own must not swallow it.
    fn fail(&self, error: PyErr) -> io::Error {
        let shown = io::Error::other(error.to_string());
        let failed = self.0.failed.lock();
        *failed.unwrap_or_else(PoisonError::into_inner) = Some(error);
        shown
    }
}

impl Source {
    fn new(bytes: Bytes, name: Option<String>, len: Option<u64>) -> Self {
        Self {
            bytes,
            name,
            len,
            progress: Progress::default(),
            unasked: 0,
        }
    }

    /// Waiting for more of it must not hold back what is there.
    pub(crate) const fn is_live(&self) -> bool {
        self.len.is_none()
    }

    fn open(py: Python<'_>, path: &Path) -> PyResult<Self> {
        let opened = py.detach(|| {
            let file = File::open(path)?;
            let about = file.metadata()?;
            io::Result::Ok((file, about))
        });
        let shown = path.to_string_lossy().into_owned();
        let (file, about) = opened.map_err(|error| match error.raw_os_error() {
            Some(number) => PyOSError::new_err((number, error.to_string(), shown.clone())),
            None => error.into(),
        })?;
        if about.is_dir() {
            return Err(PyIsADirectoryError::new_err(format!(
                "{shown}: is a directory"
            )));
        }
        let len = about.is_file().then_some(about.len());
        Ok(Self::new(Bytes::File(file), Some(shown), len))
    }

    fn view(view: &Bound<'_, PyMemoryView>) -> PyResult<Self> {
        let len: usize = view.getattr("nbytes")?.extract()?;
        let flat: bool = view.getattr("c_contiguous")?.extract()?;
        let bytes = if flat && len > 0 {
            Bytes::View(view.call_method1("cast", ("B",))?.unbind(), 0)
        } else {
            Bytes::Held(view.call_method0("tobytes")?.extract()?, 0)
        };
        Ok(Self::new(bytes, None, u64::try_from(len).ok()))
    }
}

impl<'py> FromPyObject<'_, 'py> for Source {
    type Error = PyErr;

    #[cfg(feature = "inspect")]
    const INPUT_TYPE: pyo3::inspect::PyStaticExpr = crate::plain::DATA;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let py = object.py();
        if let Ok(path) = object.extract::<PathBuf>() {
            return Self::open(py, &path);
        }
        if let Ok(bytes) = object.cast::<PyBytes>() {
            let bytes = PyBackedBytes::from(bytes.to_owned());
            let len = u64::try_from(bytes.len()).ok();
            return Ok(Self::new(Bytes::Held(bytes, 0), None, len));
        }
        if let Ok(view) = PyMemoryView::from(&object) {
            return Self::view(&view);
        }
        if object.hasattr("read")? {
            let name = object.getattr("name").and_then(|name| name.extract()).ok();
            let object = object.to_owned().unbind();
            return Ok(Self::new(Bytes::Object(object), name, None));
        }
        let kind = object.get_type().name()?;
        Err(PyTypeError::new_err(format!(
            "expected a path, a buffer or a binary file object, not {kind}"
        )))
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.bytes {
            Bytes::File(file) => file.read(buffer)?,
            Bytes::Held(bytes, at) => {
                let read = bytes.get(*at..).unwrap_or_default().read(buffer)?;
                *at = at.saturating_add(read);
                read
            }
            Bytes::View(view, at) => {
                let end = at.saturating_add(buffer.len());
                let part = Python::attach(|py| part(view.bind(py), *at, end));
                let part = part.map_err(|error| self.progress.fail(error))?;
                let read = (&*part).read(buffer)?;
                *at = at.saturating_add(read);
                read
            }
            Bytes::Object(object) => {
                let part = Python::attach(|py| asked(object.bind(py), buffer.len()));
                let part = part.map_err(|error| self.progress.fail(error))?;
                (&*part).read(buffer)?
            }
        };
        self.progress.add(read);
        self.unasked = self
            .unasked
            .saturating_add(u64::try_from(read).unwrap_or(0));
        if self.unasked > ASK_AFTER {
            self.unasked = 0;
            let asked = Python::attach(|py| py.check_signals());
            asked.map_err(|error| self.progress.fail(error))?;
        }
        Ok(read)
    }
}

fn part(view: &Bound<'_, PyAny>, start: usize, end: usize) -> PyResult<PyBackedBytes> {
    let narrow = |at: usize| isize::try_from(at).unwrap_or(isize::MAX);
    let slice = PySlice::new(view.py(), narrow(start), narrow(end), 1);
    Ok(view.get_item(slice)?.call_method0("tobytes")?.extract()?)
}

fn asked(object: &Bound<'_, PyAny>, most: usize) -> PyResult<PyBackedBytes> {
    let answer = object.call_method1("read", (most,))?;
    let Ok(bytes) = answer.cast::<PyBytes>() else {
        let kind = answer.get_type().name()?;
        let text = format!("read() returned {kind}, not bytes: open the file in binary mode");
        return Err(PyTypeError::new_err(text));
    };
    if bytes.as_bytes().len() > most {
        return Err(PyTypeError::new_err(
            "read() returned more than it was asked for",
        ));
    }
    Ok(bytes.clone().into())
}

/// Bytes after which Python is asked whether somebody pressed Ctrl-C.
const ASK_AFTER: u64 = 8 << 20;
