//! One ESP or AH flow, summed up packet by packet in constant memory: which
//! sequence numbers came, came again, or never came.

use super::unsealed::Unsealed;
use crate::evidence::{Place, ProtectedFlow, Route, Tally};
use crate::time::{Duration, Instant};
use alloc::boxed::Box;

/// What one packet adds to its flow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) number: u64,
    pub(super) at: Instant,
    pub(super) sequence: u32,
    /// Bytes from the ESP or AH header on.
    pub(super) len: usize,
    /// Bytes from the IP header on.
    pub(super) ip_len: usize,
    pub(super) fragmented: bool,
    /// Tells packets of the same sequence number apart.
    pub(super) digest: u32,
}

/// A flow under observation.
#[derive(Debug)]
pub(super) struct FlowMeter {
    number: u64,
    flow: ProtectedFlow,
    /// Distinct sequence numbers seen.
    distinct: u64,
    window: Box<Window>,
}

impl FlowMeter {
    pub(super) fn new(
        route: Route,
        is_ah: bool,
        spi: u32,
        encapsulated: bool,
        first: Sample,
        place: Place,
    ) -> Self {
        let mut flow = ProtectedFlow::new(
            Tally::new(route, first.at),
            is_ah,
            spi,
            first.sequence,
            place,
        );
        flow.tally.packets = 0;
        flow.udp_encapsulated = encapsulated;
        let mut meter = Self {
            number: first.number,
            flow,
            distinct: 0,
            window: Box::default(),
        };
        meter.add(first);
        meter
    }

    pub(super) fn add(&mut self, packet: Sample) {
        let flow = &mut self.flow;
        let silence = packet.at.saturating_since(flow.tally.last);
        let longest = flow
            .longest_gap
            .map_or(Duration::ZERO, |(from, to)| to.saturating_since(from));
        if silence > longest {
            flow.longest_gap = Some((flow.tally.last, packet.at));
        }
        flow.tally.add(packet.at);
        flow.bytes = flow
            .bytes
            .saturating_add(u64::try_from(packet.len).unwrap_or(0));
        flow.largest = flow.largest.max(packet.ip_len);
        flow.fragmented = flow.fragmented.saturating_add(packet.fragmented.into());
        // SPI and sequence number make eight bytes; what follows shows the cipher's blocks.
        let behind_head = packet.len.saturating_sub(ESP_HEAD);
        while !behind_head.is_multiple_of(flow.block_multiple.into()) {
            flow.block_multiple >>= 1;
        }
        self.count_sequence(packet);
    }

    fn count_sequence(&mut self, packet: Sample) {
        let flow = &mut self.flow;
        match self.window.mark(packet.sequence, packet.digest) {
            Mark::New => self.distinct = self.distinct.saturating_add(1),
            Mark::Behind => {
                self.distinct = self.distinct.saturating_add(1);
                flow.reordered = flow.reordered.saturating_add(1);
            }
            Mark::Same => flow.repeated.add(packet.number),
            Mark::Other => flow.reused.add(packet.number),
        }
        flow.first_sequence = flow.first_sequence.min(packet.sequence);
        flow.last_sequence = flow.last_sequence.max(packet.sequence);
        let span =
            u64::from(flow.last_sequence.saturating_sub(flow.first_sequence)).saturating_add(1);
        flow.missing = span.saturating_sub(self.distinct);
    }

    /// Adds what keys made of packet `number`.
    pub(super) fn open(&mut self, number: u64, route: Route, unsealed: &Unsealed<'_>) {
        let opening = self.flow.opening.get_or_insert_default();
        opening.add(number, route, unsealed);
    }

    /// The flow and the number of its first packet.
    pub(super) fn finish(mut self) -> (u64, ProtectedFlow) {
        if let Some(opening) = &mut self.flow.opening {
            opening.settle();
        }
        (self.number, self.flow)
    }
}

/// What a sequence number is to those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// Higher than any before, or a gap filled within the window.
    New,
    /// Lower than the highest, not seen before.
    Behind,
    /// Seen before, the same bytes as far as can be told.
    Same,
    /// Seen before with other bytes.
    Other,
}

/// Bits of the last [`WINDOW`] sequence numbers and digests of the last
/// [`DIGESTS`] packets.
#[derive(Debug)]
struct Window {
    highest: Option<u32>,
    bits: [u64; WINDOW / 64],
    digests: [(u32, u32); DIGESTS],
}

impl Default for Window {
    fn default() -> Self {
        Self {
            highest: None,
            bits: [0; WINDOW / 64],
            digests: [(0, 0); DIGESTS],
        }
    }
}

impl Window {
    fn mark(&mut self, sequence: u32, digest: u32) -> Mark {
        let mark = self.place(sequence, digest);
        if mark != Mark::Same && mark != Mark::Other {
            let slot = usize::try_from(sequence).unwrap_or(0) % DIGESTS;
            if let Some(slot) = self.digests.get_mut(slot) {
                *slot = (sequence, digest);
            }
        }
        mark
    }

    fn place(&mut self, sequence: u32, digest: u32) -> Mark {
        let Some(highest) = self.highest else {
            self.highest = Some(sequence);
            self.set(sequence);
            return Mark::New;
        };
        if sequence > highest {
            self.advance(highest, sequence);
            return Mark::New;
        }
        if usize::try_from(highest.wrapping_sub(sequence)).unwrap_or(usize::MAX) >= WINDOW {
            return Mark::Behind;
        }
        if self.is_set(sequence) {
            return self.compare(sequence, digest);
        }
        self.set(sequence);
        Mark::Behind
    }

    fn compare(&self, sequence: u32, digest: u32) -> Mark {
        let slot = usize::try_from(sequence).unwrap_or(0) % DIGESTS;
        match self.digests.get(slot) {
            Some(&(kept, other)) if kept == sequence && other != digest => Mark::Other,
            _ => Mark::Same,
        }
    }

    fn advance(&mut self, from: u32, to: u32) {
        if usize::try_from(to.wrapping_sub(from)).unwrap_or(usize::MAX) >= WINDOW {
            self.bits = [0; WINDOW / 64];
        } else {
            for skipped in from.wrapping_add(1)..to {
                self.clear(skipped);
            }
        }
        self.highest = Some(to);
        self.set(to);
    }

    fn word(sequence: u32) -> (usize, u64) {
        let bit = usize::try_from(sequence).unwrap_or(0) % WINDOW;
        (bit / 64, 1 << (bit % 64))
    }

    fn set(&mut self, sequence: u32) {
        let (word, bit) = Self::word(sequence);
        if let Some(word) = self.bits.get_mut(word) {
            *word |= bit;
        }
    }

    fn clear(&mut self, sequence: u32) {
        let (word, bit) = Self::word(sequence);
        if let Some(word) = self.bits.get_mut(word) {
            *word &= !bit;
        }
    }

    fn is_set(&self, sequence: u32) -> bool {
        let (word, bit) = Self::word(sequence);
        self.bits.get(word).is_some_and(|word| word & bit != 0)
    }
}

/// Bytes of SPI and sequence number.
pub(super) const ESP_HEAD: usize = 8;

/// Sequence numbers behind the highest within which a repetition is noticed.
const WINDOW: usize = 2048;

/// Packets whose digest is kept to tell a copy from a reuse.
const DIGESTS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn meter(sequences: &[u32]) -> ProtectedFlow {
        let route = Route {
            from: "192.0.2.1:0".parse().unwrap(),
            to: "192.0.2.2:0".parse().unwrap(),
        };
        let samples: Vec<Sample> = sequences
            .iter()
            .zip(1..)
            .map(|(&sequence, number)| Sample {
                number,
                at: Instant::from_seconds(number, 0),
                sequence,
                len: 8 + 16 * 4,
                ip_len: 100,
                fragmented: false,
                digest: sequence,
            })
            .collect();
        let mut meter = FlowMeter::new(route, false, 1, false, samples[0], Place::default());
        for &sample in &samples[1..] {
            meter.add(sample);
        }
        meter.finish().1
    }

    #[test]
    fn counts_what_never_came() {
        let flow = meter(&[5, 6, 9, 10, 8]);
        assert_eq!(
            (
                flow.first_sequence,
                flow.last_sequence,
                flow.missing,
                flow.reordered
            ),
            (5, 10, 1, 1)
        );
        assert_eq!(flow.tally.packets, 5);
        assert_eq!(flow.block_multiple, 16);
    }

    #[test]
    fn a_repeated_packet_is_a_replay_and_other_bytes_a_reuse() {
        let flow = meter(&[1, 2, 3, 2]);
        assert_eq!((flow.repeated.count, flow.repeated.first), (1, Some(4)));
        let mut window = Window::default();
        assert_eq!(window.mark(7, 1), Mark::New);
        assert_eq!(window.mark(7, 2), Mark::Other);
        assert_eq!(window.mark(7, 1), Mark::Same);
    }

    #[test]
    fn the_window_against_a_set() {
        let mut window = Window::default();
        let mut seen = alloc::collections::BTreeSet::new();
        let mut state = 1u32;
        let mut base = 0u32;
        for _ in 0..20_000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            base += (state >> 28) % 3;
            let sequence = base.saturating_sub((state >> 8) % 200);
            let again = !seen.insert(sequence);
            assert_eq!(
                matches!(window.mark(sequence, sequence), Mark::Same),
                again,
                "{sequence}"
            );
        }
    }
}
