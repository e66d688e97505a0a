//! `ipsec compare`: what two configurations will agree on, before any packet.

use super::args::Compare;
use super::terminal::complain;
use super::{Failure, Status, input};
use crate::config::compare::{Comparison, Difference, Effect, Subject, compare};
use crate::config::model::{Connection, Model};
use crate::config::{self, Span};
use crate::wire::tree::escaped;
use std::io::{Read as _, Write};
use std::path::Path;

pub(super) fn run(args: &Compare, out: &mut dyn Write) -> Result<Status, Failure> {
    let asking = read(0, &args.asking)?;
    let answering = read(1, &args.answering)?;
    let mut status = Status::Healthy;
    for ours in asking.connections.iter().take(CONNECTIONS_MAX) {
        let Some((theirs, found)) = nearest(ours, &answering) else {
            break;
        };
        let [one, other] = [ours, theirs].map(|one| escaped(one.name.value.as_bytes()));
        let verdict = if found.fails() {
            status = Status::Errors;
            "do not fit"
        } else {
            "fit"
        };
        writeln!(out, "{one} and {other} {verdict}")?;
        for difference in &found.differences {
            line(out, args, difference)?;
        }
    }
    Ok(status)
}

/// The connection that answers with the fewest failures, and what comes of it.
fn nearest<'a>(ours: &Connection, model: &'a Model) -> Option<(&'a Connection, Comparison)> {
    let all = model.connections.iter().take(CONNECTIONS_MAX);
    all.map(|theirs| (theirs, compare(ours, theirs)))
        .min_by_key(|(_, found)| {
            let differences = found.differences.iter();
            differences
                .filter(|one| matches!(one.effect, Effect::Fails | Effect::FailsLater))
                .count()
        })
}

fn line(out: &mut dyn Write, args: &Compare, found: &Difference) -> std::io::Result<()> {
    let place = |path: &Path, span: Option<Span>| match span {
        Some(span) => format!("{}:{}:{}", input::name(path), span.line, span.column),
        None => format!("{} by default", input::name(path)),
    };
    writeln!(
        out,
        "  {:<11} {:<32} {}, {}",
        effect(found.effect),
        subject(found.subject),
        place(&args.asking, found.asking),
        place(&args.answering, found.answering),
    )
}

fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Fails => "fails",
        Effect::FailsLater => "fails later",
        Effect::Narrows => "narrows",
        Effect::Differs => "differs",
    }
}

fn subject(subject: Subject) -> &'static str {
    match subject {
        Subject::Version => "version of IKE",
        Subject::Phase1 => "main or aggressive mode",
        Subject::IkeProposal => "protection of the IKE SA",
        Subject::AskersMethod => "how the first proves itself",
        Subject::AnswerersMethod => "how the second proves itself",
        Subject::AskersIdentity => "identity of the first",
        Subject::AnswerersIdentity => "identity of the second",
        Subject::ChildProposal => "protection of packets",
        Subject::Pfs => "key exchange of the child",
        Subject::AskersTraffic => "packets at the first",
        Subject::AnswerersTraffic => "packets at the second",
        Subject::Mode => "tunnel or transport",
        Subject::Lifetime => "lifetime of the child",
    }
}

/// Reads a configuration, and says what in it is not understood.
fn read(index: usize, path: &Path) -> Result<Model, Failure> {
    let failed = |text: &str| {
        complain("error", &format!("{}: {text}", input::name(path)));
        Failure::Unreadable
    };
    let mut file = zeroize::Zeroizing::new(Vec::new());
    let source = input::open(path).map_err(|error| failed(&error.to_string()))?;
    let read = source.take(FILE_MAX).read_to_end(&mut file);
    read.map_err(|error| failed(&error.to_string()))?;
    let Some(model) = config::read(index, &file) else {
        return Err(failed("not a configuration of a device that is known"));
    };
    if model.connections.is_empty() {
        return Err(failed("no connection in it"));
    }
    for error in &model.errors {
        complain("warning", &format!("{}: {error}", input::name(path)));
    }
    for word in &model.unknown {
        let (line, shown) = (word.span.line, escaped(word.value.as_bytes()));
        let text = format!(
            "{}: line {line}: unknown keyword {shown}",
            input::name(path)
        );
        complain("warning", &text);
    }
    Ok(model)
}

/// Connections of each file that are compared.
const CONNECTIONS_MAX: usize = 64;

/// Bytes of a file that are read.
const FILE_MAX: u64 = 64 << 20;
