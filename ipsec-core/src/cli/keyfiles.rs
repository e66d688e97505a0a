//! Keys that the arguments name: key files of every form, folders of them,
//! captures that carry decryption secrets, and candidates for the pre-shared
//! key.

use super::args::KeyArgs;
use super::input::Warnings;
use super::terminal::complain;
use super::{Failure, input};
use crate::capture::{CaptureReader, Keyring};
use crate::crypto::rustcrypto;
use crate::keylog::{self, KeyLog, KeyReader, Psk, PskLines};
use crate::keymat::x509::Bundle;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Reads the files, each under its name. A folder stands for the key files in
/// it; a capture for its decryption secrets; `-` for standard input.
///
/// Lines that cannot be used are complained of, at most so many of a file.
///
/// # Errors
///
/// [`Failure::Unreadable`] if one of them cannot be read. One without a key is
/// only complained of: a daemon that failed early has derived none.
fn read_keys(paths: &[PathBuf]) -> Result<Vec<(String, KeyLog)>, Failure> {
    for path in paths {
        if !input::is_stdin(path) && fs::metadata(path).is_err() {
            complain("error", &format!("{}: cannot be read", input::name(path)));
            return Err(Failure::Unreadable);
        }
    }
    Ok(read_keys_saying(paths, COMPLAINTS).unwrap_or_default())
}

/// The same, with another number of complaints, for a command that has
/// nothing else to read.
///
/// # Errors
///
/// [`Failure::Unreadable`] if none of them gives a key.
pub(super) fn read_keys_saying(
    paths: &[PathBuf],
    most: usize,
) -> Result<Vec<(String, KeyLog)>, Failure> {
    let mut logs = Vec::new();
    for path in paths {
        let name = input::name(path);
        if let Err(why) = read_path(path, &mut logs) {
            complain("warning", &format!("{name}: {why}"));
        }
    }
    for (name, log) in &logs {
        say(name, log, most);
    }
    logs.retain(|(_, log)| !log.entries.is_empty());
    if logs.is_empty() && !paths.is_empty() {
        return Err(Failure::Unreadable);
    }
    Ok(logs)
}

/// All keys that the arguments name. Those that a capture carries are found
/// when it is read.
///
/// # Errors
///
/// [`Failure::Unreadable`] if a file that is named cannot be read.
pub(super) fn keyring(args: &KeyArgs) -> Result<Arc<Keyring>, Failure> {
    let mut keyring = Keyring::new(rustcrypto::provider());
    for (_, log) in read_keys(&args.keys)? {
        keyring.add(log);
    }
    for psk in read_psks(args)? {
        keyring.add_psk(psk);
    }
    for path in args.ca.iter().chain(&args.crl) {
        keyring.add_trust(read_bundle(path)?);
    }
    Ok(keyring.into())
}

/// Certificates and revocation lists.
fn read_bundle(path: &Path) -> Result<Bundle, Failure> {
    let name = input::name(path);
    let mut file = Vec::new();
    let read = input::open(path).and_then(|mut source| source.read_to_end(&mut file));
    read.map_err(|error| {
        complain("error", &format!("{name}: {error}"));
        Failure::Unreadable
    })?;
    let bundle = Bundle::read(&file);
    for fault in &bundle.faults {
        complain("warning", &format!("{name}: {fault}"));
    }
    Ok(bundle)
}

type Named = Vec<(String, KeyLog)>;

fn read_path(path: &Path, logs: &mut Named) -> Result<(), String> {
    let words = |error: io::Error| error.to_string();
    if path.is_dir() {
        let before = logs.len();
        read_folder(path, logs).map_err(words)?;
        return match logs.len() == before {
            true => Err("no key file in it".into()),
            false => Ok(()),
        };
    }
    let name = input::name(path);
    let mut source = input::open(path).map_err(words)?;
    let head = head(&mut source).map_err(words)?;
    if is_capture(&head) {
        return read_secrets(path, Cursor::new(head.to_vec()).chain(source), logs);
    }
    let log = read_text(&head, source).map_err(words)?;
    if log.errors.is_empty() && log.entries.is_empty() {
        return Err("no keys in it".into());
    }
    logs.push((name, log));
    Ok(())
}

/// What is no key file is passed over: nobody named it.
fn read_folder(folder: &Path, logs: &mut Named) -> io::Result<()> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        paths.push(entry?.path());
    }
    paths.sort_unstable();
    for path in paths.iter().filter(|path| path.is_file()) {
        let name = input::name(path);
        match read_found(path) {
            Ok(log) if log.formats.is_empty() => {}
            Ok(log) => logs.push((name, log)),
            Err(error) => complain("warning", &format!("{name}: {error}")),
        }
    }
    Ok(())
}

fn read_found(path: &Path) -> io::Result<KeyLog> {
    let mut source = File::open(path)?;
    let head = head(&mut source)?;
    if is_capture(&head) || head.contains(&0) {
        return Ok(KeyLog::default());
    }
    read_text(&head, source)
}

type Bytes = Zeroizing<Vec<u8>>;

fn head(source: &mut impl Read) -> io::Result<Bytes> {
    let mut head = Zeroizing::new(Vec::with_capacity(HEAD));
    let most = u64::try_from(HEAD).unwrap_or(u64::MAX);
    source.take(most).read_to_end(&mut head)?;
    Ok(head)
}

fn read_text(head: &[u8], mut source: impl Read) -> io::Result<KeyLog> {
    let mut reader = KeyReader::default();
    reader.push(head);
    let mut buffer = Zeroizing::new(vec![0; BUFFER]);
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return Ok(reader.finish()),
            Ok(len) => reader.push(buffer.get(..len).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn is_capture(head: &[u8]) -> bool {
    CAPTURES.iter().any(|magic| head.starts_with(magic))
}

/// Each block of decryption secrets is a file of its own.
fn read_secrets(path: &Path, source: impl Read, logs: &mut Named) -> Result<(), String> {
    let mut reader = CaptureReader::new(source).map_err(|error| error.to_string())?;
    let mut warnings = Warnings::new(path);
    loop {
        match reader.next_frame() {
            Ok(Some(_)) => {}
            Ok(None) => break,
            Err(error) => warnings.add(&error),
        }
    }
    warnings.close();
    let (name, before) = (input::name(path), logs.len());
    for (number, block) in (1_usize..).zip(reader.secrets()) {
        if !block.kind.is_foreign() {
            let log = keylog::read(block.dangerous_bytes());
            logs.push((format!("{name} secrets {number}"), log));
        }
    }
    match logs.len() == before {
        true => Err("a capture without decryption secrets of IPsec".into()),
        false => Ok(()),
    }
}

fn say(name: &str, log: &KeyLog, most: usize) {
    for error in log.errors.iter().take(most) {
        complain("warning", &format!("{name}: {error}"));
    }
    let more = log.errors.len().saturating_sub(most);
    let more = more.saturating_add(log.unsaid);
    if more > 0 {
        complain("warning", &format!("{name}: {more} more faults"));
    }
}

/// The candidates for the pre-shared key, in the order of the arguments.
///
/// # Errors
///
/// [`Failure::Usage`] if one on the command line is not what its prefix says,
/// [`Failure::Unreadable`] if a file of them cannot be read.
pub(super) fn read_psks(args: &KeyArgs) -> Result<Vec<Psk>, Failure> {
    let mut psks = Vec::new();
    for text in &args.psk {
        let key = keylog::psk_bytes(text.as_str());
        let key = key.ok_or_else(|| Failure::Usage(BAD_PSK.into()))?;
        psks.push(Psk::for_anyone(key));
    }
    for path in &args.psk_file {
        let complaint = |error: io::Error| {
            complain("error", &format!("{}: {error}", input::name(path)));
            Failure::Unreadable
        };
        let source = input::open(path).map_err(complaint)?;
        read_candidates(source, &mut psks).map_err(complaint)?;
    }
    Ok(psks)
}

/// Line by line, so that no second copy of a large file is made.
fn read_candidates(source: impl Read, psks: &mut Vec<Psk>) -> io::Result<()> {
    let mut source = BufReader::with_capacity(BUFFER, source);
    let mut line = Zeroizing::new(Vec::with_capacity(keylog::LINE_MAX));
    let mut lines = PskLines::default();
    loop {
        line.clear();
        let most = u64::try_from(keylog::LINE_MAX).unwrap_or(u64::MAX);
        if (&mut source).take(most).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        lines.line(&line, &mut |psk| psks.push(psk));
    }
}

/// Complaints about one file.
const COMPLAINTS: usize = 10;

/// Bytes at the beginning of a file that tell what it is.
const HEAD: usize = 4_096;

/// Bytes read at once.
const BUFFER: usize = 1 << 16;

const BAD_PSK: &str = "--psk: what follows 0x must be hexadecimal, what follows 0s base64";

/// pcapng; pcap in both byte orders, with microseconds and nanoseconds; gzip.
const CAPTURES: [&[u8]; 8] = [
    b"\x0a\x0d\x0d\x0a",
    b"\xd4\xc3\xb2\xa1",
    b"\xa1\xb2\xc3\xd4",
    b"\x4d\x3c\xb2\xa1",
    b"\xa1\xb2\x3c\x4d",
    b"\x34\xcd\xb2\xa1",
    b"\xa1\xb2\xcd\x34",
    b"\x1f\x8b",
];
