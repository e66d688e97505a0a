//! A million forged first packets, each from an address of its own, take no
//! memory beyond what the gate has from the beginning.
#![cfg(feature = "rustcrypto")]

use core::alloc::{GlobalAlloc, Layout};
use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::sync::atomic::{AtomicUsize, Ordering};
use ipsec_core::crypto::{Random, rustcrypto};
use ipsec_core::ike::cookie::{Gate, Limits, Verdict};
use ipsec_core::time::Instant;
use ipsec_core::wire::registry::ike::Prf;
use std::alloc::System;

struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator; only sums are kept.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = LIVE.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(live, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Fixed;

impl Random for Fixed {
    fn fill(&mut self, out: &mut [u8]) {
        out.fill(0x5a);
    }
}

const FORGED: u32 = 1_000_000;

/// What one gate may take, table and all.
const GATE: usize = 128 * 1024;

/// What the flood may add: nothing but the cookie under way.
const GROWTH: usize = 4096;

/// One test, so that nothing else allocates while it counts.
#[test]
fn a_flood_takes_no_memory() {
    let before = LIVE.load(Ordering::Relaxed);
    let prf = rustcrypto::provider().prf(Prf::PRF_HMAC_SHA2_256).unwrap();
    let mut gate = Gate::new(prf, &mut Fixed, Limits::default());
    let at_rest = LIVE.load(Ordering::Relaxed) - before;
    assert!(at_rest <= GATE, "{at_rest}");

    PEAK.store(LIVE.load(Ordering::Relaxed), Ordering::Relaxed);
    let mut half_open = 0;
    for forged in 0..FORGED {
        let now = Instant::from_micros(forged.into());
        let from = SocketAddr::new(IpAddr::V4(Ipv4Addr::from_bits(forged)), 500);
        let cookie = [forged.to_be_bytes()[3]; 17];
        let cookie = (forged % 2 == 0).then_some(&cookie[..]);
        let verdict = gate.judge(now, from, [1; 8], &[2; 32], cookie, half_open);
        assert!(!matches!(verdict, Verdict::Ignore(_)), "{verdict:?}");
        half_open += usize::from(verdict == Verdict::Admit);
    }
    let growth = PEAK.load(Ordering::Relaxed) - before - at_rest;
    assert!(growth <= GROWTH, "{growth}");
    assert_eq!(half_open, Limits::default().demand_from);
}
