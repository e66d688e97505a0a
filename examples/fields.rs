//! Prints one field wherever it occurs in a capture: packet, bytes, value.
//!
//! ```text
//! cargo run -p ipsec-examples --bin fields \
//!     examples/captures/no-common-ike-proposal.pcap ike.sa.proposal.encr
//! ```
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use core::error::Error;
use ipsec_core::capture::{CaptureReader, Decoder};
use ipsec_core::wire::Tree;
use std::fs::File;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(file), Some(path)) = (arguments.next(), arguments.next()) else {
        return Err("usage: fields CAPTURE PATH".into());
    };
    let mut capture = CaptureReader::new(File::open(file)?)?;
    let mut decoder = Decoder::new();
    let mut tree = Tree::new(); // filled anew for each packet, without allocating
    while let Some(frame) = capture.next_frame()? {
        decoder.dissect(&frame).tree(&mut tree);
        for node in tree
            .find(&path)
            .into_iter()
            .filter_map(|at| tree.nodes().get(at))
        {
            let value = tree.value(node, frame.data);
            println!(
                "{} {:?} {}: {value}",
                frame.number,
                node.range(),
                node.field.title
            );
        }
    }
    Ok(())
}
