//! IKEv2 messages that lie, are cut, or are nothing at all. Whatever the bytes:
//! no panic, a positioned fault or none, and the same bytes back.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise, and says what it skips"
)]

use core::ops::Range;
use ipsec_core::wire::DecodeErrorKind;
use ipsec_core::wire::ike::{Body, Message, NotifyData, decode_chain, peek};
use ipsec_core::wire::registry::ike::PayloadType;
use ipsec_core::wire::tree::{NodeKind, SourceId, Tree, TreeBuilder};
use proptest::prelude::*;
use std::fs;
use support::ike::{check_chain, check_message};
use support::{fixtures, shared};

mod support;

/// A message whose payloads are `body`, the first of type `first`.
fn message(first: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x11; 8];
    bytes.extend([0; 8]);
    bytes.extend([first, 0x20, 34, 0x08, 0, 0, 0, 0]);
    let length = u32::try_from(body.len()).unwrap() + 28;
    bytes.extend(length.to_be_bytes());
    bytes.extend(body);
    bytes
}

/// One payload, its length right.
fn payload(next: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 4).unwrap();
    let mut bytes = vec![next, 0];
    bytes.extend(length.to_be_bytes());
    bytes.extend(body);
    bytes
}

/// A message of one payload.
fn single(kind: u8, body: &[u8]) -> Vec<u8> {
    message(kind, &payload(0, body))
}

/// Type of the first payload, where the fixture holds decrypted payloads.
fn first_inside(name: &str) -> Option<PayloadType> {
    let number = name.strip_prefix("decrypted-")?.split('-').next()?;
    Some(PayloadType(number.parse().unwrap()))
}

fn check(name: &str, bytes: &[u8]) {
    match first_inside(name) {
        Some(first) => check_chain(first, bytes),
        None => check_message(bytes),
    };
}

/// Where the numbers of a message lie.
fn numbers(name: &str, bytes: &[u8]) -> Vec<Range<usize>> {
    let mut tree = Tree::new();
    let out = &mut TreeBuilder::new(&mut tree, SourceId::FRAME, 0);
    match first_inside(name) {
        Some(first) => decode_chain(first, bytes).0.lay_out(out),
        None => Message::decode(bytes).unwrap().lay_out(out),
    }
    let numbers = tree.nodes().iter().filter(|n| n.kind == NodeKind::Number);
    numbers.map(|node| node.range()).collect()
}

#[test]
fn cut_at_every_byte() {
    for (name, bytes) in fixtures("ike") {
        for end in 0..bytes.len() {
            check(&name, &bytes[..end]);
            if first_inside(&name).is_none() {
                assert!(Message::decode(&bytes[..end]).is_err(), "{name} {end}");
                assert!(peek(&bytes[..end]).is_none());
            }
        }
    }
}

#[test]
fn every_bit_flipped() {
    for (name, bytes) in fixtures("ike") {
        let mut changed = bytes.clone();
        for at in 0..bytes.len().min(300) {
            for bit in 0..8 {
                changed[at] ^= 1 << bit;
                check(&name, &changed);
                changed[at] ^= 1 << bit;
            }
        }
    }
}

#[test]
fn every_number_lies() {
    let mut lies = 0_u32;
    for (name, bytes) in fixtures("ike") {
        for field in numbers(&name, &bytes) {
            let mut changed = bytes.clone();
            let truth = changed[field.clone()]
                .iter()
                .fold(0_u64, |n, &b| n << 8 | u64::from(b));
            let near = [truth.wrapping_sub(1), truth.wrapping_add(1)];
            let far = [0, 1, 2, 3, 4, 5, 7, 8, 9, 27, 28, 29, 0x7f, 0x80, 0xff];
            let wide = [0x7fff, 0x8000, 0xffff, 0xffff_ffff, u64::MAX];
            for value in near.into_iter().chain(far).chain(wide) {
                let width = field.len();
                changed[field.clone()].copy_from_slice(&value.to_be_bytes()[8 - width..]);
                check(&name, &changed);
                lies += 1;
            }
        }
    }
    assert!(lies > 10_000, "{lies}");
}

#[test]
fn a_payload_of_length_zero_ends_the_chain() {
    // next payload 43, reserved, length 0: a chain that never gets on
    let bytes = message(43, &[43, 0, 0, 0]);
    let error = check_message(&bytes).unwrap();
    assert_eq!((error.offset, error.field), (30, "length"));
    let (value, min, max) = (0, 4, 4);
    assert_eq!(error.kind, DecodeErrorKind::BadLength { value, min, max });
}

#[test]
fn a_payload_longer_than_the_message_keeps_what_is_there() {
    let bytes = message(40, &[0, 0, 0, 20, 1, 2, 3]);
    let error = check_message(&bytes).unwrap();
    assert_eq!((error.offset, error.field), (30, "length"));
    let (message, _) = Message::decode_lax(&bytes).unwrap();
    assert_eq!(message.payloads[0].body, Body::Nonce(&[1, 2, 3]));
    assert_eq!(message.payloads[0].length, Some(20));
}

#[test]
fn a_promised_payload_that_is_not_there() {
    // the nonce says a notify follows, but the message ends
    let bytes = message(40, &[41, 0, 0, 5, 9]);
    let error = check_message(&bytes).unwrap();
    assert_eq!((error.offset, error.field), (33, "next_payload"));
    let (message, _) = Message::decode_lax(&bytes).unwrap();
    assert_eq!(message.payloads.len(), 2);
    assert_eq!(message.payloads[1].kind, PayloadType::NOTIFY);
    assert!(matches!(&message.payloads[1].body, Body::Cut(cut) if cut.bytes.is_empty()));
}

#[test]
fn a_message_cut_in_its_proposal_shows_the_transforms_before_the_cut() {
    let (_, bytes) = fixtures("ike")
        .into_iter()
        .find(|(name, _)| name == "init-1-openiked")
        .unwrap();
    let (message, fault) = Message::decode_lax(&bytes[..80]).unwrap();
    assert_eq!(fault.unwrap().field, "length");
    let Body::Sa(sa) = &message.payloads[0].body else {
        panic!("{message:?}")
    };
    assert_eq!(sa.proposals[0].transforms.len(), 4);
}

#[test]
fn payloads_up_to_64() {
    let mut body = payload(43, &[0xaa]).repeat(64);
    let last = body.len() - 5;
    body[last] = 0;
    assert_eq!(check_message(&message(43, &body)), None);
    body[last] = 43;
    body.extend(payload(0, &[0xaa]));
    let error = check_message(&message(43, &body)).unwrap();
    assert_eq!(error.kind, DecodeErrorKind::TooMany { limit: 64 });
    assert_eq!(error.offset, 28 + 64 * 5);
}

/// SA with one proposal that holds `count` transforms.
fn transforms(count: usize) -> Vec<u8> {
    let mut list = [3, 0, 0, 8, 2, 0, 0, 5].repeat(count);
    if let Some(last) = list.len().checked_sub(8) {
        list[last] = 0;
    }
    let size = |n: usize| u16::try_from(n).unwrap_or(u16::MAX).to_be_bytes();
    let mut body = vec![0, 0];
    body.extend(size(list.len() + 12));
    body.extend([0, 0]);
    body.extend(size(list.len() + 8));
    body.extend([1, 1, 0, u8::try_from(count).unwrap_or(u8::MAX)]);
    body.extend(list);
    body
}

#[test]
fn transforms_up_to_255() {
    assert_eq!(check_message(&message(33, &transforms(255))), None);
    let error = check_message(&message(33, &transforms(256))).unwrap();
    assert_eq!(error.kind, DecodeErrorKind::TooMany { limit: 255 });
    assert_eq!(error.offset, 28 + 12 + 255 * 8);
    let error = check_message(&message(33, &transforms(65_535))).unwrap();
    assert_eq!(error.field, "length");
}

#[test]
fn proposals_up_to_64() {
    for count in [64, 65] {
        let mut body = [2, 0, 0, 8, 1, 1, 0, 0].repeat(count);
        let last = body.len() - 8;
        body[last] = 0;
        let error = check_message(&single(33, &body)).map(|error| error.kind);
        let limit = DecodeErrorKind::TooMany { limit: 64 };
        assert_eq!(error, (count > 64).then_some(limit));
    }
}

#[test]
fn attributes_up_to_16() {
    for count in [16_u8, 17] {
        let attributes = [0x80, 14, 1, 0].repeat(count.into());
        let length = 8 + count * 4;
        let mut body = vec![0, 0, 0, 8 + length, 1, 1, 0, 1];
        body.extend([0, 0, 0, length, 1, 0, 0, 12]);
        body.extend(attributes);
        let error = check_message(&single(33, &body)).map(|error| error.kind);
        let limit = DecodeErrorKind::TooMany { limit: 16 };
        assert_eq!(error, (count > 16).then_some(limit));
    }
}

#[test]
fn selectors_up_to_255() {
    let selector = [7, 17, 0, 16, 0, 0, 0xff, 0xff, 10, 0, 0, 0, 10, 0, 0, 255];
    for count in [255_usize, 256] {
        let mut body = vec![u8::try_from(count).unwrap_or(u8::MAX), 0, 0, 0];
        body.extend(selector.repeat(count));
        let error = check_message(&single(44, &body)).map(|error| error.kind);
        let limit = DecodeErrorKind::TooMany { limit: 255 };
        assert_eq!(error, (count > 255).then_some(limit));
    }
}

#[test]
fn configuration_attributes_up_to_255() {
    for count in [255, 256] {
        let mut body = vec![1, 0, 0, 0];
        body.extend([0, 1, 0, 0].repeat(count));
        let error = check_message(&single(47, &body)).map(|error| error.kind);
        let limit = DecodeErrorKind::TooMany { limit: 255 };
        assert_eq!(error, (count > 255).then_some(limit));
    }
}

#[test]
fn items_of_a_notify_up_to_64() {
    // SUPPORTED_AUTH_METHODS: announcements of two bytes each
    for count in [64, 65] {
        let mut body = vec![0, 0, 0x40, 0x3b];
        body.extend([2, 2].repeat(count));
        let error = check_message(&single(41, &body)).map(|error| error.kind);
        let limit = DecodeErrorKind::TooMany { limit: 64 };
        assert_eq!(error, (count > 64).then_some(limit));
    }
}

#[test]
fn cookies_up_to_64_bytes() {
    for size in [0, 1, 64, 65] {
        let mut body = vec![0, 0, 0x40, 0x06];
        body.extend(vec![7; size]);
        let error = check_message(&single(41, &body)).map(|error| error.kind);
        let (value, min, max) = (size, 1, 64);
        let wrong = DecodeErrorKind::BadLength { value, min, max };
        assert_eq!(error, (size == 0 || size > 64).then_some(wrong));
    }
}

#[test]
fn counts_that_are_not_those_of_the_list() {
    let mut body = transforms(2);
    body[4 + 7] = 9;
    let error = check_message(&message(33, &body)).unwrap();
    assert_eq!((error.offset, error.field), (28 + 11, "num_transforms"));
    assert_eq!(error.kind, DecodeErrorKind::BadValue { value: 9 });
    // no selector, and one announced
    let error = check_message(&single(45, &[1, 0, 0, 0])).unwrap();
    assert_eq!((error.offset, error.field), (32, "num_selectors"));
}

#[test]
fn marks_of_the_last_that_lie() {
    // the last transform announces another
    let mut body = transforms(1);
    body[12] = 3;
    let error = check_message(&message(33, &body)).unwrap();
    assert_eq!((error.offset, error.field), (28 + 12, "last"));
    // the first of two says it is the last; both are read
    let mut body = transforms(2);
    body[12] = 0;
    let bytes = message(33, &body);
    let error = check_message(&bytes).unwrap();
    assert_eq!((error.offset, error.field), (28 + 12, "last"));
    let (message, _) = Message::decode_lax(&bytes).unwrap();
    let Body::Sa(sa) = &message.payloads[0].body else {
        panic!("{message:?}")
    };
    assert_eq!(sa.proposals[0].transforms.len(), 2);
    assert_eq!(sa.proposals[0].transforms[0].last, Some(0));
}

#[test]
fn proposals_within_proposals_are_not_followed() {
    // a proposal whose transforms are proposals: read as transforms, no deeper
    let inner = [2_u8, 0, 0, 8, 1, 1, 0, 0].repeat(200);
    let mut body = vec![0, 0];
    body.extend(u16::try_from(inner.len() + 8).unwrap().to_be_bytes());
    body.extend([1, 1, 0, 200]);
    body.extend(inner);
    let error = check_message(&single(33, &body)).unwrap();
    assert_eq!((error.offset, error.field), (40, "last"));
}

#[test]
fn an_spi_longer_than_its_structure() {
    let error = check_message(&single(33, &[0, 0, 0, 8, 1, 3, 255, 0])).unwrap();
    assert_eq!((error.offset, error.field), (40, "spi"));
    let error = check_message(&single(41, &[3, 255, 0x40, 9, 1])).unwrap();
    assert_eq!((error.offset, error.field), (36, "spi"));
}

#[test]
fn deletes_that_promise_more_or_less() {
    for (body, good) in [
        (&[3, 4, 0, 2, 1, 1, 1, 1, 2, 2, 2, 2][..], true),
        (&[1, 0, 0, 0], true),
        (&[3, 4, 0, 3, 1, 1, 1, 1, 2, 2, 2, 2], false),
        (&[3, 4, 0xff, 0xff, 1, 1, 1, 1], false),
        (&[3, 255, 0xff, 0xff], false),
        (&[1, 0, 0, 0, 9], false),
    ] {
        let error = check_message(&single(42, body)).map(|error| error.field);
        assert_eq!(error, (!good).then_some("num_spis"));
    }
}

#[test]
fn data_that_do_not_fit_their_notify_are_kept() {
    // INVALID_KE_PAYLOAD with one byte, NAT_DETECTION_SOURCE_IP with 19
    for (kind, size) in [(17_u16, 1), (16388, 19), (16431, 3), (16397, 5)] {
        let mut body = vec![0, 0];
        body.extend(kind.to_be_bytes());
        body.extend(vec![1; size]);
        let bytes = single(41, &body);
        let error = check_message(&bytes).unwrap();
        assert_eq!(error.field, "data", "{kind}");
        let (message, _) = Message::decode_lax(&bytes).unwrap();
        let notify = message.notifies().next().unwrap();
        assert_eq!(notify.data, NotifyData::Raw(&body[4..]));
    }
}

#[test]
fn fragments_that_are_misnumbered() {
    for (number, total, good) in [(1, 1, true), (2, 3, true), (0, 3, false), (4, 3, false)] {
        let bytes = single(53, &[0, number, 0, total, 1, 2, 3]);
        let error = check_message(&bytes).map(|error| (error.offset, error.field));
        assert_eq!(error, (!good).then_some((32, "number")));
    }
    for size in 0..4 {
        let bytes = single(53, &[9, 9, 9][..size.min(3)]);
        let error = check_message(&bytes).unwrap();
        assert!(matches!(error.kind, DecodeErrorKind::Truncated { .. }));
        let (message, _) = Message::decode_lax(&bytes).unwrap();
        assert!(matches!(message.payloads[0].body, Body::Cut(_)));
    }
}

#[test]
fn what_follows_an_encrypted_payload_is_left_over() {
    let mut body = payload(41, &[1, 2, 3]);
    body.extend(payload(0, &[0, 0, 0, 14]));
    let error = check_message(&message(46, &body)).unwrap();
    assert_eq!((error.offset, error.field), (35, "trailing"));
    assert_eq!(error.kind, DecodeErrorKind::Trailing { extra: 8 });
}

#[test]
fn the_length_in_the_header() {
    let good = single(40, &[9]);
    for length in [0_u32, 27, 28, 32, 34, u32::MAX] {
        let mut bytes = good.clone();
        bytes[24..28].copy_from_slice(&length.to_be_bytes());
        let error = check_message(&bytes).unwrap();
        assert_eq!((error.offset, error.field), (24, "length"));
        assert!(peek(&bytes).is_none());
    }
    let mut bytes = good;
    bytes.push(0);
    let error = check_message(&bytes).unwrap();
    assert_eq!((error.offset, error.field), (24, "length"));
    let (message, _) = Message::decode_lax(&bytes).unwrap();
    assert_eq!(message.payloads[0].body, Body::Nonce(&[9]));
    assert_eq!(message.trailing, [0]);
}

#[test]
fn another_major_version_is_a_fault() {
    let mut bytes = single(40, &[9]);
    for version in [0x00, 0x10, 0x30, 0xf0] {
        bytes[17] = version;
        let error = check_message(&bytes).unwrap();
        assert_eq!((error.offset, error.field), (17, "version"));
        assert!(peek(&bytes).is_none());
    }
    bytes[17] = 0x2f;
    assert_eq!(check_message(&bytes), None);
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
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            for start in 0..bytes.len().min(2048) {
                let end = bytes.len().min(start + 2048);
                check_message(&bytes[start..end]);
                count += 1;
            }
        }
    }
    println!("{count} messages");
    assert!(count > 100);
}

#[test]
fn work_grows_with_the_message_and_no_faster() {
    // 64 KiB of what is most work for its size: each length within its bounds
    for unit in [
        vec![0_u8, 1, 0, 0],
        vec![3, 0, 0, 8, 2, 0, 0, 5],
        vec![2, 0, 0, 8, 1, 1, 0, 0],
        vec![43, 0, 0, 4],
        vec![7, 0, 0, 4],
        vec![0x80, 14, 0, 128],
        vec![2, 2],
    ] {
        let body = unit.repeat(65_000 / unit.len());
        for first in 33..=53 {
            let (chain, _) = decode_chain(PayloadType(first), &body);
            assert!(chain.payloads.len() <= 65);
            check_chain(PayloadType(first), &body);
            check_chain(PayloadType(first), &payload(0, &body));
        }
    }
}

fn payload_type() -> impl Strategy<Value = u8> {
    prop_oneof![8 => 33..=54_u8, 1 => any::<u8>()]
}

/// Numbers as they stand in messages, and any bytes.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let small = prop_oneof![Just(0_u8), Just(1), Just(4), Just(8), Just(16), 0..20_u8];
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..64),
        prop::collection::vec(small, 0..64),
        notify_content(),
    ]
}

/// The body of a notify whose type is known as a rule.
fn notify_content() -> impl Strategy<Value = Vec<u8>> {
    let kind = prop_oneof![Just(1_u16), Just(9), Just(11), Just(17), 16384..16447_u16];
    (kind, prop::collection::vec(any::<u8>(), 0..40)).prop_map(|(kind, data)| {
        let mut bytes = vec![0, 0];
        bytes.extend(kind.to_be_bytes());
        bytes.extend(data);
        bytes
    })
}

/// A payload with a length that is right as a rule, and any content.
fn any_payload() -> impl Strategy<Value = (u8, Vec<u8>)> {
    let lie = prop::option::weighted(0.1, any::<u16>());
    (payload_type(), content(), lie).prop_map(|(kind, content, lie)| {
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
    fn any_single_payload(kind in payload_type(), content in content()) {
        check_message(&single(kind, &content));
    }

    #[test]
    fn any_chain(
        payloads in prop::collection::vec(any_payload(), 0..8),
        length in prop::option::weighted(0.1, any::<u32>()),
        flags: u8,
        tail in prop::collection::vec(any::<u8>(), 0..4),
    ) {
        let kinds: Vec<u8> = payloads.iter().map(|(kind, _)| *kind).collect();
        let mut body = Vec::new();
        for (at, (_, rest)) in payloads.iter().enumerate() {
            body.extend([kinds.get(at + 1).copied().unwrap_or(0), flags]);
            body.extend(rest);
        }
        body.extend(tail);
        let mut bytes = message(kinds.first().copied().unwrap_or(0), &body);
        if let Some(length) = length {
            bytes[24..28].copy_from_slice(&length.to_be_bytes());
        }
        check_message(&bytes);
    }
}
