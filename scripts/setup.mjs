// Gets a fresh clone ready: installs the packages and redis-server where they are missing, for
// `test` Chromium and PgBouncer too, for `bench` wrk, and for `start` builds the pages where their
// sources are newer. npm runs it before `start`, `dev`, `test`, `check` and `bench`. It needs Node
// 18 and no package, and prints nothing when there is nothing to do.
//
//   node scripts/setup.mjs [start|dev|test|bench]

import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const REDIS = {
  title: 'redis-server',
  names: ['redis-server'],
  brew: ['redis'],
  apt: 'redis-server',
  hint: 'Install Redis 7 or later so that redis-server is on the PATH, or set REDIS_URL.',
};
/** For the tests of the pages; test/support/start-browser.ts looks for the same names. */
const CHROMIUM = {
  title: 'Chromium',
  names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
  brew: ['--cask', 'chromium'],
  apt: 'chromium',
  hint: 'Install Chromium or Chrome so that it is on the PATH as chromium or google-chrome.',
};
/** For the tests of poolers. Debian puts it where only root's PATH leads. */
const PGBOUNCER = {
  title: 'PgBouncer',
  names: ['pgbouncer', '/usr/sbin/pgbouncer'],
  brew: ['pgbouncer'],
  apt: 'pgbouncer',
  hint: 'Install PgBouncer so that it is on the PATH as pgbouncer.',
};

/** The load generator of the benchmark. */
const WRK = {
  title: 'wrk',
  names: ['wrk'],
  brew: ['wrk'],
  apt: 'wrk',
  hint: 'Install wrk so that it is on the PATH.',
};

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const purpose = process.argv[2];

if (process.platform !== 'linux' && process.platform !== 'darwin') {
  fail('Fairline runs on Linux and macOS. On Windows, use WSL or docker compose.');
}
if (!packagesAreInstalled()) installPackages();
const runsDemo = purpose === 'start' || purpose === 'dev';
const usesAnotherRedis = runsDemo && Boolean(process.env.REDIS_URL);
if (!usesAnotherRedis && !REDIS.names.some(isOnPath)) install(REDIS);
if (purpose === 'test' && !CHROMIUM.names.some(isOnPath)) install(CHROMIUM);
if (purpose === 'test' && !PGBOUNCER.names.some(isOnPath)) install(PGBOUNCER);
if (purpose === 'bench' && !WRK.names.some(isOnPath)) install(WRK);
if (purpose === 'start' && !pagesAreBuilt()) buildPages();

/** Whether node_modules matches the lock file, development packages included. */
function packagesAreInstalled() {
  let wanted;
  let installed;
  try {
    wanted = readPackages('package-lock.json');
    // npm writes this file last, so an interrupted install has none.
    installed = readPackages('node_modules/.package-lock.json');
  } catch {
    return false;
  }
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '') return true;
    const found = installed[path];
    // Optional packages are mostly binaries for other platforms.
    return found === undefined ? optional === true : found.version === version;
  });
}

function readPackages(lockFile) {
  return JSON.parse(readFileSync(join(root, lockFile), 'utf8')).packages;
}

function installPackages() {
  console.log('Installing the packages with npm ci. This may take a minute.');
  run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
    onFailure: 'npm ci failed: see above.',
  });
}

/** Installs a program and checks that it is there. */
function install({ title, names, brew, apt: aptName, hint }) {
  if (process.platform === 'darwin') {
    if (!isOnPath('brew')) fail(`${title} is missing, and so is Homebrew. ${hint}`);
    console.log(`Installing ${title} with Homebrew. This may take a minute.`);
    run('brew', ['install', ...brew], { onFailure: `brew install failed. ${hint}` });
  } else {
    if (!isOnPath('apt-get')) fail(`${title} is missing, and so is apt-get. ${hint}`);
    console.log(`Installing ${title} with apt-get. This may take a minute.`);
    const onFailure = `apt-get could not install ${title} (it needs root or sudo). ${hint}`;
    apt(['update'], onFailure);
    apt(['install', '-y', aptName], onFailure);
  }
  if (!names.some(isOnPath)) fail(`${title} is still not on the PATH. ${hint}`);
}

function apt(args, onFailure) {
  // RUNLEVEL=1 keeps the package from starting a Redis of its own on port 6379.
  const command = ['env', 'DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1', 'apt-get', ...args];
  if (process.getuid() !== 0) command.unshift('sudo', '-n');
  run(command[0], command.slice(1), { onFailure });
}

/** Whether the built pages are at least as new as all their sources. */
function pagesAreBuilt() {
  const sources = ['src/web', 'src/domain', 'vite.config.ts', 'package-lock.json'].map((path) =>
    join(root, path),
  );
  if (!existsSync(sources[0])) return true;
  const index = join(root, 'dist/web/index.html');
  if (!existsSync(index)) return false;
  const builtMs = statSync(index).mtimeMs;
  return sources.every((path) => !existsSync(path) || newestMs(path) <= builtMs);
}

/** The last modification time; folders count, because of removed files. */
function newestMs(path) {
  const own = statSync(path);
  if (!own.isDirectory()) return own.mtimeMs;
  return Math.max(own.mtimeMs, ...readdirSync(path).map((name) => newestMs(join(path, name))));
}

function buildPages() {
  console.log('Building the pages.');
  // Through npm, which puts the right Node on the PATH.
  run('npm', ['run', '--silent', 'build:web', '--', '--logLevel', 'warn'], {
    onFailure: 'The pages could not be built: see above.',
  });
}

function run(command, args, { onFailure }) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (result.status !== 0) fail(onFailure);
}

function isOnPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(resolve(folder, program), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
