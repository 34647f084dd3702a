// Builds the page anew from its sources and holds it against the one in the repository, byte for
// byte: same.mjs <source folder> <page folder>.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const [source, page] = process.argv.slice(2).map((one) => path.resolve(one));
const node = (script, ...args) => {
  const run = spawnSync(process.execPath, [path.join(page, 'node_modules', script), ...args], { cwd: page, stdio: 'inherit' });
  if (run.status !== 0) process.exit(1);
};
node('typescript/bin/tsc', '--noEmit');
node('vite/bin/vite.js', 'build', '--outDir', 'made', '--logLevel', 'warn');

const committed = path.join(source, 'server/web/built');
const made = path.join(page, 'made');
const faults = [];
for (const name of new Set([...readdirSync(committed), ...readdirSync(made)])) {
  const [old, fresh] = [committed, made].map((folder) => {
    try {
      return readFileSync(path.join(folder, name));
    } catch {
      return null;
    }
  });
  if (old === null) faults.push(`${name} is not in server/web/built`);
  else if (fresh === null) faults.push(`${name} in server/web/built is made from nothing`);
  else if (!old.equals(fresh)) faults.push(`${name} in server/web/built is not what its sources make`);
}
for (const fault of faults) console.error(fault);
if (faults.length > 0) console.error('Run `npm ci && npm run build` in server/web, and commit what it makes.');
process.exit(faults.length > 0 ? 1 : 0);
