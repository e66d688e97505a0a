//! `IKE_AUTH` (RFC 7296 §1.2, §2.15): both ends prove who they are, and the
//! first child SA is agreed on.

mod initiator;
mod responder;

pub(in crate::ike) use initiator::Initiating;
pub(in crate::ike) use responder::Answering;

use super::child::KeySource;
use super::established::Established;
use super::proof::{Handshake, OwnProof};
use crate::evidence::LogEvent;
use crate::ike::config::Identity;
use crate::ike::context::Context;
use crate::ike::error::Error;
use crate::ike::event::{CloseReason, Event};
use crate::ike::{selectors, suite};
use crate::sa::proposal::Proposal;
use crate::sa::selector::Selector;
use crate::wire::ike::{Auth, AuthData, Body, Cert, Notify, Payload};
use crate::wire::registry::ike::{AuthMethod, CertEncoding, NotifyType, PayloadType};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// Where handling a message, a timer or an answer leads.
pub(in crate::ike) enum Step {
    /// The phase goes on.
    Stay,
    /// The responder goes on waiting.
    Wait(Box<Answering>),
    /// The IKE SA stands.
    Established(Box<Established>),
    /// It is over.
    Close(CloseReason),
}

/// What goes into a message of `IKE_AUTH` beside the proof.
pub(super) struct FirstChild<'a> {
    proposals: &'a [Proposal],
    spi: [u8; 4],
    ts_i: &'a [Selector],
    ts_r: &'a [Selector],
    transport: bool,
}

impl FirstChild<'_> {
    fn payloads(&self) -> Vec<Payload<'_>> {
        let sa = Body::Sa(suite::offer(self.proposals, &self.spi));
        let ts = |selectors| Body::Ts(selectors::payload(selectors));
        let mut payloads = Vec::from([
            Payload::new(PayloadType::SA, sa),
            Payload::new(PayloadType::TSI, ts(self.ts_i)),
            Payload::new(PayloadType::TSR, ts(self.ts_r)),
        ]);
        if self.transport {
            payloads.push(notify(Notify::empty(NotifyType::USE_TRANSPORT_MODE)));
        }
        payloads
    }
}

fn push_identity<'a>(
    payloads: &mut Vec<Payload<'a>>,
    kind: PayloadType,
    id: &'a Identity,
    certificates: &'a [(CertEncoding, Vec<u8>)],
) {
    payloads.push(Payload::new(kind, Body::Id(id.payload())));
    for (encoding, data) in certificates {
        let cert = Body::Cert(Cert::new(*encoding, data));
        payloads.push(Payload::new(PayloadType::CERT, cert));
    }
}

fn auth_payload(own: &OwnProof) -> Payload<'_> {
    let proof = &own.proof;
    let data = if proof.method == AuthMethod::DIGITAL_SIGNATURE {
        AuthData::Signature {
            algorithm: &proof.algorithm,
            signature: &proof.value,
        }
    } else {
        AuthData::Raw(&proof.value)
    };
    let auth = Body::Auth(Auth::new(proof.method, data));
    Payload::new(PayloadType::AUTH, auth)
}

pub(in crate::ike) const fn notify(notify: Notify<'_>) -> Payload<'_> {
    Payload::new(PayloadType::NOTIFY, Body::Notify(notify))
}

/// What a log says of a notification of the peer.
pub(in crate::ike) fn notified(kind: NotifyType) -> LogEvent {
    LogEvent::Notified {
        name: alloc::format!("{kind}"),
        is_error: kind.is_error(),
    }
}

pub(in crate::ike) fn child_failed(cx: &mut Context<'_>, which: usize, why: Error) {
    let name = cx.peer.children.get(which).map(|child| child.name.clone());
    cx.event(Event::ChildFailed {
        connection: cx.connection,
        child: name.unwrap_or_default(),
        why,
    });
}

fn source(handshake: &Handshake) -> KeySource<'_> {
    KeySource {
        prf: handshake.channel.suite.prf,
        sk_d: &handshake.channel.sk_d,
        nonces: handshake.nonces(),
        shared: None,
        initiator: handshake.channel.initiator,
    }
}

/// The message ID of the first `IKE_AUTH` exchange.
pub(in crate::ike) const FIRST_AUTH: u32 = 1;
