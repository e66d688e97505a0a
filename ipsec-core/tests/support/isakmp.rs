//! What must hold for every IKEv1 message, well-formed or not.

use ipsec_core::wire::DecodeError;
use ipsec_core::wire::isakmp::{Message, decode_chain};
use ipsec_core::wire::registry::isakmp::PayloadType;
use ipsec_core::wire::tree::{SourceId, Tree, TreeBuilder};

use super::check_tree;
pub(crate) use super::unhex;

/// Reads a message as far as it goes and checks what must hold for all bytes:
/// it is written back as it was, and its tree covers it. Gives the fault.
pub(crate) fn check_message(bytes: &[u8]) -> Option<DecodeError> {
    let (message, fault) = match Message::decode_lax(bytes) {
        Ok(read) => read,
        Err(error) => return Some(error),
    };
    let mut out = Vec::new();
    message.encode(&mut out);
    assert_eq!(out, bytes);
    let mut tree = Tree::new();
    message.lay_out(&mut TreeBuilder::new(&mut tree, SourceId::FRAME, 0));
    check_tree(&tree, bytes, fault.as_ref());
    assert_eq!(Message::decode(bytes).err(), fault);
    fault
}

/// The same for the plaintext of an encrypted message.
pub(crate) fn check_chain(first: PayloadType, bytes: &[u8]) -> Option<DecodeError> {
    let (chain, fault) = decode_chain(first, bytes);
    let mut out = Vec::new();
    chain.encode(&mut out);
    assert_eq!(out, bytes);
    let mut tree = Tree::new();
    chain.lay_out(&mut TreeBuilder::new(&mut tree, SourceId::FRAME, 0));
    check_tree(&tree, bytes, fault.as_ref());
    fault
}
