//! The ways to prove who one is: signatures with certificates, EAP, nothing,
//! and answers that come later.

use super::pair::{A, B, Dice, Pair, address, peer};
use ipsec_core::crypto::{Secret, rustcrypto};
use ipsec_core::evidence::AuthenticationFault;
use ipsec_core::ike::config::{EndpointConfig, Identity, Method, PeerConfig};
use ipsec_core::ike::endpoint::Endpoint;
use ipsec_core::ike::event::{CloseReason, Output};
use ipsec_core::ike::job::{AskHost, JobAnswer, Question};
use ipsec_core::ike::keyring::Credentials;
use ipsec_core::keymat::x509::Certificate;
use ipsec_core::sa::pad::Pattern;
use ipsec_core::simulate::network::Datagram;
use ipsec_core::time::Duration;
use std::fs;
use std::path::Path;

fn data(file: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    fs::read(folder.join(file)).unwrap()
}

/// A day of December 2026.
const NOW: Duration = Duration::from_secs(1_797_000_000);

fn endpoint(peer: PeerConfig, certificate: &str, key: &str, seed: u64) -> Endpoint {
    let provider = rustcrypto::modern();
    let mut keys = Credentials::new(provider, Box::new(Dice(seed ^ 77)));
    keys.origin = NOW;
    let root = Certificate::read(&data("engine/root.der")).unwrap();
    keys.authorities.anchors.push(root);
    let signer = rustcrypto::private_key(&data(&format!("keys/{key}.pkcs8.pem"))).unwrap();
    keys.add(
        None,
        signer,
        vec![data(&format!("engine/{certificate}.der"))],
    );
    let config = EndpointConfig::new(provider).with_peer(peer);
    Endpoint::new(config, Box::new(keys), Box::new(Dice(seed)))
}

fn with_signatures(end: usize) -> PeerConfig {
    let mut peer = peer(end);
    (peer.local_method, peer.remote_method) = (Method::Signature, Method::Signature);
    peer
}

fn pair_of(a: (&str, &str), b: (&str, &str)) -> Pair {
    let mut pair = Pair::plain();
    pair.ends[A] = endpoint(with_signatures(A), a.0, a.1, 5);
    pair.ends[B] = endpoint(with_signatures(B), b.0, b.1, 6);
    pair
}

#[test]
fn certificates_of_every_kind_prove_both_ends() {
    for (a, b) in [
        (("a-p256", "p256"), ("b-ed25519", "ed25519")),
        (("a-p256", "p256"), ("b-p521", "p521")),
        #[cfg(feature = "rsa")]
        (("a-rsa2048", "rsa2048"), ("b-ed25519", "ed25519")),
    ] {
        let mut pair = pair_of(a, b);
        pair.connect();
        assert_eq!(
            pair.hosts[A].established.len(),
            1,
            "{:?}",
            pair.hosts[A].told
        );
        pair.check_traffic();
    }
}

/// The certificate is about another: B does not believe A.
#[test]
fn a_certificate_of_another_name_is_refused() {
    let mut pair = pair_of(("mallory", "p256"), ("b-ed25519", "ed25519"));
    pair.connect();
    let fault = AuthenticationFault::CertificateName;
    assert_eq!(pair.hosts[B].closed, [CloseReason::Authentication(fault)]);
    assert!(pair.hosts[A].established.is_empty());
}

/// The certificate is right, but somebody else's key has signed.
#[test]
fn a_signature_of_another_key_is_refused() {
    let mut pair = pair_of(("b-p521", "p256"), ("b-ed25519", "ed25519"));
    pair.ends[A] = endpoint(with_signatures(A), "a-p256", "ed25519", 5);
    pair.connect();
    assert!(pair.hosts.iter().all(|host| host.established.is_empty()));
    assert_eq!(pair.hosts[B].closed.len(), 1);
}

#[test]
fn an_expired_authority_is_named() {
    let mut pair = pair_of(("a-p256", "p256"), ("b-ed25519", "ed25519"));
    pair.now = pair
        .now
        .saturating_add(Duration::from_secs(30 * 365 * 86_400));
    pair.connect();
    let fault = AuthenticationFault::CertificateExpired;
    assert_eq!(pair.hosts[B].closed, [CloseReason::Authentication(fault)]);
}

/// RFC 7619: the initiator does not say who it is.
#[test]
fn nobody_may_come_where_that_is_configured() {
    let mut pair = Pair::plain();
    let (mut a, mut b) = (with_signatures(A), with_signatures(B));
    (a.local, a.local_method) = (Identity::null(), Method::Null);
    (b.remote, b.remote_method) = (vec![Pattern::Nobody], Method::Null);
    pair.ends[A] = endpoint(a, "a-p256", "p256", 5);
    pair.ends[B] = endpoint(b, "b-ed25519", "ed25519", 6);
    pair.connect();
    assert_eq!(
        pair.hosts[A].established.len(),
        1,
        "{:?}",
        pair.hosts[A].told
    );
    pair.check_traffic();
}

/// A host that answers every question later, from somewhere else.
#[test]
fn answers_may_come_later() {
    let config = |end| EndpointConfig::new(rustcrypto::modern()).with_peer(peer(end));
    let mut ends = [(A, 3), (B, 4)]
        .map(|(end, seed)| Endpoint::new(config(end), Box::new(AskHost), Box::new(Dice(seed))));
    let mut pair = Pair::plain();
    let (mut jobs, mut asked, mut up) = (Vec::new(), 0, 0);
    ends[A]
        .connect(pair.now, "b", address(A), address(B))
        .unwrap();
    for _ in 0..40 {
        for end in [A, B] {
            match ends[end].poll_output() {
                Output::Transmit(sent) => {
                    let (from, to, payload) = (sent.local, sent.remote, sent.payload);
                    pair.network.send(pair.now, Datagram { from, to, payload });
                }
                Output::Job(job, request) => {
                    assert!(matches!(request.question, Question::SharedKey { .. }));
                    jobs.push((end, job));
                    asked += 1;
                }
                Output::Event(ipsec_core::ike::event::Event::ChildUp(_)) => up += 1,
                Output::Event(_) => {}
                Output::Timeout(_) => {
                    if let Some((end, job)) = jobs.pop() {
                        let wrong = ends[end].complete(pair.now, job, JobAnswer::Verified);
                        assert!(wrong.is_err(), "that is no answer to the question");
                        let key = JobAnswer::SharedKey(Secret::new(b"later".to_vec()));
                        ends[end].complete(pair.now, job, key).unwrap();
                        let again = JobAnswer::Refused(AuthenticationFault::NoKey);
                        assert!(ends[end].complete(pair.now, job, again).is_err());
                    }
                }
            }
        }
        while let Some(datagram) = pair.network.poll(pair.now) {
            let end = usize::from(datagram.to == address(B));
            ends[end].handle(pair.now, datagram.to, datagram.from, &datagram.payload);
        }
    }
    assert_eq!((asked, up), (4, 2));
}
