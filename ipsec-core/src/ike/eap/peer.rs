//! The end that has a password (RFC 3748 §4, RFC 4137 §4).

use super::chap::{Chap, error_of};
use super::mschapv2::Exchange;
use super::{Failure, Ignored, md5_value, response, value_and_name};
use crate::crypto::{Random, Secret};
use crate::wire::ike::Eap;
use crate::wire::registry::ike::{EapCode, EapType};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use subtle::ConstantTimeEq as _;

/// One conversation with an authenticator, as the end with the password.
///
/// It answers MSCHAPv2 and refuses everything else, until
/// [`Peer::allow_md5`].
pub struct Peer {
    identity: Vec<u8>,
    password: Secret,
    allows_md5: bool,
    state: State,
}

enum State {
    /// No method has begun.
    Begun,
    /// The MD5 response is under way.
    Md5,
    /// The MSCHAPv2 response is: what the authenticator must prove.
    Responded { proof: String, msk: Secret },
    /// The authenticator has proven itself.
    Proven { msk: Secret },
    /// The authenticator has said that it refuses, and why.
    Refused { error: Option<u32> },
    /// There is nothing more to say.
    Ended,
}

/// What comes of a message from the authenticator.
#[derive(Debug)]
#[non_exhaustive]
pub enum Step {
    /// Send these bytes.
    Send(Vec<u8>),
    /// The authenticator lets this end in. The MSK is there where the method
    /// has one.
    Succeeded(Option<Secret>),
    /// It does not, or it must not be trusted.
    Failed(Failure),
}

impl Peer {
    /// The end that calls itself `identity`, which is also its name within the
    /// methods, and knows `password`.
    #[must_use]
    pub const fn new(identity: Vec<u8>, password: Secret) -> Self {
        Self {
            identity,
            password,
            allows_md5: false,
            state: State::Begun,
        }
    }

    /// Lets it answer MD5-Challenge, which proves nothing of the authenticator
    /// and gives no MSK.
    #[must_use]
    pub fn allow_md5(mut self) -> Self {
        self.allows_md5 = true;
        self
    }

    /// Takes the authenticator's next message.
    ///
    /// # Errors
    ///
    /// [`Ignored`] when the message is not used.
    pub fn receive(&mut self, random: &mut dyn Random, message: &Eap<'_>) -> Result<Step, Ignored> {
        if matches!(self.state, State::Ended) {
            return Err(Ignored::OutOfOrder(message.kind));
        }
        match (message.code, message.kind) {
            (EapCode::REQUEST, Some(kind)) => self.answer(random, message, kind),
            (EapCode::SUCCESS, _) => self.succeed(),
            (EapCode::FAILURE, _) => Ok(self.fail()),
            (code, _) => Err(Ignored::Code(code)),
        }
    }

    fn answer(
        &mut self,
        random: &mut dyn Random,
        request: &Eap<'_>,
        kind: EapType,
    ) -> Result<Step, Ignored> {
        let (id, begun) = (request.identifier, matches!(self.state, State::Begun));
        let data = match kind {
            EapType::NOTIFICATION => Vec::new(),
            EapType::IDENTITY if begun => self.identity.clone(),
            EapType::MSCHAPV2 => return self.mschapv2(random, request),
            EapType::MD5_CHALLENGE if begun && self.allows_md5 => self.md5(id, request.data)?,
            _ if begun => return Ok(self.refuse(id)),
            _ => return Err(Ignored::OutOfOrder(Some(kind))),
        };
        Ok(Step::Send(response(id, kind, &data)))
    }

    /// Names the methods that it would use (RFC 3748 §5.3.1).
    fn refuse(&self, id: u8) -> Step {
        let wanted = [EapType::MSCHAPV2.0, EapType::MD5_CHALLENGE.0];
        let wanted = if self.allows_md5 {
            &wanted[..]
        } else {
            &wanted[..1]
        };
        Step::Send(response(id, EapType::NAK, wanted))
    }

    fn md5(&mut self, id: u8, data: &[u8]) -> Result<Vec<u8>, Ignored> {
        let malformed = Ignored::Malformed(EapType::MD5_CHALLENGE);
        let (challenge, _) = value_and_name(data).ok_or(malformed)?;
        let value = md5_value(id, self.password.dangerous_bytes(), challenge);
        self.state = State::Md5;
        Ok([&[16][..], &value, &self.identity].concat())
    }

    fn mschapv2(&mut self, random: &mut dyn Random, request: &Eap<'_>) -> Result<Step, Ignored> {
        let kind = EapType::MSCHAPV2;
        let chap = Chap::read(request.data).ok_or(Ignored::Malformed(kind))?;
        let answer = match (chap, &mut self.state) {
            (Chap::Challenge { id, challenge, .. }, State::Begun) => {
                self.respond(random, id, &challenge)
            }
            (Chap::Success { text, .. }, State::Responded { proof, msk }) => {
                if !is_proof(text, proof) {
                    self.state = State::Ended;
                    return Ok(Step::Failed(Failure::AuthenticatorNotProven));
                }
                let msk = core::mem::replace(msk, Secret::new(Vec::new()));
                self.state = State::Proven { msk };
                Chap::Succeeded.write()
            }
            (Chap::Failure { text, .. }, State::Responded { .. }) => {
                let error = error_of(text);
                self.state = State::Refused { error };
                Chap::Failed.write()
            }
            _ => return Err(Ignored::OutOfOrder(Some(kind))),
        };
        Ok(Step::Send(response(request.identifier, kind, &answer)))
    }

    fn respond(&mut self, random: &mut dyn Random, id: u8, challenge: &[u8; 16]) -> Vec<u8> {
        let mut peer_challenge = [0; 16];
        random.fill(&mut peer_challenge);
        let exchange = Exchange {
            authenticator_challenge: challenge,
            peer_challenge: &peer_challenge,
            name: &self.identity,
            password: &self.password,
        };
        let nt_response = exchange.nt_response();
        let proof = exchange.authenticator_response(&nt_response);
        let msk = exchange.msk(&nt_response);
        self.state = State::Responded { proof, msk };
        let response = Chap::Response {
            id,
            peer_challenge,
            nt_response,
            name: &self.identity,
        };
        response.write()
    }

    fn succeed(&mut self) -> Result<Step, Ignored> {
        match core::mem::replace(&mut self.state, State::Ended) {
            State::Md5 => Ok(Step::Succeeded(None)),
            State::Proven { msk } => Ok(Step::Succeeded(Some(msk))),
            other @ (State::Begun
            | State::Responded { .. }
            | State::Refused { .. }
            | State::Ended) => {
                self.state = other;
                Err(Ignored::NotProven)
            }
        }
    }

    fn fail(&mut self) -> Step {
        let error = match self.state {
            State::Refused { error } => error,
            State::Begun
            | State::Md5
            | State::Responded { .. }
            | State::Proven { .. }
            | State::Ended => None,
        };
        self.state = State::Ended;
        Step::Failed(Failure::Refused { error })
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer").finish_non_exhaustive()
    }
}

/// Whether a success begins with the proof; its letters may be small.
fn is_proof(text: &[u8], proof: &str) -> bool {
    let Some(given) = text.get(..proof.len()) else {
        return false;
    };
    given.to_ascii_uppercase().ct_eq(proof.as_bytes()).into()
}
