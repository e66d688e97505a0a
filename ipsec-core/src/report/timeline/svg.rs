//! Timelines as one SVG picture: a lane for each input, a dot for each event,
//! earliest at the top.

use super::super::paint::cut;
use super::super::picture::{self, text};
use super::super::place::shortened;
use super::text::{apart, said};
use super::{Event, EventKind, Timeline};
use core::fmt::Write as _;

impl Timeline {
    /// The timeline as an SVG document. Of very many events the first and the
    /// last are drawn.
    #[must_use]
    pub fn to_svg(&self) -> String {
        picture::document(self.size(), TITLE, &self.about(), &self.drawn())
    }

    /// The timeline as an element of a page.
    pub(in super::super) fn to_svg_element(&self, id: &str) -> String {
        picture::element(self.size(), id, TITLE, &self.about(), &self.drawn())
    }

    fn about(&self) -> String {
        let (events, inputs) = (self.events.len(), self.inputs.len());
        format!("Events: {events}, inputs: {inputs}, by the common clock, earliest first.")
    }

    /// Where the names of the lanes end and the events begin.
    fn names_end(&self) -> usize {
        HEAD.saturating_add(self.inputs.len().saturating_mul(NAME_ROW))
    }

    fn size(&self) -> (usize, usize) {
        let rows = self.events.len().min(EVENTS_MAX).saturating_mul(ROW);
        let height = self.names_end().saturating_add(rows);
        (WIDTH, height.saturating_add(MARGIN))
    }

    fn drawn(&self) -> String {
        let mut out = String::new();
        let (_, end) = self.size();
        for index in 0..self.inputs.len() {
            self.draw_lane(index, end.saturating_sub(MARGIN), &mut out);
        }
        let (first, hidden, last) = picture::shown(&self.events, EVENTS_MAX);
        let mut y = self.names_end().saturating_add(ROW / 2);
        for event in first {
            self.draw(event, y, &mut out);
            y = y.saturating_add(ROW);
        }
        if hidden > 0 {
            let (x, y_text) = (self.words(), y.saturating_add(4));
            let _ = writeln!(
                out,
                "<text class=\"faint\" x=\"{x}\" y=\"{y_text}\">{hidden} events are not drawn</text>"
            );
            y = y.saturating_add(ROW);
        }
        for event in last {
            self.draw(event, y, &mut out);
            y = y.saturating_add(ROW);
        }
        out
    }

    fn draw_lane(&self, index: usize, end: usize, out: &mut String) {
        let Some(lane) = self.inputs.get(index) else {
            return;
        };
        let all = self.inputs.iter().map(|lane| lane.name.as_str());
        let name = cut(shortened(&lane.name, all), NAME_MAX);
        let clock = match lane.clock_ahead_micros {
            None | Some(0) => String::new(),
            Some(ahead) => format!(", {}", apart(ahead)),
        };
        let (x, y) = (
            column(index),
            HEAD.saturating_add(index.saturating_mul(NAME_ROW)),
        );
        let (x_name, y_name) = (x.saturating_add(10), y.saturating_add(4));
        let _ = writeln!(
            out,
            "<path class=\"life\" d=\"M{x} {y}V{end}\"/>\
             <circle class=\"lane\" cx=\"{x}\" cy=\"{y}\" r=\"3\"/>\
             <text x=\"{x_name}\" y=\"{y_name}\">{}<tspan class=\"faint\">{}</tspan></text>",
            text(&name),
            text(&clock),
        );
    }

    fn draw(&self, event: &Event, y: usize, out: &mut String) {
        let (class, y_text) = (class(event.kind), y.saturating_add(4));
        let _ = write!(
            out,
            "<text class=\"faint\" x=\"10\" y=\"{y_text}\">{}</text>",
            text(&self.time(event))
        );
        if let Some(input) = event.input {
            let x = column(input);
            let _ = write!(
                out,
                "<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"5\"/>"
            );
        }
        let place = match (event.packet, event.line) {
            (Some(number), _) => format!("#{number} "),
            (None, Some(line)) => format!("line {line} "),
            (None, None) => String::new(),
        };
        let left = CHARACTERS
            .saturating_sub(self.inputs.len().saturating_mul(LANE / CHARACTER))
            .saturating_sub(place.chars().count());
        let _ = writeln!(
            out,
            "<text class=\"{class}\" x=\"{}\" y=\"{y_text}\"><tspan class=\"faint\">{}</tspan>{}</text>",
            self.words(),
            text(&place),
            text(&cut(&said(event), left.max(CHARACTERS / 2))),
        );
    }

    /// Where the words begin.
    fn words(&self) -> usize {
        column(self.inputs.len())
    }
}

const fn class(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Request => "request",
        EventKind::Answer => "answer",
        EventKind::Data => "data",
        EventKind::Trouble => "trouble",
        EventKind::Log => "log",
    }
}

/// Where lane `index` stands; beyond [`LANES_MAX`] they share the last place.
fn column(index: usize) -> usize {
    LEFT.saturating_add(index.min(LANES_MAX).saturating_mul(LANE))
}

const TITLE: &str = "IPsec timeline";

const WIDTH: usize = 960;
const LEFT: usize = 110;
const LANE: usize = 24;
const HEAD: usize = 24;
const NAME_ROW: usize = 20;
const ROW: usize = 20;
const MARGIN: usize = 16;

/// Width of a character, and how many there is room for behind the time.
const CHARACTER: usize = 7;
const CHARACTERS: usize = 114;

/// Characters of the name of an input.
const NAME_MAX: usize = 80;

/// Lanes that are drawn beside each other.
pub(super) const LANES_MAX: usize = 12;

/// Events that are drawn.
pub(super) const EVENTS_MAX: usize = 400;
