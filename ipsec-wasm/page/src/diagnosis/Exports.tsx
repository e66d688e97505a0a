import { For, type JSX, Show } from "solid-js";
import { attempt, state } from "../session";
import { harmless } from "../words";

const REPORTS = [
  { call: "html", label: "Report (HTML)", file: "ipsec-report.html", type: "text/html" },
  { call: "markdown", label: "For a ticket (Markdown)", file: "ipsec-report.md", type: "text/markdown" },
  { call: "json", label: "For programs (JSON)", file: "ipsec-report.json", type: "application/json" },
  { call: "sarif", label: "For code scanners (SARIF)", file: "ipsec-report.sarif", type: "application/sarif+json" },
] as const;

/** What can be taken away. */
export function Exports(): JSX.Element {
  return (
    <section aria-labelledby="exports">
      <h2 id="exports">Take away</h2>
      <ul class="exports">
        <For each={REPORTS}>
          {(report) => (
            <li>
              <button type="button" class="link" onClick={async () => save(await attempt(report.call), report.file, report.type)}>
                {report.label}
              </button>
            </li>
          )}
        </For>
        <For each={state.captures}>
          {(capture) => (
            <li>
              <button type="button" class="link" onClick={async () => save(await attempt("scrub", capture.index), "scrubbed.pcapng", PCAPNG)}>
                Scrubbed capture
                <Show when={state.captures.length > 1}> of {harmless(capture.name)}</Show>
              </button>
              <span class="faint">addresses and identities replaced, payloads cut: to share with a vendor</span>
            </li>
          )}
        </For>
      </ul>
    </section>
  );
}

const PCAPNG = "application/x-pcapng";

function save(what: string | Uint8Array | undefined, name: string, type: string): void {
  if (what === undefined) return;
  const url = URL.createObjectURL(new Blob([what as BlobPart], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
