// Elements out of text. Nothing of this application parses markup.

export type Child = Node | string | null | undefined;

export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

// Marks that turn the direction of what follows, and control characters: the same that the pages
const unsafe = /[\u0000-\u0008\u000b-\u001f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A stranger's text without marks that would disturb what stands beside it. */
export function shielded(text: string): string {
  return text.replace(unsafe, '\ufffd');
}

function fill(element: Element, attributes: Attributes, children: readonly Child[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children) {
    if (typeof child === 'string') element.append(shielded(child));
    else if (child) element.append(child);
  }
}

export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  return element;
}

export function makeSvg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[Tag] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  fill(element, attributes, children);
  return element;
}

/** A name that somebody chose: whatever its letters are, they do not turn the sentence around. */
export function name(text: string): HTMLElement {
  return make('bdi', {}, text);
}

export function button(
  text: string,
  onClick: () => void,
  attributes: Attributes = {},
): HTMLElement {
  const made = make('button', {type: 'button', ...attributes}, text);
  made.addEventListener('click', onClick);
  return made;
}

/** A region that scrolls sideways, by keyboard as well. */
export function scrolled(label: string, table: HTMLElement): HTMLElement {
  return make('div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': label}, table);
}

/** A link out, if it is one that a browser may follow; else its text. */
export function outward(address: string, text: string): Child {
  if (!/^https:\/\//.test(address)) return text;
  return make('a', {href: address, rel: 'noopener noreferrer nofollow ugc'}, text);
}
