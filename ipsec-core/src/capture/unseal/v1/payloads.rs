//! Payloads by their generic headers alone (RFC 2408 §3.2): hashes cover their
//! bytes as they lie on the wire, and of what was decrypted nothing else can
//! be trusted yet.

use crate::wire::registry::isakmp::PayloadType;
use core::ops::Range;

/// The payloads of a message, decrypted perhaps.
#[derive(Debug)]
pub(super) struct Payloads<'a> {
    pub(super) list: Vec<Payload<'a>>,
    /// Bytes of all of them; what follows is padding.
    pub(super) end: usize,
    bytes: &'a [u8],
}

/// One payload.
#[derive(Clone, Debug)]
pub(super) struct Payload<'a> {
    pub(super) kind: PayloadType,
    /// What follows its generic header.
    pub(super) body: &'a [u8],
    /// Where it lies, header and all.
    pub(super) range: Range<usize>,
    reserved: u8,
}

impl<'a> Payloads<'a> {
    /// Follows the chain that begins with `first`; `None` where it does not
    /// hold together.
    pub(super) fn read(first: PayloadType, bytes: &'a [u8]) -> Option<Self> {
        let (mut list, mut kind, mut end) = (Vec::new(), first, 0_usize);
        while kind != PayloadType::NONE {
            let (next, reserved, len) = header(bytes.get(end..)?)?;
            let range = end..end.checked_add(len)?;
            let body = bytes.get(range.clone())?.get(HEADER..)?;
            if list.len() >= PAYLOADS_MAX {
                return None;
            }
            end = range.end;
            list.push(Payload {
                kind,
                body,
                range,
                reserved,
            });
            kind = next;
        }
        Some(Self { list, end, bytes })
    }

    /// The body of the first payload of this kind.
    pub(super) fn body(&self, kind: PayloadType) -> Option<&'a [u8]> {
        self.find(kind).map(|payload| payload.body)
    }

    /// The first payload of this kind.
    pub(super) fn find(&self, kind: PayloadType) -> Option<&Payload<'a>> {
        self.list.iter().find(|payload| payload.kind == kind)
    }

    /// The hash that the message begins with, and the payloads it covers
    /// (RFC 2409 §5.5, §5.7).
    pub(super) fn hash_and_rest(&self) -> Option<(&Payload<'a>, &'a [u8])> {
        let hash = self.list.first().filter(|p| p.kind == PayloadType::HASH)?;
        Some((hash, self.bytes.get(hash.range.end..self.end)?))
    }

    /// Whether this looks like what a sender wrote and not like what a wrong
    /// key makes of it.
    pub(super) fn are_plausible(&self) -> bool {
        let padding = self.bytes.len().saturating_sub(self.end);
        let known = |payload: &Payload<'_>| payload.kind.name().is_some();
        let clean = |payload: &Payload<'_>| payload.reserved == 0 && known(payload);
        padding <= PADDING_MAX && !self.list.is_empty() && self.list.iter().all(clean)
    }
}

/// Whether `start` can be the beginning of a payload of `kind` in a message
/// with `total` bytes, where a hash has `hash_len`.
pub(super) fn can_begin(start: &[u8], kind: PayloadType, total: usize, hash_len: usize) -> bool {
    let Some((_, _, len)) = header(start) else {
        return false;
    };
    if kind == PayloadType::HASH {
        return len == HEADER.saturating_add(hash_len);
    }
    len <= total
}

/// Type of the next payload, the reserved byte, and the length with header.
fn header(bytes: &[u8]) -> Option<(PayloadType, u8, usize)> {
    let &[next, reserved, high, low] = bytes.first_chunk()?;
    let len = usize::from(u16::from_be_bytes([high, low]));
    (len >= HEADER).then_some((PayloadType(next), reserved, len))
}

/// Bytes of the generic header.
pub(super) const HEADER: usize = 4;
/// Payloads of one message.
const PAYLOADS_MAX: usize = 64;
/// Bytes of padding that a message may have which nothing else vouches for: a
/// block, or as much as senders add that make it of random length.
const PADDING_MAX: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_with_padding() {
        let bytes = [&[1, 0, 0, 6, 7, 7][..], &[0, 0, 0, 5, 9], &[0; 5]].concat();
        let read = Payloads::read(PayloadType::HASH, &bytes).unwrap();
        assert_eq!((read.list.len(), read.end), (2, 11));
        let (hash, rest) = read.hash_and_rest().unwrap();
        assert_eq!((hash.body, rest), (&[7, 7][..], &bytes[6..11]));
        assert_eq!(read.body(PayloadType::SA), Some(&[9][..]));
        assert!(read.are_plausible());
        assert!(read.find(PayloadType::KE).is_none());
    }

    #[test]
    fn what_does_not_hold_together() {
        let read = |bytes: &[u8]| Payloads::read(PayloadType::HASH, bytes).is_some();
        for bad in [
            &[][..],
            &[0, 0, 0],
            &[0, 0, 0, 3],
            &[0, 0, 0, 5],
            &[1, 0, 0, 4],
            &[0, 0, 0xff, 0xff],
        ] {
            assert!(!read(bad), "{bad:?}");
        }
        let chain = |count: usize| {
            let mut chain = [8, 0, 0, 4].repeat(count);
            chain[count * 4 - 4] = 0;
            chain
        };
        assert!(read(&chain(PAYLOADS_MAX)) && !read(&chain(PAYLOADS_MAX + 1)));
    }

    #[test]
    fn what_no_sender_writes() {
        let plausible = |bytes: &[u8]| {
            Payloads::read(PayloadType::HASH, bytes).is_some_and(|read| read.are_plausible())
        };
        assert!(plausible(&[0, 0, 0, 4]));
        assert!(!plausible(&[0, 1, 0, 4]));
        assert!(!plausible(&[99, 0, 0, 4, 0, 0, 0, 4]));
        let padded = |len| [&[0, 0, 0, 4][..], &vec![0; len]].concat();
        assert!(plausible(&padded(PADDING_MAX)) && !plausible(&padded(PADDING_MAX + 1)));
        let nothing = Payloads::read(PayloadType::NONE, &[]).unwrap();
        assert!(!nothing.are_plausible());
    }

    #[test]
    fn how_a_message_can_begin() {
        let begins = |start: &[u8], kind| can_begin(start, kind, 64, 20);
        assert!(begins(&[1, 0, 0, 24], PayloadType::HASH));
        assert!(!begins(&[1, 0, 0, 23], PayloadType::HASH));
        assert!(begins(&[1, 0, 0, 64], PayloadType::ID));
        assert!(!begins(&[1, 0, 0, 65], PayloadType::ID));
        assert!(!begins(&[1, 0, 0], PayloadType::ID));
    }
}
