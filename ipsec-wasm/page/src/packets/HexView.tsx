import { createEffect, createMemo, createSignal, For, Index, type JSX, on, Show } from "solid-js";
import { VirtualList } from "../list/VirtualList";
import { selectField } from "../session";
import type { Field, PacketView } from "ipsec-wasm";
import { covering } from "./tree";

interface Props {
  readonly packet: PacketView;
  readonly field: Field | undefined;
}

/** The bytes of a packet, one tab for each place that bytes come from. */
export function HexView(props: Props): JSX.Element {
  const [source, setSource] = createSignal(0);
  const [cursor, setCursor] = createSignal(-1);
  const bytes = () => props.packet.sources[source()]?.bytes ?? NO_BYTES;
  const marked = () => (props.field?.source_index === source() ? props.field.range : ([0, 0] as const));

  createEffect(
    on([() => props.packet, () => props.field], ([packet, field]) => {
      setSource(Math.min(field?.source_index ?? 0, Math.max(0, packet.sources.length - 1)));
      if (!field || !within(cursor(), field.range)) setCursor(field?.range[0] ?? -1);
    }),
  );

  const point = (byte: number) => {
    if (byte < 0 || byte >= bytes().length) return;
    setCursor(byte);
    selectField(covering(props.packet.fields, source(), byte)?.path);
  };
  const onKey = (event: KeyboardEvent): boolean => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by) point(cursor() + by);
    return by !== undefined;
  };

  return (
    <div class="hex-view">
      <Sources packet={props.packet} chosen={source()} onChoose={(n) => (setSource(n), setCursor(-1))} />
      <VirtualList
        id="hex"
        class="hex"
        role="grid"
        label="Bytes"
        count={Math.ceil(bytes().length / WIDTH)}
        row={1.5}
        active={cursor() < 0 ? -1 : Math.floor(cursor() / WIDTH)}
        activeDescendant={cursor() < 0 ? undefined : `byte-${cursor()}`}
        onActive={(row) => point(Math.min(row * WIDTH + (Math.max(0, cursor()) % WIDTH), bytes().length - 1))}
        onKey={onKey}
      >
        {(row) => <HexRow row={row()} bytes={bytes()} marked={marked()} cursor={cursor()} onPoint={point} />}
      </VirtualList>
    </div>
  );
}

function Sources(props: { readonly packet: PacketView; readonly chosen: number; readonly onChoose: (source: number) => void }): JSX.Element {
  return (
    <div class="sources" role="group" aria-label="Where the bytes come from">
      <For each={props.packet.sources}>
        {(source, n) => (
          <button type="button" class="button small" aria-pressed={n() === props.chosen} onClick={() => props.onChoose(n())}>
            {source.origin} <span class="faint">{source.bytes.length} bytes</span>
          </button>
        )}
      </For>
    </div>
  );
}

interface RowProps {
  readonly row: number;
  readonly bytes: Uint8Array;
  readonly marked: readonly [number, number];
  readonly cursor: number;
  readonly onPoint: (byte: number) => void;
}

function HexRow(props: RowProps): JSX.Element {
  const start = () => props.row * WIDTH;
  const shown = createMemo(() => [...props.bytes.subarray(start(), start() + WIDTH)]);
  const mark = (n: number) => ({
    marked: within(start() + n, props.marked),
    cursor: start() + n === props.cursor,
  });
  const onClick = (event: MouseEvent) => {
    const n = (event.target as HTMLElement).dataset["n"];
    if (n !== undefined) props.onPoint(start() + Number(n));
  };
  return (
    <div role="row" class="hex-row" aria-rowindex={props.row + 1} onClick={onClick}>
      <span class="offset" role="rowheader">
        {start().toString(16).padStart(4, "0")}
      </span>
      <span class="octets" role="presentation">
        <Index each={shown()}>
          {(byte, n) => (
            <span role="gridcell" id={`byte-${start() + n}`} data-n={n} classList={mark(n)} aria-selected={within(start() + n, props.marked)}>
              {byte().toString(16).padStart(2, "0")}
            </span>
          )}
        </Index>
      </span>
      <Show when={shown().length > 0}>
        <span class="letters" aria-hidden="true">
          <Index each={shown()}>
            {(byte, n) => (
              <span data-n={n} classList={mark(n)}>
                {letter(byte())}
              </span>
            )}
          </Index>
        </span>
      </Show>
    </div>
  );
}

function letter(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·";
}

function within(byte: number, [from, to]: readonly [number, number]): boolean {
  return from <= byte && byte < to;
}

const WIDTH = 16;
const NO_BYTES = new Uint8Array();
