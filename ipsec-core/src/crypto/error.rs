//! What can be said when an algorithm refuses. Where a secret is involved
//! that is one value without a reason, so that no difference can leak.

use core::fmt;

/// The bytes given as a key are no key of this algorithm: wrong length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BadKey;

/// The operation failed: not authentic, or not of a possible length. Nothing
/// more is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failed;

/// Why a key exchange cannot use a value. Public values are public, so this
/// may be told to anyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GroupError {
    /// The public value has another length than the group's.
    Length {
        /// Bytes of a public value of this group, from this side.
        need: usize,
        /// Bytes that were given.
        have: usize,
    },
    /// The public value is none of the group's: out of range, not in the right
    /// subgroup, not on the curve, not a valid encapsulation key (RFC 6989,
    /// RFC 5903 §7, FIPS 203 §7.2).
    PublicValue,
    /// The peer's value makes the shared secret the neutral element
    /// (RFC 7748 §6.1, RFC 8031 §2).
    NeutralElement,
    /// The private value is none of the group's: its length, zero, too large.
    PrivateValue,
}

impl fmt::Display for BadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the key does not have a length of this algorithm")
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the cryptographic operation failed")
    }
}

impl fmt::Display for GroupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { need, have } => {
                write!(f, "the public value has {have} bytes, not {need}")
            }
            Self::PublicValue => f.write_str("the public value is not one of the group"),
            Self::NeutralElement => f.write_str("the public value gives no secret"),
            Self::PrivateValue => f.write_str("the private value is not one of the group"),
        }
    }
}

impl core::error::Error for BadKey {}
impl core::error::Error for Failed {}
impl core::error::Error for GroupError {}
