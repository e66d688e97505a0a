//! Whether a NAT stands between the two ends (RFC 7296 §2.23): each sends
//! hashes of the addresses as it sees them.

use crate::crypto::{CryptoProvider, Digest};
use crate::keymat::proof::NatHash;
use crate::wire::ike::{Message, Notify, NotifyData};
use crate::wire::registry::ike::NotifyType;
use core::net::{Ipv4Addr, SocketAddr};

/// Between which addresses an IKE SA's messages go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Path {
    /// Ours.
    pub local: SocketAddr,
    /// The peer's, as we see it.
    pub remote: SocketAddr,
    /// Messages carry the non-ESP marker, ESP goes in UDP (RFC 3948).
    pub encapsulated: bool,
}

/// Where NATs were found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Nat {
    /// The peer can find out at all: it sent both notifications.
    pub supported: bool,
    /// Before us.
    pub here: bool,
    /// Before the peer.
    pub peer: bool,
}

impl Nat {
    /// Whether one stands anywhere.
    #[must_use]
    pub const fn found(self) -> bool {
        self.here || self.peer
    }
}

/// The data of both notifications of a message with these SPIs. With `force`
/// the source is none that there is, so that the peer takes it for a NAT.
pub(super) fn hashes(
    provider: &CryptoProvider,
    spis: (u64, u64),
    path: &Path,
    force: bool,
) -> Option<[Digest; 2]> {
    let hash = NatHash::ikev2(provider, spis.0.to_be_bytes(), spis.1.to_be_bytes())?;
    let nowhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    let source = if force { nowhere } else { path.local };
    Some([hash.compute(source), hash.compute(path.remote)])
}

/// What the notifications of `message`, which came by `path`, tell.
pub(super) fn detect(provider: &CryptoProvider, message: &Message<'_>, path: &Path) -> Nat {
    let header = &message.header;
    let spis = (header.spi_i.to_be_bytes(), header.spi_r.to_be_bytes());
    let Some(hash) = NatHash::ikev2(provider, spis.0, spis.1) else {
        return Nat::default();
    };
    // One match among several suffices: the peer may have several addresses.
    let matches = |kind, at| {
        let mut claims = message.notifies().filter(|notify| notify.kind == kind);
        let first = claims.next()?;
        let is_of = |notify: &Notify<'_>| {
            let NotifyData::NatDetection(claimed) = notify.data else {
                return false;
            };
            hash.matches(claimed, at)
        };
        Some(is_of(first) || claims.any(is_of))
    };
    let source = matches(NotifyType::NAT_DETECTION_SOURCE_IP, path.remote);
    let destination = matches(NotifyType::NAT_DETECTION_DESTINATION_IP, path.local);
    Nat {
        supported: source.is_some() && destination.is_some(),
        here: source.is_some() && destination == Some(false),
        peer: destination.is_some() && source == Some(false),
    }
}
