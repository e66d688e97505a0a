//! How often the diagnosis of a labelled capture is right: `make accuracy`.
//!
//! `accuracy FOLDER [--verbose] [--only=GIVEN]` diagnoses every capture below
//! FOLDER that has a `truth.json` beside it: by itself, with its keys, both ends'
//! logs alone, their configurations alone, and all of that together. It prints a
//! table by fault and fails when the answers are worse than the targets.
//! `--verbose` shows what was said of those that were not right; `--only` does
//! so for `wire`, `keys`, `logs`, `configs` or `all`.
#![allow(
    clippy::allow_attributes,
    clippy::print_stdout,
    clippy::unwrap_used,
    dead_code,
    reason = "a program for the developers, which shares its score with a test"
)]

#[path = "../tests/support/score.rs"]
mod score;

use score::{Given, Verdicted, by_fault, diagnose_all, meets_targets, totals};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let verbose = arguments.iter().any(|argument| argument == "--verbose");
    let Some(folder) = arguments
        .iter()
        .find(|argument| !argument.starts_with("--"))
    else {
        println!("usage: accuracy FOLDER [--verbose]");
        return ExitCode::from(2);
    };
    let only = arguments.iter().find_map(|one| one.strip_prefix("--only="));
    if let Some(given) = only.and_then(given) {
        let all = diagnose_all(Path::new(folder), given);
        all.iter().for_each(miss);
        summary("That", &all);
        return ExitCode::SUCCESS;
    }
    let all = GIVEN.map(|(given, _)| diagnose_all(Path::new(folder), given));
    if all.iter().all(Vec::is_empty) {
        println!("no truth.json below {folder}");
        return ExitCode::from(2);
    }
    if verbose {
        for ((_, name), verdicted) in GIVEN.iter().zip(&all) {
            println!("== {name}");
            verdicted.iter().for_each(miss);
        }
    }
    table(&all);
    let mut status = ExitCode::SUCCESS;
    for ((given, name), verdicted) in GIVEN.iter().zip(&all) {
        if !meets_targets(verdicted, *given) {
            let (first, three) = given.targets();
            println!(
                "target of {name}: {first} % first, {three} % among three, no error in the healthy"
            );
            status = ExitCode::FAILURE;
        }
    }
    status
}

/// What is given, and its name in the table.
const GIVEN: [(Given, &str); 5] = [
    (Given::Wire, "wire alone"),
    (Given::Keys, "wire and keys"),
    (Given::Logs, "logs alone"),
    (Given::Configs, "configurations alone"),
    (Given::All, "all together"),
];

fn given(word: &str) -> Option<Given> {
    Some(match word {
        "wire" => Given::Wire,
        "keys" => Given::Keys,
        "logs" => Given::Logs,
        "configs" => Given::Configs,
        "all" => Given::All,
        _ => return None,
    })
}

fn miss(one: &Verdicted) {
    let wrong = if one.is_healthy() {
        one.codes().next().is_some()
    } else {
        !one.first()
    };
    if wrong {
        let codes: Vec<&str> = one.codes().collect();
        let state = one.diagnosis.verdict.state;
        println!(
            "{:32} {}\n    {state:?}: {}",
            one.fault,
            one.name,
            codes.join(", ")
        );
    }
}

/// How many were named first, by fault and by what was given. tshark shows
/// fields and names no cause.
fn table(all: &[Vec<Verdicted>]) {
    let names: Vec<&str> = GIVEN.iter().map(|(_, name)| *name).collect();
    println!("| fault | captures | {} | tshark |", names.join(" | "));
    println!("|---|---|{}---|", "---|".repeat(names.len()));
    let scores: Vec<_> = all.iter().map(|one| by_fault(one)).collect();
    let faults = scores.first().into_iter().flatten();
    for (fault, score) in faults {
        let own = scores.iter().filter_map(|scores| scores.get(fault));
        let cells: Vec<String> = match fault.as_str() {
            "none" => own
                .map(|score| format!("{} errors", score.errors))
                .collect(),
            _ => own.map(|score| score.first.to_string()).collect(),
        };
        let name = if fault == "none" { "healthy" } else { fault };
        println!("| {name} | {} | {} | 0 |", score.all, cells.join(" | "));
    }
    println!();
    for ((_, name), one) in GIVEN.iter().zip(all) {
        summary(name, one);
    }
}

fn summary(name: &str, all: &[Verdicted]) {
    let (faulty, healthy) = totals(all);
    let share = |part: usize| 100.0 * part as f64 / faulty.all.max(1) as f64;
    println!(
        "- {name}: {} faulty, {} named first ({:.1} %), {} among three ({:.1} %); \
         {} healthy, {} error findings",
        faulty.all,
        faulty.first,
        share(faulty.first),
        faulty.three,
        share(faulty.three),
        healthy.all,
        healthy.errors,
    );
}
