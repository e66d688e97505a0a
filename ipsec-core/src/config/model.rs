//! One model of a configuration, whatever device it is for: who talks to whom,
//! how each proves who it is, which algorithms, which traffic, for how long.
//!
//! Every value carries its [`Origin`]: the place where it is written, or that
//! nobody wrote it and the device fills it in. Defaults are those of the
//! release that [`Dialect::defaults_of`] names. Algorithms and traffic are in
//! the words of [`crate::sa`], so the matcher of the engines can compare two
//! models. IKEv1 is told in the numbers of IKEv2: its hash is an integrity
//! algorithm and a PRF. Secrets can be compared, and show kind and length only.

use super::lines::Lines;
use super::{ConfigError, Span, Spanned};
use crate::crypto::Secret;
use crate::sa::proposal::Proposal;
use crate::sa::selector::{AddressRange, Ports, Selector};
use crate::time::Duration;
use crate::wire::registry::ike::TransformType;
use crate::wire::tree::escaped;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;

/// Whose form a configuration has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// strongSwan's `swanctl.conf`.
    Swanctl,
    /// strongSwan's `ipsec.conf`, which its starter reads.
    Starter,
    /// libreswan's `ipsec.conf`.
    Libreswan,
    /// OpenIKED's `iked.conf`.
    Iked,
    /// Cisco IOS and IOS-XE.
    CiscoIos,
    /// Cisco ASA, and PIX before it.
    CiscoAsa,
    /// Fortinet's FortiOS.
    FortiOs,
    /// Juniper's Junos, as `set` lines or in braces.
    Junos,
    /// racoon's `racoon.conf`, and the policies of `setkey`.
    Racoon,
    /// Windows: PowerShell and netsh.
    Windows,
    /// No configuration: a listing of SAs that stand.
    SaTable,
}

impl Dialect {
    /// What people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Swanctl => "swanctl.conf",
            Self::Starter => "ipsec.conf of strongSwan",
            Self::Libreswan => "ipsec.conf of libreswan",
            Self::Iked => "iked.conf",
            Self::CiscoIos => "Cisco IOS",
            Self::CiscoAsa => "Cisco ASA",
            Self::FortiOs => "FortiOS",
            Self::Junos => "Junos",
            Self::Racoon => "racoon.conf",
            Self::Windows => "Windows",
            Self::SaTable => "table of SAs",
        }
    }

    /// The release whose defaults stand for what is not written.
    #[must_use]
    pub const fn defaults_of(self) -> &'static str {
        match self {
            Self::Swanctl => "strongSwan 6.0",
            Self::Starter => "strongSwan 5.9",
            Self::Libreswan => "libreswan 4.10",
            Self::Iked => "OpenIKED 7.2",
            Self::CiscoIos => "IOS 15 and IOS-XE 17",
            Self::CiscoAsa => "ASA 9",
            Self::FortiOs => "FortiOS 7",
            Self::Junos => "Junos 22",
            Self::Racoon => "ipsec-tools 0.8",
            Self::Windows => "Windows Server 2022",
            Self::SaTable => "none",
        }
    }
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "somebody wrote it or nobody did")]
pub enum Origin {
    /// It is written there.
    Written(Span),
    /// The device fills it in.
    Default,
}

/// A value and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a value and its origin")]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub origin: Origin,
}

impl<T> Setting<T> {
    /// What is written at `span`.
    pub const fn written(value: T, span: Span) -> Self {
        let origin = Origin::Written(span);
        Self { value, origin }
    }

    /// What the device fills in.
    pub const fn by_default(value: T) -> Self {
        let origin = Origin::Default;
        Self { value, origin }
    }

    /// Its place; `None` for a default.
    pub const fn span(&self) -> Option<Span> {
        match self.origin {
            Origin::Written(span) => Some(span),
            Origin::Default => None,
        }
    }
}

/// A configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Model {
    /// Whose form it has.
    pub dialect: Dialect,
    /// The release that it says it is of, as written.
    pub release: Option<Spanned<String>>,
    /// The device's own name, where it says.
    pub host: Option<Spanned<String>>,
    /// Its connections, in order.
    pub connections: Vec<Connection>,
    /// What a proposal that is written leaves to the device, in order.
    pub filled: Vec<Filled>,
    /// What it says of secrets, in order.
    pub secrets: Vec<SecretNote>,
    /// Packet filters and access lists, in order.
    pub filters: Vec<Filter>,
    /// Policies by direction, where the form has them (RFC 4301 §4.4.1).
    pub policies: Vec<Policy>,
    /// ESP and AH SAs that it lists: a table of what stands.
    pub associations: Vec<Association>,
    /// Keywords that no known version has, in order.
    pub unknown: Vec<Spanned<String>>,
    /// Files it includes, in order; none is opened.
    pub includes: Vec<Spanned<String>>,
    /// What is wrong with its form and its values.
    pub errors: Vec<ConfigError>,
    /// Lines as they are written, where a change may have to write several.
    pub lines: Lines,
}

impl Model {
    /// One that says nothing yet.
    #[must_use]
    pub const fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            release: None,
            host: None,
            connections: Vec::new(),
            filled: Vec::new(),
            secrets: Vec::new(),
            filters: Vec::new(),
            policies: Vec::new(),
            associations: Vec::new(),
            unknown: Vec::new(),
            includes: Vec::new(),
            errors: Vec::new(),
            lines: Lines::new(),
        }
    }
}

/// A kind of algorithm that a proposal does not name, so that the device fills
/// it in. A proposal by default is filled in as a whole and not listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a proposal and a kind")]
pub struct Filled {
    /// The place of the proposal, as its [`Setting`] has it.
    pub proposal: Span,
    /// The kind.
    pub kind: TransformType,
}

/// One IKE SA and what is to be agreed under it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Connection {
    /// Its name.
    pub name: Spanned<String>,
    /// The versions of IKE it speaks.
    pub versions: Setting<Versions>,
    /// How IKEv1 begins; without meaning for IKEv2.
    pub phase1: Setting<Phase1>,
    /// This end.
    pub local: End,
    /// The other end.
    pub remote: End,
    /// What protects the IKE SA, in order of preference.
    pub proposals: Vec<Setting<Proposal>>,
    /// What it does about address translation.
    pub nat_traversal: Setting<NatTraversal>,
    /// How long a peer may be silent before it is asked whether it is alive;
    /// `None` when it is never asked.
    pub dead_peer_detection: Setting<Option<Duration>>,
    /// Whether large IKE messages are sent in parts (RFC 7383 for IKEv2).
    pub fragmentation: Setting<Fragmentation>,
    /// How long the IKE SA may live.
    pub lifetimes: Lifetimes,
    /// After how long the ends prove again who they are; `None` for never.
    pub reauthentication: Setting<Option<Duration>>,
    /// The ESP and AH SAs to be agreed under it, in order.
    pub children: Vec<Child>,
    /// Where on the device it works.
    pub attachment: Attachment,
    /// After how long without traffic it is taken down; `None` for never.
    pub idle_timeout: Setting<Option<Duration>>,
}

impl Connection {
    /// One of this name, of which nothing else is written: IKEv1 or IKEv2 in
    /// tunnels anywhere, without proposals and children. A reader fills in
    /// what its device fills in.
    #[must_use]
    pub const fn new(name: Spanned<String>) -> Self {
        Self {
            name,
            versions: Setting::by_default(Versions::Both),
            phase1: Setting::by_default(Phase1::Main),
            local: End::new(),
            remote: End::new(),
            proposals: Vec::new(),
            nat_traversal: Setting::by_default(NatTraversal::WhereSeen),
            dead_peer_detection: Setting::by_default(None),
            fragmentation: Setting::by_default(Fragmentation::Yes),
            lifetimes: Lifetimes::NONE,
            reauthentication: Setting::by_default(None),
            children: Vec::new(),
            attachment: Attachment::Everywhere,
            idle_timeout: Setting::by_default(None),
        }
    }
}

/// Where on a device a connection works.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "everywhere, at named places, or nowhere"
)]
pub enum Attachment {
    /// Everywhere: the form binds connections to nothing.
    Everywhere,
    /// At these interfaces.
    At(Vec<Spanned<String>>),
    /// Nowhere: the form demands that an interface names it, and none does.
    Nowhere,
}

/// Versions of IKE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "there are two versions")]
pub enum Versions {
    /// IKEv1 alone (RFC 2409).
    V1,
    /// IKEv2 alone (RFC 7296).
    V2,
    /// Begins with IKEv2, answers both.
    Both,
}

impl Versions {
    /// Whether one that begins so is answered by one that is `other`.
    #[must_use]
    pub const fn is_answered_by(self, other: Self) -> bool {
        matches!(
            (self, other),
            (_, Self::Both) | (Self::V1, Self::V1) | (Self::V2 | Self::Both, Self::V2)
        )
    }
}

/// How IKEv1 begins (RFC 2409 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 2409 has two ways")]
pub enum Phase1 {
    /// Six messages that hide the identities.
    Main,
    /// Three messages that do not.
    Aggressive,
}

/// One end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct End {
    /// Its addresses, any of them.
    pub addresses: Vec<Setting<Host>>,
    /// How it proves who it is, one round after another.
    pub authentication: Vec<Authentication>,
}

impl End {
    /// One of which nothing is written.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            addresses: Vec::new(),
            authentication: Vec::new(),
        }
    }
}

impl Default for End {
    fn default() -> Self {
        Self::new()
    }
}

/// Where an end is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Host {
    /// Anywhere.
    Any,
    /// At one of these addresses.
    At(AddressRange),
    /// Where this name leads, or what this word of the dialect stands for.
    Named(String),
}

/// How an end proves who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Authentication {
    /// By any of these methods.
    pub methods: Setting<Vec<Method>>,
    /// Who it is.
    pub identity: Setting<Identity>,
}

impl Authentication {
    /// One round.
    #[must_use]
    pub const fn new(methods: Setting<Vec<Method>>, identity: Setting<Identity>) -> Self {
        Self { methods, identity }
    }
}

/// A method of authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Method {
    /// A pre-shared key.
    Psk,
    /// A signature, with a certificate or a bare public key.
    Signature,
    /// EAP within IKEv2 (RFC 7296 §2.16).
    Eap,
    /// Extended authentication within IKEv1.
    Xauth,
    /// None (RFC 7619).
    Null,
}

/// Who somebody is: an Identification payload (RFC 7296 §3.5).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Identity {
    /// Anybody; for this end, what its certificate or its address says.
    Any,
    /// An address.
    Address(IpAddr),
    /// A host's name, without leading `@`.
    Fqdn(String),
    /// An electronic mail address.
    UserFqdn(String),
    /// A distinguished name, as written.
    DistinguishedName(String),
    /// A key ID: opaque bytes, as written.
    KeyId(String),
    /// The address that this name leads to.
    AddressOf(String),
    /// What the certificate says.
    FromCertificate,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("anybody"),
            Self::Address(address) => address.fmt(f),
            Self::Fqdn(text)
            | Self::UserFqdn(text)
            | Self::DistinguishedName(text)
            | Self::KeyId(text) => f.write_str(&escaped(text.as_bytes())),
            Self::AddressOf(name) => write!(f, "the address of {}", escaped(name.as_bytes())),
            Self::FromCertificate => f.write_str("as in the certificate"),
        }
    }
}

/// What is done about address translation (RFC 7296 §2.23, RFC 3947).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "never, where it is needed, or always"
)]
pub enum NatTraversal {
    /// ESP is never put into UDP.
    Never,
    /// ESP is put into UDP where a translation is seen.
    WhereSeen,
    /// ESP is always put into UDP.
    Always,
}

/// Whether large IKE messages are sent in parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "all there is between no and yes")]
pub enum Fragmentation {
    /// Never, and parts of the peer are refused.
    No,
    /// The peer's parts are accepted, none are sent.
    Accept,
    /// Where the peer takes them.
    Yes,
    /// From the first message on.
    Force,
}

/// How long an SA may live.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lifetimes {
    /// When a successor is agreed; `None` for never.
    pub rekey: Setting<Option<Duration>>,
    /// When it ends; `None` for never.
    pub end: Setting<Option<Duration>>,
    /// After how many bytes it ends; `None` for never.
    pub bytes: Setting<Option<u64>>,
}

impl Lifetimes {
    /// Without any limit, by default.
    pub const NONE: Self = Self {
        rekey: Setting::by_default(None),
        end: Setting::by_default(None),
        bytes: Setting::by_default(None),
    };
}

/// One ESP or AH SA in each direction.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Child {
    /// Its name.
    pub name: Spanned<String>,
    /// What protects the packets, in order of preference. Key exchange methods
    /// in it are those of PFS.
    pub proposals: Vec<Setting<Proposal>>,
    /// Tunnel or transport.
    pub mode: Setting<Mode>,
    /// The packets' addresses at this end.
    pub local: Vec<Setting<Traffic>>,
    /// The packets' addresses at the other end.
    pub remote: Vec<Setting<Traffic>>,
    /// How long it may live.
    pub lifetimes: Lifetimes,
    /// Whether packets are compressed first (RFC 3173).
    pub compression: Setting<bool>,
}

impl Child {
    /// One of this name, of which nothing else is written: a tunnel for no
    /// traffic, without proposals.
    #[must_use]
    pub const fn new(name: Spanned<String>) -> Self {
        Self {
            name,
            proposals: Vec::new(),
            mode: Setting::by_default(Mode::Tunnel),
            local: Vec::new(),
            remote: Vec::new(),
            lifetimes: Lifetimes::NONE,
            compression: Setting::by_default(false),
        }
    }

    /// Whether its keys come from a key exchange of their own: perfect forward
    /// secrecy. In IKEv2 that begins with the first rekeying.
    #[must_use]
    pub fn has_pfs(&self) -> bool {
        self.proposals.iter().any(|proposal| {
            let mut transforms = proposal.value.transforms.iter();
            transforms.any(|transform| transform.kind == TransformType::KE && transform.id != 0)
        })
    }
}

/// What a packet carries inside (RFC 4301 §3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// A whole packet.
    Tunnel,
    /// The payload of this packet.
    Transport,
    /// A whole packet, its addresses fixed (draft-nikander-esp-beet-mode).
    Beet,
    /// Nothing: such packets pass in the clear.
    Pass,
    /// Nothing: such packets are dropped.
    Drop,
}

/// Packets by address, protocol and port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Traffic {
    /// The addresses; `None` for the end itself: its address outside, or the
    /// one it is given.
    pub addresses: Option<AddressRange>,
    /// The IP protocol; 0 for any.
    pub protocol: u8,
    /// The ports.
    pub ports: Ports,
}

impl Traffic {
    /// Every packet of these addresses.
    #[must_use]
    pub const fn of(addresses: Option<AddressRange>) -> Self {
        Self {
            addresses,
            protocol: 0,
            ports: Ports::ANY,
        }
    }

    /// As a selector, with `host` for the end itself; `None` when its address
    /// is needed and not known.
    #[must_use]
    pub fn selector(&self, host: Option<AddressRange>) -> Option<Selector> {
        let selector = Selector::new(self.addresses.or(host)?);
        Some(selector.with_protocol(self.protocol).with_ports(self.ports))
    }
}

/// Packets that a device lets pass or drops, in the order of its list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Filter {
    /// Name or number of the list.
    pub name: Spanned<String>,
    /// Its rules; the first that fits decides.
    pub rules: Vec<FilterRule>,
    /// The interfaces that it filters.
    pub interfaces: Vec<Spanned<String>>,
}

/// One rule of a [`Filter`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FilterRule {
    /// Lets pass.
    pub permits: bool,
    /// The senders, their protocol and ports; `None` as addresses for any.
    pub from: Traffic,
    /// The receivers, with the same protocol, and ports; `None` as addresses
    /// for any.
    pub to: Traffic,
    /// Its place.
    pub span: Span,
}

impl Filter {
    /// A list without rules.
    #[must_use]
    pub const fn new(name: Spanned<String>) -> Self {
        Self {
            name,
            rules: Vec::new(),
            interfaces: Vec::new(),
        }
    }
}

impl FilterRule {
    /// The rule at `span`.
    #[must_use]
    pub const fn new(permits: bool, from: Traffic, to: Traffic, span: Span) -> Self {
        Self {
            permits,
            from,
            to,
            span,
        }
    }
}

/// What becomes of packets in one direction (RFC 4301 §4.4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// Of packets that leave the device.
    pub outbound: bool,
    /// Their senders.
    pub from: Traffic,
    /// Their receivers.
    pub to: Traffic,
    /// What is done with them; tunnel and transport stand for protection.
    pub action: Mode,
    /// Protection may be missing: what comes in the clear is accepted, or what
    /// leaves falls back to the clear.
    pub optional: bool,
    /// Its place.
    pub span: Span,
}

impl Policy {
    /// The policy at `span`.
    #[must_use]
    pub const fn new(outbound: bool, from: Traffic, to: Traffic, action: Mode, span: Span) -> Self {
        Self {
            outbound,
            from,
            to,
            action,
            optional: false,
            span,
        }
    }
}

/// An SA that a listing shows (RFC 4301 §4.4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Association {
    /// Its SPI.
    pub spi: Spanned<u32>,
    /// The gateway that sends.
    pub from: Option<IpAddr>,
    /// The gateway that receives, which chose the SPI.
    pub to: Option<IpAddr>,
    /// The networks behind the receiver.
    pub destination: Option<Spanned<AddressRange>>,
    /// The table or the device that lists it.
    pub listed_by: Spanned<String>,
}

impl Association {
    /// The SA of this SPI that `listed_by` shows.
    #[must_use]
    pub const fn new(spi: Spanned<u32>, listed_by: Spanned<String>) -> Self {
        Self {
            spi,
            from: None,
            to: None,
            destination: None,
            listed_by,
        }
    }
}

/// What a configuration says of a secret; never the secret itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SecretNote {
    /// What it is for.
    pub kind: SecretKind,
    /// Its length in bytes as written; `None` when it lies elsewhere.
    pub len: Option<usize>,
    /// Its bytes as IKE uses them, to be compared and never shown; `None` when
    /// it lies elsewhere, or is written encrypted.
    pub value: Option<SharedSecret>,
    /// Whose it is; empty for anybody's.
    pub owners: Vec<Setting<Identity>>,
    /// Where it is named: never the place of the secret itself.
    pub span: Span,
}

impl SecretNote {
    /// A secret without owners, known by its length alone.
    #[must_use]
    pub const fn new(kind: SecretKind, len: Option<usize>, span: Span) -> Self {
        Self {
            kind,
            len,
            value: None,
            owners: Vec::new(),
            span,
        }
    }
}

/// A secret that can be compared: equal in constant time, shown as a length.
#[derive(Clone, Debug)]
pub struct SharedSecret(Arc<Secret>);

impl SharedSecret {
    /// Holds `bytes`.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Secret::new(bytes)))
    }

    /// The secret.
    #[must_use]
    pub fn secret(&self) -> &Secret {
        &self.0
    }
}

impl PartialEq for SharedSecret {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(other.0.dangerous_bytes())
    }
}

impl Eq for SharedSecret {}

/// What a secret is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SecretKind {
    /// A pre-shared key of IKE.
    Psk,
    /// A post-quantum pre-shared key (RFC 8784).
    Ppk,
    /// A password of EAP or XAUTH.
    Password,
    /// A private key, or what opens the file or the token it lies in.
    PrivateKey,
}
