//! What is wrong with a line: by number and field, never by its bytes.

use core::fmt;

/// Why a line gives no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LineError {
    /// Number of the line, from 1.
    pub line: usize,
    /// The field at fault, by its name in the format; empty for the whole line.
    pub field: &'static str,
    /// What is wrong.
    pub kind: LineErrorKind,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LineErrorKind {
    /// It is not text.
    NotText,
    /// It is longer than the limit.
    TooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// Nothing in the file is of a known form.
    Unrecognized,
    /// It has another number of fields than any table.
    Fields {
        /// How many it has.
        found: usize,
    },
    /// A quotation mark is not closed, or something follows a closed one.
    Quotes,
    /// Not hexadecimal, or half a byte.
    NotHex,
    /// The bytes are more or fewer than they must be.
    Length {
        /// How many they must be.
        need: usize,
        /// How many they are.
        have: usize,
    },
    /// A key whose salt is not there; it is kept as it is.
    NoSalt {
        /// Bytes of the salt.
        need: usize,
    },
    /// No algorithm of that name is known.
    UnknownAlgorithm,
    /// Neither an address nor a pattern.
    NotAddress,
    /// Neither an SPI nor a pattern.
    NotSpi,
    /// The field is not there.
    Missing,
    /// The keys were printed as hidden.
    Hidden,
    /// The text ends before the value does.
    Cut,
    /// The value is of another kind or shape than it must be.
    Malformed,
    /// An earlier line gives other keys to the same SA.
    Contradicts {
        /// Number of that line, from 1.
        line: usize,
    },
    /// The form can only be read with a feature of the crate.
    NeedsFeature {
        /// Its name.
        feature: &'static str,
    },
    /// There were more entries before it than the limit.
    TooMany {
        /// The limit.
        limit: usize,
    },
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        self.kind.fmt(f)
    }
}

impl fmt::Display for LineErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NotText => f.write_str("not text"),
            Self::TooLong { limit } => write!(f, "longer than {limit} bytes"),
            Self::Unrecognized => f.write_str("no known form of key file"),
            Self::Fields { found } => write!(
                f,
                "{found} fields; tables have 2 (IKEv1), 8 (IKEv2), 8 or 9 (ESP)"
            ),
            Self::Quotes => f.write_str("quotation marks do not pair up"),
            Self::NotHex => f.write_str("not whole bytes in hexadecimal"),
            Self::Length { need, have } => write!(f, "{have} bytes, where {need} are needed"),
            Self::NoSalt { need } => write!(f, "the salt of {need} bytes is missing"),
            Self::UnknownAlgorithm => f.write_str("no known algorithm"),
            Self::NotAddress => f.write_str("not an address, a prefix or *"),
            Self::NotSpi => f.write_str("not an SPI or *"),
            Self::Missing => f.write_str("missing"),
            Self::Hidden => f.write_str("hidden when it was printed"),
            Self::Cut => f.write_str("cut off"),
            Self::Malformed => f.write_str("not of the form that is needed"),
            Self::Contradicts { line } => {
                write!(f, "other keys than line {line} gives to the same SA")
            }
            Self::NeedsFeature { feature } => {
                write!(f, "readable only with the feature `{feature}`")
            }
            Self::TooMany { limit } => write!(f, "more than {limit} entries"),
        }
    }
}

impl core::error::Error for LineError {}
