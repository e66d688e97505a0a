//! Established connections: children and IKE SAs made, replaced, deleted.

use super::pair::{A, B, Pair, peer};
use ipsec_core::ike::event::{ChildId, CloseReason};
use ipsec_core::simulate::network::Path;
use ipsec_core::time::Duration;

fn only_child(pair: &Pair, end: usize) -> ChildId {
    assert_eq!(pair.hosts[end].children.len(), 1);
    *pair.hosts[end].children.keys().next().unwrap()
}

/// Lets an end replace its only child, and says which that is.
fn begin_child_rekey(pair: &mut Pair, end: usize) -> ChildId {
    let (child, connection) = (only_child(pair, end), pair.hosts[end].established[0]);
    pair.ends[end]
        .rekey_child(pair.now, connection, child)
        .unwrap();
    child
}

#[test]
fn a_child_is_replaced_by_either_end() {
    for end in [A, B] {
        let mut pair = Pair::plain();
        pair.connect();
        let old = begin_child_rekey(&mut pair, end);
        pair.settle();
        assert_ne!(only_child(&pair, end), old);
        pair.check_traffic();
        assert_eq!(pair.hosts[A].ups, 2);
        assert!(pair.hosts.iter().all(|host| host.ignored.is_empty()));
    }
}

/// Both ends begin at once; one new child stays (RFC 7296 §2.8.1).
#[test]
fn both_replace_the_child_at_once() {
    for seed in 0..50 {
        let mut pair = Pair::with_jitter(seed);
        pair.connect();
        for end in [A, B] {
            begin_child_rekey(&mut pair, end);
        }
        pair.settle();
        pair.check_traffic();
        assert_eq!(pair.hosts[A].children.len(), 1, "seed {seed}");
        assert_eq!(pair.hosts[A].ups, 3);
        for end in [A, B] {
            assert_eq!(pair.ends[end].counters().children, 1);
        }
    }
}

#[test]
fn the_ike_sa_is_replaced_by_either_end() {
    for end in [A, B] {
        let mut pair = Pair::plain();
        pair.connect();
        let connection = pair.hosts[end].established[0];
        pair.ends[end].rekey_ike(pair.now, connection).unwrap();
        pair.settle();
        assert!(
            pair.hosts
                .iter()
                .all(|host| host.rekeyed == 1 && host.closed.is_empty())
        );
        let child = begin_child_rekey(&mut pair, end);
        pair.settle();
        pair.check_traffic();
        assert_ne!(only_child(&pair, end), child);
    }
}

#[test]
fn both_replace_the_ike_sa_at_once() {
    for seed in 0..50 {
        let mut pair = Pair::with_jitter(seed);
        pair.connect();
        for end in [A, B] {
            let connection = pair.hosts[end].established[0];
            pair.ends[end].rekey_ike(pair.now, connection).unwrap();
        }
        pair.settle();
        assert!(
            pair.hosts.iter().all(|host| host.closed.is_empty()),
            "seed {seed}"
        );
        // The ends agree on which IKE SA it is.
        for end in [A, B] {
            let child = begin_child_rekey(&mut pair, end);
            pair.settle();
            assert_ne!(only_child(&pair, end), child, "seed {seed}");
        }
        pair.check_traffic();
        pair.pass(Duration::from_secs(300));
        assert!(
            pair.hosts.iter().all(|host| host.closed.is_empty()),
            "seed {seed}"
        );
    }
}

#[test]
fn a_child_is_deleted_and_made_again() {
    let mut pair = Pair::plain();
    let connection = pair.connect();
    let child = only_child(&pair, A);
    pair.ends[A]
        .delete_child(pair.now, connection, child)
        .unwrap();
    pair.settle();
    assert!(pair.hosts.iter().all(|host| host.children.is_empty()));
    pair.ends[A]
        .create_child(pair.now, connection, "net")
        .unwrap();
    pair.settle();
    pair.check_traffic();
    assert_eq!(pair.hosts[A].children.len(), 1);
}

#[test]
fn both_delete_the_child_at_once() {
    let mut pair = Pair::plain();
    pair.connect();
    for end in [A, B] {
        let (child, connection) = (only_child(&pair, end), pair.hosts[end].established[0]);
        pair.ends[end]
            .delete_child(pair.now, connection, child)
            .unwrap();
    }
    pair.settle();
    assert!(
        pair.hosts
            .iter()
            .all(|host| host.children.is_empty() && host.closed.is_empty())
    );
}

#[test]
fn a_connection_is_closed_by_either_end() {
    for end in [A, B] {
        let mut pair = Pair::plain();
        pair.connect();
        let connection = pair.hosts[end].established[0];
        pair.ends[end].close(pair.now, connection).unwrap();
        pair.settle();
        assert_eq!(pair.hosts[end].closed, [CloseReason::ByHost]);
        assert_eq!(pair.hosts[1 - end].closed, [CloseReason::ByPeer]);
        for end in &pair.ends {
            assert_eq!(end.counters(), Default::default());
        }
    }
}

/// A peer that is gone is found out by the liveness check (RFC 7296 §2.4).
#[test]
fn a_dead_peer_is_noticed() {
    let mut pair = Pair::plain();
    pair.connect();
    let silent = Path {
        loss_per_mille: 1000,
        ..Path::default()
    };
    let [a, b] = [A, B].map(|end| super::pair::address(end).ip());
    pair.network.set_path(a, b, silent);
    pair.network.set_path(b, a, silent);
    pair.pass(Duration::from_secs(300));
    for end in [A, B] {
        assert_eq!(pair.hosts[end].closed, [CloseReason::NoAnswer]);
        assert!(pair.hosts[end].children.is_empty());
        assert_eq!(pair.ends[end].counters(), Default::default());
    }
}

/// A day of life: children each hour, the IKE SA every four hours.
#[test]
fn lifetimes_replace_everything_in_time() {
    let mut pair = Pair::plain();
    pair.keep_sent = false;
    pair.connect();
    for _ in 0..24 * 6 {
        pair.pass(Duration::from_secs(600));
        assert!(pair.hosts.iter().all(|host| host.closed.is_empty()));
        pair.check_traffic();
    }
    assert!(pair.hosts[A].ups >= 24, "{}", pair.hosts[A].ups);
    assert!(pair.hosts[A].rekeyed >= 6, "{}", pair.hosts[A].rekeyed);
    assert_eq!(pair.ends[A].counters().children, 1);
}

/// A comes back after it has lost everything: its new connection replaces
/// the old one (RFC 7296 §2.4, INITIAL_CONTACT).
#[test]
fn a_returning_peer_replaces_its_connection() {
    let mut pair = Pair::plain();
    pair.connect();
    pair.ends[A] = super::pair::endpoint(peer(A), 99);
    pair.hosts[A] = Default::default();
    pair.connect();
    assert_eq!(pair.hosts[B].closed, [CloseReason::Replaced]);
    pair.check_traffic();
    assert_eq!(pair.ends[B].counters().connections, 1);
}
