// People with a browser each, as they use the page: by what they see and press.
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const { chromium } = createRequire(path.join(process.env.MPIM_WEB, 'tools/package.json'))('playwright-core');
const kScreenshots = path.join(process.env.MPIM_WEB, 'screenshots');
mkdirSync(kScreenshots, { recursive: true });

let browser = null;
export async function open_browser() {
  // Chromium's sandbox wants a user other than root, and namespaces that a container may not have.
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
}
export const close_browser = () => browser?.close();

// A page of somebody else's.
export async function open_page(url) {
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(20_000);
  await page.goto(url);
  return page;
}

export class Person {
  // What the page must never do: run what others wrote, break its policy, throw.
  faults = [];

  static async open(url, { width = 1280, height = 800, dark = false } = {}) {
    const person = new Person();
    person.context = await browser.newContext({
      viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', locale: 'en-GB', timezoneId: 'UTC', reducedMotion: 'reduce',
    });
    person.page = await person.context.newPage();
    person.page.setDefaultTimeout(20_000);
    person.page.on('pageerror', (error) => person.faults.push(String(error)));
    person.page.on('dialog', (dialog) => { person.faults.push(`dialog: ${dialog.message()}`); void dialog.dismiss(); });
    person.page.on('console', (line) => {
      if (/Content Security Policy|Refused to/.test(line.text())) person.faults.push(line.text());
    });
    await person.page.goto(url);
    await person.page.waitForSelector('body[data-ready=true]');
    return person;
  }

  async register(name, password = 'correct horse') {
    const page = this.page;
    await page.getByRole('button', { name: 'Make an account' }).click();
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel('Password').fill(password);
    await page.keyboard.press('Enter');
    await this.online();
    return this;
  }

  async log_in(name, password = 'correct horse') {
    await this.page.getByLabel('Name', { exact: true }).fill(name);
    await this.page.getByLabel('Password').fill(password);
    await this.page.keyboard.press('Enter');
    await this.online();
    return this;
  }

  online() {
    return this.page.waitForSelector('.state[data-state=online]', { timeout: 60_000 });
  }

  async talk_to(name) {
    await this.start('Talk', 'Name of the person', name, 'Start talk');
  }
  async create_group(name) {
    await this.start('New group', 'Name of the group', name, 'Create group');
    const said = await this.page.locator('.under').filter({ hasText: /^Group \d+/ }).textContent();
    return said.match(/\d+/)[0];
  }
  join_group(number) {
    return this.start('Join group', 'Number of the group', number, 'Join group');
  }
  async start(way, label, what, button) {
    await this.page.getByRole('button', { name: 'New', exact: true }).click();
    const dialog = this.page.getByRole('dialog');
    await dialog.getByRole('button', { name: way, exact: true }).click();
    await dialog.getByLabel(label).fill(what);
    await dialog.getByRole('button', { name: button, exact: true }).last().click(); // the first is the tab
    await dialog.waitFor({ state: 'detached' });
  }

  row(title) {
    return this.page.getByRole('listbox', { name: 'Conversations' }).getByRole('option').filter({ has: this.page.locator('.title', { hasText: new RegExp(`^${title}$`) }) });
  }
  open(title) {
    return this.row(title).click();
  }

  async say(text) {
    await this.page.getByRole('textbox', { name: 'Message' }).fill(text);
    await this.page.keyboard.press('Enter');
  }

  // Many at once, faster than anybody types.
  async say_all(texts) {
    await this.page.getByRole('textbox', { name: 'Message' }).evaluate((input, all) => {
      for (const text of all) {
        input.value = text;
        input.dispatchEvent(new Event('input'));
        input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' }));
      }
    }, texts);
  }

  message(text) {
    return this.page.locator('.log .message').filter({ has: this.page.locator('.body', { hasText: new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`) }) });
  }
  hears(text) {
    return this.message(text).waitFor();
  }
  marked(text, mark) {
    return this.message(text).locator(`.sign[data-mark=${mark}]`).waitFor();
  }

  // What the log shows, from the top.
  lines() {
    return this.page.locator('.log .message .body').allTextContents();
  }

  // The log when what `there` says holds of it.
  async lines_when(there) {
    const until = Date.now() + 60_000;
    for (;;) {
      const lines = await this.lines();
      if (there(lines)) return lines;
      if (Date.now() > until) throw new Error(`the log never came so far: ${JSON.stringify(lines.slice(-20))}`);
      await this.page.waitForTimeout(50);
    }
  }

  // Scrolls up until this is the first line.
  async read_up_to(first) {
    for (let lines = await this.lines(); lines[0] !== first; ) {
      const held = lines.length;
      await this.page.locator('.log').evaluate((element) => { element.scrollTop = 0; });
      lines = await this.lines_when((all) => all.length > held);
    }
  }

  async act(text, what) {
    await this.message(text).click({ button: 'right' });
    await this.page.getByRole('dialog').getByRole('button', { name: what }).click();
    // What was chosen is done when the menu goes, a moment after it has closed.
    await this.page.locator('dialog').waitFor({ state: 'detached' });
  }

  focused() {
    return this.page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.id ?? '');
  }

  shot(name) {
    return this.page.screenshot({ path: path.join(kScreenshots, `${name}.png`) });
  }

  close() {
    return this.context.close();
  }
}
