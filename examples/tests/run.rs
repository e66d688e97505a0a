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
