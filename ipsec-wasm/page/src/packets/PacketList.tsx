import { createEffect, type JSX, Show } from "solid-js";
import { VirtualList } from "../list/VirtualList";
import { selectFrame, state } from "../session";
import { clock } from "../words";
import type { Row } from "ipsec-wasm";
import type { Rows } from "./rows";
import type { Search } from "./search";

const COLUMNS = ["No.", "Time (UTC)", "From", "To", "Protocol", "Bytes", "What it says"] as const;

interface Props {
  readonly search: Search;
  readonly rows: Rows;
  readonly onOpen: () => void;
}

export function PacketList(props: Props): JSX.Element {
  const active = () => (state.frame < 0 ? -1 : props.search.position(state.frame));
  let window: readonly [number, number] = [0, 0];

  const want = (first: number, count: number) => {
    window = [first, count];
    const from = Math.max(0, first - AHEAD);
    const to = Math.min(props.search.count(), first + count + AHEAD);
    props.rows.want(Array.from({ length: Math.max(0, to - from) }, (_, n) => props.search.frame(from + n)));
  };
  createEffect(() => {
    props.search.count();
    want(...window);
  });

  return (
    <VirtualList
      id="packet-list"
      class="packet-list"
      role="grid"
      label="Packets"
      count={props.search.count()}
      row={1.75}
      active={active()}
      columns={COLUMNS.length}
      activeDescendant={active() < 0 ? undefined : `row-${active()}`}
      onActive={(row) => selectFrame(props.search.frame(row))}
      onKey={(event) => event.key === "Enter" && (props.onOpen(), true)}
      onWindow={want}
      head={<Head />}
    >
      {(row) => (
        <PacketRow
          position={row()}
          frame={props.search.frame(row())}
          row={props.rows.row(props.search.frame(row()))}
          selected={props.search.frame(row()) === state.frame}
        />
      )}
    </VirtualList>
  );
}

function Head(): JSX.Element {
  return (
    <div class="row head" aria-hidden="true">
      {COLUMNS.map((title) => (
        <span>{title}</span>
      ))}
    </div>
  );
}

interface RowProps {
  readonly position: number;
  readonly frame: number;
  readonly row: Row | undefined;
  readonly selected: boolean;
}

function PacketRow(props: RowProps): JSX.Element {
  return (
    <div
      role="row"
      id={`row-${props.position}`}
      class="row"
      classList={{ fault: props.row?.summary.fault ?? false }}
      aria-rowindex={props.position + 1}
      aria-selected={props.selected}
      onClick={() => selectFrame(props.frame)}
    >
      <span role="gridcell">{props.frame + 1}</span>
      <span role="gridcell">{props.row && clock(props.row.at)}</span>
      <span role="gridcell">{end(props.row?.from, props.row?.from_port)}</span>
      <span role="gridcell">{end(props.row?.to, props.row?.to_port)}</span>
      <span role="gridcell">{props.row?.summary.protocol}</span>
      <span role="gridcell">{props.row?.original_length}</span>
      <span role="gridcell">
        <Show when={props.row?.summary.fault}>
          <b class="mark">! </b>
        </Show>
        {props.row?.summary.info ?? "…"}
      </span>
    </div>
  );
}

/** An address with its port, as in `[2001:db8::1]:500`. */
function end(address: string | null | undefined, port: number | null | undefined): string {
  if (!address || !port) return address ?? "";
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Rows fetched beyond either edge. */
const AHEAD = 30;
