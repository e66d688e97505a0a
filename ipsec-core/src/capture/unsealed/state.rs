//! What became of the encrypted part of a packet, as fields of its tree: no
//! bytes, but something to read and to filter by.

use super::{Inside, Unsealed};
use crate::evidence::{Proof, Proven, UnsealFault, Unsealing, Verdict};
use crate::wire::{Field, Show, TreeBuilder};

impl Unsealed<'_> {
    /// States whether it is open, and what was proven.
    pub(in crate::capture) fn lay_out_state(&self, out: &mut TreeBuilder<'_>) {
        out.note(&STATE, number_of(self.state));
        if let Inside::Packet(inner) = &self.inside {
            out.note(&KEYS, inner.derived.into());
            if let Some(high) = inner.sequence_high {
                out.note(&SEQUENCE_HIGH, high.into());
            }
        }
        for proof in &self.proofs {
            out.note(field_of(proof), verdict_of(&proof.verdict));
        }
    }
}

impl Unsealing {
    /// Whether it is open, or why not: `verified`, `no key`, `wrong key`, …
    #[must_use]
    pub fn words(self) -> &'static str {
        name_of(number_of(self)).unwrap_or_default()
    }
}

const fn number_of(state: Unsealing) -> u64 {
    match state {
        Unsealing::NoKey => 0,
        Unsealing::Verified => 1,
        Unsealing::Unchecked => 2,
        Unsealing::Failed(UnsealFault::WrongKey) => 3,
        Unsealing::Failed(UnsealFault::WrongIcv) => 4,
        Unsealing::Failed(UnsealFault::WrongPadding) => 5,
        Unsealing::Failed(UnsealFault::Length) => 6,
        Unsealing::Failed(UnsealFault::Unsupported) => 7,
    }
}

fn name_of(number: u64) -> Option<&'static str> {
    let number = usize::try_from(number).ok()?;
    STATES.get(number).copied()
}

const fn verdict_of(verdict: &Verdict) -> u64 {
    match verdict {
        Verdict::Fails => 0,
        Verdict::Holds => 1,
        Verdict::Open(_) => 2,
    }
}

fn origin_name(number: u64) -> Option<&'static str> {
    let number = usize::try_from(number).ok()?;
    ORIGINS.get(number).copied()
}

fn verdict_name(number: u64) -> Option<&'static str> {
    let number = usize::try_from(number).ok()?;
    VERDICTS.get(number).copied()
}

const fn field_of(proof: &Proof) -> &'static Field {
    match proof.of {
        Proven::Identity => &IDENTITY,
        Proven::IdentitySignature => &SIGNED_IDENTITY,
        Proven::Hash(_) => &HASH,
        Proven::SharedKeyAuth => &SHARED_KEY,
        Proven::SignatureAuth => &SIGNATURE,
        Proven::NullAuth => &NULL,
        Proven::PresharedKey => &PRESHARED_KEY,
    }
}

/// In the order of [`number_of`].
const STATES: [&str; 8] = [
    "no key",
    "verified",
    "unchecked",
    "wrong key",
    "wrong ICV",
    "wrong padding",
    "cut or impossible length",
    "unsupported algorithm",
];

/// Where the keys of an ESP or AH SA come from.
const ORIGINS: [&str; 2] = ["given", "derived from the IKE SA"];

/// In the order of [`verdict_of`].
const VERDICTS: [&str; 3] = ["fails", "holds", "open"];

static STATE: Field = Field::new(
    "unsealed",
    "Encrypted part",
    "What the keys at hand made of it: verified and unchecked are open",
    Show::Named(name_of),
);

static KEYS: Field = Field::new(
    "keys",
    "Keys",
    "Given, or the KEYMAT that the IKE SA makes, RFC 7296 §2.17, RFC 2409 §5.5",
    Show::Named(origin_name),
);

static SEQUENCE_HIGH: Field = Field::new(
    "sequence_high",
    "Upper half of the sequence number",
    "Not in the packet, and found by trying, RFC 4303 §2.2.1",
    Show::Dec,
);

/// A value that was recomputed and held against the one on the wire.
const fn proof(title: &'static str, about: &'static str) -> Field {
    Field::new("proof", title, about, Show::Named(verdict_name))
}

static IDENTITY: Field = proof("HASH_I or HASH_R", "Recomputed, RFC 2409 §5");
static SIGNED_IDENTITY: Field = proof("SIG_I or SIG_R", "Verified, RFC 2409 §5.1");
static HASH: Field = proof("HASH(n)", "Recomputed, RFC 2409 §5.5, §5.7");
static SHARED_KEY: Field = proof("AUTH by shared key", "Recomputed, RFC 7296 §2.15");
static SIGNATURE: Field = proof("AUTH by signature", "Verified, RFC 7296 §2.15, RFC 7427");
static NULL: Field = proof("NULL AUTH", "Recomputed, RFC 7619 §2.1");
static PRESHARED_KEY: Field = proof(
    "Pre-shared key",
    "A candidate held against SKEYID, RFC 2409 §5",
);
