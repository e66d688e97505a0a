import { For, type JSX } from "solid-js";
import { CONFIDENCES } from "../words";
import type { Confidence } from "ipsec-wasm";

/** How sure a finding is: a word, and one to three full boxes. */
export function Sureness(props: { readonly of: Confidence }): JSX.Element {
  return (
    <span class="sureness">
      <span class="boxes" aria-hidden="true">
        <For each={[1, 2, 3]}>{(step) => <i classList={{ full: step <= CONFIDENCES[props.of].step }} />}</For>
      </span>
      <strong>{props.of}</strong>
    </span>
  );
}
