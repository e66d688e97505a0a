//! The project's own captures, from which every message opens.

use crate::{keyring, open, own};
use ipsec_core::capture::Keyring;
use ipsec_core::crypto::{Secret, rustcrypto};
use ipsec_core::evidence::{Proven, Unsealing, Verdict};
use ipsec_core::keylog::{Keys, Psk};
use std::fs;

const IDENTITY: Proven = Proven::Identity;
const SIGNATURE: Proven = Proven::IdentitySignature;
const QUICK_MODE: [Proven; 3] = [Proven::Hash(1), Proven::Hash(2), Proven::Hash(3)];

/// What is proven message by message, all of which must hold.
fn proven(name: &str, keyring: Keyring) -> Vec<(bool, Proven)> {
    let file = fs::read(own(name).join("wire.pcap")).unwrap();
    let (seen, counts) = open(&file, keyring);
    assert_eq!((counts.ike.failed, counts.ike.no_key), (0, 0));
    assert_eq!((counts.esp.failed, counts.esp.no_key), (0, 0));
    assert!(counts.esp.opened > 0, "keys of ESP follow");
    let states = seen.iter().filter_map(|message| message.state);
    assert!(states.into_iter().all(|state| state == Unsealing::Verified));
    let proofs = seen.iter().flat_map(|message| &message.proofs);
    proofs
        .map(|proof| {
            assert_eq!(proof.verdict, Verdict::Holds, "{proof:?}");
            (proof.by_initiator, proof.of)
        })
        .collect()
}

#[test]
fn main_mode_with_all_keys() {
    let keyring = keyring(&own("v1-main-psk").join("keys.json"), |keys| {
        matches!(keys, Keys::Ikev1(_))
    });
    let proven = proven("v1-main-psk", keyring);
    assert_eq!(proven[..2], [(true, IDENTITY), (false, IDENTITY)]);
    let quick: Vec<_> = proven[2..5].iter().map(|(_, of)| *of).collect();
    assert_eq!(quick, QUICK_MODE);
}

#[test]
fn main_mode_with_a_shared_secret_and_candidates() {
    let mut keyring = keyring(&own("v1-main-psk").join("keys.json"), |keys| {
        matches!(keys, Keys::KeyExchange(_))
    });
    for psk in ["wrong horse battery", "correct horse battery"] {
        let psk = Secret::new(psk.as_bytes().to_vec());
        keyring.add_psk(Psk::for_anyone(psk));
    }
    let proven = proven("v1-main-psk", keyring.clone());
    assert_eq!(proven[..2], [(true, IDENTITY), (false, IDENTITY)]);
    let file = fs::read(own("v1-main-psk").join("wire.pcap")).unwrap();
    let (seen, _) = open(&file, keyring);
    let tried = seen
        .iter()
        .find_map(|message| message.proofs[0].tried.clone());
    let tried = tried.unwrap();
    assert_eq!(tried.candidates, 2);
    assert_eq!(tried.fits.as_deref(), Some("candidate 2"));
}

#[test]
fn no_candidate_fits() {
    let mut keyring = keyring(&own("v1-main-psk").join("keys.json"), |keys| {
        matches!(keys, Keys::KeyExchange(_))
    });
    for psk in 0..3_u8 {
        keyring.add_psk(Psk::for_anyone(Secret::new(vec![psk])));
    }
    let file = fs::read(own("v1-main-psk").join("wire.pcap")).unwrap();
    let (seen, counts) = open(&file, keyring);
    assert_eq!(counts.ike.opened, 0);
    let proof = &seen[0].proofs[0];
    assert_eq!(
        (proof.of, &proof.verdict),
        (Proven::PresharedKey, &Verdict::Fails)
    );
    assert_eq!(proof.tried.as_ref().unwrap().candidates, 3);
    assert_eq!(proof.tried.as_ref().unwrap().fits, None);
}

/// Which pre-shared key a log's SKEYID was made from.
#[test]
fn candidates_for_a_known_skeyid() {
    let mut keyring = keyring(&own("v1-main-psk").join("keys.json"), |keys| {
        matches!(keys, Keys::Ikev1(_))
    });
    keyring.add_psk(Psk::for_anyone(Secret::new(
        b"correct horse battery".to_vec(),
    )));
    let proven = proven("v1-main-psk", keyring);
    assert_eq!(
        proven[..2],
        [(true, IDENTITY), (true, Proven::PresharedKey)]
    );
}

/// Everything that HASH_I covers is decrypted, so the key of the cipher is
/// enough to check a pre-shared key.
#[test]
fn candidates_without_skeyid() {
    let folder = own("v1-main-psk");
    let keys: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.join("keys.json")).unwrap()).unwrap();
    let text = |name: &str| keys["ike"][0][name].as_str().unwrap().to_owned();
    let table = format!("{},{}\n", text("spi_i"), text("Ka"));
    let mut keyring = Keyring::new(rustcrypto::provider());
    keyring.add(ipsec_core::keylog::read(table.as_bytes()));
    let file = fs::read(folder.join("wire.pcap")).unwrap();
    let (seen, counts) = open(&file, keyring.clone());
    assert_eq!((counts.ike.failed, counts.ike.no_key), (0, 0));
    assert!(
        seen.iter()
            .all(|message| message.state == Some(Unsealing::Unchecked))
    );
    assert!(seen.iter().all(|message| message.proofs.is_empty()));

    keyring.add_psk(Psk::for_anyone(Secret::new(b"wrong".to_vec())));
    let (seen, _) = open(&file, keyring.clone());
    assert_eq!(seen[0].proofs[0].verdict, Verdict::Fails);
    keyring.add_psk(Psk::for_anyone(Secret::new(
        b"correct horse battery".to_vec(),
    )));
    let (seen, _) = open(&file, keyring);
    assert_eq!(seen[0].proofs[0].verdict, Verdict::Holds);
}

#[test]
fn main_mode_with_signatures_needs_the_shared_secret_alone() {
    let keyring = keyring(&own("v1-main-rsa").join("keys.json"), |keys| {
        matches!(keys, Keys::KeyExchange(_))
    });
    let proven = proven("v1-main-rsa", keyring);
    assert_eq!(proven[..2], [(true, SIGNATURE), (false, SIGNATURE)]);
}

/// Keys whose log does not say for which SA they are.
#[test]
fn keys_without_cookies_are_tried() {
    let file = fs::read_to_string(own("v1-main-psk").join("keys.json")).unwrap();
    let mut keys: serde_json::Value = serde_json::from_str(&file).unwrap();
    let entry = keys["ike"][0].as_object_mut().unwrap();
    entry.retain(|name, _| !name.starts_with("spi"));
    let text = serde_json::to_string(&keys).unwrap();
    for name in ["v1-main-psk", "v1-main-rsa"] {
        let mut log = ipsec_core::keylog::read(text.as_bytes());
        log.entries
            .retain(|entry| matches!(entry.keys, Keys::Ikev1(_)));
        let mut keyring = Keyring::new(rustcrypto::provider());
        keyring.add(log);
        let file = fs::read(own(name).join("wire.pcap")).unwrap();
        let (_, counts) = open(&file, keyring);
        assert_eq!(counts.ike.failed, 0, "nobody said that they are for it");
        assert_eq!(counts.ike.opened > 0, name == "v1-main-psk");
    }
}
