// A real mpimd of the test's own, that can be killed and started again at the same addresses.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';

// A port that is free now. mpimd gets its ports from here, so that a second one finds the page again.
async function free_port() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

export class Server {
  // `settings`: further ones, as TOML.
  static async start(settings = '') {
    const server = new Server();
    server.folder = mkdtempSync(path.join(os.tmpdir(), 'mpim-web-'));
    const at = (port) => `127.0.0.1:${port}`;
    const http = at(await free_port());
    server.url = `http://${http}`;
    server.ws = at(await free_port());
    server.admin = path.join(server.folder, 'admin.sock');
    const config = path.join(server.folder, 'mpimd.toml');
    writeFileSync(config, settings);
    server.flags = ['--config', config, '--data-dir', path.join(server.folder, 'data'), '--admin-socket', server.admin,
      '--line', '127.0.0.1:0', '--ws', server.ws, '--http', http];
    await server.up();
    return server;
  }

  async up() {
    const log = [];
    this.process = spawn(path.join(process.env.MPIM_BIN_DIR, 'mpimd'), this.flags);
    for (const stream of [this.process.stdout, this.process.stderr]) stream.on('data', (text) => log.push(text));
    for (;;) {
      const answer = await fetch(`${this.url}/readyz`).catch(() => null);
      if (answer?.ok) return;
      if (this.process.exitCode !== null) throw new Error(`mpimd ended:\n${log.join('')}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  // As a power cut does it.
  async kill() {
    this.process.kill('SIGKILL');
    await once(this.process, 'exit');
  }

  // What mpimctl prints.
  async ctl(...args) {
    const run = spawn(path.join(process.env.MPIM_BIN_DIR, 'mpimctl'), ['--admin-socket', this.admin, '--config', this.flags[1], ...args]);
    let told = '';
    run.stdout.on('data', (text) => { told += text; });
    run.stderr.on('data', (text) => { told += text; });
    const [code] = await once(run, 'close');
    if (code !== 0) throw new Error(`mpimctl ${args.join(' ')}: ${told}`);
    return told;
  }

  async admin_token() {
    return JSON.parse(await this.ctl('token', 'issue', '--admin', '-o', 'json')).item.token;
  }

  async stop() {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
