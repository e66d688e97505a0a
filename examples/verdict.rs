//! Says why the tunnel in a capture fails, in a few lines.
//!
//! ```text
//! cargo run -p ipsec-examples --bin verdict examples/captures/udp-4500-blocked.pcap
//! ```
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use core::error::Error;
use ipsec_core::capture::read_evidence;
use ipsec_core::crypto::rustcrypto;
use ipsec_core::diag::diagnose;
use std::fs::File;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: verdict CAPTURE")?;
    let evidence = read_evidence(0, File::open(path)?, rustcrypto::provider())?;
    let diagnosis = diagnose(&evidence);

    println!("{:?}", diagnosis.verdict.state);
    for finding in &diagnosis.findings {
        println!(
            "{:?}: {} [{}]",
            finding.confidence, finding.title, finding.code
        );
        for fix in &finding.fixes {
            println!("  {}: {}", fix.side, fix.text);
        }
    }
    for unknown in &diagnosis.unknowns {
        println!(
            "open: {} {}",
            unknown.question,
            unknown.decided_by.join("; ")
        );
    }
    Ok(())
}
