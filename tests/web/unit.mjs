// Runs tests/web/unit with the page's own TypeScript: unit.mjs <source folder> <page folder>, where
// the second one has the node_modules (install.mjs).
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const [source, page] = process.argv.slice(2).map((one) => path.resolve(one));
const { buildSync } = createRequire(path.join(page, 'package.json'))('esbuild');
const tests = path.join(source, 'tests/web/unit');
const out = path.join(page, '..', 'unit');
rmSync(out, { recursive: true, force: true });
buildSync({
  entryPoints: readdirSync(tests).filter((name) => name.endsWith('.test.mjs')).map((name) => path.join(tests, name)),
  outdir: out,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: 'inline',
});
const run = spawnSync(process.execPath, ['--enable-source-maps', '--test', out], {
  stdio: 'inherit',
  env: { ...process.env, MPIM_SOURCE: source },
});
process.exit(run.status ?? 1);
