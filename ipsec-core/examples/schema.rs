//! Prints the JSON Schema of the report, the timeline or the comparison, as asked
//! (`make schema`).

use ipsec_core::explain::Comparison;
use ipsec_core::report::Report;
use ipsec_core::report::timeline::Timeline;
use std::io::{self, Write as _};

fn main() -> io::Result<()> {
    let schema = match std::env::args().nth(1).as_deref() {
        Some("timeline") => Timeline::json_schema(),
        Some("comparison") => Comparison::json_schema(),
        _ => Report::json_schema(),
    };
    io::stdout().write_all(schema.as_bytes())
}
