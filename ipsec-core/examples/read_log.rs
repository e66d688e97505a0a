//! Makes logs of any size, and reads one as it comes, to measure speed and
//! memory:
//!
//! ```text
//! read_log --make charon|pluto|ios BYTES > LOG
//! read_log < LOG
//! ```

use core::error::Error;
use ipsec_core::log;
use std::io::{self, BufWriter, Write as _};

#[path = "../tests/support/made_log.rs"]
mod made_log;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *words {
        ["--make", vendor, bytes] => {
            let known = made_log::LOGS.iter().find(|(name, _)| *name == vendor);
            let (_, connection) = known.ok_or("charon, pluto or ios")?;
            let out = BufWriter::new(io::stdout().lock());
            made_log::write(connection, bytes.parse()?, out)?;
        }
        [] => {
            let read = log::read_from(0, io::stdin().lock())?.ok_or("nobody known wrote this")?;
            let kept = read.evidence.len();
            let (lines, untold, left_out) = (read.lines, read.untold, read.left_out);
            writeln!(
                io::stdout(),
                "{lines} lines, {kept} facts kept, {left_out} left out, {untold} lines not understood"
            )?;
        }
        _ => return Err("read_log [--make VENDOR BYTES]".into()),
    }
    Ok(())
}
