//! Runs every program on the captures beside it.

use std::path::Path;
use std::process::Command;

fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn verdict_names_the_fault() {
    for code in ["no-common-ike-proposal", "psk-mismatch", "udp-4500-blocked"] {
        let said = run(
            env!("CARGO_BIN_EXE_verdict"),
            &[&format!("captures/{code}.pcap")],
        );
        assert!(
            said.starts_with("Failed\n") && said.contains(code),
            "{said}"
        );
    }
}

#[test]
fn fields_prints_both_ends_proposals() {
    let capture = "captures/no-common-ike-proposal.pcap";
    let said = run(
        env!("CARGO_BIN_EXE_fields"),
        &[capture, "ike.sa.proposal.encr"],
    );
    assert!(said.contains("3DES"), "{said}");
    assert_eq!(
        run(env!("CARGO_BIN_EXE_fields"), &[capture, "no.such.field"]),
        ""
    );
}

#[test]
fn inside_shows_the_pings_in_the_tunnel() {
    let said = run(
        env!("CARGO_BIN_EXE_inside"),
        &["captures/tunnel.pcap", "captures/tunnel.keys.json"],
    );
    assert_eq!(
        said.matches("10.1.0.1 -> 10.2.0.1 ICMP: Verified").count(),
        3,
        "{said}"
    );
    assert_eq!(said.lines().count(), 6, "{said}");
}

#[test]
fn pmtu_counts_what_esp_adds() {
    let pmtu = |arguments: &str| {
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let said = run(env!("CARGO_BIN_EXE_pmtu"), &arguments);
        let numbers = said
            .lines()
            .skip(1)
            .filter_map(|line| line.split(' ').next_back());
        numbers.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(pmtu("aes128gcm16"), "1500 54 1446 1406");
    assert_eq!(pmtu("aes256-sha256 1492 udp"), "1492 70 1422 1382");
    assert_eq!(pmtu("chacha20poly1305 v6"), "1500 74 1426 1366");
    assert_eq!(pmtu("aes128gcm16 transport"), "1500 34 1466 1426");
}

#[test]
fn esp_loopback_brings_back_what_it_sends() {
    for suite in [
        "aes128gcm16",
        "aes256-sha256-esn",
        "3des-sha1",
        "chacha20poly1305",
    ] {
        let said = run(env!("CARGO_BIN_EXE_esp_loopback"), &[suite, "2"]);
        assert_eq!(said.matches("unchanged: true").count(), 2, "{said}");
        assert!(said.ends_with("2 protected, 2 opened\n"), "{said}");
    }
}
