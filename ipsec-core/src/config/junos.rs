//! Juniper's Junos on SRX: `security ike` and `security ipsec`, as `set` lines
//! or in braces; which of them a file has is told from its lines.
//!
//! What `groups` hold is taken in where `apply-groups` at the top names them,
//! but for those with wildcards. Statements that are inactive are left out.
//! Defaults are those of the CLI reference of Junos 22; where it has none for
//! an algorithm, none stands in.

use super::model::{Dialect, Model};
use super::values::Faults;
use super::words::Word;
use alloc::vec::Vec;

pub(super) mod algorithms;
mod forms;
mod objects;
mod tunnel;

/// Reads a configuration. `input` is its index among the inputs.
///
/// ```
/// use ipsec_core::config::junos;
/// let lines = b"set security ike gateway hq address 192.0.2.1\n";
/// let braces = b"security { ike { gateway hq { address 192.0.2.1; } } }\n";
/// for file in [&lines[..], braces] {
///     assert_eq!(junos::read(0, file).connections[0].name.value, "hq");
/// }
/// ```
#[must_use]
pub fn read(input: usize, file: &[u8]) -> Model {
    let mut faults = Faults(Vec::new());
    let mut model = Model::new(Dialect::Junos);
    let statements = forms::statements(input, file, &mut faults);
    let in_lines = forms::has_set_lines(file);
    let objects = objects::of(&statements, in_lines, &mut model, &mut faults);
    tunnel::fill(&objects, &mut model, &mut faults);
    model.errors = faults.0;
    model
}

/// Whether a line shows a configuration of this form.
pub(super) fn shows(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let three = [words.next(), words.next(), words.next()];
    match three.map(|word| word.unwrap_or_default()) {
        ["set", "security", "ike" | "ipsec"] | ["set", "system", "host-name"] => true,
        ["set", "version", release] | ["version", release, ""] => is_release(release),
        ["security" | "groups", "{", ""] => true,
        _ => false,
    }
}

/// `22.4R1.10;` as no other vendor numbers its releases.
fn is_release(text: &str) -> bool {
    let text = text.trim_end_matches(';');
    let digits = |text: &str| {
        text.bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_digit())
    };
    let after = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    digits(text)
        && after
            .strip_prefix(['R', 'X', 'S', 'B', 'I'])
            .is_some_and(digits)
}

/// A statement: all the words of the sections around it, then its own.
type Statement<'a> = Vec<Word<'a>>;

#[cfg(test)]
mod tests;
