//! Any bytes as one message: nothing panics, nothing is lost, the tree fits.
#![no_main]

use ipsec_core::wire::isakmp::{Message, decode_chain};
use ipsec_core::wire::registry::isakmp::PayloadType;
use ipsec_core::wire::tree::SourceId;
use ipsec_core::wire::{Encoder, Tree, TreeBuilder};
use ipsec_fuzz::{check_leaves, check_tree};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    message(data);
    chain(data);
});

fn message(data: &[u8]) {
    let strict = Message::decode(data);
    let (message, fault) = match Message::decode_lax(data) {
        Ok(read) => read,
        Err(error) => {
            assert!(data.len() < HEADER, "a whole header was refused: {error}");
            return;
        }
    };
    assert_eq!(strict.err(), fault);
    if let Some(fault) = fault {
        assert!(fault.offset <= data.len(), "{fault}");
    }

    let mut bytes = Vec::new();
    message.encode(&mut bytes);
    assert_eq!(bytes, data, "encoding changed the message");

    let mut tree = Tree::new();
    message.lay_out(&mut TreeBuilder::new(&mut tree, SourceId::FRAME, 0));
    check_tree(&tree, data);
    check_leaves(&tree, data);
}

/// The same for what stands inside an encrypted payload.
fn chain(data: &[u8]) {
    let Some((first, data)) = data.split_first() else {
        return;
    };
    let (chain, _) = decode_chain(PayloadType(*first), data);
    let mut bytes = Vec::new();
    chain.lay_out(&mut Encoder::new(&mut bytes));
    assert_eq!(bytes, data, "encoding changed the chain");
}

const HEADER: usize = 28;
