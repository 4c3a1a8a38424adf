import { setTimeout as sleep } from 'node:timers/promises';
import type { ConfigView } from '../../src/api/schemas/config.ts';
import type { SaleEventView, SaleView } from '../../src/api/schemas/sale.ts';
import { makeAccessToken } from '../../src/api/tokens/access-token.ts';
import { CrowdApi } from './api.ts';
import { hammer } from './bots.ts';
import { type Intent, live } from './buyer.ts';
import { findFaults } from './faults.ts';
import type { CrowdOptions } from './options.ts';
import type { Moment } from './picture.ts';
import type { Scene } from './scene.ts';
import { Tally } from './tally.ts';
import { watchSale } from './watch.ts';

const TOKEN_SECONDS = 7_200;
/** A buyer not done this long after the last arrival is stuck. */
const STUCK_MS = 90_000;

export interface CrowdRun {
  readonly options: CrowdOptions;
  /** AUTH_JWT_SECRET: the buyers have no accounts. */
  readonly secret: string;
  /** Aborted to send everyone home at once. */
  readonly signal: AbortSignal;
  /** Shows the progress; returns a function that stops it. */
  readonly show: (moment: () => Moment) => () => void;
}

/** Runs a crowd. Returns the violations that it found; none when all went well. */
export async function runCrowd({ options, secret, signal, show }: CrowdRun): Promise<string[]> {
  const over = new AbortController();
  const api = new CrowdApi(options.url, AbortSignal.any([signal, over.signal]));
  const sale = await findSale(api, options.sale);
  const { body: config } = await api.call<ConfigView>('GET', '/api/config');
  const tally = new Tally();
  const tokenOf = (sub: string) =>
    makeAccessToken(secret, { sub, role: 'buyer', ttlSeconds: TOKEN_SECONDS });
  const scene: Scene = { api, config, sale, tally, tokenOf };
  const startedAt = performance.now();
  let latest: SaleEventView | undefined;
  const watching = watchSale(api, sale.id, (view) => {
    latest = view;
  }).catch(() => {}); // it ends with the crowd
  const seconds = () => (performance.now() - startedAt) / 1_000;
  const stopShowing = show(() => ({ sale, latest, tally, seconds: seconds() }));
  try {
    await comeAndGo(scene, options);
    latest = (await lookLast(scene, signal)) ?? latest;
  } finally {
    stopShowing();
    over.abort();
    await watching;
  }
  return findFaults(scene, latest);
}

async function comeAndGo(scene: Scene, options: CrowdOptions): Promise<void> {
  const { api, tally } = scene;
  const stuck = new AbortController();
  const run = `crowd-${Date.now().toString(36)}`;
  const guarded = (life: Promise<void>) =>
    life.catch((error: unknown) => {
      if (!api.signal.aborted) tally.fail(whatFailed(error));
    });
  const endMs = performance.now() + options.seconds * 1_000;
  const lives = [guarded(hammer(scene, options.bots, endMs))];
  const meanMs = (options.seconds * 1_000) / options.buyers;
  for (let buyer = 0; buyer < options.buyers && !api.signal.aborted; buyer++) {
    lives.push(guarded(live(scene, `${run}-${buyer}`, intentOf(options))));
    // Independent arrivals: the gaps of a Poisson process.
    await sleep(-Math.log(1 - Math.random()) * meanMs, undefined, { signal: api.signal }).catch(
      () => {},
    );
  }
  const patience = sleep(STUCK_MS, 'stuck', { signal: stuck.signal }).catch(() => 'ended');
  const ended = await Promise.race([Promise.all(lives), patience]);
  stuck.abort();
  if (ended === 'stuck') tally.fail(`buyers were still busy after ${STUCK_MS / 1_000} s`);
}

function intentOf({ pay, quit }: CrowdOptions): Intent {
  const chance = Math.random();
  if (chance < pay) return 'pay';
  return chance < pay + quit ? 'quit' : 'lapse';
}

/** The sale after everyone has gone; not requested when the run is aborted. */
async function lookLast({ api, sale }: Scene, signal: AbortSignal): Promise<SaleView | undefined> {
  if (signal.aborted) return undefined;
  const { status, body } = await api.call<SaleView>('GET', `/api/sales/${sale.id}`);
  return status === 200 ? body : undefined;
}

async function findSale(api: CrowdApi, wanted: string | undefined): Promise<SaleView> {
  const { status, body } = await api.call<{ items: SaleView[] }>('GET', '/api/sales?limit=100');
  if (status !== 200) throw new Error(`${api.url} answers ${status}: is it Fairline?`);
  const units = ({ products }: SaleView) =>
    products.reduce((sum, { stock }) => sum + stock.available, 0);
  // All buyers come from one address: a limit per address lets only a few of them in.
  const open = body.items.filter(({ phase, holdLimit }) => phase === 'open' && holdLimit === null);
  const found =
    wanted === undefined
      ? open.toSorted((a, b) => units(b) - units(a))[0]
      : body.items.find(({ id, name }) => id === wanted || name === wanted);
  if (found !== undefined) return found;
  throw new Error(wanted === undefined ? 'No sale is open.' : `There is no sale "${wanted}".`);
}

/** One line about what went wrong, with its cause. */
export function whatFailed(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? `${error.message}: ${cause.message}` : error.message;
}
