//! What MSCHAPv2 computes: RFC 2759 §8 and, for the keys, RFC 3079 §3.

use crate::crypto::Secret;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;
use des::Des;
use des::cipher::{BlockCipherEncrypt as _, KeyInit as _};
use md4::Md4;
use sha1::{Digest as _, Sha1};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// What both ends say in one exchange of challenges, and the password.
pub(super) struct Exchange<'a> {
    pub(super) authenticator_challenge: &'a [u8; 16],
    pub(super) peer_challenge: &'a [u8; 16],
    /// The name as the peer sent it; a domain before it does not count.
    pub(super) name: &'a [u8],
    pub(super) password: &'a Secret,
}

impl Exchange<'_> {
    /// `GenerateNTResponse` (RFC 2759 §8.1).
    pub(super) fn nt_response(&self) -> [u8; 24] {
        let hash = password_hash(self.password);
        let mut keys = Zeroizing::new([0_u8; 21]);
        for (place, byte) in keys.iter_mut().zip(hash.iter()) {
            *place = *byte;
        }
        let mut response = [0; 24];
        let (keys, _) = keys.as_chunks::<7>();
        let (places, _) = response.as_chunks_mut::<8>();
        for (key, place) in keys.iter().zip(places) {
            *place = des(key, self.challenge());
        }
        response
    }

    /// Whether the peer's response is that of the password, in constant time.
    pub(super) fn is_nt_response(&self, response: &[u8; 24]) -> bool {
        self.nt_response().ct_eq(response).into()
    }

    /// `GenerateAuthenticatorResponse` (§8.7): `S=` and forty hexadecimal digits.
    pub(super) fn authenticator_response(&self, nt_response: &[u8; 24]) -> String {
        let hash_hash = hash_hash(self.password);
        let inner = sha1(&[hash_hash.as_slice(), nt_response, SERVER_TO_CLIENT]);
        let outer = sha1(&[inner.as_slice(), &self.challenge(), ONE_MORE]);
        outer.iter().fold(String::from("S="), |mut text, byte| {
            let _ = write!(text, "{byte:02X}");
            text
        })
    }

    /// The MSK: the key from the peer, the key to it, and zeros to 64 bytes.
    pub(super) fn msk(&self, nt_response: &[u8; 24]) -> Secret {
        let hash_hash = hash_hash(self.password);
        let master = sha1(&[hash_hash.as_slice(), nt_response, MASTER_KEY]);
        let (master, _) = master.split_at(16);
        let mut msk = Vec::with_capacity(64);
        for direction in [FROM_CLIENT, TO_CLIENT] {
            let key = sha1(&[master, &[0; 40], direction, &[0xf2; 40]]);
            let (key, _) = key.split_at(16);
            msk.extend_from_slice(key);
        }
        msk.resize(64, 0);
        Secret::new(msk)
    }

    /// `ChallengeHash` (§8.2).
    fn challenge(&self) -> [u8; 8] {
        let parts = [
            &self.peer_challenge[..],
            self.authenticator_challenge,
            without_domain(self.name),
        ];
        let hash = sha1(&parts);
        let mut challenge = [0; 8];
        for (place, byte) in challenge.iter_mut().zip(hash.iter()) {
            *place = *byte;
        }
        challenge
    }
}

/// The name behind `DOMAIN\`.
fn without_domain(name: &[u8]) -> &[u8] {
    name.rsplit(|byte| *byte == b'\\').next().unwrap_or(name)
}

/// `NtPasswordHash` (§8.3): MD4 of the password in UTF-16. One that is not
/// UTF-8 is taken byte by byte.
fn password_hash(password: &Secret) -> Zeroizing<[u8; 16]> {
    let bytes = password.dangerous_bytes();
    let room = bytes.len().saturating_mul(2);
    let mut wide = Zeroizing::new(Vec::with_capacity(room));
    match core::str::from_utf8(bytes) {
        Ok(text) => text
            .encode_utf16()
            .for_each(|unit| wide.extend(unit.to_le_bytes())),
        Err(_) => bytes.iter().for_each(|byte| wide.extend([*byte, 0])),
    }
    Zeroizing::new(Md4::digest(&*wide).into())
}

fn hash_hash(password: &Secret) -> Zeroizing<[u8; 16]> {
    Zeroizing::new(Md4::digest(password_hash(password).as_slice()).into())
}

fn sha1(parts: &[&[u8]]) -> Zeroizing<[u8; 20]> {
    let mut sha1 = Sha1::new();
    for part in parts {
        sha1.update(part);
    }
    Zeroizing::new(sha1.finalize().into())
}

/// `DesEncrypt` (§8.6): the key's 56 bits, seven to a byte.
fn des(key: &[u8; 7], block: [u8; 8]) -> [u8; 8] {
    let bits = key
        .iter()
        .fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    let mut spread = Zeroizing::new([0; 8]);
    for (place, at) in spread.iter_mut().rev().zip(0_u32..) {
        let [.., seven] = (bits >> (7 * at)).to_be_bytes();
        *place = seven << 1;
    }
    let mut block = block.into();
    Des::new(&(*spread).into()).encrypt_block(&mut block);
    block.into()
}

// RFC 2759 §8.7.
const SERVER_TO_CLIENT: &[u8] = b"Magic server to client signing constant";
const ONE_MORE: &[u8] = b"Pad to make it do more than one iteration";

// RFC 3079 §3.4.
const MASTER_KEY: &[u8] = b"This is the MPPE Master Key";
const FROM_CLIENT: &[u8] =
    b"On the client side, this is the send key; on the server side, it is the receive key.";
const TO_CLIENT: &[u8] =
    b"On the client side, this is the receive key; on the server side, it is the send key.";

#[cfg(test)]
mod tests {
    use super::*;

    const AUTHENTICATOR: [u8; 16] = [
        0x5b, 0x5d, 0x7c, 0x7d, 0x7b, 0x3f, 0x2f, 0x3e, 0x3c, 0x2c, 0x60, 0x21, 0x32, 0x26, 0x26,
        0x28,
    ];
    const PEER: [u8; 16] = [
        0x21, 0x40, 0x23, 0x24, 0x25, 0x5e, 0x26, 0x2a, 0x28, 0x29, 0x5f, 0x2b, 0x3a, 0x33, 0x7c,
        0x7e,
    ];
    const NT_RESPONSE: [u8; 24] = [
        0x82, 0x30, 0x9e, 0xcd, 0x8d, 0x70, 0x8b, 0x5e, 0xa0, 0x8f, 0xaa, 0x39, 0x81, 0xcd, 0x83,
        0x54, 0x42, 0x33, 0x11, 0x4a, 0x3d, 0x85, 0xd6, 0xdf,
    ];

    fn exchange<'a>(name: &'a [u8], password: &'a Secret) -> Exchange<'a> {
        Exchange {
            authenticator_challenge: &AUTHENTICATOR,
            peer_challenge: &PEER,
            name,
            password,
        }
    }

    /// RFC 2759 §9.2.
    #[test]
    fn the_standards_example() {
        let password = Secret::new(b"clientPass".to_vec());
        let exchange = exchange(b"User", &password);
        assert_eq!(
            exchange.challenge(),
            [0xd0, 0x2e, 0x43, 0x86, 0xbc, 0xe9, 0x12, 0x26]
        );
        assert_eq!(
            *password_hash(&password),
            [
                0x44, 0xeb, 0xba, 0x8d, 0x53, 0x12, 0xb8, 0xd6, 0x11, 0x47, 0x44, 0x11, 0xf5, 0x69,
                0x89, 0xae
            ]
        );
        assert_eq!(
            *hash_hash(&password),
            [
                0x41, 0xc0, 0x0c, 0x58, 0x4b, 0xd2, 0xd9, 0x1c, 0x40, 0x17, 0xa2, 0xa1, 0x2f, 0xa5,
                0x9f, 0x3f
            ]
        );
        assert_eq!(exchange.nt_response(), NT_RESPONSE);
        assert!(exchange.is_nt_response(&NT_RESPONSE));
        assert_eq!(
            exchange.authenticator_response(&NT_RESPONSE),
            "S=407A5589115FD0D6209F510FE9C04566932CDA56"
        );
    }

    /// RFC 3079 §3.5.3 goes on from it: the start key to send with, of a server.
    #[test]
    fn the_keys_of_the_example() {
        let password = Secret::new(b"clientPass".to_vec());
        let msk = exchange(b"User", &password).msk(&NT_RESPONSE);
        let msk = msk.dangerous_bytes();
        assert_eq!(msk.len(), 64);
        assert_eq!(
            msk[16..32],
            [
                0x8b, 0x7c, 0xdc, 0x14, 0x9b, 0x99, 0x3a, 0x1b, 0xa1, 0x18, 0xcb, 0x15, 0x3f, 0x56,
                0xdc, 0xcb
            ]
        );
        assert_eq!(msk[32..], [0; 32]);
    }

    #[test]
    fn a_domain_does_not_count() {
        let password = Secret::new(b"clientPass".to_vec());
        assert!(exchange(b"DOMAIN\\User", &password).is_nt_response(&NT_RESPONSE));
        assert!(!exchange(b"user", &password).is_nt_response(&NT_RESPONSE));
        let other = Secret::new(b"clientpass".to_vec());
        assert!(!exchange(b"User", &other).is_nt_response(&NT_RESPONSE));
    }

    /// The hash of "€" is that of U+20AC; what is no text is taken by bytes.
    #[test]
    fn passwords_are_utf16() {
        let euro = password_hash(&Secret::new("\u{20ac}".as_bytes().to_vec()));
        assert_eq!(*euro, <[u8; 16]>::from(Md4::digest([0xac, 0x20])));
        let bytes = password_hash(&Secret::new([0xff].to_vec()));
        assert_eq!(*bytes, <[u8; 16]>::from(Md4::digest([0xff, 0])));
    }
}
