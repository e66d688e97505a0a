import type { JSX, ParentProps } from "solid-js";
import { add } from "../session";

/** A button that lets people choose files of any kind. */
export function Picker(props: ParentProps<{ readonly class: string }>): JSX.Element {
  let input!: HTMLInputElement;
  const take = () => {
    void add(input.files ?? []);
    input.value = "";
  };
  return (
    <>
      <button type="button" class={props.class} onClick={() => input.click()}>
        {props.children}
      </button>
      <input ref={input} type="file" multiple hidden aria-label="Files" onChange={take} />
    </>
  );
}
