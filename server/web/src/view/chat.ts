// One conversation: its head, its log, and where one writes.
import type { Client } from '../core/client';
import type { Conversation } from '../core/model';
import type { Entry } from '../core/wire';
import { Refusal } from '../core/wire';
import { arrange, el, set, set_text } from './dom';
import { icon } from './icons';
import { lines_of, make_line, update_line, type Line } from './message';
import { open_message_menu } from './message_menu';
import { connection_text } from './sidebar';

const kFriend: Record<string, string> = { asked: 'Friend asked', requested: 'Accept as friend' };
const kTextBytes = 4_096;
const kNearEnd = 80; // px

export interface ChatView {
  root: HTMLElement;
  update(): void;
  focus(): void;
}

export function chat_view(client: Client, back: () => void, toggle_people: () => void): ChatView {
  const title = el('h2', {});
  const under = el('p', { class: 'under', role: 'status' });
  const banner = el('div', { class: 'banner', role: 'status', hidden: true });
  const log = el('div', { class: 'log', role: 'log', 'aria-label': 'Messages', tabindex: 0, on: { scroll: () => scrolled(), contextmenu: (event) => menu(event), keydown: (event) => menu_key(event) } });
  const lines = el('div', { class: 'lines' });
  const to_end = el('button', { type: 'button', class: 'to-end', 'aria-label': 'To the newest', title: 'To the newest', hidden: true, on: { click: () => jump() } }, icon('down'));
  const input = el('textarea', { rows: 1, 'aria-label': 'Message', placeholder: 'Write a message', on: { keydown: (event) => typed(event), input: () => changed() } });
  const left = el('span', { class: 'left' });
  const send = el('button', { type: 'submit', class: 'primary send', 'aria-label': 'Send' }, icon('send'));
  const people = el('button', { type: 'button', class: 'icon-button', 'aria-label': 'Members', title: 'Members', on: { click: toggle_people } }, icon('people'));
  const friend = el('button', { type: 'button', class: 'plain friend', on: { click: () => shown !== null && void client.befriend(shown.peerId) } });
  const form = el('form', { class: 'composer', on: { submit: (event) => { event.preventDefault(); submit(); } } }, input, left, send);
  const root = el('section', { class: 'chat', 'aria-label': 'Conversation' },
    el('header', {},
      el('button', { type: 'button', class: 'icon-button back', 'aria-label': 'Back to the conversations', on: { click: back } }, icon('back')),
      el('div', { class: 'heading' }, title, under), friend, people),
    banner, el('div', { class: 'log-frame' }, log, to_end), form);
  log.append(lines);
  const drafts = new Map<string, string>();
  let shown: Conversation | null = null;
  let shown_lines: Line[] = [];
  let unread_from = 0;
  let stick = true; // the newest is to be seen
  let editing: Entry | null = null;
  let first_key = ''; // of the uppermost line

  const near_end = () => log.scrollHeight - log.scrollTop - log.clientHeight < kNearEnd;

  function jump(): void {
    log.scrollTop = log.scrollHeight;
    stick = true;
  }

  function scrolled(): void {
    stick = near_end();
    to_end.hidden = stick;
    if (shown === null) return;
    if (log.scrollTop < 200 && shown.older && shown.opened) void client.load_older(shown);
    read();
  }

  function read(): void {
    const seen = shown !== null && stick && document.hasFocus() && document.visibilityState === 'visible' && root.offsetParent !== null;
    if (seen && shown!.unread > 0) client.mark_read(shown!);
    else if (seen && client.model.readable(shown!) !== null) client.mark_read(shown!);
  }

  // Called before the lines of another conversation are put in.
  function turn_to(home: Conversation): void {
    if (shown !== null) drafts.set(shown.key, editing === null ? input.value : '');
    editing = null;
    shown = home;
    input.value = drafts.get(home.key) ?? '';
    unread_from = home.unread > 0 ? first_unread(home) : 0;
    stick = true;
    lines.replaceChildren();
    fit();
  }

  const first_unread = (home: Conversation) =>
    home.entries.find((one) => one.seq > home.read && one.from !== client.model.me && one.kind === 'message')?.seq ?? 0;

  function fit(): void {
    input.style.height = 'auto';
    input.style.height = `${Math.min(input.scrollHeight, 160)}px`;
    const bytes = new TextEncoder().encode(input.value).length;
    set_text(left, bytes > kTextBytes - 200 ? String(kTextBytes - bytes) : '');
    left.classList.toggle('over', bytes > kTextBytes);
    send.disabled = bytes > kTextBytes || input.value.trim() === '';
  }

  function changed(): void {
    fit();
    if (shown !== null && input.value !== '' && editing === null) client.typing(shown.key);
  }

  function typed(event: KeyboardEvent): void {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit();
    } else if (event.key === 'Escape' && editing !== null) {
      stop_editing();
      event.stopPropagation();
    } else if (event.key === 'ArrowUp' && input.value === '' && shown !== null) {
      const own = shown.entries.findLast((one) => one.from === client.model.me && one.kind === 'message' && one.state !== 'recalled');
      if (own === undefined) return;
      event.preventDefault();
      edit(own);
    }
  }

  function submit(): void {
    const content = input.value.trim();
    if (shown === null || send.disabled || content === '') return;
    if (editing !== null) return void save_edit(editing, content);
    client.send(shown.key, content);
    unread_from = 0;
    input.value = '';
    stick = true;
    fit();
  }

  function edit(entry: Entry): void {
    editing = entry;
    input.value = entry.content;
    form.classList.add('editing');
    fit();
    input.focus();
    client.onchange();
  }

  function stop_editing(): void {
    editing = null;
    input.value = '';
    form.classList.remove('editing');
    fit();
    client.onchange();
  }

  async function save_edit(entry: Entry, content: string): Promise<void> {
    stop_editing();
    if (content !== entry.content) await client.change_message(shown!, entry, content);
  }

  function line_at(target: EventTarget | null): Line | undefined {
    const key = (target as Element | null)?.closest<HTMLElement>('[data-key]')?.dataset.key;
    return shown_lines.find((line) => line.key === key);
  }

  function menu(event: MouseEvent): void {
    const line = line_at(event.target);
    if (line === undefined || shown === null || (line.what !== 'message' && line.what !== 'pending')) return;
    if (getSelection()?.toString() !== '') return;
    event.preventDefault();
    open_message_menu(client, shown, line, edit);
  }

  // Arrows walk through the messages; Enter opens what can be done with one.
  function menu_key(event: KeyboardEvent): void {
    const all = [...lines.querySelectorAll<HTMLElement>('.message')];
    const at = all.indexOf(document.activeElement as HTMLElement);
    if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      const to = at < 0 ? all.length - 1 : at + (event.key === 'ArrowUp' ? -1 : 1);
      if (to >= all.length) input.focus();
      else all[Math.max(to, 0)]?.focus();
      event.preventDefault();
    } else if (event.key === 'Enter' && at >= 0 && event.target === document.activeElement) {
      const line = line_at(all[at]!);
      if (line !== undefined && shown !== null) open_message_menu(client, shown, line, edit);
      event.preventDefault();
    }
  }

  function update_head(home: Conversation): void {
    const typists = client.model.typists(home, Date.now()).map((user) => client.model.name_of(user));
    const presence = home.peerId !== '' && home.peerId !== client.model.me ? client.model.person(home.peerId).presence : '';
    const still = home.groupId !== '' ? `Group ${home.groupId}` : presence;
    set_text(title, client.model.title_of(home));
    set_text(under, typists.length === 0 ? still : typists.length > 3 ? 'several are typing …' : `${typists.join(', ')} ${typists.length > 1 ? 'are' : 'is'} typing …`);
    under.classList.toggle('typing', typists.length > 0);
    set(under, 'data-presence', presence);
    people.hidden = home.groupId === '';
    const state = home.peerId === '' || home.peerId === client.model.me ? 'friends' : client.model.person(home.peerId).friend;
    friend.hidden = state === 'friends' || !client.online;
    friend.disabled = state === 'asked';
    set_text(friend, kFriend[state] ?? 'Add friend');
    const offline = !client.online && client.link_state !== 'stopped';
    banner.hidden = !offline && home.member && editing === null;
    set_text(banner, editing !== null ? 'Editing a message: Enter saves, Escape gives up' : !home.member ? 'You are not in this group any more.' : connection_text(client));
    form.hidden = !home.member;
  }

  function update_lines(home: Conversation): void {
    const below = log.scrollHeight - log.scrollTop;
    shown_lines = lines_of(client, home, unread_from);
    arrange(lines, shown_lines, (line) => line.key, (line) => {
      const made = make_line(line);
      if (line.what === 'message' || line.what === 'pending') made.tabIndex = -1;
      return made;
    }, (element, line) => update_line(element, line, client, home));
    set(log, 'aria-busy', home.opened || !home.older ? null : 'true');
    // What came in above must not move what is read.
    const first = shown_lines.find((line) => line.what !== 'day')?.key ?? '';
    if (stick) log.scrollTop = log.scrollHeight;
    else if (first !== first_key) log.scrollTop = log.scrollHeight - below;
    first_key = first;
  }

  return {
    root,
    update() {
      const home = client.model.conversations.get(client.shown);
      root.classList.toggle('empty', home === undefined);
      if (home === undefined) {
        shown = null;
        return;
      }
      if (home !== shown) turn_to(home);
      if (unread_from === 0 && home.unread > 0 && !document.hasFocus()) unread_from = first_unread(home);
      update_head(home);
      update_lines(home);
      to_end.hidden = stick;
      // A screen that is not full yet cannot be scrolled: read on.
      if (home.opened && home.older && log.scrollHeight <= log.clientHeight) void client.load_older(home);
      read();
    },
    focus() {
      if (!form.hidden) input.focus();
    },
  };
}

export const sentence = (error: unknown): string =>
  error instanceof Refusal ? error.message : 'This did not work. Please try again.';
