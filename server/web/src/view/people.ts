// Who is in the group, beside the conversation.
import type { Client } from '../core/client';
import { arrange, el, set, set_text } from './dom';
import { icon } from './icons';
import { avatar } from './sidebar';
import { sentence } from './chat';

export function people_view(client: Client, close: () => void, talk: (key: string) => void): { root: HTMLElement; update(): void } {
  const list = el('ul', { class: 'members', 'aria-label': 'Members' });
  const count = el('h3', {});
  const leave = el('button', { type: 'button', class: 'plain danger', on: { click: () => void go() } }, 'Leave group');
  const root = el('aside', { class: 'people', 'aria-label': 'Members' },
    el('header', {}, count, el('button', { type: 'button', class: 'icon-button', 'aria-label': 'Close', on: { click: close } }, icon('close'))),
    list, el('footer', {}, leave));

  async function go(): Promise<void> {
    const home = client.model.conversations.get(client.shown);
    if (home === undefined) return;
    try {
      await client.ask('leave_group', { groupId: home.groupId });
      home.member = false;
      close();
    } catch (error) {
      client.onnews(sentence(error));
    }
  }

  return {
    root,
    update() {
      const home = client.model.conversations.get(client.shown);
      if (home === undefined) return;
      set_text(count, `${home.members.length} ${home.members.length === 1 ? 'member' : 'members'}`);
      leave.hidden = !home.member;
      arrange(list, home.members, (one) => one.userId,
        (one) => el('li', {}, el('button', { type: 'button', on: { click: () => talk(`u${one.userId}`) } },
          el('span', { class: 'face' }, avatar(`u${one.userId}`, one.name || '?'), el('span', { class: 'dot' })),
          el('span', { class: 'title' }), el('span', { class: 'role quiet' }))),
        (row, one) => {
          const [face, name, role] = [...row.firstElementChild!.children] as HTMLElement[];
          const me = one.userId === client.model.me;
          set(face!.lastElementChild!, 'class', `dot ${me ? 'online' : client.model.person(one.userId).presence}`);
          set_text(name!, client.model.name_of(one.userId) + (me ? ' (you)' : ''));
          set_text(role!, one.role === 'member' ? '' : one.role);
        });
    },
  };
}
