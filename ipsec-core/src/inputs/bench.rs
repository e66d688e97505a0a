//! Files that stay open, for whoever looks at them more than once: a page, a
//! notebook.

use super::content::{Content, Held};
use super::{Gathered, Inputs};
use crate::capture::{Archive, Keyring};
use crate::keylog::Psk;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Files of any kind, held in memory: what they tell together, and the packets
/// of captures one by one.
///
/// ```
/// use ipsec_core::inputs::Bench;
/// use ipsec_core::{capture::Keyring, crypto::rustcrypto};
///
/// let capture = std::fs::read("../examples/captures/psk-mismatch.pcap").unwrap();
/// let mut bench = Bench::new(Keyring::new(rustcrypto::provider()));
/// bench.add("psk-mismatch.pcap", capture);
/// assert!(!bench.gather().evidence.is_empty());
/// let row = bench.capture(0).unwrap().row(0).unwrap();
/// assert_eq!(row.summary.protocol, "IKEv1");
/// ```
#[derive(Debug)]
pub struct Bench {
    keyring: Keyring,
    files: Vec<Open>,
}

#[derive(Debug)]
struct Open {
    name: String,
    what: What,
}

#[derive(Debug)]
enum What {
    Capture(Box<Archive>),
    /// What no packets can be shown of one by one.
    Bytes(Bytes),
    Unreadable(String),
}

struct Bytes(Vec<u8>);

impl core::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl Bench {
    /// No files yet. `keyring` holds what is known beside them.
    #[must_use]
    pub const fn new(keyring: Keyring) -> Self {
        Self {
            keyring,
            files: Vec::new(),
        }
    }

    /// Adds a file; [`Bench::gather`] says what became of it.
    pub fn add(&mut self, name: impl Into<String>, bytes: Vec<u8>) {
        let name = name.into();
        let what = What::of(bytes, &self.keyring);
        self.files.push(Open { name, what });
    }

    /// Adds a candidate pre-shared key.
    pub fn add_psk(&mut self, psk: Psk) {
        self.keyring.add_psk(psk);
    }

    /// What all files tell, as [`Inputs::read`] does. From then on captures
    /// show what the keys in all files open; one that is opened by new keys
    /// finds its frames again.
    pub fn gather(&mut self) -> Gathered {
        let mut inputs = Inputs::new(self.keyring.clone());
        for Open { name, what } in &mut self.files {
            match what {
                What::Capture(archive) => inputs.add_archive(&*name, archive),
                What::Bytes(bytes) => inputs.add(&*name, bytes.0.as_slice()),
                What::Unreadable(why) => inputs.add_unread(&*name, &*why),
            }
        }
        inputs.read()
    }

    /// The captures among the files: which file, and its name.
    pub fn captures(&self) -> impl Iterator<Item = (usize, &str)> {
        let captures = self.files.iter().enumerate();
        let captures = captures.filter(|(_, file)| matches!(file.what, What::Capture(_)));
        captures.map(|(index, file)| (index, file.name.as_str()))
    }

    /// The capture that file `index` is.
    pub fn capture(&mut self, index: usize) -> Option<&mut Archive> {
        match &mut self.files.get_mut(index)?.what {
            What::Capture(archive) => Some(archive),
            What::Bytes(_) | What::Unreadable(_) => None,
        }
    }

    /// The names by which filters ask for fields, of those that the first
    /// packets of each capture hold; in alphabetical order.
    pub fn field_names(&mut self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for Open { what, .. } in &mut self.files {
            if let What::Capture(archive) = what {
                archive.add_field_names(&mut names);
            }
        }
        names
    }
}

impl What {
    fn of(bytes: Vec<u8>, keyring: &Keyring) -> Self {
        let content = Held::new(Box::new(bytes.as_slice())).map(|held| held.content);
        match content {
            Ok(Content::Capture) => match Archive::open(bytes, Arc::new(keyring.clone())) {
                Ok(archive) => Self::Capture(Box::new(archive)),
                Err(error) => Self::Unreadable(error.to_string()),
            },
            _ => Self::Bytes(Bytes(bytes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::rustcrypto;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write as _;

    fn example(name: &str) -> Vec<u8> {
        std::fs::read(format!("../examples/captures/{name}")).unwrap()
    }

    fn bench(files: &[(&str, Vec<u8>)]) -> Bench {
        let mut bench = Bench::new(Keyring::new(rustcrypto::provider()));
        for (name, bytes) in files {
            bench.add(*name, bytes.clone());
        }
        bench
    }

    fn read(files: &[(&str, Vec<u8>)]) -> String {
        let mut inputs = Inputs::new(Keyring::new(rustcrypto::provider()));
        for (name, bytes) in files {
            inputs.add(*name, bytes.as_slice());
        }
        told(&inputs.read())
    }

    fn told(gathered: &Gathered) -> String {
        format!("{:#?} {:#?}", gathered.files, gathered.evidence)
    }

    #[test]
    fn files_that_stay_open_tell_what_files_tell_that_are_read_once() {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&example("tunnel.pcap")).unwrap();
        let mut torn = packed.finish().unwrap();
        torn.truncate(torn.len() / 2);
        let files = [
            ("tunnel.pcap", example("tunnel.pcap")),
            ("torn.pcap.gz", torn),
            ("keys.json", example("tunnel.keys.json")),
            ("hello", b"hello\n".to_vec()),
            ("binary", b"\x7fELF\0\0".to_vec()),
            ("empty", Vec::new()),
        ];
        let mut bench = bench(&files);
        let expected = read(&files);
        assert_eq!(told(&bench.gather()), expected);
        assert_eq!(told(&bench.gather()), expected, "a second time");
        let captures: Vec<(usize, &str)> = bench.captures().collect();
        assert_eq!(captures, [(0, "tunnel.pcap"), (1, "torn.pcap.gz")]);
        assert!(bench.capture(2).is_none() && bench.capture(9).is_none());
    }

    #[test]
    fn keys_that_come_later_open_the_rows_of_a_capture() {
        let rows = |bench: &mut Bench| {
            let capture = bench.capture(0).unwrap();
            let rows = (0..capture.len()).map(|n| capture.row(n).unwrap().summary.info);
            rows.collect::<Vec<String>>()
        };
        let mut bench = bench(&[("tunnel.pcap", example("tunnel.pcap"))]);
        bench.gather();
        let closed = rows(&mut bench);
        bench.add("keys", example("tunnel.keys.json"));
        bench.gather();
        let open = rows(&mut bench);
        assert_eq!(closed.len(), open.len());
        assert!(
            closed
                .iter()
                .zip(&open)
                .any(|(closed, open)| closed != open)
        );
    }

    #[test]
    fn fields_are_named_as_filters_name_them() {
        let mut bench = bench(&[("tunnel.pcap", example("tunnel.pcap"))]);
        bench.gather();
        let names = bench.field_names();
        assert!(names.contains("ike.sa.proposal.encr") || names.contains("ike.exchange"));
        for name in &names {
            let filter: crate::wire::Filter = name.parse().unwrap();
            let capture = bench.capture(0).unwrap();
            assert!(
                !capture.matches(&filter, 0, usize::MAX).is_empty(),
                "{name}"
            );
        }
    }
}
