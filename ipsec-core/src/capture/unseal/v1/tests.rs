//! Exchanges made here, for what the captures of daemons do not show: private
//! Diffie-Hellman values, quick modes with such an exchange of their own, AH.

use super::*;
use crate::capture::unseal::State;
use crate::crypto::{KeyExchange, Secret, rustcrypto, suite};
use crate::evidence::{Proven, Tried, UnsealFault};
use crate::keylog::{
    Entry, Format, Ikev1Keys, KeyExchangeSecret, KeyLog, Keys, Psk, SaKeys, SaMode, SaProtocol,
};
use crate::keymat::ikev1::{self, Phase1Exchange, Phase1Keys, QuickMode};
use crate::keymat::iv::IvChains;
use crate::keymat::{KeySizes, Nonces};
use crate::wire::registry::isakmp as registry;
use crate::wire::registry::isakmp::ProtocolId;

const NI: &[u8] = &[0x11; 20];
const NR: &[u8] = &[0x22; 24];
const NONCES: Nonces<'static> = Nonces { i: NI, r: NR };
const COOKIES: Spis = Spis {
    i: [0xa1; 8],
    r: [0xb2; 8],
};
const ID_I: &[u8] = &[1, 17, 1, 0xf4, 192, 0, 2, 10];
const ID_R: &[u8] = &[1, 17, 1, 0xf4, 198, 51, 100, 20];
const PSK: &[u8] = b"from hand to hand";

/// Payloads behind one another, as the body of a message that begins with
/// the first of them.
fn chain(payloads: &[(PayloadType, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (at, (_, body)) in payloads.iter().enumerate() {
        let next = payloads.get(at + 1).map_or(0, |(kind, _)| kind.0);
        bytes.extend([next, 0]);
        bytes.extend(u16::try_from(body.len() + 4).unwrap().to_be_bytes());
        bytes.extend(*body);
    }
    bytes
}

/// A proposal with one transform, and whether another proposal follows.
fn proposal(more: bool, protocol: ProtocolId, spi: &[u8], id: u8, attributes: &[u16]) -> Vec<u8> {
    let attributes: Vec<u8> = attributes.iter().flat_map(|n| n.to_be_bytes()).collect();
    let transform = u8::try_from(8 + attributes.len()).unwrap();
    let length = 8 + u8::try_from(spi.len()).unwrap() + transform;
    let next = if more { 2 } else { 0 };
    let spi_size = u8::try_from(spi.len()).unwrap();
    [
        &[next, 0, 0, length, 1, protocol.0, spi_size, 1][..],
        spi,
        &[0, 0, 0, transform, 1, id, 0, 0],
        &attributes,
    ]
    .concat()
}

fn sa(proposals: &[Vec<u8>]) -> Vec<u8> {
    [&[0, 0, 0, 1, 0, 0, 0, 1][..], &proposals.concat()].concat()
}

/// AES-CBC-128, SHA, ECP-256, and this method.
fn offer(method: registry::AuthMethod) -> Vec<u8> {
    let attributes = [
        0x8001, 7, 0x800e, 128, 0x8002, 2, 0x8004, 19, 0x8003, method.0,
    ];
    sa(&[proposal(
        false,
        ProtocolId::PROTO_ISAKMP,
        &[],
        1,
        &attributes,
    )])
}

fn private(seed: u8) -> Vec<u8> {
    vec![seed; 32]
}

fn key_pair(seed: u8) -> Box<dyn KeyExchange> {
    let group = rustcrypto::provider().ikev1_group(registry::Group::ECP_256);
    group.unwrap().with_private(&private(seed)).unwrap()
}

/// What the two ends say to each other, and what becomes of it.
struct Talk {
    sas: Sas,
    keyring: Keyring,
    keys: Phase1Keys,
    chains: IvChains,
    at: u64,
    plain: Vec<u8>,
}

impl Talk {
    /// Aggressive mode with a pre-shared key; its last message in the clear.
    fn aggressive(keyring: Keyring) -> (Self, [Taken; 3]) {
        let provider = rustcrypto::provider();
        let prf = provider.ikev1_prf(registry::Hash::SHA).unwrap();
        let hash = provider.ikev1_hash(registry::Hash::SHA).unwrap();
        let (i, r) = (key_pair(3), key_pair(5));
        let shared = i.finish(r.public()).unwrap();
        let skeyid = ikev1::skeyid_psk(prf, &Secret::new(PSK.to_vec()), NONCES);
        let sai_b = offer(registry::AuthMethod::PRE_SHARED_KEY);
        let exchange = Phase1Exchange {
            gxi: i.public(),
            gxr: r.public(),
            cookies: COOKIES,
            sai_b: &sai_b,
        };
        let hash_i = exchange.hash_i(prf, &skeyid, ID_I);
        let hash_r = exchange.hash_r(prf, &skeyid, ID_R);
        let keys = Phase1Keys::derive(prf, skeyid, &shared, COOKIES);
        let mut talk = Self {
            sas: Sas::default(),
            keyring,
            keys,
            chains: IvChains::new(hash, 16, i.public(), r.public()),
            at: 0,
            plain: Vec::new(),
        };
        let first = talk.say(
            true,
            ExchangeType::AGGRESSIVE,
            0,
            PayloadType::SA,
            &chain(&[
                (PayloadType::SA, &sai_b),
                (PayloadType::KE, i.public()),
                (PayloadType::NONCE, NI),
                (PayloadType::ID, ID_I),
            ]),
        );
        let second = talk.say(
            false,
            ExchangeType::AGGRESSIVE,
            0,
            PayloadType::SA,
            &chain(&[
                (PayloadType::SA, &sai_b),
                (PayloadType::KE, r.public()),
                (PayloadType::NONCE, NR),
                (PayloadType::ID, ID_R),
                (PayloadType::HASH, hash_r.dangerous_bytes()),
            ]),
        );
        let third = talk.say(
            true,
            ExchangeType::AGGRESSIVE,
            0,
            PayloadType::HASH,
            &chain(&[(PayloadType::HASH, hash_i.dangerous_bytes())]),
        );
        (talk, [first, second, third])
    }

    fn say(
        &mut self,
        by_initiator: bool,
        exchange: ExchangeType,
        id: u32,
        first: PayloadType,
        body: &[u8],
    ) -> Taken {
        let opens = self.at == 0;
        let message = self.message(opens, exchange, 0, id, first, body);
        self.send(by_initiator, &message)
    }

    fn message(
        &self,
        opens: bool,
        exchange: ExchangeType,
        flags: u8,
        id: u32,
        first: PayloadType,
        body: &[u8],
    ) -> Vec<u8> {
        let mut message = COOKIES.i.to_vec();
        message.extend(if opens { [0; 8] } else { COOKIES.r });
        message.extend([first.0, 0x10, exchange.0, flags]);
        message.extend(id.to_be_bytes());
        message.extend(u32::try_from(28 + body.len()).unwrap().to_be_bytes());
        message.extend(body);
        message
    }

    fn send(&mut self, by_initiator: bool, message: &[u8]) -> Taken {
        self.at += 1;
        let way = Route {
            from: "192.0.2.10:4500".parse().unwrap(),
            to: "198.51.100.20:4500".parse().unwrap(),
        };
        let route = if by_initiator { way } else { way.reversed() };
        let (read, fault) = Message::decode_lax(message).unwrap();
        let read = Read {
            message: read,
            bytes: message,
            fault,
        };
        self.plain.clear();
        let now = Instant::from_seconds(self.at, 0);
        self.sas
            .take(&self.keyring, now, route, &read, &mut self.plain)
    }

    /// Says it under the keys of phase 1, behind a right hash.
    fn seal(
        &mut self,
        by_initiator: bool,
        exchange: ExchangeType,
        id: u32,
        hash: &Secret,
        next: PayloadType,
        rest: &[u8],
    ) -> Taken {
        let hash = hash.dangerous_bytes();
        let mut text = vec![next.0, 0, 0, 24];
        text.extend(hash);
        text.extend(rest);
        text.resize(text.len().next_multiple_of(16), 0);
        let provider = rustcrypto::provider();
        let aes = suite::phase1_encryption(registry::Encryption::AES_CBC).unwrap();
        let key = ikev1::encryption_key(sha1(), &self.keys.skeyid_e, 16);
        let cipher = provider.cipher(aes).unwrap();
        let cipher = cipher.with_key(key.dangerous_bytes()).unwrap();
        let iv = self.chains.next(id);
        cipher.encrypt(iv.as_bytes(), &mut text).unwrap();
        self.chains.advance(id, &text).unwrap();
        let message = self.message(false, exchange, 1, id, PayloadType::HASH, &text);
        self.send(by_initiator, &message)
    }

    /// A quick mode that agrees on `offered` and `chosen` with the public
    /// values of these seeds; what its second message gave.
    fn quick(&mut self, id: u32, offered: &[u8], chosen: &[u8], seeds: Option<(u8, u8)>) -> Taken {
        let said = |sa: &[u8], nonce: &[u8], seed: Option<u8>| {
            let pair = seed.map(key_pair);
            let mut payloads = vec![(PayloadType::SA, sa), (PayloadType::NONCE, nonce)];
            payloads.extend(pair.as_deref().map(|pair| (PayloadType::KE, pair.public())));
            chain(&payloads)
        };
        let skeyid_a = candidate::copy(&self.keys.skeyid_a);
        let (mode, next) = (ExchangeType::QUICK_MODE, PayloadType::SA);
        let rest = said(offered, NI, seeds.map(|(i, _)| i));
        let hash = ikev1::hash_1(sha1(), &skeyid_a, id, &rest);
        let first = self.seal(true, mode, id, &hash, next, &rest);
        assert_proven(&first, Proven::Hash(1));
        let rest = said(chosen, NR, seeds.map(|(_, r)| r));
        let hash = ikev1::hash_2(sha1(), &skeyid_a, id, NI, &rest);
        let second = self.seal(false, mode, id, &hash, next, &rest);
        assert_proven(&second, Proven::Hash(2));
        let hash = ikev1::hash_3(sha1(), &skeyid_a, id, NONCES);
        let third = self.seal(true, mode, id, &hash, PayloadType::NONE, &[]);
        assert_proven(&third, Proven::Hash(3));
        assert!(first.children.is_empty() && third.children.is_empty());
        second
    }
}

fn sha1() -> &'static dyn crate::crypto::Prf {
    let prf = rustcrypto::provider().ikev1_prf(registry::Hash::SHA);
    prf.unwrap()
}

fn assert_proven(taken: &Taken, of: Proven) {
    assert!(matches!(taken.state, State::Open { verified: true, .. }));
    let proof = taken.proofs.last().unwrap();
    assert_eq!((proof.of, &proof.verdict), (of, &Verdict::Holds));
}

/// The private values made of these seeds, and pre-shared keys.
fn keyring(private_values: &[u8], psks: &[&[u8]]) -> Keyring {
    let private_value = |seed: &u8| KeyExchangeSecret {
        spi_i: Some(COOKIES.i),
        private: Some(Secret::new(private(*seed))),
        ..KeyExchangeSecret::default()
    };
    let exchanges = private_values.iter().map(private_value);
    let mut keyring = with_keys(exchanges.map(Keys::KeyExchange));
    for psk in psks {
        keyring.add_psk(Psk::for_anyone(Secret::new(psk.to_vec())));
    }
    keyring
}

fn with_keys(keys: impl IntoIterator<Item = Keys>) -> Keyring {
    let mut keyring = Keyring::new(rustcrypto::provider());
    let entry = |keys| Entry {
        line: 1,
        format: Format::Json,
        keys,
    };
    keyring.add(KeyLog {
        entries: keys.into_iter().map(entry).collect(),
        ..KeyLog::default()
    });
    keyring
}

fn tried(taken: &Taken) -> (Verdict, Tried) {
    let proof = taken.proofs.first().unwrap();
    (proof.verdict.clone(), proof.tried.clone().unwrap())
}

#[test]
fn aggressive_mode_gives_the_key_away() {
    let (_, [first, second, third]) = Talk::aggressive(keyring(&[], &[b"a", b"b", PSK, b"c"]));
    assert!(first.proofs.is_empty());
    for message in [second, third] {
        assert!(matches!(message.state, State::Clear));
        let (verdict, tried) = tried(&message);
        assert_eq!((verdict, tried.candidates), (Verdict::Holds, 3));
        assert_eq!(tried.fits.as_deref(), Some("candidate 3"));
    }
    let (_, [_, second, _]) = Talk::aggressive(keyring(&[], &[b"a", b"b"]));
    let (verdict, tried) = tried(&second);
    assert_eq!(
        (verdict, tried.candidates, tried.fits),
        (Verdict::Fails, 2, None)
    );
    let (_, nothing) = Talk::aggressive(keyring(&[], &[]));
    assert!(nothing.iter().all(|taken| taken.proofs.is_empty()));
}

/// However many messages claim to be of the SA, the list is not gone through
/// for each.
#[test]
fn a_list_is_tried_on_few_messages() {
    let (mut talk, _) = Talk::aggressive(keyring(&[], &[b"a", b"b"]));
    let mut trials = 0;
    for byte in 0..100 {
        let body = chain(&[(PayloadType::HASH, &[byte; 20])]);
        let taken = talk.say(false, ExchangeType::AGGRESSIVE, 0, PayloadType::HASH, &body);
        trials += taken
            .proofs
            .iter()
            .filter(|proof| proof.tried.is_some())
            .count();
    }
    assert!(trials < usize::from(TRIALS_MAX), "{trials}");
}

/// Phase 1 has nothing encrypted, so phase 2 begins with the hash of the
/// public values; one private value and the pre-shared key are the way in.
#[test]
fn phase_2_after_aggressive_mode_in_the_clear() {
    for seed in [3, 5] {
        let (mut talk, _) = Talk::aggressive(keyring(&[seed], &[b"wrong", PSK]));
        let rest = chain(&[(PayloadType::DELETE, &[0, 0, 0, 1, 3, 4, 0, 1, 9, 9, 9, 9])]);
        let hash = ikev1::hash_1(sha1(), &talk.keys.skeyid_a, 77, &rest);
        let mode = ExchangeType::INFORMATIONAL;
        let taken = talk.seal(true, mode, 77, &hash, PayloadType::DELETE, &rest);
        let [key, hash] = &taken.proofs[..] else {
            panic!("{:?}", taken.proofs);
        };
        assert_eq!((key.of, hash.of), (Proven::PresharedKey, Proven::Hash(1)));
        assert_eq!(
            key.tried.as_ref().unwrap().fits.as_deref(),
            Some("candidate 2")
        );
        assert_eq!(hash.verdict, Verdict::Holds);
    }
}

/// ESP with AES-GCM-16 and a key of 256 bits, ESN, UDP around it.
const GCM: &[u16] = &[0x8004, 3, 0x8006, 256, 0x800b, 1];
/// AH with SHA2-256 in transport mode.
const AH: &[u16] = &[0x8004, 2, 0x8005, 5];

fn esp_and_ah(esp: [u8; 4], ah: [u8; 4]) -> Vec<u8> {
    let esp = proposal(true, ProtocolId::PROTO_IPSEC_ESP, &esp, 20, GCM);
    let ah = proposal(false, ProtocolId::PROTO_IPSEC_AH, &ah, 5, AH);
    sa(&[esp, ah])
}

#[test]
fn esp_and_ah_of_one_quick_mode() {
    let (mut talk, _) = Talk::aggressive(keyring(&[3], &[PSK]));
    let (offered, chosen) = (esp_and_ah([1; 4], [2; 4]), esp_and_ah([3; 4], [4; 4]));
    let taken = talk.quick(9, &offered, &chosen, None);
    let of = |sa: &SaKeys| (sa.protocol, sa.spi.unwrap().to_be_bytes()[0]);
    let sas: Vec<_> = taken.children.iter().map(of).collect();
    let (esp, ah) = (SaProtocol::Esp, SaProtocol::Ah);
    assert_eq!(sas, [(esp, 1), (esp, 3), (ah, 2), (ah, 4)]);

    let mode = QuickMode {
        nonces: NONCES,
        shared: None,
    };
    let keys = |protocol, spi: u8, encr, integ| {
        let spi = u32::from_be_bytes([spi; 4]);
        let sizes = KeySizes { encr, integ };
        mode.sa_keys(sha1(), &talk.keys.skeyid_d, protocol, spi, sizes)
    };
    let [to_initiator, to_responder, ah, _] = &taken.children[..] else {
        panic!("{sas:?}");
    };
    let expected = keys(ProtocolId::PROTO_IPSEC_ESP, 3, 36, 0);
    assert!(
        expected
            .encr
            .ct_eq(to_responder.encryption_key.dangerous_bytes())
    );
    assert!(to_responder.authentication_key.is_empty());
    assert_eq!(to_responder.mode, Some(SaMode::Tunnel));
    assert_eq!(to_responder.encapsulation.unwrap().source, 4500);
    assert_eq!(to_responder.extended_sequence, Some(true));
    let destination = |sa: &SaKeys| sa.destination.unwrap().low().to_string();
    assert_eq!(destination(to_responder), "198.51.100.20");
    assert_eq!(destination(to_initiator), "192.0.2.10");
    let expected = keys(ProtocolId::PROTO_IPSEC_AH, 2, 0, 32);
    assert!(
        expected
            .integ
            .ct_eq(ah.authentication_key.dangerous_bytes())
    );
    assert_eq!(
        (ah.mode, ah.extended_sequence),
        (Some(SaMode::Transport), Some(false))
    );
    assert!(ah.encryption.is_empty() && ah.encryption_key.is_empty());
}

#[test]
fn quick_mode_with_a_secret_of_its_own() {
    let chosen = |spi| {
        let attributes = [GCM, &[0x8003, 19]].concat();
        let esp = proposal(false, ProtocolId::PROTO_IPSEC_ESP, spi, 20, &attributes);
        sa(&[esp])
    };
    let group = Some((7, 8));
    // The private value of either end; that of phase 1 alone gives nothing.
    for (seed, expected) in [(7, 2), (8, 2), (3, 0)] {
        let (mut talk, _) = Talk::aggressive(keyring(&[3, seed], &[PSK]));
        let taken = talk.quick(9, &chosen(&[1; 4]), &chosen(&[2; 4]), group);
        assert_eq!(taken.children.len(), expected, "{seed}");
        let shared = key_pair(7).finish(key_pair(8).public()).unwrap();
        let mode = QuickMode {
            nonces: NONCES,
            shared: Some(&shared),
        };
        let sizes = KeySizes { encr: 36, integ: 0 };
        let (protocol, spi) = (ProtocolId::PROTO_IPSEC_ESP, 0x0101_0101);
        let keys = mode.sa_keys(sha1(), &talk.keys.skeyid_d, protocol, spi, sizes);
        for child in taken.children.iter().take(1) {
            assert!(keys.encr.ct_eq(child.encryption_key.dangerous_bytes()));
        }
    }
}

/// A log that has the Diffie-Hellman secrets of a quick mode and of phase 1,
/// and does not say which is which.
#[test]
fn the_secret_of_phase_1_is_not_taken_for_another() {
    let shared = |i, r: u8| key_pair(i).finish(key_pair(r).public()).unwrap();
    let told = |shared| {
        Keys::KeyExchange(KeyExchangeSecret {
            spi_i: Some(COOKIES.i),
            shared: Some(shared),
            ..KeyExchangeSecret::default()
        })
    };
    let mut keyring = with_keys([told(shared(3, 5)), told(shared(7, 8))]);
    keyring.add_psk(Psk::for_anyone(Secret::new(PSK.to_vec())));
    let (mut talk, _) = Talk::aggressive(keyring);
    let esp = |spi| sa(&[proposal(false, ProtocolId::PROTO_IPSEC_ESP, spi, 20, GCM)]);
    let taken = talk.quick(9, &esp(&[1; 4]), &esp(&[2; 4]), Some((7, 8)));
    assert_eq!(taken.children.len(), 2);
}

/// SKEYID from a log, the rest from the Diffie-Hellman secret; SKEYID_e alone
/// decrypts and checks nothing.
#[test]
fn entries_are_completed() {
    let (talk, _) = Talk::aggressive(keyring(&[], &[]));
    let copy = candidate::copy;
    let entry = |keys: Ikev1Keys| {
        Keys::Ikev1(Ikev1Keys {
            cookie_i: Some(COOKIES.i),
            ..keys
        })
    };
    let skeyid = || {
        entry(Ikev1Keys {
            skeyid: Some(copy(&talk.keys.skeyid)),
            ..Ikev1Keys::default()
        })
    };
    let exchange = Keys::KeyExchange(KeyExchangeSecret {
        private: Some(Secret::new(private(5))),
        ..KeyExchangeSecret::default()
    });
    let skeyid_e = entry(Ikev1Keys {
        skeyid_e: Some(copy(&talk.keys.skeyid_e)),
        ..Ikev1Keys::default()
    });
    for (keys, expected) in [
        (vec![skeyid()], None),
        (vec![skeyid(), exchange], Some(true)),
        (vec![skeyid_e], Some(false)),
    ] {
        let (mut talk, _) = Talk::aggressive(with_keys(keys));
        let rest = chain(&[(PayloadType::NOTIFICATION, &[0, 0, 0, 1, 1, 0, 96, 2])]);
        let hash = ikev1::hash_1(sha1(), &talk.keys.skeyid_a, 5, &rest);
        let mode = ExchangeType::INFORMATIONAL;
        let taken = talk.seal(false, mode, 5, &hash, PayloadType::NOTIFICATION, &rest);
        let verified = match taken.state {
            State::Open { verified, .. } => Some(verified),
            State::Clear | State::Closed(_) | State::Waiting { .. } => None,
        };
        assert_eq!(verified, expected);
        assert_eq!(taken.proofs.len(), usize::from(expected == Some(true)));
    }
}

#[test]
fn a_cipher_that_nobody_serves() {
    let key = Ikev1Keys {
        cookie_i: Some(COOKIES.i),
        key: Some(Secret::new(vec![0; 16])),
        ..Ikev1Keys::default()
    };
    let (mut talk, _) = Talk::aggressive(with_keys([Keys::Ikev1(key)]));
    for (_, sa) in &mut talk.sas.sas {
        let chosen = *sa.phase_1.chosen().unwrap();
        sa.phase_1.chosen = Some(phase1::Chosen {
            encryption: registry::Encryption::SM1_CBC,
            ..chosen
        });
        sa.keys = None;
    }
    let mode = ExchangeType::INFORMATIONAL;
    let message = talk.message(false, mode, 1, 5, PayloadType::HASH, &[0; 32]);
    let taken = talk.send(true, &message);
    let unsupported = Unsealing::Failed(UnsealFault::Unsupported);
    assert!(matches!(taken.state, State::Closed(why) if why == unsupported));
}

/// Identities and nonces are hidden: a hash over what is seen proves nothing.
#[test]
fn public_key_encryption_proves_nothing() {
    let (mut talk, _) = Talk::aggressive(keyring(&[], &[PSK]));
    for (_, sa) in &mut talk.sas.sas {
        let chosen = *sa.phase_1.chosen().unwrap();
        sa.phase_1.chosen = Some(phase1::Chosen {
            auth: registry::AuthMethod::RSA_ENCRYPTION,
            ..chosen
        });
    }
    let body = chain(&[(PayloadType::HASH, &[7; 20])]);
    let taken = talk.say(false, ExchangeType::AGGRESSIVE, 0, PayloadType::HASH, &body);
    let fails = |proof: &Proof| proof.verdict == Verdict::Fails;
    assert!(!taken.proofs.iter().any(fails));
}

/// Keys that the capture brings along behind the first messages.
#[test]
fn keys_may_come_later() {
    let (mut talk, _) = Talk::aggressive(keyring(&[], &[]));
    let rest = chain(&[(PayloadType::NOTIFICATION, &[0, 0, 0, 1, 1, 0, 96, 2])]);
    for (id, come) in [(5, false), (6, true)] {
        if come {
            let key = Ikev1Keys {
                cookie_i: Some(COOKIES.i),
                skeyid_a: Some(candidate::copy(&talk.keys.skeyid_a)),
                skeyid_e: Some(candidate::copy(&talk.keys.skeyid_e)),
                ..Ikev1Keys::default()
            };
            talk.keyring = with_keys([Keys::Ikev1(key)]);
            talk.keyring
                .add_psk(Psk::for_anyone(Secret::new(Vec::new())));
        }
        let hash = ikev1::hash_1(sha1(), &talk.keys.skeyid_a, id, &rest);
        let mode = ExchangeType::INFORMATIONAL;
        let taken = talk.seal(false, mode, id, &hash, PayloadType::NOTIFICATION, &rest);
        assert_eq!(
            matches!(taken.state, State::Open { verified: true, .. }),
            come
        );
    }
}

/// Everything that grows with the messages of a forger has a limit.
#[test]
fn limits() {
    let (mut talk, _) = Talk::aggressive(keyring(&[3], &[PSK]));
    let mode = ExchangeType::INFORMATIONAL;
    for number in 0..5000_u32 {
        let body = [&number.to_be_bytes()[..], &[7; 28]].concat();
        let mut message = talk.message(false, mode, 1, number + 1, PayloadType::HASH, &body);
        if number % 2 == 0 {
            message[8..12].copy_from_slice(&number.to_be_bytes());
        }
        talk.send(number % 3 == 0, &message);
    }
    assert_eq!(talk.sas.sas.len(), SAS_MAX);
    for sa in talk.sas.sas.values() {
        assert!(sa.judged.len() <= JUDGED_MAX);
        assert!(sa.quick_modes.len() <= history::EXCHANGES_MAX);
    }
}
