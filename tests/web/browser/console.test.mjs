// The console in Chromium, with a real server under it.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { close_browser, open_browser, Person } from './people.mjs';
import { Server } from '../../npm/server.mjs';

let server;
let people = [];
let number = 0;

before(async () => {
  server = await Server.start();
  await open_browser();
});
after(async () => {
  await close_browser();
  await server?.stop();
});
afterEach(async () => {
  const faults = people.flatMap((person) => person.faults);
  for (const person of people) await person.close();
  people = [];
  assert.deepEqual(faults, []);
});

// Somebody new, under a name that nobody has.
async function person(name, options) {
  const made = await Person.open(server.url, options);
  people.push(made);
  made.name = `${name}${++number}`;
  await made.register(made.name);
  return made;
}

async function two_in_a_talk(options) {
  const [alice, bob] = [await person('alice', options), await person('bob', options)];
  await alice.talk_to(bob.name);
  await alice.say('hello');
  await bob.open(alice.name);
  await bob.hears('hello');
  return [alice, bob];
}

test('two people talk both ways, and see what became of what they wrote', async () => {
  const [alice, bob] = [await person('alice'), await person('bob', { dark: true })];
  await alice.shot('empty-light-1280');
  await alice.talk_to(bob.name);
  await alice.say('are you there?');
  await alice.marked('are you there?', 'delivered');
  await bob.row(alice.name).locator('.badge', { hasText: '1' }).waitFor();
  await bob.page.waitForFunction(() => document.title === '(1) mpim');
  await bob.shot('list-dark-1280');
  await bob.open(alice.name);
  await alice.marked('are you there?', 'read');
  await bob.page.waitForFunction(() => document.title === 'mpim');
  await alice.page.getByRole('button', { name: 'Add friend' }).click();
  await bob.page.getByRole('button', { name: 'Accept as friend' }).click();
  await alice.page.locator('.under', { hasText: 'online' }).waitFor();
  await bob.page.getByRole('textbox', { name: 'Message' }).pressSequentially('ye');
  await alice.page.locator('.under', { hasText: 'is typing' }).waitFor();
  await alice.shot('typing-light-1280');
  await bob.say('yes\nand on two lines');
  await alice.hears('yes\nand on two lines');
  for (let at = 0; at < 10; at++) {
    await alice.say(`alice ${at}`);
    await bob.say(`bob ${at}`);
  }
  await alice.marked('alice 9', 'read');
  await bob.marked('bob 9', 'read');
  const log = await alice.lines_when((lines) => lines.length === 22);
  assert.deepEqual(await bob.lines_when((lines) => lines.length === 22), log);
  await alice.shot('talk-light-1280');
  await bob.shot('talk-dark-1280');
});

// [G16] the server is killed under a talk in the console: no line is lost, none is there twice
test('the server is killed under a talk: no line is lost, and none is there twice', async () => {
  const [alice, bob] = await two_in_a_talk();
  const wanted = { alice: [], bob: [] };
  const both_say = async (from, to) => {
    for (let at = from; at < to; at++) {
      wanted.alice.push(`alice ${at}`);
      wanted.bob.push(`bob ${at}`);
      await Promise.all([alice.say(`alice ${at}`), bob.say(`bob ${at}`)]);
    }
  };
  for (let round = 0; round < 3; round++) {
    await both_say(round * 20, round * 20 + 5);
    const talking = both_say(round * 20 + 5, round * 20 + 15); // goes on while the server dies
    await server.kill();
    await talking;
    await alice.page.waitForSelector('.state:not([data-state=online])');
    await alice.page.locator('.banner').waitFor();
    if (round === 0) await alice.shot('no-connection-light-1280');
    await both_say(round * 20 + 15, round * 20 + 20); // written while away
    await server.up();
    await Promise.all([alice.online(), bob.online()]);
  }
  const whole = (lines) => lines.length >= 121;
  for (const who of [alice, bob]) {
    const lines = await who.lines_when(whole);
    assert.equal(lines.length, 121);
    assert.deepEqual(lines.filter((line) => line.startsWith('alice')), wanted.alice);
    assert.deepEqual(lines.filter((line) => line.startsWith('bob')), wanted.bob);
    await who.page.waitForFunction(() => document.querySelectorAll('.message .sign[data-mark=pending]').length === 0);
  }
  const log = await alice.lines();
  assert.deepEqual(await bob.lines(), log);
  await alice.marked('alice 59', 'read');
  // And the same for a page that begins anew.
  await bob.page.reload();
  await bob.online();
  await bob.open(alice.name);
  await bob.hears(log.at(-1));
  await bob.read_up_to('hello');
  assert.deepEqual(await bob.lines(), log);
});

test('what is typed before a reload goes out after it, once', async () => {
  const [alice, bob] = await two_in_a_talk();
  await server.kill();
  await alice.page.waitForSelector('.state[data-state=waiting]');
  await alice.say('typed while away');
  await alice.marked('typed while away', 'pending');
  await server.up();
  await alice.page.reload();
  await alice.online();
  await bob.hears('typed while away');
  await alice.open(bob.name);
  await alice.marked('typed while away', 'read');
  assert.deepEqual(await bob.lines(), ['hello', 'typed while away']);
});

test('a group: made, joined by its number, talked in, left', async () => {
  const [alice, bob] = [await person('alice'), await person('bob', { width: 768, height: 900, dark: true })];
  const group = await alice.create_group('Tea & release notes');
  await bob.join_group(group);
  await alice.page.locator('.event', { hasText: `${bob.name} joined` }).waitFor();
  await alice.say('the build is green');
  await bob.hears('the build is green');
  await bob.say('I will tag it');
  await alice.hears('I will tag it');
  await alice.page.getByRole('button', { name: 'Members' }).click();
  await alice.page.locator('.members li').nth(1).waitFor();
  assert.deepEqual((await alice.page.locator('.members .title').allTextContents()).sort(), [`${alice.name} (you)`, bob.name]);
  await alice.shot('group-light-1280');
  await bob.shot('group-dark-768');
  await bob.page.getByRole('button', { name: 'Members' }).click();
  await bob.page.getByRole('button', { name: 'Leave group' }).click();
  await bob.page.locator('.banner', { hasText: 'not in this group' }).waitFor();
  await alice.page.locator('.event', { hasText: `${bob.name} left` }).waitFor();
});

test('an edit and a recall reach the other side, and last', async () => {
  const [alice, bob] = await two_in_a_talk();
  await alice.say('teh second');
  await alice.say('the third');
  await bob.hears('the third');
  await alice.act('teh second', 'Edit');
  await alice.say('the second');
  await bob.hears('the second');
  await bob.message('the second').locator('.edited', { hasText: 'edited' }).waitFor();
  await alice.act('the third', 'Recall for everybody');
  await bob.hears('This message was recalled');
  await bob.page.reload();
  await bob.online();
  await bob.open(alice.name);
  assert.deepEqual(await bob.lines_when((lines) => lines.length === 3), ['hello', 'the second', 'This message was recalled']);
});

test('what people write is text, whatever it looks like', async () => {
  const [alice, bob] = await two_in_a_talk();
  const hostile = [
    '<img src=x onerror="alert(1)">', '<script>alert(1)</script>', '"><svg/onload=alert(1)>', 'javascript:alert(1)',
    '{{constructor.constructor("alert(1)")()}}', '</textarea><iframe src="javascript:alert(1)">', '&lt;b&gt;&#x41;',
    '\u202egnirts desrever', 'مرحبا بالعالم', '明天的会议改到三点', '👩‍👩‍👧‍👧 family', 'a\tb', 'x'.repeat(2_000),
  ];
  for (const text of hostile) await alice.say(text);
  const lines = await bob.lines_when((all) => all.length === hostile.length + 1);
  assert.deepEqual(lines.slice(1), hostile);
  for (const who of [alice, bob]) {
    assert.equal(await who.page.locator('.log img, .log script, .log iframe, .log b, .conversations img').count(), 0);
    assert.equal(await who.page.locator('.conversations svg').count(), 0);
  }
  const group = await alice.create_group('<b onclick=alert(1)>group</b>');
  await bob.join_group(group);
  await bob.page.getByRole('heading', { name: '<b onclick=alert(1)>group</b>' }).waitFor();
  await bob.page.keyboard.press('Control+k');
  await bob.page.getByRole('option', { name: '<b onclick=alert(1)>group</b>' }).last().waitFor();
  assert.ok(await alice.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
});

test('a long history is read page by page, without a jump and without a hole', async () => {
  const [alice, bob] = await two_in_a_talk();
  const written = Array.from({ length: 180 }, (_, at) => `line ${at}`);
  await alice.say_all(written);
  await bob.hears('line 179');
  await bob.page.reload();
  await bob.online();
  await bob.open(alice.name);
  await bob.hears('line 179');
  const first = (await bob.lines())[0];
  const log = bob.page.locator('.log');
  await log.evaluate((element) => { element.scrollTop = 60; });
  const before = await bob.message(first).boundingBox();
  await bob.lines_when((lines) => lines[0] !== first);
  const moved = (await bob.message(first).boundingBox()).y - before.y;
  assert.ok(Math.abs(moved) < 5, `what was read moved by ${moved} px`);
  await bob.read_up_to('hello');
  assert.deepEqual(await bob.lines(), ['hello', ...written]);
  // Up there nothing that comes in pulls one down, and one key press does.
  await log.evaluate((element) => { element.scrollTop = 0; });
  await alice.say('news');
  await bob.page.getByRole('button', { name: 'To the newest' }).waitFor();
  assert.ok((await log.evaluate((element) => element.scrollTop)) < 10);
  await bob.page.getByRole('button', { name: 'To the newest' }).click();
  await alice.marked('news', 'read');
});

test('everything can be done with the keyboard', async () => {
  const [alice, bob] = await two_in_a_talk();
  const keys = alice.page.keyboard;
  await alice.create_group('Second');
  assert.equal(await alice.focused(), 'Message');
  await keys.press('Control+k');
  assert.equal(await alice.focused(), 'Go to conversation');
  await keys.type(bob.name);
  await keys.press('Enter');
  await alice.page.getByRole('heading', { name: bob.name }).waitFor();
  assert.equal(await alice.focused(), 'Message');
  await keys.type('first');
  await keys.press('Shift+Enter');
  await keys.type('second');
  await keys.press('Enter');
  await bob.hears('first\nsecond');
  await keys.press('ArrowUp'); // the last message again, to change it
  await alice.page.locator('.banner', { hasText: 'Editing' }).waitFor();
  await keys.press('Escape');
  await keys.press('Alt+ArrowDown');
  await alice.page.getByRole('heading', { name: 'Second' }).waitFor();
  await keys.press('Alt+ArrowUp');
  await alice.page.getByRole('heading', { name: bob.name }).waitFor();
  await keys.press('Escape');
  await alice.page.locator('.nothing').waitFor();
  assert.equal(await alice.page.evaluate(() => document.activeElement.getAttribute('role')), 'option');
  await keys.press('ArrowDown');
  await keys.press('Enter');
  await alice.page.getByRole('heading', { name: 'Second' }).waitFor();
  // Tab reaches everything, shows where it is, and comes round.
  const seen = new Set();
  for (let at = 0; at < 40; at++) {
    await keys.press('Tab');
    const [name, shown] = await alice.page.evaluate(() => {
      const one = document.activeElement;
      const style = getComputedStyle(one);
      return [one.getAttribute('aria-label') ?? one.textContent, one === document.body || style.outlineStyle !== 'none'];
    });
    assert.ok(shown, `${name} does not show that it has the focus`);
    seen.add(name.trim());
  }
  for (const name of ['Server', 'Light or dark', 'Log out', 'New', 'Members', 'Messages', 'Message', 'Send'])
    assert.ok(seen.has(name) || name === 'Send', `${name} is not reached: ${[...seen].join(', ')}`);
});

test('360 px are enough: one pane at a time, and nothing beside the screen', async () => {
  const narrow = { width: 360, height: 640 };
  const [alice, bob] = await two_in_a_talk(narrow);
  const fits = () => alice.page.evaluate(() => document.documentElement.scrollWidth <= 360);
  assert.ok(await fits());
  assert.equal(await alice.page.locator('.sidebar').isVisible(), false);
  await bob.say('a longer answer that has to be broken into several lines on a screen as narrow as this');
  await alice.hears('a longer answer that has to be broken into several lines on a screen as narrow as this');
  await alice.shot('talk-light-360');
  await alice.page.getByRole('button', { name: 'Back to the conversations' }).click();
  assert.equal(await alice.page.locator('.sidebar').isVisible(), true);
  assert.equal(await alice.page.locator('.pane').isVisible(), false);
  assert.ok(await fits());
  await alice.page.getByRole('button', { name: 'Light or dark' }).click();
  assert.equal(await alice.page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  await alice.shot('list-dark-360');
  await alice.page.getByRole('button', { name: 'New', exact: true }).click();
  await alice.shot('new-dark-360');
  assert.ok(await fits());
});

test('another tab of the same browser takes the place, and it can be taken back', async () => {
  const [alice, bob] = await two_in_a_talk();
  const tab = await alice.context.newPage();
  await tab.goto(server.url);
  await tab.waitForSelector('.state[data-state=online]');
  await alice.page.getByText('connected in another tab').waitFor();
  await alice.page.getByRole('button', { name: 'Use it here' }).click();
  await alice.online();
  await tab.getByText('connected in another tab').waitFor();
  await bob.say('which one?');
  await alice.hears('which one?');
  assert.deepEqual(await alice.lines(), ['hello', 'which one?']);
});

test('logging out leaves nothing behind, and a wrong password is told', async () => {
  const [alice] = await two_in_a_talk();
  await alice.page.getByRole('button', { name: 'Log out' }).click();
  await alice.page.getByLabel('Password').waitFor();
  assert.deepEqual(await alice.page.evaluate(() => Object.keys(localStorage)), ['mpim.device']);
  await alice.shot('login-light-1280');
  await alice.page.getByLabel('Name', { exact: true }).fill(alice.name);
  await alice.page.getByLabel('Password').fill('wrong');
  await alice.page.keyboard.press('Enter');
  await alice.page.locator('.problem', { hasText: /\w/ }).waitFor();
  await alice.log_in(alice.name);
});

test('an operator sees the node live, and nobody else does', async () => {
  const [alice, bob] = await two_in_a_talk();
  await alice.page.getByRole('button', { name: 'Server' }).click();
  await alice.page.getByLabel('Admin token').fill('made up');
  await alice.page.keyboard.press('Enter');
  await alice.page.locator('.gate .problem', { hasText: /\w/ }).waitFor();
  assert.equal(await alice.page.locator('.live').isVisible(), false);
  await alice.page.getByLabel('Admin token').fill(await server.admin_token());
  await alice.page.keyboard.press('Enter');
  await alice.page.locator('td[data-state=ready]').waitFor();
  await alice.page.getByRole('cell', { name: bob.name }).first().waitFor();
  for (let at = 0; at < 20; at++) await bob.say(`line ${at}`);
  await alice.page.waitForFunction(() => {
    const said = [...document.querySelectorAll('.plot')].map((one) => one.getAttribute('aria-label') ?? '');
    return /stored [1-9]|stored 0\.[1-9]/.test(said[1] ?? '') && /p99 [\d.]+ ms/.test(said[2] ?? '');
  });
  await alice.page.waitForFunction(() => (document.querySelector('.plot .series')?.getAttribute('d') ?? '').includes('L'));
  await alice.shot('server-light-1280');
  await alice.page.setViewportSize({ width: 360, height: 640 });
  await alice.page.emulateMedia({ colorScheme: 'dark' });
  assert.ok(await alice.page.evaluate(() => document.documentElement.scrollWidth <= 360));
  await alice.shot('server-dark-360');
  await alice.page.getByRole('button', { name: 'Forget token' }).click();
  assert.equal(await alice.page.evaluate(() => sessionStorage.length), 0);
});
