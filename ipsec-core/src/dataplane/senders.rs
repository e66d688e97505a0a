//! Which SA sends a packet: those of a policy by the remote addresses that
//! they are for, so that one of many is found without a look at all
//! (RFC 4301 §4.4.2, the SPD-S cache and its links to SAs).
//!
//! Ranges are cut into prefixes. Of a packet's address as many beginnings are
//! looked up as there are lengths of prefixes in use, which are few.

use super::child::Child;
use crate::sa::sad::Handle;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::net::IpAddr;

/// All SAs that send.
#[derive(Debug, Default)]
pub(super) struct Senders {
    by_prefix: BTreeSet<Entry>,
    /// How often each length of prefix is in use, by policy and family.
    lengths: BTreeMap<(usize, bool), BTreeMap<u8, usize>>,
    installed: u64,
}

/// One prefix of one SA; of the same prefix the oldest stands first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    policy: usize,
    prefix: Prefix,
    installed: u64,
    child: Handle,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Prefix {
    v4: bool,
    len: u8,
    bits: u128,
}

impl Senders {
    /// Puts in an SA, as the newest. Returns its number in the order of
    /// installation.
    pub(super) fn insert(&mut self, handle: Handle, child: &Child) -> u64 {
        self.installed = self.installed.saturating_add(1);
        self.put(handle, child, self.installed);
        self.installed
    }

    /// Puts in an SA with the number that it had.
    pub(super) fn put(&mut self, handle: Handle, child: &Child, installed: u64) {
        for entry in entries(handle, child, installed) {
            if self.by_prefix.insert(entry) {
                let key = (entry.policy, entry.prefix.v4);
                let lengths = self.lengths.entry(key).or_default();
                let count = lengths.entry(entry.prefix.len).or_default();
                *count = count.saturating_add(1);
            }
        }
    }

    pub(super) fn remove(&mut self, handle: Handle, child: &Child, installed: u64) {
        for entry in entries(handle, child, installed) {
            if !self.by_prefix.remove(&entry) {
                continue;
            }
            let key = (entry.policy, entry.prefix.v4);
            let Some(lengths) = self.lengths.get_mut(&key) else {
                continue;
            };
            if let Some(count) = lengths.get_mut(&entry.prefix.len) {
                *count = count.saturating_sub(1);
            }
            lengths.retain(|_, count| *count > 0);
            if lengths.is_empty() {
                self.lengths.remove(&key);
            }
        }
    }

    /// Forgets all SAs.
    pub(super) fn clear(&mut self) {
        self.by_prefix.clear();
        self.lengths.clear();
    }

    /// The newest SA of the policy for this address that is `usable`.
    pub(super) fn newest(
        &self,
        policy: usize,
        remote: IpAddr,
        usable: impl Fn(Handle) -> bool,
    ) -> Option<Handle> {
        let lengths = self.lengths.get(&(policy, remote.is_ipv4()))?;
        let found = lengths.keys().filter_map(|len| {
            let prefix = Prefix::of(remote, *len);
            let at = |installed| Entry {
                policy,
                prefix,
                installed,
                child: Handle::FIRST,
            };
            let mut entries = self.by_prefix.range(at(0)..at(u64::MAX)).rev();
            entries.find(|entry| usable(entry.child))
        });
        let newest = found.max_by_key(|entry| entry.installed)?;
        Some(newest.child)
    }
}

fn entries(handle: Handle, child: &Child, installed: u64) -> Vec<Entry> {
    let Some(policy) = child.policy() else {
        return Vec::new();
    };
    let ranges = child.traffic().iter().map(|part| part.remote.addresses());
    let prefixes = ranges.clone().flat_map(|range| range.prefixes());
    let mut prefixes: Vec<Prefix> = prefixes
        .take(PREFIXES_MAX.saturating_add(1))
        .map(|(address, len)| Prefix::of(address, len))
        .collect();
    if prefixes.len() > PREFIXES_MAX {
        prefixes = ranges.map(|range| Prefix::of(range.low(), 0)).collect();
    }
    let entry = |prefix| Entry {
        policy,
        prefix,
        installed,
        child: handle,
    };
    prefixes.into_iter().map(entry).collect()
}

impl Prefix {
    /// The first `len` bits of `address`.
    fn of(address: IpAddr, len: u8) -> Self {
        let (v4, bits, all) = match address {
            IpAddr::V4(v4) => (true, u128::from(v4.to_bits()), 32_u32),
            IpAddr::V6(v6) => (false, v6.to_bits(), 128),
        };
        let hosts = all.saturating_sub(len.into());
        let bits = bits.checked_shr(hosts).unwrap_or(0);
        Self { v4, len, bits }
    }
}

/// Prefixes of one SA; one that needs more is looked at for every packet of
/// its policy.
const PREFIXES_MAX: usize = 64;
