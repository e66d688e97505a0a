import { createEffect, For, type JSX, Match, on, onCleanup, onMount, Show, Switch } from "solid-js";
import { Compare } from "./panels/Compare";
import { Diagnosis } from "./diagnosis/Diagnosis";
import { DropArea } from "./panels/DropArea";
import { Exchanges } from "./exchanges/Exchanges";
import { KeysDialog } from "./panels/KeysDialog";
import { Packets } from "./packets/Packets";
import { Picker } from "./panels/Picker";
import { Start } from "./panels/Start";
import { VIEWS, type View } from "./permalink";
import { clear, dismiss, follow, permalink, show, state } from "./session";

const TITLES: Record<View, string> = {
  diagnosis: "Diagnosis",
  exchanges: "Exchanges",
  packets: "Packets",
  compare: "Configurations",
};

export function App(): JSX.Element {
  let keys!: HTMLDialogElement;
  const onHash = () => void follow(location.hash);

  onMount(() => {
    onHash();
    addEventListener("hashchange", onHash);
    onCleanup(() => removeEventListener("hashchange", onHash));
  });
  createEffect(on(permalink, (hash) => history.replaceState(null, "", hash), { defer: true }));

  return (
    <DropArea>
      <a class="skip" href="#main" onClick={(event) => skip(event)}>
        Skip to the content
      </a>
      <header class="bar">
        <p class="name">
          ipsec-core <span class="faint">packet decoder</span>
        </p>
        <Show when={state.opened}>
          <Tabs />
          <div class="actions">
            <Picker class="button">Add files</Picker>
            <button type="button" class="button" onClick={() => keys.showModal()}>
              Keys…
            </button>
            <button type="button" class="button" onClick={clear}>
              Clear
            </button>
          </div>
        </Show>
      </header>
      <Status />
      <main id="main" tabindex="-1">
        <Show when={state.opened} fallback={<Start />}>
          <div id="view" role="tabpanel" aria-labelledby={`tab-${state.view}`} class={`view ${state.view}`}>
            <Switch>
              <Match when={state.view === "diagnosis"}>
                <Diagnosis onKeys={() => keys.showModal()} />
              </Match>
              <Match when={state.view === "exchanges"}>
                <Exchanges />
              </Match>
              <Match when={state.view === "packets"}>
                <Packets />
              </Match>
              <Match when={state.view === "compare"}>
                <Compare />
              </Match>
            </Switch>
          </div>
        </Show>
      </main>
      <KeysDialog ref={(dialog) => (keys = dialog)} />
    </DropArea>
  );
}

function Tabs(): JSX.Element {
  const turn = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const to = VIEWS[(VIEWS.indexOf(state.view) + by + VIEWS.length) % VIEWS.length]!;
    show(to);
    document.getElementById(`tab-${to}`)?.focus();
    event.preventDefault();
  };
  return (
    <div class="tabs" role="tablist" aria-label="Views" onKeyDown={turn}>
      <For each={VIEWS}>
        {(view) => (
          <button
            type="button"
            role="tab"
            id={`tab-${view}`}
            aria-controls="view"
            aria-selected={state.view === view}
            tabindex={state.view === view ? 0 : -1}
            onClick={() => show(view)}
          >
            {TITLES[view]}
          </button>
        )}
      </For>
    </div>
  );
}

function Status(): JSX.Element {
  return (
    <>
      <div class="status" role="status" classList={{ idle: !state.busy }}>
        {state.busy && `${state.busy}…`}
      </div>
      <div role="alert" class="troubles">
        <For each={state.troubles}>
          {(trouble) => (
            <p class="trouble">
              <span>{trouble}</span>
              <button type="button" class="button" onClick={() => dismiss(trouble)}>
                Dismiss
              </button>
            </p>
          )}
        </For>
      </div>
    </>
  );
}

/** The address after `#` is the permalink; a jump within the page leaves it alone. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
