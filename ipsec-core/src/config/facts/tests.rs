use super::*;
use crate::config::model::{
    Association, Attachment, Dialect, Filled, Filter, FilterRule, Mode, Policy, Traffic,
};
use crate::config::{Span, Spanned, read};
use crate::evidence::{Effect, Topic};
use crate::sa::selector::Ports;
use crate::wire::registry::ike::TransformType;
use alloc::format;
use alloc::string::String;

fn facts(models: &[Model]) -> Vec<Configured> {
    of_sides(&Side::each(models))
}

fn of_sides(sides: &[Side<'_>]) -> Vec<Configured> {
    let each = evidence(sides).into_iter().map(|one| {
        let Fact::Configured(fact) = one.fact else {
            panic!("{:?}", one.fact);
        };
        *fact
    });
    each.collect()
}

fn model(input: usize, file: &str) -> Model {
    let model = read(input, file.as_bytes()).unwrap();
    assert_eq!(model.errors, [], "{file}");
    model
}

/// A gateway at `own` whose peer is at `peer`.
fn gateway(input: usize, own: &str, peer: &str, more: &str, child: &str) -> Model {
    let file = format!(
        "connections {{\n c {{\n local_addrs = {own}\n remote_addrs = {peer}\n {more}\n \
         children {{\n n {{\n {child}\n }}\n }}\n }}\n}}\n"
    );
    model(input, &file)
}

fn topics(facts: &[Configured]) -> Vec<(Topic, Effect)> {
    facts.iter().map(|fact| (fact.topic, fact.effect)).collect()
}

fn span(line: usize) -> Span {
    Span {
        input: 0,
        line,
        column: 1,
        offset: line,
        len: 1,
    }
}

fn named(text: &str, line: usize) -> Spanned<String> {
    Spanned {
        value: text.into(),
        span: span(line),
    }
}

fn traffic(text: &str) -> Traffic {
    Traffic::of(Some(text.parse().unwrap()))
}

#[test]
fn one_configuration_by_itself() {
    let old = gateway(
        0,
        "192.0.2.1",
        "%any",
        "version = 1\n aggressive = yes\n proposals = 3des-md5-modp768\n \
         local {\n auth = psk\n }\n remote {\n auth = psk\n }",
        "rekey_time = 2h\n life_time = 1h\n ah_proposals = sha256",
    );
    let told = topics(&facts(core::slice::from_ref(&old)));
    for expected in [
        (Topic::AggressiveSharedKey, Effect::Weakens),
        (Topic::SoftLifetime, Effect::FailsLater),
        (Topic::PfsAbsent, Effect::Harmless),
        (Topic::DynamicPeer, Effect::Harmless),
        (Topic::AuthenticationHeader, Effect::Weakens),
        (Topic::WeakSuite, Effect::Weakens),
        (Topic::Connection, Effect::Harmless),
    ] {
        assert!(told.contains(&expected), "{expected:?} in {told:?}");
    }
    let plain = gateway(
        0,
        "192.0.2.1",
        "192.0.2.2",
        "version = 2",
        "esp_proposals = aes128",
    );
    let told = facts(&[plain]);
    let open = told.iter().find(|fact| fact.topic == Topic::NoIntegrity);
    assert!(open.unwrap().detail.contains("(AES128)"), "{told:?}");
    assert!(!topics(&told).contains(&(Topic::WeakSuite, Effect::Weakens)));
}

#[test]
fn what_the_device_fills_in_is_no_ones_choice() {
    let mut model = gateway(
        0,
        "192.0.2.1",
        "192.0.2.2",
        "proposals = des-sha1-modp768",
        "",
    );
    let proposal = model.connections[0].proposals[0].span().unwrap();
    let kinds = [TransformType::ENCR, TransformType::KE];
    model.filled = kinds.map(|kind| Filled { proposal, kind }).into();
    let told = facts(core::slice::from_ref(&model));
    let filled = told
        .iter()
        .find(|fact| fact.topic == Topic::WeakDefaults)
        .unwrap();
    assert!(
        filled
            .detail
            .contains("fills in DES (RFC 8247: MUST NOT), MODP768"),
        "{filled:?}"
    );
    assert_eq!(filled.places[1].line, None);
    assert!(told.iter().all(|fact| fact.topic != Topic::WeakSuite));
    let lax = evidence_under(Profile::LegacyOk, &Side::each(&[model]));
    assert!(!format!("{lax:?}").contains("WeakDefaults"));
}

#[test]
fn ends_are_found_among_several_devices_in_any_order() {
    let child = |here: &str, there: &str| format!("local_ts = {here}\n remote_ts = {there}");
    let mut hub = gateway(
        0,
        "192.0.2.1",
        "192.0.2.2",
        "",
        &child("10.1.0.0/24", "10.2.0.0/24"),
    );
    let other = gateway(
        0,
        "192.0.2.1",
        "192.0.2.3",
        "",
        &child("10.1.0.0/24", "10.3.0.0/24"),
    );
    hub.connections.extend(other.connections);
    let two = gateway(
        1,
        "192.0.2.2",
        "192.0.2.1",
        "",
        &child("10.2.0.0/24", "10.1.0.0/24"),
    );
    let three = gateway(
        2,
        "192.0.2.3",
        "192.0.2.1",
        "",
        &child("10.9.0.0/24", "10.1.0.0/24"),
    );
    let far = gateway(3, "203.0.113.1", "203.0.113.2", "", "");
    let models = [hub, two, three, far];
    let told = facts(&models);
    let ends = |topic: Topic| -> Vec<String> {
        let of_topic = told.iter().filter(|fact| fact.topic == topic);
        of_topic
            .map(|fact| format!("{:?}{:?}", fact.ends.asking, fact.ends.answering))
            .collect()
    };
    assert_eq!(ends(Topic::Selectors), ["[192.0.2.1][192.0.2.3]"]);
    assert_eq!(
        ends(Topic::Connection),
        ["[192.0.2.1][192.0.2.2]", "[203.0.113.1][203.0.113.2]"]
    );
    let turned: Vec<Model> = models.into_iter().rev().collect();
    let mut again: Vec<String> = facts(&turned).into_iter().map(|fact| fact.detail).collect();
    let mut first: Vec<String> = told.into_iter().map(|fact| fact.detail).collect();
    first.sort();
    again.sort();
    assert_eq!(first, again);
}

#[test]
fn what_fails_in_one_direction_alone_is_told_so() {
    let both = gateway(0, "192.0.2.1", "192.0.2.2", "version = 0", "");
    let old = gateway(1, "192.0.2.2", "192.0.2.1", "version = 1", "");
    let told = facts(&[both.clone(), old]);
    let version = told
        .iter()
        .find(|fact| fact.topic == Topic::Version)
        .unwrap();
    assert_eq!(version.effect, Effect::Differs);
    assert!(
        version
            .detail
            .ends_with("when 192.0.2.1 begins, only when 192.0.2.2 does."),
        "{version:?}"
    );
    let passive = gateway(1, "192.0.2.2", "%any", "version = 1", "");
    let told = topics(&facts(&[both, passive]));
    assert!(told.contains(&(Topic::Version, Effect::Fails)), "{told:?}");
}

#[test]
fn keys_lie_beside_configurations() {
    let conf = |own: &str, peer: &str| {
        format!("conn c\n authby=secret\n left={own}\n right={peer}\n ikev2=yes\n")
    };
    let a = model(0, &conf("192.0.2.1", "192.0.2.2"));
    let b = model(1, &conf("192.0.2.2", "192.0.2.1"));
    let keys =
        |input: usize, text: &str| model(input, &format!("192.0.2.1 192.0.2.2 : PSK {text}\n"));
    let told = |one: &str, other: &str| {
        let (first, second) = (keys(2, one), keys(3, other));
        let sides = [
            Side::new([&a, &first].into()),
            Side::new([&b, &second].into()),
        ];
        let facts = of_sides(&sides);
        let shown = format!("{facts:?}");
        assert!(
            !shown.contains("sesame") && !shown.contains("7365"),
            "{shown}"
        );
        facts
            .into_iter()
            .find(|fact| fact.topic == Topic::SharedKey)
    };
    assert_eq!(
        told("\"sesame-77\"", "0x736573616d652d3737"),
        None,
        "two spellings"
    );
    let differ = told("\"sesame-77\"", "\"sesame-78\"").unwrap();
    assert!(
        differ
            .detail
            .contains("192.0.2.1 (9 bytes) and 192.0.2.2 (9 bytes)"),
        "{differ:?}"
    );
    assert_eq!(differ.repairs.len(), 2);
    assert!(differ.repairs.iter().all(|repair| repair.patch.is_none()));
    let spaced = told("\"sesame-77 \"", "\"sesame-77\"").unwrap();
    assert!(spaced.detail.contains("only in white space"), "{spaced:?}");
    let stranger = model(3, "192.0.2.8 192.0.2.9 : PSK \"sesame-77\"\n");
    let first = keys(2, "\"sesame-77\"");
    let sides = [
        Side::new([&a, &first].into()),
        Side::new([&b, &stranger].into()),
    ];
    let told = topics(&of_sides(&sides));
    assert!(
        told.contains(&(Topic::SharedKeyMissing, Effect::Fails)),
        "{told:?}"
    );
    let told = topics(&facts(&[a.clone(), b.clone()]));
    assert!(
        told.iter()
            .all(|(topic, _)| *topic != Topic::SharedKeyMissing),
        "they lie elsewhere"
    );
}

#[test]
fn filters_and_what_they_drop() {
    let mut model = gateway(0, "192.0.2.1", "198.51.100.2", "", "");
    model.dialect = Dialect::CiscoIos;
    model.connections[0].attachment = Attachment::At([named("Ethernet0", 4)].into());
    let any = Traffic::of(None);
    let of = |protocol: u8, port: Option<u16>| Traffic {
        protocol,
        ports: port.map_or(Ports::ANY, |port| Ports::new(port, port).unwrap()),
        ..any
    };
    let mut filter = Filter::new(named("outside", 20));
    filter.interfaces.push(named("Ethernet0", 5));
    filter.rules = [
        FilterRule::new(true, of(17, None), of(17, Some(500)), span(21)),
        FilterRule::new(true, of(6, None), of(6, Some(50)), span(22)),
        FilterRule::new(false, any, any, span(23)),
        FilterRule::new(true, of(1, None), of(1, None), span(24)),
    ]
    .into();
    model.filters.push(filter);
    let told = facts(core::slice::from_ref(&model));
    let find = |topic: Topic| told.iter().find(|fact| fact.topic == topic).unwrap();
    let dropped = find(Topic::Filtered);
    assert!(
        dropped.detail.ends_with("drops ESP (IP protocol 50)."),
        "{dropped:?}"
    );
    let patch = dropped.repairs[0].patch.as_deref().unwrap();
    assert!(
        patch.ends_with("+permit esp host 198.51.100.2 host 192.0.2.1"),
        "{patch}"
    );
    let port = find(Topic::PortForProtocol);
    assert_eq!(port.places[0].line, Some(22));
    assert!(
        port.repairs[0]
            .patch
            .as_deref()
            .unwrap()
            .ends_with("+permit esp any any")
    );
    let order = find(Topic::Order);
    assert_eq!(
        (order.places[0].line, order.places[1].line),
        (Some(24), Some(23))
    );
    let esp = FilterRule::new(true, of(50, None), of(50, None), span(19));
    model.filters[0].rules.insert(0, esp);
    let told = topics(&facts(core::slice::from_ref(&model)));
    assert!(
        told.iter().all(|(topic, _)| *topic != Topic::Filtered),
        "{told:?}"
    );
    model.connections[0].attachment = Attachment::Nowhere;
    let told = topics(&facts(&[model]));
    assert!(
        told.contains(&(Topic::NotApplied, Effect::Fails)),
        "{told:?}"
    );
}

#[test]
fn tables_of_sas_and_policies() {
    let mut model = gateway(
        0,
        "192.0.2.9",
        "198.51.100.9",
        "",
        "local_ts = 10.1.0.0/16\n remote_ts = 10.2.0.0/16",
    );
    let row = |spi: u32, ends: [&str; 2], network: &str, table: &str, line: usize| {
        let spi = Spanned {
            value: spi,
            span: span(line),
        };
        let mut row = Association::new(spi, named(table, line));
        [row.from, row.to] = ends.map(|end| Some(end.parse().unwrap()));
        row.destination = Some(Spanned {
            value: network.parse().unwrap(),
            span: span(line),
        });
        row
    };
    let [one, other] = ["192.0.2.9", "198.51.100.9"];
    for table in ["a to b", "b to a"] {
        let line = if table == "a to b" { 30 } else { 40 };
        model
            .associations
            .push(row(4660, [one, other], "10.2.0.0/24", table, line));
        model
            .associations
            .push(row(22136, [other, one], "10.0.1.0/24", table, line + 1));
    }
    model
        .associations
        .push(row(7, [one, "203.0.113.7"], "10.2.0.0/16", "a to c", 50));
    let told = facts(core::slice::from_ref(&model));
    let of = |topic: Topic| told.iter().filter(move |fact| fact.topic == topic);
    assert!(
        of(Topic::SaTable)
            .next()
            .unwrap()
            .detail
            .contains("\"b to a\" is a copy")
    );
    let alone: Vec<_> = of(Topic::SaUnpaired).collect();
    assert_eq!(alone.len(), 1);
    let effects: Vec<_> = of(Topic::SelectorsOfSa).map(|fact| fact.effect).collect();
    assert_eq!(effects[..2], [Effect::Narrows, Effect::Fails]);
    let swapped = of(Topic::SelectorsOfSa).nth(1).unwrap();
    assert!(
        swapped.detail.contains("10.0.1.0/24")
            && swapped
                .detail
                .ends_with("like 10.1.0.0/16 with octets swapped."),
        "{swapped:?}"
    );
    let (here, there) = (traffic("10.1.0.0/16"), traffic("10.2.0.0/16"));
    let mut back = Policy::new(false, there, here, Mode::Tunnel, span(61));
    back.optional = true;
    model.policies = [Policy::new(true, here, there, Mode::Tunnel, span(60)), back].into();
    model.release = Some(named("12.0(6)T", 1));
    let told = facts(core::slice::from_ref(&model));
    let asymmetric = told
        .iter()
        .find(|fact| fact.topic == Topic::Asymmetric)
        .unwrap();
    assert!(
        asymmetric.places[1]
            .shows
            .ends_with("protected if possible"),
        "{asymmetric:?}"
    );
    assert!(topics(&told).contains(&(Topic::Release, Effect::Weakens)));
    model.policies[1].optional = false;
    assert!(
        topics(&facts(&[model]))
            .iter()
            .all(|(topic, _)| *topic != Topic::Asymmetric)
    );
}

#[test]
fn crowds_are_bounded() {
    let mut many = gateway(0, "192.0.2.1", "192.0.2.2", "", "");
    let one = many.connections[0].clone();
    many.connections = alloc::vec![one; CONNECTIONS_MAX + 1];
    let side = Side::new([&many].into());
    assert_eq!(side.connections().count(), CONNECTIONS_MAX);
    let other = many.clone();
    let told = facts(&[many, other]);
    let pairs = told
        .iter()
        .filter(|fact| fact.detail.contains("two ends of one"));
    assert_eq!(pairs.count(), 0, "too many pairs to be weighed");
}
