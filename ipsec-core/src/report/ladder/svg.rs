//! Ladders as one SVG picture: no script, nothing from elsewhere, and colours
//! for light and for dark pages.

use super::super::harmless;
use super::super::paint::cut;
use super::{Kind, Ladder, Ladders, Rung};
use core::fmt::Write as _;

impl Ladders {
    /// The ladders below each other as an SVG document.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let rows = self.0.iter().map(|ladder| ladder.rungs.len());
        let height = rows.fold(MARGIN, |height, rows| {
            height
                .saturating_add(HEAD)
                .saturating_add(rows.saturating_mul(ROW))
        });
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
             width=\"{WIDTH}\" height=\"{height}\" role=\"img\">\n\
             <title>IPsec conversations</title>\n{STYLE}\
             <rect class=\"page\" width=\"100%\" height=\"100%\"/>\n"
        );
        let mut top = 0;
        for ladder in &self.0 {
            top = draw(ladder, top, &mut out);
        }
        out.push_str("</svg>\n");
        out
    }
}

/// Draws `ladder` from `top` on; returns where the next may begin.
fn draw(ladder: &Ladder, top: usize, out: &mut String) -> usize {
    let names = top.saturating_add(44);
    let first = top.saturating_add(HEAD);
    let end = first.saturating_add(ladder.rungs.len().saturating_mul(ROW));
    let title = top.saturating_add(20);
    let _ = writeln!(
        out,
        "<text class=\"faint\" x=\"10\" y=\"{title}\">{}</text>\n\
         <text class=\"end\" x=\"{LEFT}\" y=\"{names}\">{}</text>\n\
         <text class=\"end\" x=\"{RIGHT}\" y=\"{names}\">{}</text>\n\
         <path class=\"life\" d=\"M{LEFT} {first}V{end}M{RIGHT} {first}V{end}\"/>",
        text(&cut(&ladder.input, 110)),
        ladder.left,
        ladder.right,
        first = first.saturating_sub(18),
    );
    for (n, rung) in ladder.rungs.iter().enumerate() {
        let y = first
            .saturating_add(n.saturating_mul(ROW))
            .saturating_add(16);
        draw_rung(rung, y, out);
    }
    end
}

fn draw_rung(rung: &Rung, y: usize, out: &mut String) {
    let class = match rung.kind {
        Kind::Request => "request",
        Kind::Answer => "answer",
        Kind::Data => "data",
        Kind::Trouble => "trouble",
    };
    let (above, up, down) = (
        y.saturating_sub(5),
        y.saturating_sub(4),
        y.saturating_add(4),
    );
    let head = if rung.rightwards {
        let back = RIGHT - 9;
        format!("M{back} {up}L{RIGHT} {y}L{back} {down}")
    } else {
        let back = LEFT + 9;
        format!("M{back} {up}L{LEFT} {y}L{back} {down}")
    };
    let _ = writeln!(
        out,
        "<text class=\"faint\" x=\"10\" y=\"{down}\">#{} {}</text>\n\
         <text class=\"label {class}\" x=\"{MIDDLE}\" y=\"{above}\">{}</text>\n\
         <path class=\"{class}\" d=\"M{LEFT} {y}H{RIGHT}\"/><path class=\"head {class}\" d=\"{head}\"/>",
        rung.number,
        text(&rung.time),
        text(&cut(&rung.label, 92)),
    );
}

/// `text` with everything that means something to XML as an entity.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in harmless(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

const STYLE: &str = "<style>
text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#1f2430}
.page{fill:#fff}.faint{fill:#6b7280}.end{font-weight:bold;text-anchor:middle}.label{text-anchor:middle}
path{fill:none;stroke:#374151;stroke-width:1.3}.life{stroke:#9ca3af}
path.answer{stroke:#2563eb}path.data{stroke:#15803d;stroke-width:2.4}path.trouble{stroke:#b91c1c}
text.trouble{fill:#b91c1c}path.trouble:not(.head){stroke-dasharray:5 4}
@media(prefers-color-scheme:dark){text{fill:#e5e7eb}.page{fill:#16181d}.faint{fill:#9ca3af}
path{stroke:#d1d5db}.life{stroke:#4b5563}path.answer{stroke:#7aa2ff}path.data{stroke:#4ade80}
path.trouble{stroke:#f87171}text.trouble{fill:#f87171}}
</style>
";

const WIDTH: usize = 960;
const LEFT: usize = 190;
const RIGHT: usize = 890;
const MIDDLE: usize = 540;
const HEAD: usize = 76;
const ROW: usize = 30;
const MARGIN: usize = 16;
