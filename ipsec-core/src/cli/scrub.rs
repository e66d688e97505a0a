//! `ipsec scrub`: a copy of a capture that can be given away.

use super::args::Scrub;
use super::input;
use super::terminal::complain;
use super::{Failure, Status};
use crate::capture::scrub;
use crate::crypto::rustcrypto;
use std::fs;
use std::io::Read as _;
use std::path::Path;

pub(super) fn run(args: &Scrub) -> Result<Status, Failure> {
    let unreadable = |path: &Path, error: &dyn core::fmt::Display| {
        complain("error", &format!("{}: {error}", path.display()));
        Failure::Unreadable
    };
    let mut file = Vec::new();
    input::open(&args.file)
        .and_then(|mut source| source.read_to_end(&mut file))
        .map_err(|error| unreadable(&args.file, &error))?;
    let copy =
        scrub(&file, rustcrypto::provider()).map_err(|error| unreadable(&args.file, &error))?;
    fs::write(&args.output, copy).map_err(|error| unreadable(&args.output, &error))?;
    Ok(Status::Healthy)
}
