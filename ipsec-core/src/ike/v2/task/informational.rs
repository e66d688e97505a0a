//! INFORMATIONAL exchanges: deletion and liveness (RFC 7296 §1.4, §2.4,
//! §1.4.1, §2.25).

use super::{Active, Task};
use crate::evidence::LogEvent;
use crate::ike::context::Context;
use crate::ike::event::{ChildId, CloseReason};
use crate::ike::v2::auth::{Step, notified};
use crate::ike::v2::channel::Head;
use crate::ike::v2::child::Fate;
use crate::ike::v2::content::Content;
use crate::ike::v2::established::{Established, Which};
use crate::wire::ike::{Body, Delete, Payload};
use crate::wire::registry::ike::{ExchangeType, PayloadType, ProtocolId};
use alloc::vec::Vec;

impl Established {
    pub(super) fn start_liveness(&mut self, cx: &mut Context<'_>) -> Active {
        self.send(cx, ExchangeType::INFORMATIONAL, &[]);
        Active::Liveness
    }

    pub(super) fn start_close(&mut self, cx: &mut Context<'_>, why: CloseReason) -> Active {
        self.send(cx, ExchangeType::INFORMATIONAL, &[delete(Delete::IKE_SA)]);
        Active::DeleteIke(why)
    }

    pub(super) fn start_delete(&mut self, cx: &mut Context<'_>, id: ChildId) -> Option<Active> {
        let child = self.child(id)?;
        if child.fate == Fate::Lives {
            child.fate = Fate::Doomed;
        }
        let spi = id.0.to_be_bytes();
        let payload = delete(Delete::child_sas(ProtocolId::ESP, &spi));
        self.send(cx, ExchangeType::INFORMATIONAL, &[payload]);
        Some(Active::DeleteChildren(Vec::from([id])))
    }

    /// Answers an INFORMATIONAL request.
    pub(in crate::ike) fn inform(
        &mut self,
        cx: &mut Context<'_>,
        which: Which,
        head: Head,
        content: &Content,
    ) -> Step {
        if content.deletes_ike {
            self.answer(cx, which, head, &[]);
            return self.ike_deleted(cx, which);
        }
        let spis = self.delete_children(cx, &content.deleted_children);
        let bytes: Vec<u8> = spis.iter().flat_map(|spi| spi.to_be_bytes()).collect();
        let payload = delete(Delete::child_sas(ProtocolId::ESP, &bytes));
        let payloads = core::slice::from_ref(&payload);
        let payloads = if spis.is_empty() { &[] } else { payloads };
        self.answer(cx, which, head, payloads);
        match content.error() {
            Some(kind) if which == Which::Current && is_fatal(kind) => self.told_off(cx, kind),
            Some(kind) => {
                cx.tell(false, notified(kind));
                Step::Stay
            }
            None => Step::Stay,
        }
    }

    /// The peer deletes children by what it receives; what is answered is
    /// what we receive, but for those that we delete at the same time (RFC
    /// 7296 §1.4.1).
    fn delete_children(&mut self, cx: &mut Context<'_>, outbound: &[u32]) -> Vec<u32> {
        let mut ours = Vec::new();
        for spi in outbound.iter().take(DELETES_MAX) {
            let child = self.children.iter().find(|child| child.outbound == *spi);
            let Some(id) = child.map(|child| child.id) else {
                self.remember_delete(*spi);
                continue;
            };
            let deleting = match &self.active {
                Some(Active::DeleteChildren(ids)) => ids.contains(&id),
                _ => false,
            };
            if !deleting {
                ours.push(id.0);
            }
            self.queue.retain(|task| *task != Task::DeleteChild(id));
            self.drop_child(cx, id, true);
        }
        ours
    }

    /// The answer that would tell us of the child may be overtaken by its
    /// deletion.
    fn remember_delete(&mut self, spi: u32) {
        let under_way = matches!(self.active, Some(Active::Child(_)));
        if under_way && self.early_deletes.len() < DELETES_MAX {
            self.early_deletes.push(spi);
        }
    }

    fn ike_deleted(&mut self, cx: &mut Context<'_>, which: Which) -> Step {
        match which {
            // It stays a while, for the request may come again.
            Which::Retiring(_) => Step::Stay,
            Which::Rival => {
                if let Some(Active::RekeyIke(attempt)) = &mut self.active
                    && let Some(sa) = attempt.take_rival()
                {
                    self.retire(cx, sa);
                }
                Step::Stay
            }
            Which::Current => {
                let rival = match &mut self.active {
                    Some(Active::RekeyIke(attempt)) => attempt.take_rival(),
                    _ => None,
                };
                if let Some(sa) = rival {
                    // The peer has chosen its own of two new IKE SAs.
                    self.active = None;
                    self.sa.exchanges.finish();
                    self.switch(cx, sa);
                    return Step::Stay;
                }
                cx.tell(false, LogEvent::Deleted { by_peer: true });
                self.forget_children(cx);
                match self.active.take() {
                    Some(Active::DeleteIke(why)) => Step::Close(why),
                    _ => Step::Close(CloseReason::ByPeer),
                }
            }
        }
    }
}

const fn is_fatal(kind: crate::wire::registry::ike::NotifyType) -> bool {
    use crate::wire::registry::ike::NotifyType as N;
    matches!(kind, N::AUTHENTICATION_FAILED | N::INVALID_SYNTAX)
}

const fn delete(delete: Delete<'_>) -> Payload<'_> {
    Payload::new(PayloadType::DELETE, Body::Delete(delete))
}

/// The deletion of the IKE SA, as a payload.
pub(super) const fn delete_ike() -> Payload<'static> {
    delete(Delete::IKE_SA)
}

/// SPIs of one message that are looked at, and that are remembered.
const DELETES_MAX: usize = 64;
