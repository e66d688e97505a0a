//! Fragments of IKEv1 messages, as Cisco and Microsoft cut them (payload 132,
//! MS-IKEE). The pieces put together are a whole message, header and all.

use super::super::layout::{Field, Layout, Show};
use super::super::leaf::{Fault, u8, u16};

/// A piece of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment<'a> {
    /// Names the message that was cut.
    pub id: u16,
    /// Place of the piece, from 1.
    pub number: u8,
    /// Bit 0: this is the last piece.
    pub flags: u8,
    /// The piece.
    pub data: &'a [u8],
}

impl<'a> Fragment<'a> {
    /// Whether it is the last piece of its message.
    #[must_use]
    pub const fn is_last(&self) -> bool {
        self.flags & LAST_BIT != 0
    }

    pub(super) fn decode(i: &'a [u8]) -> Result<Self, nom::Err<Fault<'a>>> {
        let (i, id) = u16(i, "id")?;
        let (i, number) = u8(i, "number")?;
        let (data, flags) = u8(i, "flags")?;
        Ok(Self {
            id,
            number,
            flags,
            data,
        })
    }

    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        out.u16(&ID, self.id);
        out.u8(&NUMBER, self.number);
        out.u8(&FLAGS, self.flags);
        out.part(&LAST, (self.flags & LAST_BIT).into());
        out.bytes(&DATA, self.data);
    }
}

const LAST_BIT: u8 = 1;

static ID: Field = Field::new(
    "id",
    "Fragment ID",
    "Names the message the piece was cut from (MS-IKEE)",
    Show::Dec,
);
static NUMBER: Field = Field::new(
    "number",
    "Fragment number",
    "Place of the piece in the message, from 1 (MS-IKEE)",
    Show::Dec,
);
static FLAGS: Field = Field::new(
    "flags",
    "Flags",
    "1 on the last piece (MS-IKEE)",
    Show::Flags(&[(0x01, "last")]),
);
static LAST: Field = Field::new(
    "last",
    "Last fragment",
    "No piece comes after this one (MS-IKEE)",
    Show::Dec,
);
static DATA: Field = Field::new(
    "data",
    "Fragment data",
    "Bytes of the message that was cut (MS-IKEE)",
    Show::Bytes,
);
