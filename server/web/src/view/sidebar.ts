// Who is logged in, how the connection is, and the conversations, the newest first.
import type { Client } from '../core/client';
import { shows, type Conversation } from '../core/model';
import type { Entry } from '../core/wire';
import { arrange, el, moment, set, set_text } from './dom';
import { event_text } from './message';
import { icon } from './icons';
import { toggle_theme } from './theme';

export interface SidebarActions {
  open(key: string): void;
  start(): void;
  switch_to(): void;
  admin(): void;
  leave(): void;
}

// A colour of its own for everybody: one of a few, which the style sheet has for light and dark.
export function avatar(seed: string, title: string): HTMLElement {
  let sum = 0;
  for (const letter of seed) sum = (sum * 31 + letter.charCodeAt(0)) >>> 0;
  const first = [...title.replace(/^[^\p{L}\p{N}]+/u, '')][0] ?? '?';
  return el('span', { class: `avatar tone-${sum % 8}`, 'aria-hidden': 'true' }, first.toUpperCase());
}

export function connection_text(client: Client): string {
  if (client.online) return 'Connected';
  if (client.link_state === 'connecting') return 'Connecting …';
  if (client.link_state === 'stopped') return 'Not connected';
  const seconds = Math.max(0, Math.ceil((client.retry_at - Date.now()) / 1_000));
  return seconds === 0 ? 'Connecting …' : `No connection, next try in ${seconds} s`;
}

export function sidebar_view(client: Client, actions: SidebarActions): { root: HTMLElement; update(): void } {
  const button = (name: Parameters<typeof icon>[0], label: string, click: () => void) =>
    el('button', { type: 'button', class: 'icon-button', 'aria-label': label, title: label, on: { click } }, icon(name));
  const who = el('span', { class: 'who' });
  const state = el('span', { class: 'state', role: 'status' });
  const list = el('ul', { class: 'conversations', role: 'listbox', 'aria-label': 'Conversations', on: { keydown: (event) => key(event) } });
  const none = el('p', { class: 'quiet none' }, 'No conversations yet. Start one with “New”.');
  const root = el('nav', { class: 'sidebar', 'aria-label': 'Conversations' },
    el('header', {},
      el('div', { class: 'me' }, el('div', { class: 'mark', 'aria-hidden': 'true' }), el('div', {}, who, state)),
      el('div', { class: 'row' },
        button('plot', 'Server', actions.admin),
        button('theme', 'Light or dark', toggle_theme),
        button('leave', 'Log out', actions.leave))),
    el('div', { class: 'row tools' },
      el('button', { type: 'button', class: 'find', on: { click: actions.switch_to }, 'aria-keyshortcuts': 'Control+K' },
        icon('search'), el('span', {}, 'Go to …'), el('kbd', {}, 'Ctrl K')),
      el('button', { type: 'button', class: 'primary new', on: { click: actions.start } }, icon('plus'), 'New')),
    list, none);

  function key(event: KeyboardEvent): void {
    const rows = [...list.children] as HTMLElement[];
    const at = rows.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to !== undefined) rows[Math.min(Math.max(to, 0), rows.length - 1)]?.focus();
    else if ((event.key === 'Enter' || event.key === ' ') && at >= 0) actions.open(rows[at]!.dataset.key!);
    else return;
    event.preventDefault();
  }

  function make(one: Conversation): HTMLElement {
    const title = client.model.title_of(one);
    return el('li', { role: 'option', on: { click: () => actions.open(one.key) } },
      el('span', { class: 'face' }, avatar(one.key, title), el('span', { class: 'dot' })),
      el('span', { class: 'title' }), el('time', {}), el('span', { class: 'last' }), el('span', { class: 'badge' }));
  }

  function update_row(row: HTMLElement, one: Conversation): void {
    const title = client.model.title_of(one);
    if (one.peerId !== '') void client.learn_name(one.peerId);
    const [face, name, time, last, badge] = [...row.children] as HTMLElement[];
    if (name!.textContent !== title) face!.replaceChildren(avatar(one.key, title), el('span', { class: 'dot' }));
    set_text(name!, title);
    set_text(time!, moment(one.at));
    set_text(last!, last_text(client, one));
    set_text(badge!, one.unread > 99 ? '99+' : one.unread > 0 ? String(one.unread) : '');
    const presence = one.peerId === '' || one.peerId === client.model.me ? '' : client.model.person(one.peerId).presence;
    set(face!.lastElementChild!, 'class', `dot ${presence}`);
    const shown = one.key === client.shown;
    set(row, 'aria-selected', shown ? 'true' : 'false');
    set(row, 'tabindex', shown || (client.shown === '' && row === list.firstElementChild) ? 0 : -1);
    const unread = one.unread > 0 ? `, ${one.unread} unread` : '';
    set(row, 'aria-label', `${title}${presence === 'online' ? ', online' : ''}${unread}`);
    row.classList.toggle('unread', one.unread > 0);
  }

  return {
    root,
    update() {
      const all = client.model.sorted();
      set_text(who, client.model.me === '' ? client.account.kept?.name ?? '' : client.model.name_of(client.model.me));
      set_text(state, client.link_state === 'waiting' ? 'No connection' : connection_text(client));
      set(state, 'data-state', client.link_state);
      arrange(list, all, (one) => one.key, make, update_row);
      if (list.querySelector('[tabindex="0"]') === null) set(list.firstElementChild ?? list, 'tabindex', list.firstElementChild ? 0 : null);
      none.hidden = all.length > 0;
    },
  };
}

function last_text(client: Client, one: Conversation): string {
  if (client.model.typists(one, Date.now()).length > 0) return 'typing …';
  const pending = client.outbox?.of(one.key).at(-1);
  if (pending !== undefined) return `You: ${pending.content}`;
  const last: Entry | null = one.last;
  if (last === null || !shows(last)) return '';
  if (last.kind !== 'message') return event_text(client, last);
  const said = last.state === 'recalled' ? 'recalled message' : last.content || last.type;
  if (last.from === client.model.me) return `You: ${said}`;
  return one.groupId === '' ? said : `${client.model.name_of(last.from)}: ${said}`;
}
