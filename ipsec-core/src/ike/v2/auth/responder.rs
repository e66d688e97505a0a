//! The responder's end of `IKE_AUTH` (RFC 7296 §1.2, §2.15, §2.21.2).

use super::{
    FIRST_AUTH, FirstChild, Step, auth_payload, child_failed, notify, push_identity, source,
};
use crate::evidence::{AuthenticationFault, LogEvent};
use crate::ike::config::{Identity, PeerConfig};
use crate::ike::context::{Asked, Context};
use crate::ike::error::{Error, Ignored};
use crate::ike::event::CloseReason;
use crate::ike::exchange::{Datagrams, Exchanges};
use crate::ike::job::{JobAnswer, JobId};
use crate::ike::nat::Path;
use crate::ike::v2::channel::{Head, head_of};
use crate::ike::v2::child;
use crate::ike::v2::content::Content;
use crate::ike::v2::established::{Begin, Established};
use crate::ike::v2::proof::{Authenticated, Handshake};
use crate::time::Instant;
use crate::wire::ike::{Notify, Payload};
use crate::wire::registry::ike::{ExchangeType, PayloadType};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// The responder until both ends are authenticated.
pub(in crate::ike) struct Answering {
    handshake: Box<Handshake>,
    stage: Judgement,
    pub(in crate::ike) deadline: Instant,
}

enum Judgement {
    /// The initiator has not proved anything yet.
    Waiting,
    /// The host is asked about the initiator's proof.
    Judging(JobId, Box<Content>),
    /// The host is asked for what proves who we are.
    Proving(JobId, Box<(Content, Authenticated)>),
}

impl Answering {
    /// Waits after the first exchange, until `deadline`.
    pub(in crate::ike) const fn new(handshake: Box<Handshake>, deadline: Instant) -> Self {
        Self {
            handshake,
            stage: Judgement::Waiting,
            deadline,
        }
    }

    pub(in crate::ike) const fn path(&self) -> &Path {
        &self.handshake.path
    }

    /// The SPIs of the IKE SA.
    pub(in crate::ike) const fn spi(&self) -> u64 {
        self.handshake.channel.own_spi()
    }

    /// The first request, to find it when it comes again.
    pub(in crate::ike) fn request(&self) -> &[u8] {
        &self.handshake.request
    }

    /// Answers the first request once more.
    pub(in crate::ike) fn answer_again(&self, cx: &mut Context<'_>) {
        cx.tell(false, LogEvent::RequestRepeated);
        cx.transmit(&self.handshake.path, &self.handshake.response);
    }

    /// Goes on with what [`Answering::read`] has read, which came by `path`.
    pub(in crate::ike) fn advance(
        mut self: Box<Self>,
        cx: &mut Context<'_>,
        content: Result<Content, Error>,
        path: &Path,
    ) -> Step {
        self.handshake.path = *path;
        match content {
            Ok(content) => self.take(cx, content),
            Err(error) => self.refuse(cx, error),
        }
    }

    /// Judges a datagram.
    ///
    /// # Errors
    ///
    /// It has no effect.
    pub(in crate::ike) fn read(
        &mut self,
        now: Instant,
        bytes: &[u8],
    ) -> Result<Result<Content, Error>, Ignored> {
        let head = head_of(bytes).ok_or(Ignored::NotIke)?;
        if head.response {
            return Err(Ignored::Direction);
        }
        if head.exchange != ExchangeType::IKE_AUTH {
            return Err(Ignored::Exchange);
        }
        if head.id != FIRST_AUTH {
            return Err(Ignored::MessageId(head.id));
        }
        let opened = self.handshake.channel.open(now, bytes)?;
        if !matches!(self.stage, Judgement::Waiting) {
            return Err(Ignored::Busy);
        }
        let payloads = opened.payloads();
        Ok(payloads.and_then(|payloads| Content::of(head.exchange, false, &payloads)))
    }

    fn take(mut self: Box<Self>, cx: &mut Context<'_>, content: Content) -> Step {
        let (Some(remote), Some(proof)) = (&content.id_i, &content.auth) else {
            return self.refuse(cx, Error::Authentication(AuthenticationFault::Method));
        };
        let Some(peer) = configuration(cx, self.path(), &content, remote) else {
            return self.refuse(
                cx,
                Error::Authentication(AuthenticationFault::NoConfiguration),
            );
        };
        cx.peer = peer;
        let peer = cx.peer.clone();
        let asked = self
            .handshake
            .ask_theirs(&peer, remote, proof, &content.certificates);
        match asked.map(|question| question.map(|question| cx.ask(question))) {
            Err(fault) => self.refuse(cx, Error::Authentication(fault)),
            Ok(None) => self.judge(cx, content, None),
            Ok(Some(Asked::Now(answer))) => self.judge(cx, content, Some(answer)),
            Ok(Some(Asked::Later(job))) => {
                self.stage = Judgement::Judging(job, Box::new(content));
                Step::Wait(self)
            }
        }
    }

    fn judge(
        mut self: Box<Self>,
        cx: &mut Context<'_>,
        content: Content,
        answer: Option<JobAnswer>,
    ) -> Step {
        let (Some(remote), Some(proof)) = (&content.id_i, &content.auth) else {
            return Step::Wait(self);
        };
        let remote = match self.handshake.judge(remote.clone(), proof, answer) {
            Ok(remote) => remote,
            Err(fault) => return self.refuse(cx, Error::Authentication(fault)),
        };
        let peer = cx.peer.clone();
        let question = self.handshake.ask_own(&peer, content.id_i.as_ref());
        match question.map(|question| cx.ask(question)) {
            None => self.answer(cx, &content, remote, None),
            Some(Asked::Now(answer)) => self.answer(cx, &content, remote, Some(answer)),
            Some(Asked::Later(job)) => {
                self.stage = Judgement::Proving(job, Box::new((content, remote)));
                Step::Wait(self)
            }
        }
    }

    pub(in crate::ike) fn complete(
        mut self: Box<Self>,
        cx: &mut Context<'_>,
        job: JobId,
        answer: JobAnswer,
    ) -> Step {
        match core::mem::replace(&mut self.stage, Judgement::Waiting) {
            Judgement::Judging(open, content) if open == job => {
                self.judge(cx, *content, Some(answer))
            }
            Judgement::Proving(open, kept) if open == job => {
                let (content, remote) = *kept;
                self.answer(cx, &content, remote, Some(answer))
            }
            stage @ (Judgement::Waiting | Judgement::Judging(..) | Judgement::Proving(..)) => {
                self.stage = stage;
                Step::Wait(self)
            }
        }
    }

    /// Sends our proof and what we agree to.
    fn answer(
        mut self,
        cx: &mut Context<'_>,
        content: &Content,
        remote: Authenticated,
        answer: Option<JobAnswer>,
    ) -> Step {
        let peer = cx.peer.clone();
        let own = match self.handshake.prove(&peer, answer) {
            Ok(own) => own,
            Err(fault) => return self.refuse(cx, Error::Authentication(fault)),
        };
        let agreed = content
            .has_sa
            .then(|| child::agree(cx, content, true, None));
        let mut payloads = Vec::new();
        push_identity(
            &mut payloads,
            PayloadType::IDR,
            &peer.local,
            &own.certificates,
        );
        payloads.push(auth_payload(&own));
        let first = agreed.as_ref().and_then(|agreed| agreed.as_ref().ok());
        let first = first.map(|agreed| FirstChild {
            proposals: core::slice::from_ref(&agreed.proposal),
            spi: agreed.inbound.to_be_bytes(),
            ts_i: &agreed.remote,
            ts_r: &agreed.local,
            transport: agreed.transport,
        });
        payloads.extend(first.iter().flat_map(FirstChild::payloads));
        if let Some(Err(error)) = &agreed {
            payloads.extend(error.notify().map(Notify::empty).map(notify));
        }
        let datagrams = self.seal(cx, &payloads);
        drop(payloads);
        let begin = Begin {
            local: peer.local.clone(),
            remote,
            path: self.handshake.path,
            nat: self.handshake.abilities.nat,
            exchanges: Exchanges::after(0, FIRST_AUTH.saturating_add(1), Some(datagrams)),
        };
        self.establish(cx, begin, agreed)
    }

    fn establish(
        self,
        cx: &mut Context<'_>,
        begin: Begin,
        agreed: Option<Result<child::Agreed, Error>>,
    ) -> Step {
        let mut children = Vec::new();
        let mut failed = None;
        match agreed {
            None => {}
            Some(Ok(agreed)) => {
                let which = agreed.which;
                let path = self.handshake.path;
                let child = child::set_up(cx, source(&self.handshake), agreed, &path, None);
                child.map_or_else(
                    |why| failed = Some((which, why)),
                    |child| children.push(child),
                );
            }
            Some(Err(why)) => failed = Some((0, why)),
        }
        let established = Established::begin(cx, *self.handshake, begin, children);
        if let Some((which, why)) = failed {
            child_failed(cx, which, why);
        }
        Step::Established(Box::new(established))
    }

    fn seal(&mut self, cx: &mut Context<'_>, payloads: &[Payload<'_>]) -> Datagrams {
        let head = Head {
            exchange: ExchangeType::IKE_AUTH,
            id: FIRST_AUTH,
            response: true,
        };
        let datagrams = self.handshake.channel.seal(cx.random(), head, payloads);
        cx.transmit_all(&self.handshake.path, &datagrams);
        datagrams
    }

    /// Refuses the initiator (RFC 7296 §2.21.2).
    fn refuse(mut self, cx: &mut Context<'_>, error: Error) -> Step {
        if let Some(said) = error.payload() {
            let kind = said.kind;
            self.seal(cx, &[notify(said)]);
            cx.tell(false, LogEvent::NotifySent(alloc::format!("{kind}")));
        }
        let why = CloseReason::of(error);
        if let CloseReason::Authentication(fault) = why {
            cx.tell_fault(fault);
        }
        Step::Close(why)
    }
}

/// The configuration for an initiator that says it is `remote`.
fn configuration(
    cx: &Context<'_>,
    path: &Path,
    content: &Content,
    remote: &Identity,
) -> Option<Arc<PeerConfig>> {
    let wanted = content.id_r.as_ref();
    let fits = |peer: &&Arc<PeerConfig>| {
        peer.is_for(path.remote.ip())
            && peer.knows(remote)
            && wanted.is_none_or(|wanted| *wanted == peer.local)
    };
    let all = core::iter::once(&cx.peer).chain(&cx.shared.config.peers);
    all.into_iter().find(fits).cloned()
}
