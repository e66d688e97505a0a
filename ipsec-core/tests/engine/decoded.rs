//! What the engines said, read by those who read captures and logs.
#![cfg(all(feature = "capture", feature = "log", feature = "report"))]

use super::pair::{A, B, Pair, address, endpoint_with, peer};
use ipsec_core::capture::{Keyring, PcapWriter};
use ipsec_core::crypto::{Secret, rustcrypto};
use ipsec_core::diag::{State, diagnose};
use ipsec_core::explain::Explanation;
use ipsec_core::ike::config::Identity;
use ipsec_core::inputs::Inputs;
use ipsec_core::simulate::network::{Datagram, Path};
use ipsec_core::time::{Duration, Instant};
use ipsec_core::wire::registry::ip::LinkType;

/// The datagrams in raw IPv4, a millisecond apart.
fn pcap(datagrams: &[Datagram]) -> Vec<u8> {
    let mut writer = PcapWriter::new(Vec::new(), LinkType::RAW).unwrap();
    for (datagram, number) in datagrams.iter().zip(1..) {
        let udp = u16::try_from(8 + datagram.payload.len()).unwrap();
        let mut frame = vec![0x45, 0];
        frame.extend((20 + udp).to_be_bytes());
        frame.extend([0, 0, 0, 0, 64, 17, 0, 0]);
        for end in [datagram.from, datagram.to] {
            let core::net::IpAddr::V4(address) = end.ip() else {
                panic!("IPv4 only");
            };
            frame.extend(address.octets());
        }
        frame.extend(datagram.from.port().to_be_bytes());
        frame.extend(datagram.to.port().to_be_bytes());
        frame.extend(udp.to_be_bytes());
        frame.extend([0, 0]);
        frame.extend(&datagram.payload);
        let at = Instant::from_micros(number * 1000);
        let len = u32::try_from(frame.len()).unwrap();
        writer.write(at, 0, len, &frame).unwrap();
    }
    writer.finish().unwrap()
}

fn explained(pair: &Pair) -> Explanation {
    let capture = pcap(&pair.sent);
    let keys = pair.hosts[A].exported.iter();
    let keys: Vec<_> = keys.map(|keys| keys.dangerous_json().to_string()).collect();
    let keys = format!(
        "{{\"schema\": \"ipsec-core keylog 1\", \"keys\": [\n{}\n]}}",
        keys.join(",\n")
    );
    let mut inputs = Inputs::new(Keyring::new(rustcrypto::provider()));
    inputs.add("engines.pcap", &capture[..]);
    inputs.add("keys.json", keys.as_bytes());
    Explanation::of(inputs.read())
}

/// Set-up, child rekey with a key exchange, IKE rekey, deletion: our decoder
/// opens every message with the exported keys and has nothing to complain of.
#[test]
fn a_run_is_healthy_to_the_decoder() {
    let mut pair = Pair::plain();
    let connection = pair.connect();
    let child = *pair.hosts[A].children.keys().next().unwrap();
    pair.ends[A]
        .rekey_child(pair.now, connection, child)
        .unwrap();
    pair.settle();
    pair.ends[B]
        .rekey_ike(pair.now, pair.hosts[B].established[0])
        .unwrap();
    pair.settle();
    let answer = explained(&pair);
    let text = answer.report().to_text(Default::default());
    assert!(text.contains("established"), "{text}");
    let errors = answer
        .report()
        .findings
        .iter()
        .map(|finding| finding.code.to_string());
    assert_eq!(errors.collect::<Vec<_>>(), [""; 0], "{text}");
}

fn live_codes(pair: &Pair, end: usize) -> Vec<String> {
    let diagnosis = diagnose(&pair.hosts[end].evidence);
    let codes = diagnosis.findings.iter();
    codes.map(|finding| finding.code.to_string()).collect()
}

/// What the engines tell of themselves names the fault as a daemon's log does.
#[test]
fn live_failures_are_explained() {
    let mut pair = Pair::plain();
    pair.ends[B] = endpoint_with(peer(B), 9, Secret::new(b"another".to_vec()));
    pair.connect();
    assert_eq!(live_codes(&pair, B), ["psk-mismatch"]);

    let mut pair = Pair::with_net_of_b("10.9.0.0/16");
    pair.connect();
    assert_eq!(live_codes(&pair, B), ["traffic-selector-mismatch"]);

    let mut peers = [peer(A), peer(B)];
    peers[B].local = Identity::fqdn("mallory");
    let mut pair = Pair::new(peers, Path::default(), 3);
    pair.connect();
    assert_eq!(live_codes(&pair, A), ["peer-id-mismatch"]);

    let mut pair = Pair::plain();
    pair.connect();
    for end in [A, B] {
        assert_eq!(live_codes(&pair, end), [""; 0]);
        let state = diagnose(&pair.hosts[end].evidence).verdict.state;
        assert_ne!(state, State::Failed);
    }

    let silent = Path {
        loss_per_mille: 1000,
        ..Path::default()
    };
    let mut pair = Pair::new([peer(A), peer(B)], silent, 3);
    pair.ends[A]
        .connect(pair.now, "b", address(A), address(B))
        .unwrap();
    pair.pass(Duration::from_secs(200));
    // Silence alone does not tell why; the likeliest reason comes first.
    assert_eq!(live_codes(&pair, A)[0], "peer-unreachable");
}
