//! A row for each finding of a report.

use super::columns::{Lists, Numbers, Texts, as_it_is};
use super::columns::{Words, lists, words};
use crate::diag::{Confidence, Severity, Who};
use crate::report::{Report, Sighting};
use arrow_array::types::{UInt32Type, UInt64Type};
use arrow_array::{Array as _, ArrayRef, ListArray, RecordBatch, StructArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema};
use std::sync::Arc;

/// The findings of `report`, in its order.
///
/// | column | what it holds |
/// |---|---|
/// | `rank` | place in the report, from 1 |
/// | `code` | stable code |
/// | `severity`, `confidence`, `who` | as in the JSON of the report |
/// | `title`, `why` | in sentences |
/// | `evidence`, `counter_evidence` | lists of places: `input` (its name), `packet`, `line`, `time`, `field`, `shows` |
/// | `fixes` | what to do, best first |
/// | `root_of`, `refs` | codes of what follows from it, standards |
///
/// # Errors
/// When the places of all findings are more than 2³¹.
pub fn findings(report: &Report) -> Result<RecordBatch, ArrowError> {
    let mut rows = Findings::default();
    for (finding, rank) in report.findings.iter().zip(1..) {
        rows.rank.push(rank);
        rows.code.push(finding.code, as_it_is);
        rows.severity.push(severity(finding.severity), as_it_is);
        rows.confidence
            .push(confidence(finding.confidence), as_it_is);
        rows.who.push(who(finding.who), as_it_is);
        rows.title.push(Some(&finding.title));
        rows.why.push(Some(&finding.why));
        rows.fixes.push(
            finding
                .fixes
                .iter()
                .map(|fix| format!("{}: {}", fix.side, fix.text)),
        );
        rows.root_of.push(&finding.root_of);
        rows.refs.push(&finding.refs);
    }
    let of = |of: fn(&crate::report::Entry) -> &[Sighting]| {
        places(report, report.findings.iter().map(of))
    };
    let columns: Vec<ArrayRef> = vec![
        rows.rank.finish(),
        rows.code.finish()?,
        rows.severity.finish()?,
        rows.confidence.finish()?,
        rows.who.finish()?,
        rows.title.finish(),
        rows.why.finish(),
        of(|finding| &finding.evidence)?,
        of(|finding| &finding.counter_evidence)?,
        rows.fixes.finish(),
        rows.root_of.finish(),
        rows.refs.finish(),
    ];
    RecordBatch::try_new(Arc::new(schema()), columns)
}

#[derive(Debug, Default)]
struct Findings {
    rank: Numbers<UInt32Type>,
    code: Words<&'static str>,
    severity: Words<&'static str>,
    confidence: Words<&'static str>,
    who: Words<&'static str>,
    title: Texts,
    why: Texts,
    fixes: Lists,
    root_of: Lists,
    refs: Lists,
}

fn schema() -> Schema {
    Schema::new(vec![
        Field::new("rank", DataType::UInt32, false),
        Field::new("code", words(), false),
        Field::new("severity", words(), false),
        Field::new("confidence", words(), false),
        Field::new("who", words(), false),
        Field::new("title", DataType::Utf8, false),
        Field::new("why", DataType::Utf8, false),
        Field::new("evidence", list_of_places(), false),
        Field::new("counter_evidence", list_of_places(), false),
        Field::new("fixes", lists(), false),
        Field::new("root_of", lists(), false),
        Field::new("refs", lists(), false),
    ])
}

fn list_of_places() -> DataType {
    DataType::List(place())
}

fn place() -> Arc<Field> {
    Arc::new(Field::new_list_field(
        DataType::Struct(place_fields()),
        false,
    ))
}

fn place_fields() -> Fields {
    Fields::from(vec![
        Field::new("input", DataType::Utf8, true),
        Field::new("packet", DataType::UInt64, true),
        Field::new("line", DataType::UInt64, true),
        Field::new("time", DataType::Utf8, true),
        Field::new("field", DataType::Utf8, true),
        Field::new("shows", DataType::Utf8, false),
    ])
}

/// The places of each finding as a list.
fn places<'a>(
    report: &Report,
    all: impl Iterator<Item = &'a [Sighting]>,
) -> Result<ArrayRef, ArrowError> {
    let (mut input, mut time, mut field, mut shows) = (
        Texts::default(),
        Texts::default(),
        Texts::default(),
        Texts::default(),
    );
    let mut packet = Numbers::<UInt64Type>::default();
    let mut line = Numbers::<UInt64Type>::default();
    let mut lengths = Vec::new();
    for sightings in all {
        lengths.push(sightings.len());
        for one in sightings {
            let named = one.input.and_then(|index| report.inputs.get(index));
            input.push(named.map(|named| &named.name));
            packet.push_option(one.packet);
            line.push_option(one.line);
            time.push(one.time.as_ref());
            field.push(one.field.as_ref());
            shows.push(Some(&one.shows));
        }
    }
    let columns = vec![
        input.finish(),
        packet.finish(),
        line.finish(),
        time.finish(),
        field.finish(),
        shows.finish(),
    ];
    let rows = StructArray::try_new(place_fields(), columns, None)?;
    i32::try_from(rows.len()).map_err(|_| ArrowError::OffsetOverflowError(rows.len()))?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(ListArray::try_new(
        place(),
        offsets,
        Arc::new(rows),
        None,
    )?))
}

const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

const fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Possible => "possible",
        Confidence::Likely => "likely",
        Confidence::Proven => "proven",
    }
}

const fn who(who: Who) -> &'static str {
    match who {
        Who::Local => "local",
        Who::Peer => "peer",
        Who::Path => "path",
        Who::Credentials => "credentials",
        Who::Clock => "clock",
        Who::Software => "software",
    }
}
