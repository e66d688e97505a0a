/** The parts of the page that need no browser. */
import { expect, test } from "vitest";
import { reveal, spacer, TALLEST, visible } from "../src/list/viewport";
import { complete, suggestions } from "../src/packets/completion";
import { around, covering, find, lines } from "../src/packets/tree";
import { fromHash, toHash } from "../src/permalink";
import { toBytes, toText } from "../src/seven";
import { harmless } from "../src/words";
import type { Field } from "ipsec-wasm";

test("a short list is not squeezed", () => {
  const list = { count: 100, rowHeight: 20, height: 200 };
  expect(spacer(list)).toBe(2000);
  expect(visible(list, 0)).toEqual({ first: 0, hidden: 0, count: 10 });
  expect(visible(list, 30)).toEqual({ first: 1, hidden: 10, count: 11 });
  expect(visible(list, 1800)).toEqual({ first: 90, hidden: 0, count: 10 });
});

test("an empty list shows nothing", () => {
  expect(visible({ count: 0, rowHeight: 20, height: 200 }, 0).count).toBe(0);
});

test("every row of a million can be reached", () => {
  const list = { count: 1_000_000, rowHeight: 28, height: 400 };
  expect(spacer(list)).toBe(TALLEST);
  const end = visible(list, TALLEST - list.height);
  expect(end.first + end.count).toBe(list.count);
  for (const row of [0, 1, 17, 499_999, 999_998, 999_999]) {
    const seen = visible(list, Math.round(reveal(list, 0, row)));
    expect(seen.first).toBeLessThanOrEqual(row);
    expect(seen.first + seen.count).toBeGreaterThan(row);
  }
});

test("a row in sight needs no scrolling", () => {
  const list = { count: 100, rowHeight: 20, height: 200 };
  expect(reveal(list, 30, 5)).toBe(30);
  expect(reveal(list, 30, 1)).toBe(20);
  expect(reveal(list, 30, 12)).toBe(60);
});

const NAMES = ["ike.exchange", "ike.flags", "ip.src", "isakmp.exchange"];

test("completion offers what begins like the word, then what contains it", () => {
  expect(suggestions(NAMES, "ike", 3)).toEqual(["ike.exchange", "ike.flags"]);
  expect(suggestions(NAMES, "not exch", 8)).toEqual(["ike.exchange", "isakmp.exchange"]);
  expect(suggestions(NAMES, "ike.exchange == IKE_AUTH", 24)).toEqual([]);
  expect(suggestions(NAMES, 'ike.data contains "ip', 21)).toEqual([]);
});

test("completion replaces the word at the caret", () => {
  expect(complete("not ike.e == 1", 9, "ike.exchange")).toEqual({ text: "not ike.exchange == 1", caret: 16 });
});

test("a permalink leads back and carries nothing else", () => {
  const place = { view: "packets", example: "tunnel", capture: 1, packet: 7, field: "ike.sa.proposal[0]" } as const;
  expect(fromHash(toHash(place))).toEqual(place);
  expect(fromHash("#view=<script>&packet=1e3&field=a b&example=../x")).toEqual({
    view: "diagnosis",
    example: undefined,
    capture: undefined,
    packet: undefined,
    field: undefined,
  });
});

function field(path: string, range: readonly [number, number], children: readonly Field[] = []): Field {
  return { name: path.split(".").at(-1)!, path, title: path, about: "", value: null, display: null, range: [...range], source: "frame", source_index: 0, children: [...children] };
}

const TREE = [
  field("ip", [0, 20], [field("ip.src", [12, 16])]),
  field("ike", [28, 60], [field("ike.sa[0]", [40, 60], [field("ike.sa[0].encr", [44, 48])]), field("ike.sa[1]", [60, 60])]),
];

test("the tree shows what is open", () => {
  const shown = (open: readonly string[]) => lines(TREE, new Set(open)).map((line) => `${line.level} ${line.field.path}`);
  expect(shown([])).toEqual(["1 ip", "1 ike"]);
  expect(shown(["ike", "ike.sa[0]"])).toEqual(["1 ip", "1 ike", "2 ike.sa[0]", "3 ike.sa[0].encr", "2 ike.sa[1]"]);
});

test("a field is found by its path, a byte leads to the innermost field", () => {
  expect(around(TREE, "ike.sa[0].encr")).toEqual(["ike", "ike.sa[0]"]);
  expect(find(TREE, "ike.sa[0].encr")?.range).toEqual([44, 48]);
  expect(find(TREE, "ike.sa[7]")).toBeUndefined();
  expect(covering(TREE, 0, 45)?.path).toBe("ike.sa[0].encr");
  expect(covering(TREE, 0, 50)?.path).toBe("ike.sa[0]");
  expect(covering(TREE, 1, 45)).toBeUndefined();
});

test("marks that turn text round or hide it become visible", () => {
  expect(harmless("a\u202egpj.exe\u0000\u200b")).toBe("a\\u{202e}gpj.exe\\u{0}\\u{200b}");
  expect(harmless("Büro, 東京 <b>")).toBe("Büro, 東京 <b>");
});

test("bytes as text of a page come back", () => {
  const all = Uint8Array.from({ length: 70_000 }, (_, n) => (n * n * 31 + (n >> 8)) & 0xff);
  for (const length of [0, 1, 6, 7, 8, 255, 70_000]) {
    for (const bytes of [all.slice(0, length), new Uint8Array(length), new Uint8Array(length).fill(0x1a)]) {
      const text = toText(bytes);
      expect(text).not.toMatch(/[\0\r<]/);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(Math.ceil((length * 8) / 7) + 8);
      expect(toBytes(text)).toEqual(bytes);
    }
  }
});
