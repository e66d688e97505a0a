//! Which algorithms a standard calls weak, as tables: RFC 8247 §2 for IKE,
//! RFC 8221 §4 to §6 for ESP and AH, RFC 9395 §5 for what both left out, and
//! the Commercial National Security Algorithm suites (RFC 9206 §4 for 1.0; 2.0
//! adds ML-KEM-1024).

use crate::sa::proposal::Transform;
use crate::wire::registry::ike::{
    Encryption, Integrity, KeyExchange, Prf, ProtocolId, TransformType,
};
use core::fmt;
use core::str::FromStr;

/// By whose rules algorithms are judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// RFC 8247 for IKE and RFC 8221 for ESP and AH.
    #[default]
    Ietf,
    /// RFC 8247, which is about IKE alone.
    Rfc8247,
    /// RFC 8221, which is about ESP and AH alone.
    Rfc8221,
    /// The Commercial National Security Algorithm suites.
    Cnsa,
    /// Whatever works.
    LegacyOk,
}

/// What a standard says of an algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "not at all, rather not, or may")]
pub enum Status {
    /// MUST NOT be used.
    MustNot,
    /// SHOULD NOT be used.
    ShouldNot,
    /// May be used.
    May,
}

impl Profile {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Ietf,
        Self::Rfc8247,
        Self::Rfc8221,
        Self::Cnsa,
        Self::LegacyOk,
    ];

    /// The word for it in arguments.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ietf => "ietf",
            Self::Rfc8247 => "rfc8247",
            Self::Rfc8221 => "rfc8221",
            Self::Cnsa => "cnsa",
            Self::LegacyOk => "legacy-ok",
        }
    }

    /// What it says of `one` in a proposal for `protocol`.
    ///
    /// ```
    /// use ipsec_core::config::profile::{Profile, Status};
    /// use ipsec_core::sa::proposal::Transform;
    /// use ipsec_core::wire::registry::ike::{Encryption, ProtocolId, TransformType};
    /// let des = Transform::new(TransformType::ENCR, Encryption::ENCR_DES.0);
    /// assert_eq!(Profile::Ietf.judge(ProtocolId::IKE, &des), Status::MustNot);
    /// assert_eq!(Profile::LegacyOk.judge(ProtocolId::IKE, &des), Status::May);
    /// ```
    #[must_use]
    pub fn judge(self, protocol: ProtocolId, one: &Transform) -> Status {
        let ike = protocol == ProtocolId::IKE;
        match self {
            Self::Ietf => of_ietf(ike, one),
            Self::Rfc8247 if ike => of_ietf(true, one),
            Self::Rfc8221 if !ike => of_ietf(false, one),
            Self::Cnsa if !is_cnsa(one) => Status::MustNot,
            Self::Rfc8247 | Self::Rfc8221 | Self::Cnsa | Self::LegacyOk => Status::May,
        }
    }

    /// What it says of IKEv1 (RFC 9395 §3, RFC 9206 §4).
    #[must_use]
    pub const fn judge_ikev1(self) -> Status {
        match self {
            Self::Ietf | Self::Rfc8247 => Status::ShouldNot,
            Self::Cnsa => Status::MustNot,
            Self::Rfc8221 | Self::LegacyOk => Status::May,
        }
    }

    /// The standard that speaks of proposals for `protocol`.
    #[must_use]
    pub fn source(self, protocol: ProtocolId) -> &'static str {
        match self {
            Self::Cnsa => "CNSA",
            Self::LegacyOk => "nobody",
            _ if protocol == ProtocolId::IKE => "RFC 8247",
            Self::Ietf | Self::Rfc8247 | Self::Rfc8221 => "RFC 8221",
        }
    }
}

/// ```
/// use ipsec_core::config::profile::Profile;
/// assert_eq!("cnsa".parse(), Ok(Profile::Cnsa));
/// assert_eq!(
///     "nist".parse::<Profile>().unwrap_err().to_string(),
///     "no such profile; there are ietf, rfc8247, rfc8221, cnsa, legacy-ok"
/// );
/// ```
impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|profile| profile.name() == name);
        found.copied().ok_or(UnknownProfile)
    }
}

/// A word that is no [`Profile::name`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownProfile;

impl fmt::Display for UnknownProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no such profile; there are ")?;
        for (n, profile) in Profile::ALL.iter().enumerate() {
            f.write_str(if n > 0 { ", " } else { "" })?;
            f.write_str(profile.name())?;
        }
        Ok(())
    }
}

impl core::error::Error for UnknownProfile {}

fn of_ietf(ike: bool, one: &Transform) -> Status {
    let table: &[(u16, Status)] = match one.kind {
        TransformType::ENCR if ike => IKE_CIPHERS,
        TransformType::ENCR => ESP_CIPHERS,
        TransformType::PRF => PRFS,
        TransformType::INTEG => HASHES,
        TransformType::KE => GROUPS,
        _ => &[],
    };
    let found = table.iter().find(|(id, _)| *id == one.id);
    found.map_or(Status::May, |(_, status)| *status)
}

fn is_cnsa(one: &Transform) -> bool {
    let bits = one.key_bits.unwrap_or(0);
    match one.kind {
        TransformType::ENCR => {
            bits == 256
                && [Encryption::ENCR_AES_GCM_16.0, Encryption::ENCR_AES_CBC.0].contains(&one.id)
        }
        TransformType::INTEG => [
            0,
            Integrity::AUTH_HMAC_SHA2_384_192.0,
            Integrity::AUTH_HMAC_SHA2_512_256.0,
        ]
        .contains(&one.id),
        TransformType::PRF => {
            [Prf::PRF_HMAC_SHA2_384.0, Prf::PRF_HMAC_SHA2_512.0].contains(&one.id)
        }
        kind if kind.is_key_exchange() => [
            0,
            KeyExchange::MODP_3072.0,
            KeyExchange::MODP_4096.0,
            KeyExchange::ECP_384.0,
            KeyExchange::ML_KEM_1024.0,
        ]
        .contains(&one.id),
        _ => true,
    }
}

/// How strong an algorithm is beside others of its kind: bits, roughly, that
/// an attacker has to search.
#[must_use]
pub fn strength(one: &Transform) -> u16 {
    let bits = one.key_bits.unwrap_or(128);
    match one.kind {
        TransformType::ENCR => match Encryption(one.id) {
            Encryption::ENCR_NULL | Encryption::ENCR_NULL_AUTH_AES_GMAC => 0,
            Encryption::ENCR_DES | Encryption::ENCR_DES_IV32 | Encryption::ENCR_DES_IV64 => 56,
            Encryption::ENCR_3DES => 64,
            Encryption::ENCR_CAST | Encryption::ENCR_BLOWFISH | Encryption::ENCR_IDEA => 64,
            Encryption::ENCR_CHACHA20_POLY1305 => 256,
            _ => bits,
        },
        TransformType::INTEG => match Integrity(one.id) {
            Integrity::NONE => 0,
            Integrity::AUTH_DES_MAC | Integrity::AUTH_KPDK_MD5 => 32,
            Integrity::AUTH_HMAC_MD5_96 | Integrity::AUTH_HMAC_MD5_128 => 64,
            Integrity::AUTH_HMAC_SHA1_96 | Integrity::AUTH_HMAC_SHA1_160 => 96,
            Integrity::AUTH_HMAC_SHA2_384_192 => 192,
            Integrity::AUTH_HMAC_SHA2_512_256 => 256,
            _ => 128,
        },
        TransformType::PRF => match Prf(one.id) {
            Prf::PRF_HMAC_MD5 => 64,
            Prf::PRF_HMAC_SHA1 => 96,
            Prf::PRF_HMAC_SHA2_384 => 192,
            Prf::PRF_HMAC_SHA2_512 => 256,
            _ => 128,
        },
        kind if kind.is_key_exchange() => group_strength(KeyExchange(one.id)),
        _ => one.id,
    }
}

const fn group_strength(id: KeyExchange) -> u16 {
    match id {
        KeyExchange::NONE | KeyExchange::MODP_NULL => 0,
        KeyExchange::MODP_768 => 50,
        KeyExchange::MODP_1024 | KeyExchange::MODP_1024_160 => 70,
        KeyExchange::MODP_1536 | KeyExchange::ECP_192 => 90,
        KeyExchange::MODP_2048_224 | KeyExchange::MODP_2048_256 => 100,
        KeyExchange::MODP_2048 | KeyExchange::ECP_224 => 112,
        KeyExchange::MODP_4096 => 140,
        KeyExchange::MODP_6144 => 160,
        KeyExchange::MODP_8192 => 180,
        KeyExchange::ECP_384 | KeyExchange::BRAINPOOL_P384R1 => 192,
        KeyExchange::CURVE448 | KeyExchange::ML_KEM_1024 => 224,
        KeyExchange::ECP_521 | KeyExchange::BRAINPOOL_P512R1 => 256,
        _ => 128,
    }
}

/// RFC 8247 §2.1 and RFC 9395 §5; triple DES may be used.
const IKE_CIPHERS: &[(u16, Status)] = &[
    (Encryption::ENCR_DES_IV64.0, Status::MustNot),
    (Encryption::ENCR_DES.0, Status::MustNot),
    (Encryption::ENCR_RC5.0, Status::MustNot),
    (Encryption::ENCR_IDEA.0, Status::MustNot),
    (Encryption::ENCR_CAST.0, Status::MustNot),
    (Encryption::ENCR_BLOWFISH.0, Status::MustNot),
    (Encryption::ENCR_3IDEA.0, Status::MustNot),
    (Encryption::ENCR_DES_IV32.0, Status::MustNot),
    (Encryption::ENCR_NULL.0, Status::MustNot),
];

/// RFC 8221 §5 and RFC 9395 §5.
const ESP_CIPHERS: &[(u16, Status)] = &[
    (Encryption::ENCR_DES_IV64.0, Status::MustNot),
    (Encryption::ENCR_DES.0, Status::MustNot),
    (Encryption::ENCR_3DES.0, Status::ShouldNot),
    (Encryption::ENCR_RC5.0, Status::MustNot),
    (Encryption::ENCR_IDEA.0, Status::MustNot),
    (Encryption::ENCR_CAST.0, Status::MustNot),
    (Encryption::ENCR_BLOWFISH.0, Status::MustNot),
    (Encryption::ENCR_3IDEA.0, Status::MustNot),
    (Encryption::ENCR_DES_IV32.0, Status::MustNot),
];

/// RFC 8247 §2.2 and RFC 9395 §5.
const PRFS: &[(u16, Status)] = &[
    (Prf::PRF_HMAC_MD5.0, Status::MustNot),
    (Prf::PRF_HMAC_TIGER.0, Status::MustNot),
];

/// RFC 8247 §2.3, RFC 8221 §6.
const HASHES: &[(u16, Status)] = &[
    (Integrity::AUTH_HMAC_MD5_96.0, Status::MustNot),
    (Integrity::AUTH_DES_MAC.0, Status::MustNot),
    (Integrity::AUTH_KPDK_MD5.0, Status::MustNot),
    (Integrity::AUTH_HMAC_MD5_128.0, Status::MustNot),
];

/// RFC 8247 §2.4.
const GROUPS: &[(u16, Status)] = &[
    (KeyExchange::MODP_768.0, Status::MustNot),
    (KeyExchange::MODP_1024.0, Status::ShouldNot),
    (KeyExchange::MODP_1536.0, Status::ShouldNot),
    (KeyExchange::MODP_1024_160.0, Status::MustNot),
    (KeyExchange::MODP_2048_224.0, Status::ShouldNot),
    (KeyExchange::MODP_2048_256.0, Status::ShouldNot),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn group(id: KeyExchange) -> Transform {
        Transform::new(TransformType::KE, id.0)
    }

    #[test]
    fn each_profile_has_its_own_rules() {
        let cbc = Transform::new(TransformType::ENCR, Encryption::ENCR_AES_CBC.0);
        let (long, short) = (cbc.with_key_bits(256), cbc.with_key_bits(128));
        let judge = |profile: Profile, one: &Transform| profile.judge(ProtocolId::IKE, one);
        assert_eq!(judge(Profile::Ietf, &short), Status::May);
        assert_eq!(judge(Profile::Cnsa, &short), Status::MustNot);
        assert_eq!(judge(Profile::Cnsa, &long), Status::May);
        let two = group(KeyExchange::MODP_1024);
        assert_eq!(judge(Profile::Rfc8247, &two), Status::ShouldNot);
        assert_eq!(judge(Profile::Rfc8221, &two), Status::May, "about IKE");
        assert_eq!(
            Profile::Rfc8221.judge(ProtocolId::ESP, &two),
            Status::ShouldNot
        );
        assert_eq!(Profile::Rfc8247.judge(ProtocolId::ESP, &two), Status::May);
        assert_eq!(judge(Profile::LegacyOk, &two), Status::May);
        assert_eq!(Profile::default().judge_ikev1(), Status::ShouldNot);
    }

    #[test]
    fn strength_orders_what_people_choose_between() {
        let cipher = |id: Encryption| Transform::new(TransformType::ENCR, id.0);
        let aes = cipher(Encryption::ENCR_AES_CBC).with_key_bits(256);
        assert!(strength(&cipher(Encryption::ENCR_DES)) < strength(&cipher(Encryption::ENCR_3DES)));
        assert!(strength(&cipher(Encryption::ENCR_3DES)) < strength(&aes));
        let groups = [
            KeyExchange::NONE,
            KeyExchange::MODP_768,
            KeyExchange::MODP_1024,
            KeyExchange::MODP_1536,
            KeyExchange::MODP_2048,
            KeyExchange::ECP_256,
            KeyExchange::ECP_384,
        ];
        let strengths = groups.map(|id| strength(&group(id)));
        assert!(
            strengths.is_sorted_by(|one, other| one < other),
            "{strengths:?}"
        );
    }
}
