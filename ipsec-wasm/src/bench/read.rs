//! The bench of the small build: captures alone, and of the algorithms the
//! hashes, which NAT detection and vendor IDs are.

use crate::shapes::{FileInfo, FileKind};
use ipsec_core::capture::{Archive, Keyring};
use ipsec_core::crypto::rustcrypto;
use ipsec_core::explain::Explanation;
use ipsec_core::report::{InputKind, InputName};
use std::collections::BTreeSet;
use std::sync::Arc;
use wasm_bindgen::JsError;

pub(crate) struct Bench {
    keyring: Arc<Keyring>,
    files: Vec<(String, Result<Archive, String>)>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self {
            keyring: Keyring::closed(rustcrypto::hashes()).into(),
            files: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, name: String, bytes: Vec<u8>) {
        let archive = Archive::open(bytes, Arc::clone(&self.keyring));
        let archive = archive.map_err(|error| format!("{error}; {CAPTURES_ALONE}"));
        self.files.push((name, archive));
    }

    #[expect(clippy::unused_self, reason = "the full build keeps it")]
    pub(crate) fn add_psk(&mut self, _: &str) -> Result<(), JsError> {
        Err(JsError::new(CAPTURES_ALONE))
    }

    pub(crate) fn captures(&self) -> impl Iterator<Item = (usize, &str)> {
        let files = self.files.iter().enumerate();
        let captures = files.filter(|(_, (_, archive))| archive.is_ok());
        captures.map(|(index, (name, _))| (index, name.as_str()))
    }

    pub(crate) fn capture(&mut self, index: usize) -> Option<&mut Archive> {
        self.files.get_mut(index)?.1.as_mut().ok()
    }

    pub(crate) fn field_names(&mut self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for (_, archive) in &mut self.files {
            if let Ok(archive) = archive {
                archive.add_field_names(&mut names);
            }
        }
        names
    }
}

/// What the captures on a bench come to.
pub(crate) struct Answered {
    pub(crate) files: Vec<FileInfo>,
    pub(crate) explanation: Explanation,
}

impl Answered {
    pub(crate) fn of(bench: &mut Bench) -> Self {
        let mut evidence = Vec::new();
        let (mut files, mut names) = (Vec::new(), Vec::new());
        for (input, (name, archive)) in bench.files.iter_mut().enumerate() {
            let found = match archive {
                Ok(archive) => archive.evidence(input).map_err(|error| error.to_string()),
                Err(why) => Err(why.clone()),
            };
            files.push(FileInfo {
                name: name.clone(),
                kind: found
                    .as_ref()
                    .map_or(FileKind::Unknown, |_| FileKind::Capture),
                unread: found.as_ref().err().cloned(),
                remarks: remarks(archive),
                ..FileInfo::default()
            });
            names.push(InputName {
                name: name.clone(),
                kind: InputKind::Capture,
                unread: found.as_ref().err().cloned(),
                lines: None,
            });
            evidence.extend(found.unwrap_or_default());
        }
        Self {
            files,
            explanation: Explanation::new(names, evidence),
        }
    }

    #[expect(clippy::unused_self, reason = "the full build compares what it holds")]
    pub(crate) fn compare(&self, _: &str) -> Result<(), JsError> {
        Err(JsError::new(CAPTURES_ALONE))
    }

    #[expect(clippy::unused_self, reason = "the full build writes what it holds")]
    pub(crate) fn sarif(&self) -> Result<String, JsError> {
        Err(JsError::new(CAPTURES_ALONE))
    }
}

/// What the full build would make more of.
fn remarks(archive: &Result<Archive, String>) -> Vec<String> {
    let brings_keys = archive.as_ref().is_ok_and(Archive::brings_keys);
    let remark = brings_keys.then(|| "it brings keys, which the full build uses".to_owned());
    remark.into_iter().collect()
}

const CAPTURES_ALONE: &str =
    "this build reads captures alone, the full one logs, configurations and keys, and writes SARIF";
