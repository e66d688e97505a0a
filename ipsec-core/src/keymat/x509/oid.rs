//! Object identifiers and what they are called: attributes of names,
//! algorithms, curves, extensions, purposes.

use alloc::string::{String, ToString as _};
pub(super) use const_oid::ObjectIdentifier;

/// An identifier and its name.
pub(super) struct Named {
    oid: ObjectIdentifier,
    pub(super) name: &'static str,
}

/// The name of the identifier with these content bytes, in one of the tables.
pub(super) fn name_in(table: &'static [Named], content: &[u8]) -> Option<&'static str> {
    let found = table.iter().find(|named| named.oid.as_bytes() == content);
    found.map(|named| named.name)
}

/// The same, or the numbers with dots where it has no name.
pub(super) fn name_or_dotted(table: &'static [Named], content: &[u8]) -> String {
    name_in(table, content).map_or_else(|| dotted(content), String::from)
}

/// `1.2.840.113549` for the content bytes of an identifier; what is none is
/// shown in hexadecimal.
pub(super) fn dotted(content: &[u8]) -> String {
    match ObjectIdentifier::from_bytes(content) {
        Ok(oid) => oid.to_string(),
        Err(_) => super::name::hex_form(content),
    }
}

macro_rules! named {
    ($($(#[$doc:meta])* $table:ident { $($oid:literal => $name:literal,)* })*) => {$(
        $(#[$doc])*
        pub(super) static $table: &[Named] = &[$(
            Named { oid: ObjectIdentifier::new_unwrap($oid), name: $name },
        )*];
    )*};
}

named! {
    /// Attributes of names, short where the daemons write them so.
    ATTRIBUTES {
        "2.5.4.3" => "CN",
        "2.5.4.4" => "surname",
        "2.5.4.5" => "serialNumber",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "STREET",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "2.5.4.12" => "T",
        "2.5.4.13" => "description",
        "2.5.4.15" => "businessCategory",
        "2.5.4.17" => "postalCode",
        "2.5.4.41" => "name",
        "2.5.4.42" => "givenName",
        "2.5.4.43" => "initials",
        "2.5.4.44" => "generationQualifier",
        "2.5.4.46" => "dnQualifier",
        "2.5.4.65" => "pseudonym",
        "2.5.4.97" => "organizationIdentifier",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        "1.2.840.113549.1.9.1" => "E",
        "1.2.840.113549.1.9.2" => "unstructuredName",
        "1.2.840.113549.1.9.8" => "unstructuredAddress",
        "1.3.6.1.4.1.311.60.2.1.1" => "jurisdictionL",
        "1.3.6.1.4.1.311.60.2.1.2" => "jurisdictionST",
        "1.3.6.1.4.1.311.60.2.1.3" => "jurisdictionC",
    }
    /// Signature algorithms with a fixed hash (RFC 3279, RFC 4055, RFC 5758,
    /// RFC 8410), as the provider calls them.
    SIGNATURES {
        "1.2.840.113549.1.1.2" => "RSA with MD2",
        "1.2.840.113549.1.1.3" => "RSA with MD4",
        "1.2.840.113549.1.1.4" => "RSA with MD5",
        "1.2.840.113549.1.1.5" => "RSA with SHA-1",
        "1.3.14.3.2.29" => "RSA with SHA-1",
        "1.2.840.113549.1.1.14" => "RSA with SHA2-224",
        "1.2.840.113549.1.1.11" => "RSA with SHA2-256",
        "1.2.840.113549.1.1.12" => "RSA with SHA2-384",
        "1.2.840.113549.1.1.13" => "RSA with SHA2-512",
        "1.2.840.10040.4.3" => "DSA with SHA-1",
        "2.16.840.1.101.3.4.3.1" => "DSA with SHA2-224",
        "2.16.840.1.101.3.4.3.2" => "DSA with SHA2-256",
        "1.2.840.10045.4.1" => "ECDSA with SHA-1",
        "1.2.840.10045.4.3.1" => "ECDSA with SHA2-224",
        "1.2.840.10045.4.3.2" => "ECDSA with SHA2-256",
        "1.2.840.10045.4.3.3" => "ECDSA with SHA2-384",
        "1.2.840.10045.4.3.4" => "ECDSA with SHA2-512",
        "1.3.101.112" => "Ed25519",
        "1.3.101.113" => "Ed448",
        "2.16.840.1.101.3.4.3.17" => "ML-DSA-44",
        "2.16.840.1.101.3.4.3.18" => "ML-DSA-65",
        "2.16.840.1.101.3.4.3.19" => "ML-DSA-87",
    }
    /// Keys that need no parameters to be named.
    KEYS {
        "1.2.840.10040.4.1" => "DSA",
        "1.2.840.10046.2.1" => "DH",
        "1.3.101.110" => "X25519",
        "1.3.101.111" => "X448",
        "1.3.101.112" => "Ed25519",
        "1.3.101.113" => "Ed448",
        "2.16.840.1.101.3.4.3.17" => "ML-DSA-44",
        "2.16.840.1.101.3.4.3.18" => "ML-DSA-65",
        "2.16.840.1.101.3.4.3.19" => "ML-DSA-87",
    }
    /// Hashes that the parameters of RSASSA-PSS name (RFC 4055 §2.1).
    HASHES {
        "1.2.840.113549.2.5" => "MD5",
        "1.3.14.3.2.26" => "SHA-1",
        "2.16.840.1.101.3.4.2.4" => "SHA2-224",
        "2.16.840.1.101.3.4.2.1" => "SHA2-256",
        "2.16.840.1.101.3.4.2.2" => "SHA2-384",
        "2.16.840.1.101.3.4.2.3" => "SHA2-512",
    }
    /// Curves (RFC 5480 §2.1.1.1, RFC 5639).
    CURVES {
        "1.2.840.10045.3.1.1" => "P-192",
        "1.3.132.0.33" => "P-224",
        "1.2.840.10045.3.1.7" => "P-256",
        "1.3.132.0.34" => "P-384",
        "1.3.132.0.35" => "P-521",
        "1.3.132.0.10" => "secp256k1",
        "1.3.36.3.3.2.8.1.1.5" => "brainpoolP224r1",
        "1.3.36.3.3.2.8.1.1.7" => "brainpoolP256r1",
        "1.3.36.3.3.2.8.1.1.11" => "brainpoolP384r1",
        "1.3.36.3.3.2.8.1.1.13" => "brainpoolP512r1",
    }
    /// Purposes of keys (RFC 5280 §4.2.1.12, RFC 4945 §5.1.3.12).
    PURPOSES {
        "2.5.29.37.0" => "anyExtendedKeyUsage",
        "1.3.6.1.5.5.7.3.1" => "serverAuth",
        "1.3.6.1.5.5.7.3.2" => "clientAuth",
        "1.3.6.1.5.5.7.3.3" => "codeSigning",
        "1.3.6.1.5.5.7.3.4" => "emailProtection",
        "1.3.6.1.5.5.7.3.5" => "ipsecEndSystem",
        "1.3.6.1.5.5.7.3.6" => "ipsecTunnel",
        "1.3.6.1.5.5.7.3.7" => "ipsecUser",
        "1.3.6.1.5.5.7.3.8" => "timeStamping",
        "1.3.6.1.5.5.7.3.9" => "OCSPSigning",
        "1.3.6.1.5.5.7.3.17" => "ipsecIKE",
        "1.3.6.1.5.5.8.2.2" => "iKEIntermediate",
        "1.3.6.1.4.1.311.20.2.2" => "smartcardLogon",
    }
    /// Extensions of certificates and revocation lists (RFC 5280 §4.2, §5.2).
    EXTENSIONS {
        "2.5.29.14" => "subjectKeyIdentifier",
        "2.5.29.15" => "keyUsage",
        "2.5.29.17" => "subjectAltName",
        "2.5.29.18" => "issuerAltName",
        "2.5.29.19" => "basicConstraints",
        "2.5.29.20" => "cRLNumber",
        "2.5.29.21" => "cRLReason",
        "2.5.29.27" => "deltaCRLIndicator",
        "2.5.29.28" => "issuingDistributionPoint",
        "2.5.29.29" => "certificateIssuer",
        "2.5.29.30" => "nameConstraints",
        "2.5.29.31" => "cRLDistributionPoints",
        "2.5.29.32" => "certificatePolicies",
        "2.5.29.33" => "policyMappings",
        "2.5.29.35" => "authorityKeyIdentifier",
        "2.5.29.36" => "policyConstraints",
        "2.5.29.37" => "extKeyUsage",
        "2.5.29.54" => "inhibitAnyPolicy",
        "1.3.6.1.5.5.7.1.1" => "authorityInfoAccess",
        "1.3.6.1.5.5.7.1.7" => "ipAddrBlocks",
        "1.3.6.1.5.5.7.48.1" => "ocsp",
        "1.3.6.1.5.5.7.48.2" => "caIssuers",
        "1.3.6.1.4.1.311.20.2.3" => "userPrincipalName",
    }
}

pub(super) const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
pub(super) const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
pub(super) const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
pub(super) const SIGNED_DATA: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
