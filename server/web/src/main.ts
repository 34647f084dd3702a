// The page: log-in, or conversations with one of them open, or the operators' view.
import './style/app.css';
import { admin_view } from './admin/admin';
import { Client } from './core/client';
import { chat_view } from './view/chat';
import { el, set, set_text } from './view/dom';
import { login_view } from './view/login';
import { people_view } from './view/people';
import { sidebar_view } from './view/sidebar';
import { open_start } from './view/start';
import { open_switcher } from './view/switcher';
import { apply_theme } from './view/theme';

const client = new Client();
const app = document.getElementById('app')!;
let asked_to_draw = false;
let people_shown = false;

const login = login_view(client, () => client.connect());
const sidebar = sidebar_view(client, {
  open: (key) => show(key),
  start: () => open_start(client, show),
  switch_to: () => open_switcher(client, show),
  admin: () => { location.hash = '#server'; },
  leave: () => void client.leave(),
});
const chat = chat_view(client, back, toggle_people);
const people = people_view(client, toggle_people, show);
const admin = admin_view(() => { location.hash = ''; });
const news = el('p', { class: 'news', role: 'status', hidden: true });
const elsewhere = el('div', { class: 'elsewhere', hidden: true, role: 'alert' },
  el('div', { class: 'card' },
    el('p', {}, 'You are connected in another tab or window of this browser.'),
    el('button', { type: 'button', class: 'primary', on: { click: () => client.take_over() } }, 'Use it here')));
const empty = el('section', { class: 'nothing' }, el('div', { class: 'mark', 'aria-hidden': 'true' }), el('p', {}, 'Choose a conversation'));
const shell = el('div', { class: 'shell' }, sidebar.root, el('main', { class: 'pane', 'aria-label': 'Conversation' }, chat.root, empty), people.root);

function draw_soon(): void {
  if (asked_to_draw) return;
  asked_to_draw = true;
  // A page in the background draws no frames, but its title counts what is unread.
  const draw_later = document.visibilityState === 'visible' ? requestAnimationFrame : (call: () => void) => setTimeout(call, 100);
  draw_later(() => {
    asked_to_draw = false;
    draw();
  });
}

function page(): HTMLElement {
  if (location.hash === '#server') return admin.root;
  return client.account.kept === null ? login.root : shell;
}

function draw(): void {
  const wanted = page();
  if (app.firstElementChild !== wanted) {
    app.replaceChildren(wanted);
    if (wanted === admin.root) admin.show();
    else admin.hide();
  }
  if (wanted === login.root) login.update();
  elsewhere.hidden = client.ended !== 'REPLACED' || wanted !== shell;
  if (wanted !== shell) {
    document.title = 'mpim';
    return;
  }
  sidebar.update();
  chat.update();
  const home = client.model.conversations.get(client.shown);
  const group = home !== undefined && home.groupId !== '';
  shell.classList.toggle('open', home !== undefined);
  shell.classList.toggle('with-people', people_shown && group);
  empty.hidden = home !== undefined;
  if (people_shown && group) people.update();
  const unread = [...client.model.conversations.values()].reduce((sum, one) => sum + one.unread, 0);
  document.title = unread > 0 ? `(${unread > 99 ? '99+' : unread}) mpim` : 'mpim';
}

function show(key: string): void {
  people_shown = false;
  void client.open(key);
  draw();
  // On a phone the keyboard would cover half of what there is to read.
  if (!matchMedia('(pointer: coarse)').matches) chat.focus();
}

function back(): void {
  client.shown = '';
  draw();
  sidebar.root.querySelector<HTMLElement>('[role=option]')?.focus();
}

function toggle_people(): void {
  people_shown = !people_shown;
  if (people_shown) client.members(client.shown).catch(() => {});
  draw();
  if (people_shown) people.root.querySelector<HTMLElement>('button')?.focus();
  else chat.focus();
}

function neighbour(step: number): void {
  const all = client.model.sorted();
  const at = all.findIndex((one) => one.key === client.shown);
  const to = all[at < 0 ? 0 : Math.min(Math.max(at + step, 0), all.length - 1)];
  if (to !== undefined) show(to.key);
}

document.addEventListener('keydown', (event) => {
  if (page() !== shell || document.querySelector('dialog') !== null) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') open_switcher(client, show);
  else if (event.altKey && event.key === 'ArrowDown') neighbour(1);
  else if (event.altKey && event.key === 'ArrowUp') neighbour(-1);
  else if (event.key === 'Escape' && people_shown) toggle_people();
  else if (event.key === 'Escape' && client.shown !== '') back();
  else return;
  event.preventDefault();
});

let news_timer = 0;
client.onnews = (sentence) => {
  set_text(news, sentence);
  news.hidden = false;
  clearTimeout(news_timer);
  news_timer = window.setTimeout(() => { news.hidden = true; }, 6_000);
};
client.onfile = (url, picture, instead_of) => {
  if (picture) instead_of.replaceWith(el('img', { src: url, alt: 'Picture', on: { load: () => URL.revokeObjectURL(url) } }));
  else {
    const link = el('a', { href: url, download: '' });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }
};
client.onchange = draw_soon;
for (const name of ['focus', 'hashchange']) addEventListener(name, draw_soon);
addEventListener('online', () => client.hurry());
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') client.hurry();
  draw_soon();
});
setInterval(() => client.link_state === 'waiting' && draw_soon(), 1_000); // how long until the next try

apply_theme();
document.body.append(news, elsewhere);
set(document.body, 'data-ready', 'true');
draw();
client.look().catch(() => {}).finally(draw_soon);
client.connect();
