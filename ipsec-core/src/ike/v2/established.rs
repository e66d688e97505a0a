//! An IKE SA after both ends are authenticated: requests of the peer are
//! answered, ours are done one after the other, and time is watched (RFC 7296
//! §1.3, §1.4, §2.4, §2.8).

use super::auth::{Step, notified, notify};
use super::channel::{Channel, Head, Opened, head_of, is_later_fragment};
use super::child::{Child, Fate, SOFT_JITTER, SOFT_PERCENT};
use super::content::Content;
use super::init::exported;
use super::proof::{Authenticated, Handshake};
use super::task::{Active, Task};
use crate::evidence::LogEvent;
use crate::ike::config::Identity;
use crate::ike::context::Context;
use crate::ike::error::{Error, Ignored};
use crate::ike::event::{self, ChildId, CloseReason, Event};
use crate::ike::exchange::{Arrival, Due, Exchanges, Sending};
use crate::ike::nat::{Nat, Path};
use crate::keymat::ikev2::IkeKeys;
use crate::sa::lifetime::Limits;
use crate::time::{Duration, Instant};
use crate::wire::ike::{Header, Notify, Payload};
use crate::wire::registry::ike::{ExchangeType, NotifyType};
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// One IKE SA: its keys and its exchanges.
#[derive(Debug)]
pub(in crate::ike) struct IkeSa {
    pub(in crate::ike) channel: Channel,
    pub(in crate::ike) exchanges: Exchanges,
}

/// An IKE SA that was replaced, until it is deleted.
#[derive(Debug)]
pub(in crate::ike) struct Retiring {
    pub(in crate::ike) sa: IkeSa,
    pub(in crate::ike) until: Instant,
}

/// Which of the IKE SAs of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ike) enum Which {
    /// The one in use.
    Current,
    /// One that was replaced.
    Retiring(usize),
    /// One that the peer made while we are making one too.
    Rival,
}

/// What the handshake hands over.
pub(in crate::ike) struct Begin {
    pub(in crate::ike) local: Identity,
    pub(in crate::ike) remote: Authenticated,
    pub(in crate::ike) path: Path,
    pub(in crate::ike) nat: Nat,
    pub(in crate::ike) exchanges: Exchanges,
}

/// A connection whose ends are authenticated.
pub(in crate::ike) struct Established {
    pub(in crate::ike) remote: Identity,
    pub(in crate::ike) path: Path,
    pub(in crate::ike) nat: Nat,
    pub(in crate::ike) sa: IkeSa,
    pub(in crate::ike) retiring: Vec<Retiring>,
    pub(in crate::ike) children: Vec<Child>,
    pub(in crate::ike) queue: VecDeque<Task>,
    pub(in crate::ike) active: Option<Active>,
    /// SPIs that the peer deleted before we knew them.
    pub(in crate::ike) early_deletes: Vec<u32>,
    pub(in crate::ike) rekey_at: Option<Instant>,
    expire_at: Option<Instant>,
    /// When the peer was last heard.
    heard: Instant,
}

impl Established {
    pub(in crate::ike) fn begin(
        cx: &mut Context<'_>,
        handshake: Handshake,
        begin: Begin,
        children: Vec<Child>,
    ) -> Self {
        let Handshake { channel, keys, .. } = handshake;
        drop(keys);
        let remote = begin.remote.into_identity();
        let mut established = Self {
            remote,
            path: begin.path,
            nat: begin.nat,
            sa: IkeSa {
                channel,
                exchanges: begin.exchanges,
            },
            retiring: Vec::new(),
            children,
            queue: VecDeque::new(),
            active: None,
            early_deletes: Vec::new(),
            rekey_at: None,
            expire_at: None,
            heard: cx.now,
        };
        established.restart_life(cx);
        cx.tell_peers(&established.path);
        cx.tell(false, LogEvent::IkeEstablished);
        cx.event(Event::Established(Box::new(event::Established {
            connection: cx.connection,
            peer: cx.peer.name.clone(),
            local: begin.local,
            remote: established.remote.clone(),
            spis: established.sa.channel.spis,
            path: established.path,
        })));
        established
    }

    /// Queues the children that were not made with the IKE SA.
    pub(in crate::ike) fn want_other_children(&mut self, cx: &Context<'_>) {
        let others = 1..cx.peer.children.len();
        self.queue
            .extend(others.map(|which| Task::NewChild { which, group: None }));
    }

    fn restart_life(&mut self, cx: &mut Context<'_>) {
        let hard = Limits {
            time: cx.peer.lifetime,
            ..Limits::NONE
        };
        let mut random = [0; 1];
        cx.random().fill(&mut random);
        let soft = hard.share(SOFT_PERCENT, SOFT_JITTER, random[0]);
        let after = |time: Option<Duration>| Some(cx.now.saturating_add(time?));
        (self.rekey_at, self.expire_at) = (after(soft.time), after(hard.time));
    }

    /// Goes on with a new IKE SA; the old one is kept until it is deleted.
    pub(in crate::ike) fn switch(&mut self, cx: &mut Context<'_>, sa: IkeSa) {
        let spis = sa.channel.spis;
        let old = core::mem::replace(&mut self.sa, sa);
        self.retire(cx, old);
        self.restart_life(cx);
        let connection = cx.connection;
        cx.event(Event::Rekeyed { connection, spis });
    }

    pub(in crate::ike) fn retire(&mut self, cx: &Context<'_>, sa: IkeSa) {
        if self.retiring.len() >= RETIRING_MAX {
            self.retiring.remove(0);
        }
        let until = cx.now.saturating_add(RETIRING_TIME);
        self.retiring.push(Retiring { sa, until });
    }

    /// Sets up the keys of a new IKE SA that replaces the one in use.
    pub(in crate::ike) fn new_sa(cx: &mut Context<'_>, channel: Channel, keys: &IkeKeys) -> IkeSa {
        cx.export(|| Some(exported(&channel, keys)));
        IkeSa {
            channel,
            exchanges: Exchanges::default(),
        }
    }

    pub(in crate::ike) fn sa_of(&mut self, which: Which) -> Option<&mut IkeSa> {
        match which {
            Which::Current => Some(&mut self.sa),
            Which::Retiring(at) => self.retiring.get_mut(at).map(|old| &mut old.sa),
            Which::Rival => self.active.as_mut().and_then(Active::rival),
        }
    }

    /// Our SPIs, by which messages may come.
    fn which(&mut self, spi: u64) -> Option<Which> {
        if self.sa.channel.own_spi() == spi {
            return Some(Which::Current);
        }
        let mut old = self.retiring.iter();
        if let Some(at) = old.position(|old| old.sa.channel.own_spi() == spi) {
            return Some(Which::Retiring(at));
        }
        let rival = self.active.as_mut().and_then(Active::rival)?;
        (rival.channel.own_spi() == spi).then_some(Which::Rival)
    }

    pub(in crate::ike) fn handle(
        &mut self,
        cx: &mut Context<'_>,
        header: &Header,
        own_spi: u64,
        bytes: &[u8],
        path: &Path,
    ) -> Result<Step, Ignored> {
        let which = self.which(own_spi).ok_or(Ignored::UnknownSpi(own_spi))?;
        let head = head_of(bytes).ok_or(Ignored::NotIke)?;
        let sa = self.sa_of(which).ok_or(Ignored::UnknownSpi(own_spi))?;
        if head.response {
            if !sa.exchanges.awaits(header.message_id) {
                return Err(Ignored::MessageId(header.message_id));
            }
            let opened = sa.channel.open(cx.now, bytes)?;
            self.hear(cx, path, false);
            return Ok(self.response(cx, which, head, &opened));
        }
        match sa.exchanges.arrival(head.id) {
            Arrival::Outside => Err(Ignored::MessageId(head.id)),
            Arrival::Answered => {
                if is_later_fragment(bytes) {
                    return Err(Ignored::Incomplete);
                }
                sa.channel.verify(bytes)?;
                let datagrams = sa.exchanges.last_answer().to_vec();
                cx.tell(false, LogEvent::RequestRepeated);
                cx.transmit_all(path, &datagrams);
                Ok(Step::Stay)
            }
            Arrival::New => {
                let opened = sa.channel.open(cx.now, bytes)?;
                self.hear(cx, path, true);
                Ok(self.request(cx, which, head, &opened))
            }
        }
    }

    /// The peer lives, and a NAT before it may have given it another address
    /// (RFC 7296 §2.23).
    fn hear(&mut self, cx: &mut Context<'_>, path: &Path, fresh: bool) {
        self.heard = cx.now;
        if fresh && self.nat.peer && !self.nat.here && *path != self.path {
            self.path = *path;
            let (connection, path) = (cx.connection, *path);
            cx.event(Event::PathChanged { connection, path });
        }
    }

    fn request(&mut self, cx: &mut Context<'_>, which: Which, head: Head, opened: &Opened) -> Step {
        let payloads = opened.payloads();
        let content = payloads.and_then(|payloads| Content::of(head.exchange, false, &payloads));
        let content = match content {
            Ok(content) => content,
            Err(error) => return self.refuse(cx, which, head, error),
        };
        let result = match head.exchange {
            ExchangeType::CREATE_CHILD_SA => self.create(cx, which, head, &content),
            ExchangeType::INFORMATIONAL => return self.inform(cx, which, head, &content),
            _ => Err(Error::Misbehaved("the exchange has no place here")),
        };
        match result {
            Ok(()) => Step::Stay,
            Err(error) => self.refuse(cx, which, head, error),
        }
    }

    fn response(
        &mut self,
        cx: &mut Context<'_>,
        which: Which,
        head: Head,
        opened: &Opened,
    ) -> Step {
        if let Some(sa) = self.sa_of(which) {
            sa.exchanges.finish();
        }
        if let Which::Retiring(at) = which {
            self.retiring.remove(at);
            return Step::Stay;
        }
        let payloads = opened.payloads();
        let content = payloads.and_then(|payloads| Content::of(head.exchange, true, &payloads));
        match content {
            Ok(content) => self.answered(cx, &content),
            Err(error) => self.broken(cx, error),
        }
    }

    /// A response that is none: the IKE SA cannot go on (RFC 7296 §2.21.3).
    fn broken(&mut self, cx: &mut Context<'_>, error: Error) -> Step {
        cx.tell(false, LogEvent::Malformed(alloc::format!("{error}")));
        self.forget_children(cx);
        Step::Close(CloseReason::Error(error))
    }

    /// Answers a request with an error.
    pub(in crate::ike) fn refuse(
        &mut self,
        cx: &mut Context<'_>,
        which: Which,
        head: Head,
        error: Error,
    ) -> Step {
        let invalid = Notify::empty(NotifyType::INVALID_SYNTAX);
        let said = error.payload().unwrap_or(invalid);
        cx.tell(false, LogEvent::NotifySent(alloc::format!("{}", said.kind)));
        self.answer(cx, which, head, &[notify(said)]);
        if error.is_fatal() {
            return self.broken(cx, error);
        }
        Step::Stay
    }

    /// Answers a request.
    pub(in crate::ike) fn answer(
        &mut self,
        cx: &mut Context<'_>,
        which: Which,
        head: Head,
        payloads: &[Payload<'_>],
    ) {
        let path = self.path;
        let head = Head {
            response: true,
            ..head
        };
        if let Some(sa) = self.sa_of(which) {
            let datagrams = sa.channel.seal(cx.random(), head, payloads);
            cx.transmit_all(&path, &datagrams);
            sa.exchanges.answer(datagrams);
        }
    }

    /// Sends a request on the current IKE SA; there must be room for one.
    pub(in crate::ike) fn send(
        &mut self,
        cx: &mut Context<'_>,
        exchange: ExchangeType,
        payloads: &[Payload<'_>],
    ) {
        let path = self.path;
        send_on(&mut self.sa, cx, &path, exchange, payloads);
    }

    /// Sends a request on an IKE SA that was just retired.
    pub(in crate::ike) fn send_retired(
        &mut self,
        cx: &mut Context<'_>,
        exchange: ExchangeType,
        payloads: &[Payload<'_>],
    ) {
        let path = self.path;
        if let Some(old) = self.retiring.last_mut() {
            send_on(&mut old.sa, cx, &path, exchange, payloads);
        }
    }

    /// Begins the next task, if none is under way.
    pub(in crate::ike) fn run(&mut self, cx: &mut Context<'_>) {
        while self.active.is_none() && self.sa.exchanges.free().is_some() {
            let Some(task) = self.queue.pop_front() else {
                return;
            };
            self.active = self.start(cx, task);
        }
    }

    /// Queues a task, once.
    pub(in crate::ike) fn want(&mut self, task: Task) {
        if !self.queue.contains(&task) && self.queue.len() < QUEUE_MAX {
            self.queue.push_back(task);
        }
    }

    pub(in crate::ike) fn child(&mut self, id: ChildId) -> Option<&mut Child> {
        self.children.iter_mut().find(|child| child.id == id)
    }

    /// A child is gone.
    pub(in crate::ike) fn drop_child(&mut self, cx: &mut Context<'_>, id: ChildId, by_peer: bool) {
        let Some(at) = self.children.iter().position(|child| child.id == id) else {
            return;
        };
        let child = self.children.swap_remove(at);
        cx.free_spi(id.0);
        let replaced_by = match child.fate {
            Fate::Replaced(by) => Some(by),
            Fate::Lives | Fate::Doomed => None,
        };
        cx.tell(true, LogEvent::Deleted { by_peer });
        cx.event(Event::ChildDown {
            connection: cx.connection,
            child: id,
            replaced_by,
        });
    }

    /// All children are gone with their IKE SA.
    pub(in crate::ike) fn forget_children(&mut self, cx: &mut Context<'_>) {
        if let Some(Active::Child(attempt)) = &self.active {
            cx.free_spi(attempt.offer.inbound);
        }
        let all: Vec<ChildId> = self.children.iter().map(|child| child.id).collect();
        for id in all {
            self.drop_child(cx, id, false);
        }
    }

    /// When something is due.
    pub(in crate::ike) fn next(&self, cx_liveness: Option<Duration>) -> Option<Instant> {
        let children = self.children.iter();
        let children = children.flat_map(|child| [child.rekey_at, child.expire_at]);
        let retiring = self.retiring.iter();
        let retiring = retiring.flat_map(|old| [Some(old.until), old.sa.exchanges.next()]);
        let silence = cx_liveness
            .filter(|_| self.active.is_none())
            .map(|after| self.heard.saturating_add(after));
        let own = [
            self.sa.exchanges.next(),
            self.rekey_at,
            self.expire_at,
            silence,
        ];
        children.chain(retiring).chain(own).flatten().min()
    }

    pub(in crate::ike) fn timeout(&mut self, cx: &mut Context<'_>) -> Step {
        let path = self.path;
        match repeat(&mut self.sa, cx, &path) {
            Due::Not | Due::Again(_) => {}
            Due::GiveUp => return self.unanswered(cx),
        }
        self.watch_retiring(cx);
        self.watch_children(cx);
        let due = |at: Option<Instant>| at.is_some_and(|at| at <= cx.now);
        if due(self.expire_at) {
            self.forget_children(cx);
            return Step::Close(CloseReason::Expired);
        }
        if due(self.rekey_at) {
            self.rekey_at = None;
            self.want(Task::RekeyIke { group: None });
        }
        let silence = cx
            .peer
            .liveness
            .map(|after| self.heard.saturating_add(after));
        if due(silence) && self.active.is_none() && self.queue.is_empty() {
            self.want(Task::Liveness);
        }
        Step::Stay
    }

    /// The peer does not answer (RFC 7296 §2.4).
    fn unanswered(&mut self, cx: &mut Context<'_>) -> Step {
        cx.tell(false, LogEvent::GaveUp);
        let why = match self.active.take() {
            Some(Active::DeleteIke(why)) => why,
            other => {
                self.active = other;
                cx.tell(false, LogEvent::PeerDead);
                CloseReason::NoAnswer
            }
        };
        self.forget_children(cx);
        Step::Close(why)
    }

    fn watch_retiring(&mut self, cx: &mut Context<'_>) {
        let path = self.path;
        self.retiring.retain_mut(|old| {
            let given_up = repeat(&mut old.sa, cx, &path) == Due::GiveUp;
            !given_up && old.until > cx.now
        });
    }

    fn watch_children(&mut self, cx: &Context<'_>) {
        let now = cx.now;
        let due = |at: &mut Option<Instant>| at.take_if(|at| *at <= now).is_some();
        let mut wanted = Vec::new();
        for child in &mut self.children {
            if due(&mut child.expire_at) {
                child.fate = match child.fate {
                    Fate::Lives => Fate::Doomed,
                    fate @ (Fate::Replaced(_) | Fate::Doomed) => fate,
                };
                wanted.push(Task::DeleteChild(child.id));
            } else if due(&mut child.rekey_at) && child.fate == Fate::Lives {
                let (child, group) = (child.id, None);
                wanted.push(Task::RekeyChild { child, group });
            }
        }
        for task in wanted {
            self.want(task);
        }
    }

    /// The peer's claim in an authentic message that it cannot go on.
    pub(in crate::ike) fn told_off(&mut self, cx: &mut Context<'_>, kind: NotifyType) -> Step {
        cx.tell(false, notified(kind));
        self.forget_children(cx);
        Step::Close(CloseReason::Refused(kind))
    }
}

/// Sends a request on `sa`.
fn send_on(
    sa: &mut IkeSa,
    cx: &mut Context<'_>,
    path: &Path,
    exchange: ExchangeType,
    payloads: &[Payload<'_>],
) {
    let Some(id) = sa.exchanges.free() else {
        return;
    };
    let head = Head {
        exchange,
        id,
        response: false,
    };
    let datagrams = sa.channel.seal(cx.random(), head, payloads);
    cx.transmit_all(path, &datagrams);
    let sending = Sending::new(cx.now, cx.peer.retransmission, cx.random());
    sa.exchanges.sent(datagrams, sending);
}

/// Sends the open request of `sa` again when it is time.
fn repeat(sa: &mut IkeSa, cx: &mut Context<'_>, path: &Path) -> Due {
    let now = cx.now;
    let (due, datagrams) = sa.exchanges.due(now, &mut *cx.shared.random);
    if let Due::Again(count) = due {
        let datagrams = datagrams.to_vec();
        cx.tell(false, LogEvent::Retransmitted(Some(count.into())));
        cx.transmit_all(path, &datagrams);
    }
    due
}

/// Tasks that may wait.
const QUEUE_MAX: usize = 256;

/// IKE SAs that wait for their deletion.
const RETIRING_MAX: usize = 4;

/// How long they wait: as long as the peer may repeat its request.
const RETIRING_TIME: Duration = Duration::from_secs(180);
