//! Filters over the field tree: which packets to show.
//!
//! ```text
//! ike.exchange == IKE_AUTH and ip.src == 192.0.2.0/24
//! ike.notify or not esp
//! ike.sa.proposal.encr in {ENCR_AES_CBC, 20} && udp.length > 0x200
//! ike.idi.data contains "example" || ike.spi_i == 1f:fb:37:da:49:35:2c:2d
//! ```
//!
//! A path alone asks whether the field is there. A segment without an index
//! stands for each field of that name, and a comparison holds if it holds for
//! one of them; `!=` holds if the field is there and none of them is equal.
//! Registry names are compared without regard to case, and `-` as `_`.

use super::tree::{Node, Tree, Value};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;
use core::net::IpAddr;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::{IResult, Parser as _};

/// A question about a packet that is answered with yes or no.
///
/// ```
/// use ipsec_core::wire::{Filter, Tree};
/// let filter: Filter = "esp or ike.exchange == IKE_AUTH".parse()?;
/// assert!(!filter.matches(&Tree::new(), &[]));
/// # Ok::<_, ipsec_core::wire::FilterError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter(Expression);

/// Where a filter cannot be understood, and what should stand there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FilterError {
    /// Bytes from the start of the filter.
    pub offset: usize,
    /// What should stand there.
    pub expected: &'static str,
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let column = self.offset.saturating_add(1);
        write!(f, "filter, column {column}: expected {}", self.expected)
    }
}

impl core::error::Error for FilterError {}

impl core::str::FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        if text.len() > MAX_LEN {
            return Err(FilterError {
                offset: MAX_LEN,
                expected: "the end: a filter has at most 4096 bytes",
            });
        }
        let failed = |Expected { rest, what }: Expected<'_>| FilterError {
            offset: text.len().saturating_sub(rest.len()),
            expected: what,
        };
        match either(text, MAX_NESTING) {
            Ok((rest, expression)) if rest.trim_start().is_empty() => Ok(Self(expression)),
            Ok((rest, _)) => Err(failed(Expected {
                rest: rest.trim_start(),
                what: "\"and\", \"or\" or the end",
            })),
            Err(nom::Err::Error(error) | nom::Err::Failure(error)) => Err(failed(error)),
            Err(nom::Err::Incomplete(_)) => Err(FilterError {
                offset: text.len(),
                expected: "more",
            }),
        }
    }
}

impl Filter {
    /// Whether the packet whose fields are `tree` and whose bytes are `frame`
    /// fits.
    #[must_use]
    pub fn matches(&self, tree: &Tree, frame: &[u8]) -> bool {
        self.0.holds(tree, frame)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Expression {
    Any(Vec<Self>),
    All(Vec<Self>),
    Not(Box<Self>),
    Field(Vec<Segment>, Test),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Segment {
    name: String,
    ordinal: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Present,
    Equal(Vec<Operand>),
    Unequal(Operand),
    /// The order that must hold, and whether equality will do too.
    Ordered(Ordering, bool, u64),
    Contains(Operand),
}

/// What a field is compared with, read in every way it can be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Operand {
    text: String,
    number: Option<u64>,
    network: Option<(IpAddr, u8)>,
    bytes: Option<Vec<u8>>,
}

impl Expression {
    fn holds(&self, tree: &Tree, frame: &[u8]) -> bool {
        match self {
            Self::Any(several) => several.iter().any(|one| one.holds(tree, frame)),
            Self::All(several) => several.iter().all(|one| one.holds(tree, frame)),
            Self::Not(one) => !one.holds(tree, frame),
            Self::Field(path, test) => {
                let any = |test: &dyn Fn(&Value<'_>) -> bool| {
                    some(tree, None, path, &mut |node| test(&tree.value(node, frame)))
                };
                match test {
                    Test::Present => any(&|_| true),
                    Test::Equal(operands) => any(&|v| operands.iter().any(|o| o.equals(v))),
                    Test::Unequal(operand) => any(&|_| true) && !any(&|v| operand.equals(v)),
                    Test::Ordered(order, or_equal, bound) => any(&|value| {
                        value.number().is_some_and(|number| {
                            let found = number.cmp(bound);
                            found == *order || *or_equal && found == Ordering::Equal
                        })
                    }),
                    Test::Contains(operand) => any(&|value| operand.is_in(value)),
                }
            }
        }
    }
}

/// Whether `test` holds for a node that `path` names below `parent`.
fn some(
    tree: &Tree,
    parent: Option<usize>,
    path: &[Segment],
    test: &mut dyn FnMut(&Node) -> bool,
) -> bool {
    let Some((segment, rest)) = path.split_first() else {
        return false;
    };
    let mut ordinal = 0_usize;
    for at in tree.children(parent) {
        let Some(node) = tree.nodes().get(at) else {
            return false;
        };
        if node.field.name != segment.name {
            continue;
        }
        let wanted = segment.ordinal.is_none_or(|wanted| wanted == ordinal);
        ordinal = ordinal.saturating_add(1);
        let found = wanted
            && if rest.is_empty() {
                test(node)
            } else {
                some(tree, Some(at), rest, test)
            };
        if found {
            return true;
        }
    }
    false
}

impl Operand {
    fn new(text: &str) -> Self {
        let network = match text.split_once('/') {
            Some((address, prefix)) => address.parse().ok().zip(prefix.parse().ok()),
            None => text.parse().ok().map(|address| (address, u8::MAX)),
        };
        Self {
            text: text.into(),
            number: read_number(text),
            network,
            bytes: read_bytes(text),
        }
    }

    fn quoted(text: String) -> Self {
        Self {
            text,
            number: None,
            network: None,
            bytes: None,
        }
    }

    fn equals(&self, value: &Value<'_>) -> bool {
        match value {
            Value::None => false,
            Value::Number(n) => self.number == Some(*n),
            Value::Hex(n, width) => self.number == Some(*n) || self.spells(*n, *width),
            Value::Named(n, name) => self.number == Some(*n) || same_name(&self.text, name),
            Value::Flags(n, names) => {
                let set = |(bit, name): &(u64, &str)| n & bit != 0 && same_name(&self.text, name);
                self.number == Some(*n) || names.iter().any(set)
            }
            Value::Bytes(bytes) | Value::Mac(bytes) => self.bytes.as_deref() == Some(bytes),
            Value::Text(bytes) => self.text.as_bytes() == *bytes,
            Value::Words(words) => self.text == *words,
            Value::Address(address) => self.network.is_some_and(|net| within(*address, net)),
            Value::Fault(error) => same_name(&self.text, error.field),
        }
    }

    /// Whether these are the bytes of `number` in a field of `width` bytes.
    fn spells(&self, number: u64, width: usize) -> bool {
        let big_endian = number.to_be_bytes();
        let skip = big_endian.len().saturating_sub(width);
        self.bytes.as_deref() == big_endian.get(skip..)
    }

    fn is_in(&self, value: &Value<'_>) -> bool {
        match value {
            Value::Named(_, name) => has_name(name, &self.text),
            Value::Flags(_, _) => self.equals(value),
            Value::Bytes(bytes) | Value::Mac(bytes) | Value::Text(bytes) => {
                let wanted = self.bytes.as_deref().unwrap_or(self.text.as_bytes());
                has(bytes, wanted) || has(bytes, self.text.as_bytes())
            }
            Value::Words(words) => has_name(words, &self.text),
            Value::None
            | Value::Number(_)
            | Value::Hex(..)
            | Value::Address(_)
            | Value::Fault(_) => false,
        }
    }
}

fn has(bytes: &[u8], wanted: &[u8]) -> bool {
    wanted.is_empty() || bytes.windows(wanted.len()).any(|part| part == wanted)
}

fn folded(byte: u8) -> u8 {
    if byte == b'-' {
        b'_'
    } else {
        byte.to_ascii_lowercase()
    }
}

fn same_name(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.bytes().map(folded).eq(other.bytes().map(folded))
}

fn has_name(name: &str, part: &str) -> bool {
    let fold = |text: &str| text.bytes().map(folded).collect::<Vec<_>>();
    has(&fold(name), &fold(part))
}

/// Whether `address` is in the network of these first bits.
fn within(address: IpAddr, (network, prefix): (IpAddr, u8)) -> bool {
    let differ = |a: u128, b: u128, bits: u32| {
        let prefix = u32::from(prefix).min(bits);
        (a ^ b)
            .checked_shr(bits.saturating_sub(prefix))
            .unwrap_or(0)
            != 0
    };
    match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(b)) => {
            !differ(u32::from(a).into(), u32::from(b).into(), u32::BITS)
        }
        (IpAddr::V6(a), IpAddr::V6(b)) => !differ(a.into(), b.into(), u128::BITS),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}

fn read_number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// `aa:bb:cc`, or an even number of hexadecimal digits.
fn read_bytes(text: &str) -> Option<Vec<u8>> {
    let pair = |pair: &str| match pair.len() {
        2 => u8::from_str_radix(pair, 16).ok(),
        _ => None,
    };
    if text.contains(':') {
        return text.split(':').map(pair).collect();
    }
    let digits = text.strip_prefix("0x").unwrap_or(text).as_bytes();
    let pairs = digits.chunks(2).map(|two| core::str::from_utf8(two).ok());
    pairs.map(|two| two.and_then(pair)).collect()
}

/// What should have stood where reading stopped.
#[derive(Clone, Copy, Debug)]
struct Expected<'a> {
    rest: &'a str,
    what: &'static str,
}

impl<'a> nom::error::ParseError<&'a str> for Expected<'a> {
    fn from_error_kind(rest: &'a str, _: nom::error::ErrorKind) -> Self {
        Self {
            rest,
            what: "something else",
        }
    }

    fn append(_: &'a str, _: nom::error::ErrorKind, other: Self) -> Self {
        other
    }
}

type Read<'a, T> = IResult<&'a str, T, Expected<'a>>;

fn expected<'a, T>(rest: &'a str, what: &'static str) -> Read<'a, T> {
    Err(nom::Err::Error(Expected { rest, what }))
}

fn either(i: &str, depth: usize) -> Read<'_, Expression> {
    chain(i, depth, both, &["or", "||"], Expression::Any)
}

fn both(i: &str, depth: usize) -> Read<'_, Expression> {
    chain(i, depth, single, &["and", "&&"], Expression::All)
}

/// One or more of what `part` reads, joined by one of the two `signs`.
fn chain<'a>(
    i: &'a str,
    depth: usize,
    part: fn(&'a str, usize) -> Read<'a, Expression>,
    signs: &[&str; 2],
    join: fn(Vec<Expression>) -> Expression,
) -> Read<'a, Expression> {
    let (mut rest, first) = part(i, depth)?;
    let mut parts = Vec::from([first]);
    while let Some(after) = sign(rest, signs) {
        let (next, expression) = part(after, depth)?;
        parts.push(expression);
        rest = next;
    }
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => Ok((rest, only)),
        (last, _) => {
            parts.extend(last);
            Ok((rest, join(parts)))
        }
    }
}

/// What follows one of `signs`, a word or a symbol.
fn sign<'a>(i: &'a str, signs: &[&str; 2]) -> Option<&'a str> {
    let [word, symbol] = signs;
    let i = i.trim_start();
    let (rest, found) = letters(i).unwrap_or((i, ""));
    if found.eq_ignore_ascii_case(word) {
        Some(rest)
    } else {
        i.strip_prefix(symbol)
    }
}

fn letters(i: &str) -> Read<'_, &str> {
    take_while1(|c: char| c.is_ascii_alphanumeric() || c == '_')(i)
}

fn single(i: &str, depth: usize) -> Read<'_, Expression> {
    let i = i.trim_start();
    let Some(deeper) = depth.checked_sub(1) else {
        return expected(i, "no deeper nesting");
    };
    let negated = sign(i, &["not", "!"]);
    if let Some(rest) = negated {
        let (rest, inner) = single(rest, deeper)?;
        return Ok((rest, Expression::Not(Box::new(inner))));
    }
    if let Some(rest) = i.strip_prefix('(') {
        let (rest, inner) = either(rest, deeper)?;
        return match rest.trim_start().strip_prefix(')') {
            Some(rest) => Ok((rest, inner)),
            None => expected(rest.trim_start(), "\")\""),
        };
    }
    let (i, path) = path(i)?;
    let (i, test) = test(i)?;
    Ok((i, Expression::Field(path, test)))
}

fn path(i: &str) -> Read<'_, Vec<Segment>> {
    let mut segments = Vec::new();
    let mut rest = i;
    loop {
        let Ok((after, name)) = letters(rest) else {
            return expected(rest, "the path of a field");
        };
        let (after, ordinal) = match after.strip_prefix('[') {
            Some(inside) => index(inside)?,
            None => (after, None),
        };
        segments.push(Segment {
            name: name.into(),
            ordinal,
        });
        match after.strip_prefix('.') {
            Some(next) if segments.len() < MAX_SEGMENTS => rest = next,
            Some(next) => return expected(next, "a shorter path"),
            None => return Ok((after, segments)),
        }
    }
}

fn index(i: &str) -> Read<'_, Option<usize>> {
    let (rest, digits) = take_while(|c: char| c.is_ascii_digit()).parse(i)?;
    match (digits.parse(), rest.strip_prefix(']')) {
        (Ok(ordinal), Some(rest)) => Ok((rest, Some(ordinal))),
        (Ok(_), None) => expected(rest, "\"]\""),
        (Err(_), _) => expected(i, "a number"),
    }
}

fn test(i: &str) -> Read<'_, Test> {
    let start = i.trim_start();
    let word = letters(start).ok();
    if let Some((rest, _)) = word.filter(|(_, w)| w.eq_ignore_ascii_case("in")) {
        let (rest, operands) = set(rest)?;
        return Ok((rest, Test::Equal(operands)));
    }
    if let Some((rest, _)) = word.filter(|(_, w)| w.eq_ignore_ascii_case("contains")) {
        let (rest, operand) = operand(rest)?;
        return Ok((rest, Test::Contains(operand)));
    }
    let mut signs = alt((
        tag("=="),
        tag("!="),
        tag("<="),
        tag(">="),
        tag("<"),
        tag(">"),
    ));
    let found: Read<'_, &str> = signs.parse(start);
    let Ok((rest, sign)) = found else {
        return Ok((i, Test::Present));
    };
    let at = rest.trim_start();
    let (rest, operand) = operand(rest)?;
    let bound = operand.number;
    let order = match sign {
        "==" => return Ok((rest, Test::Equal(Vec::from([operand])))),
        "!=" => return Ok((rest, Test::Unequal(operand))),
        "<" | "<=" => Ordering::Less,
        _ => Ordering::Greater,
    };
    match bound {
        Some(bound) => Ok((rest, Test::Ordered(order, sign.ends_with('='), bound))),
        None => expected(at, "a number"),
    }
}

fn set(i: &str) -> Read<'_, Vec<Operand>> {
    let Some(mut rest) = i.trim_start().strip_prefix('{') else {
        return expected(i.trim_start(), "\"{\"");
    };
    let mut operands = Vec::new();
    loop {
        let (after, one) = operand(rest)?;
        operands.push(one);
        let after = after.trim_start();
        if let Some(next) = after.strip_prefix(',') {
            rest = next;
        } else if let Some(end) = after.strip_prefix('}') {
            return Ok((end, operands));
        } else {
            return expected(after, "\",\" or \"}\"");
        }
    }
}

fn operand(i: &str) -> Read<'_, Operand> {
    let i = i.trim_start();
    if let Some(inside) = i.strip_prefix('"') {
        return string(inside);
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.:/".contains(c);
    let found: Read<'_, &str> = take_while1(plain)(i);
    match found {
        Ok((rest, text)) => Ok((rest, Operand::new(text))),
        Err(_) => expected(i, "a number, name, address or string"),
    }
}

/// Text up to the closing quote; a backslash takes the next character as it is.
fn string(i: &str) -> Read<'_, Operand> {
    let mut text = String::new();
    let mut chars = i.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return Ok((chars.as_str(), Operand::quoted(text))),
            '\\' => text.extend(chars.next()),
            c => text.push(c),
        }
    }
    expected("", "a closing quote")
}

/// Bytes of a filter.
const MAX_LEN: usize = 4096;

/// Parentheses and negations inside each other.
const MAX_NESTING: usize = 64;

/// Segments of a path.
const MAX_SEGMENTS: usize = 32;

#[cfg(test)]
mod tests {
    use super::super::{Field, Layout, Show, TreeBuilder, tree::SourceId};
    use super::*;
    use alloc::format;
    use proptest::prelude::*;

    fn named(value: u64) -> Option<&'static str> {
        (value == 12).then_some("ENCR_AES_CBC")
    }

    static IKE: Field = Field::new("ike", "", "", Show::Group);
    static SPI: Field = Field::new("spi", "", "", Show::Hex);
    static ENCR: Field = Field::new("encr", "", "", Show::Named(named));
    static FLAGS: Field = Field::new("flags", "", "", Show::Flags(&[(8, "I"), (32, "R")]));
    static SRC: Field = Field::new("src", "", "", Show::Address);
    static ID: Field = Field::new("id", "", "", Show::Text);
    static NONCE: Field = Field::new("nonce", "", "", Show::Bytes);

    fn matches(filter: &str) -> bool {
        let mut frame = Vec::new();
        let mut tree = Tree::new();
        lay_out(&mut super::super::Encoder::new(&mut frame));
        lay_out(&mut TreeBuilder::new(&mut tree, SourceId::FRAME, 0));
        filter.parse::<Filter>().unwrap().matches(&tree, &frame)
    }

    fn lay_out(out: &mut impl Layout) {
        out.bytes(&SRC, &[192, 0, 2, 10]);
        out.group(&IKE, |out| {
            out.u32(&SPI, 0x1f_fb_37_da);
            out.u16(&ENCR, 12);
            out.u16(&ENCR, 20);
            out.u8(&FLAGS, 0x28);
            out.bytes(&ID, b"vpn.example");
            out.bytes(&NONCE, &[1, 2, 3, 4]);
        });
    }

    #[test]
    fn finds_fields_by_presence_name_number_and_bytes() {
        for filter in [
            "ike",
            "not esp",
            "!esp && (ike)",
            "ike.encr == ENCR_AES_CBC",
            "ike.encr == encr-aes-cbc",
            "ike.encr[1] == 20",
            "ike.encr in {1, 0x14}",
            "ike.encr > 19 and ike.encr <= 20",
            "ike.spi == 0x1ffb37da",
            "ike.spi == 1f:fb:37:da",
            "ike.flags == R",
            "ike.nonce == 01:02:03:04",
            "ike.nonce contains 0203",
            "ike.id == \"vpn.example\"",
            "ike.id contains example",
            "src == 192.0.2.10 AND src == 192.0.2.0/24",
            "src != 192.0.2.11",
            "esp or ah || ike",
        ] {
            assert!(matches(filter), "{filter}");
        }
    }

    #[test]
    fn turns_down_what_does_not_fit() {
        for filter in [
            "esp",
            "not ike",
            "ike.encr != 12",
            "ike.encr[1] == 12",
            "ike.encr[2]",
            "esp != 1",
            "ike.flags == V",
            "ike.encr > 20",
            "src == 192.0.3.0/24",
            "src == ::/0",
            "ike and esp",
            "ike.nonce contains 05",
            "ike == 0",
        ] {
            assert!(!matches(filter), "{filter}");
        }
    }

    #[test]
    fn binds_and_tighter_than_or() {
        assert!(matches("ike or esp and ah"));
        assert!(!matches("(ike or esp) and ah"));
    }

    #[test]
    fn errors_say_where_and_what() {
        for (filter, said) in [
            ("", "column 1: expected the path of a field"),
            ("ike and", "column 8: expected the path of a field"),
            ("(ike", "column 5: expected \")\""),
            ("ike ike", "column 5: expected \"and\", \"or\" or the end"),
            ("ike.encr < AES", "column 12: expected a number"),
            ("ike.encr in 3", "column 13: expected \"{\""),
            ("ike.encr in {3;", "column 15: expected \",\" or \"}\""),
            ("ike[x]", "column 5: expected a number"),
            ("a == \"b", "column 8: expected a closing quote"),
            (
                "a ==",
                "column 5: expected a number, name, address or string",
            ),
        ] {
            let error = filter.parse::<Filter>().unwrap_err();
            assert_eq!(format!("{error}"), format!("filter, {said}"), "{filter}");
        }
    }

    #[test]
    fn nesting_and_length_have_limits() {
        let nested = |n: usize| format!("{}a{}", "(".repeat(n), ")".repeat(n));
        assert!(nested(MAX_NESTING - 1).parse::<Filter>().is_ok());
        assert!(nested(MAX_NESTING).parse::<Filter>().is_err());
        assert!("!".repeat(4000).parse::<Filter>().is_err());
        let path = |n: usize| format!("a{}", ".a".repeat(n - 1));
        assert!(path(MAX_SEGMENTS).parse::<Filter>().is_ok());
        assert!(path(MAX_SEGMENTS + 1).parse::<Filter>().is_err());
        assert!("a".repeat(MAX_LEN).parse::<Filter>().is_ok());
        assert!("a".repeat(MAX_LEN + 1).parse::<Filter>().is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn no_text_panics(text in "(\\PC|[a-z!()&|=<>{},.\\[\\]\" ]){0,60}") {
            if let Ok(filter) = text.parse::<Filter>() {
                let _ = filter.matches(&Tree::new(), &[]);
            }
        }
    }
}
