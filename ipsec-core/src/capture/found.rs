//! What the grammars of the file formats hand to the reader.

use super::error::CaptureError;
use super::source::Order;
use crate::time::Instant;
use crate::wire::registry::ip::LinkType;
use core::ops::Range;

/// A frame as a grammar finds it: ranges into the source's buffer.
pub(super) struct Found {
    pub(super) at: Instant,
    pub(super) nanos: u16,
    pub(super) timed: bool,
    pub(super) link: LinkType,
    pub(super) interface: u32,
    pub(super) original_len: u32,
    pub(super) file_offset: u64,
    pub(super) data: Range<usize>,
    pub(super) options: Range<usize>,
    pub(super) order: Order,
}

/// A fault, and whether reading can go on behind it.
pub(super) enum Fault {
    Ends(CaptureError),
    Passed(CaptureError),
}

impl From<CaptureError> for Fault {
    fn from(error: CaptureError) -> Self {
        Self::Ends(error)
    }
}

/// The length of a frame that a reader will take.
pub(super) fn frame_len(data: &[u8]) -> Option<u32> {
    u32::try_from(data.len())
        .ok()
        .filter(|len| *len <= MAX_FRAME)
}

/// The longest frame taken from a file, in bytes; what libpcap captures at
/// most.
pub const MAX_FRAME: u32 = 256 * 1024;
