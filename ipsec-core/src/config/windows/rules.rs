//! The rules of Windows as connections and policies.

use super::Command;
use super::algorithms::{self, Offer};
use crate::config::algorithms::{complete, numbered, transform};
use crate::config::model::{
    Authentication, Child, Connection, Host, Identity, Lifetimes, Method, Mode, Model, Policy,
    SecretKind, SecretNote, Setting, SharedSecret, Traffic, Versions,
};
use crate::config::values::{self, Faults, items};
use crate::config::words::{Word, prefix};
use crate::config::{ConfigErrorKind, Span, Spanned};
use crate::sa::proposal::{Proposal, Transform};
use crate::sa::selector::AddressRange;
use crate::sorted::Map;
use crate::time::Duration;
use crate::wire::registry::ike::{ProtocolId, TransformType};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub(super) fn fill(commands: &[Command<'_>], model: &mut Model, faults: &mut Faults) {
    let mut named = Named::default();
    for command in commands {
        let key = match command.name.as_str() {
            "filter" => "filterlist",
            "filteraction" | "policy" => "name",
            "set-vpnconnectionipsecconfiguration" => "connectionname",
            "global" => {
                named.main.extend(command.word("mmsecmethods"));
                continue;
            }
            _ => continue,
        };
        let name = command.word(key).map_or("", |word| word.text).into();
        let list = named.by_name.entry((command.name.clone(), name));
        list.or_default().push(command);
    }
    for command in commands {
        let rule = match command.name.as_str() {
            "rule" => static_rule(command, &named, faults),
            "consec" => consec(command, &named, faults),
            "new-netipsecrule" => cmdlet(command, commands, faults),
            "add-vpnconnection" => vpn(command, &named, faults),
            _ => continue,
        };
        for set in results(command, "quickmodecryptoset", commands).take(1) {
            let rule = format!("set of {}", command.span.offset);
            model.lines.name(rule, set.span);
        }
        secret(command, commands, model);
        rule.finish(model);
    }
}

#[derive(Default)]
struct Named<'c, 'a> {
    by_name: Map<(String, String), Vec<&'c Command<'a>>>,
    /// The main mode methods of the computer.
    main: Vec<Word<'a>>,
}

impl<'c, 'a> Named<'c, 'a> {
    fn all(&self, kind: &str, name: Option<Word<'_>>) -> &[&'c Command<'a>] {
        let name = name.map_or("", |word| word.text);
        self.by_name
            .get(&(kind.into(), name.into()))
            .map_or(&[][..], |list| list)
    }
}

/// A rule on its way into the model.
struct Rule {
    connection: Connection,
    child: Child,
    /// Whether what comes in and what leaves may be in the clear.
    optional: [bool; 2],
    protected: bool,
    span: Span,
}

impl Rule {
    fn new(command: &Command<'_>, name: Option<Word<'_>>) -> Self {
        let name = Spanned {
            value: name.map_or_else(String::new, |word| word.text.into()),
            span: name.map_or(command.span, |word| word.span),
        };
        let mut connection = Connection::new(name.clone());
        connection.versions = Setting::by_default(Versions::V1);
        connection.lifetimes.end = Setting::by_default(Some(IKE_LIFETIME));
        connection.lifetimes.rekey = connection.lifetimes.end.clone();
        for end in [&mut connection.local, &mut connection.remote] {
            end.addresses = [Setting::by_default(Host::Any)].into();
            let methods = Setting::by_default(Vec::new());
            let anybody = Setting::by_default(Identity::Any);
            end.authentication = [Authentication::new(methods, anybody)].into();
        }
        let mut child = Child::new(name);
        child.mode = Setting::by_default(Mode::Transport);
        child.lifetimes = Lifetimes {
            end: Setting::by_default(Some(LIFETIME)),
            bytes: Setting::by_default(Some(BYTES)),
            ..Lifetimes::NONE
        };
        Self {
            connection,
            child,
            optional: [false; 2],
            protected: true,
            span: command.span,
        }
    }

    fn methods(&mut self, method: Method, span: Span) {
        for end in [&mut self.connection.local, &mut self.connection.remote] {
            for round in &mut end.authentication {
                round.methods = Setting::written([method].into(), span);
            }
        }
    }

    fn offers(&mut self, found: Spanned<&str>, between: fn(char) -> bool, faults: &mut Faults) {
        for item in items(found, between) {
            match algorithms::quick_mode(item.value) {
                Some(offer) => self.offer(offer, item.span),
                None if item.value.eq_ignore_ascii_case("none") => {}
                None => faults.note(item.span, ConfigErrorKind::Algorithm),
            }
        }
    }

    fn offer(&mut self, offer: Offer, span: Span) {
        let lifetimes = &mut self.child.lifetimes;
        if self.child.proposals.is_empty() {
            if let Some(time) = offer.time {
                lifetimes.end = Setting::written(Some(time), span);
            }
            if let Some(bytes) = offer.bytes {
                lifetimes.bytes = Setting::written(Some(bytes), span);
            }
        }
        let proposals = &mut self.child.proposals;
        let proposal = numbered(offer.protocol, offer.transforms, proposals);
        proposals.push(Setting::written(proposal, span));
    }

    fn main_mode(&mut self, words: &[Word<'_>], faults: &mut Faults) {
        for item in words
            .iter()
            .flat_map(|word| items(word.spanned(), |c| c == ',' || c.is_whitespace()))
        {
            match algorithms::main_mode(item.value) {
                Some(transforms) => self.ike(transforms, item.span),
                None if item.value.eq_ignore_ascii_case("default") => {}
                None => faults.note(item.span, ConfigErrorKind::Algorithm),
            }
        }
    }

    fn ike(&mut self, transforms: Vec<Transform>, span: Span) {
        let proposals = &mut self.connection.proposals;
        let proposal = numbered(ProtocolId::IKE, transforms, proposals);
        proposals.push(Setting::written(proposal, span));
    }

    /// Each proposal with the group, or with that of main mode.
    fn pfs(&mut self, word: Option<Word<'_>>, faults: &mut Faults) {
        let Some(word) = word else {
            return;
        };
        let main = self.connection.proposals.first();
        let main = main.and_then(|one| {
            let mut all = one.value.transforms.iter();
            all.find(|one| one.kind == TransformType::KE).copied()
        });
        let group = match word.text.to_ascii_lowercase().as_str() {
            "no" | "n" | "none" => return,
            "yes" | "y" | "mainmode" | "sameasmainmode" | "pfsmm" => main,
            text => {
                let group = algorithms::group(text.trim_start_matches("pfs"));
                if group.is_none() {
                    faults.note(word.span, ConfigErrorKind::Algorithm);
                }
                group
            }
        };
        for proposal in &mut self.child.proposals {
            proposal.value.transforms.extend(group);
        }
    }

    fn defaults(&mut self, ike: &[&str], esp: &[&str]) {
        let list = |lists: &[&str], protocol, proposals: &mut Vec<Setting<Proposal>>| {
            for list in lists.iter().take(if proposals.is_empty() { 16 } else { 0 }) {
                let words = list.split('-').filter_map(transform).collect();
                let proposal = numbered(protocol, complete(words, protocol), proposals);
                proposals.push(Setting::by_default(proposal));
            }
        };
        list(ike, ProtocolId::IKE, &mut self.connection.proposals);
        list(esp, ProtocolId::ESP, &mut self.child.proposals);
    }

    fn tunnel(&mut self, local: Option<Word<'_>>, remote: Option<Word<'_>>, faults: &mut Faults) {
        let ends = [&mut self.connection.local, &mut self.connection.remote];
        for (end, word) in ends.into_iter().zip([local, remote]) {
            let any = |text: &str| match text.to_ascii_lowercase().as_str() {
                "any" | "any4" | "any6" => Some(Host::Any),
                _ => values::host(text),
            };
            if let Some(word) = word {
                end.addresses = [faults.setting(Some(word.spanned()), Host::Any, any)].into();
            }
        }
    }

    fn finish(mut self, model: &mut Model) {
        self.child.lifetimes.rekey = self.child.lifetimes.end.clone();
        let mode = match self.protected {
            true => self.child.mode.value,
            false => Mode::Pass,
        };
        let (local, remote) = (self.child.local.first(), self.child.remote.first());
        if let (Some(local), Some(remote)) = (local, remote) {
            let (local, remote) = (local.value, remote.value);
            let mut out = Policy::new(true, local, remote, mode, self.span);
            let mut back = Policy::new(false, remote, local, mode, self.span);
            [back.optional, out.optional] = self.optional;
            model.policies.extend([out, back]);
        }
        if self.protected && mode != Mode::Drop && mode != Mode::Pass {
            self.connection.children.push(self.child);
            model.connections.push(self.connection);
        }
    }
}

/// `netsh ipsec static add rule`, with its filters and its action.
fn static_rule(command: &Command<'_>, named: &Named<'_, '_>, faults: &mut Faults) -> Rule {
    let mut rule = Rule::new(command, command.word("name"));
    for filter in named.all("filter", command.word("filterlist")) {
        let side = |address: &str, mask: &str, port: &str, faults: &mut Faults| {
            let mask = filter.word(mask).map_or("", |word| word.text);
            let mut all = addresses(filter.words(address), mask, faults);
            with_ports(filter, port, &mut all, faults);
            all
        };
        let source = side("srcaddr", "srcmask", "srcport", faults);
        let destination = side("dstaddr", "dstmask", "dstport", faults);
        rule.child.local.extend(source);
        rule.child.remote.extend(destination);
    }
    for policy in named.all("policy", command.word("policy")) {
        rule.main_mode(policy.words("mmsecmethods"), faults);
    }
    let tunnel = command.word("tunnel");
    if let Some(word) = tunnel {
        rule.child.mode = Setting::written(Mode::Tunnel, word.span);
        rule.tunnel(None, tunnel, faults);
    }
    rule.defaults(&["3des-sha1-modp1024", "3des-md5-modp1024"], &[]);
    let yes = |word: Option<Word<'_>>| {
        word.is_some_and(|word| word.text.to_ascii_lowercase().starts_with('y'))
    };
    for action in named.all("filteraction", command.word("filteraction")) {
        let [soft, inpass] = ["soft", "inpass"].map(|key| yes(action.word(key)));
        rule.optional = [soft || inpass, soft];
        match action
            .word("action")
            .map(|word| word.text.to_ascii_lowercase())
            .as_deref()
        {
            Some("permit") => rule.protected = false,
            Some("block") => rule.child.mode = Setting::written(Mode::Drop, action.span),
            _ => {}
        }
        if let Some(word) = action.word("qmsecmethods") {
            rule.offers(word.spanned(), char::is_whitespace, faults);
        }
        rule.defaults(&[], &["3des-sha1", "3des-md5"]);
        rule.pfs(action.word("qmpfs"), faults);
    }
    for (key, method) in [("rootca", Method::Signature), ("psk", Method::Psk)] {
        if command.word(key).is_some() {
            rule.methods(method, command.span);
        }
    }
    rule
}

/// `netsh advfirewall consec add rule`, and one that is listed.
fn consec(command: &Command<'_>, named: &Named<'_, '_>, faults: &mut Faults) -> Rule {
    let mut rule = Rule::new(command, command.word("name"));
    let mode = command.word("mode").map(|word| word.spanned());
    rule.child.mode = faults.setting(mode, Mode::Transport, self::mode);
    rule.tunnel(
        command.word("localtunnelendpoint"),
        command.word("remotetunnelendpoint"),
        faults,
    );
    for (key, port, side) in [
        ("endpoint1", "port1", &mut rule.child.local),
        ("endpoint2", "port2", &mut rule.child.remote),
    ] {
        *side = addresses(command.words(key), "", faults);
        with_ports(command, port, side, faults);
    }
    let action = command
        .word("action")
        .map(|word| word.text.to_ascii_lowercase());
    rule.optional = match action.as_deref() {
        Some("requestinrequestout") => [true, true],
        Some("requireinrequestout") => [false, true],
        Some("requireinclearout") => [false, true],
        _ => [false, false],
    };
    rule.protected = action.as_deref() != Some("noauthentication");
    rule.main_mode(command.words("mmsecmethods"), faults);
    if rule.connection.proposals.is_empty() {
        rule.main_mode(&named.main, faults);
    }
    if let Some(word) = command
        .word("qmsecmethods")
        .filter(|word| word.text != "default")
    {
        rule.offers(word.spanned(), |c| c == ',', faults);
    }
    rule.defaults(IKE, ESP);
    rule.pfs(command.word("qmpfs"), faults);
    if let Some(word) = command.word("auth1") {
        let text = word.text.to_ascii_lowercase();
        if text.contains("psk") {
            rule.methods(Method::Psk, word.span);
        } else if text.contains("cert") {
            rule.methods(Method::Signature, word.span);
        }
    }
    rule
}

/// `New-NetIPsecRule`, with the sets that it is given.
fn cmdlet(command: &Command<'_>, all: &[Command<'_>], faults: &mut Faults) -> Rule {
    let name = command.word("displayname").or_else(|| command.word("name"));
    let mut rule = Rule::new(command, name);
    let mode = command.word("mode").map(|word| word.spanned());
    rule.child.mode = faults.setting(mode, Mode::Transport, self::mode);
    rule.tunnel(
        command.word("localtunnelendpoint"),
        command.word("remotetunnelendpoint"),
        faults,
    );
    for (key, port, side) in [
        ("localaddress", "localport", &mut rule.child.local),
        ("remoteaddress", "remoteport", &mut rule.child.remote),
    ] {
        *side = addresses(command.words(key), "", faults);
        with_ports(command, port, side, faults);
    }
    let security = |key| command.word(key).map(|word| word.text.to_ascii_lowercase());
    rule.optional = ["inboundsecurity", "outboundsecurity"]
        .map(|key| security(key).is_none_or(|text| text == "request" || text == "none"));
    let none = |key| security(key).is_none_or(|text| text == "none");
    rule.protected = !(none("inboundsecurity") && none("outboundsecurity"));
    let module = command.word("keymodule");
    if let Some(word) = module.filter(|word| word.text.eq_ignore_ascii_case("ikev2")) {
        rule.connection.versions = Setting::written(Versions::V2, word.span);
    }
    for set in all
        .iter()
        .filter(|one| one.name == "new-netipsecmainmodecryptoset")
    {
        for proposal in results(set, "proposal", all) {
            main_proposal(proposal, &mut rule, faults);
        }
        let minutes = set.word("maxminutes").map(|word| word.spanned());
        if minutes.is_some() {
            let end = faults.setting(minutes, Some(IKE_LIFETIME), minutes_of);
            rule.connection.lifetimes.end = end;
        }
    }
    let mut pfs = None;
    for set in results(command, "quickmodecryptoset", all) {
        for proposal in results(set, "proposal", all) {
            quick_proposal(proposal, &mut rule, faults);
        }
        pfs = pfs.or(set.word("perfectforwardsecrecygroup"));
    }
    rule.defaults(IKE, ESP);
    rule.pfs(pfs, faults);
    for set in results(command, "phase1authset", all) {
        for proposal in results(set, "proposal", all) {
            for (key, method) in [("presharedkey", Method::Psk), ("cert", Method::Signature)] {
                if proposal.parameters.contains_key(key) {
                    rule.methods(method, proposal.span);
                }
            }
        }
    }
    rule
}

/// The commands whose results a parameter is given.
fn results<'c, 'a>(
    command: &'c Command<'a>,
    key: &str,
    all: &'c [Command<'a>],
) -> impl Iterator<Item = &'c Command<'a>> {
    let given = command.parameters.get(key);
    let results = given.map_or(&[][..], |given| &given.results);
    results.iter().filter_map(|at| all.get(*at))
}

/// An algorithm that a parameter names; a fault when nobody knows it.
fn named(
    command: &Command<'_>,
    key: &str,
    read: fn(&str) -> Option<Transform>,
    faults: &mut Faults,
) -> Option<Transform> {
    let word = command.word(key)?;
    let found = read(word.text);
    if found.is_none() && !word.text.eq_ignore_ascii_case("none") {
        faults.note(word.span, ConfigErrorKind::Algorithm);
    }
    found
}

fn main_proposal(command: &Command<'_>, rule: &mut Rule, faults: &mut Faults) {
    let known = faults.0.len();
    let transforms = [
        named(command, "encryption", algorithms::cipher, faults),
        named(command, "hash", algorithms::hash, faults),
    ];
    let group = named(command, "keyexchange", algorithms::group, faults);
    if faults.0.len() == known {
        let transforms = transforms.into_iter().flatten().collect();
        let mut transforms = complete(transforms, ProtocolId::IKE);
        transforms.extend(group);
        let span = command
            .word("encryption")
            .map_or(command.span, |word| word.span);
        rule.ike(transforms, span);
    }
}

fn quick_proposal(command: &Command<'_>, rule: &mut Rule, faults: &mut Faults) {
    let known = faults.0.len();
    let transforms: Vec<_> = [
        named(command, "encryption", algorithms::cipher, faults),
        named(command, "esphash", hash_or_gcm, faults),
        named(command, "ahhash", hash_or_gcm, faults),
    ]
    .into_iter()
    .flatten()
    .filter(|one| one.kind != TransformType::KE)
    .collect();
    let kind = command
        .word("encapsulation")
        .map(|word| word.text.to_ascii_lowercase());
    let protocol = match kind.as_deref() {
        Some("ah") => ProtocolId::AH,
        _ => ProtocolId::ESP,
    };
    let time = command
        .word("maxminutes")
        .and_then(|word| minutes_of(word.text)?);
    let bytes = command
        .word("maxkilobytes")
        .and_then(|word| word.text.parse::<u64>().ok());
    if faults.0.len() == known {
        let span = command
            .word("encryption")
            .map_or(command.span, |word| word.span);
        let offer = Offer {
            protocol,
            transforms: complete(transforms, protocol),
            time,
            bytes: bytes.map(|count| count.saturating_mul(1024)),
        };
        rule.offer(offer, span);
    }
}

/// A hash; AES-GCM is named there as well, and counts once.
fn hash_or_gcm(name: &str) -> Option<Transform> {
    algorithms::hash(name).or_else(|| algorithms::cipher(name).map(|_| NO_GROUP))
}

#[expect(clippy::option_option, reason = "not read, or never")]
fn minutes_of(text: &str) -> Option<Option<Duration>> {
    let minutes: u64 = text.parse().ok()?;
    Some((minutes > 0).then(|| Duration::from_secs(minutes.saturating_mul(60))))
}

/// `Add-VpnConnection`: L2TP over IPsec, or IKEv2.
fn vpn(command: &Command<'_>, named_: &Named<'_, '_>, faults: &mut Faults) -> Rule {
    let name = command.word("name");
    let mut rule = Rule::new(command, name);
    rule.tunnel(None, command.word("serveraddress"), faults);
    let kind = command.word("tunneltype");
    let l2tp = kind.is_some_and(|word| word.text.eq_ignore_ascii_case("l2tp"));
    let span = kind.map_or(command.span, |word| word.span);
    rule.protected = l2tp || kind.is_some_and(|word| word.text.eq_ignore_ascii_case("ikev2"));
    let mut remote = Traffic::of(if l2tp {
        None
    } else {
        Some(AddressRange::ANY_V4)
    });
    rule.methods(Method::Signature, span);
    if l2tp {
        if let Some((protocol, ports)) = values::protocol_and_port("udp/1701") {
            (remote.protocol, remote.ports) = (protocol, ports);
        }
        if command.word("l2tppsk").is_some() {
            rule.methods(Method::Psk, command.span);
        }
    } else {
        rule.connection.versions = Setting::written(Versions::V2, span);
        rule.child.mode = Setting::by_default(Mode::Tunnel);
        for round in &mut rule.connection.local.authentication {
            round.methods = Setting::by_default([Method::Eap].into());
        }
    }
    let local = Traffic {
        addresses: None,
        ..remote
    };
    rule.child.local = [Setting::by_default(local)].into();
    rule.child.remote = [Setting::by_default(remote)].into();
    if let Some(set) = named_
        .all("set-vpnconnectionipsecconfiguration", name)
        .last()
    {
        custom(set, &mut rule, faults);
    }
    rule.defaults(VPN_IKE, VPN_ESP);
    if let Some(set) = named_
        .all("set-vpnconnectionipsecconfiguration", name)
        .last()
    {
        rule.pfs(set.word("pfsgroup"), faults);
    }
    rule
}

/// `Set-VpnConnectionIPsecConfiguration`.
fn custom(set: &Command<'_>, rule: &mut Rule, faults: &mut Faults) {
    let main = [
        named(set, "encryptionmethod", algorithms::cipher, faults),
        named(set, "integritycheckmethod", algorithms::hash, faults),
    ];
    let mut main = complete(main.into_iter().flatten().collect(), ProtocolId::IKE);
    main.extend(named(set, "dhgroup", algorithms::group, faults));
    if let Some(word) = set.word("encryptionmethod") {
        rule.ike(main, word.span);
    }
    let quick = [
        named(set, "ciphertransformconstants", algorithms::cipher, faults),
        named(set, "authenticationtransformconstants", hash_or_gcm, faults),
    ];
    let quick = quick
        .into_iter()
        .flatten()
        .filter(|one| one.kind != TransformType::KE);
    if let Some(word) = set.word("ciphertransformconstants") {
        let offer = Offer {
            protocol: ProtocolId::ESP,
            transforms: complete(quick.collect(), ProtocolId::ESP),
            time: None,
            bytes: None,
        };
        rule.offer(offer, word.span);
    }
}

fn mode(text: &str) -> Option<Mode> {
    match text.to_ascii_lowercase().as_str() {
        "tunnel" => Some(Mode::Tunnel),
        "transport" | "none" => Some(Mode::Transport),
        _ => None,
    }
}

/// The addresses of one side; those of the end itself for what is not one.
fn addresses(words: &[Word<'_>], mask: &str, faults: &mut Faults) -> Vec<Setting<Traffic>> {
    let mut found = Vec::new();
    for item in words
        .iter()
        .flat_map(|word| items(word.spanned(), |c| c == ','))
    {
        let range = match item.value.to_ascii_lowercase().as_str() {
            "any" | "*" => Some(Some(AddressRange::ANY_V4)),
            "me" | "localsubnet" | "dns" | "dhcp" | "wins" | "defaultgateway" => Some(None),
            text => range(text, mask).map(Some),
        };
        match range {
            Some(range) => found.push(Setting::written(Traffic::of(range), item.span)),
            None => faults.note(item.span, ConfigErrorKind::Value),
        }
    }
    if found.is_empty() {
        found.push(Setting::by_default(Traffic::of(Some(AddressRange::ANY_V4))));
    }
    found
}

fn range(text: &str, mask: &str) -> Option<AddressRange> {
    let (address, mask) = text.split_once('/').unwrap_or((text, mask));
    if mask.is_empty() {
        return text.parse().ok();
    }
    let len = mask.parse().ok().or_else(|| prefix(mask))?;
    AddressRange::from_prefix(address.parse().ok()?, len)
}

/// Narrows the traffic to the protocol, and to the port of this side.
fn with_ports(
    command: &Command<'_>,
    key: &str,
    traffic: &mut Vec<Setting<Traffic>>,
    faults: &mut Faults,
) {
    let word = |key: &str| {
        command
            .word(key)
            .map_or_else(String::new, |word| word.text.to_ascii_lowercase())
    };
    let (protocol, port) = (word("protocol"), word(key));
    let Some((number, ports)) = values::protocol_and_port(&[&protocol, "/", &port].concat()) else {
        let place = command.word(key).or_else(|| command.word("protocol"));
        let place = place.map_or(command.span, |word| word.span);
        return faults.note(place, ConfigErrorKind::Value);
    };
    for one in traffic {
        (one.value.protocol, one.value.ports) = (number, ports);
    }
}

/// The pre-shared key of a rule, or of the proposals that it is given.
fn secret(command: &Command<'_>, all: &[Command<'_>], model: &mut Model) {
    let mut found = Vec::new();
    for key in ["psk", "auth1psk", "l2tppsk"] {
        found.extend(command.word(key).map(|word| (command.span, word)));
    }
    for set in results(command, "phase1authset", all) {
        for proposal in results(set, "proposal", all) {
            let word = proposal.word("presharedkey");
            found.extend(word.map(|word| (proposal.span, word)));
        }
    }
    for (span, word) in found {
        let bytes = word.bytes('`');
        let mut note = SecretNote::new(SecretKind::Psk, Some(bytes.len()), span);
        note.value = Some(SharedSecret::new(bytes));
        model.secrets.push(note);
    }
}

const NO_GROUP: Transform = Transform::new(TransformType::KE, 0);

const IKE: &[&str] = &["aes128-sha1-modp1024", "3des-sha1-modp1024"];

const ESP: &[&str] = &["aes128-sha1", "3des-sha1"];

const VPN_IKE: &[&str] = &["aes256-3des-sha1-sha256-sha384-modp1024"];

const VPN_ESP: &[&str] = &["aes256-aes128-3des-des-null-sha1"];

const IKE_LIFETIME: Duration = Duration::from_secs(480 * 60);

const LIFETIME: Duration = Duration::from_secs(3600);

const BYTES: u64 = 100_000 * 1024;
