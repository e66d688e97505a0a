//! Tunnel groups, which hold keys and methods by peer, and group policies.

use super::{SECRETS_MAX, secret_of};
use crate::config::Spanned;
use crate::config::cisco::entry;
use crate::config::cisco::lines::{Command, Word};
use crate::config::model::{Identity, Method, Model, Setting};
use crate::config::values::{self, Faults};
use crate::time::Duration;
use alloc::string::String;
use alloc::vec::Vec;

/// `tunnel-group`: named after the peer's address.
pub(super) struct TunnelGroup {
    pub(super) name: Spanned<String>,
    pub(super) policy: Option<Spanned<String>>,
    /// Of IKEv2.
    pub(super) local: Option<Setting<Vec<Method>>>,
    pub(super) remote: Option<Setting<Vec<Method>>>,
    pub(super) dead_peer_detection: Option<Setting<Option<Duration>>>,
}

/// `group-policy`.
#[derive(Default)]
pub(super) struct GroupPolicy {
    pub(super) idle: Option<Setting<Option<Duration>>>,
}

impl TunnelGroup {
    pub(super) const fn new(name: Spanned<String>) -> Self {
        Self {
            name,
            policy: None,
            local: None,
            remote: None,
            dead_peer_detection: None,
        }
    }

    /// Takes one of its lines; false when it is none.
    pub(super) fn read(
        &mut self,
        command: &Command<'_>,
        model: &mut Model,
        faults: &mut Faults,
    ) -> bool {
        let value = command.words.get(1);
        match (command.text(0), command.text(1)) {
            ("default-group-policy", _) => self.policy = value.map(Word::owned),
            ("pre-shared-key", _) => self.key(command, 0, model),
            ("ikev1", "pre-shared-key") => self.key(command, 1, model),
            ("ikev2", "local-authentication" | "remote-authentication") => {
                let method = match command.text(2) {
                    "pre-shared-key" => Method::Psk,
                    "eap" => Method::Eap,
                    _ => Method::Signature,
                };
                let side = if command.text(1).starts_with("local") {
                    &mut self.local
                } else {
                    &mut self.remote
                };
                if let Some(word) = command.words.get(2) {
                    *side = Some(Setting::written(Vec::from([method]), word.span));
                }
                if method == Method::Psk {
                    self.key(command, 2, model);
                }
            }
            ("isakmp", "keepalive") => {
                let disabled = command.words.get(2).filter(|word| word.text == "disable");
                let found = command.words.get(3).map(Word::spanned);
                let seconds = |text: &str| match text {
                    "infinite" => Some(None),
                    _ => values::count_seconds(text),
                };
                self.dead_peer_detection = Some(match disabled {
                    Some(word) => Setting::written(None, word.span),
                    None => faults.setting(found, Some(THRESHOLD), seconds),
                });
            }
            _ => return command.indented,
        }
        true
    }

    /// The key that stands behind the word at `named`.
    fn key(&self, command: &Command<'_>, named: usize, model: &mut Model) {
        let words = command.from(named);
        let ([word, first, rest @ ..], true) = (words, model.secrets.len() < SECRETS_MAX) else {
            return;
        };
        // `0` and `8` tell how the key is written.
        let (form, secret) = match rest.first() {
            Some(secret) if ["0", "6", "8"].contains(&&*first.text) => (&*first.text, secret),
            _ => ("0", first),
        };
        let mut note = secret_of(word, secret);
        if form != "0" {
            note.len = None;
            note.value = None;
        }
        let name = &self.name;
        let owner = match name.value.parse() {
            Ok(address) => Some(Identity::Address(address)),
            Err(_) if name.value.starts_with("Default") => None,
            Err(_) => Some(Identity::KeyId(name.value.clone())),
        };
        note.owners
            .extend(owner.map(|owner| Setting::written(owner, name.span)));
        model.secrets.push(note);
    }
}

impl GroupPolicy {
    /// Takes one of its lines; false when it is none.
    pub(super) fn read(&mut self, command: &Command<'_>, faults: &mut Faults) -> bool {
        if command.text(0) == "vpn-idle-timeout" {
            let found = command.words.get(1).map(Word::spanned);
            let minutes = |text: &str| entry::seconds(text, 60);
            self.idle = Some(faults.setting(found, Some(IDLE), minutes));
            return true;
        }
        command.indented || command.text(0).starts_with("vpn-")
    }
}

/// After so much silence a peer is asked whether it is alive.
pub(super) const THRESHOLD: Duration = Duration::from_secs(10);

/// After so much time without traffic a tunnel is taken down.
pub(super) const IDLE: Duration = Duration::from_secs(30 * 60);
