//! The keys at hand, found by the SPIs they are for.

use super::keyless::Keyless;
use super::{Unseal, Unsealer};
use crate::crypto::CryptoProvider;
use crate::keylog::{
    Ikev1Keys, Ikev2Keys, KeyExchangeSecret, KeyLog, Keys, Psk, SaKeys, SaProtocol,
};
use crate::keymat::x509::{Bundle, Certificate, RevocationList};
use crate::sorted::Map;
use std::sync::Arc;

/// Keys for a [`Decoder`](crate::capture::Decoder), from any number of key
/// logs, and the algorithms to use them with.
///
/// ```
/// # #[cfg(feature = "rustcrypto")] {
/// use ipsec_core::capture::{Decoder, Keyring};
/// use ipsec_core::{crypto::rustcrypto, keylog};
/// let mut keyring = Keyring::new(rustcrypto::provider());
/// keyring.add(keylog::read(b"\"IPv4\",\"*\",\"*\",\"0x1\",\"NULL\",\"\",\"NULL\",\"\"\n"));
/// let decoder = Decoder::with_keys(keyring.into());
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Keyring {
    provider: &'static CryptoProvider,
    /// What opens packets with it, anew for every walk over a capture.
    opens: fn(Arc<Self>) -> Box<dyn Unseal>,
    ikev1: BySpi<[u8; 8], Arc<Ikev1Keys>>,
    ikev2: BySpi<([u8; 8], [u8; 8]), Arc<Ikev2Keys>>,
    sas: BySpi<(SaProtocol, u32), Arc<SaKeys>>,
    exchanges: BySpi<[u8; 8], Arc<KeyExchangeSecret>>,
    psks: Vec<Arc<Psk>>,
    anchors: Vec<Certificate>,
    crls: Vec<RevocationList>,
    /// How often keys were added.
    revision: usize,
}

/// Keys by what they are for, and those that do not say.
#[derive(Clone, Debug)]
struct BySpi<I, K> {
    known: Map<I, Vec<K>>,
    unknown: Vec<K>,
}

impl<I, K> Default for BySpi<I, K> {
    fn default() -> Self {
        Self {
            known: Map::new(),
            unknown: Vec::new(),
        }
    }
}

impl<I: Ord, K> BySpi<I, K> {
    fn add(&mut self, id: Option<I>, keys: K) {
        match id {
            Some(id) => self.known.entry(id).or_default().push(keys),
            None => self.unknown.push(keys),
        }
    }

    /// Those for `id`, then those that do not say.
    fn of(&self, id: I) -> impl Iterator<Item = &K> + use<'_, I, K> {
        self.known
            .get(&id)
            .into_iter()
            .flatten()
            .chain(&self.unknown)
    }
}

impl Keyring {
    /// No keys yet; they will be used with the algorithms of `provider`.
    #[must_use]
    pub fn new(provider: &'static CryptoProvider) -> Self {
        Self::that_opens(provider, Unsealer::boxed)
    }

    /// A keyring whose keys are not used: what needs one stays closed, also
    /// where the capture brings it. A program that has no other keyring does
    /// without most of the code that opens packets.
    #[must_use]
    pub fn closed(provider: &'static CryptoProvider) -> Self {
        Self::that_opens(provider, Keyless::boxed)
    }

    fn that_opens(
        provider: &'static CryptoProvider,
        opens: fn(Arc<Self>) -> Box<dyn Unseal>,
    ) -> Self {
        Self {
            provider,
            opens,
            ikev1: BySpi::default(),
            ikev2: BySpi::default(),
            sas: BySpi::default(),
            exchanges: BySpi::default(),
            psks: Vec::new(),
            anchors: Vec::new(),
            crls: Vec::new(),
            revision: 0,
        }
    }

    /// Adds every entry of a key log. Entries that contradict each other are
    /// all kept, and tried in their order.
    pub fn add(&mut self, log: KeyLog) {
        if log.entries.is_empty() {
            return;
        }
        self.revision = self.revision.saturating_add(1);
        for entry in log.entries {
            match entry.keys {
                Keys::Ikev1(keys) => self.ikev1.add(keys.cookie_i, keys.into()),
                Keys::Ikev2(keys) => self.ikev2.add(keys.spi_i.zip(keys.spi_r), keys.into()),
                Keys::Sa(keys) => {
                    let id = keys.spi.map(|spi| (keys.protocol, spi));
                    self.sas.add(id, keys.into());
                }
                Keys::KeyExchange(secret) => self.exchanges.add(secret.spi_i, secret.into()),
                Keys::Psk(psk) => self.add_psk(psk),
            }
        }
    }

    /// Adds a candidate pre-shared key.
    pub fn add_psk(&mut self, psk: Psk) {
        self.revision = self.revision.saturating_add(1);
        self.psks.push(psk.into());
    }

    /// Adds certificates of authorities that both ends trust, and revocation
    /// lists.
    pub fn add_trust(&mut self, bundle: Bundle) {
        self.anchors.extend(bundle.certificates);
        self.crls.extend(bundle.crls);
    }

    /// There is no key in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ikev1.known.is_empty()
            && self.ikev1.unknown.is_empty()
            && self.ikev2.known.is_empty()
            && self.ikev2.unknown.is_empty()
            && self.sas.known.is_empty()
            && self.sas.unknown.is_empty()
            && self.exchanges.known.is_empty()
            && self.exchanges.unknown.is_empty()
            && self.psks.is_empty()
    }

    /// The algorithms.
    #[must_use]
    pub const fn provider(&self) -> &'static CryptoProvider {
        self.provider
    }

    /// The authorities that both ends trust; none if that is not known.
    #[must_use]
    pub fn anchors(&self) -> &[Certificate] {
        &self.anchors
    }

    /// Revocation lists.
    #[must_use]
    pub fn crls(&self) -> &[RevocationList] {
        &self.crls
    }

    /// What opens the packets of one capture.
    pub(in crate::capture) fn unsealer(self: Arc<Self>) -> Box<dyn Unseal> {
        (self.opens)(self)
    }

    /// Keys that may be those of the IKEv1 SA that `cookie_i` opened.
    pub(super) fn ikev1(&self, cookie_i: [u8; 8]) -> impl Iterator<Item = &Ikev1Keys> {
        self.ikev1.of(cookie_i).map(|keys| &**keys)
    }

    /// Keys that may be those of the IKEv2 SA with these SPIs.
    pub(super) fn ikev2(&self, spi_i: [u8; 8], spi_r: [u8; 8]) -> impl Iterator<Item = &Ikev2Keys> {
        self.ikev2.of((spi_i, spi_r)).map(|keys| &**keys)
    }

    /// Secrets of key exchanges that may belong to the SA of this initiator's
    /// SPI or cookie.
    pub(super) fn exchanges(&self, spi_i: [u8; 8]) -> impl Iterator<Item = &KeyExchangeSecret> {
        self.exchanges.of(spi_i).map(|secret| &**secret)
    }

    /// Keys that may be those of packets with this SPI.
    pub(super) fn sas(&self, protocol: SaProtocol, spi: u32) -> impl Iterator<Item = &SaKeys> {
        self.sas.of((protocol, spi)).map(|keys| &**keys)
    }

    /// Keys that say they are for other SPIs, in their order.
    pub(super) fn other_sas(
        &self,
        protocol: SaProtocol,
        spi: u32,
    ) -> impl Iterator<Item = &SaKeys> {
        let others = self.sas.known.iter();
        let others = others.filter(move |((of, id), _)| *of == protocol && *id != spi);
        others.flat_map(|(_, keys)| keys).map(|keys| &**keys)
    }

    /// Another number than before when keys were added.
    pub(in crate::capture) const fn revision(&self) -> usize {
        self.revision
    }

    /// The candidate pre-shared keys.
    pub(super) fn psks(&self) -> &[Arc<Psk>] {
        &self.psks
    }
}
