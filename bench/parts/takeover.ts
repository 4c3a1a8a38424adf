import type { BenchContext } from '../support/context.ts';
import { withEngines } from '../support/engines.ts';
import { type BenchLine, openLine } from '../support/line.ts';
import { format } from '../support/report.ts';
import { makeBuyers } from '../support/sale.ts';
import { type NamedWorker, startNamedWorker, usersStandingBy } from '../support/standby.ts';
import { assertDecided, assertSoldInOrder } from '../support/verify.ts';

const ROUNDS = 5;

/**
 * One ticket per this many ms: about as long as a group takes, so that a job is nearly always
 * active.
 */
const TRICKLE_MS = 5;

const STOCK = 100;

/**
 * A job's lock of 1 s is renewed at half that time, so a worker that dies while processing a job
 * stops the line for longer than this, in ms. A kill that hit it between two jobs is no takeover
 * and is repeated.
 */
const LOCK_LEFT_MS = 500;

/** How soon the line has to move again, in ms. */
const BOUND_MS = 2_000;

/**
 * Two workers share a shard while tickets trickle in; the active one is killed with SIGKILL.
 * Measures from the kill to the next publish.
 */
export async function benchTakeover(context: BenchContext): Promise<void> {
  const { print, record, judge } = context;
  const tookMs = await withEngines(context, async (engines) => {
    await using cleanup = context.newCleanup();
    const failed = Promise.withResolvers<never>();
    const line = await openLine(cleanup, engines, STOCK);
    const moves = await watchMoves(line);
    const start = () => startNamedWorker(cleanup, line.redis, engines, failed.reject);
    const trickle = startTrickle(cleanup, line, failed.reject);
    const rounds = async () => {
      const took: number[] = [];
      let workers: readonly NamedWorker[] = await Promise.all([start(), start()]);
      while (took.length < ROUNDS) {
        const active = await findActive(line, moves, workers);
        const ms = await kill(line, moves, active);
        if (ms >= LOCK_LEFT_MS) took.push(ms);
        workers = [...workers.filter((worker) => worker !== active), await start()];
      }
      const buyers = await trickle.stop();
      await moves.beyond(buyers.length - 1);
      await assertDecided(line.db, line.sale, buyers.length);
      await assertSoldInOrder(line.db, line.sale, buyers);
      return took;
    };
    return await Promise.race([rounds(), failed.promise]);
  });

  const sorted = tookMs.toSorted((a, b) => a - b);
  const max = sorted.at(-1) ?? Number.NaN;
  const median = sorted[Math.floor(ROUNDS / 2)] ?? Number.NaN;
  const all = tookMs.map((ms) => format(ms)).join(' · ');
  print(`kill -9 of the active worker to the next publish, ms: ${all}; median ${format(median)}`);
  record({ tookMs });
  judge({ title: 'the slowest takeover', value: max, unit: 'ms', atMost: BOUND_MS });
}

/** The last public place of the sale's line. */
interface Moves {
  /** Resolves at the next announcement. */
  next(): Promise<void>;
  /** Resolves when a place after `place` is public, with the time of the announcement. */
  beyond(place: number): Promise<number>;
}

async function watchMoves(line: BenchLine): Promise<Moves> {
  let last = { passed: 0, atMs: 0 };
  let moved = Promise.withResolvers<void>();
  await line.onPassed((passed) => {
    last = { passed, atMs: performance.now() };
    moved.resolve();
    moved = Promise.withResolvers();
  });
  return {
    next: () => moved.promise,
    async beyond(place) {
      while (last.passed <= place) await moved.promise;
      return last.atMs;
    },
  };
}

/** Takes a ticket every few ms. `stop` returns the buyers, in line order. */
function startTrickle(
  cleanup: AsyncDisposableStack,
  line: BenchLine,
  onError: (error: unknown) => void,
): { stop(): Promise<string[]> } {
  const buyers: string[] = [];
  const accepting: Promise<void>[] = [];
  const timer = setInterval(() => {
    const [buyer = ''] = makeBuyers(1);
    buyers.push(buyer);
    const accepted = line.accept([buyer]);
    accepted.catch(onError);
    accepting.push(accepted);
  }, TRICKLE_MS);
  cleanup.defer(() => clearInterval(timer));
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(accepting);
      return buyers;
    },
  };
}

/**
 * The worker that is processing a job while all others are on standby. Checked after every
 * announcement. A worker that has not been on standby yet is still starting.
 */
async function findActive(
  line: BenchLine,
  moves: Moves,
  workers: readonly NamedWorker[],
): Promise<NamedWorker> {
  const started = new Set<string>();
  for (;;) {
    await moves.next();
    const standingBy = await usersStandingBy(line.redis);
    const active = workers.filter(({ user }) => !standingBy.has(user));
    const inHand = await line.redis.llen(line.keys.queue('active'));
    const [only] = active;
    if (started.size === workers.length && active.length === 1 && inHand === 1 && only) return only;
    for (const user of standingBy) started.add(user);
  }
}

/** Kills a worker; returns the ms from then to the next publish. */
async function kill(line: BenchLine, moves: Moves, worker: NamedWorker): Promise<number> {
  const killedAtMs = performance.now();
  await worker.child.end('SIGKILL');
  // Its last announcement before the kill does not count.
  const passed = Number(await line.redis.hget(line.keys.progress, `p:${line.sale.id}`));
  return (await moves.beyond(passed)) - killedAtMs;
}
