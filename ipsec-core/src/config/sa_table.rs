//! Tables of SAs that stand: `show crypto ipsec sa` of IOS and ASA, the
//! kernel's `ip xfrm state`, `setkey -D`, and the small table of slides and
//! textbooks, a column an SA, a line an attribute (RFC 4301 §4.4.2). Keys that
//! a listing holds are not read.

use super::model::{Association, Dialect, Model};
use super::{Span, Spanned};
use crate::sa::selector::AddressRange;
use alloc::borrow::ToOwned as _;
use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr};

/// Reads a text that is a table and nothing else. `input` is its index among
/// the inputs.
///
/// ```
/// let table = b"interface: Ethernet0\n local crypto endpt.: 192.0.2.1, \
///     remote crypto endpt.: 192.0.2.2\n inbound esp sas:\n  spi: 0x10(16)\n";
/// let model = ipsec_core::config::sa_table::read(0, table);
/// assert_eq!(model.associations[0].spi.value, 16);
/// assert_eq!(model.associations[0].to, Some("192.0.2.1".parse().unwrap()));
/// ```
#[must_use]
pub fn read(input: usize, file: &[u8]) -> Model {
    Model {
        associations: associations(input, file),
        ..Model::new(Dialect::SaTable)
    }
}

/// The SAs that a text lists, in order; what else it says is passed over.
#[must_use]
pub fn associations(input: usize, file: &[u8]) -> Vec<Association> {
    let mut reader = Reader::default();
    let mut start = Span::start(input);
    for bytes in file.split_inclusive(|byte| *byte == b'\n') {
        if let Ok(text) = core::str::from_utf8(bytes) {
            let words = words(text, start);
            if !words.is_empty() && reader.found.len() < ASSOCIATIONS_MAX {
                reader.line(&words);
            } else if words.is_empty() {
                reader.columns.clear();
            }
        }
        start.offset = start.offset.saturating_add(bytes.len());
        start.line = start.line.saturating_add(1);
    }
    reader.found
}

/// Whether a line is one that only such a table has.
pub(super) fn sniff(line: &[u8]) -> bool {
    let line = line.get(..line.len().min(SNIFF_BYTES)).unwrap_or_default();
    let text = core::str::from_utf8(line).unwrap_or_default();
    let start = Span::start(0);
    let words = words(text, start);
    let text = |at: usize| words.get(at).map_or("", |word| word.value);
    match (text(0), text(1), text(2)) {
        ("inbound" | "outbound", "esp" | "ah", "sas:") => true,
        ("local" | "remote", "ident", "(addr/mask/prot/port):") => true,
        ("proto", "esp" | "ah", "spi") => true,
        ("esp" | "ah" | "esp-udp", mode, spi) => {
            mode.starts_with("mode=") && spi.starts_with("spi=")
        }
        ("SPI", first, _) => words.len() > 2 && number(first).is_some(),
        _ => false,
    }
}

type Word<'a> = Spanned<&'a str>;

/// The words of a line, bars of a table left out.
fn words(line: &str, start: Span) -> Vec<Word<'_>> {
    let mut place = start;
    let mut read = 0;
    let between = |c: char| c.is_whitespace() || matches!(c, '|' | '\u{feff}');
    let parts = line.split(between).filter(|part| !part.is_empty());
    let places = parts.take(WORDS_MAX).map(|part| {
        let at = part.as_ptr().addr().saturating_sub(line.as_ptr().addr());
        let passed = line.get(read..at).unwrap_or_default();
        place.column = place.column.saturating_add(passed.chars().count());
        place.offset = place.offset.saturating_add(passed.len());
        read = at;
        Spanned {
            value: part,
            span: Span {
                len: part.len(),
                ..place
            },
        }
    });
    places.collect()
}

/// Which way the SAs go that are listed next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Inbound,
    Outbound,
    /// Those of compression, which have no SPI.
    Neither,
}

#[derive(Default)]
struct Reader {
    found: Vec<Association>,
    /// The device, or the listing.
    listed_by: Option<Spanned<String>>,
    ends: [Option<IpAddr>; 2],
    networks: [Option<Spanned<AddressRange>>; 2],
    way: Option<Way>,
    /// The SAs of the columns, by index.
    columns: Vec<usize>,
    /// Words that stand before a table of columns.
    caption: VecDeque<(String, Span)>,
    tables: usize,
    prompted: bool,
}

impl Reader {
    fn line(&mut self, words: &[Word<'_>]) {
        let text = |at: usize| words.get(at).map_or("", |word| word.value);
        if !self.columns.is_empty() && self.row(words) {
            return;
        }
        match (text(0), text(1), text(2)) {
            ("SPI", first, _) if number(first).is_some() => return self.table(words),
            ("interface:", name, _) if !name.is_empty() => self.interface(words),
            ("local" | "remote", "ident", "(addr/mask/prot/port):") => {
                let side = usize::from(text(0) == "remote");
                if let (Some(place), Some(word)) = (self.networks.get_mut(side), words.get(3)) {
                    *place = network(word);
                }
            }
            ("local", "crypto", "endpt.:") => {
                let remote = words
                    .iter()
                    .skip_while(|word| word.value != "remote")
                    .nth(3);
                let remote = remote.and_then(|word| address(word.value));
                self.ends = [address(text(3)), remote];
            }
            ("inbound", "esp" | "ah", "sas:") => self.way = Some(Way::Inbound),
            ("outbound", "esp" | "ah", "sas:") => self.way = Some(Way::Outbound),
            ("inbound" | "outbound", _, "sas:") => self.way = Some(Way::Neither),
            ("spi:", _, _) => self.cisco(words.get(1)),
            ("src", from, "dst") => self.pair(words, from, text(3), "ip xfrm state"),
            ("sel", "src", _) => self.selector(words),
            ("proto", "esp" | "ah", "spi") => self.unix(words.get(3), text(3)),
            ("esp" | "ah" | "esp-udp", _, spi) if spi.starts_with("spi=") => {
                let number = spi.trim_start_matches("spi=").split('(').next();
                self.unix(words.get(2), number.unwrap_or_default());
            }
            (from, to, "") if address(from).is_some() => self.pair(words, from, to, "setkey -D"),
            _ => self.prompt(words),
        }
        self.remember(words);
    }

    /// Words behind which a table of columns may stand.
    fn remember(&mut self, words: &[Word<'_>]) {
        for word in words.iter().take(CAPTION_MAX) {
            if self.caption.len() >= CAPTION_MAX {
                self.caption.pop_front();
            }
            let text = word.value.chars().take(NAME_MAX).collect();
            self.caption.push_back((text, word.span));
        }
    }

    /// `router#show crypto ipsec sa` names the device.
    fn prompt(&mut self, words: &[Word<'_>]) {
        let Some(first) = words.first() else {
            return;
        };
        let shows = words.iter().any(|word| word.value == "crypto");
        if let Some((name, _)) = first.value.split_once(['#', '>'])
            && shows
            && !name.is_empty()
        {
            let len = name.len();
            self.listed_by = Some(Spanned {
                value: name.to_owned(),
                span: Span { len, ..first.span },
            });
            self.prompted = true;
        }
    }

    fn interface(&mut self, words: &[Word<'_>]) {
        if let (Some(name), false) = (words.get(1), self.prompted) {
            self.listed_by = Some(owned(name));
        }
        self.ends = [None; 2];
        self.networks = [None; 2];
        self.way = None;
    }

    fn push(&mut self, spi: Spanned<u32>, from: Option<IpAddr>, to: Option<IpAddr>) {
        let listed_by = self.listed_by.clone().unwrap_or(Spanned {
            value: "crypto ipsec sa".to_owned(),
            span: spi.span,
        });
        self.found.push(Association {
            from,
            to,
            ..Association::new(spi, listed_by)
        });
    }

    /// `spi: 0x890A3034(2299146292)`.
    fn cisco(&mut self, word: Option<&Word<'_>>) {
        let spi = word.and_then(|word| {
            let digits = word.value.split('(').next().unwrap_or_default();
            let value = number(digits)?;
            let len = digits.len();
            let span = Span { len, ..word.span };
            Some(Spanned { value, span })
        });
        let [local, remote] = self.ends;
        let [here, there] = self.networks;
        let (from, to, destination) = match self.way {
            Some(Way::Inbound) => (remote, local, here),
            Some(Way::Outbound) => (local, remote, there),
            Some(Way::Neither) | None => return,
        };
        if let Some(spi) = spi {
            self.push(spi, from, to);
            if let Some(last) = self.found.last_mut() {
                last.destination = destination;
            }
        }
    }

    /// The two ends of the SA that is told next.
    fn pair(&mut self, words: &[Word<'_>], from: &str, to: &str, listing: &str) {
        let ends = [address(from), address(to)];
        if ends.iter().all(Option::is_some) {
            self.ends = ends;
            self.listed_by = words.first().map(|word| Spanned {
                value: listing.to_owned(),
                span: word.span,
            });
        }
    }

    fn unix(&mut self, word: Option<&Word<'_>>, spi: &str) {
        if let (Some(word), Some(value), [Some(_), Some(_)]) = (word, number(spi), self.ends) {
            let span = word.span;
            self.push(Spanned { value, span }, self.ends[0], self.ends[1]);
            self.ends = [None; 2];
        }
    }

    /// `sel src 10.1.0.0/16 dst 10.2.0.0/16`.
    fn selector(&mut self, words: &[Word<'_>]) {
        let network = words.get(4).and_then(|word| {
            let value = word.value.parse().ok()?;
            let span = word.span;
            Some(Spanned { value, span })
        });
        if let Some(last) = self.found.last_mut() {
            last.destination = network;
        }
    }

    /// `SPI 12345 67891`: an SA a column.
    fn table(&mut self, words: &[Word<'_>]) {
        self.tables = self.tables.saturating_add(1);
        self.listed_by = Some(self.captioned(words));
        self.columns.clear();
        for word in words.iter().skip(1).take(COLUMNS_MAX) {
            let Some(value) = number(word.value) else {
                break;
            };
            let span = word.span;
            self.columns.push(self.found.len());
            self.push(Spanned { value, span }, None, None);
        }
        self.caption.clear();
        self.listed_by = None;
    }

    /// What stands before the table: `from A to B`, else its number.
    fn captioned(&self, words: &[Word<'_>]) -> Spanned<String> {
        let bare = |text: &str| text.trim_end_matches([':', '.', ',']).to_owned();
        let caption: Vec<_> = self.caption.iter().collect();
        let found = caption.windows(4).rev().find_map(|four| match four {
            [(from, _), (here, span), (to, _), (there, _)] if from == "from" && to == "to" => {
                Some((format!("{} to {}", bare(here), bare(there)), *span))
            }
            _ => None,
        });
        let first = words.first().map(|word| word.span);
        let (value, span) = match (found, first) {
            (Some((value, span)), _) => (value, span),
            (None, Some(span)) => (format!("table {}", self.tables), span),
            (None, None) => (String::new(), NOWHERE),
        };
        Spanned { value, span }
    }

    /// A line of a table of columns; false when it is none.
    fn row(&mut self, words: &[Word<'_>]) -> bool {
        let heads = words.len().checked_sub(self.columns.len());
        let Some((head, cells)) = heads.and_then(|at| words.split_at_checked(at)) else {
            return true;
        };
        let head: Vec<_> = head
            .iter()
            .map(|word| word.value.to_ascii_lowercase())
            .collect();
        let head: Vec<_> = head.iter().map(String::as_str).collect();
        if head.first() == Some(&"spi") {
            return false;
        }
        for (index, cell) in self.columns.iter().zip(cells) {
            let Some(association) = self.found.get_mut(*index) else {
                continue;
            };
            match head[..] {
                ["src" | "source", what, ..] if what.starts_with("gate") => {
                    association.from = address(cell.value);
                }
                ["dest" | "dst" | "destination", what, ..] if what.starts_with("gate") => {
                    association.to = address(cell.value);
                }
                ["dest" | "dst" | "destination", what, ..] if what.starts_with("net") => {
                    let range = cell.value.parse().ok();
                    association.destination = range.map(|value| Spanned {
                        value,
                        span: cell.span,
                    });
                }
                _ => {}
            }
        }
        true
    }
}

fn owned(word: &Word<'_>) -> Spanned<String> {
    Spanned {
        value: word.value.to_owned(),
        span: word.span,
    }
}

/// `0x10`, `16`, `EA8A498E` only behind `0x`.
fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse().ok())?
        }
    }
}

/// `192.0.2.1`, `192.0.2.1,`, `192.0.2.1/4500`, `192.0.2.1[4500]`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.split([',', '/', '[']).next()?;
    bare.parse().ok()
}

/// `(10.2.0.0/255.255.0.0/0/0)`.
fn network(word: &Word<'_>) -> Option<Spanned<AddressRange>> {
    let inner = word.value.strip_prefix('(')?.strip_suffix(')')?;
    let mut parts = inner.split('/');
    let (address, mask) = (parts.next()?, parts.next()?);
    let value = match mask.parse::<Ipv4Addr>() {
        Ok(mask) => {
            let free = !u32::from(mask);
            let contiguous = free & free.wrapping_add(1) == 0;
            let len = u8::try_from(mask.to_bits().count_ones()).ok()?;
            let address = address.parse().ok().filter(|_| contiguous)?;
            AddressRange::from_prefix(address, len)?
        }
        Err(_) => format!("{address}/{mask}").parse().ok()?,
    };
    let span = word.span;
    Some(Spanned { value, span })
}

const NOWHERE: Span = Span::start(0);

/// SAs of one text.
pub const ASSOCIATIONS_MAX: usize = 20_000;

/// Words of one line that are looked at.
const WORDS_MAX: usize = 64;

/// SAs of one table of columns.
const COLUMNS_MAX: usize = 32;

/// Words before a table that may say what it is of.
const CAPTION_MAX: usize = 12;

/// Letters of a name in a caption.
const NAME_MAX: usize = 64;

/// Bytes of a line within which it shows what it is.
const SNIFF_BYTES: usize = 512;
