//! L2TP under IPsec (RFC 3193) with certificates, as Windows makes it unless it
//! is told otherwise.

use super::alone::One;
use crate::config::model::{Child, Method, Mode, Setting, Traffic};
use crate::evidence::{Configured, Effect, Topic};
use alloc::format;

/// Every machine needs a certificate of its own.
pub(super) fn fact(one: &One<'_>) -> Option<Configured> {
    let connection = one.held.connection;
    let child = connection.children.iter().find(|child| is_l2tp(child))?;
    let round = connection.local.authentication.first()?;
    if round.methods.value != [Method::Signature] {
        return None;
    }
    let detail = format!(
        "\"{}\" of {} is L2TP under IPsec with certificates: every machine needs one of its own.",
        one.connection, one.name
    );
    let fact = one.fact(Topic::Certificate, Effect::Weakens, detail);
    let span = child.remote.first().and_then(Setting::span);
    let fact = one.at(fact, span, "UDP port 1701 in transport mode");
    let mut fact = one.at(fact, round.methods.span(), "certificates");
    let text =
        "Install a certificate for the machine, or write a pre-shared key, or use IKEv2 instead.";
    fact.repairs.push(one.repair(text.into()));
    Some(fact)
}

fn is_l2tp(child: &Child) -> bool {
    let port = |one: &Setting<Traffic>| {
        one.value.protocol == UDP && one.value.ports.bounds() == (L2TP, L2TP)
    };
    let mut sides = child.local.iter().chain(&child.remote);
    child.mode.value == Mode::Transport && sides.any(port)
}

const UDP: u8 = 17;

/// Its port (RFC 2661 §8.1).
const L2TP: u16 = 1701;
