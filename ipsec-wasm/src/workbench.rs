//! The one class of this face.

use crate::bench::{Answered, Bench};
use crate::shapes::{Answer, CaptureInfo, Progress, Row};
use ipsec_core::capture::{Archive, ArchivedPacket};
use ipsec_core::report::tree;
use ipsec_core::wire::{self, Filter};
use js_sys::{Array, Error, JSON, JsString, Object, Reflect, Uint8Array};
use serde::Serialize;
use wasm_bindgen::prelude::{JsError, JsValue, wasm_bindgen};

/// Files and keys, and what they come to.
///
/// Files are told by their content: captures, logs, configurations and keys,
/// in any number and order, also gzipped. What fails throws an `Error`.
#[wasm_bindgen]
pub struct Workbench {
    bench: Bench,
    answered: Option<Answered>,
}

#[wasm_bindgen]
impl Workbench {
    /// Nothing on it yet.
    #[wasm_bindgen(constructor)]
    #[must_use]
    #[expect(clippy::new_without_default, reason = "JavaScript has no defaults")]
    pub fn new() -> Self {
        Self {
            bench: Bench::new(),
            answered: None,
        }
    }

    /// Adds a file of any kind.
    pub fn add(&mut self, name: String, bytes: Vec<u8>) {
        self.answered = None;
        self.bench.add(name, bytes);
    }

    /// Adds a pre-shared key to try: text, `0x` and hexadecimal, or `0s` and
    /// Base64.
    ///
    /// # Errors
    /// When what follows `0x` or `0s` is something else; in the small build,
    /// which opens nothing.
    #[wasm_bindgen(js_name = addPsk)]
    pub fn add_psk(&mut self, text: &JsString) -> Result<(), JsError> {
        let text = String::from_iter(char::decode_utf16(text.iter()).map_while(Result::ok));
        self.answered = None;
        self.bench.add_psk(&text)
    }

    /// Reads all files and says what they come to.
    ///
    /// # Errors
    /// Never, but for a lack of memory.
    #[wasm_bindgen(unchecked_return_type = "Answer")]
    pub fn read(&mut self) -> Result<JsValue, JsError> {
        let answered = self.answered();
        json(&Answer {
            report: answered.explanation.report(),
            files: &answered.files,
        })
    }

    /// Who said what to whom, as SVG.
    pub fn ladder(&mut self) -> String {
        self.answered().explanation.ladders().to_svg()
    }

    /// What happened in all files, by one clock, as SVG.
    pub fn timeline(&mut self) -> String {
        self.answered().explanation.timeline().to_svg()
    }

    /// The report as one page with both pictures.
    pub fn html(&mut self) -> String {
        self.answered().explanation.to_html()
    }

    /// The report as JSON, as `ipsec why --format json` prints it.
    pub fn json(&mut self) -> String {
        self.answered().explanation.report().to_json()
    }

    /// The report for code scanners, with the page of every rule.
    ///
    /// # Errors
    /// In the small build, which has no pages.
    pub fn sarif(&mut self) -> Result<String, JsError> {
        self.answered().sarif()
    }

    /// The report for tickets.
    pub fn markdown(&mut self) -> String {
        self.answered().explanation.report().to_markdown()
    }

    /// What the configurations among the files come to before any packet:
    /// `ietf`, `rfc8247`, `rfc8221`, `cnsa` or `legacy-ok` says which
    /// algorithms are weak.
    ///
    /// # Errors
    /// When there is no such profile.
    #[wasm_bindgen(unchecked_return_type = "Comparison")]
    pub fn compare(&mut self, profile: &str) -> Result<JsValue, JsError> {
        json(&self.answered().compare(profile)?)
    }

    /// The captures among the files; their `index` is what the methods below
    /// call `capture`.
    ///
    /// # Errors
    /// Never, but for a lack of memory.
    #[wasm_bindgen(unchecked_return_type = "CaptureInfo[]")]
    pub fn captures(&self) -> Result<JsValue, JsError> {
        let captures = self.bench.captures();
        let captures = captures.map(|(index, name)| CaptureInfo { index, name });
        json(&captures.collect::<Vec<_>>())
    }

    /// Reads up to so many more frames of a capture. Rows and packets are there
    /// as far as it was read; after `read()`, with the keys of all files.
    ///
    /// # Errors
    /// When that file is no capture.
    #[wasm_bindgen(unchecked_return_type = "Progress")]
    pub fn advance(&mut self, capture: usize, frames: usize) -> Result<JsValue, JsError> {
        let capture = self.capture(capture)?;
        let done = !capture.advance(frames);
        json(&Progress::of(capture, done))
    }

    /// One line on each of so many packets, the first counted from 0.
    ///
    /// # Errors
    /// When that file is no capture.
    #[wasm_bindgen(unchecked_return_type = "Row[]")]
    pub fn rows(&mut self, capture: usize, from: usize, count: usize) -> Result<JsValue, JsError> {
        let capture = self.capture(capture)?;
        let rows = (from..from.saturating_add(count)).map_while(|row| capture.row(row));
        json(&rows.map(Row::from).collect::<Vec<_>>())
    }

    /// A packet, counted from 0, with its fields and the bytes they are in.
    ///
    /// # Errors
    /// When that file is no capture or has no such packet.
    #[wasm_bindgen(unchecked_return_type = "PacketView")]
    pub fn packet(&mut self, capture: usize, row: usize) -> Result<JsValue, JsError> {
        let packet = self.capture(capture)?.packet(row);
        view(packet.ok_or_else(|| JsError::new("there is no such packet"))?)
    }

    /// Which of so many packets, the first counted from 0, fit a filter.
    ///
    /// # Errors
    /// A `FilterError` with the offset at which the filter cannot be
    /// understood; or when that file is no capture.
    pub fn filter(
        &mut self,
        capture: usize,
        text: &str,
        from: usize,
        count: usize,
    ) -> Result<Vec<u32>, JsValue> {
        let filter: Filter = text.parse().map_err(|error: wire::FilterError| {
            let thrown = Error::new(&error.to_string());
            set(&thrown, "offset", &error.offset.into());
            thrown
        })?;
        let found = self.capture(capture)?.matches(&filter, from, count);
        Ok(found
            .into_iter()
            .filter_map(|row| u32::try_from(row).ok())
            .collect())
    }

    /// The names that filters know, of the fields in the captures.
    #[wasm_bindgen(js_name = fieldNames)]
    pub fn field_names(&mut self) -> Vec<String> {
        self.bench.field_names().into_iter().collect()
    }

    /// A copy of a capture that can be given away, as pcapng: addresses and
    /// names are others, what was encrypted is zeros, the findings stay.
    ///
    /// # Errors
    /// When that file is no capture, or too large.
    pub fn scrub(&mut self, capture: usize) -> Result<Vec<u8>, JsError> {
        Ok(self.capture(capture)?.scrubbed()?)
    }

    /// Forgets everything; what held it is wiped.
    pub fn clear(&mut self) {
        *self = Self::new();
        wipe_stack();
    }
}

impl Workbench {
    fn answered(&mut self) -> &Answered {
        let Self { bench, answered } = self;
        answered.get_or_insert_with(|| Answered::of(bench))
    }

    fn capture(&mut self, index: usize) -> Result<&mut Archive, JsError> {
        let capture = self.bench.capture(index);
        capture.ok_or_else(|| JsError::new("this file is no capture"))
    }
}

/// The packet as `ipsec decode` prints it, with the bytes it was read from.
fn view(packet: ArchivedPacket<'_>) -> Result<JsValue, JsError> {
    let ArchivedPacket { frame, tree, .. } = packet;
    let shown = tree::Packet {
        number: frame.number,
        at: frame.at,
        original_len: frame.original_len,
        frame: frame.data,
        tree,
    };
    let mut text = String::new();
    shown.write_json(&mut text);
    let sources = Array::new();
    for source in tree.sources() {
        let held = Object::new();
        set(&held, "origin", &json(&tree.origin(source))?);
        let bytes = Uint8Array::from(tree.source_bytes(source, frame.data));
        set(&held, "bytes", &bytes);
        sources.push(&held);
    }
    let view = of_json(&text)?;
    set(&view, "sources", &sources);
    Ok(view)
}

fn set(object: &JsValue, key: &str, value: &JsValue) {
    // Only a frozen object refuses.
    let _ = Reflect::set(object, &key.into(), value);
}

/// Overwrites what calls before left on the stack; the allocator wipes the rest.
#[inline(never)]
fn wipe_stack() {
    core::hint::black_box(&mut [0_u8; STACK]);
}

/// Bytes of stack that are wiped, of the megabyte that there is.
const STACK: usize = 512 << 10;

/// `value` as JavaScript has it after `JSON.parse`.
fn json(value: &impl Serialize) -> Result<JsValue, JsError> {
    of_json(&serde_json::to_string(value)?)
}

fn of_json(text: &str) -> Result<JsValue, JsError> {
    JSON::parse(text).map_err(|_| JsError::new("no JSON"))
}

/// The types of what crosses as JSON are made out of the schema.
#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
import type {
    Answer, CaptureInfo, Comparison, Origin, Packet, Progress, Row,
} from "../types.js";
export type * from "../types.js";

/** A packet with its fields and the bytes they were read from. */
export interface PacketView extends Packet {
    /** What `source_index` counts: the frame, then what was put together or decrypted. */
    sources: { origin: Origin; bytes: Uint8Array }[];
}

/** What `filter` throws. */
export interface FilterError extends Error {
    /** Where the filter cannot be understood, in bytes. */
    offset: number;
}
"#;
