import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Link, pause_before } from '../../../server/web/src/core/link.ts';
import { settled, Timers } from './timers.mjs';

// A link, the sockets that it opened, and what it told.
class Rig {
  timers = new Timers();
  sockets = [];
  states = [];
  pushes = [];
  logins = [];
  refusals = [];
  token = 'one';
  go_on = true;

  constructor() {
    this.link = new Link({
      prepare: async () => {
        if (this.unreachable) throw new Error('no network');
        return this.token === null ? null : { url: 'ws://here/ws', login: { token: this.token } };
      },
      open: (url) => this.open(url),
      after: this.timers.after,
      random: () => 1,
      on_state: (state, retry_ms) => this.states.push([state, retry_ms]),
      on_login: (payload) => this.logins.push(payload),
      on_push: (type, payload) => this.pushes.push([type, payload]),
      on_refused: (refusal) => { this.refusals.push(refusal.code); return this.go_on; },
    });
  }
  open(url) {
    const socket = { url, sent: [], closed: false, onopen: null, onmessage: null, onclose: null,
      send(frame) { this.sent.push(JSON.parse(frame)); }, close() { this.closed = true; } };
    this.sockets.push(socket);
    return socket;
  }
  get socket() { return this.sockets.at(-1); }
  tell(envelope, socket = this.socket) { socket.onmessage?.({ data: JSON.stringify(envelope) }); }
  answer(payload = {}, at = -1) {
    const asked = this.socket.sent.at(at);
    this.tell({ type: `${asked.type}_result`, id: asked.id, payload });
  }
  async connected() {
    this.link.start();
    await settled();
    this.socket.onopen();
    this.answer({ userId: '1001' });
    await settled();
    return this;
  }
}

test('logs in first, and each request has its own answer', async () => {
  const rig = await new Rig().connected();
  assert.deepEqual(rig.socket.sent[0], { type: 'login', id: '1', payload: { token: 'one' } });
  assert.deepEqual(rig.logins, [{ userId: '1001' }]);
  const first = rig.link.ask('history', { limit: 1 });
  const second = rig.link.ask('members', {});
  rig.answer({ n: 2 }, -1);
  rig.tell({ type: 'message', payload: { seq: 1 } });
  rig.answer({ n: 1 }, -2);
  assert.deepEqual(await first, { n: 1 });
  assert.deepEqual(await second, { n: 2 });
  assert.deepEqual(rig.pushes, [['message', { seq: 1 }]]);
});

test('a refusal has its code, its sentence and when to come again', async () => {
  const rig = await new Rig().connected();
  const asked = rig.link.ask('chat', {});
  rig.tell({ type: 'error', id: rig.socket.sent.at(-1).id, payload: { code: 'RATE_LIMITED', message: 'slowly', retryMs: 70 } });
  await assert.rejects(asked, { code: 'RATE_LIMITED', message: 'slowly', retryMs: 70 });
});

test('what is no envelope, and answers to nothing, are passed over', async () => {
  const rig = await new Rig().connected();
  for (const data of ['', '{', '[]', '5', '{"id":"9"}', '{"type":7}', new ArrayBuffer(2)]) rig.socket.onmessage({ data });
  rig.tell({ type: 'x_result', id: '999', payload: {} });
  assert.equal(rig.link.state, 'online');
  assert.deepEqual(rig.pushes, []);
});

test('after a break it comes back by itself, with what it was told to log in with', async () => {
  const rig = await new Rig().connected();
  const asked = rig.link.ask('chat', {});
  rig.socket.onclose();
  await assert.rejects(asked, { code: 'LOST' });
  await assert.rejects(rig.link.ask('chat', {}), { code: 'OFFLINE' });
  assert.deepEqual(rig.states.at(-1), ['waiting', 500]);
  rig.token = 'two';
  await rig.timers.pass(500);
  rig.socket.onopen();
  assert.equal(rig.socket.sent[0].payload.token, 'two');
  rig.answer({});
  await settled();
  assert.equal(rig.link.state, 'online');
  assert.equal(rig.sockets.length, 2);
});

test('pauses double up to half a minute, and a log-in makes them short again', async () => {
  const rig = new Rig();
  rig.unreachable = true;
  rig.link.start();
  await rig.timers.pass(200_000);
  const pauses = rig.states.filter(([state]) => state === 'waiting').map(([, ms]) => ms);
  assert.deepEqual(pauses.slice(0, 9), [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  rig.unreachable = false;
  while (rig.sockets.length === 0) await rig.timers.pass(1_000);
  rig.socket.onopen();
  rig.answer({});
  await settled();
  rig.socket.onclose();
  assert.deepEqual(rig.states.at(-1), ['waiting', 500]);
});

test('half of a pause is left to chance', () => {
  assert.equal(pause_before(3, 0), 2_000);
  assert.equal(pause_before(3, 1), 4_000);
  assert.equal(pause_before(1_000, 0), 15_000);
});

test('hurry() ends a pause, and changes nothing while connected', async () => {
  const rig = await new Rig().connected();
  rig.link.hurry();
  assert.equal(rig.sockets.length, 1);
  rig.socket.onclose();
  rig.link.hurry();
  await settled();
  assert.equal(rig.sockets.length, 2);
});

test('silence is asked about, and no answer to that is the end of the connection', async () => {
  const rig = await new Rig().connected();
  await rig.timers.pass(24_000);
  rig.tell({ type: 'presence', payload: {} });
  await rig.timers.pass(24_000);
  assert.equal(rig.socket.sent.length, 1);
  await rig.timers.pass(1_000);
  assert.equal(rig.socket.sent.at(-1).type, 'ping');
  rig.answer();
  await rig.timers.pass(25_000);
  assert.equal(rig.socket.sent.filter((one) => one.type === 'ping').length, 2);
  const mute = rig.socket;
  await rig.timers.pass(15_000);
  assert.equal(mute.closed, true);
  assert.deepEqual(rig.states.at(-1), ['waiting', 500]);
});

test('a socket that never opens is given up', async () => {
  const rig = new Rig();
  rig.link.start();
  await rig.timers.pass(15_000);
  assert.equal(rig.sockets[0].closed, true);
  assert.equal(rig.link.state, 'waiting');
});

test('a refused log-in ends it, or is tried again with another token, or later', async () => {
  for (const [code, go_on, state] of [['BAD_TOKEN', false, 'stopped'], ['BAD_TOKEN', true, 'waiting'], ['DISABLED', false, 'stopped'], ['DRAINING', false, 'waiting']]) {
    const rig = new Rig();
    rig.go_on = go_on;
    rig.link.start();
    await settled();
    rig.socket.onopen();
    rig.tell({ type: 'error', id: '1', payload: { code, message: 'no', retryMs: 2_500 } });
    await settled();
    assert.equal(rig.link.state, state, code);
    if (state === 'waiting') assert.equal(rig.states.at(-1)[1], 2_500);
    assert.deepEqual(rig.refusals, code === 'DRAINING' ? [] : [code]);
  }
});

test('nobody is logged in: nothing is opened', async () => {
  const rig = new Rig();
  rig.token = null;
  rig.link.start();
  await settled();
  assert.equal(rig.link.state, 'stopped');
  assert.equal(rig.sockets.length, 0);
});

test('what an old socket still says does not count', async () => {
  const rig = await new Rig().connected();
  const old = { ...rig.socket };
  rig.socket.onclose();
  await rig.timers.pass(500);
  rig.socket.onopen();
  old.onclose();
  assert.equal(rig.link.state, 'connecting');
  assert.equal(rig.sockets.length, 2);
  assert.equal(rig.sockets[0].onmessage, null);
});
