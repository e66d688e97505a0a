//! Messages that are authentic and yet wrong: payloads missing, doubled,
//! unknown and critical; headers that say something else.

use super::pair::{A, B, Pair, address};
use ipsec_core::crypto::{rustcrypto, suite};
use ipsec_core::ike::event::{CloseReason, ExportedKeys};
use ipsec_core::keymat::sealed::Ikev2Body;
use ipsec_core::simulate::network::Datagram;
use ipsec_core::wire::Encoder;
use ipsec_core::wire::ike::{
    Body, Flags, Header, Message, Payload, Sk, decode_chain, lay_out_chain,
};
use ipsec_core::wire::registry::ike::{ExchangeType, NotifyType, PayloadType};

/// The bodies of the initiator and of the responder.
fn bodies(keys: &ExportedKeys) -> [Ikev2Body; 2] {
    let ExportedKeys::Ike {
        encryption,
        integrity,
        keys,
        ..
    } = keys
    else {
        panic!("keys of an IKE SA are wanted");
    };
    let mac = suite::integrity(*integrity).filter(|mac| mac.icv > 0);
    let body = |key, mac_key| {
        Ikev2Body::new(rustcrypto::modern(), *encryption, key, mac, mac_key).unwrap()
    };
    [
        body(&keys.sk_ei, &keys.sk_ai),
        body(&keys.sk_er, &keys.sk_ar),
    ]
}

/// The same message with another header or other payloads, sealed by `body`.
fn changed(
    datagram: &Datagram,
    body: &Ikev2Body,
    head: impl FnOnce(&mut Header),
    inside: impl FnOnce(&mut Vec<Payload<'_>>),
) -> Datagram {
    let bytes = &datagram.payload;
    let message = Message::decode(bytes).unwrap();
    let Some(Body::Sk(sk)) = message.payloads.last().map(|last| &last.body) else {
        panic!("an encrypted message is wanted");
    };
    let mut plain = Vec::new();
    let range = bytes.len() - sk.data.len()..bytes.len();
    let len = body.open(bytes, range, &mut plain).unwrap();
    let (mut chain, fault) = decode_chain(sk.first_inside, &plain[..len]);
    assert_eq!(fault, None);
    inside(&mut chain.payloads);
    let mut inner = Vec::new();
    lay_out_chain(&chain.payloads, &mut Encoder::new(&mut inner));
    let first = chain
        .payloads
        .first()
        .map_or(PayloadType::NONE, |one| one.kind);
    let room = vec![0; body.body_len(inner.len())];
    let mut header = message.header;
    head(&mut header);
    let sealed = Message {
        header,
        payloads: vec![Payload::new(
            PayloadType::SK,
            Body::Sk(Sk::new(first, &room)),
        )],
        trailing: &[],
    };
    let mut out = Vec::new();
    sealed.encode(&mut out);
    out.truncate(out.len() - room.len());
    body.seal(&[0xee; 8], &inner, &mut out).unwrap();
    Datagram {
        payload: out,
        ..datagram.clone()
    }
}

/// A run up to the moment when message `number` (from 0) is on its way.
fn halted(number: usize) -> (Pair, Datagram) {
    let mut pair = Pair::plain();
    pair.ends[A]
        .connect(pair.now, "b", address(A), address(B))
        .unwrap();
    pair.drain();
    for _ in 0..number {
        let datagram = pair.network.poll(pair.now).unwrap();
        pair.deliver(&datagram);
    }
    let next = pair.network.poll(pair.now).unwrap();
    (pair, next)
}

/// How many payloads are inside message `number`.
fn count(number: usize) -> usize {
    let (pair, datagram) = halted(number);
    let bodies = bodies(&pair.hosts[A].exported[0]);
    let mut count = 0;
    changed(
        &datagram,
        &bodies[number % 2],
        |_| {},
        |inside| count = inside.len(),
    );
    count
}

const AUTH_REQUEST: usize = 2;
const AUTH_RESPONSE: usize = 3;

#[test]
fn unchanged_is_accepted() {
    for number in [AUTH_REQUEST, AUTH_RESPONSE] {
        let (mut pair, datagram) = halted(number);
        let bodies = bodies(&pair.hosts[A].exported[0]);
        pair.deliver(&changed(&datagram, &bodies[number % 2], |_| {}, |_| {}));
        pair.settle();
        pair.check_traffic();
        assert_eq!(pair.hosts[A].established.len(), 1);
    }
}

/// Each payload of IKE_AUTH left out, and each doubled: what must be there
/// once is missed or is too much, and both ends know that it is over.
#[test]
fn payloads_missing_or_doubled_end_the_set_up() {
    for number in [AUTH_REQUEST, AUTH_RESPONSE] {
        for at in 0..count(number) {
            for double in [false, true] {
                let (mut pair, datagram) = halted(number);
                let bodies = bodies(&pair.hosts[A].exported[0]);
                let mut kind = PayloadType::NONE;
                let wrong = changed(
                    &datagram,
                    &bodies[number % 2],
                    |_| {},
                    |inside| {
                        kind = inside[at].kind;
                        if double {
                            inside.insert(at, inside[at].clone());
                        } else {
                            inside.remove(at);
                        }
                    },
                );
                pair.deliver(&wrong);
                pair.settle();
                let what = format!("message {number}, {kind}, doubled: {double}");
                if kind == PayloadType::NOTIFY {
                    pair.check_traffic();
                    continue;
                }
                let receiver = if number == AUTH_REQUEST { B } else { A };
                assert!(pair.hosts[receiver].established.is_empty(), "{what}");
                assert_eq!(pair.hosts[receiver].closed.len(), 1, "{what}");
                assert!(pair.hosts[receiver].children.is_empty(), "{what}");
                assert_eq!(pair.ends[receiver].counters().children, 0, "{what}");
            }
        }
    }
}

#[test]
fn an_unknown_critical_payload_is_refused() {
    let strange = |inside: &mut Vec<Payload<'_>>| {
        let mut payload = Payload::new(PayloadType(200), Body::Unknown(b"?"));
        payload.flags = Payload::CRITICAL;
        inside.push(payload);
    };
    let (mut pair, datagram) = halted(AUTH_REQUEST);
    let bodies = bodies(&pair.hosts[A].exported[0]);
    pair.deliver(&changed(&datagram, &bodies[0], |_| {}, strange));
    pair.settle();
    let refused = CloseReason::Refused(NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD);
    assert_eq!(pair.hosts[A].closed, [refused]);
    assert_eq!(pair.ends[B].counters(), Default::default());
}

#[test]
fn an_unknown_payload_that_is_not_critical_is_skipped() {
    let strange = |inside: &mut Vec<Payload<'_>>| {
        inside.push(Payload::new(PayloadType(200), Body::Unknown(b"?")));
    };
    let (mut pair, datagram) = halted(AUTH_REQUEST);
    let bodies = bodies(&pair.hosts[A].exported[0]);
    pair.deliver(&changed(&datagram, &bodies[0], |_| {}, strange));
    pair.settle();
    pair.check_traffic();
    assert_eq!(pair.hosts[B].established.len(), 1);
}

/// A header that says something else changes nothing: the true message is
/// taken after it.
#[test]
fn other_headers_are_ignored() {
    type Edit = fn(&mut Header);
    let edits: [(&str, Edit); 6] = [
        ("message ID", |header| header.message_id += 1),
        ("message ID", |header| header.message_id = u32::MAX),
        ("exchange", |header| {
            header.exchange = ExchangeType::CREATE_CHILD_SA
        }),
        ("exchange", |header| {
            header.exchange = ExchangeType::INFORMATIONAL
        }),
        ("exchange", |header| header.exchange = ExchangeType(240)),
        ("direction", |header| {
            header.flags = Flags(header.flags.0 ^ Flags::RESPONSE.0)
        }),
    ];
    for number in [AUTH_REQUEST, AUTH_RESPONSE] {
        for (what, edit) in edits {
            let (mut pair, datagram) = halted(number);
            let bodies = bodies(&pair.hosts[A].exported[0]);
            pair.deliver(&changed(&datagram, &bodies[number % 2], edit, |_| {}));
            let receiver = if number == AUTH_REQUEST { B } else { A };
            assert_eq!(pair.hosts[receiver].ignored.len(), 1, "{what}");
            pair.deliver(&datagram);
            pair.settle();
            pair.check_traffic();
            assert_eq!(pair.hosts[receiver].established.len(), 1, "{what}");
        }
    }
}

/// Every bit of an encrypted message counts; none of its copies has effect.
#[test]
fn flipped_bits_are_ignored() {
    for number in [AUTH_REQUEST, AUTH_RESPONSE] {
        let (mut pair, datagram) = halted(number);
        for at in 0..datagram.payload.len() {
            let mut wrong = datagram.clone();
            wrong.payload[at] ^= 1 << (at % 8);
            pair.deliver(&wrong);
        }
        for len in 0..datagram.payload.len() {
            let mut cut = datagram.clone();
            cut.payload.truncate(len);
            pair.deliver(&cut);
        }
        assert!(pair.hosts.iter().all(|host| host.closed.is_empty()));
        pair.deliver(&datagram);
        pair.settle();
        pair.check_traffic();
        assert_eq!(pair.hosts[A].established.len(), 1, "message {number}");
    }
}

/// The requests of an established connection, each payload left out or
/// doubled: no end has a child that the other has not.
#[test]
fn later_requests_are_held_to_the_grammar() {
    for at in 0..5 {
        for double in [false, true] {
            let mut pair = Pair::plain();
            let connection = pair.connect();
            let bodies = bodies(&pair.hosts[A].exported[0]);
            pair.ends[A]
                .create_child(pair.now, connection, "net")
                .unwrap();
            pair.drain();
            let request = pair.network.poll(pair.now).unwrap();
            let wrong = changed(
                &request,
                &bodies[0],
                |_| {},
                |inside| {
                    assert_eq!(inside.len(), 5, "SA, Nonce, KE, TSi, TSr");
                    if double {
                        inside.insert(at, inside[at].clone());
                    } else {
                        inside.remove(at);
                    }
                },
            );
            pair.deliver(&wrong);
            pair.settle();
            let counts = [A, B].map(|end| pair.hosts[end].children.len());
            assert_eq!(counts[A], counts[B], "payload {at}, doubled: {double}");
            assert!(counts[A] < 2, "payload {at}, doubled: {double}");
        }
    }
}
