//! The keys of child SAs (RFC 7296 §2.17), as a key log would give them.

use super::exchange::{Half, Suite};
use super::keys::Keys;
use crate::crypto::Secret;
use crate::evidence::Route;
use crate::keylog::algorithms::Authentication;
use crate::keylog::{SaKeys, SaMode, SaProtocol};
use crate::keymat::ikev2::ChildKeys;
use crate::keymat::{self, Nonces};
use crate::sa::selector::AddressRange;
use crate::wire::registry::ike::{Integrity, ProtocolId};
use core::net::IpAddr;

/// Where the keys of a pair of child SAs come from.
#[derive(Debug)]
pub(super) struct Parent<'a> {
    pub(super) keys: &'a Keys,
    pub(super) nonces: Nonces<'a>,
    /// The way of the answer that created them.
    pub(super) route: Route,
}

impl Parent<'_> {
    /// The pair that `answered` has agreed to, the direction of the exchange's
    /// initiator first; `None` where something is missing or not known.
    ///
    /// An SPI is its receiver's: that of the request is in the packets that
    /// the responder sends (RFC 7296 §2.9).
    pub(super) fn pair(
        &self,
        shared: &[&Secret],
        asked: &Half,
        answered: &Half,
    ) -> Option<Vec<SaKeys>> {
        let chosen = answered.chosen?;
        let protocol = match chosen.protocol {
            ProtocolId::ESP => SaProtocol::Esp,
            ProtocolId::AH => SaProtocol::Ah,
            _ => return None,
        };
        let (spi_i, spi_r) = (asked.spi_of(&chosen)?, answered.spi_of(&chosen)?);
        let sk_d = self.keys.sk_d.as_ref()?;
        let sizes = chosen.sizes()?;
        let keys = ChildKeys::derive(self.keys.prf?, sk_d, self.nonces, shared, sizes).ok()?;
        let (initiator, responder) = (self.route.to.ip(), self.route.from.ip());
        let mode = match asked.transport && answered.transport {
            true => SaMode::Transport,
            false => SaMode::Tunnel,
        };
        let one = |keys: keymat::SaKeys, spi, from, to| SaKeys {
            protocol,
            spi: Some(u32::from_be_bytes(spi)),
            source: only(from),
            destination: only(to),
            mode: Some(mode),
            encryption: chosen.encryption.into_iter().collect(),
            authentication: authentication(&chosen),
            encryption_key: keys.encr,
            authentication_key: keys.integ,
            extended_sequence: Some(chosen.extended_sequence),
            ..SaKeys::default()
        };
        Some(vec![
            one(keys.initiator, spi_r, initiator, responder),
            one(keys.responder, spi_i, responder, initiator),
        ])
    }
}

const fn authentication(suite: &Suite) -> Authentication {
    match suite.integrity {
        Integrity::NONE => Authentication::None,
        id => Authentication::Ikev2(id),
    }
}

fn only(address: IpAddr) -> Option<AddressRange> {
    AddressRange::new(address, address)
}
