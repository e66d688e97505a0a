import { For, type JSX, Show } from "solid-js";
import { Picker } from "../panels/Picker";
import type { OpenQuestion } from "ipsec-wasm";

interface Props {
  readonly questions: readonly OpenQuestion[];
  readonly onKeys: () => void;
}

export function Unknowns(props: Props): JSX.Element {
  return (
    <Show when={props.questions.length > 0}>
      <section class="unknowns" aria-labelledby="unknowns">
        <h2 id="unknowns">What would decide this?</h2>
        <For each={props.questions}>
          {(open) => (
            <>
              <h3>{open.question}</h3>
              <ul>
                <For each={open.decided_by}>{(what) => <li>{what}</li>}</For>
              </ul>
            </>
          )}
        </For>
        <div class="line">
          <Picker class="button">Add files</Picker>
          <button type="button" class="button" onClick={() => props.onKeys()}>
            Add keys…
          </button>
        </div>
      </section>
    </Show>
  );
}
