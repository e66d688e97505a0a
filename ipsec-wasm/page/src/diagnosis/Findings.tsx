import { createEffect, createSignal, For, type JSX, on, Show } from "solid-js";
import { attempt } from "../session";
import type { Opened } from "../worker/service";
import type { Entry } from "ipsec-wasm";
import { FindingCard } from "./FindingCard";

/** The findings, the first of them open, further ones when they are asked for. */
export function Findings(props: { readonly answer: Opened }): JSX.Element {
  const [shown, setShown] = createSignal<readonly Entry[]>(props.answer.report.findings);
  createEffect(on(() => props.answer, (answer) => setShown(answer.report.findings), { defer: true }));
  const left = () => props.answer.findings - shown().length;
  const more = async () => {
    const further = await attempt("findings", shown().length, MORE);
    setShown((all) => [...all, ...(further ?? [])]);
  };
  return (
    <Show when={shown().length > 0}>
      <section aria-labelledby="findings">
        <h2 id="findings">Findings</h2>
        <For each={shown()}>
          {(finding, n) => <FindingCard report={props.answer.report} finding={finding} open={n() === 0} />}
        </For>
        <Show when={left() > 0}>
          <button type="button" class="button" onClick={() => void more()}>
            Show more ({left().toLocaleString("en")} left)
          </button>
        </Show>
      </section>
    </Show>
  );
}

const MORE = 100;
