import { createResource, type JSX, Show } from "solid-js";
import { toHash } from "../permalink";
import { attempt, state } from "../session";
import { drawing } from "./drawing";

/** Who said what to whom, and what happened when. */
export function Exchanges(): JSX.Element {
  return (
    <>
      <h1>Exchanges</h1>
      <Picture of="ladder" title="Who said what to whom" />
      <Picture of="timeline" title="What happened when" />
    </>
  );
}

function Picture(props: { readonly of: "ladder" | "timeline"; readonly title: string }): JSX.Element {
  const [svg] = createResource(
    () => state.answer,
    () => attempt(props.of),
  );
  const linked = () => (state.captures.length === 1 && props.of === "ladder" ? toPacket : undefined);
  return (
    <>
      <h2>{props.title}</h2>
      <Show when={svg()} fallback={<p class="faint">{svg.loading ? "Drawing…" : "It cannot be drawn."}</p>}>
        {(text) => (
          <div class="picture" role="region" aria-label={props.title} tabindex="0">
            {drawing(text(), linked())}
          </div>
        )}
      </Show>
    </>
  );
}

function toPacket(packet: number): string {
  return toHash({ view: "packets", example: state.example, packet });
}
