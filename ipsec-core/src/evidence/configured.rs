//! Facts that configurations state, by themselves or side by side.

use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

/// Something that stands in a configuration, or in which two of them differ.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Configured {
    /// What it is about.
    pub topic: Topic,
    /// What comes of it.
    pub effect: Effect,
    /// The connection it is about, by its name in the first place, escaped.
    pub connection: Option<String>,
    /// The ends of the tunnel it is about, as far as they are written.
    pub ends: Ends,
    /// What is the case, in one sentence with the values. Escaped.
    pub detail: String,
    /// Where it is written, side by side: the place of the asking end first.
    pub places: Vec<Written>,
    /// What would put it right, best first.
    pub repairs: Vec<Repair>,
}

impl Configured {
    /// Something about `topic`, with this effect, between `ends`.
    #[must_use]
    pub const fn new(topic: Topic, effect: Effect, ends: Ends, detail: String) -> Self {
        Self {
            topic,
            effect,
            connection: None,
            ends,
            detail,
            places: Vec::new(),
            repairs: Vec::new(),
        }
    }
}

/// The outer addresses of the two ends of a tunnel, the one that asks first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(clippy::exhaustive_structs, reason = "a tunnel has two ends")]
pub struct Ends {
    /// Of the end whose configuration stands first.
    pub asking: Vec<IpAddr>,
    /// Of the other.
    pub answering: Vec<IpAddr>,
}

/// A place of a configuration and what stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Written {
    /// Index of the file among the inputs.
    pub input: usize,
    /// Line, from 1; `None` for what the device fills in by itself.
    pub line: Option<u64>,
    /// Character of the line, from 1.
    pub column: u64,
    /// What stands there, or what the device fills in, in words; escaped, and
    /// never a secret.
    pub shows: String,
}

impl Written {
    /// What stands at `line` and `column` of the file `input`.
    #[must_use]
    pub const fn new(input: usize, line: Option<u64>, column: u64, shows: String) -> Self {
        Self {
            input,
            line,
            column,
            shows,
        }
    }
}

/// A change of one configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Repair {
    /// Index of the file among the inputs.
    pub input: usize,
    /// The change is made at the end that asks.
    pub asking: bool,
    /// What to do.
    pub text: String,
    /// The lines to write, in the form of that file; escaped, without secrets.
    pub patch: Option<String>,
    /// It makes the tunnel weaker.
    pub weakens: bool,
}

impl Repair {
    /// What to do to the file `input`, of the end that asks or answers.
    #[must_use]
    pub const fn new(input: usize, asking: bool, text: String) -> Self {
        Self {
            input,
            asking,
            text,
            patch: None,
            weakens: false,
        }
    }
}

/// What comes of a [`Configured`] fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)
)]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Effect {
    /// Nothing is agreed, or nothing passes.
    Fails,
    /// It works until keys are renewed.
    FailsLater,
    /// Less is agreed than is asked for.
    Narrows,
    /// Each side keeps its own.
    Differs,
    /// It works, but is not good practice.
    Weakens,
    /// Nothing; worth knowing.
    #[cfg_attr(feature = "serde", serde(rename = "info"))]
    Harmless,
}

/// What a [`Configured`] fact is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)
)]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Topic {
    /// There is such a connection; nothing is said against it.
    Connection,
    /// The versions of IKE.
    Version,
    /// Main or aggressive mode.
    Phase1,
    /// The protection of the IKE SA.
    IkeProposal,
    /// How an end proves who it is.
    Method,
    /// Who an end is, and who it is expected to be.
    Identity,
    /// The pre-shared keys are not the same.
    SharedKey,
    /// One end has no pre-shared key for the other.
    SharedKeyMissing,
    /// A pre-shared key is looked up by an address that a NAT changes, or that
    /// is not fixed, in main mode.
    SharedKeyByAddress,
    /// A pre-shared key that is short or a word.
    SharedKeyWeak,
    /// The protection of packets.
    ChildProposal,
    /// One end wants a key exchange of its own for packets, the other none.
    Pfs,
    /// The groups of these key exchanges differ.
    PfsGroup,
    /// Neither end wants one.
    PfsAbsent,
    /// The packets to be protected.
    Selectors,
    /// The access lists of the two ends are no mirror images of each other.
    NotMirrored,
    /// The packets to be protected are not those of the SAs that stand.
    SelectorsOfSa,
    /// The table of SAs of one end is a copy of the other's.
    SaTable,
    /// An SA without its partner in the other direction.
    SaUnpaired,
    /// Tunnel or transport.
    Mode,
    /// The lifetimes of the two ends.
    Lifetime,
    /// Soft and hard lifetime of one end.
    SoftLifetime,
    /// No lifetime is written, the device's own holds.
    LifetimeByDefault,
    /// An idle timer.
    IdleTimeout,
    /// NAT traversal.
    NatTraversal,
    /// Dead peer detection.
    DeadPeerDetection,
    /// IKE fragmentation.
    Fragmentation,
    /// Algorithms that standards advise against, or forbid.
    WeakSuite,
    /// ESP without integrity protection.
    NoIntegrity,
    /// AH where addresses are translated, or AH alone.
    AuthenticationHeader,
    /// What is not written is filled in with weak algorithms.
    WeakDefaults,
    /// No interface uses the connection.
    NotApplied,
    /// Several connections where the device takes one for an interface.
    OneMapPerInterface,
    /// A packet filter that drops IKE, ESP or AH.
    Filtered,
    /// A port where a protocol number is meant.
    PortForProtocol,
    /// Rules of which an earlier one hides a later one.
    Order,
    /// What is required of packets in one direction is not what is done in the
    /// other.
    Asymmetric,
    /// One end is at no fixed address, so that only it can begin.
    DynamicPeer,
    /// Aggressive mode with a pre-shared key.
    AggressiveSharedKey,
    /// Certificates: the form of the identity, authorities, revocation.
    Certificate,
    /// The address that a client is given, or has.
    VirtualAddress,
    /// Routes or networks of different tunnels overlap.
    Overlap,
    /// Name service for clients.
    NameService,
    /// A release with a known fault.
    Release,
}
