//! The command `ipsec`: files and arguments in, text and exit status out.
//!
//! Exit status: 0 healthy, 1 a finding of severity *error*, 2 wrong usage,
//! 3 nothing could be read. A reader that closes the pipe ends the command
//! quietly.

mod args;
mod compare;
mod convert;
mod decode;
mod decrypt;
mod explain;
mod input;
mod keyfiles;
mod keys;
mod ladder;
mod scan;
mod scrub;
mod terminal;
mod timeline;
mod why;

use args::{Arguments, Command};
use clap::{CommandFactory as _, Parser as _};
use std::ffi::OsString;
use std::io::{self, BufWriter, Write};

/// Runs the command with these arguments, its own name the first of them, and
/// returns its exit status. What it writes goes to the standard output and
/// standard error of the process.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    let mut out = BufWriter::with_capacity(OUT_BUFFER, io::stdout().lock());
    let done = obey(arguments, &mut out);
    let flushed = out.flush();
    match done.and_then(|status| flushed.map(|()| status).map_err(Failure::from)) {
        Ok(status) => status.code(),
        Err(failure) => failure.report(),
    }
}

/// Prints what is wrong with the arguments, or the help that they ask for.
fn usage(error: &clap::Error) -> u8 {
    match error.print() {
        Ok(()) => u8::try_from(error.exit_code()).unwrap_or(2),
        Err(error) => Failure::from(error).report(),
    }
}

fn obey(arguments: Arguments, out: &mut dyn Write) -> Result<Status, Failure> {
    let colour = arguments.color;
    match arguments.command {
        Command::Why(why) => why::run(&why, colour, out),
        Command::Decode(decode) => decode::run(&decode, out),
        Command::Decrypt(decrypt) => decrypt::run(&decrypt, out),
        Command::Ladder(ladder) => ladder::run(&ladder, out),
        Command::Timeline(timeline) => timeline::run(&timeline, out),
        Command::Scrub(scrub) => scrub::run(&scrub),
        Command::Scan(scan) => scan::run(&scan, out),
        Command::Compare(compare) => compare::run(&compare, out),
        Command::Convert(convert) => convert::run(&convert, out),
        Command::Keys(keys) => keys::run(&keys, out),
        Command::Explain(explain) => explain::run(&explain, out),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "ipsec", &mut script);
            out.write_all(&script)?;
            Ok(Status::Healthy)
        }
    }
}

/// How a command ended that did what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Healthy,
    Errors,
}

impl Status {
    const fn code(self) -> u8 {
        match self {
            Self::Healthy => 0,
            Self::Errors => 1,
        }
    }
}

/// Why a command could not do what it was asked.
#[derive(Debug)]
enum Failure {
    /// The arguments make no sense.
    Usage(String),
    /// Nothing could be read.
    Unreadable,
    /// The output cannot be written.
    Output(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl Failure {
    fn report(&self) -> u8 {
        match self {
            Self::Usage(text) => {
                terminal::complain("error", text);
                2
            }
            Self::Unreadable => 3,
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
            Self::Output(error) => {
                terminal::complain("error", &format!("cannot write: {error}"));
                3
            }
        }
    }
}

/// Bytes gathered before they are written.
const OUT_BUFFER: usize = 1 << 16;
