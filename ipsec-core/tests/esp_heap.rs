//! An ESP packet is opened and sealed in the caller's buffer: nothing is
//! allocated for a packet, whichever the suite. GMAC alone copies the packet,
//! because the crate that computes it takes its input in one piece.
#![cfg(feature = "rustcrypto")]

#[allow(
    clippy::allow_attributes,
    dead_code,
    reason = "each test file uses a part of it"
)]
#[path = "support/heap.rs"]
mod heap;

use ipsec_core::crypto::{Secret, rustcrypto, suite};
use ipsec_core::esp::transform::{Clear, EspTransform, Integrity};
use ipsec_core::wire::esp::Esp;
use ipsec_core::wire::registry::ike::{self, Encryption};
use ipsec_core::wire::registry::ip::Protocol;

#[global_allocator]
static ALLOCATOR: heap::Counting = heap::Counting;

/// One test, so that nothing else allocates while it counts.
#[test]
fn a_packet_allocates_nothing() {
    for id in Encryption::ALL {
        let Some(sa) = sa(*id) else { continue };
        let mut clear = Clear::new(1, 2, Protocol::IPV4, &[0x5a; 1400]);
        let iv = vec![3; sa.iv_len()];
        clear.iv = &iv;
        let mut packet = Vec::with_capacity(1500);
        let mut buffer = Vec::with_capacity(1500);
        let before = heap::calls();
        sa.seal(&clear, &mut packet).unwrap();
        let esp = Esp::decode(&packet).unwrap();
        let opened = sa.open(&esp, None, &mut buffer).unwrap();
        let during = heap::calls() - before;
        assert_eq!(opened.payload.len(), 1400);
        let gmac = *id == Encryption::ENCR_NULL_AUTH_AES_GMAC;
        assert_eq!(during == 0, !gmac, "{id:?}: {during}");
    }
}

/// With HMAC-SHA1-96 where the cipher needs it; `None` for what the provider
/// does not have.
fn sa(id: Encryption) -> Option<EspTransform> {
    let cipher = suite::encryption(id)?;
    let bits = cipher.keys.default.unwrap_or(cipher.keys.least);
    let keys = [cipher.key_material(bits), 20].map(|len| Secret::new(vec![7; len]));
    let sha1 = suite::integrity(ike::Integrity::AUTH_HMAC_SHA1_96)?;
    let integrity = match cipher.is_aead() {
        true => Integrity::None,
        false => Integrity::Mac(sha1),
    };
    let [key, integrity_key] = &keys;
    EspTransform::new(rustcrypto::provider(), id, integrity, key, integrity_key).ok()
}
