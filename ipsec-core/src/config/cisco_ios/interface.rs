//! What an interface has to do with IPsec: its address, its crypto map, its
//! access lists, and for a tunnel its ends and its profile.

use crate::config::Spanned;
use crate::config::cisco::lines::{Command, Word};
use crate::config::cisco::pick;
use crate::config::model::{Host, Setting};
use crate::config::values;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

pub(super) struct Interface {
    pub(super) name: Spanned<String>,
    pub(super) addresses: Vec<Setting<IpAddr>>,
    pub(super) crypto_map: Option<Spanned<String>>,
    /// Access lists in either direction.
    pub(super) lists: Vec<Spanned<String>>,
    pub(super) tunnel: Tunnel,
}

/// A tunnel's part of it.
#[derive(Default)]
pub(super) struct Tunnel {
    pub(super) source: Option<Spanned<String>>,
    pub(super) destination: Option<Setting<Host>>,
    pub(super) profile: Option<Spanned<String>>,
    pub(super) ikev2_profile: Option<Spanned<String>>,
    pub(super) kind: Kind,
}

/// What a tunnel puts around packets before they are protected.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Kind {
    /// GRE.
    #[default]
    Gre,
    /// Nothing, packets of IPv4.
    Ipv4,
    /// Nothing, packets of IPv6.
    Ipv6,
}

impl Interface {
    pub(super) fn new(name: Spanned<String>) -> Self {
        Self {
            name,
            addresses: Vec::new(),
            crypto_map: None,
            lists: Vec::new(),
            tunnel: Tunnel::default(),
        }
    }

    /// Takes one of its commands; false for one that cannot be its.
    pub(super) fn read(&mut self, command: &Command<'_>) -> bool {
        let known = [
            "crypto",
            "ip",
            "ipv6",
            "tunnel",
            "no",
            "description",
            "shutdown",
        ];
        match pick(command.text(0), &known) {
            Some("crypto") => {
                let map = pick(command.text(1), &["map", "ipsec", "isakmp"]) == Some("map");
                let bound = map && (command.words.len() == 3 || command.text(3) == "redundancy");
                if bound {
                    self.crypto_map = command.words.get(2).map(Word::owned);
                }
                bound || command.text(1) == "ipsec" && command.text(2) == "df-bit"
            }
            Some("ip" | "ipv6") => self.ip(command),
            Some("no") => command.indented || command.text(1) != "crypto",
            Some("tunnel") => {
                self.tunnel.read(command);
                true
            }
            Some(_) => true,
            None => false,
        }
    }

    fn ip(&mut self, command: &Command<'_>) -> bool {
        match command.text(1) {
            "address" => {
                let bare = command.text(2).split('/').next().unwrap_or_default();
                if let (Ok(address), Some(word)) = (bare.parse(), command.words.get(2))
                    && self.addresses.len() < ADDRESSES_MAX
                {
                    self.addresses.push(Setting::written(address, word.span));
                }
            }
            "access-group" | "traffic-filter" => {
                let list = command.words.get(2).map(Word::owned);
                self.lists
                    .extend(list.filter(|_| self.lists.len() < LISTS_MAX));
            }
            "access-list" | "route" => return false,
            _ => {}
        }
        true
    }
}

impl Tunnel {
    fn read(&mut self, command: &Command<'_>) {
        let value = command.words.get(2);
        match pick(
            command.text(1),
            &["source", "destination", "mode", "protection"],
        ) {
            Some("source") => {
                // `Loopback 0` is one name.
                let value = value.map(|word| Spanned {
                    value: command.from(2).iter().map(|word| &*word.text).collect(),
                    span: word.span,
                });
                self.source = value;
            }
            Some("destination") => {
                self.destination = value.and_then(|word| {
                    let host = if word.text == "dynamic" {
                        Host::Any
                    } else {
                        values::host(&word.text)?
                    };
                    Some(Setting::written(host, word.span))
                });
            }
            Some("mode") => {
                self.kind = match (command.text(2), command.text(3)) {
                    ("ipsec", "ipv6") => Kind::Ipv6,
                    ("ipsec", _) => Kind::Ipv4,
                    _ => Kind::Gre,
                };
            }
            Some("protection") => {
                let word = |name: &str| {
                    let mut words = command.words.iter();
                    words.find(|word| pick(&word.text, &[name]).is_some())?;
                    words.next().map(Word::owned)
                };
                self.profile = word("profile");
                self.ikev2_profile = word("ikev2-profile");
            }
            Some(_) | None => {}
        }
    }
}

/// Addresses of one interface.
const ADDRESSES_MAX: usize = 64;

/// Access lists of one interface.
const LISTS_MAX: usize = 8;
