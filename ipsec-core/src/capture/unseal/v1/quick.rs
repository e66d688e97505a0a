//! Quick modes (RFC 2409 §5.5), and the keys of the SAs that they create.

use super::payloads::Payloads;
use crate::keymat::Nonces;
use crate::wire::registry::isakmp::PayloadType;
use core::net::SocketAddr;

/// A quick mode, from its first message on.
#[derive(Clone, Debug)]
pub(super) struct Quick {
    pub(super) message_id: u32,
    /// Who began it: either end of the ISAKMP SA may.
    pub(super) from: SocketAddr,
    /// What its initiator said.
    pub(super) i: Said,
    /// What its responder said.
    pub(super) r: Option<Said>,
}

/// What keys are made from.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) nonce: Vec<u8>,
    #[expect(dead_code, reason = "the keys of quick mode's SAs come next")]
    ke: Option<Vec<u8>>,
}

impl Said {
    /// What a message with a nonce says.
    pub(super) fn read(payloads: &Payloads<'_>) -> Option<Self> {
        Some(Self {
            nonce: payloads.body(PayloadType::NONCE)?.to_vec(),
            ke: payloads.body(PayloadType::KE).map(<[u8]>::to_vec),
        })
    }
}

impl Quick {
    /// Both nonces, once they were said.
    pub(super) fn nonces(&self) -> Option<Nonces<'_>> {
        Some(Nonces {
            i: &self.i.nonce,
            r: &self.r.as_ref()?.nonce,
        })
    }
}
