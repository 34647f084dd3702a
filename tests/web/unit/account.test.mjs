import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Account, socket_url } from '../../../server/web/src/core/account.ts';
import { Acknowledgements } from '../../../server/web/src/core/acknowledgements.ts';
import { Timers } from './timers.mjs';

// A browser's storage and clock, and a server that answers what the test says.
class Rig {
  storage = new Map();
  asked = [];
  clock = 0;
  answers = {
    '/api/login': { status: 200, body: { userId: '1001', accessToken: 'a1', expiresIn: 900, refreshToken: 'r1' } },
    '/api/refresh': { status: 200, body: { userId: '1001', accessToken: 'a2', expiresIn: '900', refreshToken: 'r2' } },
    '/api/logout': { status: 200, body: {} },
  };
  account() {
    return new Account({
      post: async (path, body, token) => {
        this.asked.push([path, body, token]);
        if (this.answers[path] === null) throw new TypeError('no network');
        return this.answers[path];
      },
      get: async () => ({ status: 200, body: {} }),
      load: (key) => this.storage.get(key) ?? null,
      save: (key, value) => (value === null ? this.storage.delete(key) : this.storage.set(key, value)),
      now: () => this.clock,
      random_name: () => '0f0f',
    });
  }
  async logged_in() {
    const account = this.account();
    await account.enter('login', 'alice', 'secret');
    return account;
  }
}

test('a log-in is kept over a reload, and its password is not', async () => {
  const rig = new Rig();
  await rig.logged_in();
  assert.deepEqual(rig.asked[0], ['/api/login', { name: 'alice', password: 'secret', device: 'web-0f0f' }, '']);
  assert.ok(![...rig.storage.values()].join().includes('secret'));
  assert.equal(await rig.account().token(), 'a1');
});

test('who registers is logged in', async () => {
  const rig = new Rig();
  rig.answers['/api/register'] = { ...rig.answers['/api/login'], status: 201 };
  const account = rig.account();
  await account.enter('register', 'alice', 'secret');
  assert.equal(await account.token(), 'a1');
});

test('a refused log-in says why and keeps nothing', async () => {
  const rig = new Rig();
  rig.answers['/api/login'] = { status: 401, body: { code: 'BAD_CREDENTIALS', message: 'wrong name or password' } };
  await assert.rejects(rig.logged_in(), { code: 'BAD_CREDENTIALS', message: 'wrong name or password' });
  rig.answers['/api/login'] = null;
  await assert.rejects(rig.logged_in(), { code: 'OFFLINE' });
  assert.equal(await rig.account().token(), null);
});

test('a token that is about to end is replaced first, once', async () => {
  const rig = new Rig();
  const account = await rig.logged_in();
  rig.clock = 869_999;
  assert.equal(await account.token(), 'a1');
  rig.clock = 870_000;
  assert.equal(await account.token(), 'a2');
  assert.equal(await account.token(), 'a2');
  assert.deepEqual(rig.asked.map(([path]) => path), ['/api/login', '/api/refresh']);
  assert.deepEqual(rig.asked[1][1], { refreshToken: 'r1' });
});

test('the tokens that another tab refreshed are taken over', async () => {
  const rig = new Rig();
  const [one, other] = [await rig.logged_in(), rig.account()];
  rig.clock = 900_000;
  assert.equal(await one.token(), 'a2');
  assert.equal(await other.token(), 'a2');
  assert.equal(rig.asked.length, 2);
});

test('no refreshing any more: the resume token, and then somebody must log in', async () => {
  const rig = new Rig();
  const account = await rig.logged_in();
  account.logged_in('1001', 'resume');
  rig.clock = 900_000;
  rig.answers['/api/refresh'] = { status: 401, body: { code: 'BAD_TOKEN', message: 'no' } };
  assert.equal(await account.token(), 'resume');
  assert.equal(account.spoil(), false);
  assert.equal(await account.token(), null);
});

test('a server that cannot be reached ends no session', async () => {
  const rig = new Rig();
  const account = await rig.logged_in();
  rig.clock = 900_000;
  rig.answers['/api/refresh'] = null;
  await assert.rejects(account.token(), { code: 'OFFLINE' });
  rig.answers['/api/refresh'] = { status: 503, body: { code: 'UNAVAILABLE', message: 'later' } };
  await assert.rejects(account.token(), { code: 'UNAVAILABLE' });
  assert.notEqual(account.kept, null);
});

test('a refused access token is replaced by another', async () => {
  const rig = new Rig();
  const account = await rig.logged_in();
  assert.equal(account.spoil(), true);
  assert.equal(await account.token(), 'a2');
});

test('logging out forgets everything but the name of the device', async () => {
  const rig = new Rig();
  const account = await rig.logged_in();
  await account.leave();
  assert.deepEqual(rig.asked.at(-1), ['/api/logout', {}, 'a1']);
  assert.deepEqual([...rig.storage.keys()], ['mpim.device']);
  const later = await rig.logged_in();
  later.logged_in('1001', 'resume');
  rig.clock = 900_000;
  await later.leave();
  assert.deepEqual(rig.asked.at(-1), ['/api/logout', {}, 'resume']);
});

test('where the WebSocket is', () => {
  const page = { protocol: 'http:', hostname: 'chat.test', host: 'chat.test:8080' };
  assert.equal(socket_url('9001', page), 'ws://chat.test:9001/ws');
  assert.equal(socket_url('/ws', { ...page, protocol: 'https:' }), 'wss://chat.test:8080/ws');
  assert.equal(socket_url('wss://other.test/ws', page), 'wss://other.test/ws');
  assert.equal(socket_url('', page), 'ws://chat.test:8080/ws');
});

test('32 entries or 50 ms are acknowledged with one request, the newest of each conversation', async () => {
  const timers = new Timers();
  const sent = [];
  const acks = new Acknowledgements((ids) => sent.push(ids), timers.after);
  acks.add('9', 2, '92');
  acks.add('9', 1, '91');
  acks.add('8', 1, '81');
  await timers.pass(49);
  assert.deepEqual(sent, []);
  await timers.pass(1);
  assert.deepEqual(sent, [['92', '81']]);
  for (let seq = 3; seq < 35; seq++) acks.add('9', seq, `9${seq}`);
  assert.deepEqual(sent.slice(1), [['934']]);
  acks.add('9', 35, '935');
  acks.clear();
  await timers.pass(1_000);
  assert.equal(sent.length, 2);
});
