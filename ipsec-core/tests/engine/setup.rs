//! The way to an established connection, and the ways not to get there.

use super::pair::{A, B, Pair, address, endpoint, endpoint_of, endpoint_with, net, peer};
use ipsec_core::crypto::{Secret, rustcrypto};
use ipsec_core::evidence::AuthenticationFault;
use ipsec_core::ike::config::{ChildConfig, EndpointConfig, Identity};
use ipsec_core::ike::endpoint::Endpoint;
use ipsec_core::ike::event::{CloseReason, Output};
use ipsec_core::sa::proposal::Transform;
use ipsec_core::simulate::network::{Datagram, Path};
use ipsec_core::time::Duration;
use ipsec_core::wire::registry::ike::{KeyExchange, NotifyType, TransformType};

/// A -> B  IKE_SA_INIT, A <- B, A -> B  IKE_AUTH, A <- B
#[test]
fn four_messages_make_a_tunnel() {
    let mut pair = Pair::plain();
    pair.connect();
    assert_eq!(pair.sent.len(), 4);
    for host in &pair.hosts {
        assert_eq!(host.established.len(), 1, "{:?}", host.ignored);
        assert!(host.ignored.is_empty() && host.failed.is_empty());
    }
    pair.check_traffic();
    assert_eq!(pair.hosts[A].children.len(), 1);
}

#[test]
fn every_configured_child_is_made() {
    let mut peers = [peer(A), peer(B)];
    for (end, nets) in [
        (A, ["10.3.0.0/16", "10.4.0.0/16"]),
        (B, ["10.4.0.0/16", "10.3.0.0/16"]),
    ] {
        peers[end]
            .children
            .push(ChildConfig::new("more", net(nets[0]), net(nets[1])));
    }
    let mut pair = Pair::new(peers, Path::default(), 3);
    pair.connect();
    assert_eq!(
        pair.hosts[A].children.len(),
        2,
        "{:?}",
        pair.hosts[A].failed
    );
    pair.check_traffic();
}

/// B narrows what A asks for (RFC 7296 §2.9).
#[test]
fn the_responder_narrows() {
    let mut pair = Pair::with_net_of_b("10.2.7.0/24");
    pair.connect();
    pair.check_traffic();
    let child = pair.hosts[A].children.values().next().unwrap();
    assert_eq!(child.remote, net("10.2.7.0/24"));
}

/// A offers its favourite group, B wants another (RFC 7296 §1.2).
#[test]
fn the_initiator_tries_the_group_that_is_wanted() {
    let mut peers = [peer(A), peer(B)];
    for proposal in &mut peers[B].proposals {
        proposal.transforms.retain(|transform| {
            transform.kind != TransformType::KE || transform.id == KeyExchange::ECP_384.0
        });
    }
    let mut pair = Pair::new(peers, Path::default(), 3);
    pair.connect();
    assert_eq!(pair.sent.len(), 6);
    pair.check_traffic();
}

#[test]
fn no_common_algorithm_is_a_claim_that_ends_with_the_patience() {
    let mut peers = [peer(A), peer(B)];
    for proposal in &mut peers[B].proposals {
        proposal
            .transforms
            .retain(|transform| transform.kind != TransformType::KE);
        let strange = Transform::new(TransformType::KE, KeyExchange::ECP_521.0);
        proposal.transforms.push(strange);
    }
    let mut pair = Pair::new(peers, Path::default(), 3);
    pair.connect();
    assert!(
        pair.hosts[A].closed.is_empty(),
        "an unprotected claim ends nothing"
    );
    assert!(
        pair.hosts[B]
            .told
            .iter()
            .any(|text| text.contains("proposal"))
    );
    pair.pass(Duration::from_secs(200));
    assert_eq!(
        pair.hosts[A].closed,
        [CloseReason::Claimed(NotifyType::NO_PROPOSAL_CHOSEN)]
    );
    assert_eq!(pair.ends[A].counters().connections, 0);
    assert_eq!(pair.ends[B].counters().connections, 0);
}

#[test]
fn another_secret_is_refused_and_named() {
    let mut pair = Pair::plain();
    pair.ends[B] = endpoint_with(peer(B), 9, Secret::new(b"another".to_vec()));
    pair.connect();
    let refused = CloseReason::Refused(NotifyType::AUTHENTICATION_FAILED);
    assert_eq!(pair.hosts[A].closed, [refused]);
    let mismatch = CloseReason::Authentication(AuthenticationFault::KeyMismatch);
    assert_eq!(pair.hosts[B].closed, [mismatch]);
}

#[test]
fn a_stranger_is_refused() {
    let mut peers = [peer(A), peer(B)];
    peers[A].local = Identity::fqdn("mallory");
    let mut pair = Pair::new(peers, Path::default(), 3);
    pair.connect();
    let refused = CloseReason::Refused(NotifyType::AUTHENTICATION_FAILED);
    assert_eq!(pair.hosts[A].closed, [refused]);
    assert!(pair.hosts[B].established.is_empty());
}

#[test]
fn the_wrong_responder_is_refused() {
    let mut peers = [peer(A), peer(B)];
    peers[B].local = Identity::fqdn("mallory");
    let mut pair = Pair::new(peers, Path::default(), 3);
    pair.connect();
    let mismatch = CloseReason::Authentication(AuthenticationFault::IdentityMismatch);
    assert_eq!(pair.hosts[A].closed, [mismatch]);
    let told = CloseReason::Refused(NotifyType::AUTHENTICATION_FAILED);
    assert_eq!(
        pair.hosts[B].closed,
        [told],
        "A tells B that it refuses (RFC 7296 §2.21.2)"
    );
    assert_eq!(pair.ends[B].counters().children, 0);
}

/// No common traffic: the IKE SA stands, the child does not.
#[test]
fn selectors_that_do_not_meet_leave_the_ike_sa() {
    let mut pair = Pair::with_net_of_b("10.9.0.0/16");
    pair.connect();
    assert_eq!(pair.hosts[A].failed, ["the peer refuses: TS_UNACCEPTABLE"]);
    assert!(pair.hosts[A].closed.is_empty());
    for end in [A, B] {
        assert_eq!(pair.hosts[end].established.len(), 1);
        assert_eq!(pair.ends[end].counters().children, 0);
    }
}

/// Ends that hide their addresses float to port 4500 (RFC 7296 §2.23).
#[test]
fn forced_encapsulation_goes_to_port_4500() {
    let mut peers = [peer(A), peer(B)];
    peers[A].force_encapsulation = true;
    let mut pair = Pair::new(peers, Path::default(), 3);
    pair.connect();
    let ports: Vec<_> = pair
        .sent
        .iter()
        .map(|sent| (sent.from.port(), sent.to.port()))
        .collect();
    assert_eq!(ports, [(500, 500), (500, 500), (4500, 4500), (4500, 4500)]);
    assert_eq!(pair.sent[2].payload[..4], [0; 4], "the non-ESP marker");
    pair.check_traffic();
}

/// Every byte of the first message is covered by AUTH, or breaks it, or makes
/// the responder ask for another group, and then A begins anew with that.
#[test]
fn no_byte_of_the_first_request_can_be_changed() {
    let mut honest = Pair::plain();
    honest.connect();
    let first = honest.sent[0].payload.len();
    for at in (0..first).step_by(3) {
        let mut pair = Pair::plain();
        let mut datagram = pair.first_request();
        datagram.payload[at] ^= 1;
        pair.deliver(&datagram);
        pair.settle();
        for host in &pair.hosts {
            let begun_anew = pair.sent.len() > 4;
            assert!(host.established.is_empty() || begun_anew, "byte {at}");
        }
    }
}

/// A forger answers before the responder does; its answers prove nothing.
#[test]
fn a_forged_first_response_ends_nothing() {
    let mut honest = Pair::plain();
    honest.connect();
    let mut pair = Pair::plain();
    let request = pair.first_request();
    // The same seed gives A the same SPI and group, so this is well-formed.
    let mut forged = honest.sent[1].clone();
    forged.payload[15] ^= 1; // another responder's SPI
    pair.deliver(&forged);
    pair.settle();
    pair.deliver(&request);
    pair.settle();
    assert_eq!(
        pair.hosts[A].established.len(),
        1,
        "{:?}",
        pair.hosts[A].ignored
    );
    pair.check_traffic();
}

#[test]
fn a_first_request_that_comes_again_gets_the_same_answer() {
    let mut pair = Pair::plain();
    let request = pair.first_request();
    pair.deliver(&request);
    pair.deliver(&request);
    assert_eq!(pair.sent.len(), 3);
    assert_eq!(pair.sent[1], pair.sent[2]);
    assert_eq!(pair.ends[B].counters().half_open, 1);
    pair.settle();
    pair.check_traffic();
    assert_eq!(pair.ends[B].counters().half_open, 0);
}

#[test]
fn half_open_connections_are_counted_and_end() {
    let mut pair = Pair::plain();
    let mut limited = EndpointConfig::new(rustcrypto::modern()).with_peer(peer(B));
    limited.first_requests.half_open_max = 3;
    pair.ends[B] = endpoint_of(limited, 9, key());
    for seed in 0..4 {
        let mut other = endpoint(peer(A), 100 + seed);
        other
            .connect(pair.now, "b", address(A), address(B))
            .unwrap();
        while let Output::Transmit(sent) = skip_events(&mut other) {
            let datagram = Datagram {
                from: sent.local,
                to: sent.remote,
                payload: sent.payload,
            };
            pair.deliver(&datagram);
        }
    }
    assert_eq!(pair.ends[B].counters().half_open, 3);
    assert_eq!(pair.hosts[B].ignored, ["too many half-open SAs"]);
    pair.pass(Duration::from_secs(60));
    assert_eq!(pair.ends[B].counters().connections, 0);
    assert_eq!(pair.hosts[B].closed, [const { CloseReason::HalfOpen }; 3]);
}

fn skip_events(endpoint: &mut Endpoint) -> Output {
    loop {
        let output = endpoint.poll_output();
        if !matches!(output, Output::Event(_)) {
            return output;
        }
    }
}

/// Above the threshold a first request needs a cookie (RFC 7296 §2.6):
///
/// A -> B  IKE_SA_INIT, A <- B  COOKIE, A -> B  COOKIE IKE_SA_INIT, …
#[test]
fn a_cookie_is_brought_back() {
    let mut pair = Pair::plain();
    let provider = rustcrypto::modern();
    let mut config = EndpointConfig::new(provider).with_peer(peer(B));
    config.first_requests.demand_from = 0;
    pair.ends[B] = endpoint_of(config, 9, key());
    pair.connect();
    assert_eq!(pair.sent.len(), 6);
    assert_eq!(pair.hosts[B].ignored, ["asked for a cookie"]);
    assert!(pair.sent[1].payload.len() < pair.sent[0].payload.len());
    pair.check_traffic();
}

fn key() -> Secret {
    Secret::new(b"test test test".to_vec())
}

/// Messages longer than a datagram go in fragments (RFC 7383), and are
/// repeated and answered as one.
#[test]
fn long_messages_go_in_fragments() {
    let mut peers = [peer(A), peer(B)];
    for peer in &mut peers {
        peer.fragment = Some(150);
    }
    let mut pair = Pair::new(peers, Path::default(), 3);
    pair.connect();
    assert!(pair.sent.len() > 6, "{}", pair.sent.len());
    assert!(pair.sent[2..].iter().all(|sent| sent.payload.len() <= 150));
    pair.check_traffic();
    assert!(pair.hosts.iter().all(|host| host.ignored.is_empty()));
}
