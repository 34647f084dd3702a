// The clients `ws` and `wscat` against the WebSocket door of a real mpimd.
'use strict';
const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const { after, before, test } = require('node:test');
const WebSocket = require('ws');

let server;
before(async () => {
  const { Server } = await import('./server.mjs');
  server = await Server.start();
});
after(() => server.stop());

// One connection of `ws`: asks, and keeps what is pushed.
class Client {
  static async open(options = {}) {
    const client = new Client();
    client.socket = new WebSocket(`ws://${server.ws}/ws`, 'mpim.v1', options);
    client.asked = new Map();
    client.pushes = [];
    client.socket.on('message', (text) => client.hear(JSON.parse(text)));
    await once(client.socket, 'open');
    return client;
  }

  hear(said) {
    const waiting = this.asked.get(said.id);
    this.asked.delete(said.id);
    if (waiting) return waiting(said);
    this.pushes.push(said);
    this.pushed?.();
  }

  ask(type, payload = {}) {
    const id = `${type}-${this.asked.size + 1}`;
    this.socket.send(JSON.stringify({ type, id, payload }));
    return new Promise((resolve) => this.asked.set(id, resolve));
  }

  async push(type) {
    for (;;) {
      const at = this.pushes.findIndex((one) => one.type === type);
      if (at >= 0) return this.pushes.splice(at, 1)[0].payload;
      await new Promise((resolve) => { this.pushed = resolve; });
    }
  }
}

for (const perMessageDeflate of [false, true]) {
  test(`ws: two people talk, ${perMessageDeflate ? 'compressed' : 'as it is'}`, async () => {
    const [ann, bob] = [await Client.open({ perMessageDeflate }), await Client.open({ perMessageDeflate })];
    assert.equal(ann.socket.protocol, 'mpim.v1');
    assert.equal(ann.socket.extensions.includes('permessage-deflate'), perMessageDeflate);
    const names = ['ann', 'bob'].map((name) => `${name}${Number(perMessageDeflate)}`);
    for (const [at, one] of [ann, bob].entries())
      assert.equal((await one.ask('register', { name: names[at], password: 'password' })).type, 'register_result');
    const content = '你好 '.repeat(500);
    const sent = await ann.ask('chat', { toUserName: names[1], content, clientMessageId: 'one' });
    assert.equal(sent.type, 'chat_result');
    const heard = await bob.push('message');
    assert.equal(heard.content, content);
    assert.equal(heard.messageId, sent.payload.messageId);
    assert.equal((await bob.ask('ack', { messageId: heard.messageId, ackType: 'read' })).type, 'ack_result');
    const receipt = await ann.push('receipt');
    assert.equal(receipt.messageId ?? receipt.throughMessageId, sent.payload.messageId);
    for (const one of [ann, bob]) {
      one.socket.close(1000);
      const [code] = await once(one.socket, 'close');
      assert.equal(code, 1000);
    }
  });
}

test('wscat says a line and shows the answer', async () => {
  const wscat = path.join(process.env.MPIM_NPM, 'node_modules/wscat/bin/wscat');
  const line = JSON.stringify({ type: 'register', id: 'r1', payload: { name: 'cat', password: 'password' } });
  const client = spawn(process.execPath,
    [wscat, '--no-color', '-c', `ws://${server.ws}/ws`, '-s', 'mpim.v1', '-w', '5', '-x', line]);
  let out = '';
  client.stdout.on('data', (bytes) => { out += bytes; });
  const [exitCode] = await once(client, 'close');
  assert.equal(exitCode, 0);
  assert.match(out, /"type":"register_result","id":"r1"/);
});
