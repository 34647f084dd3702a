// For operators: how the node is, live. Everything it shows is what the public doors answer to an
// admin token, which stays in this tab alone.
import { Refusal } from '../core/wire';
import { arrange, el, set, set_text } from '../view/dom';
import { icon } from '../view/icons';
import { ask_metrics, ask_node, ask_sessions, type NodeRow, type SessionRow } from './admin_api';
import { quantile, rate, type Sample } from './metrics';
import { plot, type Series } from './plot';

const kEveryMs = 2_000;
const kPlaces = 150; // samples that are shown: five minutes
const kSessionsShown = 200;
const kTokenKey = 'mpim.admin';
const kLatency = 'mpim_messages_processing_seconds';

const whole = (value: number): string => (value >= 100_000 ? `${Math.round(value / 1_000)}k` : String(Math.round(value)));
const per_second = (value: number): string => (value < 10 && value % 1 !== 0 ? value.toFixed(1) : whole(value));
const millis = (value: number): string => `${value < 10 ? Number(value.toFixed(value < 1 ? 2 : 1)) : Math.round(value)} ms`;

export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3_600)} h`;
}

export function admin_view(back: () => void): { root: HTMLElement; show(): void; hide(): void } {
  const token_input = el('input', { id: 'admin-token', type: 'password', autocomplete: 'off', spellcheck: 'false', required: true });
  const problem = el('p', { class: 'problem', role: 'alert' });
  const gate = el('form', { class: 'card gate', on: { submit: (event) => { event.preventDefault(); void enter(); } } },
    el('label', { for: 'admin-token' }, 'Admin token'), token_input,
    el('p', { class: 'quiet small' }, 'An operator makes one with mpimctl. It is kept in this tab only.'),
    problem, el('button', { type: 'submit', class: 'primary' }, 'Show'));
  const connections = plot('Connections', whole);
  const throughput = plot('Messages a second', per_second);
  const latency = plot('Time to answer a message', millis);
  const nodes = el('tbody', {});
  const sessions = el('tbody', {});
  const sessions_title = el('h3', {}, 'Sessions');
  const trouble = el('p', { class: 'problem', role: 'alert' });
  const forget = el('button', { type: 'button', class: 'plain', on: { click: () => leave() } }, 'Forget token');
  const live = el('div', { class: 'live', hidden: true }, trouble,
    el('h3', {}, 'Nodes'), table(['Node', 'State', 'Version', 'Up for', 'Connections', 'Sessions'], nodes),
    el('div', { class: 'plots' }, connections.root, throughput.root, latency.root),
    sessions_title, table(['User', 'Device', 'Over', 'From', 'For'], sessions));
  const root = el('main', { class: 'admin', 'aria-label': 'Server' },
    el('header', {}, el('button', { type: 'button', class: 'icon-button', 'aria-label': 'Back', on: { click: back } }, icon('back')),
      el('h2', {}, 'Server'), forget),
    gate, live);
  let token = '';
  let samples: Sample[] = [];
  let node_connections: (number | null)[] = [];
  let timer = 0;

  try {
    token = sessionStorage.getItem(kTokenKey) ?? '';
  } catch {
    // not kept then
  }

  function keep(value: string): void {
    token = value;
    try {
      if (value === '') sessionStorage.removeItem(kTokenKey);
      else sessionStorage.setItem(kTokenKey, value);
    } catch {
      // as above
    }
  }

  async function enter(): Promise<void> {
    set_text(problem, '');
    try {
      await ask_node(token_input.value.trim());
      keep(token_input.value.trim());
      token_input.value = '';
      show();
    } catch (error) {
      set_text(problem, error instanceof Refusal ? error.message : 'This did not work. Please try again.');
    }
  }

  function leave(): void {
    keep('');
    samples = [];
    node_connections = [];
    hide();
    show();
  }

  function show(): void {
    const known = token !== '';
    gate.hidden = known;
    live.hidden = forget.hidden = !known;
    clearTimeout(timer);
    if (known) void look();
    else token_input.focus();
  }

  function hide(): void {
    clearTimeout(timer);
    timer = 0;
  }

  async function look(): Promise<void> {
    const asked_with = token;
    timer = window.setTimeout(() => void look(), kEveryMs);
    try {
      const [node, held, sample] = await Promise.all([ask_node(token), ask_sessions(token), ask_metrics(token)]);
      if (asked_with !== token || timer === 0) return;
      set_text(trouble, '');
      samples = [...samples, sample].slice(-kPlaces - 1);
      node_connections = [...node_connections, node.connections].slice(-kPlaces);
      draw_tables(node, held);
      draw_plots();
    } catch (error) {
      if (error instanceof Refusal && error.code === 'BAD_TOKEN') {
        leave();
        set_text(problem, error.message);
        return;
      }
      set_text(trouble, error instanceof Refusal ? error.message : 'The server cannot be reached.');
    }
  }

  function draw_plots(): void {
    const times = samples.map((one) => one.at);
    const pairs = samples.slice(1).map((now, at): [Sample, Sample] => [samples[at]!, now]);
    const rates = (name: string) => pairs.map(([before, now]) => rate(name, before, now));
    const quantiles = (name: string, share: number): Series => ({
      name,
      values: pairs.map(([before, now]) => {
        const seconds = quantile(kLatency, share, before, now);
        return seconds === null ? null : seconds * 1_000;
      }),
    });
    connections.update([{ name: 'connections', values: node_connections }], times.slice(-node_connections.length), kPlaces);
    throughput.update([
      { name: 'stored', values: rates('mpim_messages_sent_total') },
      { name: 'delivered', values: rates('mpim_deliveries_acked_total') },
    ], times.slice(1), kPlaces);
    latency.update([quantiles('p50', 0.5), quantiles('p95', 0.95), quantiles('p99', 0.99)], times.slice(1), kPlaces);
  }

  function draw_tables(node: NodeRow, held: SessionRow[]): void {
    const now = Date.now();
    rows(nodes, [[node.name, node.state, node.version, age(now - node.startedAt), String(node.connections), String(node.sessions)]]);
    set_text(sessions_title, `Sessions (${held.length})`);
    rows(sessions, held.slice(0, kSessionsShown).map((one) =>
      [one.user, one.device, one.protocol, one.peer, age(now - one.since) + (one.behind ? ', behind' : '')]));
  }

  return { root, show, hide };
}

function table(heads: string[], body: HTMLElement): HTMLElement {
  return el('div', { class: 'card table', tabindex: 0 },
    el('table', {}, el('thead', {}, el('tr', {}, ...heads.map((head) => el('th', { scope: 'col' }, head)))), body));
}

function rows(body: HTMLElement, all: string[][]): void {
  arrange(body, all.map((cells, at) => ({ cells, at })), (row) => String(row.at),
    (row) => el('tr', {}, ...row.cells.map(() => el('td', {}))),
    (element, row) => row.cells.forEach((cell, at) => {
      const shown = element.children[at]!;
      set_text(shown, cell);
      set(shown, 'data-state', cell === 'ready' || cell === 'draining' ? cell : null);
    }));
}
