/** What the page may ask of the worker, and what travels between them. */
import type { Answer, CaptureInfo, Comparison, Entry, PacketView, Progress, Row } from "ipsec-wasm";

/** What the files come to, with the first findings only: a large capture brings thousands. */
export interface Opened extends Answer {
  /** How many findings there are. */
  readonly findings: number;
}

export interface Service {
  /** Takes a file in; the page itself never reads it. */
  add(name: string, file: Blob): Promise<void>;
  addPsk(text: string): void | Promise<void>;
  read(): Opened | Promise<Opened>;
  /** Further findings. */
  findings(from: number, count: number): readonly Entry[];
  ladder(): string;
  timeline(): string;
  html(): string;
  json(): string;
  sarif(): string | Promise<string>;
  markdown(): string;
  compare(profile: string): Comparison;
  captures(): readonly CaptureInfo[];
  /** Indexes so many more frames of a capture. */
  advance(capture: number, frames: number): Progress;
  /** The rows of these frames, counted from 0. */
  rows(capture: number, frames: Uint32Array): readonly Row[];
  packet(capture: number, frame: number): PacketView;
  /** Which of `count` frames from `from` on fit the filter. */
  filter(capture: number, text: string, from: number, count: number): Uint32Array;
  fieldNames(): readonly string[];
  /** The capture without what must not be given away. */
  scrub(capture: number): Uint8Array;
}

/** Findings that come with the answer. */
export const FIRST_FINDINGS = 20;

export type Name = keyof Service;

/** A module of the library: the small one reads captures without keys, the whole one everything. */
export interface Part {
  readonly part: "small" | "whole";
  readonly module: WebAssembly.Module;
}

export interface Request {
  readonly id: number;
  readonly name: Name;
  readonly args: readonly unknown[];
}

export type Reply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly problem: string; readonly fatal: boolean };
