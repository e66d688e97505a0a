//! Where the connections of a model stand: in crypto maps, by number, or as
//! tunnel interfaces.

use super::words::{self, clean, is_word, only};
use crate::config::model::{Attachment, Child, Connection, Host, Mode, Traffic};
use crate::sa::selector::AddressRange;
use crate::sorted::{Map, Set};
use crate::wire::registry::ip::Protocol;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Where an entry stands.
pub(super) enum Place {
    /// `crypto map NAME 10`.
    Map { map: String, number: u32 },
    /// An entry of a dynamic map, for peers that may be anywhere.
    Dynamic {
        map: String,
        number: u32,
        dynamic: String,
        inner: u32,
    },
    /// A tunnel interface: with GRE, or for IPv4 or IPv6.
    Tunnel { name: String, mode: &'static str },
}

/// Places that are taken.
#[derive(Default)]
pub(super) struct Places {
    used: Set<String>,
    /// The last number of each map, of static entries and of dynamic ones.
    last: Map<String, (u32, u32)>,
    tunnels: u32,
}

impl Places {
    pub(super) fn take(&mut self, one: &Connection, group: &[&Child]) -> Place {
        let name = &one.name.value;
        let parts: Vec<&str> = name.split(' ').take(5).collect();
        let parts = parts.as_slice();
        let number = |text: &str| text.parse::<u16>().ok().filter(|number| *number > 0);
        let in_map = match parts {
            [map, at] => is_word(map).then_some(*map).zip(number(at)),
            [map, at, inner, _] => (is_word(map) && is_word(inner))
                .then_some(*map)
                .zip(number(at)),
            _ => None,
        };
        if let Some(mode) = tunnel(one, group, in_map.is_some()) {
            let name = self.tunnel(one);
            return Place::Tunnel { name, mode };
        }
        let dynamic = !one.remote.addresses.iter().any(|one| is_peer(&one.value));
        let Some((map, at)) = in_map else {
            return self.fresh(map_at(&one.attachment), dynamic);
        };
        let inner = match parts {
            [_, _, inner, at] => number(at).map(|at| (*inner, at)),
            _ => None,
        };
        if (parts.len() == 4 && inner.is_none()) || !self.used.insert(name.clone()) {
            return self.fresh(map.into(), dynamic);
        }
        self.used.insert(format!("{map} {at}"));
        let (map, number) = (map.into(), at.into());
        match inner {
            Some((dynamic, inner)) => Place::Dynamic {
                map,
                number,
                dynamic: dynamic.into(),
                inner: inner.into(),
            },
            None => Place::Map { map, number },
        }
    }

    /// The next number of a map. Dynamic entries come behind all others, since
    /// they take any peer.
    fn fresh(&mut self, map: String, dynamic: bool) -> Place {
        let last = self.last.entry(map.clone()).or_insert((0, DYNAMIC_FROM));
        let (last, step) = match dynamic {
            true => (&mut last.1, 1),
            false => (&mut last.0, 10),
        };
        loop {
            *last = last.saturating_add(step);
            let number = *last;
            if self.used.insert(format!("{map} {number}")) {
                return match dynamic {
                    true => Place::Dynamic {
                        dynamic: format!("{map}-{number}"),
                        map,
                        number,
                        inner: 10,
                    },
                    false => Place::Map { map, number },
                };
            }
        }
    }

    fn tunnel(&mut self, one: &Connection) -> String {
        let name = &one.name.value;
        if is_tunnel(one) && self.used.insert(name.clone()) {
            return name.clone();
        }
        loop {
            self.tunnels = self.tunnels.saturating_add(1);
            let name = format!("Tunnel{}", self.tunnels);
            if self.used.insert(name.clone()) {
                return name;
            }
        }
    }
}

fn is_peer(host: &Host) -> bool {
    words::peer(host).is_some()
}

/// The crypto map of an interface.
fn map_at(at: &Attachment) -> String {
    match at {
        Attachment::At(names) => match names.as_slice() {
            [one] => format!("vpn-{}", clean(&one.value)),
            _ => "vpn".into(),
        },
        Attachment::Everywhere | Attachment::Nowhere => "vpn".into(),
    }
}

/// Whether a connection is called like a tunnel interface and works at it.
fn is_tunnel(one: &Connection) -> bool {
    let Attachment::At(names) = &one.attachment else {
        return false;
    };
    let name = &one.name.value;
    let same = names.first().is_some_and(|first| first.value == *name) && names.len() == 1;
    let number = name.strip_prefix("Tunnel").map(str::parse::<u32>);
    same && number.is_some_and(|number| number.is_ok())
}

/// The mode of the tunnel that a connection becomes: one of that name, or one
/// that takes everything to one peer.
fn tunnel(one: &Connection, group: &[&Child], in_map: bool) -> Option<&'static str> {
    let [child] = group else {
        return None;
    };
    let ([local], [remote]) = (child.local.as_slice(), child.remote.as_slice()) else {
        return None;
    };
    let sides = [local.value, remote.value];
    let any = |range| sides.iter().all(|one| *one == Traffic::of(Some(range)));
    let peer = only(&one.remote).filter(|_| !in_map && child.mode.value == Mode::Tunnel);
    let named = is_tunnel(one);
    if any(AddressRange::ANY_V4) {
        return (named || peer.is_some_and(|peer| peer.is_ipv4())).then_some("ipsec ipv4");
    }
    if any(AddressRange::ANY_V6) {
        return (named || peer.is_some_and(|peer| peer.is_ipv6())).then_some("ipsec ipv6");
    }
    let gre = sides.iter().all(|one| one.protocol == Protocol::GRE.0);
    (named && gre).then_some("gre ip")
}

/// The number behind which dynamic entries stand.
const DYNAMIC_FROM: u32 = 60_000;
