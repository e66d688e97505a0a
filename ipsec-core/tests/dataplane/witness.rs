//! What the data plane saw go wrong, and what `diag` makes of it.
#![cfg(feature = "diag")]

use super::*;
use ipsec_core::diag;
use ipsec_core::evidence::Source;

fn codes(plane: &DataPlane<()>) -> Vec<String> {
    let evidence = plane.evidence();
    assert!(evidence.iter().all(|one| one.source == Source::Live));
    let found = diag::diagnose(&evidence).findings;
    found
        .iter()
        .map(|finding| finding.code.to_string())
        .collect()
}

#[test]
fn a_quiet_gateway_has_nothing_to_tell() {
    let mut right = gateway(false);
    opened(&mut right, &sealed(1, Protocol::IPV4, &inner()));
    assert!(right.evidence().is_empty());
}

#[test]
fn replays() {
    let mut right = gateway(false);
    for number in [1, 2, 3, 2, 3] {
        received(&mut right, &sealed(number, Protocol::IPV4, &inner()));
    }
    assert_eq!(codes(&right), ["esp-replay"]);
}

#[test]
fn packets_that_are_not_authentic() {
    let mut right = gateway(false);
    for number in 1..=9 {
        let mut packet = sealed(number, Protocol::IPV4, &inner());
        if number > 7 {
            *packet.last_mut().unwrap() ^= 1;
        }
        received(&mut right, &packet);
    }
    assert_eq!(codes(&right), ["esp-integrity-failure"]);
}

#[test]
fn packets_of_no_sa() {
    let mut right = gateway(false);
    let mut packet = sealed(1, Protocol::IPV4, &inner());
    packet[20..24].copy_from_slice(&[1, 2, 3, 4]);
    received(&mut right, &packet);
    assert_eq!(codes(&right), ["esp-unknown-spi"]);
}

#[test]
fn packets_in_the_clear() {
    let mut right = gateway(false);
    received(&mut right, &inner());
    assert_eq!(codes(&right), ["plaintext-leak"]);
}

/// Whoever sends everything cannot make it remember everything.
#[test]
fn there_is_a_limit() {
    let mut right = gateway(false);
    for spi in 0..1025_u32 {
        let packet = [&(spi + 5000).to_be_bytes()[..], &[0; 20]].concat();
        received(&mut right, &v4(LEFT, RIGHT, Protocol::ESP, &packet));
    }
    assert_eq!((right.evidence().len(), right.left_out()), (2 * 1024, 1));
}
