import { createEffect, createMemo, createSignal, Index, type JSX, on, onCleanup, onMount } from "solid-js";
import { reveal, spacer, visible } from "./viewport";

interface Props {
  readonly id: string;
  readonly label: string;
  readonly role: "grid" | "tree";
  readonly class?: string;
  readonly count: number;
  /** Height of a row in rem. */
  readonly row: number;
  /** The row that the keyboard is on; -1 for none. */
  readonly active: number;
  readonly onActive: (row: number) => void;
  /** Keys that the list does not know; true when it did something. */
  readonly onKey?: (event: KeyboardEvent) => boolean;
  readonly onWindow?: (first: number, count: number) => void;
  readonly activeDescendant?: string | undefined;
  readonly columns?: number;
  readonly head?: JSX.Element;
  readonly children: (row: () => number) => JSX.Element;
}

/** A list of which only the rows in sight exist, however long it is. */
export function VirtualList(props: Props): JSX.Element {
  let port!: HTMLDivElement;
  const rowHeight = props.row * parseFloat(getComputedStyle(document.documentElement).fontSize);
  const [height, setHeight] = createSignal(0);
  const [top, setTop] = createSignal(0);
  const geometry = createMemo(() => ({ count: props.count, rowHeight, height: height() }));
  const seen = createMemo(() => visible(geometry(), top()));
  const rows = createMemo(() => Array.from({ length: seen().count }, (_, n) => seen().first + n));

  onMount(() => {
    const watch = new ResizeObserver(() => setHeight(port.clientHeight));
    watch.observe(port);
    onCleanup(() => watch.disconnect());
  });
  createEffect(() => props.onWindow?.(seen().first, seen().count));
  createEffect(
    on([() => props.active, () => height() > 0], ([active, drawn]) => {
      if (active >= 0 && drawn) show(active);
    }),
  );

  function show(row: number): void {
    const wanted = reveal(geometry(), port.scrollTop, row);
    if (wanted !== port.scrollTop) {
      port.scrollTop = wanted;
      setTop(port.scrollTop);
    }
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const to = target(event.key, props.active, props.count, Math.max(1, Math.floor(height() / rowHeight) - 1));
    if (to !== undefined && props.count > 0) {
      props.onActive(to);
      event.preventDefault();
    } else if (props.onKey?.(event)) {
      event.preventDefault();
    }
  }

  return (
    <div class={`list ${props.class ?? ""}`}>
      {props.head}
      <div
        ref={port}
        id={props.id}
        class="port"
        tabindex="0"
        role={props.role}
        aria-label={props.label}
        aria-rowcount={props.role === "grid" ? props.count : undefined}
        aria-colcount={props.columns}
        aria-activedescendant={props.activeDescendant}
        onScroll={() => setTop(port.scrollTop)}
        onKeyDown={onKeyDown}
      >
        <div class="spacer" role="presentation" style={{ height: `${spacer(geometry())}px` }}>
          <div class="window" role="presentation" style={{ height: `${Math.min(height(), spacer(geometry()))}px` }}>
            <div role="presentation" style={{ transform: `translateY(${-seen().hidden}px)` }}>
              <Index each={rows()}>{(row) => props.children(row)}</Index>
            </div>
          </div>
        </div>
      </div>
    </div>
  );
}

function target(key: string, from: number, count: number, page: number): number | undefined {
  const within = (row: number) => Math.min(Math.max(row, 0), count - 1);
  switch (key) {
    case "ArrowDown":
      return within(from + 1);
    case "ArrowUp":
      return within(from - 1);
    case "PageDown":
      return within(from + page);
    case "PageUp":
      return within(from - page);
    case "Home":
      return 0;
    case "End":
      return within(count - 1);
    default:
      return undefined;
  }
}
