//! Whether a certificate is about the identity that a peer claims (RFC 7296
//! §4, RFC 4945 §3.1 and §5.1.3.6).

use super::certificate::Certificate;
use super::extension::AltName;
use super::name::DistinguishedName;
use crate::wire::registry::ike::IdType;
use crate::wire::tree::escaped;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::IpAddr;

/// Whether a certificate carries an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdentityMatch {
    /// It does, as the standards want it.
    Same {
        /// The name in the certificate.
        by: String,
    },
    /// It does for some daemons: the standards forbid the comparison.
    Lenient {
        /// The name in the certificate.
        by: String,
        /// How the two are alike.
        why: Leniency,
    },
    /// It does not.
    Other {
        /// Every name that the certificate carries, subject first.
        has: Vec<String>,
    },
    /// No certificate carries identities of that type: none at all
    /// (`ID_NULL`), a key identifier that is not that of the certificate's key
    /// (RFC 4945 §3.1.7), a type that nobody knows.
    NotComparable,
}

/// A way in which a name is like an identity and not the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Leniency {
    /// The name has a wildcard that fits (RFC 4945 §3.1.2 forbids it).
    Wildcard,
    /// It stands in the subject, not in an alternative name (RFC 4945 §3.1
    /// wants the latter).
    InSubject,
}

impl Certificate {
    /// Whether the certificate carries the identity of type `kind` with these
    /// `data`, as an IDi or IDr payload has it. The types that certificates
    /// know have the same numbers in IKEv1.
    #[must_use]
    pub fn carries(&self, kind: IdType, data: &[u8]) -> IdentityMatch {
        let found = match kind {
            IdType::ID_FQDN => self.domain(data),
            IdType::ID_RFC822_ADDR => self.mail(data),
            IdType::ID_IPV4_ADDR | IdType::ID_IPV6_ADDR => self.address(data),
            IdType::ID_DER_ASN1_DN => self.distinguished_name(data),
            IdType::ID_DER_ASN1_GN => self.general_name(data),
            IdType::ID_KEY_ID if self.has_key_id(data) => {
                return same(&"subjectKeyIdentifier");
            }
            _ => return IdentityMatch::NotComparable,
        };
        found.unwrap_or_else(|| IdentityMatch::Other {
            has: self.names().collect(),
        })
    }

    /// Every name that the certificate carries, subject first.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let subject = (!self.subject.is_empty()).then(|| self.subject.to_string());
        let others = self.alt_names.iter().map(ToString::to_string);
        subject.into_iter().chain(others)
    }

    fn domain(&self, data: &[u8]) -> Option<IdentityMatch> {
        let claimed = escaped(data);
        let claimed = claimed.trim_end_matches('.');
        let is = |name: &str| name.trim_end_matches('.').eq_ignore_ascii_case(claimed);
        let mut names = self.alt_names.iter();
        if let Some(name) = names.find(|name| matches!(name, AltName::Dns(dns) if is(dns))) {
            return Some(same(name));
        }
        let covers = |name: &&AltName| matches!(name, AltName::Dns(dns) if covers(dns, claimed));
        let wildcard = self.alt_names.iter().find(covers);
        wildcard
            .map(|name| lenient(name, Leniency::Wildcard))
            .or_else(|| self.in_subject("CN", is))
    }

    fn mail(&self, data: &[u8]) -> Option<IdentityMatch> {
        let claimed = escaped(data);
        let is = |name: &str| name.eq_ignore_ascii_case(&claimed);
        let mut names = self.alt_names.iter();
        names
            .find(|name| matches!(name, AltName::Email(mail) if is(mail)))
            .map(same)
            .or_else(|| self.in_subject("E", is))
    }

    fn address(&self, data: &[u8]) -> Option<IdentityMatch> {
        let v4 = <[u8; 4]>::try_from(data).map(IpAddr::from);
        let claimed = v4.or(<[u8; 16]>::try_from(data).map(IpAddr::from)).ok()?;
        let mut names = self.alt_names.iter();
        names
            .find(|name| **name == AltName::Ip(claimed))
            .map(same)
            .or_else(|| self.in_subject("CN", |name| name.parse() == Ok(claimed)))
    }

    fn distinguished_name(&self, data: &[u8]) -> Option<IdentityMatch> {
        let claimed = DistinguishedName::new(data);
        if self.subject.same_as(&claimed) {
            return Some(same(&self.subject));
        }
        let is =
            |name: &&AltName| matches!(name, AltName::Directory(name) if name.same_as(&claimed));
        self.alt_names.iter().find(is).map(same)
    }

    fn general_name(&self, data: &[u8]) -> Option<IdentityMatch> {
        let claimed = AltName::read(data).ok()?;
        self.alt_names
            .iter()
            .find(|name| **name == claimed)
            .map(same)
    }

    fn has_key_id(&self, data: &[u8]) -> bool {
        !data.is_empty() && self.subject_key_id == data
    }

    fn in_subject(&self, attribute: &str, is: impl Fn(&str) -> bool) -> Option<IdentityMatch> {
        let found = self.subject.values_of(attribute);
        let found = found.into_iter().find(|value| is(value))?;
        let by = alloc::format!("{attribute}={found}");
        Some(lenient(&by, Leniency::InSubject))
    }
}

/// Whether `*.example` covers `moon.example`: one label for the asterisk.
fn covers(name: &str, claimed: &str) -> bool {
    let parts = name.strip_prefix("*.").zip(claimed.split_once('.'));
    parts.is_some_and(|(domain, (label, rest))| {
        !label.is_empty() && domain.eq_ignore_ascii_case(rest)
    })
}

fn same(name: &impl ToString) -> IdentityMatch {
    let by = name.to_string();
    IdentityMatch::Same { by }
}

fn lenient(name: &impl ToString, why: Leniency) -> IdentityMatch {
    let by = name.to_string();
    IdentityMatch::Lenient { by, why }
}
