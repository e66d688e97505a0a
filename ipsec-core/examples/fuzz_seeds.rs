//! Lays out the seeds of the fuzz targets, one file each, named by content:
//!
//! ```text
//! fuzz_seeds FOLDER… CORPUS
//! ```
//!
//! Every `*.hex` below the folders is a message (or `decrypted-N-….hex`, a
//! chain of payloads whose first is of type N; the target wants N before it);
//! every capture is a seed itself, and so is each IKE message in it; every file
//! below `keylog` is a key file, below `printed` printed text, below `configs` a
//! configuration, below `logs` a log; every certificate, list or bundle of them is
//! a seed. Whole files are seeds of the target `inputs` as well.

use core::error::Error;
use core::hash::{Hash, Hasher};
use ipsec_core::capture::{CaptureReader, Decoder};
use std::fs::{self, File};
use std::hash::DefaultHasher;
use std::path::{Path, PathBuf};

type Result<T> = core::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let mut folders: Vec<PathBuf> = std::env::args_os().skip(1).map(Into::into).collect();
    let corpus = folders.pop().ok_or("usage: fuzz_seeds FOLDER… CORPUS")?;
    let mut seeds = Seeds { corpus, count: 0 };
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                seeds.of(&path)?;
            }
        }
    }
    eprintln!("{} seeds in {}", seeds.count, seeds.corpus.display());
    Ok(())
}

struct Seeds {
    corpus: PathBuf,
    count: usize,
}

impl Seeds {
    fn of(&mut self, path: &Path) -> Result<()> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".hex") {
            let bytes = hex(&fs::read_to_string(path)?)?;
            match name.strip_prefix("decrypted-") {
                Some(rest) => {
                    let kind: u8 = rest.split('-').next().unwrap_or_default().parse()?;
                    let target = if path.parent().is_some_and(|folder| folder.ends_with("ike")) {
                        "ike_message"
                    } else {
                        "isakmp_message"
                    };
                    self.add(target, &[&[kind], bytes.as_slice()].concat())
                }
                None => self.message(&bytes),
            }
        } else if let Some((_, target)) = TEXTS.iter().find(|(folder, _)| below(path, folder)) {
            self.whole(target, path)
        } else if [".der", ".crl", ".p7", ".pem"]
            .iter()
            .any(|end| name.ends_with(end))
        {
            self.add("certificates", &fs::read(path)?)
        } else if name.contains(".pcap") {
            self.capture(path)
        } else {
            Ok(())
        }
    }

    /// A file for the target of its kind, and for that of any kind.
    fn whole(&mut self, target: &str, path: &Path) -> Result<()> {
        let bytes = fs::read(path)?;
        self.add(target, &bytes)?;
        self.add("inputs", &bytes)
    }

    fn capture(&mut self, path: &Path) -> Result<()> {
        self.whole("capture", path)?;
        let Ok(mut reader) = CaptureReader::new(File::open(path)?) else {
            return Ok(()); // broken on purpose, and a good seed
        };
        let mut decoder = Decoder::new();
        while let Ok(Some(frame)) = reader.next_frame() {
            self.message(decoder.dissect(&frame).message_bytes())?;
        }
        Ok(())
    }

    fn message(&mut self, bytes: &[u8]) -> Result<()> {
        match bytes.get(VERSION).map(|version| version >> 4) {
            Some(1) => self.add("isakmp_message", bytes),
            Some(_) => self.add("ike_message", bytes),
            None => Ok(()),
        }
    }

    fn add(&mut self, target: &str, bytes: &[u8]) -> Result<()> {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let folder = self.corpus.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("{:016x}", hasher.finish())), bytes)?;
        self.count += 1;
        Ok(())
    }
}

fn below(path: &Path, folder: &str) -> bool {
    path.components().any(|part| part.as_os_str() == folder)
}

fn hex(text: &str) -> Result<Vec<u8>> {
    let digits: Vec<u32> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::chars)
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_digit(16).ok_or("not a hexadecimal digit"))
        .collect::<core::result::Result<_, _>>()?;
    let bytes = digits.chunks_exact(2).map(|pair| match pair {
        [high, low] => Ok(u8::try_from(high << 4 | low)?),
        _ => Err("half a byte".into()),
    });
    bytes.collect()
}

/// Where the version stands in an IKE header.
const VERSION: usize = 17;

/// Folders of text, and the targets that read it.
const TEXTS: [(&str, &str); 4] = [
    ("configs", "config"),
    ("keylog", "keylog"),
    ("printed", "printed"),
    ("logs", "log"),
];
