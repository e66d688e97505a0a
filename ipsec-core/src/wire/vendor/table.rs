//! The known vendor IDs. A hash is the MD5 of the public string beside it;
//! a prefix is compared as it stands, and may be followed by a version.

use super::{Hashed, Prefix, Tail, VendorKind};

macro_rules! hashes {
    ($($hash:literal $kind:ident $source:literal $(=> $name:literal)?;)*) => {
        &[$(Hashed {
            hash: $hash,
            source: $source,
            name: hashes!(@name $source $($name)?),
            kind: VendorKind::$kind,
        }),*]
    };
    (@name $source:literal) => { $source };
    (@name $source:literal $name:literal) => { $name };
}

macro_rules! prefixes {
    ($($bytes:literal $kind:ident $name:literal $tail:ident $(of $source:literal)?;)*) => {
        &[$(Prefix {
            bytes: $bytes,
            source: prefixes!(@of $($source)?),
            name: $name,
            kind: VendorKind::$kind,
            tail: Tail::$tail,
        }),*]
    };
    (@of) => { None };
    (@of $source:literal) => { Some($source) };
}

/// Whole MD5 hashes, ascending.
pub(super) static HASHES: &[Hashed] = hashes! {
    0x054182a07c7ae206f9d2cf9d2432c482 Implementation "SSH Sentinel";
    0x07fa128e4754f9447b1dd46374eef360 Implementation "strongSwan 2.7.0";
    0x09ec27bfbc09c75823cfecbffe565a2e Implementation
        "Ssh Communications Security IPSEC Express version 1.2.2"
        => "SSH IPSEC Express 1.2.2";
    0x0d33611a5d521b5e3c9c03d2fc107e12 Capability
        "IKE Challenge/Response for Authenticated Cryptographic Keys\n"
        => "IKE Challenge/Response for Authenticated Cryptographic Keys\\n";
    0x0e58d5774df602007d0b02443660f7eb Implementation
        "SSH Communications Security IPSEC Express version 3.0.0"
        => "SSH IPSEC Express 3.0.0";
    0x13f11823f966fa91900f024ba66a86ba Capability
        "IKE Challenge/Response for Authenticated Cryptographic Keys (Revised)\n"
        => "IKE Challenge/Response for Authenticated Cryptographic Keys (Revised)\\n";
    0x15a1ace7ee52fddfef04f928db2dd134 Implementation "strongSwan 4.1.2";
    0x16f6ca16e4a4066d83821a0f0aeaa862 NatTraversal "draft-ietf-ipsec-nat-t-ike-01";
    0x1952dc91ac20f646fb01cf42a33aee30 Implementation
        "Ssh Communications Security IPSEC Express version 1.1.1"
        => "SSH IPSEC Express 1.1.1";
    0x1ef283f83549b5ff9608b6d634f84d75 Implementation "strongSwan 4.0.4";
    0x1f4442296b83d7e33a8b45209ba0e590 Implementation "strongSwan 2.5.7";
    0x20a3622c1cea7ce37bee3ca484425276 Implementation "IPSec-Tools";
    0x214ca4faffa7f32d6748e5303395ae83 Capability "MS-MamieExists" => "MS-MamieExists (AuthIP)";
    0x26244d38eddb61b3172a36e3d0cfb819 Capability "Vid-Initial-Contact"
        => "Microsoft Vid-Initial-Contact";
    0x27bab5dc01ea0760ea4e3190ac27c0d0 NatTraversal "draft-stenberg-ipsec-nat-traversal-01";
    0x2836d1fd2807bc9e5ae30786320451ec Implementation
        "SSH Communications Security IPSEC Express version 2.1.0"
        => "SSH IPSEC Express 2.1.0";
    0x299932277b7dfe382ce23465333a7d23 Implementation "strongSwan 2.8.2";
    0x2a517d0d23c37d08bce7c292a0217b39 Implementation "strongSwan 4.2.2";
    0x2b2dad97c4d140930053287f996850b0 Implementation
        "SSH Communications Security IPSEC Express version 5.0.0"
        => "SSH IPSEC Express 5.0.0";
    0x2cdf08e712ede8a5978761267cd19b91 Implementation "SSH Communications Security QuickSec 1.1.2"
        => "SSH QuickSec 1.1.2";
    0x2ce9c946a4c879bf11b50b76cc5692cb Implementation "strongSwan 4.0.0";
    0x2d1f406118fbd5d28474791ffa00488a Implementation "strongSwan 4.2.3";
    0x312f9cb1a6b90e19de7528c904ac3087 Implementation "strongSwan 4.1.4";
    0x32f0e9b9c06dfe8c9ad5599a636971a1 Implementation "strongSwan 2.8.0";
    0x37eba0c4136184e7daf8562a77060b4a Implementation "SSH Communications Security QuickSec 0.9.0"
        => "SSH QuickSec 0.9.0";
    0x3a0d4e7ca4e492ed4dfe476d1ac6018b Implementation "strongSwan 2.8.7";
    0x3b9031dce4fcf88b489a923963dd0c49 Capability "DPD" => "Dead Peer Detection (Shrew Soft)";
    0x3c5eba3d8564928e32ae43c3d9924dee Implementation "strongSwan 2.5.6";
    0x3f2372867e237c1cd8250a75559cae20 Implementation
        "SSH Communications Security IPSEC Express version 2.1.2"
        => "SSH IPSEC Express 2.1.2";
    0x3f267ed621ada7ee6c7d8893ccb0b14b Implementation "strongSwan 2.5.5";
    0x3f3266499ffdbd85950e702298062844 Implementation "strongSwan 2.6.0";
    0x42a4834c92ab9a7777063afa254bcb69 Implementation "strongSwan 2.3.2";
    0x42ea5b6f898d9773a575df26e7dd19e1 NatTraversal "draft-ietf-ipsec-nat-t-ike-09";
    0x439b59f8ba676c4c7737ae22eab8f582 NatTraversal "draft-ietf-ipsec-nat-t-ike-07";
    0x4485152d18b6bbcd0be8a8469579ddcc NatTraversal "draft-ietf-ipsec-nat-t-ike-00";
    0x45e17f3abe93944cb202910c59ef806b Implementation
        "SSH Communications Security IPSEC Express version 5.1.0"
        => "SSH IPSEC Express 5.1.0";
    0x4794cef6843422980d1a3d06af41c5cd Implementation "strongSwan 4.1.0";
    0x485a70361b4433b31dea1c6be0df243e Implementation "strongSwan 2.4.4";
    0x4a131c81070358455c5728f20e95452f NatTraversal "RFC 3947" => "RFC 3947 NAT-T";
    0x4c53427b6d465d1b337bb755a37a7fef Capability "forticlient connect license"
        => "FortiClient connect license";
    0x4c7efa31b39e510432a317570d97bbb9 Implementation "strongSwan 2.8.5";
    0x4c90136946577b51919d8d9a6b8e4a9f Implementation "strongSwan 4.0.6";
    0x4d1e0e136deafa34c4f3ea9f02ec7285 NatTraversal "draft-ietf-ipsec-nat-t-ike-06";
    0x4df37928e9fc4fd1b3262170d515c662 NatTraversal "draft-ietf-ipsec-nat-t-ike";
    0x50760f624c63e5c53eea386c685ca083 NatTraversal "ESPThruNAT"
        => "draft-huttunen-ipsec-esp-in-udp-01 (ESPThruNAT)";
    0x5430888de01a31a6fa8f60224e449958 Implementation "SSH Sentinel 1.2";
    0x5849ab6d8beabd6e4d09e5a3b88c089a Implementation "strongSwan 4.1.3";
    0x5925859f7377ed7816d2fb81c01fa551 Implementation
        "SSH Communications Security IPSEC Express version 5.1.1"
        => "SSH IPSEC Express 5.1.1";
    0x59e454a8c2cf02a34959121f1890bc87 Implementation "SSH Communications Security QuickSec 1.1.3"
        => "SSH QuickSec 1.1.3";
    0x5b1cd6fe7d050eda6c93871c107db3d2 Implementation "strongSwan 2.6.2";
    0x5d72925e55948a9661a7fc48fdec7ff9 Implementation "SSH Communications Security QuickSec 1.1.0"
        => "SSH QuickSec 1.1.0";
    0x6105c422e76847e43f9684801292aecd NatTraversal "draft-stenberg-ipsec-nat-traversal-02";
    0x621b04bb09882ac1e15935fefa24aeee Capability "GSSAPI";
    0x63d9a1a7009491b5a0a6fdeb2a8284f0 Implementation "SSH Sentinel 1.4";
    0x66a2045507c119da78a4666259cdea48 Implementation "strongSwan 4.1.8";
    0x66afbc12bbfe6ce108b1f69f4bc917b7 Implementation "strongSwan 2.6.1";
    0x686a8cbdfe634b405146fb2baf33e9e8 Capability "MSFT IPsec Security Realm Id";
    0x6880c7d026099114e486c55430e7abee Implementation
        "SSH Communications Security IPSEC Express version 4.2.0"
        => "SSH IPSEC Express 4.2.0";
    0x6a7434c19d7e36348090a02334c9c805 NatTraversal "draft-huttunen-ipsec-esp-in-udp-00.txt";
    0x7003cbc1097dbe9c2600ba6983bc8b35 Implementation "KAME/racoon";
    0x72872b95fcda2eb708efe322119b4971 Capability "NLBS_PRESENT"
        => "NLBS_PRESENT (Microsoft load balancing)";
    0x75b0653cb281eb26d31ede38c8e1e228 Implementation "strongSwan 2.4.1";
    0x76c72bfd398424dd001b86d0012fe061 Implementation "strongSwan 2.8.4";
    0x777fbf4c5af6d1cdd4b895a05bf82594 Implementation "SSH Communications Security QuickSec 1.1.1"
        => "SSH QuickSec 1.1.1";
    0x77e8eea6f556a499de3ffe7f7f95661c Implementation "strongSwan 4.0.2";
    0x78fdd287def01a3f074b5369eab4fd1c Implementation "strongSwan 4.1.9";
    0x7a54d3bdb3b1e6d923892064be2d981c Implementation
        "SSH Communications Security IPSEC Express version 4.0.1"
        => "SSH IPSEC Express 4.0.1";
    0x7a6bf5b7df89642a75a78ef7d657c1c0 Implementation "strongSwan 2.5.4";
    0x7d9419a65310ca6f2c179d9215529d56 NatTraversal "draft-ietf-ipsec-nat-t-ike-03";
    0x7ee5cb85f71ce259c94a5c731ee4e752 Implementation "SSH Sentinel 1.3";
    0x7f21a596e4e318f0b2f4944c2384cb84 Implementation
        "SSH Communications Security IPSEC Express version 2.0.0"
        => "SSH IPSEC Express 2.0.0";
    0x7f50cc4ebf04c2d9da73abfd69b77aa2 Implementation "strongSwan 2.7.3";
    0x80d0bb3def54565ee84645d4c85ce3ee NatTraversal "draft-ietf-ipsec-nat-t-ike-05";
    0x810fa565f8ab14369105d706fbd57279 NatTraversal "RFC XXXX" => "RFC XXXX (Solaris NAT-T)";
    0x8134878582121785ba65ea345d6ba724 Implementation "strongSwan 2.7.1";
    0x8404adf9cda05760b2ca292e4bff537b Implementation "Secure Computing Sidewinder";
    0x85b6cbec480d5c8cd9882c825ac2c244 Implementation "strongSwan 2.2.0";
    0x861ce5eb72164b190e9e629a31cf4901 Implementation "strongSwan 2.5.2";
    0x882fe56d6fd20dbc2251613b2ebe5beb Implementation "strongSwan";
    0x89f7b760d86b012acf263382394d962f Implementation
        "SSH Communications Security IPSEC Express version 4.1.1"
        => "SSH IPSEC Express 4.1.1";
    0x8aa394cf8a5577dc3110c113b027a4f2 Implementation "Microsoft Xbox One 2013";
    0x8c4a3bcb729b11f703d22a5b39640ca8 Implementation "strongSwan 2.8.8";
    0x8f8d83826d246b6fc7a8a6a428c11de8 NatTraversal "draft-ietf-ipsec-nat-t-ike-08";
    0x8f9cc94e01248ecdf147594c284b213b Implementation "SSH Communications Security QuickSec 2.1.0"
        => "SSH QuickSec 2.1.0";
    0x90cb80913ebb696e086381b5ec427b1f NatTraversal "draft-ietf-ipsec-nat-t-ike-02\n"
        => "draft-ietf-ipsec-nat-t-ike-02\\n";
    0x982b7a063a33c143a8eadc88249f6bcc Implementation "strongSwan 2.4.3";
    0x9909b64eed937c6573de52ace952fa6b NatTraversal "draft-ietf-ipsec-nat-t-ike-04";
    0x99dc7cc823376b3b33d04357896ae07b Implementation "strongSwan 2.2.2";
    0x9a4a4648f60f8eda7cfcbfe271ee5b7d Implementation "strongSwan 2.5.1";
    0x9aa1f3b43472a45d5f506aeb260cf214 Implementation
        "SSH Communications Security IPSEC Express version 4.1.0"
        => "SSH IPSEC Express 4.1.0";
    0x9b15e65a871aff342666623ba5022e60 Capability "Fortinet Auto-Discovery Sender";
    0x9dbbafcf1db0dd595ae065294003ad3e Implementation "strongSwan 4.0.1";
    0x9eb3d907ed7ada4e3cbcacb917abc8e4 Implementation "strongSwan 2.5.0";
    0x9f68901325a972894335302a9531ab9f Implementation "strongSwan 4.2.0";
    0xa194e2aaddd0bafb95253dd96dc733eb Implementation "strongSwan 2.7.2";
    0xa58fec5036f57b21e8b499e336c76ee6 Capability "Fortinet Exchange Interface IP";
    0xa68de756a9c5229bae66498040951ad5 Implementation
        "SSH Communications Security IPSEC Express version 2.1.1"
        => "SSH IPSEC Express 2.1.1";
    0xab0746221cc8fd0d5238f73a9b3da557 Implementation "strongSwan 4.0.7";
    0xad2c0dd0b9c32083ccba25b8861ec455 Capability "A GSS-API Authentication Method for IKE";
    0xad3251042cdc4652c9e0734ce5de4c7d Capability
        "IKE Challenge/Response for Authenticated Cryptographic Keys (Revised)"
       ;
    0xb037a21aceccb5570f602546f97bde8c Implementation
        "SSH Communications Security IPSEC Express version 5.0"
        => "SSH IPSEC Express 5.0";
    0xb181b18e114fc209b3c6e26c3a80718e Implementation "strongSwan 4.0.3";
    0xb2860e7837f711bef3d0eeb106872ded Implementation "strongSwan 2.6.3";
    0xb46d8914f3aaa3f2fedeb7c7db2943ca Capability "A GSS-API Authentication Method for IKE\n"
        => "A GSS-API Authentication Method for IKE\\n";
    0xb4f01ca951e9da8d0bafbbd34ad3044e Capability "Fortinet Endpoint Control";
    0xb7bd9f2f978e3259a7aa9f7a1396ad6c Implementation "strongSwan 4.1.11";
    0xb8f92b2fa2d3fe5fe158344bda1cc6ae Implementation "strongSwan 2.3.0";
    0xb91623e693ca18a54c6a2778552305e8 Implementation "SSH Sentinel 1.1";
    0xb927f95219a0fe3600dba3c1182ae55f Implementation "strongSwan 2.6.4";
    0xba290499c24e84e53a1d83a05e5f00c9 Capability
        "IKE Challenge/Response for Authenticated Cryptographic Keys"
       ;
    0xbab253f4cb10a8108a7c927c56c87886 Implementation "strongSwan 4.2.1";
    0xbf0fbf7306ebb7827042d893539886e2 Implementation "strongSwan 4.1.5";
    0xbf3a89ae5bef8e72d44dac8bb88d7d5f Implementation "strongSwan 4.1.10";
    0xc1111b2dee8cbc3d620573ec57aab9cb Implementation
        "Ssh Communications Security IPSEC Express version 1.2.1"
        => "SSH IPSEC Express 1.2.1";
    0xc40fee00d5d39ddb1fc762e09b7cfea7 NatTraversal "Testing NAT-T RFC";
    0xca4a4cbb12eab6c58c57067c2e653786 Capability "Fortinet Auto-Discovery Receiver";
    0xcd60464335df21f87cfdb2fc68b6a448 NatTraversal "draft-ietf-ipsec-nat-t-ike-02";
    0xd19683368af4b0edc21ccde982b1d1b0 Implementation "strongSwan 4.1.6";
    0xd3f1c488c368175d5f40a8f5ca5f5e12 Implementation "strongSwan 4.1.1";
    0xd9118b1e9de5efced9cc9d883f2168ff Implementation "strongSwan 2.2.1";
    0xdd180d21e5ce655a768ba32211dd8ad9 Implementation "strongSwan 4.0.5";
    0xdf5b1f0f1d5679d9f8512b16c55a6065 Implementation "strongSwan 2.5.3";
    0xe37f2d5ba89a62cd202ee27dac06c8a8 Implementation "strongSwan 2.8.1";
    0xe3a5966a76379fe707228231e5ce8652 Capability "IKE CGA version 1";
    0xe7a3fd0c6d771a8f1b8a86a4169c9ea4 Implementation "strongSwan 2.4.2";
    0xe829c88149bab3c0cee85da60e18ae9b Implementation "strongSwan 2.4.0";
    0xe8bffa643e5c8f2cd10fda7370b6ebe5 Implementation
        "Ssh Communications Security IPSEC Express version 1.1.2"
        => "SSH IPSEC Express 1.1.2";
    0xea840aa4dfc9712d6c32b5a16eb329a3 Implementation "strongSwan 4.1.7";
    0xeb4b0d96276b4e220ad16221a7b2a5e6 Implementation "SSH Sentinel 1.4.1";
    0xeb4c1b788afd4a9cb7730a68d56d088b Implementation "NCP Secure Client";
    0xf5ce31ebc210f44350cf71265b57380f Implementation
        "SSH Communications Security IPSEC Express version 3.0.1"
        => "SSH IPSEC Express 3.0.1";
    0xf64260af2e2742daddd56987068a99a0 Implementation
        "SSH Communications Security IPSEC Express version 4.0.0"
        => "SSH IPSEC Express 4.0.0";
    0xf697c1afcc2ec8ddcdf99dc7af03a67f Implementation "strongSwan 2.3.1";
    0xf6f7efc7f5aeb8cb158cb9d094ba69e7 Implementation "ALTIGA NETWORKS" => "Cisco VPN 3000 client";
    0xfb1de3cdf341b7ea16b7e5be0855f120 Capability "MS-Negotiation Discovery Capable";
    0xfb4641ad0eeb2a34491d15f4eff51063 Implementation "strongSwan 2.8.3";
    0xfbf47614984031fa8e3bb6198089b223 Implementation
        "Ssh Communications Security IPSEC Express version 1.1.0"
        => "SSH IPSEC Express 1.1.0";
    0xfe3f49706e26a9fb36a87bfce9ea36ce Implementation "strongSwan 2.8.6";
};

/// Everything else, ascending; the longest prefix of a vendor ID names it.
pub(super) static PREFIXES: &[Prefix] = prefixes! {
    b"\x01\x52\x8b\xbb\xc0\x06\x96\x12\x18\x49\xab\x9a\x1c\x5b\x2a\x51"
        Capability "Microsoft KEY_MODS" KeyMods;
    b"\x03\x10\x17\xe0\x7f\x7a\x82\xe3\xaa\x69\x50\xc9\x99\x99"
        Implementation "CryptoPro/GOST, Check Point R71" Dotted;
    b"\x08\xdb\x45\xe6\xcb\x01\xf8\x0b\xb5\x76\xe9\xa7\x8c\x0f\x54\xe1\x30\x0b\x88\x81"
        Implementation "ELVIS-PLUS Zastava" Hex;
    b"\x09\x00\x26\x89\xdf\xd6\xb7\x12"
        Capability "XAUTH" Hex of "draft-ietf-ipsra-isakmp-xauth-06.txt";
    b"\x10\x1f\xb0\xb3\x5c\x5a\x4f\x4c\x08\xb9\x19\xf1\xcb\x97\x77\xb0"
        Implementation "NCP client" Hex;
    b"\x12\xf5\xf2\x8c\x45\x71\x68\xa9\x70\x2d\x9f\xe2\x74\xcc"
        Capability "Cisco Unity" Dotted of "CISCO-UNITY";
    b"\x16\x6f\x93\x2d\x55\xeb\x64\xd8\xe4\xdf\x4f\xd3\x7e\x23\x13\xf0\xd0\xfd\x84\x51"
        Implementation "NetScreen 15" Hex;
    b"\x1d\x6e\x17\x8f\x6c\x2c\x0b\xe2\x84\x98\x54\x65\x45\x0f\xe9\xd4"
        Implementation "FortiGate (older)" Hex;
    b"\x1e\x2b\x51\x69\x05\x99\x1c\x7d\x7c\x96\xfc\xbf\xb5\x87\xe4\x61"
        Implementation "MS NT5 ISAKMPOAKLEY" Windows of "MS NT5 ISAKMPOAKLEY";
    b"\x1f\x07\xf7\x0e\xaa\x65\x14\xd3\xb0\xfa\x96\x54\x2a\x50"
        Implementation "Cisco VPN 3000 Concentrator" Vpn3000 of "ALTIGA GATEWAY";
    b"\x29\x9e\xe8\x28\x9f\x40\xa8\x97\x3b\xc7\x86\x87\xe2\xe7\x22\x6b\x53\x2c\x3b\x76"
        Implementation "NetScreen 1" Hex;
    b"\x2a\x2b\xca\xc1\x9b\x8e\x91\xb4\x26\x10\x78\x07\xe0\x2e\x72\x49\x56\x9d\x6f\xd3"
        Implementation "NetScreen 14" Hex;
    b"\x2c\x9d\x7e\x81\x99\x5b\x99\x67\xd2\x3f\x57\x1a\xc6\x41\xf9\x34\x81\x22\xf1\xcc"
        Implementation "Juniper SSG" Hex;
    b"\x2d\x79\x22\xc6\xb3\x01\xd9\xb0\xe1\x34\x27\x39\xe9\xcf\xbb\xd5"
        Capability "Delete with reason" Hex;
    b"\x32\x5d\xf2\x9a\x23\x19\xf2\xdd" Capability "draft-krywaniuk-ipsec-antireplay-00" Hex;
    b"\x3a\x15\xe1\xf3\xcf\x2a\x63\x58\x2e\x3a\xc8\x2d\x1c\x64\xcb\xe3\xb6\xd7\x79\xe7"
        Implementation "NetScreen 2" Hex;
    b"\x3c\x8e\x70\xbd\xf9\xc7\xd7\x4a\xdd\x53\xe4\x10\x09\x15\xdc\x2e\x4b\xb5\x12\x74"
        Implementation "Aruba Networks controller" Hex;
    b"\x3e\x98\x40\x48" Implementation "Cisco IOS (older)" Hex;
    b"\x40\x48\xb7\xd5\x6e\xbc\xe8\x85\x25\xe7\xde\x7f\x00\xd6\xc2\xd3"
        Capability "FRAGMENTATION" Hex of "FRAGMENTATION";
    b"\x40\x4b\xf4\x39\x52\x2c\xa3\xf6" Implementation "SonicWall" Hex;
    b"BNES" Implementation "Nortel Contivity" Number;
    b"CISCO(COPYRIGHT)&" Implementation "Cisco IKEv2" Text;
    b"CISCO-DELETE-REASON" Capability "CISCO-DELETE-REASON" Hex;
    b"CISCO-DYNAMIC-ROUTE" Capability "CISCO-DYNAMIC-ROUTE" Hex;
    b"CISCO-GRE-MODE" Capability "CISCO-GRE-MODE" Hex;
    b"CISCOVPN-REV-" Capability "CISCOVPN-REV" Text;
    b"FLEXVPN-SUPPORTED" Capability "FLEXVPN-SUPPORTED" Hex;
    b"\x47\xbb\xe7\xc9\x93\xf1\xfc\x13\xb4\xe6\xd0\xdb\x56\x5c\x68\xe5"
        Implementation "SafeNet SoftRemote" Hex;
    b"\x47\xd2\xb1\x26\xbf\xcd\x83\x48\x97\x60\xe2\xcf\x8c\x5d\x4d\x5a\x03\x49\x7c\x15"
        Implementation "NetScreen 3" Hex;
    b"HeartBeat_Notify" Capability "HeartBeat Notify" Hex;
    b"IKEv2" Capability "CAN-IKEv2 (pluto)" Text;
    b"\x4a\x43\x40\xb5\x43\xe0\x2b\x84\xc8\x8a\x8b\x96\xa8\xaf\x9e\xbe\x77\xd9\xac\xcc"
        Implementation "NetScreen 4" Hex;
    b"LVC" Implementation "Lucent VPN Client" Text;
    b"LVG" Implementation "Lucent VPN Gateway" Text;
    b"Mac OS 10.x" Implementation "Mac OS X" Text;
    b"Mac OSX 10.x" Implementation "Mac OS X" Text;
    b"OE-Libreswan-" Implementation "libreswan" Text;
    b"OEHk}DxMBgk]" Implementation "FreeS/WAN 2.00" Hex;
    b"OEHrKn^hU|`O" Implementation "Openswan 2.2.0" Hex;
    b"OEVfqGIbsNbd" Implementation "FreeS/WAN 2.03" Hex;
    b"\x4f\x45\x6c\x6b\x44\x69\x6d\x7f\x6b\x4c\x4e\x60" Implementation "FreeS/WAN 2.02" Hex;
    b"\x4f\x45\x70\x4f\x73\x65\x79\x50\x5c\x6e\x5f\x6d" Implementation "FreeS/WAN 2.04" Hex;
    b"\x4f\x45\x72\x69\x6f\x5c\x77\x55\x7f\x74\x62\x49" Implementation "Openswan 2.3.0" Hex;
    b"OErqx_L~IoMT" Implementation "FreeS/WAN 2.05" Hex;
    b"OE|OT~na[BnV" Implementation "FreeS/WAN 2.01" Hex;
    b"\x4f\x45\x7e\x4c\x46\x6e\x5d\x42\x7c\x5c\x6b\x52" Implementation "FreeS/WAN 2.06" Hex;
    b"OpenIKED" Implementation "OpenIKED" Text;
    b"OpenIKED-" Implementation "OpenIKED" Text;
    b"OpenPGP" Implementation "OpenPGP" Text;
    b"Opportunistic IPsec" Capability "Opportunistic IPsec" Text;
    b"\x50\x62\xb3\x35\xbc\x20\xdb\x32\xc0\xd5\x44\x65\xa2\xf7"
        Implementation "FortiGate (older)" Dotted;
    b"Raptor PowerVpn Server" Implementation "Symantec Raptor" Text;
    b"TIMESTEP" Implementation "TIMESTEP" Text;
    b"VIA Auth Profile : " Implementation "Aruba VIA Auth Profile" Text;
    b"\x5b\x36\x2b\xc8\x20\xf6" Implementation "SonicWall" Hex;
    b"\x5b\x36\x2b\xc8\x20\xf7" Implementation "SonicWall" Hex;
    b"\x62\x50\x27\x74\x9d\x5a\xb9\x7f\x56\x16\xc1\x60\x27\x65\xcf\x48\x0a\x3b\x7d\x0b"
        Implementation "ZyXEL ZyWALL" Hex;
    b"\x64\x40\x5f\x46\xf0\x3b\x76\x60\xa2\x3b\xe1\x16\xa1\x97\x50\x58\xe6\x9e\x83\x87"
        Implementation "NetScreen 5" Hex;
    b"\x66\x08\x22\xb3\xa7\x3a\x24\x41\x49\x57\x8d\x62\xe0\xeb\x46\xa0"
        Capability "Xbox IKEv2 Negotiation" Hex;
    b"\x69\x93\x69\x22\x87\x41\xc6\xd4\xca\x09\x4c\x93\xe2\x42\xc9\xde\x19\xe7\xb7\xc6"
        Implementation "NetScreen 6" Hex;
    b"\x7b\xb9\x38\x67\xd7\x6c\x8d\x80\xdf\x0f\x40\xfa\xe8\xfc\x3b\x19"
        Capability "AuthIP initiator KE" AuthIpGroup;
    b"\x82\x99\x03\x17\x57\xa3\x60\x82\xc6\xa6\x21\xde"
        Implementation "Fortinet FortiGate" FortiGate of "FORTIGATE";
    b"\x88\xf0\xe3\x14\x9b\x3f\xa4\x8b\x05\xaa\x7f\x68\x5f\x0b\x76\x6b\xe1\x86\xcc\xb8"
        Implementation "Aruba Networks VIA client" Hex;
    b"\x8c\x0d\xc6\xcf\x62\xa0\xef\x1b\x5c\x6e\xab\xd1\xb6\x7b\xa6\x98\x66\xad\xf1\x6a"
        Implementation "NetScreen 7" Hex;
    b"\x8d\xb7\xa4\x18\x11\x22\x16\x60" Capability "draft-ietf-ipsec-heartbeats-00" Hex;
    b"\x92\xd2\x7a\x9e\xcb\x31\xd9\x92\x46\x98\x6d\x34\x53\xd0\xc3\xd5\x7a\x22\x2a\x61"
        Implementation "NetScreen 8" Hex;
    b"\x94\x36\xe8\xd6\x71\x74\xef\x9a\xed\x06\x8d\x5a\xd5\x21\x3f\x18\x7a\x3f\x8b\xa6"
        Implementation "NetScreen 5XP (ScreenOS 4.0)" Hex;
    b"\x9b\x09\x6d\x9a\xc3\x27\x5a\x7d\x6f\xe8\xb9\x1c\x58\x31\x11\xb0\x9e\xfe\xd1\xa0"
        Implementation "NetScreen 9" Hex;
    b"\xa3\x5b\xfd\x05\xca\x1a\xc0\xb3\xd2\xf2\x4e\x9e\x82\xbf\xcb\xff\x9c\x9e\x52\xb5"
        Implementation "NetScreen 16" Hex;
    b"\xaf\xca\xd7\x13\x68\xa1\xf1\xc9\x6b\x86\x96\xfc\x77\x57"
        Capability "Dead Peer Detection (RFC 3706)" Dotted of "CISCO-DEAD-PEER-DETECTION";
    b"\xb8\x58\xd1\xad\xdd\x08\xc1\xe8\xad\xaf\xea\x15\x06\x08\xaa\x44\x97\xaa\x6c\xc8"
        Implementation "ZyXEL ZyWALL router" Hex;
    b"\xba\xeb\x23\x90\x37\xe1\x77\x87\xd7\x30\xee\xd9\xd9\x5d\x48\xaa"
        Implementation "StoneGate" Hex;
    b"\xbf\x03\x74\x61\x08\xd7\x46\xc9\x04\xf1\xf3\x54\x7d\xe2\x4f\x78\x47\x9f\xed\x12"
        Implementation "NetScreen 10" Hex;
    b"\xc2\xe8\x05\x00\xf4\xcc\x5f\xbf\x5d\xaa\xee\xd3\xbb\x59\xab\xae\xee\x56\xc6\x52"
        Implementation "NetScreen 11" Hex;
    b"\xc5\x73\xb0\x56\xd7\xfa\xca\x36\xc2\xfb\xa2\x83\x74\x12\x7c\xbf"
        Implementation "StoneGate" Hex;
    b"\xc8\x66\x0a\x62\xb0\x3b\x1b\x61\x30\xbf\x78\x16\x08\xd3\x2a\x6a\x8d\x0f\xb8\x9f"
        Implementation "NetScreen 12" Hex;
    b"\xca\x3e\x2b\x85\x4b\xa8\x03\x00\x17\xdc\x10\x23\xa4\xfd\xe2\x04\x1f\x9f\x74\x63"
        Implementation "Aruba Networks remote AP" Hex;
    b"\xcf\x49\x90\x87\x91\x07\x3f\xb4\x64\x39\x79\x0f\xde\xb6\xae\xed\x98\x11\x01\xab"
        Implementation "NetScreen" Hex;
    b"\xd6\xb4\x5f\x82\xf2\x4b\xac\xb2\x88\xaf\x59\xa9\x78\x83\x0a\xb7"
        Implementation "NetScreen" Hex;
    b"\xda\x8e\x93\x78" Implementation "SafeNet, WatchGuard or SonicWall" Hex;
    b"\xf1\x4b\x94\xb7\xbf\xf1\xfe\xf0\x27\x73\xb8\xc4\x9f\xed\xed\x26"
        Implementation "Shrew Soft" Hex;
    b"\xf4\xed\x19\xe0\xc1\x14\xeb\x51\x6f\xaa\xac\x0e\xe3\x7d\xaf\x28\x07\xb4\x38\x1f"
        Implementation "Check Point" CheckPoint;
    b"\xf7\x58\xf2\x26\x68\x75\x0f\x03\xb0\x8d\xf6\xeb\xe1\xd0"
        Implementation "ZyXEL ZyWALL USG" Hex;
    b"\xf8\x85\xda\x40\xb1\xe7\xa9\xab\xd1\x76\x55\xec\x5b\xbe\xc0\xf2\x1f\x0e\xd5\x2e"
        Implementation "NetScreen 13" Hex;
    b"\xfd\x80\x88\x04\xdf\x73\xb1\x51\x50\x70\x9d\x87\x80\x44\xcd\xe0\xac\x1e\xfc\xde"
        Implementation "Juniper SRX" Hex;
};
