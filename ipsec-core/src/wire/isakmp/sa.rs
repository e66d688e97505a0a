//! The SA payload (RFC 2408 §3.4, RFC 2407 §4.6.1): a situation, with labels
//! where secrecy or integrity is asked for, and proposals.

use super::super::layout::{Field, Layout, Show};
use super::super::leaf::{Fault, Parsed, bytes, u16, u32};
use super::super::registry::isakmp::Doi;
use super::super::unread::{Faults, Unread};
use super::fields::RESERVED;
use super::notify::DOI;
use super::proposal::Proposal;
use super::series::{lay_out_series, series};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// The content of an SA payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sa<'a> {
    /// The domain of interpretation of all that follows.
    pub doi: Doi,
    /// Under which policy the SA is negotiated.
    pub situation: Situation<'a>,
    /// The offers, best first; those of the same number belong together.
    pub proposals: Vec<Proposal<'a>>,
    /// What follows the last readable proposal and should not.
    pub rest: Option<Box<Unread<'a>>>,
}

/// Under which policy an SA is negotiated (RFC 2407 §4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Situation<'a> {
    /// The situation of the IPsec DOI.
    Ipsec {
        /// Bits: identity only (1), secrecy (2), integrity (4).
        flags: u32,
        /// Labels, where secrecy or integrity is asked for.
        labels: Option<Box<Labels<'a>>>,
    },
    /// All that follows another domain of interpretation.
    Other(&'a [u8]),
}

impl Situation<'_> {
    /// `SIT_IDENTITY_ONLY`, as everybody sends it.
    pub const IDENTITY_ONLY: Self = Self::Ipsec {
        flags: SIT_IDENTITY_ONLY,
        labels: None,
    };
}

/// Labels of a situation (RFC 2407 §4.6.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels<'a> {
    /// Who defines the labels.
    pub domain: u32,
    /// Secrecy level, length in bytes.
    pub secrecy_level: Label<'a>,
    /// Secrecy categories, length in bits.
    pub secrecy_categories: Label<'a>,
    /// Integrity level, length in bytes.
    pub integrity_level: Label<'a>,
    /// Integrity categories, length in bits.
    pub integrity_categories: Label<'a>,
}

/// One label, padded to a multiple of four bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label<'a> {
    /// Its length without padding, in bytes or bits.
    pub length: u16,
    /// The reserved bytes after the length.
    pub reserved: u16,
    /// The label with its padding.
    pub padded: &'a [u8],
}

impl<'a> Sa<'a> {
    /// An SA payload of the IPsec DOI with these proposals.
    #[must_use]
    pub const fn new(proposals: Vec<Proposal<'a>>) -> Self {
        Self {
            doi: Doi::IPSEC,
            situation: Situation::IDENTITY_ONLY,
            proposals,
            rest: None,
        }
    }

    pub(super) fn decode(
        group: &'a [u8],
        i: &'a [u8],
        faults: &mut Faults<'a>,
    ) -> Result<Self, nom::Err<Fault<'a>>> {
        let (i, doi) = u32(i, "doi")?;
        let doi = Doi(doi);
        let (i, situation) = match doi {
            Doi::ISAKMP | Doi::IPSEC => situation(i)?,
            _ => (Default::default(), Situation::Other(i)),
        };
        let (proposals, rest) = series(group, i, 1, faults);
        Ok(Self {
            doi,
            situation,
            proposals,
            rest,
        })
    }

    pub(super) fn size_hint(&self) -> usize {
        let proposals = self.proposals.iter().map(Proposal::size_hint);
        proposals.fold(12, usize::saturating_add)
    }

    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        out.u32(&DOI, self.doi.0);
        match &self.situation {
            Situation::Other(rest) => out.bytes(&SITUATION_BYTES, rest),
            Situation::Ipsec { flags, labels } => {
                out.u32(&SITUATION, *flags);
                if let Some(labels) = labels {
                    labels.lay_out(out);
                }
            }
        }
        lay_out_series(&self.proposals, self.rest.as_deref(), (), out);
    }
}

fn situation(i: &[u8]) -> Parsed<'_, Situation<'_>> {
    let (i, flags) = u32(i, "situation")?;
    if flags & (SIT_SECRECY | SIT_INTEGRITY) == 0 {
        let labels = None;
        return Ok((i, Situation::Ipsec { flags, labels }));
    }
    let (i, domain) = u32(i, "labeled_domain")?;
    let (i, secrecy_level) = label(i, 8)?;
    let (i, secrecy_categories) = label(i, 1)?;
    let (i, integrity_level) = label(i, 8)?;
    let (i, integrity_categories) = label(i, 1)?;
    let labels = Some(Box::new(Labels {
        domain,
        secrecy_level,
        secrecy_categories,
        integrity_level,
        integrity_categories,
    }));
    Ok((i, Situation::Ipsec { flags, labels }))
}

fn label(i: &[u8], bits_per_unit: usize) -> Parsed<'_, Label<'_>> {
    let (i, length) = u16(i, "label_length")?;
    let (i, reserved) = u16(i, "reserved")?;
    let bits = usize::from(length).saturating_mul(bits_per_unit);
    let size = bits.div_ceil(32).saturating_mul(4);
    let (i, padded) = bytes(i, size, "label")?;
    let label = Label {
        length,
        reserved,
        padded,
    };
    Ok((i, label))
}

impl Labels<'_> {
    fn lay_out(&self, out: &mut impl Layout) {
        out.u32(&LABELED_DOMAIN, self.domain);
        for (field, label) in [
            (&SECRECY_LEVEL, &self.secrecy_level),
            (&SECRECY_CATEGORIES, &self.secrecy_categories),
            (&INTEGRITY_LEVEL, &self.integrity_level),
            (&INTEGRITY_CATEGORIES, &self.integrity_categories),
        ] {
            out.group(field, |out| {
                out.u16(&LABEL_LENGTH, label.length);
                out.u16(&RESERVED, label.reserved);
                out.bytes(&LABEL, label.padded);
            });
        }
    }
}

const SIT_IDENTITY_ONLY: u32 = 1;
const SIT_SECRECY: u32 = 2;
const SIT_INTEGRITY: u32 = 4;

static SITUATION: Field = Field::new(
    "situation",
    "Situation",
    "Policy the SA is negotiated under, RFC 2407 §4.2",
    Show::Flags(&[
        (0x04, "integrity"),
        (0x02, "secrecy"),
        (0x01, "identity_only"),
    ]),
);
static SITUATION_BYTES: Field = Field::new(
    "situation",
    "Situation",
    "Content by the rules of another domain of interpretation, RFC 2408 §3.4",
    Show::Bytes,
);
static LABELED_DOMAIN: Field = Field::new(
    "labeled_domain",
    "Labeled domain",
    "Who defines the labels, RFC 2407 §4.6.1",
    Show::Dec,
);
static SECRECY_LEVEL: Field = Field::new(
    "secrecy_level",
    "Secrecy level",
    "Least secrecy asked for, RFC 2407 §4.6.1",
    Show::Group,
);
static SECRECY_CATEGORIES: Field = Field::new(
    "secrecy_categories",
    "Secrecy categories",
    "Compartments, one bit each, RFC 2407 §4.6.1",
    Show::Group,
);
static INTEGRITY_LEVEL: Field = Field::new(
    "integrity_level",
    "Integrity level",
    "Least integrity asked for, RFC 2407 §4.6.1",
    Show::Group,
);
static INTEGRITY_CATEGORIES: Field = Field::new(
    "integrity_categories",
    "Integrity categories",
    "Compartments, one bit each, RFC 2407 §4.6.1",
    Show::Group,
);
static LABEL_LENGTH: Field = Field::new(
    "label_length",
    "Length",
    "Bytes of a level or bits of a bitmap, without padding, RFC 2407 §4.6.1",
    Show::Dec,
);
static LABEL: Field = Field::new(
    "label",
    "Label",
    "Level or bitmap, padded to a multiple of four bytes, RFC 2407 §4.6.1",
    Show::Bytes,
);
