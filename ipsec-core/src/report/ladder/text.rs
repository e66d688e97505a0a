//! Ladders for terminals.

use super::super::harmless;
use super::super::paint::cut;
use super::{Kind, Ladder, Ladders, Rung};
use core::fmt::Write as _;

impl Ladders {
    /// The ladders as text, one line a rung.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        for (n, ladder) in self.0.iter().enumerate() {
            if n > 0 {
                out.push('\n');
            }
            write(ladder, &mut out);
        }
        if self.0.is_empty() {
            out.push_str("no IKE, ESP or AH packet was captured\n");
        }
        out
    }
}

fn write(ladder: &Ladder, out: &mut String) {
    let _ = writeln!(out, "{}", harmless(&ladder.input));
    let (left, right) = (ladder.left.to_string(), ladder.right.to_string());
    let gap = BODY.saturating_add(2).saturating_sub(left.len());
    let _ = writeln!(out, "{:MARGIN$}{left}{right:>gap$}", "");
    for rung in &ladder.rungs {
        let number = format!("#{}", rung.number);
        let _ = writeln!(out, "{number:>6} {:>10}  │{}│", rung.time, arrow(rung));
    }
}

/// `── IKE_AUTH request 1: encrypted, 204 bytes ─────────▶`.
fn arrow(rung: &Rung) -> String {
    let line = match rung.kind {
        Kind::Request | Kind::Answer => "─",
        Kind::Data => "═",
        Kind::Trouble => "┄",
    };
    let label = cut(&harmless(&rung.label), BODY.saturating_sub(8));
    let rest = BODY.saturating_sub(label.chars().count()).saturating_sub(5);
    let (short, long) = (line.repeat(2), line.repeat(rest));
    if rung.rightwards {
        format!("{short} {label} {long}▶")
    } else {
        format!("◀{long} {label} {short}")
    }
}

/// Columns before the left end.
const MARGIN: usize = 19;

/// Columns between the two ends.
const BODY: usize = 76;
