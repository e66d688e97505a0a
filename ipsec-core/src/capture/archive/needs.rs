//! Which earlier frames a frame needs to be read: the fragments of its
//! datagram, and the frames of its group that changed what is known.
//!
//! A group is an IKE SA with what belongs to it: the SAs between the same
//! addresses (one may replace another), and the ESP and AH SAs that they
//! created. Its frames are the IKE messages, and of ESP and AH those at which
//! something changed: the first packet, the first that a key opened. Reading
//! just these, in their order, leaves a decoder in the state in which it would
//! be after all frames of the capture, as far as the group is concerned.

use super::super::decoder::Decoder;
use super::super::dissection::{Content, Dissection};
use super::super::unsealed::{Inside, Unsealed};
use crate::evidence::Unsealing;
use crate::keylog::SaProtocol;
use core::net::{IpAddr, SocketAddr};
use std::collections::HashMap;

/// What the frames found so far need.
#[derive(Debug, Default)]
pub(super) struct Needs {
    /// Frames that completed a datagram, in order, and where in `fragments`
    /// those of its other fragments begin.
    completed: Vec<(u32, u32)>,
    fragments: Vec<u32>,
    /// Frames that showed ports to carry IKE and ESP, with these.
    floats: Vec<(u32, [SocketAddr; 2])>,
    groups: Groups,
    flows: HashMap<Flow, Standing>,
}

/// ESP or AH packets: protocol, SPI, sender, receiver.
type Flow = (SaProtocol, u32, IpAddr, IpAddr);

/// How a flow stood after its last packet.
#[derive(Debug)]
struct Standing {
    last: (Unsealing, bool, Option<u32>),
    changes: usize,
}

/// What a packet belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Sign {
    /// The addresses of IKE messages, the smaller one first.
    Pair(IpAddr, IpAddr),
    /// The initiator's SPI or cookie of an IKE SA.
    Ike(u64),
    /// The SPI of ESP or AH.
    Data(SaProtocol, u32),
}

impl Needs {
    /// Takes note of frame `n`, which `packet` is.
    pub(super) fn note(&mut self, n: usize, packet: &Dissection<'_>) {
        let Ok(n) = u32::try_from(n) else {
            return;
        };
        if let Some((_, others)) = packet.pieces.split_last() {
            let start = u32::try_from(self.fragments.len()).unwrap_or(u32::MAX);
            self.completed.push((n, start));
            // Frames are numbered from 1, and indexes count from 0.
            let index = |number: &u64| u32::try_from(number.saturating_sub(1)).ok();
            self.fragments.extend(others.iter().filter_map(index));
        }
        if packet.floats {
            self.floats.push((n, [packet.route.from, packet.route.to]));
        }
        let Some(sign) = sign(packet, packet.keyed) else {
            return;
        };
        match sign {
            Sign::Data(protocol, spi) => self.note_flow(n, (protocol, spi), packet),
            Sign::Ike(_) | Sign::Pair(..) => {
                let (a, b) = packet.route.pair();
                self.groups.add(n, sign);
                self.groups.join(sign, Sign::Pair(a, b));
            }
        }
        for (protocol, spi) in packet.unsealed.iter().flat_map(|open| &open.created) {
            self.groups.join(sign, Sign::Data(*protocol, *spi));
        }
    }

    /// Adds an ESP or AH packet to its group if it changed something.
    fn note_flow(&mut self, n: u32, (protocol, spi): (SaProtocol, u32), packet: &Dissection<'_>) {
        let Some(unsealed) = &packet.unsealed else {
            return;
        };
        let now = standing(unsealed);
        let flow = (protocol, spi, packet.route.from.ip(), packet.route.to.ip());
        let has_room = self.flows.len() < MAX_FLOWS;
        match self.flows.get_mut(&flow) {
            Some(known) if known.last == now || known.changes >= MAX_CHANGES => return,
            Some(known) => {
                known.last = now;
                known.changes = known.changes.saturating_add(1);
            }
            None if has_room => {
                let (last, changes) = (now, 1);
                self.flows.insert(flow, Standing { last, changes });
            }
            None => return,
        }
        self.groups.add(n, Sign::Data(protocol, spi));
    }

    /// The group of the frame that `packet` is, if it needs any; `keyed` if
    /// there are keys where it stands in the capture.
    pub(super) fn group(&mut self, packet: &Dissection<'_>, keyed: bool) -> Option<Group> {
        let group = self.groups.find(sign(packet, keyed)?)?;
        self.groups.sort(group);
        Some(group)
    }

    /// No frame belongs to any group.
    pub(super) fn has_no_groups(&self) -> bool {
        self.groups.groups.is_empty()
    }

    /// How often two groups became one.
    pub(super) const fn joins(&self) -> usize {
        self.groups.joins
    }

    /// The frames of `group` from `from` on and before `to`, in order; of more
    /// than [`MAX_REPLAYED`] the last.
    pub(super) fn frames(&self, group: Group, from: usize, to: usize) -> &[u32] {
        let frames = self.groups.frames(group);
        let place = |n: usize| frames.partition_point(|&frame| (frame as usize) < n);
        let (start, end) = (place(from), place(to));
        let start = start.max(end.saturating_sub(MAX_REPLAYED));
        frames.get(start..end).unwrap_or_default()
    }

    /// The earlier frames of the datagram that frame `n` completed.
    pub(super) fn fragments(&self, n: usize) -> &[u32] {
        let place = |(frame, _): &(u32, u32)| (*frame as usize).cmp(&n);
        let Ok(at) = self.completed.binary_search_by(place) else {
            return &[];
        };
        let start = |at: usize| self.completed.get(at).map(|(_, start)| *start as usize);
        let end = start(at.saturating_add(1)).unwrap_or(self.fragments.len());
        let range = start(at).unwrap_or_default()..end;
        self.fragments.get(range).unwrap_or_default()
    }

    /// Tells `decoder` the ports that were known before frame `n`, but for the
    /// first `told`; gives how many it knows now.
    pub(super) fn float(&self, decoder: &mut Decoder, told: usize, n: usize) -> usize {
        let known = self
            .floats
            .partition_point(|(frame, _)| (*frame as usize) < n);
        for (_, ports) in self.floats.get(told..known).unwrap_or_default() {
            decoder.float(*ports);
        }
        known.max(told)
    }
}

/// What `packet` belongs to; `None` if it needs nothing but its own bytes.
fn sign(packet: &Dissection<'_>, keyed: bool) -> Option<Sign> {
    match &packet.content {
        Content::Ike(read) if keyed => Some(Sign::Ike(read.message.header.spi_i)),
        Content::Isakmp(read) if keyed || packet.is_ike_fragment() => {
            Some(Sign::Ike(read.message.header.cookie_i))
        }
        Content::Esp(esp) if keyed => Some(Sign::Data(SaProtocol::Esp, esp.spi)),
        Content::Ah(ah) if keyed => Some(Sign::Data(SaProtocol::Ah, ah.spi)),
        Content::Ike(_)
        | Content::Isakmp(_)
        | Content::Esp(_)
        | Content::Ah(_)
        | Content::Keepalive
        | Content::IcmpError(_)
        | Content::Fragment
        | Content::UnreadableLink(_)
        | Content::Unreadable(_)
        | Content::Other => None,
    }
}

fn standing(unsealed: &Unsealed<'_>) -> (Unsealing, bool, Option<u32>) {
    match &unsealed.inside {
        Inside::Packet(inner) => (unsealed.state, inner.derived, inner.sequence_high),
        Inside::Nothing | Inside::Ike(_) | Inside::Isakmp(_) => (unsealed.state, false, None),
    }
}

/// Names a group, until it is joined with another.
pub(super) type Group = usize;

/// Groups of frames by what belongs to them.
#[derive(Debug, Default)]
struct Groups {
    signs: HashMap<Sign, usize>,
    groups: Vec<Joined>,
    joins: usize,
}

/// A group, or where its frames went.
#[derive(Debug)]
enum Joined {
    Frames {
        frames: Vec<u32>,
        /// They are in order: two groups were not joined since they were.
        sorted: bool,
    },
    With(usize),
}

impl Groups {
    /// Adds frame `n`, which comes behind all that were added.
    fn add(&mut self, n: u32, sign: Sign) {
        let Some(group) = self.find_or_open(sign) else {
            return;
        };
        if let Some(Joined::Frames { frames, .. }) = self.groups.get_mut(group) {
            frames.push(n);
        }
    }

    fn find(&mut self, sign: Sign) -> Option<Group> {
        let first = *self.signs.get(&sign)?;
        let mut group = first;
        while let Some(Joined::With(next)) = self.groups.get(group) {
            group = *next;
        }
        // The next search is shorter.
        if first != group {
            self.signs.insert(sign, group);
        }
        Some(group)
    }

    fn find_or_open(&mut self, sign: Sign) -> Option<Group> {
        if let Some(group) = self.find(sign) {
            return Some(group);
        }
        if self.signs.len() >= MAX_SIGNS {
            return None;
        }
        let group = self.groups.len();
        self.groups.push(Joined::Frames {
            frames: Vec::new(),
            sorted: true,
        });
        self.signs.insert(sign, group);
        Some(group)
    }

    /// Makes one group of what belongs to `a` and to `b`.
    fn join(&mut self, a: Sign, b: Sign) {
        let Some(a) = self.find_or_open(a) else {
            return;
        };
        let Some(other) = self.find(b) else {
            if self.signs.len() < MAX_SIGNS {
                self.signs.insert(b, a);
            }
            return;
        };
        if a == other {
            return;
        }
        let (small, large) = match self.frames(a).len() < self.frames(other).len() {
            true => (a, other),
            false => (other, a),
        };
        let moved = self.groups.get_mut(small);
        let moved = moved.map(|group| core::mem::replace(group, Joined::With(large)));
        if let (
            Some(Joined::Frames { frames: more, .. }),
            Some(Joined::Frames { frames, sorted }),
        ) = (moved, self.groups.get_mut(large))
        {
            frames.extend(more);
            *sorted = false;
            self.joins = self.joins.saturating_add(1);
        }
    }

    fn frames(&self, group: Group) -> &[u32] {
        match self.groups.get(group) {
            Some(Joined::Frames { frames, .. }) => frames,
            Some(Joined::With(_)) | None => &[],
        }
    }

    /// Brings the frames of a group into their order.
    fn sort(&mut self, group: Group) {
        if let Some(Joined::Frames { frames, sorted }) = self.groups.get_mut(group)
            && !*sorted
        {
            frames.sort_unstable();
            *sorted = true;
        }
    }
}

/// Frames of a group that are read again for one that needs them.
const MAX_REPLAYED: usize = 65_536;

/// Addresses, IKE SAs and SPIs by which groups are told apart.
const MAX_SIGNS: usize = 262_144;

/// ESP and AH flows whose changes are followed.
const MAX_FLOWS: usize = 65_536;

/// Changes of one flow that are kept.
const MAX_CHANGES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(groups: &mut Groups, sign: Sign) -> Vec<u32> {
        let group = groups.find(sign).unwrap();
        groups.sort(group);
        groups.frames(group).to_vec()
    }

    #[test]
    fn groups_are_joined_once_something_belongs_to_both() {
        let mut groups = Groups::default();
        let [a, b, c] = [1, 2, 3].map(Sign::Ike);
        for (n, sign) in [(0, a), (1, b), (2, a), (3, b), (4, b)] {
            groups.add(n, sign);
        }
        assert_eq!(frames(&mut groups, a), [0, 2]);
        groups.join(a, c);
        groups.join(c, b);
        groups.add(5, c);
        for sign in [a, b, c] {
            assert_eq!(frames(&mut groups, sign), [0, 1, 2, 3, 4, 5]);
        }
        groups.join(b, a);
        assert_eq!(frames(&mut groups, a).len(), 6);
    }

    #[test]
    fn what_is_beyond_the_limit_belongs_to_nothing() {
        let mut groups = Groups::default();
        let signs = (0..=MAX_SIGNS as u64).map(Sign::Ike);
        for (n, sign) in (0..).zip(signs) {
            groups.add(n, sign);
        }
        let last = Sign::Ike(MAX_SIGNS as u64);
        assert_eq!(groups.find(last), None);
        assert!(groups.find(Sign::Ike(MAX_SIGNS as u64 - 1)).is_some());
        groups.join(Sign::Ike(0), last);
        assert_eq!(groups.find(last), None);
    }

    #[test]
    fn many_frames_are_replayed_from_the_last() {
        let mut needs = Needs::default();
        let all = u32::try_from(MAX_REPLAYED).unwrap() + 1;
        (0..all).for_each(|n| needs.groups.add(n, Sign::Ike(1)));
        let group = needs.groups.find(Sign::Ike(1)).unwrap();
        assert_eq!(needs.frames(group, 0, MAX_REPLAYED).len(), MAX_REPLAYED);
        assert_eq!(needs.frames(group, 0, usize::MAX).first(), Some(&1));
        assert_eq!(needs.frames(group, 3, 6), [3, 4, 5]);
    }
}
