//! `ipsec explain`: the page of a finding.

use super::args::Explain;
use super::{Failure, Status};
use crate::diag::catalog::{RULES, rule};
use std::io::Write;

pub(super) fn run(args: &Explain, out: &mut dyn Write) -> Result<Status, Failure> {
    let Some(code) = &args.code else {
        let width = RULES.iter().map(|rule| rule.code.len()).max().unwrap_or(0);
        for rule in RULES {
            writeln!(out, "{:width$}  {}", rule.code, rule.title)?;
        }
        return Ok(Status::Healthy);
    };
    let asked = code.replace('_', "-").to_ascii_lowercase();
    let Some(rule) = rule(&asked) else {
        return Err(Failure::Usage(unknown(code, &asked)));
    };
    out.write_all(rule.page().as_bytes())?;
    Ok(Status::Healthy)
}

fn unknown(code: &str, asked: &str) -> String {
    let first = asked.split('-').next().unwrap_or_default();
    let near = RULES.iter().find(|rule| {
        let mut words = rule.code.split('-');
        rule.code.contains(asked) || words.any(|word| word == first)
    });
    let hint = near.map_or(String::new(), |rule| {
        format!("; did you mean {}?", rule.code)
    });
    format!("there is no finding {code}{hint} (ipsec explain lists all)")
}
