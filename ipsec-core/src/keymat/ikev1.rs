//! The key schedule of IKEv1: phase 1 and quick mode.
//!
//! RFC 2409 §5 (`SKEYID`, `HASH_I`, `HASH_R`), §5.5 (`HASH(1)` to `HASH(3)`,
//! `KEYMAT`), §5.6 (new group), §5.7 (informational), appendix B (long keys).
//! Initialization vectors are in [`super::iv`].

use super::keys::{KeySizes, Material, Nonces, SaKeys, Spis};
use crate::crypto::{Hash, Prf, Secret};
use crate::wire::registry::isakmp::{AuthMethod, ProtocolId};
use alloc::vec::Vec;

/// What `SKEYID` is made from: the authentication method decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the three formulas of the RFC")]
pub enum Basis {
    /// A preshared key: [`skeyid_psk`].
    PresharedKey,
    /// The Diffie-Hellman secret: [`skeyid_signature`].
    Signature,
    /// The nonces, which only the owners of the private keys could read:
    /// [`skeyid_encryption`].
    PublicKeyEncryption,
}

impl Basis {
    /// The basis of a negotiated method; hybrid authentication counts as
    /// signatures, XAUTH as the method it extends. `None` for other numbers.
    #[must_use]
    pub const fn of(method: AuthMethod) -> Option<Self> {
        Some(match method {
            AuthMethod::PRE_SHARED_KEY
            | AuthMethod::XAUTH_INIT_PRE_SHARED
            | AuthMethod::XAUTH_RESP_PRE_SHARED => Self::PresharedKey,
            AuthMethod::DSS_SIGNATURES
            | AuthMethod::RSA_SIGNATURES
            | AuthMethod::ECDSA_SIGNATURES
            | AuthMethod::ECDSA_256
            | AuthMethod::ECDSA_384
            | AuthMethod::ECDSA_521
            | AuthMethod::HYBRID_INIT_RSA
            | AuthMethod::HYBRID_RESP_RSA
            | AuthMethod::HYBRID_INIT_DSS
            | AuthMethod::HYBRID_RESP_DSS
            | AuthMethod::XAUTH_INIT_DSS
            | AuthMethod::XAUTH_RESP_DSS
            | AuthMethod::XAUTH_INIT_RSA
            | AuthMethod::XAUTH_RESP_RSA => Self::Signature,
            AuthMethod::RSA_ENCRYPTION
            | AuthMethod::RSA_REVISED_ENCRYPTION
            | AuthMethod::ELGAMAL_ENCRYPTION
            | AuthMethod::ELGAMAL_REVISED_ENCRYPTION
            | AuthMethod::XAUTH_INIT_RSA_ENCRYPTION
            | AuthMethod::XAUTH_RESP_RSA_ENCRYPTION
            | AuthMethod::XAUTH_INIT_RSA_REVISED_ENCRYPTION
            | AuthMethod::XAUTH_RESP_RSA_REVISED_ENCRYPTION => Self::PublicKeyEncryption,
            _ => return None,
        })
    }
}

/// `SKEYID` with a preshared key: `prf(psk, Ni_b | Nr_b)`.
#[must_use]
pub fn skeyid_psk(prf: &dyn Prf, psk: &Secret, nonces: Nonces<'_>) -> Secret {
    prf.compute(psk.dangerous_bytes(), &[nonces.i, nonces.r])
}

/// `SKEYID` with signatures: `prf(Ni_b | Nr_b, g^xy)`.
#[must_use]
pub fn skeyid_signature(prf: &dyn Prf, nonces: Nonces<'_>, shared: &Secret) -> Secret {
    let key = [nonces.i, nonces.r].concat();
    prf.compute(&key, &[shared.dangerous_bytes()])
}

/// `SKEYID` with public-key encryption, both forms of it:
/// `prf(hash(Ni_b | Nr_b), CKY-I | CKY-R)`. The nonces are the decrypted ones.
#[must_use]
pub fn skeyid_encryption(
    prf: &dyn Prf,
    hash: &dyn Hash,
    nonces: Nonces<'_>,
    cookies: Spis,
) -> Secret {
    let key = hash.digest(&[nonces.i, nonces.r]);
    prf.compute(key.as_bytes(), &[&cookies.i, &cookies.r])
}

/// The keys of an ISAKMP SA (RFC 2409 §5).
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "the four keys of the RFC")]
pub struct Phase1Keys {
    /// What both ends know; keys `HASH_I` and `HASH_R`.
    pub skeyid: Secret,
    /// Derives the keys of phase 2.
    pub skeyid_d: Secret,
    /// Authenticates phase 2 messages.
    pub skeyid_a: Secret,
    /// Encrypts: see [`encryption_key`].
    pub skeyid_e: Secret,
}

impl Phase1Keys {
    /// The keys that follow from `skeyid` and the Diffie-Hellman secret
    /// `g^xy`, as the wire pads it.
    #[must_use]
    pub fn derive(prf: &dyn Prf, skeyid: Secret, shared: &Secret, cookies: Spis) -> Self {
        let key = skeyid.dangerous_bytes();
        let next = |last: &[u8], number: u8| {
            let shared = shared.dangerous_bytes();
            prf.compute(key, &[last, shared, &cookies.i, &cookies.r, &[number]])
        };
        let skeyid_d = next(&[], 0);
        let skeyid_a = next(skeyid_d.dangerous_bytes(), 1);
        let skeyid_e = next(skeyid_a.dangerous_bytes(), 2);
        Self {
            skeyid,
            skeyid_d,
            skeyid_a,
            skeyid_e,
        }
    }
}

/// The key of the phase 1 cipher, `len` bytes: the beginning of `SKEYID_e`,
/// or where that is too short the keys `Ka` fed back from it (RFC 2409
/// appendix B).
///
/// Weak keys of DES are not skipped: one in 2^52 is weak.
#[must_use]
pub fn encryption_key(prf: &dyn Prf, skeyid_e: &Secret, len: usize) -> Secret {
    let key = skeyid_e.dangerous_bytes();
    match key.get(..len) {
        Some(enough) => Secret::new(enough.to_vec()),
        None => feed_back(prf, key, prf.compute(key, &[&[0]]), &[], len),
    }
}

/// What `HASH_I` and `HASH_R` cover beside an identity (RFC 2409 §5).
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "the parts of the RFC")]
pub struct Phase1Exchange<'a> {
    /// The initiator's public value, the body of its KE payload.
    pub gxi: &'a [u8],
    /// The responder's.
    pub gxr: &'a [u8],
    /// The cookies.
    pub cookies: Spis,
    /// The body of the initiator's SA payload, all that it offered.
    pub sai_b: &'a [u8],
}

impl Phase1Exchange<'_> {
    /// `HASH_I`, where `idii_b` is the body of the initiator's ID payload.
    ///
    /// It is sent as it is, or signed.
    #[must_use]
    pub fn hash_i(&self, prf: &dyn Prf, skeyid: &Secret, idii_b: &[u8]) -> Secret {
        let Spis { i, r } = &self.cookies;
        prf.compute(
            skeyid.dangerous_bytes(),
            &[self.gxi, self.gxr, i, r, self.sai_b, idii_b],
        )
    }

    /// `HASH_R`, where `idir_b` is the body of the responder's ID payload.
    ///
    /// In aggressive mode with a preshared key it can be checked without any
    /// other secret: everything it covers is on the wire.
    #[must_use]
    pub fn hash_r(&self, prf: &dyn Prf, skeyid: &Secret, idir_b: &[u8]) -> Secret {
        let Spis { i, r } = &self.cookies;
        prf.compute(
            skeyid.dangerous_bytes(),
            &[self.gxr, self.gxi, r, i, self.sai_b, idir_b],
        )
    }
}

/// `HASH(1)` of quick mode, and the only hash of informational, new group and
/// transaction exchanges: over the message ID and `rest`, the payloads behind
/// the HASH payload without the padding.
#[must_use]
pub fn hash_1(prf: &dyn Prf, skeyid_a: &Secret, message_id: u32, rest: &[u8]) -> Secret {
    let id = message_id.to_be_bytes();
    prf.compute(skeyid_a.dangerous_bytes(), &[&id, rest])
}

/// `HASH(2)`, of the responder's quick mode message: `ni_b` is the nonce of
/// the initiator's.
#[must_use]
pub fn hash_2(
    prf: &dyn Prf,
    skeyid_a: &Secret,
    message_id: u32,
    ni_b: &[u8],
    rest: &[u8],
) -> Secret {
    let id = message_id.to_be_bytes();
    prf.compute(skeyid_a.dangerous_bytes(), &[&id, ni_b, rest])
}

/// `HASH(3)`, of the message that ends a quick mode with these nonces.
#[must_use]
pub fn hash_3(prf: &dyn Prf, skeyid_a: &Secret, message_id: u32, nonces: Nonces<'_>) -> Secret {
    let id = message_id.to_be_bytes();
    prf.compute(skeyid_a.dangerous_bytes(), &[&[0], &id, nonces.i, nonces.r])
}

/// One quick mode, from which each of its SAs draws its own keys (RFC 2409
/// §5.5).
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "the parts of the RFC")]
pub struct QuickMode<'a> {
    /// The nonces of its messages.
    pub nonces: Nonces<'a>,
    /// The Diffie-Hellman secret of its own, where it has PFS.
    pub shared: Option<&'a Secret>,
}

impl QuickMode<'_> {
    /// The keys of the SA with this SPI, which is the receiver's: packets to
    /// the end that chose it are protected with them.
    #[must_use]
    pub fn sa_keys(
        &self,
        prf: &dyn Prf,
        skeyid_d: &Secret,
        protocol: ProtocolId,
        spi: u32,
        sizes: KeySizes,
    ) -> SaKeys {
        let keymat = self.keymat(prf, skeyid_d, protocol, spi, sizes.total());
        SaKeys::cut(&mut Material::new(&keymat), sizes)
    }

    /// `len` bytes of that SA's `KEYMAT`, whole.
    #[must_use]
    pub fn keymat(
        &self,
        prf: &dyn Prf,
        skeyid_d: &Secret,
        protocol: ProtocolId,
        spi: u32,
        len: usize,
    ) -> Secret {
        let key = skeyid_d.dangerous_bytes();
        let seed = [
            self.shared.map_or(&[][..], Secret::dangerous_bytes),
            &[protocol.0],
            &spi.to_be_bytes(),
            self.nonces.i,
            self.nonces.r,
        ];
        feed_back(prf, key, prf.compute(key, &seed), &seed, len)
    }
}

/// `len` bytes of K1 | K2 | …, each the prf of the one before it and `seed`.
fn feed_back(prf: &dyn Prf, key: &[u8], first: Secret, seed: &[&[u8]], len: usize) -> Secret {
    // One allocation: a vector that grows would leave its keys behind.
    let mut material = Vec::with_capacity(len);
    let mut last = first;
    loop {
        let missing = len.saturating_sub(material.len());
        material.extend(last.dangerous_bytes().iter().take(missing));
        if material.len() >= len || last.is_empty() {
            return Secret::new(material);
        }
        let mut parts = Vec::with_capacity(seed.len().saturating_add(1));
        parts.push(last.dangerous_bytes());
        parts.extend_from_slice(seed);
        last = prf.compute(key, &parts);
    }
}

#[cfg(feature = "rustcrypto")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::rustcrypto::provider;
    use crate::wire::registry::isakmp;

    const NONCES: Nonces<'static> = Nonces {
        i: &[0x11; 16],
        r: &[0x22; 16],
    };

    fn md5() -> &'static dyn Prf {
        provider().ikev1_prf(isakmp::Hash::MD5).unwrap()
    }

    fn secret(text: &[u8]) -> Secret {
        Secret::new(text.to_vec())
    }

    /// RFC 2409 appendix B: Ka = K1 | K2, K1 = prf (SKEYID_e, 0), K2 = prf (SKEYID_e, K1)
    #[test]
    fn long_keys_are_fed_back() {
        let (prf, skeyid_e) = (md5(), [7; 16]);
        let one = prf.compute(&skeyid_e, &[&[0]]);
        let two = prf.compute(&skeyid_e, &[one.dangerous_bytes()]);
        let whole = [one.dangerous_bytes(), two.dangerous_bytes()].concat();
        let key = |len| encryption_key(prf, &secret(&skeyid_e), len);
        for len in [0, 8, 16] {
            assert!(key(len).ct_eq(&skeyid_e[..len]), "{len}");
        }
        for len in [17, 24, 32] {
            assert!(key(len).ct_eq(&whole[..len]), "{len}");
        }
    }

    /// RFC 2409 §5.5: K1 = prf (SKEYID_d, [g(qm)^xy |] protocol | SPI | Ni_b | Nr_b),
    /// K2 = prf (SKEYID_d, K1 | [g(qm)^xy |] protocol | SPI | Ni_b | Nr_b)
    #[test]
    fn keymat_with_and_without_pfs() {
        let (prf, skeyid_d, dh) = (md5(), secret(b"SKEYID_d"), secret(b"g(qm)^xy"));
        let rest = [&[3, 0xca, 0xfe, 0, 1][..], NONCES.i, NONCES.r].concat();
        for shared in [None, Some(&dh)] {
            let before = shared.map_or(&[][..], Secret::dangerous_bytes);
            let one = prf.compute(b"SKEYID_d", &[before, &rest]);
            let two = prf.compute(b"SKEYID_d", &[one.dangerous_bytes(), before, &rest]);
            let whole = [one.dangerous_bytes(), two.dangerous_bytes()].concat();
            let mode = QuickMode {
                nonces: NONCES,
                shared,
            };
            let sizes = KeySizes {
                encr: 12,
                integ: 18,
            };
            let protocol = ProtocolId::PROTO_IPSEC_ESP;
            let keys = mode.sa_keys(prf, &skeyid_d, protocol, 0xcafe_0001, sizes);
            assert!(keys.encr.ct_eq(&whole[..12]));
            assert!(keys.integ.ct_eq(&whole[12..30]));
        }
    }

    #[test]
    fn every_method_with_keys_has_a_basis() {
        let without: Vec<_> = AuthMethod::ALL
            .iter()
            .filter(|method| Basis::of(**method).is_none())
            .collect();
        assert_eq!(without, [&AuthMethod::NULL]);
        let hybrid = AuthMethod::HYBRID_INIT_RSA;
        assert_eq!(Basis::of(hybrid), Some(Basis::Signature));
        assert_eq!(Basis::of(AuthMethod(0)), None);
    }

    /// The message ID is four bytes even where its beginning is zero.
    #[test]
    fn phase_2_hashes() {
        let (prf, skeyid_a) = (md5(), secret(b"SKEYID_a"));
        let is = |hash: Secret, parts: &[&[u8]]| {
            let expected = prf.compute(b"SKEYID_a", &[&parts.concat()]);
            hash.ct_eq(expected.dangerous_bytes())
        };
        let id = [0, 0, 0, 5];
        assert!(is(hash_1(prf, &skeyid_a, 5, b"SA Ni"), &[&id, b"SA Ni"]));
        let second = hash_2(prf, &skeyid_a, 5, NONCES.i, b"SA Nr");
        assert!(is(second, &[&id, NONCES.i, b"SA Nr"]));
        let third = hash_3(prf, &skeyid_a, 5, NONCES);
        assert!(is(third, &[&[0], &id, NONCES.i, NONCES.r]));
    }
}
