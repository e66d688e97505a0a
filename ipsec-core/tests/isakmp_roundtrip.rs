//! IKEv1 messages of real daemons: read, shown and written back.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use ipsec_core::wire::isakmp::{
    Body, Chain, Content, IdValue, Message, NotifyData, decode_chain, peek,
};
use ipsec_core::wire::registry::isakmp::{
    ConfigAttribute, ConfigType, EspTransform, ExchangeType, NotifyType, PayloadType,
    Phase1Attribute, ProtocolId,
};
use ipsec_core::wire::tree::{SourceId, Tree, TreeBuilder};
use std::fs;
use std::path::Path;

mod support;

use support::isakmp::{check_chain, check_message};
use support::{fixtures, ike_datagrams, shared, unhex};

fn fixture(name: &str) -> Vec<u8> {
    let path = format!("tests/data/isakmp/{name}.hex");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    unhex(&fs::read_to_string(path).unwrap())
}

/// The type of the first payload of a plaintext, by the name of its file.
fn first_of(name: &str) -> Option<PayloadType> {
    let rest = name.strip_prefix("decrypted-")?;
    Some(PayloadType(rest.split('-').next()?.parse().unwrap()))
}

fn tree_of(message: &Message<'_>) -> Tree {
    let mut tree = Tree::new();
    message.lay_out(&mut TreeBuilder::new(&mut tree, SourceId::FRAME, 0));
    tree
}

fn shown(tree: &Tree, frame: &[u8], path: &str) -> Vec<String> {
    tree.find(path)
        .into_iter()
        .map(|at| tree.value(&tree.nodes()[at], frame).to_string())
        .collect()
}

#[test]
fn every_fixture_comes_back_byte_for_byte() {
    let fixtures = fixtures("isakmp");
    assert!(fixtures.len() >= 25, "{}", fixtures.len());
    for (name, bytes) in &fixtures {
        match first_of(name) {
            Some(first) => assert_eq!(check_chain(first, bytes), None, "{name}"),
            None => assert_eq!(check_message(bytes), None, "{name}"),
        }
    }
}

/// Every IKEv1 message of the shared recordings, where they are at hand.
#[test]
fn every_recorded_message_is_read_without_a_fault() {
    let Some(captures) = shared("captures") else {
        return;
    };
    let mut count = 0_u32;
    for set in ["ss6", "interop"] {
        for entry in fs::read_dir(captures.join(set)).unwrap() {
            let path = entry.unwrap().path().join("wire.pcap");
            let Ok(pcap) = fs::read(&path) else { continue };
            for datagram in ike_datagrams(&pcap) {
                if peek(datagram).is_some_and(|head| head.version == 0x10) {
                    assert_eq!(check_message(datagram), None, "{}", path.display());
                    count += 1;
                }
            }
        }
    }
    println!("{count} messages");
    assert!(count > 500, "{count}");
}

/// A -> B  HDR, SA, VID x5
#[test]
fn the_first_main_mode_message() {
    let bytes = fixture("main-1-strongswan");
    let message = Message::decode(&bytes).unwrap();
    assert_eq!(message.header.exchange, ExchangeType::IDENTITY_PROTECTION);
    assert_eq!(message.header.cookie_r, 0);
    assert_eq!(message.header.length, None);
    let kinds: Vec<u8> = message.payloads().iter().map(|p| p.kind.0).collect();
    assert_eq!(kinds, [1, 13, 13, 13, 13, 13]);
    let Body::Sa(sa) = &message.payloads()[0].body else {
        panic!("no SA")
    };
    let transform = &sa.proposals[0].transforms[0];
    let key_length = transform.attributes.find(Phase1Attribute::KEY_LENGTH.0);
    assert_eq!(key_length.unwrap().number(), Some(256));

    let tree = tree_of(&message);
    let at = |path: &str| shown(&tree, &bytes, path);
    let transform = "isakmp.sa.proposal.transform";
    assert_eq!(
        at("isakmp.exchange"),
        ["Identity Protection (Main Mode) (2)"]
    );
    assert_eq!(at("isakmp.sa.doi"), ["IPSEC (1)"]);
    assert_eq!(at("isakmp.sa.situation"), ["0x01 identity_only"]);
    assert_eq!(at(&format!("{transform}.encryption")), ["AES-CBC (7)"]);
    assert_eq!(at(&format!("{transform}.hash")), ["SHA2-256 (4)"]);
    assert_eq!(at(&format!("{transform}.key_length")), ["256"]);
    assert_eq!(at(&format!("{transform}.group")), ["MODP-2048 (14)"]);
    assert_eq!(
        at(&format!("{transform}.auth_method")),
        ["Pre-shared key (1)"]
    );
    assert_eq!(at(&format!("{transform}.life_type")), ["seconds (1)"]);
    assert_eq!(at("isakmp.vendor.data").len(), 5);
}

/// A -> B  HDR, SA (eight transforms of ike-scan)
#[test]
fn eight_transforms_in_the_order_of_the_wire() {
    let bytes = fixture("main-1-ikescan");
    let message = Message::decode(&bytes).unwrap();
    let tree = tree_of(&message);
    let all = shown(&tree, &bytes, "isakmp.sa.proposal.transform.encryption");
    let (des3, des) = ("3DES-CBC (5)", "DES-CBC (1)");
    assert_eq!(all, [des3, des3, des, des, des3, des3, des, des]);
    let last = tree.find("isakmp.sa.proposal.transform[7].life_duration")[0];
    assert_eq!(tree.nodes()[last].value, 28_800);
    assert_eq!(
        tree.path(last),
        "isakmp.sa.proposal.transform[7].life_duration"
    );
}

/// B -> A  HDR, N(NO-PROPOSAL-CHOSEN)
#[test]
fn a_refusal_in_the_clear() {
    let bytes = fixture("informational-refused");
    let message = Message::decode(&bytes).unwrap();
    let [payload] = message.payloads() else {
        panic!("{message:?}")
    };
    let Body::Notify(notify) = payload.body else {
        panic!("{payload:?}")
    };
    assert_eq!(notify.kind, NotifyType::NO_PROPOSAL_CHOSEN);
    assert_eq!(
        shown(&tree_of(&message), &bytes, "isakmp.notify"),
        ["NO-PROPOSAL-CHOSEN (14)"]
    );
}

/// A -> B  HDR*, ciphertext on port 4500
#[test]
fn an_encrypted_message_is_one_field_of_bytes() {
    let bytes = fixture("main-5-encrypted");
    let message = Message::decode(&bytes).unwrap();
    assert_eq!(message.content, Content::Encrypted(&bytes[28..]));
    assert!(message.payloads().is_empty());
    let peek = peek(&bytes).unwrap();
    assert_eq!(peek.first_payload, PayloadType::ID);
    assert_eq!(peek.length, 124);
    let tree = tree_of(&message);
    let body = tree.find("isakmp.encrypted")[0];
    assert_eq!(tree.nodes()[body].range(), 28..124);
}

/// B -> A  HDR, FRAG(1), then HDR, FRAG(2): put together the second message of
/// Aggressive Mode with a certificate.
#[test]
fn fragments_make_a_whole_message() {
    let first = fixture("aggressive-2-fragment-1");
    let second = fixture("aggressive-2-fragment-2");
    let mut whole = Vec::new();
    for (bytes, number, is_last) in [(&first, 1, false), (&second, 2, true)] {
        let message = Message::decode(bytes).unwrap();
        let Body::Fragment(fragment) = message.payloads()[0].body else {
            panic!("{message:?}")
        };
        assert_eq!((fragment.number, fragment.is_last()), (number, is_last));
        whole.extend_from_slice(fragment.data);
    }
    assert_eq!(whole.len(), 1704);
    assert_eq!(check_message(&whole), None);
    let message = Message::decode(&whole).unwrap();
    let kinds: Vec<u8> = message.payloads().iter().map(|p| p.kind.0).collect();
    assert_eq!(kinds, [1, 4, 10, 5, 6, 7, 13, 13, 13, 13, 20, 20, 9]);
}

fn plain(name: &str) -> (PayloadType, Vec<u8>) {
    (first_of(name).unwrap(), fixture(name))
}

fn read(first: PayloadType, bytes: &[u8]) -> Chain<'_> {
    let (chain, fault) = decode_chain(first, bytes);
    assert_eq!(fault, None);
    chain
}

/// A -> B  HDR*, HASH, ATTR(REPLY, user name, password)
#[test]
fn the_password_of_an_xauth_reply_is_read_but_not_shown() {
    let (first, bytes) = plain("decrypted-8-xauth-reply");
    let chain = read(first, &bytes);
    let Body::Config(config) = &chain.payloads[1].body else {
        panic!("no attributes")
    };
    assert_eq!(config.kind, ConfigType::ISAKMP_CFG_REPLY);
    let password = config
        .attributes
        .find(ConfigAttribute::XAUTH_USER_PASSWORD.0);
    assert_eq!(
        password,
        Some(ipsec_core::wire::isakmp::AttributeValue::Long(b"swordfish"))
    );
    assert!(!format!("{config:?}").contains("115"), "{config:?}");

    let mut tree = Tree::new();
    chain.lay_out(&mut TreeBuilder::new(&mut tree, SourceId::FRAME, 0));
    let at = |path: &str| shown(&tree, &bytes, path);
    assert_eq!(at("isakmp.config.xauth_user_name.value"), ["\"alice\""]);
    assert_eq!(
        at("isakmp.config.xauth_user_password.value"),
        ["9 bytes, not shown"]
    );
}

/// A -> B  HDR*, HASH(1), SA(ESP), Ni, KE, IDci, IDcr
#[test]
fn a_quick_mode_with_pfs() {
    let (first, bytes) = plain("decrypted-8-quick-1");
    let chain = read(first, &bytes);
    let kinds: Vec<u8> = chain.payloads.iter().map(|p| p.kind.0).collect();
    assert_eq!(kinds, [8, 1, 10, 4, 5, 5]);
    let Body::Sa(sa) = &chain.payloads[1].body else {
        panic!("no SA")
    };
    assert_eq!(sa.proposals[0].protocol, ProtocolId::PROTO_IPSEC_ESP);
    assert_eq!(sa.proposals[0].spi.len(), 4);
    assert_eq!(sa.proposals[0].transforms[0].id, EspTransform::ESP_3DES.0);
    let Body::Id(id) = chain.payloads[4].body else {
        panic!("no ID")
    };
    assert_eq!(
        id.value(),
        IdValue::Ipv4Subnet(
            "10.1.0.0".parse().unwrap(),
            "255.255.255.0".parse().unwrap()
        )
    );

    let mut tree = Tree::new();
    chain.lay_out(&mut TreeBuilder::new(&mut tree, SourceId::FRAME, 0));
    let at = |path: &str| shown(&tree, &bytes, path);
    let transform = "isakmp.sa.proposal.transform";
    assert_eq!(at(transform), ["3"]);
    assert_eq!(at(&format!("{transform}.id")), ["ESP_3DES (3)"]);
    assert_eq!(
        at(&format!("{transform}.encapsulation_mode")),
        ["Tunnel (1)"]
    );
    assert_eq!(at(&format!("{transform}.auth_algorithm")), ["HMAC-SHA (2)"]);
    assert_eq!(at("isakmp.id[1].address"), ["10.2.0.0"]);
}

/// B -> A  HDR*, HASH, N(R-U-THERE)
#[test]
fn a_dead_peer_detection_probe() {
    let (first, bytes) = plain("decrypted-8-r-u-there");
    let chain = read(first, &bytes);
    let Body::Notify(notify) = chain.payloads[1].body else {
        panic!("no notification")
    };
    assert_eq!(notify.kind, NotifyType::R_U_THERE);
    assert_eq!(notify.spi.len(), 16);
    assert!(matches!(notify.data(), NotifyData::Sequence(_)));
}

/// B -> A  HDR*, HASH, D: both cookies, and one ESP SPI
#[test]
fn deletes_of_both_kinds() {
    for (name, protocol, size) in [
        ("decrypted-8-delete-isakmp", ProtocolId::PROTO_ISAKMP, 16),
        ("decrypted-8-delete-esp", ProtocolId::PROTO_IPSEC_ESP, 4),
    ] {
        let (first, bytes) = plain(name);
        let chain = read(first, &bytes);
        let Body::Delete(delete) = chain.payloads[1].body else {
            panic!("no delete")
        };
        assert_eq!(delete.protocol, protocol);
        let sizes: Vec<usize> = delete.spis().map(<[u8]>::len).collect();
        assert_eq!(sizes, [size]);
    }
}
