//! The table of key exchange methods.

use super::{curve, kem, modp, table};
use crate::crypto::Group;

table! {
    /// The key exchange methods, those of RFC 8247 §2.4 first.
    dyn Group: GROUPS, MODERN_GROUPS {
        modern:
            curve::CURVE25519,
            curve::ECP_256,
            curve::ECP_384,
            curve::ECP_521,
            modp::MODP_2048,
            modp::MODP_3072,
            modp::MODP_4096,
            modp::MODP_6144,
            modp::MODP_8192,
            curve::BRAINPOOL_P256R1,
            curve::BRAINPOOL_P384R1,
            kem::ML_KEM_512,
            kem::ML_KEM_768,
            kem::ML_KEM_1024,
        ; with "curve448": curve::CURVE448;
        legacy:
            modp::MODP_768,
            modp::MODP_1024,
            modp::MODP_1536,
            modp::MODP_1024_160,
            modp::MODP_2048_224,
            modp::MODP_2048_256,
    }
}
