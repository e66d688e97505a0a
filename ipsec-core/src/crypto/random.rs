//! Random bytes, which the caller supplies.

/// A source of random bytes fit for keys.
///
/// Programs give the operating system's, tests a seeded one: nothing in this
/// crate has a source of its own.
pub trait Random {
    /// Fills `out`. A source that cannot must not return.
    fn fill(&mut self, out: &mut [u8]);
}
