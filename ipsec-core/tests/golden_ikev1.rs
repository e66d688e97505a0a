//! The IKEv1 key schedule against what daemons printed and against the keys
//! that opened their packets: nothing but the shared secret (or the preshared
//! key) and the capture goes in.
#![cfg(feature = "rustcrypto")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may stop at the first surprise, and says what it counted"
)]

mod support;

use ipsec_core::crypto::{CipherKey, Hash, Prf, Secret, rustcrypto, suite};
use ipsec_core::keymat::ikev1::{self, Basis, Phase1Exchange, Phase1Keys, QuickMode};
use ipsec_core::keymat::iv::{Iv, IvChains};
use ipsec_core::keymat::{KeySizes, Nonces, Spis};
use ipsec_core::wire::registry::isakmp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use support::golden::{self, Golden, body, hex, payloads, secret};

const SA: u8 = 1;
const KE: u8 = 4;
const HASH: u8 = 8;
const NONCE: u8 = 10;

#[derive(Debug, Default)]
struct Count {
    sas: usize,
    /// What SKEYID was made from.
    by_basis: BTreeMap<String, usize>,
    hash_i: usize,
    hash_r: usize,
    ivs: usize,
    /// Of phase 2, as printed.
    hashes: usize,
    decrypted: usize,
    hash_1: usize,
    hash_2: usize,
    hash_3: usize,
    esp_sas: usize,
    /// Whose quick mode had PFS: nobody printed its shared secret.
    esp_sas_with_unknown_secret: usize,
    of_these_beside_the_other_spi: usize,
    /// Printed values of SAs whose cookies or keys are not in `keys.json`.
    not_attributed: usize,
}

#[test]
fn the_project_s_own() {
    let count = check(&golden::own());
    assert_eq!((count.sas, count.esp_sas), (2, 4), "{count:?}");
    assert_eq!((count.hash_i, count.hash_r), (2, 2), "{count:?}");
    assert_eq!((count.ivs, count.hashes), (16, 10), "{count:?}");
    assert_eq!(count.not_attributed, 0, "{count:?}");
}

#[test]
fn all_captures() {
    let all = golden::all();
    let count = check(&all);
    println!("{} captures: {count:?}", all.len());
    if !all.is_empty() {
        assert_eq!((count.sas, count.esp_sas), (38, 46));
        assert_eq!((count.hash_i, count.hash_r), (61, 55));
        assert_eq!((count.ivs, count.hashes), (498, 314));
        // A scan without cookies, messages that were lost before the capture,
        // and hashes that an impaired peer left out.
        assert_eq!(count.not_attributed, 10);
    }
}

fn check(captures: &[Golden]) -> Count {
    let mut count = Count::default();
    for golden in captures {
        capture(golden, &mut count);
    }
    count
}

/// One ISAKMP SA, as the wire and its shared secret give it.
struct Sa<'a> {
    entry: &'a Value,
    prf: &'static dyn Prf,
    hash: &'static dyn Hash,
    cookies: Spis,
    messages: Vec<&'a [u8]>,
    keys: Phase1Keys,
}

/// A quick mode as far as it was seen.
#[derive(Default)]
struct Quick {
    nonces: Vec<Vec<u8>>,
    has_pfs: bool,
}

/// By message ID.
type QuickModes = BTreeMap<u32, Quick>;

fn capture(golden: &Golden, count: &mut Count) {
    let entries = golden.ike.iter().filter(|sa| sa["version"] == 1);
    let (known, unknown): (Vec<_>, Vec<_>) = entries.partition(|sa| !hex(sa, "spi_i").is_empty());
    count.not_attributed += unknown.len();
    let mut quick = QuickModes::new();
    let (mut ivs, mut hashes) = (BTreeSet::new(), BTreeSet::new());
    let mut sas = Vec::new();
    for entry in known {
        let sa = phase_1(golden, entry, count);
        decrypt(golden, &sa, &mut quick, &mut ivs, &mut hashes, count);
        sas.push(sa);
    }
    for (end, trace) in ["a", "b"].iter().zip(&golden.traces) {
        for sa in &sas {
            let other = sas
                .iter()
                .any(|s| s.cookies == sa.cookies && s.entry["from"] == *end);
            if sa.entry["from"] == *end || !other {
                phase_1_hashes(sa, trace, count);
            }
        }
    }
    printed(golden, &ivs, &hashes, count);
    children(golden, &sas, &quick, count);
}

/// SKEYID, SKEYID_d, _a, _e and Ka from the capture and the shared secret.
fn phase_1<'a>(golden: &'a Golden, entry: &'a Value, count: &mut Count) -> Sa<'a> {
    let title = format!("{}, ISAKMP SA {}", golden.name, entry["spi_i"]);
    let cookies = Spis {
        i: hex(entry, "spi_i").try_into().unwrap(),
        r: hex(entry, "spi_r").try_into().unwrap(),
    };
    let ours =
        |m: &&Vec<u8>| m[..8] == cookies.i && [[0; 8], cookies.r].iter().any(|r| m[8..16] == *r);
    let messages: Vec<&[u8]> = golden
        .messages
        .iter()
        .filter(ours)
        .map(|m| &m[..])
        .collect();
    let (prf, hash) = functions(hex(entry, "SKEYID").len());
    let nonces = in_clear(&messages, NONCE);
    assert_eq!(nonces.len(), 2, "{title}: nonces in clear");
    let nonces = Nonces {
        i: nonces[0],
        r: nonces[1],
    };
    let shared = secret(entry, "shared_secret");

    let basis = Basis::of(auth_method(in_clear(&messages, SA)[1])).unwrap();
    let skeyid = match basis {
        Basis::PresharedKey => {
            let of = |psk: &Vec<u8>| ikev1::skeyid_psk(prf, &Secret::new(psk.clone()), nonces);
            let mut all = golden.secrets.iter().map(of);
            let found = all.find(|skeyid| skeyid.ct_eq(&hex(entry, "SKEYID")));
            found.unwrap_or_else(|| panic!("{title}: no preshared key gives SKEYID"))
        }
        Basis::Signature => ikev1::skeyid_signature(prf, nonces, &shared),
        Basis::PublicKeyEncryption => panic!("{title}: no capture has it"),
    };
    let keys = Phase1Keys::derive(prf, skeyid, &shared, cookies);
    let ka = ikev1::encryption_key(prf, &keys.skeyid_e, hex(entry, "Ka").len());
    for (name, key) in [
        ("SKEYID", &keys.skeyid),
        ("SKEYID_d", &keys.skeyid_d),
        ("SKEYID_a", &keys.skeyid_a),
        ("SKEYID_e", &keys.skeyid_e),
        ("Ka", &ka),
    ] {
        assert!(key.ct_eq(&hex(entry, name)), "{title}: {name}");
    }
    count.sas += 1;
    *count.by_basis.entry(format!("{basis:?}")).or_default() += 1;
    Sa {
        entry,
        prf,
        hash,
        cookies,
        messages,
        keys,
    }
}

/// Follows the IV chains through all messages, opens them, and recomputes the
/// hash in each.
fn decrypt(
    golden: &Golden,
    sa: &Sa<'_>,
    quick: &mut QuickModes,
    ivs: &mut BTreeSet<(u32, Vec<u8>)>,
    hashes: &mut BTreeSet<Vec<u8>>,
    count: &mut Count,
) {
    let public = in_clear(&sa.messages, KE);
    let (cipher, block) = cipher(sa);
    let mut chains = IvChains::new(sa.hash, block, public[0], public[1]);
    assert_eq!(
        chains.next(0).as_bytes(),
        hex(sa.entry, "iv"),
        "{}",
        golden.name
    );
    for message in sa.messages.iter().filter(|m| m[19] & 1 == 1) {
        let id = u32::from_be_bytes(message[20..24].try_into().unwrap());
        let iv = chains.next(id);
        let mut text = message[28..].to_vec();
        let fits = text.len().is_multiple_of(block);
        assert!(fits && cipher.decrypt(iv.as_bytes(), &mut text).is_ok());
        ivs.insert((id, iv.as_bytes().to_vec()));
        let inner = payloads(message[16], &text);
        let end: usize = inner.iter().map(|(_, body)| body.len() + 4).sum();
        // The two ends of a mismatched pair do not open each other's.
        if inner.is_empty() || text.len() - end > block {
            continue;
        }
        count.decrypted += 1;
        chains.advance(id, &message[28..]).unwrap();
        ivs.insert((id, chains.next(id).as_bytes().to_vec()));
        if id != 0 && inner[0].0 == HASH {
            let hash = phase_2_hash(sa, message[18], id, &inner, &text, quick, count);
            let sent = inner[0].1;
            // An impaired peer omits or falsifies it.
            assert!(
                hash.ct_eq(sent) || golden.name.starts_with("impair"),
                "{}",
                golden.name
            );
            hashes.insert(hash.dangerous_bytes().to_vec());
        }
    }
}

fn phase_2_hash(
    sa: &Sa<'_>,
    exchange: u8,
    id: u32,
    inner: &[(u8, &[u8])],
    text: &[u8],
    quick: &mut QuickModes,
    count: &mut Count,
) -> Secret {
    const QUICK: u8 = 32;
    let end: usize = inner.iter().map(|(_, body)| body.len() + 4).sum();
    let rest = &text[4 + inner[0].1.len()..end];
    let (prf, skeyid_a) = (sa.prf, &sa.keys.skeyid_a);
    let mode = quick.entry(id).or_default();
    mode.has_pfs |= inner.iter().any(|(kind, _)| *kind == KE);
    let nonces = &mut mode.nonces;
    let own = inner.iter().find(|(kind, _)| *kind == NONCE);
    match (exchange, own, nonces.as_slice()) {
        (QUICK, None, [i, r]) => {
            count.hash_3 += 1;
            ikev1::hash_3(prf, skeyid_a, id, Nonces { i, r })
        }
        (QUICK, Some((_, nonce)), [i]) => {
            count.hash_2 += 1;
            let hash = ikev1::hash_2(prf, skeyid_a, id, i, rest);
            nonces.push(nonce.to_vec());
            hash
        }
        (_, own, _) => {
            count.hash_1 += 1;
            nonces.extend(own.map(|(_, nonce)| nonce.to_vec()));
            ikev1::hash_1(prf, skeyid_a, id, rest)
        }
    }
}

/// charon prints what HASH_I and HASH_R cover, and their values.
fn phase_1_hashes(sa: &Sa<'_>, trace: &[(String, Vec<u8>)], count: &mut Count) {
    let public = in_clear(&sa.messages, KE);
    let exchange = Phase1Exchange {
        gxi: public[0],
        gxr: public[1],
        cookies: sa.cookies,
        sai_b: in_clear(&sa.messages, SA)[0],
    };
    let Spis { i, r } = sa.cookies;
    let (gxi, gxr, sai_b) = (exchange.gxi, exchange.gxr, exchange.sai_b);
    let before_i = [gxi, gxr, &i, &r, sai_b].concat();
    let before_r = [gxr, gxi, &r, &i, sai_b].concat();
    let mut ids = (&[][..], &[][..]);
    for (label, value) in trace {
        match label.as_str() {
            "HASH_I data" => ids.0 = value.strip_prefix(&before_i[..]).unwrap_or_default(),
            "HASH_R data" => ids.1 = value.strip_prefix(&before_r[..]).unwrap_or_default(),
            "HASH_I" if !ids.0.is_empty() => {
                let hash = exchange.hash_i(sa.prf, &sa.keys.skeyid, ids.0);
                assert!(hash.ct_eq(value), "HASH_I");
                count.hash_i += 1;
            }
            "HASH_R" if !ids.1.is_empty() => {
                let hash = exchange.hash_r(sa.prf, &sa.keys.skeyid, ids.1);
                assert!(hash.ct_eq(value), "HASH_R");
                count.hash_r += 1;
            }
            _ => {}
        }
    }
}

/// Every IV and phase 2 hash that charon printed is one that was computed.
fn printed(
    golden: &Golden,
    ivs: &BTreeSet<(u32, Vec<u8>)>,
    hashes: &BTreeSet<Vec<u8>>,
    count: &mut Count,
) {
    for (label, value) in golden.traces.iter().flatten() {
        if let Some(id) = label.strip_prefix("next IV for MID ") {
            let key = (id.parse().unwrap(), value.clone());
            if ivs.contains(&key) {
                count.ivs += 1;
            } else {
                count.not_attributed += 1;
                println!(
                    "not attributed, {}: {label} {:?}",
                    golden.name,
                    Iv::new(value)
                );
            }
        } else if label.starts_with("Hash") {
            if hashes.contains(value) {
                count.hashes += 1;
            } else {
                count.not_attributed += 1;
                println!("not attributed, {}: {label}", golden.name);
            }
        }
    }
}

/// The keys that opened ESP packets are those of some quick mode.
fn children(golden: &Golden, sas: &[Sa<'_>], quick: &QuickModes, count: &mut Count) {
    if sas.is_empty() {
        return;
    }
    if quick.values().any(|mode| mode.has_pfs) {
        count.esp_sas_with_unknown_secret += golden.esp.len();
        return;
    }
    for esp in &golden.esp {
        let spi = |esp| u32::from_be_bytes(hex(esp, "spi").try_into().unwrap());
        let is_here = |spi| {
            sas.iter()
                .any(|sa| quick.values().any(|mode| gives(sa, mode, spi, esp)))
        };
        if !is_here(spi(esp)) {
            // Keys that no packet confirmed stand beside the other SPI where
            // the responder's log was the only one.
            let is_other = golden.esp.iter().any(|other| is_here(spi(other)));
            let known = esp["verified"] == false && is_other;
            assert!(known, "{}: SPI {:08x}", golden.name, spi(esp));
            count.of_these_beside_the_other_spi += 1;
        }
        count.esp_sas += 1;
    }
}

/// Whether this quick mode gives the SA with that SPI the keys of `esp`.
fn gives(sa: &Sa<'_>, mode: &Quick, spi: u32, esp: &Value) -> bool {
    let [i, r] = mode.nonces.as_slice() else {
        return false;
    };
    let sizes = KeySizes {
        encr: hex(esp, "encr_key").len(),
        integ: hex(esp, "integ_key").len(),
    };
    let mode = QuickMode {
        nonces: Nonces { i, r },
        shared: None,
    };
    let protocol = isakmp::ProtocolId::PROTO_IPSEC_ESP;
    let keys = mode.sa_keys(sa.prf, &sa.keys.skeyid_d, protocol, spi, sizes);
    keys.encr.ct_eq(&hex(esp, "encr_key")) && keys.integ.ct_eq(&hex(esp, "integ_key"))
}

/// The bodies of the payloads of this type in unencrypted phase 1 messages:
/// first the initiator's, then the responder's.
fn in_clear<'a>(messages: &[&'a [u8]], kind: u8) -> Vec<&'a [u8]> {
    let clear = messages
        .iter()
        .filter(|m| m[19] & 1 == 0 && m[20..24] == [0; 4]);
    clear.filter_map(|m| body(m, kind)).collect()
}

/// The method in the one transform that a responder's SA payload has.
fn auth_method(sa: &[u8]) -> isakmp::AuthMethod {
    const AUTHENTICATION_METHOD: [u8; 2] = [0x80, 3];
    let attributes = &sa[8 + 8 + 8..];
    let mut found = attributes
        .chunks(4)
        .filter(|a| a[..2] == AUTHENTICATION_METHOD);
    let attribute = found.next().unwrap();
    isakmp::AuthMethod(u16::from_be_bytes([attribute[2], attribute[3]]))
}

fn functions(len: usize) -> (&'static dyn Prf, &'static dyn Hash) {
    let id = match len {
        16 => isakmp::Hash::MD5,
        20 => isakmp::Hash::SHA,
        32 => isakmp::Hash::SHA2_256,
        other => panic!("a hash of {other} bytes"),
    };
    let provider = rustcrypto::provider();
    (
        provider.ikev1_prf(id).unwrap(),
        provider.ikev1_hash(id).unwrap(),
    )
}

fn cipher(sa: &Sa<'_>) -> (Box<dyn CipherKey>, usize) {
    let id = match sa.entry["proposal"].as_str().unwrap().split('/').next() {
        Some("3DES_CBC") => isakmp::Encryption::TRIPLE_DES_CBC,
        Some("AES_CBC_256") => isakmp::Encryption::AES_CBC,
        other => panic!("{other:?}"),
    };
    let sizes = suite::phase1_encryption(id).unwrap();
    let cipher = rustcrypto::provider().cipher(sizes).unwrap();
    (cipher.with_key(&hex(sa.entry, "Ka")).unwrap(), sizes.block)
}
