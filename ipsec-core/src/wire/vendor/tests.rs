use super::*;
use alloc::vec::Vec;

#[test]
fn tables_are_sorted_and_every_row_finds_itself() {
    assert!(HASHES.len() + PREFIXES.len() >= 200);
    assert!(HASHES.windows(2).all(|two| two[0].hash < two[1].hash));
    assert!(PREFIXES.windows(2).all(|two| two[0].bytes < two[1].bytes));
    for known in HASHES {
        let bytes = known.hash.to_be_bytes();
        assert_eq!(identify(&bytes).map(|id| id.name), Some(known.name));
        for prefix in PREFIXES {
            assert!(!bytes.starts_with(prefix.bytes), "{}", known.name);
        }
    }
    for known in PREFIXES {
        let followed = [known.bytes, &[0xfe, 0]].concat();
        for vid in [known.bytes, &followed] {
            assert_eq!(identify(vid).map(|id| id.name), Some(known.name));
        }
    }
}

#[test]
fn longest_prefix_is_the_one_a_linear_search_finds() {
    let mut vids: Vec<Vec<u8>> = PREFIXES.iter().map(|known| known.bytes.to_vec()).collect();
    for known in PREFIXES {
        for cut in 0..known.bytes.len() {
            let mut vid = known.bytes[..cut].to_vec();
            vids.push(vid.clone());
            vid.extend([0xff; 20]);
            vids.push(vid);
        }
    }
    for vid in vids {
        let linear = PREFIXES
            .iter()
            .filter(|known| vid.starts_with(known.bytes))
            .max_by_key(|known| known.bytes.len());
        let found = by_prefix(&vid);
        assert_eq!(found.map(|id| id.name), linear.map(|known| known.name));
    }
}

#[cfg(feature = "rustcrypto")]
#[test]
fn hashes_are_those_of_the_strings_beside_them() {
    use md5::{Digest, Md5};
    for known in HASHES {
        let hash = Md5::digest(known.source.as_bytes());
        assert_eq!(hash[..], known.hash.to_be_bytes(), "{}", known.source);
    }
    for known in PREFIXES {
        if let Some(source) = known.source {
            let hash = Md5::digest(source.as_bytes());
            assert!(hash.starts_with(known.bytes), "{source}");
        }
    }
    for known in PREFIXES.iter().filter(|known| known.bytes.len() == 12) {
        let version = match known.name.strip_prefix("FreeS/WAN") {
            Some(version) => format!("Linux FreeS/WAN{version}"),
            None if known.name.starts_with("Openswan 2") => known.name.to_string(),
            None => continue,
        };
        let hash = Md5::digest(version.as_bytes());
        let squeezed: Vec<u8> = hash.iter().map(|byte| byte & 0x7f | 0x40).collect();
        assert_eq!(known.bytes[2..], squeezed[..10], "{version}");
    }
}

#[test]
fn versions_are_put_into_words() {
    let table: &[(&[u8], &str)] = &[
        (&DEAD_PEER_DETECTION, "Dead Peer Detection (RFC 3706) 1.0"),
        (&RFC_3947, "RFC 3947 NAT-T"),
        (&XAUTH, "XAUTH"),
        (
            b"\x12\xf5\xf2\x8c\x45\x71\x68\xa9\x70\x2d\x9f\xe2\x74\xcc\x01\x00",
            "Cisco Unity 1.0",
        ),
        (
            b"\x1f\x07\xf7\x0e\xaa\x65\x14\xd3\xb0\xfa\x96\x54\x2a\x50\x04\x07",
            "Cisco VPN 3000 Concentrator 4.0.7",
        ),
        (
            b"\x1e\x2b\x51\x69\x05\x99\x1c\x7d\x7c\x96\xfc\xbf\xb5\x87\xe4\x61\x00\x00\x00\x09",
            "MS NT5 ISAKMPOAKLEY (Windows 8 or later)",
        ),
        (
            b"\x82\x99\x03\x17\x57\xa3\x60\x82\xc6\xa6\x21\xde\x00\x05\x02\x4d",
            "Fortinet FortiGate release 5 build 589",
        ),
        (b"OpenIKED-7.2", "OpenIKED 7.2"),
        (b"OE-Libreswan-4.10", "libreswan 4.10"),
        (b"BNES\x00\x00\x00\x09", "Nortel Contivity 9"),
        (b"Something 1.0", "\"Something 1.0\""),
    ];
    for (vid, words) in table {
        assert_eq!(describe(vid).as_deref(), Some(*words));
    }
    assert_eq!(describe(b""), None);
    assert_eq!(describe(b"short"), None);
    assert_eq!(describe(&[0x90; 40]), None);
}

#[test]
fn check_point_tells_product_and_version() {
    let mut vid =
        b"\xf4\xed\x19\xe0\xc1\x14\xeb\x51\x6f\xaa\xac\x0e\xe3\x7d\xaf\x28\x07\xb4\x38\x1f"
            .to_vec();
    vid.extend([0, 0, 0, 1, 0, 0, 0x13, 0x8d]);
    vid.extend([0; 12]);
    assert_eq!(
        describe(&vid).as_deref(),
        Some("Check Point Firewall-1 NG with Application Intelligence R55")
    );
    assert_eq!(
        describe(&vid[..24]).as_deref(),
        Some("Check Point 00000001")
    );
}

#[test]
fn text_of_a_peer_is_escaped() {
    assert_eq!(
        describe(b"OpenIKED-\x1b[31m\n").as_deref(),
        Some("OpenIKED \\u{1b}[31m\\n")
    );
}

/// Sessions of Cisco routers, as the public captures of tcpdump and Suricata
/// hold them: the sender's cookie, and the one vendor ID no list knows.
#[test]
fn cisco_makes_one_up_for_each_session() {
    let sessions: [(u64, u128); 4] = [
        (
            0xcf02_326f_14a9_5b93,
            0x3ac5_9572_14a8_5b93_db6a_5098_69fd_b330,
        ),
        (
            0x18a1_09f8_9219_e8df,
            0xed66_aee5_9218_e8df_be01_a135_a2ad_8994,
        ),
        (
            0xe47a_591f_d057_587f,
            0x11bd_fe02_d056_587f_2c18_1259_72c3_2401,
        ),
        (
            0xa00b_8ef0_902b_b8ec,
            0x55cc_29ed_902a_b8ec_53b1_df86_7c61_0929,
        ),
    ];
    for (cookie, vid) in sessions {
        let (cookie, vid) = (cookie.to_be_bytes(), vid.to_be_bytes());
        assert!(is_cisco_session_id(&vid, cookie));
        assert!(!is_cisco_session_id(&vid[..15], cookie));
        assert!(!is_cisco_session_id(&vid, [0; 8]));
        assert_eq!(identify(&vid), None);
    }
}

#[test]
fn builds_of_pluto_are_told_by_their_shape() {
    for vid in [b"OEkRbGXRvmPE", b"OErlA\\nQukSR"] {
        let known = identify(vid).unwrap();
        assert_eq!(known.name, "FreeS/WAN, Openswan or libreswan build");
        assert_eq!(known.kind, VendorKind::Implementation);
    }
    assert_eq!(identify(b"OE0123456789"), None);
    assert_eq!(identify(b"OEkRbGXRvmPEa"), None);
}

/// Every vendor ID in the captures this was built with (strongSwan 5 and 6,
/// libreswan 4, OpenIKED 7, ike-scan; the corpora of tcpdump and Suricata),
/// but for those that Cisco makes up.
#[test]
fn vendor_ids_of_the_captures_are_known() {
    let seen: [(u128, &str); 8] = [
        (
            0xafca_d713_68a1_f1c9_6b86_96fc_7757_0100,
            "Dead Peer Detection (RFC 3706) 1.0",
        ),
        (0x4a13_1c81_0703_5845_5c57_28f2_0e95_452f, "RFC 3947 NAT-T"),
        (
            0x90cb_8091_3ebb_696e_0863_81b5_ec42_7b1f,
            "draft-ietf-ipsec-nat-t-ike-02\\n",
        ),
        (
            0xcd60_4643_35df_21f8_7cfd_b2fc_68b6_a448,
            "draft-ietf-ipsec-nat-t-ike-02",
        ),
        (
            0x7d94_19a6_5310_ca6f_2c17_9d92_1552_9d56,
            "draft-ietf-ipsec-nat-t-ike-03",
        ),
        (
            0x439b_59f8_ba67_6c4c_7737_ae22_eab8_f582,
            "draft-ietf-ipsec-nat-t-ike-07",
        ),
        (
            0x4485_152d_18b6_bbcd_0be8_a846_9579_ddcc,
            "draft-ietf-ipsec-nat-t-ike-00",
        ),
        (0x12f5_f28c_4571_68a9_702d_9fe2_74cc_0100, "Cisco Unity 1.0"),
    ];
    for (vid, words) in seen {
        assert_eq!(describe(&vid.to_be_bytes()).as_deref(), Some(words));
    }
    let fragmentation = [&FRAGMENTATION[..], &[0x80, 0, 0, 0]].concat();
    assert_eq!(
        describe(&fragmentation).as_deref(),
        Some("FRAGMENTATION 80000000")
    );
    assert_eq!(describe(&FRAGMENTATION).as_deref(), Some("FRAGMENTATION"));
}
