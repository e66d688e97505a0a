/** What is open, what is shown of it, and what people can do. */
import { createStore } from "solid-js/store";
import { EXAMPLES, filesOf } from "./examples";
import { library } from "./load";
import { fromHash, toHash, type View } from "./permalink";
import { harmless } from "./words";
import { Closed, Desk } from "./worker/desk";
import type { Name, Opened, Service } from "./worker/service";
import type { CaptureInfo, Progress, Sighting } from "ipsec-wasm";

interface State {
  view: View;
  /** Built-in example that is open; none when files were dropped. */
  example: string | undefined;
  /** What is being done, in words; empty when idle. */
  busy: string;
  troubles: string[];
  opened: boolean;
  answer: Opened | undefined;
  captures: readonly CaptureInfo[];
  /** How far each capture was indexed, by the index of its file. */
  progress: Readonly<Record<number, Progress>>;
  /** Index of the file of the capture shown. */
  capture: number;
  /** Frame shown, from 0. */
  frame: number;
  /** Path of the field shown. */
  field: string | undefined;
}

const empty = (): State => ({
  view: "diagnosis",
  example: undefined,
  busy: "",
  troubles: [],
  opened: false,
  answer: undefined,
  captures: [],
  progress: {},
  capture: 0,
  frame: -1,
  field: undefined,
});

const compiled = library();
const [state, set] = createStore<State>(empty());
let desk = new Desk(compiled);
let work: Promise<unknown> = Promise.resolve();

export { state };

type Result<K extends Name> = Awaited<ReturnType<Service[K]>>;

/** Asks the worker. When it ended by itself, all that it held is forgotten here too. */
export async function ask<K extends Name>(name: K, ...args: Parameters<Service[K]>): Promise<Result<K>> {
  const mine = desk;
  try {
    return await mine.call(name, ...args);
  } catch (problem) {
    if (problem instanceof Closed && problem.byItself && mine === desk) {
      clear();
      complain(problem);
    }
    throw problem;
  }
}

/** Asks the worker; what goes wrong is shown, and there is no answer. */
export async function attempt<K extends Name>(name: K, ...args: Parameters<Service[K]>): Promise<Result<K> | undefined> {
  try {
    return await ask(name, ...args);
  } catch (problem) {
    if (!(problem instanceof Closed)) complain(problem);
    return undefined;
  }
}

/** Reads files of any kind beside those that are open. */
export function add(files: Iterable<File>, example?: string): Promise<void> {
  const several = [...files];
  return several.length === 0 ? Promise.resolve() : queue(async () => {
    set({ opened: true, example });
    for (const file of several) {
      set("busy", `Reading ${harmless(file.name)}`);
      await taken(file);
    }
    await look();
  });
}

/** Tries a pre-shared key. */
export function addPsk(text: string): Promise<void> {
  return queue(async () => {
    await ask("addPsk", text);
    await look();
  });
}

export async function openExample(name: string): Promise<void> {
  const example = EXAMPLES.find((one) => one.name === name);
  if (!example) return;
  clear();
  await add(filesOf(example), name);
}

/** Forgets everything: the worker ends, and its memory with it. */
export function clear(): void {
  desk.close();
  desk = new Desk(compiled);
  work = Promise.resolve();
  set(empty());
}

export function show(view: View): void {
  set("view", view);
}

export function dismiss(trouble: string): void {
  set("troubles", (all) => all.filter((one) => one !== trouble));
}

export function selectCapture(capture: number): void {
  if (capture !== state.capture) set({ capture, frame: -1, field: undefined });
}

export function selectFrame(frame: number, field?: string): void {
  set({ frame, field: field ?? state.field });
}

export function selectField(field: string | undefined): void {
  set("field", field);
}

/** How many frames of a capture are indexed. */
export function frames(capture: number): number {
  return state.progress[capture]?.frames ?? 0;
}

/** The part of the address that leads to where something was seen. */
export function linkTo(seen: Sighting): string | undefined {
  if (seen.input === null || seen.packet === null || !isCapture(seen.input)) return undefined;
  return toHash({
    view: "packets",
    example: state.example,
    capture: unlessFirst(seen.input),
    packet: seen.packet,
    field: seen.field ?? undefined,
  });
}

/** The part of the address that leads back here. */
export function permalink(): string {
  const { view, example } = state;
  if (state.frame < 0) return toHash({ view, example });
  return toHash({ view, example, capture: unlessFirst(state.capture), packet: state.frame + 1, field: state.field });
}

/** Goes where the address says. */
export async function follow(hash: string): Promise<void> {
  if (hash === permalink()) return;
  const place = fromHash(hash);
  if (place.example && place.example !== state.example) await openExample(place.example);
  const capture = isCapture(place.capture ?? -1) ? place.capture! : (state.captures[0]?.index ?? 0);
  const frame = place.packet && place.packet <= frames(capture) ? place.packet - 1 : state.frame;
  set({ view: place.view, capture, frame, field: place.field });
}

function isCapture(file: number): boolean {
  return state.captures.some((capture) => capture.index === file);
}

function unlessFirst(capture: number): number | undefined {
  return capture === state.captures[0]?.index ? undefined : capture;
}

/** Hands a file to the worker; one that cannot be read leaves the others alone. */
async function taken(file: File): Promise<void> {
  try {
    await ask("add", file.name, file);
  } catch (problem) {
    if (problem instanceof Closed) throw problem;
    complain(problem, file.name);
  }
}

async function look(): Promise<void> {
  set({ captures: await ask("captures") });
  if (!isCapture(state.capture)) set({ capture: state.captures[0]?.index ?? 0 });
  for (const { index } of state.captures) await indexed(index);
  set("busy", "Looking for causes");
  set({ answer: await ask("read") });
}

/** Indexes a capture in pieces, so that what is asked meanwhile is answered. */
async function indexed(capture: number): Promise<void> {
  let piece = FIRST_PIECE;
  for (let done = false; !done; piece = LATER_PIECE) {
    const progress = await ask("advance", capture, piece);
    set("progress", (all) => ({ ...all, [capture]: progress }));
    done = progress.done;
  }
}

/** One after the other, for each looks at all files that are open. */
function queue(job: () => Promise<void>): Promise<void> {
  const mine = desk;
  const done = work.then(job).catch((problem: unknown) => {
    if (mine === desk) complain(problem);
  });
  work = done;
  return done.finally(() => {
    if (mine === desk && work === done) set("busy", "");
  });
}

function complain(problem: unknown, about = ""): void {
  const words = problem instanceof Error ? problem.message : String(problem);
  const trouble = about ? `${harmless(about)}: ${words}` : words;
  set("troubles", (all) => [...all.filter((one) => one !== trouble), trouble].slice(-MAX_TROUBLES));
}

/** Frames indexed before the list is shown, and then between two answers to others. */
const FIRST_PIECE = 1_000;
const LATER_PIECE = 20_000;
const MAX_TROUBLES = 5;
