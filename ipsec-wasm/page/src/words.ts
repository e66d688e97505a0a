/** What the parts of a report are called, and how numbers are written. */
import type { Agreement, Confidence, Entry, FileInfo, Report, Severity, Sighting, State, Who } from "ipsec-wasm";

export const STATES: Record<State, { readonly mark: string; readonly word: string; readonly means: string }> = {
  established: { mark: "✓", word: "Established", means: "The tunnel came up, and nothing speaks against it." },
  failed: { mark: "✕", word: "Failed", means: "The tunnel did not come up, or carries nothing." },
  degraded: { mark: "!", word: "Degraded", means: "The tunnel came up, but does not work as meant." },
  inconclusive: { mark: "?", word: "Inconclusive", means: "What was given does not tell whether the tunnel works." },
};

export const SEVERITIES: Record<Severity, { readonly mark: string; readonly word: string }> = {
  error: { mark: "✕", word: "error" },
  warning: { mark: "!", word: "warning" },
  info: { mark: "i", word: "note" },
};

export const CONFIDENCES: Record<Confidence, { readonly step: number; readonly means: string }> = {
  possible: { step: 1, means: "one of several explanations" },
  likely: { step: 2, means: "the explanation that fits best" },
  proven: { step: 3, means: "no other explanation is left" },
};

export const WHO: Record<Who, string> = {
  local: "the end that opened the IKE SA",
  peer: "the end that answered",
  path: "whoever runs the network between the ends",
  credentials: "whoever keeps keys, passwords and certificates",
  clock: "whoever sets the clocks",
  software: "whoever maintains the software",
};

export const EFFECTS: Record<Agreement["effect"], { readonly mark: string; readonly word: string; readonly tone: Severity }> = {
  fails: { mark: "✕", word: "fails", tone: "error" },
  "fails-later": { mark: "✕", word: "fails later", tone: "error" },
  narrows: { mark: "!", word: "narrows", tone: "warning" },
  differs: { mark: "≠", word: "differs", tone: "info" },
  weakens: { mark: "!", word: "weakens", tone: "warning" },
  info: { mark: "i", word: "note", tone: "info" },
};

const KINDS: Record<FileInfo["kind"], string> = {
  capture: "capture",
  log: "log",
  config: "configuration",
  keys: "keys",
  unknown: "not recognised",
};

/** The finding that the verdict names. */
export function lead(report: Report): Entry | undefined {
  return report.findings.find((finding) => finding.code === report.verdict.cause);
}

/** What a file is: `log of charon, 214 lines`. */
export function kindOf(file: FileInfo): string {
  const kind = file.of ? `${KINDS[file.kind]}, ${file.of}` : KINDS[file.kind];
  return file.lines === null ? kind : `${kind}, ${count(file.lines, "line")}`;
}

/** Where something was seen: `gw.log line 12` or `wire.pcap packet 5`. */
export function placeOf(report: Report, seen: Sighting): string {
  const name = seen.input === null ? "" : harmless(report.inputs[seen.input]?.name ?? "");
  if (seen.packet !== null) return `${name} packet ${seen.packet}`;
  if (seen.line !== null) return `${name} line ${seen.line}`;
  return name;
}

export function count(n: number, what: string): string {
  return `${n.toLocaleString("en")} ${what}${n === 1 ? "" : "s"}`;
}

/** Microseconds since 1970 as the time of day (UTC). */
export function clock(at: number): string {
  return new Date(Math.floor(at / 1e3)).toISOString().slice(11, 23) + String(at % 1e3).padStart(3, "0");
}

/**
 * Text of unknown origin without the marks that could turn it round or hide
 * it. The library does this to all it shows; names of files never pass it.
 */
export function harmless(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu,
    (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
