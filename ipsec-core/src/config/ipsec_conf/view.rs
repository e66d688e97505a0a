//! A `conn` with the sections it takes over, and what both dialects make of
//! it alike.

use super::{IpsecConf, Section, SectionKind, keywords, libreswan, starter};
use crate::config::model::{
    Connection, Dialect, Host, Mode, Model, NatTraversal, Phase1, Setting, Traffic,
};
use crate::config::values::{self, Faults};
use crate::config::{ConfigErrorKind, Span, Spanned};
use crate::sorted::{self, Map};
use crate::wire::registry::ike::TransformType;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

pub(super) fn model(conf: &IpsecConf, dialect: Dialect) -> Model {
    let mut views = Views::of(conf);
    let mut connections = Vec::new();
    for section in &conf.sections {
        let template = section.name.value.starts_with('%');
        if section.kind == SectionKind::Connection && !template {
            let view = views.view(section);
            connections.push(connection(&view, dialect, &mut views.faults));
        }
    }
    Model {
        connections,
        unknown: unknown(conf, dialect),
        includes: conf.includes.clone(),
        errors: views.faults.0,
        ..Model::new(dialect)
    }
}

fn connection(view: &View<'_>, dialect: Dialect, faults: &mut Faults) -> Connection {
    match dialect {
        Dialect::Starter => starter::connection(view, faults),
        Dialect::Libreswan
        | Dialect::Swanctl
        | Dialect::Iked
        | Dialect::CiscoIos
        | Dialect::CiscoAsa
        | Dialect::FortiOs
        | Dialect::Junos
        | Dialect::Racoon
        | Dialect::Windows
        | Dialect::SaTable => libreswan::connection(view, faults),
    }
}

fn unknown(conf: &IpsecConf, dialect: Dialect) -> Vec<Spanned<String>> {
    let keys = conf.sections.iter().flat_map(|section| {
        let parameters = section.parameters.iter();
        parameters.map(|parameter| (section.kind, &parameter.key))
    });
    keys.filter(|(kind, key)| !keywords::is_known(*kind, &key.value, dialect))
        .map(|(_, key)| key.clone())
        .collect()
}

/// A section, what it takes over by `also`, and `%default`: the first that has
/// a key decides.
pub(super) struct View<'a> {
    pub(super) name: &'a Spanned<String>,
    layers: Vec<&'a Section>,
    /// Which end is this one: `left`, or `right`.
    ends: [&'static str; 2],
}

impl<'a> View<'a> {
    pub(super) fn value(&self, key: &str) -> Option<Spanned<&'a str>> {
        self.layers.iter().find_map(|layer| layer.value(key))
    }

    /// The value of the first of these keys that is there.
    pub(super) fn any(&self, keys: &[&str]) -> Option<Spanned<&'a str>> {
        keys.iter().find_map(|key| self.value(key))
    }

    /// The value of `key` for this end (0) or the other (1).
    pub(super) fn side(&self, end: usize, key: &str) -> Option<Spanned<&'a str>> {
        let side = self.ends.get(end)?;
        self.value(&[side, key].concat())
    }

    /// Whether `key` says yes; the default where it says nothing.
    pub(super) fn says(&self, key: &str, default: bool, faults: &mut Faults) -> Setting<bool> {
        faults.setting(self.value(key), default, values::boolean)
    }
}

struct Views<'a> {
    by_name: Map<&'a str, &'a Section>,
    /// Lines that were looked at.
    work: usize,
    faults: Faults,
}

impl<'a> Views<'a> {
    fn of(conf: &'a IpsecConf) -> Self {
        let connections = conf
            .sections
            .iter()
            .filter(|section| section.kind == SectionKind::Connection);
        Self {
            by_name: connections
                .map(|section| (section.name.value.as_str(), section))
                .collect(),
            work: 0,
            faults: Faults(conf.errors.clone()),
        }
    }

    fn view(&mut self, section: &'a Section) -> View<'a> {
        let mut layers: Vec<&Section> = Vec::new();
        let mut left: Vec<&Section> = self.by_name.get("%default").copied().into_iter().collect();
        left.push(section);
        while let Some(section) = left.pop() {
            let known = layers.iter().any(|layer| core::ptr::eq(*layer, section));
            if known || layers.len() >= LAYERS_MAX || !self.worth(section) {
                continue;
            }
            layers.push(section);
            for parameter in section.parameters.iter().rev() {
                if parameter.key.value != "also" {
                    continue;
                }
                match self.by_name.get(parameter.value.value.as_str()) {
                    Some(other) => left.push(other),
                    None => {
                        let kind = ConfigErrorKind::NoSuchSection;
                        self.faults.note(parameter.value.span, kind);
                    }
                }
            }
        }
        let mut view = View {
            name: &section.name,
            layers,
            ends: ["left", "right"],
        };
        if view
            .value("right")
            .is_some_and(|right| right.value == "%defaultroute")
        {
            view.ends = ["right", "left"];
        }
        view
    }

    /// Counts what there is to look at; false beyond the limit.
    fn worth(&mut self, section: &Section) -> bool {
        self.work = self.work.saturating_add(section.parameters.len());
        let within = self.work <= WORK_MAX;
        if !within {
            let kind = ConfigErrorKind::TooMany { limit: WORK_MAX };
            self.faults.note(section.name.span, kind);
        }
        within
    }
}

/// The addresses of an end.
pub(super) fn hosts(view: &View<'_>, end: usize, faults: &mut Faults) -> Vec<Setting<Host>> {
    let mut hosts = faults.list(view.side(end, ""), |c| c == ',', values::host);
    if hosts.is_empty() {
        hosts.push(Setting::by_default(Host::Any));
    }
    hosts
}

/// The address of an end, where it is a single one.
pub(super) fn single(hosts: &[Setting<Host>]) -> Option<(IpAddr, Option<Span>)> {
    let [host] = hosts else {
        return None;
    };
    match &host.value {
        Host::At(range) if range.low() == range.high() => Some((range.low(), host.span())),
        Host::At(_) | Host::Any | Host::Named(_) => None,
    }
}

/// The packets of an end: `leftsubnet` or `leftsubnets`, else the end itself;
/// `leftprotoport` says which of them.
pub(super) fn traffic(view: &View<'_>, end: usize, faults: &mut Faults) -> Vec<Setting<Traffic>> {
    let between = |c: char| c == ',' || c.is_whitespace();
    let subnets = view
        .side(end, "subnet")
        .or_else(|| view.side(end, "subnets"));
    let mut traffic = faults.list(subnets, between, |text| {
        if text == "%dynamic" {
            return Some(Traffic::of(None));
        }
        values::traffic(text)
    });
    if subnets.is_none() {
        traffic.push(Setting::by_default(Traffic::of(None)));
    }
    let which = faults.setting(view.side(end, "protoport"), None, |text| {
        values::protocol_and_port(text).map(Some)
    });
    if let Some((protocol, ports)) = which.value {
        for one in &mut traffic {
            (one.value.protocol, one.value.ports) = (protocol, ports);
            if one.span().is_none() {
                one.origin = which.origin;
            }
        }
    }
    traffic
}

/// Adds the groups of the IKE SA to proposals that are to have one and name
/// none.
pub(super) fn with_groups_of(connection: &mut Connection) {
    let mut groups: Vec<_> = connection
        .proposals
        .iter()
        .flat_map(|proposal| &proposal.value.transforms)
        .filter(|transform| transform.kind == TransformType::KE)
        .copied()
        .collect();
    sorted::sort(&mut groups);
    groups.dedup();
    for proposal in connection
        .children
        .iter_mut()
        .flat_map(|child| &mut child.proposals)
    {
        let transforms = &mut proposal.value.transforms;
        if !transforms.iter().any(|one| one.kind == TransformType::KE) {
            transforms.extend(&groups);
        }
    }
}

pub(super) fn phase1(text: &str) -> Option<Phase1> {
    values::boolean(text).map(|aggressive| match aggressive {
        true => Phase1::Aggressive,
        false => Phase1::Main,
    })
}

pub(super) fn nat_traversal(text: &str) -> Option<NatTraversal> {
    match text {
        "auto" => Some(NatTraversal::WhereSeen),
        _ => values::boolean(text).map(|always| match always {
            true => NatTraversal::Always,
            false => NatTraversal::Never,
        }),
    }
}

pub(super) fn mode(text: &str) -> Option<Mode> {
    Some(match text {
        "tunnel" => Mode::Tunnel,
        "transport" | "transport_proxy" => Mode::Transport,
        "beet" => Mode::Beet,
        "passthrough" | "pass" => Mode::Pass,
        "drop" | "reject" => Mode::Drop,
        _ => return None,
    })
}

/// Sections that one takes over.
const LAYERS_MAX: usize = 64;

/// Lines looked at in all, those of sections that are taken over each time.
const WORK_MAX: usize = 1_000_000;
