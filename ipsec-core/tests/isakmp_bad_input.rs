//! IKEv1 messages that lie, are cut, or are nothing at all. Whatever the bytes:
//! no panic, a positioned fault or none, and the same bytes back.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use core::ops::Range;
use ipsec_core::wire::DecodeErrorKind;
use ipsec_core::wire::isakmp::{Attributes, Body, Message, decode_chain};
use ipsec_core::wire::registry::isakmp::PayloadType;
use ipsec_core::wire::tree::{SourceId, Tree, TreeBuilder};
use proptest::prelude::*;
use std::fs;
use support::isakmp::{check_chain, check_message};
use support::{fixtures, shared};

mod support;

/// A message whose payloads are `body`, the first of type `first`.
fn message(first: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x11; 8];
    bytes.extend([0; 8]);
    bytes.extend([first, 0x10, 2, 0, 0, 0, 0, 0]);
    let length = u32::try_from(body.len()).unwrap() + 28;
    bytes.extend(length.to_be_bytes());
    bytes.extend(body);
    bytes
}

/// Where the length-like fields of a message lie.
fn length_fields(bytes: &[u8]) -> Vec<Range<usize>> {
    let message = Message::decode(bytes).unwrap();
    let mut tree = Tree::new();
    message.lay_out(&mut TreeBuilder::new(&mut tree, SourceId::FRAME, 0));
    let names = ["length", "spi_size", "num_transforms", "num_spis"];
    tree.nodes()
        .iter()
        .filter(|node| names.contains(&node.field.name))
        .map(|node| node.range())
        .collect()
}

fn check(name: &str, bytes: &[u8]) {
    match name.strip_prefix("decrypted-") {
        Some(rest) => {
            let first = rest.split('-').next().unwrap().parse().unwrap();
            check_chain(PayloadType(first), bytes);
        }
        None => {
            check_message(bytes);
        }
    }
}

#[test]
fn cut_at_every_byte() {
    for (name, bytes) in fixtures("isakmp") {
        for end in 0..bytes.len() {
            check(&name, &bytes[..end]);
            if !name.starts_with("decrypted-") {
                assert!(Message::decode(&bytes[..end]).is_err(), "{name} {end}");
            }
        }
    }
}

#[test]
fn every_bit_flipped() {
    for (name, bytes) in fixtures("isakmp") {
        let mut changed = bytes.clone();
        for at in 0..bytes.len().min(256) {
            for bit in 0..8 {
                changed[at] ^= 1 << bit;
                check(&name, &changed);
                changed[at] ^= 1 << bit;
            }
        }
    }
}

#[test]
fn every_length_field_lies() {
    let mut lies = 0_u32;
    for (name, bytes) in fixtures("isakmp") {
        if name.starts_with("decrypted-") {
            continue;
        }
        for field in length_fields(&bytes) {
            let mut changed = bytes.clone();
            let truth = changed[field.clone()]
                .iter()
                .fold(0_u64, |n, &b| n << 8 | u64::from(b));
            let values = [
                0,
                1,
                3,
                4,
                7,
                8,
                27,
                28,
                truth.wrapping_sub(1),
                truth + 1,
                0x7fff,
                0x8000,
                0xffff,
                0xffff_ffff,
            ];
            for value in values {
                let width = field.len();
                changed[field.clone()].copy_from_slice(&value.to_be_bytes()[8 - width..]);
                check_message(&changed);
                lies += 1;
            }
        }
    }
    assert!(lies > 1000, "{lies}");
}

#[test]
fn a_payload_of_length_zero_ends_the_chain() {
    // next payload 13, reserved, length 0: the pointer loop of 2003
    let bytes = message(13, &[13, 0, 0, 0]);
    let error = check_message(&bytes).unwrap();
    assert_eq!((error.offset, error.field), (30, "length"));
    assert_eq!(
        error.kind,
        DecodeErrorKind::BadLength {
            value: 0,
            min: 4,
            max: 4
        }
    );
}

#[test]
fn a_payload_longer_than_the_message_keeps_what_is_there() {
    let bytes = message(10, &[0, 0, 0, 20, 1, 2, 3]);
    let error = check_message(&bytes).unwrap();
    assert_eq!((error.offset, error.field), (30, "length"));
    let (message, _) = Message::decode_lax(&bytes).unwrap();
    assert_eq!(message.payloads()[0].body, Body::Nonce(&[1, 2, 3]));
    assert_eq!(message.payloads()[0].length, Some(20));
}

#[test]
fn payloads_up_to_64() {
    let vendor = [13, 0, 0, 5, 0xaa];
    let mut body = vendor.repeat(64);
    let last = body.len() - 5;
    body[last] = 0;
    assert_eq!(check_message(&message(13, &body)), None);
    body[last] = 13;
    body.extend([0, 0, 0, 5, 0xaa]);
    let error = check_message(&message(13, &body)).unwrap();
    assert_eq!(error.kind, DecodeErrorKind::TooMany { limit: 64 });
    assert_eq!(error.offset, 28 + 64 * 5);
}

/// SA with one proposal that holds `count` empty transforms.
fn transforms(count: usize) -> Vec<u8> {
    let mut list = [3, 0, 0, 8, 1, 1, 0, 0].repeat(count);
    if let Some(last) = list.len().checked_sub(8) {
        list[last] = 0;
    }
    let size = |n: usize| u16::try_from(n).unwrap_or(u16::MAX).to_be_bytes();
    let mut body = vec![0, 0];
    body.extend(size(list.len() + 20));
    body.extend([0, 0, 0, 1, 0, 0, 0, 1, 0, 0]);
    body.extend(size(list.len() + 8));
    body.extend([1, 1, 0, u8::try_from(count).unwrap_or(u8::MAX)]);
    body.extend(list);
    body
}

#[test]
fn transforms_up_to_255() {
    assert_eq!(check_message(&message(1, &transforms(255))), None);
    let error = check_message(&message(1, &transforms(256))).unwrap();
    assert_eq!(error.kind, DecodeErrorKind::TooMany { limit: 255 });
    assert_eq!(error.offset, 28 + 20 + 255 * 8);
    let error = check_message(&message(1, &transforms(65_535))).unwrap();
    assert_eq!(error.field, "length");
}

#[test]
fn proposals_up_to_64() {
    for count in [64, 65] {
        let mut body = vec![0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1];
        body.extend([2, 0, 0, 8, 1, 1, 0, 0].repeat(count));
        let last = body.len() - 8;
        body[last] = 0;
        let length = u16::try_from(body.len()).unwrap();
        body[2..4].copy_from_slice(&length.to_be_bytes());
        let error = check_message(&message(1, &body)).map(|error| error.kind);
        let limit = DecodeErrorKind::TooMany { limit: 64 };
        assert_eq!(error, (count > 64).then_some(limit));
    }
}

#[test]
fn a_transform_count_that_is_not_the_number_of_transforms() {
    let mut body = transforms(2);
    body[12 + 7] = 9;
    let error = check_message(&message(1, &body)).unwrap();
    assert_eq!((error.offset, error.field), (28 + 19, "num_transforms"));
    assert_eq!(error.kind, DecodeErrorKind::BadValue { value: 9 });
}

#[test]
fn lists_that_end_too_early_or_too_late() {
    // the last transform announces another
    let mut body = transforms(1);
    body[20] = 3;
    let error = check_message(&message(1, &body)).unwrap();
    assert_eq!((error.offset, error.field), (28 + 28, "next_payload"));
    // the first of two says it is the last
    let mut body = transforms(2);
    body[20] = 0;
    let error = check_message(&message(1, &body)).unwrap();
    assert_eq!((error.offset, error.field), (28 + 28, "transform"));
    assert_eq!(error.kind, DecodeErrorKind::Trailing { extra: 8 });
    // a list goes on after a strange number, but not without a fault
    let mut body = transforms(2);
    body[20] = 77;
    let bytes = message(1, &body);
    let error = check_message(&bytes).unwrap();
    assert_eq!(error.kind, DecodeErrorKind::BadValue { value: 77 });
    let (message, _) = Message::decode_lax(&bytes).unwrap();
    let Body::Sa(sa) = &message.payloads()[0].body else {
        panic!("{message:?}")
    };
    assert_eq!(sa.proposals[0].transforms.len(), 2);
}

#[test]
fn proposals_within_proposals_are_not_followed() {
    // a proposal whose transforms are proposals: read as transforms, no deeper
    let inner = [2_u8, 0, 0, 8, 1, 1, 0, 0].repeat(1000);
    let mut body = transforms(0);
    body.extend(inner);
    let error = check_message(&message(1, &body)).unwrap();
    assert!(error.offset > 28);
}

#[test]
fn empty_attributes_always_give_way() {
    let bytes = [0_u8, 1, 0, 0].repeat(64);
    assert_eq!(Attributes::decode(&bytes).unwrap().iter().count(), 64);
}

#[test]
fn a_fragment_shorter_than_its_header() {
    for length in 4..8_u8 {
        let mut body = vec![0, 0, 0, length];
        body.extend(&[0xaa; 4][..usize::from(length) - 4]);
        let bytes = message(132, &body);
        let error = check_message(&bytes).unwrap();
        assert!(matches!(error.kind, DecodeErrorKind::Truncated { .. }));
        let (message, _) = Message::decode_lax(&bytes).unwrap();
        assert!(matches!(message.payloads()[0].body, Body::Malformed(_)));
    }
    assert_eq!(
        check_message(&message(132, &[0, 0, 0, 8, 0, 1, 1, 1])),
        None
    );
}

#[test]
fn a_fragment_is_read_though_it_says_it_is_encrypted() {
    let mut bytes = message(132, &[0, 0, 0, 9, 0, 1, 1, 1, 0xee]);
    bytes[19] = 1;
    assert_eq!(check_message(&bytes), None);
    let message = Message::decode(&bytes).unwrap();
    assert!(matches!(message.payloads()[0].body, Body::Fragment(_)));
}

#[test]
fn deletes_that_promise_more_or_less() {
    let delete = |size: u8, count: u16, data: &[u8]| {
        let mut body = vec![0, 0, 0, u8::try_from(12 + data.len()).unwrap()];
        body.extend([0, 0, 0, 1, 3, size]);
        body.extend(count.to_be_bytes());
        body.extend(data);
        check_message(&message(12, &body)).map(|error| (error.offset, error.kind))
    };
    assert_eq!(delete(4, 2, &[7; 8]), None);
    let truncated = DecodeErrorKind::Truncated {
        need: 262_140,
        have: 8,
    };
    assert_eq!(delete(4, 65_535, &[7; 8]), Some((48, truncated)));
    let trailing = DecodeErrorKind::Trailing { extra: 8 };
    assert_eq!(delete(0, 65_535, &[7; 8]), Some((40, trailing)));
    let trailing = DecodeErrorKind::Trailing { extra: 4 };
    assert_eq!(delete(4, 1, &[7; 8]), Some((44, trailing)));
}

#[test]
fn the_length_in_the_header() {
    let good = message(10, &[0, 0, 0, 5, 9]);
    for (length, field) in [
        (0_u32, "length"),
        (27, "length"),
        (34, "length"),
        (u32::MAX, "length"),
    ] {
        let mut bytes = good.clone();
        bytes[24..28].copy_from_slice(&length.to_be_bytes());
        let error = check_message(&bytes).unwrap();
        assert_eq!((error.offset, error.field), (24, field));
    }
    let mut bytes = good;
    bytes.push(0);
    let error = check_message(&bytes).unwrap();
    assert_eq!((error.offset, error.field), (33, "trailing"));
}

#[test]
fn up_to_three_bytes_fill_a_clear_message() {
    for padding in 0..=4 {
        let mut body = vec![0, 0, 0, 5, 9];
        body.extend(vec![0; padding]);
        let error = check_message(&message(10, &body));
        assert_eq!(error.map(|e| e.field), (padding > 3).then_some("padding"));
    }
}

#[test]
fn another_major_version_is_a_fault() {
    let mut bytes = message(10, &[0, 0, 0, 5, 9]);
    for version in [0x00, 0x0f, 0x20, 0xf0] {
        bytes[17] = version;
        let error = check_message(&bytes).unwrap();
        assert_eq!((error.offset, error.field), (17, "version"));
    }
}

/// Messages that made tcpdump, pluto and others fail, where they are at hand.
#[test]
fn known_crashers_are_survived() {
    let Some(corpora) = shared("corpora") else {
        return;
    };
    let mut count = 0_u32;
    for folder in ["known-bad", "tcpdump"] {
        for entry in fs::read_dir(corpora.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            // a message, or a capture: then every place may be a message
            let starts = if path.extension().is_some_and(|e| e == "bin") {
                0..1
            } else {
                0..bytes.len().min(4096)
            };
            for start in starts {
                let end = bytes.len().min(start + 2048);
                check_message(&bytes[start..end]);
                count += 1;
            }
        }
    }
    println!("{count} messages");
    assert!(count > 100);
}

fn header() -> impl Strategy<Value = Vec<u8>> {
    let flags = prop_oneof![Just(0_u8), any::<u8>()];
    (payload_type(), flags, any::<[u8; 4]>()).prop_map(|(first, flags, id)| {
        let mut bytes = vec![1; 16];
        bytes.extend([first, 0x10, 2, flags]);
        bytes.extend(id);
        bytes
    })
}

fn payload_type() -> impl Strategy<Value = u8> {
    prop_oneof![1..=22_u8, 130..=132_u8, any::<u8>()]
}

/// A payload with a length that is right as a rule, and any content.
fn payload() -> impl Strategy<Value = (u8, Vec<u8>)> {
    let content = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..64),
        prop::collection::vec(prop_oneof![Just(0_u8), Just(1), Just(4), 0..16_u8], 0..64),
    ];
    (
        payload_type(),
        content,
        prop::option::weighted(0.1, any::<u16>()),
    )
        .prop_map(|(kind, content, lie)| {
            let length = u16::try_from(content.len() + 4).unwrap();
            let mut bytes = lie.unwrap_or(length).to_be_bytes().to_vec();
            bytes.extend(content);
            (kind, bytes)
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200), first: u8) {
        check_message(&bytes);
        check_chain(PayloadType(first), &bytes);
    }

    #[test]
    fn any_chain(
        head in header(),
        payloads in prop::collection::vec(payload(), 0..8),
        length in prop::option::weighted(0.1, any::<u32>()),
        tail in prop::collection::vec(any::<u8>(), 0..4),
    ) {
        let mut bytes = head;
        bytes.extend([0; 4]);
        let kinds: Vec<u8> = payloads.iter().map(|(kind, _)| *kind).collect();
        if let Some(first) = kinds.first() {
            bytes[16] = *first;
        }
        for (at, (_, rest)) in payloads.iter().enumerate() {
            bytes.extend([kinds.get(at + 1).copied().unwrap_or(0), 0]);
            bytes.extend(rest);
        }
        bytes.extend(tail);
        let length = length.unwrap_or(u32::try_from(bytes.len()).unwrap());
        bytes[24..28].copy_from_slice(&length.to_be_bytes());
        check_message(&bytes);
    }
}

#[test]
fn the_heaviest_64_kib_make_no_more_nodes_than_they_have_bytes() {
    // of all structures those that take the most fields for their size
    for unit in [
        vec![0_u8, 1, 0, 0],
        vec![3, 0, 0, 8, 1, 1, 0, 0],
        vec![13, 0, 0, 4],
        vec![0x80, 1, 0, 1],
    ] {
        let body = unit.repeat(65_000 / unit.len());
        for first in [1, 5, 11, 12, 13, 14] {
            let (chain, _) = decode_chain(PayloadType(first), &body);
            assert!(chain.payloads.len() <= 65);
            let mut tree = Tree::new();
            chain.lay_out(&mut TreeBuilder::new(&mut tree, SourceId::FRAME, 0));
            assert!(tree.nodes().len() <= body.len(), "{}", tree.nodes().len());
            check_chain(PayloadType(first), &body);
        }
    }
}
