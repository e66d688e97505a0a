//! An ESP or AH packet whose key was found, and what it carries.

use crate::capture::unsealed::{InnerPacket, Inside, Unsealed};
use crate::esp::transform::Check;
use crate::evidence::{UnsealFault, Unsealing};
use crate::wire::ah::Ah;
use crate::wire::esp::{Esp, Trailer};

/// How a packet was opened.
pub(super) struct Opened {
    pub(super) check: Check,
    pub(super) iv: usize,
    pub(super) icv: usize,
    pub(super) derived: bool,
    pub(super) high: Option<u32>,
}

impl Opened {
    /// What an AH packet carries.
    pub(super) fn authenticated<'a>(self, ah: &Ah<'a>) -> Unsealed<'a> {
        let mut inner = InnerPacket::new(None, ah.payload, None);
        inner.read(ah.next_header, ah.payload);
        inner.derived = self.derived;
        inner.sequence_high = self.high;
        Unsealed {
            state: Unsealing::Verified,
            inside: Inside::Packet(inner),
            proofs: Vec::new(),
            created: Vec::new(),
        }
    }

    /// What an ESP packet carries; it was decrypted into `plain`.
    pub(super) fn unsealed<'a>(self, esp: Esp<'a>, plain: &'a [u8]) -> Unsealed<'a> {
        let state = match self.check {
            Check::Verified => Unsealing::Verified,
            Check::Unchecked => Unsealing::Unchecked,
        };
        let Ok((payload, trailer)) = Trailer::split(plain) else {
            return Unsealed::closed(Unsealing::Failed(UnsealFault::WrongPadding));
        };
        let mut inner = InnerPacket::new(esp.split(self.iv, self.icv), plain, Some(trailer));
        inner.read(trailer.next_header, payload);
        inner.derived = self.derived;
        inner.sequence_high = self.high;
        inner.without_integrity = self.icv == 0;
        Unsealed {
            state,
            inside: Inside::Packet(inner),
            proofs: Vec::new(),
            created: Vec::new(),
        }
    }
}
