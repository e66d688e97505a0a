//! Prints the JSON Schema of the report (`make schema`).

use ipsec_core::report::Report;
use std::io::{self, Write as _};

fn main() -> io::Result<()> {
    io::stdout().write_all(Report::json_schema().as_bytes())
}
