//! The initiator's end of `IKE_AUTH` (RFC 7296 §1.2, §2.15, §2.21.2).

use super::{
    FIRST_AUTH, FirstChild, Step, auth_payload, child_failed, notified, notify, push_identity,
    source,
};
use crate::crypto::Secret;
use crate::evidence::{AuthenticationFault, LogEvent};
use crate::ike::config::Method;
use crate::ike::context::{Asked, Context, Shared};

use crate::ike::error::{Error, Ignored};
use crate::ike::event::CloseReason;
use crate::ike::exchange::{Datagrams, Due, Exchanges, Sending};
use crate::ike::job::{EapPeer, EapStep, JobAnswer, JobId};
use crate::ike::nat::Path;
use crate::ike::v2::channel::{Head, head_of};
use crate::ike::v2::child::{self, Offer};
use crate::ike::v2::content::Content;
use crate::ike::v2::established::{Begin, Established};
use crate::ike::v2::init::{self, InitAnswer, InitSent};
use crate::ike::v2::proof::{Authenticated, Handshake, OwnProof};
use crate::time::Instant;
use crate::wire::ike::{Body, CertReq, Eap, Header, Notify, Payload};
use crate::wire::registry::ike::{CertEncoding, ExchangeType, NotifyType, PayloadType};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// The initiator until both ends are authenticated.
///
/// `IKE_SA_INIT` is not protected: any number of responses may come, true and
/// forged. Each is followed until one of their senders proves who it is.
pub(in crate::ike) struct Initiating {
    pub(in crate::ike) path: Path,
    pub(in crate::ike) spi: u64,
    init: InitSent,
    candidates: Vec<Candidate>,
    /// How often the requests went out again since a candidate came.
    repeated: u8,
}

/// One response to `IKE_SA_INIT` and what follows from it.
struct Candidate {
    handshake: Box<Handshake>,
    stage: Stage,
    eap: Option<Box<Conversation>>,
}

enum Stage {
    /// The host is asked for what proves who we are.
    Proving(JobId),
    /// Our proof is on its way.
    Waiting(Request),
    /// The host is asked about the peer's proof.
    Judging(JobId, Box<(Request, Content)>),
}

/// Authentication by EAP.
struct Conversation {
    peer: Box<dyn EapPeer>,
    /// The responder, once it has proved who it is by other means.
    remote: Option<Authenticated>,
    done: Option<Done>,
}

/// EAP has succeeded.
struct Done {
    /// The key, where the method has one.
    msk: Option<Secret>,
}

impl Conversation {
    fn begin(answer: Option<JobAnswer>) -> Result<Box<Self>, AuthenticationFault> {
        match answer {
            Some(JobAnswer::Eap(peer)) => Ok(Box::new(Self {
                peer,
                remote: None,
                done: None,
            })),
            Some(JobAnswer::Refused(fault)) => Err(fault),
            Some(JobAnswer::SharedKey(_) | JobAnswer::Signature { .. } | JobAnswer::Verified)
            | None => Err(AuthenticationFault::NoKey),
        }
    }
}

struct Request {
    id: u32,
    datagrams: Datagrams,
    offer: Option<Offer>,
}

impl Initiating {
    /// Begins; `None` where the configuration has no group to use.
    pub(in crate::ike) fn begin(cx: &mut Context<'_>, path: Path, spi: u64) -> Option<Self> {
        Some(Self {
            init: InitSent::begin(cx, &path, spi)?,
            path,
            spi,
            candidates: Vec::new(),
            repeated: 0,
        })
    }

    pub(in crate::ike) const fn next(&self) -> Instant {
        self.init.sending.next()
    }

    pub(in crate::ike) fn handle(
        &mut self,
        cx: &mut Context<'_>,
        header: &Header,
        bytes: &[u8],
        path: &Path,
    ) -> Result<Step, Ignored> {
        if header.exchange == ExchangeType::IKE_SA_INIT {
            let answer = self.init.read(cx, bytes, path)?;
            return self.take_init(cx, answer);
        }
        let spi_r = header.spi_r.to_be_bytes();
        let at = self
            .candidates
            .iter()
            .position(|one| one.handshake.channel.spis.r == spi_r);
        let at = at.ok_or(Ignored::UnknownSpi(header.spi_r))?;
        let content = self.read_auth(cx, at, header, bytes)?;
        Ok(self.take_auth(cx, at, content))
    }

    fn take_init(&mut self, cx: &mut Context<'_>, answer: InitAnswer) -> Result<Step, Ignored> {
        match answer {
            InitAnswer::Cookie(_) | InitAnswer::OtherGroup(_) if !self.candidates.is_empty() => {
                Err(Ignored::Rival)
            }
            InitAnswer::Cookie(cookie) => {
                self.init.restart(cx, &self.path, Some(cookie), None);
                Ok(Step::Stay)
            }
            InitAnswer::OtherGroup(group) => {
                self.init.restart(cx, &self.path, None, Some(group));
                Ok(Step::Stay)
            }
            InitAnswer::Claim(kind) => {
                if self.init.claimed != Some(kind) {
                    self.init.claimed = Some(kind);
                    cx.tell(false, notified(kind));
                }
                Err(Ignored::Claimed(kind))
            }
            InitAnswer::Handshake(handshake) => self.follow(cx, handshake),
        }
    }

    /// Goes on with one more response.
    fn follow(&mut self, cx: &mut Context<'_>, handshake: Box<Handshake>) -> Result<Step, Ignored> {
        let spis = handshake.channel.spis;
        let mut known = self.candidates.iter();
        if known.any(|one| one.handshake.channel.spis == spis) {
            return Err(Ignored::Rival);
        }
        if self.candidates.len() >= CANDIDATES_MAX {
            return Err(Ignored::Full);
        }
        if cx.peer.children.is_empty() && !handshake.abilities.childless {
            return Err(Ignored::NeedsChild);
        }
        cx.export(|| Some(init::exported(&handshake.channel, &handshake.keys)));
        if handshake.abilities.nat.supported {
            let nat = handshake.abilities.nat;
            let (here, peer) = (nat.here, nat.peer);
            cx.tell(false, LogEvent::Nat { here, peer });
        }
        let peer = cx.peer.clone();
        let question = handshake.ask_own(&peer, peer.remote_wanted.as_ref());
        let answer = match question.map(|question| cx.ask(question)) {
            None => None,
            Some(Asked::Now(answer)) => Some(answer),
            Some(Asked::Later(job)) => {
                let stage = Stage::Proving(job);
                let eap = None;
                self.candidates.push(Candidate {
                    handshake,
                    stage,
                    eap,
                });
                return Ok(Step::Stay);
            }
        };
        Ok(self.prove(cx, handshake, answer))
    }

    /// Sends our proof.
    fn prove(
        &mut self,
        cx: &mut Context<'_>,
        mut handshake: Box<Handshake>,
        answer: Option<JobAnswer>,
    ) -> Step {
        let peer = cx.peer.clone();
        let (own, eap) = if peer.local_method == Method::Eap {
            match Conversation::begin(answer) {
                Ok(eap) => (None, Some(eap)),
                Err(fault) => return self.give_up(cx, CloseReason::Authentication(fault)),
            }
        } else {
            match handshake.prove(&peer, answer) {
                Ok(own) => (Some(own), None),
                Err(fault) => return self.give_up(cx, CloseReason::Authentication(fault)),
            }
        };
        let offer = (!peer.children.is_empty()).then(|| Offer::new(cx, 0, true));
        let datagrams = request(cx, &mut handshake, own.as_ref(), offer);
        let request = Request {
            id: FIRST_AUTH,
            datagrams,
            offer,
        };
        self.send(cx, handshake, request, eap)
    }

    fn send(
        &mut self,
        cx: &mut Context<'_>,
        handshake: Box<Handshake>,
        request: Request,
        eap: Option<Box<Conversation>>,
    ) -> Step {
        cx.transmit_all(&handshake.path, &request.datagrams);
        self.repeated = 0;
        self.init.sending = Sending::new(cx.now, cx.peer.retransmission, cx.random());
        self.candidates.push(Candidate {
            handshake,
            stage: Stage::Waiting(request),
            eap,
        });
        Step::Stay
    }

    /// Reads the response to our proof.
    fn read_auth(
        &mut self,
        cx: &Context<'_>,
        at: usize,
        header: &Header,
        bytes: &[u8],
    ) -> Result<Result<Content, Error>, Ignored> {
        let candidate = self.candidates.get_mut(at).ok_or(Ignored::Exchange)?;
        let head = head_of(bytes).ok_or(Ignored::NotIke)?;
        if !head.response {
            return Err(Ignored::Direction);
        }
        if head.exchange != ExchangeType::IKE_AUTH {
            return Err(Ignored::Exchange);
        }
        let awaited = match &candidate.stage {
            Stage::Waiting(request) => Some(request.id),
            Stage::Proving(_) | Stage::Judging(..) => None,
        };
        if awaited != Some(head.id) {
            return Err(Ignored::MessageId(header.message_id));
        }
        let opened = candidate.handshake.channel.open(cx.now, bytes)?;
        let content = opened
            .payloads()
            .and_then(|payloads| Content::of(head.exchange, true, &payloads));
        Ok(content)
    }

    fn take_auth(
        &mut self,
        cx: &mut Context<'_>,
        at: usize,
        content: Result<Content, Error>,
    ) -> Step {
        let Candidate {
            handshake,
            stage,
            eap,
        } = self.candidates.swap_remove(at);
        let Stage::Waiting(request) = stage else {
            return Step::Stay;
        };
        let content = match content {
            Ok(content) => content,
            Err(error) => return self.refuse(cx, handshake, request, error),
        };
        let eap = match eap {
            Some(eap) if eap.remote.is_some() => {
                return self.converse(cx, handshake, request, eap, &content);
            }
            eap => eap,
        };
        let (Some(remote), Some(proof)) = (&content.id_r, &content.auth) else {
            let kind = content.error().unwrap_or(NotifyType::AUTHENTICATION_FAILED);
            cx.tell(false, notified(kind));
            request.drop_offer(cx);
            return self.give_up(cx, CloseReason::Refused(kind));
        };
        let peer = cx.peer.clone();
        let asked = handshake.ask_theirs(&peer, remote, proof, &content.certificates);
        let answer = match asked.map(|question| question.map(|question| cx.ask(question))) {
            Err(fault) => {
                return self.refuse(cx, handshake, request, Error::Authentication(fault));
            }
            Ok(None) => None,
            Ok(Some(Asked::Now(answer))) => Some(answer),
            Ok(Some(Asked::Later(job))) => {
                let stage = Stage::Judging(job, Box::new((request, content)));
                self.candidates.push(Candidate {
                    handshake,
                    stage,
                    eap,
                });
                return Step::Stay;
            }
        };
        self.judge(cx, (handshake, eap), request, content, answer)
    }

    fn judge(
        &mut self,
        cx: &mut Context<'_>,
        (handshake, eap): (Box<Handshake>, Option<Box<Conversation>>),
        request: Request,
        content: Content,
        answer: Option<JobAnswer>,
    ) -> Step {
        let (Some(remote), Some(proof)) = (&content.id_r, &content.auth) else {
            return Step::Stay;
        };
        match handshake.judge(remote.clone(), proof, answer) {
            Err(fault) => self.refuse(cx, handshake, request, Error::Authentication(fault)),
            Ok(remote) => match eap {
                None => self.finish(cx, handshake, &request, &content, remote),
                Some(mut eap) => {
                    eap.remote = Some(remote);
                    self.converse(cx, handshake, request, eap, &content)
                }
            },
        }
    }

    /// The next round of EAP, or its end (RFC 7296 §2.16).
    fn converse(
        &mut self,
        cx: &mut Context<'_>,
        mut handshake: Box<Handshake>,
        mut request: Request,
        mut eap: Box<Conversation>,
        content: &Content,
    ) -> Step {
        let peer = cx.peer.clone();
        if let (Some(done), Some(proof), Some(remote)) = (&eap.done, &content.auth, &eap.remote) {
            let judged = handshake.judge_after_eap(remote.clone(), proof, done.msk.as_ref());
            return match judged {
                Ok(remote) => self.finish(cx, handshake, &request, content, remote),
                Err(fault) => self.refuse(cx, handshake, request, Error::Authentication(fault)),
            };
        }
        let Some(said) = &content.eap else {
            let kind = content.error().unwrap_or(NotifyType::AUTHENTICATION_FAILED);
            cx.tell(false, notified(kind));
            request.drop_offer(cx);
            return self.give_up(cx, CloseReason::Refused(kind));
        };
        let head = Head {
            exchange: ExchangeType::IKE_AUTH,
            id: request.id.saturating_add(1),
            response: false,
        };
        match eap.peer.receive(cx.random(), said) {
            EapStep::Send(bytes) => {
                let payload = Eap::read(&bytes).map(Body::Eap);
                let payload = payload.map(|body| Payload::new(PayloadType::EAP, body));
                let payloads: Vec<Payload<'_>> = payload.into_iter().collect();
                request.datagrams = handshake.channel.seal(cx.random(), head, &payloads);
            }
            EapStep::Succeeded(msk) => {
                let own = handshake.prove_after_eap(&peer, msk.as_ref());
                eap.done = Some(Done { msk });
                let payloads = [auth_payload(&own)];
                request.datagrams = handshake.channel.seal(cx.random(), head, &payloads);
            }
            EapStep::Failed => {
                request.drop_offer(cx);
                let fault = AuthenticationFault::User;
                return self.give_up(cx, CloseReason::Authentication(fault));
            }
            EapStep::Unexpected => {
                let error = Error::Misbehaved("the EAP message has no place here");
                return self.refuse(cx, handshake, request, error);
            }
        }
        request.id = head.id;
        self.send(cx, handshake, request, Some(eap))
    }

    /// The peer has proved who it is; the other candidates have not.
    fn finish(
        &mut self,
        cx: &mut Context<'_>,
        handshake: Box<Handshake>,
        request: &Request,
        content: &Content,
        remote: Authenticated,
    ) -> Step {
        self.abandon(cx.shared);
        finish(cx, handshake, request, content, remote)
    }

    /// Gives up all candidates.
    pub(in crate::ike) fn abandon(&mut self, shared: &mut Shared) {
        for candidate in self.candidates.drain(..) {
            let offer = match candidate.stage {
                Stage::Proving(_) => None,
                Stage::Waiting(request) => request.offer,
                Stage::Judging(_, kept) => kept.0.offer,
            };
            if let Some(offer) = offer {
                shared.child_spis.remove(&offer.inbound);
            }
        }
    }

    /// Tells the peer that its response is refused (RFC 7296 §2.21.2).
    fn refuse(
        &self,
        cx: &mut Context<'_>,
        mut handshake: Box<Handshake>,
        request: Request,
        error: Error,
    ) -> Step {
        request.drop_offer(cx);
        if let Some(kind) = error.notify() {
            let head = Head {
                exchange: ExchangeType::INFORMATIONAL,
                id: request.id.saturating_add(1),
                response: false,
            };
            let payloads = [notify(Notify::empty(kind))];
            let datagrams = handshake.channel.seal(cx.random(), head, &payloads);
            cx.transmit_all(&handshake.path, &datagrams);
        }
        self.give_up(cx, CloseReason::of(error))
    }

    /// One candidate has failed; without another the connection has.
    fn give_up(&self, cx: &mut Context<'_>, why: CloseReason) -> Step {
        if let CloseReason::Authentication(fault) = why {
            cx.tell_fault(fault);
        }
        if self.candidates.is_empty() {
            Step::Close(why)
        } else {
            Step::Stay
        }
    }

    pub(in crate::ike) fn complete(
        &mut self,
        cx: &mut Context<'_>,
        job: JobId,
        answer: JobAnswer,
    ) -> Step {
        let at = self.candidates.iter().position(|one| match &one.stage {
            Stage::Proving(open) | Stage::Judging(open, _) => *open == job,
            Stage::Waiting(_) => false,
        });
        let Some(at) = at else {
            return Step::Stay;
        };
        let Candidate {
            handshake,
            stage,
            eap,
        } = self.candidates.swap_remove(at);
        match stage {
            Stage::Proving(_) => self.prove(cx, handshake, Some(answer)),
            Stage::Judging(_, kept) => {
                let (request, content) = *kept;
                self.judge(cx, (handshake, eap), request, content, Some(answer))
            }
            Stage::Waiting(_) => Step::Stay,
        }
    }

    pub(in crate::ike) fn timeout(&mut self, cx: &mut Context<'_>) -> Step {
        match self.init.sending.due(cx.now, cx.random()) {
            Due::Not => return Step::Stay,
            Due::GiveUp => {
                cx.tell(false, LogEvent::GaveUp);
                let why = self
                    .init
                    .claimed
                    .map_or(CloseReason::NoAnswer, CloseReason::Claimed);
                return Step::Close(why);
            }
            Due::Again(count) => {
                cx.tell(false, LogEvent::Retransmitted(Some(count.into())));
            }
        }
        for candidate in &self.candidates {
            if let Stage::Waiting(request) = &candidate.stage {
                cx.transmit_all(&candidate.handshake.path, &request.datagrams);
            }
        }
        self.repeated = self.repeated.saturating_add(1);
        // All that was heard may have been forged.
        if self.candidates.is_empty() || self.repeated >= DOUBT_AFTER {
            cx.transmit(&self.path, &self.init.message);
        }
        Step::Stay
    }
}

impl Request {
    fn drop_offer(&self, cx: &mut Context<'_>) {
        if let Some(offer) = self.offer {
            cx.free_spi(offer.inbound);
        }
    }
}

/// The initiator's message.
fn request(
    cx: &mut Context<'_>,
    handshake: &mut Handshake,
    own: Option<&OwnProof>,
    offer: Option<Offer>,
) -> Datagrams {
    let peer = cx.peer.clone();
    let proposals = offer.map(|offer| offer.proposals(cx)).unwrap_or_default();
    let config = offer.and_then(|offer| peer.children.get(offer.which));
    let first = config.zip(offer).map(|(config, offer)| FirstChild {
        proposals: &proposals,
        spi: offer.inbound.to_be_bytes(),
        ts_i: &config.local,
        ts_r: &config.remote,
        transport: config.transport,
    });
    let mut payloads = Vec::new();
    let certificates = own.map_or(&[][..], |own| &own.certificates);
    push_identity(&mut payloads, PayloadType::IDI, &peer.local, certificates);
    if peer.remote_method == Method::Signature {
        let wanted = CertReq {
            encoding: CertEncoding::X509_SIGNATURE,
            authorities: &[],
        };
        payloads.push(Payload::new(PayloadType::CERTREQ, Body::CertReq(wanted)));
    }
    if peer.unique {
        payloads.push(notify(Notify::empty(NotifyType::INITIAL_CONTACT)));
    }
    if let Some(wanted) = &peer.remote_wanted {
        let id = Body::Id(wanted.payload());
        payloads.push(Payload::new(PayloadType::IDR, id));
    }
    payloads.extend(own.map(auth_payload));
    payloads.extend(first.iter().flat_map(FirstChild::payloads));
    let head = Head {
        exchange: ExchangeType::IKE_AUTH,
        id: FIRST_AUTH,
        response: false,
    };
    handshake.channel.seal(cx.random(), head, &payloads)
}

/// The initiator's end of the handshake.
fn finish(
    cx: &mut Context<'_>,
    handshake: Box<Handshake>,
    request: &Request,
    content: &Content,
    remote: Authenticated,
) -> Step {
    let agreed = request
        .offer
        .map(|offer| (offer, offer.accepted(cx, content)));
    let begin = Begin {
        local: cx.peer.local.clone(),
        remote,
        path: handshake.path,
        nat: handshake.abilities.nat,
        exchanges: Exchanges::after(request.id.saturating_add(1), 0, None),
    };
    let mut children = Vec::new();
    let mut failed = None;
    match agreed {
        None => {}
        Some((_, Ok(agreed))) => {
            let which = agreed.which;
            let child = child::set_up(cx, source(&handshake), agreed, &handshake.path, None);
            child.map_or_else(
                |why| failed = Some((which, why)),
                |child| children.push(child),
            );
        }
        Some((offer, Err(why))) => {
            cx.free_spi(offer.inbound);
            if let Error::Refused(kind) = why {
                cx.tell(true, notified(kind));
            }
            failed = Some((offer.which, why));
        }
    }
    let mut established = Established::begin(cx, *handshake, begin, children);
    if let Some((which, why)) = failed {
        child_failed(cx, which, why);
    }
    established.want_other_children(cx);
    Step::Established(Box::new(established))
}

/// Responses to one first request that are followed.
const CANDIDATES_MAX: usize = 8;

/// After so many repetitions without an answer the first request goes out
/// again beside the second.
const DOUBT_AFTER: u8 = 2;
