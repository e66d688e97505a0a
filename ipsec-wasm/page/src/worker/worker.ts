/**
 * The worker that holds files, keys and the library. Secrets come in and never
 * go out: no call answers with one.
 */
import initialise, { type Entry, type Row, Workbench } from "ipsec-wasm";
import { FIRST_FINDINGS, type Reply, type Request, type Service } from "./service";

function serve(bench: Workbench): Service {
  let findings: readonly Entry[] = [];
  return {
    add: async (name, file) => bench.add(name, new Uint8Array(await file.arrayBuffer())),
    addPsk: (text) => bench.addPsk(text),
    read: () => {
      const { report, files } = bench.read();
      findings = report.findings;
      return { files, findings: findings.length, report: { ...report, findings: findings.slice(0, FIRST_FINDINGS) } };
    },
    findings: (from, count) => findings.slice(from, from + count),
    ladder: () => bench.ladder(),
    timeline: () => bench.timeline(),
    html: () => bench.html(),
    json: () => bench.json(),
    sarif: () => bench.sarif(),
    markdown: () => bench.markdown(),
    compare: (profile) => bench.compare(profile),
    captures: () => bench.captures(),
    advance: (capture, frames) => bench.advance(capture, frames),
    rows: (capture, frames) => [...runs(frames)].flatMap(([from, count]): Row[] => bench.rows(capture, from, count)),
    packet: (capture, frame) => bench.packet(capture, frame),
    filter: (capture, text, from, count) => bench.filter(capture, text, from, count),
    fieldNames: () => bench.fieldNames(),
    scrub: (capture) => bench.scrub(capture),
  };
}

/** Neighbouring frames as one first frame and a count. */
function* runs(frames: Uint32Array): Generator<[number, number]> {
  let start = 0;
  for (let end = 1; end <= frames.length; end++) {
    const first = frames[start] ?? 0;
    if (end === frames.length || frames[end] !== first + end - start) {
      yield [first, end - start];
      start = end;
    }
  }
}

let ready!: (service: Promise<Service>) => void;
const service = new Promise<Service>((resolve) => (ready = resolve));
let last: Promise<unknown> = Promise.resolve();

addEventListener("message", ({ data }: MessageEvent<WebAssembly.Module | Request>) => {
  if (data instanceof WebAssembly.Module) {
    ready(initialise({ module_or_path: data }).then(() => serve(new Workbench())));
  } else {
    last = last.then(() => answer(data)).then((reply) => postMessage(reply));
  }
});

/** One after the other, in the order of asking. */
async function answer({ id, name, args }: Request): Promise<Reply> {
  try {
    const call = (await service)[name] as (...args: readonly unknown[]) => unknown;
    return { id, value: await call(...args) };
  } catch (problem) {
    const fatal = problem instanceof WebAssembly.RuntimeError || problem instanceof RangeError;
    return { id, problem: problem instanceof Error ? problem.message : String(problem), fatal };
  }
}
