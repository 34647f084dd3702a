// Installs what the console's tests run on, as lock files pin it, into the build folder:
//   install.mjs <source folder> <build folder>/web
// In web/page the page's sources and Vite, in web/tools what drives the browser.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const [source, web] = process.argv.slice(2).map((one) => path.resolve(one));

// Does nothing when that was done. No package needs its install script here.
function install(from, folder) {
  mkdirSync(folder, { recursive: true });
  for (const name of ['package.json', 'package-lock.json']) cpSync(path.join(from, name), path.join(folder, name));
  const lock = readFileSync(path.join(folder, 'package-lock.json'), 'utf8');
  const stamp = path.join(folder, 'node_modules/.installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  const options = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  const npm = spawnSync('npm', ['ci', ...options], { cwd: folder, stdio: 'inherit' });
  if (npm.status !== 0) process.exit(1);
  writeFileSync(stamp, lock);
}

const page = path.join(web, 'page');
install(path.join(source, 'server/web'), page);
install(path.join(source, 'tests/web'), path.join(web, 'tools'));
for (const name of ['src', 'made']) rmSync(path.join(page, name), { recursive: true, force: true });
for (const name of ['src', 'index.html', 'tsconfig.json', 'vite.config.ts'])
  cpSync(path.join(source, 'server/web', name), path.join(page, name), { recursive: true });
