//! Which end refused, and which was refused, in words for the fixes.

use crate::diag::finding::{initiator, responder};
use crate::diag::refusal::{Refusal, Stage};
use alloc::string::String;

/// The end that checked a certificate and refused it.
pub(super) fn refusing(refusal: &Refusal<'_, '_>) -> String {
    if initiator_refuses(refusal) {
        initiator(refusal.sa)
    } else {
        responder(refusal.sa)
    }
}

/// The end whose certificate was refused.
pub(super) fn refused(refusal: &Refusal<'_, '_>) -> String {
    if initiator_refuses(refusal) || refusal.stage == Stage::Offer {
        responder(refusal.sa)
    } else {
        initiator(refusal.sa)
    }
}

/// The end that refused a Child SA after both had agreed.
pub(super) fn refusing_child(refusal: &Refusal<'_, '_>) -> String {
    let by_initiator = refusal.answer.is_some_and(|answer| answer.ike.by_initiator);
    if by_initiator {
        initiator(refusal.sa)
    } else {
        responder(refusal.sa)
    }
}

fn initiator_refuses(refusal: &Refusal<'_, '_>) -> bool {
    refusal.stage == Stage::Initiator
}
