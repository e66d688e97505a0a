//! `ipsec keys`: what key files hold, and their conversion.

use super::args::{KeyFormat, Keys, KeysConvert, KeysShow};
use super::keyfiles::read_keys_saying;
use super::terminal::complain;
use super::{Failure, Status};
use crate::keylog::{self, KeyLog, Keys as Kind, SaProtocol};
use crate::report::harmless;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

pub(super) fn run(args: &Keys, out: &mut dyn Write) -> Result<Status, Failure> {
    match args {
        Keys::Show(args) => show(args, out),
        Keys::Convert(args) => convert(args, out),
    }
}

fn show(args: &KeysShow, out: &mut dyn Write) -> Result<Status, Failure> {
    for (name, log) in read_keys_saying(&args.files, usize::MAX)? {
        let forms: Vec<_> = log.formats.iter().map(ToString::to_string).collect();
        writeln!(out, "{}: {}", harmless(&name), forms.join(", "))?;
        for entry in &log.entries {
            let told = entry.keys.to_string();
            writeln!(out, "  line {}: {}", entry.line, harmless(&told))?;
        }
    }
    Ok(Status::Healthy)
}

fn convert(args: &KeysConvert, out: &mut dyn Write) -> Result<Status, Failure> {
    let logs = read_keys_saying(&args.files, usize::MAX)?;
    let several = logs.len() > 1;
    let log = KeyLog::join(logs.into_iter().map(|(_, log)| log));
    complain("note", &format!("read {}", counted(&log)));
    if several && !log.errors.is_empty() {
        let count = log.errors.len();
        let text = format!("kept although earlier entries say otherwise: {count}");
        complain("warning", &text);
    }
    match (args.format, &args.output) {
        (KeyFormat::Json, None) => out.write_all(keylog::dangerous_json(&log).as_bytes())?,
        (KeyFormat::Json, Some(path)) => {
            let text = keylog::dangerous_json(&log);
            write_private(&[(path, &text)], args.force)?;
        }
        (KeyFormat::Wireshark, folder) => {
            let folder = folder.as_deref().unwrap_or(Path::new("."));
            wireshark(&log, folder, args.force)?;
        }
    }
    Ok(Status::Healthy)
}

/// A table without entries is not written: it would empty that of a profile.
fn wireshark(log: &KeyLog, folder: &Path, force: bool) -> Result<(), Failure> {
    let tables = keylog::dangerous_wireshark(log);
    for (index, why) in &tables.left_out {
        if let Some(entry) = log.entries.get(*index) {
            let text = format!("left out: line {}: {}: {why}", entry.line, entry.keys);
            complain("warning", &text);
        }
    }
    fs::create_dir_all(folder)?;
    let tables = [
        ("ikev1_decryption_table", &*tables.ikev1),
        ("ikev2_decryption_table", &*tables.ikev2),
        ("esp_sa", &*tables.esp_sa),
    ];
    let files = tables.map(|(name, text)| (folder.join(name), text));
    let filled: Vec<_> = files
        .iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(path, text)| (path.as_path(), text.as_str()))
        .collect();
    write_private(&filled, force)
}

/// Writes files that nobody else can read, all or, if one exists, none.
fn write_private(files: &[(&Path, &str)], force: bool) -> Result<(), Failure> {
    for (path, _) in files {
        if force {
            match fs::remove_file(path) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
                Ok(()) | Err(_) => {}
            }
        } else if path.symlink_metadata().is_ok() {
            let text = format!("{} exists; --force replaces it", path.display());
            return Err(Failure::Usage(text));
        }
    }
    for (path, text) in files {
        new_private(path, text)?;
        complain("note", &format!("wrote {}", path.display()));
    }
    Ok(())
}

fn new_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

/// `2 IKEv2, 4 ESP`.
fn counted(log: &KeyLog) -> String {
    let kind = |keys: &Kind| match keys {
        Kind::Ikev1(_) => 0,
        Kind::Ikev2(_) => 1,
        Kind::Sa(sa) if sa.protocol == SaProtocol::Esp => 2,
        Kind::Sa(_) => 3,
        Kind::KeyExchange(_) => 4,
        Kind::Psk(_) => 5,
    };
    let names = ["IKEv1", "IKEv2", "ESP", "AH", "Diffie-Hellman", "PSK"];
    let counts = (0..).zip(names).filter_map(|(index, name)| {
        let alike = log
            .entries
            .iter()
            .filter(|entry| kind(&entry.keys) == index);
        match alike.count() {
            0 => None,
            count => Some(format!("{count} {name}")),
        }
    });
    counts.collect::<Vec<_>>().join(", ")
}
