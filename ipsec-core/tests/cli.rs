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
fn the_schema_files_are_those_generated() {
    use ipsec_core::explain::Comparison;
    use ipsec_core::report::{Report, timeline::Timeline};
    for (name, now) in [
        ("report", Report::json_schema()),
        ("timeline", Timeline::json_schema()),
        ("comparison", Comparison::json_schema()),
    ] {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("schema");
        let file = std::fs::read_to_string(folder.join(format!("{name}.schema.json"))).unwrap();
        assert!(file == now, "{name}: run `make schema`");
    }
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
    assert!(text(&output.stderr).contains("neither a capture nor a log"));
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

#[test]
fn keys_turn_what_is_likely_into_what_is_proven() {
    let (wire, keys) = (
        capture("psk-mismatch.pcap"),
        capture("psk-mismatch.keys.json"),
    );
    let first = |output: &Output| text(&output.stdout).lines().next().unwrap().to_owned();
    let without = first(&ipsec(&["why", &wire]));
    assert!(without.ends_with("(likely)"), "{without}");
    let with = first(&ipsec(&["why", &wire, "--keys", &keys]));
    assert!(with.ends_with("(proven)"), "{with}");
}

#[test]
fn decrypt_writes_the_packets_inside_and_counts_them() {
    let (wire, keys) = (capture("tunnel.pcap"), capture("tunnel.keys.json"));
    let clear = folder("decrypt").join("clear.pcapng");
    let clear = clear.to_str().unwrap();
    let output = ipsec(&[
        "decrypt", &wire, "--keys", &keys, "-o", clear, "--format", "json",
    ]);
    assert_eq!(
        text(&output.stdout),
        "{\"ike\":{\"opened\":4,\"failed\":0,\"no_key\":0},\
          \"esp\":{\"opened\":6,\"failed\":0,\"no_key\":0},\
          \"ah\":{\"opened\":0,\"failed\":0,\"no_key\":0}}\n"
    );
    let inside = ipsec(&["decode", "--format", "fields", clear]);
    let pings = text(&inside.stdout)
        .lines()
        .filter(|line| line.contains("10.2.0.1"));
    assert_eq!(pings.count(), 6);
    let closed = ipsec(&["decrypt", &wire, "--format", "json"]);
    assert!(text(&closed.stdout).contains("\"esp\":{\"opened\":0,\"failed\":0,\"no_key\":6}"));
}

#[test]
fn scrub_writes_a_copy_with_the_same_verdict() {
    let wire = capture("psk-mismatch.pcap");
    let copy = folder("scrub").join("copy.pcapng");
    let copy = copy.to_str().unwrap();
    assert!(ipsec(&["scrub", &wire, copy]).status.success());
    let output = ipsec(&["why", copy]);
    let answer = text(&output.stdout);
    assert!(
        !answer.contains("198.51.100.20") && answer.contains("psk"),
        "{answer}"
    );
    assert_eq!(
        ipsec(&["scrub", "/nonexistent", copy]).status.code(),
        Some(3)
    );
}

#[test]
fn a_key_file_that_is_not_there_exits_with_3_and_an_empty_one_does_not() {
    let wire = capture("psk-mismatch.pcap");
    let output = ipsec(&["why", &wire, "--keys", "/nonexistent"]);
    assert_eq!(status(&output), Some(3));
    let empty = folder("empty-keys").join("none.json");
    std::fs::write(&empty, "{\"ike\": [], \"esp_sa\": []}").unwrap();
    let output = ipsec(&["why", &wire, "--keys", empty.to_str().unwrap()]);
    assert_eq!(status(&output), Some(1), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("no keys in it"));
}

#[test]
fn every_packet_says_what_keys_made_of_it() {
    let (wire, keys) = (capture("tunnel.pcap"), capture("tunnel.keys.json"));
    let verified = [
        "decode",
        "--quiet",
        "--filter",
        "unsealed == 1",
        &wire,
        "--keys",
        &keys,
    ];
    assert_eq!(text(&ipsec(&verified).stdout), "10\n");
    let shown = ipsec(&["decode", &wire, "--keys", &keys]);
    assert!(text(&shown.stdout).contains("Encrypted part: verified"));
    assert!(text(&shown.stdout).contains("Keys: given"));
    // The keys of the IKE SA alone open the packets of its Child SA as well.
    let all = std::fs::read_to_string(&keys).unwrap();
    let ike = all.lines().filter(|line| !line.contains("\"esp\""));
    let ike = ike
        .collect::<Vec<_>>()
        .join("\n")
        .replace("},\n  ]", "}\n  ]");
    let only_ike = folder("only-ike").join("keys.json");
    std::fs::write(&only_ike, ike).unwrap();
    let derived = ipsec(&["decode", &wire, "--keys", only_ike.to_str().unwrap()]);
    let derived = text(&derived.stdout)
        .matches("Keys: derived from the IKE SA")
        .count();
    assert_eq!(derived, 6);
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
    #[cfg(unix)]
    std::os::unix::fs::symlink("/nonexistent", folder.join("dangling")).unwrap();
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

/// Of each kind one: what Wireshark has tables for, and what it has not.
const MIXED: &str = "\
0123456789abcdef,00112233445566778899aabbccddeeff
1111111111111111,2222222222222222,01010101010101010101010101010101,\
02020202020202020202020202020202,\"AES-CBC-128 [RFC3602]\",\
0303030303030303030303030303030303030303,0404040404040404040404040404040404040404,\
\"HMAC_SHA1_96 [RFC2404]\"
\"IPv4\",\"192.0.2.10\",\"198.51.100.20\",\"0xc0000001\",\"AES-CBC [RFC3602]\",\
\"0x05050505050505050505050505050505\",\"HMAC-SHA-1-96 [RFC2404]\",\
\"0x0606060606060606060606060606060606060606\"
: PSK \"never shown\"
";

#[test]
fn keys_become_tables_that_only_their_owner_can_read() {
    let folder = folder("tables");
    let out = folder.join("profile");
    let file = folder.join("keys");
    std::fs::write(&file, MIXED).unwrap();
    let convert = |more: &[&str]| {
        let (file, out) = (file.to_str().unwrap(), out.to_str().unwrap());
        let args = ["keys", "convert", "--format", "wireshark", "-o", out, file];
        ipsec(&[&args, more].concat())
    };
    let output = convert(&[]);
    let said = text(&output.stderr);
    assert_eq!(status(&output), Some(0), "{said}");
    assert!(said.contains("note: read 1 IKEv1, 1 IKEv2, 1 ESP, 1 PSK\n"));
    assert!(said.contains("left out: line 4: PSK for anyone: Wireshark has no table for it\n"));
    let lines: Vec<_> = MIXED.lines().collect();
    let names = ["ikev1_decryption_table", "ikev2_decryption_table", "esp_sa"];
    for (name, line) in names.iter().zip(lines) {
        let path = out.join(name);
        assert_eq!(std::fs::read_to_string(&path).unwrap().trim_end(), line);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
    let output = convert(&[]);
    assert_eq!(status(&output), Some(2));
    assert!(text(&output.stderr).contains("ikev1_decryption_table exists; --force replaces it"));
    assert_eq!(status(&convert(&["--force"])), Some(0));
    assert_eq!(
        status(&ipsec(&["keys", "convert", "--format", "wireshark", "x"])),
        Some(2)
    );
}

#[test]
fn keys_become_json_that_is_read_again() {
    let to_json = ["keys", "convert", "--format", "json", "-"];
    let json = ipsec_with_input(&to_json, MIXED.as_bytes());
    assert_eq!(status(&json), Some(0));
    let again = ipsec_with_input(&to_json, &json.stdout);
    assert_eq!(text(&again.stdout), text(&json.stdout));
    let shown = ipsec_with_input(&["keys", "show", "-"], &json.stdout);
    assert_eq!(
        text(&shown.stdout),
        "standard input: JSON\n\
         \x20 line 4: IKEv1 0123456789abcdef/any: Ka\n\
         \x20 line 5: IKEv2 1111111111111111/2222222222222222 ENCR_AES_CBC-128 \
         AUTH_HMAC_SHA1_96: SK_ai, SK_ar, SK_ei, SK_er\n\
         \x20 line 6: ESP 0xc0000001 from 192.0.2.10 to 198.51.100.20 ENCR_AES_CBC-128 \
         AUTH_HMAC_SHA1_96\n\
         \x20 line 7: PSK for anyone\n"
    );
}

#[test]
fn the_same_keys_of_two_ends_are_written_once() {
    let folder = folder("two-ends");
    let other = MIXED.replace("0x05050505", "0x99050505");
    std::fs::write(folder.join("a"), MIXED).unwrap();
    std::fs::write(folder.join("b"), other).unwrap();
    let args = [
        "keys",
        "convert",
        "--format",
        "json",
        folder.to_str().unwrap(),
    ];
    let output = ipsec(&args);
    let said = text(&output.stderr);
    assert!(
        said.contains("note: read 1 IKEv1, 1 IKEv2, 2 ESP, 2 PSK\n"),
        "{said}"
    );
    assert!(
        said.contains("kept although earlier entries say otherwise: 1"),
        "{said}"
    );
}

/// A section header and a decryption secrets block (pcapng §4.7) around them.
fn pcapng_with_secrets(kind: u32, secrets: &[u8]) -> Vec<u8> {
    let block = |kind: u32, body: &[u8]| {
        let len = u32::try_from(12 + body.len()).unwrap().to_le_bytes();
        [&kind.to_le_bytes()[..], &len, body, &len].concat()
    };
    let section = [
        &0x1a2b_3c4d_u32.to_le_bytes()[..],
        &[1, 0, 0, 0],
        &[0xff; 8],
    ];
    let len = u32::try_from(secrets.len()).unwrap().to_le_bytes();
    let mut body = [&kind.to_le_bytes()[..], &len, secrets].concat();
    body.resize(body.len().next_multiple_of(4), 0);
    [block(0x0a0d_0d0a, &section.concat()), block(0xa, &body)].concat()
}

#[test]
fn a_capture_gives_the_keys_that_it_carries() {
    let file = pcapng_with_secrets(0x4950_534b, MIXED.as_bytes());
    let output = ipsec_with_input(&["keys", "show", "-"], &file);
    let said = text(&output.stdout);
    assert!(
        said.starts_with("standard input secrets 1: Wireshark tables, "),
        "{said}"
    );
    assert_eq!(said.lines().count(), 5);
    // A TLS key log.
    let file = pcapng_with_secrets(0x544c_534b, MIXED.as_bytes());
    let output = ipsec_with_input(&["keys", "show", "-"], &file);
    assert_eq!(status(&output), Some(3));
}

#[test]
fn a_capture_is_opened_with_the_keys_that_it_carries() {
    use ipsec_core::capture::{CaptureReader, PcapngWriter};
    let file = std::fs::File::open(capture("tunnel.pcap")).unwrap();
    let mut reader = CaptureReader::new(file).unwrap();
    let mut writer = None;
    while let Some(frame) = reader.next_frame().unwrap() {
        let writer =
            writer.get_or_insert_with(|| PcapngWriter::new(Vec::new(), frame.link).unwrap());
        let len = u32::try_from(frame.data.len()).unwrap();
        writer.write(frame.at, 0, len, frame.data).unwrap();
    }
    let bare = writer.unwrap().finish().unwrap();
    let keys = std::fs::read(capture("tunnel.keys.json")).unwrap();
    // Behind the section header, the first block.
    let header = pcapng_with_secrets(0, b"").len() - 20;
    let first = u32::from_le_bytes(bare[4..8].try_into().unwrap()) as usize;
    let secrets = &pcapng_with_secrets(0x4950_534b, &keys)[header..];
    let whole = [&bare[..first], secrets, &bare[first..]].concat();
    let path = folder("carried").join("whole.pcapng");
    std::fs::write(&path, whole).unwrap();
    let output = ipsec(&["decrypt", path.to_str().unwrap(), "--format", "json"]);
    let said = text(&output.stdout);
    assert!(
        said.contains("\"esp\":{\"opened\":6,\"failed\":0,\"no_key\":0}"),
        "{said}"
    );
}

#[test]
fn candidates_that_cannot_be_read_are_said_without_their_bytes() {
    let file = capture("psk-mismatch.pcap");
    let output = ipsec(&["why", "--psk", "0x5ec2e", &file]);
    assert_eq!(status(&output), Some(2));
    assert!(text(&output.stderr).contains("must be hexadecimal"));
    assert!(!text(&output.stderr).contains("5ec2e"));
    let output = ipsec(&["why", "--psk-file", "/nonexistent", &file]);
    assert_eq!(status(&output), Some(3));
}

/// Every way in which bytes could be shown.
fn spellings(bytes: &[u8]) -> Vec<Vec<u8>> {
    let joined = |format: &dyn Fn(&u8) -> String, between: &str| {
        let each: Vec<_> = bytes.iter().map(format).collect();
        each.join(between).into_bytes()
    };
    let lower = |byte: &u8| format!("{byte:02x}");
    let upper = |byte: &u8| format!("{byte:02X}");
    let decimal = |byte: &u8| byte.to_string();
    let mut all = vec![bytes.to_vec(), joined(&decimal, ", ")];
    for between in ["", " ", ":"] {
        all.push(joined(&lower, between));
        all.push(joined(&upper, between));
    }
    all
}

fn secrets(file: &[u8]) -> Vec<Vec<u8>> {
    use ipsec_core::keylog::{self, Keys};
    let log = keylog::read(file);
    let mut all = Vec::new();
    for entry in &log.entries {
        let of_entry = match &entry.keys {
            Keys::Ikev1(it) => vec![it.key.as_ref(), it.skeyid.as_ref(), it.skeyid_e.as_ref()],
            Keys::Ikev2(it) => vec![
                it.skeyseed.as_ref(),
                it.sk_ai.as_ref(),
                it.sk_ei.as_ref(),
                it.sk_er.as_ref(),
                it.sk_pi.as_ref(),
            ],
            Keys::Sa(it) => vec![Some(&it.encryption_key), Some(&it.authentication_key)],
            Keys::KeyExchange(it) => vec![it.private.as_ref(), it.shared.as_ref()],
            Keys::Psk(it) => vec![Some(&it.key)],
            _ => Vec::new(),
        };
        let bytes = of_entry.into_iter().flatten();
        let bytes = bytes.map(|secret| secret.dangerous_bytes().to_vec());
        // The least that is no chance.
        all.extend(bytes.filter(|bytes| bytes.len() >= 8));
    }
    all
}

#[test]
fn no_key_is_said_of_any_file() {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/keylog");
    let mut files: Vec<_> = std::fs::read_dir(data)
        .unwrap()
        .map(|entry| std::fs::read(entry.unwrap().path()).unwrap())
        .collect();
    files.push(MIXED.into());
    files.push(b"secrets {\n ike-1 {\n  secret = \"never shown\"\n }\n}\n".to_vec());
    let out = folder("no-key-is-said");
    let out = out.to_str().unwrap();
    let mut checked = 0;
    for file in &files {
        // Spoilt as well: every complaint must be without the bytes.
        let spoilt: Vec<u8> = file
            .iter()
            .enumerate()
            .map(|(at, byte)| if at % 97 == 96 { b'z' } else { *byte })
            .collect();
        let shown: Vec<u8> = [file, &spoilt]
            .iter()
            .flat_map(|file| {
                let convert = [
                    "keys",
                    "convert",
                    "--force",
                    "--format",
                    "wireshark",
                    "-o",
                    out,
                    "-",
                ];
                let show = ipsec_with_input(&["keys", "show", "-"], file);
                let converted = ipsec_with_input(&convert, file);
                [show.stdout, show.stderr, converted.stdout, converted.stderr].concat()
            })
            .collect();
        for secret in secrets(file) {
            for spelling in spellings(&secret) {
                let found = shown.windows(spelling.len()).any(|some| some == spelling);
                assert!(!found, "{}", String::from_utf8_lossy(&shown));
                checked += 1;
            }
        }
    }
    assert!(checked > 300, "{checked}");
}

#[test]
fn configurations_are_compared_line_by_line() {
    let folder = folder("compare");
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let a = write(
        "a.conf",
        "connections {\n tun {\n proposals = 3des-md5-modp1024\n local {\n auth = psk\n }\n remote {\n auth = psk\n }\n }\n}\n\
         secrets {\n ike {\n secret = hunter2\n }\n}\n",
    );
    let b = write(
        "b.conf",
        "conn tun\n\tauthby=secret\n\tike=aes256-sha2_256-modp2048\n\tfrob\u{1b}=1\n\tikev2=yes\n",
    );
    let output = ipsec(&["compare", &a, &b]);
    assert_eq!(status(&output), Some(1));
    let told = text(&output.stdout);
    assert!(
        told.starts_with("The configurations do not fit.\n"),
        "{told}"
    );
    assert!(told.contains("3DES-MD5-MODP1024"), "{told}");
    assert!(
        told.contains("a.conf:3:14  ") && told.contains("b.conf:3:6  "),
        "{told}"
    );
    let strong = "    -proposals = 3des-md5-modp1024\n    +proposals = aes256-sha256-modp2048\n";
    assert!(told.contains(strong), "{told}");
    let weak = "    +ike=3des-md5-modp1024\n";
    assert!(told.find("(weaker)") < told.find(weak), "{told}");
    let output = ipsec(&[
        "compare",
        &b,
        &a,
        "--format",
        "json",
        "--profile",
        "legacy-ok",
    ]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["fits"], false);
    assert_eq!(json["facts"][0]["topic"], "ike-proposal");
    let mut topics = json["facts"].as_array().unwrap().iter();
    assert!(topics.all(|fact| fact["topic"] != "weak-suite"));
    let warned = text(&output.stderr);
    assert!(
        warned.contains("line 4: unknown keyword frob\\u{1b}"),
        "{warned}"
    );
    assert!(!told.contains("hunter") && !warned.contains("hunter"));
    assert_eq!(status(&ipsec(&["compare", &a, &a])), Some(0));
    let no_configuration = capture("psk-mismatch.pcap");
    assert_eq!(status(&ipsec(&["compare", &a, &no_configuration])), Some(3));
    let empty = write("c.conf", "secrets {\n}\n");
    assert_eq!(status(&ipsec(&["compare", &empty, &a])), Some(3));
    let keys = write("b.secrets", ": PSK \"hunter3\"\n");
    let output = ipsec(&["compare", &a, &b, &keys]);
    let told = text(&output.stdout);
    assert!(
        told.contains("are not the same") && !told.contains("hunter"),
        "{told}"
    );
    assert_eq!(
        status(&ipsec(&["compare", &keys])),
        Some(3),
        "no connection"
    );
}

#[test]
fn convert_writes_another_form_and_lists_what_it_cannot_say() {
    let file = b"conn gw\n\tleft=192.0.2.1\n\tright=198.51.100.2\n\tleftid=@a.example\n\
        \tikev2=insist\n\tauthby=secret\n\tencapsulation=no\n";
    let output = ipsec_with_input(&["convert", "--to", "swanctl", "-"], file);
    let said = text(&output.stdout);
    assert!(said.contains("local_addrs = 192.0.2.1\n"), "{said}");
    assert!(said.contains("id = \"a.example\""), "{said}");
    let unsaid = text(&output.stderr);
    let line = "ipsec: not said: connection gw: address translation: Never; written: WhereSeen";
    assert!(unsaid.contains(line), "{unsaid}");
    assert_eq!(status(&output), Some(1));
    let again = ipsec_with_input(&["convert", "--to", "swanctl", "-"], &output.stdout);
    assert_eq!(text(&again.stdout), said);
    assert_eq!((text(&again.stderr), status(&again)), ("", Some(0)));
}

#[test]
fn convert_writes_ios() {
    let file =
        b"conn gw\n\tleft=192.0.2.1\n\tright=198.51.100.2\n\tikev2=insist\n\tauthby=secret\n\
        \tleftsubnet=10.1.0.0/16\n\trightsubnet=10.2.0.0/16\n";
    let output = ipsec_with_input(&["convert", "--to", "cisco-ios", "-"], file);
    let said = text(&output.stdout);
    let line = "permit ip 10.1.0.0 0.0.255.255 10.2.0.0 0.0.255.255\n";
    assert!(said.contains(line), "{said}");
    assert!(said.contains("! crypto map vpn: belongs on the interface with 192.0.2.1\n"));
    let name = "ipsec: not said: connection gw: name: gw; written: vpn 10";
    assert!(text(&output.stderr).contains(name));
    assert_eq!(status(&output), Some(1));
    let again = ipsec_with_input(&["convert", "--to", "cisco-ios", "-"], &output.stdout);
    assert_eq!((text(&again.stderr), status(&again)), ("", Some(0)));
}

#[test]
fn convert_never_writes_a_secret() {
    let file = b"secrets {\n ike-a {\n  id = a.example\n  secret = hunter2\n }\n}\n";
    let output = ipsec_with_input(&["convert", "--to", "swanctl", "-"], file);
    let said = text(&output.stdout);
    assert!(said.contains("secret = \"\"  # a pre-shared key"), "{said}");
    assert!(
        said.contains("a.example") && !said.contains("hunter"),
        "{said}"
    );
}
