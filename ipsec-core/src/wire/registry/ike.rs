//! IKEv2 registries ("Internet Key Exchange Version 2 (IKEv2) Parameters"),
//! with the private-use numbers that are met in the field.

use super::registry;

mod notify;

pub use notify::{DeviceIdentity, NotifyType};

registry! {
    /// IKEv2 Exchange Types (RFC 7296 §3.1).
    ExchangeType(u8) {
        IKE_SA_INIT = 34;
        IKE_AUTH = 35;
        CREATE_CHILD_SA = 36;
        INFORMATIONAL = 37;
        IKE_SESSION_RESUME = 38;
        GSA_AUTH = 39;
        GSA_REGISTRATION = 40;
        GSA_REKEY = 41;
        IKE_INTERMEDIATE = 43;
        IKE_FOLLOWUP_KE = 44;
    }

    /// IKEv2 Payload Types, in their short notation (RFC 7296 §3.2).
    PayloadType(u8) {
        NONE = 0 => "none";
        SA = 33;
        KE = 34;
        IDI = 35 => "IDi";
        IDR = 36 => "IDr";
        CERT = 37;
        CERTREQ = 38;
        AUTH = 39;
        NONCE = 40 => "Nonce";
        NOTIFY = 41 => "N";
        DELETE = 42 => "D";
        VENDOR_ID = 43 => "V";
        TSI = 44 => "TSi";
        TSR = 45 => "TSr";
        SK = 46;
        CP = 47;
        EAP = 48;
        GSPM = 49;
        IDG = 50 => "IDg";
        GSA = 51;
        KD = 52;
        SKF = 53;
        PS = 54;
        CISCO_FRAGMENT = 132 => "Cisco-Fragmentation";
    }

    /// IKEv2 Security Protocol Identifiers (RFC 7296 §3.3.1); zero stands
    /// where a payload concerns no protocol.
    ProtocolId(u8) {
        NONE = 0 => "none";
        IKE = 1;
        AH = 2;
        ESP = 3;
        FC_ESP_HEADER = 4;
        FC_CT_AUTHENTICATION = 5;
    }

    /// Transform Type Values (RFC 7296 §3.3.2, RFC 9370 §2.2.1, RFC 9827).
    TransformType(u8) {
        ENCR = 1;
        PRF = 2;
        INTEG = 3;
        KE = 4;
        ESN = 5;
        ADDKE1 = 6;
        ADDKE2 = 7;
        ADDKE3 = 8;
        ADDKE4 = 9;
        ADDKE5 = 10;
        ADDKE6 = 11;
        ADDKE7 = 12;
        KWA = 13;
        GCAUTH = 14;
    }

    /// Transform Type 1 - Encryption Algorithm Transform IDs
    /// (RFC 7296 §3.3.2); from 1024 on private use: strongSwan's, libreswan's.
    Encryption(u16) {
        ENCR_DES_IV64 = 1;
        ENCR_DES = 2;
        ENCR_3DES = 3;
        ENCR_RC5 = 4;
        ENCR_IDEA = 5;
        ENCR_CAST = 6;
        ENCR_BLOWFISH = 7;
        ENCR_3IDEA = 8;
        ENCR_DES_IV32 = 9;
        ENCR_NULL = 11;
        ENCR_AES_CBC = 12;
        ENCR_AES_CTR = 13;
        ENCR_AES_CCM_8 = 14;
        ENCR_AES_CCM_12 = 15;
        ENCR_AES_CCM_16 = 16;
        ENCR_AES_GCM_8 = 18;
        ENCR_AES_GCM_12 = 19;
        ENCR_AES_GCM_16 = 20;
        ENCR_NULL_AUTH_AES_GMAC = 21;
        ENCR_XTS_AES = 22;
        ENCR_CAMELLIA_CBC = 23;
        ENCR_CAMELLIA_CTR = 24;
        ENCR_CAMELLIA_CCM_8 = 25;
        ENCR_CAMELLIA_CCM_12 = 26;
        ENCR_CAMELLIA_CCM_16 = 27;
        ENCR_CHACHA20_POLY1305 = 28;
        ENCR_AES_CCM_8_IIV = 29;
        ENCR_AES_GCM_16_IIV = 30;
        ENCR_CHACHA20_POLY1305_IIV = 31;
        ENCR_KUZNYECHIK_MGM_KTREE = 32;
        ENCR_MAGMA_MGM_KTREE = 33;
        ENCR_KUZNYECHIK_MGM_MAC_KTREE = 34;
        ENCR_MAGMA_MGM_MAC_KTREE = 35;
        STRONGSWAN_SERPENT_CBC = 1026 => "ENCR_SERPENT_CBC (strongSwan)";
        STRONGSWAN_TWOFISH_CBC = 1027 => "ENCR_TWOFISH_CBC (strongSwan)";
        ENCR_SERPENT_CBC = 65004;
        ENCR_TWOFISH_CBC = 65005;
        ENCR_TWOFISH_CBC_SSH = 65289;
    }

    /// Transform Type 2 - Pseudorandom Function Transform IDs
    /// (RFC 7296 §3.3.2).
    Prf(u16) {
        PRF_HMAC_MD5 = 1;
        PRF_HMAC_SHA1 = 2;
        PRF_HMAC_TIGER = 3;
        PRF_AES128_XCBC = 4;
        PRF_HMAC_SHA2_256 = 5;
        PRF_HMAC_SHA2_384 = 6;
        PRF_HMAC_SHA2_512 = 7;
        PRF_AES128_CMAC = 8;
        PRF_HMAC_STREEBOG_512 = 9;
    }

    /// Transform Type 3 - Integrity Algorithm Transform IDs
    /// (RFC 7296 §3.3.2); from 1024 on private use: strongSwan's.
    Integrity(u16) {
        NONE = 0;
        AUTH_HMAC_MD5_96 = 1;
        AUTH_HMAC_SHA1_96 = 2;
        AUTH_DES_MAC = 3;
        AUTH_KPDK_MD5 = 4;
        AUTH_AES_XCBC_96 = 5;
        AUTH_HMAC_MD5_128 = 6;
        AUTH_HMAC_SHA1_160 = 7;
        AUTH_AES_CMAC_96 = 8;
        AUTH_AES_128_GMAC = 9;
        AUTH_AES_192_GMAC = 10;
        AUTH_AES_256_GMAC = 11;
        AUTH_HMAC_SHA2_256_128 = 12;
        AUTH_HMAC_SHA2_384_192 = 13;
        AUTH_HMAC_SHA2_512_256 = 14;
        AUTH_HMAC_SHA1_128 = 1025;
        AUTH_HMAC_SHA2_256_96 = 1026;
        AUTH_HMAC_SHA2_256_256 = 1027;
        AUTH_HMAC_SHA2_384_384 = 1028;
        AUTH_HMAC_SHA2_512_512 = 1029;
        AUTH_CAMELLIA_XCBC_96 = 1030;
    }

    /// Transform Type 4 - Key Exchange Method Transform IDs
    /// (RFC 7296 §3.3.2, RFC 9370 §2.2.1); types 6 to 12 use them too. From
    /// 1024 on private use: strongSwan's.
    KeyExchange(u16) {
        NONE = 0;
        MODP_768 = 1 => "MODP-768";
        MODP_1024 = 2 => "MODP-1024";
        EC2N_155 = 3 => "EC2N-155";
        EC2N_185 = 4 => "EC2N-185";
        MODP_1536 = 5 => "MODP-1536";
        EC2N_163_RANDOM = 6 => "EC2N-163-random";
        EC2N_163_KOBLITZ = 7 => "EC2N-163-Koblitz";
        EC2N_283_RANDOM = 8 => "EC2N-283-random";
        EC2N_283_KOBLITZ = 9 => "EC2N-283-Koblitz";
        EC2N_409_RANDOM = 10 => "EC2N-409-random";
        EC2N_409_KOBLITZ = 11 => "EC2N-409-Koblitz";
        EC2N_571_RANDOM = 12 => "EC2N-571-random";
        EC2N_571_KOBLITZ = 13 => "EC2N-571-Koblitz";
        MODP_2048 = 14 => "MODP-2048";
        MODP_3072 = 15 => "MODP-3072";
        MODP_4096 = 16 => "MODP-4096";
        MODP_6144 = 17 => "MODP-6144";
        MODP_8192 = 18 => "MODP-8192";
        ECP_256 = 19 => "ECP-256";
        ECP_384 = 20 => "ECP-384";
        ECP_521 = 21 => "ECP-521";
        MODP_1024_160 = 22 => "MODP-1024-160";
        MODP_2048_224 = 23 => "MODP-2048-224";
        MODP_2048_256 = 24 => "MODP-2048-256";
        ECP_192 = 25 => "ECP-192";
        ECP_224 = 26 => "ECP-224";
        BRAINPOOL_P224R1 = 27 => "brainpoolP224r1";
        BRAINPOOL_P256R1 = 28 => "brainpoolP256r1";
        BRAINPOOL_P384R1 = 29 => "brainpoolP384r1";
        BRAINPOOL_P512R1 = 30 => "brainpoolP512r1";
        CURVE25519 = 31 => "Curve25519";
        CURVE448 = 32 => "Curve448";
        GOST3410_2012_256 = 33;
        GOST3410_2012_512 = 34;
        ML_KEM_512 = 35 => "ML-KEM-512";
        ML_KEM_768 = 36 => "ML-KEM-768";
        ML_KEM_1024 = 37 => "ML-KEM-1024";
        MODP_NULL = 1024 => "MODP-NULL";
        NTRU_112 = 1030 => "NTRU-112";
        NTRU_128 = 1031 => "NTRU-128";
        NTRU_192 = 1032 => "NTRU-192";
        NTRU_256 = 1033 => "NTRU-256";
        NEWHOPE_128 = 1040 => "NewHope-128";
    }

    /// Transform Type 5 - Sequence Numbers Transform IDs (RFC 7296 §3.3.2;
    /// RFC 9827 calls 0 "32-bit Sequential Numbers" and 1 "Partially
    /// Transmitted 64-bit Sequential Numbers").
    SequenceNumbers(u16) {
        NO_ESN = 0 => "No Extended Sequence Numbers";
        ESN = 1 => "Extended Sequence Numbers";
        UNSPECIFIED_32 = 2 => "32-bit Unspecified Numbers";
    }

    /// Transform Type 13 - Key Wrap Algorithm Transform IDs (RFC 9838).
    KeyWrap(u16) {
        KW_5649_128 = 1;
        KW_5649_192 = 2;
        KW_5649_256 = 3;
        KW_ARX = 4;
    }

    /// Transform Type 14 - Group Controller Authentication Method Transform
    /// IDs (RFC 9838).
    GroupControllerAuth(u16) {
        IMPLICIT = 1 => "Implicit";
        DIGITAL_SIGNATURE = 2 => "Digital Signature";
    }

    /// IKEv2 Transform Attribute Types (RFC 7296 §3.3.5).
    AttributeType(u16) {
        KEY_LENGTH = 14 => "Key Length";
    }

    /// IKEv2 Identification Payload ID Types (RFC 7296 §3.5).
    IdType(u8) {
        ID_IPV4_ADDR = 1;
        ID_FQDN = 2;
        ID_RFC822_ADDR = 3;
        ID_IPV6_ADDR = 5;
        ID_DER_ASN1_DN = 9;
        ID_DER_ASN1_GN = 10;
        ID_KEY_ID = 11;
        ID_FC_NAME = 12;
        ID_NULL = 13;
    }

    /// IKEv2 Certificate Encodings (RFC 7296 §3.6, RFC 7670, RFC 4806).
    CertEncoding(u8) {
        PKCS7 = 1 => "PKCS #7 wrapped X.509 certificate";
        PGP = 2 => "PGP Certificate";
        DNS_SIGNED_KEY = 3 => "DNS Signed Key";
        X509_SIGNATURE = 4 => "X.509 Certificate - Signature";
        X509_KEY_EXCHANGE = 5 => "X.509 Certificate - Key Exchange";
        KERBEROS_TOKEN = 6 => "Kerberos Token";
        CRL = 7 => "Certificate Revocation List (CRL)";
        ARL = 8 => "Authority Revocation List (ARL)";
        SPKI = 9 => "SPKI Certificate";
        X509_ATTRIBUTE = 10 => "X.509 Certificate - Attribute";
        RAW_RSA = 11 => "Raw RSA Key";
        HASH_AND_URL = 12 => "Hash and URL of X.509 certificate";
        HASH_AND_URL_BUNDLE = 13 => "Hash and URL of X.509 bundle";
        OCSP_CONTENT = 14 => "OCSP Content";
        RAW_PUBLIC_KEY = 15 => "Raw Public Key";
    }

    /// IKEv2 Authentication Method (RFC 7296 §3.8, RFC 7427, RFC 7619).
    AuthMethod(u8) {
        RSA_SIGNATURE = 1 => "RSA Digital Signature";
        SHARED_KEY = 2 => "Shared Key Message Integrity Code";
        DSS_SIGNATURE = 3 => "DSS Digital Signature";
        ECDSA_256 = 9 => "ECDSA with SHA-256 on the P-256 curve";
        ECDSA_384 = 10 => "ECDSA with SHA-384 on the P-384 curve";
        ECDSA_521 = 11 => "ECDSA with SHA-512 on the P-521 curve";
        SECURE_PASSWORD = 12 => "Generic Secure Password Authentication Method";
        NULL = 13 => "NULL Authentication";
        DIGITAL_SIGNATURE = 14 => "Digital Signature";
    }

    /// IKEv2 Traffic Selector Types (RFC 7296 §3.13.1, RFC 4595, RFC 9478).
    TsType(u8) {
        TS_IPV4_ADDR_RANGE = 7;
        TS_IPV6_ADDR_RANGE = 8;
        TS_FC_ADDR_RANGE = 9;
        TS_SECLABEL = 10;
    }

    /// IKEv2 Configuration Payload CFG Types (RFC 7296 §3.15).
    ConfigType(u8) {
        CFG_REQUEST = 1;
        CFG_REPLY = 2;
        CFG_SET = 3;
        CFG_ACK = 4;
    }

    /// IKEv2 Configuration Payload Attribute Types (RFC 7296 §3.15.1); from
    /// 16384 on private use: Microsoft's servers and Cisco's Unity.
    ConfigAttribute(u16) {
        INTERNAL_IP4_ADDRESS = 1;
        INTERNAL_IP4_NETMASK = 2;
        INTERNAL_IP4_DNS = 3;
        INTERNAL_IP4_NBNS = 4;
        INTERNAL_ADDRESS_EXPIRY = 5;
        INTERNAL_IP4_DHCP = 6;
        APPLICATION_VERSION = 7;
        INTERNAL_IP6_ADDRESS = 8;
        INTERNAL_IP6_DNS = 10;
        INTERNAL_IP6_NBNS = 11;
        INTERNAL_IP6_DHCP = 12;
        INTERNAL_IP4_SUBNET = 13;
        SUPPORTED_ATTRIBUTES = 14;
        INTERNAL_IP6_SUBNET = 15;
        MIP6_HOME_PREFIX = 16;
        INTERNAL_IP6_LINK = 17;
        INTERNAL_IP6_PREFIX = 18;
        HOME_AGENT_ADDRESS = 19;
        P_CSCF_IP4_ADDRESS = 20;
        P_CSCF_IP6_ADDRESS = 21;
        FTT_KAT = 22;
        EXTERNAL_SOURCE_IP4_NAT_INFO = 23;
        TIMEOUT_PERIOD_FOR_LIVENESS_CHECK = 24;
        INTERNAL_DNS_DOMAIN = 25;
        INTERNAL_DNSSEC_TA = 26;
        ENCDNS_IP4 = 27;
        ENCDNS_IP6 = 28;
        ENCDNS_DIGEST_INFO = 29;
        INTERNAL_IP4_SERVER = 23456;
        INTERNAL_IP6_SERVER = 23457;
        UNITY_BANNER = 28672;
        UNITY_SAVE_PASSWD = 28673;
        UNITY_DEF_DOMAIN = 28674;
        UNITY_SPLIT_DOMAIN = 28675;
        UNITY_SPLIT_INCLUDE = 28676;
        UNITY_NATT_PORT = 28677;
        UNITY_SPLIT_EXCLUDE = 28678;
        UNITY_PFS = 28679;
        UNITY_FW_TYPE = 28680;
        UNITY_BACKUP_SERVERS = 28681;
        UNITY_DDNS_HOSTNAME = 28682;
    }

    /// IKEv2 Hash Algorithms (RFC 7427 §7).
    HashAlgorithm(u16) {
        SHA1 = 1;
        SHA2_256 = 2 => "SHA2-256";
        SHA2_384 = 3 => "SHA2-384";
        SHA2_512 = 4 => "SHA2-512";
        IDENTITY = 5 => "Identity";
        STREEBOG_256 = 6;
        STREEBOG_512 = 7;
    }

    /// IKEv2 Gateway Identity Types (RFC 5685 §12).
    GatewayIdType(u8) {
        IPV4 = 1 => "IPv4 address";
        IPV6 = 2 => "IPv6 address";
        FQDN = 3;
    }

    /// IKEv2 Notification IPCOMP Transform IDs (RFC 7296 §3.10.1).
    IpcompTransform(u8) {
        IPCOMP_OUI = 1;
        IPCOMP_DEFLATE = 2;
        IPCOMP_LZS = 3;
        IPCOMP_LZJH = 4;
    }

    /// EAP codes (RFC 3748 §4, RFC 6696).
    EapCode(u8) {
        REQUEST = 1 => "Request";
        RESPONSE = 2 => "Response";
        SUCCESS = 3 => "Success";
        FAILURE = 4 => "Failure";
        INITIATE = 5 => "Initiate";
        FINISH = 6 => "Finish";
    }

    /// EAP method types (RFC 3748 §5 and the IANA EAP registry).
    EapType(u8) {
        IDENTITY = 1 => "Identity";
        NOTIFICATION = 2 => "Notification";
        NAK = 3 => "Legacy Nak";
        MD5_CHALLENGE = 4 => "MD5-Challenge";
        OTP = 5 => "One-Time Password (OTP)";
        GTC = 6 => "Generic Token Card (GTC)";
        RSA_PUBLIC_KEY = 9 => "RSA Public Key Authentication";
        DSS_UNILATERAL = 10 => "DSS Unilateral";
        KEA = 11;
        KEA_VALIDATE = 12 => "KEA-VALIDATE";
        TLS = 13 => "EAP-TLS";
        DEFENDER_TOKEN = 14 => "Defender Token (AXENT)";
        SECURID = 15 => "RSA Security SecurID EAP";
        ARCOT = 16 => "Arcot Systems EAP";
        LEAP = 17 => "EAP-Cisco Wireless (LEAP)";
        SIM = 18 => "EAP-SIM";
        SRP_SHA1 = 19 => "SRP-SHA1";
        TTLS = 21 => "EAP-TTLS";
        REMOTE_ACCESS = 22 => "Remote Access Service";
        AKA = 23 => "EAP-AKA";
        COM3_WIRELESS = 24 => "EAP-3Com Wireless";
        PEAP = 25;
        MSCHAPV2 = 26 => "EAP-MSCHAPv2";
        MAKE = 27 => "MAKE";
        CRYPTOCARD = 28 => "CRYPTOCard";
        EAP_MSCHAP_V2 = 29 => "EAP-MSCHAP-V2";
        DYNAMID = 30 => "DynamID";
        ROB = 31 => "Rob EAP";
        POTP = 32 => "Protected One-Time Password";
        MS_AUTHENTICATION_TLV = 33 => "MS-Authentication-TLV";
        SENTRINET = 34 => "SentriNET";
        ACTIONTEC = 35 => "EAP-Actiontec Wireless";
        COGENT = 36 => "Cogent Systems Biometrics Authentication EAP";
        AIRFORTRESS = 37 => "AirFortress EAP";
        HTTP_DIGEST = 38 => "EAP-HTTP Digest";
        SECURE_SUITE = 39 => "SecureSuite EAP";
        DEVICE_CONNECT = 40 => "DeviceConnect EAP";
        SPEKE = 41 => "EAP-SPEKE";
        MOBAC = 42 => "EAP-MOBAC";
        FAST = 43 => "EAP-FAST";
        ZLXEAP = 44;
        LINK = 45 => "EAP-Link";
        PAX = 46 => "EAP-PAX";
        PSK = 47 => "EAP-PSK";
        SAKE = 48 => "EAP-SAKE";
        IKEV2 = 49 => "EAP-IKEv2";
        AKA_PRIME = 50 => "EAP-AKA'";
        GPSK = 51 => "EAP-GPSK";
        PWD = 52 => "EAP-pwd";
        EKE = 53 => "EAP-EKE Version 1";
        PT_EAP = 54 => "EAP Method Type for PT-EAP";
        TEAP = 55;
        NOOB = 56 => "EAP-NOOB";
        EXPANDED = 254 => "Expanded Type";
        EXPERIMENTAL = 255 => "Experimental";
    }

    /// IKEv2 Post-quantum Preshared Key ID Types (RFC 8784 §5.1).
    PpkIdType(u8) {
        PPK_ID_OPAQUE = 1;
        PPK_ID_FIXED = 2;
    }

    /// ROHC Attribute Types of the ROHC_SUPPORTED notify (RFC 5857 §3.1.2).
    RohcAttribute(u16) {
        MAX_CID = 1;
        ROHC_PROFILE = 2;
        ROHC_INTEG = 3;
        ROHC_ICV_LEN = 4;
        MRRU = 5;
    }

    /// IKEv2 Secure Password Methods (RFC 6467 §2).
    SecurePasswordMethod(u16) {
        PACE = 1;
        AUGPAKE = 2 => "AugPAKE";
        SECURE_PSK = 3 => "Secure PSK Authentication";
    }
}

impl TransformType {
    /// Returns the name of a transform ID of this type, where its registry
    /// has one.
    #[must_use]
    pub const fn id_name(self, id: u16) -> Option<&'static str> {
        match self {
            Self::ENCR => Encryption(id).name(),
            Self::PRF => Prf(id).name(),
            Self::INTEG => Integrity(id).name(),
            Self::ESN => SequenceNumbers(id).name(),
            Self::KWA => KeyWrap(id).name(),
            Self::GCAUTH => GroupControllerAuth(id).name(),
            _ if self.is_key_exchange() => KeyExchange(id).name(),
            _ => None,
        }
    }

    /// Tells whether its IDs are key exchange methods: type 4 and the
    /// additional key exchanges (RFC 9370 §2.2.1).
    #[must_use]
    pub const fn is_key_exchange(self) -> bool {
        matches!(self.0, 4 | 6..=12)
    }
}

impl PayloadType {
    /// Returns the payload's name in words (`Traffic Selector - Initiator`).
    #[must_use]
    pub const fn title(self) -> Option<&'static str> {
        Some(match self {
            Self::NONE => "No Next Payload",
            Self::SA => "Security Association",
            Self::KE => "Key Exchange",
            Self::IDI => "Identification - Initiator",
            Self::IDR => "Identification - Responder",
            Self::CERT => "Certificate",
            Self::CERTREQ => "Certificate Request",
            Self::AUTH => "Authentication",
            Self::NONCE => "Nonce",
            Self::NOTIFY => "Notify",
            Self::DELETE => "Delete",
            Self::VENDOR_ID => "Vendor ID",
            Self::TSI => "Traffic Selector - Initiator",
            Self::TSR => "Traffic Selector - Responder",
            Self::SK => "Encrypted and Authenticated",
            Self::CP => "Configuration",
            Self::EAP => "Extensible Authentication",
            Self::GSPM => "Generic Secure Password Method",
            Self::IDG => "Group Identification",
            Self::GSA => "Group Security Association",
            Self::KD => "Key Download",
            Self::SKF => "Encrypted and Authenticated Fragment",
            Self::PS => "Puzzle Solution",
            Self::CISCO_FRAGMENT => "Cisco Fragmentation",
            _ => return None,
        })
    }
}
