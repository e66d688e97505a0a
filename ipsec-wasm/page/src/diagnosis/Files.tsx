import { For, type JSX, Show } from "solid-js";
import { count, harmless, kindOf } from "../words";
import type { FileInfo, Input } from "ipsec-wasm";

interface Props {
  readonly files: readonly FileInfo[];
  readonly inputs: readonly Input[];
}

export function Files(props: Props): JSX.Element {
  return (
    <section aria-labelledby="files">
      <h2 id="files">Files</h2>
      <ul class="files">
        <For each={props.files}>
          {(file, n) => (
            <li>
              <strong class="place">{harmless(file.name)}</strong>
              <span class="faint">
                {kindOf(file)}
                {holds(props.inputs[n()])}
              </span>
              <Show when={file.unread}>
                <span class="unread">{file.unread}</span>
              </Show>
              <Show when={file.remarks.length > 0}>
                <details>
                  <summary>{count(file.remarks.length, "remark")}</summary>
                  <ul>
                    <For each={file.remarks}>{(remark) => <li>{remark}</li>}</For>
                  </ul>
                </details>
              </Show>
            </li>
          )}
        </For>
      </ul>
    </section>
  );
}

function holds(input: Input | undefined): string {
  if (!input || input.packets === null) return "";
  const parts = [count(input.packets, "packet")];
  if (input.cut) parts.push(`${input.cut.toLocaleString("en")} cut`);
  if (input.unreadable) parts.push(`${input.unreadable.toLocaleString("en")} unreadable`);
  return `, ${parts.join(", ")}`;
}
