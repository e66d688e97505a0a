//! Patches of the forms that spread a value over several lines: a file of ours
//! and a peer that fits it, spoilt in one way; the patch of either end alone
//! puts it right.
#![cfg(feature = "config")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may stop where a file is not read"
)]

#[path = "support/patched.rs"]
mod patched;

use ipsec_core::config;
use ipsec_core::config::facts::{Side, evidence};
use ipsec_core::config::model::Model;
use ipsec_core::evidence::{Configured, Effect, Fact, Topic};

/// Both ends of a tunnel that fits; the second is a `swanctl.conf`.
#[derive(Clone)]
struct Tunnel {
    own: String,
    peer: String,
}

/// What the peers of our files say, in the order of the lines.
struct Peer<'a> {
    addresses: [&'a str; 2],
    ids: [&'a str; 2],
    ike: &'a str,
    esp: &'a str,
    traffic: [&'a str; 2],
    version: u8,
    more: &'a str,
}

impl Peer<'_> {
    fn file(&self) -> String {
        format!(
            "connections {{\n peer {{\n  version = {}\n  local_addrs = {}\n  remote_addrs = {}\n  \
             proposals = {}\n  {}\n  local {{\n   auth = psk\n   id = {}\n  }}\n  remote {{\n   \
             auth = psk\n   id = {}\n  }}\n  children {{\n   net {{\n    local_ts = {}\n    \
             remote_ts = {}\n    esp_proposals = {}\n    mode = tunnel\n    rekey_time = 25m\n    \
             life_time = 3600s\n   }}\n  }}\n }}\n}}\n",
            self.version,
            self.addresses[0],
            self.addresses[1],
            self.ike,
            self.more,
            self.ids[0],
            self.ids[1],
            self.traffic[0],
            self.traffic[1],
            self.esp,
        )
    }
}

fn model(input: usize, file: &str) -> Model {
    let model = config::read(input, file.as_bytes()).unwrap();
    assert_eq!(model.errors, [], "{file}");
    model
}

impl Tunnel {
    fn facts(&self) -> Vec<Configured> {
        let models = [model(0, &self.own), model(1, &self.peer)];
        let facts = evidence(&Side::each(&models)).into_iter();
        let configured = facts.map(|one| {
            let Fact::Configured(fact) = one.fact else {
                panic!("{:?}", one.fact);
            };
            *fact
        });
        configured.collect()
    }

    /// What keeps the ends apart, and lifetimes that differ.
    fn apart(&self) -> Vec<Configured> {
        let mut facts = self.facts();
        facts.retain(|fact| fact.effect <= Effect::Narrows || fact.topic == Topic::Lifetime);
        facts
    }

    /// With other texts in the place of some; each stands there.
    fn with(mut self, own: &[(&str, &str)], peer: &[(&str, &str)]) -> Self {
        for (file, changes) in [(&mut self.own, own), (&mut self.peer, peer)] {
            for (from, to) in changes {
                assert!(file.contains(from), "{from:?} is not in {file}");
                *file = file.replacen(from, to, 1);
            }
        }
        self
    }

    /// One text of our file changed: the topic is told, the patch of our end is
    /// this one, and the patches of either end alone leave nothing apart.
    fn spoilt(&self, from: &str, to: &str, topic: Topic, patch: &str) {
        assert_eq!(self.apart(), [], "fits before");
        let spoilt = self.clone().with(&[(from, to)], &[]);
        let apart = spoilt.apart();
        let topics: Vec<Topic> = apart.iter().map(|fact| fact.topic).collect();
        assert!(topics.contains(&topic), "{to}: {apart:#?}");
        let ours = apart.iter().flat_map(|fact| &fact.repairs);
        let ours: Vec<_> = ours.filter(|repair| repair.input == 0).collect();
        let patches: Vec<_> = ours.iter().filter_map(|one| one.patch.as_deref()).collect();
        let lines = patches.iter().map(|one| -> Vec<&str> {
            one.lines()
                .filter(|line| !line.starts_with("@@ line "))
                .collect()
        });
        let lines: Vec<String> = lines.map(|lines| lines.join("\n")).collect();
        assert!(
            lines.iter().any(|one| one == patch),
            "{lines:#?} of {ours:#?}"
        );
        for input in [0, 1] {
            let repairs = apart.iter().flat_map(|fact| &fact.repairs);
            let of_end = repairs.filter(|repair| repair.input == input);
            let mut patches: Vec<_> = of_end.filter_map(|one| one.patch.as_deref()).collect();
            patches.dedup();
            if input == 1 && patches.is_empty() {
                continue;
            }
            let mut again = spoilt.clone();
            let file = [&mut again.own, &mut again.peer].into_iter().nth(input);
            let file = file.unwrap();
            for patch in patches {
                *file = patched::applied(file, patch);
            }
            assert_eq!(again.apart(), [], "{to}: {input}: {}", again.own);
        }
    }
}

mod fortios {
    use super::*;

    fn tunnel() -> Tunnel {
        let peer = Peer {
            addresses: ["198.51.100.1", "192.0.2.1"],
            ids: ["branch.example", "hq.example"],
            ike: "aes256-sha256-ecp256",
            esp: "aes256-sha256-ecp256",
            traffic: [
                "10.2.0.1-10.2.0.99[tcp/443]",
                "10.1.0.0/24[tcp], 10.1.8.10-10.1.8.20[tcp]",
            ],
            version: 2,
            more: "encap = yes",
        };
        Tunnel {
            own: include_str!("data/configs/fortios-hq.conf").into(),
            peer: peer.file(),
        }
    }

    #[test]
    fn versions_proposals_and_groups() {
        tunnel().spoilt(
            "set ike-version 2",
            "set ike-version 1",
            Topic::Version,
            "-set ike-version 1\n+set ike-version 2",
        );
        tunnel().spoilt(
            "aes256-sha256 aes256gcm-prfsha384",
            "aes128-sha256 aes256gcm-prfsha512",
            Topic::IkeProposal,
            "-set proposal aes128-sha256 aes256gcm-prfsha512\n\
             +set proposal aes256-sha256 aes256gcm-prfsha512",
        );
        tunnel().spoilt(
            "set dhgrp 19 14",
            "set dhgrp 5",
            Topic::IkeProposal,
            "-set dhgrp 5\n+set dhgrp 19 5",
        );
        tunnel().spoilt(
            "set proposal aes256-sha256\n",
            "set proposal aes256gcm\n",
            Topic::ChildProposal,
            "-set proposal aes256gcm\n+set proposal aes256-sha256",
        );
        tunnel().spoilt(
            "set dhgrp 19\n        set keylifeseconds",
            "set dhgrp 20\n        set keylifeseconds",
            Topic::PfsGroup,
            "-set dhgrp 20\n+set dhgrp 19",
        );
        tunnel().spoilt(
            "set dhgrp 19\n        set keylifeseconds",
            "set pfs disable\n        set keylifeseconds",
            Topic::Pfs,
            "-set pfs disable\n+set pfs enable\n+set dhgrp 19",
        );
        let without = [(
            "set dhgrp 19\n        set keylifes",
            "set pfs disable\n        set keylifes",
        )];
        let plain = [(
            "esp_proposals = aes256-sha256-ecp256",
            "esp_proposals = aes256-sha256",
        )];
        tunnel().with(&without, &plain).spoilt(
            "set pfs disable\n",
            "set dhgrp 19\n",
            Topic::Pfs,
            "+set pfs disable",
        );
    }

    #[test]
    fn lifetimes_modes_and_nat() {
        tunnel().spoilt(
            "set keylifeseconds 3600",
            "set keylifeseconds 7200",
            Topic::Lifetime,
            "-set keylifeseconds 7200\n+set keylifeseconds 3600",
        );
        tunnel().spoilt(
            "set keylifeseconds 3600",
            "set keylife-type kbs",
            Topic::Lifetime,
            "-set keylife-type kbs\n+set keylife-type both\n+set keylifeseconds 3600",
        );
        let old = [("set ike-version 2", "set ike-version 1")];
        let old = tunnel().with(&old, &[("version = 2", "version = 1")]);
        old.spoilt(
            "set net-device disable",
            "set mode aggressive",
            Topic::Phase1,
            "-set mode aggressive\n+set mode main",
        );
        old.spoilt(
            "set src-addr-type name",
            "set encapsulation transport-mode\n        set src-addr-type name",
            Topic::Mode,
            "-set encapsulation transport-mode\n+set encapsulation tunnel-mode",
        );
    }

    #[test]
    fn identities_and_methods() {
        tunnel().spoilt(
            "set localid \"hq.example\"",
            "set localid-type address\n        set localid \"192.0.2.1\"",
            Topic::Identity,
            "-set localid-type address\n+set localid-type fqdn\n\
             -set localid \"192.0.2.1\"\n+set localid \"hq.example\"",
        );
        tunnel().spoilt(
            "set peerid \"branch.example\"",
            "set peerid \"office.example\"",
            Topic::Identity,
            "-set peerid \"office.example\"\n+set peerid \"branch.example\"",
        );
        tunnel().spoilt(
            "set net-device disable",
            "set authmethod signature",
            Topic::Method,
            "-set authmethod signature\n+set authmethod psk",
        );
    }

    #[test]
    fn traffic() {
        tunnel().spoilt(
            "set dst-start-ip 10.2.0.1\n        set dst-end-ip 10.2.0.99",
            "set dst-start-ip 10.3.0.1\n        set dst-end-ip 10.3.0.99",
            Topic::Selectors,
            "-set dst-start-ip 10.3.0.1\n+set dst-start-ip 10.2.0.1\n\
             -set dst-end-ip 10.3.0.99\n+set dst-end-ip 10.2.0.99",
        );
        tunnel().spoilt(
            "set protocol 6\n        set dst-port 443",
            "set protocol 6\n        set dst-port 8443",
            Topic::Selectors,
            "-set dst-port 8443\n+set dst-port 443",
        );
        let net = [
            (
                "set src-name \"hq-nets\"",
                "set src-subnet 10.1.0.0 255.255.255.0",
            ),
            ("set src-addr-type name", "set src-addr-type subnet"),
        ];
        let peer = [(
            "10.1.0.0/24[tcp], 10.1.8.10-10.1.8.20[tcp]",
            "10.1.0.0/24[tcp]",
        )];
        let net = tunnel().with(&net, &peer);
        net.spoilt(
            "set src-subnet 10.1.0.0 255.255.255.0",
            "set src-subnet 10.7.0.0 255.255.0.0",
            Topic::Selectors,
            "-set src-subnet 10.7.0.0 255.255.0.0\n+set src-subnet 10.1.0.0 255.255.255.0",
        );
        let range = [
            ("src-addr-type subnet", "src-addr-type range"),
            (
                "set src-subnet 10.1.0.0 255.255.255.0",
                "set src-start-ip 10.7.0.1\n        set src-end-ip 10.7.0.9",
            ),
        ];
        let broken = net.clone().with(&range, &[]);
        net.spoilt(
            &net.own,
            &broken.own,
            Topic::Selectors,
            "-set src-addr-type range\n+set src-addr-type subnet\n-set src-start-ip 10.7.0.1\n+set src-subnet 10.1.0.0 255.255.255.0\n\
             -set src-end-ip 10.7.0.9",
        );
        net.spoilt(
            "set src-subnet 10.1.0.0 255.255.255.0\n        set dst-start-ip 10.2.0.1\n        set dst-end-ip 10.2.0.99",
            "set src-subnet 10.1.0.0 255.255.255.0\n        set dst-name \"hq-lan\"",
            Topic::Selectors,
            "-set dst-name \"hq-lan\"\n+set dst-start-ip 10.2.0.1\n+set dst-end-ip 10.2.0.99",
        );
    }
}

mod junos {
    use super::*;

    const BRACES: &str = include_str!("data/configs/junos-branch.conf");
    const LINES: &str = include_str!("data/configs/junos-branch.set");

    /// With one traffic selector.
    fn tunnel(file: &str) -> Tunnel {
        let peer = Peer {
            addresses: ["192.0.2.1", "198.51.100.1"],
            ids: ["hq.example", "branch.example"],
            ike: "aes256-sha256-ecp256",
            esp: "aes256-sha256-ecp256",
            traffic: ["10.1.0.0/24", "10.2.0.0/24"],
            version: 2,
            more: "",
        };
        let own = file
            .lines()
            .filter(|line| !line.contains(" dmz ") || line.ends_with('{'));
        let own: Vec<&str> = own.collect();
        let block = [
            "            traffic-selector dmz {",
            "                local-ip 10.2.8.0/24;",
            "                remote-ip 10.1.0.0/24;",
            "            }\n",
        ];
        Tunnel {
            own: own.join("\n").replace(&block.join("\n"), "") + "\n",
            peer: peer.file(),
        }
    }

    /// In both forms: what stands there, in what it is changed, and the patch,
    /// each as words behind those of its section.
    fn both(section: &str, good: &str, bad: &str, topic: Topic) {
        let set = |words: &str| format!("set {section} {words}");
        let patch = |bad: &str, good: &str| format!("-{bad}\n+{good}");
        tunnel(LINES).spoilt(&set(good), &set(bad), topic, &patch(&set(bad), &set(good)));
        let own = |words: &str| format!("{words};");
        tunnel(BRACES).spoilt(&own(good), &own(bad), topic, &patch(&own(bad), &own(good)));
    }

    #[test]
    fn values_of_one_line() {
        let gateway = "security ike gateway hq";
        both(
            gateway,
            "version v2-only",
            "version v1-only",
            Topic::Version,
        );
        let strong = "security ike proposal strong";
        both(
            strong,
            "encryption-algorithm aes-256-cbc",
            "encryption-algorithm 3des-cbc",
            Topic::IkeProposal,
        );
        both(
            strong,
            "dh-group group19",
            "dh-group group14",
            Topic::IkeProposal,
        );
        both(
            strong,
            "authentication-algorithm sha-256",
            "authentication-algorithm sha1",
            Topic::IkeProposal,
        );
        let method = [
            "authentication-method pre-shared-keys",
            "authentication-method rsa-signatures",
        ];
        both(strong, method[0], method[1], Topic::Method);
        let esp = "security ipsec proposal esp";
        both(
            esp,
            "authentication-algorithm hmac-sha-256-128",
            "authentication-algorithm hmac-sha1-96",
            Topic::ChildProposal,
        );
        both(
            esp,
            "lifetime-seconds 3600",
            "lifetime-seconds 7200",
            Topic::Lifetime,
        );
        both(
            gateway,
            "local-identity hostname branch.example",
            "local-identity inet 198.51.100.1",
            Topic::Identity,
        );
        both(
            gateway,
            "remote-identity hostname hq.example",
            "remote-identity hostname hq",
            Topic::Identity,
        );
    }

    #[test]
    fn values_of_blocks() {
        let lines = tunnel(LINES);
        let policy = "set security ipsec policy hq perfect-forward-secrecy keys";
        lines.spoilt(
            &format!("{policy} group19"),
            &format!("{policy} group20"),
            Topic::PfsGroup,
            &format!("-{policy} group20\n+{policy} group19"),
        );
        lines.spoilt(
            &format!("{policy} group19\n"),
            "",
            Topic::Pfs,
            &format!("+{policy} group19"),
        );
        let braces = tunnel(BRACES);
        braces.spoilt(
            "keys group19;",
            "keys group20;",
            Topic::PfsGroup,
            "-keys group20;\n+keys group19;",
        );
        let block =
            "            perfect-forward-secrecy {\n                keys group19;\n            }\n";
        braces.spoilt(
            block,
            "",
            Topic::Pfs,
            "+perfect-forward-secrecy { keys group19; }",
        );
        let plain = [(
            "esp_proposals = aes256-sha256-ecp256",
            "esp_proposals = aes256-sha256",
        )];
        braces.clone().with(&[(block, "")], &plain).spoilt(
            "        policy hq {\n            proposals esp;",
            &format!("        policy hq {{\n{block}            proposals esp;"),
            Topic::Pfs,
            "-perfect-forward-secrecy {\n-keys group19;\n-}",
        );
        let keys = format!("{policy} group19\n");
        lines.clone().with(&[(&keys, "")], &plain).spoilt(
            "set security ipsec policy hq proposals esp\n",
            &format!("{keys}set security ipsec policy hq proposals esp\n"),
            Topic::Pfs,
            &format!("-{policy} group19"),
        );
    }

    #[test]
    fn modes_and_traffic() {
        let old = |file| {
            let own = [("version v2-only", "version v1-only")];
            tunnel(file).with(&own, &[("version = 2", "version = 1")])
        };
        old(BRACES).spoilt(
            "mode main;",
            "mode aggressive;",
            Topic::Phase1,
            "-mode aggressive;\n+mode main;",
        );
        let mode = "set security ike policy hq mode";
        old(LINES).spoilt(
            &format!("{mode} main"),
            &format!("{mode} aggressive"),
            Topic::Phase1,
            &format!("-{mode} aggressive\n+{mode} main"),
        );
        tunnel(BRACES).spoilt(
            "local-ip 10.2.0.0/24;",
            "local-ip 10.3.0.0/24;",
            Topic::Selectors,
            "-local-ip 10.3.0.0/24;\n+local-ip 10.2.0.0/24;",
        );
        let vpn = "set security ipsec vpn hq traffic-selector lan remote-ip";
        tunnel(LINES).spoilt(
            &format!("{vpn} 10.1.0.0/24"),
            &format!("{vpn} 10.9.0.0/24"),
            Topic::Selectors,
            &format!("-{vpn} 10.9.0.0/24\n+{vpn} 10.1.0.0/24"),
        );
    }

    /// What a group says is not written anew: a line beside it counts more.
    #[test]
    fn values_of_groups() {
        let group = "set groups vpn security ike gateway hq version v1-only\n";
        let own = [
            (
                "set apply-groups vpn\n",
                "set apply-groups vpn\nset groups vpn security ike gateway hq version v2-only\n",
            ),
            ("set security ike gateway hq version v2-only\n", ""),
        ];
        tunnel(LINES).with(&own, &[]).spoilt(
            "set groups vpn security ike gateway hq version v2-only\n",
            group,
            Topic::Version,
            "+set security ike gateway hq version v2-only",
        );
    }
}

mod racoon {
    use super::*;

    const REMOTE: &str = include_str!("data/configs/racoon.conf");
    const POLICIES: &str = "spdadd 10.2.0.0/24 10.1.0.0/24 any -P out ipsec\n\t\
        esp/tunnel/198.51.100.1-192.0.2.1/require;\nspdadd 10.1.0.0/24 10.2.0.0/24 any -P in \
        ipsec\n\tesp/tunnel/192.0.2.1-198.51.100.1/require;\n";

    const ANYBODY: &str = "sainfo anonymous {\n\tencryption_algorithm aes;\n\t\
        authentication_algorithm hmac_sha1;\n\tcompression_algorithm deflate;\n}\n";

    /// Both files of the device in one.
    fn tunnel() -> Tunnel {
        let peer = Peer {
            addresses: ["192.0.2.1", "198.51.100.1"],
            ids: ["hq.example", "branch.example"],
            ike: "aes256-sha256-modp2048",
            esp: "aes256-sha256-modp2048",
            traffic: ["10.1.0.0/24", "10.2.0.0/24"],
            version: 1,
            more: "",
        };
        let own = [
            ("exchange_mode main, aggressive", "exchange_mode main"),
            ("hmac_sha256, hmac_sha1", "hmac_sha256"),
            ("aes 256, 3des", "aes 256"),
            ("time 1 hour", "time 3600 sec"),
            ("dh_group modp2048", "dh_group 14"),
        ];
        let tunnel = Tunnel {
            own: [REMOTE, POLICIES].concat(),
            peer: peer.file(),
        };
        tunnel.with(&own, &[])
    }

    fn one_line(good: &str, bad: &str, topic: Topic) {
        let (from, to) = (format!("\t{good};"), format!("\t{bad};"));
        tunnel().spoilt(&from, &to, topic, &format!("-{bad};\n+{good};"));
    }

    #[test]
    fn values_of_one_line() {
        one_line(
            "exchange_mode main",
            "exchange_mode aggressive",
            Topic::Phase1,
        );
        one_line(
            "encryption_algorithm aes 256",
            "encryption_algorithm 3des",
            Topic::IkeProposal,
        );
        one_line(
            "hash_algorithm sha256",
            "hash_algorithm sha1",
            Topic::IkeProposal,
        );
        one_line("dh_group 14", "dh_group 2", Topic::IkeProposal);
        one_line(
            "authentication_method pre_shared_key",
            "authentication_method rsasig",
            Topic::Method,
        );
        one_line(
            "my_identifier fqdn \"branch.example\"",
            "my_identifier address 198.51.100.1",
            Topic::Identity,
        );
        one_line(
            "peers_identifier fqdn \"hq.example\"",
            "peers_identifier fqdn \"hq\"",
            Topic::Identity,
        );
        one_line("pfs_group 14", "pfs_group 5", Topic::PfsGroup);
        one_line(
            "authentication_algorithm hmac_sha256",
            "authentication_algorithm hmac_md5",
            Topic::ChildProposal,
        );
        tunnel().spoilt(
            "\tencryption_algorithm aes 256;\n\tauth",
            "\tencryption_algorithm 3des, des;\n\tauth",
            Topic::ChildProposal,
            "-encryption_algorithm 3des, des;\n+encryption_algorithm aes 256;",
        );
        one_line(
            "lifetime time 3600 sec",
            "lifetime time 2 hours",
            Topic::Lifetime,
        );
    }

    #[test]
    fn lines_that_come_and_go() {
        tunnel().spoilt("\tpfs_group 14;\n", "", Topic::Pfs, "+pfs_group 14;");
        let plain = [(
            "esp_proposals = aes256-sha256-modp2048",
            "esp_proposals = aes256-sha256",
        )];
        tunnel().with(&[("\tpfs_group 14;\n", "")], &plain).spoilt(
            "\tlifetime time 3600 sec;\n",
            "\tlifetime time 3600 sec;\n\tpfs_group 14;\n",
            Topic::Pfs,
            "-pfs_group 14;",
        );
        tunnel().spoilt(
            "\tmy_identifier fqdn \"branch.example\";\n",
            "\tmy_identifier user_fqdn \"a@b\";\n",
            Topic::Identity,
            "-my_identifier user_fqdn \"a@b\";\n+my_identifier fqdn \"branch.example\";",
        );
    }

    /// In the policies of both directions, and in the head of what they use.
    #[test]
    fn traffic() {
        let far = tunnel().own.replace("10.1.0.0/24", "10.9.0.0/24");
        tunnel().spoilt(
            &tunnel().own,
            &far,
            Topic::Selectors,
            "-sainfo address 10.2.0.0/24 any address 10.9.0.0/24 any\n\
             +sainfo address 10.2.0.0/24 any address 10.1.0.0/24 any\n\
             -spdadd 10.2.0.0/24 10.9.0.0/24\n+spdadd 10.2.0.0/24 10.1.0.0/24\n\
             -spdadd 10.9.0.0/24 10.2.0.0/24\n+spdadd 10.1.0.0/24 10.2.0.0/24",
        );
        let alone = Tunnel {
            own: tunnel().own.replace(POLICIES, ""),
            ..tunnel()
        };
        let anybody = [(ANYBODY, "")];
        alone.with(&anybody, &[]).spoilt(
            "sainfo address 10.2.0.0/24",
            "sainfo address 10.3.0.0/24",
            Topic::Selectors,
            "-sainfo address 10.3.0.0/24 any address 10.1.0.0/24 any\n\
             +sainfo address 10.2.0.0/24 any address 10.1.0.0/24 any",
        );
    }
}

mod windows {
    use super::*;

    const SCRIPT: &str = include_str!("data/configs/windows.ps1");
    const MAIN: &str = "New-NetIPsecMainModeCryptoProposal -Encryption";
    const QUICK: &str = "New-NetIPsecQuickModeCryptoProposal -Encapsulation ESP -ESPHash";

    /// The rule alone, without what users dial.
    fn tunnel() -> Tunnel {
        let peer = Peer {
            addresses: ["198.51.100.1", "192.0.2.1"],
            ids: ["branch.example", "%any"],
            ike: "aes256-sha256-modp2048",
            esp: "aes256-sha256-modp2048",
            traffic: ["10.2.0.0/24, 10.3.0.0/24", "10.1.0.0/24"],
            version: 2,
            more: "",
        };
        let rule = SCRIPT
            .lines()
            .filter(|line| !line.contains("VpnConnection"));
        let rule: Vec<&str> = rule.collect();
        let tunnel = Tunnel {
            own: rule.join("\n") + "\n",
            peer: peer.file(),
        };
        tunnel.with(&[], &[("life_time = 3600s", "life_time = 1800s")])
    }

    fn in_place(good: &str, bad: &str, topic: Topic) {
        tunnel().spoilt(good, bad, topic, &format!("-{bad}\n+{good}"));
    }

    #[test]
    fn commands_of_proposals() {
        let main = |rest: &str| format!("{MAIN} {rest}");
        let good = main("AES256 -Hash SHA256 -KeyExchange DH14");
        in_place(
            &good,
            &main("DES3 -Hash SHA256 -KeyExchange DH14"),
            Topic::IkeProposal,
        );
        in_place(
            &good,
            &main("AES128 -Hash SHA384 -KeyExchange DH2"),
            Topic::IkeProposal,
        );
        let quick = |rest: &str| format!("{QUICK} {rest}");
        let good = quick("SHA256 -Encryption AES256 -MaxMinutes 30");
        let other = quick("SHA1 -Encryption AES128 -MaxMinutes 30");
        in_place(&good, &other, Topic::ChildProposal);
        let long = quick("SHA256 -Encryption AES256 -MaxMinutes 90");
        in_place(&good, &long, Topic::Lifetime);
    }

    #[test]
    fn parameters() {
        in_place("-KeyModule IKEv2", "-KeyModule IKEv1", Topic::Version);
        in_place(
            "-LocalAddress 10.1.0.0/24",
            "-LocalAddress 10.8.0.0/24",
            Topic::Selectors,
        );
        in_place(
            "-RemoteAddress 10.2.0.0/24,10.3.0.0/24",
            "-RemoteAddress 10.9.0.0/24",
            Topic::Selectors,
        );
        let group = |name: &str| format!("-PerfectForwardSecrecyGroup {name}");
        let named = tunnel().with(&[(&group("SameAsMainMode"), &group("DH14"))], &[]);
        let wrong = group("DH2");
        named.spoilt(
            &group("DH14"),
            &wrong,
            Topic::PfsGroup,
            &format!("-{wrong}\n+{}", group("DH14")),
        );
        named.spoilt(
            &group("DH14"),
            &group("None"),
            Topic::Pfs,
            &format!("-{}\n+{}", group("None"), group("DH14")),
        );
    }
}
