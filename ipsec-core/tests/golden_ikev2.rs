//! The IKEv2 key schedule against what daemons printed and against the keys
//! that opened their packets.
#![cfg(feature = "rustcrypto")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod support;

use ipsec_core::crypto::{Prf, Secret, rustcrypto};
use ipsec_core::keymat::auth::{self, SignedOctets};
use ipsec_core::keymat::ikev2::{self, ChildKeys, IkeKeys};
use ipsec_core::keymat::{KeySizes, Nonces, Spis};
use serde_json::Value;
use support::golden::{self, Golden, body, hex, secret};

#[derive(Debug, Default)]
struct Count {
    ike_sas: usize,
    auth_octets: usize,
    auth_by_shared_key: usize,
    child_seeds: usize,
    of_these_with_pfs: usize,
    child_sas: usize,
    /// Whose IKE SA's SK_d nobody printed.
    child_sas_without_sk_d: usize,
}

#[test]
fn the_project_s_own() {
    let count = check(&golden::own());
    assert_eq!((count.ike_sas, count.auth_octets), (2, 4), "{count:?}");
    assert_eq!(
        (count.child_sas, count.of_these_with_pfs),
        (6, 1),
        "{count:?}"
    );
}

#[test]
fn all_captures() {
    let all = golden::all();
    let count = check(&all);
    println!("{} captures: {count:?}", all.len());
    if !all.is_empty() {
        assert_eq!((count.ike_sas, count.child_sas), (78, 136));
        assert_eq!((count.auth_octets, count.auth_by_shared_key), (280, 221));
        assert_eq!(count.child_seeds, 135);
    }
}

fn check(captures: &[Golden]) -> Count {
    let mut count = Count::default();
    for golden in captures {
        ike_sas(golden, &mut count);
        for trace in &golden.traces {
            authentication(golden, trace, &mut count);
        }
        children(golden, &mut count);
    }
    count
}

/// Every SA whose shared secret is known: SKEYSEED and the seven keys.
fn ike_sas(golden: &Golden, count: &mut Count) {
    for (number, sa) in golden.ike.iter().enumerate() {
        if sa["version"] != 2 || sa["shared_secret"].is_null() {
            continue;
        }
        let title = format!("{}, IKE SA {number}", golden.name);
        let prf = negotiated(sa);
        let shared = secret(sa, "shared_secret");
        let spis = Spis {
            i: hex(sa, "spi_i").try_into().unwrap(),
            r: hex(sa, "spi_r").try_into().unwrap(),
        };
        let (i, r) = init_nonces(golden, spis).unwrap();
        let nonces = Nonces { i: &i, r: &r };
        let seed = ikev2::skeyseed(prf, nonces, &shared);
        expect(&title, sa, "skeyseed", &seed);
        let sizes = KeySizes {
            encr: hex(sa, "sk_ei").len(),
            integ: hex(sa, "sk_ai").len(),
        };
        let keys = IkeKeys::expand(prf, &seed, nonces, spis, sizes).unwrap();
        for (name, key) in [
            ("sk_d", &keys.sk_d),
            ("sk_ai", &keys.sk_ai),
            ("sk_ar", &keys.sk_ar),
            ("sk_ei", &keys.sk_ei),
            ("sk_er", &keys.sk_er),
            ("sk_pi", &keys.sk_pi),
            ("sk_pr", &keys.sk_pr),
        ] {
            mixed_or_not(golden, &title, sa, name, key, prf);
        }
        count.ike_sas += 1;
    }
}

/// With a post-quantum preshared key three keys are printed mixed.
fn mixed_or_not(golden: &Golden, title: &str, sa: &Value, name: &str, key: &Secret, prf: &dyn Prf) {
    let changed = ["sk_d", "sk_pi", "sk_pr"].contains(&name);
    if golden.name != "v2-ppk" || !changed {
        return expect(title, sa, name, key);
    }
    let is_mixed = golden.secrets.iter().any(|ppk| {
        let mixed = ikev2::prf_plus(prf, ppk, &[key.dangerous_bytes()], key.len());
        mixed.unwrap().ct_eq(&hex(sa, name))
    });
    assert!(is_mixed, "{title}: {name} with a PPK");
}

/// The nonces of the `IKE_SA_INIT` with these SPIs.
fn init_nonces(golden: &Golden, spis: Spis) -> Option<(Vec<u8>, Vec<u8>)> {
    const NONCE: u8 = 40;
    let of = |spi_r: [u8; 8]| {
        let mut init = golden
            .messages
            .iter()
            .filter(|m| m[18] == 34 && m[..8] == spis.i && m[8..16] == spi_r);
        init.next_back()
            .and_then(|m| body(m, NONCE))
            .map(<[u8]>::to_vec)
    };
    // With a first request that was refused (cookie, group) the last counts.
    Some((of([0; 8])?, of(spis.r)?))
}

/// charon prints, for each AUTH it makes or checks, identity, SK_p, octets,
/// and with a shared key the secret, the padded key and the value.
fn authentication(golden: &Golden, trace: &[(String, Vec<u8>)], count: &mut Count) {
    let (mut id, mut sk_p) = (&[][..], &[][..]);
    let (mut octets, mut shared, mut padded) = (&[][..], &[][..], &[][..]);
    for (label, value) in trace {
        match label.as_str() {
            "IDx'" => id = value,
            "SK_p" => sk_p = value,
            "secret" => shared = value,
            "prf(secret, keypad)" => padded = value,
            label if label.starts_with("octets") => octets = value,
            _ => {}
        }
        let is_octets = label.starts_with("octets");
        let is_auth = label.starts_with("AUTH = prf(");
        if !is_octets && !is_auth {
            continue;
        }
        let prf = by_output(sk_p.len());
        let sk_p = Secret::new(sk_p.to_vec());
        let end = u32::from_be_bytes(octets[24..28].try_into().unwrap()) as usize;
        let nonce = &octets[end..octets.len() - prf.output_len()];
        let ours = SignedOctets::new(prf, &octets[..end], nonce, &sk_p, id, None);
        if is_octets {
            ours.with_parts(|parts| assert_eq!(parts.concat(), octets, "{}", golden.name));
            count.auth_octets += 1;
        } else {
            let shared = Secret::new(shared.to_vec());
            assert!(
                auth::padded_key(prf, &shared).ct_eq(padded),
                "{}",
                golden.name
            );
            assert!(
                ours.shared_key_auth(prf, &shared).ct_eq(value),
                "{}",
                golden.name
            );
            count.auth_by_shared_key += 1;
        }
    }
}

/// charon prints the seed of every KEYMAT; the keys are those that opened the
/// packets.
fn children(golden: &Golden, count: &mut Count) {
    let sas: Vec<_> = golden
        .ike
        .iter()
        .filter(|sa| !sa["sk_d"].is_null())
        .collect();
    let mut found = vec![false; golden.esp.len()];
    for trace in &golden.traces {
        for (_, seed) in trace.iter().filter(|(label, _)| label == "seed") {
            count.child_seeds += 1;
            let (shared, nonces) = seed.split_at(seed.len() - 64);
            let (i, r) = nonces.split_at(32);
            let with_pfs = [&Secret::new(shared.to_vec())];
            let shared = if shared.is_empty() {
                &[][..]
            } else {
                &with_pfs
            };
            count.of_these_with_pfs += shared.len();
            for sa in &sas {
                let (prf, sk_d) = (negotiated(sa), secret(sa, "sk_d"));
                for (found, esp) in found.iter_mut().zip(&golden.esp) {
                    let (encr, integ) = (hex(esp, "encr_key"), hex(esp, "integ_key"));
                    let sizes = KeySizes {
                        encr: encr.len(),
                        integ: integ.len(),
                    };
                    let nonces = Nonces { i, r };
                    let keys = ChildKeys::derive(prf, &sk_d, nonces, shared, sizes).unwrap();
                    *found |= [keys.initiator, keys.responder]
                        .iter()
                        .any(|keys| keys.encr.ct_eq(&encr) && keys.integ.ct_eq(&integ));
                }
            }
        }
    }
    count.child_sas += found.iter().filter(|found| **found).count();
    let has_seeds = golden
        .traces
        .iter()
        .flatten()
        .any(|(label, _)| label == "seed");
    if has_seeds && sas.is_empty() {
        count.child_sas_without_sk_d += found.len();
    } else if has_seeds {
        let title = &golden.name;
        assert!(found.iter().all(|found| *found), "{title}: {found:?}");
    }
}

/// The prf, by the length of what it gives: all of these SAs have an HMAC.
fn negotiated(sa: &Value) -> &'static dyn Prf {
    by_output(hex(sa, "skeyseed").len())
}

fn by_output(len: usize) -> &'static dyn Prf {
    let prfs = rustcrypto::provider().prfs.iter();
    let mut hmacs = prfs.filter(|prf| prf.ikev1().is_some() && prf.output_len() == len);
    *hmacs.next().unwrap()
}

fn expect(title: &str, sa: &Value, name: &str, key: &Secret) {
    assert!(key.ct_eq(&hex(sa, name)), "{title}: {name}");
}
