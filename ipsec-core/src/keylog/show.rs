//! What an entry holds, in one line without a key.

use super::algorithms::{self, Authentication};
use super::entry::{Ikev1Keys, Ikev2Keys, KeyExchangeSecret, Keys, Psk, SaKeys, SaProtocol};
use crate::crypto::Secret;
use crate::sa::selector::AddressRange;
use crate::wire::registry::ike::Encryption;
use core::fmt::{self, Display, Formatter};

/// Kind, SPIs or addresses, algorithms, and the names of the keys that are
/// there: never a key. What a PSK's file says of its owner is shown as it is.
impl Display for Keys {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ikev1(keys) => ikev1(keys, f),
            Self::Ikev2(keys) => ikev2(keys, f),
            Self::Sa(keys) => sa(keys, f),
            Self::KeyExchange(keys) => key_exchange(keys, f),
            Self::Psk(psk) => pre_shared(psk, f),
        }
    }
}

fn ikev1(keys: &Ikev1Keys, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str("IKEv1 ")?;
    spis(keys.cookie_i, keys.cookie_r, f)?;
    cipher(keys.encryption.as_slice(), keys.key.as_ref(), f)?;
    told(keys.prf, f)?;
    listed(
        &[
            ("Ka", keys.key.is_some()),
            ("SKEYID", keys.skeyid.is_some()),
            ("SKEYID_d", keys.skeyid_d.is_some()),
            ("SKEYID_a", keys.skeyid_a.is_some()),
            ("SKEYID_e", keys.skeyid_e.is_some()),
            ("IV", keys.iv.is_some()),
        ],
        f,
    )
}

fn ikev2(keys: &Ikev2Keys, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str("IKEv2 ")?;
    spis(keys.spi_i, keys.spi_r, f)?;
    cipher(keys.encryption.as_slice(), keys.sk_ei.as_ref(), f)?;
    integrity(keys.authentication.unwrap_or(Authentication::None), f)?;
    told(keys.prf, f)?;
    listed(
        &[
            ("SKEYSEED", keys.skeyseed.is_some()),
            ("SK_d", keys.sk_d.is_some()),
            ("SK_ai", keys.sk_ai.is_some()),
            ("SK_ar", keys.sk_ar.is_some()),
            ("SK_ei", keys.sk_ei.is_some()),
            ("SK_er", keys.sk_er.is_some()),
            ("SK_pi", keys.sk_pi.is_some()),
            ("SK_pr", keys.sk_pr.is_some()),
        ],
        f,
    )
}

fn sa(keys: &SaKeys, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str(match keys.protocol {
        SaProtocol::Esp => "ESP ",
        SaProtocol::Ah => "AH ",
    })?;
    match keys.spi {
        Some(spi) => write!(f, "{spi:#010x}")?,
        None => f.write_str("any SPI")?,
    }
    let (from, to) = (End(keys.source), End(keys.destination));
    write!(f, " from {from} to {to}")?;
    cipher(&keys.encryption, Some(&keys.encryption_key), f)?;
    integrity(keys.authentication, f)?;
    match keys.extended_sequence {
        Some(true) => f.write_str(" ESN"),
        Some(false) | None => Ok(()),
    }
}

fn key_exchange(keys: &KeyExchangeSecret, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str("Diffie-Hellman ")?;
    spis(keys.spi_i, keys.spi_r, f)?;
    told(keys.group, f)?;
    listed(
        &[
            ("private value", keys.private.is_some()),
            ("public value", keys.public.is_some()),
            ("shared secret", keys.shared.is_some()),
        ],
        f,
    )
}

fn pre_shared(psk: &Psk, f: &mut Formatter<'_>) -> fmt::Result {
    match &psk.identity {
        Some(identity) => write!(f, "PSK for {identity}"),
        None => f.write_str("PSK for anyone"),
    }
}

fn spis(one: Option<[u8; 8]>, other: Option<[u8; 8]>, f: &mut Formatter<'_>) -> fmt::Result {
    write!(f, "{}/{}", Spi(one), Spi(other))
}

struct Spi(Option<[u8; 8]>);

impl Display for Spi {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(spi) => write!(f, "{:016x}", u64::from_be_bytes(spi)),
            None => f.write_str("any"),
        }
    }
}

struct End(Option<AddressRange>);

impl Display for End {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(range) if range.low() == range.high() => range.low().fmt(f),
            Some(range) => range.fmt(f),
            None => f.write_str("anyone"),
        }
    }
}

/// The likeliest, with the bits of the key that is there.
fn cipher(ids: &[Encryption], key: Option<&Secret>, f: &mut Formatter<'_>) -> fmt::Result {
    let Some(id) = ids.first() else {
        return Ok(());
    };
    write!(f, " {id}")?;
    let missing = key.and_then(|key| algorithms::missing_salt(*id, key));
    let salt = algorithms::sizes(*id).map_or(0, |cipher| cipher.salt);
    let salt = salt.saturating_sub(missing.unwrap_or(0));
    match key.map_or(0, Secret::len).saturating_sub(salt) {
        0 => Ok(()),
        bytes => write!(f, "-{}", bytes.saturating_mul(8)),
    }
}

fn integrity(mac: Authentication, f: &mut Formatter<'_>) -> fmt::Result {
    match mac {
        Authentication::None => Ok(()),
        Authentication::Ikev2(id) => write!(f, " {id}"),
        Authentication::Ikev1(id) => write!(f, " {id}"),
        Authentication::Unchecked { icv } => write!(f, " ICV of {icv} bytes"),
    }
}

fn told(algorithm: Option<impl Display>, f: &mut Formatter<'_>) -> fmt::Result {
    match algorithm {
        Some(algorithm) => write!(f, " {algorithm}"),
        None => Ok(()),
    }
}

fn listed(keys: &[(&str, bool)], f: &mut Formatter<'_>) -> fmt::Result {
    let mut mark = ": ";
    for (name, _) in keys.iter().filter(|(_, there)| *there) {
        write!(f, "{mark}{name}")?;
        mark = ", ";
    }
    Ok(())
}
