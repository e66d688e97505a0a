//! What keys opened of one ESP or AH flow, summed up packet by packet.

use super::dissection::clear_of;
use super::unsealed::{InnerPacket, Inside, Unsealed};
use crate::evidence::{InnerFlow, Opening, Route, UnsealFault, Unsealing};

impl Opening {
    /// Adds packet `number`, which went along `route`.
    pub(super) fn add(&mut self, number: u64, route: Route, unsealed: &Unsealed<'_>) {
        let count = match unsealed.state {
            Unsealing::NoKey => &mut self.no_key,
            Unsealing::Verified => &mut self.verified,
            Unsealing::Unchecked => &mut self.unchecked,
            Unsealing::Failed(fault) => {
                return match fault {
                    UnsealFault::WrongKey => self.wrong_key.add(number),
                    UnsealFault::WrongIcv => self.wrong_icv.add(number),
                    UnsealFault::WrongPadding => self.wrong_padding.add(number),
                    UnsealFault::Length | UnsealFault::Unsupported => self.other.add(number),
                };
            }
        };
        *count = count.saturating_add(1);
        if let Inside::Packet(inner) = &unsealed.inside {
            self.add_inner(number, route, inner);
        }
    }

    fn add_inner(&mut self, number: u64, route: Route, inner: &InnerPacket<'_>) {
        self.derived |= inner.derived;
        self.extended_sequence |= inner.sequence_high.is_some();
        self.without_integrity |= inner.without_integrity;
        self.tunnelled = self.tunnelled.saturating_add(inner.ip.is_some().into());
        let Some(clear) = inner.upper.and_then(clear_of) else {
            return;
        };
        let (source, destination) = inner.ip.map_or_else(
            || (route.from.ip(), route.to.ip()),
            |ip| (ip.source(), ip.destination()),
        );
        let mut flow = InnerFlow::new(source, destination, clear.protocol.0, number);
        flow.echo = clear.echo;
        let same = |known: &InnerFlow| {
            (known.source, known.destination) == (source, destination)
                && (known.protocol, known.echo) == (flow.protocol, flow.echo)
        };
        let known = self.inner.iter().position(same);
        if known.is_none() && self.inner.len() < MAX_INNER {
            self.inner.push(flow);
        }
        let at = known.unwrap_or_else(|| self.inner.len().saturating_sub(1));
        let Some(known) = self.inner.get_mut(at) else {
            return;
        };
        let trailer = inner
            .trailer
            .map_or(0, |t| t.padding.len().saturating_add(2));
        let bytes = inner.plaintext.len().saturating_sub(trailer);
        known.packets = known.packets.saturating_add(1);
        known.bytes = known
            .bytes
            .saturating_add(u64::try_from(bytes).unwrap_or(0));
    }

    /// Before its first success a key cannot be told from a wrong one; if it
    /// opened others later, those packets were spoilt.
    pub(super) fn settle(&mut self) {
        if self.opened() == 0 || self.wrong_key.count == 0 {
            return;
        }
        let early = core::mem::take(&mut self.wrong_key);
        self.wrong_icv.count = self.wrong_icv.count.saturating_add(early.count);
        self.wrong_icv.first = early.first;
    }
}

/// Inner flows that are told apart in one SA; the last stands for all others.
const MAX_INNER: usize = 64;
