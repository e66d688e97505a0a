//! How often the diagnosis of a labelled capture is right: `make accuracy`.
//!
//! `accuracy FOLDER [--verbose]` diagnoses every capture below FOLDER that
//! has a `truth.json` beside it, prints a table by fault, and fails when the
//! answers are worse than the targets. `--verbose` shows what was said of
//! those that were not right.
#![allow(
    clippy::allow_attributes,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for the developers of this library"
)]

#[path = "../tests/support/score.rs"]
mod score;

use score::{Verdicted, by_fault, diagnose_all, meets_targets, totals};
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
    let all = diagnose_all(Path::new(folder));
    if all.is_empty() {
        println!("no truth.json below {folder}");
        return ExitCode::from(2);
    }
    if verbose {
        all.iter().for_each(miss);
    }
    table(&all);
    if meets_targets(&all) {
        ExitCode::SUCCESS
    } else {
        println!("below the targets: 55 % first, 85 % among three, no error in the healthy");
        ExitCode::FAILURE
    }
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

fn table(all: &[Verdicted]) {
    println!("| fault | captures | named first | among three | error findings |");
    println!("|---|---|---|---|---|");
    for (fault, score) in by_fault(all) {
        if fault == "none" {
            println!("| healthy | {} | | | {} |", score.all, score.errors);
        } else {
            println!(
                "| {fault} | {} | {} | {} | |",
                score.all, score.first, score.three
            );
        }
    }
    let (faulty, healthy) = totals(all);
    let share = |part: usize| 100.0 * part as f64 / faulty.all.max(1) as f64;
    println!();
    println!(
        "{} faulty: {} named first ({:.1} %), {} among three ({:.1} %); \
         {} healthy: {} error findings",
        faulty.all,
        faulty.first,
        share(faulty.first),
        faulty.three,
        share(faulty.three),
        healthy.all,
        healthy.errors,
    );
}
