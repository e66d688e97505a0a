//! NIST's answers for the key derivation of IKEv1 and IKEv2 (SP 800-135),
//! those in `data/kdf` always, all of them where the shared vectors are.
#![cfg(feature = "rustcrypto")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

#[path = "support/hmac224.rs"]
mod hmac224;
mod support;

use hmac224::{HMAC_SHA2_224, SHA2_224};
use ipsec_core::crypto::{Hash, Prf, Secret, rustcrypto};
use ipsec_core::keymat::ikev1::{self, Phase1Keys};
use ipsec_core::keymat::{KeySizes, Nonces, Spis, ikev2};
use ipsec_core::wire::registry::isakmp;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use support::isakmp::unhex;

#[test]
fn the_project_s_own() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/kdf");
    let count = check_folder(&here);
    assert_eq!(count.ikev1, 15, "{count:?}");
    assert_eq!(count.ikev2, 5, "{count:?}");
}

#[test]
fn all_of_them() {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let root = std::env::var_os("IPSEC_SHARED").map_or_else(beside, PathBuf::from);
    let vectors = root.join("vectors");
    if !vectors.is_dir() {
        eprintln!("SKIPPED: no vectors in ../shared (IPSEC_SHARED names another place)");
        return;
    }
    let cavp = check_folder(&vectors.join("nist-cavp/x"));
    let nss = check_folder(&vectors.join("nss-ike"));
    println!("NIST CAVP: {cavp:?}, by way of NSS: {nss:?}; 0 failed, 0 skipped");
    assert_eq!((cavp.ikev1, cavp.ikev2), (840, 280));
    assert_eq!((nss.ikev1, nss.ikev2), (3400, 900));
}

#[derive(Debug, Default)]
struct Count {
    ikev1: usize,
    ikev2: usize,
    values: usize,
}

/// Runs every case of every file there; a case that differs fails the test.
fn check_folder(folder: &Path) -> Count {
    let mut count = Count::default();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ext| ext == "md") {
            continue;
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let cases = read(&fs::read_to_string(&path).unwrap());
        for case in &cases {
            if name == "ikev2" {
                count.values += case.ikev2();
                count.ikev2 += 1;
            } else {
                count.values += case.ikev1(&name);
                count.ikev1 += 1;
            }
        }
    }
    count
}

struct Case {
    /// File and group, for complaints.
    title: String,
    hash: String,
    values: BTreeMap<String, Vec<u8>>,
}

/// Reads `[SHA-1]`, `[… length = n]` and `name = hex` lines; every `COUNT`
/// begins a case.
fn read(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut hash = String::new();
    for line in text.lines().map(str::trim) {
        let name = line.strip_prefix("[SHA-").and_then(|l| l.strip_suffix(']'));
        if let Some(name) = name {
            hash = name.to_owned();
        }
        let Some((key, value)) = line.split_once(" = ") else {
            continue;
        };
        match key {
            _ if line.starts_with(['[', '#']) => {}
            "COUNT" => cases.push(Case {
                title: format!("SHA-{hash}, case {value}"),
                hash: hash.clone(),
                values: BTreeMap::new(),
            }),
            _ => {
                let case = cases.last_mut().unwrap();
                case.values.insert(key.to_owned(), unhex(value));
            }
        }
    }
    cases
}

impl Case {
    fn functions(&self) -> (&'static dyn Prf, &'static dyn Hash) {
        let id = match self.hash.as_str() {
            "1" => isakmp::Hash::SHA,
            "256" => isakmp::Hash::SHA2_256,
            "384" => isakmp::Hash::SHA2_384,
            "512" => isakmp::Hash::SHA2_512,
            // Registered for neither version, but the answers are there.
            "224" => return (&HMAC_SHA2_224, &SHA2_224),
            other => panic!("SHA-{other}?"),
        };
        let provider = rustcrypto::provider();
        (
            provider.ikev1_prf(id).unwrap(),
            provider.ikev1_hash(id).unwrap(),
        )
    }

    fn ikev1(&self, method: &str) -> usize {
        let (prf, hash) = self.functions();
        let (nonces, shared) = (self.nonces(), self.secret("g^xy"));
        let cookies = Spis {
            i: self.value("CKY_I").try_into().unwrap(),
            r: self.value("CKY_R").try_into().unwrap(),
        };
        let skeyid = match method {
            "ikev1_psk" => ikev1::skeyid_psk(prf, &self.secret("pre-shared-key"), nonces),
            "ikev1_dsa" => ikev1::skeyid_signature(prf, nonces, &shared),
            "ikev1_pke" => ikev1::skeyid_encryption(prf, hash, nonces, cookies),
            other => panic!("{other}?"),
        };
        let keys = Phase1Keys::derive(prf, skeyid, &shared, cookies);
        self.expect("SKEYID", &keys.skeyid);
        self.expect("SKEYID_d", &keys.skeyid_d);
        self.expect("SKEYID_a", &keys.skeyid_a);
        self.expect("SKEYID_e", &keys.skeyid_e);
        4
    }

    fn ikev2(&self) -> usize {
        let (prf, _) = self.functions();
        let (nonces, shared) = (self.nonces(), self.secret("g^ir"));
        let spis = Spis {
            i: self.value("SPIi").try_into().unwrap(),
            r: self.value("SPIr").try_into().unwrap(),
        };
        let seed = ikev2::skeyseed(prf, nonces, &shared);
        self.expect("SKEYSEED", &seed);

        let dkm = self.value("DKM");
        let whole = [nonces.i, nonces.r, &spis.i, &spis.r];
        let whole = ikev2::prf_plus(prf, seed.dangerous_bytes(), &whole, dkm.len()).unwrap();
        self.expect("DKM", &whole);
        // DKM begins with SK_d; whatever sizes the other keys have, they tile it.
        let sizes = KeySizes {
            encr: 20,
            integ: 12,
        };
        let keys = ikev2::IkeKeys::expand(prf, &seed, nonces, spis, sizes).unwrap();
        let tiles = [
            &keys.sk_d,
            &keys.sk_ai,
            &keys.sk_ar,
            &keys.sk_ei,
            &keys.sk_er,
            &keys.sk_pi,
            &keys.sk_pr,
        ];
        let tiles: Vec<_> = tiles
            .iter()
            .flat_map(|key| key.dangerous_bytes().to_vec())
            .collect();
        let both = tiles.len().min(dkm.len());
        assert_eq!(tiles[..both], dkm[..both], "{}: keys", self.title);

        let (new, len) = (self.secret("g^ir (new)"), self.value("DKM(Child SA)").len());
        let child =
            |shared: &[&Secret]| ikev2::child_keymat(prf, &keys.sk_d, nonces, shared, len).unwrap();
        self.expect("DKM(Child SA)", &child(&[]));
        self.expect("DKM(Child SA D-H)", &child(&[&new]));
        let rekeyed = ikev2::skeyseed_rekeyed(prf, &keys.sk_d, nonces, &[&new]);
        self.expect("SKEYSEED(Rekey)", &rekeyed);
        6
    }

    fn nonces(&self) -> Nonces<'_> {
        Nonces {
            i: self.value("Ni"),
            r: self.value("Nr"),
        }
    }

    fn value(&self, name: &str) -> &[u8] {
        let value = self.values.get(name);
        value.unwrap_or_else(|| panic!("{}: no {name}", self.title))
    }

    fn secret(&self, name: &str) -> Secret {
        Secret::new(self.value(name).to_vec())
    }

    fn expect(&self, name: &str, secret: &Secret) {
        assert!(secret.ct_eq(self.value(name)), "{}: {name}", self.title);
    }
}
