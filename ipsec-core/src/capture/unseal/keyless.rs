//! What can be opened without any key: ESP with NULL encryption (RFC 2410).

use super::{Counts, Keyring, Unseal, null};
use crate::capture::dissection::{Content, Dissection};
use crate::capture::pcapng::Secrets;
use crate::capture::unsealed::Unsealed;
use crate::evidence::Unsealing;
use std::sync::Arc;

/// Opens packets without keys.
#[derive(Debug, Default)]
pub(super) struct Keyless {
    /// The plaintext of the last packet.
    plain: Vec<u8>,
    counts: Counts,
}

impl Keyless {
    pub(super) fn boxed(_: Arc<Keyring>) -> Box<dyn Unseal> {
        Box::new(Self::default())
    }
}

impl Unseal for Keyless {
    fn take_secrets(&mut self, _: &[Secrets]) {}

    fn has_keys(&self) -> bool {
        false
    }

    fn counts(&self) -> Counts {
        self.counts
    }

    fn unseal<'a>(&'a mut self, packet: &Dissection<'a>) -> Option<Unsealed<'a>> {
        let closed = Unsealed::closed(Unsealing::NoKey);
        match &packet.content {
            Content::Esp(esp) => {
                self.plain.clear();
                let opened = null::open(packet.route, *esp, &mut self.plain);
                let opened = opened.map_or(closed, |(opened, plain)| opened.unsealed(*esp, plain));
                self.counts.esp.add(opened.state);
                Some(opened)
            }
            Content::Ah(_) => {
                self.counts.ah.add(closed.state);
                Some(closed)
            }
            Content::Ike(_)
            | Content::Isakmp(_)
            | Content::Keepalive
            | Content::IcmpError(_)
            | Content::Fragment
            | Content::UnreadableLink(_)
            | Content::Unreadable(_)
            | Content::Other => None,
        }
    }
}
