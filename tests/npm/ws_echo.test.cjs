// The clients `ws` and `wscat` against ws_echo.
'use strict';
const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { randomBytes } = require('node:crypto');
const { once } = require('node:events');
const path = require('node:path');
const { after, before, describe, test } = require('node:test');
const WebSocket = require('ws');

const MESSAGE_BYTES_MAX = 1_048_576;

function startEcho(...flags) {
  const program = path.join(process.env.MPIM_BIN_DIR, 'ws_echo');
  const echo = spawn(program, ['--message-bytes-max', MESSAGE_BYTES_MAX, ...flags]);
  return new Promise((resolve, reject) => {
    echo.once('error', reject);
    echo.stdout.once('data', (line) => {
      resolve({ stop: () => echo.kill(), url: `ws://127.0.0.1:${line.toString().match(/\d+/)[0]}/` });
    });
  });
}

async function connect(url, options) {
  const client = new WebSocket(url, options);
  await once(client, 'open');
  return client;
}

async function echoed(client, message, options = {}) {
  const answer = once(client, 'message');
  client.send(message, options);
  const [bytes, binary] = await answer;
  return binary ? bytes : bytes.toString();
}

// How the server closes after `bytes` were written to the socket as they are.
async function closedAfter(url, bytes, options) {
  const client = await connect(url, options);
  const closed = once(client, 'close');
  client.on('error', () => {});
  client._socket.write(bytes);
  const [code, reason] = await closed;
  return { code, reason: reason.toString() };
}

for (const serverDeflate of ['on', 'off']) {
  for (const perMessageDeflate of [
    false,
    true,
    { threshold: 0 },
    { threshold: 0, serverNoContextTakeover: true, clientNoContextTakeover: true },
    { threshold: 0, serverMaxWindowBits: 10, clientMaxWindowBits: 9 },
  ]) {
    describe(`deflate ${serverDeflate}, client ${JSON.stringify(perMessageDeflate)}`, () => {
      let echo;
      let client;
      before(async () => {
        echo = await startEcho('--deflate', serverDeflate);
        client = await connect(echo.url, { perMessageDeflate });
      });
      after(() => {
        client?.terminate();
        echo?.stop();
      });

      test('the extension is agreed on when both want it', () => {
        const wanted = serverDeflate === 'on' && perMessageDeflate !== false;
        assert.equal(client.extensions.startsWith('permessage-deflate'), wanted);
      });

      test('messages of every size come back', async () => {
        for (const size of [0, 1, 125, 126, 127, 1023, 1024, 1025, 65535, 65536, MESSAGE_BYTES_MAX]) {
          assert.equal(await echoed(client, 'x'.repeat(size)), 'x'.repeat(size));
          const noise = randomBytes(size);
          assert.deepEqual(await echoed(client, noise), noise);
        }
        const text = '\u{1f600} häßlich 你好 '.repeat(2000);
        for (let i = 0; i < 3; ++i) assert.equal(await echoed(client, text), text);
      });

      test('fragments are put together, with a ping between them', async () => {
        const pong = once(client, 'pong');
        const answer = once(client, 'message');
        client.send('Hel', { fin: false });
        client.ping('between');
        client.send('', { fin: false });
        client.send('lo', { fin: true });
        assert.equal((await pong)[0].toString(), 'between');
        assert.equal((await answer)[0].toString(), 'Hello');
      });

      test('many messages sent at once come back in order', async () => {
        const got = [];
        const all = new Promise((resolve) => {
          client.on('message', (bytes) => got.push(bytes.toString()) === 500 && resolve());
        });
        const sent = Array.from({ length: 500 }, (_, i) => `${i} `.repeat(1 + (i % 300)));
        for (const one of sent) client.send(one);
        await all;
        client.removeAllListeners('message');
        assert.deepEqual(got, sent);
      });

      test('a close is answered with its code', async () => {
        const other = await connect(echo.url, { perMessageDeflate });
        const closed = once(other, 'close');
        other.close(4001, 'bye');
        assert.equal((await closed)[0], 4001);
        const third = await connect(echo.url, { perMessageDeflate });
        const ended = once(third, 'close');
        third.close();
        assert.equal((await ended)[0], 1005);
      });

      test('a message over the limit is answered with 1009', async () => {
        const other = await connect(echo.url, { perMessageDeflate });
        const closed = once(other, 'close');
        other.on('error', () => {});
        other.send('x'.repeat(MESSAGE_BYTES_MAX + 1));
        const [code, reason] = await closed;
        assert.equal(code, 1009);
        assert.equal(reason.toString(), 'a message may have 1048576 bytes');
      });
    });
  }
}

describe('what a good client does not send', () => {
  let echo;
  before(async () => (echo = await startEcho()));
  after(() => echo.stop());

  for (const [name, bytes, code] of [
    ['an unmasked frame', [0x81, 0x01, 0x61], 1002],
    ['a reserved opcode', [0x83, 0x80, 0, 0, 0, 0], 1002],
    ['text that is not UTF-8', [0x81, 0x81, 0, 0, 0, 0, 0xff], 1007],
    ['a length that is too large', [0x82, 0xff, 0, 0, 0, 1, 0, 0, 0, 0], 1009],
    ['half a close code', [0x88, 0x81, 0, 0, 0, 0, 3], 1002],
    ['compressed garbage', [0xc1, 0x82, 0, 0, 0, 0, 0xff, 0xff], 1007],
  ]) {
    test(name, async () => {
      const closed = await closedAfter(echo.url, Buffer.from(bytes));
      assert.equal(closed.code, code);
      assert.notEqual(closed.reason, '');
    });
  }
});

test('wscat sends a line and gets it back', async () => {
  const echo = await startEcho();
  try {
    const wscat = path.join(process.env.MPIM_NPM, 'node_modules/wscat/bin/wscat');
    const client = spawn(process.execPath, [wscat, '--no-color', '-c', echo.url, '-w', '1', '-x', 'Hello there']);
    let out = '';
    client.stdout.on('data', (bytes) => (out += bytes));
    const [exitCode] = await once(client, 'close');
    assert.equal(exitCode, 0);
    assert.match(out, /Hello there/);
  } finally {
    echo.stop();
  }
});
