import type { JSX } from "solid-js";
import { addPsk } from "../session";
import { Picker } from "./Picker";

/** Keys go straight to the worker; the page forgets them before they are used. */
export function KeysDialog(props: { readonly ref: (dialog: HTMLDialogElement) => void }): JSX.Element {
  let dialog!: HTMLDialogElement;
  let input!: HTMLInputElement;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (input.value === "") return;
    void addPsk(input.value);
    input.value = "";
    dialog.close();
  };
  return (
    <dialog
      ref={(element) => {
        dialog = element;
        props.ref(element);
      }}
      aria-labelledby="keys-title"
      onClose={() => (input.value = "")}
    >
      <h2 id="keys-title">Open what is encrypted</h2>
      <p>
        Keys stay in this tab, in a worker that the page cannot read from. <strong>Clear</strong> wipes them and ends the worker.
      </p>
      <h3>Key files</h3>
      <p>
        Key tables of Wireshark, <code>save-keys</code> of strongSwan, debug logs of IKE daemons, <code>ip xfrm state</code>,
        or a pcapng that carries them.
      </p>
      <Picker class="button">Choose key files</Picker>
      <form onSubmit={submit} autocomplete="off">
        <h3>
          <label for="psk">Pre-shared key</label>
        </h3>
        <p id="psk-help">Text as it stands in the configuration, or hexadecimal after 0x, or base64 after 0s.</p>
        <div class="line">
          <input
            ref={input}
            id="psk"
            type="password"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            aria-describedby="psk-help"
          />
          <button type="submit" class="button primary">
            Try it
          </button>
        </div>
      </form>
      <form method="dialog" class="end">
        <button type="submit" class="button">
          Close
        </button>
      </form>
    </dialog>
  );
}
