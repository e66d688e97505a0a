//! What lines before a refusal tell of a negotiation: the offer, what would
//! have been accepted, where they differ.

use crate::evidence::LogEvent;
use crate::sorted::Map;
use alloc::borrow::ToOwned;
use alloc::string::String;
use core::mem;

/// A negotiation that is under way, in escaped words of the log.
#[derive(Debug, Default)]
pub(super) struct Offer {
    pub(super) differs: Option<String>,
    pub(super) received: Option<String>,
    pub(super) configured: Option<String>,
}

impl Offer {
    /// The refusal that ends the negotiation.
    pub(super) fn refused(self) -> LogEvent {
        LogEvent::NoProposal {
            differs: self.differs,
            received: self.received,
            configured: self.configured,
        }
    }
}

/// Negotiations, or what is known of each, by the name a log gives them. A log never says which of them
/// came to nothing, so only the last ones are remembered.
#[derive(Debug, Default)]
pub(super) struct Offers<T = Offer> {
    recent: Map<String, T>,
    older: Map<String, T>,
}

impl<T: Default> Offers<T> {
    /// The negotiation `key`, begun if there is none.
    pub(super) fn entry(&mut self, key: &str) -> &mut T {
        if !self.recent.contains_key(key) {
            if self.recent.len() >= NEGOTIATIONS_MAX {
                self.older = mem::take(&mut self.recent);
            }
            let offer = self.older.remove(key).unwrap_or_default();
            self.recent.insert(key.to_owned(), offer);
        }
        self.recent.entry(key.to_owned()).or_default()
    }

    /// Ends the negotiation `key`.
    pub(super) fn take(&mut self, key: &str) -> T {
        let older = self.older.remove(key);
        self.recent.remove(key).or(older).unwrap_or_default()
    }
}

/// Negotiations that are remembered for certain; at most twice as many are.
const NEGOTIATIONS_MAX: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn the_oldest_negotiations_are_forgotten() {
        let mut offers: Offers = Offers::default();
        for number in 0..=2 * NEGOTIATIONS_MAX {
            offers.entry(&format!("{number}")).received = Some("x".to_owned());
        }
        assert_eq!(
            offers.recent.len() + offers.older.len(),
            NEGOTIATIONS_MAX + 1
        );
        let newest = format!("{}", 2 * NEGOTIATIONS_MAX);
        assert!(offers.take(&newest).received.is_some());
        assert!(offers.take(&newest).received.is_none());
        assert!(offers.take("0").received.is_none());
        assert!(
            offers
                .entry(&format!("{NEGOTIATIONS_MAX}"))
                .received
                .is_some()
        );
    }
}
