// Compiled, never run: the types of the class are those of the Rust values.

import init, { Workbench, type FilterError, type Report } from "ipsec-wasm";
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
// @ts-expect-error: a report has no such member
report.nothing;
console.log(state, titles, rows, bytes, port, offset, new Reading());
