//! Configuration attributes of private and encrypted DNS (RFC 8598 §4.2,
//! RFC 9464 §3).
#![expect(clippy::exhaustive_structs, reason = "a fixed wire format")]

use super::super::fields::{fields, numbers, octet};
use crate::wire::layout::{Field, Layout, Show};
use crate::wire::leaf::{self, Fault};
use crate::wire::registry::ike::HashAlgorithm;
use smallvec::SmallVec;

/// `INTERNAL_DNSSEC_TA`: a trust anchor of the domain in the attribute before
/// it (RFC 8598 §4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustAnchor<'a> {
    /// Key tag of the DNSKEY.
    pub key_tag: u16,
    /// DNSSEC algorithm number.
    pub algorithm: u8,
    /// Digest algorithm number.
    pub digest_type: u8,
    /// Digest of the DNSKEY.
    pub digest: &'a [u8],
}

impl<'a> TrustAnchor<'a> {
    pub(super) fn decode(i: &'a [u8]) -> Result<Self, nom::Err<Fault<'a>>> {
        let (i, key_tag) = leaf::u16(i, "key_tag")?;
        let (i, algorithm) = leaf::u8(i, "algorithm")?;
        let (digest, digest_type) = leaf::u8(i, "digest_type")?;
        Ok(Self {
            key_tag,
            algorithm,
            digest_type,
            digest,
        })
    }

    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        out.u16(&KEY_TAG, self.key_tag);
        out.u8(&ALGORITHM, self.algorithm);
        out.u8(&DIGEST_TYPE, self.digest_type);
        out.bytes(&DIGEST, self.digest);
    }
}

/// `ENCDNS_IP4`, `ENCDNS_IP6`: a resolver with encrypted transport
/// (RFC 9464 §3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptedDns<'a> {
    /// Rank among the resolvers; the lowest is preferred.
    pub priority: u16,
    /// Bytes of one address: 4 or 16.
    pub width: u8,
    /// The addresses, end to end.
    pub addresses: &'a [u8],
    /// Authentication domain name.
    pub name: &'a [u8],
    /// Service parameters in wire format (RFC 9460 §2.2).
    pub parameters: &'a [u8],
}

impl<'a> EncryptedDns<'a> {
    pub(super) fn decode(i: &'a [u8], width: u8) -> Result<Self, nom::Err<Fault<'a>>> {
        let (i, priority) = leaf::u16(i, "priority")?;
        let (i, count) = leaf::u8(i, "num_addresses")?;
        let (i, name_length) = leaf::u8(i, "name_length")?;
        let size = usize::from(width).saturating_mul(count.into());
        let (i, addresses) = leaf::bytes(i, size, "address")?;
        let (parameters, name) = leaf::bytes(i, name_length.into(), "name")?;
        Ok(Self {
            priority,
            width,
            addresses,
            name,
            parameters,
        })
    }

    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        let addresses = self.addresses.chunks(usize::from(self.width).max(1));
        out.u16(&PRIORITY, self.priority);
        out.u8(&NUM_ADDRESSES, octet(addresses.len()));
        out.u8(&NAME_LENGTH, octet(self.name.len()));
        for address in addresses {
            out.bytes(&ADDRESS, address);
        }
        out.bytes(&NAME, self.name);
        out.bytes(&PARAMETERS, self.parameters);
    }
}

/// `ENCDNS_DIGEST_INFO`: how to recognise the resolver's certificate
/// (RFC 9464 §3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptedDnsDigest<'a> {
    /// Authentication domain name.
    pub name: &'a [u8],
    /// Hash algorithms asked for, or the one used.
    pub hashes: SmallVec<[HashAlgorithm; 8]>,
    /// Digest of the certificate; empty in requests.
    pub digest: &'a [u8],
}

impl<'a> EncryptedDnsDigest<'a> {
    pub(super) fn decode(i: &'a [u8]) -> Result<Self, nom::Err<Fault<'a>>> {
        let (i, count) = leaf::u8(i, "num_hashes")?;
        let (i, name_length) = leaf::u8(i, "name_length")?;
        let (i, name) = leaf::bytes(i, name_length.into(), "name")?;
        let (digest, list) = leaf::bytes(i, usize::from(count).saturating_mul(2), "hash")?;
        Ok(Self {
            name,
            hashes: numbers(list)?.map(HashAlgorithm).collect(),
            digest,
        })
    }

    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        out.u8(&NUM_HASHES, octet(self.hashes.len()));
        out.u8(&NAME_LENGTH, octet(self.name.len()));
        out.bytes(&NAME, self.name);
        for hash in &self.hashes {
            out.u16(&HASH, hash.0);
        }
        out.bytes(&DIGEST, self.digest);
    }
}

fields! {
    KEY_TAG "key_tag" "Key tag" "Key tag of the DNSKEY (RFC 8598 §4.2)" Show::Dec;
    ALGORITHM "algorithm" "Algorithm" "DNSSEC algorithm number (RFC 8598 §4.2)" Show::Dec;
    DIGEST_TYPE "digest_type" "Digest type" "DS digest algorithm (RFC 8598 §4.2)" Show::Dec;
    DIGEST "digest" "Digest" "Digest of a key or certificate" Show::Bytes;
    PRIORITY "priority" "Service priority"
        "Rank among the resolvers; the lowest is preferred (RFC 9464 §3.1)" Show::Dec;
    NUM_ADDRESSES "num_addresses" "Number of addresses"
        "Addresses that follow (RFC 9464 §3.1)" Show::Dec;
    NAME_LENGTH "name_length" "Name length"
        "Bytes of the authentication domain name (RFC 9464 §3.1)" Show::Dec;
    ADDRESS "address" "Address" "An address of the resolver (RFC 9464 §3.1)" Show::Address;
    NAME "name" "Authentication domain name"
        "Name of the resolver (RFC 9464 §3.1)" Show::Text;
    PARAMETERS "parameters" "Service parameters"
        "Ports and paths of the resolver (RFC 9464 §3.1)" Show::Bytes;
    NUM_HASHES "num_hashes" "Number of hash algorithms"
        "Hash algorithms that follow (RFC 9464 §3.2)" Show::Dec;
    HASH "hash" "Hash algorithm"
        "Algorithm of the certificate digest (RFC 9464 §3.2)" Show::Named(HashAlgorithm::name_of);
}
