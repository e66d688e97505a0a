//! Traffic selectors between wire and configuration, and what a responder
//! makes of those it is asked for (RFC 7296 §2.9, §3.13).

use crate::sa::selector::{AddressRange, Ports, Selector, intersection};
use crate::wire::ike;
use crate::wire::registry::ip::Protocol;
use alloc::vec::Vec;
use core::net::IpAddr;

/// The payload of `selectors`.
pub(super) fn payload(selectors: &[Selector]) -> ike::Ts<'static> {
    let one = |selector: &Selector| {
        let (protocol, ports) = (Protocol(selector.protocol()), selector.ports().bounds());
        let addresses = selector.addresses();
        match (addresses.low(), addresses.high()) {
            (IpAddr::V4(low), IpAddr::V4(high)) => Some(ike::Selector::Ipv4 {
                protocol,
                ports,
                addresses: (low, high),
            }),
            (IpAddr::V6(low), IpAddr::V6(high)) => Some(ike::Selector::Ipv6 {
                protocol,
                ports,
                addresses: (low, high),
            }),
            _ => None,
        }
    };
    ike::Ts::new(
        selectors
            .iter()
            .take(SELECTORS_MAX)
            .filter_map(one)
            .collect(),
    )
}

/// What a payload names; selectors that describe nothing are left out.
pub(super) fn read(ts: &ike::Ts<'_>) -> Vec<Selector> {
    let one = |selector: &ike::Selector<'_>| {
        let (protocol, (start, end), range) = match *selector {
            ike::Selector::Ipv4 {
                protocol,
                ports,
                addresses: (low, high),
            } => (protocol, ports, AddressRange::new(low.into(), high.into())),
            ike::Selector::Ipv6 {
                protocol,
                ports,
                addresses: (low, high),
            } => (protocol, ports, AddressRange::new(low.into(), high.into())),
            ike::Selector::FibreChannel { .. }
            | ike::Selector::SecurityLabel { .. }
            | ike::Selector::Unknown { .. } => return None,
        };
        let whole = Selector::new(range?).with_protocol(protocol.0);
        Some(whole.with_ports(Ports::new(start, end)?))
    };
    ts.selectors.iter().filter_map(one).collect()
}

/// What of `asked` is `allowed`, at most as many as a payload holds.
pub(super) fn narrow(asked: &[Selector], allowed: &[Selector]) -> Vec<Selector> {
    let mut common = intersection(asked, allowed);
    common.truncate(SELECTORS_MAX);
    common
}

/// Selectors of one side that are handled; their number on the wire has eight
/// bits.
const SELECTORS_MAX: usize = 64;
