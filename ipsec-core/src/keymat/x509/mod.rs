//! Certificates: what they say, and whether to believe it (RFC 5280, as
//! RFC 4945 profiles it for IKE).
//!
//! - [`Certificate`], [`RevocationList`]: read as far as they can be.
//! - [`DistinguishedName`]: names as the daemons print them, compared as
//!   RFC 5280 §7.1 demands.
//! - [`Bundle`]: files of them, and what CERT payloads hold.
//! - [`Certificate::carries`]: whether one is about a claimed identity.
//! - [`Trust::judge`]: the path from a certificate to an authority, and every
//!   fault on it.
//! - [`Authorities::believe`]: both for a peer, as a yes or the reason for the no.
//!
//! Elements of DER are read here (`asn1`) and not by a library: certificates
//! that peers send break the encoding rules in small ways, and a report must
//! say what is in them all the same. Paths are judged here because a library's
//! yes or no does not say which link fails and why. Signatures are checked over
//! the bytes that were sent; nothing is encoded anew.

mod asn1;
mod bundle;
mod certificate;
mod crl;
mod extension;
mod fault;
mod identity;
mod key;
mod name;
mod oid;
mod path;
mod peer;
mod signed;

pub use bundle::{Bundle, BundleFault, BundleFaultKind};
pub use certificate::Certificate;
pub use crl::{Revocation, RevocationList};
pub use extension::{AltName, BasicConstraints, KeyUsage};
pub use fault::{Fault, FaultKind, Weight};
pub use identity::{IdentityMatch, Leniency};
pub use key::PublicKey;
pub use name::DistinguishedName;
pub use path::{Link, Path, RevocationStatus, Trust, Verdict};
pub use peer::{Authorities, Believed, Disbelief};
pub use signed::{SignatureAlgorithm, SignatureCheck};
