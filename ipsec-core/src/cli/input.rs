//! Opening what is to be read, and showing how far reading has come.

use super::Failure;
use super::terminal::complain;
use crate::capture::{CaptureError, CaptureReader};
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::File;
use std::io::{self, IsTerminal as _, Read};
use std::path::Path;

/// Opens `path`, or standard input for `-`. Reading a large file shows its
/// progress on standard error if that is a terminal.
pub(super) fn open(path: &Path) -> io::Result<Source> {
    if is_stdin(path) {
        return Ok(Source::Stdin(io::stdin().lock()));
    }
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::Error::new(
            io::ErrorKind::IsADirectory,
            "is a directory",
        ));
    }
    let shown = metadata.len() > LARGE && io::stderr().is_terminal() && !io::stdout().is_terminal();
    Ok(if shown {
        Source::Shown(bar(metadata.len()).wrap_read(file))
    } else {
        Source::File(file)
    })
}

/// Opens a capture; what is wrong is said at once.
pub(super) fn capture(path: &Path) -> Result<CaptureReader<impl Read + use<>>, Failure> {
    let complaint = |error: &dyn core::fmt::Display| {
        complain("error", &format!("{}: {error}", name(path)));
        Failure::Unreadable
    };
    let source = open(path).map_err(|error| complaint(&error))?;
    CaptureReader::new(source).map_err(|error| complaint(&error))
}

/// What is read.
#[derive(Debug)]
pub(super) enum Source {
    Stdin(io::StdinLock<'static>),
    File(File),
    Shown(indicatif::ProgressBarIter<File>),
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Stdin(source) => source.read(buffer),
            Self::File(source) => source.read(buffer),
            Self::Shown(source) => source.read(buffer),
        }
    }
}

/// The name under which people know `path`.
pub(super) fn name(path: &Path) -> String {
    if is_stdin(path) {
        "standard input".into()
    } else {
        path.to_string_lossy().to_string()
    }
}

pub(super) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn bar(len: u64) -> ProgressBar {
    let bar = ProgressBar::new(len);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {bytes} of {total_bytes}, {eta} left")
    {
        bar.set_style(style);
    }
    bar
}

/// Faults of a capture file, the first few of which are printed.
#[derive(Debug)]
pub(super) struct Warnings {
    name: String,
    seen: u64,
}

impl Warnings {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            name: name(path),
            seen: 0,
        }
    }

    pub(super) fn add(&mut self, error: &CaptureError) {
        if self.seen < WARNINGS {
            complain("warning", &format!("{}: {error}", self.name));
        }
        self.seen = self.seen.saturating_add(1);
    }

    pub(super) fn close(&self) {
        let more = self.seen.saturating_sub(WARNINGS);
        if more > 0 {
            complain("warning", &format!("{}: {more} more faults", self.name));
        }
    }
}

/// Faults that are printed.
const WARNINGS: u64 = 5;

/// Bytes from which on a file is large.
const LARGE: u64 = 50_000_000;
