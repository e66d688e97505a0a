//! What became of the vectors of a file, and how their bytes are read. Every
//! vector is run or counted under the reason why it is not; the counts are
//! printed for every file.

use ipsec_core::crypto::Random;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What became of the vectors of one file.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) run: usize,
    pub(crate) unsupported: BTreeMap<String, usize>,
    pub(crate) failed: Vec<String>,
}

impl Tally {
    /// Counts a vector that was run.
    pub(crate) fn check(&mut self, holds: bool, what: impl FnOnce() -> String) {
        self.run += 1;
        if !holds {
            self.failed.push(what());
        }
    }

    /// Counts a vector that nothing here can run.
    pub(crate) fn unsupported(&mut self, reason: impl Into<String>) {
        *self.unsupported.entry(reason.into()).or_default() += 1;
    }

    pub(crate) fn all(&self) -> usize {
        self.run + self.unsupported.values().sum::<usize>()
    }

    /// Prints the counts and fails on any failure.
    pub(crate) fn report(&self, file: &str) {
        println!("{file}: {} run, {} failed", self.run, self.failed.len());
        for (reason, count) in &self.unsupported {
            println!("    {count} unsupported: {reason}");
        }
        assert!(self.failed.is_empty(), "{file}: {:#?}", self.failed);
    }
}

/// A "random" source that gives known bytes.
pub(crate) struct Known(pub(crate) Vec<u8>);

impl Random for Known {
    fn fill(&mut self, out: &mut [u8]) {
        out.copy_from_slice(&self.0);
    }
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let digit = |d: u8| u8::try_from(char::from(d).to_digit(16).unwrap()).unwrap();
    text.as_bytes()
        .chunks_exact(2)
        .map(|two| digit(two[0]) << 4 | digit(two[1]))
        .collect()
}

/// A number in so many bytes, with zeros before it put on or taken off;
/// `None` when it does not fit.
pub(crate) fn padded(number: &[u8], len: usize) -> Option<Vec<u8>> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let digits = &number[zeros..];
    let mut all = vec![0; len.checked_sub(digits.len())?];
    all.extend_from_slice(digits);
    Some(all)
}

/// A folder of the vectors shared beside the repository, if it is there.
pub(crate) fn shared(folder: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let root = std::env::var_os("IPSEC_SHARED").map_or(beside, PathBuf::from);
    let path = root.join("vectors").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("SKIPPED: no {} (set IPSEC_SHARED)", path.display());
    None
}
