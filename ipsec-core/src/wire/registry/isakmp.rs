//! IKEv1 registries.

use super::registry;

registry! {
    /// Exchange types (RFC 2408 §3.1).
    ExchangeType(u8) {
        AGGRESSIVE = 4;
    }
}
