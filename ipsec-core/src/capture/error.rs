//! What can be wrong with a capture file, and where.

use core::fmt;
use std::io;

/// Why a capture file could not be read on, and where.
///
/// Offsets are bytes from the start of the file; of a gzipped file, from the
/// start of what it unpacks to.
#[derive(Debug)]
#[non_exhaustive]
pub enum CaptureError {
    /// The input itself failed.
    Io {
        /// Where the bytes that could not be had would have begun.
        offset: u64,
        /// What the input said.
        error: io::Error,
    },
    /// The file is not a capture file this library reads.
    UnknownFormat {
        /// Its first bytes, at most sixteen; none if the file is empty.
        first: Vec<u8>,
    },
    /// The file ends inside something.
    Truncated {
        /// Where that something begins.
        offset: u64,
        /// What it is.
        what: &'static str,
        /// Its bytes.
        need: u64,
        /// How many of them are there.
        have: u64,
    },
    /// A length field holds what cannot be.
    BadLength {
        /// Where the field is.
        offset: u64,
        /// The field's name.
        field: &'static str,
        /// The length read.
        value: u64,
        /// The smallest length it may hold.
        min: u64,
        /// The largest length it may hold.
        max: u64,
    },
    /// A field other than a length holds what cannot be.
    BadValue {
        /// Where the field is.
        offset: u64,
        /// The field's name.
        field: &'static str,
        /// The value read.
        value: u64,
    },
    /// There is more of something than this library keeps.
    TooMany {
        /// Where the one too many begins.
        offset: u64,
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
}

impl CaptureError {
    /// Bytes from the start of the (unpacked) file to the fault.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        match *self {
            Self::UnknownFormat { .. } => 0,
            Self::Io { offset, .. }
            | Self::Truncated { offset, .. }
            | Self::BadLength { offset, .. }
            | Self::BadValue { offset, .. }
            | Self::TooMany { offset, .. } => offset,
        }
    }

    /// What cannot be read: the field, or the structure that is cut or that
    /// there is too much of.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match *self {
            Self::UnknownFormat { .. } => "magic",
            Self::Io { .. } => "",
            Self::Truncated { what, .. } | Self::TooMany { what, .. } => what,
            Self::BadLength { field, .. } | Self::BadValue { field, .. } => field,
        }
    }
}

impl fmt::Display for CaptureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { offset, error } => write!(f, "offset {offset}: {error}"),
            Self::UnknownFormat { first } => unknown(f, first),
            Self::Truncated {
                offset,
                what,
                need,
                have,
            } => write!(
                f,
                "the file ends inside the {what} at offset {offset}: {have} of {need} bytes are there"
            ),
            Self::BadLength {
                offset,
                field,
                value,
                min,
                max,
            } => write!(
                f,
                "{field} at offset {offset}: length {value} is outside {min}..={max}"
            ),
            Self::BadValue {
                offset,
                field,
                value,
            } => write!(
                f,
                "{field} at offset {offset}: value {value:#x} is not allowed"
            ),
            Self::TooMany {
                offset,
                what,
                limit,
            } => write!(f, "offset {offset}: more than {limit} {what}"),
        }
    }
}

impl core::error::Error for CaptureError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Io { error, .. } => Some(error),
            Self::UnknownFormat { .. }
            | Self::Truncated { .. }
            | Self::BadLength { .. }
            | Self::BadValue { .. }
            | Self::TooMany { .. } => None,
        }
    }
}

fn unknown(f: &mut fmt::Formatter<'_>, first: &[u8]) -> fmt::Result {
    if first.is_empty() {
        return f.write_str("the file is empty");
    }
    f.write_str("not a pcap or pcapng file")?;
    match FOREIGN.iter().find(|(magic, _)| first.starts_with(magic)) {
        Some((_, name)) => write!(f, " but {name}"),
        None => {
            f.write_str(": it begins with")?;
            first.iter().try_for_each(|byte| write!(f, " {byte:02x}"))
        }
    }
}

/// Formats that are not read, but are worth naming to who hands them in.
const FOREIGN: &[(&[u8], &str)] = &[
    (b"\x28\xb5\x2f\xfd", "zstd: unpack it first"),
    (b"\x04\x22\x4d\x18", "lz4: unpack it first"),
    (b"\xfd7zXZ", "xz: unpack it first"),
    (b"BZh", "bzip2: unpack it first"),
    (b"PK\x03\x04", "a zip archive: unpack it first"),
    (b"\x1f\x8b", "gzip inside gzip: unpack it once more"),
    (b"snoop\0", "snoop: convert it with editcap -F pcapng"),
    (
        b"GMBU",
        "Network Monitor: convert it with editcap -F pcapng",
    ),
    (
        b"RTSS",
        "Network Monitor: convert it with editcap -F pcapng",
    ),
];
