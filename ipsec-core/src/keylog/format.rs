//! The forms in which keys are found.

use core::fmt;

/// In what form keys are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Format {
    /// A table of Wireshark, or a file of strongSwan's `save-keys` plugin.
    Wireshark,
    /// A log of strongSwan's charon with `ike = 4` and `chd = 4`.
    Charon,
    /// A log of pluto with `plutodebug="private,crypt"`.
    Pluto,
    /// The output of `ip xfrm state`.
    IpXfrm,
    /// The output of `setkey -D`.
    Setkey,
    /// `diagnose vpn tunnel list` and `diagnose debug application ike -1`.
    FortiOs,
    /// A debug log of racoon, which MikroTik's IKEv1 writes too.
    Racoon,
    /// A debug log of OpenIKED built to print its keys.
    OpenIked,
    /// Lines `[identities] : PSK "secret"` of `ipsec.secrets`.
    Secrets,
    /// The section `secrets` of `swanctl.conf`.
    Swanctl,
    /// `ipsec-core/schema/keylog.schema.json`.
    Json,
    /// A JSON object of lists `ike` and `esp_sa`, proposals as charon spells
    /// them.
    JsonLists,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wireshark => "Wireshark tables",
            Self::Charon => "charon log",
            Self::Pluto => "pluto log",
            Self::IpXfrm => "ip xfrm state",
            Self::Setkey => "setkey -D",
            Self::FortiOs => "FortiOS",
            Self::Racoon => "racoon log",
            Self::OpenIked => "OpenIKED log",
            Self::Secrets => "ipsec.secrets",
            Self::Swanctl => "swanctl.conf",
            Self::Json => "JSON",
            Self::JsonLists => "JSON lists",
        })
    }
}
