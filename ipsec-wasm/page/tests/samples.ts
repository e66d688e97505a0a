/** Files for the tests: those of the repository, and a capture of a hostile peer. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "./site";

export type Sample = readonly [string, Buffer];

export function example(name: string): Sample {
  return [name, readFileSync(join(REPOSITORY, "examples/captures", name))];
}

export function configuration(name: string): Sample {
  return [name, readFileSync(join(REPOSITORY, "ipsec-core/tests/data/configs", name))];
}

/** What would run, or turn the text round, if it were not escaped. */
export const MARKUP = '</text></title><img src=x onerror="document.title=1">\u202e\u2066<script>document.title=1</script>';

/** An aggressive-mode message whose identity and vendor ID are markup. */
export function hostileCapture(): Buffer {
  const text = Buffer.from(MARKUP);
  const identity = Buffer.concat([Buffer.from([2, 17, 0x01, 0xf4]), text]);
  const payloads = Buffer.concat([payload(13, identity), payload(0, text)]);
  const head = Buffer.alloc(28);
  head.writeBigUInt64BE(0x1122334455667788n, 0);
  head.set([5, 0x10, 4, 0], 16);
  head.writeUInt32BE(28 + payloads.length, 24);
  return capture([datagram(Buffer.concat([head, payloads]))]);
}

function payload(next: number, body: Buffer): Buffer {
  const head = Buffer.from([next, 0, 0, 0]);
  head.writeUInt16BE(4 + body.length, 2);
  return Buffer.concat([head, body]);
}

/** An IPv4 datagram between the ISAKMP ports of two documentation addresses. */
function datagram(body: Buffer): Buffer {
  const head = Buffer.alloc(28);
  head.set([0x45], 0);
  head.writeUInt16BE(28 + body.length, 2);
  head.set([64, 17], 8);
  head.set([192, 0, 2, 10, 198, 51, 100, 20], 12);
  head.writeUInt16BE(500, 20);
  head.writeUInt16BE(500, 22);
  head.writeUInt16BE(8 + body.length, 24);
  return Buffer.concat([head, body]);
}

/** A pcap file of raw IP packets, a millisecond apart. */
export function capture(packets: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(65535, 16);
  head.writeUInt32LE(101, 20);
  const records = packets.flatMap((packet, n) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(1_700_000_000 + Math.floor(n / 1000), 0);
    record.writeUInt32LE((n % 1000) * 1000, 4);
    record.writeUInt32LE(packet.length, 8);
    record.writeUInt32LE(packet.length, 12);
    return [record, packet];
  });
  return Buffer.concat([head, ...records]);
}
