//! What must hold for every IKEv1 message, well-formed or not.

use ipsec_core::wire::DecodeError;
use ipsec_core::wire::isakmp::{Message, decode_chain};
use ipsec_core::wire::registry::isakmp::PayloadType;
use ipsec_core::wire::tree::{NodeKind, SourceId, Tree, TreeBuilder};

/// Bytes of a text in hexadecimal; blanks and line ends do not count.
pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| u8::try_from(c.to_digit(16).unwrap()).unwrap())
        .collect();
    digits.chunks_exact(2).map(|d| d[0] << 4 | d[1]).collect()
}

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

/// Leaves tile the bytes, numbers are what the bytes say, and a fault is
/// marked where it was found, and only then.
fn check_tree(tree: &Tree, bytes: &[u8], fault: Option<&DecodeError>) {
    let mut at = 0;
    let mut marks = Vec::new();
    for node in tree.nodes() {
        let range = node.range();
        if node.kind == NodeKind::Number {
            let number = bytes[range.clone()]
                .iter()
                .fold(0, |n, &b| n << 8 | u64::from(b));
            assert_eq!(node.value, number, "{} at {range:?}", node.field.name);
        }
        if node.kind == NodeKind::Malformed {
            marks.push(range.start);
        }
        if matches!(node.kind, NodeKind::Number | NodeKind::Bytes) {
            assert_eq!(range.start, at, "{}", node.field.name);
            at = range.end;
        }
        assert!(range.end <= bytes.len());
    }
    assert_eq!(at, bytes.len());
    match fault {
        None => assert_eq!(marks, [0_usize; 0]),
        Some(fault) => {
            assert!(fault.offset <= bytes.len(), "{fault}");
            assert!(marks.contains(&fault.offset), "{fault} not among {marks:?}");
        }
    }
}
