import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Model } from '../../../server/web/src/core/model.ts';
import { conversation_row_of, entry_of, envelope_of, number } from '../../../server/web/src/core/wire.ts';

const message = (seq, more = {}) =>
  entry_of({ messageId: `9${seq}`, sessionId: '9', seq, kind: 'message', messageType: 'text', fromUserId: '2', toUserId: '1', content: `line ${seq}`, timestamp: String(1_000 + seq), ...more });
const own = (seq, more = {}) => message(seq, { fromUserId: '1', toUserId: '2', ...more });

function model_of(me = '1') {
  const model = new Model();
  model.me = me;
  return model;
}
const seqs = (home) => home.entries.map((entry) => entry.seq);

test('a line is there once, and in its place, however often and in whatever order it comes', () => {
  const model = model_of();
  for (const seq of [1, 2, 2, 1, 4, 3, 4]) model.take_push(message(seq));
  const home = model.conversation('u2');
  assert.deepEqual(seqs(home), [1, 2, 3, 4]);
  assert.equal(model.take_push(message(3)).repeat, true);
});

test('conversations stand by time, and a talk is known by its peer from the first line', () => {
  const model = model_of();
  model.take_push(message(1, { timestamp: '50' }));
  model.take_push(message(1, { sessionId: '8', messageId: '81', groupId: '5', timestamp: '60' }));
  model.take_push(own(2, { timestamp: '70' }));
  assert.deepEqual(model.sorted().map((one) => one.key), ['u2', 'g5']);
  assert.equal(model.by_session('9').key, 'u2');
  assert.equal(model.by_session('8').key, 'g5');
});

test('a row and what is pushed after it are counted once', () => {
  const model = model_of();
  const row = { sessionId: '9', userId: '2', name: 'bob', unread: 2, timestamp: '1005', last: { messageId: '95', sessionId: '9', seq: 5, fromUserId: '2', content: 'x' } };
  model.take_row(conversation_row_of(row));
  for (const seq of [4, 5, 6]) model.take_push(message(seq));
  assert.equal(model.conversation('u2').unread, 3);
  model.take_push(own(7));
  model.take_push(message(8, { kind: 'edit', ref: '94' }));
  assert.equal(model.conversation('u2').unread, 3);
  assert.equal(model.conversation('u2').member, true);
  assert.equal(conversation_row_of({ sessionId: '8', groupId: '5' }).member, false);
});

test('from where on it is unread follows from how many are', () => {
  const model = model_of();
  model.take_row(conversation_row_of({ sessionId: '9', userId: '2', unread: 2, last: { seq: 6, sessionId: '9', messageId: '96', fromUserId: '2' } }));
  const home = model.conversation('u2');
  model.take_page(home, [message(1), message(2), own(3), message(4), own(5), message(6)], false);
  assert.equal(home.read, 2);
  assert.equal(model.readable(home).seq, 6);
  model.take_read(home, 4);
  assert.equal(home.unread, 1);
  model.take_read(home, 6);
  assert.equal(home.unread, 0);
  assert.equal(model.readable(home), null);
});

test('what was read on another device counts here as well, and never backwards', () => {
  const model = model_of();
  for (const seq of [1, 2, 3]) model.take_push(message(seq));
  const home = model.conversation('u2');
  model.take_read(home, 2);
  assert.equal(home.unread, 1);
  model.take_read(home, 1);
  assert.equal(home.read, 2);
  assert.equal(home.unread, 1);
});

test('edits and recalls change the line that they name', () => {
  const model = model_of();
  model.take_push(message(1));
  model.take_push(message(2));
  model.take_push(message(3, { kind: 'edit', ref: '91', content: 'better' }));
  model.take_push(message(4, { kind: 'recall', ref: '92', content: '' }));
  model.take_push(message(4, { kind: 'recall', ref: '92', content: '' }));
  const home = model.conversation('u2');
  assert.deepEqual(home.entries.slice(0, 2).map((one) => [one.state, one.content]), [['edited', 'better'], ['recalled', '']]);
  assert.equal(home.last.seq, 2);
  assert.equal(home.last.state, 'recalled');
});

test('marks only ever go up', () => {
  const model = model_of();
  for (const seq of [1, 2, 3]) model.take_push(own(seq));
  const home = model.conversation('u2');
  const marks = () => home.entries.map((entry) => model.mark_of(home, entry));
  assert.deepEqual(marks(), ['stored', 'stored', 'stored']);
  model.take_receipt(home, 'delivered', 2);
  model.take_receipt(home, 'read', 1);
  assert.deepEqual(marks(), ['read', 'delivered', 'stored']);
  model.take_receipt(home, 'read', 3);
  model.take_receipt(home, 'read', 2);
  model.take_receipt(home, 'delivered', 1);
  assert.deepEqual(marks(), ['read', 'read', 'read']);
});

test('a gap leaves no hole: what is above it is let go and read again', () => {
  const model = model_of();
  const home = model.conversation('u2');
  model.link_session(home, '9');
  model.take_page(home, [message(1), message(2)], false);
  home.opened = true;
  model.take_gap(home, 1_200);
  assert.deepEqual([seqs(home), home.older, home.opened], [[], true, false]);
  model.take_push(message(1_201));
  model.take_gap(home, 1_200); // told again at the next log-in
  assert.deepEqual(seqs(home), [1_201]);
});

test('a group is renamed, dissolved and left by what its log says', () => {
  const model = model_of();
  const event = (seq, kind, more = {}) => message(seq, { groupId: '5', toUserId: undefined, kind, content: '', ...more });
  model.take_push(event(1, 'rename', { content: 'Tea' }));
  const home = model.conversation('g5');
  assert.equal(model.title_of(home), 'Tea');
  model.take_push(event(2, 'kick', { userId: '1' }));
  assert.equal(home.member, false);
  model.take_push(event(3, 'join', { userId: '1' }));
  assert.equal(home.member, true);
  model.take_push(event(4, 'leave', { userId: '2' }));
  assert.equal(home.member, true);
  model.take_push(event(5, 'dissolve'));
  assert.equal(home.member, false);
  assert.equal(home.unread, 0);
});

test('far up in a conversation that is not shown nothing is held for ever', () => {
  const model = model_of();
  for (let seq = 1; seq <= 601; seq++) model.take_push(message(seq));
  model.trim('u2');
  assert.equal(model.conversation('u2').entries.length, 601);
  model.trim('');
  const home = model.conversation('u2');
  assert.deepEqual([home.entries.length, home.entries[0].seq, home.older], [300, 302, true]);
});

test('a typist is shown for a while, and not once his message is there', () => {
  const model = model_of();
  const home = model.conversation('u2');
  model.take_typing(home, '2', 100);
  assert.deepEqual(model.typists(home, 5_099), ['2']);
  assert.deepEqual(model.typists(home, 5_100), []);
  model.take_typing(home, '2', 6_000);
  model.take_push(message(1));
  assert.deepEqual(model.typists(home, 6_001), []);
});

test('whatever comes is read as what it should be', () => {
  assert.equal(envelope_of('null'), null);
  assert.deepEqual(envelope_of('{"type":"x","payload":[1]}'), { type: 'x', payload: {} });
  assert.equal(envelope_of('{"type":"x","id":7}').id, '7');
  const entry = entry_of({ messageId: 5, seq: 'x', content: { a: 1 }, fromUserId: null, timestamp: 'soon' });
  assert.deepEqual([entry.id, entry.seq, entry.content, entry.from, entry.at], ['5', 0, '', '', 0]);
  assert.deepEqual([number('9007199254740993'), number(NaN), number('')], [9007199254740992, 0, 0]);
});

// A log on a server that loses its connections, and a page that is told of it: whatever is lost when,
// the page has each line once at the end.
test('pushes that stop anywhere and come again leave no line out and none twice', () => {
  for (let seed = 1; seed <= 300; seed++) {
    let dice = seed * 7_919;
    const roll = (sides) => (dice = (dice * 1_103_515_245 + 12_345) % 2_147_483_648) % sides;
    const model = model_of();
    const home = model.conversation('u2');
    const log = [];
    let acked = 0;
    for (let step = 0; step < 60; step++) {
      const what = roll(6);
      if (what < 3) log.push(roll(4) === 0 ? own(log.length + 1) : message(log.length + 1));
      const from_here = acked + roll(3); // a connection that goes on, or one that begins anew
      for (const entry of log.slice(Math.min(from_here, acked), acked + roll(6))) {
        if (roll(10) === 0) break;
        model.take_push(entry);
        if (entry.seq === acked + 1 && roll(3) > 0) acked = entry.seq;
      }
      if (what === 5 && roll(4) === 0) {
        const bound = home.entries[0]?.seq ?? Infinity;
        const page = log.filter((entry) => entry.seq < bound).slice(-5);
        model.take_page(home, page, (page[0]?.seq ?? 1) > 1);
      }
    }
    for (const entry of log.slice(acked)) model.take_push(entry);
    while (home.older && home.entries.length > 0) {
      const page = log.filter((entry) => entry.seq < home.entries[0].seq).slice(-5);
      model.take_page(home, page, (page[0]?.seq ?? 1) > 1);
    }
    assert.deepEqual(seqs(home), log.map((entry) => entry.seq), `seed ${seed}`);
  }
});
