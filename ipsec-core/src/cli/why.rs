//! `ipsec why`: captures, logs and configurations in, a report out.

use super::args::{KeyArgs, ReportFormat, Why};
use super::keyfiles::keyring;
use super::terminal::{Colour, complain};
use super::{Failure, Status, input};
use crate::evidence::Fact;
use crate::explain::Explanation;
use crate::inputs::{File, Gathered, Inputs, Kind};
use crate::report::TextOptions;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

pub(super) fn run(args: &Why, colour: Colour, out: &mut dyn Write) -> Result<Status, Failure> {
    let answer = Explanation::of(gather(&args.files, &args.keys)?);
    let report = answer.report();
    let text = match args.format {
        ReportFormat::Json => report.to_json(),
        ReportFormat::Markdown => report.to_markdown(),
        ReportFormat::Sarif => report.to_sarif(),
        ReportFormat::Html => answer.to_html(),
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

/// What all `files` tell, each taken once and in the order of their names, so
/// that the order of the arguments does not matter.
pub(super) fn gather(files: &[impl AsRef<Path>], keys: &KeyArgs) -> Result<Gathered, Failure> {
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
    Ok(read)
}

fn complain_of(file: &File) {
    if let Some(why) = &file.unread {
        complain("error", &format!("{}: {why}", file.name));
    }
    for remark in &file.remarks {
        complain("warning", &format!("{}: {remark}", file.name));
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
