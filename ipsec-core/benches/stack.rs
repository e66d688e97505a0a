//! What the databases and the whole way in cost with few SAs and with many, as
//! a Markdown table. Times are of the processor, so that other programs count
//! little; each is the least of several rounds.
//!
//! `cargo bench -p ipsec-core --all-features --bench stack` takes a few GB of
//! memory for the keys of a million pairs of SAs.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "a bench may stop, prints and measures time"
)]

use core::alloc::{GlobalAlloc, Layout};
use core::hint::black_box;
use core::net::{IpAddr, Ipv4Addr};
use core::sync::atomic::{AtomicUsize, Ordering};
use ipsec_core::crypto::{Secret, rustcrypto};
use ipsec_core::dataplane::{Carriage, Child, DataPlane, Inbound, Job, Protection};
use ipsec_core::esp::sa::{EspReceiver, EspSender};
use ipsec_core::esp::transform::{Clear, EspTransform, Integrity};
use ipsec_core::esp::tunnel::Tunnel;
use ipsec_core::sa::lifetime::{Lifetime, Limits};
use ipsec_core::sa::sad::{Key, Sad};
use ipsec_core::sa::selector::{AddressRange, Selector};
use ipsec_core::sa::sequence::{Numbers, Window};
use ipsec_core::sa::spd::{Action, Direction, Flow, Policy, Spd, Traffic};
use ipsec_core::time::Instant;
use ipsec_core::wire::ip::Ipv4;
use ipsec_core::wire::registry::ike::Encryption;
use ipsec_core::wire::registry::ip::Protocol;
use std::alloc::System;
use std::thread;

const NOW: Instant = Instant::ZERO;
const HERE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const SIZES: [u32; 3] = [1_000, 100_000, 1_000_000];

/// The system's allocator, with a count of what is in use.
struct Counting;

static IN_USE: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(ptr, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    if std::env::args().any(|arg| arg == "--test" || arg == "--list") {
        return;
    }
    println!("| what | size | each | against the smallest |");
    println!("|---|---|---|---|");
    let replay = replay_check();
    println!("| replay check and window, 1024 numbers | | {replay:.1} ns | |");
    spd();
    sad();
    let bytes = inbound();
    println!(
        "| bytes of a pair of SAs, without its key schedules | {} | {bytes} | |",
        SIZES[2]
    );
    let scale = threads();
    println!("| two threads, each with its own SAs | | {scale:.2} × one | |");
    println!();
    println!(
        "AES-128-GCM of RustCrypto, SAs and flows in random order; the processor's time on {}.",
        processor()
    );
}

/// The processor's time of this thread in nanoseconds.
fn clock() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let ran = stat.split(' ').next().and_then(|ran| ran.parse().ok());
    ran.unwrap_or_else(|| {
        static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
        let start = START.get_or_init(std::time::Instant::now);
        start.elapsed().as_nanos() as f64
    })
}

/// Nanoseconds of one of the `count` that `work` does, the least of several
/// rounds.
fn each(count: u32, mut work: impl FnMut()) -> f64 {
    let round = |work: &mut dyn FnMut()| {
        let begin = clock();
        work();
        (clock() - begin) / f64::from(count)
    };
    round(&mut work);
    let rounds = (0..ROUNDS).map(|_| round(&mut work));
    rounds.fold(f64::INFINITY, f64::min)
}

const ROUNDS: usize = 5;

fn row(what: &str, size: u32, time: f64, first: &mut Option<f64>) {
    let first = *first.get_or_insert(time);
    println!("| {what} | {size} | {time:.0} ns | {:.2} × |", time / first);
}

/// Numbers that look like random ones, the same in every run.
struct Mixed(u64);

impl Mixed {
    fn next(&mut self) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 32) as u32
    }

    fn below(&mut self, bound: u32) -> u32 {
        let wide = u64::from(self.next()) * u64::from(bound);
        (wide >> 32) as u32
    }
}

fn replay_check() -> f64 {
    let mut window = Window::new(1024, Numbers::Short);
    let mut top = 0_u32;
    const COUNT: u32 = 20_000_000;
    each(COUNT, || {
        for _ in 0..COUNT {
            top += 1;
            let number = window.number(black_box(top)).unwrap();
            window.accept(number).unwrap();
        }
        black_box(window.top());
    })
}

fn spd() {
    let mut first = None;
    for size in [10_u32, 1_000, 100_000] {
        let ours: AddressRange = "10.0.0.0/8".parse().unwrap();
        let policies = (0..size).map(|n| {
            let net = IpAddr::from(Ipv4Addr::from((172 << 24 | n << 6).to_be_bytes()));
            let traffic = Traffic {
                local: Selector::new(ours),
                remote: Selector::new(AddressRange::from_prefix(net, 26).unwrap())
                    .with_protocol(if n % 3 == 0 { 6 } else { 0 }),
            };
            Policy::new("", vec![traffic], Action::Protect(()))
        });
        let spd = Spd::new(policies.collect()).unwrap();
        let mut random = Mixed(1);
        let flows: Vec<Flow> = (0..1 << 16)
            .map(|_| Flow {
                local: Ipv4Addr::from((10 << 24 | random.below(1 << 24)).to_be_bytes()).into(),
                remote: Ipv4Addr::from((172 << 24 | random.below(size) << 6 | 5).to_be_bytes())
                    .into(),
                protocol: Protocol::TCP,
                ports: Some((1025, 80)),
            })
            .collect();
        let time = each(20 << 16, || {
            for flow in (0..20).flat_map(|_| &flows) {
                assert!(black_box(spd.position(Direction::Out, flow)).is_some());
            }
        });
        row("SPD look-up, no cache", size, time, &mut first);
    }
}

fn spi(n: u32) -> u32 {
    // As if by chance, and no two alike.
    n.wrapping_add(256).wrapping_mul(0x9e37_79b1) | 1 << 31
}

fn sad() {
    let mut first = None;
    for size in SIZES {
        let mut sad = Sad::new(size as usize);
        for n in 0..size {
            let _ = sad.insert(Some(Key::new(spi(n), Protocol::ESP)), n);
        }
        let mut random = Mixed(2);
        let asked: Vec<u32> = (0..1 << 20).map(|_| spi(random.below(size))).collect();
        let (from, to) = (IpAddr::from(HERE), IpAddr::from(HERE));
        let time = each(4 << 20, || {
            for spi in (0..4).flat_map(|_| &asked) {
                let found = sad.lookup(Protocol::ESP, *spi, from, to);
                black_box(found.and_then(|handle| sad.get(handle)));
            }
        });
        row("SAD look-up", size, time, &mut first);
    }
}

fn transform() -> EspTransform {
    let (key, none) = (Secret::new(vec![7; 20]), Secret::new(vec![]));
    let gcm = Encryption::ENCR_AES_GCM_16;
    EspTransform::new(rustcrypto::provider(), gcm, Integrity::None, &key, &none).unwrap()
}

fn client(n: u32) -> Ipv4Addr {
    Ipv4Addr::from((10 << 24 | n).to_be_bytes())
}

/// A gateway with so many pairs of SAs, each for one client.
fn gateway(size: u32) -> DataPlane<()> {
    let net = |text: &str| Selector::new(text.parse().unwrap());
    let all = Traffic {
        local: net("192.168.0.0/16"),
        remote: net("10.0.0.0/8"),
    };
    let policy = Policy::new("clients", vec![all], Action::Protect(()));
    let mut plane = DataPlane::new(Spd::new(vec![policy]).unwrap(), size as usize);
    let life = Lifetime::new(NOW, Limits::NONE, Limits::NONE);
    for n in 0..size {
        let there = IpAddr::from(client(n));
        let traffic = Traffic {
            remote: Selector::new(AddressRange::new(there, there).unwrap()),
            ..all
        };
        let protection = Protection::Esp {
            sender: EspSender::new(spi(n), transform(), Numbers::Extended, life),
            receiver: EspReceiver::new(spi(n), transform(), Numbers::Extended, 64, life),
        };
        let tunnel = Tunnel::new(HERE.into(), peer(n).into()).unwrap();
        let child = Child::new(0, vec![traffic], protection, Carriage::Tunnel(tunnel));
        plane.install(NOW, child).unwrap();
    }
    plane
}

fn peer(n: u32) -> Ipv4Addr {
    Ipv4Addr::from((20 << 24 | n).to_be_bytes())
}

/// Packets of clients by chance, as their gateways send them.
struct Peers {
    keys: EspTransform,
    sent: Vec<u32>,
    random: Mixed,
}

impl Peers {
    fn new(size: u32) -> Self {
        Self {
            keys: transform(),
            sent: vec![0; size as usize],
            random: Mixed(3),
        }
    }

    fn packet(&mut self, len: usize) -> Vec<u8> {
        let size = u32::try_from(self.sent.len()).unwrap();
        let n = self.random.below(size);
        self.sent[n as usize] += 1;
        let sequence = self.sent[n as usize];
        let payload = vec![9; len - 20];
        let server = Ipv4Addr::new(192, 168, 0, 1);
        let mut inner = Vec::new();
        Ipv4::new(client(n), server, Protocol::UDP, &payload)
            .sealed()
            .encode(&mut inner);
        inner.extend(&payload);
        let iv = u64::from(sequence).to_be_bytes();
        let mut clear = Clear::new(spi(n), sequence, Protocol::IPV4, &inner);
        clear.iv = &iv;
        clear.high = Some(0);
        let mut esp = Vec::new();
        self.keys.seal(&clear, &mut esp).unwrap();
        let mut outer = Vec::new();
        Ipv4::new(peer(n), HERE, Protocol::ESP, &esp)
            .sealed()
            .encode(&mut outer);
        outer.extend(&esp);
        outer
    }

    /// Nanoseconds of each packet of `len` bytes inside, on its way in.
    fn time(&mut self, plane: &mut DataPlane<()>, len: usize, packets: usize) -> f64 {
        let mut best = f64::INFINITY;
        let mut done = Vec::with_capacity(packets);
        for _ in 0..ROUNDS {
            let mut bytes: Vec<Vec<u8>> = (0..packets).map(|_| self.packet(len)).collect();
            let mut jobs: Vec<Job<'_>> = bytes
                .iter_mut()
                .map(|bytes| Job {
                    packet: 0..bytes.len(),
                    buffer: bytes,
                })
                .collect();
            done.clear();
            let begin = clock();
            for batch in jobs.chunks_mut(BATCH) {
                plane.inbound_batch(NOW, batch, &mut done);
            }
            best = best.min((clock() - begin) / packets as f64);
            assert!(
                done.iter()
                    .all(|done| matches!(done, Inbound::Opened { .. }))
            );
        }
        best
    }
}

const BATCH: usize = 32;

/// Prints the way in; returns the bytes of a pair of SAs.
fn inbound() -> usize {
    let before = IN_USE.load(Ordering::Relaxed);
    let schedules = [transform(), transform()];
    let schedules_len = IN_USE.load(Ordering::Relaxed) - before;
    drop(schedules);
    let (mut small, mut large) = (None, None);
    let mut bytes = 0;
    for size in SIZES {
        let before = IN_USE.load(Ordering::Relaxed);
        let mut plane = gateway(size);
        let used = IN_USE.load(Ordering::Relaxed) - before;
        bytes = used / size as usize - schedules_len;
        let mut peers = Peers::new(size);
        let time = peers.time(&mut plane, 64, 100_000);
        row(
            "the way in, 64 bytes inside, batches of 32",
            size,
            time,
            &mut small,
        );
        let time = peers.time(&mut plane, 1420, 50_000);
        row(
            "the way in, 1420 bytes inside, batches of 32",
            size,
            time,
            &mut large,
        );
    }
    bytes
}

/// How much more two threads do than one, of data planes with their own SAs.
fn threads() -> f64 {
    let run = || {
        let mut plane = gateway(1_000);
        Peers::new(1_000).time(&mut plane, 1420, 100_000)
    };
    let alone = run();
    let other = thread::spawn(run);
    let here = run();
    let there = other.join().unwrap();
    alone / here + alone / there
}

fn processor() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = info.lines().find(|line| line.starts_with("model name"));
    let name = line.and_then(|line| line.split(": ").nth(1));
    name.unwrap_or("an unknown processor").to_owned()
}
