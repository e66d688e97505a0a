//! Every ESP packet of the shared captures, opened in place as an SA opens it,
//! beside what the decoder makes of it: both directions, every suite there.
//! Where integrity is known, what is sealed again by us opens to the same.

use ipsec_core::capture::{CaptureReader, Content, Decoder, Inside, Keyring};
use ipsec_core::crypto::rustcrypto;
use ipsec_core::esp::sa::{EspReceiver, EspSender, OpenError};
use ipsec_core::esp::transform::{Check, EspTransform, Integrity};
use ipsec_core::keylog::{self, Keys, SaKeys, SaProtocol};
use ipsec_core::sa::sequence::{Numbers, Refusal};
use ipsec_core::time::Instant;
use ipsec_core::wire::registry::ike::Encryption;
use ipsec_core::wire::registry::ip::Protocol;
use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

const NOW: Instant = Instant::ZERO;

#[test]
fn every_captured_packet_opens_in_place() {
    let captures = captures();
    if captures.is_empty() {
        println!("SKIPPED: no captures in ../shared (IPSEC_SHARED names another place)");
        return;
    }
    let mut suites = BTreeMap::new();
    for capture in captures {
        sweep(&capture, &mut suites);
    }
    for (suite, [one, other]) in &suites {
        println!("{suite}: {one} packets to the higher address, {other} to the lower");
        assert!(*one > 0 && *other > 0, "{suite}");
    }
    assert!(suites.len() >= 12);
}

/// The captures that have keys beside them.
fn captures() -> Vec<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let root = std::env::var_os("IPSEC_SHARED").map_or_else(beside, PathBuf::from);
    let sets = ["esp", "interop", "ss6"].map(|set| root.join("captures").join(set));
    let mut found: Vec<PathBuf> = sets
        .into_iter()
        .flat_map(|set| fs::read_dir(set).into_iter().flatten().flatten())
        .map(|capture| capture.path())
        .filter(|path| path.join("keys.json").exists() && path.join("wire.pcap").exists())
        .collect();
    found.sort();
    found
}

/// Opens what one capture holds and counts it by suite and direction.
fn sweep(capture: &Path, suites: &mut BTreeMap<String, [u32; 2]>) {
    // The list of one capture has the key of another SA beside an SPI; what
    // Wireshark's table has is right.
    let files = ["keys.json", "esp_sa"].map(|name| fs::read(capture.join(name)));
    let logs = || files.iter().flatten().map(|file| keylog::read(file));
    let mut keyring = Keyring::new(rustcrypto::provider());
    logs().for_each(|log| keyring.add(log));
    let mut decoder = Decoder::with_keys(keyring.into());
    let mut sas: HashMap<u32, Vec<Sa>> = HashMap::new();
    for entry in logs().flat_map(|log| log.entries) {
        if let Keys::Sa(keys) = entry.keys
            && let (SaProtocol::Esp, Some(spi)) = (keys.protocol, keys.spi)
        {
            let known = sas.entry(spi).or_default();
            known.extend(Sa::new(spi, &keys));
        }
    }
    let mut reader = CaptureReader::new(File::open(capture.join("wire.pcap")).unwrap()).unwrap();
    while let Some(frame) = reader.next_frame().unwrap() {
        let packet = decoder.dissect(&frame);
        let (Content::Esp(esp), Some(unsealed)) = (&packet.content, &packet.unsealed) else {
            continue;
        };
        let (Inside::Packet(inner), Some(sas)) = (&unsealed.inside, sas.get_mut(&esp.spi)) else {
            continue;
        };
        let mut bytes = Vec::new();
        esp.encode(&mut bytes);
        let trailer = inner.trailer.unwrap();
        let mut same = sas.iter_mut();
        let Some(sa) = same.find_map(|sa| {
            let opens = sa.opens(&bytes, inner.payload, trailer.next_header);
            opens.then_some(sa)
        }) else {
            panic!("{}: frame {}", capture.display(), packet.number);
        };
        let ways = suites.entry(sa.name.clone()).or_default();
        ways[usize::from(packet.route.to.ip() < packet.route.from.ip())] += 1;
    }
}

/// What the keys of one direction say; sealing is tried with them too.
struct Sa {
    name: String,
    transform: EspTransform,
    receiver: EspReceiver,
    back: (EspSender, EspReceiver),
}

impl Sa {
    /// One for every cipher that the name in the file can mean.
    fn new(spi: u32, keys: &SaKeys) -> Vec<Self> {
        let numbers = match keys.extended_sequence {
            Some(true) => Numbers::Extended,
            _ => Numbers::Short,
        };
        let life = crate::way::forever();
        let of = |transform| EspReceiver::new(spi, transform, numbers, 1024, life);
        let possible = keys.encryption.iter().filter_map(|&cipher| {
            let make = || transform(cipher, keys);
            Some(Self {
                name: format!("{:?}", make()?),
                transform: make()?,
                receiver: of(make()?),
                back: (EspSender::new(spi, make()?, numbers, life), of(make()?)),
            })
        });
        possible.collect()
    }

    /// Whether `packet` opens in place to this payload, as often as it must:
    /// once for the receiver, which knows a retransmission when it sees one.
    fn opens(&mut self, packet: &[u8], payload: &[u8], next_header: Protocol) -> bool {
        let mut in_place = packet.to_vec();
        let Ok(opened) = self.transform.open_in_place(&mut in_place, None) else {
            return false;
        };
        if &in_place[opened.payload] != payload || opened.next_header != next_header {
            return false;
        }
        let mut in_place = packet.to_vec();
        let received = self.receiver.open_in_place(NOW, &mut in_place);
        match (self.transform.check(), received) {
            (Check::Verified, Ok(received)) => {
                assert_eq!(&in_place[received.payload], payload);
                self.seals(payload, next_header);
            }
            (Check::Verified, Err(error)) => {
                assert_eq!(error, OpenError::Number(Refusal::Replayed));
            }
            (Check::Unchecked, received) => assert_eq!(received, Err(OpenError::Unprotected)),
        }
        true
    }

    fn seals(&mut self, payload: &[u8], next_header: Protocol) {
        let (sender, receiver) = &mut self.back;
        let room = sender.room(payload.len());
        let mut buffer = vec![0; room.before];
        buffer.extend(payload);
        let at = room.before..buffer.len();
        buffer.resize(buffer.len() + room.after, 0);
        let packet = sender.seal_in_place(NOW, next_header, &mut buffer, at);
        let packet = &mut buffer[packet.unwrap()];
        let received = receiver.open_in_place(NOW, packet).unwrap();
        assert_eq!(&packet[received.payload], payload);
    }
}

fn transform(cipher: Encryption, keys: &SaKeys) -> Option<EspTransform> {
    let integrity = match (keys.authentication.mac(), keys.authentication.icv()) {
        (Some(mac), _) => Integrity::Mac(mac),
        (None, 0) => Integrity::None,
        (None, icv) => Integrity::Unchecked { icv },
    };
    let (key, mac) = (&keys.encryption_key, &keys.authentication_key);
    EspTransform::new(rustcrypto::provider(), cipher, integrity, key, mac).ok()
}
