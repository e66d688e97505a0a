//! Each payload of IKEv1 by an example: hexadecimal as on the wire, the value
//! it is read as, and the fields it is shown as.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use ipsec_core::wire::isakmp::{
    Attributes, Body, Certificate, Config, Delete, Flags, Fragment, Header, Id, IdValue, Message,
    Notify, NotifyData, OriginalAddress, Payload, Proposal, Sa, Situation, Transform, decode_chain,
};
use ipsec_core::wire::registry::isakmp::{
    CertEncoding, ConfigAttribute, ConfigType, Doi, ExchangeType, IdType, NotifyType, PayloadType,
    Phase1Attribute, Phase2Attribute, ProtocolId,
};
use ipsec_core::wire::tree::{NodeKind, SourceId, Tree, TreeBuilder};
use support::isakmp::{check_chain, check_message, unhex};

mod support;

/// Reads one faultless payload of type `kind` and gives its fields as
/// `path: value`, the prefix `isakmp.` and the generic header left out.
fn fields(kind: PayloadType, hex: &str) -> Vec<String> {
    let bytes = unhex(hex);
    assert_eq!(check_chain(kind, &bytes), None);
    let (chain, _) = decode_chain(kind, &bytes);
    let mut tree = Tree::new();
    chain.lay_out(&mut TreeBuilder::new(&mut tree, SourceId::FRAME, 0));
    let mut lines = Vec::new();
    for (at, node) in tree.nodes().iter().enumerate() {
        let path = tree.path(at);
        let path = path.strip_prefix("isakmp.").unwrap_or_default();
        let name = path.rsplit('.').next().unwrap_or_default();
        let is_boring = ["next_payload", "reserved", "length", "format"].contains(&name);
        let value = tree.value(node, &bytes).to_string();
        if !is_boring && !value.is_empty() {
            lines.push(format!("{path}: {value}"));
        }
    }
    lines
}

/// What the payload of type `kind` holds.
fn body(kind: PayloadType, hex: &str, judge: impl FnOnce(&Body<'_>)) {
    let bytes = unhex(hex);
    let (chain, fault) = decode_chain(kind, &bytes);
    assert_eq!(fault, None);
    judge(&chain.payloads[0].body);
}

fn has(lines: &[String], wanted: &[&str]) {
    for line in wanted {
        assert!(lines.iter().any(|l| l == line), "{line} not in {lines:#?}");
    }
}

#[test]
fn sa_of_phase_1_with_a_group_of_its_own() {
    let lines = fields(
        PayloadType::SA,
        "0000 004e 00000001 00000001  00 00 0042 01 01 00 01
         00 00 003a 01 01 0000
           8001 0005 8002 0001 8003 fde9 8005 0001
           0006 0003 fffffb  8007 0002  800b 0002  000c 0003 000400
           800d 0001 800f 0400 c000 1234",
    );
    has(
        &lines,
        &[
            "sa.doi: IPSEC (1)",
            "sa.proposal: PROTO_ISAKMP (1)",
            "sa.proposal.transform.id: KEY_IKE (1)",
            "sa.proposal.transform.encryption: 3DES-CBC (5)",
            "sa.proposal.transform.encryption.type.number: Encryption Algorithm (1)",
            "sa.proposal.transform.hash: MD5 (1)",
            "sa.proposal.transform.auth_method: XAUTHInitPreShared (65001)",
            "sa.proposal.transform.group_type: MODP (1)",
            "sa.proposal.transform.group_prime.value: fffffb",
            "sa.proposal.transform.group_generator_one.value: 2",
            "sa.proposal.transform.life_type: kilobytes (2)",
            "sa.proposal.transform.life_duration: 1024",
            "sa.proposal.transform.prf: 1",
            "sa.proposal.transform.field_size: 1024",
            "sa.proposal.transform.attribute: 4660",
            "sa.proposal.transform.attribute.type.number: 16384",
        ],
    );
}

#[test]
fn sa_of_phase_2_with_ah_and_ipcomp_for_use_together() {
    let lines = fields(
        PayloadType::SA,
        "0000 004a 00000001 00000001
         02 00 0020 01 02 04 01 aabbccdd
           00 00 0014 01 02 0000 8004 f003 8005 0001 8003 000e
         00 00 001e 01 04 02 01 0002
           00 00 0014 01 03 0000 8001 0001 8002 7080 8008 000a",
    );
    has(
        &lines,
        &[
            "sa.proposal[0]: PROTO_IPSEC_AH (2)",
            "sa.proposal[0].spi: aabbccdd",
            "sa.proposal[0].transform.id: AH_MD5 (2)",
            "sa.proposal[0].transform.encapsulation_mode: UDP-Encapsulated-Tunnel (drafts) (61443)",
            "sa.proposal[0].transform.auth_algorithm: HMAC-MD5 (1)",
            "sa.proposal[0].transform.group: MODP-2048 (14)",
            "sa.proposal[1]: PROTO_IPCOMP (4)",
            "sa.proposal[1].spi: 0002",
            "sa.proposal[1].transform.id: IPCOMP_LZS (3)",
            "sa.proposal[1].transform.life_duration: 28800",
            "sa.proposal[1].transform.compress_dictionary_size: 10",
        ],
    );
}

#[test]
fn sa_with_labels() {
    // secrecy: level of 5 bytes, 33 categories; integrity: none
    let hex = "0000 0038 00000001 00000006 00000009
               0005 0000 0102030405 000000  0021 0000 ffffffff80000000
               0000 0000  0000 0000
               00 00 0008 01 01 00 00";
    let lines = fields(PayloadType::SA, hex);
    has(
        &lines,
        &[
            "sa.situation: 0x06 integrity|secrecy",
            "sa.labeled_domain: 9",
            "sa.secrecy_level.label_length: 5",
            "sa.secrecy_level.label: 0102030405000000",
            "sa.secrecy_categories.label: ffffffff80000000",
            "sa.integrity_level.label_length: 0",
        ],
    );
    body(PayloadType::SA, hex, |body| {
        let Body::Sa(sa) = body else {
            panic!("{body:?}")
        };
        let Situation::Ipsec { flags, labels } = &sa.situation else {
            panic!("{sa:?}")
        };
        assert_eq!(*flags, 6);
        assert_eq!(labels.as_ref().unwrap().secrecy_categories.length, 33);
        assert_eq!(sa.proposals.len(), 1);
    });
}

#[test]
fn sa_of_another_domain_of_interpretation() {
    let lines = fields(PayloadType::SA, "0000 0010 00000002 00000000 000f 0000");
    has(
        &lines,
        &["sa.doi: GDOI (2)", "sa.situation: 00000000000f0000"],
    );
}

#[test]
fn identifications_of_every_type() {
    for (hex, shown) in [
        (
            "0000 000c 01 11 01f4 c0000201",
            &[
                "id: ID_IPV4_ADDR (1)",
                "id.ip_protocol: UDP (17)",
                "id.port: 500",
                "id.address: 192.0.2.1",
            ][..],
        ),
        ("0000 000b 02 00 0000 612e62", &["id.fqdn: \"a.b\""]),
        ("0000 000b 03 00 0000 614062", &["id.user_fqdn: \"a@b\""]),
        (
            "0000 0010 04 00 0000 0a010000 ffffff00",
            &["id.address: 10.1.0.0", "id.mask: 255.255.255.0"],
        ),
        (
            "0000 0018 05 00 0000 20010db8000000000000000000000001",
            &["id.address: 2001:db8::1"],
        ),
        (
            "0000 0028 06 00 0000 20010db8000000000000000000000000 ffffffff000000000000000000000000",
            &["id.address: 2001:db8::", "id.mask: ffff:ffff::"],
        ),
        (
            "0000 0010 07 00 0000 0a010001 0a0100fe",
            &["id.start_address: 10.1.0.1", "id.end_address: 10.1.0.254"],
        ),
        (
            "0000 0028 08 00 0000 00000000000000000000000000000001 00000000000000000000000000000002",
            &["id.start_address: ::1", "id.end_address: ::2"],
        ),
        ("0000 000a 09 00 0000 3000", &["id.dn: 3000"]),
        ("0000 000a 0a 00 0000 8200", &["id.gn: 8200"]),
        (
            "0000 000c 0b 00 0000 76706e1b",
            &["id.key_id: \"vpn\\u{1b}\""],
        ),
        ("0000 000a fa 00 0000 0102", &["id: 250", "id.data: 0102"]),
    ] {
        has(&fields(PayloadType::ID, hex), shown);
    }
}

#[test]
fn an_address_of_the_wrong_size_is_kept_and_marked() {
    let bytes = unhex("0000 000d 01 00 0000 c000020100");
    let fault = check_chain(PayloadType::ID, &bytes).unwrap();
    assert_eq!((fault.offset, fault.field), (8, "data"));
    let (chain, _) = decode_chain(PayloadType::ID, &bytes);
    let Body::Id(id) = chain.payloads[0].body else {
        panic!("{chain:?}")
    };
    assert_eq!(id.value(), IdValue::Other(&[192, 0, 2, 1, 0]));
}

#[test]
fn a_list_of_identifications() {
    let hex = "0000 001f 0c 00 0000  0500 000c 01 00 0000 c0000201  0000 000b 02 00 0000 612e62";
    let lines = fields(PayloadType::ID, hex);
    has(
        &lines,
        &[
            "id: ID_LIST (12)",
            "id.entry[0].address: 192.0.2.1",
            "id.entry[1].fqdn: \"a.b\"",
        ],
    );
    body(PayloadType::ID, hex, |body| {
        let Body::Id(id) = body else {
            panic!("{body:?}")
        };
        let IdValue::List(entries) = id.value() else {
            panic!("{id:?}")
        };
        let kinds: Vec<u8> = entries.map(|id| id.kind.0).collect();
        assert_eq!(kinds, [1, 2]);
    });
    // an entry that reaches beyond the list
    let bytes = unhex("0000 0014 0c 00 0000  0000 000d 01 00 0000 c0000201");
    let fault = check_chain(PayloadType::ID, &bytes).unwrap();
    assert_eq!((fault.offset, fault.field), (8, "entry"));
}

#[test]
fn lists_of_identifications_up_to_64() {
    for count in [64, 65_usize] {
        let mut bytes = vec![0, 0];
        bytes.extend(u16::try_from(8 + 8 * count).unwrap().to_be_bytes());
        bytes.extend([12, 0, 0, 0]);
        bytes.extend([0, 0, 0, 8, 11, 0, 0, 0].repeat(count));
        let fault = check_chain(PayloadType::ID, &bytes);
        assert_eq!(fault.is_some(), count > 64);
    }
}

#[test]
fn certificates_and_requests() {
    let lines = fields(PayloadType::CERT, "0000 0007 04 3000");
    has(
        &lines,
        &["cert: X.509 Certificate - Signature (4)", "cert.data: 3000"],
    );
    let lines = fields(PayloadType::CERT_REQUEST, "0000 0005 07");
    has(
        &lines,
        &["certreq.encoding: Certificate Revocation List (CRL) (7)"],
    );
    let fault = check_chain(PayloadType::CERT, &unhex("0000 0004")).unwrap();
    assert_eq!((fault.offset, fault.field), (4, "encoding"));
}

#[test]
fn payloads_of_plain_bytes() {
    for (kind, name) in [
        (PayloadType::KE, "ke"),
        (PayloadType::HASH, "hash"),
        (PayloadType::SIGNATURE, "sig"),
        (PayloadType::NONCE, "nonce"),
        (PayloadType::NAT_D, "nat_d"),
        (PayloadType::NAT_D_DRAFT, "nat_d"),
    ] {
        let lines = fields(kind, "0000 0008 01020304");
        has(&lines, &[&format!("{name}.data: 01020304")]);
        assert_eq!(fields(kind, "0000 0004"), [""; 0]);
    }
    let lines = fields(
        PayloadType::VENDOR_ID,
        "0000 0014 afcad71368a1f1c96b8696fc77570100",
    );
    assert!(
        lines[0].starts_with("vendor.data: Dead Peer Detection"),
        "{lines:?}"
    );
}

#[test]
fn payloads_known_by_name_only() {
    for (kind, shown) in [
        (PayloadType::SA_KEK, "payload: SAK (15)"),
        (PayloadType::SA_TEK, "payload: SAT (16)"),
        (PayloadType::KEY_DOWNLOAD, "payload: KD (17)"),
        (PayloadType::SEQUENCE, "payload: SEQ (18)"),
        (PayloadType::PROOF_OF_POSSESSION, "payload: POP (19)"),
        (PayloadType::GROUP_ASSOCIATED_POLICY, "payload: GAP (22)"),
        (PayloadType(99), "payload: 99"),
    ] {
        let lines = fields(kind, "0000 0006 0102");
        has(&lines, &[shown, "payload.data: 0102"]);
    }
}

/// HDR (Main Mode), NAT-D by the number of draft-ietf-ipsec-nat-t-ike-04
#[test]
fn nat_detection_of_the_late_drafts() {
    let hex = "0000000000000001 0000000000000002 0f 10 02 00 00000000 00000022 0000 0006 aabb";
    let bytes = unhex(hex);
    let message = Message::decode(&bytes).unwrap();
    assert_eq!(
        message.payloads()[0].body,
        Body::NatDetection(&[0xaa, 0xbb])
    );
    assert_eq!(check_message(&bytes), None);
    // the same in a phase 2 exchange may be GDOI's
    let mut bytes = bytes.clone();
    bytes[18] = 32;
    let message = Message::decode(&bytes).unwrap();
    assert_eq!(message.payloads()[0].body, Body::Other(&[0xaa, 0xbb]));
}

#[test]
fn notifications_with_and_without_data() {
    let cookies = "000102030405060708090a0b0c0d0e0f";
    let lines = fields(
        PayloadType::NOTIFICATION,
        &format!("0000 0020 00000001 01 10 8d28 {cookies} 00000007"),
    );
    has(
        &lines,
        &[
            "notify: R-U-THERE (36136)",
            "notify.protocol: PROTO_ISAKMP (1)",
            "notify.spi: 000102030405060708090a0b0c0d0e0f",
            "notify.sequence: 7",
        ],
    );
    let lines = fields(
        PayloadType::NOTIFICATION,
        "0000 0014 00000001 03 04 6001 aabbccdd 00000001",
    );
    has(&lines, &["notify.replay_detection: enabled (1)"]);
    let lines = fields(
        PayloadType::NOTIFICATION,
        "0000 001c 00000001 03 04 6000 aabbccdd 8001 0001 0002 0004 00007080",
    );
    has(
        &lines,
        &[
            "notify.life_type: seconds (1)",
            "notify.life_duration: 28800",
        ],
    );
    // the same numbers mean other things for an ISAKMP SA
    let lines = fields(
        PayloadType::NOTIFICATION,
        "0000 0014 00000001 01 00 6000 800b 0001 800c 7080",
    );
    has(
        &lines,
        &[
            "notify.life_type: seconds (1)",
            "notify.life_duration: 28800",
        ],
    );
    let lines = fields(
        PayloadType::NOTIFICATION,
        &format!("0000 001c 00000001 01 10 6002 {cookies}"),
    );
    has(&lines, &["notify: INITIAL-CONTACT (24578)"]);
    let lines = fields(
        PayloadType::NOTIFICATION,
        "0000 000e 00000000 00 00 000e 6869",
    );
    has(
        &lines,
        &["notify: NO-PROPOSAL-CHOSEN (14)", "notify.data: 6869"],
    );
}

#[test]
fn notifications_whose_data_do_not_fit() {
    for (hex, offset, field) in [
        ("0000 000f 00000001 01 00 8d28 000007", 12, "sequence"),
        ("0000 000c 00000001 03 00 6001", 12, "replay_detection"),
        ("0000 0012 00000001 03 00 6000 0002 0004 0000", 16, "value"),
        ("0000 000c 00000001 01 10 0001", 12, "spi"),
    ] {
        let fault = check_chain(PayloadType::NOTIFICATION, &unhex(hex)).unwrap();
        assert_eq!((fault.offset, fault.field), (offset, field), "{hex}");
    }
}

#[test]
fn deletes_of_several_spis() {
    let hex = "0000 0014 00000001 03 04 0002 aabbccdd 11223344";
    let lines = fields(PayloadType::DELETE, hex);
    has(
        &lines,
        &[
            "delete: PROTO_IPSEC_ESP (3)",
            "delete.num_spis: 2",
            "delete.spi[0]: aabbccdd",
            "delete.spi[1]: 11223344",
        ],
    );
    body(PayloadType::DELETE, hex, |body| {
        let Body::Delete(delete) = body else {
            panic!("{body:?}")
        };
        assert_eq!(delete.spis().count(), 2);
    });
}

#[test]
fn original_addresses() {
    for kind in [PayloadType::NAT_OA, PayloadType::NAT_OA_DRAFT] {
        let lines = fields(kind, "0000 000c 01 00 0000 0a000001");
        has(
            &lines,
            &["nat_oa: ID_IPV4_ADDR (1)", "nat_oa.address: 10.0.0.1"],
        );
    }
    let fault = check_chain(PayloadType::NAT_OA, &unhex("0000 000c 05 00 0000 0a000001"));
    assert_eq!(fault.unwrap().offset, 8);
}

#[test]
fn mode_config_of_every_form() {
    let lines = fields(
        PayloadType::ATTRIBUTES,
        "0000 006e 02 00 1234
         0001 0004 0a000005   0005 0004 00000e10   0007 0003 312e30
         000d 0008 0a000000 ff000000
         000e 0004 0001 4088
         000f 0011 20010db8000000000000000000000000 20
         7000 0002 6869
         7004 000e c0a80000 ffff0000 0000 0000 0000
         7005 0002 1194  f007 0001  0003 0000",
    );
    has(
        &lines,
        &[
            "config: ISAKMP_CFG_REPLY (2)",
            "config.identifier: 0x1234",
            "config.internal_ip4_address.value: 10.0.0.5",
            "config.internal_address_expiry: 3600",
            "config.application_version.value: \"1.0\"",
            "config.internal_ip4_subnet.subnet.address: 10.0.0.0",
            "config.internal_ip4_subnet.subnet.mask: 255.0.0.0",
            "config.supported_attributes.supported[0]: INTERNAL_IP4_ADDRESS (1)",
            "config.supported_attributes.supported[1]: XAUTH_TYPE (16520)",
            "config.internal_ip6_subnet.subnet.address: 2001:db8::",
            "config.internal_ip6_subnet.subnet.prefix: 32",
            "config.unity_banner.value: \"hi\"",
            "config.unity_split_include.subnet.address: 192.168.0.0",
            "config.unity_split_include.subnet.mask: 255.255.0.0",
            "config.unity_natt_port: 4500",
            "config.unity_pfs: 1",
        ],
    );
}

#[test]
fn xauth_without_its_secrets() {
    let lines = fields(
        PayloadType::ATTRIBUTES,
        "0000 002b 02 00 0001 c088 0000 4089 0003 626f62 408a 0006 736563726574
         408b 0001 31 c08f 0001 4091 0001 32",
    );
    has(
        &lines,
        &[
            "config.xauth_type: Generic (0)",
            "config.xauth_user_name.value: \"bob\"",
            "config.xauth_user_password.value: 6 bytes, not shown",
            "config.xauth_passcode.value: 1 bytes, not shown",
            "config.xauth_status: OK (1)",
            "config.xauth_answer.value: 1 bytes, not shown",
        ],
    );
}

#[test]
fn lists_that_do_not_come_out_even() {
    let lines = fields(
        PayloadType::ATTRIBUTES,
        "0000 001a 02 00 0001 000e 0003 000102 000d 0007 0a000000ff0000",
    );
    has(
        &lines,
        &[
            "config.supported_attributes.value: 02",
            "config.internal_ip4_subnet.value: 0a000000ff0000",
        ],
    );
}

#[test]
fn fragments() {
    let lines = fields(PayloadType::FRAGMENT, "0000 000a 0007 02 01 beef");
    has(
        &lines,
        &[
            "fragment.id: 7",
            "fragment.number: 2",
            "fragment.flags: 0x01 last",
            "fragment.flags.last: 1",
            "fragment.data: beef",
        ],
    );
}

/// Builds a message of every payload there is and reads it again.
#[test]
fn what_is_built_is_read_again() {
    let mut phase_1 = Attributes::new();
    phase_1.push_short(Phase1Attribute::ENCRYPTION_ALGORITHM.0, 7);
    phase_1.push_long(Phase1Attribute::LIFE_DURATION.0, &[0, 1, 0x51, 0x80]);
    let mut phase_2 = Attributes::new();
    phase_2.push_short(Phase2Attribute::ENCAPSULATION_MODE.0, 1);
    let mut user = Attributes::new();
    user.push_long(ConfigAttribute::XAUTH_USER_NAME.0, b"bob");
    let isakmp = ProtocolId::PROTO_ISAKMP;
    let esp = ProtocolId::PROTO_IPSEC_ESP;
    let address = [192, 0, 2, 1];
    let proposals = vec![
        Proposal::new(
            1,
            isakmp,
            &[],
            vec![
                Transform::new(1, 1, phase_1.clone()),
                Transform::new(2, 1, phase_1),
            ],
        ),
        Proposal::new(2, esp, &[1, 2, 3, 4], vec![Transform::new(1, 12, phase_2)]),
    ];
    let certificate = Certificate {
        encoding: CertEncoding::X509_SIGNATURE,
        data: &[0x30, 0],
    };
    let payloads = vec![
        Payload::new(PayloadType::SA, Body::Sa(Sa::new(proposals))),
        Payload::new(PayloadType::KE, Body::KeyExchange(&[1; 128])),
        Payload::new(PayloadType::NONCE, Body::Nonce(&[2; 20])),
        Payload::new(
            PayloadType::ID,
            Body::Id(Id {
                kind: IdType::ID_IPV4_ADDR,
                protocol: 17,
                port: 500,
                data: &address,
            }),
        ),
        Payload::new(PayloadType::CERT, Body::Certificate(certificate)),
        Payload::new(
            PayloadType::CERT_REQUEST,
            Body::CertificateRequest(certificate),
        ),
        Payload::new(PayloadType::HASH, Body::Hash(&[3; 20])),
        Payload::new(PayloadType::SIGNATURE, Body::Signature(&[4; 256])),
        Payload::new(
            PayloadType::NOTIFICATION,
            Body::Notify(Notify {
                doi: Doi::IPSEC,
                protocol: isakmp,
                kind: NotifyType::R_U_THERE,
                spi: &[5; 16],
                data: &[0, 0, 0, 9],
            }),
        ),
        Payload::new(
            PayloadType::DELETE,
            Body::Delete(Delete {
                doi: Doi::IPSEC,
                protocol: esp,
                spi_size: 4,
                count: 1,
                data: &[6; 4],
            }),
        ),
        Payload::new(PayloadType::VENDOR_ID, Body::VendorId(&[7; 16])),
        Payload::new(
            PayloadType::ATTRIBUTES,
            Body::Config(Config::new(ConfigType::ISAKMP_CFG_REPLY, 1, user)),
        ),
        Payload::new(PayloadType::NAT_D, Body::NatDetection(&[8; 20])),
        Payload::new(
            PayloadType::NAT_OA,
            Body::NatOriginalAddress(OriginalAddress {
                kind: IdType::ID_IPV4_ADDR,
                reserved: 0,
                reserved2: 0,
                address: &address,
            }),
        ),
        Payload::new(
            PayloadType::FRAGMENT,
            Body::Fragment(Fragment {
                id: 1,
                number: 1,
                flags: 1,
                data: &[9],
            }),
        ),
        Payload::new(PayloadType::SEQUENCE, Body::Other(&[0, 0, 0, 1])),
    ];
    let header = Header {
        cookie_i: 1,
        cookie_r: 2,
        first_payload: PayloadType::NONE,
        version: 0x10,
        exchange: ExchangeType::BASE,
        flags: Flags::COMMIT,
        message_id: 3,
        length: None,
    };
    let message = Message::clear(header, payloads);
    let mut bytes = Vec::new();
    message.encode(&mut bytes);
    let read = Message::decode(&bytes).unwrap();
    assert_eq!(read.header.first_payload, PayloadType::SA);
    assert_eq!(read.content, message.content);
    let Body::Notify(notify) = read.payloads()[8].body else {
        panic!("no notification")
    };
    assert_eq!(notify.data(), NotifyData::Sequence(9));
}

#[test]
fn groups_have_no_bytes_of_their_own() {
    let bytes = unhex("0000 0006 0102");
    let (chain, _) = decode_chain(PayloadType::NONCE, &bytes);
    let mut tree = Tree::new();
    chain.lay_out(&mut TreeBuilder::new(&mut tree, SourceId::FRAME, 100));
    let root = tree.nodes()[0];
    assert_eq!(root.kind, NodeKind::Group);
    assert_eq!(root.range(), 100..106);
}
