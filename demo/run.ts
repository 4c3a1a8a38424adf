import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeAccessToken } from '../src/api/tokens/access-token.ts';
import { listenProblem } from '../src/process/listen.ts';
import { makeSigningKey } from '../src/process/signing-key.ts';
import { findFreePort, whyPortIsUnusable } from './free-port.ts';
import { stopLeftover } from './leftovers.ts';
import { takeLock } from './lock.ts';
import { runMigrations } from './migrations.ts';
import { ownUrl } from './own-url.ts';
import { startPostgres } from './postgres.ts';
import { type Supervisor, supervise } from './processes.ts';
import { waitUntilReady } from './readiness.ts';
import { startRedis } from './redis.ts';
import { createSampleSales, MAIN_SALE } from './sample-sales.ts';
import { keepSecret } from './secret.ts';
import { type DemoSettings, TEST_KEYS } from './settings.ts';
import { welcome } from './welcome.ts';

const WORKERS = 2;
const APP_ROLE = 'fairline_app';
/** By which the public logs are known. */
const LOG_NAME = 'fairline.example';
const TOKEN_TTL_SECONDS = 86_400;
const MAIL_FROM = 'Fairline <tickets@fairline.example>';
const READY_TIMEOUT_MS = 60_000;

export interface DemoOptions {
  /** The project's folder. */
  root: string;
  settings: DemoSettings;
  /** Whether Vite also serves the pages from source. */
  dev: boolean;
  /** The environment of the processes, besides what the demo adds. */
  env: NodeJS.ProcessEnv;
  /** Prints to the person at the terminal. */
  print: (text: string) => void;
  /** Aborted when everything must stop, also during the start. */
  signal: AbortSignal;
  /** Called when a required process has ended for good. */
  onFailure: (error: Error) => void;
  /** Receives cleanups, in order; they run in reverse. */
  cleanup: AsyncDisposableStack;
  /** Receives functions that kill the processes at once, for an impatient second Ctrl-C. */
  force: Array<() => void>;
}

/**
 * Starts everything and prints how to try it; returns when it is ready.
 *
 * @throws Error that says what is wrong; the caller then runs `cleanup`
 */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { root, settings, print, cleanup } = options;
  const { host } = settings;
  const port = settings.port || (await findFreePort(host));
  const url = ownUrl(host, port);
  const lock = { file: join(settings.dataDir, 'lock'), url, mark: 'demo/main.ts' };
  cleanup.defer(takeLock(lock));
  const notes = join(settings.dataDir, 'run');
  await stopLeftoverParts(notes);
  await assertUsable(host, port);

  const secret = settings.secret ?? keepSecret(join(settings.dataDir, 'auth-jwt-secret'));
  const { email: adminEmail, password = keepSecret(join(settings.dataDir, 'admin-password')) } =
    settings.admin;
  const stripe = await provideStripe(options, `${url}/api/webhooks/stripe`);
  const mail = await provideMail(options);
  const database = await provideDatabase(options);
  const env = {
    WEBHOOK_ALLOW_LOCAL: 'true',
    LOG_SIGNING_KEY: keepSecret(join(settings.dataDir, 'log-signing-key'), () =>
      makeSigningKey(LOG_NAME),
    ),
    PUBLIC_URL: url,
    ...present(options.env),
    ...stripe,
    ...mail?.env,
    HOST: host,
    PORT: String(port),
    AUTH_JWT_SECRET: secret,
    ADMIN_EMAIL: adminEmail,
    ADMIN_PASSWORD: password,
    DATABASE_URL: database.app ?? database.owner,
    REDIS_URL: settings.redisUrl ?? (await provideEngine('Redis', startRedis, options)),
  };
  await step(options, 'migrating the database', () =>
    runMigrations(join(root, 'src/ops/migrate.ts'), {
      ...env,
      DATABASE_URL: database.owner,
      DATABASE_APP_URL: database.app,
    }),
  );
  options.signal.throwIfAborted();
  print(`starting the API and ${WORKERS} workers …\n`);
  watchParts(startParts(options, notes, env), options);
  await waitUntilReady({ url, timeoutMs: READY_TIMEOUT_MS, signal: options.signal });

  const token = (sub: string, role: 'buyer' | 'admin') =>
    makeAccessToken(secret, {
      ...{ sub, role, email: `${sub}@fairline.example` },
      ttlSeconds: TOKEN_TTL_SECONDS,
    });
  const adminToken = await token('demo-admin', 'admin');
  const sales = await step(options, 'creating the sample sales', () =>
    createSampleSales({ url, adminToken }),
  );
  const sale =
    sales.find(({ name }) => name === MAIN_SALE) ?? sales.find(({ phase }) => phase === 'open');
  print(
    welcome({
      url,
      buyerToken: await token('demo-buyer', 'buyer'),
      adminToken,
      adminEmail,
      adminPassword: settings.admin.password === undefined ? password : undefined,
      sale,
      stripeUrl: stripe['STRIPE_API_URL'],
      publishableKey: stripe['STRIPE_PUBLISHABLE_KEY'],
      mailDir: mail?.dir,
    }),
  );
}

/**
 * The URLs of Postgres: the owner's, for the migrations, and that of the API and the workers, who
 * may not change the log; undefined where the environment names a Postgres and no such role.
 */
async function provideDatabase(options: DemoOptions) {
  const { databaseUrl, databaseAppUrl, dataDir } = options.settings;
  if (databaseUrl !== undefined) return { owner: databaseUrl, app: databaseAppUrl };
  const owner = await provideEngine('Postgres', startPostgres, options);
  const app = new URL(owner);
  app.username = APP_ROLE;
  app.password = keepSecret(join(dataDir, 'postgres-app-password'));
  return { owner, app: app.href };
}

/** The environment without empty variables, which count as missing. */
function present(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
}

/**
 * Catches mails where the environment names no mail server. Returns the settings that the processes
 * need for it.
 */
async function provideMail(options: DemoOptions) {
  const { settings, print, cleanup } = options;
  if (settings.hasMailServer) return undefined;
  const dir = join(settings.dataDir, 'mail');
  const SMTP_URL = await step(options, 'starting the mail catcher', async () => {
    const { startMailCatcher } = await import('./mail/catcher.ts');
    const catcher = await startMailCatcher({ dir, print });
    cleanup.defer(() => catcher.stop());
    return catcher.url;
  });
  const SMTP_FROM = options.env['SMTP_FROM'] || MAIL_FROM;
  return { dir, env: { SMTP_FROM, SMTP_URL } };
}

/**
 * Starts the Stripe stand-in where no other Stripe is configured. Returns the settings that the
 * processes need for it.
 */
async function provideStripe(options: DemoOptions, webhookUrl: string): Promise<NodeJS.ProcessEnv> {
  const { isReal, webhookSecret: given, standIn } = options.settings.stripe;
  if (isReal) return {};
  const { dataDir } = options.settings;
  const webhookSecret = given ?? `whsec_${keepSecret(join(dataDir, 'stripe-webhook-secret'))}`;
  const env = { ...TEST_KEYS, STRIPE_WEBHOOK_SECRET: webhookSecret };
  if (standIn === undefined) return env;
  const STRIPE_API_URL = await step(options, 'starting the stand-in for Stripe', async () => {
    // Not even loaded with real keys.
    const { startStandIn } = await import('../stand-in/stripe/start.ts');
    const dataFile = join(dataDir, 'stripe.jsonl');
    const served = await startStandIn({ webhookSecret, webhookUrl, dataFile, ...standIn });
    options.cleanup.defer(() => served.stop());
    return served.url;
  });
  return { ...env, STRIPE_API_URL };
}

/** The API and the workers of an earlier run that was killed; they would keep the port. */
async function stopLeftoverParts(notes: string): Promise<void> {
  if (!existsSync(notes)) return;
  const files = readdirSync(notes).filter((name) => name.endsWith('.json'));
  await Promise.all(files.map((name) => stopLeftover(join(notes, name), 'SIGTERM')));
}

async function assertUsable(host: string, port: number): Promise<void> {
  const error = await whyPortIsUnusable(port, host);
  if (error === undefined) return;
  const problem = listenProblem(error);
  if (problem === undefined) throw error;
  const { name, message } = problem;
  const other = name === 'PORT' ? 'PORT=3001' : 'HOST=127.0.0.1';
  const given = name === 'PORT' ? port : host;
  throw new Error(`${name} ${given} cannot be used: ${message}. Choose another, e.g. ${other}.`);
}

interface Engine {
  url: string;
  exited: Promise<void>;
  output(): string;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** Starts an embedded engine in its folder and registers its cleanup. Returns its URL. */
async function provideEngine(
  name: string,
  start: (options: { dir: string }) => Promise<Engine>,
  options: DemoOptions,
): Promise<string> {
  const dir = join(options.settings.dataDir, name.toLowerCase());
  const engine = await step(options, `starting ${name}`, async () => {
    const started = await start({ dir });
    options.cleanup.defer(() => started.stop());
    options.force.push(() => started.kill());
    return started;
  });
  engine.exited.then(() =>
    options.onFailure(new Error(`${name} has ended unexpectedly:\n${engine.output()}`)),
  );
  return engine.url;
}

function startParts(options: DemoOptions, notes: string, env: NodeJS.ProcessEnv): Supervisor {
  const part = (name: string, script: string) => ({
    name,
    script: join(options.root, script),
    env,
    noteFile: join(notes, `${name}.json`),
  });
  const workers = Array.from({ length: WORKERS }, (_, index) =>
    part(`worker-${index + 1}`, 'src/workers/main.ts'),
  );
  return supervise({
    children: [
      part('api', 'src/api/main.ts'),
      ...workers,
      ...(options.dev ? [part('pages', 'demo/serve-pages.ts')] : []),
    ],
    log: (line) => options.print(`${line}\n`),
    onGiveUp: (name) => options.onFailure(new Error(`${name} keeps dying.`)),
  });
}

function watchParts(parts: Supervisor, { cleanup, force }: DemoOptions): void {
  cleanup.defer(() => parts.stop());
  force.push(() => parts.kill());
}

/**
 * Runs one step of the start and shows how long it took. Does not begin once everything must stop.
 */
async function step<T>(options: DemoOptions, name: string, work: () => Promise<T>): Promise<T> {
  options.signal.throwIfAborted();
  options.print(`${name} …`);
  const startedAt = performance.now();
  try {
    const result = await work();
    options.print(` ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);
    return result;
  } catch (error) {
    options.print('\n');
    throw error;
  }
}
