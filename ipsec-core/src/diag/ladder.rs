//! Evidence for tests, written as a ladder: one line per message or flow.
//!
//! ```text
//! input 1                              what follows is seen in that input
//! empty 1                              a capture without packets
//! 0.0 a>b INIT q0 sa=aes256-sha256-prfsha256-modp2048 x3 every=1
//! 0.1 b>a INIT r0 n=17:0013            with the notify and its data
//! 0.2 a>b@4500 AUTH q1 in=35:200       first payload inside, their length
//! 0.3 a>b MAIN sa=3des-md5-psk-modp1024 | MAIN ke | MAIN *76
//! 0.4 a>b QUICK m7 *188 | INFO1 m9 *76 | INFO1 m9 n=14 | TRANS m3 *92
//! 0.5 a>b ESP spi=7 x5 until=2.0 size=1400
//! 0.6 b>a ICMP 3/3 about=a>b
//! 0.7 h>k CLEAR icmp | KEEPALIVE | LOST
//! ```
//!
//! What keys open stands in braces, what they prove or leave closed behind it:
//!
//! ```text
//! 0.2 a>b AUTH q1 in=35:230 { idi=a.example auth=2 esp=aes256-sha256
//!                             tsi=10.1.0.0/24 tsr=10.2.0.0/24+10.3.0.0/24 }
//! 0.3 b>a AUTH r1 in=36:230 { idr=b.example cp=INTERNAL_IP4_ADDRESS:10.1.0.9 cert=expired }
//! 0.3 b>a AUTH r1 in=36:90 { payloads=36+39+41 n=38 }
//! 0.3 b>a AUTH r1 in=41:8 { n=38 } proof=i:fails:3 | proof=r:holds:office
//! 0.4 a>b CHILD q2 in=41:200 { esp=gcm256 at=9 rekey=7 }
//! 0.4 a>b INFO q2 in=42:12 { delete=esp:00000007 }
//! 0.5 a>b INFO q3 in=0:0 closed=wrongkey | closed=nokey
//! 0.6 a>b ESP spi=7 x9 ok=6 icv=2 pad=1 inner=10.1.0.5>10.2.0.1 | … nointeg | … cut
//! ```
//!
//! (one line each).
//!
//! `a` and `b` are the ends, `n` a NAT, `r` a router, `h` and `k` hosts behind
//! the ends, `s` a server elsewhere.

use crate::diag::{Finding, diagnose};
use crate::evidence::{
    CaptureSummary, Certificate, CertificateFault, ClearFlow, Content, Delete, Echo, Evidence,
    Exchange, Fact, IcmpError, IcmpErrorKind, Identity, IkeMessage, IncompleteDatagram, InnerFlow,
    KeyExchange, NatDetection, Notify, Oddity, OddityKind, Opening, PacketOutline, Place, Proof,
    Proposal, ProtectedFlow, Proven, Route, SaProtocol, Sealed, Seen, Selector, Selectors, Source,
    Tally, TcpOutline, Transform, TransformKind, Tried, UnsealFault, Unsealing, Untold, Verdict,
    X509,
};
use crate::sorted::{Map, Set};
use crate::time::Instant;
use crate::wire::registry::{ike, isakmp};
use crate::wire::{DecodeError, DecodeErrorKind};
use core::net::{IpAddr, SocketAddr};
use std::boxed::Box;
use std::string::{String, ToString as _};
use std::vec::Vec;

/// The evidence that `text` draws.
pub(crate) fn ladder(text: &str) -> Vec<Evidence> {
    let mut input = 0;
    let mut number = 0;
    let mut facts: Vec<Evidence> = Vec::new();
    let mut spans: Map<usize, Option<(Instant, Instant)>> = Map::new();
    let mut cut: Set<usize> = Set::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(index) = line.strip_prefix("input ") {
            input = index.parse().unwrap();
            continue;
        }
        if let Some(index) = line.strip_prefix("empty ") {
            spans.insert(index.parse().unwrap(), None);
            continue;
        }
        number += 1;
        let step = Step::parse(line, number);
        if step.has("cut") {
            cut.insert(input);
        }
        let end = step.end();
        let span = spans.entry(input).or_default();
        *span = Some(span.map_or((step.at, end), |(a, b)| (a.min(step.at), b.max(end))));
        facts.push(Evidence::new(
            Some(step.at),
            Source::Packet { input, number },
            step.fact(),
        ));
    }
    for (index, span) in spans {
        let in_this = |one: &&Evidence| one.source.input() == Some(index);
        let cut = cut.contains(&index).into();
        let summary = CaptureSummary {
            cut,
            packets: facts.iter().filter(in_this).count() as u64,
            first: span.map(|(first, _)| first),
            last: span.map(|(_, last)| last),
            ..CaptureSummary::default()
        };
        facts.push(Evidence::new(
            summary.first,
            Source::Input { input: index },
            Fact::Capture(summary),
        ));
    }
    facts
}

/// Codes of what is found in `text`, in their order.
pub(crate) fn codes(text: &str) -> Vec<&'static str> {
    let diagnosis = diagnose(&ladder(text));
    diagnosis
        .findings
        .iter()
        .map(|finding| finding.code)
        .collect()
}

/// The finding of `code` in `text`.
pub(crate) fn found(text: &str, code: &str) -> Finding {
    let findings = diagnose(&ladder(text)).findings;
    let codes: Vec<&str> = findings.iter().map(|finding| finding.code).collect();
    let found = findings.iter().find(|finding| finding.code == code);
    found
        .unwrap_or_else(|| panic!("{code} is not among {codes:?}"))
        .clone()
}

/// The cause that the verdict on `text` names.
pub(crate) fn cause(text: &str) -> Option<&'static str> {
    diagnose(&ladder(text)).verdict.cause
}

struct Step<'t> {
    number: u64,
    at: Instant,
    route: Route,
    kind: &'t str,
    words: Vec<&'t str>,
    /// What stands in braces.
    inside: Option<Vec<&'t str>>,
}

impl<'t> Step<'t> {
    fn parse(line: &'t str, number: u64) -> Self {
        let mut words = line.split_whitespace();
        let at = seconds(words.next().unwrap());
        let route = route(words.next().unwrap());
        let kind = words.next().unwrap();
        let all: Vec<&str> = words.collect();
        let (mut words, mut inside) = (all.clone(), None);
        if let Some(open) = all.iter().position(|word| *word == "{") {
            let close = all.iter().position(|word| *word == "}").unwrap();
            inside = Some(all[open + 1..close].to_vec());
            words = [&all[..open], &all[close + 1..]].concat();
        }
        Self {
            number,
            at,
            route,
            kind,
            words,
            inside,
        }
    }

    /// What the braces hold, as a step of its own.
    fn opened(&self) -> Option<Content> {
        let mut words = self.inside.clone()?;
        words.push("opened");
        let step = Self {
            words,
            inside: None,
            ..*self
        };
        Some(step.content())
    }

    fn values(&self, key: &str) -> impl Iterator<Item = &'t str> {
        self.words
            .iter()
            .filter_map(move |word| word.strip_prefix(key)?.strip_prefix('='))
    }

    fn spi(&self, key: &str) -> Option<u32> {
        Some(u32::from_str_radix(self.value(key)?, 16).unwrap())
    }

    fn times(&self, key: &str) -> u64 {
        self.value(key).map_or(0, |n| n.parse().unwrap())
    }

    fn value(&self, key: &str) -> Option<&'t str> {
        self.words
            .iter()
            .find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
    }

    fn has(&self, word: &str) -> bool {
        self.words.contains(&word)
    }

    fn number_after(&self, sign: char) -> Option<u64> {
        self.words
            .iter()
            .find_map(|word| word.strip_prefix(sign)?.parse().ok())
    }

    fn copies(&self) -> u64 {
        self.number_after('x').unwrap_or(1)
    }

    fn end(&self) -> Instant {
        if let Some(until) = self.value("until") {
            return seconds(until);
        }
        let every = seconds(self.value("every").unwrap_or("0.001")).as_micros();
        Instant::from_micros(self.at.as_micros() + every * (self.copies() - 1))
    }

    fn tally(&self) -> Tally {
        let mut tally = Tally::new(self.route, self.at);
        tally.packets = self.copies();
        tally.last = self.end();
        tally
    }

    fn fact(&self) -> Fact {
        match self.kind {
            "ESP" | "AH" => Fact::Protected(Box::new(self.flow())),
            "ICMP" => Fact::Icmp(Box::new(self.icmp())),
            "CLEAR" => Fact::Clear(Box::new(self.clear())),
            "OUT" => Fact::Outline(Box::new(self.outline())),
            "KEEPALIVE" => Fact::Keepalives(self.tally()),
            "LOST" => {
                let mut lost = IncompleteDatagram::new(self.tally(), 17, 1200, 1, place("udp"));
                lost.has_first = true;
                lost.ike = self.has("ike").then_some((1, 1));
                Fact::IncompleteDatagram(Box::new(lost))
            }
            _ => Fact::Ike(Box::new(self.ike())),
        }
    }

    fn flow(&self) -> ProtectedFlow {
        let spi = self.spi("spi").unwrap_or(1);
        let first = self.value("seq").map_or(1, |seq| seq.parse().unwrap());
        let mut flow =
            ProtectedFlow::new(self.tally(), self.kind == "AH", spi, first, place("esp"));
        flow.last_sequence = first + u32::try_from(self.copies()).unwrap() - 1;
        flow.udp_encapsulated = self.route.from.port() == 4500;
        flow.largest = self.value("size").map_or(156, |size| size.parse().unwrap());
        flow.fragmented = self.value("frag").map_or(0, |n| n.parse().unwrap());
        flow.missing = self.value("missing").map_or(0, |n| n.parse().unwrap());
        flow.last_sequence += u32::try_from(flow.missing).unwrap();
        for _ in 0..self.value("dup").map_or(0, |n| n.parse().unwrap()) {
            flow.repeated.add(self.number);
        }
        for _ in 0..self.value("reused").map_or(0, |n| n.parse().unwrap()) {
            flow.reused.add(self.number);
        }
        flow.longest_gap = self.value("gap").map(|gap| {
            let (from, to) = gap.split_once('-').unwrap();
            (seconds(from), seconds(to))
        });
        flow.opening = self.opening().map(Box::new);
        flow
    }

    /// What keys opened of a flow, if the line speaks of it.
    fn opening(&self) -> Option<Opening> {
        let keys = ["ok", "icv", "pad", "wrongkey", "nokey", "inner"];
        keys.iter().find(|key| self.value(key).is_some())?;
        let mut opening = Opening {
            verified: self.times("ok"),
            no_key: self.times("nokey"),
            without_integrity: self.has("nointeg"),
            ..Opening::default()
        };
        if opening.without_integrity {
            opening.unchecked = core::mem::take(&mut opening.verified);
        }
        for (key, faults) in [
            ("icv", &mut opening.wrong_icv),
            ("pad", &mut opening.wrong_padding),
            ("wrongkey", &mut opening.wrong_key),
        ] {
            (0..self.times(key)).for_each(|_| faults.add(self.number));
        }
        for inner in self.values("inner") {
            let (from, to) = inner.split_once('>').unwrap();
            let (from, to) = (address(from), address(to));
            let mut flow = InnerFlow::new(from, to, 1, self.number);
            flow.packets = opening.opened();
            opening.tunnelled = opening.opened();
            opening.inner.push(flow);
        }
        Some(opening)
    }

    fn outline(&self) -> PacketOutline {
        let number = |key| self.value(key).map(|n| n.parse().unwrap());
        let proto = number("proto").unwrap_or(17);
        let mut outline = PacketOutline::new(self.route, u8::try_from(proto).unwrap());
        outline.payload_len = number("len").map(|len| len as usize);
        outline.ip_id = number("id").map(|id| u16::try_from(id).unwrap());
        outline.dont_fragment = Some(self.has("df"));
        outline.said_phase = number("phase").map(|n| u8::try_from(n).unwrap());
        outline.tcp = (proto == 6).then(|| TcpOutline {
            syn: self.has("syn"),
            sequence: number("seq"),
            ack: number("ack"),
            ..TcpOutline::default()
        });
        outline
    }

    fn icmp(&self) -> IcmpError {
        let (kind, code) = self.words[0].split_once('/').unwrap();
        let type_code: (u8, u8) = (kind.parse().unwrap(), code.parse().unwrap());
        let kind = match type_code {
            (3, 2) => IcmpErrorKind::ProtocolUnreachable,
            (3, 3) => IcmpErrorKind::PortUnreachable,
            (3, 4) => IcmpErrorKind::TooBig(self.value("mtu").map(|mtu| mtu.parse().unwrap())),
            (3, 9 | 10 | 13) => IcmpErrorKind::Prohibited,
            (3, 0 | 1) => IcmpErrorKind::HostUnreachable,
            (11, code) => IcmpErrorKind::TimeExceeded {
                reassembly: code == 1,
            },
            _ => IcmpErrorKind::Other,
        };
        let about = route(self.value("about").unwrap());
        let protocol = if self.has("esp") { 50 } else { 17 };
        IcmpError::new(
            self.tally(),
            kind,
            type_code,
            about,
            protocol,
            place("icmp"),
        )
    }

    fn clear(&self) -> ClearFlow {
        let protocol = match self.words[0] {
            "icmp" => 1,
            "tcp" => 6,
            _ => 17,
        };
        let mut flow = ClearFlow::new(self.tally(), protocol, 84, place("ip"));
        if protocol == 1 {
            flow.echo = Some(if self.has("reply") {
                Echo::Reply
            } else {
                Echo::Request
            });
        }
        if self.has("syn") {
            flow.syn = self.copies();
        }
        flow
    }

    fn exchange(&self) -> Exchange {
        match self.kind {
            "INIT" => Exchange::V2(ike::ExchangeType::IKE_SA_INIT),
            "AUTH" => Exchange::V2(ike::ExchangeType::IKE_AUTH),
            "CHILD" => Exchange::V2(ike::ExchangeType::CREATE_CHILD_SA),
            "INFO" => Exchange::V2(ike::ExchangeType::INFORMATIONAL),
            "MAIN" => Exchange::V1(isakmp::ExchangeType::IDENTITY_PROTECTION),
            "AGGR" => Exchange::V1(isakmp::ExchangeType::AGGRESSIVE),
            "QUICK" => Exchange::V1(isakmp::ExchangeType::QUICK_MODE),
            "INFO1" => Exchange::V1(isakmp::ExchangeType::INFORMATIONAL),
            "TRANS" => Exchange::V1(isakmp::ExchangeType::TRANSACTION),
            other => panic!("{other}"),
        }
    }

    /// In IKEv2 requests with an even role letter come from the initiator:
    /// `q`/`r` of the SA that `a` opened, unless `by=b`.
    fn ike(&self) -> IkeMessage {
        let exchange = self.exchange();
        let opener = self
            .value("by")
            .map_or_else(|| self.default_opener(), address);
        let by_initiator = self.route.from.ip() == opener;
        let response = match exchange {
            Exchange::V2(_) => self.number_after('r').is_some(),
            Exchange::V1(_) => !by_initiator,
        };
        let id = self
            .number_after('q')
            .or_else(|| self.number_after('r'))
            .or_else(|| self.number_after('m'))
            .unwrap_or(0);
        let spi_i = self.value("spi").map_or(1, |spi| spi.parse().unwrap());
        let first_message = by_initiator
            && !response
            && (matches!(self.kind, "INIT") || self.value("sa").is_some());
        let mut seen = Seen::once(self.number, self.at);
        let every = seconds(self.value("every").unwrap_or("0.001")).as_micros();
        for copy in 1..self.copies() {
            let at = Instant::from_micros(self.at.as_micros() + every * copy);
            seen.again(self.number + copy * 1000, at);
        }
        let mut sealed = self.sealed();
        let inside = self.opened();
        if let Some(sealed) = &mut sealed {
            sealed.unsealing = inside.is_some().then_some(Unsealing::Verified).or_else(|| {
                Some(match self.value("closed")? {
                    "wrongkey" => Unsealing::Failed(UnsealFault::WrongKey),
                    "icv" => Unsealing::Failed(UnsealFault::WrongIcv),
                    _ => Unsealing::NoKey,
                })
            });
        }
        IkeMessage {
            route: self.route,
            minor_version: self
                .value("minor")
                .map_or(0, |minor| minor.parse().unwrap()),
            spi_i,
            spi_r: if first_message { 0 } else { spi_i + 1000 },
            exchange,
            message_id: u32::try_from(id).unwrap(),
            by_initiator,
            response,
            len: self.len(sealed.as_ref()),
            non_esp_marker: self.route.to.port() == 4500,
            ip_fragments: self.value("ipfrag").map_or(0, |n| n.parse().unwrap()),
            fragment: self.value("part").map(|part| {
                let (number, total) = part.split_once('/').unwrap();
                (number.parse().unwrap(), total.parse().unwrap())
            }),
            cut: self.has("cut"),
            untold: Untold::default(),
            seen,
            content: self.content(),
            sealed,
            inside: inside.map(Box::new),
            proofs: self.values("proof").map(proof).collect(),
            fault: self.has("fault").then(|| {
                let kind = DecodeErrorKind::Truncated { need: 4, have: 0 };
                crate::evidence::Fault::new(
                    DecodeError::new(28, "length", kind),
                    place("ike.payload[0]"),
                )
            }),
            oddities: self.value("odd").map(oddity).into_iter().collect(),
            place: place("ike"),
        }
    }

    /// Who opened the SA: `a`, unless the SPI is even.
    fn default_opener(&self) -> IpAddr {
        let spi: u64 = self.value("spi").map_or(1, |spi| spi.parse().unwrap());
        let b = address("b");
        if spi.is_multiple_of(2) {
            return b;
        }
        if self.route.from.ip() == b {
            self.route.to.ip()
        } else {
            self.route.from.ip()
        }
    }

    fn len(&self, sealed: Option<&Sealed>) -> usize {
        let fallback = sealed.map_or(200, |sealed| sealed.len + 28);
        self.value("len")
            .map_or(fallback, |len| len.parse().unwrap())
    }

    fn sealed(&self) -> Option<Sealed> {
        if let Some(inner) = self.value("in") {
            let (first, len) = inner.split_once(':').unwrap();
            let len: usize = len.parse().unwrap();
            let first = first.parse().unwrap();
            return Some(Sealed::new(
                Some(first),
                len + 40,
                Some(len.saturating_sub(7)..=len + 8),
                false,
                place("ike.sk"),
            ));
        }
        let len = self.number_after('*')?;
        let len = usize::try_from(len).unwrap();
        let first = self
            .value("first")
            .map_or(8, |first| first.parse().unwrap());
        let inner = len.saturating_sub(28);
        Some(Sealed::new(
            Some(first),
            inner,
            Some(inner.saturating_sub(16)..=inner),
            false,
            place("isakmp.encrypted"),
        ))
    }

    fn content(&self) -> Content {
        let mut content = Content::default();
        let v1 = matches!(self.exchange(), Exchange::V1(_));
        let init = self.kind == "INIT" && self.value("n").is_none_or(|n| n.starts_with("16"));
        let default_sa = init.then_some("aes256-sha256-prfsha256-modp2048");
        if let Some(sa) = self.value("sa").or(default_sa) {
            content.proposals = sa.split('+').map(|sa| proposal(sa, v1)).collect();
            content.proposals_at = Some(place("ike.sa"));
            content.payloads.push(if v1 { 1 } else { 33 });
        }
        if init || self.has("ke") || self.value("ke").is_some() {
            let group = self.value("ke").map_or(14, |group| group.parse().unwrap());
            let group = (!v1).then_some(ike::KeyExchange(group));
            let zero = self.has("zero");
            content.key_exchange = Some(KeyExchange::new(group, 256, zero, place("ike.ke")));
            content.payloads.push(if v1 { 4 } else { 34 });
        }
        for word in self.words.iter().filter_map(|word| word.strip_prefix("n=")) {
            let (number, data) = word.split_once(':').unwrap_or((word, ""));
            let number: u16 = number.parse().unwrap();
            let data: Vec<u8> = (0..data.len() / 2)
                .map(|i| u8::from_str_radix(&data[2 * i..2 * i + 2], 16).unwrap())
                .collect();
            let name = if v1 {
                isakmp::NotifyType(number).to_string()
            } else {
                ike::NotifyType(number).to_string()
            };
            let mut notify = Notify::in_clear(
                number,
                name,
                number < 16384,
                &[],
                &data,
                place("ike.notify"),
            );
            notify.authenticated = self.has("opened");
            content.notifies.push(notify);
        }
        for word in self
            .words
            .iter()
            .filter_map(|word| word.strip_prefix("nat="))
        {
            let (end, result) = word.split_once(':').unwrap();
            let source = end == "src";
            let address = if source {
                self.route.from
            } else {
                self.route.to
            };
            let mut hash = NatDetection::new(source, address, Vec::new(), place("ike.notify"));
            hash.matches = Some(result == "ok");
            content.nat_detection.push(hash);
        }
        if self.has("certreq") {
            content
                .certificate_requests
                .push(ike::CertEncoding::X509_SIGNATURE);
        }
        if self.has("hash") {
            content.hash_len = Some(32);
        }
        if self.has("delete") {
            content
                .deletes
                .push(Delete::new(SaProtocol::Esp, Vec::new()));
        }
        self.opened_content(&mut content);
        content
    }

    /// What only an opened message shows.
    fn opened_content(&self, content: &mut Content) {
        let payloads = self.value("payloads").into_iter();
        let payloads = payloads.flat_map(|all| all.split('+'));
        content
            .payloads
            .extend(payloads.map(|n| n.parse::<u8>().unwrap()));
        if let Some(esp) = self.value("esp") {
            content
                .proposals
                .extend(esp.split('+').map(|text| Proposal {
                    protocol: SaProtocol::Esp,
                    spi: self.spi("at").unwrap_or(7).to_be_bytes().to_vec(),
                    ..proposal(text, false)
                }));
            content.proposals_at = Some(place("ike.sa"));
        }
        for (key, of_initiator) in [("idi", true), ("idr", false)] {
            content.identities.extend(self.values(key).map(|name| {
                let kind = String::from("ID_FQDN");
                Identity::new(of_initiator, kind, name.into(), place("ike.id"))
            }));
        }
        if let (Some(tsi), Some(tsr)) = (self.value("tsi"), self.value("tsr")) {
            content.selectors = Some(Selectors {
                initiator: tsi.split('+').map(selector).collect(),
                responder: tsr.split('+').map(selector).collect(),
                place: place("ike.ts"),
            });
        }
        if let Some(spi) = self.spi("rekey") {
            let number = ike::NotifyType::REKEY_SA.0;
            let (name, spi) = (String::from("REKEY_SA"), spi.to_be_bytes());
            let notify = Notify::in_clear(number, name, false, &spi, &[], place("ike.notify"));
            content.notifies.push(notify);
        }
        content.auth = self
            .value("auth")
            .map(|n| ike::AuthMethod(n.parse().unwrap()));
        content.configuration.extend(self.values("cp").map(|one| {
            let (name, value) = one.split_once(':').unwrap();
            (name.into(), value.into())
        }));
        content
            .deletes
            .extend(self.values("delete").map(|one| match one {
                "ike" => Delete::new(SaProtocol::Ike, Vec::new()),
                esp => {
                    let spi = u32::from_str_radix(esp.strip_prefix("esp:").unwrap(), 16).unwrap();
                    Delete::new(SaProtocol::Esp, Vec::from([spi.to_be_bytes().to_vec()]))
                }
            }));
        content
            .certificates
            .extend(self.values("cert").map(certificate));
    }
}

/// `i:fails:3`, `r:holds:office`: by whom, the verdict, and how many keys were
/// tried or which one fits.
fn proof(text: &str) -> Proof {
    let mut parts = text.split(':');
    let by_initiator = parts.next().unwrap() == "i";
    let holds = parts.next().unwrap() == "holds";
    let tried = parts.next().unwrap();
    let verdict = match holds {
        true => Verdict::Holds,
        false => Verdict::Fails,
    };
    let mut proof = Proof::new(
        Proven::SharedKeyAuth,
        by_initiator,
        verdict,
        place("ike.auth"),
    );
    proof.tried = Some(Tried {
        candidates: tried.parse().unwrap_or(2),
        fits: holds.then(|| tried.into()),
    });
    proof
}

/// `10.1.0.0/24`, `10.1.0.9`, `10.1.0.0/24:80` for one port.
pub(crate) fn selector(text: &str) -> Selector {
    let (text, port) = match text.split_once(':') {
        Some((text, port)) => (text, port.parse().ok()),
        None => (text, None),
    };
    let (network, len) = text.split_once('/').unwrap_or((text, "32"));
    let IpAddr::V4(network) = address(network) else {
        panic!("{text}")
    };
    let host = u32::MAX
        .checked_shr(len.parse().unwrap())
        .unwrap_or_default();
    let last = core::net::Ipv4Addr::from_bits(network.to_bits() | host);
    Selector {
        addresses: (network.into(), last.into()),
        protocol: if port.is_some() { 6 } else { 0 },
        ports: port.map_or((0, u16::MAX), |port| (port, port)),
    }
}

/// A certificate that is `ok`, or has the fault that its name says.
fn certificate(fault: &str) -> Certificate {
    let faults = match fault {
        "ok" => Vec::new(),
        "expired" => Vec::from([CertificateFault::Expired]),
        "notyet" => Vec::from([CertificateFault::NotYetValid]),
        "issuer" => Vec::from([CertificateFault::UnknownIssuer]),
        "name" => Vec::from([CertificateFault::OtherIdentity("other.example".into())]),
        "revoked" => Vec::from([CertificateFault::Revoked(1_720_000_000)]),
        other => panic!("{other}"),
    };
    let mut certificate = Certificate::new(ike::CertEncoding::X509_SIGNATURE, place("ike.cert"));
    certificate.x509 = Some(X509 {
        subject: "C=CH, CN=gw".into(),
        issuer: "CN=Example CA".into(),
        serial: "0a".into(),
        not_before: 1_700_000_000,
        not_after: 1_800_000_000,
        names: Vec::from(["DNS:other.example".into()]),
        faults,
        ..X509::default()
    });
    certificate
}

fn oddity(word: &str) -> Oddity {
    let kind = match word {
        "reserved" => OddityKind::ReservedNotZero,
        "minor" => OddityKind::MinorVersion,
        "spi0" => OddityKind::InitiatorSpiZero,
        "twice" => OddityKind::DuplicateAttribute,
        "unknown" => OddityKind::UnknownTransform,
        "zero" => OddityKind::ZeroPublicValue,
        "critical" => OddityKind::UnknownCriticalPayload,
        "payload" => OddityKind::UnexpectedPayload,
        other => panic!("{other}"),
    };
    Oddity::new(kind, place("ike.sa"))
}

/// `aes256-sha256-prfsha256-modp2048`, in IKEv1 `aes256-sha256-psk-modp2048-l3600`.
fn proposal(text: &str, v1: bool) -> Proposal {
    let transforms = text.split('-').map(|word| transform(word, v1)).collect();
    Proposal {
        number: 1,
        protocol: SaProtocol::Ike,
        spi: Vec::new(),
        transforms,
    }
}

fn transform(word: &str, v1: bool) -> Transform {
    use TransformKind as Kind;
    let (kind, id, key_bits) = match word {
        "des" => (Kind::Encryption, if v1 { 1 } else { 2 }, None),
        "3des" => (Kind::Encryption, if v1 { 5 } else { 3 }, None),
        "aes128" => (Kind::Encryption, if v1 { 7 } else { 12 }, Some(128)),
        "aes256" => (Kind::Encryption, if v1 { 7 } else { 12 }, Some(256)),
        "md5" => (if v1 { Kind::Prf } else { Kind::Integrity }, 1, None),
        "sha1" => (if v1 { Kind::Prf } else { Kind::Integrity }, 2, None),
        "sha256" if v1 => (Kind::Prf, 4, None),
        "sha256" => (Kind::Integrity, 12, None),
        "gcm256" => (Kind::Encryption, 20, Some(256)),
        "null" => (Kind::Encryption, 11, None),
        "noesn" => (Kind::Esn, 0, None),
        "l1h" => (Kind::LifeSeconds, 3600, None),
        "l8h" => (Kind::LifeSeconds, 28800, None),
        "prfmd5" => (Kind::Prf, 1, None),
        "prfsha1" => (Kind::Prf, 2, None),
        "prfsha256" => (Kind::Prf, 5, None),
        "modp768" => (Kind::KeyExchange, 1, None),
        "modp1024" => (Kind::KeyExchange, 2, None),
        "modp1536" => (Kind::KeyExchange, 5, None),
        "modp2048" => (Kind::KeyExchange, 14, None),
        "ecp256" => (Kind::KeyExchange, 19, None),
        "psk" => (Kind::Authentication, 1, None),
        "rsa" => (Kind::Authentication, 3, None),
        "xauth" => (Kind::Authentication, 65001, None),
        other => panic!("{other}"),
    };
    Transform {
        kind,
        id,
        key_bits,
        name: word.to_uppercase(),
    }
}

fn seconds(text: &str) -> Instant {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let micros: u32 = format!("{part:0<6}").parse().unwrap();
    Instant::from_seconds(whole.parse().unwrap(), micros)
}

fn address(name: &str) -> IpAddr {
    let address = match name {
        "a" => "192.0.2.10",
        "b" => "198.51.100.20",
        "c" => "198.51.100.30",
        "n" => "198.51.100.1",
        "r" => "192.0.2.1",
        "h" => "10.1.0.1",
        "k" => "10.2.0.1",
        "s" => "203.0.113.80",
        other => other,
    };
    address.parse().unwrap()
}

/// `a>b`, `a>b@4500`, `a:1024>b:500`.
fn route(text: &str) -> Route {
    let (text, port) = text.split_once('@').unwrap_or((text, "500"));
    let end = |text: &str| {
        let (name, port) = text.split_once(':').unwrap_or((text, port));
        SocketAddr::new(address(name), port.parse().unwrap())
    };
    let (from, to) = text.split_once('>').unwrap();
    Route {
        from: end(from),
        to: end(to),
    }
}

fn place(field: &str) -> Place {
    Place::new(String::from(field), 42..50, &[0xaa; 64])
}
