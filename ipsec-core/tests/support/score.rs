//! Diagnoses captures whose fault is known and counts how often the answer is
//! right: the cause named first, or among the first three findings.

use ipsec_core::capture::Keyring;
use ipsec_core::crypto::rustcrypto;
use ipsec_core::diag::{Confidence, Diagnosis, Severity, diagnose};
use ipsec_core::inputs::Inputs;
use ipsec_core::keylog;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

/// One labelled capture and what was said about it.
pub(crate) struct Verdicted {
    /// Folder, from the root on.
    pub(crate) name: String,
    /// The planted fault as a finding code, or `none`.
    pub(crate) fault: String,
    /// What was found.
    pub(crate) diagnosis: Diagnosis,
}

impl Verdicted {
    pub(crate) fn is_healthy(&self) -> bool {
        self.fault == "none"
    }

    /// The fault is what the verdict names.
    pub(crate) fn first(&self) -> bool {
        self.diagnosis.verdict.cause == Some(self.fault.as_str())
    }

    /// The fault is among the first three findings that are more than
    /// information.
    pub(crate) fn among_three(&self) -> bool {
        self.codes().take(3).any(|code| code == self.fault)
    }

    pub(crate) fn codes(&self) -> impl Iterator<Item = &'static str> {
        let findings = self.diagnosis.findings.iter();
        let shown = findings.filter(|finding| finding.severity > Severity::Info);
        shown.map(|finding| finding.code)
    }

    pub(crate) fn errors(&self) -> usize {
        let findings = self.diagnosis.findings.iter();
        findings
            .filter(|finding| finding.severity == Severity::Error)
            .count()
    }
}

/// How many were right.
#[derive(Default)]
pub(crate) struct Score {
    pub(crate) all: usize,
    pub(crate) first: usize,
    pub(crate) three: usize,
    pub(crate) errors: usize,
}

impl Score {
    fn add(&mut self, one: &Verdicted) {
        self.all += 1;
        self.first += usize::from(one.first());
        self.three += usize::from(one.among_three());
        self.errors += one.errors();
    }
}

/// What is given beside the captures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    /// Nothing.
    Wire,
    /// The keys that were derived: `keys.json`.
    Keys,
    /// The logs of both ends, and no capture.
    Logs,
    /// The configurations of both ends, and nothing else.
    Configs,
    /// Captures, keys, logs and configurations.
    All,
}

impl Given {
    /// What must be reached: the planted fault first, and among the first
    /// three, in so many of a hundred; no error is found where there is none.
    pub(crate) const fn targets(self) -> (usize, usize) {
        match self {
            Self::Wire => (55, 85),
            Self::Keys => (80, 95),
            Self::Logs => (90, 90),
            // What only keys, certificates or the network have wrong stands in
            // no configuration.
            Self::Configs => (44, 44),
            // Two captures show no fault: what breaks in them stands in no byte.
            Self::All => (95, 97),
        }
    }
}

/// Diagnoses every folder below `root` that holds a `truth.json`.
pub(crate) fn diagnose_all(root: &Path, given: Given) -> Vec<Verdicted> {
    let mut folders = Vec::new();
    find(root, &mut folders);
    folders.sort();
    let all = folders.iter();
    all.map(|folder| one(root, folder, given)).collect()
}

/// Scores by fault; the healthy ones stand under `none`.
pub(crate) fn by_fault(all: &[Verdicted]) -> BTreeMap<String, Score> {
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    for one in all {
        scores.entry(one.fault.clone()).or_default().add(one);
    }
    scores
}

/// All faulty ones, and all healthy ones.
pub(crate) fn totals(all: &[Verdicted]) -> (Score, Score) {
    let (mut faulty, mut healthy) = (Score::default(), Score::default());
    for one in all {
        let score = if one.is_healthy() {
            &mut healthy
        } else {
            &mut faulty
        };
        score.add(one);
    }
    (faulty, healthy)
}

/// Whether the targets are met.
pub(crate) fn meets_targets(all: &[Verdicted], given: Given) -> bool {
    let (faulty, healthy) = totals(all);
    let (first, three) = given.targets();
    faulty.first * 100 >= faulty.all * first
        && faulty.three * 100 >= faulty.all * three
        && healthy.errors == 0
}

fn find(folder: &Path, found: &mut Vec<PathBuf>) {
    if folder.join("truth.json").is_file() {
        found.push(folder.to_owned());
        return;
    }
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten().filter(|entry| entry.path().is_dir()) {
        find(&entry.path(), found);
    }
}

fn one(root: &Path, folder: &Path, given: Given) -> Verdicted {
    let truth = std::fs::read(folder.join("truth.json")).unwrap();
    let truth: serde_json::Value = serde_json::from_slice(&truth).unwrap();
    let fault = truth.get("fault").and_then(serde_json::Value::as_str);
    Verdicted {
        name: folder
            .strip_prefix(root)
            .unwrap_or(folder)
            .display()
            .to_string(),
        fault: fault.unwrap_or("none").replace('_', "-"),
        diagnosis: diagnose_folder(folder, given),
    }
}

/// Diagnoses what is given of one folder.
pub(crate) fn diagnose_folder(folder: &Path, given: Given) -> Diagnosis {
    diagnose_files(&files(folder, given), keyring(folder, given))
}

/// The files of one folder that are given.
pub(crate) fn files(folder: &Path, given: Given) -> Vec<PathBuf> {
    let of = |names: &[&str]| -> Vec<PathBuf> {
        let paths = names.iter().map(|name| folder.join(name));
        paths.filter(|path| path.is_file()).collect()
    };
    let captures = of(&["wire.pcap", "wire-b.pcap"]);
    let logs = of(&["a.log", "b.log"]);
    let configs = of(&[
        "a.swanctl.conf",
        "a.ipsec.conf",
        "a.iked.conf",
        "a.ipsec.secrets",
        "b.swanctl.conf",
        "b.ipsec.conf",
        "b.iked.conf",
        "b.ipsec.secrets",
    ]);
    match given {
        Given::Wire | Given::Keys => captures,
        Given::Logs => logs,
        Given::Configs => configs,
        Given::All => [captures, logs, configs].concat(),
    }
}

/// The keys in one folder, as far as they are given.
pub(crate) fn keyring(folder: &Path, given: Given) -> Keyring {
    let mut keyring = Keyring::new(rustcrypto::provider());
    if matches!(given, Given::Keys | Given::All) {
        let keys = std::fs::read(folder.join("keys.json")).unwrap_or_default();
        keyring.add(keylog::read(&keys));
    }
    keyring
}

/// Findings that are called proven and are not the planted fault: neither it
/// nor what follows from it or is wrong beside it.
pub(crate) fn wrongly_proven(fault: &str, diagnosis: &Diagnosis) -> Vec<&'static str> {
    let findings = diagnosis.findings.iter();
    let proven = findings.filter(|finding| {
        finding.confidence == Confidence::Proven && finding.severity == Severity::Error
    });
    let codes = proven.map(|finding| finding.code);
    codes.filter(|code| *code != fault).collect()
}

/// Diagnoses files together, in the order given.
pub(crate) fn diagnose_files(files: &[PathBuf], keyring: Keyring) -> Diagnosis {
    let mut inputs = Inputs::new(keyring);
    for path in files {
        inputs.add(path.to_string_lossy(), File::open(path).unwrap());
    }
    diagnose(&inputs.read().evidence)
}
