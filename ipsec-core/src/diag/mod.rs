//! Evidence to findings: why a tunnel fails, how sure that is, who must act.
//!
//! [`diagnose`] files the [`Evidence`] into a [`Case`] (by IKE SA, data flow
//! and peer pair), lets every rule of the [`catalog`] look at it, ranks what
//! they found and hangs consequences under their causes. Rules know evidence
//! and nothing else: not files, not sockets, not the format a fact came in.
//!
//! Identical evidence gives identical reports, whatever order it comes in.

mod arithmetic;
pub mod case;
pub mod catalog;
mod clocks;
mod closed;
mod course;
mod ending;
mod finding;
mod inquiry;
#[cfg(test)]
pub(crate) mod ladder;
mod logged;
mod opened;
mod path;
mod rank;
mod refusal;
mod rules;
mod selectors;
mod stated;
mod testimony;
mod told;

pub use case::Case;
pub use clocks::ClockOffset;

use crate::evidence::{Evidence, Place, Source};
use crate::time::Instant;
use alloc::string::String;
use alloc::vec::Vec;
use inquiry::Inquiry;

/// Explains `evidence`.
#[must_use]
pub fn diagnose(evidence: &[Evidence]) -> Diagnosis {
    let case = Case::new(evidence);
    let inquiry = Inquiry::new(&case);
    let found = catalog::RULES
        .iter()
        .flat_map(|rule| (rule.check)(&inquiry))
        .collect();
    let found = testimony::join(&inquiry, found);
    let mut diagnosis = rank::rank(&inquiry, found);
    diagnosis.unknowns.extend(closed::unknowns(&case));
    diagnosis.clocks = case.clocks();
    diagnosis
}

/// What the evidence adds up to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Diagnosis {
    /// The answer in one line.
    pub verdict: Verdict,
    /// Root causes first, most probable first; consequences are named by
    /// their cause ([`Finding::root_of`]).
    pub findings: Vec<Finding>,
    /// What could not be decided, and what would decide it.
    pub unknowns: Vec<Unknown>,
    /// How the clocks of the inputs go, by index of the input.
    pub clocks: Vec<ClockOffset>,
}

/// The answer in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// How the tunnel stands.
    pub state: State,
    /// Code of the first root finding.
    pub cause: Option<&'static str>,
}

/// How the tunnel stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum State {
    /// It came up, and nothing speaks against it.
    Established,
    /// It did not come up, or carries nothing.
    Failed,
    /// It came up, but does not work as meant.
    Degraded,
    /// The evidence does not tell.
    Inconclusive,
}

/// One finding: what is wrong, how sure, who must act, what to change.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finding {
    /// Stable code (`psk-mismatch`), never reused.
    pub code: &'static str,
    /// What is wrong, in one sentence about this case.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// Why it is that sure and not surer.
    pub why: String,
    /// Who must act.
    pub who: Who,
    /// What speaks for it.
    pub evidence: Vec<Citation>,
    /// What speaks against it.
    pub counter_evidence: Vec<Citation>,
    /// Codes of the findings that follow from it.
    pub root_of: Vec<&'static str>,
    /// What to do, best first.
    pub fixes: Vec<Fix>,
    /// Standards, as `RFC 7296 §2.21`.
    pub refs: Vec<&'static str>,
    /// Orders findings of the same confidence: higher is more probable.
    weight: u8,
    /// Index of the peers that it is about.
    subject: usize,
    /// The question of which it is one possible answer.
    open: Option<finding::Question>,
    /// How often it was found.
    times: u32,
    /// Beginning of the attempt that failed, if it is about one: it weighs
    /// less when a later attempt came up.
    since: Option<Instant>,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[expect(clippy::exhaustive_enums, reason = "fixed by the report contract")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Works, will hurt.
    Warning,
    /// Traffic does not flow as meant.
    Error,
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[expect(clippy::exhaustive_enums, reason = "fixed by the report contract")]
pub enum Confidence {
    /// One of several explanations of what was seen.
    Possible,
    /// The explanation that fits best; what contradicts it would be rare.
    Likely,
    /// No other explanation is left.
    Proven,
}

/// Who must act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[expect(clippy::exhaustive_enums, reason = "fixed by the report contract")]
pub enum Who {
    /// The end that opened the IKE SA.
    Local,
    /// The end that answered.
    Peer,
    /// Whoever runs the network between them.
    Path,
    /// Whoever keeps keys, passwords and certificates.
    Credentials,
    /// Whoever sets the clocks.
    Clock,
    /// Whoever maintains the software.
    Software,
}

/// A place in the inputs, and what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Citation {
    /// Which packet or line.
    pub source: Source,
    /// When, by the clock of that input.
    pub at: Option<Instant>,
    /// The bytes in question, if it is about bytes.
    pub place: Option<Place>,
    /// The words in question, if it is about words of a line.
    pub quote: Option<Quote>,
    /// What it shows, in a short sentence.
    pub shows: String,
}

/// Words of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "words and their place")]
pub struct Quote {
    /// Character of the line that they begin with, from 1.
    pub column: u64,
    /// The words, escaped; never a secret.
    pub text: String,
}

/// One way to put it right.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fix {
    /// Where to act: an address with its role, or a place in the network.
    pub side: String,
    /// What to do.
    pub text: String,
    /// The lines to change, in the dialect of that side.
    pub patch: Option<String>,
    /// It makes the tunnel weaker; better ways stand before it.
    pub weakens_security: bool,
}

/// A question that the evidence leaves open.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unknown {
    /// The question.
    pub question: String,
    /// What would decide it: a key, a log, a capture, and from where.
    pub decided_by: Vec<String>,
}
