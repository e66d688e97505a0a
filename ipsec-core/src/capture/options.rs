//! Options of pcapng blocks (draft-ietf-opsawg-pcapng §3.5): code, length,
//! value, padding.

use super::source::Order;
use alloc::borrow::Cow;
use core::fmt;

/// The options of one block: codes and values, still in the file's bytes.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    bytes: &'a [u8],
    order: Order,
}

impl<'a> Options<'a> {
    /// The code of a comment, in every block.
    pub const COMMENT: u16 = 1;
    /// In a section: the hardware the file was written on.
    pub const HARDWARE: u16 = 2;
    /// In a section: the operating system it was written on.
    pub const SYSTEM: u16 = 3;
    /// In a section: the program that wrote it.
    pub const APPLICATION: u16 = 4;

    /// No options, as in every pcap file.
    pub(super) const NONE: Self = Self {
        bytes: &[],
        order: Order::Little,
    };

    pub(super) const fn new(bytes: &'a [u8], order: Order) -> Self {
        Self { bytes, order }
    }

    /// Code and value of every option, up to the end mark or to the first
    /// option whose length cannot be.
    pub fn iter(self) -> impl Iterator<Item = (u16, &'a [u8])> {
        let mut rest = self.bytes;
        core::iter::from_fn(move || {
            let ([a, b, c, d], tail) = rest.split_first_chunk()?;
            let code = self.order.u16([*a, *b]);
            let len = usize::from(self.order.u16([*c, *d]));
            let value = (code != END).then(|| tail.get(..len)).flatten();
            rest = tail.get(len.next_multiple_of(4)..).unwrap_or_default();
            if value.is_none() {
                rest = &[];
            }
            value.map(|value| (code, value))
        })
    }

    /// The value of the first option with this code.
    #[must_use]
    pub fn get(self, code: u16) -> Option<&'a [u8]> {
        self.iter()
            .find_map(|(found, value)| (found == code).then_some(value))
    }

    /// The value of the first option with this code, as text.
    #[must_use]
    pub fn text(self, code: u16) -> Option<Cow<'a, str>> {
        self.get(code).map(String::from_utf8_lossy)
    }

    /// The comments, in file order.
    pub fn comments(self) -> impl Iterator<Item = Cow<'a, str>> {
        self.iter()
            .filter(|(code, _)| *code == Self::COMMENT)
            .map(|(_, value)| String::from_utf8_lossy(value))
    }

    pub(super) fn i64(self, code: u16) -> Option<i64> {
        self.get(code)?
            .first_chunk()
            .map(|bytes| self.order.i64(*bytes))
    }
}

impl fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(
                self.iter()
                    .map(|(code, value)| (code, value.escape_ascii().to_string())),
            )
            .finish()
    }
}

const END: u16 = 0;
