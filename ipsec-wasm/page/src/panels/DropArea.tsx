import { createSignal, type JSX, onCleanup, onMount, type ParentProps, Show } from "solid-js";
import { add } from "../session";

/** The whole page takes files that are dropped on it, or pasted. */
export function DropArea(props: ParentProps): JSX.Element {
  const [over, setOver] = createSignal(false);
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;

  const onDragOver = (event: DragEvent) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    setOver(true);
  };
  const onDragLeave = (event: DragEvent) => {
    if (event.relatedTarget === null) setOver(false);
  };
  const onDrop = (event: DragEvent) => {
    setOver(false);
    if (!hasFiles(event)) return;
    event.preventDefault();
    void add(event.dataTransfer?.files ?? []);
  };
  const onPaste = (event: ClipboardEvent) => void add(event.clipboardData?.files ?? []);

  onMount(() => {
    addEventListener("dragover", onDragOver);
    addEventListener("dragleave", onDragLeave);
    addEventListener("drop", onDrop);
    addEventListener("paste", onPaste);
    onCleanup(() => {
      removeEventListener("dragover", onDragOver);
      removeEventListener("dragleave", onDragLeave);
      removeEventListener("drop", onDrop);
      removeEventListener("paste", onPaste);
    });
  });

  return (
    <>
      {props.children}
      <Show when={over()}>
        <div class="dropping" aria-hidden="true">
          Drop to read
        </div>
      </Show>
    </>
  );
}
