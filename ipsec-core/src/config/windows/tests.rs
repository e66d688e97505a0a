use super::*;
use crate::config::ConfigErrorKind as K;
use crate::config::model::{Host, Method, Mode, SecretKind, Versions};
use crate::time::Duration;
use alloc::format;
use alloc::string::ToString as _;
use proptest::prelude::*;

const NETSH: &str = include_str!("../../../tests/data/configs/windows-netsh.cmd");
const SCRIPT: &str = include_str!("../../../tests/data/configs/windows.ps1");

fn model(file: &str) -> Model {
    read(0, file.as_bytes())
}

fn shown(
    proposals: &[crate::config::model::Setting<crate::sa::proposal::Proposal>],
) -> Vec<String> {
    let one = |transform: &crate::sa::proposal::Transform| {
        format!("{}/{}", transform.kind.0, transform.id)
    };
    let all = proposals.iter();
    all.map(|proposal| {
        let mut words: Vec<_> = proposal.value.transforms.iter().map(one).collect();
        words.sort_unstable();
        words.join(" ")
    })
    .collect()
}

#[test]
fn the_older_netsh() {
    let model = model(NETSH);
    assert_eq!(model.errors, []);
    let lan = &model.connections[0];
    assert_eq!(
        (lan.name.value.as_str(), lan.versions.value),
        ("branch lan", Versions::V1)
    );
    assert_eq!(
        shown(&lan.proposals),
        ["1/3 2/2 3/2 4/2", "1/3 2/1 3/1 4/2"]
    );
    let child = &lan.children[0];
    assert_eq!(shown(&child.proposals), ["1/3 3/2 4/2"]);
    assert_eq!(child.mode.value, Mode::Tunnel);
    assert_eq!(child.lifetimes.end.value, Some(Duration::from_secs(3600)));
    let net = |at: &[crate::config::model::Setting<crate::config::model::Traffic>]| {
        at[0].value.addresses.unwrap().to_string()
    };
    assert_eq!(
        (net(&child.local), net(&child.remote)),
        ("10.1.0.0/24".into(), "10.2.0.0/24".into())
    );
    assert_eq!(
        lan.remote.addresses[0].value,
        Host::At("198.51.100.1".parse().unwrap())
    );
    assert_eq!(lan.local.authentication[0].methods.value, [Method::Psk]);
    let told: Vec<_> = model
        .policies
        .iter()
        .map(|one| (one.outbound, one.action, one.optional))
        .collect();
    let tunnel = Mode::Tunnel;
    assert_eq!(
        told[..2],
        [(true, tunnel, true), (false, tunnel, true)],
        "soft=yes"
    );
    assert_eq!(
        told[2..4],
        [
            (true, Mode::Transport, false),
            (false, Mode::Transport, true)
        ],
        "inpass=yes"
    );
    assert_eq!(
        told[4..6],
        [(true, Mode::Drop, false), (false, Mode::Drop, false)]
    );
    let note = &model.secrets[0];
    assert_eq!(
        (note.kind, note.len, note.span.line),
        (SecretKind::Psk, Some(9), 8)
    );
}

#[test]
fn the_newer_netsh_and_its_listing() {
    let script = "netsh advfirewall consec add rule name=\"to branch\" endpoint1=10.1.0.0/24 endpoint2=10.2.0.0/24 mode=tunnel localtunnelendpoint=192.0.2.1 remotetunnelendpoint=198.51.100.1 action=requireinrequireout auth1=computerpsk auth1psk=hunter2 qmsecmethods=ESP:SHA1-AES128+60min+100000kb,ESP:SHA1-3DES+60min+100000kb qmpfs=dhgroup2\n";
    let listing = "\nRule Name:                            to branch\n----------------------------------------\nEnabled:                              Yes\nMode:                                 Tunnel\nLocalTunnelEndpoint:                  192.0.2.1\nRemoteTunnelEndpoint:                 198.51.100.1\nEndpoint1:                            10.1.0.0/24\nEndpoint2:                            10.2.0.0/24\nProtocol:                             Any\nAction:                               RequireInRequireOut\nAuth1:                                ComputerPSK\nMainModeSecMethods:                   DHGroup2-AES128-SHA1,DHGroup2-3DES-SHA1\nQuickModeSecMethods:                  ESP:SHA1-AES128+60min+100000kb,ESP:SHA1-3DES+60min+100000kb\nQMPFS:   DHGroup2\n";
    for file in [script, listing] {
        let model = model(file);
        assert_eq!(model.errors, [], "{file}");
        let rule = &model.connections[0];
        assert_eq!(
            shown(&rule.proposals),
            ["1/12 2/2 3/2 4/2", "1/3 2/2 3/2 4/2"]
        );
        let child = &rule.children[0];
        assert_eq!(shown(&child.proposals), ["1/12 3/2 4/2", "1/3 3/2 4/2"]);
        assert_eq!(
            rule.local.addresses[0].value,
            Host::At("192.0.2.1".parse().unwrap())
        );
        assert_eq!(child.lifetimes.bytes.value, Some(102_400_000));
        assert_eq!(rule.remote.authentication[0].methods.value, [Method::Psk]);
        assert!(!model.policies[1].optional && model.policies.len() == 2);
    }
    let asks = script.replace("requireinrequireout", "requestinrequestout");
    assert!(model(&asks).policies.iter().all(|one| one.optional));
}

#[test]
fn powershell() {
    let model = model(SCRIPT);
    assert_eq!(model.errors, []);
    let [rule, l2tp, ikev2] = &model.connections[..] else {
        panic!("{:?}", model.connections);
    };
    assert_eq!(rule.versions.value, Versions::V2);
    assert_eq!(shown(&rule.proposals), ["1/12 2/5 3/12 4/14"]);
    let child = &rule.children[0];
    assert_eq!(shown(&child.proposals), ["1/12 3/12 4/14", "1/20 4/14"]);
    assert_eq!(child.lifetimes.end.value, Some(Duration::from_secs(1800)));
    let span = child.proposals[1].span().unwrap();
    assert_eq!((span.line, span.column), (5, 93));
    assert_eq!(rule.remote.authentication[0].methods.value, [Method::Psk]);
    let told: Vec<_> = model.policies.iter().map(|one| one.optional).collect();
    assert_eq!(
        told[..2],
        [true, false],
        "it requests what leaves and requires what comes in"
    );
    assert_eq!(
        l2tp.local.authentication[0].methods.value,
        [Method::Signature],
        "a certificate"
    );
    assert_eq!(l2tp.children[0].mode.value, Mode::Transport);
    assert_eq!(shown(&ikev2.proposals), ["1/12 2/5 3/12 4/14"]);
    assert_eq!(shown(&ikev2.children[0].proposals), ["1/20 4/14"]);
}

#[test]
fn secrets_are_in_no_text() {
    for file in [NETSH, SCRIPT] {
        for file in [
            file.into(),
            file.replace('"', ""),
            file.replace("psk=", "psk "),
        ] {
            let shown = format!("{:?}", model(&file));
            assert!(!shown.contains("hunter"), "{shown}");
        }
    }
}

#[test]
fn faults_are_placed() {
    let faults = |file: &str| -> Vec<_> {
        let all = model(file).errors.into_iter();
        all.map(|one| (one.span.line, one.span.column, one.kind))
            .collect()
    };
    let rule = "netsh advfirewall consec add rule name=a ";
    assert_eq!(
        faults(&[rule, "endpoint1=10.0.0.0/99"].concat()),
        [(1, 52, K::Value)]
    );
    assert_eq!(
        faults(&[rule, "qmsecmethods=ESP:SHA1-AES129+60min"].concat()),
        [(1, 55, K::Algorithm)]
    );
    assert_eq!(
        faults(&[rule, "mode=sideways"].concat()),
        [(1, 47, K::Value)]
    );
    assert_eq!(
        faults("New-NetIPsecRule -DisplayName (\n"),
        [(1, 31, K::Unclosed)]
    );
    assert_eq!(
        faults("New-NetIPsecRule -DisplayName a)\n"),
        [(1, 32, K::Unopened)]
    );
    let deep = |count: usize| {
        faults(&format!(
            "New-NetIPsecRule -X {}{}\n",
            "(".repeat(count),
            ")".repeat(count)
        ))
    };
    assert_eq!(deep(DEPTH_MAX), []);
    assert_eq!(deep(DEPTH_MAX + 1)[0].2, K::TooDeep { limit: DEPTH_MAX });
    assert_eq!(read(0, b"netsh \xff").errors[0].kind, K::NotText);
}

#[test]
fn only_its_own_lines_show_it() {
    for line in [
        "netsh ipsec static add policy name=a",
        "New-NetIPsecRule -DisplayName a",
        "$a = New-NetIPsecAuthProposal -Machine",
        "LocalTunnelEndpoint:   192.0.2.1",
    ] {
        assert!(shows(line), "{line}");
    }
    for line in [
        "netsh interface show",
        "$a = 1",
        "add policy",
        "Rule Name: x",
        "New-NetFirewallRule",
    ] {
        assert!(!shows(line), "{line}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn no_file_panics(words in prop::collection::vec(
        prop::sample::select(&[
            "netsh", "ipsec", "static", "add", "filter", "filterlist=a", "rule", "psk=", "\"", "`", "\n", "New-NetIPsecRule",
            "-Proposal", "$a", "=", "(", ")", "@(", ",", "New-NetIPsecQuickModeCryptoSet", "-QuickModeCryptoSet", "Rule Name: x",
            "Endpoint1: 10.0.0.0/8", "qmsecmethods=ESP[", "]:", "+60min", "é", "Add-VpnConnection", "-TunnelType", "L2tp", "{", "}",
        ][..]), 0..80)) {
        let file = words.join(" ");
        for error in model(&file).errors {
            prop_assert!(error.span.offset + error.span.len <= file.len());
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(0, &bytes);
    }
}
