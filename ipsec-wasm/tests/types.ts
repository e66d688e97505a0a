// Compiled, never run: the types of the class are those of the Rust values.

import init, { Workbench, type FilterError, type Report } from "ipsec-wasm";
import { DataPlane, EspSender, Policy } from "ipsec-wasm/dataplane";
import { Workbench as Reading } from "ipsec-wasm/read";

await init();
const bench: Workbench = new Workbench();
bench.add("a.pcap", new Uint8Array());
const report: Report = bench.read().report;
const state: "established" | "failed" | "degraded" | "inconclusive" = report.verdict.state;
const titles: string[] = report.findings.map((finding) => finding.title);
const rows: Uint32Array = bench.filter(0, "esp", 0, 1);
const bytes: Uint8Array[] = bench.packet(0, 0).sources.map((source) => source.bytes);
const port: number | null = bench.rows(0, 0, 1)[0]!.from_port;
const offset = (error: FilterError): number => error.offset;
const plane = new DataPlane([new Policy("all", "bypass", "0.0.0.0/0", "0.0.0.0/0")], 1);
const kind: "protected" | "bypassed" | "acquire" | "cut" | "answered" | "dropped" = plane.outbound(0, new Uint8Array()).kind;
const sealed: Uint8Array = new EspSender(1, "null-sha256", new Uint8Array(), new Uint8Array(32)).seal(0, new Uint8Array(), 4);
// @ts-expect-error: there is no such action
new Policy("all", "encrypt", "0.0.0.0/0", "0.0.0.0/0");
// @ts-expect-error: a report has no such member
report.nothing;
console.log(state, titles, rows, bytes, port, offset, new Reading(), kind, sealed);
