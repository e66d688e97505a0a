//! The facts that keys bring to light in an IKE message: what its encrypted
//! part holds, and what was proven.

use super::certificates::Scene;
use super::{Oddities, Part, Sight, v1, v2};
use crate::capture::unsealed::{Inside, Unsealed};
use crate::evidence::{Content, Exchange, Fault, IkeMessage, Place, Proof, Proven, Unsealing};
use crate::wire::registry::{ike, isakmp};
use crate::wire::{DecodeError, Tree};

/// Adds to `message` what `unsealed` tells; `tree` is that of its frame.
pub(super) fn add(
    unsealed: &Unsealed<'_>,
    tree: &Tree,
    frame: &[u8],
    scene: Scene<'_>,
    message: &mut IkeMessage,
) {
    let sight = Sight::new(tree, frame, Part::Inside);
    if let Some(sealed) = &mut message.sealed {
        sealed.unsealing = Some(unsealed.state);
    }
    let mut odd = Oddities(core::mem::take(&mut message.oddities));
    let opened = match (&unsealed.inside, message.exchange) {
        (Inside::Ike(inside), _) => {
            let content = v2::content(
                &inside.chain.payloads,
                message.route,
                &sight,
                scene,
                &mut odd,
            );
            Some((content, inside.fault, inside.fragments))
        }
        (Inside::Isakmp(inside), Exchange::V1(exchange)) => {
            let payloads = &inside.chain.payloads;
            let content = v1::content(payloads, exchange, message.route, &sight, scene, &mut odd);
            Some((content, inside.fault, inside.fragments))
        }
        (Inside::Isakmp(_) | Inside::Nothing | Inside::Packet(_), _) => None,
    };
    message.oddities = odd.0;
    if let Some((mut content, fault, fragments)) = opened {
        finish(&mut content, unsealed.state, fault, &sight);
        message.inside = Some(Box::new(content));
        if fragments > 0 {
            message.fragment = Some((0, fragments));
        }
    }
    let outside = Sight::new(tree, frame, Part::Outside);
    let mut proofs = unsealed.proofs.clone();
    for proof in &mut proofs {
        proof.place = place_of(proof, message, &sight, &outside);
    }
    message.proofs = proofs;
}

fn finish(content: &mut Content, state: Unsealing, fault: Option<DecodeError>, sight: &Sight<'_>) {
    for notify in &mut content.notifies {
        notify.authenticated = state == Unsealing::Verified;
    }
    content.fault = fault.map(|fault| Fault::new(fault, sight.fault(fault)));
}

/// Where the value that was recomputed stands.
fn place_of(proof: &Proof, message: &IkeMessage, inside: &Sight<'_>, outside: &Sight<'_>) -> Place {
    let kinds: &[u8] = match (message.exchange, proof.of) {
        (Exchange::V2(_), _) => &[ike::PayloadType::AUTH.0],
        (Exchange::V1(_), Proven::IdentitySignature) => &[
            isakmp::PayloadType::SIGNATURE.0,
            isakmp::PayloadType::HASH.0,
        ],
        (Exchange::V1(_), _) => &[isakmp::PayloadType::HASH.0],
    };
    let find = |content: &Content, sight: &Sight<'_>| {
        let at = content
            .payloads
            .iter()
            .position(|kind| kinds.contains(kind));
        at.map(|index| sight.payload(index))
    };
    let hidden = message.inside.as_deref();
    hidden
        .and_then(|content| find(content, inside))
        .or_else(|| find(&message.content, outside))
        .unwrap_or_default()
}
