//! Each payload of IKEv2 by an example: hexadecimal as on the wire, and the
//! fields it is shown as.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use core::net::Ipv4Addr;
use ipsec_core::wire::Encoder;
use ipsec_core::wire::ike::{
    Auth, AuthData, Body, Cert, CertReq, Chain, Config, ConfigItem, ConfigValue, Delete, Id,
    IdData, Ke, Notify, NotifyData, Payload, Proposal, Sa, Selector, Sk, Transform, Ts,
    decode_chain,
};
use ipsec_core::wire::registry::ike::{
    AuthMethod, CertEncoding, ConfigAttribute, ConfigType, IdType, KeyExchange, NotifyType,
    PayloadType, ProtocolId, TransformType,
};
use ipsec_core::wire::registry::ip::Protocol;
use ipsec_core::wire::tree::{SourceId, Tree, TreeBuilder};
use support::ike::check_chain;
use support::unhex;

mod support;

/// The fields of one faultless payload of type `kind` whose body is `hex`, as
/// `path: value`; generic header, lengths and reserved bytes are left out.
fn fields(kind: u8, hex: &str) -> Vec<String> {
    let body = unhex(hex);
    let mut bytes = vec![0, 0];
    bytes.extend(u16::try_from(body.len() + 4).unwrap().to_be_bytes());
    bytes.extend(body);
    assert_eq!(check_chain(PayloadType(kind), &bytes), None, "{hex}");
    let (chain, _) = decode_chain(PayloadType(kind), &bytes);
    let mut tree = Tree::new();
    chain.lay_out(&mut TreeBuilder::new(&mut tree, SourceId::FRAME, 0));
    let boring = ["next_payload", "critical", "length", "reserved", "last"];
    let mut lines = Vec::new();
    for (at, node) in tree.nodes().iter().enumerate() {
        let value = tree.value(node, &bytes).to_string();
        if !boring.contains(&node.field.name) && !value.is_empty() {
            lines.push(format!("{}: {value}", tree.path(at)));
        }
    }
    lines
}

fn has(lines: &[String], wanted: &[&str]) {
    for line in wanted {
        assert!(lines.iter().any(|l| l == line), "{line} not in {lines:#?}");
    }
}

/// The fields of a notify of type `kind` with data `hex`, behind its head.
fn notify(kind: NotifyType, hex: &str) -> Vec<String> {
    let lines = fields(41, &format!("00 00 {:04x} {hex}", kind.0));
    let name = kind.name().unwrap();
    assert_eq!(lines[0], format!("notify: {name} ({})", kind.0));
    let prefix = "notify.";
    let own = lines[4..].iter();
    own.map(|line| line.strip_prefix(prefix).unwrap().to_owned())
        .collect()
}

#[test]
fn sa_with_all_kinds_of_transforms() {
    let lines = fields(
        33,
        "02 00 003c 01 01 08 05 0102030405060708
           03 00 000c 01 00 000c 800e 0100
           03 00 0008 02 00 0007
           03 00 0008 03 00 000e
           03 00 0008 04 00 001f
           00 00 0008 06 00 0024
         00 00 002d 02 03 04 03 aabbccdd
           03 00 0011 01 00 0014 400e 0001 ff 800e 0080
           03 00 0008 05 00 0001
           00 00 0008 f1 00 0009",
    );
    has(
        &lines,
        &[
            "sa.proposal[0]: 1",
            "sa.proposal[0].protocol: IKE (1)",
            "sa.proposal[0].spi_size: 8",
            "sa.proposal[0].num_transforms: 5",
            "sa.proposal[0].spi: 0x0102030405060708",
            "sa.proposal[0].encr: ENCR_AES_CBC (12)",
            "sa.proposal[0].encr.type: ENCR (1)",
            "sa.proposal[0].encr.id: ENCR_AES_CBC (12)",
            "sa.proposal[0].encr.key_length: 256",
            "sa.proposal[0].encr.key_length.type: 0x800e",
            "sa.proposal[0].encr.key_length.type.format: 1",
            "sa.proposal[0].encr.key_length.type.kind: Key Length (14)",
            "sa.proposal[0].prf: PRF_HMAC_SHA2_512 (7)",
            "sa.proposal[0].integ: AUTH_HMAC_SHA2_512_256 (14)",
            "sa.proposal[0].ke: Curve25519 (31)",
            "sa.proposal[0].addke1: ML-KEM-768 (36)",
            "sa.proposal[1].protocol: ESP (3)",
            "sa.proposal[1].spi: 0xaabbccdd",
            "sa.proposal[1].encr.attribute.type.kind: 16398",
            "sa.proposal[1].encr.attribute.value: ff",
            "sa.proposal[1].encr.key_length: 128",
            "sa.proposal[1].esn: Extended Sequence Numbers (1)",
            "sa.proposal[1].transform: 9",
            "sa.proposal[1].transform.type: 241",
        ],
    );
}

#[test]
fn ke_id_and_nonce() {
    has(
        &fields(34, "0023 0000 a1a2"),
        &[
            "ke: ML-KEM-512 (35)",
            "ke.group: ML-KEM-512 (35)",
            "ke.data: a1a2",
        ],
    );
    for (body, kind, data) in [
        ("01000000 c0000201", "ID_IPV4_ADDR (1)", "192.0.2.1"),
        ("02000000 612e62", "ID_FQDN (2)", "\"a.b\""),
        ("03000000 614062", "ID_RFC822_ADDR (3)", "\"a@b\""),
        (
            "05000000 20010db8000000000000000000000001",
            "ID_IPV6_ADDR (5)",
            "2001:db8::1",
        ),
        ("09000000 3000", "ID_DER_ASN1_DN (9)", "3000"),
        ("0b000000 ff00", "ID_KEY_ID (11)", "ff00"),
    ] {
        let lines = fields(35, body);
        has(
            &lines,
            &[&format!("id_i: {kind}"), &format!("id_i.data: {data}")],
        );
    }
    has(&fields(36, "0d000000"), &["id_r.type: ID_NULL (13)"]);
    has(&fields(40, "0011"), &["nonce.data: 0011"]);
}

#[test]
fn cert_and_certreq() {
    let hash = "000102030405060708090a0b0c0d0e0f10111213";
    has(
        &fields(37, "04 3082"),
        &["cert: X.509 Certificate - Signature (4)", "cert.data: 3082"],
    );
    has(
        &fields(37, &format!("0c {hash} 687474703a2f2f78")),
        &[
            "cert.encoding: Hash and URL of X.509 certificate (12)",
            &format!("cert.hash: {hash}"),
            "cert.url: \"http://x\"",
        ],
    );
    has(
        &fields(38, &format!("04 {hash} {hash}")),
        &[
            "certreq: X.509 Certificate - Signature (4)",
            &format!("certreq.authority[0]: {hash}"),
            &format!("certreq.authority[1]: {hash}"),
        ],
    );
    has(&fields(38, "0b aa"), &["certreq.authorities: aa"]);
}

#[test]
fn auth_of_both_forms() {
    has(
        &fields(39, "02000000 abcd"),
        &[
            "auth: Shared Key Message Integrity Code (2)",
            "auth.data: abcd",
        ],
    );
    has(
        &fields(39, "0e000000 07 3005 0603 2b6570 abcd"),
        &[
            "auth.method: Digital Signature (14)",
            "auth.algorithm_length: 7",
            "auth.algorithm: Ed25519",
            "auth.signature: abcd",
        ],
    );
    // an algorithm without a name here stays as bytes
    has(
        &fields(39, "0e000000 05 3003 0601 2a ab"),
        &["auth.algorithm: 300306012a"],
    );
}

#[test]
fn notifies_of_rfc_7296() {
    use NotifyType as N;
    let kind = "notify.type: REKEY_SA (16393)";
    has(
        &fields(41, "03 04 4009 aabbccdd"),
        &[
            "notify.protocol: ESP (3)",
            "notify.spi_size: 4",
            kind,
            "notify.spi: 0xaabbccdd",
        ],
    );
    let hash = "000102030405060708090a0b0c0d0e0f10111213";
    for (kind, data, wanted) in [
        (
            N::UNSUPPORTED_CRITICAL_PAYLOAD,
            "31",
            "unsupported: GSPM (49)",
        ),
        (N::INVALID_MESSAGE_ID, "00000007", "invalid_message_id: 7"),
        (N::INVALID_SPI, "01020304", "invalid_spi: 0x01020304"),
        (N::INVALID_KE_PAYLOAD, "000e", "group: MODP-2048 (14)"),
        (N::INVALID_SELECTORS, "4500", "packet: 4500"),
        (N::SET_WINDOW_SIZE, "00000005", "window_size: 5"),
        (N::NAT_DETECTION_SOURCE_IP, hash, &format!("hash: {hash}")),
        (
            N::NAT_DETECTION_DESTINATION_IP,
            hash,
            &format!("hash: {hash}"),
        ),
        (N::COOKIE, "aabb", "cookie: aabb"),
        (
            N::SIGNATURE_HASH_ALGORITHMS,
            "0002",
            "hash_algorithm: SHA2-256 (2)",
        ),
    ] {
        assert_eq!(notify(kind, data), [wanted]);
    }
    has(
        &notify(N::IPCOMP_SUPPORTED, "1234 02"),
        &["cpi: 0x1234", "transform: IPCOMP_DEFLATE (2)"],
    );
    for empty in [
        N::PPK_IDENTITY,
        N::INVALID_SYNTAX,
        N::INITIAL_CONTACT,
        N::INVALID_SPI,
        N::MOBIKE_SUPPORTED,
    ] {
        assert_eq!(notify(empty, ""), [""; 0]);
    }
    assert_eq!(notify(N::MS_STATUS, "00000001"), ["data: 00000001"]);
}

#[test]
fn notifies_of_mobike_and_redirect() {
    use NotifyType as N;
    let v6 = "20010db8000000000000000000000001";
    assert_eq!(
        notify(N::ADDITIONAL_IP4_ADDRESS, "c0000201"),
        ["address: 192.0.2.1"]
    );
    assert_eq!(
        notify(N::ADDITIONAL_IP6_ADDRESS, v6),
        ["address: 2001:db8::1"]
    );
    assert_eq!(
        notify(N::COOKIE2, "0001020304050607"),
        ["cookie: 0001020304050607"]
    );
    has(
        &notify(N::NO_NATS_ALLOWED, "c0000201 c6336414 1194 01f4"),
        &[
            "source: 192.0.2.1",
            "destination: 198.51.100.20",
            "source_port: 4500",
            "destination_port: 500",
        ],
    );
    has(
        &notify(N::NO_NATS_ALLOWED, &format!("{v6} {v6} 1194 01f4")),
        &["source: 2001:db8::1", "destination_port: 500"],
    );
    has(
        &notify(N::REDIRECT, "03 03 612e62 0001020304050607"),
        &[
            "gateway_type: FQDN (3)",
            "gateway_length: 3",
            "gateway: \"a.b\"",
            "nonce: 0001020304050607",
        ],
    );
    has(
        &notify(N::REDIRECTED_FROM, "01 04 c0000201"),
        &["gateway: 192.0.2.1"],
    );
}

#[test]
fn notifies_of_other_extensions() {
    use NotifyType as N;
    assert_eq!(notify(N::AUTH_LIFETIME, "00000e10"), ["lifetime: 3600"]);
    has(
        &notify(N::TICKET_LT_OPAQUE, "00000e10 aabb"),
        &["lifetime: 3600", "ticket: aabb"],
    );
    assert_eq!(notify(N::TICKET_OPAQUE, "aabb"), ["ticket: aabb"]);
    has(
        &notify(N::ROHC_SUPPORTED, "8001 000f 8003 000c"),
        &[
            "rohc[0]: 15",
            "rohc[1].type.kind: ROHC_INTEG (3)",
            "rohc[1].value: 12",
        ],
    );
    assert_eq!(notify(N::QUICK_CRASH_DETECTION, "aa"), ["token: aa"]);
    has(
        &notify(N::IKEV2_MESSAGE_ID_SYNC, "01020304 00000005 00000006"),
        &["nonce: 0x01020304", "send: 5", "receive: 6"],
    );
    assert_eq!(
        notify(N::IPSEC_REPLAY_COUNTER_SYNC, "00000100"),
        ["delta: 256"]
    );
    let wide = "0000000000000100";
    assert_eq!(notify(N::IPSEC_REPLAY_COUNTER_SYNC, wide), ["delta: 256"]);
    assert_eq!(
        notify(N::SECURE_PASSWORD_METHODS, "0001"),
        ["password_method: PACE (1)"]
    );
    has(
        &notify(N::PUZZLE, "0005 14"),
        &["prf: PRF_HMAC_SHA2_256 (5)", "difficulty: 20"],
    );
    has(
        &notify(N::PPK_IDENTITY, "02 6b31"),
        &["ppk_id_type: PPK_ID_FIXED (2)", "ppk_id: \"k1\""],
    );
    assert_eq!(notify(N::NO_PPK_AUTH, "aabb"), ["auth: aabb"]);
    assert_eq!(notify(N::ADDITIONAL_KEY_EXCHANGE, "aabb"), ["link: aabb"]);
    assert_eq!(
        notify(N::USE_AGGFRAG, "01"),
        ["requirements: 0x01 don't fragment"]
    );
    has(
        &notify(
            N::SUPPORTED_AUTH_METHODS,
            "0202 030100 0a0e01 3005 0603 2b6570",
        ),
        &[
            "announcement[0]: Shared Key Message Integrity Code (2)",
            "announcement[1].authority: 0",
            "announcement[2].method: Digital Signature (14)",
            "announcement[2].authority: 1",
            "announcement[2].algorithm: Ed25519",
        ],
    );
    assert_eq!(notify(N::SA_RESOURCE_INFO, "aa"), ["data: aa"]);
}

#[test]
fn deletes_and_vendor_ids() {
    has(
        &fields(42, "03 04 0002 01020304 05060708"),
        &[
            "delete.protocol: ESP (3)",
            "delete.num_spis: 2",
            "delete.spi[0]: 0x01020304",
            "delete.spi[1]: 0x05060708",
        ],
    );
    has(
        &fields(42, "01 00 0000"),
        &["delete.protocol: IKE (1)", "delete.num_spis: 0"],
    );
    has(
        &fields(43, "882fe56d6fd20dbc2251613b2ebe5beb"),
        &["vendor.data: strongSwan"],
    );
}

#[test]
fn traffic_selectors_of_every_type() {
    let lines = fields(
        44,
        "05 000000
         07 11 0010 0035 0035 0a010000 0a0100ff
         08 00 0028 0000 ffff 20010db8000000000000000000000000
                              20010db80000000000000000000000ff
         09 00 0010 00 010203 00 010204 01 02 05 06
         0a 00 0007 733000
         f1 2a 0005 99",
    );
    has(
        &lines,
        &[
            "ts_i.num_selectors: 5",
            "ts_i.selector[0]: TS_IPV4_ADDR_RANGE (7)",
            "ts_i.selector[0].ip_protocol: UDP (17)",
            "ts_i.selector[0].start_port: 53",
            "ts_i.selector[0].end_address: 10.1.0.255",
            "ts_i.selector[1].ip_protocol: any (0)",
            "ts_i.selector[1].end_port: 65535",
            "ts_i.selector[1].end_address: 2001:db8::ff",
            "ts_i.selector[2].start_address: 010203",
            "ts_i.selector[2].end_r_ctl: 0x02",
            "ts_i.selector[2].start_type: 0x05",
            "ts_i.selector[3]: TS_SECLABEL (10)",
            "ts_i.selector[4].ip_protocol: 42",
            "ts_i.selector[4].data: 99",
        ],
    );
}

#[test]
fn configuration_attributes() {
    let v6 = "20010db8000000000000000000000001";
    let digest = "aabbccdd";
    for (attribute, wanted) in [
        ("0001 0004 0a0000 01", "address: 10.0.0.1"),
        ("0001 0000", "kind: INTERNAL_IP4_ADDRESS (1)"),
        ("8003 0004 0a000001", "kind: INTERNAL_IP4_DNS (3)"),
        ("0005 0004 00000e10", "seconds: 3600"),
        ("0007 0002 7631", "text: \"v1\""),
        (&format!("0008 0011 {v6} 40"), "prefix_length: 64"),
        (&format!("000a 0010 {v6}"), "address: 2001:db8::1"),
        ("000d 0008 0a000000 ffffff00", "mask: 255.255.255.0"),
        ("000e 0004 0001 0003", "supported[1]: INTERNAL_IP4_DNS (3)"),
        (&format!("0010 0015 00000e10 {v6} 40"), "seconds: 3600"),
        ("0011 0009 0000000000000001 aa", "link_id: aa"),
        ("0019 0003 612e62", "text: \"a.b\""),
        (&format!("001a 0008 0102 08 02 {digest}"), "digest_type: 2"),
        ("001b 000d 0001 01 03 0a000001 612e62 0303", "name: \"a.b\""),
        (
            &format!("001c 0014 0001 01 00 {v6}"),
            "address: 2001:db8::1",
        ),
        (
            &format!("001d 0008 01 00 0002 {digest}"),
            "hash: SHA2-256 (2)",
        ),
        ("7000 0002 6869", "text: \"hi\""),
        ("7fff 0001 01", "data: 01"),
    ] {
        let lines = fields(47, &format!("02000000 {attribute}"));
        assert_eq!(lines[0], "cp: CFG_REPLY (2)");
        let found = lines.iter().any(|line| line.ends_with(wanted));
        assert!(found, "{wanted} not in {lines:#?}");
    }
}

#[test]
fn eap_messages() {
    has(
        &fields(48, "01 07 0006 01 61"),
        &[
            "eap.code: Request (1)",
            "eap.identifier: 7",
            "eap.type: Identity (1)",
            "eap.data: \"a\"",
        ],
    );
    has(
        &fields(48, "02 07 0007 03 1a0d"),
        &[
            "eap.wanted[0]: EAP-MSCHAPv2 (26)",
            "eap.wanted[1]: EAP-TLS (13)",
        ],
    );
    has(
        &fields(48, "01 07 000d fe 000137 00000018 aa"),
        &["eap.vendor: 000137", "eap.vendor_type: 24", "eap.data: aa"],
    );
    has(&fields(48, "04 07 0004"), &["eap: Failure (4)"]);
}

#[test]
fn encrypted_and_unknown_payloads() {
    has(&fields(46, "aabb"), &["sk.encrypted: aabb"]);
    has(
        &fields(53, "0002 0003 aabb"),
        &["skf.number: 2", "skf.total: 3", "skf.encrypted: aabb"],
    );
    has(&fields(49, "aa"), &["gspm.data: aa"]);
    has(&fields(54, "aa"), &["puzzle_solution.data: aa"]);
    has(&fields(200, "aa"), &["payload.data: aa"]);
}

/// A message made by hand and one read are the same value.
#[test]
fn payloads_made_by_hand_are_read_as_they_were_made() {
    let transforms = vec![
        Transform::new(TransformType::ENCR, 20).with_key_length(256),
        Transform::new(TransformType::ESN, 0),
    ];
    let proposal = Proposal::new(1, ProtocolId::ESP, &[1, 2, 3, 4], transforms);
    let selector = Selector::Ipv4 {
        protocol: Protocol(17),
        ports: (53, 53),
        addresses: (Ipv4Addr::new(10, 0, 0, 0), Ipv4Addr::new(10, 0, 0, 255)),
    };
    let address = ConfigValue::Ipv4(Ipv4Addr::new(10, 0, 0, 7));
    let items = vec![
        ConfigItem::new(ConfigAttribute::INTERNAL_IP4_ADDRESS, address),
        ConfigItem::empty(ConfigAttribute::INTERNAL_IP4_DNS),
    ];
    let certreq = CertReq {
        encoding: CertEncoding::X509_SIGNATURE,
        authorities: &[5; 40],
    };
    let signature = AuthData::Signature {
        algorithm: &[0x30, 0],
        signature: &[1; 64],
    };
    let nat = NotifyData::NatDetection(&[3; 20]);
    let bodies = [
        (
            PayloadType::IDI,
            Body::Id(Id::new(IdType::ID_FQDN, IdData::Bytes(b"a.example"))),
        ),
        (
            PayloadType::CERT,
            Body::Cert(Cert::new(CertEncoding::X509_SIGNATURE, &[0x30, 0])),
        ),
        (PayloadType::CERTREQ, Body::CertReq(certreq)),
        (
            PayloadType::AUTH,
            Body::Auth(Auth::new(AuthMethod::DIGITAL_SIGNATURE, signature)),
        ),
        (
            PayloadType::CP,
            Body::Config(Config::new(ConfigType::CFG_REQUEST, items)),
        ),
        (PayloadType::SA, Body::Sa(Sa::new(vec![proposal]))),
        (
            PayloadType::KE,
            Body::Ke(Ke::new(KeyExchange::CURVE25519, &[9; 32])),
        ),
        (PayloadType::TSI, Body::Ts(Ts::new(vec![selector]))),
        (
            PayloadType::NOTIFY,
            Body::Notify(Notify::new(NotifyType::NAT_DETECTION_SOURCE_IP, nat)),
        ),
        (
            PayloadType::NOTIFY,
            Body::Notify(Notify::empty(NotifyType::INITIAL_CONTACT)),
        ),
        (
            PayloadType::DELETE,
            Body::Delete(Delete::child_sas(ProtocolId::ESP, &[1; 8])),
        ),
        (PayloadType::DELETE, Body::Delete(Delete::IKE_SA)),
        (
            PayloadType::SK,
            Body::Sk(Sk::new(PayloadType::IDI, &[0; 48])),
        ),
    ];
    let payloads = bodies.map(|(kind, body)| Payload::new(kind, body)).to_vec();
    let trailing = &[][..];
    let made = Chain { payloads, trailing };
    let mut bytes = Vec::new();
    made.lay_out(&mut Encoder::new(&mut bytes));
    assert_eq!(check_chain(PayloadType::IDI, &bytes), None);
    let (read, fault) = decode_chain(PayloadType::IDI, &bytes);
    assert_eq!(fault, None);
    assert_eq!(format!("{read:?}"), format!("{made:?}"));
}
