//! Reassembly of IP fragments (RFC 791 §3.2, RFC 8200 §4.5, RFC 5722, RFC
//! 6946), within limits, and an account of what never became whole: that only
//! first fragments arrive is evidence of a path that drops the others.

use crate::sorted::Map;
use crate::time::{Duration, Instant};
use alloc::collections::VecDeque;
use core::net::IpAddr;
use core::ops::Range;

/// Which datagram a fragment belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(
    clippy::exhaustive_structs,
    reason = "fields of the IP header, built by the caller"
)]
pub struct FragmentKey {
    /// Source address.
    pub source: IpAddr,
    /// Destination address.
    pub destination: IpAddr,
    /// IPv4 protocol, or next header of the IPv6 fragment header; the latter
    /// does not tell datagrams apart (RFC 8200 §4.5).
    pub protocol: u8,
    /// Identification.
    pub id: u32,
}

impl FragmentKey {
    /// What the standard compares.
    const fn identity(mut self) -> Self {
        if self.source.is_ipv6() {
            self.protocol = 0;
        }
        self
    }
}

/// One fragment, as its IP header describes it.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "fields of the IP header, built by the caller"
)]
pub struct Fragment<'a> {
    /// The datagram it belongs to.
    pub key: FragmentKey,
    /// Where its bytes lie in the datagram's payload, in bytes.
    pub offset: u16,
    /// Whether more fragments follow.
    pub more: bool,
    /// Its bytes, without the IP header.
    pub bytes: &'a [u8],
    /// The number of the frame it came in.
    pub frame: u64,
}

/// What became of a fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It is kept; others are missing.
    Waiting,
    /// It was the last one missing.
    Complete(Datagram),
    /// Its very bytes are there already, or their datagram was completed just
    /// before.
    Duplicate,
    /// It was not taken.
    Rejected(Rejection),
}

/// A datagram put together again.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Datagram {
    /// Whose it is; for IPv6 with the next header of the first fragment.
    pub key: FragmentKey,
    /// Its payload.
    pub bytes: Vec<u8>,
    /// The frames its fragments came in, as they arrived.
    pub frames: Vec<u64>,
    /// Whether fragments overlapped and the earlier ones were believed (IPv4
    /// only).
    pub overlap: bool,
    /// When its first fragment arrived.
    pub since: Instant,
}

/// Why a fragment was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejection {
    /// It has no bytes.
    Empty,
    /// More follow, but its length is not a multiple of eight.
    Unaligned,
    /// It reaches beyond the longest datagram there can be.
    TooLong,
    /// It reaches beyond the datagram's end, or ends it a second time elsewhere.
    ConflictingEnd,
    /// It overlaps another, which condemns an IPv6 datagram (RFC 5722).
    Overlap,
    /// Its datagram is in more pieces than the limit.
    TooManyFragments,
}

/// A datagram that never became whole.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Incomplete {
    /// Whose it is.
    pub key: FragmentKey,
    /// Why it was given up.
    pub reason: GivenUp,
    /// When its first fragment arrived.
    pub since: Instant,
    /// When its latest fragment arrived.
    pub until: Instant,
    /// The frames its fragments came in, as they arrived.
    pub frames: Vec<u64>,
    /// The bytes at its beginning (at most 2048), if they arrived: enough to
    /// tell what it was.
    pub first: Option<Vec<u8>>,
    /// Its length, if the last fragment arrived.
    pub len: Option<usize>,
    /// The bytes missing; without the last fragment there are more behind.
    pub missing: Vec<Range<usize>>,
    /// Whether fragments overlapped.
    pub overlap: bool,
}

/// Why a datagram was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GivenUp {
    /// Its time was over.
    TimedOut,
    /// Room was needed for others.
    Evicted,
    /// Fragments of an IPv6 datagram overlapped.
    Overlapped,
    /// The capture ended.
    CaptureEnded,
}

/// How much a [`Reassembler`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FragmentLimits {
    /// Pieces of one datagram.
    pub fragments: usize,
    /// Datagrams waiting.
    pub pending: usize,
    /// Bytes waiting, of all datagrams, plus 64 for each piece.
    pub bytes: usize,
    /// How long a datagram waits after its first fragment.
    pub timeout: Duration,
}

impl Default for FragmentLimits {
    fn default() -> Self {
        Self {
            fragments: MAX_FRAGMENTS,
            pending: MAX_PENDING,
            bytes: MAX_BYTES,
            timeout: TIMEOUT,
        }
    }
}

/// Puts IP fragments together again, in any order of arrival.
///
/// Taking a fragment costs a search in the datagram's pieces. What is given up
/// waits (within the same limits) for [`Self::expire`] or [`Self::drain`].
#[derive(Debug, Default)]
pub struct Reassembler {
    limits: FragmentLimits,
    pending: Map<FragmentKey, Pending>,
    /// The pending datagrams by the time of their first fragment.
    ages: Map<(Instant, u64), FragmentKey>,
    bytes: usize,
    serial: u64,
    /// Datagrams completed lately, to know their duplicates.
    done: Map<FragmentKey, Done>,
    done_ages: VecDeque<(Instant, FragmentKey)>,
    given_up: VecDeque<Incomplete>,
}

#[derive(Debug)]
struct Pending {
    key: FragmentKey,
    age: (Instant, u64),
    until: Instant,
    /// By offset; they never overlap.
    pieces: Map<usize, Vec<u8>>,
    have: usize,
    len: Option<usize>,
    frames: Vec<u64>,
    overlap: bool,
}

#[derive(Clone, Copy, Debug)]
struct Done {
    at: Instant,
    len: usize,
}

impl Reassembler {
    /// A reassembler that holds no more than `limits` say.
    #[must_use]
    pub fn new(limits: FragmentLimits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Takes a fragment that arrived at `now`.
    pub fn push(&mut self, now: Instant, fragment: Fragment<'_>) -> Outcome {
        let from = usize::from(fragment.offset);
        let end = from.saturating_add(fragment.bytes.len());
        if let Some(rejection) = unfit(&fragment, end) {
            return Outcome::Rejected(rejection);
        }
        if from == 0 && !fragment.more {
            return Outcome::Complete(whole(now, &fragment));
        }
        let identity = fragment.key.identity();
        self.give_up_old(now);
        if self.is_done(now, &identity, end, fragment.more) {
            return Outcome::Duplicate;
        }
        let mut pending = self.admit(now, &identity, fragment.key);
        self.bytes = self.bytes.saturating_sub(pending.cost());
        let outcome = pending.take(now, &fragment, from..end, self.limits.fragments);
        self.bytes = self.bytes.saturating_add(pending.cost());
        if !matches!(outcome, Outcome::Rejected(_)) && pending.is_whole() {
            return self.complete(now, identity, pending);
        }
        self.pending.insert(identity, pending);
        self.evict();
        outcome
    }

    /// Gives up what has waited too long by `now`, and hands over all that
    /// was given up since the last call.
    pub fn expire(&mut self, now: Instant) -> Vec<Incomplete> {
        self.give_up_old(now);
        self.given_up.drain(..).collect()
    }

    /// Gives up everything that waits, at the end of the capture.
    pub fn drain(&mut self) -> Vec<Incomplete> {
        let mut all: Vec<_> = self.given_up.drain(..).collect();
        while let Some(pending) = self.oldest() {
            all.push(pending.incomplete(GivenUp::CaptureEnded));
        }
        all
    }

    /// Bytes of fragments held, with what holding them costs.
    #[must_use]
    pub const fn held(&self) -> usize {
        self.bytes
    }

    fn complete(&mut self, now: Instant, identity: FragmentKey, pending: Pending) -> Outcome {
        self.ages.remove(&pending.age);
        self.bytes = self.bytes.saturating_sub(pending.cost());
        self.done.insert(
            identity,
            Done {
                at: now,
                len: pending.have,
            },
        );
        self.done_ages.push_back((now, identity));
        while self.done_ages.len() > self.limits.pending {
            if let Some((at, old)) = self.done_ages.pop_front()
                && self.done.get(&old).is_some_and(|done| done.at == at)
            {
                self.done.remove(&old);
            }
        }
        Outcome::Complete(pending.datagram())
    }

    /// Whether a fragment fits a datagram completed just before: the copy of
    /// another interface, or of a network that duplicates.
    fn is_done(&self, now: Instant, identity: &FragmentKey, end: usize, more: bool) -> bool {
        !self.pending.contains_key(identity)
            && self.done.get(identity).is_some_and(|done| {
                let fits = if more {
                    end < done.len
                } else {
                    end == done.len
                };
                fits && done.at.distance(now) <= DUPLICATES
            })
    }

    /// Takes the datagram out to be worked on, or begins one.
    fn admit(&mut self, now: Instant, identity: &FragmentKey, key: FragmentKey) -> Pending {
        self.pending.remove(identity).unwrap_or_else(|| {
            self.serial = self.serial.wrapping_add(1);
            let age = (now, self.serial);
            self.ages.insert(age, *identity);
            Pending {
                key,
                age,
                until: now,
                pieces: Map::new(),
                have: 0,
                len: None,
                frames: Vec::new(),
                overlap: false,
            }
        })
    }

    fn give_up_old(&mut self, now: Instant) {
        while let Some((&(since, _), _)) = self.ages.first_key_value() {
            if now.saturating_since(since) <= self.limits.timeout {
                break;
            }
            self.give_up(GivenUp::TimedOut);
        }
    }

    fn evict(&mut self) {
        while self.pending.len() > self.limits.pending
            || (self.bytes > self.limits.bytes && self.pending.len() > 1)
        {
            self.give_up(GivenUp::Evicted);
        }
    }

    /// Gives up the oldest datagram.
    fn give_up(&mut self, reason: GivenUp) {
        if let Some(pending) = self.oldest() {
            if self.given_up.len() >= MAX_GIVEN_UP {
                self.given_up.pop_front();
            }
            self.given_up.push_back(pending.incomplete(reason));
        }
    }

    fn oldest(&mut self) -> Option<Pending> {
        let (_, identity) = self.ages.pop_first()?;
        let pending = self.pending.remove(&identity)?;
        self.bytes = self.bytes.saturating_sub(pending.cost());
        Some(pending)
    }
}

impl Pending {
    fn take(
        &mut self,
        now: Instant,
        fragment: &Fragment<'_>,
        range: Range<usize>,
        limit: usize,
    ) -> Outcome {
        self.until = self.until.max(now);
        if self.is_condemned() {
            return Outcome::Rejected(Rejection::Overlap);
        }
        if self.repeats(&range, fragment) {
            return Outcome::Duplicate;
        }
        if self.ends_elsewhere(&range, fragment.more) {
            return Outcome::Rejected(Rejection::ConflictingEnd);
        }
        if self.frames.len() >= limit {
            return Outcome::Rejected(Rejection::TooManyFragments);
        }
        self.frames.push(fragment.frame);
        let gaps = self.gaps(range.clone());
        if gaps != [range.clone()] {
            self.overlap = true;
            if self.is_condemned() {
                return Outcome::Rejected(Rejection::Overlap);
            }
        }
        if range.start == 0 {
            self.key = fragment.key;
        }
        if !fragment.more {
            self.len = Some(range.end);
        }
        for gap in gaps {
            let from = gap.start.saturating_sub(range.start);
            let to = gap.end.saturating_sub(range.start);
            let bytes = fragment.bytes.get(from..to).unwrap_or_default();
            self.have = self.have.saturating_add(bytes.len());
            self.pieces.insert(gap.start, bytes.to_vec());
        }
        Outcome::Waiting
    }

    /// What the datagram costs in memory; many small pieces cost more than
    /// their bytes.
    fn cost(&self) -> usize {
        self.pieces
            .len()
            .saturating_mul(PIECE)
            .saturating_add(self.have)
    }

    /// Overlapping fragments condemn an IPv6 datagram and those to come.
    const fn is_condemned(&self) -> bool {
        self.overlap && self.key.source.is_ipv6()
    }

    fn repeats(&self, range: &Range<usize>, fragment: &Fragment<'_>) -> bool {
        let same = self
            .pieces
            .get(&range.start)
            .is_some_and(|piece| piece == fragment.bytes);
        same && (fragment.more != (self.len == Some(range.end)))
    }

    fn ends_elsewhere(&self, range: &Range<usize>, more: bool) -> bool {
        match self.len {
            Some(len) => {
                range.end > len || (!more && range.end != len) || (more && range.end == len)
            }
            None => !more && range.end < self.reach(),
        }
    }

    /// Where the last piece ends.
    fn reach(&self) -> usize {
        let last = self.pieces.last_key_value();
        last.map_or(0, |(at, piece)| at.saturating_add(piece.len()))
    }

    /// The parts of `range` that no piece covers.
    fn gaps(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let mut gaps = Vec::new();
        let mut from = range.start;
        let before = self.pieces.up_to(&range.start).next_back();
        let behind = self.pieces.after(&range.start);
        let within = behind.take_while(|(at, _)| **at < range.end);
        for (&at, piece) in before.into_iter().chain(within) {
            if at > from {
                gaps.push(from..at);
            }
            from = from.max(at.saturating_add(piece.len()));
        }
        if from < range.end {
            gaps.push(from..range.end);
        }
        gaps
    }

    fn is_whole(&self) -> bool {
        self.len == Some(self.have) && !self.is_condemned()
    }

    fn datagram(self) -> Datagram {
        Datagram {
            key: self.key,
            bytes: self.pieces.into_values().collect::<Vec<_>>().concat(),
            frames: self.frames,
            overlap: self.overlap,
            since: self.age.0,
        }
    }

    fn incomplete(self, reason: GivenUp) -> Incomplete {
        Incomplete {
            key: self.key,
            reason: if self.is_condemned() {
                GivenUp::Overlapped
            } else {
                reason
            },
            since: self.age.0,
            until: self.until,
            missing: self.gaps(0..self.len.unwrap_or(self.reach())),
            first: self
                .pieces
                .get(&0)
                .map(|piece| piece.get(..MAX_FIRST).unwrap_or(piece).to_vec()),
            len: self.len,
            overlap: self.overlap,
            frames: self.frames,
        }
    }
}

/// What is wrong with a fragment by itself.
const fn unfit(fragment: &Fragment<'_>, end: usize) -> Option<Rejection> {
    if fragment.bytes.is_empty() {
        Some(Rejection::Empty)
    } else if end > MAX_DATAGRAM {
        Some(Rejection::TooLong)
    } else if fragment.more && !fragment.bytes.len().is_multiple_of(8) {
        Some(Rejection::Unaligned)
    } else {
        None
    }
}

/// A datagram in one fragment, which concerns no other (RFC 6946).
fn whole(now: Instant, fragment: &Fragment<'_>) -> Datagram {
    Datagram {
        key: fragment.key,
        bytes: fragment.bytes.to_vec(),
        frames: vec![fragment.frame],
        overlap: false,
        since: now,
    }
}

/// The longest payload of an IP datagram.
const MAX_DATAGRAM: usize = 65_535;
/// Fragments of one datagram: enough for the longest at an MTU of 296.
const MAX_FRAGMENTS: usize = 256;
/// Datagrams waiting, and datagrams remembered as completed.
const MAX_PENDING: usize = 1024;
/// Bytes waiting, of all datagrams.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// What a piece costs beside its bytes.
const PIECE: usize = 64;
/// How long a datagram waits after its first fragment, as Linux has it.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How long after its completion a datagram's fragments count as duplicates.
const DUPLICATES: Duration = Duration::from_secs(1);
/// Given-up datagrams that wait to be fetched.
const MAX_GIVEN_UP: usize = 1024;
/// Bytes kept of a given-up datagram's beginning.
const MAX_FIRST: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Instant = Instant::from_seconds(1_000, 0);

    fn v4(id: u32) -> FragmentKey {
        FragmentKey {
            source: [192, 0, 2, 10].into(),
            destination: [198, 51, 100, 20].into(),
            protocol: 17,
            id,
        }
    }

    fn v6(id: u32) -> FragmentKey {
        FragmentKey {
            source: [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1].into(),
            destination: [0x2001, 0xdb8, 0, 0, 0, 0, 0, 2].into(),
            protocol: 17,
            id,
        }
    }

    fn piece(key: FragmentKey, offset: u16, more: bool, bytes: &[u8], frame: u64) -> Fragment<'_> {
        Fragment {
            key,
            offset,
            more,
            bytes,
            frame,
        }
    }

    fn complete(outcome: Outcome) -> Datagram {
        let Outcome::Complete(datagram) = outcome else {
            panic!("{outcome:?}");
        };
        datagram
    }

    #[test]
    fn puts_fragments_together_in_any_order() {
        let mut all = Reassembler::default();
        assert_eq!(
            all.push(NOW, piece(v4(1), 16, false, b"end", 3)),
            Outcome::Waiting
        );
        assert_eq!(
            all.push(NOW, piece(v4(2), 8, false, b"other", 4)),
            Outcome::Waiting
        );
        assert_eq!(
            all.push(NOW, piece(v4(1), 0, true, b"01234567", 5)),
            Outcome::Waiting
        );
        let datagram = complete(all.push(NOW, piece(v4(1), 8, true, b"89abcdef", 6)));
        assert_eq!(datagram.bytes, b"0123456789abcdefend");
        assert_eq!(datagram.frames, [3, 5, 6]);
        assert!(!datagram.overlap);
        let left = all.drain();
        assert_eq!(left.len(), 1);
        assert_eq!((left[0].key, &left[0].frames), (v4(2), &vec![4]));
        assert_eq!(left[0].missing, vec![0..8]);
        assert_eq!(all.held(), 0);
    }

    #[test]
    fn only_the_first_fragment_came() {
        let mut all = Reassembler::default();
        let first = [7; 1480];
        all.push(NOW, piece(v4(9), 0, true, &first, 12));
        let later = NOW.saturating_add(TIMEOUT);
        assert_eq!(all.expire(later), []);
        let gone = all.expire(later.saturating_add(Duration::from_micros(1)));
        assert_eq!(gone[0].reason, GivenUp::TimedOut);
        assert_eq!(gone[0].first.as_deref(), Some(&first[..]));
        assert_eq!((gone[0].len, &gone[0].missing[..]), (None, &[][..]));
        assert_eq!((&gone[0].frames[..], gone[0].since), (&[12][..], NOW));
        assert_eq!(all.held(), 0);
    }

    #[test]
    fn a_second_copy_of_everything_is_duplicate() {
        let mut all = Reassembler::default();
        let (a, b) = (
            piece(v4(1), 0, true, b"01234567", 1),
            piece(v4(1), 8, false, b"89", 3),
        );
        assert_eq!(all.push(NOW, a), Outcome::Waiting);
        assert_eq!(all.push(NOW, a), Outcome::Duplicate);
        assert!(matches!(all.push(NOW, b), Outcome::Complete(_)));
        assert_eq!(all.push(NOW, b), Outcome::Duplicate);
        assert_eq!(all.push(NOW, a), Outcome::Duplicate);
        assert_eq!(all.drain(), []);
        // An identification may come again, but not at once.
        let later = NOW.saturating_add(Duration::from_secs(2));
        assert_eq!(all.push(later, a), Outcome::Waiting);
    }

    #[test]
    fn ipv4_keeps_what_came_first_and_says_so() {
        let mut all = Reassembler::default();
        all.push(NOW, piece(v4(1), 8, true, b"AAAAAAAA", 1));
        all.push(NOW, piece(v4(1), 0, true, b"BBBBBBBBBBBBBBBBBBBBBBBB", 2));
        let datagram = complete(all.push(NOW, piece(v4(1), 24, false, b"C", 3)));
        assert_eq!(datagram.bytes, b"BBBBBBBBAAAAAAAABBBBBBBBC");
        assert!(datagram.overlap);
    }

    /// RFC 5722: the datagram is lost, and so are fragments still to come.
    #[test]
    fn ipv6_overlap_condemns_the_datagram() {
        let mut all = Reassembler::default();
        all.push(NOW, piece(v6(1), 0, true, &[1; 16], 1));
        let refused = Outcome::Rejected(Rejection::Overlap);
        assert_eq!(all.push(NOW, piece(v6(1), 8, true, &[2; 16], 2)), refused);
        assert_eq!(all.push(NOW, piece(v6(1), 16, false, &[3; 1], 3)), refused);
        let left = all.drain();
        assert_eq!(
            (left[0].reason, left[0].overlap),
            (GivenUp::Overlapped, true)
        );
        assert_eq!(left[0].frames, [1, 2]);
    }

    /// RFC 8200 §4.5: only the first fragment's next header counts.
    #[test]
    fn ipv6_next_headers_may_differ() {
        let mut all = Reassembler::default();
        let odd = FragmentKey {
            protocol: 59,
            ..v6(1)
        };
        all.push(NOW, piece(odd, 8, false, b"x", 1));
        let first = piece(v6(1), 0, true, b"01234567", 2);
        assert_eq!(complete(all.push(NOW, first)).key, v6(1));
        let mut all = Reassembler::default();
        let odd = FragmentKey {
            protocol: 50,
            ..v4(1)
        };
        all.push(NOW, piece(odd, 8, false, b"x", 1));
        let first = piece(v4(1), 0, true, b"01234567", 2);
        assert_eq!(all.push(NOW, first), Outcome::Waiting);
    }

    /// RFC 6946: an atomic fragment concerns no other with its identification.
    #[test]
    fn atomic_fragments_stand_alone() {
        let mut all = Reassembler::default();
        all.push(NOW, piece(v6(0), 0, true, b"01234567", 1));
        let outcome = all.push(NOW, piece(v6(0), 0, false, b"alone", 2));
        assert!(matches!(outcome, Outcome::Complete(d) if d.bytes == b"alone" && d.frames == [2]));
        assert_eq!(all.drain().len(), 1);
    }

    #[test]
    fn refuses_what_cannot_be() {
        let mut all = Reassembler::default();
        let no = |why| Outcome::Rejected(why);
        assert_eq!(
            all.push(NOW, piece(v4(1), 8, true, b"", 1)),
            no(Rejection::Empty)
        );
        assert_eq!(
            all.push(NOW, piece(v4(1), 8, true, b"1234567", 1)),
            no(Rejection::Unaligned)
        );
        assert_eq!(
            all.push(NOW, piece(v4(1), 65_528, false, &[0; 8], 1)),
            no(Rejection::TooLong)
        );
        assert_eq!(
            all.push(NOW, piece(v4(1), 65_528, false, &[0; 7], 1)),
            Outcome::Waiting
        );
        let end = no(Rejection::ConflictingEnd);
        assert_eq!(all.push(NOW, piece(v4(1), 8, false, &[0; 8], 2)), end);
        all.push(NOW, piece(v4(2), 16, true, &[0; 8], 3));
        assert_eq!(all.push(NOW, piece(v4(2), 8, false, &[0; 8], 4)), end);
        assert_eq!(all.drain().len(), 2);
    }

    #[test]
    fn one_piece_more_than_the_limit_is_refused() {
        let mut all = Reassembler::default();
        for n in 0..256_u16 {
            let outcome = all.push(NOW, piece(v4(1), 16 * n, true, &[0; 8], n.into()));
            assert_eq!(outcome, Outcome::Waiting);
        }
        let outcome = all.push(NOW, piece(v4(1), 16 * 256, true, &[0; 8], 256));
        assert_eq!(outcome, Outcome::Rejected(Rejection::TooManyFragments));
    }

    #[test]
    fn one_datagram_more_than_the_limit_evicts_the_oldest() {
        let mut all = Reassembler::default();
        let start = u64::try_from(MAX_PENDING).unwrap();
        for id in 0..=1024 {
            all.push(NOW, piece(v4(id), 0, true, &[0; 8], start + u64::from(id)));
        }
        let gone = all.expire(NOW);
        assert_eq!(
            (gone.len(), gone[0].key, gone[0].reason),
            (1, v4(0), GivenUp::Evicted)
        );
        assert_eq!(all.drain().len(), MAX_PENDING);
    }

    #[test]
    fn bytes_are_bounded_and_so_is_what_nobody_fetches() {
        let mut all = Reassembler::default();
        for id in 0..5_000 {
            all.push(NOW, piece(v4(id), 0, true, &[0; 40_000], 1));
            assert!(all.held() <= MAX_BYTES);
        }
        let gone = all.expire(NOW);
        assert_eq!(gone.len(), MAX_GIVEN_UP);
        assert!(
            gone.iter()
                .all(|datagram| datagram.first.as_ref().unwrap().len() == MAX_FIRST)
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        /// Any cut, any order, any repetition: the same datagram.
        #[test]
        fn any_order_gives_the_datagram(
            len in 9_usize..3_000,
            cuts in prop::collection::btree_set(1_usize..370, 1..20),
            order in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
            key in prop_oneof![Just(v4(7)), Just(v6(7))],
        ) {
            let whole: Vec<u8> = (0..len).map(|i| u8::try_from(i % 251).unwrap()).collect();
            let mut bounds: Vec<_> = cuts.into_iter().map(|cut| cut * 8).filter(|cut| *cut < len).collect();
            bounds.insert(0, 0);
            bounds.push(len);
            let ranges: Vec<_> = bounds.windows(2).map(|pair| pair[0]..pair[1]).collect();
            let picked = order.iter().map(|index| index.index(ranges.len()));
            let mut all = Reassembler::default();
            let mut complete = Vec::new();
            for n in picked.chain((0..ranges.len()).rev()) {
                let range = ranges[n].clone();
                let offset = u16::try_from(range.start).unwrap();
                let fragment = piece(key, offset, range.end < len, &whole[range], 1);
                if let Outcome::Complete(datagram) = all.push(NOW, fragment) {
                    complete.push(datagram);
                }
            }
            // A datagram in one piece is whole each time it comes.
            prop_assert!(complete.len() == 1 || ranges.len() == 1);
            prop_assert_eq!(&complete[0].bytes, &whole);
            prop_assert!(!complete[0].overlap);
            prop_assert_eq!(all.drain(), vec![]);
            prop_assert_eq!(all.held(), 0);
        }

        /// Whatever comes: IPv4 believes the first byte at each place.
        #[test]
        fn the_first_byte_at_a_place_wins(
            fragments in prop::collection::vec((0_u16..12, 1_usize..6, any::<bool>()), 1..30),
        ) {
            let mut all = Reassembler::default();
            let mut model = [None; 200];
            for (n, (at, eights, more)) in fragments.into_iter().enumerate() {
                let mark = u8::try_from(n).unwrap();
                let bytes = vec![mark; eights * 8];
                let offset = at * 8;
                match all.push(NOW, piece(v4(1), offset, more, &bytes, n as u64)) {
                    Outcome::Waiting => {
                        for place in model.iter_mut().skip(offset.into()).take(bytes.len()) {
                            place.get_or_insert(mark);
                        }
                    }
                    Outcome::Complete(datagram) if offset > 0 || more => {
                        for place in model.iter_mut().skip(offset.into()).take(bytes.len()) {
                            place.get_or_insert(mark);
                        }
                        let want: Vec<u8> = model.iter().flatten().copied().collect();
                        prop_assert_eq!(datagram.bytes, want);
                        break;
                    }
                    Outcome::Complete(_) | Outcome::Duplicate | Outcome::Rejected(_) => {}
                }
            }
            all.drain();
            prop_assert_eq!(all.held(), 0);
        }
    }
}
