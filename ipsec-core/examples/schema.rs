//! Prints the JSON Schema of the report, or of the timeline if asked for it
//! (`make schema`).

use ipsec_core::report::Report;
use ipsec_core::report::timeline::Timeline;
use std::io::{self, Write as _};

fn main() -> io::Result<()> {
    let schema = match std::env::args().nth(1).as_deref() {
        Some("timeline") => Timeline::json_schema(),
        _ => Report::json_schema(),
    };
    io::stdout().write_all(schema.as_bytes())
}
