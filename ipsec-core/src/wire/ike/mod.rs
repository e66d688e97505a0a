//! IKEv2 messages (RFC 7296 §3 and the RFCs that add payloads, notifies and
//! attributes to it).
//!
//! A [`Message`] borrows from the datagram it was read from. Values that the
//! structure determines (lengths, counts, next-payload numbers) are computed
//! when a message is laid out; where the wire disagreed, the wire's value is
//! kept beside the structure, so that what was read is written back byte for
//! byte even when it is wrong.
//!
//! ```
//! use ipsec_core::wire::ike::{Body, Message, Payload};
//! use ipsec_core::wire::registry::ike::{ExchangeType, PayloadType};
//!
//! let mut bytes = Vec::new();
//! let mut message = Message::request(1, 0, ExchangeType::IKE_SA_INIT, 0);
//! message.payloads.push(Payload::new(PayloadType::NONCE, Body::Nonce(&[7; 16])));
//! message.encode(&mut bytes);
//! assert_eq!(Message::decode(&bytes)?.payloads, message.payloads);
//! # Ok::<(), ipsec_core::wire::DecodeError>(())
//! ```

mod auth;
mod cert;
mod chain;
mod config;
mod delete;
mod eap;
mod fields;
mod header;
mod id;
mod ke;
mod message;
mod notify;
mod peek;
mod sa;
mod sealed;
mod ts;
mod unread;

pub use auth::{Auth, AuthData};
pub use cert::{Cert, CertData, CertReq};
pub use chain::{Body, Chain, Payload, decode_chain, lay_out_chain};
pub use config::{Config, ConfigItem, ConfigValue, EncryptedDns, EncryptedDnsDigest, TrustAnchor};
pub use delete::Delete;
pub use eap::Eap;
pub use header::{Flags, Header};
pub use id::{Id, IdData};
pub use ke::Ke;
pub use message::Message;
pub use notify::{
    Announcement, Endpoints, Ipcomp, MessageIdSync, Notify, NotifyData, Redirect, RohcParameter,
};
pub use peek::{Peek, RawPayload, RawPayloads, peek};
pub use sa::{Attribute, AttributeValue, Proposal, Sa, Transform};
pub use sealed::{Sk, Skf};
pub use ts::{Selector, Ts};
