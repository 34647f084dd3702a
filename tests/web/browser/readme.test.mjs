// The README's examples for a page and for Node, as they are printed there; only the port is ours.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { close_browser, open_browser, open_page } from './people.mjs';
import { Server } from '../../npm/server.mjs';

const kReadme = readFileSync(path.join(import.meta.dirname, '../../../README.md'), 'utf8');
let server = null;

// The block behind `<!-- name -->`, talking to the server of this test.
function example(name) {
  const [, code] = kReadme.split(`<!-- ${name} -->`)[1].split(/```\w*\n([\s\S]*?)```/);
  assert.ok(code.includes('127.0.0.1:9001'), `the README's ${name} example names the standard port`);
  return code.replaceAll('127.0.0.1:9001', server.ws);
}

async function post(url, body, token) {
  const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) };
  return (await fetch(server.url + url, { method: 'POST', headers, body: JSON.stringify(body) })).json();
}

before(async () => {
  server = await Server.start('auth.argon2_memory_kib = 8\n');
  for (const name of ['alice', 'bob']) await post('/api/register', { name, password: `demo-${name}` });
  await open_browser();
});
after(async () => {
  await close_browser();
  await server.stop();
});

test('the page in the README logs in and sends', async () => {
  const host = createServer((_, answer) => answer.setHeader('Content-Type', 'text/html').end(example('browser')));
  host.listen(0, '127.0.0.1');
  await once(host, 'listening');
  const page = await open_page(`http://127.0.0.1:${host.address().port}/`);
  await page.getByText('chat_result').waitFor();
  await page.context().close();
  host.close();
});

test('the program in the README receives what is sent to it, and says so', async () => {
  const script = path.join(process.env.MPIM_NPM, 'readme_example.cjs');
  writeFileSync(script, example('node'));
  const program = spawn(process.execPath, [script]);
  let told = '';
  program.stdout.on('data', (text) => { told += text; });
  program.stderr.on('data', (text) => { told += text; });
  const alice = await post('/api/login', { name: 'alice', password: 'demo-alice' });
  const sent = await post('/mpim.v1.MessageService/SendMessage', { toUserName: 'bob', content: 'hello, Node' }, alice.accessToken);
  assert.ok(sent.messageId, JSON.stringify(sent));
  const [code] = await once(program, 'close');
  assert.equal(code, 0, told);
  assert.match(told, /message hello, Node\n/);
});
