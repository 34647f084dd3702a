import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outbox } from '../../../server/web/src/core/outbox.ts';
import { Refusal } from '../../../server/web/src/core/wire.ts';
import { settled, Timers } from './timers.mjs';

// An outbox, and everything it tried to send; each attempt is answered by hand.
class Rig {
  timers = new Timers();
  attempts = [];
  stored = [];
  kept = null;

  constructor(kept = null) {
    this.kept = kept;
    this.outbox = new Outbox({
      send: (one) => new Promise((resolve, reject) => this.attempts.push({ one: { ...one }, resolve, reject })),
      stored: (one, answer) => this.stored.push([one.clientId, answer.seq]),
      changed: () => {},
      after: this.timers.after,
      load: () => this.kept,
      save: (all) => { this.kept = all; },
    });
  }
  add(client_id, to = 'u2', content = client_id) {
    this.outbox.add({ clientId: client_id, to, content, at: 1, failed: '' });
  }
  get tried() { return this.attempts.map((one) => one.one.clientId); }
  async answer(at, payload) { this.attempts[at].resolve(payload); await settled(); }
  async refuse(at, code, retry_ms = 0) { this.attempts[at].reject(new Refusal(code, `${code} it is`, retry_ms)); await settled(); }
}

test('one at a time for each recipient, in the order they were written', async () => {
  const rig = new Rig();
  rig.outbox.set_online(true);
  rig.add('a'); rig.add('b'); rig.add('c', 'g5');
  assert.deepEqual(rig.tried, ['a', 'c']);
  await rig.answer(0, { seq: 7 });
  assert.deepEqual(rig.tried, ['a', 'c', 'b']);
  assert.deepEqual(rig.stored, [['a', 7]]);
  assert.deepEqual(rig.outbox.of('u2').map((one) => one.clientId), ['b']);
});

test('what is written while away waits, and goes when the connection is back', async () => {
  const rig = new Rig();
  rig.add('a');
  assert.deepEqual(rig.tried, []);
  rig.outbox.set_online(true);
  assert.deepEqual(rig.tried, ['a']);
});

test('an answer that is lost: the same message goes again under the same client id', async () => {
  const rig = new Rig();
  rig.outbox.set_online(true);
  rig.add('a'); rig.add('b');
  rig.outbox.set_online(false);
  await rig.refuse(0, 'LOST');
  assert.deepEqual(rig.tried, ['a']);
  rig.outbox.set_online(true);
  assert.deepEqual(rig.tried, ['a', 'a']);
  await rig.answer(1, { seq: 3, duplicate: true });
  assert.deepEqual(rig.tried, ['a', 'a', 'b']);
  assert.deepEqual(rig.stored, [['a', 3]]);
});

test('it outlives the page', async () => {
  const rig = new Rig();
  rig.add('a', 'u2', 'hello');
  rig.add('b', 'g5');
  const again = new Rig(rig.kept);
  again.outbox.set_online(true);
  assert.deepEqual(again.tried, ['a', 'b']);
  assert.equal(again.attempts[0].one.content, 'hello');
  await again.answer(0, { seq: 1 });
  await again.answer(1, { seq: 1 });
  assert.deepEqual(new Rig(again.kept).outbox.recipients(), []);
});

test('what was kept may be anything', () => {
  for (const kept of ['', '{', '5', '{}', '[1,null,{}]', '[{"clientId":"a","to":"../x"}]', '[{"clientId":"","to":"u2"}]'])
    assert.deepEqual(new Rig(kept).outbox.recipients(), [], kept);
});

test('refused for good, it stays with its reason and holds up nobody, until somebody decides', async () => {
  const rig = new Rig();
  rig.outbox.set_online(true);
  rig.add('a'); rig.add('b');
  await rig.refuse(0, 'DENIED');
  assert.deepEqual(rig.tried, ['a', 'b']);
  assert.equal(rig.outbox.of('u2')[0].failed, 'DENIED it is');
  await rig.answer(1, { seq: 1 });
  rig.outbox.again('a');
  assert.deepEqual(rig.tried, ['a', 'b', 'a']);
  await rig.refuse(2, 'DENIED');
  rig.outbox.discard('a');
  assert.deepEqual(rig.outbox.recipients(), []);
});

test('refused for now, it goes again when the server said', async () => {
  const rig = new Rig();
  rig.outbox.set_online(true);
  rig.add('a'); rig.add('b');
  await rig.refuse(0, 'RATE_LIMITED', 700);
  await rig.timers.pass(699);
  assert.deepEqual(rig.tried, ['a']);
  await rig.timers.pass(1);
  assert.deepEqual(rig.tried, ['a', 'a']);
  await rig.refuse(1, 'UNAVAILABLE');
  await rig.timers.pass(2_000);
  assert.deepEqual(rig.tried, ['a', 'a', 'a']);
});
