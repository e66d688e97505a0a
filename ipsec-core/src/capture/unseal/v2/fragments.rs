//! IKEv2 messages from their fragments (RFC 7383 §2.6). Only fragments that
//! were opened come here, so nobody but the two ends can fill the memory.

use super::Way;
use crate::keymat::fragments::{Limits, Reassembly};
use crate::sorted::Map;
use crate::time::{Duration, Instant};
use crate::wire::registry::ike::PayloadType;

/// Messages that are not whole yet.
#[derive(Debug, Default)]
pub(super) struct Joins {
    pending: Map<Key, Join>,
}

/// The SPIs of the IKE SA, and which message of it.
type Key = (u64, u64, Way);

#[derive(Debug)]
struct Join {
    since: Instant,
    /// What the first fragment says before its payloads.
    head: Vec<u8>,
    payloads: Reassembly,
}

/// What stands before the payloads of a message.
#[derive(Debug)]
pub(super) struct Head {
    /// Type of the first payload inside.
    pub(super) first: PayloadType,
    /// The message up to its IV, as if it had come whole; empty where nobody
    /// will ask for it.
    pub(super) bytes: Vec<u8>,
}

impl Joins {
    /// Adds the payloads in `piece`. When they were the last ones missing,
    /// `piece` becomes all of them, and the head of the whole is returned.
    pub(super) fn push(
        &mut self,
        now: Instant,
        key: Key,
        (number, total): (u16, u16),
        head: Head,
        piece: &mut Vec<u8>,
    ) -> Option<Head> {
        if !self.pending.contains_key(&key) && !self.has_room(now) {
            return None;
        }
        let join = self.pending.entry(key).or_insert_with(|| Join {
            since: now,
            head: Vec::new(),
            payloads: Reassembly::new(LIMITS),
        });
        let added = join.payloads.add(now, total, number, head.first, piece);
        let whole = added.ok()?;
        if number == 1 {
            join.head = head.bytes;
        }
        let (first, payloads) = whole?;
        let bytes = self.pending.remove(&key)?.head;
        *piece = payloads;
        Some(Head { first, bytes })
    }

    fn has_room(&mut self, now: Instant) -> bool {
        if self.pending.len() >= PENDING_MAX {
            self.pending
                .retain(|_, join| now.saturating_since(join.since) < TIMEOUT);
        }
        self.pending.len() < PENDING_MAX
    }
}

/// What a message may be: more than an engine takes, and a capture may lack
/// some of the copies.
const LIMITS: Limits = Limits {
    pieces: 1024,
    bytes: 262_144,
    patience: Duration::MAX,
};

/// Messages waiting for fragments at a time.
const PENDING_MAX: usize = 256;

/// How long fragments wait for the rest when there is no room.
const TIMEOUT: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = (
        1,
        2,
        Way {
            by_initiator: true,
            response: false,
            message_id: 1,
        },
    );

    fn push(joins: &mut Joins, number: u16, total: u16, piece: &[u8]) -> Option<Vec<u8>> {
        let mut plain = piece.to_vec();
        let first = match number {
            1 => PayloadType::IDI,
            _ => PayloadType::NONE,
        };
        let place = (number, total);
        let joined = joins.push(Instant::ZERO, KEY, place, head(first), &mut plain);
        joined.map(|head| {
            assert_eq!(head.first, PayloadType::IDI);
            plain
        })
    }

    fn head(first: PayloadType) -> Head {
        Head {
            first,
            bytes: Vec::new(),
        }
    }

    #[test]
    fn any_order_and_copies() {
        let mut joins = Joins::default();
        assert_eq!(push(&mut joins, 3, 3, b"c"), None);
        assert_eq!(push(&mut joins, 3, 3, b"x"), None);
        assert_eq!(push(&mut joins, 1, 3, b"a"), None);
        assert_eq!(push(&mut joins, 2, 3, b"b"), Some(b"abc".to_vec()));
        assert!(joins.pending.is_empty());
        assert_eq!(push(&mut joins, 1, 1, b"whole"), Some(b"whole".to_vec()));
    }

    #[test]
    fn messages_are_bounded() {
        let mut joins = Joins::default();
        let message = |joins: &mut Joins, now, spi| {
            let key = (spi, KEY.1, KEY.2);
            joins.push(now, key, (1, 2), head(PayloadType::IDI), &mut vec![1]);
        };
        for spi in 0..=PENDING_MAX as u64 {
            message(&mut joins, Instant::ZERO, spi);
        }
        assert_eq!(joins.pending.len(), PENDING_MAX);
        message(&mut joins, Instant::ZERO.saturating_add(TIMEOUT), 7777);
        assert_eq!(joins.pending.len(), 1);
    }
}
