//! Frames through all heads: what is read, what comes back, what the tree says.
//!
//! The frames named `OWN_*` come from captures made for this project
//! (strongSwan 6.0.6 in network namespaces).
#![cfg(feature = "capture")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use ipsec_core::capture::{Link, LinkError, Network};
use ipsec_core::wire::checksum::Verdict;
use ipsec_core::wire::encap::{Encapsulated, classify};
use ipsec_core::wire::ip::{Extensions, Ipv4, Ipv6, Packet};
use ipsec_core::wire::registry::ip::{EtherType, LinkType, Protocol};
use ipsec_core::wire::tree::{NodeKind, SourceId};
use ipsec_core::wire::udp::Udp;
use ipsec_core::wire::upper::Upper;
use ipsec_core::wire::{DecodeErrorKind, Encoder, Layout, Tree, TreeBuilder};
use proptest::prelude::*;

/// ss6/f-v2-frag-retry, frame 9: port unreachable, quoting UDP 4500.
const OWN_UNREACHABLE: &str = "a2174539d401caedc47c5fca080045c0008c699500003f0124cac6336414c000020a\
    030343a50000000045000070a2c840003f11ac62c000020ac633641411941194005cecbf0000000056119f90e2b575bb\
    dfbf21b077ff40352e202528000000000000005000000034b5ca9820087a08a93e8e99bd3c0282176823a6c5d87cda3f\
    29b328e10f3d6ca2de5c6a2b83020241af17ed48f83d6597";

/// ss6/f-v2-esp-fragments-dropped, frame 10, the quoted ESP packet cut after
/// its first 24 bytes: fragmentation needed, next hop takes 1280.
const OWN_TOO_BIG: &str = "4e9e5b5da770d6b63bacb18d080045c00048b36c000040014085c0000201c000020a\
    03043ee1000005004500057c0275400040324689c000020ac63364145365a4c80000000304bb2aa1d4a68f98bd34cd38\
    0b416f4ab2629ee0d2f74450";

/// ss6/v2-nat: ESP in UDP.
const OWN_ESP_IN_UDP: &str = "ca823bbbcd5966ad0bad7a890800450000a4457d40004011087ac000020ac6336414\
    119411940090ecf3f9bdd03600000001a3e24fefc8d2dd93cb2bb1e8f889c8aba09ace2909bba325560df058c80d78a6\
    c303c6b3254b2c2c4882f61a82edd8dd07b3a66cb2dd4e453f479ca6bf52a633cd00720f60854dea336c9b57f203e769\
    654920ca7d803bc51b26dccd53aff2ae5cb0c51c17c59635d12819939e2fd1ea0522417defde0a17c42bd3df54b1a09e";

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pairs = digits
        .chunks(2)
        .map(|pair| core::str::from_utf8(pair).unwrap());
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

/// Lays out a whole frame as far as the heads go.
fn lay_out_frame(
    link_type: LinkType,
    frame: &[u8],
    out: &mut impl Layout,
) -> Result<(), LinkError> {
    let (link, _) = Link::decode_lax(link_type, frame)?;
    link.lay_out(out);
    match Packet::decode_lax(link.payload()) {
        Ok((packet, _)) if link.network() == Network::Ip => {
            packet.lay_out(out);
            let upper = packet.upper().unwrap_or_else(|| {
                let whole = Protocol(253);
                Upper::read(whole, packet.payload())
            });
            upper.lay_out(out);
            upper.lay_out_payload(out);
            upper.lay_out_trailing(out);
            packet.lay_out_trailing(out);
        }
        _ => link.lay_out_payload(out),
    }
    link.lay_out_trailing(out);
    Ok(())
}

fn tree_of(link_type: LinkType, frame: &[u8]) -> Tree {
    let mut tree = Tree::new();
    let mut builder = TreeBuilder::new(&mut tree, SourceId::FRAME, 0);
    lay_out_frame(link_type, frame, &mut builder).unwrap();
    tree
}

/// Every field of the tree as `path = value`.
fn listing(tree: &Tree, frame: &[u8]) -> Vec<String> {
    let node = |at: usize| {
        format!(
            "{} = {}",
            tree.path(at),
            tree.value(&tree.nodes()[at], frame)
        )
    };
    (0..tree.nodes().len()).map(node).collect()
}

/// Encoding gives the frame back, and the tree's leaves tile it.
fn assert_faithful(link_type: LinkType, frame: &[u8]) {
    let mut bytes = Vec::new();
    if lay_out_frame(link_type, frame, &mut Encoder::new(&mut bytes)).is_err() {
        return;
    }
    assert_eq!(bytes, frame);
    let tree = tree_of(link_type, frame);
    let mut at = 0;
    for node in tree.nodes() {
        if matches!(node.kind, NodeKind::Number | NodeKind::Bytes) {
            assert_eq!(node.range().start, at, "{}", node.field.name);
            at = node.range().end;
        }
        if node.kind == NodeKind::Number {
            let bytes = &frame[node.range()];
            let value = bytes
                .iter()
                .fold(0, |value, &byte| value << 8 | u64::from(byte));
            assert_eq!(node.value, value, "{}", node.field.name);
        }
    }
    assert_eq!(at, frame.len());
}

#[test]
fn esp_in_udp() {
    let frame = hex(OWN_ESP_IN_UDP);
    assert_faithful(LinkType::ETHERNET, &frame);
    let link = Link::decode(LinkType::ETHERNET, &frame).unwrap();
    assert_eq!((link.network(), link.head_len()), (Network::Ip, 14));
    let packet = Packet::decode(link.payload()).unwrap();
    assert_eq!(packet.source().to_string(), "192.0.2.10");
    assert_eq!(packet.destination().to_string(), "198.51.100.20");
    assert_eq!(packet.protocol(), Protocol::UDP);
    assert_eq!((packet.hops(), packet.fragment()), (64, None));
    let Packet::V4(v4) = packet else { panic!() };
    assert!(v4.dont_fragment());
    assert_eq!(v4.verify_checksum(), Verdict::Good);
    let Upper::Udp(udp) = packet.upper().unwrap() else {
        panic!()
    };
    assert_eq!((udp.source_port, udp.destination_port), (4500, 4500));
    let Encapsulated::Esp(esp) = classify(udp.payload) else {
        panic!()
    };
    let Upper::Esp(esp) = Upper::read(Protocol::ESP, esp) else {
        panic!()
    };
    assert_eq!(
        (esp.spi, esp.sequence, esp.rest.len()),
        (0xf9bd_d036, 1, 128)
    );
}

#[test]
fn port_unreachable_quotes_its_packet() {
    let frame = hex(OWN_UNREACHABLE);
    assert_faithful(LinkType::ETHERNET, &frame);
    let listing = listing(&tree_of(LinkType::ETHERNET, &frame), &frame);
    for line in [
        "eth.dst = a2:17:45:39:d4:01",
        "eth.type = IPv4 (2048)",
        "ip.version_ihl.header_length = 20",
        "ip.tos.dscp = 48",
        "ip.flags = 0x00",
        "ip.ttl = 63",
        "ip.protocol = ICMP (1)",
        "icmp.type = Destination Unreachable (3)",
        "icmp.code = Port Unreachable (3)",
        "icmp.quoted.ip.flags = 0x4000 DF",
        "icmp.quoted.ip.flags.df = 1",
        "icmp.quoted.ip.src = 192.0.2.10",
        "icmp.quoted.udp.dst_port = 4500",
    ] {
        assert!(listing.iter().any(|l| l == line), "{line} in {listing:#?}");
    }
    assert!(!listing.iter().any(|l| l.contains("malformed")));
    let link = Link::decode(LinkType::ETHERNET, &frame).unwrap();
    let packet = Packet::decode(link.payload()).unwrap();
    let Upper::Icmp(icmp) = packet.upper().unwrap() else {
        panic!()
    };
    assert_eq!(icmp.verify_checksum(), Verdict::Good);
    let quoted = Packet::decode(icmp.quoted().unwrap()).unwrap();
    let Upper::Udp(udp) = quoted.upper().unwrap() else {
        panic!()
    };
    assert_eq!(
        udp.verify_checksum(quoted.source(), quoted.destination()),
        Verdict::Offloaded
    );
    assert_eq!(classify(udp.payload), Encapsulated::Ike(&udp.payload[4..]));
}

#[test]
fn fragmentation_needed_names_the_mtu_and_the_spi() {
    let frame = hex(OWN_TOO_BIG);
    assert_faithful(LinkType::ETHERNET, &frame);
    let tree = tree_of(LinkType::ETHERNET, &frame);
    assert!(
        !listing(&tree, &frame)
            .iter()
            .any(|l| l.contains("icmp.quoted") && l.contains("malformed"))
    );
    let link = Link::decode(LinkType::ETHERNET, &frame).unwrap();
    let packet = Packet::decode(link.payload()).unwrap();
    let Upper::Icmp(icmp) = packet.upper().unwrap() else {
        panic!()
    };
    assert_eq!(icmp.mtu(), Some(1280));
    let (quoted, fault) = Packet::decode_lax(icmp.quoted().unwrap()).unwrap();
    assert_eq!(fault.unwrap().field, "total_length");
    let upper = quoted.upper().unwrap();
    assert_eq!(upper.spi(), Some(0x5365_a4c8));
}

#[test]
fn eight_quoted_bytes_still_give_ports_and_spis() {
    let bytes = [0x11, 0x94, 0x01, 0xf4, 0xde, 0xad, 0xbe, 0xef];
    let tcp = Upper::read(Protocol::TCP, &bytes);
    assert_eq!(tcp.ports(), Some((4500, 500)));
    assert_eq!(
        tcp.fault().unwrap().kind,
        DecodeErrorKind::Truncated { need: 20, have: 8 }
    );
    let ah = Upper::read(Protocol::AH, &bytes);
    assert_eq!((ah.spi(), ah.ports()), (Some(0xdead_beef), None));
    for protocol in [
        Protocol::TCP,
        Protocol::AH,
        Protocol::UDP,
        Protocol::ESP,
        Protocol::ICMP,
    ] {
        for n in 0..bytes.len() {
            let mut out = Vec::new();
            Upper::read(protocol, &bytes[..n]).encode(&mut out);
            assert_eq!(out, bytes[..n]);
        }
    }
}

#[test]
fn ethernet_padding_is_not_payload() {
    let keepalive = Udp::new(4500, 4500, &[0xff]);
    let mut body = Vec::new();
    keepalive.encode(&mut body);
    body.push(0xff);
    let packet = Ipv4::new(
        [192, 0, 2, 1].into(),
        [192, 0, 2, 2].into(),
        Protocol::UDP,
        &body,
    );
    let mut frame = vec![0; 12];
    frame.extend([8, 0]);
    packet.encode(&mut frame);
    frame.extend(&body);
    frame.resize(60, 0);
    assert_faithful(LinkType::ETHERNET, &frame);
    let packet = Packet::decode(&frame[14..]).unwrap();
    assert_eq!(packet.trailing().len(), 17);
    let Upper::Udp(udp) = packet.upper().unwrap() else {
        panic!()
    };
    assert_eq!(classify(udp.payload), Encapsulated::Keepalive);
}

#[test]
fn a_length_of_zero_is_the_rest_of_the_buffer() {
    let mut bytes = Vec::new();
    let mut packet = Ipv4::new(
        [10, 0, 0, 1].into(),
        [10, 0, 0, 2].into(),
        Protocol::ESP,
        &[],
    );
    packet.total_length = 0;
    packet.encode(&mut bytes);
    bytes.resize(20 + 70_000, 7);
    assert_eq!(Packet::decode(&bytes).unwrap().payload().len(), 70_000);
    let mut bytes = Vec::new();
    let ipv6 = Ipv6::new([0; 16].into(), [1; 16].into(), Protocol::ESP, &[]);
    ipv6.encode(&mut bytes);
    bytes.resize(40 + 70_000, 7);
    assert_eq!(Packet::decode(&bytes).unwrap().payload().len(), 70_000);
}

#[test]
fn lengths_that_lie_are_placed() {
    let good = hex(OWN_ESP_IN_UDP)[14..].to_vec();
    let fault = |at: usize, bytes: &[u8]| {
        let mut bad = good.clone();
        bad[at..at + bytes.len()].copy_from_slice(bytes);
        let (packet, fault) = Packet::decode_lax(&bad).unwrap();
        assert_eq!(Packet::decode(&bad).err(), fault);
        let upper = packet.upper().unwrap();
        fault.or(upper.fault().map(|fault| fault.shifted(packet.head_len())))
    };
    for (total, outcome) in [
        (1, true),
        (19, true),
        (20, true),
        (27, true),
        (163, true),
        (164, false),
        (165, true),
        (0xffff, true),
    ] {
        assert_eq!(
            fault(2, &u16::to_be_bytes(total)).is_some(),
            outcome,
            "{total}"
        );
    }
    let error = fault(2, &[0xff, 0xff]).unwrap();
    assert_eq!((error.offset, error.field), (2, "total_length"));
    assert_eq!(
        error.kind,
        DecodeErrorKind::BadLength {
            value: 0xffff,
            min: 20,
            max: 164
        }
    );
    let error = fault(0, &[0x44]).unwrap();
    assert_eq!((error.offset, error.field), (0, "header_length"));
    let error = fault(24, &[0, 7]).unwrap();
    assert_eq!((error.offset, error.field), (24, "length"));
    assert_eq!(
        error.kind,
        DecodeErrorKind::BadLength {
            value: 7,
            min: 8,
            max: 144
        }
    );
    assert!(fault(24, &[0, 8]).is_none());
    assert!(fault(24, &[0, 145]).is_some());
    assert_eq!(
        Packet::decode(&[0x50; 40]).unwrap_err().kind,
        DecodeErrorKind::BadValue { value: 5 }
    );
}

/// An IPv6 packet with `count` empty destination options headers.
fn chain(count: usize) -> Vec<u8> {
    let mut body = Vec::new();
    for n in 1..=count {
        let next = if n == count {
            Protocol::UDP
        } else {
            Protocol::IPV6_OPTS
        };
        body.extend([next.0, 0, 1, 4, 0, 0, 0, 0]);
    }
    body.extend([0, 1, 0, 2, 0, 8, 0, 0]);
    let mut packet = Vec::new();
    Ipv6::new(
        [0x20; 16].into(),
        [0x21; 16].into(),
        Protocol::IPV6_OPTS,
        &body,
    )
    .encode(&mut packet);
    packet.extend(body);
    packet
}

#[test]
fn chains_of_extension_headers_are_bounded() {
    let limit = 32;
    let whole = chain(limit);
    let packet = Packet::decode(&whole).unwrap();
    assert_eq!(packet.protocol(), Protocol::UDP);
    assert_eq!(packet.payload().len(), 8);
    for count in [limit + 1, 255] {
        let long = chain(count);
        let error = Packet::decode(&long).unwrap_err();
        assert_eq!(error.kind, DecodeErrorKind::TooMany { limit });
        assert_eq!(error.offset, 40 + 8 * limit);
        assert_faithful(LinkType::RAW, &long);
    }
}

#[test]
fn ipv6_fragments_stop_the_chain() {
    // First fragment of a datagram that begins with destination options.
    let body = [60, 0, 0, 1, 0xca, 0xfe, 0xba, 0xbe, 17, 0, 1, 4, 0, 0, 0, 0];
    let mut bytes = Vec::new();
    Ipv6::new(
        [0x20; 16].into(),
        [0x21; 16].into(),
        Protocol::IPV6_FRAG,
        &body,
    )
    .encode(&mut bytes);
    bytes.extend(body);
    let packet = Packet::decode(&bytes).unwrap();
    let fragment = packet.fragment().unwrap();
    assert_eq!(
        (fragment.id, fragment.offset, fragment.more),
        (0xcafe_babe, 0, true)
    );
    assert_eq!(packet.protocol(), Protocol::IPV6_OPTS);
    assert_eq!(packet.payload(), &body[8..]);
    let (rest, upper, payload) = Extensions::split(packet.protocol(), packet.payload());
    assert_eq!(
        (rest.iter().count(), upper, payload.len()),
        (1, Protocol::UDP, 0)
    );
    // An atomic fragment is whole (RFC 6946).
    bytes[43] = 0;
    let packet = Packet::decode(&bytes).unwrap();
    assert_eq!(
        (packet.fragment(), packet.protocol()),
        (None, Protocol::UDP)
    );
    assert_faithful(LinkType::RAW, &bytes);
}

#[test]
fn link_layers_lead_to_ip() {
    let ip = hex(OWN_ESP_IN_UDP)[14..].to_vec();
    let cases: [(LinkType, &str, &str); 15] = [
        (
            LinkType::ETHERNET,
            "0000000000010000000000028100 0064 0800",
            "vlan",
        ),
        (
            LinkType::ETHERNET,
            "00000000000100000000000288a8 0064 8100 e065 86dd",
            "vlan[1]",
        ),
        (
            LinkType::ETHERNET,
            "0000000000010000000000028864 1100 0007 00a6 0021",
            "ppp",
        ),
        (
            LinkType::ETHERNET,
            "00000000000100000000000200ac aaaa03 000000 0800",
            "snap",
        ),
        (
            LinkType::LINUX_SLL,
            "0000 0001 0006 0000000000010000 0800",
            "sll",
        ),
        (
            LinkType::LINUX_SLL2,
            "0800 0000 00000003 0001 04 06 0000000000010000",
            "sll2",
        ),
        (LinkType::NULL, "02000000", "null"),
        (LinkType::NULL, "00000002", "null"),
        (LinkType::LOOP, "0000001c", "null"),
        (LinkType::PPP, "ff03 0021", "ppp"),
        (LinkType::PPP, "21", "ppp"),
        (LinkType::PPP_HDLC, "0f00 0800", "chdlc"),
        (LinkType::PPP_HDLC, "ff03 0021", "ppp"),
        (LinkType::ENC, "02000000 c0ffee01 00000c00", "enc"),
        (LinkType::IPV4, "", "ip"),
    ];
    for (link_type, head, group) in cases {
        let mut frame = hex(head);
        let head_len = frame.len();
        frame.extend(&ip);
        let link = Link::decode(link_type, &frame).unwrap();
        assert_eq!(link.network(), Network::Ip, "{link_type:?} {head}");
        assert_eq!(link.head_len(), head_len, "{link_type:?} {head}");
        assert_eq!(link.payload(), ip, "{link_type:?} {head}");
        assert_faithful(link_type, &frame);
        assert_eq!(tree_of(link_type, &frame).find(group).len(), 1, "{group}");
        for n in 0..=head_len {
            let cut = Link::decode(link_type, &frame[..n]).map(|link| link.network());
            assert!(
                n == head_len || cut != Ok(Network::Ip),
                "{link_type:?} {head}"
            );
            assert_faithful(link_type, &frame[..n]);
        }
    }
}

#[test]
fn vlan_ids_from_outer_to_inner() {
    let frame = hex("00000000000100000000000288a8 0064 8100 e065 0806 00");
    let link = Link::decode(LinkType::ETHERNET, &frame).unwrap();
    assert_eq!(link.vlans().collect::<Vec<_>>(), [0x64, 0x65]);
    assert_eq!(link.network(), Network::EtherType(EtherType::ARP));
    assert_eq!(link.payload(), [0]);
}

#[test]
fn tags_nest_up_to_the_limit() {
    let tagged = |count: usize| {
        let mut frame = hex("000000000001000000000002");
        frame.extend([0x81, 0]);
        for _ in 1..count {
            frame.extend([0, 1, 0x81, 0]);
        }
        frame.extend([0, 1, 8, 0]);
        frame
    };
    let limit = 8;
    assert_eq!(
        Link::decode(LinkType::ETHERNET, &tagged(limit))
            .unwrap()
            .network(),
        Network::Ip
    );
    for count in [limit + 1, 1000] {
        let frame = tagged(count);
        let (link, fault) = Link::decode_lax(LinkType::ETHERNET, &frame).unwrap();
        assert_eq!(fault.unwrap().kind, DecodeErrorKind::TooDeep { limit });
        assert_eq!(link.network(), Network::Unread);
        assert_faithful(LinkType::ETHERNET, &frame);
    }
}

#[test]
fn lengths_of_802_3_and_pppoe() {
    let mut frame = hex("000000000001000000000002 0008 424203");
    frame.extend([9; 43]);
    let link = Link::decode(LinkType::ETHERNET, &frame).unwrap();
    assert_eq!(
        (link.network(), link.payload().len(), link.trailing().len()),
        (Network::Llc(0x42), 5, 38)
    );
    assert_faithful(LinkType::ETHERNET, &frame);
    let frame = hex("000000000001000000000002 8864 1100 0001 0fff 0021 45");
    let (link, fault) = Link::decode_lax(LinkType::ETHERNET, &frame).unwrap();
    let fault = fault.unwrap();
    assert_eq!((fault.offset, fault.field), (18, "length"));
    assert_eq!(
        (link.network(), link.payload()),
        (Network::Ip, &[0x45u8][..])
    );
    assert_faithful(LinkType::ETHERNET, &frame);
}

#[test]
fn unknown_link_types_are_named() {
    let error = Link::decode(LinkType(147), &[]).unwrap_err();
    assert_eq!(error, LinkError::Unsupported(LinkType(147)));
    assert_eq!(error.to_string(), "link type 147 (User 0) is not supported");
    let error = Link::decode(LinkType(99_999), &[]).unwrap_err();
    assert_eq!(error.to_string(), "link type 99999 is not supported");
}

#[test]
fn checksums_that_are_made_are_good() {
    let (a, b) = ([10, 1, 0, 1].into(), [10, 2, 0, 1].into());
    let udp = Udp::new(500, 500, b"odd").sealed(a, b);
    assert_eq!(udp.verify_checksum(a, b), Verdict::Good);
    assert!(matches!(udp.verify_checksum(a, a), Verdict::Bad { .. }));
    let mut v4 = Ipv4::new(
        [10, 1, 0, 1].into(),
        [10, 2, 0, 1].into(),
        Protocol::UDP,
        &[],
    );
    assert_eq!(v4.verify_checksum(), Verdict::Good);
    let expected = v4.checksum;
    v4.checksum ^= 0x0100;
    assert_eq!(v4.verify_checksum(), Verdict::Bad { expected });
    v4.checksum = 0;
    assert_eq!(v4.verify_checksum(), Verdict::Offloaded);
}

const LINK_TYPES: [u32; 16] = [
    0, 1, 9, 12, 14, 50, 51, 101, 104, 108, 109, 113, 228, 229, 276, 1,
];

/// Frames that get past the first checks: a good one, spoilt in a few places.
fn spoilt() -> impl Strategy<Value = Vec<u8>> {
    let seeds = [
        hex(OWN_UNREACHABLE),
        hex(OWN_TOO_BIG),
        hex(OWN_ESP_IN_UDP),
        [hex("000000000001000000000002 8100 0001 86dd"), chain(3)].concat(),
        hex(
            "000000000001000000000002 0800 4600003c 00000000 40060000 0a000001 0a000002 94040000\
             01f41194 00000001 00000000 a0020200 00000000 020405b4 0402080a 00000001 00000000",
        ),
        hex(
            "000000000001000000000002 86dd 60000000 0018 33 40 20000000000000000000000000000001\
             20000000000000000000000000000002 3204 0000 00000007 00000001 000102030405060708090a0b",
        ),
    ];
    let edits = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..5);
    (
        prop::sample::select(seeds.to_vec()),
        edits,
        any::<prop::sample::Index>(),
        any::<bool>(),
    )
        .prop_map(|(mut frame, edits, cut, whole)| {
            for (at, value) in edits {
                let at = at.index(frame.len());
                frame[at] = value;
            }
            if !whole {
                frame.truncate(cut.index(frame.len()));
            }
            frame
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn spoilt_frames_come_back(frame in spoilt()) {
        assert_faithful(LinkType::ETHERNET, &frame);
        assert_faithful(LinkType::RAW, frame.get(14..).unwrap_or_default());
    }

    #[test]
    fn any_bytes_come_back(link_type in prop::sample::select(LINK_TYPES.to_vec()), bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        assert_faithful(LinkType(link_type), &bytes);
    }

    #[test]
    fn any_payload_comes_back(protocol: u8, bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        let upper = Upper::read(Protocol(protocol), &bytes);
        let mut out = Vec::new();
        upper.encode(&mut out);
        out.extend(upper.payload());
        out.extend(upper.trailing());
        prop_assert_eq!(&out, &bytes);
        let mut out = Vec::new();
        classify(&bytes).encode(&mut out);
        prop_assert_eq!(out, bytes);
    }

    #[test]
    fn strict_is_lax_without_a_fault(frame in spoilt()) {
        let strict = Link::decode(LinkType::ETHERNET, &frame);
        match Link::decode_lax(LinkType::ETHERNET, &frame) {
            Ok((link, None)) => {
                prop_assert_eq!(strict, Ok(link));
                let strict = Packet::decode(link.payload());
                match Packet::decode_lax(link.payload()) {
                    Ok((packet, None)) => prop_assert_eq!(strict, Ok(packet)),
                    Ok((_, Some(fault))) | Err(fault) => prop_assert_eq!(strict, Err(fault)),
                }
            }
            Ok((_, Some(fault))) => prop_assert_eq!(strict, Err(fault.into())),
            Err(error) => prop_assert_eq!(strict, Err(error)),
        }
    }
}
