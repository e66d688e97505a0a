//! IKEv1 messages from their fragments: payload 132 of Cisco and Microsoft,
//! [MS-IKEE] §2.2.4. Every fragment carries the message's header, and its
//! number; one flag marks the last.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "only one kind of payload matters"
)]

use super::dissection::Read;
use crate::evidence::Route;
use crate::sorted::Map;
use crate::time::{Duration, Instant};
use crate::wire::isakmp::{Body, Fragment, Message};

/// Fragments of IKEv1 messages that are not whole yet.
#[derive(Debug, Default)]
pub(super) struct IkeFragments {
    pending: Map<(Route, u64, u16), Pending>,
}

#[derive(Debug)]
struct Pending {
    since: Instant,
    pieces: Map<u8, Vec<u8>>,
    /// Number of the last one, once it came.
    last: Option<u8>,
}

impl IkeFragments {
    /// Takes the fragment that `read` holds, if it holds one; gives the whole
    /// message when it was the one missing.
    pub(super) fn push(
        &mut self,
        now: Instant,
        route: Route,
        read: &Read<'_, Message<'_>>,
    ) -> Option<Vec<u8>> {
        let fragment = only_fragment(&read.message)?;
        let key = (route, read.message.header.cookie_i, fragment.id);
        if !self.pending.contains_key(&key) && !self.has_room(now) {
            return None;
        }
        let new = || Pending {
            since: now,
            pieces: Map::new(),
            last: None,
        };
        let pending = self.pending.entry(key).or_insert_with(new);
        pending.add(fragment);
        let whole = pending.whole()?;
        self.pending.remove(&key);
        Some(whole)
    }

    fn has_room(&mut self, now: Instant) -> bool {
        if self.pending.len() >= MAX_PENDING {
            self.pending
                .retain(|_, pending| now.saturating_since(pending.since) < TIMEOUT);
        }
        self.pending.len() < MAX_PENDING
    }
}

impl Pending {
    fn add(&mut self, fragment: &Fragment<'_>) {
        let held: usize = self.pieces.values().map(Vec::len).sum();
        if fragment.number == 0 || held.saturating_add(fragment.data.len()) > MAX_MESSAGE {
            return;
        }
        if fragment.is_last() {
            self.last = Some(fragment.number);
        }
        self.pieces
            .entry(fragment.number)
            .or_insert_with(|| fragment.data.to_vec());
    }

    fn whole(&self) -> Option<Vec<u8>> {
        let last = self.last?;
        let complete = (1..=last).all(|number| self.pieces.contains_key(&number));
        complete.then(|| {
            self.pieces
                .up_to(&last)
                .flat_map(|(_, piece)| piece)
                .copied()
                .collect()
        })
    }
}

/// The fragment that a message consists of.
pub(super) fn only_fragment<'m, 'a>(message: &'m Message<'a>) -> Option<&'m Fragment<'a>> {
    match message.payloads() {
        [payload] => match &payload.body {
            Body::Fragment(fragment) => Some(fragment),
            _ => None,
        },
        _ => None,
    }
}

/// Messages waiting for fragments at a time.
const MAX_PENDING: usize = 1024;

/// Bytes of a message put together.
const MAX_MESSAGE: usize = 65_535;

/// How long fragments wait for the rest.
const TIMEOUT: Duration = Duration::from_secs(60);
