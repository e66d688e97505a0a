//! Ladders as a Mermaid `sequenceDiagram`.

use super::{Kind, Ladders};
use crate::wire::tree::misleads;
use core::fmt::Write as _;

impl Ladders {
    /// The ladders as one Mermaid sequence diagram.
    #[must_use]
    pub fn to_mermaid(&self) -> String {
        let mut out = String::from("sequenceDiagram\n");
        for (n, ladder) in self.0.iter().enumerate() {
            let _ = writeln!(
                out,
                "    participant L{n} as {}",
                text(&ladder.left.to_string())
            );
            let _ = writeln!(
                out,
                "    participant R{n} as {}",
                text(&ladder.right.to_string())
            );
        }
        for (n, ladder) in self.0.iter().enumerate() {
            let _ = writeln!(out, "    Note over L{n},R{n}: {}", text(&ladder.input));
            for rung in &ladder.rungs {
                let (from, to) = if rung.rightwards {
                    ('L', 'R')
                } else {
                    ('R', 'L')
                };
                let arrow = match rung.kind {
                    Kind::Request | Kind::Data => "->>",
                    Kind::Answer => "-->>",
                    Kind::Trouble => "--x",
                };
                let label = format!("{} {}", rung.time, rung.label);
                let _ = writeln!(out, "    {from}{n}{arrow}{to}{n}: {}", text(&label));
            }
        }
        out
    }
}

/// `text` with everything that means something to Mermaid as an entity.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if misleads(c) {
            out.push('·');
        } else if c.is_alphanumeric() || " .,:()+-_/×@…".contains(c) {
            out.push(c);
        } else {
            let _ = write!(out, "#{};", u32::from(c));
        }
    }
    out
}
