//! The columns that every packet has: its number, its time, and who sent it to
//! whom.

use super::columns::{Numbers, Words, words};
use super::{UTC, times};
use crate::capture::Frame;
use crate::evidence::Route;
use arrow_array::types::{TimestampMicrosecondType, UInt16Type, UInt64Type};
use arrow_array::{Array as _, ArrayRef};
use arrow_schema::{ArrowError, DataType, Field};
use core::fmt::{self, Write as _};
use core::net::{IpAddr, SocketAddr};
use std::sync::Arc;

#[derive(Debug, Default)]
pub(super) struct Ends {
    number: Numbers<UInt64Type>,
    time: Numbers<TimestampMicrosecondType>,
    source: Words<IpAddr>,
    source_port: Numbers<UInt16Type>,
    destination: Words<IpAddr>,
    destination_port: Numbers<UInt16Type>,
}

impl Ends {
    pub(super) fn fields() -> Vec<Field> {
        vec![
            Field::new("number", DataType::UInt64, false),
            Field::new("time", times(), false),
            Field::new("source", words(), true),
            Field::new("source_port", DataType::UInt16, true),
            Field::new("destination", words(), true),
            Field::new("destination_port", DataType::UInt16, true),
        ]
    }

    pub(super) fn len(&self) -> usize {
        self.number.len()
    }

    #[inline]
    pub(super) fn push(&mut self, frame: &Frame<'_>, route: Option<Route>) {
        self.number.push(frame.number);
        let micros = i64::try_from(frame.at.as_micros()).unwrap_or(i64::MAX);
        self.time.push(micros);
        let (from, to) = (route.map(|route| route.from), route.map(|route| route.to));
        self.source.push_option(from.map(|end| end.ip()), spell);
        self.destination.push_option(to.map(|end| end.ip()), spell);
        self.source_port.push_option(from.and_then(port));
        self.destination_port.push_option(to.and_then(port));
    }

    pub(super) fn finish(&mut self) -> Result<Vec<ArrayRef>, ArrowError> {
        let time = self.time.take().with_timezone(UTC);
        debug_assert_eq!(time.data_type(), &times());
        Ok(vec![
            self.number.finish(),
            Arc::new(time),
            self.source.finish()?,
            self.source_port.finish(),
            self.destination.finish()?,
            self.destination_port.finish(),
        ])
    }
}

fn spell(address: IpAddr, out: &mut String) -> fmt::Result {
    write!(out, "{address}")
}

/// A port; protocols without ports have 0 in its place.
fn port(end: SocketAddr) -> Option<u16> {
    (end.port() != 0).then(|| end.port())
}
