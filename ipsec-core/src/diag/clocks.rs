//! The clocks of the inputs, aligned by what several inputs show: the same
//! message in two captures, a datagram that one end's log sends and the other's
//! receives, an SA that both say is established.

use super::case::Seen;
use crate::evidence::{CaptureSummary, Evidence, Exchange, Fact, LogEvent};
use crate::sorted::{self, Map};
use crate::time::{Duration, Instant};
use alloc::vec::Vec;

/// How the clock of one input goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClockOffset {
    /// Index of the input among the inputs.
    pub input: usize,
    /// How far it is ahead of the common clock, in microseconds; `None` where
    /// nothing that another input shows as well tells that, so that its times
    /// are taken as they are.
    pub ahead_micros: Option<i64>,
}

/// One input.
#[derive(Debug)]
pub(super) struct Input<'a> {
    pub(super) index: usize,
    pub(super) summary: Option<&'a CaptureSummary>,
    /// How far its clock is ahead of the common one, in microseconds.
    skew: i64,
    /// Something that another input shows as well tells that.
    aligned: bool,
}

impl Input<'_> {
    /// Aligns it, if something tells how.
    const fn set(&mut self, skew: Option<i64>) {
        if let Some(skew) = skew {
            self.skew = skew;
            self.aligned = true;
        }
    }

    /// How far it is ahead of the common clock, where something tells.
    pub(super) const fn ahead(&self) -> Option<i64> {
        if self.aligned { Some(self.skew) } else { None }
    }

    pub(super) fn common(&self, at: Instant) -> Instant {
        let micros = i64::try_from(at.as_micros()).unwrap_or(i64::MAX);
        let micros = micros.saturating_sub(self.skew);
        Instant::from_micros(u64::try_from(micros).unwrap_or(0))
    }

    /// It recorded at the time `at`; an empty capture is taken to have run
    /// all the time.
    pub(super) fn covers(&self, at: Instant) -> bool {
        let Some(summary) = self.summary else {
            return false;
        };
        let (Some(first), Some(last)) = (summary.first, summary.last) else {
            return true;
        };
        let (first, last) = (self.common(first), self.common(last));
        first <= at.saturating_add(COVER_SLACK) && at <= last.saturating_add(COVER_SLACK)
    }
}

/// The inputs, their clocks aligned with the first capture that shows IKE
/// messages, or else with the first log.
pub(super) fn inputs<'a, 'v>(
    sorted: &[&'a Evidence],
    messages: impl Iterator<Item = &'v Vec<Seen<'a>>> + Clone,
) -> Vec<Input<'a>>
where
    'a: 'v,
{
    let mut inputs = unaligned(sorted);
    let views = messages.clone().flatten();
    let inputs_of = views.filter_map(|view| view.0.source.input());
    if let Some(reference) = inputs_of.min() {
        for input in &mut inputs {
            input.set(skew(messages.clone(), reference, input.index));
        }
    }
    align_by_marks(&mut inputs, &marks(sorted));
    inputs
}

fn unaligned<'a>(sorted: &[&'a Evidence]) -> Vec<Input<'a>> {
    let mut inputs: Vec<Input<'a>> = Vec::new();
    for one in sorted {
        let Some(index) = one.source.input() else {
            continue;
        };
        let summary = match &one.fact {
            Fact::Capture(summary) => Some(summary),
            Fact::Ike(_)
            | Fact::Protected(_)
            | Fact::Clear(_)
            | Fact::Keepalives(_)
            | Fact::Icmp(_)
            | Fact::IncompleteDatagram(_)
            | Fact::Outline(_)
            | Fact::Logged(_)
            | Fact::Configured(_) => None,
        };
        match inputs.iter_mut().find(|input| input.index == index) {
            Some(input) => input.summary = input.summary.or(summary),
            None => inputs.push(Input {
                index,
                summary,
                skew: 0,
                aligned: false,
            }),
        }
    }
    inputs
}

/// The middle one of the differences that messages seen in both inputs show.
fn skew<'a, 'v>(
    messages: impl Iterator<Item = &'v Vec<Seen<'a>>>,
    reference: usize,
    input: usize,
) -> Option<i64>
where
    'a: 'v,
{
    if reference == input {
        return Some(0);
    }
    let at = |views: &[Seen<'a>], input: usize| {
        let view = views
            .iter()
            .find(|view| view.0.source.input() == Some(input))?;
        micros(view.0.at?)
    };
    let differences =
        messages.filter_map(|views| Some(at(views, input)?.saturating_sub(at(views, reference)?)));
    median(differences.collect())
}

fn median(mut differences: Vec<i64>) -> Option<i64> {
    sorted::sort(&mut differences);
    let middle = differences.len() / 2;
    differences.get(middle).copied()
}

fn micros(at: Instant) -> Option<i64> {
    i64::try_from(at.as_micros()).ok()
}

/// Something that two inputs may show at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    /// A message of IKE of this length.
    Message(usize),
    /// A message of this exchange, by the end that opened it or by the other.
    Exchange(u8, bool),
    /// An IKE SA is established.
    IkeSa,
    /// A CHILD_SA is established.
    ChildSa,
}

/// When each mark was seen, by input.
type Marks = Map<(usize, Mark), Vec<i64>>;

fn marks(sorted: &[&Evidence]) -> Marks {
    let mut marks = Marks::new();
    for one in sorted {
        let (Some(input), Some(at)) = (one.source.input(), one.at.and_then(micros)) else {
            continue;
        };
        for mark in marks_of(&one.fact).into_iter().flatten() {
            let seen = marks.entry((input, mark)).or_default();
            if seen.len() < MARKS_MAX {
                seen.push(at);
            }
        }
    }
    marks
}

fn marks_of(fact: &Fact) -> [Option<Mark>; 2] {
    match fact {
        Fact::Ike(ike) => {
            let exchange = Mark::Exchange(number(ike.exchange), ike.by_initiator);
            [Some(Mark::Message(ike.len)), Some(exchange)]
        }
        Fact::Logged(logged) => [mark_of(&logged.event), None],
        Fact::Protected(_)
        | Fact::Clear(_)
        | Fact::Keepalives(_)
        | Fact::Icmp(_)
        | Fact::IncompleteDatagram(_)
        | Fact::Outline(_)
        | Fact::Configured(_)
        | Fact::Capture(_) => [None, None],
    }
}

fn mark_of(event: &LogEvent) -> Option<Mark> {
    if let LogEvent::Datagram { len, .. } = event {
        Some(Mark::Message(*len))
    } else if let LogEvent::Message {
        exchange, response, ..
    } = event
    {
        Some(Mark::Exchange(number(*exchange), !response))
    } else if matches!(event, LogEvent::IkeEstablished) {
        Some(Mark::IkeSa)
    } else {
        matches!(event, LogEvent::ChildEstablished(_)).then_some(Mark::ChildSa)
    }
}

const fn number(exchange: Exchange) -> u8 {
    match exchange {
        Exchange::V1(exchange) => exchange.0,
        Exchange::V2(exchange) => exchange.0,
    }
}

/// Aligns the inputs that no message aligned, each with one that is.
fn align_by_marks(inputs: &mut [Input<'_>], marks: &Marks) {
    if inputs.iter().all(|input| !input.aligned) {
        let marked = |input: &&mut Input<'_>| of(marks, input.index).next().is_some();
        if let Some(first) = inputs.iter_mut().find(marked) {
            first.set(Some(0));
        }
    }
    while let Some((index, skew)) = next_aligned(inputs, marks) {
        if let Some(input) = inputs.get_mut(index) {
            input.set(Some(skew));
        }
    }
}

/// The next input, by its place in the list, that shares marks with an aligned
/// one, and its skew.
fn next_aligned(inputs: &[Input<'_>], marks: &Marks) -> Option<(usize, i64)> {
    let left = inputs.iter().enumerate().filter(|(_, one)| !one.aligned);
    let mut pairs = left.flat_map(|(place, one)| {
        let known = inputs.iter().filter(|known| known.aligned);
        known.map(move |known| (place, one, known))
    });
    pairs.find_map(|(place, one, known)| {
        let skew = ahead(marks, one.index, known.index)?;
        Some((place, skew.saturating_add(known.skew)))
    })
}

/// How far the clock of `one` is ahead of that of `other`: messages tell
/// best, and else established SAs.
fn ahead(marks: &Marks, one: usize, other: usize) -> Option<i64> {
    let differences = |established: bool| {
        let common = of(marks, one)
            .filter(|(mark, _)| matches!(mark, Mark::IkeSa | Mark::ChildSa) == established);
        let pairs = common.filter_map(|(mark, times)| Some((times, marks.get(&(other, mark))?)));
        let pairs = pairs.flat_map(|(ours, theirs)| ours.iter().zip(theirs));
        pairs
            .map(|(ours, theirs)| ours.saturating_sub(*theirs))
            .collect()
    };
    median(differences(false)).or_else(|| median(differences(true)))
}

fn of(marks: &Marks, input: usize) -> impl Iterator<Item = (Mark, &Vec<i64>)> {
    let all = marks.iter().filter(move |((of, _), _)| *of == input);
    all.map(|((_, mark), times)| (*mark, times))
}

/// How much earlier or later than its first and last packet a capture may
/// still be taken to have run.
const COVER_SLACK: Duration = Duration::from_secs(10);

/// Times of a mark that are looked at in an input: the first ones.
const MARKS_MAX: usize = 256;
