//! From files to an answer: what every face of the library shows.
//!
//! [`Explanation`] is what captures, logs, configurations and keys come to,
//! with its pictures; [`Comparison`] what configurations alone come to, before
//! any packet.
//!
//! ```
//! use ipsec_core::explain::Explanation;
//! use ipsec_core::inputs::Inputs;
//! use ipsec_core::{capture::Keyring, crypto::rustcrypto};
//!
//! let mut inputs = Inputs::new(Keyring::new(rustcrypto::provider()));
//! inputs.add("gw.log", &b"10:41:06 15[IKE] <tun|1> giving up after 5 retransmits\n"[..]);
//! let answer = Explanation::of(inputs.read());
//! assert_eq!(answer.report().inputs[0].name, "gw.log");
//! ```

#[cfg(all(feature = "log", feature = "config"))]
mod comparison;
#[cfg(all(feature = "log", feature = "config"))]
mod files;

#[cfg(all(feature = "log", feature = "config"))]
pub use comparison::{Agreement, Comparison, Patch, Place, SCHEMA};

use crate::capture::Merged;
use crate::diag::{ClockOffset, diagnose};
use crate::evidence::Evidence;
use crate::report::ladder::Ladders;
use crate::report::timeline::Timeline;
use crate::report::{InputKind, InputName, Report};

/// What some files come to.
#[derive(Debug)]
pub struct Explanation {
    names: Vec<InputName>,
    evidence: Vec<Evidence>,
    clocks: Vec<ClockOffset>,
    report: Report,
}

impl Explanation {
    /// The answer to evidence out of inputs of these names.
    #[must_use]
    pub fn new(names: Vec<InputName>, evidence: Vec<Evidence>) -> Self {
        let diagnosis = diagnose(&evidence);
        let report = Report::new(&names, &evidence, &diagnosis);
        Self {
            names,
            evidence,
            clocks: diagnosis.clocks,
            report,
        }
    }

    /// The answer to what several processes read of captures of these names.
    #[must_use]
    pub fn of_merged(names: impl IntoIterator<Item = String>, mut read: Merged) -> Self {
        let described = |(index, name)| InputName {
            name,
            kind: InputKind::Capture,
            unread: read.unread.remove(&index),
            lines: None,
        };
        let names = names.into_iter().enumerate().map(described).collect();
        Self::new(names, read.evidence)
    }

    /// Verdict, findings and what stays open.
    #[must_use]
    pub const fn report(&self) -> &Report {
        &self.report
    }

    /// All that the files tell; places name them by their index.
    #[must_use]
    pub fn evidence(&self) -> &[Evidence] {
        &self.evidence
    }

    /// Who said what to whom.
    #[must_use]
    pub fn ladders(&self) -> Ladders {
        Ladders::new(&self.names, &self.evidence)
    }

    /// What happened, in all files together, by one clock.
    #[must_use]
    pub fn timeline(&self) -> Timeline {
        Timeline::new(&self.names, &self.evidence, &self.clocks)
    }

    /// The report as one HTML page with both pictures, without scripts and
    /// without requests.
    #[must_use]
    pub fn to_html(&self) -> String {
        self.report.to_html(&self.ladders(), &self.timeline())
    }
}
