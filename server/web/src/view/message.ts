// One line of a conversation's log: a message with its mark, or something that was done.
import type { Client } from '../core/client';
import type { Conversation, Mark } from '../core/model';
import type { Pending } from '../core/outbox';
import type { Entry } from '../core/wire';
import { avatar } from './sidebar';
import { clock, day, day_start, el, set, set_text, whole_moment } from './dom';
import { icon, type IconName } from './icons';

// What the log shows, in this order: what is stored, and then what is not known to be.
export type Line =
  | { key: string; what: 'day'; text: string }
  | { key: string; what: 'event'; entry: Entry }
  | { key: string; what: 'unread' }
  | { key: string; what: 'message'; entry: Entry; first: boolean }
  | { key: string; what: 'pending'; pending: Pending; first: boolean };

const kMarks: Record<Mark, { icon: IconName; said: string }> = {
  pending: { icon: 'clock', said: 'Waiting to be sent' },
  failed: { icon: 'warn', said: 'Not sent' },
  stored: { icon: 'tick', said: 'Stored by the server' },
  delivered: { icon: 'ticks', said: 'Delivered' },
  read: { icon: 'ticks', said: 'Read' },
};

const kTogetherMs = 5 * 60_000; // messages of one person within this time stand together

export function lines_of(client: Client, home: Conversation, unread_from: number): Line[] {
  const lines: Line[] = [];
  const me = client.model.me;
  let before: { from: string; at: number } | null = null;
  let last_day = -1;
  for (const entry of home.entries) {
    if (entry.kind === 'recall' || entry.kind === 'edit') continue;
    const begun = day_start(entry.at);
    if (begun !== last_day) lines.push({ key: `d${begun}`, what: 'day', text: day(entry.at) });
    if (begun !== last_day) before = null;
    last_day = begun;
    if (unread_from === entry.seq) lines.push({ key: 'unread', what: 'unread' });
    if (entry.kind !== 'message') {
      lines.push({ key: `e${entry.id}`, what: 'event', entry });
      before = null;
      continue;
    }
    const first: boolean = before === null || before.from !== entry.from || entry.at - before.at > kTogetherMs;
    // A message keeps its line, and so its place on the screen, when it becomes stored.
    const own_key = entry.from === me && entry.clientId.startsWith('w-') ? `p${entry.clientId}` : `m${entry.id}`;
    lines.push({ key: own_key, what: 'message', entry, first });
    before = entry;
  }
  const stored = new Set(home.entries.map((entry) => entry.clientId));
  for (const pending of client.outbox?.of(home.key) ?? []) {
    if (stored.has(pending.clientId)) continue;
    lines.push({ key: `p${pending.clientId}`, what: 'pending', pending, first: before?.from !== me });
    before = { from: me, at: pending.at };
  }
  return lines;
}

export function make_line(line: Line): HTMLElement {
  if (line.what === 'day') return el('div', { class: 'day', role: 'separator' }, el('span', {}, line.text));
  if (line.what === 'unread') return el('div', { class: 'day unread-line', role: 'separator' }, el('span', {}, 'New'));
  if (line.what === 'event') return el('div', { class: 'event' });
  return el('article', { class: 'message' },
    el('div', { class: 'by' }),
    el('div', { class: 'bubble' },
      el('div', { class: 'name' }), el('div', { class: 'body', dir: 'auto' }), el('div', { class: 'attached' }),
      el('div', { class: 'meta' }, el('span', { class: 'edited' }), el('time', {}), el('span', { class: 'sign', role: 'img' }))));
}

// What a message's line shows; one that shows this already is left alone.
interface Shown {
  own: boolean;
  from: string;
  name: string;
  face: boolean;
  first: boolean;
  state: string;
  content: string;
  at: number;
  mark: Mark;
  said: string;
  file: string;
}
const kShown = new WeakMap<HTMLElement, string>();

function shown_of(line: Line & { what: 'message' | 'pending' }, client: Client, home: Conversation): Shown {
  const model = client.model;
  const from = line.what === 'pending' ? model.me : line.entry.from;
  const own = from === model.me;
  const common = { own, from, name: model.name_of(from), face: !own && home.groupId !== '', first: line.first };
  if (line.what === 'pending') {
    const { content, at, failed } = line.pending;
    const mark = failed === '' ? 'pending' : 'failed';
    return { ...common, state: 'as_sent', content, at, mark, said: failed || kMarks[mark].said, file: '' };
  }
  const { state, content, at, seq, fileId } = line.entry;
  const mark = model.mark_of(home, line.entry);
  const counts = home.group_marks.get(seq);
  const said = counts === undefined || counts.recipients === 0
    ? kMarks[mark].said
    : `Delivered to ${counts.delivered} and read by ${counts.read} of ${counts.recipients}`;
  return { ...common, state, content, at, mark, said, file: state === 'recalled' ? '' : fileId };
}

export function update_line(element: HTMLElement, line: Line, client: Client, home: Conversation): void {
  if (line.what === 'event') set_text(element, event_text(client, line.entry));
  if (line.what !== 'message' && line.what !== 'pending') return;
  const shown = shown_of(line, client, home);
  void client.learn_name(shown.from);
  const all = JSON.stringify(shown);
  if (kShown.get(element) === all) return;
  kShown.set(element, all);
  const { own, from, name, face, first, state, content, at, mark } = shown;
  element.classList.toggle('own', own);
  element.classList.toggle('first', first);
  element.classList.toggle('gone', state === 'recalled');
  element.classList.toggle('failed', mark === 'failed');
  set(element, 'aria-label', `${own ? 'You' : name}, ${clock(at)}`);
  const by = element.children[0] as HTMLElement;
  by.replaceChildren(...(face && first ? [avatar(`u${from}`, name)] : []));
  by.hidden = !face;
  const [title, body, attached, meta] = [...element.children[1]!.children] as HTMLElement[];
  set_text(title!, face && first ? name : '');
  set_text(body!, state === 'recalled' ? (own ? 'You recalled this message' : 'This message was recalled') : content);
  update_file(attached!, line, shown.file, client);
  const [edited, time, sign] = [...meta!.children] as HTMLElement[];
  set_text(edited!, state === 'edited' ? 'edited' : '');
  set_text(time!, clock(at));
  set(time!, 'title', whole_moment(at));
  sign!.hidden = !own || state === 'recalled' || home.peerId === client.model.me;
  if (sign!.dataset.mark !== mark) sign!.replaceChildren(icon(kMarks[mark].icon));
  sign!.dataset.mark = mark;
  set(sign!, 'aria-label', shown.said);
  set(sign!, 'title', shown.said);
}

// A message with a file offers it.
function update_file(attached: HTMLElement, line: Line, file_id: string, client: Client): void {
  if ((attached.dataset.file ?? '') === file_id) return;
  attached.dataset.file = file_id;
  if (file_id === '' || line.what !== 'message') return attached.replaceChildren();
  const type = line.entry.type;
  const button: HTMLElement = el('button', { type: 'button', class: 'plain', on: { click: () => void client.show_file(file_id, type, button) } },
    type === 'image' ? 'Show picture' : 'Download file');
  attached.replaceChildren(button);
}

// A sentence for what was done in a group.
export function event_text(client: Client, entry: Entry): string {
  const who = (id: string) => {
    void client.learn_name(id);
    return id === client.model.me ? 'You' : client.model.name_of(id);
  };
  const by = who(entry.from);
  const subject = entry.subject === '' ? '' : who(entry.subject);
  const self = entry.subject === '' || entry.subject === entry.from;
  const to = (one: string) => (one === 'You' ? 'you' : one);
  switch (entry.kind) {
    case 'join':
      if (entry.subject === '' && entry.content !== '') return `${entry.content} people were added`;
      return self ? `${by} joined` : `${by} brought in ${to(subject)}`;
    case 'leave': return `${subject || by} left`;
    case 'kick': return `${by} removed ${to(subject)}`;
    case 'rename': return `${by} renamed the group to “${entry.content}”`;
    case 'notice': return `${by} set the notice: ${entry.content}`;
    case 'role': return `${subject} ${subject === 'You' ? 'are' : 'is'} now ${entry.content}`;
    case 'mute': return subject === '' ? `${by} muted the group` : `${by} muted ${to(subject)}`;
    case 'unmute': return subject === '' ? `${by} unmuted the group` : `${by} unmuted ${to(subject)}`;
    case 'dissolve': return `${by} dissolved the group`;
    case 'settings': return `${by} changed how the group is joined: ${entry.content}`;
    default: return `${by}: ${entry.kind}`;
  }
}
