//! How often the diagnosis of a labelled capture is right: `make accuracy`.
//!
//! `accuracy FOLDER [--verbose]` diagnoses every capture below FOLDER that
//! has a `truth.json` beside it, first by itself and then with the keys in its
//! `keys.json`, prints a table by fault, and fails when the answers are worse
//! than the targets. `--verbose` shows what was said of those that were not
//! right.
#![allow(
    clippy::allow_attributes,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for the developers of this library"
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
    let [wire, keys] =
        [Given::Wire, Given::Keys].map(|given| diagnose_all(Path::new(folder), given));
    if wire.is_empty() {
        println!("no truth.json below {folder}");
        return ExitCode::from(2);
    }
    if verbose {
        println!("== wire alone");
        wire.iter().for_each(miss);
        println!("== with keys");
        keys.iter().for_each(miss);
    }
    table(&wire, &keys);
    let met = meets_targets(&wire, Given::Wire) && meets_targets(&keys, Given::Keys);
    if met {
        return ExitCode::SUCCESS;
    }
    for given in [Given::Wire, Given::Keys] {
        let (first, three) = given.targets();
        println!(
            "target of {given:?}: {first} % first, {three} % among three, no error in the healthy"
        );
    }
    ExitCode::FAILURE
}

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

fn table(wire: &[Verdicted], keys: &[Verdicted]) {
    println!("| fault | captures | first | among three | with keys first | among three |");
    println!("|---|---|---|---|---|---|");
    for ((fault, score), (_, keyed)) in by_fault(wire).iter().zip(by_fault(keys)) {
        let all = score.all;
        if fault == "none" {
            let (errors, keyed) = (score.errors, keyed.errors);
            println!("| healthy | {all} | {errors} errors | | {keyed} errors | |");
        } else {
            println!(
                "| {fault} | {all} | {} | {} | {} | {} |",
                score.first, score.three, keyed.first, keyed.three
            );
        }
    }
    println!();
    for (name, all) in [("Wire alone", wire), ("With keys", keys)] {
        summary(name, all);
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
