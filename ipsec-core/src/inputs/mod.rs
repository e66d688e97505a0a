//! Files of any kind, in any order, as one body of evidence.
//!
//! What a file is, its content tells: a capture, what tcpdump printed of one, a
//! log, a configuration, or keys. Keys and pre-shared keys that any of them holds open the captures, so
//! captures are read last. Configurations are compared with each other.
//!
//! ```
//! use ipsec_core::inputs::{Inputs, Kind};
//! use ipsec_core::{capture::Keyring, crypto::rustcrypto};
//!
//! let mut inputs = Inputs::new(Keyring::new(rustcrypto::provider()));
//! inputs.add("gw.log", &b"10:41:06 15[IKE] <tun|1> giving up after 5 retransmits\n"[..]);
//! inputs.add("gw.conf", &b"connections {\n tun {\n }\n}\n"[..]);
//! let read = inputs.read();
//! assert!(matches!(read.files[0].kind, Kind::Log(_)));
//! assert!(matches!(read.files[1].kind, Kind::Config(_)));
//! assert!(!read.evidence.is_empty());
//! ```

mod bench;
mod content;
mod packets;
mod sides;

pub use bench::Bench;
pub use sides::sides;

use crate::capture::{Archive, Keyring, printed, read_evidence_with};
use crate::config::model::{Dialect, Model, SecretKind};
use crate::config::{self, encoding, facts};
use crate::crypto::Secret;
use crate::evidence::{Evidence, Source};
use crate::keylog::{KeyReader, Psk};
use crate::log::{self, LogReader, LoggedPacket, Vendor};
use crate::wire::tree::escaped;
use content::{Content, Held};
use std::io::{self, Read};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Files that were given and not yet read.
#[derive(Debug)]
pub struct Inputs<'a> {
    keyring: Keyring,
    files: Vec<Named<'a>>,
}

struct Named<'a> {
    name: String,
    given: Given<'a>,
}

enum Given<'a> {
    Source(Box<dyn Read + 'a>),
    Archive(&'a mut Archive),
}

/// Packets whose turn comes when all keys are known.
enum Packets<'a> {
    Held(Held<'a>),
    Archive(&'a mut Archive),
}

impl core::fmt::Debug for Named<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.name)
    }
}

/// What was read.
#[derive(Debug)]
#[non_exhaustive]
pub struct Gathered {
    /// The files, in the order in which they were added; behind them, for each
    /// text that holds the lines of two programs, the second one's as a file
    /// of its own, named `both.txt (SafeNet)`.
    pub files: Vec<File>,
    /// All that they tell; places name files by their index.
    pub evidence: Vec<Evidence>,
    /// The configurations among them, each with the index of its file.
    pub models: Vec<(usize, Model)>,
}

/// A file and what became of it.
#[derive(Debug)]
#[non_exhaustive]
pub struct File {
    /// Its name, as it was added.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Why nothing of it, or not all of it, could be read.
    pub unread: Option<String>,
    /// What in it is not understood or not in order, in the order of its
    /// places; up to [`REMARKS_MAX`].
    pub remarks: Vec<String>,
    /// Lines, where it is text.
    pub lines: Option<u64>,
    /// Lines of its own form that are not understood.
    pub untold: u64,
    /// The numbers of the first of those lines, from 1.
    pub untold_lines: Vec<u64>,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Packets, in a capture file or as tcpdump prints them.
    Capture,
    /// A log of this vendor.
    Log(Vendor),
    /// A configuration of this form.
    Config(Dialect),
    /// Keys alone.
    Keys,
    /// None of these.
    Unknown,
}

impl<'a> Inputs<'a> {
    /// No files yet. `keyring` holds what is known beside them.
    #[must_use]
    pub const fn new(keyring: Keyring) -> Self {
        Self {
            keyring,
            files: Vec::new(),
        }
    }

    /// Adds the file that `source` is, under the name by which people know it.
    pub fn add(&mut self, name: impl Into<String>, source: impl Read + 'a) {
        self.files.push(Named {
            name: name.into(),
            given: Given::Source(Box::new(source)),
        });
    }

    /// Adds a capture that is held in memory. It will show what the keys in
    /// all files open.
    pub fn add_archive(&mut self, name: impl Into<String>, archive: &'a mut Archive) {
        self.files.push(Named {
            name: name.into(),
            given: Given::Archive(archive),
        });
    }

    /// Adds a file that could not be opened, and why.
    pub fn add_unread(&mut self, name: impl Into<String>, why: impl Into<String>) {
        self.add(name, Unopened(why.into()));
    }

    /// Reads all of them. One that cannot be read says so and keeps nothing
    /// else from being read.
    #[must_use]
    pub fn read(self) -> Gathered {
        let mut reading = Reading {
            keyring: self.keyring,
            evidence: Vec::new(),
            models: Vec::new(),
            packets: Vec::new(),
            seconds: Vec::new(),
        };
        let mut packets = Vec::new();
        let mut files = Vec::new();
        for (input, named) in self.files.into_iter().enumerate() {
            let mut file = File::new(named.name);
            match named.given {
                Given::Archive(archive) => packets.push((input, Packets::Archive(archive))),
                Given::Source(source) => match Held::new(source) {
                    Ok(held) if matches!(held.content, Content::Capture | Content::Printed) => {
                        packets.push((input, Packets::Held(held)));
                    }
                    Ok(held) => reading.text(input, held, &mut file),
                    Err(error) => file.unread = Some(error.to_string()),
                },
            }
            files.push(file);
        }
        reading.second_logs(&mut files);
        let names = |input: usize| {
            files
                .get(input)
                .map_or("", |file: &File| file.name.as_str())
        };
        let sides = sides(&reading.models, names);
        reading.evidence.extend(facts::evidence(&sides));
        let keyring = Arc::new(reading.keyring);
        for (input, logged) in &reading.packets {
            let shown = packets::evidence(*input, logged, &keyring);
            reading.evidence.extend(shown);
        }
        for (input, packets) in packets {
            let Some(file) = files.get_mut(input) else {
                continue;
            };
            match packets.evidence(input, file, &keyring) {
                Ok(found) => {
                    file.kind = Kind::Capture;
                    reading.evidence.extend(found);
                }
                Err(why) => file.unread = Some(why),
            }
        }
        Gathered {
            files,
            evidence: reading.evidence,
            models: reading.models,
        }
    }
}

impl Packets<'_> {
    /// The facts of a capture, or of the text that tcpdump made of one.
    fn evidence(
        self,
        input: usize,
        file: &mut File,
        keyring: &Arc<Keyring>,
    ) -> Result<Vec<Evidence>, String> {
        let keys = Arc::clone(keyring);
        let read = match self {
            Self::Archive(archive) => archive.rekey(keys).and_then(|()| archive.evidence(input)),
            Self::Held(held) if held.content == Content::Printed => {
                return of_printed(input, held, file, keys).map_err(|error| error.to_string());
            }
            Self::Held(held) => read_evidence_with(input, held, keys),
        };
        read.map_err(|error| error.to_string())
    }
}

fn of_printed(
    input: usize,
    held: Held<'_>,
    file: &mut File,
    keyring: Arc<Keyring>,
) -> io::Result<Vec<Evidence>> {
    let mut text = Vec::new();
    let read = held.take(PRINTED_MAX).read_to_end(&mut text);
    if let (Err(error), true) = (read, text.is_empty()) {
        return Err(error);
    }
    let told = printed::read(input, &encoding::text(&text), keyring);
    file.lines = Some(told.lines);
    file.untold = told.untold;
    file.untold_lines = told.untold_lines;
    Ok(told.evidence)
}

/// A file that could not be opened.
struct Unopened(String);

impl Read for Unopened {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other(self.0.clone()))
    }
}

struct Reading {
    keyring: Keyring,
    evidence: Vec<Evidence>,
    models: Vec<(usize, Model)>,
    /// Datagrams that logs print, by input.
    packets: Vec<(usize, Vec<LoggedPacket>)>,
    /// Logs of a second program in a text, with the name of its file.
    seconds: Vec<(String, Vendor, log::Reading)>,
}

impl Reading {
    fn text(&mut self, input: usize, held: Held<'_>, file: &mut File) {
        let read = match held.content {
            Content::Capture | Content::Printed => Ok(()),
            Content::Log(vendor) => {
                file.kind = Kind::Log(vendor);
                self.log(input, held, file)
            }
            Content::Config => self.config(input, held, file),
            Content::Other => self.keys(held, file),
        };
        if let Err(error) = read {
            file.unread = Some(error.to_string());
        }
    }

    /// A log, and the keys that its daemon may have written into it.
    fn log(&mut self, input: usize, mut held: Held<'_>, file: &mut File) -> io::Result<()> {
        let mut log = LogReader::new(input);
        let mut keys = KeyReader::default();
        let read = pieces(&mut held, |piece| {
            log.push(piece);
            keys.push(piece);
        });
        self.keyring.add(keys.finish());
        if let Some((told, second)) = log.finish_both() {
            self.told(input, told, file);
            if let Some((vendor, second)) = second {
                self.seconds.push((file.name.clone(), vendor, second));
            }
        }
        read
    }

    fn told(&mut self, input: usize, told: log::Reading, file: &mut File) {
        file.lines = Some(told.lines);
        file.untold = told.untold;
        file.untold_lines = told.untold_lines;
        self.evidence.extend(told.evidence);
        self.packets.push((input, told.packets));
    }

    /// Files what second programs wrote as files of their own.
    fn second_logs(&mut self, files: &mut Vec<File>) {
        for (name, vendor, mut told) in core::mem::take(&mut self.seconds) {
            let input = files.len();
            for one in &mut told.evidence {
                if let Source::Line { input: of, .. } = &mut one.source {
                    *of = input;
                }
            }
            let mut file = File::new(format!("{name} ({})", vendor.name()));
            file.kind = Kind::Log(vendor);
            self.told(input, told, &mut file);
            files.push(file);
        }
    }

    fn config(&mut self, input: usize, held: Held<'_>, file: &mut File) -> io::Result<()> {
        let mut bytes = Zeroizing::new(Vec::new());
        let read = held.take(CONFIG_MAX).read_to_end(&mut bytes);
        let Some(model) = config::read(input, &bytes) else {
            return read.map(drop);
        };
        file.kind = Kind::Config(model.dialect);
        for error in &model.errors {
            file.remark(error.to_string());
        }
        for word in &model.unknown {
            let (line, shown) = (word.span.line, escaped(word.value.as_bytes()));
            file.remark(format!("line {line}: unknown keyword {shown}"));
        }
        self.psks(&file.name, &model);
        self.models.push((input, model));
        read.map(drop)
    }

    /// The pre-shared keys of a configuration are candidates for what was
    /// used.
    fn psks(&mut self, name: &str, model: &Model) {
        let psks = model
            .secrets
            .iter()
            .filter(|note| note.kind == SecretKind::Psk);
        for value in psks.filter_map(|note| note.value.as_ref()) {
            let key = Secret::new(value.secret().dangerous_bytes().to_vec());
            self.keyring.add_psk(Psk {
                identity: Some(name.to_owned()),
                ..Psk::for_anyone(key)
            });
        }
    }

    fn keys(&mut self, mut held: Held<'_>, file: &mut File) -> io::Result<()> {
        let mut keys = KeyReader::default();
        let read = pieces(&mut held, |piece| keys.push(piece));
        let keys = keys.finish();
        if keys.entries.is_empty() {
            file.unread = Some(NOTHING_KNOWN.into());
        } else {
            file.kind = Kind::Keys;
            self.keyring.add(keys);
        }
        read
    }
}

/// Reads `source` to its end, piece by piece.
fn pieces(source: &mut impl Read, mut take: impl FnMut(&[u8])) -> io::Result<()> {
    let mut buffer = Zeroizing::new(vec![0; BUFFER]);
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(len) => take(buffer.get(..len).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

impl File {
    const fn new(name: String) -> Self {
        Self {
            name,
            kind: Kind::Unknown,
            unread: None,
            remarks: Vec::new(),
            lines: None,
            untold: 0,
            untold_lines: Vec::new(),
        }
    }

    fn remark(&mut self, remark: String) {
        if self.remarks.len() < REMARKS_MAX {
            self.remarks.push(remark);
        }
    }
}

const NOTHING_KNOWN: &str =
    "neither a capture nor a log, a configuration or keys of any form that is known";

/// Remarks about one file.
pub const REMARKS_MAX: usize = 100;

/// Bytes of a configuration that are read.
pub const CONFIG_MAX: u64 = 64 << 20;

/// Bytes of what tcpdump printed that are read.
pub const PRINTED_MAX: u64 = 256 << 20;

/// Bytes that are read at once.
const BUFFER: usize = 262_144;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::rustcrypto;
    use crate::evidence::Fact;

    const LOG: &[u8] = b"10:41:06 15[IKE] <tun|1> giving up after 5 retransmits\n";
    const CONF: &[u8] =
        b"connections {\n tun {\n }\n}\nsecrets {\n ike-1 {\n  secret = hunter22\n }\n}\n";

    fn read(files: &[&[u8]]) -> Gathered {
        let mut inputs = Inputs::new(Keyring::new(rustcrypto::provider()));
        for (index, file) in files.iter().enumerate() {
            inputs.add(index.to_string(), *file);
        }
        inputs.read()
    }

    #[test]
    fn content_tells_what_a_file_is() {
        let keys = b"0123456789abcdef,00112233445566778899aabbccddeeff\n";
        let capture = std::fs::read("../examples/captures/psk-mismatch.pcap").unwrap();
        let read = read(&[LOG, CONF, keys, &capture, b"hello\n", b"", b"\x7fELF\0\0"]);
        let kinds: Vec<Kind> = read.files.iter().map(|file| file.kind).collect();
        let expected = [
            Kind::Log(Vendor::Charon),
            Kind::Config(Dialect::Swanctl),
            Kind::Keys,
            Kind::Capture,
            Kind::Unknown,
            Kind::Unknown,
            Kind::Unknown,
        ];
        assert_eq!(kinds, expected);
        let unread = read.files.iter().filter(|file| file.unread.is_some());
        assert_eq!(unread.count(), 3);
        let of_capture = read
            .evidence
            .iter()
            .any(|one| matches!(one.fact, Fact::Ike(_)));
        assert!(of_capture && read.models.len() == 1);
    }

    #[test]
    fn packed_and_wide_texts_are_read() {
        use std::io::Write as _;
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(LOG).unwrap();
        let packed = packed.finish().unwrap();
        let text = core::str::from_utf8(CONF).unwrap();
        let wide = text.encode_utf16().flat_map(u16::to_le_bytes);
        let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(wide).collect();
        let read = read(&[&packed, &wide]);
        assert_eq!(read.files[0].kind, Kind::Log(Vendor::Charon));
        assert_eq!(read.files[1].kind, Kind::Config(Dialect::Swanctl));
    }

    #[test]
    fn what_tcpdump_printed_is_a_capture_too() {
        let text = b"12:00:00.000000 IP 192.0.2.1.500 > 192.0.2.2.500: isakmp: phase 1 I ident\n";
        let read = read(&[text]);
        assert_eq!(read.files[0].kind, Kind::Capture);
        assert_eq!(read.files[0].untold, 0);
        assert!(
            read.evidence
                .iter()
                .any(|one| matches!(one.fact, Fact::Ike(_)))
        );
    }

    #[test]
    fn a_fault_of_one_file_keeps_nothing_else_from_being_read() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("unplugged"))
            }
        }
        let mut inputs = Inputs::new(Keyring::new(rustcrypto::provider()));
        inputs.add("broken", Broken);
        inputs.add("half", LOG.chain(Broken));
        let read = inputs.read();
        assert_eq!(read.files[0].unread.as_deref(), Some("unplugged"));
        assert_eq!(read.files[1].unread.as_deref(), Some("unplugged"));
        assert_eq!(read.evidence.len(), 1);
    }
}
