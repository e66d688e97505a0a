//! One tunnel, written for many devices: each end fits each other end, and one
//! changed line is found at its place.
#![cfg(feature = "config")]

use ipsec_core::config::compare::{Effect, Subject, compare};
use ipsec_core::config::model::Model;
use ipsec_core::config::{self, racoon};

/// A device: its files, with `LG` and `PG` for the gateways at this end and at
/// the other, `LN` and `PN` for the networks behind them; and lines of them,
/// what each is changed to, and what that makes different.
struct Device {
    name: &'static str,
    files: &'static [&'static str],
    changes: [(&'static str, &'static str, Subject); 3],
}

const DEVICES: [Device; 6] = [
    Device {
        name: "FortiOS",
        files: &["config system interface
    edit wan1
        set ip LG 255.255.255.0
    next
end
config vpn ipsec phase1-interface
    edit \"peer\"
        set interface \"wan1\"
        set proposal aes256-sha256
        set dhgrp 14
        set remote-gw PG
        set psksecret ENC abcd
    next
end
config vpn ipsec phase2-interface
    edit \"net\"
        set phase1name \"peer\"
        set proposal aes256-sha256
        set dhgrp 14
        set keylifeseconds 3600
        set src-subnet LN.0 255.255.255.0
        set dst-subnet PN.0 255.255.255.0
    next
end
"],
        changes: [
            (
                "\n        set dhgrp 14\n        set remote",
                "\n        set dhgrp 5\n        set remote",
                Subject::IkeProposal,
            ),
            (
                "set keylifeseconds 3600",
                "set keylifeseconds 7200",
                Subject::Lifetime,
            ),
            (
                "set src-subnet LN.0 255.255.255.0",
                "set src-subnet LN.0 255.255.254.0",
                Subject::AnswerersTraffic,
            ),
        ],
    },
    Device {
        name: "Junos in braces",
        files: &["interfaces {
    ge-0/0/0 { unit 0 { family inet { address LG/24; } } }
}
security {
    ike {
        proposal p { authentication-method pre-shared-keys; dh-group group14;
            authentication-algorithm sha-256;
            encryption-algorithm aes-256-cbc;
        }
        policy p { mode main; proposals p; pre-shared-key ascii-text \"$9$abcd\"; }
        gateway peer {
            ike-policy p;
            address PG;
            external-interface ge-0/0/0;
        }
    }
    ipsec {
        proposal p {
            protocol esp;
            authentication-algorithm hmac-sha-256-128;
            encryption-algorithm aes-256-cbc;
            lifetime-seconds 3600;
        }
        policy p { perfect-forward-secrecy { keys group14; } proposals p; }
        vpn net {
            ike {
                gateway peer;
                proxy-identity {
                    local LN.0/24;
                    remote PN.0/24;
                }
                ipsec-policy p;
            }
        }
    }
}
"],
        changes: [
            (
                "            encryption-algorithm aes-256-cbc;\n        }\n        policy p { mode",
                "            encryption-algorithm aes-128-cbc;\n        }\n        policy p { mode",
                Subject::IkeProposal,
            ),
            (
                "lifetime-seconds 3600",
                "lifetime-seconds 7200",
                Subject::Lifetime,
            ),
            ("local LN.0/24", "local LN.0/25", Subject::AnswerersTraffic),
        ],
    },
    Device {
        name: "Junos in lines",
        files: &["set interfaces ge-0/0/0 unit 0 family inet address LG/24
set security ike proposal p dh-group group14
set security ike proposal p authentication-algorithm sha-256
set security ike proposal p encryption-algorithm aes-256-cbc
set security ike policy p proposals p
set security ike policy p pre-shared-key ascii-text \"$9$abcd\"
set security ike gateway peer ike-policy p
set security ike gateway peer address PG
set security ike gateway peer external-interface ge-0/0/0.0
set security ipsec proposal p protocol esp
set security ipsec proposal p authentication-algorithm hmac-sha-256-128
set security ipsec proposal p encryption-algorithm aes-256-cbc
set security ipsec policy p perfect-forward-secrecy keys group14
set security ipsec policy p proposals p
set security ipsec vpn net ike gateway peer
set security ipsec vpn net ike proxy-identity local LN.0/24
set security ipsec vpn net ike proxy-identity remote PN.0/24
set security ipsec vpn net ike ipsec-policy p
"],
        changes: [
            (
                "ike proposal p encryption-algorithm aes-256-cbc",
                "ike proposal p encryption-algorithm 3des-cbc",
                Subject::IkeProposal,
            ),
            (
                "ipsec proposal p encryption-algorithm aes-256-cbc",
                "ipsec proposal p encryption-algorithm aes-128-cbc",
                Subject::ChildProposal,
            ),
            ("local LN.0/24", "local LN.0/23", Subject::AnswerersTraffic),
        ],
    },
    Device {
        name: "racoon",
        files: &[
            "remote PG {
	exchange_mode main;
	proposal {
		encryption_algorithm aes 256;
		hash_algorithm sha256;
		authentication_method pre_shared_key;
		dh_group 14;
	}
}
sainfo anonymous {
	pfs_group 14;
	lifetime time 1 hour;
	encryption_algorithm aes 256;
	authentication_algorithm hmac_sha256;
	compression_algorithm deflate;
}
",
            "spdflush;
spdadd LN.0/24 PN.0/24 any -P out ipsec esp/tunnel/LG-PG/require;
spdadd PN.0/24 LN.0/24 any -P in ipsec esp/tunnel/PG-LG/require;
",
        ],
        changes: [
            (
                "encryption_algorithm aes 256;\n\t\t",
                "encryption_algorithm aes 128;\n\t\t",
                Subject::IkeProposal,
            ),
            (
                "encryption_algorithm aes 256;\n\tauth",
                "encryption_algorithm 3des;\n\tauth",
                Subject::ChildProposal,
            ),
            (
                "spdadd LN.0/24 PN",
                "spdadd LN.0/28 PN",
                Subject::AnswerersTraffic,
            ),
        ],
    },
    Device {
        name: "swanctl",
        files: &["connections {
  peer {
    version = 1
    local_addrs = LG
    remote_addrs = PG
    proposals = aes256-sha256-modp2048
    local { auth = psk }
    remote { auth = psk }
    children {
      net {
        local_ts = LN.0/24
        remote_ts = PN.0/24
        esp_proposals = aes256-sha256-modp2048
        life_time = 1h
      }
    }
  }
}
"],
        changes: [
            (
                "\n    proposals = aes256",
                "\n    proposals = aes128",
                Subject::IkeProposal,
            ),
            (
                "esp_proposals = aes256-sha256-modp2048",
                "esp_proposals = aes256-sha256-modp3072",
                Subject::Pfs,
            ),
            (
                "local_ts = LN.0/24",
                "local_ts = LN.9/32",
                Subject::AnswerersTraffic,
            ),
        ],
    },
    Device {
        name: "libreswan",
        files: &["conn peer
	left=LG
	right=PG
	leftsubnet=LN.0/24
	rightsubnet=PN.0/24
	ikev2=no
	authby=secret
	ike=aes256-sha2_256-modp2048
	esp=aes256-sha2_256
	salifetime=1h
"],
        changes: [
            (
                "ike=aes256-sha2_256",
                "ike=aes256-sha1",
                Subject::IkeProposal,
            ),
            (
                "esp=aes256-sha2_256",
                "esp=aes256-sha1",
                Subject::ChildProposal,
            ),
            (
                "leftsubnet=LN.0/24",
                "leftsubnet=LN.0/26",
                Subject::AnswerersTraffic,
            ),
        ],
    },
];

fn fill(file: &str, first: bool) -> String {
    let ends = [("192.0.2.1", "10.1.0"), ("198.51.100.1", "10.2.0")];
    let [near, far] = if first { ends } else { [ends[1], ends[0]] };
    file.replace("LG", near.0)
        .replace("PG", far.0)
        .replace("LN", near.1)
        .replace("PN", far.1)
}

/// The device as the first or the second end, one text in it changed.
fn read(device: &Device, first: bool, change: (&str, &str)) -> (Model, Vec<String>) {
    let files = device.files.iter().map(|file| {
        let file = file.replacen(change.0, change.1, 1);
        fill(&file, first)
    });
    let files: Vec<String> = files.collect();
    let model = match &files[..] {
        [one] => config::read(0, one.as_bytes()),
        many => {
            let files: Vec<_> = many.iter().map(String::as_bytes).enumerate().collect();
            Some(racoon::read_all(&files))
        }
    };
    let model = model.unwrap_or_else(|| panic!("{} is not told", device.name));
    assert_eq!(model.errors, [], "{}", device.name);
    assert_eq!(model.unknown, [], "{}", device.name);
    let [connection] = &model.connections[..] else {
        panic!("{}: {:?}", device.name, model.connections);
    };
    assert_eq!(connection.children.len(), 1, "{}", device.name);
    (model, files)
}

#[test]
fn each_fits_each_other() {
    for asking in &DEVICES {
        for answering in &DEVICES {
            let (a, _) = read(asking, true, ("\0", ""));
            let (b, _) = read(answering, false, ("\0", ""));
            let found = compare(&a.connections[0], &b.connections[0]);
            let names = [asking.name, answering.name];
            assert!(found.ike.is_ok(), "{names:?}: {found:?}");
            // The lifetime of Junos in lines is the default.
            let serious = found
                .differences
                .iter()
                .filter(|one| one.effect != Effect::Differs);
            assert_eq!(serious.count(), 0, "{names:?}: {found:?}");
            assert_eq!(found.differences, [], "{names:?}");
        }
    }
}

#[test]
fn one_changed_line_is_found_at_its_place() {
    for asking in &DEVICES {
        for answering in &DEVICES {
            for (from, to, subject) in answering.changes {
                let (a, _) = read(asking, true, ("\0", ""));
                let (b, files) = read(answering, false, (from, to));
                let found = compare(&a.connections[0], &b.connections[0]);
                let names = [asking.name, answering.name, to];
                let differences = found
                    .differences
                    .iter()
                    .filter(|one| one.subject == subject);
                let all: Vec<_> = differences.collect();
                let [difference] = all[..] else {
                    panic!("{names:?}: {found:?}");
                };
                let Some(span) = difference.answering else {
                    panic!("{names:?}: no place in {difference:?}");
                };
                let file = &files[span.input];
                let line = file.lines().nth(span.line - 1).unwrap_or_default();
                // A group is told at the proposal that has it.
                let near = file.lines().nth(span.line).unwrap_or_default();
                let changed = fill(to, false);
                let changed = changed.lines().find(|line| !line.trim().is_empty());
                let changed = changed.unwrap_or_default().trim();
                assert!(
                    line.contains(changed) || near.contains(changed),
                    "{names:?}: {changed:?} is not at {span:?}: {line:?}"
                );
            }
        }
    }
}
