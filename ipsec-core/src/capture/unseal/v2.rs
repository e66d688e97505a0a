//! Follows the IKE SAs of IKEv2.

use super::{Keyring, State, Taken};
use crate::capture::dissection::Read;
use crate::evidence::{Route, Unsealing};
use crate::time::Instant;
use crate::wire::ike::Message;

/// The IKE SAs that are followed.
#[derive(Debug, Default)]
pub(super) struct Sas {}

impl Sas {
    /// Takes in a message; what it holds is decrypted into `plain`.
    pub(super) fn take(
        &mut self,
        _keyring: &Keyring,
        _now: Instant,
        _route: Route,
        _read: &Read<'_, Message<'_>>,
        _plain: &mut Vec<u8>,
    ) -> Taken {
        Taken {
            state: State::Closed(Unsealing::NoKey),
            ..Taken::default()
        }
    }
}
