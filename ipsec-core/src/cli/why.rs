//! `ipsec why`: captures, logs and configurations in, a report out.

use super::args::{KeyArgs, ReportFormat, Why};
use super::keyfiles::keyring;
use super::terminal::{Colour, complain};
use super::{Failure, Status, input};
use crate::diag::diagnose;
use crate::evidence::{Evidence, Fact};
use crate::inputs::{File, Gathered, Inputs, Kind};
use crate::report::ladder::Ladders;
use crate::report::timeline::Timeline;
use crate::report::{InputKind, InputName, Lines, Report, TextOptions};
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
    let mut inputs = Inputs::new(Arc::unwrap_or_clone(keyring(keys)?));
    for path in files {
        match input::open(path) {
            Ok(source) => inputs.add(input::name(path), source),
            Err(error) => inputs.add_unread(input::name(path), error.to_string()),
        }
    }
    let read = inputs.read();
    read.files.iter().for_each(complain_of);
    warn_of_broken(&read);
    let nothing = |file: &File| matches!(file.kind, Kind::Unknown | Kind::Keys);
    if read.files.iter().all(nothing) {
        return Err(Failure::Unreadable);
    }
    let names = read.files.into_iter().map(described).collect();
    Ok((names, read.evidence))
}

fn complain_of(file: &File) {
    if let Some(why) = &file.unread {
        complain("error", &format!("{}: {why}", file.name));
    }
    for remark in &file.remarks {
        complain("warning", &format!("{}: {remark}", file.name));
    }
}

fn described(file: File) -> InputName {
    InputName {
        kind: match file.kind {
            Kind::Capture | Kind::Unknown => InputKind::Capture,
            Kind::Log(_) => InputKind::Log,
            Kind::Config(_) => InputKind::Config,
            Kind::Keys => InputKind::Keys,
        },
        name: file.name,
        unread: file.unread,
        lines: file.lines.map(|all| Lines {
            all,
            untold: file.untold,
            first_untold: file.untold_lines,
        }),
    }
}

fn warn_of_broken(read: &Gathered) {
    for one in &read.evidence {
        if let Fact::Capture(summary) = &one.fact
            && let Some(why) = &summary.broken
        {
            let input = one.source.input().and_then(|at| read.files.get(at));
            let name = input.map_or("", |file| file.name.as_str());
            complain("warning", &format!("{name}: {why}"));
        }
    }
}
