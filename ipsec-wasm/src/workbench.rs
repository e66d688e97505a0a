//! The one class of this face.

use crate::shapes::{Answer, FileInfo};
use ipsec_core::capture::Keyring;
use ipsec_core::config::model::Model;
use ipsec_core::config::profile::Profile;
use ipsec_core::crypto::{CryptoProvider, rustcrypto};
use ipsec_core::explain::{Comparison, Explanation};
use ipsec_core::inputs::Inputs;
use ipsec_core::keylog::{Psk, psk_bytes};
use js_sys::{JSON, JsString};
use serde::Serialize;
use wasm_bindgen::prelude::{JsError, JsValue, wasm_bindgen};

/// Files and keys, and what they come to.
///
/// Files are told by their content: captures, logs, configurations and keys,
/// in any number and order, also gzipped. What fails throws an `Error`.
#[wasm_bindgen]
pub struct Workbench {
    files: Vec<File>,
    keyring: Keyring,
    answered: Option<Answered>,
}

struct File {
    name: String,
    bytes: Vec<u8>,
}

struct Answered {
    files: Vec<FileInfo>,
    models: Vec<(usize, Model)>,
    explanation: Explanation,
}

#[wasm_bindgen]
impl Workbench {
    /// Nothing on it yet.
    #[wasm_bindgen(constructor)]
    #[must_use]
    #[expect(clippy::new_without_default, reason = "JavaScript has no defaults")]
    pub fn new() -> Self {
        Self {
            files: Vec::new(),
            keyring: Keyring::new(provider()),
            answered: None,
        }
    }

    /// Adds a file of any kind.
    pub fn add(&mut self, name: String, bytes: Vec<u8>) {
        self.answered = None;
        self.files.push(File { name, bytes });
    }

    /// Adds a pre-shared key to try: text, `0x` and hexadecimal, or `0s` and
    /// Base64.
    ///
    /// # Errors
    /// When what follows `0x` or `0s` is something else.
    #[wasm_bindgen(js_name = addPsk)]
    pub fn add_psk(&mut self, text: &JsString) -> Result<(), JsError> {
        let text = String::from_iter(char::decode_utf16(text.iter()).map_while(Result::ok));
        let key = psk_bytes(&text).ok_or_else(|| JsError::new(BAD_PSK))?;
        self.answered = None;
        self.keyring.add_psk(Psk::for_anyone(key));
        Ok(())
    }

    /// Reads all files and says what they come to.
    ///
    /// # Errors
    /// Never, but for a lack of memory.
    #[wasm_bindgen(unchecked_return_type = "Answer")]
    pub fn read(&mut self) -> Result<JsValue, JsError> {
        let answered = self.answered();
        parsed(&Answer {
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

    /// The report for code scanners.
    pub fn sarif(&mut self) -> String {
        self.answered().explanation.report().to_sarif()
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
        let profile: Profile = profile.parse()?;
        let answered = self.answered();
        let names: Vec<String> = answered.files.iter().map(|f| f.name.clone()).collect();
        parsed(&Comparison::of(&names, &answered.models, profile))
    }

    /// Forgets everything; what held it is wiped.
    pub fn clear(&mut self) {
        *self = Self::new();
    }
}

impl Workbench {
    fn answered(&mut self) -> &Answered {
        let Self {
            files,
            keyring,
            answered,
        } = self;
        answered.get_or_insert_with(|| Answered::of(files, keyring.clone()))
    }
}

impl Answered {
    fn of(files: &[File], keyring: Keyring) -> Self {
        let mut inputs = Inputs::new(keyring);
        for file in files {
            inputs.add(&file.name, file.bytes.as_slice());
        }
        let mut read = inputs.read();
        Self {
            files: read.files.iter().map(FileInfo::from).collect(),
            models: core::mem::take(&mut read.models),
            explanation: Explanation::of(read),
        }
    }
}

/// Every algorithm, or in the small build the hashes alone.
const fn provider() -> &'static CryptoProvider {
    if cfg!(feature = "decrypt") {
        rustcrypto::provider()
    } else {
        rustcrypto::hashes()
    }
}

/// `value` as JavaScript has it after `JSON.parse`.
fn parsed(value: &impl Serialize) -> Result<JsValue, JsError> {
    let text = serde_json::to_string(value)?;
    JSON::parse(&text).map_err(|_| JsError::new("no JSON"))
}

const BAD_PSK: &str = "a pre-shared key that starts with 0x or 0s goes on in hexadecimal or Base64";

/// The types of what crosses as JSON are made out of the schema.
#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
import type { Answer, Comparison } from "./types.js";
export type * from "./types.js";
"#;
