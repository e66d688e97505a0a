//! The gate of first packets: whether an `IKE_SA_INIT` request from an unknown
//! initiator is worth any memory (RFC 7296 §2.6, RFC 8019 §4).
//!
//! ```text
//! request -- nonce of a length that may be?  -- no --> ignore
//!         -- half-open SAs full?             -- yes -> ignore
//!         -- cookie needed?                  -- no --> admit
//!         -- cookie right?                   -- no --> demand one
//!         -- prefix admitted too often?      -- yes -> ignore
//!                                            -- no --> admit
//! ```
//!
//! A refused packet changes at most one counter of a table whose size is fixed.
//! The cookie is `epoch | prf(secret of the epoch, SPIi | IPi | Ni)`, so nothing
//! is kept for it. The secrets of the epochs come from one that is drawn once.

use crate::crypto::{Prf, Random, Secret};
use crate::time::{Duration, Instant};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::net::{IpAddr, SocketAddr};
use core::ops::RangeInclusive;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// What a [`Gate`] lets through.
///
/// The defaults begin to demand cookies when 100 SAs are half-open, or when one
/// address opens 100 at once or more than 100 a second for long. strongSwan
/// begins at 30 half-open SAs; libreswan at 25 000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "configuration, every field of it documented"
)]
pub struct Limits {
    /// Half-open SAs from which on every request must bring a cookie.
    pub demand_from: usize,
    /// Half-open SAs at which that ends.
    pub demand_until: usize,
    /// Half-open SAs there may be: from here on every request is ignored.
    pub half_open_max: usize,
    /// Requests a second that a prefix may send for as long as it likes; at
    /// least one.
    pub prefix_rate: u32,
    /// Requests above that rate from which on the prefix must bring cookies.
    pub prefix_demand_from: u32,
    /// Requests above it at which that ends.
    pub prefix_demand_until: u32,
    /// Requests above it, with right cookies, that are admitted.
    pub prefix_max: u32,
    /// Bits of an IPv6 address that make a prefix; more than 64 count as 64.
    /// An IPv4 address is always one of its own.
    pub ipv6_prefix_bits: u8,
    /// How long cookies are made with one secret. They are taken for at most
    /// twice as long.
    pub secret_lifetime: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            demand_from: 100,
            demand_until: 50,
            half_open_max: 10_000,
            prefix_rate: 100,
            prefix_demand_from: 100,
            prefix_demand_until: 50,
            prefix_max: 1000,
            ipv6_prefix_bits: 56,
            secret_lifetime: Duration::from_secs(60),
        }
    }
}

/// What to do with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Go on with it.
    Admit,
    /// Answer with this notification `COOKIE` alone, and forget the request.
    Demand(Cookie),
    /// Say nothing.
    Ignore(Refused),
}

/// Why a request is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// [`Limits::half_open_max`] is reached.
    HalfOpenFull,
    /// The prefix is above [`Limits::prefix_max`].
    PrefixBusy,
    /// A nonce has 16 to 256 bytes (RFC 7296 §3.9).
    NonceLength {
        /// Bytes of the one that came.
        have: usize,
    },
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HalfOpenFull => f.write_str("too many half-open SAs"),
            Self::PrefixBusy => f.write_str("too many requests from its addresses"),
            Self::NonceLength { have } => write!(f, "a nonce of {have} bytes, not of 16 to 256"),
        }
    }
}

/// The data of a notification `COOKIE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cookie([u8; COOKIE_LEN]);

impl Cookie {
    /// The bytes to send.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Judges the first packets that reach one responder.
///
/// ```
/// # #[cfg(feature = "rustcrypto")] {
/// # use ipsec_core::crypto::{Random, rustcrypto};
/// # struct Fixed;
/// # impl Random for Fixed { fn fill(&mut self, out: &mut [u8]) { out.fill(7) } }
/// use ipsec_core::ike::cookie::{Gate, Limits, Verdict};
/// use ipsec_core::{time::Instant, wire::registry::ike::Prf};
/// let prf = rustcrypto::provider().prf(Prf::PRF_HMAC_SHA2_256).unwrap();
/// let mut gate = Gate::new(prf, &mut Fixed, Limits::default());
/// let from = "192.0.2.1:500".parse().unwrap();
/// let (spi, nonce, half_open) = ([1; 8], [2; 32], 100);
///
/// let verdict = gate.judge(Instant::ZERO, from, spi, &nonce, None, half_open);
/// let Verdict::Demand(cookie) = verdict else { panic!() };
/// let again = gate.judge(Instant::ZERO, from, spi, &nonce, Some(cookie.as_bytes()), half_open);
/// assert_eq!(again, Verdict::Admit);
/// # }
/// ```
pub struct Gate {
    limits: Limits,
    prf: &'static dyn Prf,
    master: Secret,
    /// The epoch in which the secrets below are the present and the last one.
    epoch: u64,
    secrets: [Secret; 2],
    is_demanding: bool,
    prefixes: Prefixes,
}

impl Gate {
    /// A gate whose cookies nobody can foretell. `prf` takes keys of any
    /// length; those that are HMACs do.
    #[must_use]
    pub fn new(prf: &'static dyn Prf, random: &mut dyn Random, limits: Limits) -> Self {
        let mut master = vec![0; SECRET_LEN];
        random.fill(&mut master);
        let master = Secret::new(master);
        Self {
            limits,
            prf,
            epoch: 0,
            secrets: [
                epoch_secret(prf, &master, 0),
                epoch_secret(prf, &master, u64::MAX),
            ],
            master,
            is_demanding: false,
            prefixes: Prefixes::new(random),
        }
    }

    /// Judges a request with these nonce and initiator's SPI. `cookie` is the
    /// data of its notification `COOKIE`, `half_open` the number of SAs that are
    /// not established.
    ///
    /// A cookie is good for the same address, SPI and nonce, whatever else the
    /// request says: one that comes again for `INVALID_KE_PAYLOAD` with its
    /// cookie is admitted at once (RFC 7296 §2.6.1).
    pub fn judge(
        &mut self,
        now: Instant,
        from: SocketAddr,
        spi_i: [u8; 8],
        nonce_i: &[u8],
        cookie: Option<&[u8]>,
        half_open: usize,
    ) -> Verdict {
        if !NONCE_LEN.contains(&nonce_i.len()) {
            let have = nonce_i.len();
            return Verdict::Ignore(Refused::NonceLength { have });
        }
        let Limits {
            demand_from,
            demand_until,
            half_open_max,
            ..
        } = self.limits;
        self.is_demanding = hysteresis(self.is_demanding, half_open, demand_from, demand_until);
        if half_open >= half_open_max {
            return Verdict::Ignore(Refused::HalfOpenFull);
        }
        let counter = self.prefixes.counter(from.ip(), &self.limits);
        let demands = counter.demands(now, &self.limits) || self.is_demanding;
        let claim = Claim {
            spi_i,
            address: octets(from.ip()),
            nonce_i,
        };
        if demands && let Err(right) = self.check(now, &claim, cookie) {
            let counter = self.prefixes.counter(from.ip(), &self.limits);
            counter.count_unproven(now, &self.limits);
            return Verdict::Demand(right);
        }
        let counter = self.prefixes.counter(from.ip(), &self.limits);
        if counter.above(now, &self.limits) >= u64::from(self.limits.prefix_max) {
            return Verdict::Ignore(Refused::PrefixBusy);
        }
        counter.count(now, &self.limits);
        Verdict::Admit
    }

    /// Whether the number of half-open SAs makes every request need a cookie.
    #[must_use]
    pub const fn is_demanding(&self) -> bool {
        self.is_demanding
    }

    /// Whether `cookie` is the claim's; if not, which would be.
    fn check(
        &mut self,
        now: Instant,
        claim: &Claim<'_>,
        cookie: Option<&[u8]>,
    ) -> Result<(), Cookie> {
        self.turn_to(now);
        let present = self.cookie(0, claim);
        let Some(cookie) = cookie else {
            return Err(present);
        };
        let is = |right: &Cookie| bool::from(right.0.ct_eq(cookie));
        // The epoch in front is no secret: it saves the second computation.
        let is_last = self.epoch > 0 && cookie.first() == Some(&low_byte(self.epoch - 1));
        if is(&present) || is_last && is(&self.cookie(1, claim)) {
            Ok(())
        } else {
            Err(present)
        }
    }

    fn turn_to(&mut self, now: Instant) {
        let lifetime = self.limits.secret_lifetime.as_micros().max(1);
        let epoch = u128::from(now.as_micros()) / lifetime;
        let epoch = u64::try_from(epoch).unwrap_or(u64::MAX);
        if epoch != self.epoch {
            let secret = |epoch| epoch_secret(self.prf, &self.master, epoch);
            self.secrets = [secret(epoch), secret(epoch.wrapping_sub(1))];
            self.epoch = epoch;
        }
    }

    /// The cookie of the present epoch (0) or of the one before it (1).
    fn cookie(&self, ago: u8, claim: &Claim<'_>) -> Cookie {
        let [present, last] = &self.secrets;
        let secret = if ago == 0 { present } else { last };
        let epoch = low_byte(self.epoch.wrapping_sub(ago.into()));
        let parts: [&[u8]; 4] = [&[epoch], &claim.spi_i, &claim.address, claim.nonce_i];
        let mac = self.prf.compute(secret.dangerous_bytes(), &parts);
        let mut cookie = [epoch; COOKIE_LEN];
        let (_, place) = cookie.split_at_mut(1);
        for (place, byte) in place.iter_mut().zip(mac.dangerous_bytes()) {
            *place = *byte;
        }
        Cookie(cookie)
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("limits", &self.limits)
            .field("is_demanding", &self.is_demanding)
            .finish_non_exhaustive()
    }
}

/// What a cookie is bound to.
struct Claim<'a> {
    spi_i: [u8; 8],
    address: [u8; 16],
    nonce_i: &'a [u8],
}

fn epoch_secret(prf: &dyn Prf, master: &Secret, epoch: u64) -> Secret {
    prf.compute(master.dangerous_bytes(), &[b"cookie", &epoch.to_be_bytes()])
}

fn low_byte(epoch: u64) -> u8 {
    let [.., low] = epoch.to_be_bytes();
    low
}

fn octets(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    }
}

fn hysteresis<T: PartialOrd>(was: bool, level: T, from: T, until: T) -> bool {
    level >= from || was && level > until
}

/// Counters of requests, each for the prefixes that fall on it. Which do is
/// secret, so that nobody can aim at another's.
struct Prefixes {
    keys: [u64; 2],
    counters: Vec<Counter>,
}

impl Prefixes {
    fn new(random: &mut dyn Random) -> Self {
        let mut keys = Zeroizing::new([0; 16]);
        random.fill(keys.as_mut());
        let keys = u128::from_be_bytes(*keys);
        let [high, low] = [keys >> 64, keys & u128::from(u64::MAX)];
        let half = |half: u128| u64::try_from(half).unwrap_or_default();
        Self {
            keys: [half(high), half(low) | 1],
            counters: vec![Counter::default(); PREFIXES],
        }
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "a remainder of the number of counters"
    )]
    fn counter(&mut self, from: IpAddr, limits: &Limits) -> &mut Counter {
        let prefix = match from {
            IpAddr::V4(v4) => u64::from(v4.to_bits()),
            IpAddr::V6(v6) => {
                let host = 128 - u32::from(limits.ipv6_prefix_bits.min(64));
                let prefix = v6.to_bits().checked_shr(host).unwrap_or(0);
                // No number of an IPv4 address: its upper bits are ones.
                !u64::try_from(prefix).unwrap_or_default()
            }
        };
        let [add, times] = self.keys;
        let product = u128::from(prefix ^ add).wrapping_mul(u128::from(times));
        let [.., high, low] = (product ^ (product >> 64)).to_be_bytes();
        &mut self.counters[usize::from(u16::from_be_bytes([high, low])) % PREFIXES]
    }
}

/// A leaky bucket, as the time at which it will have run out.
#[derive(Clone, Copy, Debug, Default)]
struct Counter {
    empty_at: u64,
    is_demanding: bool,
}

impl Counter {
    /// Requests above the rate that is free.
    fn above(&self, now: Instant, limits: &Limits) -> u64 {
        self.empty_at.saturating_sub(now.as_micros()) / cost(limits)
    }

    fn demands(&mut self, now: Instant, limits: &Limits) -> bool {
        let (from, until) = (limits.prefix_demand_from, limits.prefix_demand_until);
        let above = self.above(now, limits);
        self.is_demanding = hysteresis(self.is_demanding, above, from.into(), until.into());
        self.is_demanding
    }

    fn count(&mut self, now: Instant, limits: &Limits) {
        let begun = self.empty_at.max(now.as_micros());
        self.empty_at = begun.saturating_add(cost(limits));
    }

    /// Whoever has not shown that the address is his can make it need cookies,
    /// and no worse.
    fn count_unproven(&mut self, now: Instant, limits: &Limits) {
        if self.above(now, limits) < u64::from(limits.prefix_demand_from) {
            self.count(now, limits);
        }
    }
}

/// Microseconds in which one request is forgotten.
fn cost(limits: &Limits) -> u64 {
    1_000_000_u64
        .checked_div(limits.prefix_rate.into())
        .unwrap_or(1_000_000)
        .max(1)
}

/// Bytes of a nonce (RFC 7296 §3.9).
const NONCE_LEN: RangeInclusive<usize> = 16..=256;

/// Bytes of a cookie, of 1 to 64: the epoch and 128 bits of proof.
const COOKIE_LEN: usize = 17;

/// Bytes of the secret from which those of the epochs come.
const SECRET_LEN: usize = 32;

/// Counters of prefixes: 64 KiB.
const PREFIXES: usize = 4096;

#[cfg(feature = "rustcrypto")]
#[cfg(test)]
mod tests;
