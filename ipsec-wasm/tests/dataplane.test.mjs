// Two gateways in one process; what they seal is sealed as the standard says.

import assert from "node:assert/strict";
import { createDecipheriv } from "node:crypto";
import test from "node:test";
import { AhReceiver, AhSender, DataPlane, EspReceiver, EspSender, Policy, Tunnel } from "ipsec-wasm/dataplane";

const KEY = Uint8Array.from({ length: 20 }, (_, at) => at);
const LEFT = { address: "192.0.2.1", lan: "10.1.0.0/16", spi: 1 };
const RIGHT = { address: "198.51.100.1", lan: "10.2.0.0/16", spi: 2 };
const ANY = "0.0.0.0/0";

/** An IPv4 packet of a protocol from 10.1.0.1 to this address. */
function packet(to, protocol, data) {
  const bytes = new Uint8Array(20 + data);
  bytes.set([0x45, 0, bytes.length >> 8, bytes.length & 255, 0, 0, 0x40, 0, 64, protocol]);
  bytes.set([10, 1, 0, 1], 12);
  bytes.set(to, 16);
  let sum = 0;
  for (let at = 0; at < 20; at += 2) sum += (bytes[at] << 8) | bytes[at + 1];
  sum = 0xffff - ((sum & 0xffff) + (sum >> 16));
  bytes.set([sum >> 8, sum & 255], 10);
  return bytes;
}

function gateway(here, there, mtu) {
  const policies = [
    new Policy("lans", "protect", here.lan, there.lan),
    new Policy("no dns", "discard", ANY, ANY, 17).toPorts(53, 53),
    new Policy("rest", "bypass", ANY, ANY).oneWay("out"),
  ];
  const plane = new DataPlane(policies, 10);
  const sender = new EspSender(there.spi, "aes128gcm16", KEY);
  const receiver = new EspReceiver(here.spi, "aes128gcm16", KEY);
  const tunnel = new Tunnel(here.address, there.address);
  const child = plane.install(0, sender, receiver, 0, here.lan, there.lan, tunnel, mtu);
  return { plane, child };
}

test("ESP is what Node's own AES-GCM opens", () => {
  const sender = new EspSender(0xc0ffee, "aes128gcm16", KEY);
  const sealed = Buffer.from(sender.seal(0, Buffer.from("a datagram"), 17));
  assert.equal(sealed.readUInt32BE(0), 0xc0ffee);
  assert.deepEqual([sealed.readUInt32BE(4), sender.sent], [1, 1n]);
  const nonce = Buffer.concat([KEY.subarray(16), sealed.subarray(8, 16)]);
  const opener = createDecipheriv("aes-128-gcm", KEY.subarray(0, 16), nonce);
  opener.setAAD(sealed.subarray(0, 8));
  opener.setAuthTag(sealed.subarray(-16));
  const plain = Buffer.concat([opener.update(sealed.subarray(16, -16)), opener.final()]);
  assert.deepEqual(plain, Buffer.from("a datagram\x00\x11"));
});

test("an SA there and back, each number once", () => {
  const sender = new EspSender(7, "aes256-sha256-esn", new Uint8Array(32), new Uint8Array(32));
  const receiver = new EspReceiver(7, "aes256-sha256-esn", new Uint8Array(32), new Uint8Array(32));
  const sealed = sender.seal(0, Buffer.from("data"), 17);
  const opened = receiver.open(0, sealed);
  assert.deepEqual([opened.number, opened.nextHeader, Buffer.from(opened.payload).toString()], [1n, 17, "data"]);
  assert.throws(() => receiver.open(0, sealed), Error);
  assert.throws(() => receiver.open(0, new Uint8Array(3)), Error);
  assert.throws(() => new EspSender(7, "aes128gcm16", new Uint8Array(3)), Error);
  assert.throws(() => new EspSender(7, "rot13", KEY), /rot13/);
  assert.throws(() => sender.seal(-1, new Uint8Array(), 4), Error);
});

test("AH there and back", () => {
  const sender = new AhSender(9, "sha256", new Uint8Array(32));
  const receiver = new AhReceiver(9, "sha256", new Uint8Array(32));
  const signed = sender.sign(0, packet([10, 2, 0, 1], 6, 40));
  const checked = receiver.check(0, signed);
  assert.deepEqual([checked.number, checked.nextHeader, checked.payload.length], [1n, 6, 40]);
  const spoilt = sender.sign(0, packet([10, 2, 0, 1], 6, 40));
  spoilt[spoilt.length - 1] ^= 1;
  assert.throws(() => receiver.check(0, spoilt), Error);
});

test("from LAN to LAN", () => {
  const [left, right] = [gateway(LEFT, RIGHT).plane, gateway(RIGHT, LEFT).plane];
  const inner = packet([10, 2, 0, 1], 6, 100);
  const sent = left.outbound(0, inner);
  assert.equal(sent.kind, "protected");
  const came = right.inbound(0, sent.packet);
  assert.deepEqual([came.kind, came.source], ["opened", "192.0.2.1:0"]);
  assert.deepEqual(came.packet, inner);
  assert.equal(right.inbound(0, sent.packet).kind, "dropped");
  const many = left.outboundBatch(0, [inner, inner, new Uint8Array(2)]);
  assert.deepEqual(many.map((one) => one.kind), ["protected", "protected", "dropped"]);
  const opened = right.inboundBatch(0, many.slice(0, 2).map((one) => one.packet));
  assert.deepEqual(opened.map((one) => one.kind), ["opened", "opened"]);
});

test("policies decide, and senders are told", () => {
  const { plane, child } = gateway(LEFT, RIGHT, 1000);
  assert.equal(plane.outbound(0, packet([192, 0, 2, 80], 6, 20)).kind, "bypassed");
  const told = plane.outbound(0, packet([10, 2, 0, 1], 6, 1000));
  assert.deepEqual([told.kind, told.packet[20], told.packet[21]], ["answered", 3, 4]);
  assert.match(plane.inbound(0, packet([10, 1, 0, 2], 6, 20)).reason, /policy/);
  assert.ok(plane.remove(child));
  const asked = plane.outbound(0, packet([10, 2, 0, 1], 6, 20));
  assert.deepEqual([asked.kind, asked.policy, asked.traffic], ["acquire", 0, "10.1.0.0/16 === 10.2.0.0/16"]);
  assert.throws(() => new Policy("x", "bypass", "10.1.0.0/40", ANY), /10.1.0.0/);
});
