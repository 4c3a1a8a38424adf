// Gets a fresh clone ready: installs the packages and redis-server where they are missing, for
// `test` also Chromium, PgBouncer, Go and what checks the files of deployments (promtool, docker
// compose, deploy/tools), for `bench` wrk and Chromium, and for `start` builds the pages where
// their sources are newer. npm runs it before `start`, `dev`, `test`, `check` and `bench`. It needs
// Node 18 and no package, and prints nothing when there is nothing to do.
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
  apt: ['redis-server'],
  hint: 'Install Redis 7 or later so that redis-server is on the PATH, or set REDIS_URL.',
};
/** To test and measure the pages; test/support/start-browser.ts looks for the same names. */
const CHROMIUM = {
  title: 'Chromium',
  names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
  brew: ['--cask', 'chromium'],
  apt: ['chromium'],
  hint: 'Install Chromium or Chrome so that it is on the PATH as chromium or google-chrome.',
};
/** For the tests of poolers. Debian puts it where only root's PATH leads. */
const PGBOUNCER = {
  title: 'PgBouncer',
  names: ['pgbouncer', '/usr/sbin/pgbouncer'],
  brew: ['pgbouncer'],
  apt: ['pgbouncer'],
  hint: 'Install PgBouncer so that it is on the PATH as pgbouncer.',
};
/** For the test of the alert rules; it comes with Prometheus, of which nothing else is used. */
const PROMTOOL = {
  title: 'promtool',
  names: ['promtool'],
  brew: ['prometheus'],
  apt: ['--no-install-recommends', 'prometheus'],
  hint: 'Install Prometheus so that promtool is on the PATH.',
};
/** For the test of docker-compose.yml, which needs no Docker. */
const COMPOSE = {
  title: 'docker-compose',
  names: ['docker-compose'],
  brew: ['docker-compose'],
  apt: ['--no-install-recommends', 'docker-compose'],
  hint: 'Install docker compose, as a plugin of docker or as docker-compose.',
};
/**
 * Checks public logs with packages that are not ours. Debian has them as sources; elsewhere Go
 * fetches them itself.
 */
const GO = {
  title: 'Go with its package golang.org/x/mod',
  names: ['go'],
  brew: ['go'],
  apt: ['--no-install-recommends', 'golang-go', 'golang-golang-x-mod-dev'],
  hint: 'Install Go so that it is on the PATH as go.',
};
/** For the test of the chart. */
const HELM = {
  title: 'helm',
  names: ['helm'],
  brew: ['helm'],
  hint: 'Install Helm so that it is on the PATH as helm.',
};
/** The load generator of the benchmark. */
const WRK = {
  title: 'wrk',
  names: ['wrk'],
  brew: ['wrk'],
  apt: ['wrk'],
  hint: 'Install wrk so that it is on the PATH.',
};

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const purpose = process.argv[2];

if (process.platform !== 'linux' && process.platform !== 'darwin') {
  fail('Fairline runs on Linux and macOS. On Windows, use WSL or docker compose.');
}
if (!packagesAreInstalled('.') || !nodeIsThere()) installPackages('.');
if (!nodeIsThere()) fail(`Install Node ${requiredNode()}: npm has none for this machine.`);
const runsDemo = purpose === 'start' || purpose === 'dev';
const usesAnotherRedis = runsDemo && Boolean(process.env.REDIS_URL);
if (!usesAnotherRedis && !REDIS.names.some(isOnPath)) install(REDIS);
const opensPages = purpose === 'test' || purpose === 'bench';
if (opensPages && !CHROMIUM.names.some(isOnPath)) install(CHROMIUM);
if (purpose === 'test' && !PGBOUNCER.names.some(isOnPath)) install(PGBOUNCER);
if (purpose === 'test' && !goIsThere()) install(GO);
if (purpose === 'test') getReadyForDeployTests();
if (purpose === 'bench' && !WRK.names.some(isOnPath)) install(WRK);
if (purpose === 'start' && !pagesAreBuilt()) buildPages();

/** What checks the chart, the workflows, the alert rules and the compose file. */
function getReadyForDeployTests() {
  if (!packagesAreInstalled('deploy/tools')) installPackages('deploy/tools');
  if (!PROMTOOL.names.some(isOnPath)) install(PROMTOOL);
  if (!COMPOSE.names.some(isOnPath) && !isDockerPlugin('compose')) install(COMPOSE);
  // deploy/tools has the helm of one platform.
  const comesWithTools = process.platform === 'linux' && process.arch === 'x64';
  if (!comesWithTools && !HELM.names.some(isOnPath)) install(HELM);
}

/** Go, and where apt-get installs it also the package that the tests use. */
function goIsThere() {
  const sources = '/usr/share/gocode/src/golang.org/x/mod';
  return GO.names.some(isOnPath) && (!isOnPath('apt-get') || existsSync(sources));
}

/** Whether node_modules of a folder matches its lock file, development packages included. */
function packagesAreInstalled(folder) {
  let wanted;
  let installed;
  try {
    wanted = readPackages(`${folder}/package-lock.json`);
    // npm writes this file last, so an interrupted install has none.
    installed = readPackages(`${folder}/node_modules/.package-lock.json`);
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

function installPackages(folder) {
  const where = folder === '.' ? '' : ` of ${folder}`;
  console.log(`Installing the packages${where} with npm ci. This may take a minute.`);
  run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
    folder,
    onFailure: 'npm ci failed: see above.',
  });
}

/** Whether npm scripts find a Node that is new enough: the one from the packages, or this one. */
function nodeIsThere() {
  if (existsSync(join(root, 'node_modules/.bin/node'))) return true;
  return Number(process.versions.node.split('.')[0]) >= Number.parseInt(requiredNode(), 10);
}

/** The oldest major version of Node that package.json allows. */
function requiredNode() {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return engines.node.replace('>=', '');
}

function isDockerPlugin(name) {
  return isOnPath('docker') && spawnSync('docker', [name, 'version']).status === 0;
}

/** Installs a program and checks that it is there. */
function install({ title, names, brew, apt: aptArgs, hint }) {
  if (process.platform === 'darwin') {
    if (!isOnPath('brew')) fail(`${title} is missing, and so is Homebrew. ${hint}`);
    console.log(`Installing ${title} with Homebrew. This may take a minute.`);
    run('brew', ['install', ...brew], { onFailure: `brew install failed. ${hint}` });
  } else {
    if (!isOnPath('apt-get') || aptArgs === undefined) {
      fail(`${title} is missing, and cannot be had by apt-get here. ${hint}`);
    }
    console.log(`Installing ${title} with apt-get. This may take a minute.`);
    const onFailure = `apt-get could not install ${title} (it needs root or sudo). ${hint}`;
    apt(['update'], onFailure);
    apt(['install', '-y', ...aptArgs], onFailure);
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
  const parts = ['src/web', 'src/domain', 'src/proof', 'src/verify'];
  const sources = [...parts, 'vite.config.ts', 'package-lock.json'].map((path) => join(root, path));
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

function run(command, args, { folder = '.', onFailure }) {
  const result = spawnSync(command, args, {
    cwd: join(root, folder),
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
