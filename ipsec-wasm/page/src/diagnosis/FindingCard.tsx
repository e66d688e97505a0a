import { createSignal, For, type JSX, Show } from "solid-js";
import { Copy } from "../panels/Copy";
import { Patch } from "../panels/Patch";
import { linkTo } from "../session";
import { placeOf, SEVERITIES, WHO } from "../words";
import type { Entry, Remedy, Report, Sighting } from "ipsec-wasm";
import { Sureness } from "./Sureness";

interface Props {
  readonly report: Report;
  readonly finding: Entry;
  readonly open: boolean;
}

export function FindingCard(props: Props): JSX.Element {
  const severity = () => SEVERITIES[props.finding.severity];
  const [open, setOpen] = createSignal(props.open);
  return (
    <details class={`finding ${props.finding.severity}`} open={props.open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span class="tag">
          <span aria-hidden="true">{severity().mark}</span> {severity().word}
        </span>
        <span class="title">{props.finding.title}</span>
        <Sureness of={props.finding.confidence} />
      </summary>
      <Show when={open()}>
        <Body report={props.report} finding={props.finding} />
      </Show>
    </details>
  );
}

function Body(props: { readonly report: Report; readonly finding: Entry }): JSX.Element {
  return (
    <div class="body">
      <p>{props.finding.why}</p>
      <Fixes fixes={props.finding.fixes} />
      <Sightings title="What shows it" seen={props.finding.evidence} report={props.report} />
      <Sightings title="What speaks against it" seen={props.finding.counter_evidence} report={props.report} />
      <dl class="facts small">
        <div>
          <dt>Who must act</dt>
          <dd>{WHO[props.finding.who]}</dd>
        </div>
        <div>
          <dt>Code</dt>
          <dd>
            <code>{props.finding.code}</code>
          </dd>
        </div>
        <Show when={props.finding.root_of.length > 0}>
          <div>
            <dt>Brings</dt>
            <dd>{props.finding.root_of.join(", ")}</dd>
          </div>
        </Show>
        <div>
          <dt>Standards</dt>
          <dd>{props.finding.refs.join(", ")}</dd>
        </div>
      </dl>
    </div>
  );
}

function Fixes(props: { readonly fixes: readonly Remedy[] }): JSX.Element {
  return (
    <Show when={props.fixes.length > 0}>
      <h3>What to do</h3>
      <ol class="fixes">
        <For each={props.fixes}>
          {(fix) => (
            <li>
              <p>
                <strong>{fix.side}:</strong> {fix.text}
                <Show when={fix.weakens_security}>
                  {" "}
                  <em class="weakens">Makes the tunnel weaker.</em>
                </Show>{" "}
                <Show when={!fix.patch}>
                  <Copy text={`${fix.side}: ${fix.text}`} what="this advice" />
                </Show>
              </p>
              <Show when={fix.patch}>{(patch) => <Patch lines={patch()} />}</Show>
            </li>
          )}
        </For>
      </ol>
    </Show>
  );
}

interface Seen {
  readonly title: string;
  readonly seen: readonly Sighting[];
  readonly report: Report;
}

function Sightings(props: Seen): JSX.Element {
  return (
    <Show when={props.seen.length > 0}>
      <h3>{props.title}</h3>
      <ul class="sightings">
        <For each={props.seen}>
          {(seen) => (
            <li>
              <Show when={linkTo(seen)} fallback={<span class="place">{placeOf(props.report, seen)}</span>}>
                {(href) => (
                  <a class="place" href={href()}>
                    {placeOf(props.report, seen)}
                  </a>
                )}
              </Show>
              <span>: {seen.shows}</span>
              <Show when={seen.quote}>
                <q class="quote">{seen.quote}</q>
              </Show>
              <Show when={seen.packet !== null && seen.field}>
                <span class="field">
                  <code>{seen.field}</code> <code class="faint bytes">{spaced(seen.bytes ?? "")}</code>
                </span>
              </Show>
            </li>
          )}
        </For>
      </ul>
    </Show>
  );
}

/** `a1b2c3` as `a1 b2 c3`. */
function spaced(hex: string): string {
  return hex.replace(/(..)(?=.)/g, "$1 ");
}
