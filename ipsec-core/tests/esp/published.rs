//! Packets that others made (`tests/data/esp`): the examples of RFC 3602,
//! RFC 7634 and draft-mcgrew-gcm-test-01, and Scapy's, with and without
//! extended sequence numbers.

use crate::{ah, esp, unhex};
use ipsec_core::esp::authentication::VerifyError;
use ipsec_core::esp::transform::{Check, Clear, EspTransform, Integrity, OpenError, SealError};
use ipsec_core::wire::ah::Ah;
use ipsec_core::wire::esp::Esp;
use ipsec_core::wire::ip::Packet;
use ipsec_core::wire::registry::ike;
use std::collections::BTreeMap;

#[test]
fn esp_packets_open_and_are_sealed_to_the_same_bytes() {
    let published = records(include_str!("../data/esp/published.txt"));
    let scapy = records(include_str!("../data/esp/esp-scapy.txt"));
    assert_eq!((published.len(), scapy.len()), (20, 30));
    for record in published.iter().chain(&scapy) {
        let sa = record.esp();
        let packet = record.bytes("packet");
        let esp = Esp::decode(&packet).unwrap();
        let mut buffer = Vec::new();
        let opened = sa.open(&esp, record.high(), &mut buffer);
        let opened = opened.unwrap_or_else(|error| panic!("{}: {error:?}", record.title));
        assert_eq!(opened.plaintext, record.bytes("plaintext"));
        assert_eq!(opened.check, sa.check());
        assert!(opened.trailer.counts_up());

        let next_header = opened.trailer.next_header;
        let clear = Clear {
            high: record.high(),
            iv: sa.cut(&esp).unwrap().iv,
            ..Clear::new(esp.spi, esp.sequence, next_header, opened.payload)
        };
        let mut again = vec![0x5a];
        let sealed = sa.seal(&clear, &mut again);
        match sa.check() {
            Check::Verified => assert_eq!(again[1..], packet, "{}", record.title),
            Check::Unchecked => assert_eq!(sealed, Err(SealError::Unprotected)),
        }
    }
}

#[test]
fn another_upper_half_of_the_sequence_number_is_noticed() {
    let mut buffer = Vec::new();
    for record in records(include_str!("../data/esp/esp-scapy.txt")) {
        let packet = record.bytes("packet");
        let esp = Esp::decode(&packet).unwrap();
        for wrong in [None, Some(0), Some(0x1233), Some(0x1235)] {
            if wrong != record.high() {
                let opened = record.esp().decrypt(&esp, wrong, &mut buffer);
                assert_eq!(opened, Err(OpenError::Integrity), "{}", record.title);
                assert!(buffer.is_empty());
            }
        }
    }
}

#[test]
fn ah_packets_verify_and_are_signed_to_the_same_bytes() {
    let records = records(include_str!("../data/esp/ah-scapy.txt"));
    assert_eq!(records.len(), 7);
    for record in records {
        let sa = ah(record.mac(), &record.bytes("integrity_key"));
        let bytes = record.bytes("packet");
        let packet = Packet::decode(&bytes).unwrap();
        let mut buffer = Vec::new();
        let verified = sa.verify(&packet, packet.payload(), record.high(), &mut buffer);
        let ah: Ah<'_> = verified.unwrap_or_else(|error| panic!("{}: {error:?}", record.title));
        assert!(ah.payload.ends_with(b"sixteen bytes .."));
        let other = Some(record.high().map_or(0, |high| high + 1));
        let wrong = sa.verify(&packet, packet.payload(), other, &mut buffer);
        assert_eq!(wrong, Err(VerifyError::Integrity), "{}", record.title);

        let icv = packet.head_len() + 12..packet.head_len() + ah.head_len();
        let mut again = bytes.clone();
        again[icv].fill(0);
        sa.sign(&mut again, record.high(), &mut buffer).unwrap();
        assert_eq!(again, bytes, "{}", record.title);
    }
}

/// One packet of a file, with its keys.
struct Record {
    title: String,
    fields: BTreeMap<String, String>,
}

impl Record {
    fn bytes(&self, name: &str) -> Vec<u8> {
        self.fields
            .get(name)
            .map(|hex| unhex(hex))
            .unwrap_or_default()
    }

    fn high(&self) -> Option<u32> {
        let high = self.fields.get("high")?;
        Some(u32::from_str_radix(high, 16).unwrap())
    }

    fn mac(&self) -> ike::Integrity {
        let name = self.fields.get("integrity").map(String::as_str);
        let named = |id: &&ike::Integrity| id.name() == name;
        *ike::Integrity::ALL.iter().find(named).unwrap()
    }

    fn esp(&self) -> EspTransform {
        let name = self.fields["cipher"].as_str();
        let named = |id: &&ike::Encryption| id.name() == Some(name);
        let cipher = *ike::Encryption::ALL.iter().find(named).unwrap();
        let integrity = match self.fields.contains_key("integrity") {
            true => Integrity::Mac(crate::mac(self.mac())),
            false => Integrity::None,
        };
        let keys = (self.bytes("key"), self.bytes("integrity_key"));
        esp(cipher, integrity, (&keys.0, &keys.1))
    }
}

fn records(text: &str) -> Vec<Record> {
    let mut records: Vec<Record> = Vec::new();
    let mut field = String::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(title) = line.strip_prefix("# ") {
            let (title, fields) = (title.to_owned(), BTreeMap::new());
            records.push(Record { title, fields });
            continue;
        }
        let fields = &mut records.last_mut().unwrap().fields;
        let value = match line.strip_prefix("  ") {
            Some(more) => more,
            None => {
                let (name, value) = line.split_once(' ').unwrap_or((line, ""));
                field = name.to_owned();
                value
            }
        };
        fields.entry(field.clone()).or_default().push_str(value);
    }
    records
}
