//! What `setkey` is told: policies (`spdadd`) and SAs with their keys (`add`).

use super::tunnel::address;
use crate::config::lines::{self, Line, Lines};
use crate::config::model::{Association, Mode, Policy, Traffic};
use crate::config::values::{self, Faults};
use crate::config::words::Word;
use crate::config::{ConfigErrorKind, Spanned};
use crate::sa::selector::{AddressRange, Ports};
use crate::wire::registry::ike::ProtocolId;
use alloc::vec::Vec;
use core::net::IpAddr;

/// A policy and the tunnel that it demands.
pub(super) struct Rule {
    pub(super) policy: Policy,
    /// The end of the tunnel that sends, and the one that receives.
    pub(super) tunnel: Option<(IpAddr, IpAddr)>,
    pub(super) protocol: ProtocolId,
    pub(super) compressed: bool,
}

impl Rule {
    /// Whether an SA is to be agreed for what leaves.
    pub(super) fn protects(&self) -> bool {
        self.policy.outbound && matches!(self.policy.action, Mode::Tunnel | Mode::Transport)
    }
}

/// `spdadd [-46n] from to protocol … -P direction [priority …] action …;`
pub(super) fn policy(first: Word<'_>, words: &[Word<'_>], faults: &mut Faults) -> Option<Rule> {
    let words = without_flags(words);
    let Some((words, rest)) = words
        .iter()
        .position(|word| word.text == "-P")
        .and_then(|at| words.split_at_checked(at))
    else {
        faults.note(first.span, ConfigErrorKind::Alone);
        return None;
    };
    let [from, to, protocol, ..] = words else {
        faults.note(first.span, ConfigErrorKind::Alone);
        return None;
    };
    let upper = values::protocol_and_port(protocol.text).map(|(number, _)| number);
    let mut side = |word: &Word<'_>| {
        let found = traffic(word.text, upper.unwrap_or(0));
        if found.is_none() {
            faults.note(word.span, ConfigErrorKind::Value);
        }
        found
    };
    let (from, to) = (side(from)?, side(to)?);
    if upper.is_none() {
        faults.note(protocol.span, ConfigErrorKind::Value);
    }
    let [_, direction, rest @ ..] = rest else {
        faults.note(first.span, ConfigErrorKind::Alone);
        return None;
    };
    let actions = ["ipsec", "none", "discard", "entrust", "bypass"];
    let at = rest.iter().position(|word| actions.contains(&word.text));
    let Some([action, rules @ ..]) = at.and_then(|at| rest.get(at..)) else {
        faults.note(direction.span, ConfigErrorKind::Alone);
        return None;
    };
    let outbound = direction.text == "out";
    let mut rule = Rule {
        policy: Policy::new(outbound, from, to, Mode::Pass, first.span),
        tunnel: None,
        protocol: ProtocolId::ESP,
        compressed: false,
    };
    match action.text {
        "discard" => rule.policy.action = Mode::Drop,
        "ipsec" => protections(&mut rule, rules, faults),
        "entrust" => return None,
        _ => {}
    }
    Some(rule)
}

/// Keeps whose packets a policy is for.
pub(super) fn keep(first: Word<'_>, words: &[Word<'_>], lines: &mut Lines) {
    let ends = without_flags(words);
    let flags = words.len().saturating_sub(ends.len());
    let (Some(flags), Some(ends)) = (words.get(..flags), ends.get(..2)) else {
        return;
    };
    let head: Vec<Word<'_>> = core::iter::once(&first).chain(flags).copied().collect();
    let line = Line {
        key: "spdadd".into(),
        head: lines::joined(&head, ends),
        value: lines::value(ends, first.span),
        end: "",
    };
    lines.push(first.span, line);
}

/// `esp/tunnel/192.0.2.1-198.51.100.1/require`, several in turn.
fn protections(rule: &mut Rule, words: &[Word<'_>], faults: &mut Faults) {
    rule.policy.action = Mode::Transport;
    let (mut optional, mut protocol) = (true, None);
    for word in words {
        let mut parts = word.text.split('/');
        let four = [parts.next(), parts.next(), parts.next(), parts.next()];
        let [kind, mode, ends, level] = four.map(|part| part.unwrap_or_default());
        match kind {
            "esp" => protocol = Some(ProtocolId::ESP),
            "ah" => protocol = protocol.or(Some(ProtocolId::AH)),
            "ipcomp" => rule.compressed = true,
            _ => faults.note(word.span, ConfigErrorKind::Value),
        }
        if mode == "tunnel" {
            rule.policy.action = Mode::Tunnel;
            let pair = ends.split_once('-');
            let pair = pair.and_then(|(a, b)| Some((address(a)?, address(b)?)));
            if pair.is_none() {
                faults.note(word.span, ConfigErrorKind::Value);
            }
            rule.tunnel = pair.or(rule.tunnel);
        } else if mode != "transport" {
            faults.note(word.span, ConfigErrorKind::Value);
        }
        optional &= level == "use" || kind == "ipcomp";
    }
    rule.policy.optional = optional;
    rule.protocol = protocol.unwrap_or(ProtocolId::ESP);
}

/// `add [-46n] from to protocol spi …;` keys are never looked at.
pub(super) fn association(
    first: Word<'_>,
    words: &[Word<'_>],
    faults: &mut Faults,
) -> Option<Association> {
    let [from, to, protocol, spi, ..] = without_flags(words) else {
        faults.note(first.span, ConfigErrorKind::Alone);
        return None;
    };
    if !["esp", "ah", "esp-old", "ah-old"].contains(&protocol.text) {
        return None;
    }
    let number = match spi.text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => spi.text.parse().ok(),
    };
    let Some(number) = number else {
        faults.note(spi.span, ConfigErrorKind::Value);
        return None;
    };
    let listed_by = Spanned {
        value: "setkey".into(),
        span: first.span,
    };
    let spi = Spanned {
        value: number,
        span: spi.span,
    };
    let mut association = Association::new(spi, listed_by);
    association.from = address(from.text);
    association.to = address(to.text);
    for word in [from, to] {
        if address(word.text).is_none() {
            faults.note(word.span, ConfigErrorKind::Value);
        }
    }
    Some(association)
}

fn without_flags<'l, 'a>(words: &'l [Word<'a>]) -> &'l [Word<'a>] {
    match words {
        [flag, rest @ ..] if ["-4", "-6", "-n", "-46n"].contains(&flag.text) => rest,
        _ => words,
    }
}

/// `10.1.0.0/24[any]`, `192.0.2.1[1701]`.
pub(super) fn traffic(text: &str, protocol: u8) -> Option<Traffic> {
    let (range, port) = match text.split_once('[') {
        Some((range, rest)) => {
            // The prefix stands before or behind the port.
            let (port, behind) = rest.split_once(']')?;
            (Vec::from([range, behind]).concat(), port)
        }
        None => (text.into(), "any"),
    };
    let range: AddressRange = range.parse().ok()?;
    let mut traffic = Traffic::of(Some(range));
    traffic.protocol = protocol;
    traffic.ports = match port {
        "any" => Ports::ANY,
        port => {
            let port = port.parse().ok()?;
            Ports::new(port, port)?
        }
    };
    Some(traffic)
}
