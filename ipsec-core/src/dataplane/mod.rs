//! The processing of IP traffic (RFC 4301 §5): policies, SAs and packets in
//! one object that owns no socket and no clock.
//!
//! A host hands over each packet of the protected side ([`DataPlane::outbound`])
//! and each packet of the other side that is for it ([`DataPlane::inbound`]),
//! in a buffer with room around it, and does with it what the answer says.
//! Whole packets are processed: the host puts fragments of protected packets
//! together first, counts hops when it forwards, and cuts outer packets that
//! may be cut.
//!
//! Then it asks [`DataPlane::poll`] which SAs have aged, and comes back at
//! [`DataPlane::next_timeout`] at the latest.
//!
//! A data plane is for one thread. Where one does not suffice, each thread has
//! its own, with the same policies and SAs of its own; whoever negotiates an SA
//! installs it where the network card delivers the peer's packets.

mod arrival;
mod child;
mod flow;
mod fragments;
mod live;
mod reply;
mod senders;
mod standby;
mod verdict;
mod witness;

pub use child::{Carriage, Child, ProtectError, Protection, UnprotectError};
pub use flow::flow;
pub use live::{Affected, Aged, Extant};
pub use reply::Replies;
pub use standby::{Keys, Material, RestoreError, Snapshot, TakeOver};
pub use verdict::{Counts, Dropped, Inbound, NotInstalled, Outbound};

use crate::esp::Inner;
use crate::evidence::Evidence;
use crate::sa::lifetime::Age;
use crate::sa::sad::{Handle, Key, Refused, Sad};
use crate::sa::spd::{Action, Direction, Flow, FlowCache, Spd, Traffic};
use crate::time::Instant;
use crate::wire::ip::Packet;
use crate::wire::registry::ip::Protocol;
use alloc::boxed::Box;
use alloc::collections::{BTreeSet, VecDeque};
use alloc::vec::Vec;
use arrival::{Arrival, Came};
use child::Fit;
use core::net::{IpAddr, SocketAddr};
use core::ops::Range;
use flow::quoted;
use fragments::{Datagram, Fragments, Seen};
use reply::Told;
use senders::Senders;
use smallvec::SmallVec;
use witness::{Faults, Strays};

/// A gateway's data plane. `P` is what the caller's policies say of the SAs
/// they want.
#[derive(Debug)]
pub struct DataPlane<P> {
    spd: Spd<P>,
    cache: FlowCache,
    children: Sad<Child>,
    senders: Senders,
    /// SAs by what names them in packets that we send; peers choose that, so
    /// there may be several.
    by_peer: BTreeSet<(Protocol, u32, Handle)>,
    fragments: Fragments,
    replies: Replies,
    aged: VecDeque<Aged>,
    strays: Strays,
    counts: Counts,
}

/// One packet of several, and the buffer that it stands in.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "a packet and its place")]
pub struct Job<'b> {
    /// Room around the packet, and the packet.
    pub buffer: &'b mut [u8],
    /// Where it stands.
    pub packet: Range<usize>,
}

impl<P> DataPlane<P> {
    /// A data plane with these policies, for up to `children` pairs of SAs.
    #[must_use]
    pub fn new(spd: Spd<P>, children: usize) -> Self {
        Self {
            spd,
            cache: FlowCache::new(FLOWS),
            children: Sad::new(children),
            senders: Senders::default(),
            by_peer: BTreeSet::new(),
            fragments: Fragments::default(),
            replies: Replies::default(),
            aged: VecDeque::new(),
            strays: Strays::default(),
            counts: Counts::default(),
        }
    }

    /// The same, which tells senders what this says.
    #[must_use]
    pub fn with_replies(self, replies: Replies) -> Self {
        Self { replies, ..self }
    }

    /// The same, which remembers the policy of so many flows, at most
    /// [`crate::sa::spd::FLOWS_MAX`].
    #[must_use]
    pub fn with_flows(self, flows: usize) -> Self {
        let cache = FlowCache::new(flows);
        Self { cache, ..self }
    }

    /// The policies.
    #[must_use]
    pub const fn policies(&self) -> &Spd<P> {
        &self.spd
    }

    /// The pairs of SAs.
    #[must_use]
    pub const fn children(&self) -> &Sad<Child> {
        &self.children
    }

    /// One pair of SAs, to be changed: the way a peer's address moved to, what
    /// its path lets through.
    pub fn child_mut(&mut self, child: Handle) -> Option<&mut Child> {
        self.children.get_mut(child)
    }

    /// What went through, and what did not.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// What went wrong since the SAs were made, as facts that
    /// [`crate::diag`] draws conclusions from: replays, packets that are not
    /// authentic, SPIs of no SA, packets that came in the clear and must not.
    #[must_use]
    pub fn evidence(&self) -> Vec<Evidence> {
        let faulty = self.children.iter().filter_map(|(_, child)| {
            let faults = child.faults.as_ref()?;
            Some(faults.told(child))
        });
        let mut all = faulty.collect();
        self.strays.told(&mut all);
        all
    }

    /// Kinds of packets that [`DataPlane::evidence`] leaves out, because there
    /// were too many.
    #[must_use]
    pub const fn left_out(&self) -> u64 {
        self.strays.left_out()
    }

    /// Puts in a pair of SAs. From now on it sends what fits its traffic; an
    /// older one still receives.
    ///
    /// # Errors
    ///
    /// Another SA has its SPI, there is no room for more, or no policy that
    /// protects is at the place that it names.
    pub fn install(&mut self, now: Instant, child: Child) -> Result<Handle, NotInstalled> {
        if self.action(child.policy()) != Some(Action::Protect(())) {
            return Err(NotInstalled::NoPolicy);
        }
        let sent = (child.key().protocol, child.peer_spi());
        let inserted = self.children.insert(Some(child.key()), child);
        let handle = inserted.map_err(|refused| match refused {
            Refused::Taken { key, .. } => NotInstalled::Taken { key },
            Refused::Full { limit, .. } => NotInstalled::Full { limit },
        })?;
        self.by_peer.insert((sent.0, sent.1, handle));
        if let Some(child) = self.children.get_mut(handle) {
            child.installed = self.senders.insert(handle, child);
            let next = child.next_change(now);
            self.children.set_timer(handle, next);
        }
        Ok(handle)
    }

    /// Takes a pair of SAs out.
    pub fn remove(&mut self, child: Handle) -> Option<Child> {
        let removed = self.children.remove(child)?;
        let (protocol, sent) = (removed.key().protocol, removed.peer_spi());
        self.senders.remove(child, &removed, removed.installed);
        self.by_peer.remove(&(protocol, sent, child));
        Some(removed)
    }

    /// Processes the packet at `packet` of `buffer`, which comes from the
    /// protected side. [`HEADROOM`] bytes before it and [`TAILROOM`] behind it
    /// are enough for every SA.
    pub fn outbound(&mut self, now: Instant, buffer: &mut [u8], packet: Range<usize>) -> Outbound {
        let done = match self.send(now, buffer, packet.clone()) {
            Ok(done) => done,
            Err(why) => {
                let bytes = buffer.get(packet).unwrap_or_default();
                match self.replies.to(now, bytes, why) {
                    Some(reply) => Outbound::Answered { why, reply },
                    None => Outbound::Dropped(why),
                }
            }
        };
        self.counts.add_outbound(&done);
        done
    }

    /// As [`DataPlane::outbound`], for several packets at once; `done` gets an
    /// answer for each, in their order.
    pub fn outbound_batch(&mut self, now: Instant, jobs: &mut [Job<'_>], done: &mut Vec<Outbound>) {
        done.extend(
            jobs.iter_mut()
                .map(|job| self.outbound(now, job.buffer, job.packet.clone())),
        );
    }

    fn send(
        &mut self,
        now: Instant,
        buffer: &mut [u8],
        packet: Range<usize>,
    ) -> Result<Outbound, Dropped> {
        let bytes = buffer.get(packet.clone()).unwrap_or_default();
        let inner = Inner::read(bytes).ok_or(Dropped::NotIp)?;
        let read = Packet::decode(bytes).map_err(|_| Dropped::NotIp)?;
        let seen = self.see(now, Direction::Out, None, &read)?;
        let position = self.place(Direction::Out, &seen);
        let discarded = Dropped::Discarded { policy: position };
        let sender = match (position, self.action(position)) {
            (_, Some(Action::Bypass)) => return Ok(Outbound::Bypassed),
            (Some(place), Some(Action::Protect(()))) => self.sender(now, place, &seen, inner.class),
            (_, _) => {
                let sender = self.sender_of_error(now, &read, inner.class);
                Some(sender.ok_or(discarded)?)
            }
        };
        let child = sender.and_then(|sender| Some((sender, self.children.get_mut(sender)?)));
        let Some((handle, child)) = child else {
            return self.acquire(position, seen.flow).ok_or(discarded);
        };
        match child.fit(now, &inner) {
            Fit::Whole => {}
            Fit::Cut(mtu) => return Ok(Outbound::Cut { mtu }),
            Fit::TooBig(mtu) => return Err(Dropped::TooBig { mtu }),
        }
        let outer = child.protect(now, buffer, packet);
        let age = child.age(now);
        self.note(handle, age);
        outer.map(Outbound::Protected).map_err(Dropped::Protect)
    }

    /// What the policy at this place does.
    fn action(&self, position: Option<usize>) -> Option<Action<()>> {
        let policy = self.spd.policies().get(position?)?;
        Some(match policy.action {
            Action::Discard => Action::Discard,
            Action::Bypass => Action::Bypass,
            Action::Protect(_) => Action::Protect(()),
        })
    }

    fn acquire(&self, position: Option<usize>, flow: Flow) -> Option<Outbound> {
        let policy = position?;
        let traffic = self.spd.policies().get(policy)?.traffic_for(&flow)?;
        Some(Outbound::Acquire {
            policy,
            traffic,
            flow,
        })
    }

    /// A packet as policies see it. `via` is the SA that it came by.
    fn see(
        &mut self,
        now: Instant,
        direction: Direction,
        via: Option<Handle>,
        packet: &Packet<'_>,
    ) -> Result<Seen, Dropped> {
        let flow = flow(packet, direction);
        let Some(fragment) = packet.fragment() else {
            return Ok(Seen::new(flow));
        };
        let datagram = Datagram::of(packet, &fragment, direction, via);
        if fragment.offset == 0 {
            self.fragments.note(now, datagram, flow);
            return Ok(Seen::new(flow));
        }
        if fragments::overlaps(packet, &fragment) {
            return Err(Dropped::Overlap);
        }
        let whole = self.fragments.whole(now, &datagram);
        Ok(Seen { flow, whole })
    }

    /// The place of the policy for a packet. A later fragment is under that of
    /// its datagram, unless a policy is for later fragments (RFC 4301 §7).
    fn place(&mut self, direction: Direction, seen: &Seen) -> Option<usize> {
        let shown = self.cache.position(&self.spd, direction, &seen.flow);
        let Some(whole) = &seen.whole else {
            return shown;
        };
        let policy = shown.and_then(|at| self.spd.policies().get(at));
        let part = policy.and_then(|policy| policy.part(direction, &seen.flow));
        if part.is_some_and(Traffic::is_of_fragments) {
            return shown;
        }
        self.cache.position(&self.spd, direction, whole)
    }

    /// The newest SA of the policy that is for the packet and not at its end.
    fn sender(&self, now: Instant, policy: usize, seen: &Seen, class: u8) -> Option<Handle> {
        let usable = |handle| {
            self.children.get(handle).is_some_and(|child| {
                child.takes(Direction::Out, seen)
                    && child.sends(class)
                    && child.age(now) != Age::Over
            })
        };
        self.senders.newest(policy, seen.flow.remote, usable)
    }

    /// For an ICMP error that no policy lets through: the SA that would carry
    /// the answer to the packet it is about (RFC 4301 §6.2).
    fn sender_of_error(&mut self, now: Instant, packet: &Packet<'_>, class: u8) -> Option<Handle> {
        let seen = Seen::new(quoted(packet, Direction::In)?);
        let position = self.place(Direction::Out, &seen)?;
        self.sender(now, position, &seen, class)
    }

    /// Processes the packet at `packet` of `buffer`, which came from the other
    /// side and is for this host.
    pub fn inbound(&mut self, now: Instant, buffer: &mut [u8], packet: Range<usize>) -> Inbound {
        let done = match self.receive(now, buffer, packet) {
            Ok(done) => done,
            Err(why) => Inbound::Dropped(why),
        };
        self.counts.add_inbound(&done);
        done
    }

    /// As [`DataPlane::inbound`], for several packets at once; `done` gets an
    /// answer for each, in their order. With many SAs this is quicker: they are
    /// fetched from memory all at once, not one behind the other.
    pub fn inbound_batch(&mut self, now: Instant, jobs: &mut [Job<'_>], done: &mut Vec<Inbound>) {
        if self.children.len() > CACHED {
            self.fetch(jobs);
        }
        done.extend(
            jobs.iter_mut()
                .map(|job| self.inbound(now, job.buffer, job.packet.clone())),
        );
    }

    /// Looks at the SAs of packets, so that they are in the processor's cache
    /// when they are needed.
    fn fetch(&self, jobs: &[Job<'_>]) {
        let named = |job: &Job<'_>| {
            let (read, _) = Packet::decode_lax(job.buffer.get(job.packet.clone())?).ok()?;
            let Arrival::Protected(came) = Arrival::of(&read) else {
                return None;
            };
            Some((came, read.source(), read.destination()))
        };
        // One step for all after the other, so that no packet waits for the next.
        let named: Batch<_> = jobs.iter().filter_map(named).collect();
        let found: Batch<_> = named
            .iter()
            .filter_map(|(came, from, to)| {
                self.children.lookup(came.protocol, came.spi, *from, *to)
            })
            .collect();
        let looks = found
            .iter()
            .filter_map(|handle| self.children.get(*handle).map(Child::look));
        core::hint::black_box(looks.fold(0, u64::wrapping_add));
    }

    /// Judges a packet of the other side that is for another host, and that
    /// policies may let pass, protected or not (RFC 4301 §5.2 step 3b).
    pub fn passing(&mut self, now: Instant, packet: &[u8]) -> Inbound {
        let read = Packet::decode(packet).map_err(|_| Dropped::NotIp);
        let done = read.and_then(|read| self.clear(now, &read));
        let done = done.unwrap_or_else(Inbound::Dropped);
        self.counts.add_inbound(&done);
        done
    }

    fn receive(
        &mut self,
        now: Instant,
        buffer: &mut [u8],
        packet: Range<usize>,
    ) -> Result<Inbound, Dropped> {
        let bytes = buffer.get_mut(packet.clone()).unwrap_or_default();
        let len = Inner::read(bytes).ok_or(Dropped::NotIp)?.len;
        let whole = bytes.get_mut(..len).ok_or(Dropped::NotIp)?;
        let read = Packet::decode(whole).map_err(|_| Dropped::NotIp)?;
        let came = match Arrival::of(&read) {
            Arrival::Protected(came) => came,
            Arrival::Fragment => return Err(Dropped::Fragment),
            Arrival::Control => return Ok(Inbound::Control),
            Arrival::Clear => return self.clear(now, &read),
        };
        let from = SocketAddr::new(read.source(), came.ports.0);
        let outer = Outer::of(&read);
        let (child, inner) = self.open(now, &came, &outer, whole)?;
        let opened = whole.get(inner.clone()).unwrap_or_default();
        let opened = Packet::decode(opened).map_err(|_| Dropped::NotIpInside)?;
        self.check(now, child, &opened)?;
        let at = |place: usize| packet.start.saturating_add(place);
        Ok(Inbound::Opened {
            packet: at(inner.start)..at(inner.end),
            child,
            from,
        })
    }

    /// Finds the SA of the whole packet and takes out what it holds.
    fn open(
        &mut self,
        now: Instant,
        came: &Came,
        outer: &Outer,
        whole: &mut [u8],
    ) -> Result<(Handle, Range<usize>), Dropped> {
        let (from, to) = outer.addresses;
        let route = witness::route(came, from, to);
        let spi = came.spi;
        let found = self.children.lookup(came.protocol, spi, from, to);
        let found = found.and_then(|handle| Some((handle, self.children.get_mut(handle)?)));
        let Some((handle, child)) = found else {
            self.strays.unknown_spi(now, route, spi);
            return Err(Dropped::UnknownSpi { spi });
        };
        let esp = outer.head.saturating_add(came.before);
        let opened = child.unprotect(now, whole, outer.class, outer.head, esp);
        if let Err(why) = &opened {
            let (used, _) = child.received();
            let new = || Box::new(Faults::new(now, route, came.before > 0));
            let faults = child.faults.get_or_insert_with(new);
            faults.add(now, used.packets, why);
        }
        let age = child.age(now);
        self.note(handle, age);
        Ok((handle, opened.map_err(Dropped::Unprotect)?))
    }

    /// Whether what came by an SA is what it is for, and what its policy is
    /// for: policies that stand before it may not be got round by it
    /// (RFC 4301 §4.4.1 and §5.2 step 4). An ICMP error is judged by the packet
    /// that it is about as well (§6.2).
    fn check(&mut self, now: Instant, child: Handle, packet: &Packet<'_>) -> Result<(), Dropped> {
        let seen = self.see(now, Direction::In, Some(child), packet)?;
        let about = || quoted(packet, Direction::Out).map(Seen::new);
        let fits = self.is_of(child, Direction::In, &seen)
            || about().is_some_and(|about| self.is_of(child, Direction::Out, &about));
        fits.then_some(()).ok_or(Dropped::NotItsTraffic { child })
    }

    fn is_of(&mut self, child: Handle, direction: Direction, seen: &Seen) -> bool {
        let child = self.children.get(child);
        let child = child.filter(|child| child.takes(direction, seen));
        let policy = child.and_then(Child::policy);
        policy.is_some() && self.place(direction, seen) == policy
    }

    /// A packet that nothing protects.
    fn clear(&mut self, now: Instant, packet: &Packet<'_>) -> Result<Inbound, Dropped> {
        let seen = self.see(now, Direction::In, None, packet)?;
        let position = self.place(Direction::In, &seen);
        match (position, self.action(position)) {
            (_, Some(Action::Bypass)) => Ok(Inbound::Bypassed),
            (Some(policy), Some(Action::Protect(()))) => {
                self.strays
                    .clear(now, packet.source(), packet.destination());
                Err(Dropped::Clear { policy })
            }
            (policy, _) => Err(Dropped::Discarded { policy }),
        }
    }

    /// The ICMP message to the sender of a packet that asked for an SA which
    /// could not be had: the peer refused it, or, where `unreachable`, did not
    /// answer (RFC 4301 §5.1.1 b). `None` where nobody is to be told.
    pub fn refuse(&mut self, now: Instant, packet: &[u8], unreachable: bool) -> Option<Vec<u8>> {
        let told = match unreachable {
            true => Told::Unreachable,
            false => Told::Prohibited,
        };
        self.replies.tell(now, packet, told)
    }

    /// Takes in that a router says a packet of ours was too long: `quoted` is
    /// the beginning of that packet, `mtu` what the router lets through, or 0
    /// (RFC 4301 §8.2.1). Anybody can say so; see [`PathMtu::told`]. Returns
    /// the SA whose path is narrower than was known.
    ///
    /// [`PathMtu::told`]: crate::sa::path_mtu::PathMtu::told
    pub fn told_too_big(&mut self, now: Instant, quoted: &[u8], mtu: u16) -> Option<Handle> {
        let (read, _) = Packet::decode_lax(quoted).ok()?;
        let Arrival::Protected(sent) = Arrival::of(&read) else {
            return None;
        };
        let len = match read {
            Packet::V4(v4) => v4.total_length,
            Packet::V6(v6) => v6.payload_length.saturating_add(V6_HEADER),
        };
        let to = read.destination();
        let named = |handle| (sent.protocol, sent.spi, handle);
        let known = self.by_peer.range(named(Handle::FIRST)..);
        let mut known =
            known.take_while(|(protocol, spi, _)| (*protocol, *spi) == (sent.protocol, sent.spi));
        let (_, _, handle) = *known.find(|(_, _, handle)| {
            let child = self.children.get(*handle);
            child.is_some_and(|child| child.goes_to(to))
        })?;
        let child = self.children.get_mut(handle)?;
        child.path.told(now, mtu, len).then_some(handle)
    }

    /// Whether a key is free for an SA that comes in.
    #[must_use]
    pub fn is_free(&self, key: &Key) -> bool {
        !self.children.has(key)
    }
}

/// The outer head of a packet that came.
struct Outer {
    addresses: (IpAddr, IpAddr),
    class: u8,
    /// Bytes of it.
    head: usize,
}

impl Outer {
    fn of(packet: &Packet<'_>) -> Self {
        Self {
            addresses: (packet.source(), packet.destination()),
            class: packet.traffic_class(),
            head: packet.head_len(),
        }
    }
}

/// Bytes before a packet that every SA's headers fit in: IPv6, UDP, ESP and
/// the longest IV, or IPv6 and AH with the longest ICV.
pub const HEADROOM: usize = 128;

/// Bytes behind a packet that padding, trailer and check value fit in.
pub const TAILROOM: usize = 64;

/// Pairs of SAs that a processor's cache may hold.
const CACHED: usize = 1024;

/// Something of each packet of a batch.
type Batch<T> = SmallVec<[T; 32]>;

/// Flows whose policy is remembered.
const FLOWS: usize = 4096;

const V6_HEADER: u16 = 40;

#[cfg(feature = "rustcrypto")]
#[cfg(test)]
mod tests;
