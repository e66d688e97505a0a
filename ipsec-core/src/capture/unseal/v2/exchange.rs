//! What is remembered of an exchange: offers, public values, nonces.

use crate::crypto::{CryptoProvider, Prf, Secret, suite};
use crate::keymat::ikev2::{self, IkeKeys};
use crate::keymat::{KeySizes, Nonces, Spis};
use crate::wire::ike::{Body, Notify, NotifyData, Payload, Proposal, Sa};
use crate::wire::registry::ike::{
    Encryption, Integrity, KeyExchange, NotifyType, Prf as PrfId, ProtocolId, SequenceNumbers,
    TransformType,
};

/// What one message of an exchange brings to the keys.
#[derive(Debug, Default)]
pub(super) struct Half {
    pub(super) nonce: Option<Vec<u8>>,
    pub(super) public: Option<Public>,
    /// The proposals: number, protocol and SPI.
    pub(super) spis: Vec<(u8, ProtocolId, Vec<u8>)>,
    /// The first proposal, which in an answer is the chosen one.
    pub(super) chosen: Option<Suite>,
    /// `USE_TRANSPORT_MODE` is asked for or granted.
    pub(super) transport: bool,
    /// `USE_PPK` is, or `PPK_IDENTITY` says that one is used (RFC 8784 §3).
    pub(super) ppk: bool,
    /// The data of `ADDITIONAL_KEY_EXCHANGE` (RFC 9370 §2.2.4).
    pub(super) link: Option<Vec<u8>>,
}

/// A value of a key exchange payload.
#[derive(Clone, Debug)]
pub(super) struct Public {
    pub(super) group: KeyExchange,
    pub(super) value: Vec<u8>,
}

/// The two values of a key exchange.
#[derive(Clone, Debug)]
pub(super) struct Agreement {
    pub(super) i: Public,
    pub(super) r: Public,
}

/// The algorithms of a proposal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Suite {
    pub(super) number: u8,
    pub(super) protocol: ProtocolId,
    pub(super) encryption: Option<Encryption>,
    pub(super) key_bits: Option<u16>,
    pub(super) integrity: Integrity,
    pub(super) prf: Option<PrfId>,
    pub(super) extended_sequence: bool,
    /// Key exchanges beside the first (RFC 9370).
    pub(super) additional: usize,
}

impl Half {
    pub(super) fn of(payloads: &[Payload<'_>]) -> Self {
        let mut half = Self::default();
        for payload in payloads {
            if let Body::Sa(sa) = &payload.body {
                half.offer(sa);
            } else if let Body::Ke(ke) = &payload.body {
                half.public = within(ke.data, PUBLIC_MAX).map(|value| Public {
                    group: ke.group,
                    value,
                });
            } else if let Body::Nonce(nonce) = &payload.body {
                half.nonce = within(nonce, NONCE_MAX);
            } else if let Body::Notify(notify) = &payload.body {
                half.notify(notify);
            }
        }
        half
    }

    fn offer(&mut self, sa: &Sa<'_>) {
        let proposals = sa.proposals.iter().take(PROPOSALS_MAX);
        self.spis = proposals
            .filter_map(|it| Some((it.number, it.protocol, within(it.spi, SPI_MAX)?)))
            .collect();
        self.chosen = sa.proposals.first().map(Suite::of);
    }

    fn notify(&mut self, notify: &Notify<'_>) {
        match notify.kind {
            NotifyType::USE_TRANSPORT_MODE => self.transport = true,
            NotifyType::USE_PPK | NotifyType::PPK_IDENTITY => self.ppk = true,
            NotifyType::ADDITIONAL_KEY_EXCHANGE => {
                if let NotifyData::Raw(link) = &notify.data {
                    self.link = within(link, LINK_MAX);
                }
            }
            _ => {}
        }
    }

    /// The SPI of the proposal that `chosen` answers.
    pub(super) fn spi_of<const N: usize>(&self, chosen: &Suite) -> Option<[u8; N]> {
        let of = |(number, protocol, _): &&(u8, ProtocolId, Vec<u8>)| {
            (*number, *protocol) == (chosen.number, chosen.protocol)
        };
        let (_, _, spi) = self.spis.iter().find(of)?;
        spi.as_slice().try_into().ok()
    }
}

impl Agreement {
    pub(super) fn of(request: &Half, answer: &Half) -> Option<Self> {
        let (i, r) = request.public.clone().zip(answer.public.clone())?;
        (i.group == r.group).then_some(Self { i, r })
    }
}

impl Suite {
    fn of(proposal: &Proposal<'_>) -> Self {
        let first = |kind| proposal.of_type(kind).next();
        let encryption = first(TransformType::ENCR);
        Self {
            number: proposal.number,
            protocol: proposal.protocol,
            encryption: encryption.map(|it| Encryption(it.id)),
            key_bits: encryption.and_then(|it| it.key_length()),
            integrity: first(TransformType::INTEG).map_or(Integrity::NONE, |it| Integrity(it.id)),
            prf: first(TransformType::PRF).map(|it| PrfId(it.id)),
            extended_sequence: first(TransformType::ESN)
                .is_some_and(|it| SequenceNumbers(it.id) == SequenceNumbers::ESN),
            additional: (TransformType::ADDKE1.0..=TransformType::ADDKE7.0)
                .filter_map(|kind| first(TransformType(kind)))
                .filter(|it| it.id != 0)
                .count(),
        }
    }

    /// The separate integrity algorithm.
    pub(super) fn mac(&self) -> Option<&'static suite::Mac> {
        suite::integrity(self.integrity).filter(|mac| mac.icv > 0)
    }

    /// The sizes of the keys of one direction; `None` for algorithms that are
    /// not known.
    pub(super) fn sizes(&self) -> Option<KeySizes> {
        let mac = self.mac();
        if mac.is_none() && self.integrity != Integrity::NONE {
            return None;
        }
        match self.encryption {
            Some(id) => KeySizes::negotiated(suite::encryption(id)?, self.key_bits, mac),
            None => Some(KeySizes {
                encr: 0,
                integ: mac?.key,
            }),
        }
    }

    pub(super) fn prf(&self, provider: &CryptoProvider) -> Option<&'static dyn Prf> {
        provider.prf(self.prf?)
    }
}

/// The exchange that created an IKE SA.
#[derive(Debug)]
pub(super) struct Origin {
    pub(super) suite: Option<Suite>,
    pub(super) nonce_i: Vec<u8>,
    pub(super) nonce_r: Vec<u8>,
    /// The values of its key exchanges, in their order.
    pub(super) agreements: Vec<Agreement>,
    pub(super) how: How,
}

/// How an IKE SA came to be.
#[derive(Debug)]
pub(super) enum How {
    /// By an exchange in the clear: its two messages, and whether both ends
    /// can mix a post-quantum preshared key in.
    Init {
        request: Vec<u8>,
        answer: Vec<u8>,
        ppk: bool,
    },
    /// In place of another, with these SPIs, prf and `SK_d`.
    Rekey {
        old: Spis,
        keys: Option<(&'static dyn Prf, Secret)>,
    },
}

impl Origin {
    pub(super) fn of_init(
        (request, asked): (&[u8], &Half),
        (answer, answered): (&[u8], &Half),
    ) -> Self {
        let how = How::Init {
            request: request.to_vec(),
            answer: answer.to_vec(),
            ppk: asked.ppk && answered.ppk,
        };
        let agreement = Agreement::of(asked, answered);
        Self::new(asked, answered, agreement.into_iter().collect(), how)
    }

    pub(super) fn new(asked: &Half, answered: &Half, agreements: Vec<Agreement>, how: How) -> Self {
        Self {
            suite: answered.chosen,
            nonce_i: asked.nonce.clone().unwrap_or_default(),
            nonce_r: answered.nonce.clone().unwrap_or_default(),
            agreements,
            how,
        }
    }

    pub(super) fn nonces(&self) -> Nonces<'_> {
        Nonces {
            i: &self.nonce_i,
            r: &self.nonce_r,
        }
    }

    /// Both ends can mix a post-quantum preshared key in.
    pub(super) const fn may_mix_ppk(&self) -> bool {
        matches!(self.how, How::Init { ppk: true, .. })
    }

    /// `SKEYSEED` from the shared secrets of its key exchanges.
    pub(super) fn skeyseed(&self, prf: &dyn Prf, shared: &[&Secret]) -> Option<Secret> {
        let nonces = self.nonces();
        match (&self.how, shared) {
            (How::Init { .. }, [shared]) => Some(ikev2::skeyseed(prf, nonces, shared)),
            (How::Rekey { keys, .. }, [_, ..]) => {
                let (old_prf, sk_d) = keys.as_ref()?;
                Some(ikev2::skeyseed_rekeyed(*old_prf, sk_d, nonces, shared))
            }
            _ => None,
        }
    }

    /// The keys that `skeyseed` gives under the negotiated algorithms.
    pub(super) fn expand(&self, prf: &dyn Prf, skeyseed: &Secret, spis: Spis) -> Option<IkeKeys> {
        let sizes = self.suite?.sizes()?;
        IkeKeys::expand(prf, skeyseed, self.nonces(), spis, sizes).ok()
    }
}

/// A copy of `bytes`, if they are not too many to be remembered.
fn within(bytes: &[u8], most: usize) -> Option<Vec<u8>> {
    (bytes.len() <= most).then(|| bytes.to_vec())
}

/// Proposals whose SPIs are remembered, and bytes of an SPI.
const PROPOSALS_MAX: usize = 64;
const SPI_MAX: usize = 8;

/// Bytes of a public value: those of ML-KEM-1024 are 1568.
const PUBLIC_MAX: usize = 8192;

/// Bytes of a nonce (RFC 7296 §3.9).
const NONCE_MAX: usize = 256;

/// Bytes that name the next key exchange; implementations take few.
const LINK_MAX: usize = 256;
