//! Heads of one frame: Ethernet, IPv4, UDP and ESP.
//!
//! `cargo bench -p ipsec-core --features capture --bench heads`

use core::hint::black_box;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ipsec_core::capture::{Link, Network};
use ipsec_core::wire::checksum::Sum;
use ipsec_core::wire::encap::{Encapsulated, classify};
use ipsec_core::wire::esp::Esp;
use ipsec_core::wire::ip::Ipv4;
use ipsec_core::wire::ip::{Ipv6, Packet};
use ipsec_core::wire::registry::ip::{LinkType, Protocol};
use ipsec_core::wire::tree::{SourceId, Tree, TreeBuilder};
use ipsec_core::wire::udp::Udp;
use ipsec_core::wire::upper::Upper;

/// A frame with an ESP packet of 1400 bytes in UDP.
fn esp_in_udp(v6: bool) -> Vec<u8> {
    let mut esp = vec![0xc0, 0xff, 0xee, 0x01, 0, 0, 0, 7];
    esp.resize(1400, 0x5a);
    let mut body = Vec::new();
    Udp::new(4500, 4500, &esp).encode(&mut body);
    body.extend(&esp);
    let mut frame = vec![2; 12];
    frame.extend(if v6 { [0x86, 0xdd] } else { [8, 0] });
    if v6 {
        let (a, b) = ([0x20; 16].into(), [0x21; 16].into());
        Ipv6::new(a, b, Protocol::UDP, &body).encode(&mut frame);
    } else {
        let (a, b) = ([192, 0, 2, 10].into(), [198, 51, 100, 20].into());
        Ipv4::new(a, b, Protocol::UDP, &body).encode(&mut frame);
    }
    frame.extend(&body);
    frame
}

/// What a scan wants to know of a frame.
fn scan(frame: &[u8]) -> Option<(u16, u32, u32)> {
    let link = Link::decode(LinkType::ETHERNET, frame).ok()?;
    if link.network() != Network::Ip {
        return None;
    }
    let packet = Packet::decode(link.payload()).ok()?;
    let Upper::Udp(udp) = packet.upper()? else {
        return None;
    };
    let Encapsulated::Esp(esp) = classify(udp.payload) else {
        return None;
    };
    let esp = Esp::decode(esp).ok()?;
    Some((udp.source_port, esp.spi, esp.sequence))
}

/// Every field of the frame.
fn tree(frame: &[u8], tree: &mut Tree) -> Option<usize> {
    tree.clear();
    let mut out = TreeBuilder::new(tree, SourceId::FRAME, 0);
    let link = Link::decode(LinkType::ETHERNET, frame).ok()?;
    link.lay_out(&mut out);
    let packet = Packet::decode(link.payload()).ok()?;
    packet.lay_out(&mut out);
    let Upper::Udp(udp) = packet.upper()? else {
        return None;
    };
    udp.lay_out(&mut out);
    let inner = classify(udp.payload);
    inner.lay_out(&mut out);
    let Encapsulated::Esp(esp) = inner else {
        return None;
    };
    Esp::decode(esp).ok()?.lay_out(&mut out);
    packet.lay_out_trailing(&mut out);
    Some(tree.nodes().len())
}

fn heads(c: &mut Criterion) {
    let mut group = c.benchmark_group("heads");
    for (name, v6) in [("v4", false), ("v6", true)] {
        let frame = esp_in_udp(v6);
        assert!(scan(&frame).is_some());
        group.throughput(Throughput::Bytes(frame.len() as u64));
        group.bench_function(format!("decode/{name}"), |b| {
            b.iter(|| scan(black_box(&frame)))
        });
        let mut fields = Tree::new();
        group.bench_function(format!("tree/{name}"), |b| {
            b.iter(|| tree(black_box(&frame), &mut fields));
        });
    }
    let frame = esp_in_udp(false);
    group.bench_function("checksum/1400", |b| {
        b.iter(|| Sum::new().bytes(black_box(&frame)).checksum());
    });
    group.finish();
}

criterion_group!(benches, heads);
criterion_main!(benches);
