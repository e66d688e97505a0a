//! Many runs over a bad network: whatever is lost, doubled, delayed or forged,
//! a run ends established or closed for a named reason.

use super::pair::{A, B, Dice, Pair, address, peer};
use ipsec_core::ike::retransmit::Retransmission;
use ipsec_core::simulate::network::{Datagram, Path};
use ipsec_core::time::Duration;

/// `IPSEC_SEEDS` says how many, `IPSEC_SEED` which one alone.
fn seeds() -> core::ops::Range<u64> {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    match number("IPSEC_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("IPSEC_SEEDS").unwrap_or(300),
    }
}

fn bad_path(dice: &mut Dice) -> Path {
    let mut up_to = |most: u64| dice.roll() % (most + 1);
    Path {
        latency: Duration::from_millis(up_to(100)),
        jitter: Duration::from_millis(up_to(100)),
        loss_per_mille: u16::try_from(up_to(400)).unwrap(),
        duplicate_per_mille: u16::try_from(up_to(300)).unwrap(),
        reorder_per_mille: u16::try_from(up_to(300)).unwrap(),
        held_back: Duration::from_millis(up_to(2000)),
        mtu: usize::MAX,
    }
}

/// Sends a datagram that was seen before, changed or as it was.
fn forge(pair: &mut Pair, dice: &mut Dice) {
    let Some(count) = u64::try_from(pair.sent.len())
        .ok()
        .filter(|count| *count > 0)
    else {
        return;
    };
    let at = usize::try_from(dice.roll() % count).unwrap();
    let mut datagram: Datagram = pair.sent[at].clone();
    let len = u64::try_from(datagram.payload.len()).unwrap();
    if len > 0 && !dice.roll().is_multiple_of(3) {
        let at = usize::try_from(dice.roll() % len).unwrap();
        datagram.payload[at] ^= 1 << (dice.roll() % 8);
    }
    pair.network.send(pair.now, datagram);
}

fn storm(seed: u64) {
    let mut dice = Dice(seed);
    let schedule = Retransmission {
        first: Duration::from_secs(1),
        tries: 12,
        limit: Some(Duration::from_secs(8)),
        jitter_percent: 20,
        ..Retransmission::default()
    };
    let peers = [A, B].map(|end| {
        let mut peer = peer(end);
        peer.retransmission = schedule;
        peer.liveness = Some(Duration::from_secs(60));
        peer
    });
    let path = bad_path(&mut dice);
    let mut pair = Pair::new(peers, path, seed);
    pair.ends[A]
        .connect(pair.now, "b", address(A), address(B))
        .unwrap();
    for _ in 0..60 {
        pair.pass(Duration::from_millis(dice.roll() % 4000));
        forge(&mut pair, &mut dice);
        act(&mut pair, &mut dice);
    }
    // The network recovers; everything comes to its end.
    let [a, b] = [A, B].map(|end| address(end).ip());
    pair.network.set_path(a, b, Path::default());
    pair.network.set_path(b, a, Path::default());
    pair.pass(Duration::from_secs(400));
    judge(&mut pair, seed);
}

/// One of the hosts does something.
fn act(pair: &mut Pair, dice: &mut Dice) {
    let end = usize::from(dice.roll().is_multiple_of(2));
    let Some(connection) = pair.hosts[end].established.last().copied() else {
        return;
    };
    let children = pair.ends[end].children(connection);
    let (now, endpoint) = (pair.now, &mut pair.ends[end]);
    let child = children.first().copied();
    // Whatever is misuse by now is refused.
    let _ = match (dice.roll() % 12, child) {
        (0..=2, Some(child)) => endpoint.rekey_child(now, connection, child),
        (3, Some(child)) => endpoint.delete_child(now, connection, child),
        (4..=5, _) => endpoint.rekey_ike(now, connection),
        (6, _) if children.len() < 4 => endpoint.create_child(now, connection, "net"),
        _ => Ok(()),
    };
    pair.drain();
}

/// Both ends agree on everything that is left.
fn judge(pair: &mut Pair, seed: u64) {
    for end in [A, B] {
        let counters = pair.ends[end].counters();
        assert_eq!(counters.half_open, 0, "seed {seed}");
        assert_eq!(
            counters.children,
            pair.hosts[end].children.len(),
            "seed {seed}: orphan SPIs"
        );
        let over = pair.hosts[end].closed.len();
        assert!(
            counters.connections == 1 || over > 0,
            "seed {seed}: neither up nor closed"
        );
    }
    let alive = [A, B].map(|end| pair.ends[end].counters().connections);
    assert_eq!(
        alive[A], alive[B],
        "seed {seed}: {:?} {:?}",
        pair.hosts[A].closed, pair.hosts[B].closed
    );
    let count = [A, B].map(|end| pair.hosts[end].children.len());
    assert_eq!(count[A], count[B], "seed {seed}: children");
    pair.check_traffic();
}

#[test]
fn every_run_ends_well() {
    for seed in seeds() {
        storm(seed);
    }
}
