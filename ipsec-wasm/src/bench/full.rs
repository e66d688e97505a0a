//! The bench of the full build: files of any kind.

use crate::shapes::{FileInfo, FileKind};
use ipsec_core::capture::{Archive, Keyring};
use ipsec_core::config::model::Model;
use ipsec_core::config::profile::Profile;
use ipsec_core::crypto::rustcrypto;
use ipsec_core::explain::{Comparison, Explanation};
use ipsec_core::inputs::{self, File, Kind};
use ipsec_core::keylog::{Psk, psk_bytes};
use serde::Serialize;
use std::collections::BTreeSet;
use wasm_bindgen::JsError;

/// Files of any kind, and every algorithm.
pub(crate) struct Bench(inputs::Bench);

impl Bench {
    pub(crate) fn new() -> Self {
        Self(inputs::Bench::new(Keyring::new(rustcrypto::provider())))
    }

    pub(crate) fn add(&mut self, name: String, bytes: Vec<u8>) {
        self.0.add(name, bytes);
    }

    pub(crate) fn add_psk(&mut self, text: &str) -> Result<(), JsError> {
        let key = psk_bytes(text).ok_or_else(|| JsError::new(BAD_PSK))?;
        self.0.add_psk(Psk::for_anyone(key));
        Ok(())
    }

    pub(crate) fn captures(&self) -> impl Iterator<Item = (usize, &str)> {
        self.0.captures()
    }

    pub(crate) fn capture(&mut self, index: usize) -> Option<&mut Archive> {
        self.0.capture(index)
    }

    pub(crate) fn field_names(&mut self) -> BTreeSet<String> {
        self.0.field_names()
    }
}

/// What the files on a bench come to.
pub(crate) struct Answered {
    pub(crate) files: Vec<FileInfo>,
    pub(crate) explanation: Explanation,
    models: Vec<(usize, Model)>,
}

impl Answered {
    pub(crate) fn of(bench: &mut Bench) -> Self {
        let mut read = bench.0.gather();
        Self {
            files: read.files.iter().map(FileInfo::from).collect(),
            models: core::mem::take(&mut read.models),
            explanation: Explanation::of(read),
        }
    }

    pub(crate) fn compare(&self, profile: &str) -> Result<impl Serialize + use<>, JsError> {
        let profile: Profile = profile.parse()?;
        let names: Vec<String> = self.files.iter().map(|file| file.name.clone()).collect();
        Ok(Comparison::of(&names, &self.models, profile))
    }

    #[expect(clippy::unnecessary_wraps, reason = "the small build has no pages")]
    pub(crate) fn sarif(&self) -> Result<String, JsError> {
        Ok(self.explanation.report().to_sarif())
    }
}

impl From<&File> for FileInfo {
    fn from(file: &File) -> Self {
        let (kind, of) = match file.kind {
            Kind::Capture => (FileKind::Capture, None),
            Kind::Log(vendor) => (FileKind::Log, Some(vendor.name())),
            Kind::Config(dialect) => (FileKind::Config, Some(dialect.name())),
            Kind::Keys => (FileKind::Keys, None),
            Kind::Unknown => (FileKind::Unknown, None),
            _ => (FileKind::Unknown, None),
        };
        Self {
            name: file.name.clone(),
            kind,
            of,
            unread: file.unread.clone(),
            remarks: file.remarks.clone(),
            lines: file.lines,
            untold: file.untold,
            untold_lines: file.untold_lines.clone(),
        }
    }
}

const BAD_PSK: &str = "a pre-shared key that starts with 0x or 0s goes on in hexadecimal or Base64";
