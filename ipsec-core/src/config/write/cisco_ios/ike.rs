//! What protects the IKE SAs. Policies hold for the whole device, so that
//! connections share what all of them offer; of IKEv2 they can be told apart
//! by this end's address. Profiles are a connection's own.

use super::plan::{Entry, Plan};
use super::words;
use super::{Origins, line};
use crate::config::model::{
    Authentication, Connection, Fragmentation, Host, Identity, Method, Phase1, Setting,
};
use crate::sorted::{Map, Set};
use crate::time::Duration;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::net::IpAddr;
use core::ops::RangeInclusive;

/// The connections of one version, each by the first of its entries.
fn connections(plan: &Plan, v1: bool) -> Vec<&Entry> {
    let mut seen = Set::new();
    let entries = plan.entries.iter().filter(|entry| entry.is_v1() == v1);
    entries
        .filter(|entry| seen.insert(&*entry.profile))
        .collect()
}

fn round(of: &[Authentication]) -> Option<&Authentication> {
    of.first()
}

/// Seconds that a line may have.
fn seconds(time: Option<Duration>, range: RangeInclusive<u64>) -> Option<u64> {
    time.map(|time| time.as_secs())
        .filter(|time| range.contains(time))
}

/// How long an IKE SA lives, where it is told.
fn lifetime(one: &Connection, origins: Origins, range: RangeInclusive<u64>) -> Option<u64> {
    let times = &one.lifetimes;
    let time = times.end.value.or(times.rekey.value);
    seconds(time, range).filter(|_| !origins.is_default(times.end.origin))
}

fn dead_peers(one: &Connection, origins: Origins) -> Option<u64> {
    let time = &one.dead_peer_detection;
    seconds(time.value, 10..=3600).filter(|_| !origins.is_default(time.origin))
}

/// IKEv2.
pub(super) fn ikev2(plan: &Plan, origins: Origins) -> String {
    let list = connections(plan, false);
    let mut text = policies(&list, origins);
    keyring(&mut text, &list);
    for entry in &list {
        profile(&mut text, entry, origins);
    }
    let parts = |entry: &&Entry| {
        let what = &entry.wanted.fragmentation;
        what.value != Fragmentation::No && !origins.is_default(what.origin)
    };
    if list.iter().any(parts) {
        line(&mut text, "crypto ikev2 fragmentation");
        line(&mut text, "!");
    }
    text
}

/// A peer for each owner of a pre-shared key.
fn keyring(text: &mut String, list: &[&Entry]) {
    let mut owners = Set::new();
    for entry in list.iter().filter(|entry| has_psk(&entry.wanted)) {
        let owner = key_owner(&entry.wanted);
        if owners.len() == 0 {
            line(text, "crypto ikev2 keyring vpn");
        }
        if owners.insert(owner.clone()) {
            line(text, &format!(" peer {}", entry.profile));
            line(text, &format!("  {owner}"));
            line(text, "  ! pre-shared-key: to be filled in");
        }
    }
    if owners.len() > 0 {
        line(text, "!");
    }
}

/// A policy for each address of this end, if there are several.
fn policies(list: &[&Entry], origins: Origins) -> String {
    let own = |entry: &Entry| {
        let mut all = entry.wanted.proposals.iter();
        all.any(|one| !origins.is_default(one.origin))
    };
    if !list.iter().any(|entry| own(entry)) {
        return String::new();
    }
    let mut at: Map<Option<IpAddr>, Vec<&Entry>> = Map::new();
    for entry in list {
        let address = words::only(&entry.wanted.local);
        at.entry(address).or_default().push(entry);
    }
    let (mut text, mut policies) = (String::new(), String::new());
    let mut names = Map::new();
    let many = at.len() > 1;
    for (number, (address, entries)) in at.iter().enumerate() {
        let mut offered = Vec::new();
        let all = entries.iter().flat_map(|entry| &entry.wanted.proposals);
        for one in all {
            let name = if origins.is_default(one.origin) {
                Some("default".to_string())
            } else {
                proposal(&mut text, &mut names, one)
            };
            offered.extend(name.filter(|name| !offered.contains(name)));
        }
        if offered.is_empty() {
            continue;
        }
        let number = number.saturating_add(1);
        line(&mut policies, &format!("crypto ikev2 policy vpn-{number}"));
        if let Some(address) = address.filter(|_| many) {
            line(&mut policies, &format!(" match address local {address}"));
        }
        for name in &offered {
            line(&mut policies, &format!(" proposal {name}"));
        }
        line(&mut policies, "!");
    }
    [text, policies].concat()
}

/// Writes a proposal, once, and returns its name.
fn proposal(
    text: &mut String,
    names: &mut Map<Vec<String>, String>,
    one: &Setting<crate::sa::proposal::Proposal>,
) -> Option<String> {
    let lines = words::ikev2_proposal(&one.value)?;
    if let Some(known) = names.get(&lines) {
        return Some(known.clone());
    }
    let name = format!("ike-{}", names.len().saturating_add(1));
    line(text, &format!("crypto ikev2 proposal {name}"));
    for each in &lines {
        line(text, &format!(" {each}"));
    }
    line(text, "!");
    names.insert(lines, name.clone());
    Some(name)
}

fn has_psk(one: &Connection) -> bool {
    let mut ends = [&one.local, &one.remote].into_iter();
    let psk = |one: &Authentication| one.methods.value.contains(&Method::Psk);
    ends.any(|end| round(&end.authentication).is_some_and(psk))
}

/// Whose a pre-shared key is.
fn key_owner(one: &Connection) -> String {
    let who = round(&one.remote.authentication).map(|one| &one.identity.value);
    let named = || Some(format!("identity {}", words::local_identity(who?)?));
    let named = || named().filter(|_| who != Some(&Identity::FromCertificate));
    match words::only(&one.remote) {
        Some(IpAddr::V4(address)) => format!("address {address}"),
        Some(IpAddr::V6(address)) => format!("address {address}/128"),
        None => named().unwrap_or_else(|| "address 0.0.0.0 0.0.0.0".into()),
    }
}

fn profile(text: &mut String, entry: &Entry, origins: Origins) {
    let one = &entry.wanted;
    line(text, &format!("crypto ikev2 profile {}", entry.profile));
    if let Some(address) = words::only(&one.local) {
        line(text, &format!(" match address local {address}"));
    }
    let (local, remote) = (
        round(&one.local.authentication),
        round(&one.remote.authentication),
    );
    let who = remote.and_then(|one| words::remote_identity(&one.identity.value));
    let who = who.unwrap_or_else(|| "any".into());
    line(text, &format!(" match identity remote {who}"));
    let told = local.filter(|one| !origins.is_default(one.identity.origin));
    if let Some(who) = told.and_then(|one| words::local_identity(&one.identity.value)) {
        line(text, &format!(" identity local {who}"));
    }
    for (side, end) in [("remote", remote), ("local", local)] {
        let told = end.filter(|one| !origins.is_default(one.methods.origin));
        let methods = told.iter().flat_map(|one| &one.methods.value);
        for word in methods.filter_map(|one| ikev2_method(*one)) {
            line(text, &format!(" authentication {side} {word}"));
        }
    }
    if has_psk(one) {
        line(text, " keyring local vpn");
    }
    let signs = |one: &Authentication| one.methods.value.contains(&Method::Signature);
    if local.is_some_and(signs) || remote.is_some_and(signs) {
        line(text, " ! pki trustpoint: to be filled in");
    }
    if let Some(time) = lifetime(one, origins, 120..=86_400) {
        line(text, &format!(" lifetime {time}"));
    }
    if let Some(time) = dead_peers(one, origins) {
        line(text, &format!(" dpd {time} 5 periodic"));
    }
    line(text, "!");
}

const fn ikev2_method(method: Method) -> Option<&'static str> {
    match method {
        Method::Psk => Some("pre-share"),
        Method::Signature => Some("rsa-sig"),
        Method::Eap => Some("eap"),
        Method::Xauth | Method::Null => None,
    }
}

/// IKEv1.
pub(super) fn isakmp(plan: &Plan, origins: Origins) -> String {
    let list = connections(plan, true);
    let mut text = isakmp_policies(&list, origins);
    let keyed = list.iter().filter(|entry| has_psk(&entry.wanted));
    let owners: Set<_> = keyed
        .filter_map(|entry| isakmp_key_owner(&entry.wanted))
        .collect();
    for owner in owners.iter() {
        line(
            &mut text,
            &format!("! crypto isakmp key (to be filled in) {owner}"),
        );
    }
    let from_certificate = |entry: &&Entry| {
        let first = round(&entry.wanted.local.authentication);
        first.is_some_and(|one| one.identity.value == Identity::FromCertificate)
    };
    if !list.is_empty() && list.iter().all(from_certificate) {
        line(&mut text, "crypto isakmp identity dn");
    }
    let mut times: Vec<_> = list
        .iter()
        .map(|entry| dead_peers(&entry.wanted, origins))
        .collect();
    times.dedup();
    let all = match times.as_slice() {
        [Some(time)] => Some(*time),
        _ => None,
    };
    if let Some(time) = all {
        line(
            &mut text,
            &format!("crypto isakmp keepalive {time} periodic"),
        );
    }
    for entry in &list {
        let own = dead_peers(&entry.wanted, origins).filter(|_| all.is_none());
        isakmp_profile(&mut text, entry, own);
    }
    text
}

/// A policy for each proposal with each method, all in one order.
fn isakmp_policies(list: &[&Entry], origins: Origins) -> String {
    let mut text = String::new();
    let mut seen = Set::new();
    for entry in list {
        let one = &entry.wanted;
        let methods = round(&one.local.authentication).map(|one| one.methods.value.as_slice());
        let methods = methods.unwrap_or(&[Method::Signature]);
        let own = |of: &&Setting<_>| !origins.is_default(of.origin);
        for proposal in one.proposals.iter().filter(own) {
            let Some(lines) = words::policy(&proposal.value) else {
                continue;
            };
            for method in methods.iter().filter_map(|one| isakmp_method(*one)) {
                if seen.len() >= POLICIES_MAX || !seen.insert((lines.clone(), method)) {
                    continue;
                }
                let number = seen.len().saturating_mul(10);
                line(&mut text, &format!("crypto isakmp policy {number}"));
                for each in &lines {
                    line(&mut text, &format!(" {each}"));
                }
                line(&mut text, &format!(" authentication {method}"));
                if let Some(time) = lifetime(one, origins, 60..=86_400) {
                    line(&mut text, &format!(" lifetime {time}"));
                }
                line(&mut text, "!");
            }
        }
    }
    text
}

const fn isakmp_method(method: Method) -> Option<&'static str> {
    match method {
        Method::Psk => Some("pre-share"),
        Method::Signature => Some("rsa-sig"),
        Method::Eap | Method::Xauth | Method::Null => None,
    }
}

fn isakmp_key_owner(one: &Connection) -> Option<String> {
    let host = one.remote.addresses.first().map(|one| &one.value);
    match (words::only(&one.remote), host) {
        (Some(address), _) => Some(format!("address {address}")),
        (None, Some(Host::Named(name))) => Some(format!("hostname {}", words::checked(name)?)),
        (None, _) => Some("address 0.0.0.0".into()),
    }
}

/// Whether a connection of IKEv1 has a profile: one has to tell the peer.
pub(super) fn has_isakmp_profile(one: &Connection) -> bool {
    peer_of(one).is_some()
}

fn peer_of(one: &Connection) -> Option<String> {
    words::isakmp_identity(&round(&one.remote.authentication)?.identity.value)
}

fn isakmp_profile(text: &mut String, entry: &Entry, dead_peers: Option<u64>) {
    let one = &entry.wanted;
    let Some(peer) = peer_of(one) else {
        return;
    };
    line(text, &format!("crypto isakmp profile {}", entry.profile));
    line(text, &format!(" match identity {peer}"));
    let own = round(&one.local.authentication).map(|one| &one.identity.value);
    if let Some(Identity::UserFqdn(name)) = own
        && words::is_word(name)
    {
        line(text, &format!(" self-identity user-fqdn {name}"));
    }
    if one.phase1.value == Phase1::Aggressive {
        line(text, " initiate mode aggressive");
    }
    if let Some(time) = dead_peers {
        line(text, &format!(" keepalive {time} retry 5"));
    }
    if let Some(address) = words::only(&one.local) {
        line(text, &format!(" local-address {address}"));
    }
    line(text, "!");
}

/// Policies of IKEv1, as many as are read.
const POLICIES_MAX: usize = 64;
