// “New”: a talk with somebody, a group of one's own, or a group one joins.
import type { Client } from '../core/client';
import { Refusal } from '../core/wire';
import { close_then, show_dialog } from './dialog';
import { el, set, set_text } from './dom';

const kWays = [
  { id: 'talk', tab: 'Talk', label: 'Name of the person', button: 'Start talk', hint: 'As they registered, for example bob' },
  { id: 'create', tab: 'New group', label: 'Name of the group', button: 'Create group', hint: 'Others join it by its number' },
  { id: 'join', tab: 'Join group', label: 'Number of the group', button: 'Join group', hint: 'Its members can tell you, for example 1001' },
] as const;
type Way = (typeof kWays)[number];

export function open_start(client: Client, choose: (key: string) => void): void {
  if (document.querySelector('dialog') !== null) return;
  const label = el('label', { for: 'start-what' });
  const input = el('input', { id: 'start-what', type: 'text', required: true, autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', maxlength: 64 });
  const hint = el('p', { class: 'quiet small' });
  const problem = el('p', { class: 'problem', role: 'alert' });
  const submit = el('button', { type: 'submit', class: 'primary' });
  const tabs = el('div', { class: 'tabs', role: 'group', 'aria-label': 'What to start' },
    ...kWays.map((one) => el('button', { type: 'button', 'data-way': one.id, on: { click: () => change(one) } }, one.tab)));
  let way: Way = kWays[0];

  function change(to: Way): void {
    way = to;
    for (const tab of tabs.querySelectorAll('button')) set(tab, 'aria-pressed', tab.dataset.way === to.id ? 'true' : 'false');
    set_text(label, to.label);
    set_text(submit, to.button);
    set_text(hint, to.hint);
    set_text(problem, '');
    input.focus();
  }

  async function go(): Promise<void> {
    const what = input.value.trim();
    submit.disabled = true;
    set_text(problem, '');
    try {
      const key = await start(client, way.id, what);
      close_then(dialog, () => choose(key));
    } catch (error) {
      set_text(problem, error instanceof Refusal ? error.message : 'This did not work. Please try again.');
      input.focus();
    }
    submit.disabled = false;
  }

  const form = el('form', { on: { submit: (event) => { event.preventDefault(); void go(); } } },
    tabs, label, input, hint, problem,
    el('div', { class: 'row end' }, el('button', { type: 'button', class: 'plain', on: { click: () => dialog.close() } }, 'Cancel'), submit));
  const dialog = show_dialog('New conversation', 'start', form);
  change(way);
}

function start(client: Client, way: Way['id'], what: string): Promise<string> {
  if (way === 'talk') return client.start_talk(what);
  if (way === 'create') return client.create_group(what);
  if (!/^\d{1,10}$/.test(what)) return Promise.reject(new Refusal('BAD_REQUEST', 'A group’s number has digits only.'));
  return client.join_group(what);
}
