//! IKEv1 registries ("'Magic Numbers' for ISAKMP Protocol", "Internet Key
//! Exchange (IKE) Attributes"; RFC 2407, 2408, 2409), with the private-use
//! numbers that are met in the field.

use super::registry;

pub mod gdoi;
mod phase2;

pub use phase2::{
    AddressPreservation, AhTransform, AuthAlgorithm, EcnTunnel, EncapsulationMode, EsnFlag,
    EspTransform, IpcompTransform, Phase2Attribute, SaDirection, SignatureEncoding,
};

registry! {
    /// ISAKMP exchange types (RFC 2408 §3.1, RFC 2409 appendix A, and
    /// draft-dukes-ike-mode-cfg); 243-246 are Microsoft's AuthIP.
    ExchangeType(u8) {
        NONE = 0;
        BASE = 1 => "Base";
        IDENTITY_PROTECTION = 2 => "Identity Protection (Main Mode)";
        AUTHENTICATION_ONLY = 3 => "Authentication Only";
        AGGRESSIVE = 4 => "Aggressive";
        INFORMATIONAL = 5 => "Informational";
        TRANSACTION = 6 => "Transaction";
        QUICK_MODE = 32 => "Quick Mode";
        NEW_GROUP_MODE = 33 => "New Group Mode";
        AUTHIP_MAIN_MODE = 243 => "AuthIP Main Mode";
        AUTHIP_QUICK_MODE = 244 => "AuthIP Quick Mode";
        AUTHIP_EXTENDED_MODE = 245 => "AuthIP Extended Mode";
        AUTHIP_NOTIFY = 246 => "AuthIP Notify";
    }

    /// ISAKMP payload types, in their short notation (RFC 2408 §3.1,
    /// RFC 3547 §3, RFC 3947); 130-132 are the NAT-T drafts' and Cisco's.
    PayloadType(u8) {
        NONE = 0 => "none";
        SA = 1;
        PROPOSAL = 2 => "P";
        TRANSFORM = 3 => "T";
        KE = 4;
        ID = 5;
        CERT = 6;
        CERT_REQUEST = 7 => "CR";
        HASH = 8;
        SIGNATURE = 9 => "SIG";
        NONCE = 10;
        NOTIFICATION = 11 => "N";
        DELETE = 12 => "D";
        VENDOR_ID = 13 => "VID";
        ATTRIBUTES = 14 => "ATTR";
        SA_KEK = 15 => "SAK";
        SA_TEK = 16 => "SAT";
        KEY_DOWNLOAD = 17 => "KD";
        SEQUENCE = 18 => "SEQ";
        PROOF_OF_POSSESSION = 19 => "POP";
        NAT_D = 20 => "NAT-D";
        NAT_OA = 21 => "NAT-OA";
        GROUP_ASSOCIATED_POLICY = 22 => "GAP";
        CHINA_SYMMETRIC_KEY = 128 => "SK (GM/T 0022)";
        NAT_D_DRAFT = 130 => "NAT-D (drafts)";
        NAT_OA_DRAFT = 131 => "NAT-OA (drafts)";
        FRAGMENT = 132 => "FRAG";
    }

    /// Security protocol identifiers (RFC 2407 §4.4.1); zero stands where a
    /// payload concerns no protocol.
    ProtocolId(u8) {
        NONE = 0 => "none";
        PROTO_ISAKMP = 1;
        PROTO_IPSEC_AH = 2;
        PROTO_IPSEC_ESP = 3;
        PROTO_IPCOMP = 4;
        PROTO_GIGABEAM_RADIO = 5;
    }

    /// Domains of interpretation (RFC 2408 §3.4, RFC 2407 §4.2, RFC 6407).
    Doi(u32) {
        ISAKMP = 0;
        IPSEC = 1;
        GDOI = 2;
    }

    /// Notify message types: errors below 16384 (RFC 2408 §3.14.1,
    /// RFC 2407 §4.6.3, RFC 3706 §5.3); elsewhere Cisco, Juniper, Microsoft.
    NotifyType(u16) {
        INVALID_PAYLOAD_TYPE = 1 => "INVALID-PAYLOAD-TYPE";
        DOI_NOT_SUPPORTED = 2 => "DOI-NOT-SUPPORTED";
        SITUATION_NOT_SUPPORTED = 3 => "SITUATION-NOT-SUPPORTED";
        INVALID_COOKIE = 4 => "INVALID-COOKIE";
        INVALID_MAJOR_VERSION = 5 => "INVALID-MAJOR-VERSION";
        INVALID_MINOR_VERSION = 6 => "INVALID-MINOR-VERSION";
        INVALID_EXCHANGE_TYPE = 7 => "INVALID-EXCHANGE-TYPE";
        INVALID_FLAGS = 8 => "INVALID-FLAGS";
        INVALID_MESSAGE_ID = 9 => "INVALID-MESSAGE-ID";
        INVALID_PROTOCOL_ID = 10 => "INVALID-PROTOCOL-ID";
        INVALID_SPI = 11 => "INVALID-SPI";
        INVALID_TRANSFORM_ID = 12 => "INVALID-TRANSFORM-ID";
        ATTRIBUTES_NOT_SUPPORTED = 13 => "ATTRIBUTES-NOT-SUPPORTED";
        NO_PROPOSAL_CHOSEN = 14 => "NO-PROPOSAL-CHOSEN";
        BAD_PROPOSAL_SYNTAX = 15 => "BAD-PROPOSAL-SYNTAX";
        PAYLOAD_MALFORMED = 16 => "PAYLOAD-MALFORMED";
        INVALID_KEY_INFORMATION = 17 => "INVALID-KEY-INFORMATION";
        INVALID_ID_INFORMATION = 18 => "INVALID-ID-INFORMATION";
        INVALID_CERT_ENCODING = 19 => "INVALID-CERT-ENCODING";
        INVALID_CERTIFICATE = 20 => "INVALID-CERTIFICATE";
        CERT_TYPE_UNSUPPORTED = 21 => "CERT-TYPE-UNSUPPORTED";
        INVALID_CERT_AUTHORITY = 22 => "INVALID-CERT-AUTHORITY";
        INVALID_HASH_INFORMATION = 23 => "INVALID-HASH-INFORMATION";
        AUTHENTICATION_FAILED = 24 => "AUTHENTICATION-FAILED";
        INVALID_SIGNATURE = 25 => "INVALID-SIGNATURE";
        ADDRESS_NOTIFICATION = 26 => "ADDRESS-NOTIFICATION";
        NOTIFY_SA_LIFETIME = 27 => "NOTIFY-SA-LIFETIME";
        CERTIFICATE_UNAVAILABLE = 28 => "CERTIFICATE-UNAVAILABLE";
        UNSUPPORTED_EXCHANGE_TYPE = 29 => "UNSUPPORTED-EXCHANGE-TYPE";
        UNEQUAL_PAYLOAD_LENGTHS = 30 => "UNEQUAL-PAYLOAD-LENGTHS";
        MS_STATUS = 12345 => "MS-STATUS";
        CONNECTED = 16384;
        RESPONDER_LIFETIME = 24576 => "RESPONDER-LIFETIME";
        REPLAY_STATUS = 24577 => "REPLAY-STATUS";
        INITIAL_CONTACT = 24578 => "INITIAL-CONTACT";
        CISCO_HELLO = 30000 => "CISCO-HELLO";
        CISCO_WWTEBR = 30001 => "CISCO-WWTEBR";
        CISCO_SHUT_UP = 30002 => "CISCO-SHUT-UP";
        CISCO_KEEPALIVE = 32768 => "CISCO-KEEPALIVE";
        CISCO_KEEPALIVE_ACK = 32769 => "CISCO-KEEPALIVE-ACK";
        R_U_THERE = 36136 => "R-U-THERE";
        R_U_THERE_ACK = 36137 => "R-U-THERE-ACK";
        NETSCREEN_NHTB_INFORM = 40001 => "NETSCREEN-NHTB-INFORM";
        UNITY_LOAD_BALANCE = 40501 => "UNITY-LOAD-BALANCE";
        UNITY_UNKNOWN = 40502 => "UNITY-UNKNOWN";
        UNITY_GROUP_HASH = 40503 => "UNITY-GROUP-HASH";
    }

    /// ISAKMP transform identifiers, phase 1 (RFC 2407 §4.4.2).
    KeyTransform(u8) {
        KEY_IKE = 1;
    }

    /// IKE attribute classes, phase 1 (RFC 2409 appendix A); 20 belongs to
    /// the Chinese profile GM/T 0022.
    Phase1Attribute(u16) {
        ENCRYPTION_ALGORITHM = 1 => "Encryption Algorithm";
        HASH_ALGORITHM = 2 => "Hash Algorithm";
        AUTHENTICATION_METHOD = 3 => "Authentication Method";
        GROUP_DESCRIPTION = 4 => "Group Description";
        GROUP_TYPE = 5 => "Group Type";
        GROUP_PRIME = 6 => "Group Prime/Irreducible Polynomial";
        GROUP_GENERATOR_ONE = 7 => "Group Generator One";
        GROUP_GENERATOR_TWO = 8 => "Group Generator Two";
        GROUP_CURVE_A = 9 => "Group Curve A";
        GROUP_CURVE_B = 10 => "Group Curve B";
        LIFE_TYPE = 11 => "Life Type";
        LIFE_DURATION = 12 => "Life Duration";
        PRF = 13;
        KEY_LENGTH = 14 => "Key Length";
        FIELD_SIZE = 15 => "Field Size";
        GROUP_ORDER = 16 => "Group Order";
        BLOCK_SIZE = 17 => "Block Size";
        ASYMMETRIC_ALGORITHM = 20 => "Asymmetric Cryptographic Algorithm Type";
    }

    /// IKE encryption algorithms (RFC 2409 appendix A); 13-27 and 65001-65289
    /// as libreswan numbers them, 127-129 of GM/T 0022.
    Encryption(u16) {
        DES_CBC = 1 => "DES-CBC";
        IDEA_CBC = 2 => "IDEA-CBC";
        BLOWFISH_CBC = 3 => "Blowfish-CBC";
        RC5_R16_B64_CBC = 4 => "RC5-R16-B64-CBC";
        TRIPLE_DES_CBC = 5 => "3DES-CBC";
        CAST_CBC = 6 => "CAST-CBC";
        AES_CBC = 7 => "AES-CBC";
        CAMELLIA_CBC = 8 => "CAMELLIA-CBC";
        AES_CTR = 13 => "AES-CTR";
        AES_CCM_8 = 14 => "AES-CCM-8";
        AES_CCM_12 = 15 => "AES-CCM-12";
        AES_CCM_16 = 16 => "AES-CCM-16";
        AES_GCM_8 = 18 => "AES-GCM-8";
        AES_GCM_12 = 19 => "AES-GCM-12";
        AES_GCM_16 = 20 => "AES-GCM-16";
        CAMELLIA_CTR = 24 => "CAMELLIA-CTR";
        CAMELLIA_CCM_8 = 25 => "CAMELLIA-CCM-8";
        CAMELLIA_CCM_12 = 26 => "CAMELLIA-CCM-12";
        CAMELLIA_CCM_16 = 27 => "CAMELLIA-CCM-16";
        SM4_CBC_DEPRECATED = 127 => "SM4-CBC (deprecated)";
        SM1_CBC = 128 => "SM1-CBC";
        SM4_CBC = 129 => "SM4-CBC";
        MARS_CBC = 65001 => "MARS-CBC";
        RC6_CBC = 65002 => "RC6-CBC";
        SERPENT_CBC = 65004 => "Serpent-CBC";
        TWOFISH_CBC = 65005 => "Twofish-CBC";
        TWOFISH_CBC_SSH = 65289 => "Twofish-CBC (SSH)";
    }

    /// IKE hash algorithms (RFC 2409 appendix A).
    Hash(u16) {
        MD5 = 1;
        SHA = 2;
        TIGER = 3 => "Tiger";
        SHA2_256 = 4 => "SHA2-256";
        SHA2_384 = 5 => "SHA2-384";
        SHA2_512 = 6 => "SHA2-512";
        SM3 = 20;
    }

    /// IKE authentication methods (RFC 2409 appendix A, RFC 4754;
    /// draft-ietf-ipsec-isakmp-hybrid-auth, draft-beaulieu-ike-xauth).
    AuthMethod(u16) {
        PRE_SHARED_KEY = 1 => "Pre-shared key";
        DSS_SIGNATURES = 2 => "DSS signatures";
        RSA_SIGNATURES = 3 => "RSA signatures";
        RSA_ENCRYPTION = 4 => "Encryption with RSA";
        RSA_REVISED_ENCRYPTION = 5 => "Revised encryption with RSA";
        ELGAMAL_ENCRYPTION = 6 => "Encryption with El-Gamal";
        ELGAMAL_REVISED_ENCRYPTION = 7 => "Revised encryption with El-Gamal";
        ECDSA_SIGNATURES = 8 => "ECDSA signatures";
        ECDSA_256 = 9 => "ECDSA with SHA-256 on the P-256 curve";
        ECDSA_384 = 10 => "ECDSA with SHA-384 on the P-384 curve";
        ECDSA_521 = 11 => "ECDSA with SHA-512 on the P-521 curve";
        NULL = 13 => "NULL authentication";
        HYBRID_INIT_RSA = 64221 => "HybridInitRSA";
        HYBRID_RESP_RSA = 64222 => "HybridRespRSA";
        HYBRID_INIT_DSS = 64223 => "HybridInitDSS";
        HYBRID_RESP_DSS = 64224 => "HybridRespDSS";
        XAUTH_INIT_PRE_SHARED = 65001 => "XAUTHInitPreShared";
        XAUTH_RESP_PRE_SHARED = 65002 => "XAUTHRespPreShared";
        XAUTH_INIT_DSS = 65003 => "XAUTHInitDSS";
        XAUTH_RESP_DSS = 65004 => "XAUTHRespDSS";
        XAUTH_INIT_RSA = 65005 => "XAUTHInitRSA";
        XAUTH_RESP_RSA = 65006 => "XAUTHRespRSA";
        XAUTH_INIT_RSA_ENCRYPTION = 65007 => "XAUTHInitRSAEncryption";
        XAUTH_RESP_RSA_ENCRYPTION = 65008 => "XAUTHRespRSAEncryption";
        XAUTH_INIT_RSA_REVISED_ENCRYPTION = 65009 => "XAUTHInitRSARevisedEncryption";
        XAUTH_RESP_RSA_REVISED_ENCRYPTION = 65010 => "XAUTHRespRSARevisedEncryption";
    }

    /// IKE group descriptions (RFC 2409 §6, RFC 3526, RFC 5903, RFC 5114,
    /// RFC 6932, RFC 8031; numbered as the IKEv2 groups).
    Group(u16) {
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
    }

    /// IKE group types (RFC 2409 appendix A).
    GroupType(u16) {
        MODP = 1;
        ECP = 2;
        EC2N = 3;
    }

    /// Life types of both phases (RFC 2409 appendix A, RFC 2407 §4.5).
    LifeType(u16) {
        SECONDS = 1 => "seconds";
        KILOBYTES = 2 => "kilobytes";
    }

    /// IKE pseudo-random functions: none was ever assigned
    /// (RFC 2409 appendix A).
    Prf(u16) {}

    /// Asymmetric algorithms of the Chinese profile GM/T 0022.
    AsymmetricAlgorithm(u16) {
        RSA = 1;
        SM2 = 2;
    }

    /// Identification types (RFC 2407 §4.6.2.1, RFC 3554 §3).
    IdType(u8) {
        ID_IPV4_ADDR = 1;
        ID_FQDN = 2;
        ID_USER_FQDN = 3;
        ID_IPV4_ADDR_SUBNET = 4;
        ID_IPV6_ADDR = 5;
        ID_IPV6_ADDR_SUBNET = 6;
        ID_IPV4_ADDR_RANGE = 7;
        ID_IPV6_ADDR_RANGE = 8;
        ID_DER_ASN1_DN = 9;
        ID_DER_ASN1_GN = 10;
        ID_KEY_ID = 11;
        ID_LIST = 12;
    }

    /// Certificate encodings (RFC 2408 §3.9).
    CertEncoding(u8) {
        NONE = 0;
        PKCS7 = 1 => "PKCS #7 wrapped X.509 certificate";
        PGP = 2 => "PGP Certificate";
        DNS_SIGNED_KEY = 3 => "DNS Signed Key";
        X509_SIGNATURE = 4 => "X.509 Certificate - Signature";
        X509_KEY_EXCHANGE = 5 => "X.509 Certificate - Key Exchange";
        KERBEROS_TOKENS = 6 => "Kerberos Tokens";
        CRL = 7 => "Certificate Revocation List (CRL)";
        ARL = 8 => "Authority Revocation List (ARL)";
        SPKI = 9 => "SPKI Certificate";
        X509_ATTRIBUTE = 10 => "X.509 Certificate - Attribute";
    }

    /// Transaction message types (draft-dukes-ike-mode-cfg §3.3).
    ConfigType(u8) {
        ISAKMP_CFG_REQUEST = 1;
        ISAKMP_CFG_REPLY = 2;
        ISAKMP_CFG_SET = 3;
        ISAKMP_CFG_ACK = 4;
    }

    /// Configuration attributes (draft-dukes-ike-mode-cfg §3.4,
    /// draft-beaulieu-ike-xauth §6.2; Check Point's and Cisco's Unity).
    ConfigAttribute(u16) {
        INTERNAL_IP4_ADDRESS = 1;
        INTERNAL_IP4_NETMASK = 2;
        INTERNAL_IP4_DNS = 3;
        INTERNAL_IP4_NBNS = 4;
        INTERNAL_ADDRESS_EXPIRY = 5;
        INTERNAL_IP4_DHCP = 6;
        APPLICATION_VERSION = 7;
        INTERNAL_IP6_ADDRESS = 8;
        INTERNAL_IP6_NETMASK = 9;
        INTERNAL_IP6_DNS = 10;
        INTERNAL_IP6_NBNS = 11;
        INTERNAL_IP6_DHCP = 12;
        INTERNAL_IP4_SUBNET = 13;
        SUPPORTED_ATTRIBUTES = 14;
        INTERNAL_IP6_SUBNET = 15;
        CHKPT_DEF_DOMAIN = 16387;
        CHKPT_MAC_ADDRESS = 16388;
        CHKPT_MARCIPAN_REASON_CODE = 16389;
        CHKPT_UNKNOWN1 = 16400;
        CHKPT_UNKNOWN2 = 16401;
        CHKPT_UNKNOWN3 = 16402;
        XAUTH_TYPE = 16520;
        XAUTH_USER_NAME = 16521;
        XAUTH_USER_PASSWORD = 16522;
        XAUTH_PASSCODE = 16523;
        XAUTH_MESSAGE = 16524;
        XAUTH_CHALLENGE = 16525;
        XAUTH_DOMAIN = 16526;
        XAUTH_STATUS = 16527;
        XAUTH_NEXT_PIN = 16528;
        XAUTH_ANSWER = 16529;
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

    /// XAUTH authentication types (draft-beaulieu-ike-xauth §6.3).
    XauthType(u16) {
        GENERIC = 0 => "Generic";
        RADIUS_CHAP = 1 => "RADIUS-CHAP";
        OTP = 2;
        S_KEY = 3 => "S/KEY";
    }

    /// XAUTH results (draft-beaulieu-ike-xauth §6.2).
    XauthStatus(u16) {
        FAIL = 0 => "Fail";
        OK = 1 => "OK";
    }
}

impl NotifyType {
    /// Tells whether it reports an error: a number below 16384
    /// (RFC 2408 §3.14.1).
    #[must_use]
    pub const fn is_error(self) -> bool {
        self.0 < Self::CONNECTED.0
    }
}

impl ProtocolId {
    /// Returns the name of a transform identifier of this protocol
    /// (RFC 2407 §4.4.2-4.4.5), where its registry has one.
    #[must_use]
    pub const fn transform_name(self, id: u8) -> Option<&'static str> {
        match self {
            Self::PROTO_ISAKMP => KeyTransform(id).name(),
            Self::PROTO_IPSEC_AH => AhTransform(id).name(),
            Self::PROTO_IPSEC_ESP => EspTransform(id).name(),
            Self::PROTO_IPCOMP => IpcompTransform(id).name(),
            _ => None,
        }
    }
}

impl PayloadType {
    /// Returns the payload's name in words (`Security Association`).
    #[must_use]
    pub const fn title(self) -> Option<&'static str> {
        Some(match self {
            Self::NONE => "No Next Payload",
            Self::SA => "Security Association",
            Self::PROPOSAL => "Proposal",
            Self::TRANSFORM => "Transform",
            Self::KE => "Key Exchange",
            Self::ID => "Identification",
            Self::CERT => "Certificate",
            Self::CERT_REQUEST => "Certificate Request",
            Self::HASH => "Hash",
            Self::SIGNATURE => "Signature",
            Self::NONCE => "Nonce",
            Self::NOTIFICATION => "Notification",
            Self::DELETE => "Delete",
            Self::VENDOR_ID => "Vendor ID",
            Self::ATTRIBUTES => "Attributes",
            Self::SA_KEK => "SA KEK",
            Self::SA_TEK => "SA TEK",
            Self::KEY_DOWNLOAD => "Key Download",
            Self::SEQUENCE => "Sequence Number",
            Self::PROOF_OF_POSSESSION => "Proof of Possession",
            Self::NAT_D => "NAT Discovery",
            Self::NAT_OA => "NAT Original Address",
            Self::GROUP_ASSOCIATED_POLICY => "Group Associated Policy",
            Self::CHINA_SYMMETRIC_KEY => "Symmetric Key (GM/T 0022)",
            Self::NAT_D_DRAFT => "NAT Discovery (drafts)",
            Self::NAT_OA_DRAFT => "NAT Original Address (drafts)",
            Self::FRAGMENT => "Fragment",
            _ => return None,
        })
    }
}
