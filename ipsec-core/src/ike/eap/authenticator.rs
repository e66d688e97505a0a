//! The end that asks for a password (RFC 3748 §4, RFC 4137 §5).

use super::chap::Chap;
use super::mschapv2::Exchange;
use super::{Failure, IDENTITY_MAX, Ignored, md5_value, message, value_and_name};
use crate::crypto::{Random, Secret};
use crate::wire::ike::Eap;
use crate::wire::registry::ike::{EapCode, EapType};
use alloc::format;
use alloc::vec::Vec;
use core::fmt;
use subtle::ConstantTimeEq as _;

/// One conversation with a peer, as the end that asks.
///
/// It asks for MSCHAPv2, or for MD5-Challenge after
/// [`Authenticator::with_md5`] when the peer wants that instead.
pub struct Authenticator {
    name: Vec<u8>,
    allows_md5: bool,
    identity: Vec<u8>,
    password: Secret,
    /// Of the request under way.
    identifier: u8,
    state: State,
}

enum State {
    Identity,
    /// The host looks for the password of the identity.
    Password,
    Md5 {
        challenge: [u8; 16],
    },
    Chap {
        challenge: [u8; 16],
    },
    /// The MSCHAPv2 success or failure is under way.
    Proven {
        msk: Secret,
    },
    Refused,
    Ended,
}

/// What comes of a message from the peer.
#[derive(Debug)]
#[non_exhaustive]
pub enum Answer {
    /// Send these bytes.
    Send(Vec<u8>),
    /// The peer has named itself ([`Authenticator::identity`]): go on with
    /// [`Authenticator::password`].
    NeedsPassword,
    /// The peer knows the password: send these bytes. The MSK is there where
    /// the method has one.
    Succeeded(Vec<u8>, Option<Secret>),
    /// It does not: send these bytes.
    Failed(Vec<u8>, Failure),
}

impl Authenticator {
    /// The end that calls itself `name` within the methods.
    #[must_use]
    pub fn new(name: Vec<u8>) -> Self {
        Self {
            name,
            allows_md5: false,
            identity: Vec::new(),
            password: Secret::new(Vec::new()),
            identifier: 0,
            state: State::Identity,
        }
    }

    /// Lets it use MD5-Challenge with peers that refuse MSCHAPv2.
    #[must_use]
    pub fn with_md5(mut self) -> Self {
        self.allows_md5 = true;
        self
    }

    /// Asks the peer who it is: the first message. A host that knows it from
    /// IDi begins with [`Authenticator::knows`] instead.
    pub fn ask(&mut self) -> Vec<u8> {
        self.request(EapType::IDENTITY, &[])
    }

    /// Begins with a peer that is known; go on with
    /// [`Authenticator::password`].
    pub fn knows(&mut self, identity: Vec<u8>) {
        self.identity = identity;
        self.state = State::Password;
    }

    /// What the peer calls itself: at most 253 bytes that it chose.
    #[must_use]
    pub fn identity(&self) -> &[u8] {
        &self.identity
    }

    /// Goes on with the peer's password, and gives the bytes to send. Without
    /// one it goes on all the same, and fails where a wrong password does.
    pub fn password(&mut self, random: &mut dyn Random, password: Option<Secret>) -> Vec<u8> {
        self.password = password.unwrap_or_else(|| {
            let mut nobodys = alloc::vec![0; 32];
            random.fill(&mut nobodys);
            Secret::new(nobodys)
        });
        let challenge = drawn(random);
        self.state = State::Chap { challenge };
        let id = self.identifier.wrapping_add(1);
        let chap = Chap::Challenge {
            id,
            challenge,
            name: &self.name,
        };
        let chap = chap.write();
        self.request(EapType::MSCHAPV2, &chap)
    }

    /// Takes the peer's next message.
    ///
    /// # Errors
    ///
    /// [`Ignored`] when the message is not used.
    pub fn receive(
        &mut self,
        random: &mut dyn Random,
        message: &Eap<'_>,
    ) -> Result<Answer, Ignored> {
        let (EapCode::RESPONSE, Some(kind)) = (message.code, message.kind) else {
            return Err(Ignored::Code(message.code));
        };
        let (need, have) = (self.identifier, message.identifier);
        if need != have {
            return Err(Ignored::Identifier { need, have });
        }
        match (kind, &self.state) {
            (EapType::IDENTITY, State::Identity) => {
                let end = message.data.len().min(IDENTITY_MAX);
                let identity = message.data.get(..end).unwrap_or_default();
                self.knows(identity.to_vec());
                Ok(Answer::NeedsPassword)
            }
            (EapType::NAK, State::Chap { .. }) => Ok(self.refused_method(random, message.data)),
            (EapType::MD5_CHALLENGE, &State::Md5 { challenge }) => {
                self.md5(message.data, &challenge)
            }
            (EapType::MSCHAPV2, _) => self.mschapv2(message.data),
            _ => Err(Ignored::OutOfOrder(Some(kind))),
        }
    }

    fn refused_method(&mut self, random: &mut dyn Random, wanted: &[u8]) -> Answer {
        if !self.allows_md5 || !wanted.contains(&EapType::MD5_CHALLENGE.0) {
            return self.fail(Failure::NoCommonMethod);
        }
        let challenge = drawn(random);
        self.state = State::Md5 { challenge };
        let data = [&[16][..], &challenge, &self.name].concat();
        Answer::Send(self.request(EapType::MD5_CHALLENGE, &data))
    }

    fn md5(&mut self, data: &[u8], challenge: &[u8; 16]) -> Result<Answer, Ignored> {
        let malformed = Ignored::Malformed(EapType::MD5_CHALLENGE);
        let (value, _) = value_and_name(data).ok_or(malformed)?;
        let right = md5_value(self.identifier, self.password.dangerous_bytes(), challenge);
        Ok(match bool::from(right.ct_eq(value)) {
            true => self.succeed(None),
            false => self.fail(Failure::WrongPassword),
        })
    }

    fn mschapv2(&mut self, data: &[u8]) -> Result<Answer, Ignored> {
        let kind = EapType::MSCHAPV2;
        let chap = Chap::read(data).ok_or(Ignored::Malformed(kind))?;
        match (chap, &mut self.state) {
            (
                Chap::Response {
                    peer_challenge,
                    nt_response,
                    name,
                    ..
                },
                &mut State::Chap { challenge },
            ) => {
                let exchange = Exchange {
                    authenticator_challenge: &challenge,
                    peer_challenge: &peer_challenge,
                    name,
                    password: &self.password,
                };
                let verdict = exchange.is_nt_response(&nt_response).then(|| {
                    let proof = exchange.authenticator_response(&nt_response);
                    (proof, exchange.msk(&nt_response))
                });
                Ok(Answer::Send(match verdict {
                    Some((proof, msk)) => self.prove(&proof, msk),
                    None => self.deny(&challenge),
                }))
            }
            (Chap::Succeeded, State::Proven { msk }) => {
                let msk = core::mem::replace(msk, Secret::new(Vec::new()));
                Ok(self.succeed(Some(msk)))
            }
            (Chap::Failed, State::Refused) => Ok(self.fail(Failure::WrongPassword)),
            _ => Err(Ignored::OutOfOrder(Some(kind))),
        }
    }

    fn prove(&mut self, proof: &str, msk: Secret) -> Vec<u8> {
        self.state = State::Proven { msk };
        let text = format!("{proof} M=OK");
        let id = self.identifier;
        let text = text.as_bytes();
        self.request(EapType::MSCHAPV2, &Chap::Success { id, text }.write())
    }

    /// No other try: the peer may begin anew (RFC 2759 §6).
    fn deny(&mut self, challenge: &[u8; 16]) -> Vec<u8> {
        self.state = State::Refused;
        let challenge = u128::from_be_bytes(*challenge);
        let text = format!("E=691 R=0 C={challenge:032X} V=3 M=Authentication failed");
        let id = self.identifier;
        let text = text.as_bytes();
        self.request(EapType::MSCHAPV2, &Chap::Failure { id, text }.write())
    }

    fn succeed(&mut self, msk: Option<Secret>) -> Answer {
        self.state = State::Ended;
        let bytes = message(EapCode::SUCCESS, self.identifier, None, &[]);
        Answer::Succeeded(bytes, msk)
    }

    fn fail(&mut self, failure: Failure) -> Answer {
        self.state = State::Ended;
        let bytes = message(EapCode::FAILURE, self.identifier, None, &[]);
        Answer::Failed(bytes, failure)
    }

    fn request(&mut self, kind: EapType, data: &[u8]) -> Vec<u8> {
        self.identifier = self.identifier.wrapping_add(1);
        message(EapCode::REQUEST, self.identifier, Some(kind), data)
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator").finish_non_exhaustive()
    }
}

fn drawn(random: &mut dyn Random) -> [u8; 16] {
    let mut challenge = [0; 16];
    random.fill(&mut challenge);
    challenge
}
