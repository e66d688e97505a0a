//! Phase 2 registries of the IPsec DOI ("Internet Security Association and
//! Key Management Protocol (ISAKMP) Identifiers", RFC 2407 §4.4 and §4.5).

use crate::wire::registry::registry;

registry! {
    /// IPSEC ESP transform identifiers (RFC 2407 §4.4.4); 249-253 are
    /// private use, as FreeS/WAN and its heirs number them.
    EspTransform(u8) {
        ESP_DES_IV64 = 1;
        ESP_DES = 2;
        ESP_3DES = 3;
        ESP_RC5 = 4;
        ESP_IDEA = 5;
        ESP_CAST = 6;
        ESP_BLOWFISH = 7;
        ESP_3IDEA = 8;
        ESP_DES_IV32 = 9;
        ESP_RC4 = 10;
        ESP_NULL = 11;
        ESP_AES_CBC = 12 => "ESP_AES-CBC";
        ESP_AES_CTR = 13 => "ESP_AES-CTR";
        ESP_AES_CCM_8 = 14 => "ESP_AES-CCM_8";
        ESP_AES_CCM_12 = 15 => "ESP_AES-CCM_12";
        ESP_AES_CCM_16 = 16 => "ESP_AES-CCM_16";
        ESP_AES_GCM_8 = 18 => "ESP_AES-GCM_8";
        ESP_AES_GCM_12 = 19 => "ESP_AES-GCM_12";
        ESP_AES_GCM_16 = 20 => "ESP_AES-GCM_16";
        ESP_SEED_CBC = 21;
        ESP_CAMELLIA = 22;
        ESP_NULL_AUTH_AES_GMAC = 23 => "ESP_NULL_AUTH_AES-GMAC";
        ESP_CAMELLIA_CTR = 24;
        ESP_CAMELLIA_CCM_8 = 25;
        ESP_CAMELLIA_CCM_12 = 26;
        ESP_CAMELLIA_CCM_16 = 27;
        ESP_MARS = 249;
        ESP_RC6 = 250;
        ESP_KAME_NULL = 251;
        ESP_SERPENT = 252;
        ESP_TWOFISH = 253;
    }

    /// IPSEC AH transform identifiers (RFC 2407 §4.4.3, RFC 4543 §9);
    /// 250-252 as libreswan numbers them.
    AhTransform(u8) {
        AH_MD5 = 2;
        AH_SHA = 3;
        AH_DES = 4;
        AH_SHA2_256 = 5 => "AH_SHA2-256";
        AH_SHA2_384 = 6 => "AH_SHA2-384";
        AH_SHA2_512 = 7 => "AH_SHA2-512";
        AH_RIPEMD = 8;
        AH_AES_XCBC_MAC = 9 => "AH_AES-XCBC-MAC";
        AH_RSA = 10;
        AH_AES_128_GMAC = 11 => "AH_AES-128-GMAC";
        AH_AES_192_GMAC = 12 => "AH_AES-192-GMAC";
        AH_AES_256_GMAC = 13 => "AH_AES-256-GMAC";
        AH_AES_CMAC_96 = 250;
        AH_NULL = 251;
        AH_SHA2_256_TRUNCBUG = 252;
    }

    /// IPSEC IPCOMP transform identifiers (RFC 2407 §4.4.5, RFC 3051).
    IpcompTransform(u8) {
        IPCOMP_OUI = 1;
        IPCOMP_DEFLATE = 2;
        IPCOMP_LZS = 3;
        IPCOMP_LZJH = 4;
    }

    /// IPSEC security association attributes (RFC 2407 §4.5, RFC 4304,
    /// RFC 4359, RFC 6407); 32001 is libreswan's security context.
    Phase2Attribute(u16) {
        SA_LIFE_TYPE = 1 => "SA Life Type";
        SA_LIFE_DURATION = 2 => "SA Life Duration";
        GROUP_DESCRIPTION = 3 => "Group Description";
        ENCAPSULATION_MODE = 4 => "Encapsulation Mode";
        AUTHENTICATION_ALGORITHM = 5 => "Authentication Algorithm";
        KEY_LENGTH = 6 => "Key Length";
        KEY_ROUNDS = 7 => "Key Rounds";
        COMPRESS_DICTIONARY_SIZE = 8 => "Compress Dictionary Size";
        COMPRESS_PRIVATE_ALGORITHM = 9 => "Compress Private Algorithm";
        ECN_TUNNEL = 10 => "ECN Tunnel";
        EXTENDED_SEQUENCE_NUMBER = 11 => "Extended (64-bit) Sequence Number";
        AUTHENTICATION_KEY_LENGTH = 12 => "Authentication Key Length";
        SIGNATURE_ENCODING_ALGORITHM = 13 => "Signature Encoding Algorithm";
        ADDRESS_PRESERVATION = 14 => "Address Preservation";
        SA_DIRECTION = 15 => "SA Direction";
        SECURITY_CONTEXT = 32001 => "Security Context";
    }

    /// Encapsulation modes (RFC 2407 §4.5, RFC 3947 §5.1); 61440 is Check
    /// Point's, 61443 and 61444 the NAT-T drafts'.
    EncapsulationMode(u16) {
        TUNNEL = 1 => "Tunnel";
        TRANSPORT = 2 => "Transport";
        UDP_TUNNEL = 3 => "UDP-Encapsulated-Tunnel";
        UDP_TRANSPORT = 4 => "UDP-Encapsulated-Transport";
        CHKPT_UDP = 61440 => "Check Point UDP Encapsulation";
        UDP_TUNNEL_DRAFT = 61443 => "UDP-Encapsulated-Tunnel (drafts)";
        UDP_TRANSPORT_DRAFT = 61444 => "UDP-Encapsulated-Transport (drafts)";
    }

    /// Authentication algorithms (RFC 2407 §4.5, RFC 4868 §4, RFC 4543 §9);
    /// 250-252 as libreswan numbers them.
    AuthAlgorithm(u16) {
        NONE = 0 => "none";
        HMAC_MD5 = 1 => "HMAC-MD5";
        HMAC_SHA = 2 => "HMAC-SHA";
        DES_MAC = 3 => "DES-MAC";
        KPDK = 4;
        HMAC_SHA2_256 = 5 => "HMAC-SHA2-256";
        HMAC_SHA2_384 = 6 => "HMAC-SHA2-384";
        HMAC_SHA2_512 = 7 => "HMAC-SHA2-512";
        HMAC_RIPEMD = 8 => "HMAC-RIPEMD";
        AES_XCBC_MAC = 9 => "AES-XCBC-MAC";
        SIG_RSA = 10 => "SIG-RSA";
        AES_128_GMAC = 11 => "AES-128-GMAC";
        AES_192_GMAC = 12 => "AES-192-GMAC";
        AES_256_GMAC = 13 => "AES-256-GMAC";
        AES_CMAC_96 = 250 => "AES-CMAC-96";
        NULL_KAME = 251 => "NULL (KAME)";
        HMAC_SHA2_256_TRUNCBUG = 252 => "HMAC-SHA2-256-96";
    }

    /// Values of the Extended Sequence Number attribute (RFC 4304).
    EsnFlag(u16) {
        ESN = 1 => "64-bit Sequence Number";
    }

    /// ECN tunnel values (RFC 3168 §9.2.1.2).
    EcnTunnel(u16) {
        ALLOWED = 1 => "Allowed";
        FORBIDDEN = 2 => "Forbidden";
    }

    /// Signature encoding algorithms (RFC 4359 §5).
    SignatureEncoding(u16) {
        RSASSA_PKCS1_V1_5 = 1 => "RSASSA-PKCS1-v1_5";
        RSASSA_PSS = 2 => "RSASSA-PSS";
    }

    /// Address preservation values (RFC 6407 §5.5.1.1.1).
    AddressPreservation(u16) {
        NONE = 1 => "None";
        SOURCE_ONLY = 2 => "Source-Only";
        DESTINATION_ONLY = 3 => "Destination-Only";
        SOURCE_AND_DESTINATION = 4 => "Source-and-Destination";
    }

    /// SA direction values (RFC 6407 §5.5.1.1.2).
    SaDirection(u16) {
        SENDER_ONLY = 1 => "Sender-Only";
        RECEIVER_ONLY = 2 => "Receiver-Only";
        SYMMETRIC = 3 => "Symmetric";
    }
}
