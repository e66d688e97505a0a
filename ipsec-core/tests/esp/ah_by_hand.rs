//! ICVs of AH derived by hand. Of each packet stands here what is sent and
//! what the ICV covers, field by field, with the reason for each change; the
//! ICV is HMAC-SHA-256 (first 16 bytes) over the covered bytes, computed with
//! Python's `hmac`, whose key is 32 bytes 0x0b.
//!
//! RFC 4302 §3.3.3.1 and appendix A.

use crate::{ah, mac, secret, unhex};
use ipsec_core::crypto::rustcrypto;
use ipsec_core::wire::ip::Packet;
use ipsec_core::wire::registry::ike::Integrity as I;

/// An IPv4 packet on the first part of a loose source route, with every kind
/// of option: a router alert (immutable), a recorded route (mutable), and the
/// route itself (mutable, but the receiver's address can be foreseen).
#[test]
fn ipv4_with_options() {
    Derived {
        sent: "
            4b 88 0058     version, 11 words; TOS: DSCP 34; total length
            1234 4000      identification; flags: DF
            39 33 a5a5     57 hops; AH; checksum, not looked at
            c0000201       source
            cb007101       destination: the first router of the route
            94 04 0000     router alert (RFC 2113)
            83 07 04 c6336402      loose source route, next is the receiver
            07 07 08 c0000209      recorded route, one router so far
            01 00          no operation, end of options
            00000000       padding behind the end",
        covered: "
            4b 00 0058     TOS is mutable: zero (appendix A1)
            1234 0000      flags and offset are mutable: zero
            00 33 0000     TTL and checksum are mutable: zero
            c0000201       immutable
            c6336402       predictable: what it is on arrival (§3.3.3.1.1.1)
            94 04 0000     immutable option (appendix A1)
            00 00 00 00000000      mutable option: zero, type and length too
            00 00 00 00000000      the same
            01 00          immutable, one byte each
            00000000       as sent",
        icv: "845e1c56fa2c59cba0b7c6f7ee89e1bb",
    }
    .check(V4_ARRIVED);
}

/// An IPv6 packet with one of two segments left, behind hop-by-hop options of
/// which one may change on the way, and before destination options.
#[test]
fn ipv6_with_extension_headers() {
    Derived {
        sent: "
            6 b8 54321     version, traffic class, flow label
            0070 00 3b     payload of 112 bytes; hop-by-hop options; 59 hops
            20010db8 00000000 00000000 00000001    source
            20010db8 00000000 00000000 00000004    destination: second router
            2b 01          routing follows; 16 bytes
            05 02 0000     router alert: bit 0x20 is not set
            3e 06 a1a2a3a4a5a6     bit 0x20 is set: changes on the way
            00 00          Pad1 twice
            3c 04 00 01    destination options follow; 2 addresses; 1 left
            00000000       reserved
            20010db8 00000000 00000000 00000003    first router, visited
            20010db8 00000000 00000000 00000002    the receiver
            33 00          AH follows; 8 bytes
            1e 04 b1b2b3b4   bit 0x20 is not set",
        covered: "
            6 00 00000     class and flow label are mutable: zero
            0070 00 00     hop limit is mutable: zero
            20010db8 00000000 00000000 00000001    immutable
            20010db8 00000000 00000000 00000002    predictable: the receiver
            2b 01          immutable
            05 02 0000     immutable option (§3.3.3.1.2.2)
            3e 06 000000000000     type and length stay, data is zero
            00 00          immutable
            3c 04 00 00    segments left is predictable: none
            00000000
            20010db8 00000000 00000000 00000003    as it is on arrival
            20010db8 00000000 00000000 00000004    where the destination was
            33 00
            1e 04 b1b2b3b4",
        icv: "0ad4b7673a776b09d30a57b5afffac01",
    }
    .check(V6_ARRIVED);
}

/// A packet up to its AH header, with comments.
struct Derived {
    sent: &'static str,
    covered: &'static str,
    icv: &'static str,
}

impl Derived {
    /// Signs the packet as it is sent, and verifies it there and where it
    /// arrives, after routers did to it what `arrived` has.
    fn check(&self, arrived: &str) {
        let v6 = hex(self.sent)[0] >> 4 == 6;
        let ah_head = unhex(if v6 { AH_V6 } else { AH_V4 });
        let whole = |head: &str, icv: &[u8]| {
            let padding = ah_head.len() + 16;
            let padding = vec![0; padding.next_multiple_of(if v6 { 8 } else { 4 }) - padding];
            [&hex(head), &ah_head[..], icv, &padding, DATA].concat()
        };
        let icv = unhex(self.icv);
        let (sent, covered) = (whole(self.sent, &[0; 16]), whole(self.covered, &[0; 16]));
        let provider = rustcrypto::provider();
        let hmac = provider.mac(mac(I::AUTH_HMAC_SHA2_256_128)).unwrap();
        let hmac = hmac.with_key(&KEY).unwrap();
        assert!(hmac.verify(&[], &[&covered], &icv).is_ok());

        let sa = ah(I::AUTH_HMAC_SHA2_256_128, secret(&KEY).dangerous_bytes());
        let mut signed = sent;
        sa.sign(&mut signed, None, &mut Vec::new()).unwrap();
        assert_eq!(signed, whole(self.sent, &icv));
        for packet in [signed, whole(arrived, &icv)] {
            let packet = Packet::decode(&packet).unwrap();
            let verified = sa.verify(&packet, packet.payload(), None, &mut Vec::new());
            assert_eq!(verified.unwrap().payload, DATA);
        }
    }
}

/// The digits at the beginning of each line; what follows two blanks behind
/// them is a comment.
fn hex(commented: &str) -> Vec<u8> {
    let digits = |line: &str| line.trim().split("  ").next().map(str::to_owned);
    unhex(&commented.lines().filter_map(digits).collect::<String>())
}

/// What the receiver of the first gets: other TOS, no DF, fewer hops, both
/// routes written on.
const V4_ARRIVED: &str = "
    4b 01 0058 1234 0000 31 33 5a5a c0000201 c6336402
    94 04 0000
    83 07 08 cb007109
    07 07 0c c0000209
    01 00 00000000";

/// And of the second: other class and label, an option rewritten, the last
/// segment taken.
const V6_ARRIVED: &str = "
    6 00 00007
    0070 00 31
    20010db8 00000000 00000000 00000001
    20010db8 00000000 00000000 00000002
    2b 01 05 02 0000 3e 06 f1f2f3f4f5f6 00 00
    3c 04 00 00 00000000
    20010db8 00000000 00000000 00000003
    20010db8 00000000 00000000 00000004
    33 00 1e 04 b1b2b3b4";

/// Next header UDP, length of AH in words less two, SPI, number.
const AH_V4: &str = "11 05 0000 c0ffee01 00000007";
const AH_V6: &str = "11 06 0000 c0ffee01 00000007";
const KEY: [u8; 32] = [0x0b; 32];
const DATA: &[u8] = b"sixteen bytes ..";
