// What can be done with a message: copy, edit, recall, delete for oneself; or try again.
import type { Client } from '../core/client';
import type { Conversation } from '../core/model';
import type { Entry } from '../core/wire';
import { close_then, show_dialog } from './dialog';
import { el } from './dom';
import type { Line } from './message';

export function open_message_menu(client: Client, home: Conversation, line: Line, edit: (entry: Entry) => void): void {
  if (document.querySelector('dialog') !== null) return;
  const acts: [string, () => void][] = [];
  if (line.what === 'pending') {
    const { clientId, content } = line.pending;
    if (line.pending.failed !== '') acts.push(['Try again', () => client.outbox?.again(clientId)]);
    acts.push(['Copy text', () => void navigator.clipboard?.writeText(content)]);
    if (line.pending.failed !== '') acts.push(['Discard', () => client.outbox?.discard(clientId)]);
  } else if (line.what === 'message') {
    const entry = line.entry;
    const own = entry.from === client.model.me;
    if (entry.state !== 'recalled') acts.push(['Copy text', () => void navigator.clipboard?.writeText(entry.content)]);
    if (own && entry.state !== 'recalled') {
      acts.push(['Edit', () => edit(entry)]);
      acts.push(['Recall for everybody', () => void client.change_message(home, entry, null)]);
    }
    acts.push(['Delete for me', () => void client.hide_message(home, entry)]);
  }
  if (acts.length === 0) return;
  const failed = line.what === 'pending' && line.pending.failed !== '' ? [el('p', { class: 'problem' }, line.pending.failed)] : [];
  const menu = el('div', { class: 'menu' }, ...acts.map(([label, act]) =>
    el('button', { type: 'button', on: { click: () => close_then(dialog, act) } }, label)));
  menu.addEventListener('keydown', (event) => {
    const all = [...menu.children] as HTMLElement[];
    const at = all.indexOf(document.activeElement as HTMLElement);
    if (event.key === 'ArrowDown') all[(at + 1) % all.length]?.focus();
    if (event.key === 'ArrowUp') all[(at - 1 + all.length) % all.length]?.focus();
  });
  const dialog = show_dialog('Message', 'acts-dialog', ...failed, menu);
}
