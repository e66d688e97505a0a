import { createMemo, createResource, createSignal, For, type JSX, Show } from "solid-js";
import { attempt, frames, state } from "../session";
import { complete, suggestions } from "./completion";
import type { Search } from "./search";

/** The filter, with the names of fields to choose from. */
export function FilterBox(props: { readonly search: Search }): JSX.Element {
  let input!: HTMLInputElement;
  const [names] = createResource(() => attempt("fieldNames"));
  const [text, setText] = createSignal(props.search.text());
  const [caret, setCaret] = createSignal(0);
  const [open, setOpen] = createSignal(false);
  const [active, setActive] = createSignal(-1);
  const offered = createMemo(() => (open() ? suggestions(names() ?? [], text(), caret()) : []));

  const typed = () => {
    setText(input.value);
    setCaret(input.selectionStart ?? 0);
    setOpen(true);
    setActive(-1);
  };
  const take = (name: string) => {
    const done = complete(text(), caret(), name);
    input.value = done.text;
    input.setSelectionRange(done.caret, done.caret);
    typed();
    setOpen(false);
    input.focus();
  };
  const use = () => {
    setOpen(false);
    void props.search.use(input.value);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const count = offered().length;
    if (event.key === "ArrowDown" && count > 0) setActive((active() + 1) % count);
    else if (event.key === "ArrowUp" && count > 0) setActive((active() + count - 1) % count);
    else if (event.key === "Escape" && open()) setOpen(false);
    else if (event.key === "Enter" && active() >= 0) take(offered()[active()]!);
    else if (event.key === "Enter") use();
    else return;
    event.preventDefault();
  };

  return (
    <div class="filter" role="search">
      <label for="filter">Filter</label>
      <div class="combo">
        <input
          ref={input}
          id="filter"
          type="text"
          role="combobox"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          placeholder="ike.exchange == IKE_AUTH and ip.src == 192.0.2.0/24"
          value={props.search.text()}
          aria-expanded={offered().length > 0}
          aria-controls="filter-names"
          aria-autocomplete="list"
          aria-activedescendant={active() >= 0 ? `name-${active()}` : undefined}
          aria-invalid={props.search.problem() !== ""}
          aria-describedby="filter-said"
          onInput={typed}
          onKeyDown={onKeyDown}
          onBlur={() => setOpen(false)}
        />
        <ul id="filter-names" role="listbox" aria-label="Names of fields" hidden={offered().length === 0}>
          <For each={offered()}>
            {(name, n) => (
              <li
                role="option"
                id={`name-${n()}`}
                aria-selected={n() === active()}
                onPointerDown={(event) => (event.preventDefault(), take(name))}
              >
                {name}
              </li>
            )}
          </For>
        </ul>
      </div>
      <button type="button" class="button" onClick={use}>
        Apply
      </button>
      <Show when={props.search.filtered()}>
        <button type="button" class="button" onClick={() => ((input.value = ""), use())}>
          Show all
        </button>
      </Show>
      <p id="filter-said" role="status" class="said" classList={{ wrong: props.search.problem() !== "" }}>
        {props.search.problem() || said(props.search)}
      </p>
    </div>
  );
}

function said(search: Search): string {
  const all = frames(state.capture);
  if (!search.filtered()) return `${all.toLocaleString("en")} packets`;
  const found = `${search.count().toLocaleString("en")} of ${all.toLocaleString("en")} packets`;
  return search.searching() ? `${found}, looked at ${search.looked().toLocaleString("en")}` : found;
}
