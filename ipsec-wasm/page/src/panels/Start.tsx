import { For, type JSX } from "solid-js";
import { EXAMPLES } from "../examples";
import { openExample } from "../session";
import { Picker } from "./Picker";

/** What is shown before any file is open. */
export function Start(): JSX.Element {
  return (
    <div class="start">
      <section class="invite">
        <h1>Why does this tunnel fail?</h1>
        <p class="large">
          Drop captures, logs, configurations and keys of one or both ends here, in any order.
        </p>
        <Picker class="button primary">Choose files</Picker>
        <p class="faint">
          pcap, pcapng and tcpdump text, plain or gzipped; logs and configurations of strongSwan, Libreswan, Cisco, Fortinet,
          Juniper and others. Everything is read in this browser tab. Nothing is sent anywhere.
        </p>
      </section>
      <section aria-labelledby="examples">
        <h2 id="examples">Or look at an example</h2>
        <ul class="examples">
          <For each={EXAMPLES}>
            {(example) => (
              <li>
                <button type="button" class="card" onClick={() => void openExample(example.name)}>
                  <strong>{example.title}</strong>
                  <span class="faint">{example.about}</span>
                </button>
              </li>
            )}
          </For>
        </ul>
      </section>
    </div>
  );
}
