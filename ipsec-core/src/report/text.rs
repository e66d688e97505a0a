//! The report as text, in the manner of a compiler: the verdict first, then
//! what is wrong, the very bytes that show it, why, who must act and how.
//!
//! The short form is at most [`BRIEF_LINES`] lines: the leading finding in
//! full, the others in a line each. What it leaves out it counts.
//!
//! annotate-snippets was tried for the underlined bytes and left: it numbers
//! the lines of a source text, whereas rows of a packet have byte offsets, and
//! it cannot fit its output into a number of lines.

use super::harmless;
use super::model::{Entry, Input, Report, Sighting};
use super::paint::{Ink, Line, cut, wrap};
use super::place::location;
use super::words::{self, count};
use crate::diag::{Confidence, Severity, State, catalog};
use crate::evidence::Place;
use core::fmt::Write as _;

/// How the text is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "callers build it")]
pub struct TextOptions {
    /// Every finding in full, whatever the length.
    pub verbose: bool,
    /// Colours, as escape sequences of terminals.
    pub colour: bool,
}

impl Report {
    /// The report as text. The first line is the verdict.
    #[must_use]
    pub fn to_text(&self, options: TextOptions) -> String {
        let lines = if options.verbose {
            page(self, &Space::ALL)
        } else {
            let tries = Space::STEPS.iter().map(|space| page(self, space));
            let mut tries = tries.filter(|lines| lines.len() <= BRIEF_LINES);
            tries.next().unwrap_or_else(|| {
                let mut lines = page(self, &Space::LEAST);
                lines.truncate(BRIEF_LINES);
                lines
            })
        };
        let mut text = String::new();
        for line in &lines {
            line.write(&mut text, options.colour);
        }
        text
    }
}

/// How much of each part is shown.
#[derive(Clone, Copy, Debug)]
struct Space {
    /// Findings in full.
    full: usize,
    /// Findings in one line.
    brief: usize,
    /// Places of evidence of a finding in full.
    places: usize,
    /// Rows of bytes of a place.
    rows: usize,
    /// Lines of a reason.
    reason: usize,
    /// Ways to put it right.
    fixes: usize,
    /// Open questions.
    questions: usize,
    /// Lines of what would decide one.
    answers: usize,
}

impl Space {
    const ALL: Self = Self {
        full: usize::MAX,
        brief: usize::MAX,
        places: usize::MAX,
        rows: usize::MAX,
        reason: usize::MAX,
        fixes: usize::MAX,
        questions: usize::MAX,
        answers: usize::MAX,
    };

    const ROOMY: Self = Self {
        full: 1,
        brief: 4,
        places: 3,
        rows: 2,
        reason: 3,
        fixes: 3,
        questions: 2,
        answers: 2,
    };

    const LEAST: Self = Self {
        full: 1,
        brief: 3,
        places: 1,
        rows: 1,
        reason: 2,
        fixes: 1,
        questions: 1,
        answers: 1,
    };

    /// From roomy to tight; what is given up first matters least.
    const STEPS: [Self; 6] = [
        Self::ROOMY,
        Self {
            rows: 1,
            places: 2,
            ..Self::ROOMY
        },
        Self {
            rows: 1,
            places: 2,
            questions: 1,
            ..Self::ROOMY
        },
        Self {
            rows: 1,
            places: 2,
            questions: 1,
            fixes: 2,
            brief: 3,
            ..Self::ROOMY
        },
        Self {
            fixes: 2,
            answers: 2,
            ..Self::LEAST
        },
        Self::LEAST,
    ];
}

fn page(report: &Report, space: &Space) -> Vec<Line> {
    let mut lines = verdict(report);
    lines.extend(report.inputs.iter().filter_map(broken));
    if space.full == usize::MAX {
        lines.extend(report.inputs.iter().filter_map(untold));
    }
    let (full, rest) = report.findings.split_at(in_full_form(report, space));
    for entry in full {
        lines.push(Line::default());
        in_full(report, entry, space, &mut lines);
    }
    if !rest.is_empty() {
        lines.push(Line::default());
        let shown = rest.iter().take(space.brief);
        lines.extend(shown.map(|entry| in_brief(report, entry)));
    }
    if !report.unknowns.is_empty() {
        lines.push(Line::default());
    }
    for unknown in report.unknowns.iter().take(space.questions) {
        paragraph("undecided", &unknown.question, 2, &mut lines);
        let answers = unknown.decided_by.join("; ");
        paragraph("would tell", &answers, space.answers, &mut lines);
    }
    if let Some(hint) = hint(report, space) {
        lines.push(hint);
    }
    lines
}

/// How many findings are shown in full. What is only worth knowing never
/// stands in full before the reader asks.
fn in_full_form(report: &Report, space: &Space) -> usize {
    let most = space.full.min(report.findings.len());
    let first = report.findings.first();
    if space.brief < usize::MAX && first.is_some_and(|lead| lead.severity == Severity::Info) {
        0
    } else {
        most
    }
}

fn verdict(report: &Report) -> Vec<Line> {
    let ink = match report.verdict.state {
        State::Established => Ink::Good,
        State::Failed => Ink::Error,
        State::Degraded => Ink::Warning,
        State::Inconclusive => Ink::Note,
    };
    let (state, why) = words::verdict(report);
    let line = Line::of(ink, state).and(Ink::Strong, &format!(": {why}"));
    let beside = match report.verdict.cause {
        Some(_) => None,
        None => words::went_by(report).map(|text| Line::of(Ink::Faint, &text)),
    };
    [line].into_iter().chain(beside).collect()
}

fn broken(input: &Input) -> Option<Line> {
    let why = input.broken.as_ref()?;
    let how_far = if input.packets.is_some() {
        "to its end"
    } else {
        "at all"
    };
    let text = cut(
        &format!("{} cannot be read {how_far}: {why}", input.name),
        WIDTH.saturating_sub(9),
    );
    Some(Line::of(Ink::Warning, "warning").and(Ink::Plain, &format!(": {text}")))
}

/// What in a log is not understood.
fn untold(input: &Input) -> Option<Line> {
    let (untold, all) = (input.untold.filter(|&untold| untold > 0)?, input.lines?);
    let first = input.first_untold.iter().take(UNTOLD_SHOWN);
    let first: Vec<String> = first.map(u64::to_string).collect();
    let text = format!(
        "{}: {untold} of {all} lines not understood: {}",
        input.name,
        first.join(", ")
    );
    let text = cut(&text, WIDTH.saturating_sub(6));
    Some(Line::of(Ink::Note, "note").and(Ink::Plain, &format!(": {text}")))
}

fn in_full(report: &Report, entry: &Entry, space: &Space, lines: &mut Vec<Line>) {
    lines.extend(header(entry));
    let places = entry.evidence.iter().take(space.places);
    for (n, sighting) in places.enumerate() {
        let rows = if n == 0 || space.rows > 2 {
            space.rows
        } else {
            0
        };
        show(report, sighting, rows, lines);
    }
    if space.places > entry.evidence.len() {
        for sighting in &entry.counter_evidence {
            lines.push(Line::of(Ink::Faint, "  against it:"));
            show(report, sighting, 0, lines);
        }
    }
    let sure = words::confidence(entry.confidence);
    let why = format!("({sure}) {}", entry.why);
    paragraph("why", &why, space.reason, lines);
    paragraph("who", words::who(entry.who), 1, lines);
    for fix in entry.fixes.iter().take(space.fixes) {
        let text = format!("{}: {}{}", fix.side, fix.text, words::weaker(fix));
        paragraph("fix", &text, 2.max(space.reason), lines);
        for line in fix.patch.iter().flat_map(|patch| patch.lines()) {
            lines.push(Line::of(Ink::Good, &format!("{INDENT}{line}")));
        }
    }
    if !entry.root_of.is_empty() {
        paragraph("brings", &entry.root_of.join(", "), 1, lines);
    }
    paragraph("refs", &entry.refs.join(", "), 1, lines);
}

fn header(entry: &Entry) -> Vec<Line> {
    let (ink, word) = (ink(entry.severity), words::severity(entry.severity));
    let tag = format!("{word}[{}]", entry.code);
    let taken = tag.chars().count().saturating_add(2);
    let mut title = wrap(&entry.title, WIDTH.saturating_sub(taken)).into_iter();
    let first = format!(": {}", title.next().unwrap_or_default());
    let mut lines = Vec::from([Line::of(ink, &tag).and(Ink::Strong, &first)]);
    lines.extend(title.map(|more| Line::of(Ink::Strong, &format!("  {more}"))));
    lines
}

fn in_brief(report: &Report, entry: &Entry) -> Line {
    let lead = report.findings.first().map(|lead| lead.confidence);
    let rival = entry.confidence == Confidence::Possible
        || entry.severity == Severity::Error
            && entry.confidence == Confidence::Likely
            && lead != Some(Confidence::Proven);
    let follows = report
        .findings
        .iter()
        .any(|cause| cause.root_of.contains(&entry.code));
    let (ink, word) = (ink(entry.severity), words::severity(entry.severity));
    let line = if follows {
        Line::of(Ink::Faint, &format!("follows from it: {}", entry.code))
    } else if rival {
        Line::of(Ink::Faint, "also possible: ").and(Ink::Plain, entry.code)
    } else {
        Line::of(ink, &format!("{word}[{}]", entry.code))
    };
    let left = WIDTH.saturating_sub(line.width()).saturating_sub(2);
    let general = catalog::rule(entry.code).map(|rule| rule.title);
    let title = general.filter(|_| entry.title.chars().count() > left);
    let title = cut(title.unwrap_or(&entry.title), left);
    line.and(Ink::Plain, &format!(": {title}"))
}

fn show(report: &Report, sighting: &Sighting, rows: usize, lines: &mut Vec<Line>) {
    let place = location(report, sighting);
    let arrow = |text: &str| Line::of(Ink::Faint, ARROW).and(Ink::Plain, text);
    let bytes = sighting.place.as_ref().filter(|p| !p.excerpt.is_empty());
    if let (Some(bytes), true) = (bytes, rows > 0) {
        lines.push(arrow(&place));
        let size = count(u64::try_from(bytes.len).unwrap_or(u64::MAX), "byte");
        let field = format!("{} ({size} at {})", bytes.field, bytes.offset);
        lines.push(Line::of(Ink::Faint, GUTTER).and(Ink::Note, &field));
        underlined(bytes, &sighting.shows, rows, lines);
    } else if let (Some(words), true) = (&sighting.quote, rows > 0) {
        lines.push(arrow(&place));
        underlined_words(words, &sighting.shows, lines);
    } else {
        let alone = format!("{place}: {}", sighting.shows);
        if alone.chars().count().saturating_add(ARROW.len()) <= WIDTH {
            lines.push(arrow(&alone));
        } else {
            lines.push(arrow(&place));
            paragraph("", &sighting.shows, 2, lines);
        }
    }
}

/// Words of a line, underlined.
fn underlined_words(words: &str, label: &str, lines: &mut Vec<Line>) {
    let words = cut(&harmless(words), WIDTH.saturating_sub(GUTTER.len()));
    let under = "^".repeat(words.chars().count());
    lines.push(Line::of(Ink::Faint, GUTTER).and(Ink::Plain, &words));
    let line = Line::of(Ink::Faint, GUTTER).and(Ink::Error, &under);
    labelled(line, label, lines);
}

/// The rows of an excerpt that hold the place, its bytes underlined.
fn underlined(place: &Place, label: &str, rows: usize, lines: &mut Vec<Line>) {
    let end = place.offset.saturating_add(place.len);
    let chunks = place.excerpt.chunks(16).enumerate();
    let mut marked = chunks
        .map(|(n, row)| {
            (
                place.excerpt_offset.saturating_add(n.saturating_mul(16)),
                row,
            )
        })
        .filter(|(start, row)| *start < end && start.saturating_add(row.len()) > place.offset)
        .take(rows)
        .peekable();
    while let Some((start, row)) = marked.next() {
        let bytes = Line::of(Ink::Faint, &format!("{GUTTER}{start:04x}  "));
        lines.push(bytes.and(Ink::Plain, &hex_row(row)));
        let from = place.offset.saturating_sub(start);
        let to = end.saturating_sub(start).min(row.len());
        let before = " ".repeat(column(from).saturating_add(6));
        let width = column(to.saturating_sub(1))
            .saturating_add(2)
            .saturating_sub(column(from));
        let line =
            Line::of(Ink::Faint, &format!("{GUTTER}{before}")).and(Ink::Error, &"^".repeat(width));
        if marked.peek().is_some() {
            lines.push(line);
            continue;
        }
        labelled(line, label, lines);
    }
}

/// The underlining and what is said of it, behind it or below.
fn labelled(line: Line, label: &str, lines: &mut Vec<Line>) {
    let taken = line.width().saturating_add(label.chars().count());
    if taken < WIDTH {
        lines.push(line.and(Ink::Error, &format!(" {label}")));
        return;
    }
    lines.push(line);
    for part in wrap(label, WIDTH.saturating_sub(GUTTER.len()).saturating_sub(6)) {
        let line = Line::of(Ink::Faint, &format!("{GUTTER}      "));
        lines.push(line.and(Ink::Error, &part));
    }
}

/// Column of byte `n` of a row.
const fn column(n: usize) -> usize {
    n.saturating_mul(3).saturating_add(n / 8)
}

fn hex_row(row: &[u8]) -> String {
    let mut text = String::new();
    for (n, byte) in row.iter().enumerate() {
        let gap = match n {
            0 => "",
            8 => "  ",
            _ => " ",
        };
        let _ = write!(text, "{gap}{byte:02x}");
    }
    text
}

/// `  why: …`, its further lines indented under the first, at most `most`.
fn paragraph(label: &str, text: &str, most: usize, lines: &mut Vec<Line>) {
    if text.is_empty() {
        return;
    }
    let lead = match label {
        "" => INDENT.to_owned(),
        "undecided" | "would tell" => format!("{label}: "),
        _ => format!("  {label}: "),
    };
    let hang = lead.chars().count();
    let mut parts = wrap(text, WIDTH.saturating_sub(hang));
    if parts.len() > most {
        parts.truncate(most);
        if let Some(last) = parts.last_mut() {
            *last = cut(&format!("{last} …"), WIDTH.saturating_sub(hang));
        }
    }
    for (n, part) in parts.iter().enumerate() {
        let head = if n == 0 {
            lead.clone()
        } else {
            " ".repeat(hang)
        };
        lines.push(Line::of(Ink::Note, &head).and(Ink::Plain, part));
    }
}

fn hint(report: &Report, space: &Space) -> Option<Line> {
    let lead = report.findings.first()?;
    let hidden = |all: usize, shown: usize| u64::try_from(all.saturating_sub(shown)).unwrap_or(0);
    let full = in_full_form(report, space);
    let findings = hidden(report.findings.len(), full.saturating_add(space.brief));
    let places = hidden(lead.evidence.len(), space.places);
    let mut text = format!("more: ipsec explain {}", lead.code);
    let more = match (findings, places) {
        (0, 0) if full == report.findings.len() => None,
        (0, 0) if full == 0 => Some("what shows it".to_owned()),
        (0, 0) => Some("the others in full".to_owned()),
        (0, places) => Some(count(places, "more place")),
        (findings, _) => Some(count(findings, "more finding")),
    };
    if let Some(more) = more {
        let _ = write!(text, "; --verbose shows {more}");
    }
    Some(Line::of(Ink::Faint, &text))
}

const fn ink(severity: Severity) -> Ink {
    match severity {
        Severity::Error => Ink::Error,
        Severity::Warning => Ink::Warning,
        Severity::Info => Ink::Note,
    }
}

const ARROW: &str = "  --> ";
const GUTTER: &str = "   |  ";
const INDENT: &str = "       ";

/// Columns of the text.
const WIDTH: usize = 96;

/// Lines of the short form.
const BRIEF_LINES: usize = 25;

/// Numbers of lines that are not understood.
const UNTOLD_SHOWN: usize = 12;

#[cfg(test)]
mod tests {
    use super::super::sample::{entry, line_sighting, report, sighting};
    use super::*;

    #[test]
    fn verdict_bytes_reason_actor_and_fix_in_this_order() {
        let both = vec![
            entry(
                "psk-mismatch",
                "192.0.2.10 and 198.51.100.20 hold different keys",
            ),
            entry("psk-missing", "198.51.100.20 has no key"),
        ];
        let text = report(both).to_text(TextOptions::default());
        assert_eq!(
            text,
            "\
failed: psk-mismatch: the two ends hold different pre-shared keys (likely)

error[psk-mismatch]: 192.0.2.10 and 198.51.100.20 hold different keys
  --> wire.pcap packet 5, +0.213 s, 192.0.2.10 → 198.51.100.20:4500
   |  isakmp.encrypted (10 bytes at 20)
   |  0010  10 11 12 13 14 15 16 17  18 19 1a 1b 1c 1d 1e 1f
   |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ sent 4 times
  why: (likely) Each copy is answered, and none of the answers is understood.
  who: whoever keeps the keys, passwords and certificates
  fix: 192.0.2.10 (initiator): Enter the key anew.
       - secret = \"a\"
       + secret = \"b\"
  refs: RFC 2409 §5

also possible: psk-missing: 198.51.100.20 has no key

undecided: Which of the two keys is the right one?
would tell: the key of one end; the responder's log
more: ipsec explain psk-mismatch; --verbose shows the others in full
"
        );
    }

    #[test]
    fn words_of_a_line_are_underlined_as_a_compiler_does() {
        let mut one = entry(
            "no-common-ike-proposal",
            "the two ends have nothing in common",
        );
        one.evidence = vec![line_sighting()];
        let text = report(vec![one]).to_text(TextOptions::default());
        let shown = "\
  --> gw.conf:12:5
   |  proposals = aes128-sha256-modp2048
   |  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ accepts only this
  why: ";
        assert!(text.contains(shown), "{text}");
    }

    #[test]
    fn the_short_form_never_outgrows_its_lines() {
        let mut long = entry("psk-mismatch", &"a rather long title ".repeat(30));
        long.why = "because of this and that ".repeat(40);
        long.evidence = vec![sighting(); 9];
        long.fixes = vec![long.fixes[0].clone(); 9];
        long.fixes[0].patch = Some("line\n".repeat(99));
        let mut report = report(vec![long; 20]);
        report.unknowns = vec![report.unknowns[0].clone(); 9];
        report.inputs[0].broken = Some("the file ends early ".repeat(20));
        let text = report.to_text(TextOptions::default());
        assert!(text.lines().count() <= BRIEF_LINES, "{text}");
        let full = report.to_text(TextOptions {
            verbose: true,
            colour: false,
        });
        assert_eq!(full.matches("error[psk-mismatch]").count(), 20);
    }

    #[test]
    fn peers_control_no_terminal_and_no_page() {
        let hostile = "\u{1b}[2J\u{202e}</script>";
        let mut one = entry("psk-mismatch", hostile);
        one.evidence[0].shows = hostile.into();
        one.fixes[0].patch = Some(hostile.into());
        let mut report = report(vec![one]);
        report.inputs[0].name = hostile.into();
        let json = report.to_json();
        for text in [&report.to_text(TextOptions::default()), &json] {
            assert!(
                !text.contains('\u{1b}') && !text.contains('\u{202e}'),
                "{text}"
            );
        }
        assert!(!json.contains("</script"));
        let back: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(back["findings"][0]["title"], hostile);
    }
}
