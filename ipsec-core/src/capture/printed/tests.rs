//! Text of both ages, wrapped and marked up, and text that is none.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "one kind of fact is looked for"
)]

use super::*;
use crate::crypto::rustcrypto;
use crate::evidence::{Echo, IcmpErrorKind, IkeMessage, PacketOutline};
use alloc::string::{String, ToString as _};
use proptest::prelude::*;

fn told(text: &str) -> Reading {
    let keyring = Keyring::new(rustcrypto::provider());
    read(0, text.as_bytes(), keyring.into())
}

fn outlines(text: &str) -> Vec<PacketOutline> {
    let found = told(text).evidence.into_iter();
    let found = found.filter_map(|one| match one.fact {
        Fact::Outline(outline) => Some(*outline),
        _ => None,
    });
    found.collect()
}

fn messages(text: &str) -> Vec<IkeMessage> {
    let found = told(text).evidence.into_iter();
    let found = found.filter_map(|one| match one.fact {
        Fact::Ike(message) => Some(*message),
        _ => None,
    });
    found.collect()
}

/// Addresses, protocol, length, TTL, ID, DF.
fn in_short(packet: &PacketOutline) -> String {
    alloc::format!(
        "{}>{} {} {:?} {:?} {:?} {:?}",
        packet.route.from,
        packet.route.to,
        packet.protocol,
        packet.payload_len,
        packet.ttl,
        packet.ip_id,
        packet.dont_fragment,
    )
}

#[test]
fn a_packet_of_old_however_it_was_wrapped() {
    let whole = "192.0.2.57.500 > 198.51.100.40.500: udp 838 (ttl 128, id 8961)\n";
    let expected =
        ["192.0.2.57:500>198.51.100.40:500 17 Some(838) Some(128) Some(8961) Some(false)"];
    for text in [
        whole.to_string(),
        whole.replace("> ", ">  \n").replace(", id", ",  \nid"),
        whole.replace(": udp", ":\nudp"),
        whole.replace(" (ttl", "\n(ttl"),
        alloc::format!("# Phase\n\n```\n{whole}```\n\n6\n"),
        whole.replace("udp", "**udp**"),
        alloc::format!("12:00:00.123456 {whole}"),
        whole.replace('\n', "\r\n"),
    ] {
        let found: Vec<String> = outlines(&text).iter().map(in_short).collect();
        assert_eq!(found, expected, "{text}");
        assert!(sniff(text.as_bytes()), "{text}");
    }
}

#[test]
fn protocols_of_old() {
    let text = "192.0.2.57 > 198.51.100.40: **ip-  \nproto-50** 132 (ttl 128, id 16386)\n\n\
        192.0.2.10 > 192.0.2.1: ip-proto-51\n 90 (DF) [tos 0xd] (ttl 128, id 65025)\n\
        192.0.2.1 > 192.0.2.10: ip-proto-51\n125 (DF) (ttl 127, id 11056)\n\
        192.0.2.1 > 192.0.2.10: icmp: echo request\n";
    let found = outlines(text);
    let short: Vec<String> = found.iter().map(in_short).collect();
    assert_eq!(
        short,
        [
            "192.0.2.57:0>198.51.100.40:0 50 Some(132) Some(128) Some(16386) Some(false)",
            "192.0.2.10:0>192.0.2.1:0 51 Some(90) Some(128) Some(65025) Some(true)",
            "192.0.2.1:0>192.0.2.10:0 51 Some(125) Some(127) Some(11056) Some(true)",
            "192.0.2.1:0>192.0.2.10:0 1 None None None Some(false)",
        ]
    );
    assert_eq!(found[1].tos, Some(0x0d));
    let clear = told(text)
        .evidence
        .into_iter()
        .find_map(|one| match one.fact {
            Fact::Clear(flow) => flow.echo,
            _ => None,
        });
    assert_eq!(clear, Some(Echo::Request));
}

#[test]
fn segments_of_old() {
    let text = "192.0.2.57.1038 >  \n198.51.100.40.389: s  \n700123:700123(0) win .....\n\n\
        198.51.100.40.389 >\n192.0.2.57.1038: S\n 91234567:91234567(0) ack 700124 win 8760 (DF)\n\
        192.0.2.10.1035 > 10.0.0.10.ftp: P 26:40(14)\n  ack 31 win 8602 (DF)\n\
        10.0.0.10.ftp-data > 192.0.2.10.1036: . ack 1\n  win 8760\n";
    let found = outlines(text);
    let tcp: Vec<_> = found.iter().map(|packet| packet.tcp.unwrap()).collect();
    assert!(tcp[0].syn && tcp[0].ack.is_none() && tcp[0].sequence == Some(700_123));
    assert!(tcp[1].syn && tcp[1].ack == Some(700_124));
    assert!(!tcp[2].syn && tcp[2].ack == Some(31));
    let lengths: Vec<_> = found.iter().map(|packet| packet.payload_len).collect();
    assert_eq!(lengths, [Some(0), Some(0), Some(14), Some(0)]);
    assert_eq!(found[2].route.to.port(), 21);
    let attempts = told(text)
        .evidence
        .into_iter()
        .filter_map(|one| match one.fact {
            Fact::Clear(flow) => Some(flow.syn),
            _ => None,
        });
    assert_eq!(attempts.sum::<u64>(), 1);
}

#[test]
fn a_heading_names_the_phase() {
    let packet = "192.0.2.57.500 > 198.51.100.40.500: udp 838 (ttl 128, id 1)\n";
    let text = alloc::format!("# One\n- IKE Phase 2\n\n{packet}\n# Two\n\n{packet}");
    let said: Vec<_> = outlines(&text)
        .iter()
        .map(|packet| packet.said_phase)
        .collect();
    assert_eq!(said, [Some(2), None]);
}

#[test]
fn what_brief_text_leaves_out_is_untold() {
    let text = "10:00:00.000001 IP 192.0.2.10.500 > 198.51.100.20.500: isakmp: parent_sa ikev2_init[I]\n\
        10:00:00.100001 IP 198.51.100.20.500 > 192.0.2.10.500: isakmp: parent_sa ikev2_init[R]\n\
        10:00:00.200001 IP 192.0.2.10.4500 > 198.51.100.20.4500: NONESP-encap: isakmp: child_sa  ikev2_auth[I]\n\
        10:00:01.200001 IP 192.0.2.10.4500 > 198.51.100.20.4500: NONESP-encap: isakmp: child_sa  ikev2_auth[I]\n";
    let found = messages(text);
    let short: Vec<_> = found
        .iter()
        .map(|m| (m.by_initiator, m.response, m.message_id, m.seen.copies))
        .collect();
    assert_eq!(
        short,
        [
            (true, false, 0, 1),
            (false, true, 0, 1),
            (true, false, 1, 2)
        ]
    );
    let untold = found[2].untold;
    assert!(untold.spis && untold.len && untold.message_id && untold.content);
    assert!(found[2].non_esp_marker && found[2].sealed.is_some());
}

#[test]
fn verbose_text_tells_payloads() {
    let text = "10:00:00.000001 IP (tos 0x0, ttl 64, id 7, offset 0, flags [DF], proto UDP (17), length 140)\n    \
        192.0.2.10.500 > 198.51.100.20.500: [udp sum ok] isakmp 1.0 msgid 00000000 cookie 00000000000000aa->00000000000000bb: phase 1 I ident:\n    \
        (sa: doi=ipsec situation=identity\n        (p: #1 protoid=isakmp transform=2\n            \
        (t: #1 id=ike (type=enc value=aes)(type=keylen value=0100)(type=hash value=sha2-256)(type=group desc value=modp2048)(type=auth value=preshared)(type=lifetype value=sec)(type=lifeduration len=4 value=00007080))\n            \
        (t: #2 id=ike (type=enc value=3des)(type=hash value=md5)(type=group desc value=modp1024)(type=auth value=fde9))))\n    \
        (n: doi=ipsec proto=isakmp type=NO-PROPOSAL-CHOSEN spi=0102)\n    \
        (ke: key len=256)\n    (nonce: n len=32)\n    (vid: len=16 4a131c81070358455c5728f20e95452f)\n    (pay20)\n";
    let found = messages(text);
    let message = &found[0];
    assert_eq!(
        (message.spi_i, message.spi_r, message.len),
        (0xaa, 0xbb, 112)
    );
    let offers: Vec<Vec<&str>> = message
        .content
        .proposals
        .iter()
        .map(|offer| offer.transforms.iter().map(|t| t.name.as_str()).collect())
        .collect();
    assert_eq!(
        offers,
        [
            vec![
                "AES-CBC-256",
                "SHA2-256",
                "MODP-2048",
                "Pre-shared key",
                "28800 s"
            ],
            vec!["3DES-CBC", "MD5", "MODP-1024", "XAUTHInitPreShared"],
        ]
    );
    assert_eq!(message.content.notifies[0].number, 14);
    assert_eq!(message.content.payloads, [1, 11, 4, 10, 13, 20]);
    assert_eq!(message.content.vendors.len(), 1);
}

#[test]
fn errors_name_what_they_are_about() {
    let error = |text: &str| {
        let text = alloc::format!("10:00:00.000001 {text}\n");
        told(&text)
            .evidence
            .into_iter()
            .find_map(|one| match one.fact {
                Fact::Icmp(error) => Some((error.kind, error.about.to.to_string(), error.protocol)),
                _ => None,
            })
    };
    use IcmpErrorKind as Kind;
    for (text, kind, to, protocol) in [
        (
            "IP 192.0.2.1 > 192.0.2.10: ICMP 198.51.100.20 udp port 500 unreachable, length 36",
            Kind::PortUnreachable,
            "198.51.100.20:500",
            17,
        ),
        (
            "192.0.2.1 > 192.0.2.10: icmp: 198.51.100.20 udp port isakmp unreachable",
            Kind::PortUnreachable,
            "198.51.100.20:500",
            17,
        ),
        (
            "IP 192.0.2.1 > 192.0.2.10: ICMP 198.51.100.20 protocol 50 unreachable, length 36",
            Kind::ProtocolUnreachable,
            "198.51.100.20:0",
            50,
        ),
        (
            "IP 192.0.2.1 > 192.0.2.10: ICMP 198.51.100.20 unreachable - need to frag (mtu 1400), length 36",
            Kind::TooBig(Some(1400)),
            "198.51.100.20:0",
            0,
        ),
        (
            "IP 192.0.2.1 > 192.0.2.10: ICMP host 198.51.100.20 unreachable - admin prohibited filter, length 36",
            Kind::Prohibited,
            "198.51.100.20:0",
            0,
        ),
        (
            "IP 192.0.2.1 > 192.0.2.10: ICMP host 198.51.100.20 unreachable, length 36",
            Kind::HostUnreachable,
            "198.51.100.20:0",
            0,
        ),
        (
            "IP6 2001:db8::1 > 2001:db8::2: ICMP6, destination unreachable, unreachable port, 2001:db8::9 udp port 500, length 80",
            Kind::PortUnreachable,
            "[2001:db8::9]:500",
            17,
        ),
    ] {
        assert_eq!(
            error(text),
            Some((kind, to.to_string(), protocol)),
            "{text}"
        );
    }
}

#[test]
fn addresses_of_version_6() {
    let text = "10:00:00.000001 IP6 2001:db8::1.500 > 2001:db8::2.500: isakmp: parent_sa ikev2_init[I]\n\
        10:00:00.000002 IP6 (flowlabel 0x1, hlim 64, next-header ESP (50) payload length: 116) 2001:db8::1 > 2001:db8::2: ESP(spi=0x0000abcd,seq=0x1), length 116\n";
    assert_eq!(messages(text)[0].route.to.to_string(), "[2001:db8::2]:500");
    let esp = told(text)
        .evidence
        .into_iter()
        .find_map(|one| match one.fact {
            Fact::Protected(flow) => Some((flow.spi, flow.bytes, flow.largest)),
            _ => None,
        });
    assert_eq!(esp, Some((0xabcd, 116, 156)));
}

#[test]
fn names_instead_of_addresses_are_not_understood() {
    let text =
        "10:00:00.000001 IP gw.example.isakmp > peer.example.isakmp: isakmp: phase 1 I ident\n";
    let reading = told(text);
    assert_eq!(
        (reading.packets, reading.untold, reading.untold_lines),
        (0, 1, vec![1])
    );
    assert!(!sniff(text.as_bytes()));
}

#[test]
fn prose_and_other_text_is_foreign() {
    for text in [
        "",
        "if a > b: use 192.0.2.1 > 5\n",
        "the route is 192.0.2.1 > 198.51.100.2, see below\n",
        "Nov 21 12:00:01 gw charon: 07[IKE] giving up\n",
        "    0x0000:  4500 0000\n",
    ] {
        assert!(!sniff(text.as_bytes()), "{text}");
        assert_eq!(told(text).packets, 0, "{text}");
    }
}

#[test]
fn a_hex_dump_with_a_hole_is_decoded_up_to_it() {
    let head = "10:00:00.000001 IP 192.0.2.1 > 192.0.2.2: ESP(spi=0x00000007,seq=0x1), length 40\n";
    let rows = [
        "\t0x0000:  4500 003c 0001 0000 4032 0000 c000 0201  E..<....@2......\n",
        "\t0x0010:  c000 0202 0000 0007 0000 0001 0000 0000  ................\n",
        "\t0x0020:  0000 0000 0000 0000 0000 0000 0000 0000  ................\n",
        "\t0x0030:  0000 0000 0000 0000 0000 0000            ............\n",
    ];
    let bytes = |rows: &[&str]| {
        let text = alloc::format!("{head}{}", rows.concat());
        told(&text)
            .evidence
            .into_iter()
            .find_map(|one| match one.fact {
                Fact::Protected(flow) => Some((flow.spi, flow.bytes)),
                _ => None,
            })
    };
    assert_eq!(bytes(&rows), Some((7, 40)));
    assert_eq!(bytes(&[rows[0], rows[1], rows[3]]), Some((7, 12)));
}

#[test]
fn untold_packets_are_listed_up_to_a_limit() {
    let text = "10:00:00.000001 IP a > b: x\n".repeat(UNTOLD_MAX + 1);
    let reading = told(&text);
    assert_eq!(reading.untold, UNTOLD_MAX as u64 + 1);
    assert_eq!(reading.untold_lines.len(), UNTOLD_MAX);
}

/// A packet that goes on for ever, and parentheses without end.
#[test]
fn endless_text_takes_linear_time() {
    let begin = "10:00:00.000001 IP (tos 0x0, ttl 64";
    for more in ["\n (", "\n a > b: (sa: (p: (t:", "\n)", "\n    x"] {
        let text = alloc::format!("{begin}{}", more.repeat(100_000));
        assert!(told(&text).packets <= 1);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = sniff(&bytes);
        let keyring = Keyring::new(rustcrypto::provider());
        let reading = read(0, &bytes, keyring.into());
        prop_assert!(reading.packets + reading.untold + reading.foreign <= reading.lines);
    }

    #[test]
    fn anything_like_it_is_read(
        stamp in "(12:00:00\\.[0-9]{1,6} )?(IP6? )?(\\([a-z0-9, \\[\\]()]{0,40}\\))?\n?",
        route in "(192\\.0\\.2\\.[0-9]{1,3}(\\.[0-9]{1,6})?|2001:db8::1\\.500) >[ \n]{1,3}192\\.0\\.2\\.1(\\.500)?: ",
        rest in "(isakmp[ 0-9a-z]{0,9}: (phase [12]|parent_sa|child_sa ) ?[IR?]? ?[a-z0-9_#]{0,10}(\\[[A-Z]{1,3}\\])?|ESP\\(spi=0x[0-9a-f]{0,9},seq=0x[0-9a-f]{0,9}\\)|ICMP [a-z0-9 .]{0,40}|udp [0-9]{0,20}|Flags \\[S\\]|S [0-9:()]{0,30})",
        list in "(: )?(\\([a-z0-9:= #]{0,20}){0,9}[)(]{0,9}",
    ) {
        let text = alloc::format!("{stamp}{route}{rest}{list}\n");
        told(&text);
        told(&text.repeat(3));
    }
}
