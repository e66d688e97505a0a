//! A virtual network as a pure value: what is sent into it arrives later, not
//! at all, twice, or out of order, as its seed decides. The same seed and the
//! same calls give the same network, on every machine.

use crate::time::{Duration, Instant};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

/// One UDP datagram.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a datagram is these three things"
)]
pub struct Datagram {
    /// Sender.
    pub from: SocketAddr,
    /// Receiver.
    pub to: SocketAddr,
    /// What is in it.
    pub payload: Vec<u8>,
}

/// How a path treats datagrams. The default delivers each at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "configuration, every field of it documented"
)]
pub struct Path {
    /// Time that every datagram takes.
    pub latency: Duration,
    /// Up to so much is added to it at random.
    pub jitter: Duration,
    /// So many of a thousand are lost; from 1000 on, all of them.
    pub loss_per_mille: u16,
    /// So many of a thousand arrive twice, each time in its own time.
    pub duplicate_per_mille: u16,
    /// So many of a thousand are held back by [`Path::held_back`].
    pub reorder_per_mille: u16,
    /// Time that is added for those that others shall overtake.
    pub held_back: Duration,
    /// Larger packets, IP and UDP header counted, vanish.
    pub mtu: usize,
}

impl Default for Path {
    fn default() -> Self {
        Self {
            latency: Duration::ZERO,
            jitter: Duration::ZERO,
            loss_per_mille: 0,
            duplicate_per_mille: 0,
            reorder_per_mille: 0,
            held_back: Duration::ZERO,
            mtu: usize::MAX,
        }
    }
}

/// A network between any number of addresses.
///
/// ```
/// use ipsec_core::simulate::network::{Datagram, Network, Path};
/// use ipsec_core::time::{Duration, Instant};
/// let path = Path { latency: Duration::from_millis(20), ..Path::default() };
/// let mut network = Network::new(7, path);
/// network.send(Instant::ZERO, Datagram {
///     from: "192.0.2.10:500".parse().unwrap(),
///     to: "198.51.100.20:500".parse().unwrap(),
///     payload: vec![1, 2, 3],
/// });
/// let arrival = network.next_arrival().unwrap();
/// assert_eq!(arrival.as_micros(), 20_000);
/// assert!(network.poll(Instant::ZERO).is_none());
/// assert_eq!(network.poll(arrival).unwrap().payload, [1, 2, 3]);
/// ```
#[derive(Clone, Debug)]
pub struct Network {
    dice: Dice,
    default: Path,
    paths: BTreeMap<(IpAddr, IpAddr), Path>,
    /// By arrival, then in the order of sending.
    under_way: BTreeMap<(Instant, u64), Datagram>,
    /// Datagrams and copies ever under way.
    carried: u64,
    counts: Counts,
}

/// What became of the datagrams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Handed to [`Network::send`].
    pub sent: u64,
    /// Handed out by [`Network::poll`].
    pub delivered: u64,
    /// Lost by chance.
    pub lost: u64,
    /// Dropped for their size.
    pub too_big: u64,
    /// Second copies made.
    pub duplicated: u64,
    /// Dropped, copies included, because [`UNDER_WAY_MAX`] were under way.
    pub overflowed: u64,
}

impl Network {
    /// A network whose chances follow from `seed` and where every way is
    /// `path`.
    #[must_use]
    pub const fn new(seed: u64, path: Path) -> Self {
        Self {
            dice: Dice(seed),
            default: path,
            paths: BTreeMap::new(),
            under_way: BTreeMap::new(),
            carried: 0,
            counts: Counts {
                sent: 0,
                delivered: 0,
                lost: 0,
                too_big: 0,
                duplicated: 0,
                overflowed: 0,
            },
        }
    }

    /// From now on the way from one address to another, in this direction
    /// only, is `path`. What is under way is not touched.
    pub fn set_path(&mut self, from: IpAddr, to: IpAddr, path: Path) {
        self.paths.insert((from, to), path);
    }

    /// Takes a datagram at `now`. Every datagram draws the same number of
    /// chances, so changing one path leaves the others' luck as it was.
    pub fn send(&mut self, now: Instant, datagram: Datagram) {
        bump(&mut self.counts.sent);
        let way = (datagram.from.ip(), datagram.to.ip());
        let path = *self.paths.get(&way).unwrap_or(&self.default);
        let lost = self.dice.happens(path.loss_per_mille);
        let twice = self.dice.happens(path.duplicate_per_mille);
        let delays = [(); 2].map(|()| self.dice.delay(&path));
        if packet_len(&datagram) > path.mtu {
            bump(&mut self.counts.too_big);
            return;
        }
        if lost {
            bump(&mut self.counts.lost);
            return;
        }
        let [first, second] = delays;
        if twice {
            bump(&mut self.counts.duplicated);
            self.carry(now.saturating_add(second), datagram.clone());
        }
        self.carry(now.saturating_add(first), datagram);
    }

    /// The next datagram that has arrived by `now`, earliest first.
    pub fn poll(&mut self, now: Instant) -> Option<Datagram> {
        let next = self.under_way.first_entry()?;
        if next.key().0 > now {
            return None;
        }
        bump(&mut self.counts.delivered);
        Some(next.remove())
    }

    /// When the next datagram arrives; `None` when nothing is under way.
    #[must_use]
    pub fn next_arrival(&self) -> Option<Instant> {
        self.under_way.keys().next().map(|(at, _)| *at)
    }

    /// What became of the datagrams so far.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    fn carry(&mut self, arrival: Instant, datagram: Datagram) {
        if self.under_way.len() >= UNDER_WAY_MAX {
            bump(&mut self.counts.overflowed);
            return;
        }
        self.under_way.insert((arrival, self.carried), datagram);
        bump(&mut self.carried);
    }
}

/// Bytes of the IP packet that carries the datagram.
fn packet_len(datagram: &Datagram) -> usize {
    let headers = match datagram.to {
        SocketAddr::V4(_) => 20 + 8,
        SocketAddr::V6(_) => 40 + 8,
    };
    datagram.payload.len().saturating_add(headers)
}

const fn bump(count: &mut u64) {
    *count = count.saturating_add(1);
}

/// SplitMix64 (Steele, Lea, Flood 2014): small, fast, the same everywhere.
/// It is predictable: nothing that is to be secret may come from it.
#[derive(Clone, Debug)]
struct Dice(u64);

impl Dice {
    const fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    const fn happens(&mut self, per_mille: u16) -> bool {
        self.roll() % 1000 < per_mille as u64
    }

    fn delay(&mut self, path: &Path) -> Duration {
        let jitter = u64::try_from(path.jitter.as_micros()).unwrap_or(u64::MAX);
        let share = self
            .roll()
            .checked_rem(jitter.saturating_add(1))
            .unwrap_or(0);
        let held = self.happens(path.reorder_per_mille);
        path.latency
            .saturating_add(Duration::from_micros(share))
            .saturating_add(if held { path.held_back } else { Duration::ZERO })
    }
}

/// Datagrams under way at a time.
pub const UNDER_WAY_MAX: usize = 65_536;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use proptest::prelude::*;

    const A: &str = "192.0.2.10:500";
    const B: &str = "198.51.100.20:500";

    fn datagram(from: &str, to: &str, number: u16) -> Datagram {
        Datagram {
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
            payload: number.to_be_bytes().to_vec(),
        }
    }

    fn ms(millis: u64) -> Instant {
        Instant::from_micros(millis * 1000)
    }

    /// Everything that ever arrives, with its time.
    fn drain(network: &mut Network) -> Vec<(Instant, Datagram)> {
        let mut arrived = Vec::new();
        while let Some(at) = network.next_arrival() {
            let datagram = network.poll(at).unwrap();
            arrived.push((at, datagram));
        }
        arrived
    }

    /// The published outputs for the seed 1234567.
    #[test]
    fn the_dice_are_splitmix64() {
        let mut dice = Dice(1_234_567);
        let rolls = [(); 3].map(|()| dice.roll());
        assert_eq!(
            rolls,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn a_perfect_path_keeps_the_order() {
        let mut network = Network::new(1, Path::default());
        for number in 0..100 {
            network.send(ms(5), datagram(A, B, number));
        }
        let arrived = drain(&mut network);
        let expected: Vec<_> = (0..100).map(|n| (ms(5), datagram(A, B, n))).collect();
        assert_eq!(arrived, expected);
    }

    #[test]
    fn directions_differ() {
        let mut network = Network::new(1, Path::default());
        let address = |text: &str| text.parse::<SocketAddr>().unwrap().ip();
        let blocked = Path {
            loss_per_mille: 1000,
            ..Path::default()
        };
        network.set_path(address(B), address(A), blocked);
        network.send(ms(0), datagram(A, B, 1));
        network.send(ms(0), datagram(B, A, 2));
        assert_eq!(drain(&mut network), [(ms(0), datagram(A, B, 1))]);
        assert_eq!(network.counts().lost, 1);
    }

    #[test]
    fn the_mtu_counts_headers() {
        let path = Path {
            mtu: 1280,
            ..Path::default()
        };
        let mut network = Network::new(1, path);
        for (to, len) in [
            (B, 1252),
            (B, 1253),
            ("[2001:db8::1]:500", 1232),
            ("[2001:db8::1]:500", 1233),
        ] {
            let payload = vec![0; len];
            network.send(
                ms(0),
                Datagram {
                    payload,
                    ..datagram(A, to, 0)
                },
            );
        }
        assert_eq!(
            (drain(&mut network).len(), network.counts().too_big),
            (2, 2)
        );
    }

    #[test]
    fn chances_come_about() {
        let path = Path {
            loss_per_mille: 300,
            duplicate_per_mille: 100,
            reorder_per_mille: 50,
            held_back: Duration::from_millis(10),
            ..Path::default()
        };
        let mut network = Network::new(42, path);
        for number in 0..10_000 {
            network.send(ms(u64::from(number)), datagram(A, B, number));
        }
        let counts = network.counts();
        assert!((2_800..3_200).contains(&counts.lost), "{counts:?}");
        assert!((600..800).contains(&counts.duplicated), "{counts:?}");
        let arrived = drain(&mut network);
        let overtaken = arrived
            .windows(2)
            .filter(|pair| pair[0].1.payload > pair[1].1.payload)
            .count();
        assert!((200..500).contains(&overtaken), "{overtaken}");
    }

    #[test]
    fn the_network_is_finite() {
        let slow = Path {
            latency: Duration::from_secs(1),
            ..Path::default()
        };
        let mut network = Network::new(1, slow);
        for _ in 0..=UNDER_WAY_MAX {
            network.send(ms(0), datagram(A, B, 0));
        }
        assert_eq!(network.counts().overflowed, 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn nothing_is_made_up_and_all_is_accounted_for(
            seed: u64, loss in 0_u16..1100, twice in 0_u16..1100, reorder in 0_u16..1100,
            latency in 0_u64..100_000, jitter in 0_u64..100_000, mtu in 20_usize..40,
            gaps in prop::collection::vec(0_u64..50_000, 1..60),
        ) {
            let path = Path {
                latency: Duration::from_micros(latency),
                jitter: Duration::from_micros(jitter),
                loss_per_mille: loss,
                duplicate_per_mille: twice,
                reorder_per_mille: reorder,
                held_back: Duration::from_millis(50),
                mtu,
            };
            let run = || {
                let mut network = Network::new(seed, path);
                let mut now = Instant::ZERO;
                let mut sent = Vec::new();
                for (number, gap) in gaps.iter().enumerate() {
                    now = now.saturating_add(Duration::from_micros(*gap));
                    sent.push(now);
                    network.send(now, datagram(A, B, u16::try_from(number).unwrap()));
                }
                (sent, drain(&mut network), network.counts())
            };
            let (sent, arrived, counts) = run();
            prop_assert_eq!(run().1, arrived.clone(), "the seed decides");
            prop_assert_eq!(counts.delivered, u64::try_from(arrived.len()).unwrap());
            prop_assert_eq!(counts.sent + counts.duplicated, counts.delivered + counts.lost + counts.too_big);
            prop_assert!(arrived.is_sorted_by_key(|(at, _)| *at));
            for (at, datagram) in &arrived {
                let number = u16::from_be_bytes([datagram.payload[0], datagram.payload[1]]);
                let delay = at.saturating_since(sent[usize::from(number)]);
                prop_assert!(delay >= path.latency);
                prop_assert!(delay <= path.latency + path.jitter + path.held_back);
            }
        }
    }
}
