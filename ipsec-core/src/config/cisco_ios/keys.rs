//! Pre-shared keys of IKEv1: `crypto isakmp key`, and keyrings. A key of type 6
//! or 7 is written encrypted, so neither its bytes nor its length are known.

use crate::config::ConfigErrorKind;
use crate::config::cisco::access;
use crate::config::cisco::connections::host;
use crate::config::cisco::lines::{Command, Word};
use crate::config::cisco::pick;
use crate::config::model::{
    Connection, Host, Identity, Model, SecretKind, SecretNote, Setting, SharedSecret,
};
use crate::config::values::Faults;
use crate::sa::selector::AddressRange;
use alloc::vec::Vec;
use core::net::IpAddr;

/// `crypto isakmp key 0 SECRET address 192.0.2.1`.
pub(super) fn key(command: &Command<'_>, model: &mut Model, faults: &mut Faults) {
    let (Some(word), words) = (command.words.get(2), command.from(3)) else {
        return;
    };
    // The key itself may read `address`.
    let from = words.get(1..).unwrap_or_default().iter();
    let at = from
        .clone()
        .position(|word| pick(&word.text, &["address", "hostname"]).is_some());
    let Some(at) = at.map(|at| at.saturating_add(1)) else {
        return faults.note(word.span, ConfigErrorKind::Alone);
    };
    let (secret, owner) = words.split_at_checked(at).unwrap_or_default();
    let Some(mut note) = secret_of(word, secret) else {
        return faults.note(word.span, ConfigErrorKind::Alone);
    };
    note.owners = owners(owner, faults);
    if model.secrets.len() < SECRETS_MAX {
        model.secrets.push(note);
    }
}

/// A line of `crypto keyring`.
pub(super) fn keyring(command: &Command<'_>, model: &mut Model, faults: &mut Faults) -> bool {
    let known = [
        "pre-shared-key",
        "local-address",
        "description",
        "rsa-pubkey",
    ];
    match pick(command.text(0), &known) {
        Some("pre-shared-key") => {}
        Some(_) => return true,
        None => return false,
    }
    let Some(first) = command.words.first() else {
        return false;
    };
    let words = command.from(1);
    let at = words.get(2..).unwrap_or_default().iter();
    let at = at.clone().position(|word| word.text == "key");
    let Some(at) = at.map(|at| at.saturating_add(2)) else {
        faults.note(first.span, ConfigErrorKind::Alone);
        return true;
    };
    let (owner, secret) = words.split_at_checked(at).unwrap_or_default();
    let note = secret.get(1..).and_then(|secret| secret_of(first, secret));
    if let Some(mut note) = note.filter(|_| model.secrets.len() < SECRETS_MAX) {
        note.owners = owners(owner, faults);
        model.secrets.push(note);
    }
    true
}

/// The note on a pre-shared key that `named` announces: `[0|6|7|hex] SECRET`.
pub(super) fn secret_of(named: &Word<'_>, words: &[Word<'_>]) -> Option<SecretNote> {
    let kind = SecretKind::Psk;
    let (first, rest) = words.split_first()?;
    let (form, secret) = match rest.first() {
        Some(secret) if FORMS.contains(&&*first.text) => (&*first.text, secret),
        _ => ("0", first),
    };
    let bytes = match form {
        "0" => Some(secret.raw.as_bytes().to_vec()),
        "hex" => unhex(secret.raw),
        _ => None,
    };
    let mut note = SecretNote::new(kind, bytes.as_ref().map(Vec::len), named.span);
    note.value = bytes.map(SharedSecret::new);
    Some(note)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("0x").unwrap_or(text).as_bytes();
    let pairs = digits.chunks(2).map(|pair| {
        let pair = core::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16)
            .ok()
            .filter(|_| pair.len() == 2)
    });
    pairs.collect()
}

/// Whose a key is, of `address 192.0.2.1` or `hostname gw.example`; empty for a
/// whole network, which the model has no word for.
fn owners(words: &[Word<'_>], faults: &mut Faults) -> Vec<Setting<Identity>> {
    let [kind, value, ..] = words else {
        return Vec::new();
    };
    let identity = if pick(&kind.text, &["hostname"]).is_some() {
        Some(Identity::Fqdn(value.text.clone().into_owned()))
    } else {
        // `address ipv6 2001:db8::1/128`
        let from = if value.text == "ipv6" { 2 } else { 1 };
        let words = words.get(from..).unwrap_or_default();
        let Some(range) = access::network(words) else {
            faults.note(value.span, ConfigErrorKind::Value);
            return Vec::new();
        };
        single(range)
    };
    let owner = identity.map(|identity| Setting::written(identity, value.span));
    owner.into_iter().collect()
}

/// The only address of a range, as an identity; none for `0.0.0.0`, which is
/// any.
pub(super) fn single(range: AddressRange) -> Option<Identity> {
    let address = range.low();
    let one = address == range.high() && !address.is_unspecified();
    one.then_some(Identity::Address(address))
}

/// The address at which a profile holds; an interface is not followed.
pub(super) fn own_address(word: Option<&Word<'_>>) -> Option<Setting<IpAddr>> {
    let word = word?;
    Some(Setting::written(word.text.parse().ok()?, word.span))
}

/// Lets a connection whose interface does not tell its address have that at
/// which its profile holds.
pub(super) fn bind(connection: &mut Connection, at: Option<&Setting<IpAddr>>) {
    let hosts = &mut connection.local.addresses;
    if hosts.iter().all(|one| one.value == Host::Any)
        && let Some(at) = at.and_then(host)
    {
        *hosts = Vec::from([at]);
    }
}

/// How a key may be written.
const FORMS: [&str; 4] = ["0", "6", "7", "hex"];

/// Notes on secrets of one file.
pub(super) const SECRETS_MAX: usize = 10_000;
