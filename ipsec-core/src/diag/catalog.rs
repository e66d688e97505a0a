//! The table of all rules and their documentation pages.

use super::{Case, Finding};
use alloc::vec::Vec;

/// One rule: a code, its page, and the check that finds it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rule {
    /// Stable code.
    pub code: &'static str,
    /// What it is about, in a few words.
    pub title: &'static str,
    /// The documentation page, Markdown: the rule's own module documentation.
    pub page: &'static str,
    /// Looks at the case.
    pub check: fn(&Case<'_>) -> Vec<Finding>,
}

/// All rules, by code.
pub static RULES: &[Rule] = &[];
