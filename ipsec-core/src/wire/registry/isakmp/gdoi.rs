//! Group keys over ISAKMP ("Group Domain of Interpretation (GDOI) Payload
//! Type Values", RFC 6407).

use crate::wire::registry::registry;

registry! {
    /// Protocol-IDs of the SA TEK payload (RFC 6407 §5.5).
    TekProtocol(u8) {
        GDOI_PROTO_IPSEC_ESP = 1;
        GDOI_PROTO_IPSEC_AH = 2;
    }

    /// Attributes of the SA KEK payload (RFC 6407 §5.3).
    KekAttribute(u16) {
        KEK_MANAGEMENT_ALGORITHM = 1;
        KEK_ALGORITHM = 2;
        KEK_KEY_LENGTH = 3;
        KEK_KEY_LIFETIME = 4;
        SIG_HASH_ALGORITHM = 5;
        SIG_ALGORITHM = 6;
        SIG_KEY_LENGTH = 7;
    }

    /// Key download types (RFC 6407 §5.6).
    KeyDownloadType(u8) {
        TEK = 1;
        KEK = 2;
        LKH = 3;
        SID = 4;
    }

    /// TEK download attributes (RFC 6407 §5.6.1).
    TekKeyAttribute(u16) {
        TEK_ALGORITHM_KEY = 1;
        TEK_INTEGRITY_KEY = 2;
        TEK_SOURCE_AUTH_KEY = 3;
    }
}
