//! What an established connection asks of its peer, one thing at a time.
//!
//! A [`Task`] waits; an [`Active`] one is under way. The set is closed: what
//! two of them do to each other when both ends begin at once is written down
//! for each pair (RFC 7296 §2.8, §2.25).

mod create_child;
mod informational;
mod rekey_ike;

pub(in crate::ike) use create_child::ChildAttempt;
pub(in crate::ike) use rekey_ike::IkeAttempt;

use super::auth::Step;
use super::content::Content;
use super::established::{Established, IkeSa};
use crate::ike::context::Context;
use crate::ike::event::{ChildId, CloseReason};
use crate::wire::registry::ike::KeyExchange;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ike) enum Task {
    /// Make a child SA, with this group if the peer wants it.
    NewChild {
        which: usize,
        group: Option<KeyExchange>,
    },
    /// Replace a child SA.
    RekeyChild {
        child: ChildId,
        group: Option<KeyExchange>,
    },
    /// Delete a child SA.
    DeleteChild(ChildId),
    /// Replace the IKE SA.
    RekeyIke { group: Option<KeyExchange> },
    /// Delete the IKE SA and all that belongs to it.
    DeleteIke(CloseReason),
    /// Ask whether the peer lives.
    Liveness,
}

/// What is being done.
pub(in crate::ike) enum Active {
    /// A child SA is made, for the first time or in place of another.
    Child(Box<ChildAttempt>),
    /// The IKE SA is replaced.
    RekeyIke(Box<IkeAttempt>),
    /// Child SAs are deleted.
    DeleteChildren(Vec<ChildId>),
    /// The IKE SA is deleted.
    DeleteIke(CloseReason),
    /// The peer is asked whether it lives.
    Liveness,
}

impl Active {
    /// The IKE SA that the peer made while we are making one.
    pub(in crate::ike) fn rival(&mut self) -> Option<&mut IkeSa> {
        match self {
            Self::RekeyIke(attempt) => attempt.rival_sa(),
            Self::Child(_) | Self::DeleteChildren(_) | Self::DeleteIke(_) | Self::Liveness => None,
        }
    }
}

impl Established {
    /// Begins `task`; `None` when there is nothing to do any more.
    pub(in crate::ike) fn start(&mut self, cx: &mut Context<'_>, task: Task) -> Option<Active> {
        match task {
            Task::NewChild { which, group } => self.start_child(cx, which, None, group),
            Task::RekeyChild { child, group } => {
                let which = self.living(child)?;
                self.start_child(cx, which, Some(child), group)
            }
            Task::DeleteChild(child) => self.start_delete(cx, child),
            Task::RekeyIke { group } => self.start_rekey(cx, group),
            Task::DeleteIke(why) => Some(self.start_close(cx, why)),
            Task::Liveness => Some(self.start_liveness(cx)),
        }
    }

    /// The response to what is under way.
    pub(in crate::ike) fn answered(&mut self, cx: &mut Context<'_>, content: &Content) -> Step {
        match self.active.take() {
            None | Some(Active::Liveness) => Step::Stay,
            Some(Active::Child(attempt)) => self.child_answered(cx, *attempt, content),
            Some(Active::RekeyIke(attempt)) => self.rekey_answered(cx, *attempt, content),
            Some(Active::DeleteChildren(children)) => {
                for child in children {
                    self.drop_child(cx, child, false);
                }
                Step::Stay
            }
            Some(Active::DeleteIke(why)) => {
                self.forget_children(cx);
                Step::Close(why)
            }
        }
    }
}
