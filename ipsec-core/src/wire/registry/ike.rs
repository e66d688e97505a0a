//! IKEv2 registries ("Internet Key Exchange Version 2 (IKEv2) Parameters").

use super::registry;

registry! {
    /// Exchange types (RFC 7296 §3.1).
    ExchangeType(u8) {
        IKE_SA_INIT = 34;
        IKE_AUTH = 35;
        CREATE_CHILD_SA = 36;
        INFORMATIONAL = 37;
    }
}
