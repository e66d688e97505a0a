//! The report as one page: what `ipsec why --format html` writes into a file
//! that can be sent around. No script and no request to anywhere; the page
//! forbids both itself. It is well-formed XML as well, reads without colours,
//! and prints.

use super::ladder::Ladders;
use super::model::{Entry, Report, Sighting};
use super::picture::{self, text};
use super::place::location;
use super::timeline::Timeline;
use super::words;
use crate::diag::{Severity, State};
use crate::evidence::Place;
use core::fmt::Write as _;

impl Report {
    /// The report as one HTML page, with the pictures of the same evidence.
    #[must_use]
    pub fn to_html(&self, ladders: &Ladders, timeline: &Timeline) -> String {
        let mut out = String::new();
        let (state, why) = words::verdict(self);
        let _ = write!(
            out,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
             <meta http-equiv=\"Content-Security-Policy\" \
             content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
             <title>IPsec: {state}: {why}</title>\n<style>\n\
             :root{{{COLOURS}color-scheme:light dark}}\n{PAGE}{PARTS}{}</style>\n</head>\n<body>\n\
             <header>\n<h1><span class=\"state {}\">{state}</span> {why}</h1>\n",
            picture::STYLE,
            class_of_state(self.verdict.state),
            why = text(&why),
        );
        if let Some(went_by) = words::went_by(self) {
            let _ = writeln!(out, "<p>{}</p>", text(&went_by));
        }
        out.push_str("</header>\n<main>\n");
        self.answer(&mut out);
        inputs(self, timeline, &mut out);
        let ladder = ladders.to_svg_element("ladder");
        drawing("ladders", "Who said what to whom", &ladder, &mut out);
        let lanes = timeline.to_svg_element("lanes");
        drawing("timeline", "What happened when", &lanes, &mut out);
        let version = env!("CARGO_PKG_VERSION");
        let _ = write!(
            out,
            "</main>\n<footer><p>Written by ipsec-core {version}; <code>ipsec explain CODE</code> \
             shows the page of a finding.</p></footer>\n</body>\n</html>\n"
        );
        out
    }

    /// The report as one element with its styles, to be set into a page such
    /// as a notebook; the pictures are left out.
    #[must_use]
    pub fn to_html_element(&self) -> String {
        let (state, why) = words::verdict(self);
        let mut out = element(PARTS);
        let _ = writeln!(
            out,
            "<p><strong class=\"state {}\">{state}</strong> {}</p>",
            class_of_state(self.verdict.state),
            text(&why)
        );
        self.answer(&mut out);
        out.push_str("</div>\n");
        out
    }

    fn answer(&self, out: &mut String) {
        for entry in &self.findings {
            finding(self, entry, out);
        }
        unknowns(self, out);
    }
}

/// The beginning of an element whose `styles` reach no other part of its page.
pub(super) fn element(styles: &str) -> String {
    format!(
        "<div class=\"ipsec-core\">\n<style>\n.ipsec-core{{{COLOURS}color-scheme:light;color:var(--ink);\
         background:var(--page);padding:.5rem;overflow-wrap:anywhere}}\n\
         .ipsec-core{{\n{styles}}}\n</style>\n"
    )
}

fn finding(report: &Report, entry: &Entry, out: &mut String) {
    let word = words::severity(entry.severity);
    let _ = write!(
        out,
        "<section class=\"finding {}\">\n<h2><span class=\"tag\">{word}</span> {}</h2>\n\
         <p><code>{}</code>, <strong>{}</strong>: {}</p>\n\
         <p><strong>Who must act:</strong> {}.</p>\n",
        class_of_severity(entry.severity),
        text(&entry.title),
        text(entry.code),
        words::confidence(entry.confidence),
        text(&entry.why),
        words::who(entry.who),
    );
    fixes(entry, out);
    sightings("What shows it", report, &entry.evidence, out);
    sightings(
        "What speaks against it",
        report,
        &entry.counter_evidence,
        out,
    );
    for (label, codes) in [("Brings", &entry.root_of), ("Standards", &entry.refs)] {
        if !codes.is_empty() {
            let codes = text(&codes.join(", "));
            let _ = writeln!(out, "<p><strong>{label}:</strong> {codes}</p>");
        }
    }
    out.push_str("</section>\n");
}

fn fixes(entry: &Entry, out: &mut String) {
    if entry.fixes.is_empty() {
        return;
    }
    out.push_str("<h3>What to do</h3>\n<ol>\n");
    for fix in &entry.fixes {
        let _ = write!(
            out,
            "<li><strong>{}:</strong> {}{}",
            text(&fix.side),
            text(&fix.text),
            words::weaker(fix)
        );
        if let Some(patch) = &fix.patch {
            let lines: Vec<String> = patch.lines().map(text).collect();
            let _ = write!(out, "\n<pre>{}</pre>", lines.join("\n"));
        }
        out.push_str("</li>\n");
    }
    out.push_str("</ol>\n");
}

fn sightings(title: &str, report: &Report, all: &[Sighting], out: &mut String) {
    if all.is_empty() {
        return;
    }
    let _ = writeln!(out, "<h3>{title}</h3>\n<ul>");
    for sighting in all {
        let _ = write!(
            out,
            "<li><span class=\"place\">{}</span>: {}",
            text(&location(report, sighting)),
            text(&sighting.shows)
        );
        if let Some(quote) = &sighting.quote {
            let _ = write!(out, "\n<pre><mark>{}</mark></pre>", text(quote));
        }
        if let Some(place) = &sighting.place {
            bytes(place, out);
        }
        out.push_str("</li>\n");
    }
    out.push_str("</ul>\n");
}

/// The rows of an excerpt, the bytes of the place marked.
fn bytes(place: &Place, out: &mut String) {
    if place.excerpt.is_empty() {
        return;
    }
    let end = place.offset.saturating_add(place.len);
    let _ = write!(out, "\n<pre>{}", text(&place.field));
    for (n, row) in place.excerpt.chunks(16).enumerate() {
        let start = place.excerpt_offset.saturating_add(n.saturating_mul(16));
        let _ = write!(out, "\n{start:04x} ");
        let mut marked = false;
        for (column, byte) in row.iter().enumerate() {
            let at = start.saturating_add(column);
            let inside = (place.offset..end).contains(&at);
            if marked && !inside {
                out.push_str("</mark>");
            }
            out.push_str(if column == 8 { "  " } else { " " });
            if inside && !marked {
                out.push_str("<mark>");
            }
            marked = inside;
            let _ = write!(out, "{byte:02x}");
        }
        if marked {
            out.push_str("</mark>");
        }
    }
    out.push_str("</pre>");
}

fn unknowns(report: &Report, out: &mut String) {
    if report.unknowns.is_empty() {
        return;
    }
    out.push_str("<section>\n<h2>Undecided</h2>\n<ul>\n");
    for unknown in &report.unknowns {
        let _ = write!(out, "<li>{}", text(&unknown.question));
        if !unknown.decided_by.is_empty() {
            let answers = text(&unknown.decided_by.join("; "));
            let _ = write!(out, " <strong>Would tell:</strong> {answers}");
        }
        out.push_str("</li>\n");
    }
    out.push_str("</ul>\n</section>\n");
}

fn inputs(report: &Report, timeline: &Timeline, out: &mut String) {
    out.push_str(
        "<section>\n<h2>Inputs</h2>\n<table>\n<thead><tr><th scope=\"col\">Name</th>\
         <th scope=\"col\">Kind</th><th scope=\"col\">Holds</th></tr></thead>\n<tbody>\n",
    );
    for input in &report.inputs {
        let _ = writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>",
            text(&input.name),
            words::kind(input.kind),
            text(&words::holds(input))
        );
    }
    out.push_str("</tbody>\n</table>\n");
    if let Some(clocks) = timeline.clocks() {
        let _ = writeln!(out, "<p>Clocks: {}.</p>", text(&clocks));
    }
    out.push_str("</section>\n");
}

fn drawing(id: &str, title: &str, svg: &str, out: &mut String) {
    let _ = write!(
        out,
        "<section>\n<h2 id=\"{id}\">{title}</h2>\n\
         <div class=\"picture\" role=\"region\" aria-labelledby=\"{id}\" tabindex=\"0\">\n\
         {svg}</div>\n</section>\n"
    );
}

const fn class_of_state(state: State) -> &'static str {
    match state {
        State::Established => "good",
        State::Failed => "error",
        State::Degraded => "warning",
        State::Inconclusive => "note",
    }
}

const fn class_of_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// The colours of a light page. An element that is set into another page keeps
/// them, so that it can be read on any.
const COLOURS: &str = "\
--ink:#1f2430;--page:#fff;--soft:#f3f4f6;--rule:#d1d5db;\
--error:#b42318;--warning:#8a5a00;--note:#1d5bb8;--good:#0f7038;--mark:#ffe8a3;";

/// The styles of the page. Text keeps a contrast of at least 4.5 to 1.
const PAGE: &str = "\
@media(prefers-color-scheme:dark){:root{--ink:#e5e7eb;--page:#16181d;--soft:#22252c;\
--rule:#3b404a;--error:#ff8f85;--warning:#f0b849;--note:#8ab4ff;--good:#5ddb91;--mark:#6b5000}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);\
max-width:62rem;margin:0 auto;padding:1.5rem;overflow-wrap:anywhere}
.picture{overflow:auto;max-height:48rem;border:1px solid var(--rule)}footer{font-size:.875rem}
@media print{body{max-width:none;padding:0}.picture{overflow:visible;max-height:none;border:0}\
svg{max-width:100%;height:auto}.finding{break-inside:avoid-page}}
";

/// The styles of its parts.
const PARTS: &str = "\
h1{font-size:1.5rem}h2{font-size:1.2rem}h3{font-size:1rem;margin-bottom:.3rem}
.state.error,.finding.error .tag{color:var(--error)}
.state.warning,.finding.warning .tag{color:var(--warning)}
.state.note,.finding.note .tag{color:var(--note)}.state.good{color:var(--good)}
.finding{border-left:4px solid var(--rule);padding-left:1rem;margin:1.5rem 0}
.finding.error{border-color:var(--error)}.finding.warning{border-color:var(--warning)}
.place,code,pre{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.875rem}
pre{background:var(--soft);padding:.6rem;overflow-x:auto;white-space:pre-wrap}
mark{background:var(--mark);color:inherit}
table{border-collapse:collapse}th,td{border:1px solid var(--rule);padding:.3rem .6rem;text-align:left}
";

#[cfg(test)]
mod tests {
    use super::super::sample::{HOSTILE, entry, hostile, line_sighting, names, report};
    use super::*;
    use crate::diag::ladder::ladder;
    use crate::evidence::{Evidence, Fact, LogEvent, Logged, Source};
    use crate::report::InputName;
    use roxmltree::{Document, Node, ParsingOptions};

    fn page(report: &Report, names: &[InputName], evidence: &[Evidence]) -> String {
        let ladders = Ladders::new(names, evidence);
        let timeline = Timeline::new(names, evidence, &[]);
        report.to_html(&ladders, &timeline)
    }

    fn parsed(html: &str) -> Document<'_> {
        let options = ParsingOptions {
            allow_dtd: true,
            ..ParsingOptions::default()
        };
        Document::parse_with_options(html, options).unwrap()
    }

    fn words_of(node: Node<'_, '_>) -> String {
        let texts = node.descendants().filter(Node::is_text);
        texts.filter_map(|node| node.text()).collect()
    }

    #[test]
    fn a_page_holds_verdict_findings_and_pictures() {
        let mut one = entry("psk-mismatch", "the ends hold different keys");
        one.evidence.push(line_sighting());
        let html = page(
            &report(vec![one]),
            &names(),
            &ladder("0.0 a>b INIT q0\n0.1 b>a INIT r0"),
        );
        let document = parsed(&html);
        let body = document.root_element();
        let all = |name: &str| {
            let found = body.descendants().filter(|node| node.has_tag_name(name));
            found.map(words_of).collect::<Vec<_>>()
        };
        let verdict = "psk-mismatch: the two ends hold different pre-shared keys (likely)";
        assert!(all("h1")[0].contains(verdict), "{html}");
        assert!(all("h2")[0].contains("the ends hold different keys"));
        assert_eq!(all("svg").len(), 2);
        assert!(
            all("mark")
                .iter()
                .any(|mark| mark == "14 15 16 17  18 19 1a 1b 1c 1d")
        );
        assert!(all("mark").contains(&"proposals = aes128-sha256-modp2048".to_owned()));
        assert!(
            all("pre")
                .iter()
                .any(|pre| pre.contains("+ secret = \"b\""))
        );
    }

    #[test]
    fn whatever_peers_say_nothing_runs_and_nothing_is_fetched() {
        let mut names = names();
        for input in &mut names {
            input.name = HOSTILE.into();
        }
        let mut evidence = ladder("0.0 a>b INIT q0 n=17\n0.1 b>a INIT r0");
        let event = LogEvent::NotifySent(HOSTILE.into());
        let fact = Fact::Logged(Box::new(Logged::new(Some(HOSTILE.into()), event)));
        evidence.push(Evidence::new(
            None,
            Source::Line { input: 1, line: 3 },
            fact,
        ));
        let html = page(&hostile(), &names, &evidence);
        assert_harmless(&html);
        let element = hostile().to_html_element();
        assert!(element.starts_with("<div class=\"ipsec-core\">"));
        assert_harmless(&element);
    }

    /// Nothing in it runs, nothing is fetched, and no character misleads.
    fn assert_harmless(html: &str) {
        assert!(!html.contains(['\u{1b}', '\u{202e}', '\u{ffff}']));
        let document = parsed(html);
        for node in document.descendants().filter(Node::is_element) {
            let name = node.tag_name().name();
            assert!(ELEMENTS.contains(&name), "<{name}>");
            for attribute in node.attributes() {
                let (name, value) = (attribute.name(), attribute.value());
                assert!(!name.starts_with("on"), "{name}={value}");
                assert!(
                    !["href", "src", "style", "action"].contains(&name),
                    "{name}"
                );
                let value = value.to_ascii_lowercase();
                for scheme in ["http:", "https:", "javascript:", "data:", "url("] {
                    assert!(!value.contains(scheme), "{name}={value}");
                }
            }
        }
        for style in document
            .descendants()
            .filter(|node| node.has_tag_name("style"))
        {
            let css = words_of(style);
            assert!(!css.contains("url(") && !css.contains("@import"), "{css}");
        }
    }

    /// What a page is made of.
    const ELEMENTS: &[&str] = &[
        "html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section",
        "h1", "h2", "h3", "p", "span", "strong", "code", "pre", "mark", "ul", "ol", "li", "table",
        "thead", "tbody", "tr", "th", "td", "div", "svg", "desc", "text", "tspan", "path",
        "circle",
    ];
}
