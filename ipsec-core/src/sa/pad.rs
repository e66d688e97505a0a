//! The peer authorization database: who may come, how they prove who they
//! are, and what they may ask for (RFC 4301 §4.4.3).
//!
//! Entries are ordered, the first whose pattern fits an identity holds.
//! Identities and traffic are compared here; whether an identity is proven is
//! for IKE to find out, with the data that the entry holds for that.

use super::selector::{AddressRange, Selector, covers};
use crate::crypto::Secret;
use crate::keymat::x509::DistinguishedName;
use crate::wire::registry::ike::IdType;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Identities that an entry is for (RFC 4301 §4.4.3.1).
///
/// Names of hosts and domains are compared without regard to case.
///
/// ```
/// use ipsec_core::sa::pad::Pattern;
/// use ipsec_core::wire::registry::ike::IdType;
/// let branch = Pattern::Domain("example.com".into());
/// assert!(branch.fits(IdType::ID_FQDN, b"gw7.Example.com"));
/// assert!(!branch.fits(IdType::ID_FQDN, b"gw7.badexample.com"));
/// assert!(!branch.fits(IdType::ID_RFC822_ADDR, b"me@example.com"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pattern {
    /// Anybody who says who they are, and nobody who does not (`ID_NULL`).
    Any,
    /// A host.
    Host(String),
    /// Every host below this domain.
    Domain(String),
    /// A mail address; the part before the `@` is compared as it stands.
    Mail(String),
    /// Every mail address of this domain, and of none below it.
    MailDomain(String),
    /// Addresses.
    Addresses(AddressRange),
    /// A distinguished name.
    Name(DistinguishedName),
    /// A distinguished name and every one below it.
    NamesUnder(DistinguishedName),
    /// An opaque key ID.
    KeyId(Vec<u8>),
    /// Peers that do not say who they are (RFC 7619).
    Nobody,
    /// An identity of any type, byte for byte.
    Exactly {
        /// Its type.
        kind: IdType,
        /// Its data.
        data: Vec<u8>,
    },
}

impl Pattern {
    /// Whether it fits the identity of type `kind` with these `data`, as an
    /// IDi or IDr payload has it.
    #[must_use]
    pub fn fits(&self, kind: IdType, data: &[u8]) -> bool {
        let of = |wanted: IdType| kind == wanted;
        match self {
            Self::Any => kind != IdType::ID_NULL,
            Self::Nobody => of(IdType::ID_NULL),
            Self::Host(name) => of(IdType::ID_FQDN) && data.eq_ignore_ascii_case(name.as_bytes()),
            Self::Domain(domain) => of(IdType::ID_FQDN) && is_below(data, domain.as_bytes()),
            Self::Mail(mail) => of(IdType::ID_RFC822_ADDR) && same_mail(data, mail.as_bytes()),
            Self::MailDomain(domain) => {
                let at = mail_parts(data).filter(|(user, _)| !user.is_empty());
                let host = at.map(|(_, host)| host);
                let same = |host: &[u8]| host.eq_ignore_ascii_case(domain.as_bytes());
                of(IdType::ID_RFC822_ADDR) && host.is_some_and(same)
            }
            Self::Addresses(range) => address(kind, data).is_some_and(|at| range.contains(at)),
            Self::Name(name) => {
                of(IdType::ID_DER_ASN1_DN) && DistinguishedName::new(data).same_as(name)
            }
            Self::NamesUnder(top) => {
                of(IdType::ID_DER_ASN1_DN) && DistinguishedName::new(data).is_under(top)
            }
            Self::KeyId(id) => of(IdType::ID_KEY_ID) && data == id,
            Self::Exactly { kind, data: id } => of(*kind) && data == id,
        }
    }
}

fn is_below(name: &[u8], domain: &[u8]) -> bool {
    let split = name.len().checked_sub(domain.len());
    let parts = split.and_then(|at| name.split_at_checked(at));
    parts.is_some_and(|(host, end)| {
        end.eq_ignore_ascii_case(domain) && host.len() > 1 && host.ends_with(b".")
    })
}

fn mail_parts(mail: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = mail.iter().rposition(|byte| *byte == b'@')?;
    let (user, host) = mail.split_at_checked(at)?;
    Some((user, host.get(1..)?))
}

fn same_mail(one: &[u8], other: &[u8]) -> bool {
    match (mail_parts(one), mail_parts(other)) {
        (Some((user, host)), Some((other, domain))) => {
            user == other && host.eq_ignore_ascii_case(domain)
        }
        _ => false,
    }
}

fn address(kind: IdType, data: &[u8]) -> Option<IpAddr> {
    match kind {
        IdType::ID_IPV4_ADDR => Some(Ipv4Addr::from(<[u8; 4]>::try_from(data).ok()?).into()),
        IdType::ID_IPV6_ADDR => Some(Ipv6Addr::from(<[u8; 16]>::try_from(data).ok()?).into()),
        _ => None,
    }
}

/// What an authenticated peer may ask for (RFC 4301 §4.4.3.3).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Children {
    /// What the policies that bear its identity's name allow.
    ByIdentity,
    /// Traffic to these addresses on its side, and whatever the policies
    /// allow of that.
    Within(Vec<AddressRange>),
}

impl Children {
    /// Whether a peer may ask for traffic to `remote` on its side.
    #[must_use]
    pub fn allow(&self, remote: &[Selector]) -> bool {
        match self {
            Self::ByIdentity => true,
            Self::Within(ranges) => {
                let own: Vec<Selector> = ranges.iter().map(|range| Selector::new(*range)).collect();
                covers(&own, remote)
            }
        }
    }
}

/// How a peer proves who it is (RFC 4301 §4.4.3.2).
#[derive(Debug)]
#[non_exhaustive]
pub enum Authentication {
    /// By a secret that both have.
    PresharedKey(Secret),
    /// By a certificate.
    Certificate(TrustAnchors),
    /// By a method of EAP (RFC 7296 §2.16).
    Eap,
    /// Not at all (RFC 7619).
    Null,
}

/// What makes a certificate a proof of identity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the parts of RFC 4301 §4.4.3.2")]
pub struct TrustAnchors {
    /// Certificates that its path may end at, as DER.
    pub anchors: Vec<Vec<u8>>,
    /// Revocation lists, as DER.
    pub revoked: Vec<Vec<u8>>,
    /// Whether its subject, or another name in it, must be the identity.
    pub must_name: bool,
}

/// One entry: whom it is for, and `A`, how these are authenticated.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "the parts of RFC 4301 §4.4.3")]
pub struct Peer<A = Authentication> {
    /// Any of these identities.
    pub who: Vec<Pattern>,
    /// What they may ask for.
    pub children: Children,
    /// Method and data of authentication.
    pub authentication: A,
}

/// All entries, in order.
#[derive(Clone, Debug)]
pub struct Pad<A = Authentication> {
    peers: Vec<Peer<A>>,
}

impl<A> Pad<A> {
    /// A database of `peers`, the first of which goes before all others.
    #[must_use]
    pub const fn new(peers: Vec<Peer<A>>) -> Self {
        Self { peers }
    }

    /// The first entry for an identity; whoever has none is not authorized.
    #[must_use]
    pub fn find(&self, kind: IdType, data: &[u8]) -> Option<&Peer<A>> {
        let fits = |peer: &&Peer<A>| peer.who.iter().any(|pattern| pattern.fits(kind, data));
        self.peers.iter().find(fits)
    }

    /// All entries in order.
    #[must_use]
    pub fn peers(&self) -> &[Peer<A>] {
        &self.peers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// C=CH, O=Sun, CN=… as DER.
    fn name(common: Option<&str>) -> DistinguishedName {
        let attribute = |last: u8, value: &str| {
            let len = |more: usize| u8::try_from(value.len() + more).unwrap();
            let head = [0x31, len(9), 0x30, len(7), 6, 3, 0x55, 4, last, 12, len(0)];
            [&head[..], value.as_bytes()].concat()
        };
        let mut inside = [attribute(6, "CH"), attribute(10, "Sun")].concat();
        inside.extend(common.map(|value| attribute(3, value)).unwrap_or_default());
        let head = [0x30, u8::try_from(inside.len()).unwrap()];
        DistinguishedName::new(&[&head[..], &inside].concat())
    }

    #[test]
    fn each_kind_of_identity() {
        use IdType as T;
        let range = "192.0.2.0-192.0.2.9".parse().unwrap();
        let [moon, loud, mars] = ["moon", "MOON", "mars"].map(|common| name(Some(common)));
        let above = name(None);
        type Case<'a> = (Pattern, T, &'a [u8], &'a [&'a [u8]]);
        let cases: [Case<'_>; 8] = [
            (
                Pattern::Host("gw.example.com".into()),
                T::ID_FQDN,
                b"GW.example.COM",
                &[b"gw.example.co", b"a.gw.example.com", b""],
            ),
            (
                Pattern::Domain("example.com".into()),
                T::ID_FQDN,
                b"a.b.Example.com",
                &[b"example.com", b".example.com", b"xexample.com", b"com"],
            ),
            (
                Pattern::Mail("Me@example.com".into()),
                T::ID_RFC822_ADDR,
                b"Me@EXAMPLE.com",
                &[b"me@example.com", b"Me@a.example.com", b"Me"],
            ),
            (
                Pattern::MailDomain("example.com".into()),
                T::ID_RFC822_ADDR,
                b"you@Example.com",
                &[b"@example.com", b"you@a.example.com", b"you"],
            ),
            (
                Pattern::Addresses(range),
                T::ID_IPV4_ADDR,
                &[192, 0, 2, 9],
                &[&[192, 0, 2, 10], &[192, 0, 2], b""],
            ),
            (
                Pattern::Name(moon.clone()),
                T::ID_DER_ASN1_DN,
                loud.der(),
                &[above.der(), mars.der(), b"0"],
            ),
            (
                Pattern::NamesUnder(name(None)),
                T::ID_DER_ASN1_DN,
                moon.der(),
                &[b"\x30\x00", b"", b"C=CH"],
            ),
            (
                Pattern::KeyId(b"key 1".to_vec()),
                T::ID_KEY_ID,
                b"key 1",
                &[b"key 2", b"KEY 1"],
            ),
        ];
        for (pattern, kind, same, others) in cases {
            assert!(pattern.fits(kind, same), "{pattern:?}");
            assert!(Pattern::Any.fits(kind, same));
            for other in others {
                assert!(!pattern.fits(kind, other), "{pattern:?} {other:?}");
            }
            for other in [T::ID_NULL, T(200)] {
                assert!(!pattern.fits(other, same), "{pattern:?} {other:?}");
            }
        }
        assert!(Pattern::NamesUnder(moon.clone()).fits(T::ID_DER_ASN1_DN, moon.der()));
        assert!(!Pattern::NamesUnder(moon).fits(T::ID_DER_ASN1_DN, name(None).der()));
        assert!(Pattern::Nobody.fits(T::ID_NULL, b""));
        let general = Pattern::Exactly {
            kind: T::ID_DER_ASN1_GN,
            data: b"\x82\x01a".to_vec(),
        };
        assert!(general.fits(T::ID_DER_ASN1_GN, b"\x82\x01a"));
        assert!(!general.fits(T::ID_DER_ASN1_GN, b"\x82\x01b"));
        assert!(!general.fits(T::ID_KEY_ID, b"\x82\x01a"));
    }

    /// What an entry holds is not shown, and every kind of proof has a place.
    #[test]
    fn entries_say_how_peers_prove_themselves() {
        let peer = |who, authentication| Peer {
            who: Vec::from([who]),
            children: Children::ByIdentity,
            authentication,
        };
        let anchors = TrustAnchors {
            anchors: Vec::from([b"DER".to_vec()]),
            revoked: Vec::new(),
            must_name: true,
        };
        let pad = Pad::new(Vec::from([
            peer(
                Pattern::NamesUnder(name(None)),
                Authentication::Certificate(anchors),
            ),
            peer(
                Pattern::KeyId(b"key 1".to_vec()),
                Authentication::PresharedKey(Secret::new(b"swordfish".to_vec())),
            ),
        ]));
        let found = pad.find(IdType::ID_DER_ASN1_DN, name(Some("moon")).der());
        let found = &found.unwrap().authentication;
        assert!(matches!(found, Authentication::Certificate(how) if how.must_name));
        let found = pad.find(IdType::ID_KEY_ID, b"key 1").unwrap();
        assert!(matches!(
            found.authentication,
            Authentication::PresharedKey(_)
        ));
        assert!(!alloc::format!("{pad:?}").contains("swordfish"));
    }

    #[test]
    fn the_first_entry_holds() {
        let peer = |who, authentication| Peer {
            who: Vec::from([who]),
            children: Children::ByIdentity,
            authentication,
        };
        let pad = Pad::new(Vec::from([
            peer(Pattern::Host("boss.example.com".into()), "certificate"),
            peer(Pattern::Domain("example.com".into()), "key"),
        ]));
        let found = |name: &[u8]| Some(pad.find(IdType::ID_FQDN, name)?.authentication);
        assert_eq!(found(b"boss.example.com"), Some("certificate"));
        assert_eq!(found(b"branch.example.com"), Some("key"));
        assert_eq!(found(b"example.net"), None);
    }

    #[test]
    fn peers_ask_for_what_is_theirs() {
        let own = |ranges: &[&str]| {
            Children::Within(ranges.iter().map(|range| range.parse().unwrap()).collect())
        };
        let asked = |ranges: &[&str]| -> Vec<Selector> {
            let ranges = ranges.iter();
            ranges
                .map(|range| Selector::new(range.parse().unwrap()))
                .collect()
        };
        let branch = own(&["10.2.0.0/16", "2001:db8:2::/48"]);
        for (wanted, allowed) in [
            (&["10.2.7.0/24"][..], true),
            (&["10.2.0.0/16", "2001:db8:2:1::/64"], true),
            (&["10.2.0.0/15"], false),
            (&["10.2.7.0/24", "10.3.0.1"], false),
        ] {
            assert_eq!(branch.allow(&asked(wanted)), allowed, "{wanted:?}");
        }
        assert!(!own(&[]).allow(&asked(&["10.2.0.1"])));
        assert!(Children::ByIdentity.allow(&asked(&["0.0.0.0/0"])));
    }

    proptest! {
        #[test]
        fn no_identity_panics(kind: u8, data in prop::collection::vec(any::<u8>(), 0..40)) {
            let patterns = [
                Pattern::Any,
                Pattern::Host("a".into()),
                Pattern::Domain(String::new()),
                Pattern::Mail("@".into()),
                Pattern::MailDomain(String::new()),
                Pattern::Addresses(AddressRange::ANY_V4),
                Pattern::Name(DistinguishedName::new(&data)),
                Pattern::NamesUnder(DistinguishedName::new(b"")),
                Pattern::KeyId(Vec::new()),
            ];
            for pattern in patterns {
                let _ = pattern.fits(IdType(kind), &data);
            }
        }
    }
}
