//! The virtual address as logs show it: bound to a user, and packets out of the
//! tunnel that are dropped all the same.

use super::lines::{self, CITED_MAX, Lines, cite};
use crate::diag::inquiry::Inquiry;
use crate::diag::told::Told;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::LogEvent;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::net::IpAddr;

/// What each log shows, as findings of this code.
pub(super) fn findings(case: &Inquiry<'_, '_>, code: &'static str) -> Vec<Finding> {
    let logs = lines::by_log(case).into_iter();
    logs.filter_map(|(peers, lines)| Some(Story::of(&lines)?.finding(case, code, peers)))
        .collect()
}

/// Everything is up, and yet packets are dropped.
struct Story<'c, 'a> {
    up: &'c Told<'a>,
    bound: &'c Told<'a>,
    user: &'a str,
    address: Option<IpAddr>,
    from: Option<IpAddr>,
    dropped: Lines<'c, 'a>,
}

impl<'c, 'a> Story<'c, 'a> {
    fn of(lines: &Lines<'c, 'a>) -> Option<Self> {
        let first_up = lines.iter().position(|one| lines::is_child_up(one.event()));
        let (before, after) = lines.split_at_checked(first_up?)?;
        let up = after.first().copied()?;
        let bound = before.iter().chain(after).rev();
        let (bound, user, address) = bound.copied().find_map(|told| bound_by(told))?;
        let known: Vec<IpAddr> = lines.iter().filter_map(|told| bound_by(told)?.2).collect();
        let mut from = None;
        let dropped = after.iter().copied().filter(|told| {
            let Some(sender) = out_of_tunnel(told.event()) else {
                return false;
            };
            let fits = sender.is_some_and(|sender| known.contains(&sender));
            if !fits {
                from = from.or(sender);
            }
            !fits
        });
        let dropped: Lines<'c, 'a> = dropped.collect();
        (!dropped.is_empty()).then_some(Self {
            up,
            bound,
            user,
            address,
            from,
            dropped,
        })
    }

    fn finding(&self, case: &Inquiry<'_, '_>, code: &'static str, peers: usize) -> Finding {
        let both = self.address.zip(self.from);
        let (confidence, open) = match both {
            Some(_) => (Confidence::Proven, ""),
            None => (
                Confidence::Likely,
                " The log has lost the addresses; another rule of the filter would look the same.",
            ),
        };
        let (user, gateway) = (self.user, lines::writer(case, self.bound));
        let address = or_untold(self.address, "the address that the gateway has bound");
        let from = or_untold(self.from, "another address");
        let n = self.dropped.len();
        let finding = Finding::new(code, peers, Severity::Error, confidence)
            .title(format!("{user} sends from {from} through the tunnel, but is bound to {address}"))
            .why(format!(
                "Both phases are complete, and yet {n} of the packets that came out of the tunnel were dropped. IKE never carries the address that {user} was given, so neither phase shows that it differs.{open}"
            ))
            .weight(85)
            .who(Who::Local)
            .cite(lines::cite_as(self.bound, format!("the gateway binds {user} to {address}")))
            .cite(cite(self.up))
            .fix(format!("the client of {user}"), format!("Set its virtual address to {address}."))
            .fix(gateway, format!("Or bind {user} to the address that the client uses: {}.", or_untold(self.from, "its own settings show it")))
            .refs(&["RFC 4301 §5.2"]);
        let drops = self.dropped.iter().take(CITED_MAX);
        drops.fold(finding, |finding, told| finding.cite(cite(told)))
    }
}

fn or_untold(address: Option<IpAddr>, otherwise: &str) -> String {
    address.map_or_else(|| otherwise.into(), |address| address.to_string())
}

/// The user and the address of a line that binds one.
fn bound_by<'c, 'a>(told: &'c Told<'a>) -> Option<(&'c Told<'a>, &'a str, Option<IpAddr>)> {
    let LogEvent::AddressBound { user, address } = &told.logged.event else {
        return None;
    };
    let address = address.as_deref().and_then(|text| text.parse().ok());
    Some((told, user, address))
}

/// The sender, where told, of a packet that came out of a tunnel and was
/// dropped.
fn out_of_tunnel(event: &LogEvent) -> Option<Option<IpAddr>> {
    let LogEvent::Denied {
        interface, from, ..
    } = event
    else {
        return None;
    };
    interface.starts_with("ipsec").then_some(*from)
}
