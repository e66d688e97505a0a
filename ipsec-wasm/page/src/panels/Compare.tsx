import { createResource, createSignal, For, type JSX, Show } from "solid-js";
import { attempt, openExample, show, state } from "../session";
import { EFFECTS, harmless } from "../words";
import type { Agreement, Comparison } from "ipsec-wasm";
import { Patch } from "./Patch";
import { Picker } from "./Picker";

const PROFILES = [
  ["ietf", "RFC 8247 for IKE, RFC 8221 for ESP and AH"],
  ["rfc8247", "RFC 8247, IKE alone"],
  ["rfc8221", "RFC 8221, ESP and AH alone"],
  ["cnsa", "Commercial National Security Algorithm suites"],
  ["legacy-ok", "no algorithm is called weak"],
] as const;

/** Whether the configurations among the files fit, and what to write if not. */
export function Compare(): JSX.Element {
  const [profile, setProfile] = createSignal("ietf");
  const configurations = () => state.answer?.files.filter((file) => file.kind === "config") ?? [];
  const [comparison] = createResource(
    () => (configurations().length > 0 ? { answer: state.answer, profile: profile() } : undefined),
    ({ profile }) => attempt("compare", profile),
  );
  return (
    <Show when={configurations().length > 0} fallback={<NoConfigurations />}>
      <h1>Do the configurations fit?</h1>
      <p>{configurations().map((file) => harmless(file.name)).join(", ")}</p>
      <p class="line">
        <label for="profile">Weak is what these rules say:</label>
        <select id="profile" value={profile()} onChange={(event) => setProfile(event.currentTarget.value)}>
          <For each={PROFILES}>{([value, title]) => <option value={value}>{title}</option>}</For>
        </select>
      </p>
      <Show when={comparison.latest}>{(found) => <Facts found={found()} />}</Show>
    </Show>
  );
}

function NoConfigurations(): JSX.Element {
  return (
    <div class="narrow">
      <h1>Do the configurations fit?</h1>
      <p>Add the configurations of both ends. The lines that do not fit are shown side by side, with what to write instead.</p>
      <div class="line">
        <Picker class="button primary">Add configurations</Picker>
        <button type="button" class="button" onClick={() => (void openExample("configurations"), show("compare"))}>
          Open the example
        </button>
      </div>
    </div>
  );
}

function Facts(props: { readonly found: Comparison }): JSX.Element {
  return (
    <>
      <p class={`fits ${props.found.fits ? "established" : "failed"}`}>
        <span class="mark" aria-hidden="true">
          {props.found.fits ? "✓" : "✕"}
        </span>
        {props.found.fits ? "Nothing speaks against a tunnel that comes up and stays up." : "They do not fit."}
      </p>
      <For each={props.found.facts}>{(fact) => <Fact fact={fact} />}</For>
    </>
  );
}

function Fact(props: { readonly fact: Agreement }): JSX.Element {
  const effect = () => EFFECTS[props.fact.effect];
  return (
    <article class={`fact ${effect().tone}`}>
      <h2>
        <span class="tag">
          <span aria-hidden="true">{effect().mark}</span> {effect().word}
        </span>{" "}
        {props.fact.topic.replaceAll("-", " ")}
        <Show when={props.fact.connection}> ({props.fact.connection})</Show>
      </h2>
      <p>{props.fact.detail}</p>
      <Show when={props.fact.places.length > 0}>
        <ul class="sides">
          <For each={props.fact.places}>
            {(place) => (
              <li>
                <span class="place">
                  {harmless(place.file)}
                  {place.line === null ? "" : ` line ${place.line}`}
                </span>
                <span>{place.shows}</span>
              </li>
            )}
          </For>
        </ul>
      </Show>
      <For each={props.fact.repairs}>
        {(repair) => (
          <div class="repair">
            <p>
              {repair.text}
              <Show when={repair.weakens}>
                {" "}
                <em class="weakens">Makes the tunnel weaker.</em>
              </Show>
            </p>
            <Show when={repair.patch}>{(patch) => <Patch lines={patch()} />}</Show>
          </div>
        )}
      </For>
    </article>
  );
}
