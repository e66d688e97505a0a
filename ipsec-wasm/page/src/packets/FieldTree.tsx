import { createMemo, type JSX, Show } from "solid-js";
import { VirtualList } from "../list/VirtualList";
import { selectField, state } from "../session";
import type { PacketView } from "ipsec-wasm";
import { type Line, lines } from "./tree";

interface Props {
  readonly packet: PacketView;
  readonly open: ReadonlySet<string>;
  readonly onToggle: (path: string, open: boolean) => void;
}

export function FieldTree(props: Props): JSX.Element {
  const shown = createMemo(() => lines(props.packet.fields, props.open));
  const active = createMemo(() => shown().findIndex((line) => line.field.path === state.field));

  const onKey = (event: KeyboardEvent): boolean => {
    const line = shown()[active()];
    if (!line) return false;
    const { field, open } = line;
    const folded = field.children.length > 0 && !open;
    if (event.key === "ArrowRight" && folded) props.onToggle(field.path, true);
    else if (event.key === "ArrowLeft" && open) props.onToggle(field.path, false);
    else if (event.key === "ArrowRight" && open) selectField(field.children[0]?.path);
    else if (event.key === "ArrowLeft") selectField(parent(shown(), active()) ?? field.path);
    else if (event.key === "Enter" || event.key === " ") props.onToggle(field.path, !open);
    else return false;
    return true;
  };

  return (
    <VirtualList
      id="field-tree"
      class="field-tree"
      role="tree"
      label="Fields"
      count={shown().length}
      row={1.6}
      active={active()}
      activeDescendant={active() < 0 ? undefined : `line-${active()}`}
      onActive={(row) => selectField(shown()[row]?.field.path)}
      onKey={onKey}
    >
      {(row) => (
        <Show when={shown()[row()]}>
          {(line) => <FieldLine line={line()} at={row()} selected={row() === active()} onToggle={props.onToggle} />}
        </Show>
      )}
    </VirtualList>
  );
}

interface LineProps {
  readonly line: Line;
  readonly at: number;
  readonly selected: boolean;
  readonly onToggle: Props["onToggle"];
}

function FieldLine(props: LineProps): JSX.Element {
  const field = () => props.line.field;
  const folder = () => field().children.length > 0;
  return (
    <div
      role="treeitem"
      id={`line-${props.at}`}
      class="line-of-tree"
      classList={{ fault: field().malformed ?? false }}
      aria-level={props.line.level}
      aria-expanded={folder() ? props.line.open : undefined}
      aria-selected={props.selected}
      title={field().about}
      style={{ "padding-inline-start": `${props.line.level - 0.5}rem` }}
      onClick={() => selectField(field().path)}
      onDblClick={() => folder() && props.onToggle(field().path, !props.line.open)}
    >
      <span
        class="twist"
        aria-hidden="true"
        onClick={(event) => {
          if (!folder()) return;
          event.stopPropagation();
          props.onToggle(field().path, !props.line.open);
        }}
      >
        {folder() ? (props.line.open ? "▾" : "▸") : ""}
      </span>
      <span class="title">{field().title}</span>
      <Show when={field().malformed}>
        <b class="mark"> (malformed)</b>
      </Show>
      <Show when={field().display !== null}>
        <span class="value">{field().display}</span>
      </Show>
    </div>
  );
}

function parent(lines: readonly Line[], at: number): string | undefined {
  const level = lines[at]?.level ?? 1;
  return lines.slice(0, at).findLast((line) => line.level < level)?.field.path;
}
