//! The key schedule of IKEv2.
//!
//! RFC 7296 §2.13 (`prf+`), §2.14 (`SKEYSEED`, `SK_*`), §2.17 (child SAs),
//! §2.18 (rekeyed IKE SAs); RFC 9370 §2.2.2, §2.2.4 (several key exchanges);
//! RFC 8784 §3 (post-quantum preshared keys); RFC 5723 §5.1 (resumption). What
//! AUTH payloads are computed over is in [`super::auth`].
//!
//! An IKE SA gets its keys in two steps: a `SKEYSEED`, from one of the
//! functions here that say where it comes from, and [`IkeKeys::expand`].

use super::keys::{KeySizes, Material, Nonces, SaKeys, Spis, TooMuch};
use crate::crypto::{Prf, Secret};
use alloc::vec::Vec;

/// The keys of an IKE SA (RFC 7296 §2.14).
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "the seven keys of the RFC")]
pub struct IkeKeys {
    /// Derives the keys of child SAs and of the SA that replaces this one.
    pub sk_d: Secret,
    /// Integrity of the initiator's messages; empty with an AEAD cipher.
    pub sk_ai: Secret,
    /// Integrity of the responder's messages; empty with an AEAD cipher.
    pub sk_ar: Secret,
    /// Encryption of the initiator's messages, the salt behind it.
    pub sk_ei: Secret,
    /// Encryption of the responder's messages, the salt behind it.
    pub sk_er: Secret,
    /// Binds the initiator's identity into its AUTH payload.
    pub sk_pi: Secret,
    /// Binds the responder's identity into its AUTH payload.
    pub sk_pr: Secret,
}

impl IkeKeys {
    /// The keys that `skeyseed` gives, with the SPIs of the new SA and the
    /// nonces of the exchange that created it: `IKE_SA_INIT`, resumption or
    /// rekeying, but not `IKE_INTERMEDIATE`, which has none.
    ///
    /// `prf` is the new SA's; `sizes` are those of one direction.
    ///
    /// # Errors
    ///
    /// [`TooMuch`] for sizes that no suite has.
    ///
    /// ```
    /// # #[cfg(feature = "rustcrypto")] {
    /// use ipsec_core::crypto::{Secret, rustcrypto};
    /// use ipsec_core::keymat::{KeySizes, Nonces, Spis, ikev2};
    /// use ipsec_core::wire::registry::ike;
    /// # let Some(prf) = rustcrypto::provider().prf(ike::Prf::PRF_HMAC_SHA2_256) else { return };
    /// let (nonces, spis) = (Nonces { i: &[1; 32], r: &[2; 32] }, Spis { i: [3; 8], r: [4; 8] });
    /// let shared = Secret::new(vec![5; 32]); // g^ir
    /// let seed = ikev2::skeyseed(prf, nonces, &shared);
    /// let sizes = KeySizes { encr: 36, integ: 0 }; // AES-GCM with 256 bits
    /// let keys = ikev2::IkeKeys::expand(prf, &seed, nonces, spis, sizes).unwrap();
    /// assert_eq!((keys.sk_d.len(), keys.sk_ai.len(), keys.sk_ei.len()), (32, 0, 36));
    /// # }
    /// ```
    pub fn expand(
        prf: &dyn Prf,
        skeyseed: &Secret,
        nonces: Nonces<'_>,
        spis: Spis,
        sizes: KeySizes,
    ) -> Result<Self, TooMuch> {
        let own = prf.key_len();
        let len = own
            .saturating_mul(3)
            .saturating_add(sizes.total().saturating_mul(2));
        let seed = [nonces.i, nonces.r, &spis.i, &spis.r];
        let material = prf_plus(prf, skeyseed.dangerous_bytes(), &seed, len)?;
        let mut material = Material::new(&material);
        Ok(Self {
            sk_d: material.take(own),
            sk_ai: material.take(sizes.integ),
            sk_ar: material.take(sizes.integ),
            sk_ei: material.take(sizes.encr),
            sk_er: material.take(sizes.encr),
            sk_pi: material.take(own),
            sk_pr: material.take(own),
        })
    }

    /// The three keys that a post-quantum preshared key changes (RFC 8784 §3).
    ///
    /// These stay as they are, because the `NO_PPK_AUTH` notification needs
    /// them and the responder may decline: [`IkeKeys::adopt`] puts the mixed
    /// ones in their place.
    ///
    /// # Errors
    ///
    /// [`TooMuch`] for keys that no prf has.
    pub fn mix_ppk(&self, prf: &dyn Prf, ppk: &Secret) -> Result<MixedKeys, TooMuch> {
        let mix = |key: &Secret| {
            let seed = [key.dangerous_bytes()];
            prf_plus(prf, ppk.dangerous_bytes(), &seed, key.len())
        };
        Ok(MixedKeys {
            sk_d: mix(&self.sk_d)?,
            sk_pi: mix(&self.sk_pi)?,
            sk_pr: mix(&self.sk_pr)?,
        })
    }

    /// Goes on with the keys that a preshared key was mixed into.
    pub fn adopt(&mut self, mixed: MixedKeys) {
        let MixedKeys { sk_d, sk_pi, sk_pr } = mixed;
        (self.sk_d, self.sk_pi, self.sk_pr) = (sk_d, sk_pi, sk_pr);
    }
}

/// The keys of an IKE SA that a post-quantum preshared key was mixed into.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "the three keys of the RFC")]
pub struct MixedKeys {
    /// In place of [`IkeKeys::sk_d`].
    pub sk_d: Secret,
    /// In place of [`IkeKeys::sk_pi`].
    pub sk_pi: Secret,
    /// In place of [`IkeKeys::sk_pr`].
    pub sk_pr: Secret,
}

/// `SKEYSEED` of a first IKE SA: `prf(Ni | Nr, g^ir)` (RFC 7296 §2.14).
///
/// `shared` is `g^ir` as the wire pads it. A prf with keys of one length takes
/// half of its key from the beginning of each nonce.
#[must_use]
pub fn skeyseed(prf: &dyn Prf, nonces: Nonces<'_>, shared: &Secret) -> Secret {
    let share = |nonce: &mut &[u8]| {
        if let Some(len) = prf.fixed_key_len() {
            *nonce = nonce.get(..len / 2).unwrap_or(nonce);
        }
    };
    let Nonces { mut i, mut r } = nonces;
    share(&mut i);
    share(&mut r);
    prf.compute(&[i, r].concat(), &[shared.dangerous_bytes()])
}

/// `SKEYSEED(n)` after the `n`-th `IKE_INTERMEDIATE` exchange that brought a
/// shared secret (RFC 9370 §2.2.2). `sk_d` is the last one, `nonces` are those
/// of `IKE_SA_INIT`, and so are the SPIs for [`IkeKeys::expand`].
#[must_use]
pub fn skeyseed_intermediate(
    prf: &dyn Prf,
    sk_d: &Secret,
    nonces: Nonces<'_>,
    shared: &Secret,
) -> Secret {
    skeyseed_rekeyed(prf, sk_d, nonces, &[shared])
}

/// `SKEYSEED` of an IKE SA that replaces another: `prf` and `sk_d` are the old
/// SA's, `nonces` and `shared` those of the exchange (RFC 7296 §2.18).
///
/// `shared` has one secret for each key exchange, in their order: that of
/// `CREATE_CHILD_SA`, then those of `IKE_FOLLOWUP_KE` (RFC 9370 §2.2.4).
#[must_use]
pub fn skeyseed_rekeyed(
    prf: &dyn Prf,
    sk_d: &Secret,
    nonces: Nonces<'_>,
    shared: &[&Secret],
) -> Secret {
    prf.compute(sk_d.dangerous_bytes(), &fresh(nonces, shared))
}

/// `SKEYSEED` of a resumed IKE SA, from the prf and the `SK_d` of its ticket
/// (RFC 5723 §5.1).
#[must_use]
pub fn skeyseed_resumed(prf: &dyn Prf, sk_d: &Secret, nonces: Nonces<'_>) -> Secret {
    prf.compute(sk_d.dangerous_bytes(), &[b"Resumption", nonces.i, nonces.r])
}

/// The keys of a pair of child SAs (RFC 7296 §2.17).
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "a child SA has two directions")]
pub struct ChildKeys {
    /// Of the SA that the exchange's initiator sends with.
    pub initiator: SaKeys,
    /// Of the SA that the exchange's responder sends with.
    pub responder: SaKeys,
}

impl ChildKeys {
    /// The keys of the pair that an exchange with these `nonces` created.
    ///
    /// `shared` is empty without PFS; else it has the secrets of the key
    /// exchanges in their order, as for [`skeyseed_rekeyed`]. The first pair,
    /// of `IKE_AUTH`, takes the nonces of `IKE_SA_INIT`.
    ///
    /// # Errors
    ///
    /// [`TooMuch`] for sizes that no suite has.
    pub fn derive(
        prf: &dyn Prf,
        sk_d: &Secret,
        nonces: Nonces<'_>,
        shared: &[&Secret],
        sizes: KeySizes,
    ) -> Result<Self, TooMuch> {
        let len = sizes.total().saturating_mul(2);
        let material = child_keymat(prf, sk_d, nonces, shared, len)?;
        let mut material = Material::new(&material);
        Ok(Self {
            initiator: SaKeys::cut(&mut material, sizes),
            responder: SaKeys::cut(&mut material, sizes),
        })
    }
}

/// `len` bytes of `KEYMAT`, whole: see [`ChildKeys::derive`].
///
/// # Errors
///
/// [`TooMuch`] beyond the end of `prf+`.
pub fn child_keymat(
    prf: &dyn Prf,
    sk_d: &Secret,
    nonces: Nonces<'_>,
    shared: &[&Secret],
    len: usize,
) -> Result<Secret, TooMuch> {
    prf_plus(prf, sk_d.dangerous_bytes(), &fresh(nonces, shared), len)
}

/// `len` bytes of `prf+(key, seed)`, the seed in parts (RFC 7296 §2.13).
///
/// # Errors
///
/// [`TooMuch`] beyond 255 rounds: the counter is one byte.
pub fn prf_plus(prf: &dyn Prf, key: &[u8], seed: &[&[u8]], len: usize) -> Result<Secret, TooMuch> {
    let most = prf.output_len().saturating_mul(ROUNDS_MAX);
    if len > most {
        return Err(TooMuch { wanted: len, most });
    }
    // One allocation: a vector that grows would leave its keys behind.
    let mut material = Vec::with_capacity(len);
    let mut last = Secret::new(Vec::new());
    for round in 1..=u8::MAX {
        let missing = len.saturating_sub(material.len());
        if missing == 0 {
            break;
        }
        let counter = [round];
        let mut parts = Vec::with_capacity(seed.len().saturating_add(2));
        parts.push(last.dangerous_bytes());
        parts.extend_from_slice(seed);
        parts.push(&counter);
        last = prf.compute(key, &parts);
        material.extend(last.dangerous_bytes().iter().take(missing));
    }
    Ok(Secret::new(material))
}

/// What is new in an exchange: SK(0) | Ni | Nr | SK(1) | … | SK(n).
fn fresh<'a>(nonces: Nonces<'a>, shared: &[&'a Secret]) -> Vec<&'a [u8]> {
    let (first, more) = shared.split_at(shared.len().min(1));
    let bytes = |secret: &&'a Secret| secret.dangerous_bytes();
    let mut parts: Vec<_> = first.iter().map(bytes).collect();
    parts.extend([nonces.i, nonces.r]);
    parts.extend(more.iter().map(bytes));
    parts
}

/// Rounds of `prf+`, which counts them in one byte.
const ROUNDS_MAX: usize = 255;

#[cfg(feature = "rustcrypto")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::rustcrypto::provider;
    use crate::wire::registry::ike;
    use alloc::format;

    const NI: [u8; 32] = [0x11; 32];
    const NR: [u8; 32] = [0x22; 32];
    const NONCES: Nonces<'static> = Nonces { i: &NI, r: &NR };
    const SPIS: Spis = Spis {
        i: [3; 8],
        r: [4; 8],
    };
    const SIZES: KeySizes = KeySizes {
        encr: 32,
        integ: 32,
    };

    fn sha256() -> &'static dyn Prf {
        provider().prf(ike::Prf::PRF_HMAC_SHA2_256).unwrap()
    }

    fn secret(byte: u8) -> Secret {
        Secret::new(alloc::vec![byte; 32])
    }

    /// prf+ (K, S) = T1 | T2 | …, T1 = prf (K, S | 0x01), T2 = prf (K, T1 | S | 0x02)
    #[test]
    fn prf_plus_counts_its_rounds() {
        let prf = sha256();
        let one = prf.compute(&[7], &[b"seed", &[1]]);
        let two = prf.compute(&[7], &[one.dangerous_bytes(), b"seed", &[2]]);
        let whole = [one.dangerous_bytes(), two.dangerous_bytes()].concat();
        for len in [0, 1, 31, 32, 33, 64] {
            let material = prf_plus(prf, &[7], &[b"se", b"ed"], len).unwrap();
            assert!(material.ct_eq(&whole[..len]), "{len}");
        }
    }

    #[test]
    fn prf_plus_ends_after_255_rounds() {
        let prf = sha256();
        let most = prf_plus(prf, &[7], &[], 255 * 32).unwrap();
        assert_eq!(most.len(), 255 * 32);
        let beyond = prf_plus(prf, &[7], &[], 255 * 32 + 1).unwrap_err();
        assert_eq!((beyond.wanted, beyond.most), (8161, 8160));
        let sizes = KeySizes {
            encr: usize::MAX,
            integ: 1,
        };
        assert!(IkeKeys::expand(prf, &secret(5), NONCES, SPIS, sizes).is_err());
        assert!(ChildKeys::derive(prf, &secret(5), NONCES, &[], sizes).is_err());
    }

    /// RFC 7296 §2.14: AES-XCBC and AES-CMAC take 64 bits of each nonce.
    #[test]
    fn fixed_keys_take_half_from_each_nonce() {
        for id in [ike::Prf::PRF_AES128_XCBC, ike::Prf::PRF_AES128_CMAC] {
            let prf = provider().prf(id).unwrap();
            let key = [[0x11; 8], [0x22; 8]].concat();
            let expected = prf.compute(&key, &[&[5; 32]]);
            let seed = skeyseed(prf, NONCES, &secret(5));
            assert!(seed.ct_eq(expected.dangerous_bytes()), "{prf:?}");
            let short = Nonces { i: &[1], r: &[] };
            let _ = skeyseed(prf, short, &secret(5));
            let keys = IkeKeys::expand(prf, &seed, NONCES, SPIS, SIZES).unwrap();
            assert_eq!((keys.sk_d.len(), keys.sk_pr.len()), (16, 16));
        }
    }

    /// RFC 9370 §2.2.4: SK(0) | Ni | Nr | SK(1) | … SK(n)
    #[test]
    fn several_key_exchanges_stand_around_the_nonces() {
        let (prf, sk_d) = (sha256(), secret(9));
        let shared = [secret(0xa0), secret(0xa1), secret(0xa2)];
        let fresh = [&[0xa0; 32][..], &NI, &NR, &[0xa1; 32], &[0xa2; 32]].concat();
        let all: Vec<_> = shared.iter().collect();

        let expected = prf.compute(sk_d.dangerous_bytes(), &[&fresh]);
        let seed = skeyseed_rekeyed(prf, &sk_d, NONCES, &all);
        assert!(seed.ct_eq(expected.dangerous_bytes()));

        let expected = prf_plus(prf, sk_d.dangerous_bytes(), &[&fresh], 100).unwrap();
        let keymat = child_keymat(prf, &sk_d, NONCES, &all, 100).unwrap();
        assert!(keymat.ct_eq(expected.dangerous_bytes()));
    }

    /// RFC 9370 §2.2.2: SKEYSEED(n) = prf(SK_d(n-1), SK(n) | Ni | Nr)
    #[test]
    fn intermediate_exchanges_chain_sk_d() {
        let (prf, shared) = (sha256(), secret(0xa1));
        let first = skeyseed(prf, NONCES, &secret(0xa0));
        let first = IkeKeys::expand(prf, &first, NONCES, SPIS, SIZES).unwrap();
        let fresh = [&[0xa1; 32][..], &NI, &NR].concat();
        let expected = prf.compute(first.sk_d.dangerous_bytes(), &[&fresh]);
        let second = skeyseed_intermediate(prf, &first.sk_d, NONCES, &shared);
        assert!(second.ct_eq(expected.dangerous_bytes()));
    }

    /// RFC 5723 §5.1: SKEYSEED = prf(SK_d_old, "Resumption" | Ni | Nr)
    #[test]
    fn resumption_names_itself() {
        let (prf, sk_d) = (sha256(), secret(9));
        let seed = [&b"Resumption"[..], &NI, &NR].concat();
        let expected = prf.compute(sk_d.dangerous_bytes(), &[&seed]);
        let seed = skeyseed_resumed(prf, &sk_d, NONCES);
        assert!(seed.ct_eq(expected.dangerous_bytes()));
    }

    /// RFC 8784 §3: where prf+ needs one round, SK_d = prf (PPK, SK_d' | 0x01)
    #[test]
    fn a_ppk_changes_three_keys() {
        let (prf, ppk) = (sha256(), Secret::new(b"quantum".to_vec()));
        let mut keys = IkeKeys::expand(prf, &secret(5), NONCES, SPIS, SIZES).unwrap();
        let of = |key: &Secret| prf.compute(b"quantum", &[key.dangerous_bytes(), &[1]]);
        let (sk_d, sk_pi, sk_pr) = (of(&keys.sk_d), of(&keys.sk_pi), of(&keys.sk_pr));
        let kept = keys.sk_ei.dangerous_bytes().to_vec();
        let mixed = keys.mix_ppk(prf, &ppk).unwrap();
        keys.adopt(mixed);
        assert!(keys.sk_d.ct_eq(sk_d.dangerous_bytes()));
        assert!(keys.sk_pi.ct_eq(sk_pi.dangerous_bytes()));
        assert!(keys.sk_pr.ct_eq(sk_pr.dangerous_bytes()));
        assert!(keys.sk_ei.ct_eq(&kept));
    }

    #[test]
    fn debug_shows_lengths_alone() {
        let keys = IkeKeys::expand(sha256(), &secret(5), NONCES, SPIS, SIZES).unwrap();
        let shown = format!("{keys:?}");
        assert_eq!(shown.matches("Secret(32 bytes)").count(), 7, "{shown}");
    }
}
