import type { JSX } from "solid-js";
import { Copy } from "./Copy";

/** Lines to write into a configuration. */
export function Patch(props: { readonly lines: string }): JSX.Element {
  return (
    <div class="patch">
      <pre>{props.lines}</pre>
      <Copy text={props.lines} what="these lines" />
    </div>
  );
}
