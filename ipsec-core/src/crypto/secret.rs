//! Key material: zeroized, never shown, compared in constant time.

use alloc::vec::Vec;
use core::fmt;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// Bytes that must not leak: keys, shared secrets, passwords.
///
/// They are overwritten on drop. There is no `Clone`, `PartialEq` or
/// serialisation; `Debug` shows the length alone; the bytes come out only by
/// [`Secret::dangerous_bytes`], so that every export can be found by its name.
///
/// ```
/// use ipsec_core::crypto::Secret;
/// let key = Secret::new(b"correct horse".to_vec());
/// assert_eq!(format!("{key:?}"), "Secret(13 bytes)");
/// assert!(key.ct_eq(b"correct horse"));
/// ```
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes ownership of `bytes`.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Number of bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it holds exactly `other`, in time that depends on the lengths
    /// alone.
    #[must_use]
    pub fn ct_eq(&self, other: &[u8]) -> bool {
        self.0.as_slice().ct_eq(other).into()
    }

    /// The bytes themselves. Whoever copies them answers for the copy.
    #[must_use]
    pub fn dangerous_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_whole_values() {
        let secret = Secret::new(b"abc".to_vec());
        assert!(secret.ct_eq(b"abc"));
        for other in [&b"abd"[..], b"ab", b"abcd", b""] {
            assert!(!secret.ct_eq(other));
        }
        assert!(Secret::new(Vec::new()).is_empty());
    }

    #[test]
    fn debug_shows_no_byte() {
        let shown = alloc::format!("{:?}", Some(Secret::new(b"hunter2".to_vec())));
        assert_eq!(shown, "Some(Secret(7 bytes))");
    }
}
