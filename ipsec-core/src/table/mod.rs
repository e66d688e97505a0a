//! Captures as tables: Arrow record batches, for notebooks, data frames and
//! engines that read the Arrow C stream.
//!
//! - [`packets`]: a row for each frame, from its heads alone.
//! - [`messages`]: a row for each IKE message, read to its end, and decrypted
//!   where there are keys.
//! - [`findings`]: a row for each finding of a report.
//!
//! The first two are streams: a batch holds up to [`BATCH_ROWS`] rows, and
//! memory does not grow with the capture. Words that repeat (addresses, names
//! of protocols and exchanges) are dictionaries, one for each batch. Times are
//! microseconds since the epoch, UTC. What a packet does not have is null.
//!
//! ```
//! use ipsec_core::capture::CaptureReader;
//! use ipsec_core::table;
//!
//! let file = std::fs::File::open("../examples/captures/psk-mismatch.pcap")?;
//! let mut rows = 0;
//! for batch in table::packets(CaptureReader::new(file)?) {
//!     rows += batch?.num_rows();
//! }
//! assert_eq!(rows, 12);
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod columns;
mod ends;
mod findings;
mod messages;
mod packets;

pub use findings::findings;
pub use messages::messages;
pub use packets::packets;

use crate::capture::{CaptureError, CaptureReader, Frame};
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, DataType, SchemaRef, TimeUnit};
use core::fmt;
use std::io::Read;
use std::sync::Arc;

/// The rows of one capture, in batches of up to [`BATCH_ROWS`].
pub struct Batches<R> {
    reader: CaptureReader<R>,
    rows: Box<dyn Rows + Send>,
    on_fault: Option<Box<FaultSink>>,
}

type FaultSink = dyn FnMut(&CaptureError) + Send;

/// A batch under construction.
trait Rows {
    fn schema(&self) -> SchemaRef;
    /// Rows so far.
    fn len(&self) -> usize;
    /// Whether the batch is to end before it has [`BATCH_ROWS`] rows.
    fn is_heavy(&self) -> bool {
        false
    }
    /// Takes in a frame, which gives a row or none.
    fn take(&mut self, frame: &Frame<'_>);
    /// The batch so far; the next one begins.
    fn finish(&mut self) -> Result<RecordBatch, ArrowError>;
}

impl<R: Read> Batches<R> {
    fn new(reader: CaptureReader<R>, rows: impl Rows + Send + 'static) -> Self {
        Self {
            reader,
            rows: Box::new(rows),
            on_fault: None,
        }
    }

    /// Has `sink` told what is wrong with the file. The rows before it come
    /// all the same, and those behind it as far as they can be read.
    #[must_use]
    pub fn on_fault(mut self, sink: impl FnMut(&CaptureError) + Send + 'static) -> Self {
        self.on_fault = Some(Box::new(sink));
        self
    }

    /// Columns and their types.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        self.rows.schema()
    }

    /// How far the (unpacked) file has been read, in bytes.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.reader.position()
    }
}

impl<R: Read> Iterator for Batches<R> {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.rows.len() < BATCH_ROWS && !self.rows.is_heavy() {
            match self.reader.next_frame() {
                Ok(Some(frame)) => self.rows.take(&frame),
                Ok(None) => break,
                Err(error) => {
                    if let Some(sink) = &mut self.on_fault {
                        sink(&error);
                    }
                }
            }
        }
        (self.rows.len() > 0).then(|| self.rows.finish())
    }
}

impl<R: Read> RecordBatchReader for Batches<R> {
    fn schema(&self) -> SchemaRef {
        self.rows.schema()
    }
}

impl<R> fmt::Debug for Batches<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batches")
            .field("reader", &self.reader)
            .finish_non_exhaustive()
    }
}

/// The type of a column of times.
fn times() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::from(UTC)))
}

const UTC: &str = "UTC";

/// Rows of a batch.
pub const BATCH_ROWS: usize = 65_536;
