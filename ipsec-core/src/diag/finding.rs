//! Putting findings together.

use super::case::{Case, Filed, IkeSa, Message};
use super::catalog::Scene;
use super::{Citation, Confidence, Finding, Fix, Quote, Severity, Who};
use crate::evidence::{Place, ProtectedFlow, Source};
use crate::time::Instant;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::net::IpAddr;

impl Finding {
    /// A finding about the peers of index `subject`.
    pub(super) fn new(
        code: &'static str,
        subject: usize,
        severity: Severity,
        confidence: Confidence,
    ) -> Self {
        Self {
            code,
            title: String::new(),
            severity,
            confidence,
            why: String::new(),
            who: Who::Local,
            evidence: Vec::new(),
            counter_evidence: Vec::new(),
            root_of: Vec::new(),
            fixes: Vec::new(),
            refs: Vec::new(),
            weight: 50,
            subject,
            open: None,
            times: 1,
            since: None,
        }
    }

    pub(super) fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    pub(super) fn why(mut self, why: impl Into<String>) -> Self {
        self.why = why.into();
        self
    }

    /// Adds a sentence to the reason.
    pub(super) fn because(mut self, more: &str) -> Self {
        if !self.why.is_empty() && !more.is_empty() {
            self.why.push(' ');
        }
        self.why.push_str(more);
        self
    }

    pub(super) const fn who(mut self, who: Who) -> Self {
        self.who = who;
        self
    }

    /// It is about an attempt that began at `at`.
    pub(super) const fn since(mut self, at: Instant) -> Self {
        self.since = Some(at);
        self
    }

    pub(super) const fn weight(mut self, weight: u8) -> Self {
        self.weight = weight;
        self
    }

    pub(super) fn refs(mut self, refs: &[&'static str]) -> Self {
        self.refs.extend_from_slice(refs);
        self
    }

    pub(super) fn fix(mut self, side: impl Into<String>, text: impl Into<String>) -> Self {
        self.fixes.push(Fix {
            side: side.into(),
            text: text.into(),
            patch: None,
            weakens_security: false,
        });
        self
    }

    /// A way that makes the tunnel weaker.
    pub(super) fn last_resort(mut self, side: impl Into<String>, text: impl Into<String>) -> Self {
        self = self.fix(side, text);
        if let Some(fix) = self.fixes.last_mut() {
            fix.weakens_security = true;
        }
        self
    }

    pub(super) fn cite(mut self, citation: Citation) -> Self {
        self.evidence.push(citation);
        self
    }

    /// Cites a place in a packet; it stands for the packet if that was cited as
    /// a whole.
    pub(super) fn cite_closer(mut self, citation: Citation) -> Self {
        let mut known = self.evidence.iter_mut();
        match known.find(|known| known.source == citation.source) {
            Some(known) => *known = citation,
            None => self.evidence.push(citation),
        }
        self
    }

    pub(super) fn counter(mut self, citation: Citation) -> Self {
        self.counter_evidence.push(citation);
        self
    }

    /// The question of which this is one possible answer.
    pub(super) const fn open(mut self, question: Question) -> Self {
        self.open = Some(question);
        self
    }
}

/// A question that the evidence leaves open between several findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) question: &'static str,
    pub(super) decided_by: &'static [&'static str],
}

impl Citation {
    pub(super) fn new(
        source: Source,
        at: Option<Instant>,
        place: Option<Place>,
        shows: impl Into<String>,
    ) -> Self {
        Self {
            source,
            at,
            place,
            quote: None,
            shows: shows.into(),
        }
    }

    /// It is about the words `text`, which begin at `column` of the line.
    #[must_use]
    pub fn quoting(mut self, column: u64, text: impl Into<String>) -> Self {
        let text = text.into();
        self.quote = Some(Quote { column, text });
        self
    }
}

/// Cites a message as a whole: its encrypted part, or its header.
pub(super) fn message(message: &Message<'_>, shows: impl Into<String>) -> Citation {
    let place = message.ike.sealed.as_ref().map(|sealed| &sealed.place);
    let place = place
        .filter(|place| place.len > 0)
        .unwrap_or(&message.ike.place);
    at_place(message, place, shows)
}

/// Cites a place in a message.
pub(super) fn at_place(message: &Message<'_>, place: &Place, shows: impl Into<String>) -> Citation {
    let evidence = message.evidence;
    let place = (place.len > 0).then(|| place.clone());
    Citation::new(evidence.source.clone(), evidence.at, place, shows)
}

/// Cites the last copy of a message.
pub(super) fn last_copy(message: &Message<'_>, shows: impl Into<String>) -> Citation {
    let evidence = message.evidence;
    let copy = message.copy_times().last().copied();
    let (number, at) = copy.unwrap_or((0, Instant::ZERO));
    let source = match (&evidence.source, copy) {
        (Source::Packet { input, .. }, Some(_)) => Source::Packet {
            input: *input,
            number,
        },
        (source, _) => source.clone(),
    };
    let at = copy.map(|_| at).or(evidence.at);
    Citation::new(source, at, None, shows)
}

/// Cites the packet that a flow begins with.
pub(super) fn flow(view: &Filed<'_, ProtectedFlow>, shows: impl Into<String>) -> Citation {
    filed(view, &view.fact.place, shows)
}

/// Cites a fact at its place.
pub(super) fn filed<T>(view: &Filed<'_, T>, place: &Place, shows: impl Into<String>) -> Citation {
    let place = (place.len > 0).then(|| place.clone());
    Citation::new(view.evidence.source.clone(), view.evidence.at, place, shows)
}

/// Cites an input as a whole.
pub(super) fn input(index: usize, shows: impl Into<String>) -> Citation {
    Citation::new(Source::Input { input: index }, None, None, shows)
}

impl IkeSa<'_> {
    /// The ends that set it up, in words.
    pub(super) fn scene(&self) -> Scene {
        Scene {
            initiator: self.initiator.to_string(),
            responder: self.responder.to_string(),
            initiator_refuses: None,
        }
    }
}

/// The end that opened the SA, in words.
pub(super) fn initiator(sa: &IkeSa<'_>) -> String {
    format!("{} (initiator)", sa.initiator)
}

/// The end that answered, in words.
pub(super) fn responder(sa: &IkeSa<'_>) -> String {
    format!("{} (responder)", sa.responder)
}

/// Address of one of the peers.
pub(super) fn end_of(case: &Case<'_>, peers: usize, first: bool) -> String {
    let address = case
        .peers_of(peers)
        .map(|peers| if first { peers.first } else { peers.second });
    address.map_or_else(String::new, |address: IpAddr| address.to_string())
}

/// `n thing` or `n things`.
pub(super) fn count(n: u64, thing: &str) -> String {
    if n == 1 {
        format!("{n} {thing}")
    } else {
        format!("{n} {thing}s")
    }
}
