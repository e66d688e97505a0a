//! IKEv2 messages of real daemons: read, shown and written back.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use ipsec_core::wire::Encoder;
use ipsec_core::wire::ike::{
    AuthData, Body, Chain, Flags, IdData, Message, NotifyData, Payload, decode_chain, peek,
};
use ipsec_core::wire::registry::ike::{
    AuthMethod, ExchangeType, HashAlgorithm, KeyExchange, NotifyType, PayloadType, ProtocolId,
    TransformType,
};
use ipsec_core::wire::tree::{SourceId, Tree, TreeBuilder};
use std::fs;
use support::ike::{check_chain, check_message};
use support::{fixtures, ike_datagrams, shared};

mod support;

fn fixture(name: &str) -> Vec<u8> {
    let mut all = fixtures("ike").into_iter();
    all.find(|(found, _)| found == name).unwrap().1
}

/// Type of the first payload, where the fixture holds decrypted payloads.
fn first_inside(name: &str) -> Option<PayloadType> {
    let number = name.strip_prefix("decrypted-")?.split('-').next()?;
    Some(PayloadType(number.parse().unwrap()))
}

fn read<'a>(name: &str, bytes: &'a [u8]) -> Chain<'a> {
    let (chain, fault) = decode_chain(first_inside(name).unwrap(), bytes);
    assert_eq!(fault, None);
    chain
}

/// What the fields at `path` show.
fn shown(tree: &Tree, frame: &[u8], path: &str) -> Vec<String> {
    let found = tree.find(path).into_iter();
    found
        .map(|at| tree.value(&tree.nodes()[at], frame).to_string())
        .collect()
}

fn message_tree(message: &Message<'_>) -> Tree {
    let mut tree = Tree::new();
    message.lay_out(&mut TreeBuilder::new(&mut tree, SourceId::FRAME, 0));
    tree
}

fn chain_tree(chain: &Chain<'_>) -> Tree {
    let mut tree = Tree::new();
    chain.lay_out(&mut TreeBuilder::new(&mut tree, SourceId::FRAME, 0));
    tree
}

fn kinds(payloads: &[Payload<'_>]) -> Vec<u8> {
    payloads.iter().map(|payload| payload.kind.0).collect()
}

fn notify_types(payloads: &[Payload<'_>]) -> Vec<NotifyType> {
    let mut types = Vec::new();
    for payload in payloads {
        if let Body::Notify(notify) = &payload.body {
            types.push(notify.kind);
        }
    }
    types
}

#[test]
fn every_fixture_comes_back_byte_for_byte() {
    let fixtures = fixtures("ike");
    assert!(fixtures.len() >= 30, "{}", fixtures.len());
    for (name, bytes) in &fixtures {
        let fault = match first_inside(name) {
            Some(first) => check_chain(first, bytes),
            None => check_message(bytes),
        };
        assert_eq!(fault, None, "{name}");
    }
}

#[test]
fn every_message_of_the_shared_captures() {
    let Some(captures) = shared("captures") else {
        return;
    };
    let mut messages = 0_u32;
    let mut faults = Vec::new();
    let sets = fs::read_dir(captures)
        .unwrap()
        .map(|set| set.unwrap().path());
    for set in sets.filter(|set| set.is_dir()) {
        for capture in fs::read_dir(set).unwrap() {
            let path = capture.unwrap().path();
            let Ok(pcap) = fs::read(path.join("wire.pcap")) else {
                continue;
            };
            for datagram in ike_datagrams(&pcap) {
                if datagram.len() < 28 || datagram[17] >> 4 != 2 {
                    continue;
                }
                messages += 1;
                if let Some(fault) = check_message(datagram) {
                    faults.push(format!("{}: {fault}", path.display()));
                }
            }
        }
    }
    println!("{messages} messages");
    assert!(messages > 500, "{messages}");
    assert!(faults.is_empty(), "{faults:#?}");
}

/// A -> B  HDR, SAi1, KEi, Ni, N(NAT_DETECTION_*), N(FRAGMENTATION),
/// N(SIGNATURE_HASH_ALGORITHMS), N(REDIRECT_SUPPORTED)
#[test]
fn the_first_request() {
    let bytes = fixture("init-1-strongswan");
    let message = Message::decode(&bytes).unwrap();
    let header = message.header;
    assert_eq!(header.exchange, ExchangeType::IKE_SA_INIT);
    assert_eq!(header.flags, Flags::INITIATOR);
    assert_eq!(
        (header.spi_r, header.message_id, header.length),
        (0, 0, None)
    );
    assert_eq!(kinds(&message.payloads), [33, 34, 40, 41, 41, 41, 41, 41]);
    let hashes = message
        .notify(NotifyType::SIGNATURE_HASH_ALGORITHMS)
        .unwrap();
    let NotifyData::HashAlgorithms(hashes) = &hashes.data else {
        panic!("{hashes:?}")
    };
    assert!(hashes.contains(&HashAlgorithm::SHA2_256));

    let tree = message_tree(&message);
    let at = |path: &str| shown(&tree, &bytes, path);
    assert_eq!(at("ike.exchange"), ["IKE_SA_INIT (34)"]);
    assert_eq!(at("ike.flags"), ["0x08 initiator"]);
    assert_eq!(at("ike.flags.response"), ["0"]);
    assert_eq!(at("ike.message_id"), ["0"]);
    assert_eq!(at("ike.length"), ["464"]);
    assert_eq!(at("ike.next_payload"), ["SA (33)"]);
    assert_eq!(at("ike.sa.proposal"), ["1"]);
    assert_eq!(at("ike.sa.proposal[0].encr"), ["ENCR_AES_CBC (12)"]);
    assert_eq!(at("ike.sa.proposal[0].encr.key_length"), ["256"]);
    assert_eq!(at("ike.sa.proposal.prf"), ["PRF_HMAC_SHA2_256 (5)"]);
    assert_eq!(at("ike.sa.proposal.integ"), ["AUTH_HMAC_SHA2_256_128 (12)"]);
    assert_eq!(at("ike.sa.proposal.ke.id"), ["MODP-2048 (14)"]);
    assert_eq!(at("ike.ke.group"), ["MODP-2048 (14)"]);
    assert_eq!(
        at("ike.notify[0].type"),
        ["NAT_DETECTION_SOURCE_IP (16388)"]
    );
    assert_eq!(at("ike.notify.hash").len(), 2);
    assert_eq!(at("ike.notify.critical"), ["0x00"; 5]);
    assert_eq!(at("ike.nonce.next_payload"), ["N (41)"]);
}

/// B -> A  HDR, N(COOKIE)
/// A -> B  HDR, N(COOKIE), SAi1, KEi, Ni, …
#[test]
fn a_cookie_goes_there_and_back() {
    let asked = fixture("init-2-cookie");
    let message = Message::decode(&asked).unwrap();
    let NotifyData::Cookie(cookie) = message.notify(NotifyType::COOKIE).unwrap().data else {
        panic!("{message:?}")
    };
    let first = fixture("init-1-strongswan");
    let again = fixture("init-3-with-cookie");
    let (first, again) = (peek(&first).unwrap(), peek(&again).unwrap());
    assert!(first.is_init_request() && again.is_init_request());
    assert_eq!((first.cookie(), again.cookie()), (None, Some(cookie)));
    assert_eq!(first.nonce(), again.nonce());
    assert_eq!(first.payloads().count(), 8);
    assert!(!peek(&asked).unwrap().is_init_request());
}

/// B -> A  HDR, N(INVALID_KE_PAYLOAD) or N(NO_PROPOSAL_CHOSEN)
#[test]
fn refusals_in_the_clear() {
    let bytes = fixture("init-2-invalid-ke");
    let message = Message::decode(&bytes).unwrap();
    let notify = message.notify(NotifyType::INVALID_KE_PAYLOAD).unwrap();
    assert_eq!(notify.data, NotifyData::Group(KeyExchange::ECP_256));
    let tree = message_tree(&message);
    assert_eq!(
        shown(&tree, &bytes, "ike.notify"),
        ["INVALID_KE_PAYLOAD (17)"]
    );
    assert_eq!(shown(&tree, &bytes, "ike.notify.group"), ["ECP-256 (19)"]);

    let bytes = fixture("init-2-refused");
    let message = Message::decode(&bytes).unwrap();
    assert_eq!(
        notify_types(&message.payloads),
        [NotifyType::NO_PROPOSAL_CHOSEN]
    );
    assert!(message.header.flags.contains(Flags::RESPONSE));
}

/// A -> B  HDR, SK{…} and HDR, SKF(1 of 2), SKF(2 of 2)
#[test]
fn encrypted_payloads_are_one_field_of_bytes() {
    let bytes = fixture("auth-1-sealed");
    let message = Message::decode(&bytes).unwrap();
    let Body::Sk(sk) = &message.payloads[0].body else {
        panic!("{message:?}")
    };
    assert_eq!(sk.first_inside, PayloadType::IDI);
    assert_eq!(sk.data, &bytes[32..]);
    for (number, first) in [(1, PayloadType::IDI), (2, PayloadType::NONE)] {
        let bytes = fixture(&format!("auth-1-fragment-{number}"));
        let message = Message::decode(&bytes).unwrap();
        let Body::Skf(skf) = &message.payloads[0].body else {
            panic!("{message:?}")
        };
        assert_eq!(
            (skf.first_inside, skf.number, skf.total),
            (first, number, 2)
        );
        let tree = message_tree(&message);
        let shown = shown(&tree, &bytes, "ike.skf.number");
        assert_eq!(shown, [number.to_string()]);
    }
}

/// Bits that are sent as zero elsewhere; two key lengths in one transform;
/// version 2.1
#[test]
fn what_a_misbehaving_sender_sets_is_kept() {
    let bytes = fixture("init-1-two-key-lengths");
    let message = Message::decode(&bytes).unwrap();
    let Body::Sa(sa) = &message.payloads[0].body else {
        panic!("{message:?}")
    };
    let encr = sa.proposals[0].of_type(TransformType::ENCR).next().unwrap();
    assert_eq!(encr.attributes.len(), 2);

    let bytes = fixture("init-1-reserved-bits");
    let message = Message::decode(&bytes).unwrap();
    let Body::Sa(sa) = &message.payloads[0].body else {
        panic!("{message:?}")
    };
    assert_eq!(sa.proposals[0].reserved, 1);
    assert_eq!(sa.proposals[0].transforms[0].reserved, [1, 1]);
    assert!(matches!(&message.payloads[1].body, Body::Ke(ke) if ke.reserved == 0x0101));

    let bytes = fixture("init-1-minor-version");
    let message = Message::decode(&bytes).unwrap();
    assert_eq!((message.header.major(), message.header.minor()), (2, 1));
}

/// A -> B  SK{IDi, N(INITIAL_CONTACT), IDr, AUTH, SAi2, TSi, TSr, …,
/// N(PPK_IDENTITY)}
#[test]
fn an_authentication_with_a_postquantum_key() {
    let name = "decrypted-35-auth-1-ppk";
    let bytes = fixture(name);
    let chain = read(name, &bytes);
    let Body::Id(id) = &chain.payloads[0].body else {
        panic!("no IDi")
    };
    assert_eq!(id.data, IdData::Bytes(b"a.example"));
    let Body::Notify(ppk) = &chain.payloads.last().unwrap().body else {
        panic!("no notify")
    };
    assert!(matches!(
        ppk.data,
        NotifyData::PpkIdentity { id: b"ppk1", .. }
    ));
    let Body::Sa(sa) = &chain.payloads[4].body else {
        panic!("no SA")
    };
    assert_eq!(sa.proposals[0].protocol, ProtocolId::ESP);
    assert_eq!(sa.proposals[0].spi.len(), 4);

    let tree = chain_tree(&chain);
    let at = |path: &str| shown(&tree, &bytes, path);
    assert_eq!(at("id_i.data"), ["\"a.example\""]);
    assert_eq!(at("id_i"), ["ID_FQDN (2)"]);
    assert_eq!(at("auth.method"), ["Shared Key Message Integrity Code (2)"]);
    assert_eq!(at("sa.proposal.spi"), ["0xe8e454c5"]);
    assert_eq!(at("sa.proposal.esn"), ["No Extended Sequence Numbers (0)"]);
    assert_eq!(at("ts_i.selector.start_address"), ["10.1.0.0"]);
    assert_eq!(at("ts_r.selector.end_address"), ["10.2.0.255"]);
    assert_eq!(at("ts_r.selector.ip_protocol"), ["any (0)"]);
    assert_eq!(at("notify.ppk_id"), ["\"ppk1\""]);
}

/// A -> B  SK{IDi, CERT, N, CERTREQ, IDr, AUTH(14), SAi2, TSi, TSr, …}
#[test]
fn an_authentication_with_a_certificate() {
    let name = "decrypted-35-auth-1-certificate";
    let bytes = fixture(name);
    let chain = read(name, &bytes);
    let Body::CertReq(request) = &chain.payloads[3].body else {
        panic!("no CERTREQ")
    };
    assert_eq!(request.hashes().count(), 1);
    let Body::Auth(auth) = &chain.payloads[5].body else {
        panic!("no AUTH")
    };
    assert_eq!(auth.method, AuthMethod::DIGITAL_SIGNATURE);
    assert!(matches!(auth.data, AuthData::Signature { .. }));
    let tree = chain_tree(&chain);
    let at = |path: &str| shown(&tree, &bytes, path);
    assert_eq!(at("auth.algorithm"), ["ecdsa-with-SHA256"]);
    assert_eq!(at("cert"), ["X.509 Certificate - Signature (4)"]);
    assert_eq!(at("certreq.authority").len(), 1);
}

/// A -> B  SK{…, CP(CFG_REQUEST), …}, B -> A SK{AUTH, CP(CFG_REPLY), …}
#[test]
fn an_address_asked_for_and_given() {
    let name = "decrypted-35-auth-1-eap";
    let bytes = fixture(name);
    let tree = chain_tree(&read(name, &bytes));
    assert_eq!(shown(&tree, &bytes, "cp"), ["CFG_REQUEST (1)"]);
    let asked = shown(&tree, &bytes, "cp.attribute");
    assert_eq!(asked[0], "INTERNAL_IP4_ADDRESS (1)");

    let name = "decrypted-39-auth-2-configuration";
    let bytes = fixture(name);
    let tree = chain_tree(&read(name, &bytes));
    assert_eq!(shown(&tree, &bytes, "cp.type"), ["CFG_REPLY (2)"]);
    let given = shown(&tree, &bytes, "cp.attribute.address");
    assert!(!given.is_empty() && given.iter().all(|a| a.starts_with("10.")));
}

/// SK{EAP}: identity, MSCHAPv2 challenge and response, success
#[test]
fn messages_of_eap() {
    for (name, code, method) in [
        ("identity", "Response (2)", &["Identity (1)"][..]),
        ("mschapv2-challenge", "Request (1)", &["EAP-MSCHAPv2 (26)"]),
        ("mschapv2-response", "Response (2)", &["EAP-MSCHAPv2 (26)"]),
        ("success", "Success (3)", &[]),
    ] {
        let name = format!("decrypted-48-eap-{name}");
        let bytes = fixture(&name);
        let tree = chain_tree(&read(&name, &bytes));
        assert_eq!(shown(&tree, &bytes, "eap.code"), [code]);
        assert_eq!(shown(&tree, &bytes, "eap.type"), method);
    }
}

/// A -> B  SK{N(REKEY_SA), SA, Ni, KEi, TSi, TSr}, B -> A SK{N(INVALID_KE)}
#[test]
fn a_rekey_refused_for_its_group() {
    let name = "decrypted-41-rekey-child";
    let bytes = fixture(name);
    let chain = read(name, &bytes);
    assert_eq!(kinds(&chain.payloads), [41, 33, 40, 34, 44, 45]);
    let Body::Notify(rekey) = &chain.payloads[0].body else {
        panic!("no notify")
    };
    assert_eq!((rekey.kind, rekey.spi.len()), (NotifyType::REKEY_SA, 4));
    assert_eq!(rekey.protocol, ProtocolId::ESP);

    let name = "decrypted-41-invalid-ke";
    let bytes = fixture(name);
    let chain = read(name, &bytes);
    assert_eq!(
        notify_types(&chain.payloads),
        [NotifyType::INVALID_KE_PAYLOAD]
    );
}

/// SK{D(ESP, SPI)}
#[test]
fn a_child_sa_deleted() {
    let name = "decrypted-42-delete-child";
    let bytes = fixture(name);
    let chain = read(name, &bytes);
    let Body::Delete(delete) = &chain.payloads[0].body else {
        panic!("no delete")
    };
    assert_eq!(delete.spis().count(), usize::from(delete.count));
}

/// What was read is a value like any other: changed, it is written anew with
/// lengths and next-payload numbers that fit.
#[test]
fn a_changed_message_is_well_formed() {
    let mut out = Vec::new();
    let bytes = fixture("init-1-strongswan");
    let mut message = Message::decode(&bytes).unwrap();
    message.payloads.remove(2);
    let vendor = Payload::new(PayloadType::VENDOR_ID, Body::VendorId(b"example"));
    message.payloads.push(vendor);
    message.encode(&mut out);
    let again = Message::decode(&out).unwrap();
    assert_eq!(kinds(&again.payloads), [33, 34, 41, 41, 41, 41, 41, 43]);
    assert_eq!(again, message);
    let mut unsealed = Vec::new();
    let payloads = message.payloads.clone();
    let trailing = &[][..];
    Chain { payloads, trailing }.lay_out(&mut Encoder::new(&mut unsealed));
    assert_eq!(unsealed, &out[28..]);
}
