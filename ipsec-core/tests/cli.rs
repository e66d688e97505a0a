//! The command as a user meets it: arguments and files in, text and exit
//! status out.
#![cfg(feature = "cli")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it finds no command"
)]

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

fn ipsec(args: &[&str]) -> Output {
    command(args).output().unwrap()
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ipsec"));
    command.args(args).env_remove("NO_COLOR");
    command
}

fn ipsec_with_input(args: &[&str], input: &[u8]) -> Output {
    let mut child = command(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The command may end before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn capture(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples/captures");
    path.join(name).to_str().unwrap().to_owned()
}

fn text(bytes: &[u8]) -> &str {
    core::str::from_utf8(bytes).expect("output is UTF-8")
}

fn status(output: &Output) -> Option<i32> {
    output.status.code()
}

#[test]
fn the_first_line_is_the_verdict_and_errors_exit_with_1() {
    let output = ipsec(&["why", &capture("psk-mismatch.pcap")]);
    let said = text(&output.stdout);
    assert!(said.starts_with("failed: psk-mismatch: "), "{said}");
    assert!(said.lines().count() <= 25, "{said}");
    assert_eq!(status(&output), Some(1));
}

#[test]
fn standard_input_is_a_capture_like_any_other() {
    let bytes = std::fs::read(capture("psk-mismatch.pcap")).unwrap();
    let output = ipsec_with_input(&["why", "-"], &bytes);
    assert!(text(&output.stdout).contains("--> standard input packet 5"));
    assert_eq!(status(&output), Some(1));
}

#[test]
fn the_order_of_files_does_not_matter() {
    let (a, b) = (
        capture("psk-mismatch.pcap"),
        capture("udp-4500-blocked.pcap"),
    );
    let one = ipsec(&["why", "--format", "json", &a, &b]);
    let other = ipsec(&["why", "--format", "json", &b, &a, &b]);
    assert_eq!(text(&one.stdout), text(&other.stdout));
}

#[test]
fn reports_and_errors_follow_the_schema() {
    let schema = serde_json::from_str(&ipsec_core::report::Report::json_schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for name in ["psk-mismatch.pcap", "no-common-ike-proposal.pcap"] {
        let output = ipsec(&["why", "--format", "json", &capture(name)]);
        let report = serde_json::from_slice(&output.stdout).unwrap();
        let faults: Vec<_> = validator
            .iter_errors(&report)
            .map(|e| e.to_string())
            .collect();
        assert!(faults.is_empty(), "{name}: {faults:?}");
        let keys: Vec<_> = report.as_object().unwrap().keys().collect();
        assert_eq!(
            keys,
            ["findings", "inputs", "schema", "unknowns", "verdict"]
        );
    }
}

#[test]
fn the_schema_file_is_the_one_generated() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("schema/report.schema.json");
    let file = std::fs::read_to_string(path).unwrap();
    let now = ipsec_core::report::Report::json_schema();
    assert!(file == now, "run `make schema`");
}

#[test]
fn what_cannot_be_read_at_all_exits_with_3() {
    for args in [
        &["why", "/nonexistent.pcap"][..],
        &["decode", "/nonexistent.pcap"],
        &["scan", "/"],
    ] {
        let output = ipsec(args);
        assert_eq!(status(&output), Some(3), "{args:?}");
        assert!(text(&output.stderr).starts_with("ipsec: error: "));
    }
    let output = ipsec_with_input(&["why", "-"], b"this is no capture");
    assert_eq!(status(&output), Some(3));
    assert!(text(&output.stderr).contains("not a pcap or pcapng file"));
}

#[test]
fn one_readable_file_of_two_is_enough() {
    let output = ipsec(&["why", "/nonexistent.pcap", &capture("psk-mismatch.pcap")]);
    assert_eq!(status(&output), Some(1));
    assert!(text(&output.stdout).contains("/nonexistent.pcap cannot be read at all"));
}

#[test]
fn a_capture_cut_in_the_middle_gives_what_it_holds_and_a_warning() {
    let bytes = std::fs::read(capture("psk-mismatch.pcap")).unwrap();
    let cut = &bytes[..bytes.len() - 7];
    let output = ipsec_with_input(&["why", "--format", "json", "-"], cut);
    assert_eq!(status(&output), Some(1));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let broken = report["inputs"][0]["broken"].as_str().unwrap();
    assert!(broken.starts_with("the file ends inside the "), "{broken}");
    assert!(text(&output.stderr).contains("ipsec: warning: standard input: the file ends"));
    let output = ipsec_with_input(&["decode", "--quiet", "-"], cut);
    assert_eq!(status(&output), Some(0));
}

#[test]
fn wrong_usage_exits_with_2() {
    for args in [&["why"][..], &["frobnicate"], &["explain", "no-such-code"]] {
        assert_eq!(status(&ipsec(args)), Some(2), "{args:?}");
    }
}

#[test]
fn colours_come_only_when_asked_for() {
    let file = capture("psk-mismatch.pcap");
    let escapes = |output: &Output| output.stdout.contains(&0x1b);
    assert!(!escapes(&ipsec(&["why", &file])));
    assert!(!escapes(&ipsec(&["why", "--color", "never", &file])));
    assert!(escapes(&ipsec(&["why", "--color", "always", &file])));
    let output = command(&["why", &file]).env("NO_COLOR", "1").output();
    assert!(!escapes(&output.unwrap()));
}

#[test]
fn every_code_has_its_page() {
    let list = ipsec(&["explain"]);
    for line in text(&list.stdout).lines() {
        let code = line.split_whitespace().next().unwrap();
        let page = ipsec(&["explain", code]);
        assert!(text(&page.stdout).starts_with(&format!("# {code}\n")));
    }
    assert_eq!(status(&ipsec(&["explain", "PSK_MISMATCH"])), Some(0));
}

#[test]
fn help_shows_examples_and_shells_get_completions() {
    assert!(text(&ipsec(&["why", "--help"]).stdout).contains("Examples:"));
    for shell in ["bash", "zsh", "fish"] {
        let output = ipsec(&["completions", shell]);
        assert!(text(&output.stdout).contains("ipsec"));
        assert_eq!(status(&output), Some(0));
    }
}

#[test]
fn decode_shows_fields_as_text_lines_and_json() {
    let file = capture("psk-mismatch.pcap");
    let tree = ipsec(&["decode", "--count", "1", &file]);
    assert!(text(&tree.stdout).starts_with("packet 1  20"));
    let fields = ipsec(&["decode", "--format", "fields", "--count", "1", &file]);
    let lines: Vec<_> = text(&fields.stdout).lines().collect();
    assert!(lines.contains(&"ip.src=192.0.2.10"), "{lines:?}");
    let json = ipsec(&["decode", "--format", "json", &file]);
    let mut packets = 0;
    for line in text(&json.stdout).lines() {
        let packet: serde_json::Value = serde_json::from_str(line).expect("one object a line");
        assert_eq!(packet["fields"][0]["range"][0], 0);
        packets += 1;
    }
    let quiet = ipsec(&["decode", "--quiet", &file]);
    assert_eq!(text(&quiet.stdout), format!("{packets}\n"));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = command(&["explain", "psk-mismatch"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn scan_counts_by_protocol() {
    let output = ipsec(&["scan", &capture("psk-mismatch.pcap")]);
    let said = text(&output.stdout);
    assert!(said.contains("IKEv1 Identity Protection"), "{said}");
    assert!(said.lines().last().unwrap().starts_with("all "), "{said}");
}

#[test]
fn a_filter_chooses_packets_and_says_where_it_is_wrong() {
    let file = capture("psk-mismatch.pcap");
    let counted = |filter: &str| {
        let output = ipsec(&["decode", "--quiet", "--filter", filter, &file]);
        text(&output.stdout).trim().parse::<u32>().unwrap()
    };
    let (there, back) = (
        counted("ip.src == 192.0.2.10"),
        counted("ip.src != 192.0.2.10"),
    );
    assert!(there > 0 && back > 0);
    assert_eq!(there + back, counted("ip"));
    assert_eq!(counted("isakmp.encrypted and not isakmp"), 0);
    let output = ipsec(&["decode", "--filter", "ip.src ==", &file]);
    assert_eq!(status(&output), Some(2));
    assert!(text(&output.stderr).contains("column 10: expected a number, name"));
}

#[test]
fn a_ladder_is_drawn_as_text_mermaid_and_svg() {
    let drawn = |format| {
        let file = capture("udp-4500-blocked.pcap");
        let output = ipsec(&["ladder", "--format", format, &file]);
        assert_eq!(status(&output), Some(0));
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(drawn("text").contains("│── IKE_AUTH request 1 @4500 ×4 until +4.368 s: encrypted"));
    assert!(drawn("mermaid").contains("    R0-->>L0: +0.003 s IKE_SA_INIT response 0: SA KE"));
    let svg = drawn("svg");
    assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>\n"));
    assert!(!svg.contains("<script"));
}

/// A folder of its own for a test that needs files.
fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

const TABLE: &[u8] = b"0123456789abcdef,00112233445566778899aabbccddeeff\n\
    0123456789abcdee,0011223\n";

#[test]
fn keys_are_listed_with_their_lines_and_without_a_byte_of_them() {
    let output = ipsec_with_input(&["keys", "show", "-"], TABLE);
    assert_eq!(status(&output), Some(0));
    assert_eq!(
        text(&output.stdout),
        "standard input: Wireshark tables\n  line 1: IKEv1 0123456789abcdef/any: Ka\n"
    );
    assert_eq!(
        text(&output.stderr),
        "ipsec: warning: standard input: line 2: key: not whole bytes in hexadecimal\n"
    );
}

#[test]
fn a_folder_stands_for_the_key_files_in_it() {
    let folder = folder("folder-of-keys");
    std::fs::write(folder.join("table"), TABLE).unwrap();
    std::fs::write(folder.join("notes.txt"), b"nothing of interest\n").unwrap();
    std::fs::copy(capture("psk-mismatch.pcap"), folder.join("it.pcap")).unwrap();
    let output = ipsec(&["keys", "show", folder.to_str().unwrap()]);
    assert_eq!(status(&output), Some(0));
    assert_eq!(text(&output.stdout).lines().count(), 2);
    assert_eq!(text(&output.stderr).lines().count(), 1);
}

#[test]
fn files_without_keys_are_said_and_exit_with_3() {
    let (nothing, capture) = (folder("no-keys"), capture("psk-mismatch.pcap"));
    for (path, why) in [
        ("/nonexistent", "No such file"),
        (&*capture, "without decryption secrets"),
        (nothing.to_str().unwrap(), "no key file in it"),
    ] {
        let output = ipsec(&["keys", "show", path]);
        assert_eq!(status(&output), Some(3), "{path}");
        assert!(text(&output.stderr).contains(why), "{path}");
    }
    let output = ipsec_with_input(&["keys", "show", "-"], b"hello\n");
    assert_eq!(status(&output), Some(3));
    assert!(text(&output.stderr).contains("line 1: no known form of key file"));
}
