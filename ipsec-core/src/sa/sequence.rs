//! Sequence numbers of an SA: a counter that never repeats, and a window that
//! never takes a number twice.
//!
//! RFC 4303 §3.3.3 (sender), §3.4.3 (receiver) and appendix A (extended
//! numbers, of which packets carry the lower half); RFC 6479 (a window of
//! words that are reused instead of shifted); RFC 6311 §5 (a standby that takes
//! over skips what may have been sent).

use core::fmt;
use smallvec::SmallVec;

/// The number of one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SequenceNumber(u64);

impl SequenceNumber {
    /// All 64 bits; the upper half is zero where numbers are not extended.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// What the packet carries.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the lower half is asked for"
    )]
    pub const fn low(self) -> u32 {
        self.0 as u32
    }

    /// What the packet does not carry and the check value covers.
    #[must_use]
    pub const fn high(self) -> u32 {
        (self.0 >> 32) as u32
    }
}

impl From<u64> for SequenceNumber {
    fn from(number: u64) -> Self {
        Self(number)
    }
}

/// How many sequence numbers an SA has (RFC 4303 §2.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 4303 has these two")]
pub enum Numbers {
    /// 2³² − 1.
    #[default]
    Short,
    /// 2⁶⁴ − 1, negotiated as ESN.
    Extended,
}

impl Numbers {
    /// The half of `number` that the check value covers and the packet does
    /// not carry; `None` where there is none.
    #[must_use]
    pub fn high(self, number: SequenceNumber) -> Option<u32> {
        (self == Self::Extended).then(|| number.high())
    }

    const fn last(self) -> u64 {
        match self {
            Self::Short => u32::MAX as u64,
            Self::Extended => u64::MAX,
        }
    }
}

/// The sender's counter. It cannot be copied and does not wrap, so no number,
/// and no nonce made of one, is used twice under one key.
///
/// ```
/// use ipsec_core::sa::sequence::{Counter, Numbers};
/// let mut counter = Counter::new(Numbers::Short);
/// assert_eq!(counter.next().unwrap().get(), 1);
/// counter.skip(u64::from(u32::MAX));
/// assert!(counter.next().is_none());
/// ```
#[derive(Debug)]
pub struct Counter {
    sent: u64,
    numbers: Numbers,
}

impl Counter {
    /// The counter of a new SA: its first number is 1.
    #[must_use]
    pub const fn new(numbers: Numbers) -> Self {
        Self { sent: 0, numbers }
    }

    /// How many numbers there are.
    #[must_use]
    pub const fn numbers(&self) -> Numbers {
        self.numbers
    }

    /// The last number given out; 0 before the first.
    #[must_use]
    pub const fn sent(&self) -> u64 {
        self.sent
    }

    /// The next number; `None` when all are used and the SA must be replaced.
    pub const fn next(&mut self) -> Option<SequenceNumber> {
        if self.sent >= self.numbers.last() {
            return None;
        }
        self.sent = self.sent.saturating_add(1);
        Some(SequenceNumber(self.sent))
    }

    /// Leaves out so many numbers: what another node may have sent meanwhile.
    pub const fn skip(&mut self, count: u64) {
        let sent = self.sent.saturating_add(count);
        let last = self.numbers.last();
        self.sent = if sent > last { last } else { sent };
    }
}

/// Why the receiver's window does not take a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a window refuses for these reasons"
)]
pub enum Refusal {
    /// Zero, which no sender uses.
    Zero,
    /// It was received before.
    Replayed,
    /// So far behind the latest that nothing tells whether it was received.
    TooOld,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zero => "sequence number 0",
            Self::Replayed => "a sequence number that was received before",
            Self::TooOld => "a sequence number behind the window",
        })
    }
}

impl core::error::Error for Refusal {}

/// The receiver's memory of what came.
///
/// A number is asked for first ([`Window::number`]), and put down only when
/// the packet proved authentic ([`Window::accept`]): otherwise anybody could
/// move the window.
#[derive(Debug)]
pub struct Window {
    /// One bit a number; a power of two of words, one more than the size asks
    /// for, so that moving on clears whole words. Those of a small window lie in
    /// it: one wait for memory less for a packet.
    words: SmallVec<[u64; 4]>,
    top: u64,
    size: u32,
    numbers: Numbers,
}

impl Window {
    /// A window of at least `size` numbers, from [`WINDOW_MIN`] to
    /// [`WINDOW_MAX`].
    #[must_use]
    pub fn new(size: u32, numbers: Numbers) -> Self {
        let size = size.clamp(WINDOW_MIN, WINDOW_MAX);
        let words = size.div_ceil(u64::BITS).saturating_add(1);
        let words = usize::try_from(words.next_power_of_two()).unwrap_or(1);
        Self {
            words: SmallVec::from_elem(0, words),
            top: 0,
            size,
            numbers,
        }
    }

    /// A window as it was when [`Window::marks`] was taken of it; `None` where
    /// these are no marks of a window of this size.
    #[must_use]
    pub fn restored(size: u32, numbers: Numbers, top: u64, marks: &[u64]) -> Option<Self> {
        let mut window = Self::new(size, numbers);
        let fits = window.size == size && top <= numbers.last();
        if !fits || marks.len() != window.words.len() {
            return None;
        }
        window.words.copy_from_slice(marks);
        window.top = top;
        Some(window)
    }

    /// One bit for each number that it remembers, for [`Window::restored`].
    #[must_use]
    pub fn marks(&self) -> &[u64] {
        &self.words
    }

    /// Takes the next so many numbers for received: what another node may have
    /// taken meanwhile (RFC 6311 §5).
    pub fn skip(&mut self, count: u64) {
        if count == 0 {
            return;
        }
        let top = self.top.saturating_add(count).min(self.numbers.last());
        self.words.fill(u64::MAX);
        self.top = top;
        let (word, bit) = self.place(top);
        if let Some(word) = self.words.get_mut(word) {
            *word = bit | bit.wrapping_sub(1);
        }
    }

    /// How many numbers there are.
    #[must_use]
    pub const fn numbers(&self) -> Numbers {
        self.numbers
    }

    /// How many numbers behind the latest it remembers, with it.
    #[must_use]
    pub const fn size(&self) -> u32 {
        self.size
    }

    /// The latest number; 0 before the first packet.
    #[must_use]
    pub const fn top(&self) -> u64 {
        self.top
    }

    /// The whole number of a packet that carries `low`, if it may be taken.
    ///
    /// # Errors
    ///
    /// Why the packet is to be dropped, whatever it holds.
    pub fn number(&self, low: u32) -> Result<SequenceNumber, Refusal> {
        let number = match self.numbers {
            Numbers::Short => u64::from(low),
            Numbers::Extended => self.extended(low).ok_or(Refusal::TooOld)?,
        };
        self.check(number)?;
        Ok(SequenceNumber(number))
    }

    /// The number with these lower bits that lies in the window or next above
    /// it (RFC 4303 appendix A2.1).
    fn extended(&self, low: u32) -> Option<u64> {
        let bottom = self
            .top
            .saturating_sub(u64::from(self.size).saturating_sub(1));
        let candidate = bottom & !u64::from(u32::MAX) | u64::from(low);
        if candidate >= bottom {
            return Some(candidate);
        }
        candidate.checked_add(1 << 32)
    }

    /// Whether `number` may be taken.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn check(&self, number: u64) -> Result<(), Refusal> {
        if number == 0 {
            return Err(Refusal::Zero);
        }
        if number > self.top {
            return Ok(());
        }
        if self.top.saturating_sub(number) >= u64::from(self.size) {
            return Err(Refusal::TooOld);
        }
        let (word, bit) = self.place(number);
        match self.words.get(word) {
            Some(word) if word & bit == 0 => Ok(()),
            _ => Err(Refusal::Replayed),
        }
    }

    /// Remembers `number` of an authentic packet.
    ///
    /// # Errors
    ///
    /// It may not be taken; the window is then as it was.
    pub fn accept(&mut self, number: SequenceNumber) -> Result<(), Refusal> {
        self.check(number.0)?;
        self.advance(number.0);
        let (word, bit) = self.place(number.0);
        if let Some(word) = self.words.get_mut(word) {
            *word |= bit;
        }
        Ok(())
    }

    /// Clears the words that `number` moves the window into.
    fn advance(&mut self, number: u64) {
        if number <= self.top {
            return;
        }
        let (before, after) = (self.top / BITS, number / BITS);
        let words = u64::try_from(self.words.len()).unwrap_or(u64::MAX);
        let fresh = after.saturating_sub(before).min(words);
        for word in after.saturating_sub(fresh).saturating_add(1)..=after {
            let (place, _) = self.place(word.saturating_mul(BITS));
            if let Some(word) = self.words.get_mut(place) {
                *word = 0;
            }
        }
        self.top = number;
    }

    fn place(&self, number: u64) -> (usize, u64) {
        let mask = u64::try_from(self.words.len())
            .unwrap_or(1)
            .saturating_sub(1);
        let word = usize::try_from((number / BITS) & mask).unwrap_or(0);
        (word, 1 << (number % BITS))
    }
}

/// Numbers of the smallest window (RFC 4303 §3.4.3).
pub const WINDOW_MIN: u32 = 32;

/// Numbers of the largest window.
pub const WINDOW_MAX: u32 = 8192;

/// Numbers of one word.
const BITS: u64 = u64::BITS as u64;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;
    use proptest::prelude::*;

    fn took(window: &mut Window, low: u32) -> Result<u64, Refusal> {
        let number = window.number(low)?;
        window.accept(number)?;
        Ok(number.get())
    }

    #[test]
    fn each_number_once_and_none_twice() {
        let mut counter = Counter::new(Numbers::Extended);
        counter.skip(u64::from(u32::MAX) - 1);
        let numbers: Vec<_> = (0..3).map_while(|_| counter.next()).collect();
        let halves: Vec<_> = numbers.iter().map(|n| (n.high(), n.low())).collect();
        assert_eq!(halves, [(0, u32::MAX), (1, 0), (1, 1)]);
        counter.skip(u64::MAX);
        assert!(counter.next().is_none());
        assert!(counter.next().is_none());
    }

    #[test]
    fn late_is_taken_and_twice_is_not() {
        let mut window = Window::new(64, Numbers::Short);
        assert_eq!(took(&mut window, 0), Err(Refusal::Zero));
        assert_eq!(took(&mut window, 100), Ok(100));
        assert_eq!(took(&mut window, 37), Ok(37));
        assert_eq!(took(&mut window, 37), Err(Refusal::Replayed));
        assert_eq!(took(&mut window, 36), Err(Refusal::TooOld));
        assert_eq!(took(&mut window, u32::MAX), Ok(u64::from(u32::MAX)));
        assert_eq!(took(&mut window, 101), Err(Refusal::TooOld));
    }

    /// What is asked for and not accepted leaves no trace: the packet may have
    /// been forged.
    #[test]
    fn a_question_moves_nothing() {
        let mut window = Window::new(32, Numbers::Short);
        assert!(window.number(1_000_000).is_ok());
        assert_eq!(window.top(), 0);
        assert_eq!(took(&mut window, 1), Ok(1));
    }

    /// RFC 4303 appendix A2.1, both cases: the window within one subspace of
    /// 2³² numbers, and across two.
    #[test]
    fn the_upper_half_is_found() {
        let mut window = Window::new(64, Numbers::Extended);
        let high = 1_u64 << 32;
        assert_eq!(took(&mut window, u32::MAX), Ok(u64::from(u32::MAX)));
        assert_eq!(took(&mut window, 5), Ok(high + 5));
        assert_eq!(took(&mut window, u32::MAX - 1), Ok(u64::from(u32::MAX) - 1));
        assert_eq!(took(&mut window, u32::MAX), Err(Refusal::Replayed));
        assert_eq!(took(&mut window, 4), Ok(high + 4));
        assert_eq!(took(&mut window, 200), Ok(high + 200));
        assert_eq!(took(&mut window, 100), Ok(2 * high + 100));
        assert_eq!(window.top(), 2 * high + 100);
    }

    #[test]
    fn the_last_number_of_all_is_the_end() {
        let mut window = Window::new(32, Numbers::Extended);
        window.accept(SequenceNumber(u64::MAX)).unwrap();
        assert_eq!(window.number(7), Err(Refusal::TooOld));
        assert_eq!(window.number(u32::MAX), Err(Refusal::Replayed));
        assert_eq!(window.number(u32::MAX - 1).unwrap().get(), u64::MAX - 1);
    }

    #[test]
    fn a_window_goes_on_elsewhere() {
        let mut window = Window::new(100, Numbers::Short);
        for low in [1, 70, 150] {
            took(&mut window, low).unwrap();
        }
        let restored = |marks: &[u64]| Window::restored(100, Numbers::Short, 150, marks);
        let mut again = restored(window.marks()).unwrap();
        assert_eq!(took(&mut again, 70), Err(Refusal::Replayed));
        assert_eq!(took(&mut again, 71), Ok(71));
        again.skip(60);
        assert_eq!(again.top(), 210);
        for low in [111, 151, 210] {
            assert_eq!(took(&mut again, low), Err(Refusal::Replayed), "{low}");
        }
        for low in [211, 300, 255] {
            assert_eq!(took(&mut again, low), Ok(low.into()));
        }
        assert!(restored(&[0]).is_none());
        again.skip(u64::MAX);
        assert_eq!(again.top(), u64::from(u32::MAX));
    }

    #[test]
    fn sizes_have_bounds() {
        for (asked, size) in [(0, WINDOW_MIN), (1000, 1000), (u32::MAX, WINDOW_MAX)] {
            assert_eq!(Window::new(asked, Numbers::Short).size(), size);
        }
    }

    proptest! {
        /// Against a set that forgets nothing.
        #[test]
        fn a_window_is_a_set(
            size in WINDOW_MIN..=300,
            start in prop_oneof![Just(0_u64), (1_u64 << 32) - 200..(1_u64 << 32) + 200],
            steps in prop::collection::vec((-400_i64..400, any::<bool>()), 1..200),
        ) {
            let mut window = Window::new(size, Numbers::Extended);
            let (mut seen, mut at) = (BTreeSet::new(), start);
            for (step, forged) in steps {
                at = at.saturating_add_signed(step);
                let top = window.top();
                let expected = if at == 0 {
                    Err(Refusal::Zero)
                } else if at + u64::from(size) <= top {
                    Err(Refusal::TooOld)
                } else if seen.contains(&at) {
                    Err(Refusal::Replayed)
                } else {
                    Ok(())
                };
                prop_assert_eq!(window.check(at), expected);
                if expected.is_ok() && !forged {
                    window.accept(SequenceNumber(at)).unwrap();
                    seen.insert(at);
                }
            }
        }
    }
}
