//! Every form of key file, by small files of our own; spoilt files; and the
//! logs beside the shared captures, with the bytes put back that were taken out
//! of them, against the keys that are known to open the captures.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "one kind of keys is looked for"
)]

use ipsec_core::crypto::Secret;
use ipsec_core::keylog::{
    self, Entry, Format, Ikev1Keys, Ikev2Keys, KeyExchangeSecret, KeyLog, KeyReader, Keys,
    LINE_MAX, LineErrorKind, SaKeys, SaMode, SaProtocol,
};
use ipsec_core::wire::registry::ike::{Encryption, Prf};
use proptest::prelude::*;

const CHARON: &[u8] = include_bytes!("data/keylog/charon.log");
const PLUTO: &[u8] = include_bytes!("data/keylog/pluto.log");
const IP_XFRM: &[u8] = include_bytes!("data/keylog/ip-xfrm-state.txt");
const SETKEY: &[u8] = include_bytes!("data/keylog/setkey.txt");
const FORTIOS: &[u8] = include_bytes!("data/keylog/fortios.txt");
const RACOON: &[u8] = include_bytes!("data/keylog/racoon.log");
const MIKROTIK: &[u8] = include_bytes!("data/keylog/mikrotik.log");
const PLUTO_GCM: &[u8] = include_bytes!("data/keylog/pluto-gcm.log");
const LISTS: &[u8] = include_bytes!("data/keylog/lists.json");
const OPENIKED: &[u8] = include_bytes!("data/keylog/openiked.log");
const LINES: [&[u8]; 9] = [
    CHARON, PLUTO, PLUTO_GCM, IP_XFRM, SETKEY, FORTIOS, RACOON, MIKROTIK, OPENIKED,
];
const ALL: [&[u8]; 10] = [
    CHARON, PLUTO, PLUTO_GCM, IP_XFRM, SETKEY, FORTIOS, RACOON, MIKROTIK, OPENIKED, LISTS,
];

fn is(secret: Option<&Secret>, byte: u8, len: usize) -> bool {
    secret.is_some_and(|secret| secret.ct_eq(&vec![byte; len]))
}

fn sas(log: &KeyLog) -> Vec<&SaKeys> {
    let each = log.entries.iter();
    each.filter_map(|entry| match &entry.keys {
        Keys::Sa(keys) => Some(keys),
        _ => None,
    })
    .collect()
}

fn ikev1(log: &KeyLog) -> Vec<&Ikev1Keys> {
    let each = log.entries.iter();
    each.filter_map(|entry| match &entry.keys {
        Keys::Ikev1(keys) => Some(keys),
        _ => None,
    })
    .collect()
}

fn ikev2(log: &KeyLog) -> Vec<&Ikev2Keys> {
    let each = log.entries.iter();
    each.filter_map(|entry| match &entry.keys {
        Keys::Ikev2(keys) => Some(keys),
        _ => None,
    })
    .collect()
}

fn exchanges(log: &KeyLog) -> Vec<&KeyExchangeSecret> {
    let each = log.entries.iter();
    each.filter_map(|entry| match &entry.keys {
        Keys::KeyExchange(keys) => Some(keys),
        _ => None,
    })
    .collect()
}

fn errors(log: &KeyLog) -> Vec<(usize, &'static str, LineErrorKind)> {
    let each = log.errors.iter();
    each.map(|error| (error.line, error.field, error.kind))
        .collect()
}

#[test]
fn charon_tells_threads_apart_and_ties_keys_to_spis() {
    let log = keylog::read(CHARON);
    assert_eq!(log.formats, [Format::Charon]);
    let cut = LineErrorKind::Length { need: 16, have: 6 };
    assert_eq!(errors(&log), [(7, "SK_d", cut)]);
    let [keys] = ikev2(&log)[..] else { panic!() };
    assert_eq!(keys.spi_i, Some([0x11; 8]));
    assert_eq!(keys.spi_r, Some([0x22; 8]));
    assert_eq!(keys.encryption, Some(Encryption::ENCR_AES_CBC));
    assert_eq!(keys.prf, Some(Prf::PRF_HMAC_SHA2_256));
    assert!(is(keys.skeyseed.as_ref(), 0x5e, 16));
    assert_eq!(keys.sk_er.as_ref().map(Secret::len), Some(32));
    assert_eq!(exchanges(&log)[0].spi_r, Some([0x22; 8]));
    let [of_initiator, of_responder] = sas(&log)[..] else {
        panic!()
    };
    assert_eq!(of_initiator.spi, Some(0xc000_0002));
    assert!(is(Some(&of_initiator.encryption_key), 1, 16));
    assert!(is(Some(&of_initiator.authentication_key), 3, 20));
    assert_eq!(of_initiator.source.unwrap().to_string(), "192.0.2.10/32");
    assert_eq!(of_initiator.extended_sequence, Some(false));
    assert_eq!(of_responder.spi, Some(0xc000_0001));
    assert!(is(Some(&of_responder.encryption_key), 2, 16));
}

#[test]
fn pluto_new_and_old() {
    let log = keylog::read(PLUTO);
    assert_eq!(log.formats, [Format::Pluto]);
    let short = LineErrorKind::Length { need: 20, have: 2 };
    assert_eq!(errors(&log), [(4, "SK_ar", short)]);
    let [keys] = ikev2(&log)[..] else { panic!() };
    assert!(is(keys.sk_ei.as_ref(), 1, 16) && is(keys.sk_er.as_ref(), 2, 16));
    assert!(is(keys.sk_ai.as_ref(), 3, 20) && is(keys.sk_ar.as_ref(), 4, 20));
    let [keys] = ikev1(&log)[..] else { panic!() };
    assert_eq!(keys.cookie_i.unwrap()[..2], [0x77, 0xdd]);
    assert_eq!(keys.cookie_r.unwrap()[..2], [0xd8, 0xb9]);
    assert!(is(keys.skeyid_e.as_ref(), 5, 20));
    assert!(is(keys.key.as_ref(), 6, 16));
    assert_eq!(keys.iv.as_deref(), Some(&[7; 16][..]));
}

#[test]
fn pluto_dumps_salts_and_keys_of_esp() {
    let log = keylog::read(PLUTO_GCM);
    let no_salt = LineErrorKind::NoSalt { need: 4 };
    assert_eq!(errors(&log), [(21, "SK_ei", no_salt)]);
    let [keys, other] = ikev2(&log)[..] else {
        panic!()
    };
    let with_salt = |byte, salt| [vec![byte; 16], vec![salt; 4]].concat();
    assert!(keys.sk_ei.as_ref().unwrap().ct_eq(&with_salt(1, 0x5e)));
    assert!(keys.sk_er.as_ref().unwrap().ct_eq(&with_salt(2, 0x5f)));
    assert!(is(keys.sk_pi.as_ref(), 10, 20));
    assert!(is(other.sk_ei.as_ref(), 1, 16) && other.sk_pi.is_none());
    let [one, two] = sas(&log)[..] else { panic!() };
    assert_eq!((one.spi, one.extended_sequence), (None, Some(true)));
    assert_eq!(one.encryption, [Encryption::ENCR_AES_GCM_16]);
    assert!(is(Some(&one.encryption_key), 4, 20) && is(Some(&two.encryption_key), 3, 20));
}

#[test]
fn mikrotik_writes_racoons_lines_behind_its_topics() {
    let log = keylog::read(MIKROTIK);
    let cut = LineErrorKind::Length { need: 16, have: 8 };
    assert_eq!(errors(&log), [(24, "SK_er", cut)]);
    let [v1] = ikev1(&log)[..] else { panic!() };
    assert_eq!(v1.cookie_i.unwrap()[..2], [0x77, 0xdd]);
    assert_eq!(
        (v1.cookie_r, v1.encryption),
        (None, Some(Encryption::ENCR_AES_CBC))
    );
    assert!(is(v1.skeyid_e.as_ref(), 5, 20) && is(v1.key.as_ref(), 6, 16));
    assert_eq!(v1.iv.as_deref(), Some(&[7; 16][..]));
    let [of_v1, of_v2] = exchanges(&log)[..] else {
        panic!()
    };
    assert!(is(of_v1.shared.as_ref(), 11, 24) && is(of_v2.shared.as_ref(), 13, 8));
    assert_eq!((of_v1.spi_i, of_v2.spi_r), (v1.cookie_i, Some([0x22; 8])));
    let [v2] = ikev2(&log)[..] else { panic!() };
    assert_eq!(v2.spi_i, Some([0x11; 8]));
    assert!(is(v2.skeyseed.as_ref(), 0x5e, 16) && is(v2.sk_ei.as_ref(), 1, 16));
}

#[test]
fn openiked_prints_keys_below_their_names() {
    let log = keylog::read(OPENIKED);
    assert_eq!(log.formats, [Format::OpenIked]);
    let cut = LineErrorKind::Length { need: 16, have: 5 };
    let hidden = LineErrorKind::Hidden;
    assert_eq!(errors(&log), [(16, "SK_er", cut), (18, "keys", hidden)]);
    let [keys] = ikev2(&log)[..] else { panic!() };
    assert_eq!((keys.spi_i, keys.spi_r), (Some([0x11; 8]), Some([0x22; 8])));
    assert_eq!(keys.prf, Some(Prf::PRF_HMAC_SHA1));
    assert!(is(keys.sk_ai.as_ref(), 3, 20) && is(keys.sk_ei.as_ref(), 1, 16));
    assert!(is(exchanges(&log)[0].shared.as_ref(), 11, 24));
}

/// The end of a file that was cut in the middle of a line swallows nothing of
/// what follows, and what stands before it stays.
#[test]
fn cut_files_leave_their_neighbours_alone() {
    let before = "fedcba9876543210,00112233445566778899aabbccddeeff\n";
    let after = "\nfedcba9876543211,00112233445566778899aabbccddeeff\n\
                 src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x0badcafe reqid 1 mode tunnel\n\
                 \tenc cbc(aes) 0x000102030405060708090a0b0c0d0e0f\n\
                 ffffffff 11[IKE] <x|1> done\n";
    for file in LINES {
        for cut in (0..=file.len()).step_by(3) {
            let all = [before.as_bytes(), &file[..cut], after.as_bytes()].concat();
            let log = keylog::read(&all);
            let lines = all.split(|byte| *byte == b'\n').count();
            let found = |line| log.entries.iter().any(|entry| entry.line == line);
            assert!(found(1), "{cut}: {log:?}");
            assert!(found(lines - 5), "{cut}: {log:?}");
            assert!(found(lines - 4) || found(lines - 3), "{cut}: {log:?}");
        }
    }
}

#[test]
fn kernels() {
    let log = keylog::read(IP_XFRM);
    assert_eq!(log.formats, [Format::IpXfrm]);
    let short = LineErrorKind::Length { need: 20, have: 4 };
    assert_eq!(
        errors(&log),
        [(19, "aead", LineErrorKind::Hidden), (22, "aead", short)]
    );
    let [esp, ah, gcm] = sas(&log)[..] else {
        panic!("{log:?}")
    };
    assert_eq!(esp.mode, Some(SaMode::Tunnel));
    assert_eq!(esp.authentication.icv(), 12);
    assert_eq!(esp.extended_sequence, Some(true));
    assert_eq!(esp.encapsulation.unwrap().destination, 4501);
    assert_eq!(esp.selector.unwrap().1.to_string(), "10.2.0.0/24");
    assert_eq!(ah.protocol, SaProtocol::Ah);
    assert_eq!(
        (ah.spi, ah.mode),
        (Some(0x0100_0000), Some(SaMode::Transport))
    );
    assert_eq!(gcm.encryption, [Encryption::ENCR_AES_GCM_8]);

    let log = keylog::read(SETKEY);
    assert_eq!(
        (&log.formats[..], errors(&log)),
        (&[Format::Setkey][..], vec![])
    );
    let [esp] = sas(&log)[..] else { panic!() };
    assert_eq!(esp.spi, Some(0xc000_0002));
    assert!(is(Some(&esp.authentication_key), 3, 20));
}

#[test]
fn fortios_tunnels_and_debug() {
    let log = keylog::read(FORTIOS);
    assert_eq!(log.formats, [Format::FortiOs]);
    let short = LineErrorKind::Length { need: 20, have: 16 };
    let hidden = LineErrorKind::Hidden;
    assert_eq!(errors(&log), [(12, "ah", short), (19, "esp", hidden)]);
    let [inbound, gcm, unnamed] = sas(&log)[..] else {
        panic!("{log:?}")
    };
    assert_eq!(inbound.extended_sequence, Some(false));
    assert_eq!(gcm.encryption[0], Encryption::ENCR_AES_GCM_16);
    assert_eq!(gcm.extended_sequence, Some(true));
    assert_eq!(inbound.spi, Some(0xc000_0001));
    assert_eq!(inbound.source.unwrap().to_string(), "198.51.100.20/32");
    assert_eq!(unnamed.encryption, [Encryption::ENCR_AES_CBC]);
    assert_eq!(unnamed.authentication.icv(), 12);
    assert!(is(ikev1(&log)[0].key.as_ref(), 6, 16));
    let [keys] = ikev2(&log)[..] else { panic!() };
    assert!(is(keys.sk_ei.as_ref(), 1, 16) && is(keys.sk_er.as_ref(), 2, 16));
}

#[test]
fn racoon_exchange_and_keys() {
    let log = keylog::read(RACOON);
    assert_eq!(log.formats, [Format::Racoon]);
    assert_eq!(errors(&log), []);
    let [exchange] = exchanges(&log)[..] else {
        panic!()
    };
    assert!(is(exchange.private.as_ref(), 9, 32));
    assert!(is(exchange.shared.as_ref(), 11, 24));
    assert_eq!(exchange.public.as_deref(), Some(&[10; 8][..]));
    let [keys] = ikev1(&log)[..] else { panic!() };
    assert!(is(keys.skeyid.as_ref(), 12, 20));
    assert_eq!(keys.encryption, Some(Encryption::ENCR_3DES));
    assert_eq!(keys.prf, Some(Prf::PRF_HMAC_SHA1));
    assert_eq!(keys.key.as_ref().map(Secret::len), Some(24));
    assert_eq!(keys.iv.as_deref(), Some(&[7; 8][..]));
    assert_eq!(keys.cookie_r.unwrap()[0], 0xd8);
}

#[test]
fn pre_shared_keys() {
    let log =
        keylog::read(b"192.0.2.10 198.51.100.20 : PSK \"s3cret\"\n: PSK 0x0102\n%any : PSK \"x\n");
    assert_eq!(errors(&log), [(3, "PSK", LineErrorKind::Quotes)]);
    let [Keys::Psk(one), Keys::Psk(two)] = [&log.entries[0].keys, &log.entries[1].keys] else {
        panic!()
    };
    assert_eq!(one.identity.as_deref(), Some("192.0.2.10 198.51.100.20"));
    assert!(one.key.ct_eq(b"s3cret") && two.key.ct_eq(&[1, 2]));
}

/// All forms in one file: nothing of one disturbs another.
fn mixture() -> Vec<u8> {
    let table = b"0123456789abcdef,00112233445566778899aabbccddeeff\n";
    let psk = b": PSK \"quote \\ and \xc3\xa4\"\n";
    LINES
        .iter()
        .copied()
        .chain([&table[..], psk])
        .collect::<Vec<_>>()
        .concat()
}

#[test]
fn one_file_may_hold_all_forms() {
    let whole = keylog::read(&mixture());
    assert_eq!(whole.formats.len(), 9, "{:?}", whole.formats);
    let mut merged = 0;
    let alone: usize = ALL
        .iter()
        .map(|file| keylog::read(file).entries.len())
        .sum();
    // The same SA in several files with the same or other keys.
    for error in &whole.errors {
        merged += usize::from(matches!(error.kind, LineErrorKind::Contradicts { .. }));
    }
    assert!(merged > 0 && whole.entries.len() <= alone + 2);
}

#[test]
fn windows_line_ends_and_marks_change_nothing() {
    for file in ALL {
        let text = String::from_utf8_lossy(file).replace('\n', "\r\n");
        let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        let (plain, marked) = (keylog::read(file), keylog::read(&marked));
        assert_eq!(plain.entries.len(), marked.entries.len());
        assert_eq!(plain.errors, marked.errors);
    }
}

#[test]
fn contradictions_are_said_and_repetitions_are_not() {
    let line = |key: &str| format!("0123456789abcdef,{}\n", key.repeat(16));
    let log = keylog::read((line("aa") + &line("aa") + &line("bb")).as_bytes());
    assert_eq!(log.entries.len(), 2);
    let kind = LineErrorKind::Contradicts { line: 1 };
    assert_eq!(errors(&log), [(3, "", kind)]);
}

#[test]
fn what_is_no_key_file_is_said_once() {
    let log = keylog::read(b"hello\nworld\n");
    assert_eq!(errors(&log), [(1, "", LineErrorKind::Unrecognized)]);
    assert!(keylog::read(b"").errors.is_empty());
    let log = keylog::read(b"CLIENT_RANDOM 00 00\n");
    assert_eq!(log.entries.len(), 0);
}

#[test]
fn long_lines_and_long_files_are_bounded() {
    for byte in *b"0a|, \"[{:" {
        let mut file = vec![byte; 10 << 20];
        file.extend_from_slice(b"\n0123456789abcdef,00112233445566778899aabbccddeeff\n");
        let log = keylog::read(&file);
        let kind = LineErrorKind::TooLong { limit: LINE_MAX };
        if byte != b'{' {
            assert_eq!(errors(&log), [(1, "", kind)]);
            assert_eq!(log.entries.len(), 1);
        }
    }
    let mut line = vec![b'0'; LINE_MAX + 1];
    assert_eq!(keylog::read(&line).errors.len(), 1);
    line.truncate(LINE_MAX);
    assert_eq!(
        errors(&keylog::read(&line)),
        [(1, "", LineErrorKind::Unrecognized)]
    );
    // Threads, SAs, dumps without end.
    let mut log = String::new();
    for n in 0..40_000 {
        log += &format!(
            "{:02}[IKE] <c|{n}> Sk_d secret => 4000000000 bytes @ 0x0\n",
            n % 10_000
        );
    }
    assert!(keylog::read(log.as_bytes()).errors.len() <= 1_000);
}

#[test]
fn no_key_in_errors_nor_debug() {
    let markers = ["5ec2e75ec2e7", "5E C2 E7 5E C2 E7", "5ec2e75e c2e75ec2"];
    let spoil = |file: &[u8], pattern: &str, marker: &str| {
        String::from_utf8_lossy(file).replace(pattern, marker)
    };
    for file in ALL {
        for (pattern, marker) in [
            ("010101010101", markers[0]),
            ("020202020202", markers[0]),
            ("01 01 01 01 01 01", markers[1]),
            ("0b0b0b0b 0b0b0b0b", markers[2]),
            ("1 bytes", "5ec2e75ec2e7"),
        ] {
            let whole = spoil(file, pattern, marker);
            for text in [
                whole.clone(),
                whole.replace("e7", "e"),
                whole.replace("c2", "cz"),
            ] {
                let log = keylog::read(text.as_bytes());
                let mut shown = format!("{log:?}{log:#?}");
                for error in &log.errors {
                    shown += &error.to_string();
                }
                let shown = shown.to_lowercase().replace(' ', "");
                for needle in ["5ec2e7", "94,194,231", "5ecze7", "0x5e,"] {
                    assert!(!shown.contains(needle), "{needle}");
                }
            }
        }
    }
}

fn entry_count(log: &KeyLog, keep: impl Fn(&Entry) -> bool) -> usize {
    log.entries.iter().filter(|entry| keep(entry)).count()
}

#[test]
fn tables_that_are_written_are_read_again() {
    let log = keylog::read(&mixture());
    let tables = keylog::dangerous_wireshark(&log);
    let all = [&tables.ikev1[..], &tables.ikev2, &tables.esp_sa].concat();
    let again = keylog::read(all.as_bytes());
    let only_contradictions = |kind| matches!(kind, LineErrorKind::Contradicts { .. });
    assert!(
        again
            .errors
            .iter()
            .all(|error| only_contradictions(error.kind))
    );
    let keys = entry_count(&log, |_| true);
    assert_eq!(again.entries.len() + tables.left_out.len(), keys);
    assert_eq!(format!("{tables:?}").find("0123456789abcdef"), None);
}

#[cfg(feature = "serde")]
mod json {
    use super::*;

    const SCHEMA: &str = include_str!("../schema/keylog.schema.json");

    #[test]
    fn what_is_written_fits_the_schema_and_is_read_again() {
        let log = keylog::read(&mixture());
        let text = keylog::dangerous_json(&log);
        let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let schema = jsonschema::validator_for(&schema).unwrap();
        let faults: Vec<_> = schema.iter_errors(&value).map(|e| e.to_string()).collect();
        assert_eq!(faults, [""; 0]);
        let again = keylog::read(text.as_bytes());
        assert_eq!(again.formats, [Format::Json]);
        assert_eq!(again.entries.len(), log.entries.len());
        assert_eq!(*keylog::dangerous_json(&again), *text);
    }

    #[test]
    fn lists_give_what_each_entry_has_and_keep_what_contradicts() {
        let log = keylog::read(LISTS);
        assert_eq!(log.formats, [Format::JsonLists]);
        use LineErrorKind as K;
        assert_eq!(
            errors(&log),
            [
                (16, "", K::Contradicts { line: 3 }),
                (25, "sk_pi", K::NotHex),
                (25, "SK_ei", K::NoSalt { need: 4 }),
                (36, "spi_i", K::Length { need: 8, have: 1 }),
                (36, "sk_ei", K::Missing),
                (56, "encr_key", K::Length { need: 16, have: 2 }),
            ]
        );
        let [of_a, of_b] = ikev1(&log)[..] else {
            panic!()
        };
        assert_eq!(
            (of_a.cookie_i, of_a.cookie_r),
            (of_b.cookie_i, of_b.cookie_r)
        );
        assert!(is(of_a.skeyid.as_ref(), 12, 20) && is(of_b.skeyid.as_ref(), 13, 20));
        assert_eq!(of_a.encryption, Some(Encryption::ENCR_AES_CBC));
        assert_eq!(of_a.prf, Some(Prf::PRF_HMAC_SHA1));
        assert_eq!(of_a.iv.as_deref(), Some(&[7; 16][..]));
        let [exchange] = exchanges(&log)[..] else {
            panic!()
        };
        assert!(is(exchange.shared.as_ref(), 11, 8));
        assert_eq!(exchange.spi_i, of_a.cookie_i);
        assert_eq!(exchange.group.map(|group| group.0), Some(14));
        let [gcm] = ikev2(&log)[..] else { panic!() };
        assert!(is(gcm.skeyseed.as_ref(), 0x5e, 16) && is(gcm.sk_ei.as_ref(), 1, 16));
        let [ccm, aes, ah] = sas(&log)[..] else {
            panic!()
        };
        assert_eq!(ccm.encryption, [Encryption::ENCR_AES_CCM_8]);
        assert_eq!(ccm.extended_sequence, Some(true));
        assert_eq!(ccm.encapsulation.unwrap().destination, 4501);
        assert_eq!(aes.encryption, [Encryption::ENCR_AES_CBC]);
        assert_eq!(
            (aes.authentication.icv(), aes.extended_sequence),
            (12, None)
        );
        assert_eq!((ah.protocol, ah.authentication.icv()), (SaProtocol::Ah, 16));
    }

    #[test]
    fn other_objects_are_no_key_files() {
        for file in [
            &b"{\"a\": [{\"type\": \"psk\", \"key\": \"0102\"}]}"[..],
            b"{\"proto\": 50, \"spi\": \"c0000001\"}\n{\"proto\": 50}\n",
            b"{\"x\": {\"ike\": [{\"version\": 2, \"sk_ei\": \"00\"}]}",
        ] {
            let log = keylog::read(file);
            assert_eq!(errors(&log), [(1, "", LineErrorKind::Unrecognized)]);
            assert!(log.entries.is_empty() && log.formats.is_empty());
        }
    }

    #[test]
    fn a_spoilt_object_does_not_take_the_others_away() {
        let file = br#"{"schema": "ipsec-core keylog 1", "keys": [
            {"type": "psk", "key": "0102"},
            {"type": "psk", "key": "010"},
            {"type": "psk", "key": 5},
            {"type": "sausage"},
            {"type": "ikev1", "cookie_i": "0123456789abcdef"},
            {"type": "ikev2", "spi_i": "01", "sk_ei": "00"},
            {"type": "esp", "encryption": "ENCR_AES_CBC", "encryption_key": "0102"},
            {"type": "esp", "spi": "0x1001", "icv_length": 12},
            {"type": "psk", "key": "03"#;
        let log = keylog::read(file);
        use LineErrorKind as K;
        assert_eq!(
            errors(&log),
            [
                (3, "key", K::NotHex),
                (4, "key", K::Malformed),
                (5, "type", K::Malformed),
                (6, "key", K::Missing),
                (7, "spi_i", K::Length { need: 8, have: 1 }),
                (8, "encryption_key", K::Length { need: 16, have: 2 }),
                (10, "", K::Cut),
            ]
        );
        assert_eq!(log.entries.len(), 2);
    }

    proptest! {
        #[test]
        fn no_object_panics(text in "(\\{|\\}|\"|:|,|\\[|\\]|type|psk|esp|key|0x|[0-9a-f]{2}|\\\\){0,60}") {
            let _ = keylog::read(format!("{{\"{text}").as_bytes());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_bytes_panic(file in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = keylog::read(&file);
    }

    /// In pieces of any length it is the same file.
    #[test]
    fn pieces_make_the_file(which in 0..ALL.len(), len in 1..200_usize, blanks in 0..5_000_usize) {
        let file = [vec![b' '; blanks], ALL[which].to_vec()].concat();
        let mut reader = KeyReader::default();
        for piece in file.chunks(len) {
            reader.push(piece);
        }
        let (whole, pieces) = (keylog::read(&file), reader.finish());
        prop_assert_eq!(&whole.errors, &pieces.errors);
        prop_assert_eq!(&whole.formats, &pieces.formats);
        let (whole, pieces) = (keylog::dangerous_json(&whole), keylog::dangerous_json(&pieces));
        prop_assert_eq!(&*whole, &*pieces);
    }

    /// Cut anywhere, one byte changed.
    #[test]
    fn no_spoilt_file_panics(at in any::<prop::sample::Index>(), which in 0..ALL.len(), cut in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut file = ALL[which].to_vec();
        let index = at.index(file.len());
        file[index] = byte;
        file.truncate(cut.index(file.len()) + 1);
        let log = keylog::read(&file);
        let lines = file.split(|byte| *byte == b'\n').count();
        prop_assert!(log.errors.iter().all(|error| (1..=lines).contains(&error.line)));
        #[cfg(feature = "serde")]
        written_and_read_again(&log);
    }
}

/// JSON holds all; a line of the tables may be that of several entries.
#[cfg(feature = "serde")]
fn written_and_read_again(log: &KeyLog) {
    let text = keylog::dangerous_json(log);
    let again = keylog::read(text.as_bytes());
    assert_eq!(again.entries.len(), log.entries.len());
    assert_eq!(*keylog::dangerous_json(&again), *text);
    let tables = |log: &KeyLog| {
        let tables = keylog::dangerous_wireshark(log);
        let text = [&tables.ikev1[..], &tables.ikev2, &tables.esp_sa].concat();
        let lines: std::collections::BTreeSet<_> = text.lines().map(String::from).collect();
        (text, lines, tables.left_out.len())
    };
    let (text, lines, left_out) = tables(log);
    assert_eq!(text.lines().count() + left_out, log.entries.len());
    let again = tables(&keylog::read(text.as_bytes()));
    assert_eq!((again.1, again.2), (lines, 0));
}
