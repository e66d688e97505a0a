/**
 * The library's SVG as elements of this page. Only shapes and words that its
 * pictures are made of come across, so nothing that a peer sent can become
 * more than text, whatever the picture contains. The page has styles of its own
 * for it, which follow its theme.
 */
const SVG = "http://www.w3.org/2000/svg";

const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  svg: ["viewBox", "width", "height", "class"],
  title: [],
  desc: [],
  g: ["class"],
  rect: ["class", "x", "y", "width", "height", "rx"],
  path: ["class", "d"],
  circle: ["class", "cx", "cy", "r"],
  line: ["class", "x1", "y1", "x2", "y2"],
  text: ["class", "x", "y"],
  tspan: ["class", "x", "y", "dx", "dy"],
};

/** The picture, or nothing when it is none. `linked` makes a link of each packet's number. */
export function drawing(svg: string, linked: ((packet: number) => string) | undefined): SVGSVGElement | undefined {
  const bare = svg.replace(/<style>[^]*?<\/style>/, "");
  const root = new DOMParser().parseFromString(bare, "image/svg+xml").documentElement;
  const copy = copied(root);
  if (!(copy instanceof SVGSVGElement)) return undefined;
  if (linked) for (const text of copy.querySelectorAll("text")) link(text, linked);
  return copy;
}

function copied(from: Element): Element | undefined {
  const attributes = from.namespaceURI === SVG ? ALLOWED[from.localName] : undefined;
  if (!attributes) return undefined;
  const to = document.createElementNS(SVG, from.localName);
  for (const name of attributes) {
    const value = from.getAttribute(name);
    if (value !== null) to.setAttribute(name, value);
  }
  for (const child of from.childNodes) {
    if (child instanceof Text) to.append(child.data);
    if (child instanceof Element) to.append(copied(child) ?? "");
  }
  return to;
}

function link(text: SVGTextElement, linked: (packet: number) => string): void {
  const packet = /^#(\d+)\b/.exec(text.textContent)?.[1];
  if (!packet) return;
  const anchor = document.createElementNS(SVG, "a");
  anchor.setAttribute("href", linked(Number(packet)));
  text.replaceWith(anchor);
  anchor.append(text);
}
