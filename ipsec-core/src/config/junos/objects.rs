//! The statements of a Junos configuration, sorted by what they are of.

use super::Statement;
use crate::config::ConfigErrorKind;
use crate::config::lines::{self, Line};
use crate::config::model::{Host, Model, Setting};
use crate::config::values::Faults;
use crate::config::words::{Kind, Object, Word, behind};
use crate::sa::selector::AddressRange;
use crate::sorted::Map;
use alloc::string::String;
use alloc::vec::Vec;

/// What has a name under `security ike` and `security ipsec`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    IkeProposal,
    IkePolicy,
    Gateway,
    IpsecProposal,
    IpsecPolicy,
    Vpn,
}

impl Class {
    fn of(protocol: &str, word: &str) -> Option<Self> {
        Some(match (protocol, word) {
            ("ike", "proposal") => Self::IkeProposal,
            ("ike", "policy") => Self::IkePolicy,
            ("ike", "gateway") => Self::Gateway,
            ("ipsec", "proposal") => Self::IpsecProposal,
            ("ipsec", "policy") => Self::IpsecPolicy,
            ("ipsec", "vpn") => Self::Vpn,
            _ => return None,
        })
    }

    const fn path(self) -> &'static str {
        match self {
            Self::IkeProposal => "ike proposal",
            Self::IkePolicy => "ike policy",
            Self::Gateway => "ike gateway",
            Self::IpsecProposal => "ipsec proposal",
            Self::IpsecPolicy => "ipsec policy",
            Self::Vpn => "ipsec vpn",
        }
    }

    const fn keywords(self) -> &'static [&'static str] {
        match self {
            Self::IkeProposal => IKE_PROPOSAL,
            Self::IkePolicy => IKE_POLICY,
            Self::Gateway => GATEWAY,
            Self::IpsecProposal => IPSEC_PROPOSAL,
            Self::IpsecPolicy => IPSEC_POLICY,
            Self::Vpn => VPN,
        }
    }
}

#[derive(Default)]
pub(super) struct Objects<'a> {
    all: Vec<(Class, Object<'a>)>,
    by_name: Map<(Class, &'a str), usize>,
    /// The addresses of interfaces, by name with unit.
    pub(super) interfaces: Map<String, Setting<Host>>,
}

impl<'a> Objects<'a> {
    pub(super) fn get(&self, class: Class, name: &str) -> Option<&Object<'a>> {
        let at = *self.by_name.get(&(class, name))?;
        self.all.get(at).map(|(_, object)| object)
    }

    pub(super) fn each(&self, class: Class) -> impl Iterator<Item = &Object<'a>> {
        let of_it = self.all.iter().filter(move |(found, _)| *found == class);
        of_it.map(|(_, object)| object)
    }

    fn add(
        &mut self,
        (class, name): (Class, Word<'a>),
        line: &[Word<'a>],
        model: &mut Model,
        faults: &mut Faults,
    ) {
        let at = *self
            .by_name
            .entry((class, name.text))
            .or_insert(self.all.len());
        if at == self.all.len() {
            self.all.push((class, Object::new(name)));
        }
        let Some(keyword) = line.first() else {
            return;
        };
        let Some((_, object)) = self.all.get_mut(at) else {
            return;
        };
        if class.keywords().contains(&keyword.text) {
            object.lines.push(line.into());
        } else if is_keyword(keyword) && !object.lines.last().is_some_and(|line| is_cut(line)) {
            model.unknown.push(keyword.owned());
        } else {
            faults.note(keyword.span, ConfigErrorKind::Unexpected);
        }
    }

    /// Keeps a statement that a change may have to write anew. A line of a
    /// group is not among them: a line beside it counts more.
    fn keep(
        &self,
        (class, name): (Class, Word<'a>),
        words: &[Word<'a>],
        in_lines: bool,
        model: &mut Model,
    ) {
        let Some(section) = self.get(class, name.text).map(|found| found.name.span) else {
            return;
        };
        let path = [class.path(), " ", name.text].concat();
        model.lines.name(path, section);
        let own = words.get(OWN..).unwrap_or_default();
        let text = |at: usize| own.get(at).map_or("", |word| word.text);
        let depth = match (text(0), text(1)) {
            (PFS, "keys") | ("ike", "gateway" | "ipsec-policy") => 2,
            ("ike", "proxy-identity") | ("traffic-selector", _) => 3,
            (word, _) if CHANGED.contains(&word) => 1,
            _ => return,
        };
        let begins = words.first().map(|first| first.span.column);
        if own.len() < depth || (in_lines && begins != Some(SET.len().saturating_add(1))) {
            return;
        }
        let (head, rest) = words.split_at(OWN.saturating_add(depth).min(words.len()));
        let alone = head.last().map_or(section, |word| word.span);
        let key = own.iter().take(depth).map(|word| word.text);
        let key: Vec<&str> = key.collect();
        if let (PFS, false, Some(block)) = (text(0), in_lines, own.first()) {
            model.lines.push(section, Line::block(PFS, block.span));
        }
        let (lead, end) = if in_lines { (SET, "") } else { ("", ";") };
        let head = if in_lines { head } else { beside(head, rest) };
        model.lines.push(
            section,
            Line {
                key: key.join(" "),
                head: [lead, &lines::joined(head, rest)].concat(),
                value: lines::value(rest, alone),
                end,
            },
        );
    }

    fn interface(&mut self, words: &[Word<'a>]) {
        let [name, rest @ ..] = words else {
            return;
        };
        let Some([unit, family @ ..]) = behind(rest, &["unit"]) else {
            return;
        };
        let family =
            behind(family, &["family", "inet"]).or_else(|| behind(family, &["family", "inet6"]));
        let address = family.and_then(|rest| behind(rest, &["address"])?.first());
        let Some(word) = address else {
            return;
        };
        let host = word.text.split('/').next().and_then(|text| {
            let address = text.parse().ok()?;
            AddressRange::new(address, address)
        });
        if let Some(range) = host {
            self.interfaces
                .entry([name.text, ".", unit.text].concat())
                .or_insert_with(|| Setting::written(Host::At(range), word.span));
        }
    }
}

/// Sorts the statements; what nobody knows among them is listed.
pub(super) fn of<'a>(
    statements: &[Statement<'a>],
    in_lines: bool,
    model: &mut Model,
    faults: &mut Faults,
) -> Objects<'a> {
    let mut objects = Objects::default();
    for words in statements {
        match &words[..] {
            [first, release] if first.text == "version" => model.release = Some(release.owned()),
            [first, _, name] if first.text == "system" => model.host = Some(name.owned()),
            [first, rest @ ..] if first.text == "interfaces" => objects.interface(rest),
            [_, protocol, word, rest @ ..] => match (Class::of(protocol.text, word.text), rest) {
                (Some(class), [name, line @ ..]) => {
                    objects.add((class, *name), line, model, faults);
                    objects.keep((class, *name), words, in_lines, model);
                }
                (None, _) if !OTHERS.contains(&word.text) => model.unknown.push(word.owned()),
                _ => {}
            },
            _ => {}
        }
    }
    objects
}

/// The last words of `head` that stand in one statement with what follows, no
/// brace between them.
fn beside<'l, 'a>(head: &'l [Word<'a>], rest: &[Word<'a>]) -> &'l [Word<'a>] {
    let mut next = rest.first();
    let mut first = head.len();
    for (at, word) in head.iter().enumerate().rev() {
        let end = word.span.offset.saturating_add(word.span.len);
        let gap = next.map_or(1, |next| next.span.offset.saturating_sub(end));
        if gap > 2 {
            break;
        }
        (first, next) = (at, Some(word));
    }
    head.get(first..).unwrap_or_default()
}

fn is_keyword(word: &Word<'_>) -> bool {
    let mut bytes = word.text.bytes();
    word.kind == Kind::Bare && bytes.all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

/// Whether the secret of a line is missing: what comes next may be it.
fn is_cut(line: &[Word<'_>]) -> bool {
    behind(line, &["pre-shared-key"]).is_some_and(|rest| rest.len() < 2)
}

/// Words before those of the object itself: `security ike proposal p`.
const OWN: usize = 4;

const SET: &str = "set ";

const PFS: &str = "perfect-forward-secrecy";

/// What a change of a tunnel may write, or has to follow; no secret is among
/// them.
const CHANGED: &[&str] = &[
    "authentication-algorithm",
    "authentication-method",
    "dh-group",
    "encryption-algorithm",
    "ike-policy",
    "lifetime-seconds",
    "local-identity",
    "mode",
    "no-nat-traversal",
    "proposal-set",
    "proposals",
    "remote-identity",
    "version",
];

const OTHERS: &[&str] = &[
    "anti-replay-window-size",
    "blocklists",
    "distribution-profile",
    "internal",
    "respond-bad-spi",
    "security-association",
    "session",
    "traceoptions",
    "tunnel-events",
    "vpn-monitor-options",
];

const IKE_PROPOSAL: &[&str] = &[
    "authentication-algorithm",
    "authentication-method",
    "description",
    "dh-group",
    "encryption-algorithm",
    "lifetime-seconds",
    "signature-hash-algorithm",
];

const IKE_POLICY: &[&str] = &[
    "blocklist",
    "certificate",
    "description",
    "mode",
    "pre-shared-key",
    "proposal-set",
    "proposals",
    "reauth-frequency",
    "seeded-pre-shared-key",
];

const GATEWAY: &[&str] = &[
    "aaa",
    "address",
    "advpn",
    "dead-peer-detection",
    "dynamic",
    "external-interface",
    "fragmentation",
    "general-ikeid",
    "ike-policy",
    "local-address",
    "local-identity",
    "nat-keepalive",
    "no-nat-traversal",
    "node-local",
    "ppk-profile",
    "remote-identity",
    "tcp-encap-profile",
    "version",
    "xauth",
];

const IPSEC_PROPOSAL: &[&str] = &[
    "authentication-algorithm",
    "description",
    "encryption-algorithm",
    "extended-sequence-number",
    "lifetime-kilobytes",
    "lifetime-seconds",
    "protocol",
];

const IPSEC_POLICY: &[&str] = &[
    "description",
    "perfect-forward-secrecy",
    "proposal-set",
    "proposals",
];

const VPN: &[&str] = &[
    "bind-interface",
    "copy-outer-dscp",
    "description",
    "df-bit",
    "distribution-profile",
    "establish-tunnels",
    "ha-link-encryption",
    "ike",
    "manual",
    "match-direction",
    "multi-sa",
    "multicast-tunnel",
    "passive-mode-tunneling",
    "traffic-selector",
    "tunnel-mtu",
    "udp-encapsulate",
    "vpn-monitor",
];
