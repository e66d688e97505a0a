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
    /// Payload types (RFC 7296 §3.2).
    PayloadType(u8) {
        SK = 46;
    }
    /// Security protocol identifiers (RFC 7296 §3.3.1).
    ProtocolId(u8) {
        IKE = 1;
    }
    /// Key exchange methods (RFC 7296 §3.3.2).
    KeyExchange(u16) {
        MODP_1024 = 2;
    }
    /// Certificate encodings (RFC 7296 §3.6).
    CertEncoding(u8) {
        X509_SIGNATURE = 4;
    }
}
