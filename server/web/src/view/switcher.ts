// Ctrl+K: the conversation whose name one begins to type. A combobox over a listbox.
import type { Client } from '../core/client';
import { close_then, show_dialog } from './dialog';
import { el, set } from './dom';

const kShown = 8;

export function open_switcher(client: Client, choose: (key: string) => void): void {
  if (document.querySelector('dialog') !== null) return;
  const list = el('ul', { id: 'switch-list', role: 'listbox', 'aria-label': 'Conversations' });
  const input = el('input', {
    type: 'text', role: 'combobox', 'aria-expanded': 'true', 'aria-controls': 'switch-list',
    'aria-label': 'Go to conversation', placeholder: 'Go to conversation …', autocomplete: 'off', spellcheck: 'false',
    on: { input: () => fill(), keydown: (event) => key(event) },
  });
  const dialog = show_dialog('Go to conversation', 'switcher', input, list);
  let at = 0;

  function pick(wanted: string): void {
    close_then(dialog, () => choose(wanted));
  }

  function fill(): void {
    const words = input.value.trim().toLowerCase();
    const found = client.model.sorted().filter((one) => client.model.title_of(one).toLowerCase().includes(words));
    list.replaceChildren(
      ...found.slice(0, kShown).map((one, place) =>
        el('li', { role: 'option', id: `switch-${place}`, 'data-to': one.key, on: { click: () => pick(one.key) } },
          el('span', {}, client.model.title_of(one)),
          el('span', { class: 'quiet' }, one.groupId === '' ? 'person' : 'group'))),
    );
    if (found.length === 0) list.append(el('li', { class: 'quiet none' }, 'No conversation has this name.'));
    move(0);
  }

  function move(to: number): void {
    const options = [...list.querySelectorAll('[role=option]')];
    at = options.length === 0 ? 0 : (to + options.length) % options.length;
    options.forEach((option, place) => set(option, 'aria-selected', place === at ? 'true' : 'false'));
    set(input, 'aria-activedescendant', options.length === 0 ? null : `switch-${at}`);
  }

  function key(event: KeyboardEvent): void {
    if (event.key === 'ArrowDown') move(at + 1);
    else if (event.key === 'ArrowUp') move(at - 1);
    else if (event.key === 'Enter') {
      const chosen = list.querySelector<HTMLElement>('[aria-selected=true]')?.dataset.to;
      if (chosen !== undefined) pick(chosen);
    } else return;
    event.preventDefault();
  }

  fill();
}
