//! What an IKEv2 AUTH payload is computed over, and with a shared key its
//! value.
//!
//! RFC 7296 §2.15 (signed octets, shared keys), §2.16 (EAP); RFC 9242 §3.3.2
//! (`IntAuth`); RFC 5723 §4.3.3 (resumption); RFC 7619 §2.1 (NULL). With a
//! post-quantum preshared key only the `SK_p` is another (RFC 8784 §3).

use crate::crypto::{Prf, Secret};
use core::fmt;

/// The octets that one end signs (RFC 7296 §2.15), in parts.
///
/// The initiator's are its first message, the responder's nonce and its own
/// identity under `SK_pi`; the responder's the other way about.
#[derive(Debug)]
pub struct SignedOctets<'a> {
    message: &'a [u8],
    nonce: &'a [u8],
    maced_id: Secret,
    intermediate: Option<Intermediate<'a>>,
}

/// What `IKE_INTERMEDIATE` exchanges add to the octets of both ends
/// (RFC 9242 §3.3.2).
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "the three parts of the RFC")]
pub struct Intermediate<'a> {
    /// The requests of all of them.
    pub i: &'a IntAuth,
    /// Their responses.
    pub r: &'a IntAuth,
    /// The message ID of the first `IKE_AUTH` exchange.
    pub auth_message_id: u32,
}

impl<'a> SignedOctets<'a> {
    /// The octets of one end.
    ///
    /// - `message`: its own first message (of `IKE_SA_INIT`, the last if there
    ///   were several, or of `IKE_SESSION_RESUME`), from the SPIs to the end,
    ///   without a non-ESP marker;
    /// - `nonce`: the body of the other end's nonce payload;
    /// - `sk_p`: its own `SK_pi` or `SK_pr`;
    /// - `id`: its own ID payload without the generic header.
    #[must_use]
    pub fn new(
        prf: &dyn Prf,
        message: &'a [u8],
        nonce: &'a [u8],
        sk_p: &Secret,
        id: &[u8],
        intermediate: Option<Intermediate<'a>>,
    ) -> Self {
        Self {
            message,
            nonce,
            maced_id: prf.compute(sk_p.dangerous_bytes(), &[id]),
            intermediate,
        }
    }

    /// Calls `judge` with the octets in parts, to sign or to verify them.
    pub fn with_parts<T>(&self, judge: impl FnOnce(&[&[u8]]) -> T) -> T {
        let maced_id = self.maced_id.dangerous_bytes();
        match &self.intermediate {
            None => judge(&[self.message, self.nonce, maced_id]),
            Some(Intermediate {
                i,
                r,
                auth_message_id,
            }) => judge(&[
                self.message,
                self.nonce,
                maced_id,
                i.bytes(),
                r.bytes(),
                &auth_message_id.to_be_bytes(),
            ]),
        }
    }

    /// The value of an AUTH payload by `secret`: a preshared key, the MSK of
    /// an EAP method, or the `SK_p` of that end where the method gives none or
    /// authentication is NULL (RFC 7296 §2.15, §2.16, RFC 7619 §2.1).
    #[must_use]
    pub fn shared_key_auth(&self, prf: &dyn Prf, secret: &Secret) -> Secret {
        self.keyed_auth(prf, &padded_key(prf, secret))
    }

    /// The value by `key` as it is: a [`padded_key`], which may be stored in
    /// place of its secret, or in a resumed SA the `SK_p` of that end (RFC 5723
    /// §4.3.3).
    #[must_use]
    pub fn keyed_auth(&self, prf: &dyn Prf, key: &Secret) -> Secret {
        self.with_parts(|octets| prf.compute(key.dangerous_bytes(), octets))
    }
}

/// `prf(secret, "Key Pad for IKEv2")` (RFC 7296 §2.15).
#[must_use]
pub fn padded_key(prf: &dyn Prf, secret: &Secret) -> Secret {
    prf.compute(secret.dangerous_bytes(), &[b"Key Pad for IKEv2"])
}

/// The `IKE_INTERMEDIATE` messages of one end so far: `IntAuth_i` or
/// `IntAuth_r` (RFC 9242 §3.3.2).
#[derive(Debug, Default)]
pub struct IntAuth(Option<Secret>);

impl IntAuth {
    /// That of an end which has not sent any.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }

    /// Adds that end's next message.
    ///
    /// - `sk_p`: its `SK_pi` or `SK_pr` before this exchange changes them;
    /// - `head`: the message from the IKE header to the end of the generic
    ///   header of the SK payload, its lengths as they are on the wire or not:
    ///   what the RFC wants instead is put in. Of a fragmented message it is
    ///   that of the message put together again;
    /// - `inner`: the payloads inside, decrypted, without padding.
    ///
    /// # Errors
    ///
    /// [`NotAHead`] when `head` has not even the two headers, or the lengths
    /// do not fit into their fields; nothing is then added.
    pub fn add(
        &mut self,
        prf: &dyn Prf,
        sk_p: &Secret,
        head: &[u8],
        inner: &[u8],
    ) -> Result<(), NotAHead> {
        let message_len = head.len().saturating_add(inner.len());
        let message_len = u32::try_from(message_len).map_err(|_| NotAHead)?;
        let payload_len = inner.len().saturating_add(GENERIC_HEADER);
        let payload_len = u16::try_from(payload_len).map_err(|_| NotAHead)?;

        let (header, rest) = head.split_at_checked(IKE_HEADER).ok_or(NotAHead)?;
        let before = header.get(..LENGTH_AT).ok_or(NotAHead)?;
        let own = rest.len().checked_sub(GENERIC_HEADER).ok_or(NotAHead)?;
        let kept = rest.get(..own.saturating_add(2)).ok_or(NotAHead)?;
        let value = prf.compute(
            sk_p.dangerous_bytes(),
            &[
                self.bytes(),
                before,
                &message_len.to_be_bytes(),
                kept,
                &payload_len.to_be_bytes(),
                inner,
            ],
        );
        self.0 = Some(value);
        Ok(())
    }

    fn bytes(&self) -> &[u8] {
        self.0.as_ref().map_or(&[], Secret::dangerous_bytes)
    }
}

/// The bytes are not a message up to its encrypted payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotAHead;

impl fmt::Display for NotAHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the head of a message with an encrypted payload")
    }
}

impl core::error::Error for NotAHead {}

/// Bytes of the IKE header, and where its length stands (RFC 7296 §3.1).
const IKE_HEADER: usize = 28;
const LENGTH_AT: usize = 24;

/// Bytes of a generic payload header; the last two are its length (§3.2).
const GENERIC_HEADER: usize = 4;

#[cfg(feature = "rustcrypto")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::rustcrypto::provider;
    use crate::wire::registry::ike;
    use alloc::vec::Vec;

    fn sha256() -> &'static dyn Prf {
        provider().prf(ike::Prf::PRF_HMAC_SHA2_256).unwrap()
    }

    fn secret(text: &[u8]) -> Secret {
        Secret::new(text.to_vec())
    }

    /// HDR(IKE_INTERMEDIATE, length on the wire), SK{…} up to its IV.
    fn head() -> Vec<u8> {
        let mut head = Vec::new();
        head.extend([0xaa; 8]);
        head.extend([0xbb; 8]);
        head.extend([46, 0x20, 43, 0x08]);
        head.extend(1_u32.to_be_bytes());
        head.extend(100_u32.to_be_bytes());
        head.extend([34, 0, 0, 72]);
        head
    }

    #[test]
    fn int_auth_counts_what_is_clear() {
        let (prf, sk_pi) = (sha256(), secret(b"SK_pi1"));
        let inner = [7; 40];
        let mut adjusted = head();
        adjusted[27] = 32 + 40;
        adjusted[31] = 4 + 40;
        let first = prf.compute(b"SK_pi1", &[&adjusted, &inner]);

        let mut chain = IntAuth::new();
        chain.add(prf, &sk_pi, &head(), &inner).unwrap();
        assert!(first.ct_eq(chain.bytes()));
        // The next one goes on from it, under the key of its own time.
        let second = prf.compute(b"SK_pi2", &[chain.bytes(), &adjusted, &inner]);
        chain
            .add(prf, &secret(b"SK_pi2"), &adjusted, &inner)
            .unwrap();
        assert!(second.ct_eq(chain.bytes()));
    }

    /// Payloads between the header and SK stay as they are.
    #[test]
    fn int_auth_keeps_unencrypted_payloads() {
        let (prf, sk_p) = (sha256(), secret(b"SK_p"));
        let mut head = head();
        head.splice(28..28, [46, 0, 0, 8, 1, 2, 3, 4]);
        let mut adjusted = head.clone();
        adjusted[27] = 40;
        adjusted[39] = 4;
        let mut chain = IntAuth::new();
        chain.add(prf, &sk_p, &head, &[]).unwrap();
        let expected = prf.compute(b"SK_p", &[&adjusted]);
        assert!(expected.ct_eq(chain.bytes()));
    }

    #[test]
    fn int_auth_refuses_what_is_no_head() {
        let (prf, sk_p) = (sha256(), secret(b"SK_p"));
        let mut chain = IntAuth::new();
        for len in 0..32 {
            assert_eq!(chain.add(prf, &sk_p, &head()[..len], &[]), Err(NotAHead));
        }
        let longest = alloc::vec![0; 0xffff - 4];
        assert_eq!(chain.add(prf, &sk_p, &head(), &longest), Ok(()));
        let longer = alloc::vec![0; 0xffff - 3];
        assert_eq!(chain.add(prf, &sk_p, &head(), &longer), Err(NotAHead));
    }

    #[test]
    fn octets_end_with_the_intermediate_exchanges() {
        let (prf, sk_p) = (sha256(), secret(b"SK_p"));
        let (mut i, mut r) = (IntAuth::new(), IntAuth::new());
        i.add(prf, &sk_p, &head(), b"request").unwrap();
        r.add(prf, &sk_p, &head(), b"response").unwrap();
        let intermediate = Intermediate {
            i: &i,
            r: &r,
            auth_message_id: 2,
        };
        let octets = SignedOctets::new(prf, b"msg", b"nonce", &sk_p, b"id", Some(intermediate));
        let maced = prf.compute(b"SK_p", &[b"id"]);
        let id = 2_u32.to_be_bytes();
        let expected = [
            b"msg",
            &b"nonce"[..],
            maced.dangerous_bytes(),
            i.bytes(),
            r.bytes(),
            &id,
        ];
        octets.with_parts(|parts| assert_eq!(parts.concat(), expected.concat()));
    }

    #[test]
    fn a_padded_key_is_as_good_as_its_secret() {
        let (prf, psk) = (sha256(), secret(b"correct horse battery"));
        let octets = SignedOctets::new(prf, b"msg", b"nonce", &psk, b"id", None);
        let padded = padded_key(prf, &psk);
        let by_secret = octets.shared_key_auth(prf, &psk);
        assert!(by_secret.ct_eq(octets.keyed_auth(prf, &padded).dangerous_bytes()));
        assert!(!by_secret.ct_eq(octets.keyed_auth(prf, &psk).dangerous_bytes()));
    }
}
