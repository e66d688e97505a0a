//! Hash functions as IKE knows them: by number, over several parts.

use crate::wire::registry::{ike, isakmp};
use core::fmt;

/// A hash function of a [`super::CryptoProvider`].
pub trait Hash: fmt::Debug + Send + Sync {
    /// Its usual name (`SHA2-256`).
    fn name(&self) -> &'static str;

    /// Its number in IKEv1's hash registry, if it has one.
    fn ikev1(&self) -> Option<isakmp::Hash>;

    /// Its number in IKEv2's hash registry (RFC 7427), if it has one.
    fn ikev2(&self) -> Option<ike::HashAlgorithm>;

    /// Bytes of its output; at most [`Digest::MAX_LEN`].
    fn output_len(&self) -> usize;

    /// The hash of `parts`, one after the other.
    fn digest(&self, parts: &[&[u8]]) -> Digest;
}

/// The output of a [`Hash`], kept without allocation.
///
/// It is public data (NAT detection, fingerprints): what is derived from keys
/// belongs in a [`super::Secret`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest {
    bytes: [u8; Self::MAX_LEN],
    len: u8,
}

impl Digest {
    /// Bytes of the longest output, SHA2-512's.
    pub const MAX_LEN: usize = 64;

    /// Holds `output`, or its first [`Digest::MAX_LEN`] bytes: no registered
    /// hash has more.
    #[must_use]
    pub fn new(output: &[u8]) -> Self {
        let mut bytes = [0; Self::MAX_LEN];
        let mut len = 0;
        for (place, byte) in bytes.iter_mut().zip(output) {
            *place = *byte;
            len += 1;
        }
        Self { bytes, len }
    }

    /// The bytes of the output.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(")?;
        for byte in self.as_bytes() {
            write!(f, "{byte:02x}")?;
        }
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_up_to_its_limit() {
        assert_eq!(Digest::new(&[7; 64]).as_bytes(), [7; 64]);
        assert_eq!(Digest::new(&[7; 65]).as_bytes(), [7; 64]);
        assert_eq!(
            alloc::format!("{:?}", Digest::new(&[1, 0xab])),
            "Digest(01ab)"
        );
    }
}
