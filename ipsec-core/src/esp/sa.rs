//! One direction of an ESP SA, sealing and opening packets where they stand
//! (RFC 4303 §3.3 and §3.4).

use super::half::{Receiver, Sender};
use super::transform::{self, Check, EspTransform, Head, LaidOut, OpenedInPlace, Room, TOGETHER};
use crate::sa::lifetime::Age;
use crate::sa::sequence::{Refusal, SequenceNumber};
use crate::time::Instant;
use crate::wire::registry::ip::Protocol;
use core::fmt;
use core::ops::Range;
use smallvec::SmallVec;

/// The sending half of an ESP SA.
///
/// ```
/// # #[cfg(feature = "rustcrypto")] {
/// # use ipsec_core::crypto::{Secret, rustcrypto};
/// # use ipsec_core::esp::sa::{EspReceiver, EspSender};
/// # use ipsec_core::esp::transform::{EspTransform, Integrity};
/// # use ipsec_core::sa::lifetime::{Lifetime, Limits};
/// # use ipsec_core::sa::sequence::Numbers;
/// # use ipsec_core::time::Instant;
/// # use ipsec_core::wire::registry::{ike::Encryption, ip::Protocol};
/// let keys = || {
///     let (key, none) = (Secret::new(vec![7; 20]), Secret::new(vec![]));
///     let gcm = Encryption::ENCR_AES_GCM_16;
///     EspTransform::new(rustcrypto::provider(), gcm, Integrity::None, &key, &none).unwrap()
/// };
/// let now = Instant::ZERO;
/// let life = Lifetime::new(now, Limits::NONE, Limits::NONE);
/// let mut sender = EspSender::new(0xc0ffee, keys(), Numbers::Short, life);
/// let mut receiver = EspReceiver::new(0xc0ffee, keys(), Numbers::Short, 64, life);
///
/// let room = sender.room(10);
/// let mut buffer = vec![0; room.before + 10 + room.after];
/// let payload = room.before..room.before + 10;
/// buffer[payload.clone()].copy_from_slice(b"a datagram");
/// let packet = sender.seal_in_place(now, Protocol::UDP, &mut buffer, payload)?;
///
/// let packet = &mut buffer[packet];
/// let opened = receiver.open_in_place(now, packet)?;
/// assert_eq!(&packet[opened.payload], b"a datagram");
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type EspSender = Sender<EspTransform>;

impl EspSender {
    /// The room that a payload of `len` bytes needs around it.
    #[must_use]
    pub const fn room(&self, len: usize) -> Room {
        self.transform.room(len)
    }

    /// Seals the bytes at `payload` of `buffer` into the room around them, and
    /// says where the packet stands. What follows the inner packet in `payload`
    /// is TFC padding (RFC 4303 §2.7); a dummy packet has the next header 59.
    ///
    /// # Errors
    ///
    /// The SA is at its end, or there is too little room.
    pub fn seal_in_place(
        &mut self,
        now: Instant,
        next_header: Protocol,
        buffer: &mut [u8],
        payload: Range<usize>,
    ) -> Result<Range<usize>, SealError> {
        let head = self.head(now)?;
        let len = payload.len();
        let sealed = self
            .transform
            .seal_in_place(&head, next_header, buffer, payload)
            .map_err(SealError::Packet)?;
        self.lifetime.count(now, len);
        Ok(sealed)
    }

    /// Seals several packets as [`EspSender::seal_in_place`] would, and gives
    /// what became of each to `sealed`, in order. CBC is quicker so, because
    /// the chains of different packets are encrypted side by side.
    pub fn seal_batch<'b>(
        &mut self,
        now: Instant,
        jobs: impl IntoIterator<Item = Job<'b>>,
        mut sealed: impl FnMut(Result<Range<usize>, SealError>),
    ) {
        let mut jobs = jobs.into_iter().peekable();
        while jobs.peek().is_some() {
            let mut packets = SmallVec::<[LaidOut<'_>; TOGETHER]>::new();
            let mut places = SmallVec::<[_; TOGETHER]>::new();
            for job in jobs.by_ref().take(TOGETHER) {
                let laid_out = self.lay_out(now, job);
                places.push(laid_out.map(|(place, packet)| {
                    packets.push(packet);
                    place
                }));
            }
            let failed = SealError::Packet(transform::SealError::Failed);
            let done = self.transform.seal_all(packets).ok_or(failed);
            for place in places {
                sealed(place.and_then(|place| done.map(|()| place)));
            }
        }
    }

    fn lay_out<'b>(
        &mut self,
        now: Instant,
        job: Job<'b>,
    ) -> Result<(Range<usize>, LaidOut<'b>), SealError> {
        let head = self.head(now)?;
        let len = job.payload.len();
        let laid_out = self
            .transform
            .lay_out(&head, job.next_header, job.buffer, job.payload);
        let laid_out = laid_out.map_err(SealError::Packet)?;
        self.lifetime.count(now, len);
        Ok(laid_out)
    }

    /// The next packet's, while the SA lives.
    fn head(&mut self, now: Instant) -> Result<Head, SealError> {
        if self.age(now) == Age::Over {
            return Err(SealError::Over);
        }
        let number = self.counter.next().ok_or(SealError::Exhausted)?;
        Ok(Head {
            spi: self.spi,
            number,
            numbers: self.counter.numbers(),
        })
    }
}

/// One packet of several that are sealed together.
#[derive(Debug)]
#[non_exhaustive]
pub struct Job<'b> {
    /// The protocol of the payload.
    pub next_header: Protocol,
    /// The payload with room around it.
    pub buffer: &'b mut [u8],
    /// Where the payload stands.
    pub payload: Range<usize>,
}

impl<'b> Job<'b> {
    /// As the arguments of [`EspSender::seal_in_place`].
    #[must_use]
    pub const fn new(next_header: Protocol, buffer: &'b mut [u8], payload: Range<usize>) -> Self {
        Self {
            next_header,
            buffer,
            payload,
        }
    }
}

/// The receiving half of an ESP SA.
pub type EspReceiver = Receiver<EspTransform>;

/// What an authentic packet holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// Its number.
    pub number: SequenceNumber,
    /// The protocol of the payload; 59 of a dummy packet, to be dropped.
    pub next_header: Protocol,
    /// The bytes of the payload in the packet, with TFC padding if any.
    pub payload: Range<usize>,
}

impl EspReceiver {
    /// Brings the keys into the processor's cache; the value means nothing.
    pub(crate) fn look(&self) -> u64 {
        self.transform.look()
    }

    /// Checks and opens `packet`, which begins with the SPI. In the order of
    /// RFC 4303 §3.4: number, check value, and only then the window moves.
    ///
    /// # Errors
    ///
    /// Why the packet is to be dropped. Nothing but the bytes of `packet` has
    /// changed then.
    pub fn open_in_place(
        &mut self,
        now: Instant,
        packet: &mut [u8],
    ) -> Result<Received, OpenError> {
        let (spi, low) = numbers(packet).ok_or(OpenError::Short { have: packet.len() })?;
        if spi != self.spi {
            return Err(OpenError::OtherSa { spi });
        }
        if self.age(now) == Age::Over {
            return Err(OpenError::Over);
        }
        let number = self.window.number(low).map_err(OpenError::Number)?;
        let high = self.window.numbers().high(number);
        let opened = self.transform.open_in_place(packet, high);
        let OpenedInPlace {
            check,
            next_header,
            payload,
        } = opened.map_err(OpenError::Packet)?;
        if check == Check::Unchecked {
            return Err(OpenError::Unprotected);
        }
        self.window.accept(number).map_err(OpenError::Number)?;
        self.lifetime.count(now, payload.len());
        Ok(Received {
            number,
            next_header,
            payload,
        })
    }
}

/// SPI and the lower half of the number.
fn numbers(packet: &[u8]) -> Option<(u32, u32)> {
    let (spi, rest) = packet.split_first_chunk()?;
    let low = rest.first_chunk()?;
    Some((u32::from_be_bytes(*spi), u32::from_be_bytes(*low)))
}

/// Why a packet was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealError {
    /// The SA's lifetime is over.
    Over,
    /// All sequence numbers are used.
    Exhausted,
    /// What is wrong with the packet or its place.
    Packet(transform::SealError),
}

/// Why a packet was not received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenError {
    /// It has no whole header.
    Short {
        /// Bytes there are.
        have: usize,
    },
    /// It is of another SA.
    OtherSa {
        /// SPI of that.
        spi: u32,
    },
    /// The SA's lifetime is over.
    Over,
    /// The window does not take its number.
    Number(Refusal),
    /// The SA has no integrity algorithm (RFC 8221 §4 forbids that).
    Unprotected,
    /// It is not authentic, or cannot be.
    Packet(transform::OpenError),
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Over => f.write_str("the SA is at its end"),
            Self::Exhausted => f.write_str("the SA's sequence numbers are used up"),
            Self::Packet(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short { have } => write!(f, "{have} bytes hold no ESP header"),
            Self::OtherSa { spi } => write!(f, "the SPI is 0x{spi:08x}, another SA's"),
            Self::Over => f.write_str("the SA is at its end"),
            Self::Number(refusal) => refusal.fmt(f),
            Self::Unprotected => f.write_str("the SA protects no integrity"),
            Self::Packet(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for SealError {}
impl core::error::Error for OpenError {}

#[cfg(feature = "rustcrypto")]
#[cfg(test)]
mod tests;
