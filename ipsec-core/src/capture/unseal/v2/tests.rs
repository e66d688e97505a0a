//! Recorded and spoken exchanges, and what nobody should send.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a test looks at the kinds that it is about"
)]

use super::*;
use crate::capture::{CaptureReader, Content, Decoder};
use crate::crypto::rustcrypto::provider;
use crate::crypto::{Group, Random, Secret, suite};
use crate::evidence::{Proof, Proven, Tried, UnsealFault, Unsealing, Verdict};
use crate::keylog::{self, Ikev2Keys, KeyExchangeSecret, KeyLog, Keys, Psk, SaKeys};
use crate::keymat::auth::{IntAuth, Intermediate, SignedOctets};
use crate::keymat::ikev2::{self, IkeKeys};
use crate::keymat::sealed::Ikev2Body;
use crate::keymat::{KeySizes, Nonces};
use crate::wire::ike::{
    Auth, AuthData, Id, IdData, Ke, Notify, NotifyData, Payload, Proposal, Sa, Sk, Skf, Transform,
    lay_out_chain,
};
use crate::wire::layout::Encoder;
use crate::wire::registry::ike::{
    AuthMethod, Encryption, IdType, Integrity, KeyExchange, NotifyType, Prf, ProtocolId,
    TransformType,
};

mod recorded;
mod spoken;

const PSK: &[u8] = b"correct horse battery";

fn route() -> Route {
    Route {
        from: "192.0.2.10:500".parse().unwrap(),
        to: "198.51.100.20:500".parse().unwrap(),
    }
}

/// What was made of one message.
#[derive(Debug)]
struct Took {
    state: State,
    plain: Vec<u8>,
    proofs: Vec<Proof>,
    children: Vec<SaKeys>,
}

impl Took {
    const fn is_open(&self) -> bool {
        matches!(self.state, State::Open { .. })
    }

    fn is_closed(&self, how: UnsealFault) -> bool {
        matches!(self.state, State::Closed(Unsealing::Failed(fault)) if fault == how)
    }
}

fn take_at(sas: &mut Sas, keyring: &Keyring, now: Instant, bytes: &[u8]) -> Took {
    let (message, fault) = Message::decode_lax(bytes).unwrap();
    let read = Read {
        message,
        bytes,
        fault,
    };
    let mut plain = Vec::new();
    let taken = sas.take(keyring, now, route(), &read, &mut plain);
    Took {
        state: taken.state,
        plain,
        proofs: taken.proofs,
        children: taken.children,
    }
}

fn take(sas: &mut Sas, keyring: &Keyring, bytes: &[u8]) -> Took {
    take_at(sas, keyring, Instant::ZERO, bytes)
}

/// The IKEv2 messages of a recorded capture.
fn messages(file: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = CaptureReader::new(file).unwrap();
    let mut decoder = Decoder::new();
    let mut found = Vec::new();
    while let Some(frame) = reader.next_frame().unwrap() {
        if let Content::Ike(read) = decoder.dissect(&frame).content {
            found.push(read.bytes.to_vec());
        }
    }
    found
}

fn keyring(log: KeyLog) -> Keyring {
    let mut keyring = Keyring::new(provider());
    keyring.add(log);
    keyring
}

fn psk(key: &[u8]) -> Psk {
    Psk::for_anyone(Secret::new(key.to_vec()))
}
