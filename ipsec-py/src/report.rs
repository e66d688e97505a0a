//! `diagnose`, and its report.

use crate::errors;
use crate::keys::{Candidates, Keys, Trust, keyring};
use crate::plain::word;
use crate::source::{Progress, Source};
use ipsec_core::capture::Keyring;
use ipsec_core::explain::Explanation;
use ipsec_core::inputs::{Gathered, Inputs, Kind};
use ipsec_core::report::{self as core, TextOptions};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::sync::Arc;

/// Say why a tunnel fails, or that it does not.
///
/// `files` are captures, logs, configurations and keys of one or both ends, in
/// any order and mixture: paths, anything that is a buffer, binary file
/// objects, or pairs of a name and one of these. What `keys`, `psk`, `ca` and
/// `crl` can be, `Keyring` says.
///
/// Raises OSError where a file cannot be opened, and UnreadableError where
/// none of them holds anything that is known; what is wrong with one of
/// several says `Report.inputs`.
#[pyfunction]
#[pyo3(signature = (
    *files: "str | PathLike[str] | ReadableBuffer | SupportsRead[bytes] | tuple[str, str | PathLike[str] | ReadableBuffer | SupportsRead[bytes]]",
    keys = None,
    psk = None,
    ca = None,
    crl = None,
))]
pub(crate) fn diagnose(
    py: Python<'_>,
    files: Files,
    keys: Option<Keys>,
    psk: Option<Candidates>,
    ca: Option<Trust>,
    crl: Option<Trust>,
) -> PyResult<Report> {
    let keyring = Arc::unwrap_or_clone(keyring(py, keys, psk, ca, crl)?);
    let read = files.read(py, keyring)?;
    let nothing = |kind: Kind| matches!(kind, Kind::Unknown | Kind::Keys);
    if read.files.iter().all(|file| nothing(file.kind)) {
        return Err(errors::unreadable(py, &why_unread(&read)));
    }
    let answer = py.detach(|| Explanation::of(read));
    Ok(Report { answer })
}

/// Why nothing of these files can be used.
pub(crate) fn why_unread(read: &Gathered) -> String {
    let why = |file: &ipsec_core::inputs::File| {
        let why = file.unread.as_deref().unwrap_or("of no use here");
        format!("{}: {why}", file.name)
    };
    match read.files.is_empty() {
        true => "no file was given".into(),
        false => read.files.iter().map(why).collect::<Vec<_>>().join("; "),
    }
}

/// Files with their names.
pub(crate) struct Files(Vec<(String, Source)>);

impl<'py> FromPyObject<'_, 'py> for Files {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let mut files = Vec::new();
        for (number, one) in (1_usize..).zip(object.try_iter()?) {
            let one = one?;
            files.push(if one.is_instance_of::<PyTuple>() {
                one.extract()?
            } else {
                let source: Source = one.extract()?;
                let name = source.name.clone();
                (name.unwrap_or_else(|| format!("input {number}")), source)
            });
        }
        Ok(Self(files))
    }
}

impl Files {
    /// Reads all of them; what Python raised on the way is raised again.
    pub(crate) fn read(self, py: Python<'_>, keyring: Keyring) -> PyResult<Gathered> {
        let sources = self.0.iter();
        let progress: Vec<Progress> = sources.map(|(_, one)| one.progress.clone()).collect();
        let read = py.detach(|| {
            let mut inputs = Inputs::new(keyring);
            for (name, source) in self.0 {
                inputs.add(name, source);
            }
            inputs.read()
        });
        match progress.iter().find_map(Progress::failure) {
            Some(error) => Err(error),
            None => Ok(read),
        }
    }
}

/// What some files come to: the verdict, the findings, and what stays open.
///
/// `str(report)` is the text that `ipsec why` prints.
#[pyclass(frozen, module = "ipsec_core")]
pub(crate) struct Report {
    pub(crate) answer: Explanation,
}

impl Report {
    const fn core(&self) -> &core::Report {
        self.answer.report()
    }
}

#[pymethods]
impl Report {
    /// How the tunnel stands, and the code of the finding that is the cause.
    #[getter]
    fn verdict(&self) -> Verdict {
        let verdict = &self.core().verdict;
        Verdict {
            state: word(&verdict.state),
            cause: verdict.cause,
        }
    }

    /// The findings: root causes first, the most probable first.
    #[getter]
    fn findings(&self) -> Vec<Finding> {
        self.core().findings.iter().map(Finding::new).collect()
    }

    /// What could not be decided, and what would decide it.
    #[getter]
    fn unknowns(&self) -> Vec<Unknown> {
        let one = |open: &core::OpenQuestion| Unknown {
            question: open.question.clone(),
            decided_by: open.decided_by.clone(),
        };
        self.core().unknowns.iter().map(one).collect()
    }

    /// The files that were looked at.
    #[getter]
    fn inputs(&self) -> Vec<Input> {
        self.core().inputs.iter().map(Input::new).collect()
    }

    /// Whether a finding says that traffic does not flow as meant.
    #[getter]
    fn has_errors(&self) -> bool {
        self.core().has_errors()
    }

    /// The report as JSON of ipsec-core/schema/report.schema.json.
    fn to_json(&self, py: Python<'_>) -> String {
        py.detach(|| self.core().to_json())
    }

    /// The report as SARIF 2.1.0, for code scanners.
    fn to_sarif(&self, py: Python<'_>) -> String {
        py.detach(|| self.core().to_sarif())
    }

    /// The report as Markdown, for tickets.
    fn to_markdown(&self, py: Python<'_>) -> String {
        py.detach(|| self.core().to_markdown())
    }

    /// The report as one page with pictures, without scripts.
    fn to_html(&self, py: Python<'_>) -> String {
        py.detach(|| self.answer.to_html())
    }

    /// The report as text; with `verbose` every finding in full.
    #[pyo3(signature = (*, verbose = false))]
    fn to_text(&self, py: Python<'_>, verbose: bool) -> String {
        let colour = false;
        py.detach(|| self.core().to_text(TextOptions { verbose, colour }))
    }

    /// Who said what to whom, as an SVG picture.
    fn ladder(&self, py: Python<'_>) -> String {
        py.detach(|| self.answer.ladders().to_svg())
    }

    /// What happened in all files together, as an SVG picture.
    fn timeline(&self, py: Python<'_>) -> String {
        py.detach(|| self.answer.timeline().to_svg())
    }

    fn __str__(&self, py: Python<'_>) -> String {
        self.to_text(py, false)
    }

    fn __repr__(&self) -> String {
        let count = self.core().findings.len();
        format!("<Report {}, {count} findings>", self.verdict().__str__())
    }

    fn _repr_html_(&self, py: Python<'_>) -> String {
        py.detach(|| self.core().to_html_element())
    }

    fn _repr_svg_(&self, py: Python<'_>) -> String {
        self.ladder(py)
    }
}

/// The answer in one line.
#[pyclass(frozen, get_all, module = "ipsec_core")]
pub(crate) struct Verdict {
    /// "established", "failed", "degraded" or "inconclusive".
    state: String,
    /// Code of the finding that is the cause, or None.
    cause: Option<&'static str>,
}

#[pymethods]
impl Verdict {
    fn __str__(&self) -> String {
        match self.cause {
            Some(cause) => format!("{}: {cause}", self.state),
            None => self.state.clone(),
        }
    }

    fn __repr__(&self) -> String {
        format!("<Verdict {}>", self.__str__())
    }
}

/// One finding: what is wrong, how sure that is, who must act, what to do.
#[pyclass(frozen, get_all, module = "ipsec_core")]
#[derive(Clone)]
pub(crate) struct Finding {
    /// Stable code, such as "psk-mismatch".
    code: &'static str,
    /// What is wrong, in one sentence about this case.
    title: String,
    /// "error", "warning" or "info".
    severity: String,
    /// "proven", "likely" or "possible".
    confidence: String,
    /// Why it is that sure and not surer.
    why: String,
    /// Who must act: "local", "peer", "path", "credentials", "clock",
    /// "software".
    who: String,
    /// What speaks for it.
    evidence: Vec<Sighting>,
    /// What speaks against it.
    counter_evidence: Vec<Sighting>,
    /// Codes of the findings that follow from it.
    root_of: Vec<&'static str>,
    /// What to do, best first.
    fixes: Vec<Fix>,
    /// Standards, such as "RFC 7296 §2.21".
    refs: Vec<&'static str>,
}

impl Finding {
    fn new(entry: &core::Entry) -> Self {
        Self {
            code: entry.code,
            title: entry.title.clone(),
            severity: word(&entry.severity),
            confidence: word(&entry.confidence),
            why: entry.why.clone(),
            who: word(&entry.who),
            evidence: entry.evidence.iter().map(Sighting::new).collect(),
            counter_evidence: entry.counter_evidence.iter().map(Sighting::new).collect(),
            root_of: entry.root_of.clone(),
            fixes: entry.fixes.iter().map(Fix::new).collect(),
            refs: entry.refs.clone(),
        }
    }
}

#[pymethods]
impl Finding {
    fn __repr__(&self) -> String {
        format!(
            "<Finding {}, {}: {}>",
            self.code,
            self.confidence,
            core::harmless(&self.title)
        )
    }
}

/// A place in a file, and what it shows.
#[pyclass(frozen, get_all, module = "ipsec_core")]
#[derive(Clone)]
pub(crate) struct Sighting {
    /// Index of the file in `Report.inputs`.
    input: Option<usize>,
    /// Number of the packet in its capture, from 1.
    packet: Option<u64>,
    /// Number of the line in its file, from 1.
    line: Option<u64>,
    /// Character of that line, from 1.
    column: Option<u64>,
    /// The words that stand there.
    quote: Option<String>,
    /// When, by the clock of that file (RFC 3339).
    time: Option<String>,
    /// Path of the field in the packet.
    field: Option<String>,
    /// First byte, counted in the frame or in the reassembled datagram.
    offset: Option<usize>,
    /// Number of bytes.
    length: Option<usize>,
    /// What it shows, in a short sentence.
    shows: String,
}

impl Sighting {
    fn new(seen: &core::Sighting) -> Self {
        Self {
            input: seen.input,
            packet: seen.packet,
            line: seen.line,
            column: seen.column,
            quote: seen.quote.clone(),
            time: seen.time.clone(),
            field: seen.field.clone(),
            offset: seen.offset,
            length: seen.length,
            shows: seen.shows.clone(),
        }
    }
}

#[pymethods]
impl Sighting {
    fn __repr__(&self) -> String {
        let place = match (self.packet, self.line) {
            (Some(packet), _) => format!("packet {packet}: "),
            (None, Some(line)) => format!("line {line}: "),
            (None, None) => String::new(),
        };
        format!("<Sighting {place}{}>", core::harmless(&self.shows))
    }
}

/// One way to put it right.
#[pyclass(frozen, get_all, module = "ipsec_core")]
#[derive(Clone)]
pub(crate) struct Fix {
    /// Where to act: an address with its role, or a place in the network.
    side: String,
    /// What to do.
    text: String,
    /// The lines to change, in the dialect of that side, or None.
    patch: Option<String>,
    /// It makes the tunnel weaker; better ways stand before it.
    weakens_security: bool,
}

impl Fix {
    fn new(fix: &core::Remedy) -> Self {
        Self {
            side: fix.side.clone(),
            text: fix.text.clone(),
            patch: fix.patch.clone(),
            weakens_security: fix.weakens_security,
        }
    }
}

#[pymethods]
impl Fix {
    fn __repr__(&self) -> String {
        format!(
            "<Fix {}: {}>",
            core::harmless(&self.side),
            core::harmless(&self.text)
        )
    }
}

/// A question that the files leave open.
#[pyclass(frozen, get_all, module = "ipsec_core")]
pub(crate) struct Unknown {
    /// The question.
    question: String,
    /// What would decide it: a key, a log, a capture, and from where.
    decided_by: Vec<String>,
}

#[pymethods]
impl Unknown {
    fn __repr__(&self) -> String {
        format!("<Unknown {}>", core::harmless(&self.question))
    }
}

/// One file that was looked at.
#[pyclass(frozen, get_all, module = "ipsec_core")]
pub(crate) struct Input {
    /// Its name.
    name: String,
    /// "capture", "log", "config" or "keys".
    kind: String,
    /// Number of packets in a capture, else None.
    packets: Option<u64>,
    /// Number of lines of a log, else None.
    lines: Option<u64>,
    /// Why the rest of it could not be read, or None.
    broken: Option<String>,
}

impl Input {
    fn new(input: &core::Input) -> Self {
        Self {
            name: input.name.clone(),
            kind: word(&input.kind),
            packets: input.packets,
            lines: input.lines,
            broken: input.broken.clone(),
        }
    }
}

#[pymethods]
impl Input {
    fn __repr__(&self) -> String {
        format!("<Input {:?}, {}>", self.name, self.kind)
    }
}
