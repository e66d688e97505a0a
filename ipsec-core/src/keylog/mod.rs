//! Key material, from the formats in which people have it.
//!
//! [`read`] takes a whole file, [`KeyReader`] one piece after the other. The
//! format is found by the content, line by line, so that a file may mix several:
//!
//! | written by | what is read |
//! |---|---|
//! | Wireshark: `ikev1_decryption_table`, `ikev2_decryption_table`, `esp_sa`; strongSwan's `save-keys` | all |
//! | charon, levels `ike`, `chd` 4 | SKEYSEED, SK_*, SKEYID*, Ka, first IV, shared secrets, keys of Child SAs |
//! | pluto, `private,crypt` | `ikev2 I/R` lines, salts, SK_p*, SKEYID*, Ka, cookies, keys of ESP |
//! | `ip xfrm state`, `setkey -D` | every SA with keys, mode, encapsulation, selector, ESN |
//! | FortiOS `diagnose vpn tunnel list`, `ike -1` | SAs of both directions, Ka, SK_* |
//! | racoon, MikroTik | private and shared DH values, SKEYID*, Ka, first IV, SKEYSEED, SK_* |
//! | OpenIKED, built to print keys | shared secret, SKEYSEED, SK_* |
//! | `ipsec.secrets`, `swanctl.conf` | pre-shared keys |
//! | JSON (feature `serde`) | all; `ipsec-core/schema/keylog.schema.json` |
//! | JSON with lists `ike` and `esp_sa` (the same) | SK_*, SKEYID*, Ka, first IV, shared secrets, SAs |
//!
//! The bytes of a pcapng decryption secrets block are such a file. Candidates
//! for a pre-shared key are read by [`PskLines`].
//!
//! A reader keeps every entry it can use and says of every other line what is
//! wrong with it, by line number and field, never by the bytes of a key. It
//! takes time linear in the file and remembers no more than the limits at the
//! end of each module allow. Entries of one SA that agree become one, and those
//! that contradict each other stay: each end may have had keys of its own.
//!
//! The writers are named `dangerous_*`, for they export keys.

pub mod algorithms;
mod assembly;
mod charon;
mod entry;
mod error;
mod format;
mod fortios;
mod hex;
mod iked;
#[cfg(feature = "serde")]
mod json;
#[cfg(feature = "serde")]
mod json_lists;
mod lines;
mod merge;
mod names;
mod pluto;
mod psk;
mod racoon;
mod secrets;
mod show;
mod swanctl;
pub mod wireshark;
mod write;
mod xfrm;

pub use self::entry::{
    Entry, Ikev1Keys, Ikev2Keys, KeyExchangeSecret, KeyLog, Keys, Psk, SaKeys, SaMode, SaProtocol,
    UdpEncapsulation,
};
pub use self::error::{LineError, LineErrorKind};
pub use self::format::Format;
pub use self::lines::{KeyReader, LINE_MAX, read};
pub use self::psk::{PskLines, psk_bytes};
pub use self::write::{LeftOut, WiresharkTables, dangerous_json, dangerous_wireshark};
