//! How much memory reading an IKEv2 message takes: at most eight times its
//! size and four kilobytes, whatever it says.
use core::alloc::{GlobalAlloc, Layout};
use core::sync::atomic::{AtomicUsize, Ordering};
use ipsec_core::wire::ike::decode_chain;
use ipsec_core::wire::registry::ike::PayloadType;
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

/// One test, so that nothing else allocates while it counts.
#[test]
fn memory_is_bounded_by_the_size_of_the_message() {
    let heads: [&[u8]; 4] = [
        &[],
        &[255, 0, 0, 0],
        &[0, 0, 0x40, 0x3b],
        &[0, 0, 0x40, 0x20],
    ];
    let units: [&[u8]; 8] = [
        &[0, 1, 0, 0],
        &[3, 0, 0, 8, 2, 0, 0, 5],
        &[2, 0, 0, 8, 1, 1, 0, 0],
        &[43, 0, 0, 4],
        &[7, 0, 0, 4],
        &[0x80, 14, 0, 128],
        &[2, 2],
        &[0],
    ];
    for (head, unit) in heads.iter().flat_map(|h| units.iter().map(move |u| (h, u))) {
        for size in [64, 600, 2100, 16_000, 65_000] {
            let mut body = vec![0, 0, 0, 0];
            body.extend_from_slice(head);
            body.extend(unit.repeat(size / unit.len()));
            let length = u16::try_from(body.len()).unwrap();
            body[2..4].copy_from_slice(&length.to_be_bytes());
            for first in 33..=53 {
                for bytes in [&body[..], &body[4..]] {
                    let before = LIVE.load(Ordering::Relaxed);
                    PEAK.store(before, Ordering::Relaxed);
                    let chain = decode_chain(PayloadType(first), bytes);
                    let peak = PEAK.load(Ordering::Relaxed) - before;
                    let allowed = 8 * bytes.len() + 4096;
                    assert!(
                        peak <= allowed,
                        "{peak} > {allowed}: {first} {head:?} {unit:?}"
                    );
                    drop(chain);
                    assert_eq!(LIVE.load(Ordering::Relaxed), before);
                }
            }
        }
    }
}
