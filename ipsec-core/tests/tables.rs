//! The rows of the tables beside what the decoder and its field tree say of the
//! same frames, over every capture at hand; and beside nothing for captures
//! that are spoilt.
#![cfg(all(feature = "arrow", feature = "rustcrypto"))]
#![expect(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test may stop where it is surprised"
)]

use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    Int32Type, TimestampMicrosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array as _, RecordBatch};
use ipsec_core::capture::{CaptureReader, Content, Decoder, Keyring, PcapWriter, read_evidence};
use ipsec_core::crypto::rustcrypto;
use ipsec_core::diag::diagnose;
use ipsec_core::evidence::{Evidence, Exchange, Fact};
use ipsec_core::report::{InputKind, InputName, Report};
use ipsec_core::table::{self, BATCH_ROWS};
use ipsec_core::time::Instant;
use ipsec_core::wire::registry::ip::LinkType;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The captures of the repository, and those beside it where there are some.
fn captures() -> Vec<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = || here.join("../../shared");
    let shared = std::env::var_os("IPSEC_SHARED").map_or_else(beside, PathBuf::from);
    if !shared.join("captures").is_dir() {
        eprintln!("SKIPPED: no captures in ../shared (IPSEC_SHARED names another place)");
    }
    let mut left = vec![
        here.join("../examples/captures"),
        shared.join("captures"),
        shared.join("corpora"),
    ];
    let mut found = Vec::new();
    while let Some(folder) = left.pop() {
        for entry in folder.read_dir().into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                left.push(path);
            } else if path
                .extension()
                .is_some_and(|e| ["pcap", "pcapng", "cap"].iter().any(|known| e == *known))
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn keyring() -> Arc<Keyring> {
    Arc::new(Keyring::new(rustcrypto::provider()))
}

/// What stands in a cell, as text; `None` for null.
fn cell(batch: &RecordBatch, column: &str, row: usize) -> Option<String> {
    use arrow_schema::DataType;
    let column = batch.column_by_name(column).unwrap();
    if column.is_null(row) {
        return None;
    }
    Some(match column.data_type() {
        DataType::UInt8 => column.as_primitive::<UInt8Type>().value(row).to_string(),
        DataType::UInt16 => column.as_primitive::<UInt16Type>().value(row).to_string(),
        DataType::UInt32 => column.as_primitive::<UInt32Type>().value(row).to_string(),
        DataType::UInt64 => column.as_primitive::<UInt64Type>().value(row).to_string(),
        DataType::Timestamp(..) => {
            let times = column.as_primitive::<TimestampMicrosecondType>();
            times.value(row).to_string()
        }
        DataType::Boolean => column.as_boolean().value(row).to_string(),
        DataType::Utf8 => column.as_string::<i32>().value(row).to_owned(),
        DataType::Dictionary(..) => {
            let words = column.as_dictionary::<Int32Type>();
            let word = usize::try_from(words.keys().value(row)).unwrap();
            words.values().as_string::<i32>().value(word).to_owned()
        }
        DataType::List(_) => {
            let list = column.as_list::<i32>().value(row);
            let words: Vec<&str> = list.as_string::<i32>().iter().flatten().collect();
            words.join(" ")
        }
        other => panic!("a column of {other}"),
    })
}

fn port(port: u16) -> Option<String> {
    (port != 0).then(|| port.to_string())
}

#[test]
fn a_packet_is_the_same_by_its_heads_and_taken_apart() {
    for path in captures() {
        let file = fs::read(&path).unwrap();
        let Ok(mut reader) = CaptureReader::new(&file[..]) else {
            continue;
        };
        let mut batches = table::packets(CaptureReader::new(&file[..]).unwrap());
        let mut decoder = Decoder::new();
        let (mut batch, mut row) = (None::<RecordBatch>, 0);
        loop {
            let frame = match reader.next_frame() {
                Ok(Some(frame)) => frame,
                Ok(None) => break,
                Err(_) => continue,
            };
            if batch.as_ref().is_none_or(|batch| row == batch.num_rows()) {
                batch = Some(batches.next().unwrap().unwrap());
                row = 0;
            }
            let batch = batch.as_ref().unwrap();
            let packet = decoder.dissect(&frame);
            let at = |column| cell(batch, column, row);
            let seed = format!("{} packet {}", path.display(), frame.number);
            assert_eq!(at("number"), Some(frame.number.to_string()), "{seed}");
            assert_eq!(at("time"), Some(frame.at.as_micros().to_string()), "{seed}");
            assert_eq!(at("length"), Some(frame.data.len().to_string()), "{seed}");
            if at("ip_protocol").is_some() {
                let (from, to) = (packet.route.from, packet.route.to);
                assert_eq!(at("source"), Some(from.ip().to_string()), "{seed}");
                assert_eq!(at("destination"), Some(to.ip().to_string()), "{seed}");
                assert_eq!(at("source_port"), port(from.port()), "{seed}");
                assert_eq!(at("destination_port"), port(to.port()), "{seed}");
            }
            let protocol = at("protocol").unwrap();
            assert_eq!(protocol, packet.summary().protocol, "{seed}");
            let numbers = [at("spi"), at("sequence"), at("message_id"), at("spi_i")];
            let [spi, sequence, message_id, spi_i] = numbers;
            match &packet.content {
                Content::Ike(read) => {
                    let header = &read.message.header;
                    assert_eq!(message_id, Some(header.message_id.to_string()), "{seed}");
                    assert_eq!(spi_i, Some(format!("{:016x}", header.spi_i)), "{seed}");
                    assert_eq!(at("exchange"), Some(header.exchange.to_string()), "{seed}");
                    assert_eq!(at("flags"), Some(header.flags.0.to_string()), "{seed}");
                }
                Content::Isakmp(read) => {
                    let header = &read.message.header;
                    assert_eq!(message_id, Some(header.message_id.to_string()), "{seed}");
                    assert_eq!(at("exchange"), Some(header.exchange.to_string()), "{seed}");
                }
                Content::Esp(esp) => {
                    assert_eq!(protocol, "ESP", "{seed}");
                    assert_eq!(spi, Some(esp.spi.to_string()), "{seed}");
                    assert_eq!(sequence, Some(esp.sequence.to_string()), "{seed}");
                    assert_eq!(at("udp_encapsulated"), Some(packet.in_udp().to_string()));
                }
                Content::Ah(ah) => {
                    assert_eq!((protocol.as_str(), spi), ("AH", Some(ah.spi.to_string())))
                }
                Content::Keepalive => assert_eq!(protocol, "NAT keepalive", "{seed}"),
                Content::Fragment => assert_eq!(protocol, "IP fragment", "{seed}"),
                _ => assert_eq!((spi, sequence), (None, None), "{seed}"),
            }
            row += 1;
        }
        assert!(
            batches.next().is_none(),
            "{}: more rows than packets",
            path.display()
        );
    }
}

#[test]
fn a_message_says_what_the_evidence_says() {
    for path in captures() {
        let file = fs::read(&path).unwrap();
        let Ok(evidence) = read_evidence(0, &file[..], rustcrypto::provider()) else {
            continue;
        };
        let batches = table::messages(CaptureReader::new(&file[..]).unwrap(), keyring());
        let batches: Vec<RecordBatch> = batches.map(Result::unwrap).collect();
        let mut rows = batches
            .iter()
            .flat_map(|batch| (0..batch.num_rows()).map(move |row| (batch, row)));
        let ike = |one: &Evidence| match &one.fact {
            Fact::Ike(message) => Some(message.clone()),
            _ => None,
        };
        for message in evidence.iter().filter_map(ike) {
            let number = message.seen.times[0].0.to_string();
            let seed = format!("{} packet {number}", path.display());
            let found =
                rows.find(|(batch, row)| cell(batch, "number", *row).as_ref() == Some(&number));
            let (batch, row) = found.unwrap_or_else(|| panic!("{seed}: no row"));
            let at = |column| cell(batch, column, row);
            let is_v2 = matches!(message.exchange, Exchange::V2(_));
            assert_eq!(
                at("version").as_deref(),
                Some(if is_v2 { "2" } else { "1" })
            );
            assert_eq!(at("exchange"), Some(message.exchange.to_string()), "{seed}");
            assert_eq!(
                at("spi_i"),
                Some(format!("{:016x}", message.spi_i)),
                "{seed}"
            );
            assert_eq!(at("length"), Some(message.len.to_string()), "{seed}");
            assert_eq!(at("response"), is_v2.then(|| message.response.to_string()));
            let names: Vec<_> = message.notifies().map(|n| n.name.as_str()).collect();
            assert_eq!(at("notifies"), Some(names.join(" ")), "{seed}");
            assert_eq!(
                at("vendors"),
                Some(message.content.vendors.join(" ")),
                "{seed}"
            );
            let payloads = at("payloads").unwrap();
            let count = message.content.payloads.len();
            assert_eq!(payloads.split_whitespace().count(), count, "{seed}");
            assert_eq!(
                at("proposal").is_some(),
                !message.content.proposals.is_empty()
            );
            let sealed = message.sealed.as_ref().map(|sealed| sealed.len.to_string());
            assert_eq!(at("sealed"), sealed, "{seed}");
            let fault = message.fault.map(|fault| fault.what);
            assert_eq!(at("fault"), fault, "{seed}");
        }
    }
}

#[test]
fn a_finding_is_a_row() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/captures/psk-mismatch.pcap");
    let evidence = read_evidence(0, fs::File::open(path).unwrap(), rustcrypto::provider()).unwrap();
    let names = [InputName {
        name: "wire.pcap".into(),
        kind: InputKind::Capture,
        unread: None,
        lines: None,
    }];
    let report = Report::new(&names, &evidence, &diagnose(&evidence));
    let batch = table::findings(&report).unwrap();
    assert_eq!(batch.num_rows(), report.findings.len());
    for (row, finding) in report.findings.iter().enumerate() {
        let at = |column| cell(&batch, column, row).unwrap();
        assert_eq!(at("rank"), (row + 1).to_string());
        assert_eq!(
            (at("code"), at("title")),
            (finding.code.to_owned(), finding.title.clone())
        );
        let json = serde_json::to_value(finding).unwrap();
        for column in ["severity", "confidence", "who"] {
            assert_eq!(json[column], at(column));
        }
        let places = batch.column_by_name("evidence").unwrap();
        let places = places.as_list::<i32>().value(row);
        assert_eq!(places.len(), finding.evidence.len());
        let inputs = places.as_struct().column_by_name("input").unwrap();
        assert!(
            inputs
                .as_string::<i32>()
                .iter()
                .all(|name| name == Some("wire.pcap"))
        );
    }
}

fn written(frames: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut out = PcapWriter::new(Vec::new(), LinkType::RAW).unwrap();
    for frame in frames {
        let len = u32::try_from(frame.len()).unwrap();
        out.write(Instant::from_seconds(u32::MAX.into(), 0), 0, len, &frame)
            .unwrap();
    }
    out.finish().unwrap()
}

#[test]
fn a_batch_ends_at_its_limit() {
    let frames = BATCH_ROWS + 1;
    let file = written((0..frames).map(|n| vec![0x45; n % 40]));
    let batches = table::packets(CaptureReader::new(&file[..]).unwrap());
    let schema = batches.schema();
    let batches: Vec<RecordBatch> = batches.map(Result::unwrap).collect();
    let rows: Vec<usize> = batches.iter().map(RecordBatch::num_rows).collect();
    assert_eq!(rows, [BATCH_ROWS, 1]);
    assert!(batches.iter().all(|batch| batch.schema() == schema));
}

/// An IPv4 packet with a message of `len` bytes on port 500, full of payloads
/// of no known type.
fn many_payloads(len: u16) -> Vec<u8> {
    let total = (len + 28).to_be_bytes();
    let mut packet = vec![0x45, 0, total[0], total[1], 0, 0, 0, 0, 64, 17, 0, 0];
    packet.extend([192, 0, 2, 1, 192, 0, 2, 2, 1, 244, 1, 244]);
    packet.extend((len + 8).to_be_bytes());
    packet.extend([0, 0]);
    packet.extend([7; 8]);
    packet.extend([0; 8]);
    packet.extend([200, 0x20, 34, 8, 0, 0, 0, 0, 0, 0]);
    packet.extend(len.to_be_bytes());
    while packet.len() + 4 <= usize::from(len) + 28 {
        packet.extend([200, 0, 0, 4]);
    }
    packet.resize(usize::from(len) + 28, 0);
    packet
}

#[test]
fn a_batch_ends_when_its_messages_are_heavy() {
    let file = written((0..300).map(|_| many_payloads(65_000)));
    let batches = table::messages(CaptureReader::new(&file[..]).unwrap(), keyring());
    let rows: Vec<usize> = batches.map(|batch| batch.unwrap().num_rows()).collect();
    assert_eq!(rows.iter().sum::<usize>(), 300);
    assert!(rows.len() > 1, "{rows:?}");
}

#[test]
fn what_breaks_off_is_told_and_the_rows_before_it_come() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/captures/psk-mismatch.pcap");
    let file = fs::read(path).unwrap();
    let whole: usize = table::packets(CaptureReader::new(&file[..]).unwrap())
        .map(|batch| batch.unwrap().num_rows())
        .sum();
    let (told, hears) = std::sync::mpsc::channel();
    let cut = &file[..file.len() - 5];
    let batches = table::packets(CaptureReader::new(cut).unwrap())
        .on_fault(move |error| told.send(error.to_string()).unwrap());
    let rows: usize = batches.map(|batch| batch.unwrap().num_rows()).sum();
    assert_eq!(rows, whole - 1);
    assert_eq!(hears.iter().count(), 1);
}

#[test]
fn spoilt_bytes_give_rows_or_nothing() {
    for path in captures()
        .into_iter()
        .filter(|path| fs::metadata(path).unwrap().len() < 50_000)
    {
        let whole = fs::read(&path).unwrap();
        let mut state = 1_u64;
        for _ in 0..20 {
            let mut file = whole.clone();
            for _ in 0..1 + file.len() / 100 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                let at = usize::try_from(state >> 33).unwrap() % file.len();
                file[at] ^= u8::try_from(state >> 24 & 0xff).unwrap();
            }
            if let Ok(reader) = CaptureReader::new(&file[..]) {
                for batch in table::packets(reader) {
                    assert!(batch.unwrap().num_rows() <= BATCH_ROWS);
                }
            }
            if let Ok(reader) = CaptureReader::new(&file[..]) {
                for batch in table::messages(reader, keyring()) {
                    assert!(batch.unwrap().num_rows() <= BATCH_ROWS);
                }
            }
        }
    }
}
