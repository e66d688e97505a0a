//! # name-resolution
//!
//! Names are asked for and not answered, while the tunnel carries addresses.
//!
//! ## What happened
//!
//! The tunnel stands, and hosts behind it reach each other by address. But the
//! server that is asked for names (DNS, WINS) does not answer: it is not
//! reachable from where it is asked, or it is asked beside the tunnel.
//!
//! ## How it is recognised
//!
//! Beside a tunnel that came up, packets go to port 53, or to port 137 of one
//! host, more than once, and nothing comes back.
//!
//! ## What to do
//!
//! Give clients the name servers of the network behind the tunnel (mode-config,
//! the Configuration payload), let selectors include them, or name the servers
//! in `lmhosts`.
//!
//! ## What would prove it
//!
//! The same host, reached by its address and not by its name.
//!
//! ## References
//!
//! RFC 7296 §3.15.1; RFC 8598.

use crate::diag::case::Filed;
use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::ClearFlow;
use crate::wire::registry::ip::Protocol;
use alloc::format;
use alloc::vec::Vec;
use core::net::IpAddr;

rule!(
    "name-resolution",
    "names are asked for and not answered, while the tunnel stands",
    check,
    "name_resolution.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let Some(peers) = (0..case.peers.len()).find(|peers| case.came_up(*peers)) else {
        return Vec::new();
    };
    let mut asked = case.clear.iter().filter(|flow| is_unanswered(case, flow));
    let Some(flow) = asked.next() else {
        return Vec::new();
    };
    let route = flow.fact.tally.route;
    let shows = format!(
        "{} to {}, unanswered",
        finding::count(flow.fact.tally.packets, "question"),
        route.to
    );
    Vec::from([Finding::new(RULE.code, peers, Severity::Warning, Confidence::Possible)
        .title(format!("{} does not answer when {} asks it for names", route.to.ip(), route.from.ip()))
        .why("The tunnel stands, and questions for names go beside it without an answer.")
        .weight(25)
        .who(Who::Local)
        .cite(finding::filed(flow, &flow.fact.place, shows))
        .fix("the end that gives addresses to clients", "Give them a name server that the tunnel reaches, and let the selectors include it.")
        .refs(&["RFC 7296 §3.15.1", "RFC 8598"])])
}

fn is_unanswered(case: &Inquiry<'_, '_>, flow: &Filed<'_, ClearFlow>) -> bool {
    let route = flow.fact.tally.route;
    let asks = flow.fact.protocol == Protocol::UDP.0
        && match (route.to.port(), route.to.ip()) {
            (53, _) => true,
            (137, IpAddr::V4(to)) => to.octets().last() != Some(&255),
            _ => false,
        };
    let answered = || {
        let mut all = case.clear.iter();
        all.any(|other| other.fact.tally.route == route.reversed())
    };
    asks && flow.fact.tally.packets > 1 && !answered()
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::codes;
    use alloc::format;

    const UP: &str = "0.0 a>b ESP spi=1 x5 until=2
                      0.1 b>a ESP spi=2 x5 until=2";

    #[test]
    fn a_name_server_is_silent() {
        let text = format!("{UP}\n1.0 10.1.0.9:4444>203.0.113.53:53 CLEAR udp x3 every=1");
        assert!(codes(&text).contains(&"name-resolution"));
    }

    #[test]
    fn near_miss_a_name_server_answers() {
        let text = format!(
            "{UP}\n1.0 10.1.0.9:4444>203.0.113.53:53 CLEAR udp x3 every=1
             1.1 203.0.113.53:53>10.1.0.9:4444 CLEAR udp"
        );
        assert!(!codes(&text).contains(&"name-resolution"));
    }
}
