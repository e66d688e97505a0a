//! `ipsec keys`: what key files hold, and their conversion.

use super::args::{Keys, KeysShow};
use super::keyfiles::read_keys_saying;
use super::{Failure, Status};
use crate::report::harmless;
use std::io::Write;

pub(super) fn run(args: &Keys, out: &mut dyn Write) -> Result<Status, Failure> {
    match args {
        Keys::Show(args) => show(args, out),
    }
}

fn show(args: &KeysShow, out: &mut dyn Write) -> Result<Status, Failure> {
    for (name, log) in read_keys_saying(&args.files, usize::MAX)? {
        let forms: Vec<_> = log.formats.iter().map(ToString::to_string).collect();
        writeln!(out, "{}: {}", harmless(&name), forms.join(", "))?;
        for entry in &log.entries {
            let told = entry.keys.to_string();
            writeln!(out, "  line {}: {}", entry.line, harmless(&told))?;
        }
    }
    Ok(Status::Healthy)
}
