//! `ipsec why`: captures in, a report out.

use super::args::{KeyArgs, ReportFormat, Why};
use super::keyfiles::keyring;
use super::terminal::{Colour, complain};
use super::{Failure, Status, input};
use crate::capture::{Keyring, read_evidence_with};
use crate::diag::diagnose;
use crate::evidence::{Evidence, Fact};
use crate::report::ladder::Ladders;
use crate::report::timeline::Timeline;
use crate::report::{InputKind, InputName, Report, TextOptions};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

pub(super) fn run(args: &Why, colour: Colour, out: &mut dyn Write) -> Result<Status, Failure> {
    let (names, evidence) = gather(&args.files, &args.keys)?;
    let diagnosis = diagnose(&evidence);
    let report = Report::new(&names, &evidence, &diagnosis);
    let text = match args.format {
        ReportFormat::Json => report.to_json(),
        ReportFormat::Markdown => report.to_markdown(),
        ReportFormat::Sarif => report.to_sarif(),
        ReportFormat::Html => report.to_html(
            &Ladders::new(&names, &evidence),
            &Timeline::new(&names, &evidence, &diagnosis.clocks),
        ),
        ReportFormat::Text => report.to_text(TextOptions {
            verbose: args.verbose,
            colour: colour.on_stdout(),
        }),
    };
    out.write_all(text.as_bytes())?;
    Ok(if report.has_errors() {
        Status::Errors
    } else {
        Status::Healthy
    })
}

/// Names and evidence of all `files`, each taken once and in the order of
/// their names, so that the order of the arguments does not matter.
pub(super) fn gather(
    files: &[impl AsRef<Path>],
    keys: &KeyArgs,
) -> Result<(Vec<InputName>, Vec<Evidence>), Failure> {
    let mut files: Vec<&Path> = files.iter().map(AsRef::as_ref).collect();
    files.sort_unstable();
    files.dedup();
    let keyring = keyring(keys)?;
    let mut names = Vec::new();
    let mut evidence = Vec::new();
    for (index, path) in files.iter().enumerate() {
        let name = input::name(path);
        let unread = match read(index, path, &keyring) {
            Ok(mut found) => {
                warn_of_broken(&name, &found);
                evidence.append(&mut found);
                None
            }
            Err(why) => {
                complain("error", &format!("{name}: {why}"));
                Some(why)
            }
        };
        names.push(InputName {
            name,
            kind: InputKind::Capture,
            unread,
        });
    }
    if names.iter().all(|name| name.unread.is_some()) {
        return Err(Failure::Unreadable);
    }
    Ok((names, evidence))
}

fn read(index: usize, path: &Path, keyring: &Arc<Keyring>) -> Result<Vec<Evidence>, String> {
    let source = input::open(path).map_err(|error| error.to_string())?;
    read_evidence_with(index, source, Arc::clone(keyring)).map_err(|error| error.to_string())
}

fn warn_of_broken(name: &str, evidence: &[Evidence]) {
    for one in evidence {
        if let Fact::Capture(summary) = &one.fact
            && let Some(why) = &summary.broken
        {
            complain("warning", &format!("{name}: {why}"));
        }
    }
}
