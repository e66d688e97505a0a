//! How much memory reading an IKEv2 message takes: at most eight times its
//! size and four kilobytes, whatever it says.

#[allow(
    clippy::allow_attributes,
    dead_code,
    reason = "each test file uses a part of it"
)]
#[path = "support/heap.rs"]
mod heap;

use ipsec_core::wire::ike::decode_chain;
use ipsec_core::wire::registry::ike::PayloadType;

#[global_allocator]
static ALLOCATOR: heap::Counting = heap::Counting;

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
                    let before = heap::live();
                    heap::forget_peak();
                    let chain = decode_chain(PayloadType(first), bytes);
                    let peak = heap::peak() - before;
                    let allowed = 8 * bytes.len() + 4096;
                    assert!(
                        peak <= allowed,
                        "{peak} > {allowed}: {first} {head:?} {unit:?}"
                    );
                    drop(chain);
                    assert_eq!(heap::live(), before);
                }
            }
        }
    }
}
