//! What the lines of a log told, put together.

use super::packet::{LoggedPacket, Packets};
use crate::evidence::{Evidence, Fact, Logged, Source};
use crate::time::Instant;
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

/// What a log told.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Reading {
    /// The facts, in the order of the log. Of more than [`EVIDENCE_MAX`] the
    /// first half of as many and the last half are kept: how it began, and
    /// what it came to.
    pub evidence: Vec<Evidence>,
    /// Number of lines.
    pub lines: u64,
    /// Lines that are known to tell nothing of a negotiation: start-up,
    /// housekeeping.
    pub quiet: u64,
    /// Lines of this vendor's form that are not understood.
    pub untold: u64,
    /// The numbers of the first [`UNTOLD_MAX`] of those lines, from 1.
    pub untold_lines: Vec<u64>,
    /// Lines that are not of this vendor's form.
    pub foreign: u64,
    /// Datagrams that the log prints, in its order.
    pub packets: Vec<LoggedPacket>,
    /// Facts and datagrams left out because of the limits.
    pub left_out: u64,
}

/// What one line told its reader.
pub(super) enum Told {
    /// It is not of the vendor's form.
    Foreign,
    /// It tells nothing of a negotiation.
    Quiet,
    /// It is not understood.
    Unknown,
    /// A fact, and when.
    Fact(Option<Instant>, Logged),
    /// Several facts, and when.
    Facts(Option<Instant>, Vec<Logged>),
    /// A datagram, or as much of it as stands on this line.
    Packet(Box<LoggedPacket>),
    /// More digits of the last datagram.
    Digits(String),
}

/// A reading that is under way.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    input: usize,
    reading: Reading,
    /// The last facts, once the first have filled their half.
    last: VecDeque<Evidence>,
    packets: Packets,
}

impl Gathering {
    /// A reading of the log of this index among the inputs.
    pub(super) fn of(input: usize) -> Self {
        Self {
            input,
            ..Self::default()
        }
    }

    /// A reading that begins behind the first `lines` lines of the log, which
    /// are not of its writer.
    pub(super) fn behind(input: usize, lines: u64) -> Self {
        let reading = Reading {
            lines,
            foreign: lines,
            ..Reading::default()
        };
        Self {
            input,
            reading,
            ..Self::default()
        }
    }

    /// Number of lines so far.
    pub(super) const fn lines(&self) -> u64 {
        self.reading.lines
    }

    /// The index of the log among the inputs.
    pub(super) const fn input(&self) -> usize {
        self.input
    }

    /// Takes what the next line told.
    pub(super) fn hear(&mut self, told: Told) {
        let reading = &mut self.reading;
        reading.lines = reading.lines.saturating_add(1);
        match told {
            Told::Foreign => reading.foreign = reading.foreign.saturating_add(1),
            Told::Quiet => reading.quiet = reading.quiet.saturating_add(1),
            Told::Unknown => {
                reading.untold = reading.untold.saturating_add(1);
                if reading.untold_lines.len() < UNTOLD_MAX {
                    reading.untold_lines.push(reading.lines);
                }
            }
            Told::Fact(at, logged) => self.keep(at, logged),
            Told::Facts(at, several) => {
                for logged in several {
                    self.keep(at, logged);
                }
            }
            Told::Packet(packet) => {
                if !self.packets.keep(reading.lines, *packet) {
                    reading.left_out = reading.left_out.saturating_add(1);
                }
            }
            Told::Digits(digits) => self.packets.extend(&digits),
        }
    }

    fn keep(&mut self, at: Option<Instant>, logged: Logged) {
        self.packets.route(self.reading.lines, &logged.event);
        let source = Source::Line {
            input: self.input,
            line: self.reading.lines,
        };
        let evidence = Evidence::new(at, source, Fact::Logged(Box::new(logged)));
        if self.reading.evidence.len() < HALF {
            self.reading.evidence.push(evidence);
            return;
        }
        if self.last.len() >= HALF {
            self.last.pop_front();
            self.reading.left_out = self.reading.left_out.saturating_add(1);
        }
        self.last.push_back(evidence);
    }

    /// Ends the log.
    pub(super) fn finish(mut self) -> Reading {
        self.reading.evidence.extend(self.last);
        self.reading.packets = self.packets.finish();
        self.reading
    }
}

/// Lines that are not understood whose numbers are kept.
pub const UNTOLD_MAX: usize = 1_000;

/// Facts kept of one log.
pub const EVIDENCE_MAX: usize = 1_000_000;

const HALF: usize = EVIDENCE_MAX / 2;

#[cfg(test)]
impl Reading {
    /// What was told, without where.
    pub(super) fn facts(self) -> Vec<Logged> {
        let facts = self.evidence.into_iter().map(|one| {
            let Fact::Logged(logged) = one.fact else {
                panic!("{one:?}");
            };
            *logged
        });
        facts.collect()
    }

    /// What was told, without where and of whom.
    pub(super) fn events(self) -> Vec<crate::evidence::LogEvent> {
        let facts = self.facts().into_iter();
        facts.map(|logged| logged.event).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::LogEvent;

    fn said() -> Told {
        Told::Fact(None, Logged::new(None, LogEvent::Failed))
    }

    #[test]
    fn the_first_and_the_last_facts_are_kept() {
        let most = u64::try_from(EVIDENCE_MAX).unwrap();
        for over in [0, 1, 7] {
            let mut gathering = Gathering::of(3);
            for _ in 0..most + over {
                gathering.hear(said());
            }
            let read = gathering.finish();
            assert_eq!((read.evidence.len(), read.left_out), (EVIDENCE_MAX, over));
            let line = |at: usize| {
                let Source::Line { input: 3, line } = read.evidence[at].source else {
                    panic!();
                };
                line
            };
            assert_eq!((line(0), line(HALF - 1)), (1, most / 2));
            assert_eq!(line(HALF), most / 2 + over + 1);
            assert_eq!(line(EVIDENCE_MAX - 1), most + over);
        }
    }

    #[test]
    fn what_is_not_understood_is_counted() {
        let mut gathering = Gathering::of(0);
        for _ in 0..=UNTOLD_MAX {
            gathering.hear(Told::Unknown);
        }
        gathering.hear(Told::Quiet);
        gathering.hear(Told::Foreign);
        gathering.hear(Told::Facts(None, Vec::new()));
        let read = gathering.finish();
        assert_eq!((read.untold, read.untold_lines.len()), (1_001, UNTOLD_MAX));
        assert_eq!((read.quiet, read.foreign, read.lines), (1, 1, 1_004));
    }
}
