//! Both ends talk to each other, and to those who do not keep the rules.

use super::chap::Chap;
use super::*;
use crate::crypto::{Random, Secret};
use alloc::string::ToString as _;
use proptest::prelude::*;

struct Counter(u8);

impl Random for Counter {
    fn fill(&mut self, out: &mut [u8]) {
        for byte in out {
            self.0 = self.0.wrapping_add(1);
            *byte = self.0;
        }
    }
}

fn secret(text: &str) -> Secret {
    Secret::new(text.as_bytes().to_vec())
}

fn peer(password: &str) -> Peer {
    Peer::new(b"carol".to_vec(), secret(password))
}

/// How both ends see it.
struct Ended {
    peer: Result<Option<Secret>, Failure>,
    authenticator: Result<Option<Secret>, Failure>,
    messages: usize,
}

fn converse(peer: &mut Peer, authenticator: &mut Authenticator, password: Option<&str>) -> Ended {
    let random = &mut Counter(0);
    let mut request = authenticator.ask();
    let mut messages = 0;
    let mut verdict = None;
    loop {
        messages += 1;
        assert!(messages < 20);
        let step = peer.receive(random, &Eap::read(&request).unwrap()).unwrap();
        let response = match (step, verdict.take()) {
            (Step::Send(bytes), None) => bytes,
            (Step::Succeeded(msk), Some(authenticator)) => {
                let peer = Ok(msk);
                return Ended {
                    peer,
                    authenticator,
                    messages,
                };
            }
            (Step::Failed(failure), authenticator) => {
                let peer = Err(failure);
                let authenticator = authenticator.unwrap_or(Ok(None));
                return Ended {
                    peer,
                    authenticator,
                    messages,
                };
            }
            other => panic!("{other:?}"),
        };
        messages += 1;
        request = match authenticator
            .receive(random, &Eap::read(&response).unwrap())
            .unwrap()
        {
            Answer::Send(bytes) => bytes,
            Answer::NeedsPassword => {
                assert_eq!(authenticator.identity(), b"carol");
                authenticator.password(random, password.map(secret))
            }
            Answer::Succeeded(bytes, msk) => {
                verdict = Some(Ok(msk));
                bytes
            }
            Answer::Failed(bytes, failure) => {
                verdict = Some(Err(failure));
                bytes
            }
        };
    }
}

fn gateway() -> Authenticator {
    Authenticator::new(b"gateway".to_vec())
}

#[test]
fn one_password_gives_one_key() {
    let ended = converse(&mut peer("Ar3etTnp"), &mut gateway(), Some("Ar3etTnp"));
    let (peer, authenticator) = (ended.peer.unwrap().unwrap(), ended.authenticator.unwrap());
    assert_eq!(peer.len(), 64);
    assert!(peer.ct_eq(authenticator.unwrap().dangerous_bytes()));
    assert_eq!(ended.messages, 7);
}

#[test]
fn a_wrong_password_and_an_unknown_name_look_alike() {
    for password in [Some("other"), None] {
        let ended = converse(&mut peer("Ar3etTnp"), &mut gateway(), password);
        let error = Some(691);
        assert_eq!(ended.peer.unwrap_err(), Failure::Refused { error });
        assert_eq!(ended.authenticator.unwrap_err(), Failure::WrongPassword);
        assert_eq!(ended.messages, 7);
    }
}

#[test]
fn md5_where_both_allow_it() {
    let ended = converse(
        &mut md5_peer("pass"),
        &mut gateway().with_md5(),
        Some("pass"),
    );
    // MSCHAPv2 comes first and is taken.
    assert!(ended.peer.unwrap().is_some());

    let random = &mut Counter(0);
    let mut authenticator = gateway().with_md5();
    authenticator.knows(b"carol".to_vec());
    authenticator.password(random, Some(secret("pass")));
    let nak = response(1, EapType::NAK, &[EapType::MD5_CHALLENGE.0]);
    let answer = authenticator
        .receive(random, &Eap::read(&nak).unwrap())
        .unwrap();
    let Answer::Send(request) = answer else {
        panic!("{answer:?}")
    };
    let mut peer = md5_peer("pass");
    let step = peer.receive(random, &Eap::read(&request).unwrap()).unwrap();
    let Step::Send(bytes) = step else {
        panic!("{step:?}")
    };
    let answer = authenticator
        .receive(random, &Eap::read(&bytes).unwrap())
        .unwrap();
    let Answer::Succeeded(bytes, None) = answer else {
        panic!("{answer:?}")
    };
    let step = peer.receive(random, &Eap::read(&bytes).unwrap()).unwrap();
    assert!(matches!(step, Step::Succeeded(None)));
}

fn md5_peer(password: &str) -> Peer {
    peer(password).allow_md5()
}

/// RFC 1994 computes MD5(identifier | secret | challenge); the value is
/// `printf '\x01passABCD' | md5sum`.
#[test]
fn the_md5_value() {
    let value = md5_value(1, b"pass", b"ABCD");
    assert_eq!(u128::from_be_bytes(value), MD5_OF_1_PASS_ABCD);
}

#[test]
fn no_method_in_common() {
    let mut peer = peer("pass");
    let random = &mut Counter(0);
    let tls = message(EapCode::REQUEST, 9, Some(EapType::TLS), &[0x20]);
    let step = peer.receive(random, &Eap::read(&tls).unwrap()).unwrap();
    let Step::Send(bytes) = step else {
        panic!("{step:?}")
    };
    assert_eq!(bytes, response(9, EapType::NAK, &[EapType::MSCHAPV2.0]));

    let mut authenticator = gateway();
    authenticator.knows(b"carol".to_vec());
    authenticator.password(random, None);
    for wanted in [
        &[][..],
        &[0],
        &[EapType::TLS.0],
        &[EapType::MD5_CHALLENGE.0],
    ] {
        let nak = response(1, EapType::NAK, wanted);
        let answer = authenticator.receive(random, &Eap::read(&nak).unwrap());
        match answer {
            Ok(Answer::Failed(_, why)) => assert_eq!(why, Failure::NoCommonMethod),
            other => assert!(matches!(other, Err(Ignored::OutOfOrder(_)))),
        }
    }
}

/// Success without proof would let anyone be the gateway.
#[test]
fn success_before_proof_is_ignored() {
    let random = &mut Counter(0);
    let success = message(EapCode::SUCCESS, 1, None, &[]);
    let success = Eap::read(&success).unwrap();
    let mut peer = peer("pass");
    assert_eq!(
        peer.receive(random, &success).unwrap_err(),
        Ignored::NotProven
    );
    let challenge = Chap::Challenge {
        id: 1,
        challenge: [7; 16],
        name: b"gateway",
    };
    let request = message(
        EapCode::REQUEST,
        1,
        Some(EapType::MSCHAPV2),
        &challenge.write(),
    );
    assert!(peer.receive(random, &Eap::read(&request).unwrap()).is_ok());
    assert_eq!(
        peer.receive(random, &success).unwrap_err(),
        Ignored::NotProven
    );
    let proof = Chap::Success {
        id: 1,
        text: b"S=0000000000000000000000000000000000000000 M=OK",
    };
    let request = message(EapCode::REQUEST, 2, Some(EapType::MSCHAPV2), &proof.write());
    let step = peer.receive(random, &Eap::read(&request).unwrap()).unwrap();
    assert!(matches!(
        step,
        Step::Failed(Failure::AuthenticatorNotProven)
    ));
    assert!(peer.receive(random, &success).is_err());
}

#[test]
fn what_an_authenticator_does_not_take() {
    let random = &mut Counter(0);
    let mut authenticator = gateway();
    authenticator.ask();
    let mut ignored = |bytes: &[u8]| {
        let taken = authenticator.receive(random, &Eap::read(bytes).unwrap());
        taken.unwrap_err()
    };
    let request = message(EapCode::REQUEST, 1, Some(EapType::IDENTITY), &[]);
    assert_eq!(ignored(&request), Ignored::Code(EapCode::REQUEST));
    let other = response(2, EapType::IDENTITY, b"carol");
    let (need, have) = (1, 2);
    assert_eq!(ignored(&other), Ignored::Identifier { need, have });
    let early = response(1, EapType::MSCHAPV2, &Chap::Succeeded.write());
    let kind = EapType::MSCHAPV2;
    assert_eq!(ignored(&early), Ignored::OutOfOrder(Some(kind)));
    assert_eq!(ignored(&response(1, kind, &[])), Ignored::Malformed(kind));
    let md5 = EapType::MD5_CHALLENGE;
    assert_eq!(
        ignored(&response(1, md5, &[])),
        Ignored::OutOfOrder(Some(md5))
    );
    let long = response(1, EapType::IDENTITY, &[b'a'; 1000]);
    let taken = authenticator.receive(random, &Eap::read(&long).unwrap());
    assert!(matches!(taken, Ok(Answer::NeedsPassword)));
    assert_eq!(authenticator.identity().len(), IDENTITY_MAX);
}

#[test]
fn messages_of_mschapv2() {
    let (id, name) = (3, &b"carol"[..]);
    for chap in [
        Chap::Challenge {
            id,
            challenge: [1; 16],
            name,
        },
        Chap::Response {
            id,
            peer_challenge: [1; 16],
            nt_response: [2; 24],
            name,
        },
        Chap::Success { id, text: b"S=" },
        Chap::Failure { id, text: b"" },
        Chap::Succeeded,
        Chap::Failed,
    ] {
        let bytes = chap.write();
        assert_eq!(Chap::read(&bytes), Some(chap));
        if bytes.len() > 1 {
            for end in 2..bytes.len() {
                assert_eq!(Chap::read(&bytes[..end]), None);
            }
        }
    }
    let mut reserved = Chap::Response {
        id,
        peer_challenge: [1; 16],
        nt_response: [2; 24],
        name,
    }
    .write();
    reserved[5 + 16] = 1;
    assert_eq!(Chap::read(&reserved), None);
    assert_eq!(chap::error_of(b"E=691 R=0 C=00 V=3"), Some(691));
    for text in [&b""[..], b"E=", b"E=x", b"E=99999999999", b"R=0"] {
        assert_eq!(chap::error_of(text), None);
    }
}

#[test]
fn nothing_secret_is_shown() {
    let shown = alloc::format!("{:?} {:?}", peer("hunter2"), gateway());
    assert_eq!(shown, "Peer { .. } Authenticator { .. }");
    let error = Some(691);
    let refused = Failure::Refused { error }.to_string();
    assert_eq!(refused, "the authenticator refused: error 691");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever comes, neither end panics, and neither succeeds.
    #[test]
    fn strangers(messages in prop::collection::vec(
        (1_u8..6, 0_u8..4, prop::sample::select(&[1_u8, 2, 3, 4, 26, 26, 26, 254][..]),
         prop::collection::vec(any::<u8>(), 0..70)),
        1..8,
    )) {
        let random = &mut Counter(0);
        let (mut peer, mut authenticator) = (md5_peer("pass"), gateway().with_md5());
        authenticator.ask();
        for (code, id, kind, data) in messages {
            let kind = (code <= 2).then_some(EapType(kind));
            let bytes = message(EapCode(code), id, kind, &data);
            let eap = Eap::read(&bytes).unwrap();
            if let Ok(step) = peer.receive(random, &eap) {
                prop_assert!(!matches!(step, Step::Succeeded(Some(_))));
            }
            match authenticator.receive(random, &eap) {
                Ok(Answer::NeedsPassword) => {
                    authenticator.password(random, Some(secret("pass")));
                }
                Ok(Answer::Succeeded(..)) => prop_assert!(false),
                Ok(Answer::Send(_) | Answer::Failed(..)) | Err(_) => {}
            }
        }
    }
}

const MD5_OF_1_PASS_ABCD: u128 = 0x99f6_5d03_e192_e9ef_a336_c165_c887_7339;
