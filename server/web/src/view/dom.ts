// Elements without a framework. Whatever comes from people goes in as text nodes; nothing here, or
// anywhere in the page, parses HTML.

type Child = Node | string | null | false;
type Listeners = { [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void };
export interface Props {
  on?: Listeners;
  [attribute: string]: unknown;
}

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === 'on') listen(made, value as Listeners);
    else set(made, name, value);
  }
  made.append(...children.filter((child): child is Node | string => child !== null && child !== false));
  return made;
}

// An attribute; false and null take it away.
export function set(of: Element, name: string, value: unknown): void {
  if (value === false || value === null || value === undefined) of.removeAttribute(name);
  else if (of.getAttribute(name) !== String(value)) of.setAttribute(name, value === true ? '' : String(value));
}

export function set_text(of: Element, text: string): void {
  if (of.textContent !== text) of.textContent = text;
}

function listen(to: HTMLElement, listeners: Listeners): void {
  for (const [name, call] of Object.entries(listeners)) to.addEventListener(name, call as EventListener);
}

const kSvg = 'http://www.w3.org/2000/svg';
export function svg(tag: string, attributes: Record<string, string | number>, ...children: Node[]): SVGElement {
  const made = document.createElementNS(kSvg, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

// Makes the children of `parent` what `items` says, in their order, with one element for each key:
// what stays is kept and updated, so that focus, selection and scrolling survive.
export function arrange<T>(
  parent: Element,
  items: T[],
  key: (item: T) => string,
  make: (item: T) => HTMLElement,
  update: (element: HTMLElement, item: T) => void,
): void {
  const held = new Map<string, HTMLElement>();
  for (const child of [...parent.children] as HTMLElement[]) held.set(child.dataset.key ?? '', child);
  let place: Element | null = parent.firstElementChild;
  for (const item of items) {
    const name = key(item);
    let element = held.get(name);
    held.delete(name);
    if (element === undefined) {
      element = make(item);
      element.dataset.key = name;
    }
    update(element, item);
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
  }
  for (const left of held.values()) left.remove();
}

// Made once: to make one takes longer than to write a hundred times with it.
const kClock = new Intl.DateTimeFormat([], { hour: '2-digit', minute: '2-digit' });
const kShortDay = new Intl.DateTimeFormat([], { day: 'numeric', month: 'short' });
const kDay = new Intl.DateTimeFormat([], { weekday: 'short', day: 'numeric', month: 'short' });
const kYearDay = new Intl.DateTimeFormat([], { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });
const kWhole = new Intl.DateTimeFormat([], { dateStyle: 'medium', timeStyle: 'medium' });

export const clock = (ms: number): string => kClock.format(ms);
export const whole_moment = (ms: number): string => kWhole.format(ms);

// The midnight that a day began with.
export function day_start(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

export function day(ms: number): string {
  const start = day_start(ms);
  const today = day_start(Date.now());
  if (start === today) return 'Today';
  if (start === day_start(today - 1)) return 'Yesterday';
  return (new Date(start).getFullYear() === new Date(today).getFullYear() ? kDay : kYearDay).format(ms);
}

// How a list says it: the time today, else the day.
export function moment(ms: number): string {
  if (ms === 0) return '';
  const said = day(ms);
  if (said === 'Today') return clock(ms);
  return said === 'Yesterday' ? said : kShortDay.format(ms);
}
