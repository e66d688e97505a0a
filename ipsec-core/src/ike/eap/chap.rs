//! The messages of EAP-MSCHAPv2 (draft-kamath-pppext-eap-mschapv2 §2).

use super::{fixed, value_and_name};
use alloc::vec::Vec;

/// A message inside an EAP request or response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chap<'a> {
    Challenge {
        id: u8,
        challenge: [u8; 16],
        name: &'a [u8],
    },
    Response {
        id: u8,
        peer_challenge: [u8; 16],
        nt_response: [u8; 24],
        name: &'a [u8],
    },
    /// Request: the proof of the authenticator and a text for the user.
    Success {
        id: u8,
        text: &'a [u8],
    },
    /// Request: an error and a text for the user.
    Failure {
        id: u8,
        text: &'a [u8],
    },
    /// A response to either, which has nothing but its operation.
    Succeeded,
    Failed,
}

impl<'a> Chap<'a> {
    pub(super) fn read(data: &'a [u8]) -> Option<Self> {
        match data {
            [SUCCESS] => return Some(Self::Succeeded),
            [FAILURE] => return Some(Self::Failed),
            _ => {}
        }
        let ([operation, id, high, low], body) = fixed(data)?;
        if usize::from(u16::from_be_bytes([high, low])) != data.len() {
            return None;
        }
        match operation {
            CHALLENGE => {
                let (value, name) = value_and_name(body)?;
                let challenge = value.try_into().ok()?;
                Some(Self::Challenge {
                    id,
                    challenge,
                    name,
                })
            }
            RESPONSE => Self::read_response(id, body),
            SUCCESS => Some(Self::Success { id, text: body }),
            FAILURE => Some(Self::Failure { id, text: body }),
            _ => None,
        }
    }

    fn read_response(id: u8, body: &'a [u8]) -> Option<Self> {
        let (value, name) = value_and_name(body)?;
        let (peer_challenge, value) = fixed(value)?;
        let ([0, 0, 0, 0, 0, 0, 0, 0], value) = fixed(value)? else {
            return None;
        };
        let (nt_response, [_flags]) = fixed(value)? else {
            return None;
        };
        Some(Self::Response {
            id,
            peer_challenge,
            nt_response,
            name,
        })
    }

    pub(super) fn write(&self) -> Vec<u8> {
        match *self {
            Self::Challenge {
                id,
                challenge,
                name,
            } => framed(CHALLENGE, id, &[&[16], &challenge, name]),
            Self::Response {
                id,
                peer_challenge,
                nt_response,
                name,
            } => {
                let value: [&[u8]; 5] = [&[49], &peer_challenge, &[0; 8], &nt_response, &[0]];
                framed(RESPONSE, id, &[&value.concat(), name])
            }
            Self::Success { id, text } => framed(SUCCESS, id, &[text]),
            Self::Failure { id, text } => framed(FAILURE, id, &[text]),
            Self::Succeeded => Vec::from([SUCCESS]),
            Self::Failed => Vec::from([FAILURE]),
        }
    }
}

fn framed(operation: u8, id: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let len = u16::try_from(body.len().saturating_add(4)).unwrap_or(u16::MAX);
    let [high, low] = len.to_be_bytes();
    [&[operation, id, high, low][..], &body].concat()
}

/// The number behind `E=` in a failure (RFC 2759 §6).
pub(super) fn error_of(text: &[u8]) -> Option<u32> {
    let digits = text.strip_prefix(b"E=")?;
    let end = digits.iter().position(|byte| !byte.is_ascii_digit());
    let digits = digits.get(..end.unwrap_or(digits.len()))?;
    core::str::from_utf8(digits).ok()?.parse().ok()
}

const CHALLENGE: u8 = 1;
const RESPONSE: u8 = 2;
const SUCCESS: u8 = 3;
const FAILURE: u8 = 4;
