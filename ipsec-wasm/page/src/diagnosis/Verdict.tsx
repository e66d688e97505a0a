import { type JSX, Show } from "solid-js";
import { CONFIDENCES, lead, STATES, WHO } from "../words";
import type { Report } from "ipsec-wasm";
import { Sureness } from "./Sureness";

export function Verdict(props: { readonly report: Report }): JSX.Element {
  const verdict = () => STATES[props.report.verdict.state];
  const cause = () => lead(props.report);
  return (
    <section class={`verdict ${props.report.verdict.state}`} aria-label="Verdict">
      <p class="state">
        <span class="mark" aria-hidden="true">
          {verdict().mark}
        </span>
        {verdict().word}
      </p>
      <h1>{cause()?.title ?? verdict().means}</h1>
      <Show when={cause()}>
        {(finding) => (
          <dl class="facts">
            <div>
              <dt>Who must act</dt>
              <dd>{WHO[finding().who]}</dd>
            </div>
            <div>
              <dt>How sure</dt>
              <dd>
                <Sureness of={finding().confidence} /> {CONFIDENCES[finding().confidence].means}
              </dd>
            </div>
          </dl>
        )}
      </Show>
    </section>
  );
}
