//! The bench of the full build: files of any kind.

use crate::shapes::{FileInfo, FileKind};
use ipsec_core::config::model::Model;
use ipsec_core::config::profile::Profile;
use ipsec_core::crypto::{CryptoProvider, rustcrypto};
use ipsec_core::explain::{Comparison, Explanation};
use ipsec_core::inputs::{File, Kind};
use serde::Serialize;
use wasm_bindgen::JsError;

pub(crate) use ipsec_core::inputs::Bench;

/// Every algorithm.
pub(crate) const fn provider() -> &'static CryptoProvider {
    rustcrypto::provider()
}

/// What the files on a bench come to.
pub(crate) struct Answered {
    pub(crate) files: Vec<FileInfo>,
    pub(crate) explanation: Explanation,
    models: Vec<(usize, Model)>,
}

impl Answered {
    pub(crate) fn of(bench: &mut Bench) -> Self {
        let mut read = bench.gather();
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
