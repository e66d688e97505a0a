//! Capture files, whole: round trips of what the writers write, bytes of any
//! kind, and agreement with capinfos, editcap and tshark on real captures.
#![cfg(feature = "capture")]
#![expect(clippy::unwrap_used, reason = "a test may stop where it is surprised")]

use ipsec_core::capture::{
    CaptureError, CaptureReader, Format, Frame, MAX_FRAME, PcapWriter, PcapngWriter, SecretsType,
};
use ipsec_core::time::Instant;
use ipsec_core::wire::registry::ip::LinkType;
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A frame kept: time, nanoseconds, link, length on the wire, bytes.
type Kept = (u64, u16, u32, u32, Vec<u8>);

fn keep(frame: &Frame<'_>) -> Kept {
    let (at, data) = (frame.at.as_micros(), frame.data.to_vec());
    (at, frame.nanos, frame.link.0, frame.original_len, data)
}

/// Reads to the end, and checks what holds of any file: numbers rise by one,
/// positions rise, no frame is over the limit, and after the end comes nothing.
fn read(bytes: &[u8]) -> (Vec<Kept>, Vec<CaptureError>) {
    let mut reader = match CaptureReader::new(bytes) {
        Ok(reader) => reader,
        Err(fault) => return (Vec::new(), vec![fault]),
    };
    let (mut frames, mut faults, mut place) = (Vec::new(), Vec::new(), 0);
    loop {
        match reader.next_frame() {
            Ok(Some(frame)) => {
                assert_eq!(frame.number, frames.len() as u64 + 1);
                assert!(frame.file_offset > place);
                assert!(frame.data.len() <= usize::try_from(MAX_FRAME).unwrap());
                place = frame.file_offset;
                frames.push(keep(&frame));
            }
            Ok(None) => break,
            Err(fault) => faults.push(fault),
        }
    }
    assert!(reader.next_frame().unwrap().is_none());
    (frames, faults)
}

fn written(frames: &[Kept], format: Format) -> Vec<u8> {
    if format == Format::Pcap {
        let mut out = PcapWriter::new(Vec::new(), LinkType(113)).unwrap();
        for (at, nanos, _, len, data) in frames {
            out.write(Instant::from_micros(*at), *nanos, *len, data)
                .unwrap();
        }
        out.finish().unwrap()
    } else {
        let mut out = PcapngWriter::new(Vec::new(), LinkType(113)).unwrap();
        out.write_secrets(SecretsType(7), b"kept").unwrap();
        for (at, nanos, _, len, data) in frames {
            out.write(Instant::from_micros(*at), *nanos, *len, data)
                .unwrap();
        }
        out.finish().unwrap()
    }
}

fn frames() -> impl Strategy<Value = Vec<Kept>> {
    let time = 0_u64..(1 << 32) * 1_000_000;
    let data = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..80),
        (any::<u8>(), 1_000_usize..20_000).prop_map(|(byte, len)| vec![byte; len]),
    ];
    prop::collection::vec((time, 0_u16..1000, Just(113), any::<u32>(), data), 0..30)
}

const FORMATS: [Format; 2] = [Format::Pcap, Format::Pcapng];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn what_is_written_is_read(frames in frames()) {
        for format in FORMATS {
            let (seen, faults) = read(&written(&frames, format));
            prop_assert_eq!(&seen, &frames);
            prop_assert!(faults.is_empty());
        }
    }

    /// Any bytes, alone and behind a good beginning.
    #[test]
    fn no_bytes_panic_or_hang(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        read(&bytes);
        for format in FORMATS {
            let mut file = written(&[], format);
            let good = file.len();
            file.extend(&bytes);
            let (frames, faults) = read(&file);
            prop_assert!((frames.len() + faults.len()) * 12 <= bytes.len() + 24);
            for fault in faults {
                prop_assert!(fault.offset() >= good as u64);
                prop_assert!(fault.offset() <= file.len() as u64);
                prop_assert!(!fault.to_string().is_empty());
            }
        }
    }

    /// Good files with a few bytes spoilt: the frames before are as they were.
    #[test]
    fn spoilt_files_keep_their_beginning(
        frames in frames(),
        spoilt in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        for format in FORMATS {
            let mut file = written(&frames, format);
            let first = spoilt.iter().map(|(index, byte)| {
                let at = index.index(file.len());
                file[at] ^= byte;
                at
            });
            let first = first.min().unwrap();
            let ends: Vec<_> = (0..=frames.len())
                .map(|count| written(&frames[..count], format).len())
                .collect();
            let untouched = ends.iter().skip(1).filter(|end| **end <= first).count();
            let (seen, _) = read(&file);
            prop_assert_eq!(&seen[..untouched], &frames[..untouched]);
        }
    }
}

#[test]
fn a_file_is_read_in_time_and_memory_of_its_length() {
    // The worst a file can do to the buffer: blocks of the greatest length,
    // which do not divide it, and blocks of the least.
    let mut file = written(&[], Format::Pcapng);
    for len in [1_048_000_u32, 12, 12, 1_048_560, 12] {
        let total = usize::try_from(len).unwrap();
        for _ in 0..(4 << 20) / total {
            file.extend(6_u32.to_le_bytes());
            file.extend(len.to_le_bytes());
            file.resize(file.len() + total - 12, 0);
            file.extend(len.to_le_bytes());
        }
    }
    let (frames, faults) = read(&file);
    assert_eq!(frames.len(), 8);
    assert_eq!(faults.len(), 3 * ((4 << 20) / 12));
}

/// The captures beside the repository, which not everybody has.
fn shared(test: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let root = std::env::var_os("IPSEC_SHARED").map_or_else(beside, PathBuf::from);
    let found = root.join("captures").is_dir().then_some(root);
    if found.is_none() {
        eprintln!("SKIPPED {test}: no captures in ../shared (IPSEC_SHARED names another place)");
    }
    found
}

fn captures(root: &Path) -> Vec<PathBuf> {
    let (mut found, mut left) = (
        Vec::new(),
        vec![root.join("captures"), root.join("corpora")],
    );
    while let Some(dir) = left.pop() {
        for entry in dir.read_dir().into_iter().flatten().flatten() {
            let path = entry.path();
            let is_capture = path
                .extension()
                .is_some_and(|ext| ["pcap", "pcapng", "cap"].iter().any(|known| ext == *known));
            match path.is_dir() {
                true => left.push(path),
                false if is_capture => found.push(path),
                false => {}
            }
        }
    }
    found.sort();
    found
}

/// What a tool prints; `None`, loudly, when it is not installed.
fn tool(test: &str, command: &mut Command) -> Option<Vec<u8>> {
    match command.output() {
        Ok(output) => Some(output.stdout),
        Err(error) => {
            eprintln!("SKIPPED {test}: {:?}: {error}", command.get_program());
            None
        }
    }
}

/// Seconds with six or nine places, as nanoseconds.
fn nanos(text: &str) -> u64 {
    let (seconds, fraction) = text.split_once('.').unwrap();
    let fraction = format!("{fraction:0<9}");
    seconds.parse::<u64>().unwrap() * 1_000_000_000 + fraction.parse::<u64>().unwrap()
}

fn at(frame: &Kept) -> u64 {
    frame.0 * 1000 + u64::from(frame.1)
}

#[test]
fn agrees_with_capinfos_on_every_capture() {
    let test = "agrees_with_capinfos_on_every_capture";
    let Some(root) = shared(test) else { return };
    let files = captures(&root);
    assert!(files.len() > 200);
    let mut capinfos = Command::new("capinfos");
    capinfos.args(["-TmrQSdcae"]).args(&files);
    let Some(table) = tool(test, &mut capinfos) else {
        return;
    };
    let mut compared = 0;
    for line in String::from_utf8(table).unwrap().lines() {
        let fields: Vec<_> = line
            .split(',')
            .map(|field| field.trim_matches('"'))
            .collect();
        let [name, count, bytes, first, last] = fields[..] else {
            panic!("{line}");
        };
        let (frames, faults) = read(&std::fs::read(name).unwrap());
        let total: u64 = frames.iter().map(|frame| u64::from(frame.3)).sum();
        assert_eq!(frames.len().to_string(), count, "{name}: {faults:?}");
        assert_eq!(total.to_string(), bytes, "{name}");
        let time = |text: &str| (text != "n/a").then(|| nanos(text));
        assert_eq!(frames.iter().map(at).min(), time(first), "{name}");
        assert_eq!(frames.iter().map(at).max(), time(last), "{name}");
        compared += 1;
    }
    eprintln!("{compared} of {} files compared", files.len());
    assert!(compared + 10 > files.len());
}

#[test]
fn agrees_with_tshark_frame_by_frame() {
    let test = "agrees_with_tshark_frame_by_frame";
    let Some(root) = shared(test) else { return };
    let files = captures(&root);
    for file in files.iter().step_by(files.len() / 8) {
        let mut tshark = Command::new("tshark");
        tshark.arg("-nr").arg(file).args(["-T", "fields"]);
        for field in ["number", "time_epoch", "len", "cap_len", "interface_id"] {
            tshark.args(["-e", &format!("frame.{field}")]);
        }
        let Some(table) = tool(test, &mut tshark) else {
            return;
        };
        let bytes = std::fs::read(file).unwrap();
        let mut reader = CaptureReader::new(&bytes[..]).unwrap();
        for line in String::from_utf8(table).unwrap().lines() {
            let fields: Vec<_> = line.split('\t').collect();
            let frame = reader.next_frame().unwrap().unwrap();
            assert_eq!(fields[0], frame.number.to_string());
            assert_eq!(nanos(fields[1]), at(&keep(&frame)), "{file:?} {line}");
            assert_eq!(fields[2], frame.original_len.to_string());
            assert_eq!(fields[3], frame.data.len().to_string());
        }
        assert!(reader.next_frame().unwrap().is_none(), "{file:?}");
    }
}

/// The same frames in every format that editcap writes and we read.
#[test]
fn reads_what_editcap_converts() {
    let test = "reads_what_editcap_converts";
    let Some(root) = shared(test) else { return };
    let files = captures(&root);
    let file = files
        .iter()
        .find(|file| file.ends_with("wire.pcap"))
        .unwrap();
    let whole = read(&std::fs::read(file).unwrap()).0;
    let later: Vec<_> = (whole.iter().cloned())
        .map(|(at, _, link, len, data)| (at, 321, link, len, data))
        .collect();
    let cut = |frame: &Kept| {
        let mut frame = frame.clone();
        frame.4.truncate(60);
        frame
    };
    let cut: Vec<_> = whole.iter().map(cut).collect();
    let cases: [(&[&str], &[Kept]); 5] = [
        (&["-F", "pcap"], &whole),
        (&["-F", "modpcap"], &whole),
        (&["-F", "nsecpcap", "-t", "0.000000321"], &later),
        (&["-F", "pcapng"], &whole),
        (&["-F", "pcapng", "-s", "60"], &cut),
    ];
    for (options, want) in cases {
        let mut editcap = Command::new("editcap");
        editcap.args(options).arg(file).arg("-");
        let Some(bytes) = tool(test, &mut editcap) else {
            return;
        };
        let (frames, faults) = read(&bytes);
        assert!(faults.is_empty(), "{options:?} {faults:?}");
        assert!(frames == want, "{options:?}");
    }
}

/// Two link types in one file: two interfaces.
#[test]
fn reads_what_mergecap_merges() {
    let test = "reads_what_mergecap_merges";
    let Some(root) = shared(test) else { return };
    let raw = root.join("corpora/tcpdump/ikev2pI2-segfault.pcapng");
    let other = root.join("corpora/tcpdump/isakmp-no-none-np.pcapng");
    let mut mergecap = Command::new("mergecap");
    mergecap
        .args(["-F", "pcapng", "-w", "-"])
        .args([&raw, &other]);
    let Some(bytes) = tool(test, &mut mergecap) else {
        return;
    };
    let mut reader = CaptureReader::new(&bytes[..]).unwrap();
    let mut links = Vec::new();
    while let Some(frame) = reader.next_frame().unwrap() {
        links.push((frame.interface, frame.link.0));
    }
    assert_eq!(links, [(1, 1), (0, 0)]);
    assert_eq!(reader.interfaces().len(), 2);
    assert!(
        reader
            .section()
            .text(4)
            .is_some_and(|by| by.contains("Wireshark"))
    );
}

/// What we write is what others read.
#[test]
fn tshark_reads_what_is_written() {
    let test = "tshark_reads_what_is_written";
    let frames: Vec<Kept> = (0..5_u16)
        .map(|n| {
            (
                1_700_000_000_000_000 + u64::from(n),
                100 * n,
                113,
                70,
                vec![0; 60 + usize::from(n)],
            )
        })
        .collect();
    for format in FORMATS {
        let path = std::env::temp_dir().join(format!("ipsec-{}-{format:?}", std::process::id()));
        std::fs::write(&path, written(&frames, format)).unwrap();
        let mut capinfos = Command::new("capinfos");
        capinfos.args(["-TmrQSdcaeE"]).arg(&path);
        let table = tool(test, &mut capinfos);
        std::fs::remove_file(&path).unwrap();
        let Some(table) = table else { return };
        let table = String::from_utf8(table).unwrap();
        let (_, line) = table.split_once(',').unwrap();
        assert_eq!(
            line.trim_end().replace('"', ""),
            "linux-sll,5,350,1700000000.000000000,1700000000.000004400",
        );
    }
}
