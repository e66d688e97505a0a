import { createEffect, createMemo, createResource, createSignal, For, type JSX, on, Show } from "solid-js";
import { Picker } from "../panels/Picker";
import { attempt, frames, selectCapture, selectFrame, state } from "../session";
import { harmless } from "../words";
import { FieldTree } from "./FieldTree";
import { FilterBox } from "./FilterBox";
import { HexView } from "./HexView";
import { PacketList } from "./PacketList";
import { Rows } from "./rows";
import { Search } from "./search";
import { around, find, openAtFirst } from "./tree";

/** The packets of a capture; of the chosen one every field and every byte. */
export function Packets(): JSX.Element {
  return (
    <Show when={state.captures.length > 0} fallback={<NoCapture />}>
      <h1 class="unseen">Packets</h1>
      <Show when={state.captures.length > 1}>
        <Captures />
      </Show>
      <For each={[state.capture]}>{(capture) => <Capture number={capture} />}</For>
    </Show>
  );
}

function NoCapture(): JSX.Element {
  return (
    <div class="narrow">
      <h1>No capture is open</h1>
      <p>Add one to see its packets, every field of them and every byte.</p>
      <Picker class="button primary">Add captures</Picker>
    </div>
  );
}

function Captures(): JSX.Element {
  return (
    <p class="line">
      <label for="capture">Capture</label>
      <select id="capture" value={state.capture} onChange={(event) => selectCapture(Number(event.currentTarget.value))}>
        <For each={state.captures}>{(capture) => <option value={capture.index}>{harmless(capture.name)}</option>}</For>
      </select>
    </p>
  );
}

function Capture(props: { readonly number: number }): JSX.Element {
  const search = new Search(props.number);
  const rows = new Rows(props.number);
  const [packet] = createResource(
    () => (state.frame >= 0 ? { frame: state.frame, answer: state.answer } : undefined),
    ({ frame }) => attempt("packet", props.number, frame),
  );
  const [open, setOpen] = createSignal<ReadonlySet<string>>(new Set<string>());
  const field = createMemo(() => (state.field && packet.latest ? find(packet.latest.fields, state.field) : undefined));

  createEffect(on(() => frames(props.number), () => void search.resume(), { defer: true }));
  createEffect(
    on(
      () => state.answer,
      () => {
        rows.forget();
        void search.again();
      },
      { defer: true },
    ),
  );
  createEffect(() => {
    if (state.frame < 0 && search.count() > 0) selectFrame(search.frame(0));
  });
  createEffect(
    on([() => packet.latest, () => state.field], ([shown, path]) => {
      if (!shown) return;
      const first = open().size === 0 ? openAtFirst(shown.fields) : [];
      setOpen((all) => new Set([...all, ...first, ...(path ? around(shown.fields, path) : [])]));
    }),
  );
  const toggle = (path: string, wanted: boolean) =>
    setOpen((all) => new Set(wanted ? [...all, path] : [...all].filter((one) => one !== path)));

  return (
    <div class="panes" onKeyDown={cycle}>
      <FilterBox search={search} />
      <PacketList search={search} rows={rows} onOpen={() => document.getElementById("field-tree")?.focus()} />
      <Show when={packet.latest} fallback={<p class="waiting" />}>
        {(shown) => (
          <div class="packet">
            <FieldTree packet={shown()} open={open()} onToggle={toggle} />
            <HexView packet={shown()} field={field()} />
          </div>
        )}
      </Show>
      <p class="about faint" role="status">
        {field() ? `${field()!.path} — ${field()!.about}` : "F6 goes from the list to the fields, the bytes and back."}
      </p>
    </div>
  );
}

/** F6 goes round the panes, as it does in windows. */
function cycle(event: KeyboardEvent): void {
  if (event.key !== "F6") return;
  const panes = ["packet-list", "field-tree", "hex"].map((id) => document.getElementById(id)).filter((pane) => pane !== null);
  const at = panes.findIndex((pane) => pane === document.activeElement);
  panes[(at + (event.shiftKey ? panes.length - 1 : 1)) % panes.length]?.focus();
  event.preventDefault();
}
