//! What AH covers and what it leaves to the way, and packets that are not as
//! they should be.

use crate::ah;
use ipsec_core::esp::authentication::{AhTransform, VerifyError};
use ipsec_core::wire::ah::Ah;
use ipsec_core::wire::ip::{Ipv4, Ipv6, Packet};
use ipsec_core::wire::options::Options;
use ipsec_core::wire::registry::ike::Integrity as I;
use ipsec_core::wire::registry::ip::Protocol;
use proptest::prelude::*;

/// What a bit of an IPv4 packet with AH is to its ICV.
#[test]
fn ah_covers_every_bit_but_those_that_change_on_the_way() {
    let sa = ah(I::AUTH_HMAC_SHA2_256_128, &[7; 32]);
    let bytes = v4_ah();
    let mut buffer = Vec::new();
    for bit in 0..bytes.len() * 8 {
        let mut forged = bytes.clone();
        forged[bit / 8] ^= 0x80 >> (bit % 8);
        let verified = verify(&sa, &forged, &mut buffer);
        let changes = [1, 8, 10, 11].contains(&(bit / 8)) || [48, 49].contains(&bit);
        match bit {
            _ if changes => assert_eq!(verified, Ok(()), "bit {bit}"),
            50..64 => assert_eq!(verified, Err(VerifyError::Fragment)),
            _ => assert!(verified.is_err(), "bit {bit}"),
        }
    }
    for len in 20..bytes.len() {
        assert!(verify(&sa, &bytes[..len], &mut buffer).is_err());
    }
}

#[test]
fn ah_of_another_algorithm_is_told_by_the_length_of_its_icv() {
    let bytes = v4_ah();
    let packet = Packet::decode(&bytes).unwrap();
    for (id, key, need) in [
        (I::AUTH_HMAC_SHA1_96, 20, 12),
        (I::AUTH_HMAC_SHA2_384_192, 48, 24),
        (I::AUTH_AES_128_GMAC, 20, 24),
    ] {
        let sa = ah(id, &vec![7; key]);
        let verified = sa.verify(&packet, packet.payload(), None, &mut Vec::new());
        let have = 20;
        assert_eq!(verified, Err(VerifyError::IcvLength { need, have }));
    }
    let none = Ipv4::new(HERE.into(), THERE.into(), Protocol::UDP, b"");
    let sa = ah(I::AUTH_HMAC_SHA1_96, &[7; 20]);
    let verified = sa.verify(&Packet::V4(none), b"", None, &mut Vec::new());
    assert_eq!(verified, Err(VerifyError::NotAh));
}

/// The pieces of a datagram, put together, are what AH covers; in IPv6 its
/// fragment header is none of it (RFC 4302 appendix A2).
#[test]
fn ah_of_fragments_is_checked_on_the_whole() {
    let sa = ah(I::AUTH_HMAC_SHA2_256_128, &[7; 32]);
    let bytes = v4_ah();
    let whole = Packet::decode(&bytes).unwrap();
    let first = Ipv4 {
        flags: Ipv4::MORE_FRAGMENTS,
        ..Ipv4::new(
            HERE.into(),
            THERE.into(),
            Protocol::AH,
            &whole.payload()[..24],
        )
    };
    let first = Packet::V4(Ipv4 {
        ttl: 9,
        ..first.sealed()
    });
    let mut buffer = Vec::new();
    let alone = sa.verify(&first, first.payload(), None, &mut buffer);
    assert_eq!(alone, Err(VerifyError::Fragment));
    assert!(
        sa.verify(&first, whole.payload(), None, &mut buffer)
            .is_ok()
    );

    let (a, b) = ([0x20; 16].into(), [0x21; 16].into());
    let bytes = signed(&sa, |payload, out| {
        Ipv6::new(a, b, Protocol::AH, payload).encode(out);
    });
    let whole = Packet::decode(&bytes).unwrap();
    let mut fragment = vec![Protocol::AH.0, 0, 0, 1, 1, 2, 3, 4];
    fragment.extend(&whole.payload()[..24]);
    let mut first = Vec::new();
    Ipv6::new(a, b, Protocol::IPV6_FRAG, &fragment).encode(&mut first);
    first.extend(fragment);
    let first = Packet::decode(&first).unwrap();
    let alone = sa.verify(&first, first.payload(), None, &mut buffer);
    assert_eq!(alone, Err(VerifyError::Fragment));
    assert!(
        sa.verify(&first, whole.payload(), None, &mut buffer)
            .is_ok()
    );
}

/// The address that a strict or loose route leads to is the one covered, on
/// every part of the way.
#[test]
fn ah_knows_where_a_source_route_ends() {
    let sa = ah(I::AUTH_HMAC_SHA2_256_128, &[7; 32]);
    let packet = |next: u8, hop: [u8; 4], destination: [u8; 4]| {
        let mut option = vec![131, 7, next];
        option.extend(hop);
        option.push(0);
        move |payload: &[u8], out: &mut Vec<u8>| {
            let mut v4 = Ipv4::new(HERE.into(), destination.into(), Protocol::AH, payload);
            v4.options = Options::new(&option);
            v4.sealed().encode(out);
        }
    };
    let router = [203, 0, 113, 1];
    let arrived = signed(&sa, packet(8, router, THERE));
    let mut on_its_way = Vec::new();
    let payload = &arrived[28..];
    packet(4, THERE, router)(payload, &mut on_its_way);
    on_its_way.extend(payload);
    let mut buffer = Vec::new();
    assert_eq!(verify(&sa, &arrived, &mut buffer), Ok(()));
    assert_eq!(verify(&sa, &on_its_way, &mut buffer), Ok(()));
    on_its_way[27 - 1] ^= 1;
    assert_eq!(
        verify(&sa, &on_its_way, &mut buffer),
        Err(VerifyError::Integrity)
    );
}

proptest! {
    /// Whatever stands before AH: what is signed verifies, in IPv6 also when
    /// routers have changed all they may.
    #[test]
    fn ah_behind_any_extension_headers(
        chain in prop::collection::vec(extension_header(), 0..5),
        noise: u8,
    ) {
        let sa = ah(I::AUTH_HMAC_SHA2_256_128, &[7; 32]);
        let mut head = vec![0x60, 0, 0, 0, 0, 0, Protocol::AH.0, 64];
        head.extend([0x20; 32]);
        let mut next_at = 6;
        for (protocol, body) in &chain {
            head[next_at] = *protocol;
            next_at = head.len();
            head.extend([Protocol::AH.0, u8::try_from(body.len() / 8).unwrap()]);
            head.extend(body);
        }
        let payload = v4_ah()[20..].to_vec();
        let mut packet = [head, payload].concat();
        let len = u16::try_from(packet.len() - 40).unwrap();
        packet[4..6].copy_from_slice(&len.to_be_bytes());
        let mut buffer = Vec::new();
        let is_whole = Packet::decode(&packet).is_ok_and(|packet| packet.fragment().is_none());
        prop_assert_eq!(sa.sign(&mut packet, None, &mut buffer).is_ok(), is_whole);
        if is_whole {
            prop_assert_eq!(verify(&sa, &packet, &mut buffer), Ok(()));
            packet[1] ^= noise;
            packet[7] ^= noise;
            prop_assert_eq!(verify(&sa, &packet, &mut buffer), Ok(()));
            let last = packet.len() - 1;
            packet[last] ^= 1;
            prop_assert_eq!(verify(&sa, &packet, &mut buffer), Err(VerifyError::Integrity));
        }
    }

    #[test]
    fn no_ip_packet_panics(
        version in prop_oneof![Just(0x45_u8), Just(0x4f), Just(0x60)],
        protocol in prop_oneof![Just(51_u8), Just(0), Just(43), Just(44), Just(60)],
        mut bytes in prop::collection::vec(prop_oneof![0..9_u8, any::<u8>()], 1..160),
    ) {
        bytes[0] = version;
        for at in [6, 9] {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = protocol;
            }
        }
        let sa = ah(I::AUTH_HMAC_SHA1_96, &[7; 20]);
        let mut buffer = Vec::new();
        prop_assert!(verify(&sa, &bytes, &mut buffer).is_err());
        let _ = sa.sign(&mut bytes, None, &mut buffer);
    }
}

/// Type of an extension header, and what follows its length.
fn extension_header() -> impl Strategy<Value = (u8, Vec<u8>)> {
    let kind = prop_oneof![Just(0_u8), Just(43), Just(44), Just(60), Just(135)];
    let body = (0..6_usize)
        .prop_flat_map(|n| prop::collection::vec(prop_oneof![0..5_u8, any::<u8>()], 6 + 8 * n));
    (kind, body).prop_map(|(kind, body)| match kind {
        // A fragment header has one length.
        44 => (kind, vec![0, 0, 1, 2, 3, 4]),
        _ => (kind, body),
    })
}

fn v4_ah() -> Vec<u8> {
    let sa = ah(I::AUTH_HMAC_SHA2_256_128, &[7; 32]);
    signed(&sa, |payload, out| {
        Ipv4::new(HERE.into(), THERE.into(), Protocol::AH, payload).encode(out);
    })
}

/// A packet with AH and HMAC-SHA2-256-128 behind the head that is written.
fn signed(sa: &AhTransform, head: impl Fn(&[u8], &mut Vec<u8>)) -> Vec<u8> {
    let mut payload = Vec::new();
    let ah = Ah {
        next_header: Protocol::UDP,
        length: 6,
        reserved: 0,
        spi: 0xc0ff_ee01,
        sequence: 7,
        icv: &[0; 20],
        payload: &[],
    };
    ah.encode(&mut payload);
    payload.extend(b"sixteen bytes ..");
    let mut out = Vec::new();
    head(&payload, &mut out);
    out.extend(payload);
    sa.sign(&mut out, None, &mut Vec::new()).unwrap();
    out
}

fn verify(sa: &AhTransform, bytes: &[u8], buffer: &mut Vec<u8>) -> Result<(), VerifyError> {
    let (packet, _) = Packet::decode_lax(bytes).map_err(VerifyError::Malformed)?;
    let verified = sa.verify(&packet, packet.payload(), None, buffer);
    verified.map(|_| ())
}

const HERE: [u8; 4] = [192, 0, 2, 1];
const THERE: [u8; 4] = [198, 51, 100, 2];
