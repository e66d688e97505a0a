//! Finds the form of each line by asking the readers in turn.

use super::assembly::{Found, Reader};
use super::charon::Charon;
use super::entry::KeyLog;
use super::error::LineErrorKind;
use super::format::Format;
use super::fortios::FortiOs;
use super::iked::Iked;
use super::pluto::Pluto;
use super::racoon::Racoon;
use super::secrets::Secrets;
use super::swanctl::Swanctl;
use super::wireshark::Tables;
use super::xfrm::Xfrm;
use alloc::vec::Vec;

/// Reads a file of any known form, or of several.
///
/// Lines that belong to no form are passed over if the file is a log, and are
/// complained of if it is a table or nothing at all.
///
/// ```
/// use ipsec_core::keylog::{self, Format, Keys};
/// let file = b"src 192.0.2.10 dst 198.51.100.20\n\
///     \tproto esp spi 0x00001001 reqid 1 mode tunnel\n\
///     \taead rfc4106(gcm(aes)) 0x000102030405060708090a0b0c0d0e0f10111213 128\n";
/// let log = keylog::read(file);
/// assert_eq!(log.formats, [Format::IpXfrm]);
/// let Keys::Sa(sa) = &log.entries[0].keys else { panic!() };
/// assert_eq!(sa.spi, Some(0x1001));
/// ```
#[must_use]
pub fn read(file: &[u8]) -> KeyLog {
    let file = file.strip_prefix(BOM).unwrap_or(file);
    let mut found = Found::default();
    if file.trim_ascii_start().starts_with(b"{") && is_json(file) {
        read_json(file, &mut found);
    } else {
        read_lines(file, &mut found);
    }
    found.finish()
}

fn read_lines(file: &[u8], found: &mut Found) {
    let mut readers: [&mut dyn Reader; 9] = [
        &mut Charon::default(),
        &mut Pluto::default(),
        &mut Xfrm::default(),
        &mut FortiOs::default(),
        &mut Iked::default(),
        &mut Racoon::default(),
        &mut Secrets,
        &mut Swanctl::default(),
        &mut Tables,
    ];
    let mut strangers = Vec::new();
    for (number, line) in (1_usize..).zip(file.split(|byte| *byte == b'\n')) {
        if line.len() > LINE_MAX {
            found.error(number, ("", LineErrorKind::TooLong { limit: LINE_MAX }));
            continue;
        }
        let Ok(text) = core::str::from_utf8(line) else {
            found.error(number, ("", LineErrorKind::NotText));
            continue;
        };
        let text = text.trim_end();
        let claimed = readers
            .iter_mut()
            .any(|reader| reader.line(number, text, found));
        if !claimed && !text.is_empty() && !text.starts_with('#') && strangers.len() < STRANGERS_MAX
        {
            strangers.push(number);
        }
    }
    for reader in readers {
        reader.end(found);
    }
    complain(&strangers, found);
}

/// In a table a line of no form is a fault; a log has many.
fn complain(strangers: &[usize], found: &mut Found) {
    let kind = LineErrorKind::Unrecognized;
    match found.formats() {
        [] => {
            for number in strangers.iter().take(1) {
                found.error(*number, ("", kind));
            }
        }
        formats if formats.iter().all(|it| *it == Format::Wireshark) => {
            for number in strangers {
                found.error(*number, ("", kind));
            }
        }
        _ => {}
    }
}

/// Whether an object begins as ours does, and not as a log of objects.
fn is_json(file: &[u8]) -> bool {
    let head = file.trim_ascii_start().get(1..).unwrap_or_default();
    head.trim_ascii_start().starts_with(b"\"")
}

#[cfg(feature = "serde")]
fn read_json(file: &[u8], found: &mut Found) {
    super::json::read(file, found);
}

#[cfg(not(feature = "serde"))]
fn read_json(_: &[u8], found: &mut Found) {
    found.met(Format::Json);
    found.error(1, ("", LineErrorKind::NeedsFeature { feature: "serde" }));
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// The longest line that is looked at, in bytes.
pub const LINE_MAX: usize = 65_536;

/// Lines of no form that are remembered.
const STRANGERS_MAX: usize = 1_000;
