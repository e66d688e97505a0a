//! Certificates: what they say (RFC 5280, as RFC 4945 profiles it for
//! IKE).
//!
//! - [`Certificate`]: what it says, read as far as it can be.
//! - [`DistinguishedName`]: names as the daemons print them, compared as
//!   RFC 5280 §7.1 demands.
//!
//! Elements of DER are read here (`asn1`) and not by a library: certificates
//! that peers send break the encoding rules in small ways, and a report must
//! say what is in them all the same. Signatures are checked over the bytes
//! that were sent; nothing is encoded anew.

mod asn1;
mod certificate;
mod extension;
mod key;
mod name;
mod oid;
mod signed;

pub use certificate::Certificate;
pub use extension::{AltName, BasicConstraints, KeyUsage};
pub use key::PublicKey;
pub use name::DistinguishedName;
pub use signed::{SignatureAlgorithm, SignatureCheck};
