//! pcapng files made block by block, whole and broken.

use super::super::{CaptureReader, Frame};
use super::*;

/// Blocks laid down byte by byte in either order.
struct File(Order, Vec<u8>);

impl File {
    fn new(order: Order) -> Self {
        let mut file = Self(order, Vec::new());
        file.section(order, &[]);
        file
    }

    fn u16(&self, value: u16) -> [u8; 2] {
        match self.0 {
            Order::Little => value.to_le_bytes(),
            Order::Big => value.to_be_bytes(),
        }
    }

    fn u32(&self, value: u32) -> [u8; 4] {
        match self.0 {
            Order::Little => value.to_le_bytes(),
            Order::Big => value.to_be_bytes(),
        }
    }

    fn words(&self, words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| self.u32(*word)).collect()
    }

    fn block(&mut self, kind: u32, words: &[u32], data: &[u8]) -> &mut Self {
        let padding = data.len().next_multiple_of(4) - data.len();
        let length = u32::try_from(12 + 4 * words.len() + data.len() + padding).unwrap();
        let head = self.words(&[kind, length]);
        let body = self.words(words);
        let tail = self.u32(length);
        self.1
            .extend([&head, &body, data, &[0; 3][..padding], &tail].concat());
        self
    }

    fn section(&mut self, order: Order, options: &[(u16, &[u8])]) -> &mut Self {
        self.0 = order;
        let version = self.halves(1, 0);
        let options = self.options(options);
        self.block(
            SECTION,
            &[BYTE_ORDER, version, u32::MAX, u32::MAX],
            &options,
        )
    }

    /// Two 16-bit numbers as the 32-bit number with the same bytes.
    fn halves(&self, first: u16, second: u16) -> u32 {
        let ([a, b], [c, d]) = (self.u16(first), self.u16(second));
        self.0.u32([a, b, c, d])
    }

    fn options(&self, options: &[(u16, &[u8])]) -> Vec<u8> {
        let mut out = Vec::new();
        for (code, value) in options {
            out.extend(self.u16(*code));
            out.extend(self.u16(u16::try_from(value.len()).unwrap()));
            out.extend(*value);
            out.resize(out.len().next_multiple_of(4), 0);
        }
        if !out.is_empty() {
            out.extend([0; 4]);
        }
        out
    }

    fn interface(&mut self, link: u16, snap_len: u32, options: &[(u16, &[u8])]) -> &mut Self {
        let link = self.halves(link, 0);
        let options = self.options(options);
        self.block(INTERFACE, &[link, snap_len], &options)
    }

    fn packet(&mut self, interface: u32, ticks: u64, data: &[u8]) -> &mut Self {
        let (high, low) = ((ticks >> 32) as u32, (ticks & 0xffff_ffff) as u32);
        let len = u32::try_from(data.len()).unwrap();
        self.block(ENHANCED, &[interface, high, low, len, len + 100], data)
    }
}

const BOTH: [Order; 2] = [Order::Little, Order::Big];

type Seen = (u64, u64, u16, u32, u32, Vec<u8>, u32);

fn seen(frame: &Frame<'_>) -> Seen {
    assert!(frame.number > 0);
    let (at, link) = (frame.at.as_micros(), frame.link.0);
    let data = frame.data.to_vec();
    (
        frame.number,
        at,
        frame.nanos,
        link,
        frame.interface,
        data,
        frame.original_len,
    )
}

/// The frames, and the faults between them.
fn read(file: &[u8]) -> (Vec<Seen>, Vec<CaptureError>) {
    let mut reader = CaptureReader::new(file).unwrap();
    let (mut frames, mut faults) = (Vec::new(), Vec::new());
    loop {
        match reader.next_frame() {
            Ok(Some(frame)) => frames.push(seen(&frame)),
            Ok(None) => return (frames, faults),
            Err(fault) => faults.push(fault),
        }
    }
}

fn clean(file: &[u8]) -> Vec<Seen> {
    let (frames, faults) = read(file);
    assert!(faults.is_empty(), "{faults:?}");
    frames
}

#[test]
fn each_section_has_its_byte_order_and_interfaces() {
    for (one, two) in [(Order::Little, Order::Big), (Order::Big, Order::Little)] {
        let mut file = File::new(one);
        file.interface(1, 0, &[])
            .interface(101, 0, &[(IF_TSRESOL, &[9])]);
        file.packet(1, 5_000_000_123, b"a").packet(0, 7, b"bcdef");
        file.section(two, &[])
            .interface(113, 0, &[])
            .packet(0, 1 << 33, b"g");
        assert_eq!(
            clean(&file.1),
            [
                (1, 5_000_000, 123, 101, 1, b"a".to_vec(), 101),
                (2, 7, 0, 1, 0, b"bcdef".to_vec(), 105),
                (3, 1 << 33, 0, 113, 2, b"g".to_vec(), 101),
            ]
        );
    }
}

#[test]
fn counts_time_as_the_interface_says() {
    let offset = |order, seconds: i64| match order {
        Order::Little => seconds.to_le_bytes(),
        Order::Big => seconds.to_be_bytes(),
    };
    for order in BOTH {
        let time = |resolution: u8, seconds: i64, ticks: u64| {
            let mut file = File::new(order);
            let seconds = offset(order, seconds);
            let options: [(u16, &[u8]); 2] = [(IF_TSRESOL, &[resolution]), (IF_TSOFFSET, &seconds)];
            file.interface(1, 0, &options).packet(0, ticks, b"x");
            let frame = &clean(&file.1)[0];
            (frame.1, frame.2)
        };
        assert_eq!(time(6, 0, 1_000_001), (1_000_001, 0));
        assert_eq!(time(3, 0, 1_001), (1_001_000, 0));
        assert_eq!(time(0, 0, 2), (2_000_000, 0));
        assert_eq!(time(12, 0, 1_000_001_002_003), (1_000_001, 2));
        assert_eq!(time(127, 0, u64::MAX), (0, 0));
        assert_eq!(time(0x80 | 10, 0, 1_536), (1_500_000, 0));
        assert_eq!(time(0x80 | 32, 0, 1 << 31 | 1 << 34), (4_500_000, 0));
        assert_eq!(time(0x80, 0, 3), (3_000_000, 0));
        assert_eq!(time(0xff, 0, u64::MAX), (0, 0));
        assert_eq!(time(0, 0, u64::MAX), (u64::MAX, 0));
        assert_eq!(time(6, 1_700_000_000, 5), (1_700_000_000_000_005, 0));
        assert_eq!(time(9, -1, 1_500_000_001), (500_000, 1));
        assert_eq!(time(6, -2, 5), (0, 0));
        assert_eq!(time(6, i64::MAX, u64::MAX).0, u64::MAX);
    }
}

#[test]
fn simple_packets_have_no_time_and_are_cut_at_the_snap_length() {
    for order in BOTH {
        let mut file = File::new(order);
        file.interface(1, 3, &[]).packet(0, 42, b"x");
        file.block(SIMPLE, &[9], b"abc").block(SIMPLE, &[2], b"de");
        let mut reader = CaptureReader::new(&file.1[..]).unwrap();
        assert!(reader.next_frame().unwrap().unwrap().timed);
        let frame = reader.next_frame().unwrap().unwrap();
        assert_eq!(seen(&frame), (2, 42, 0, 1, 0, b"abc".to_vec(), 9));
        assert!(!frame.timed);
        assert_eq!(reader.next_frame().unwrap().unwrap().data, b"de");

        let mut file = File::new(order);
        file.interface(1, 0, &[]).block(SIMPLE, &[5], b"abcde");
        assert_eq!(clean(&file.1)[0].5, b"abcde");
    }
}

#[test]
fn old_packets_have_a_narrow_interface_number() {
    for order in BOTH {
        let mut file = File::new(order);
        file.interface(1, 0, &[]).interface(12, 0, &[]);
        let first = file.halves(1, 0xffff);
        file.block(OLD, &[first, 0, 8, 3, 4], b"abc");
        assert_eq!(clean(&file.1), [(1, 8, 0, 12, 1, b"abc".to_vec(), 4)]);
    }
}

#[test]
fn keeps_names_and_comments() {
    for order in BOTH {
        let mut file = File(order, Vec::new());
        file.section(order, &[(1, b"made by hand"), (4, b"vi"), (1, b"twice")]);
        file.interface(1, 0, &[(IF_NAME, b"eth0"), (3, b"uplink")])
            .interface(1, 0, &[]);
        let mut data = b"abc\0".to_vec();
        data.extend(file.options(&[(2, &[1, 0, 0, 0]), (1, b"look here"), (1, b"\xffhere")]));
        file.block(ENHANCED, &[0, 0, 0, 3, 3], &data);
        let mut reader = CaptureReader::new(&file.1[..]).unwrap();
        let comments: Vec<_> = reader.section().comments().collect();
        assert_eq!(comments, ["made by hand", "twice"]);
        assert_eq!(reader.section().text(Options::APPLICATION).unwrap(), "vi");
        let frame = reader.next_frame().unwrap().unwrap();
        assert_eq!(frame.data, b"abc");
        let comments: Vec<_> = frame.options.comments().collect();
        assert_eq!(comments, ["look here", "\u{fffd}here"]);
        let names: Vec<_> = reader.interfaces().iter().map(Interface::name).collect();
        assert_eq!(names, [Some("eth0".into()), None]);
    }
}

#[test]
fn options_that_lie_about_their_length_end_the_list() {
    let mut file = File::new(Order::Big);
    let mut data = file.options(&[(1, b"fine")]);
    data.truncate(8);
    data.extend([0, 1, 0xff, 0xff, b'x', b'y', b'z', b'!']);
    file.interface(1, 0, &[])
        .block(ENHANCED, &[0, 0, 0, 0, 0], &data);
    let mut reader = CaptureReader::new(&file.1[..]).unwrap();
    let frame = reader.next_frame().unwrap().unwrap();
    assert_eq!(frame.options.comments().collect::<Vec<_>>(), ["fine"]);
}

#[test]
fn keeps_decryption_secrets_and_never_shows_them() {
    for order in BOTH {
        let mut file = File::new(order);
        file.block(SECRETS, &[SecretsType::TLS_KEY_LOG.0, 5], b"s3cr3");
        file.interface(1, 0, &[]).packet(0, 0, b"x");
        let mut reader = CaptureReader::new(&file.1[..]).unwrap();
        reader.next_frame().unwrap();
        let [secrets] = reader.secrets() else {
            panic!("{:?}", reader.secrets());
        };
        assert_eq!(secrets.kind, SecretsType::TLS_KEY_LOG);
        assert_eq!(secrets.dangerous_bytes(), b"s3cr3");
        assert_eq!(
            format!("{secrets:?}"),
            "Secrets(SecretsType(0x544c534b), 5 bytes)"
        );
        assert!(!format!("{reader:?}").contains("s3cr3"));
    }
}

#[test]
fn passes_over_other_blocks_of_any_length() {
    for order in BOTH {
        let mut file = File::new(order);
        file.interface(1, 0, &[])
            .block(4, &[1, 2], b"names")
            .block(5, &[], b"");
        file.block(0x0bad, &[], &vec![1; 3 * 1024 * 1024])
            .packet(0, 1, b"x");
        assert_eq!(clean(&file.1).len(), 1);
    }
}

#[test]
fn goes_on_behind_a_block_that_cannot_be() {
    for order in BOTH {
        let mut file = File::new(order);
        file.interface(1, 0, &[]);
        let at = file.1.len();
        file.packet(0, 1, b"abcd").packet(0, 2, b"efgh");
        let spoil = |place: usize, value: u32| {
            let mut bytes = file.1.clone();
            bytes[at + place..at + place + 4].copy_from_slice(&file.u32(value));
            let (frames, faults) = read(&bytes);
            let left: Vec<_> = frames.iter().map(|frame| frame.1).collect();
            assert_eq!(
                (left, faults.len()),
                (vec![2], 1),
                "{place} {value}: {faults:?}"
            );
            (faults[0].offset() - at as u64, faults[0].to_string())
        };
        assert_eq!(spoil(8, 1).0, 8);
        assert_eq!(spoil(8, u32::MAX).0, 8);
        assert_eq!(spoil(20, 5).0, 20);
        assert_eq!(spoil(20, u32::MAX).0, 20);
        assert_eq!(spoil(32, 0).0, 32);
        assert_eq!(spoil(4, 34).0, 4);
        let (_, text) = spoil(32, 40);
        assert!(text.ends_with("value 0x28 is not allowed"), "{text}");
    }
}

#[test]
fn ends_at_a_block_whose_length_leads_nowhere() {
    for order in BOTH {
        for length in [0, 1, 4, 8, 11, 0xffff_fffc, u32::MAX, 1 << 31] {
            let mut file = File::new(order);
            file.interface(1, 0, &[]).packet(0, 1, b"abcd");
            let at = file.1.len();
            file.packet(0, 2, b"efgh");
            let length = file.u32(length);
            file.1[at + 4..at + 8].copy_from_slice(&length);
            let (frames, faults) = read(&file.1);
            assert_eq!((frames.len(), faults.len()), (1, 1));
            assert_eq!(faults[0].offset(), at as u64 + 4, "{faults:?}");
        }
    }
}

#[test]
fn a_section_that_cannot_be_read_ends_the_file() {
    for (place, value) in [(4, 24), (4, 2 << 20), (8, 7)] {
        let mut file = File::new(Order::Little);
        file.interface(1, 0, &[]).packet(0, 1, b"abcd");
        let at = file.1.len();
        file.section(Order::Little, &[])
            .interface(1, 0, &[])
            .packet(0, 2, b"efgh");
        file.1[at + place..at + place + 4].copy_from_slice(&u32::to_le_bytes(value));
        let (frames, faults) = read(&file.1);
        assert_eq!((frames.len(), faults.len()), (1, 1));
        assert_eq!(faults[0].offset(), (at + place) as u64);
        assert!(CaptureReader::new(&file.1[at..]).is_err());
    }
}

/// One file with a block of every kind, cut and spoilt below.
fn every_block(order: Order) -> File {
    let mut file = File::new(order);
    file.interface(1, 0, &[(IF_NAME, b"lo"), (IF_TSRESOL, &[9])])
        .packet(0, 1, b"a");
    file.block(SECRETS, &[1, 2], b"xy")
        .block(4, &[1], b"z")
        .block(SIMPLE, &[1], b"b");
    let first = file.halves(0, 0);
    file.block(OLD, &[first, 0, 2, 1, 1], b"c")
        .section(order, &[(1, b"again")]);
    file.interface(1, 0, &[]).packet(0, 3, b"d");
    file
}

#[test]
fn cut_anywhere_gives_the_frames_before_the_cut_then_one_error() {
    for order in BOTH {
        let file = every_block(order).1;
        let mut ends = vec![0];
        let mut at = 0;
        while at < file.len() {
            let length = file[at + 4..at + 8].try_into().unwrap();
            at += usize::try_from(order.u32(length)).unwrap();
            ends.push(at);
        }
        let whole = clean(&file);
        for cut in 28..file.len() {
            let (frames, faults) = read(&file[..cut]);
            assert_eq!(frames, whole[..frames.len()]);
            assert_eq!(faults.len(), usize::from(!ends.contains(&cut)));
            for fault in faults {
                let CaptureError::Truncated { offset, .. } = fault else {
                    panic!("{fault}");
                };
                assert!(cut as u64 - offset < 64, "{cut} {offset}");
            }
        }
        for cut in 0..28 {
            assert!(CaptureReader::new(&file[..cut]).is_err());
        }
    }
}

#[test]
fn no_lying_number_hangs_or_panics() {
    for order in BOTH {
        let file = every_block(order).1;
        for place in (0..file.len()).step_by(4) {
            let true_value = order.u32(file[place..place + 4].try_into().unwrap());
            for value in [
                0,
                1,
                2,
                3,
                11,
                12,
                0x7fff,
                0x8000,
                0xffff,
                1 << 31,
                u32::MAX,
            ]
            .into_iter()
            .chain([true_value.wrapping_sub(1), true_value.wrapping_add(1)])
            {
                let mut bytes = file.clone();
                let word = match order {
                    Order::Little => value.to_le_bytes(),
                    Order::Big => value.to_be_bytes(),
                };
                bytes[place..place + 4].copy_from_slice(&word);
                if CaptureReader::new(&bytes[..]).is_ok() {
                    let (frames, faults) = read(&bytes);
                    assert!(frames.len() + faults.len() <= 16);
                }
            }
        }
    }
}

#[test]
fn keeps_no_more_than_the_limits() {
    let mut file = File::new(Order::Little);
    for _ in 0..=MAX_INTERFACES {
        file.interface(1, 0, &[]);
    }
    let (_, faults) = read(&file.1);
    assert!(matches!(
        faults[..],
        [CaptureError::TooMany { limit: 65_536, .. }]
    ));

    let mut file = File::new(Order::Little);
    let big = vec![0; 1024 * 1024 - 20];
    for _ in 0..5 {
        file.block(SECRETS, &[1, u32::try_from(big.len()).unwrap()], &big);
    }
    let (_, faults) = read(&file.1);
    assert!(matches!(faults[..], [CaptureError::TooMany { .. }]));
    file.block(SECRETS, &[1, 0], &[0; 1024 * 1024 - 16]);
    let (_, faults) = read(&file.1);
    assert!(matches!(
        faults[1],
        CaptureError::BadLength { max: 0x10_0000, .. }
    ));
}

#[test]
fn a_frame_may_be_as_long_as_the_limit_and_no_longer() {
    let longest = vec![7; usize::try_from(MAX_FRAME).unwrap()];
    let mut out = PcapngWriter::new(Vec::new(), LinkType(1)).unwrap();
    out.write(Instant::ZERO, 0, 0, &longest).unwrap();
    let longer = [longest, vec![7]].concat();
    assert!(out.write(Instant::ZERO, 0, 0, &longer).is_err());
    let mut file = File(Order::Little, out.finish().unwrap());
    assert_eq!(clean(&file.1).len(), 1);
    file.packet(0, 0, &longer).packet(0, 0, b"after");
    let (frames, faults) = read(&file.1);
    assert_eq!((frames.len(), faults.len()), (2, 1), "{faults:?}");
}
