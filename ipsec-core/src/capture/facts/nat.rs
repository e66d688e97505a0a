//! NAT detection hashes held against addresses (RFC 7296 §2.23, RFC 3947 §3.2):
//! the one on the packet, and where that is not the one, those that the end
//! may have had before translation.

use crate::crypto::CryptoProvider;
use crate::evidence::{Evidence, Exchange, Fact, IkeMessage, NatDetection};
use crate::keymat::proof::NatHash;
use crate::sorted::Set;
use crate::wire::registry::isakmp::Hash;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Compares the hashes of `message` with the addresses on its packet; `agreed`
/// is the hash function of phase 1, once it is known.
pub(super) fn check(
    message: &mut IkeMessage,
    agreed: Option<Hash>,
    provider: &'static CryptoProvider,
) {
    let id = Id::of(message);
    for detection in detections(message) {
        let hashes = match (id.exchange, agreed) {
            (Exchange::V1(_), Some(hash)) => NatHash::ikev1(provider, hash, id.spi_i, id.spi_r)
                .into_iter()
                .collect(),
            (Exchange::V1(_), None) | (Exchange::V2(_), _) => id.hashes(detection, provider),
        };
        if !hashes.is_empty() {
            let fits = |hash: &NatHash| hash.matches(&detection.hash, detection.address);
            detection.matches = Some(hashes.iter().any(fits));
        }
    }
}

/// What the hashes of a message cover beside an address.
#[derive(Clone, Copy)]
struct Id {
    exchange: Exchange,
    spi_i: [u8; 8],
    spi_r: [u8; 8],
}

impl Id {
    const fn of(message: &IkeMessage) -> Self {
        Self {
            exchange: message.exchange,
            spi_i: message.spi_i.to_be_bytes(),
            spi_r: message.spi_r.to_be_bytes(),
        }
    }

    /// The functions that may have made the hash of `detection`.
    fn hashes(self, detection: &NatDetection, provider: &'static CryptoProvider) -> Vec<NatHash> {
        let (spi_i, spi_r) = (self.spi_i, self.spi_r);
        match self.exchange {
            Exchange::V2(_) => NatHash::ikev2(provider, spi_i, spi_r).into_iter().collect(),
            Exchange::V1(_) => {
                NatHash::ikev1_by_length(provider, detection.hash.len(), spi_i, spi_r).collect()
            }
        }
    }
}

/// All hashes of `message`, in the clear and decrypted.
fn detections(message: &mut IkeMessage) -> impl Iterator<Item = &mut NatDetection> {
    let inside = message.inside.as_deref_mut().into_iter();
    let inside = inside.flat_map(|inside| &mut inside.nat_detection);
    message.content.nat_detection.iter_mut().chain(inside)
}

/// Finds addresses before translation, with a limit on the work.
#[derive(Debug, Default)]
pub(in crate::capture) struct Guesses {
    /// Addresses that the capture shows.
    seen: Set<IpAddr>,
    /// What was found for a hash.
    found: Vec<(Vec<u8>, Option<SocketAddr>)>,
    /// Some hash was the one of the address on its packet, so they are
    /// computed as the standard says.
    standard: bool,
}

impl Guesses {
    /// Looks for the addresses that the hashes in `facts` are of, where these
    /// are not the addresses on the packets. The facts are all of one capture,
    /// in the order of their packets.
    pub(in crate::capture) fn complete(
        mut self,
        facts: &mut [Evidence],
        provider: &'static CryptoProvider,
    ) {
        for one in facts {
            let Fact::Ike(message) = &mut one.fact else {
                continue;
            };
            self.see(message.route.from.ip());
            self.see(message.route.to.ip());
            let id = Id::of(message);
            for detection in detections(message) {
                self.standard |= detection.matches == Some(true);
                if self.standard && detection.matches == Some(false) {
                    let hashes = id.hashes(detection, provider);
                    detection.original = self.original(detection, &hashes);
                }
            }
        }
    }

    /// Notes an address that an end may have.
    fn see(&mut self, address: IpAddr) {
        if self.seen.len() < MAX_SEEN {
            self.seen.insert(address);
        }
    }

    fn original(&mut self, detection: &NatDetection, hashes: &[NatHash]) -> Option<SocketAddr> {
        let known = self.found.iter().find(|(hash, _)| *hash == detection.hash);
        if let Some((_, original)) = known {
            return *original;
        }
        if self.found.len() >= MAX_SEARCHES {
            return None;
        }
        let well_known = if detection.address.port() == 4500 {
            4500
        } else {
            500
        };
        let ports = Set::from([detection.address.port(), well_known]);
        let addresses = || self.seen.iter().copied().chain(private());
        let candidates = ports
            .iter()
            .flat_map(|&port| addresses().map(move |address| SocketAddr::new(address, port)));
        let candidates: Vec<SocketAddr> = candidates
            .filter(|&candidate| candidate != detection.address)
            .collect();
        let original = hashes
            .iter()
            .find_map(|hash| hash.find(&detection.hash, candidates.iter().copied()));
        self.found.push((detection.hash.clone(), original));
        original
    }
}

/// The addresses that ends behind a NAT mostly have: the networks that routers
/// come with (RFC 1918).
fn private() -> impl Iterator<Item = IpAddr> {
    let address = |&[a, b, c]: &[u8; 3]| (1..=254).map(move |d| Ipv4Addr::new(a, b, c, d).into());
    NETWORKS.iter().flat_map(address)
}

/// The first three bytes of networks behind a NAT.
const NETWORKS: [[u8; 3]; 16] = [
    [192, 168, 0],
    [192, 168, 1],
    [192, 168, 2],
    [192, 168, 8],
    [192, 168, 10],
    [192, 168, 50],
    [192, 168, 88],
    [192, 168, 100],
    [192, 168, 178],
    [10, 0, 0],
    [10, 0, 1],
    [10, 0, 2],
    [10, 1, 1],
    [10, 10, 10],
    [172, 16, 0],
    [172, 31, 0],
];

/// Addresses of the capture that are tried.
const MAX_SEEN: usize = 256;

/// Hashes for which an address is looked for; each takes up to 9,000 hashes.
const MAX_SEARCHES: usize = 4;

#[cfg(feature = "rustcrypto")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::rustcrypto::provider;
    use crate::evidence::Place;

    #[test]
    fn the_address_before_translation_is_found() {
        let hash = NatHash::ikev2(provider(), [1; 8], [2; 8]).unwrap();
        let check = |sent: &str, shown: &str| {
            let claimed = hash.compute(sent.parse().unwrap()).as_bytes().to_vec();
            let place = Place::default();
            let mut fact = NatDetection::new(true, shown.parse().unwrap(), claimed, place);
            let mut guesses = Guesses::default();
            guesses.see("203.0.113.7".parse().unwrap());
            fact.original = guesses.original(&fact, &[hash]);
            fact.original.map(|address| address.to_string())
        };
        let found = |address: &str| Some(address.to_owned());
        let shown = "192.0.2.1:1024";
        assert_eq!(
            check("192.168.178.20:500", shown),
            found("192.168.178.20:500")
        );
        assert_eq!(check("203.0.113.7:500", shown), found("203.0.113.7:500"));
        assert_eq!(check("100.64.0.1:500", shown), None);
    }
}
