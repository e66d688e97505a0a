//! EAP, both ends of it, by password: MD5-Challenge (RFC 3748 §5.4) and
//! MSCHAPv2 (draft-kamath-pppext-eap-mschapv2, RFC 2759, RFC 3079).
//!
//! ```text
//! authenticator                                   peer
//!      -- Request(Identity) ------------------->
//!      <- Response(Identity) -------------------
//!      -- Request(MSCHAPv2 Challenge) --------->       Nak: another method
//!      <- Response(MSCHAPv2 Response) ----------
//!      -- Request(MSCHAPv2 Success, proof) ---->
//!      <- Response(MSCHAPv2 Success) -----------
//!      -- Success ----------------------------->
//! ```
//!
//! [`Peer`] and [`Authenticator`] take decoded messages and give the bytes of
//! the next one. Nothing is sent twice: IKE carries each message once and in
//! order. What comes of it is the MSK, where the method has one; AUTH payloads
//! are then made with it (RFC 7296 §2.16). A method without one does not prove
//! the authenticator, so IKE asks for its certificate as well.
//!
//! DES and MD4 are used here and nowhere else. They come from their libraries
//! and stand in no provider's table, where a peer could ask for them.

mod authenticator;
mod chap;
mod mschapv2;
mod peer;

#[cfg(test)]
mod tests;

pub use authenticator::{Answer, Authenticator};
pub use peer::{Peer, Step};

use crate::wire::ike::Eap;
use crate::wire::registry::ike::{EapCode, EapType};
use alloc::vec::Vec;
use core::fmt;
use md5::{Digest as _, Md5};

/// Why a conversation ended without success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// The authenticator said so, with the MSCHAPv2 error if it gave one: 691
    /// for a wrong name or password, 648 for one that has expired (RFC 2759 §6).
    Refused {
        /// The number behind `E=`.
        error: Option<u32>,
    },
    /// The authenticator does not know the password.
    AuthenticatorNotProven,
    /// Name or password are wrong.
    WrongPassword,
    /// There is no method that both ends would use.
    NoCommonMethod,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { error: Some(error) } => {
                write!(f, "the authenticator refused: error {error}")
            }
            Self::Refused { error: None } => f.write_str("the authenticator refused"),
            Self::AuthenticatorNotProven => {
                f.write_str("the authenticator does not know the password")
            }
            Self::WrongPassword => f.write_str("name or password are wrong"),
            Self::NoCommonMethod => f.write_str("no EAP method in common"),
        }
    }
}

/// Why a message was not used; the conversation is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ignored {
    /// A code that this end does not get.
    Code(EapCode),
    /// The identifier is not that of the request under way.
    Identifier {
        /// The request's.
        need: u8,
        /// The message's.
        have: u8,
    },
    /// A message of this method, which cannot come now.
    OutOfOrder(Option<EapType>),
    /// What the method sent cannot be read.
    Malformed(EapType),
    /// Success, before the authenticator has proven itself.
    NotProven,
}

impl fmt::Display for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "an EAP message of code {code}"),
            Self::Identifier { need, have } => {
                write!(f, "EAP identifier {have} where {need} is awaited")
            }
            Self::OutOfOrder(Some(kind)) => write!(f, "EAP {kind} out of order"),
            Self::OutOfOrder(None) => f.write_str("an EAP message out of order"),
            Self::Malformed(kind) => write!(f, "EAP {kind} cannot be read"),
            Self::NotProven => f.write_str("EAP success from one who has proven nothing"),
        }
    }
}

/// The bytes of a message.
fn message(code: EapCode, identifier: u8, kind: Option<EapType>, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let eap = Eap {
        code,
        identifier,
        length: None,
        kind,
        data,
    };
    eap.encode(&mut out);
    out
}

fn response(identifier: u8, kind: EapType, data: &[u8]) -> Vec<u8> {
    message(EapCode::RESPONSE, identifier, Some(kind), data)
}

/// The value of an MD5-Challenge response (RFC 1994 §4.1).
fn md5_value(identifier: u8, password: &[u8], challenge: &[u8]) -> [u8; 16] {
    let mut md5 = Md5::new();
    md5.update([identifier]);
    md5.update(password);
    md5.update(challenge);
    md5.finalize().into()
}

/// Splits a value whose length stands in one byte from the name behind it.
fn value_and_name(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&len, rest) = data.split_first()?;
    rest.split_at_checked(len.into())
}

/// The first `N` bytes, and those behind.
fn fixed<const N: usize>(data: &[u8]) -> Option<([u8; N], &[u8])> {
    let (first, rest) = data.split_first_chunk()?;
    Some((*first, rest))
}

/// Bytes of an identity or a name that are kept.
const IDENTITY_MAX: usize = 253;
