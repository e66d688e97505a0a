import { createSignal, type JSX } from "solid-js";

/** Copies `text`; says that it did. */
export function Copy(props: { readonly text: string; readonly what: string }): JSX.Element {
  const [said, say] = createSignal("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(props.text);
      say("Copied");
    } catch {
      say("Not allowed: select the text instead");
    }
    setTimeout(() => say(""), 2000);
  };
  return (
    <span class="copy">
      <button type="button" class="button small" aria-label={`Copy ${props.what}`} onClick={() => void copy()}>
        Copy
      </button>
      <span role="status" class="faint">
        {said()}
      </span>
    </span>
  );
}
