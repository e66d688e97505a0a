/**
 * The worker that holds files, keys and the library. Secrets come in and never
 * go out: no call answers with one.
 */
import initialiseWhole, { type Entry, type FileInfo, type Row, Workbench as Whole } from "ipsec-wasm";
import initialiseSmall, { Workbench as Small } from "ipsec-wasm/read";
import { FIRST_FINDINGS, type Opened, type Part, type Reply, type Request, type Service } from "./service";

type Bench = Whole | Small;

/** The whole library, on a bench of its own. */
type Another = () => Promise<Bench>;

function serve(bench: Bench, another: Another): Service {
  const files: [string, Blob][] = [];
  let findings: readonly Entry[] = [];
  const put = async (name: string, file: Blob) => bench.add(name, new Uint8Array(await file.arrayBuffer()));
  /** Goes on with the whole library. */
  const upgrade = async (): Promise<void> => {
    if (bench instanceof Whole) return;
    const next = await another();
    bench.free();
    bench = next;
    for (const [name, file] of files) await put(name, file);
  };
  const answered = (): Opened => {
    const { report, files } = bench.read();
    findings = report.findings;
    return { files, findings: findings.length, report: { ...report, findings: findings.slice(0, FIRST_FINDINGS) } };
  };
  return {
    add: async (name, file) => {
      files.push([name, file]);
      await put(name, file);
    },
    addPsk: async (text) => {
      await upgrade();
      bench.addPsk(text);
    },
    read: async () => {
      const opened = answered();
      if (bench instanceof Whole || !opened.files.some(saysLittle)) return opened;
      await upgrade();
      return answered();
    },
    findings: (from, count) => findings.slice(from, from + count),
    ladder: () => bench.ladder(),
    timeline: () => bench.timeline(),
    html: () => bench.html(),
    json: () => bench.json(),
    sarif: async () => {
      await upgrade();
      return bench.sarif();
    },
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

/** The whole library may read more of this file than the small one did. */
function saysLittle({ kind, remarks, unread }: FileInfo): boolean {
  return kind !== "capture" || remarks.length > 0 || unread !== null;
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

let ready: ((service: Promise<Service>) => void) | undefined;
const service = new Promise<Service>((resolve) => (ready = resolve));
let arrived!: (module: WebAssembly.Module) => void;
const whole = new Promise<WebAssembly.Module>((resolve) => (arrived = resolve));
let last: Promise<unknown> = Promise.resolve();

async function small(module: WebAssembly.Module): Promise<Bench> {
  await initialiseSmall({ module_or_path: module });
  return new Small();
}

const another: Another = async () => {
  await initialiseWhole({ module_or_path: await whole });
  return new Whole();
};

addEventListener("message", ({ data }: MessageEvent<Part | Request>) => {
  if ("part" in data) {
    take(data);
  } else {
    last = last.then(() => answer(data)).then((reply) => postMessage(reply));
  }
});

/** Serves with the part that comes first. */
function take({ part, module }: Part): void {
  if (part === "whole") arrived(module);
  ready?.((part === "whole" ? another() : small(module)).then((bench) => serve(bench, another)));
  ready = undefined;
}

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
