//! # netbios-broadcast
//!
//! Hosts look for each other by broadcasts, which no tunnel carries.
//!
//! ## What happened
//!
//! Windows hosts announce themselves and ask for names with UDP broadcasts on
//! ports 137 and 138. A broadcast stays in its own network: selectors of a
//! tunnel name networks, not broadcasts, and few gateways relay them. The
//! tunnel is in order; the list of neighbours stays empty all the same.
//!
//! ## How it is recognised
//!
//! Beside a tunnel that came up, UDP packets to port 137 or 138 go to a
//! broadcast address.
//!
//! ## What to do
//!
//! Reach servers by address or by DNS name; name them in `lmhosts`, or give
//! clients the address of a WINS server or of the domain controller. Let the
//! tunnel's policy pass ports 135, 137 to 139 and 445.
//!
//! ## What would prove it
//!
//! The same share, reached by its address through the tunnel.
//!
//! ## References
//!
//! RFC 1001 §15.1; RFC 4301 §4.4.1.1.

use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::wire::registry::ip::Protocol;
use alloc::format;
use alloc::vec::Vec;
use core::net::IpAddr;

rule!(
    "netbios-broadcast",
    "hosts look for each other by broadcasts, which no tunnel carries",
    check,
    "netbios_broadcast.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let Some(peers) = (0..case.peers.len()).find(|peers| case.came_up(*peers)) else {
        return Vec::new();
    };
    let mut broadcasts = case.clear.iter().filter(|flow| {
        let to = flow.fact.tally.route.to;
        let udp = flow.fact.protocol == Protocol::UDP.0;
        udp && matches!(to.port(), 137 | 138) && is_broadcast(to.ip())
    });
    let Some(flow) = broadcasts.next() else {
        return Vec::new();
    };
    let route = flow.fact.tally.route;
    let shows = format!(
        "{}: {}",
        route.to,
        finding::count(flow.fact.tally.packets, "broadcast")
    );
    Vec::from([Finding::new(RULE.code, peers, Severity::Info, Confidence::Likely)
        .title(format!("{} looks for its neighbours by broadcasts, which no tunnel carries", route.from.ip()))
        .why("A broadcast stays in its own network; the tunnel is in order.")
        .weight(12)
        .who(Who::Local)
        .cite(finding::filed(flow, &flow.fact.place, shows))
        .fix("the hosts behind the tunnel", "Reach servers by address, DNS or lmhosts, and let the policy pass ports 135, 137 to 139 and 445.")
        .refs(&["RFC 1001 §15.1", "RFC 4301 §4.4.1.1"])])
}

/// The broadcast address of all networks, or of one with a prefix of 24 bits or
/// less: the mask is not told.
fn is_broadcast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.octets().last() == Some(&255),
        IpAddr::V6(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::codes;
    use alloc::format;

    const UP: &str = "0.0 a>b ESP spi=1 x5 until=2
                      0.1 b>a ESP spi=2 x5 until=2";

    #[test]
    fn names_are_asked_for_by_broadcast() {
        let text = format!("{UP}\n1.0 10.1.0.9:137>10.1.0.255:137 CLEAR udp x3 every=1");
        assert!(codes(&text).contains(&"netbios-broadcast"));
    }

    #[test]
    fn near_miss_a_name_server_is_asked() {
        let text = format!("{UP}\n1.0 10.1.0.9:137>10.1.0.25:137 CLEAR udp x3 every=1");
        assert!(!codes(&text).contains(&"netbios-broadcast"));
    }

    #[test]
    fn near_miss_there_is_no_tunnel() {
        let text = "1.0 10.1.0.9:137>10.1.0.255:137 CLEAR udp x3 every=1";
        assert!(codes(text).is_empty());
    }
}
