//! What is in a message, in values that outlive its bytes.

use crate::ike::config::Identity;
use crate::ike::error::Error;
use crate::ike::grammar;
use crate::ike::job::Proof;
use crate::ike::selectors;
use crate::ike::suite::{self, Offered};
use crate::sa::selector::Selector;
use crate::wire::ike::{AuthData, Body, CertData, Notify, NotifyData, Payload};
use crate::wire::registry::ike::{
    CertEncoding, ExchangeType, KeyExchange, NotifyType, PayloadType, ProtocolId,
};
use alloc::vec::Vec;

/// The payloads of one message.
#[derive(Clone, Debug, Default)]
pub(in crate::ike) struct Content {
    pub(in crate::ike) id_i: Option<Identity>,
    pub(in crate::ike) id_r: Option<Identity>,
    pub(in crate::ike) certificates: Vec<(CertEncoding, Vec<u8>)>,
    pub(in crate::ike) auth: Option<Proof>,
    /// An EAP message, whole.
    pub(in crate::ike) eap: Option<Vec<u8>>,
    pub(in crate::ike) ike: Vec<Offered>,
    pub(in crate::ike) esp: Vec<Offered>,
    pub(in crate::ike) has_sa: bool,
    pub(in crate::ike) nonce: Option<Vec<u8>>,
    pub(in crate::ike) public: Option<(KeyExchange, Vec<u8>)>,
    pub(in crate::ike) ts_i: Option<Vec<Selector>>,
    pub(in crate::ike) ts_r: Option<Vec<Selector>>,
    pub(in crate::ike) notifies: Vec<Note>,
    pub(in crate::ike) deleted_children: Vec<u32>,
    pub(in crate::ike) deletes_ike: bool,
}

/// A notification.
#[derive(Clone, Debug)]
pub(in crate::ike) struct Note {
    pub(in crate::ike) kind: NotifyType,
    protocol: ProtocolId,
    spi: Vec<u8>,
    group: Option<KeyExchange>,
}

impl Content {
    /// Takes over `payloads`, which make up a message of `exchange`.
    ///
    /// # Errors
    ///
    /// They do not.
    pub(in crate::ike) fn of(
        exchange: ExchangeType,
        response: bool,
        payloads: &[Payload<'_>],
    ) -> Result<Self, Error> {
        let kinds: Vec<PayloadType> = payloads.iter().map(|payload| payload.kind).collect();
        grammar::check(exchange, response, &kinds)?;
        let mut content = Self::default();
        for payload in payloads {
            content.take(payload);
        }
        Ok(content)
    }

    fn take(&mut self, payload: &Payload<'_>) {
        match &payload.body {
            Body::Id(id) if payload.kind == PayloadType::IDI => self.id_i = Some(Identity::of(id)),
            Body::Id(id) => self.id_r = Some(Identity::of(id)),
            Body::Cert(cert) => {
                if let CertData::Raw(data) = cert.data {
                    self.certificates.push((cert.encoding, data.to_vec()));
                }
            }
            Body::Auth(auth) => self.auth = Some(proof(auth)),
            Body::Sa(sa) => {
                self.has_sa = true;
                self.ike = suite::read(sa, ProtocolId::IKE);
                self.esp = suite::read(sa, ProtocolId::ESP);
            }
            Body::Eap(eap) => {
                let mut bytes = Vec::new();
                eap.encode(&mut bytes);
                self.eap = Some(bytes);
            }
            Body::Nonce(nonce) => self.nonce = Some(nonce.to_vec()),
            Body::Ke(ke) => self.public = Some((ke.group, ke.data.to_vec())),
            Body::Ts(ts) if payload.kind == PayloadType::TSI => {
                self.ts_i = Some(selectors::read(ts));
            }
            Body::Ts(ts) => self.ts_r = Some(selectors::read(ts)),
            Body::Notify(notify) => self.notifies.push(Note::of(notify)),
            Body::Delete(delete) if delete.protocol == ProtocolId::IKE => self.deletes_ike = true,
            Body::Delete(delete) if delete.protocol == ProtocolId::ESP => {
                let spis = delete.spis().filter_map(|spi| spi.try_into().ok());
                self.deleted_children.extend(spis.map(u32::from_be_bytes));
            }
            Body::Delete(_)
            | Body::CertReq(_)
            | Body::VendorId(_)
            | Body::Config(_)
            | Body::Sk(_)
            | Body::Skf(_)
            | Body::Unknown(_)
            | Body::Malformed(_)
            | Body::Cut(_) => {}
        }
    }

    /// Whether it has a notification of this type.
    pub(in crate::ike) fn says(&self, kind: NotifyType) -> bool {
        self.notifies.iter().any(|note| note.kind == kind)
    }

    /// The first notification of an error.
    pub(in crate::ike) fn error(&self) -> Option<NotifyType> {
        let mut errors = self.notifies.iter().filter(|note| note.kind.is_error());
        errors.next().map(|note| note.kind)
    }

    /// The key exchange method that the peer wants instead.
    pub(in crate::ike) fn wanted_group(&self) -> Option<KeyExchange> {
        self.notifies.iter().find_map(|note| note.group)
    }

    /// Whether it replaces a child SA: its SPI, where that is one (RFC 7296
    /// §1.3.3).
    pub(in crate::ike) fn rekeys(&self) -> Option<Option<u32>> {
        let mut notes = self.notifies.iter();
        let note = notes.find(|note| note.kind == NotifyType::REKEY_SA)?;
        let is_esp = note.protocol == ProtocolId::ESP;
        let spi = note.spi.as_slice().try_into().ok();
        Some(spi.filter(|_| is_esp).map(u32::from_be_bytes))
    }
}

impl Note {
    fn of(notify: &Notify<'_>) -> Self {
        let mut group = None;
        if let NotifyData::Group(wanted) = notify.data {
            group = Some(wanted);
        }
        Self {
            kind: notify.kind,
            protocol: notify.protocol,
            spi: notify.spi.to_vec(),
            group,
        }
    }
}

fn proof(auth: &crate::wire::ike::Auth<'_>) -> Proof {
    let (algorithm, value) = match auth.data {
        AuthData::Raw(value) => (&[][..], value),
        AuthData::Signature {
            algorithm,
            signature,
        } => (algorithm, signature),
    };
    Proof {
        method: auth.method,
        algorithm: algorithm.to_vec(),
        value: value.to_vec(),
    }
}
