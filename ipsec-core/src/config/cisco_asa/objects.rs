//! Named addresses and ports: `object network`, `object-group network`,
//! `object-group service`.

use crate::config::cisco::access::{self, Objects, SIDES_MAX};
use crate::config::cisco::lines::Command;
use crate::sa::selector::AddressRange;
use alloc::vec::Vec;

/// What an object names.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Network,
    /// Ports of a protocol that the head tells.
    Service,
}

impl Kind {
    pub(super) fn of(command: &Command<'_>) -> Option<Self> {
        match (command.text(1), command.text(3)) {
            ("network", _) => Some(Self::Network),
            ("service", "tcp" | "udp" | "tcp-udp") => Some(Self::Service),
            _ => None,
        }
    }
}

/// Opens an object, which may be empty.
pub(super) fn open(objects: &mut Objects, kind: Kind, name: &str) {
    match kind {
        Kind::Network => drop(objects.networks.entry(name.into()).or_default()),
        Kind::Service => drop(objects.services.entry(name.into()).or_default()),
    }
}

/// Takes a line of an object; false when it is none.
pub(super) fn read(objects: &mut Objects, kind: Kind, name: &str, command: &Command<'_>) -> bool {
    if kind == Kind::Service {
        let ports = access::ports(command.from(1)).filter(|_| command.text(0) == "port-object");
        let known = objects.services.get_mut(name);
        if let (Some(ports), Some(known)) = (ports, known)
            && known.len() < SIDES_MAX
        {
            known.extend(ports);
        }
        return command.text(0) == "port-object" || command.indented;
    }
    let words = command.from(1);
    let found: Vec<AddressRange> = match (command.text(0), command.text(1)) {
        ("network-object", "host") => access::network(command.from(2)).into_iter().collect(),
        ("network-object", "object") | ("group-object", _) => {
            let at = if command.text(0) == "group-object" {
                1
            } else {
                2
            };
            objects
                .networks
                .get(command.text(at))
                .cloned()
                .unwrap_or_default()
        }
        ("host" | "subnet" | "network-object", _) => access::network(words).into_iter().collect(),
        ("range", low) => {
            let ends = (low.parse(), command.text(2).parse());
            match ends {
                (Ok(low), Ok(high)) => AddressRange::new(low, high).into_iter().collect(),
                _ => Vec::new(),
            }
        }
        _ => return command.indented,
    };
    if let Some(known) = objects.networks.get_mut(name) {
        let room = SIDES_MAX.saturating_sub(known.len());
        known.extend(found.into_iter().take(room));
    }
    true
}
