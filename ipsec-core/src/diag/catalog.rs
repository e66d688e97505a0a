//! The table of all rules and their documentation pages.

use super::{Case, Finding};
use alloc::string::String;
use alloc::vec::Vec;

/// One rule: a code, its page, and the check that finds it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rule {
    /// Stable code.
    pub code: &'static str,
    /// What it is about, in a few words.
    pub title: &'static str,
    /// Looks at the case.
    pub check: fn(&Case<'_>) -> Vec<Finding>,
    /// Codes of the findings that follow from this one when both are found
    /// between the same peers.
    pub(super) brings: &'static [&'static str],
    /// Its own source file; the page is the documentation at its head.
    pub(super) source: &'static str,
}

impl Rule {
    /// The documentation page, in Markdown: what happened, how it is
    /// recognised, what to do, what would prove it.
    #[must_use]
    pub fn page(&self) -> String {
        let mut page = String::new();
        for line in self.source.lines() {
            let Some(text) = line.strip_prefix("//!") else {
                break;
            };
            page.push_str(text.strip_prefix(' ').unwrap_or(text));
            page.push('\n');
        }
        page
    }
}

/// The rule of `code`.
#[must_use]
pub fn rule(code: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.code == code)
}

/// All rules, by code.
pub static RULES: &[Rule] = &[];
