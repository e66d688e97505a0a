import { type JSX, Show } from "solid-js";
import { state } from "../session";
import { Exports } from "./Exports";
import { Files } from "./Files";
import { Findings } from "./Findings";
import { Unknowns } from "./Unknowns";
import { Verdict } from "./Verdict";

/** The answer first, then what it rests on, then what stays open. */
export function Diagnosis(props: { readonly onKeys: () => void }): JSX.Element {
  return (
    <Show when={state.answer} fallback={<p class="large waiting">Reading…</p>}>
      {(answer) => (
        <div class="columns">
          <div class="answer">
            <Verdict report={answer().report} />
            <Findings answer={answer()} />
            <Unknowns questions={answer().report.unknowns} onKeys={props.onKeys} />
          </div>
          <aside class="side">
            <Files files={answer().files} inputs={answer().report.inputs} />
            <Exports />
          </aside>
        </div>
      )}
    </Show>
  );
}
