//! Evidence filed for the rules: by IKE SA, by data flow, by peer pair.

use crate::evidence::Evidence;

/// A body of evidence with its indexes.
#[derive(Debug)]
pub struct Case<'a> {
    evidence: &'a [Evidence],
}

impl<'a> Case<'a> {
    /// Files `evidence`.
    #[must_use]
    pub const fn new(evidence: &'a [Evidence]) -> Self {
        Self { evidence }
    }

    /// Everything that was filed.
    #[must_use]
    pub const fn evidence(&self) -> &'a [Evidence] {
        self.evidence
    }
}
