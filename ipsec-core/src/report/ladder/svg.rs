//! Ladders as one SVG picture.

use super::super::paint::cut;
use super::super::picture::{self, text};
use super::{Kind, Ladder, Ladders, Rung};
use core::fmt::Write as _;

impl Ladders {
    /// The ladders below each other as an SVG document: no script, nothing
    /// from elsewhere, and colours for light and for dark pages. Of very long
    /// ones the first and the last rungs are drawn.
    #[must_use]
    pub fn to_svg(&self) -> String {
        picture::document(self.size(), TITLE, &self.about(), &self.drawn())
    }

    /// The ladders as an element of a page.
    pub(in super::super) fn to_svg_element(&self, id: &str) -> String {
        picture::element(self.size(), id, TITLE, &self.about(), &self.drawn())
    }

    fn about(&self) -> String {
        let ends = self.0.iter().take(LADDERS_MAX).map(|ladder| {
            let rungs = ladder.rungs.len();
            format!("{} and {} in {rungs} lines", ladder.left, ladder.right)
        });
        let ends: Vec<String> = ends.collect();
        format!("Who said what to whom: {}.", ends.join("; "))
    }

    fn size(&self) -> (usize, usize) {
        let rows = self.0.iter().map(|ladder| ladder.rungs.len());
        let height = rows.take(LADDERS_MAX).fold(MARGIN, |height, rows| {
            height
                .saturating_add(HEAD)
                .saturating_add(rows.min(RUNGS_MAX).saturating_mul(ROW))
        });
        (WIDTH, height.saturating_add(NOTE))
    }

    fn drawn(&self) -> String {
        let (mut out, mut top) = (String::new(), 0);
        for ladder in self.0.iter().take(LADDERS_MAX) {
            top = draw(ladder, top, &mut out);
        }
        let hidden = self.0.len().saturating_sub(LADDERS_MAX);
        if hidden > 0 {
            note(&format!("{hidden} more pairs of addresses"), top, &mut out);
        }
        out
    }
}

/// Draws `ladder` from `top` on; returns where the next may begin.
fn draw(ladder: &Ladder, top: usize, out: &mut String) -> usize {
    let names = top.saturating_add(44);
    let first = top.saturating_add(HEAD);
    let rows = ladder.rungs.len().min(RUNGS_MAX);
    let end = first.saturating_add(rows.saturating_mul(ROW));
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
    let (head, hidden, tail) = picture::shown(&ladder.rungs, RUNGS_MAX);
    let mut y = first.saturating_add(16);
    for rung in head {
        draw_rung(rung, y, out);
        y = y.saturating_add(ROW);
    }
    if hidden > 0 {
        note(&format!("{hidden} lines are not drawn"), y, out);
        y = y.saturating_add(ROW);
    }
    for rung in tail {
        draw_rung(rung, y, out);
        y = y.saturating_add(ROW);
    }
    end
}

fn note(what: &str, y: usize, out: &mut String) {
    let _ = writeln!(
        out,
        "<text class=\"faint label\" x=\"{MIDDLE}\" y=\"{y}\">{}</text>",
        text(what)
    );
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

const TITLE: &str = "IPsec conversations";

const WIDTH: usize = 960;
const LEFT: usize = 190;
const RIGHT: usize = 890;
const MIDDLE: usize = 540;
const HEAD: usize = 76;
const ROW: usize = 30;
const MARGIN: usize = 16;
const NOTE: usize = 12;

/// Rungs of a ladder that are drawn.
pub(super) const RUNGS_MAX: usize = 400;

/// Ladders that are drawn.
pub(super) const LADDERS_MAX: usize = 64;
