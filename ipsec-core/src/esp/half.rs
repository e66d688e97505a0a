//! One direction of an SA, whatever protects its packets: SPI, keys, numbers
//! and lifetime (RFC 4301 §4.4.2.1).
//!
//! A sender owns its counter and a receiver its window. Neither can be copied,
//! so no two places send under one key with the same numbers.

use crate::sa::lifetime::{Age, Lifetime, Usage};
use crate::sa::sequence::{Counter, Numbers, Window};
use crate::time::Instant;
use alloc::vec::Vec;

/// The sending half of an SA; `T` has its algorithms and keys.
#[derive(Debug)]
pub struct Sender<T> {
    pub(super) spi: u32,
    pub(super) transform: T,
    pub(super) counter: Counter,
    pub(super) lifetime: Lifetime,
    /// What a transform needs beside the packet; it holds no secret.
    pub(super) scratch: Vec<u8>,
}

impl<T> Sender<T> {
    /// The sending half of a new SA.
    #[must_use]
    pub const fn new(spi: u32, transform: T, numbers: Numbers, lifetime: Lifetime) -> Self {
        Self {
            spi,
            transform,
            counter: Counter::new(numbers),
            lifetime,
            scratch: Vec::new(),
        }
    }

    /// Its SPI, which the receiver chose.
    #[must_use]
    pub const fn spi(&self) -> u32 {
        self.spi
    }

    /// The number of the last packet; 0 before the first.
    #[must_use]
    pub const fn sent(&self) -> u64 {
        self.counter.sent()
    }

    /// What it was used for.
    #[must_use]
    pub const fn used(&self) -> Usage {
        self.lifetime.used()
    }

    /// Where in its life it is.
    #[must_use]
    pub fn age(&self, now: Instant) -> Age {
        self.lifetime.age(now)
    }

    /// Its limits, and what is used of them.
    #[must_use]
    pub const fn lifetime(&self) -> &Lifetime {
        &self.lifetime
    }

    /// How many numbers it has.
    #[must_use]
    pub const fn numbers(&self) -> Numbers {
        self.counter.numbers()
    }

    /// Leaves out numbers that another node may have sent (RFC 6311 §5).
    pub const fn skip(&mut self, numbers: u64) {
        self.counter.skip(numbers);
    }
}

/// The receiving half of an SA; `T` has its algorithms and keys.
#[derive(Debug)]
pub struct Receiver<T> {
    pub(super) spi: u32,
    pub(super) transform: T,
    pub(super) window: Window,
    pub(super) lifetime: Lifetime,
    /// What a transform needs beside the packet; it holds no secret.
    pub(super) scratch: Vec<u8>,
}

impl<T> Receiver<T> {
    /// The receiving half of a new SA; `window` as for [`Window::new`].
    #[must_use]
    pub fn new(spi: u32, transform: T, numbers: Numbers, window: u32, lifetime: Lifetime) -> Self {
        Self {
            spi,
            transform,
            window: Window::new(window, numbers),
            lifetime,
            scratch: Vec::new(),
        }
    }

    /// Its SPI, which it chose.
    #[must_use]
    pub const fn spi(&self) -> u32 {
        self.spi
    }

    /// The latest number it received; 0 before the first packet.
    #[must_use]
    pub const fn top(&self) -> u64 {
        self.window.top()
    }

    /// What it was used for.
    #[must_use]
    pub const fn used(&self) -> Usage {
        self.lifetime.used()
    }

    /// Its memory of what came.
    #[must_use]
    pub const fn window(&self) -> &Window {
        &self.window
    }

    /// The same with the memory of another node that received by it.
    #[must_use]
    pub fn with_window(self, window: Window) -> Self {
        Self { window, ..self }
    }

    /// Its limits, and what is used of them.
    #[must_use]
    pub const fn lifetime(&self) -> &Lifetime {
        &self.lifetime
    }

    /// Where in its life it is.
    #[must_use]
    pub fn age(&self, now: Instant) -> Age {
        self.lifetime.age(now)
    }
}
