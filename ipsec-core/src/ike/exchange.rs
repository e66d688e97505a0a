//! The exchanges of one IKE SA: message IDs, the window, retransmission and
//! the response kept for a request that comes again (RFC 7296 §2.1 to §2.3).

use super::retransmit::Retransmission;
use crate::crypto::Random;
use crate::time::Instant;
use alloc::vec::Vec;

/// The datagrams of one message: one, or its fragments.
pub(super) type Datagrams = Vec<Vec<u8>>;

/// When a request is sent again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sending {
    schedule: Retransmission,
    sent: u8,
    next: Instant,
}

/// What a request's time brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Not yet.
    Not,
    /// Send it again, for the so-manieth time.
    Again(u8),
    /// No answer will come.
    GiveUp,
}

impl Sending {
    /// A request that is sent at `now`.
    pub(super) fn new(now: Instant, schedule: Retransmission, random: &mut dyn Random) -> Self {
        let mut sending = Self {
            schedule,
            sent: 0,
            next: now,
        };
        sending.wait(now, random);
        sending
    }

    /// When something is due.
    pub(super) const fn next(&self) -> Instant {
        self.next
    }

    /// What is due at `now`; the time after that is set.
    pub(super) fn due(&mut self, now: Instant, random: &mut dyn Random) -> Due {
        if now < self.next {
            return Due::Not;
        }
        if self.sent >= self.schedule.tries {
            return Due::GiveUp;
        }
        self.sent = self.sent.saturating_add(1);
        self.wait(now, random);
        Due::Again(self.sent)
    }

    fn wait(&mut self, now: Instant, random: &mut dyn Random) {
        let mut bytes = [0; 4];
        random.fill(&mut bytes);
        let delay = self.schedule.delay(self.sent, u32::from_be_bytes(bytes));
        self.next = now.saturating_add(delay.unwrap_or_default());
    }
}

/// A request of ours that waits for its response.
#[derive(Debug)]
pub(super) struct Pending {
    id: u32,
    datagrams: Datagrams,
    sending: Sending,
}

/// How a request of the peer relates to what was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// It is the next one.
    New,
    /// It was answered; the answer goes out again.
    Answered,
    /// It is out of the window.
    Outside,
}

/// The exchanges of one IKE SA, with a window of one in either direction.
#[derive(Debug, Default)]
pub(super) struct Exchanges {
    next_request: u32,
    pending: Option<Pending>,
    expected: u32,
    answered: Option<Datagrams>,
}

impl Exchanges {
    /// Goes on where the handshake ended: the ID of our next request, of the
    /// peer's next one, and the last response.
    pub(super) const fn after(
        next_request: u32,
        expected: u32,
        answered: Option<Datagrams>,
    ) -> Self {
        Self {
            next_request,
            pending: None,
            expected,
            answered,
        }
    }

    /// The ID of the next request, when one may be sent; none is used twice,
    /// so after the last one no more can (RFC 7296 §2.2).
    pub(super) fn free(&self) -> Option<u32> {
        (self.pending.is_none() && self.next_request < u32::MAX).then_some(self.next_request)
    }

    /// Takes note of the request that is sent now.
    pub(super) fn sent(&mut self, datagrams: Datagrams, sending: Sending) {
        self.pending = Some(Pending {
            id: self.next_request,
            datagrams,
            sending,
        });
        self.next_request = self.next_request.saturating_add(1);
    }

    /// Whether a response with this ID is awaited.
    pub(super) fn awaits(&self, id: u32) -> bool {
        self.pending
            .as_ref()
            .is_some_and(|pending| pending.id == id)
    }

    /// The awaited response has come.
    pub(super) fn finish(&mut self) {
        self.pending = None;
    }

    pub(super) fn arrival(&self, id: u32) -> Arrival {
        if id == self.expected {
            Arrival::New
        } else if id.checked_add(1) == Some(self.expected) && self.answered.is_some() {
            Arrival::Answered
        } else {
            Arrival::Outside
        }
    }

    /// Keeps the response to the awaited request.
    pub(super) fn answer(&mut self, datagrams: Datagrams) {
        self.answered = Some(datagrams);
        self.expected = self.expected.saturating_add(1);
    }

    /// The last response.
    pub(super) fn last_answer(&self) -> &[Vec<u8>] {
        self.answered.as_deref().unwrap_or_default()
    }

    /// When a request is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.pending.as_ref().map(|pending| pending.sending.next())
    }

    /// What is due at `now`, and the datagrams to send again.
    pub(super) fn due(&mut self, now: Instant, random: &mut dyn Random) -> (Due, &[Vec<u8>]) {
        match &mut self.pending {
            None => (Due::Not, &[]),
            Some(pending) => (pending.sending.due(now, random), &pending.datagrams),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    struct Zero;

    impl Random for Zero {
        fn fill(&mut self, out: &mut [u8]) {
            out.fill(0);
        }
    }

    #[test]
    fn one_request_at_a_time_and_none_twice() {
        let mut exchanges = Exchanges::after(u32::MAX - 1, 0, None);
        let sending = Sending::new(Instant::ZERO, Retransmission::default(), &mut Zero);
        assert_eq!(exchanges.free(), Some(u32::MAX - 1));
        exchanges.sent(vec![vec![1]], sending);
        assert_eq!(exchanges.free(), None);
        assert!(exchanges.awaits(u32::MAX - 1) && !exchanges.awaits(0));
        exchanges.finish();
        assert_eq!(exchanges.free(), None, "message IDs do not wrap");
    }

    #[test]
    fn a_repeated_request_gets_the_same_answer() {
        let mut exchanges = Exchanges::default();
        assert_eq!(exchanges.arrival(0), Arrival::New);
        assert_eq!(exchanges.arrival(1), Arrival::Outside);
        exchanges.answer(vec![vec![7]]);
        assert_eq!(exchanges.arrival(0), Arrival::Answered);
        assert_eq!(exchanges.last_answer(), [vec![7]]);
        assert_eq!(exchanges.arrival(1), Arrival::New);
        exchanges.answer(vec![vec![8]]);
        assert_eq!(exchanges.arrival(0), Arrival::Outside);
    }

    #[test]
    fn a_request_is_repeated_and_given_up() {
        let schedule = Retransmission {
            tries: 1,
            ..Retransmission::default()
        };
        let at = |seconds| Instant::from_seconds(seconds, 0);
        let mut exchanges = Exchanges::default();
        exchanges.sent(vec![vec![1]], Sending::new(at(0), schedule, &mut Zero));
        assert_eq!(exchanges.next(), Some(at(4)));
        assert_eq!(exchanges.due(at(3), &mut Zero).0, Due::Not);
        let (due, datagrams) = exchanges.due(at(4), &mut Zero);
        assert_eq!((due, datagrams), (Due::Again(1), &[vec![1]][..]));
        assert_eq!(exchanges.due(at(12), &mut Zero).0, Due::GiveUp);
    }
}
