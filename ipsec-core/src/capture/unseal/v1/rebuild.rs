//! Messages whose IV is lost with a message before them: a capture that begins
//! in the middle, or lost a packet.
//!
//! In CBC an IV changes the first block alone, and in phase 2 that block is the
//! head of a hash payload (RFC 2409 §5.5): its length is known, few types of
//! payload follow it, and the hash can be recomputed over what follows. So the
//! block is written anew, and the IV that gives it is the one that was used.
//! Without `SKEYID_a` the beginning of the hash stays unreadable.

use super::candidate::Candidate;
use super::payloads::{HEADER, Payloads};
use super::proofs::Phase2;
use super::{Opened, Sa, Sent};
use crate::crypto::Secret;
use crate::keymat::iv::Iv;
use crate::wire::isakmp;
use crate::wire::registry::isakmp::{ExchangeType, PayloadType};

impl Sa {
    /// With which keys the message can be opened if its IV is unknown.
    pub(super) fn rebuild(&self, sent: Sent<'_>) -> Option<Opened> {
        let header = sent.header;
        if header.message_id == 0 || header.first_payload != PayloadType::HASH {
            return None;
        }
        let mut text = Vec::with_capacity(sent.body.len());
        let mut all = self.candidates().iter().enumerate();
        all.find_map(|(candidate, keys)| {
            let none = Iv::new(&[0; Iv::MAX_LEN]);
            let none = none.as_bytes().get(..keys.block()).map(Iv::new)?;
            text.clear();
            text.extend_from_slice(sent.body);
            if !text.len().is_multiple_of(keys.block()) {
                return None;
            }
            keys.decrypt(none, &mut text).ok()?;
            let follow = |must| {
                let mut all = following(header.exchange).iter();
                all.find_map(|next| self.follow(sent, keys, *next, &text, must))
            };
            let (iv, verified) = follow(Must::BeReadable).or_else(|| follow(Must::BeRight))?;
            Some(Opened {
                candidate,
                iv,
                begins: false,
                verified,
            })
        })
    }

    /// The IV, if a payload of type `next` follows the hash in `text`, which
    /// was decrypted without one; and whether the hash is right.
    fn follow(
        &self,
        sent: Sent<'_>,
        keys: &Candidate,
        next: PayloadType,
        text: &[u8],
        must: Must,
    ) -> Option<(Iv, bool)> {
        let len = HEADER.saturating_add(keys.suite.prf.output_len());
        let (hash, rest) = text.split_at_checked(len)?;
        let (first, shown) = hash.split_at_checked(keys.block())?;
        let payloads = Payloads::read(next, rest)?;
        let has_nonce = payloads.find(PayloadType::NONCE).is_some();
        let message: Phase2<'_> = self.phase_2(sent, false, has_nonce);
        let covered = rest.get(..payloads.end)?;
        let known = message.hash(keys, covered, has_nonce);
        let hidden = first.len().checked_sub(HEADER)?;
        let is_right = |hash: &Secret| {
            let visible = hash.dangerous_bytes().get(hidden..).unwrap_or_default();
            Secret::new(visible.to_vec()).ct_eq(shown)
        };
        let hash = known.and_then(|(_, hash)| hash);
        let right = hash.as_ref().filter(|hash| is_right(hash));
        let uncertain = hash.is_none() || (message.is_unknown() && has_nonce);
        let is_acceptable = match must {
            Must::BeReadable => {
                (right.is_some() || uncertain) && is_readable(next, rest, &payloads)
            }
            Must::BeRight => right.is_some(),
        };
        if !is_acceptable {
            return None;
        }
        let mut block = vec![next.0, 0];
        block.extend(u16::try_from(len).ok()?.to_be_bytes());
        block.extend(match right {
            Some(hash) => hash.dangerous_bytes().get(..hidden)?,
            None => first.get(HEADER..)?,
        });
        let iv: Vec<_> = first.iter().zip(&block).map(|(a, b)| a ^ b).collect();
        Some((Iv::new(&iv), right.is_some()))
    }
}

/// What is asked of payloads whose first type is a guess.
#[derive(Clone, Copy)]
enum Must {
    /// Nothing is wrong with them, and no hash contradicts.
    BeReadable,
    /// The hash over them is right: the guess may be wrong.
    BeRight,
}

/// Whether nothing is wrong with payloads that no hash may vouch for. A lone
/// hash has nothing but its padding to show for itself.
fn is_readable(next: PayloadType, bytes: &[u8], payloads: &Payloads<'_>) -> bool {
    if next == PayloadType::NONE {
        return bytes.len() >= ZEROS_MIN && bytes.iter().all(|byte| *byte == 0);
    }
    let (_, fault) = isakmp::decode_chain(next, bytes);
    payloads.are_plausible() && fault.is_none()
}

/// What can follow the hash.
const fn following(exchange: ExchangeType) -> &'static [PayloadType] {
    match exchange {
        ExchangeType::QUICK_MODE => &[PayloadType::SA, PayloadType::NONE],
        ExchangeType::INFORMATIONAL => &[PayloadType::DELETE, PayloadType::NOTIFICATION],
        ExchangeType::TRANSACTION => &[PayloadType::ATTRIBUTES],
        ExchangeType::NEW_GROUP_MODE => &[PayloadType::SA],
        _ => &[],
    }
}

/// Bytes of zeros that make padding likely.
const ZEROS_MIN: usize = 4;
