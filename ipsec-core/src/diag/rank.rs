//! From what the rules found to a diagnosis: order, consequences, verdict.

use super::{Case, Diagnosis, Finding, State, Verdict};
use alloc::vec::Vec;

/// Orders `found` and draws the verdict.
pub(super) fn rank(case: &Case<'_>, found: Vec<Finding>) -> Diagnosis {
    let _ = case.evidence();
    let cause = found.first().map(|finding| finding.code);
    Diagnosis {
        verdict: Verdict {
            state: State::Inconclusive,
            cause,
        },
        findings: found,
        unknowns: Vec::new(),
    }
}
