//! Configurations written in the form of the device they are for: changes, as
//! the line that stands there and the line to write, like a unified diff; and
//! whole files out of the model. No secret is ever written.

mod cisco_ios;
mod fortios;
mod junos;
mod libreswan;
mod names;
mod racoon;
mod sheet;
mod spelling;
mod swanctl;
mod whole;
mod windows;

pub use cisco_ios::cisco_ios;
pub use libreswan::libreswan;
pub use swanctl::swanctl;
pub use whole::Written;

use super::Span;
use super::model::{
    Child, Connection, Dialect, End, Host, Identity, Method, Mode, Model, NatTraversal, Phase1,
    Setting, Traffic, Versions,
};
use crate::sa::proposal::{Proposal, Transform};
use crate::time::Duration;
use crate::wire::registry::ike::{ProtocolId, TransformType};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use spelling::{spell, spell_traffic};

/// A change of one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// The versions of IKE.
    Versions(Versions),
    /// How IKEv1 begins.
    Phase1(Phase1),
    /// What protects the IKE SA.
    IkeProposals(Vec<Proposal>),
    /// How this end (`local`) or the other proves who it is, in this round.
    Method {
        /// This end.
        local: bool,
        /// The round, from 0.
        round: usize,
        /// The method.
        method: Method,
    },
    /// Who this end (`local`) or the other is.
    Identity {
        /// This end.
        local: bool,
        /// The round, from 0.
        round: usize,
        /// The identity.
        identity: Identity,
    },
    /// What protects the packets of the child at this index.
    ChildProposals(usize, Vec<Proposal>),
    /// Whether the child has a key exchange of its own, and in which groups.
    Pfs(usize, Vec<Transform>),
    /// The packets at this end (`local`) or the other.
    Traffic {
        /// The child, by its index.
        child: usize,
        /// At this end.
        local: bool,
        /// The packets.
        traffic: Vec<Traffic>,
    },
    /// Tunnel or transport, of the child at this index.
    Mode(usize, Mode),
    /// What is done about address translation.
    NatTraversal(NatTraversal),
    /// After how long the child at this index ends.
    Lifetime(usize, Duration),
}

/// The lines that make a change, without their indentation, in hunks:
/// `@@ line 7 @@`, `-` before what stands there, `+` before what is to stand
/// there instead, or behind that line where nothing is taken away. All numbers
/// are those of the file as it is. Without a number the lines belong to the
/// section that the first line names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Patch {
    /// Index of the file among the inputs.
    pub input: usize,
    /// The hunks.
    pub lines: String,
}

/// The lines that make `change` of a connection of `model`. `None` where the
/// form has no simple lines for it.
///
/// ```
/// use ipsec_core::config::{model::Versions, swanctl, write::{Change, patch}};
/// let file = b"connections {\n gw {\n  version = 1\n }\n}\n";
/// let model = swanctl::read(0, file).model();
/// let patch = patch(&model, &model.connections[0], &Change::Versions(Versions::V2)).unwrap();
/// assert_eq!(patch.lines, "@@ line 3 @@\n-version = 1\n+version = 2");
/// ```
#[must_use]
pub fn patch(model: &Model, connection: &Connection, change: &Change) -> Option<Patch> {
    match model.dialect {
        Dialect::FortiOs => fortios::patch(model, connection, change),
        Dialect::Junos => junos::patch(model, connection, change),
        Dialect::Racoon => racoon::patch(model, connection, change),
        Dialect::Windows => windows::patch(model, connection, change),
        Dialect::Swanctl
        | Dialect::Starter
        | Dialect::Libreswan
        | Dialect::Iked
        | Dialect::CiscoIos
        | Dialect::CiscoAsa
        | Dialect::SaTable => {
            let form = Form::of(model.dialect, connection)?;
            let input = connection.name.span.input;
            let lines = in_one_line(form, connection, change)?;
            Some(Patch { input, lines })
        }
    }
}

/// In a form whose values have one line each.
fn in_one_line(form: Form, connection: &Connection, change: &Change) -> Option<String> {
    match change {
        Change::Versions(new) => {
            let old = &connection.versions;
            form.setting(connection.name.span, old.span(), |which| {
                let value = if which { *new } else { old.value };
                form.versions(value)
            })
        }
        Change::Phase1(new) => {
            let old = &connection.phase1;
            form.setting(connection.name.span, old.span(), |which| {
                form.phase1(if which { *new } else { old.value })
            })
        }
        Change::IkeProposals(new) => {
            form.proposals(connection.name.span, &connection.proposals, new)
        }
        Change::ChildProposals(at, new) => {
            let child = connection.children.get(*at)?;
            form.proposals(form.child_span(connection, child), &child.proposals, new)
        }
        Change::Pfs(at, groups) => form.pfs(connection, *at, groups),
        Change::Method {
            local,
            round,
            method,
        } => {
            let old = side(connection, *local).authentication.get(*round)?;
            let span = old.methods.span()?;
            form.setting(span, Some(span), |which| {
                let first = if which {
                    Some(*method)
                } else {
                    old.methods.value.first().copied()
                };
                form.method(*local, first?)
            })
        }
        Change::Identity {
            local,
            round,
            identity,
        } => {
            let old = side(connection, *local).authentication.get(*round)?;
            let span = old.identity.span()?;
            form.setting(span, Some(span), |which| {
                form.identity(*local, if which { identity } else { &old.identity.value })
            })
        }
        Change::Traffic {
            child,
            local,
            traffic,
        } => {
            let child = connection.children.get(*child)?;
            let old = if *local { &child.local } else { &child.remote };
            let old_values: Vec<Traffic> = old.iter().map(|one| one.value).collect();
            let span = old.first().and_then(Setting::span);
            form.setting(form.child_span(connection, child), span, |which| {
                form.traffic(*local, if which { traffic } else { &old_values })
            })
        }
        Change::Mode(at, new) => {
            let child = connection.children.get(*at)?;
            let span = child.mode.span();
            form.setting(form.child_span(connection, child), span, |which| {
                form.mode(if which { *new } else { child.mode.value })
            })
        }
        Change::NatTraversal(new) => {
            let old = &connection.nat_traversal;
            form.setting(connection.name.span, old.span(), |which| {
                form.nat_traversal(if which { *new } else { old.value })
            })
        }
        Change::Lifetime(at, new) => {
            let child = connection.children.get(*at)?;
            let old = &child.lifetimes.end;
            form.setting(form.child_span(connection, child), old.span(), |which| {
                form.lifetime(if which { *new } else { old.value? })
            })
        }
    }
}

const fn side(connection: &Connection, local: bool) -> &End {
    if local {
        &connection.local
    } else {
        &connection.remote
    }
}

/// Devices whose lines are written here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Swanctl,
    Starter,
    Libreswan,
    Iked,
    Ios,
    Asa,
}

impl Style {
    const fn of(dialect: Dialect) -> Option<Self> {
        Some(match dialect {
            Dialect::Swanctl => Self::Swanctl,
            Dialect::Starter => Self::Starter,
            Dialect::Libreswan => Self::Libreswan,
            Dialect::Iked => Self::Iked,
            Dialect::CiscoIos => Self::Ios,
            Dialect::CiscoAsa => Self::Asa,
            Dialect::FortiOs
            | Dialect::Junos
            | Dialect::Racoon
            | Dialect::Windows
            | Dialect::SaTable => return None,
        })
    }
}

/// How one device writes lines.
#[derive(Clone, Copy)]
struct Form {
    style: Style,
    /// Which of `left` and `right` is this end is told.
    sides_known: bool,
}

impl Form {
    /// `None` for devices whose lines are not written here.
    fn of(dialect: Dialect, connection: &Connection) -> Option<Self> {
        let style = Style::of(dialect)?;
        let mut hosts = connection.local.addresses.iter();
        let sides_known = !hosts.any(|host| host.value == Host::Named("%defaultroute".into()));
        Some(Self { style, sides_known })
    }

    /// One line in place of another, or a new line in the section at `section`.
    /// `line` writes the old value, or the new one.
    fn setting(
        self,
        section: Span,
        at: Option<Span>,
        line: impl Fn(bool) -> Option<String>,
    ) -> Option<String> {
        let new = line(true)?;
        match at {
            Some(span) => {
                let old = line(false)?;
                (old != new).then(|| format!("@@ line {} @@\n-{old}\n+{new}", span.line))
            }
            // A rule of one line cannot be added to by a line.
            None if self.style == Style::Iked => None,
            None => Some(format!("@@ line {} @@\n+{new}", section.line)),
        }
    }

    fn child_span(self, connection: &Connection, child: &Child) -> Span {
        match self.style {
            Style::Swanctl => child.name.span,
            Style::Starter | Style::Libreswan | Style::Iked | Style::Ios | Style::Asa => {
                connection.name.span
            }
        }
    }

    fn key_of_side(self, local: bool, name: &str) -> Option<String> {
        let end = if local { "left" } else { "right" };
        self.sides_known.then(|| format!("{end}{name}"))
    }

    fn versions(self, versions: Versions) -> Option<String> {
        let word = match (self.style, versions) {
            (Style::Swanctl, Versions::V1) => "version = 1",
            (Style::Swanctl, Versions::V2) => "version = 2",
            (Style::Swanctl, Versions::Both) => "version = 0",
            (Style::Starter, Versions::V1) => "keyexchange=ikev1",
            (Style::Starter, Versions::V2) => "keyexchange=ikev2",
            (Style::Starter, Versions::Both) => "keyexchange=ike",
            (Style::Libreswan, Versions::V1) => "ikev2=no",
            (Style::Libreswan, Versions::V2) => "ikev2=yes",
            _ => return None,
        };
        Some(word.into())
    }

    fn phase1(self, phase1: Phase1) -> Option<String> {
        let word = match phase1 {
            Phase1::Main => "no",
            Phase1::Aggressive => "yes",
        };
        match self.style {
            Style::Swanctl => Some(format!("aggressive = {word}")),
            Style::Starter | Style::Libreswan => Some(format!("aggressive={word}")),
            Style::Iked | Style::Ios | Style::Asa => None,
        }
    }

    fn method(self, local: bool, method: Method) -> Option<String> {
        let word = match (self.style, method) {
            (Style::Swanctl | Style::Starter, Method::Psk) => "psk",
            (Style::Swanctl | Style::Starter, Method::Signature) => "pubkey",
            (Style::Swanctl | Style::Starter, Method::Eap) => "eap",
            (Style::Swanctl | Style::Starter, Method::Xauth) => "xauth",
            (Style::Libreswan, Method::Psk) => "secret",
            (Style::Libreswan, Method::Signature) => "rsasig",
            (Style::Ios | Style::Asa, Method::Psk) => "pre-share",
            (Style::Ios | Style::Asa, Method::Signature) => "rsa-sig",
            _ => return None,
        };
        match self.style {
            Style::Swanctl => Some(format!("auth = {word}")),
            Style::Starter => self
                .key_of_side(local, "auth")
                .map(|key| format!("{key}={word}")),
            Style::Libreswan => Some(format!("authby={word}")),
            Style::Iked | Style::Ios | Style::Asa => Some(format!("authentication {word}")),
        }
    }

    fn identity(self, local: bool, identity: &Identity) -> Option<String> {
        let at = if self.style == Style::Libreswan {
            "@"
        } else {
            ""
        };
        let word = match identity {
            Identity::Address(address) => address.to_string(),
            Identity::Fqdn(name) => format!("{at}{name}"),
            Identity::UserFqdn(name) => name.clone(),
            Identity::DistinguishedName(name) if self.style != Style::Iked => {
                format!("\"{name}\"")
            }
            Identity::DistinguishedName(name) => name.clone(),
            Identity::AddressOf(name) => name.clone(),
            Identity::KeyId(_) | Identity::Any | Identity::FromCertificate => return None,
        };
        match self.style {
            Style::Swanctl => Some(format!("id = {word}")),
            Style::Starter | Style::Libreswan => self
                .key_of_side(local, "id")
                .map(|key| format!("{key}={word}")),
            Style::Iked => {
                let key = if local { "srcid" } else { "dstid" };
                Some(format!("{key} {word}"))
            }
            Style::Ios | Style::Asa => None,
        }
    }

    /// Proposals at the place of the first that is written.
    fn proposals(
        self,
        section: Span,
        old: &[Setting<Proposal>],
        new: &[Proposal],
    ) -> Option<String> {
        let written: Vec<&Setting<Proposal>> =
            old.iter().filter(|one| one.span().is_some()).collect();
        let span = written.first().and_then(|one| one.span());
        if matches!(self.style, Style::Iked | Style::Ios | Style::Asa) {
            // Each proposal stands by itself.
            return self.each_proposal(&written, new);
        }
        let old: Vec<Proposal> = written.iter().map(|one| one.value.clone()).collect();
        self.setting(section, span, |which| {
            spell(self.style, if which { new } else { &old })
        })
    }

    /// The lines of the first proposal that changes.
    fn each_proposal(self, written: &[&Setting<Proposal>], new: &[Proposal]) -> Option<String> {
        let pairs = written.iter().zip(new);
        let (old, new) = pairs
            .map(|(old, new)| (*old, new))
            .find(|(old, new)| old.value != **new)?;
        let span = old.span()?;
        if self.style == Style::Iked {
            let line = |one: &Proposal| spell(self.style, core::slice::from_ref(one));
            return Some(format!(
                "@@ line {} @@\n-{}\n+{}",
                span.line,
                line(&old.value)?,
                line(new)?
            ));
        }
        let lines = spelling::cisco_lines(self.style, &old.value, new)?;
        Some(format!("@@ line {} @@\n{lines}", span.line))
    }

    /// `pfs=yes`, `set pfs group14`, or groups in the proposals of the child.
    fn pfs(self, connection: &Connection, at: usize, groups: &[Transform]) -> Option<String> {
        let child = connection.children.get(at)?;
        let section = connection.name.span;
        match self.style {
            Style::Libreswan => {
                let (old, new) = if groups.is_empty() {
                    ("yes", "no")
                } else {
                    ("no", "yes")
                };
                Some(format!(
                    "@@ conn {} @@\n-pfs={old}\n+pfs={new}",
                    connection.name.value
                ))
            }
            Style::Ios | Style::Asa => match groups.first() {
                Some(group) => Some(format!(
                    "@@ line {} @@\n+set pfs group{}",
                    section.line, group.id
                )),
                None => Some(format!("@@ line {} @@\n+no set pfs", section.line)),
            },
            Style::Swanctl | Style::Starter | Style::Iked => {
                let new: Vec<Proposal> = child
                    .proposals
                    .iter()
                    .map(|one| with_groups(&one.value, groups))
                    .collect();
                self.proposals(self.child_span(connection, child), &child.proposals, &new)
            }
        }
    }

    fn traffic(self, local: bool, traffic: &[Traffic]) -> Option<String> {
        let text = spell_traffic(self.style, traffic)?;
        match self.style {
            Style::Swanctl => {
                let key = if local { "local_ts" } else { "remote_ts" };
                Some(format!("{key} = {text}"))
            }
            Style::Starter | Style::Libreswan => {
                let key = match traffic.len() {
                    1 => "subnet",
                    _ if self.style == Style::Libreswan => "subnets",
                    _ => "subnet",
                };
                self.key_of_side(local, key)
                    .map(|key| format!("{key}={text}"))
            }
            Style::Iked => {
                let key = if local { "from" } else { "to" };
                (traffic.len() == 1).then(|| format!("{key} {text}"))
            }
            Style::Ios | Style::Asa => (traffic.len() == 1).then_some(text),
        }
    }

    fn mode(self, mode: Mode) -> Option<String> {
        let word = match mode {
            Mode::Tunnel => "tunnel",
            Mode::Transport => "transport",
            Mode::Beet | Mode::Pass | Mode::Drop => return None,
        };
        match self.style {
            Style::Swanctl => Some(format!("mode = {word}")),
            Style::Starter | Style::Libreswan => Some(format!("type={word}")),
            Style::Iked | Style::Ios | Style::Asa => None,
        }
    }

    fn lifetime(self, time: Duration) -> Option<String> {
        let seconds = time.as_secs();
        match self.style {
            Style::Swanctl => Some(format!("life_time = {seconds}s")),
            Style::Starter => Some(format!("lifetime={seconds}s")),
            Style::Libreswan => Some(format!("salifetime={seconds}s")),
            Style::Iked | Style::Ios | Style::Asa => None,
        }
    }

    fn nat_traversal(self, what: NatTraversal) -> Option<String> {
        let word = match (self.style, what) {
            (Style::Swanctl, NatTraversal::Always) => "encap = yes",
            (Style::Swanctl, NatTraversal::WhereSeen) => "encap = no",
            (Style::Libreswan, NatTraversal::Always) => "encapsulation=yes",
            (Style::Libreswan, NatTraversal::WhereSeen) => "encapsulation=auto",
            (Style::Libreswan, NatTraversal::Never) => "encapsulation=no",
            (Style::Starter, NatTraversal::Always) => "forceencaps=yes",
            (Style::Starter, NatTraversal::WhereSeen) => "forceencaps=no",
            _ => return None,
        };
        Some(word.into())
    }
}

/// The same proposal with these groups and no others.
pub(super) fn with_groups(proposal: &Proposal, groups: &[Transform]) -> Proposal {
    let mut new = proposal.clone();
    new.transforms.retain(|one| one.kind != TransformType::KE);
    if proposal.protocol != ProtocolId::IKE {
        new.transforms.extend(groups);
    }
    new
}
