//! What the targets demand of a field tree.

use ipsec_core::wire::tree::NodeKind;
use ipsec_core::wire::{Node, Tree};

/// Checks that every node lies inside its buffer and its parent, that numbers
/// are the bytes they stand for, that nothing shown can command a terminal,
/// and that the tree is no larger than its bytes justify.
pub fn check_tree(tree: &Tree, frame: &[u8]) {
    let mut open: Vec<&Node> = Vec::new();
    let mut bytes = frame.len();
    for node in tree.nodes() {
        let (range, name) = (node.range(), node.field.name);
        let source = tree.source_bytes(node.source(), frame);
        assert!(
            range.start <= range.end && range.end <= source.len(),
            "{name} lies outside"
        );
        open.truncate(node.depth().into());
        if let Some(parent) = open.last() {
            let outer = parent.range();
            assert!(
                outer.start <= range.start && range.end <= outer.end,
                "{name} sticks out of {}",
                parent.field.name
            );
        } else if node.kind == NodeKind::Group && source.len() != frame.len() {
            bytes += source.len();
        }
        open.push(node);
        check_value(tree, node, frame);
    }
    let most = (bytes + 1) * NODES_PER_BYTE;
    assert!(
        tree.nodes().len() <= most,
        "{} nodes for {bytes} bytes",
        tree.nodes().len()
    );
}

/// Checks that the leaves of a message's tree hold each of its bytes once.
pub fn check_leaves(tree: &Tree, message: &[u8]) {
    let mut covered = 0;
    for node in tree.nodes() {
        if matches!(node.kind, NodeKind::Number | NodeKind::Bytes) {
            assert_eq!(
                node.range().start,
                covered,
                "gap or overlap before {}",
                node.field.name
            );
            covered = node.range().end;
        }
    }
    assert_eq!(covered, message.len(), "bytes at the end without a field");
}

fn check_value(tree: &Tree, node: &Node, frame: &[u8]) {
    if node.kind == NodeKind::Number {
        let bytes = tree.bytes(node, frame);
        let number = bytes.iter().fold(0, |n, byte| n << 8 | u64::from(*byte));
        assert_eq!(node.value, number, "{}", node.field.name);
    }
    let shown = tree.value(node, frame).to_string();
    assert!(
        !shown.contains(char::is_control),
        "{shown:?} reaches the terminal"
    );
}

/// A generic header of four bytes has seven fields, a byte of flags up to eight.
const NODES_PER_BYTE: usize = 10;
