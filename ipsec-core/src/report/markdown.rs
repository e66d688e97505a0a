//! The report as Markdown for tickets and pull requests, in the flavour of
//! GitHub.
//!
//! Texts out of the inputs are escaped so that none becomes markup: no link
//! (also not one that the flavour makes of a bare address), no mention, no
//! picture, no HTML, no formula, no cell of a table.

use super::harmless;
use super::model::{Entry, OpenQuestion, Report, Sighting};
use super::place::location;
use super::words;
use core::fmt::Write as _;

impl Report {
    /// The report as Markdown (GitHub's flavour).
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut out = String::new();
        let (state, why) = words::verdict(self);
        let _ = writeln!(out, "## {state}: {}\n", escaped(&why));
        if let Some(went_by) = words::went_by(self) {
            let _ = writeln!(out, "{went_by}\n");
        }
        out.push_str("| input | kind | holds |\n|---|---|---|\n");
        for input in &self.inputs {
            let _ = writeln!(
                out,
                "| {} | {} | {} |",
                escaped(&input.name),
                words::kind(input.kind),
                escaped(&words::holds(input))
            );
        }
        for entry in &self.findings {
            finding(self, entry, &mut out);
        }
        if !self.unknowns.is_empty() {
            out.push_str("\n### Undecided\n\n");
        }
        for unknown in &self.unknowns {
            open(unknown, &mut out);
        }
        out
    }
}

fn finding(report: &Report, entry: &Entry, out: &mut String) {
    let _ = writeln!(
        out,
        "\n### {}: {} (`{}`)\n",
        words::severity(entry.severity),
        escaped(&entry.title),
        entry.code
    );
    let sure = words::confidence(entry.confidence);
    let _ = writeln!(out, "**{sure}:** {}\n", escaped(&entry.why));
    item("Who must act", words::who(entry.who), out);
    for sighting in &entry.evidence {
        seen("Seen", report, sighting, out);
    }
    for sighting in &entry.counter_evidence {
        seen("Against it", report, sighting, out);
    }
    item("Brings", &entry.root_of.join(", "), out);
    item("Standards", &entry.refs.join(", "), out);
    for fix in &entry.fixes {
        let _ = writeln!(
            out,
            "\n**Fix**, {}: {}{}",
            escaped(&fix.side),
            escaped(&fix.text),
            words::weaker(fix)
        );
        if let Some(patch) = &fix.patch {
            fenced(patch, out);
        }
    }
}

fn item(label: &str, text: &str, out: &mut String) {
    if !text.is_empty() {
        let _ = writeln!(out, "- **{label}:** {}", escaped(text));
    }
}

/// `- **Seen:** wire.pcap packet 5, +0.213 s: sent 4 times (isakmp.sa: 00 01)`.
fn seen(label: &str, report: &Report, sighting: &Sighting, out: &mut String) {
    let _ = write!(
        out,
        "- **{label}:** {}: {}",
        escaped(&location(report, sighting)),
        escaped(&sighting.shows)
    );
    if let Some(quote) = &sighting.quote {
        let _ = write!(out, ": {}", code(quote));
    }
    if let (Some(field), Some(bytes)) = (&sighting.field, &sighting.bytes) {
        let _ = write!(out, " ({}: {})", code(field), code(bytes));
    }
    out.push('\n');
}

fn open(unknown: &OpenQuestion, out: &mut String) {
    let _ = write!(out, "- {}", escaped(&unknown.question));
    if !unknown.decided_by.is_empty() {
        let answers = escaped(&unknown.decided_by.join("; "));
        let _ = write!(out, " **Would tell:** {answers}");
    }
    out.push('\n');
}

/// `text` as words within a line, of which none is markup.
pub(super) fn escaped(text: &str) -> String {
    let text = harmless(text);
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let tail = rest.as_str();
        match c {
            '_' if before.is_alphanumeric() && tail.starts_with(char::is_alphanumeric) => {
                out.push('_');
            }
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '|' | '~' | '!' => {
                out.push('\\');
                out.push(c);
            }
            '#' | '@' => {
                out.push(c);
                out.push_str(BREAK);
            }
            ':' if tail.starts_with("//") => {
                out.push(':');
                out.push_str(BREAK);
            }
            '.' if ends_with_www(&out) => {
                out.push_str(BREAK);
                out.push('.');
            }
            '$' => out.push_str("<span>$</span>"),
            // Only at the beginning of a line, where a list or a rule would begin.
            '-' | '+' | '=' if out.is_empty() => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
        before = c;
    }
    out
}

fn ends_with_www(text: &str) -> bool {
    let mut last = text.chars().rev();
    (0..3).all(|_| last.next().is_some_and(|c| c.eq_ignore_ascii_case(&'w')))
}

/// `text` as code within a line, wherever that stands.
fn code(text: &str) -> String {
    let text = harmless(text);
    let ticks = "`".repeat(longest_run(&text).saturating_add(1));
    let pad = if text.starts_with('`') || text.ends_with('`') || text.trim().is_empty() {
        " "
    } else {
        ""
    };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

/// Lines of a patch as a block that they cannot end.
fn fenced(patch: &str, out: &mut String) {
    let fence = "`".repeat(longest_run(patch).saturating_add(1).max(3));
    let _ = writeln!(out, "\n{fence}diff");
    for line in patch.lines() {
        let _ = writeln!(out, "{}", harmless(line));
    }
    let _ = writeln!(out, "{fence}");
}

/// The longest run of backticks.
fn longest_run(text: &str) -> usize {
    let runs = text.split(|c| c != '`').map(str::len);
    runs.max().unwrap_or(0)
}

/// What is not shown, and keeps apart what GitHub would make a link of.
const BREAK: &str = "<!-- -->";

#[cfg(test)]
mod tests {
    use super::super::sample::{entry, hostile, line_sighting, report};
    use super::*;

    #[test]
    fn a_ticket_holds_verdict_evidence_and_fixes() {
        let mut one = entry("psk-mismatch", "the ends hold different keys");
        one.counter_evidence = vec![line_sighting()];
        assert_eq!(
            report(vec![one]).to_markdown(),
            "\
## failed: psk-mismatch: the two ends hold different pre-shared keys (likely)

| input | kind | holds |
|---|---|---|
| /tmp/wire.pcap | capture | 12 packets |
| gw.conf | configuration |  |

### error: the ends hold different keys (`psk-mismatch`)

**likely:** Each copy is answered, and none of the answers is understood.

- **Who must act:** whoever keeps the keys, passwords and certificates
- **Seen:** wire.pcap packet 5, +0.213 s, 192.0.2.10 → 198.51.100.20:4500: sent 4 times \
(`isakmp.encrypted`: `1415161718191a1b1c1d`)
- **Against it:** gw.conf:12:5: accepts only this: `proposals = aes128-sha256-modp2048`
- **Standards:** RFC 2409 §5

**Fix**, 192.0.2.10 (initiator): Enter the key anew.

```diff
- secret = \"a\"
+ secret = \"b\"
```

### Undecided

- Which of the two keys is the right one? **Would tell:** the key of one end; the responder's log
"
        );
    }

    #[test]
    fn texts_of_peers_are_no_markup() {
        for (text, shown) in [
            ("IKE_SA_INIT _x_ __y__", "IKE_SA_INIT \\_x\\_ \\_\\_y\\_\\_"),
            ("<script>&amp;", "\\<script\\>\\&amp;"),
            (
                "![x](http://a.example/)",
                "\\!\\[x\\](http:<!-- -->//a.example/)",
            ),
            ("a|b `c` *d* ~~e~~", "a\\|b \\`c\\` \\*d\\* \\~\\~e\\~\\~"),
            (
                "@all #1 x@y.example",
                "@<!-- -->all #<!-- -->1 x@<!-- -->y.example",
            ),
            ("www.a.example", "www<!-- -->.a.example"),
            ("$x$", "<span>$</span>x<span>$</span>"),
            (
                "a\n# b\u{202e}\u{1b}[2J",
                "a\\\\n#<!-- --> b\\\\u{202e}\\\\u{1b}\\[2J",
            ),
            ("- item", "\\- item"),
        ] {
            assert_eq!(escaped(text), shown);
        }
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code("`"), "`` ` ``");
    }

    #[test]
    fn no_field_of_a_report_lets_a_peer_write_markup() {
        let text = hostile().to_markdown();
        let fences = text.lines().filter(|line| line.starts_with("`````"));
        assert_eq!(fences.count(), 2, "{text}");
        let mut within = false;
        for line in text.lines() {
            within ^= line.starts_with("`````");
            assert!(!line.contains(['\u{1b}', '\u{202e}']), "{line}");
            if within {
                continue;
            }
            let words: String = line.split("`````").step_by(2).collect();
            assert!(!words.contains("://"), "{line}");
            let bare = words.replace(BREAK, "").replace("<span>$</span>", "");
            for (at, _) in bare.match_indices(['<', '[', '!', '*']) {
                let escaped = bare.get(..at).unwrap().ends_with('\\');
                let ours = bare.get(at..).unwrap().starts_with("**")
                    || bare.get(..at).unwrap().ends_with('*');
                assert!(escaped || ours, "{line}");
            }
        }
        let cells = text.lines().filter(|line| line.starts_with("| "));
        for row in cells {
            let bars = row.matches('|').count() - row.matches("\\|").count();
            assert_eq!(bars, 4, "{row}");
        }
    }
}
