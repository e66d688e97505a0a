//! IKE and ESP in a TCP connection, for networks that let no UDP through.
//!
//! RFC 9329 §3 (a length of two bytes before each message, its own two
//! counted), §4 (the prefix that the side which opened the connection sends
//! first). What a message is, [`crate::wire::encap::classify`] says: the
//! non-ESP marker is the one of UDP.

use alloc::vec::Vec;
use core::fmt;

/// What the side that opens the connection sends before all else.
pub const PREFIX: [u8; 6] = *b"IKETCP";

/// The two bytes before a message of `len` bytes; `None` where that is too
/// long.
///
/// ```
/// use ipsec_core::esp::stream;
/// assert_eq!(stream::head(100), Some([0, 102]));
/// assert_eq!(stream::head(65_534), None);
/// ```
#[must_use]
pub fn head(len: usize) -> Option<[u8; 2]> {
    let whole = u16::try_from(len.checked_add(HEAD)?).ok()?;
    Some(whole.to_be_bytes())
}

/// Cuts the bytes of a connection into messages.
///
/// The caller hands over what it read ([`Reader::take`]) and then asks for
/// messages until there is none; ESP may be opened where it stands.
#[derive(Debug)]
pub struct Reader {
    buffer: Vec<u8>,
    /// Bytes at the beginning that were handed out.
    done: usize,
    /// The prefix is still to come.
    prefix: bool,
}

impl Reader {
    /// For the side that opened the connection.
    #[must_use]
    pub const fn of_client() -> Self {
        Self {
            buffer: Vec::new(),
            done: 0,
            prefix: false,
        }
    }

    /// For the side that accepted it, which gets the prefix first.
    #[must_use]
    pub const fn of_server() -> Self {
        Self {
            buffer: Vec::new(),
            done: 0,
            prefix: true,
        }
    }

    /// Takes `bytes` off the connection, and says how many: fewer when many
    /// messages wait to be asked for.
    pub fn take(&mut self, bytes: &[u8]) -> usize {
        self.buffer.drain(..self.done);
        self.done = 0;
        let room = BUFFER_MAX.saturating_sub(self.buffer.len());
        let (taken, _) = bytes.split_at(room.min(bytes.len()));
        self.buffer.extend_from_slice(taken);
        taken.len()
    }

    /// The next whole message, if it is there. Empty ones are passed over.
    ///
    /// # Errors
    ///
    /// The connection is to be closed.
    pub fn message(&mut self) -> Result<Option<&mut [u8]>, StreamError> {
        if self.prefix {
            let have = self.buffer.get(..PREFIX.len().min(self.buffer.len()));
            if !PREFIX.starts_with(have.unwrap_or_default()) {
                return Err(StreamError::Prefix);
            }
            if self.buffer.len() < PREFIX.len() {
                return Ok(None);
            }
            self.done = PREFIX.len();
            self.prefix = false;
        }
        loop {
            let rest = self.buffer.get(self.done..).unwrap_or_default();
            let Some(length) = rest.first_chunk().copied().map(u16::from_be_bytes) else {
                return Ok(None);
            };
            let whole = usize::from(length);
            if whole < HEAD {
                return Err(StreamError::Length(length));
            }
            if rest.len() < whole {
                return Ok(None);
            }
            let start = self.done.saturating_add(HEAD);
            self.done = self.done.saturating_add(whole);
            if start < self.done {
                return Ok(self.buffer.get_mut(start..self.done));
            }
        }
    }
}

/// Why a connection is to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamError {
    /// It does not begin with the prefix.
    Prefix,
    /// A length that does not even count itself.
    Length(u16),
}

impl fmt::Display for StreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prefix => f.write_str("the connection does not begin with \"IKETCP\""),
            Self::Length(length) => write!(f, "a message of length {length}"),
        }
    }
}

impl core::error::Error for StreamError {}

/// Bytes of a length.
const HEAD: usize = 2;

/// Bytes that wait for the caller: the longest message and as much again.
pub const BUFFER_MAX: usize = 2 * 65_535;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::encap::{Encapsulated, classify};
    use proptest::prelude::*;

    fn messages(reader: &mut Reader) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        while let Some(message) = reader.message().unwrap() {
            all.push(message.to_vec());
        }
        all
    }

    /// Prefix, IKE_SA_INIT behind a marker, an empty message, a keepalive, ESP.
    #[test]
    fn a_connection_as_it_is_read() {
        let mut reader = Reader::of_server();
        let bytes = b"IKETCP\x00\x09\x00\x00\x00\x00ike\x00\x02\x00\x03\xff\x00\x08\x01\x02\x03\x04\x05\x06";
        assert_eq!(reader.take(bytes), bytes.len());
        let all = messages(&mut reader);
        let kinds: Vec<_> = all.iter().map(|message| classify(message)).collect();
        assert_eq!(
            kinds,
            [
                Encapsulated::Ike(b"ike"),
                Encapsulated::Keepalive,
                Encapsulated::Esp(&[1, 2, 3, 4, 5, 6])
            ]
        );
    }

    #[test]
    fn what_is_no_such_connection_is_closed() {
        let mut reader = Reader::of_server();
        reader.take(b"IKEV");
        assert_eq!(reader.message(), Err(StreamError::Prefix));
        for length in [0, 1] {
            let mut reader = Reader::of_client();
            reader.take(&[0, 3, 9, 0, length, 7]);
            assert_eq!(reader.message().unwrap().unwrap(), [9]);
            let closed = Err(StreamError::Length(length.into()));
            assert_eq!(reader.message(), closed);
        }
    }

    #[test]
    fn no_more_is_kept_than_the_limit() {
        let mut reader = Reader::of_client();
        let bytes = alloc::vec![0xff; BUFFER_MAX + 1];
        assert_eq!(reader.take(&bytes), BUFFER_MAX);
        assert_eq!(reader.take(&bytes), 0);
        assert_eq!(messages(&mut reader).len(), 2);
        assert_eq!(reader.take(&bytes), BUFFER_MAX);
        assert_eq!(head(65_533), Some([0xff; 2]));
    }

    proptest! {
        /// However the connection cuts it, the messages come out.
        #[test]
        fn any_cut_gives_the_same(
            sent in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..20),
            cuts in prop::collection::vec(1..30_usize, 1..60),
        ) {
            let mut bytes = Vec::from(PREFIX);
            for message in &sent {
                bytes.extend(head(message.len()).unwrap());
                bytes.extend(message);
            }
            let mut reader = Reader::of_server();
            let (mut all, mut rest) = (Vec::new(), &bytes[..]);
            for cut in cuts.iter().cycle() {
                let (now, later) = rest.split_at((*cut).min(rest.len()));
                prop_assert_eq!(reader.take(now), now.len());
                all.extend(messages(&mut reader));
                rest = later;
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(all, sent);
        }
    }
}
