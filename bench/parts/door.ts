import type { RedisClient } from '../../src/redis/client.ts';
import { connectRedis } from '../../src/redis/client.ts';
import { ShardKeys } from '../../src/redis/keys.ts';
import { measureRun, type Target } from '../load/cpu-of-run.ts';
import { takeTickets, wishOf } from '../load/take.ts';
import { makeTokens } from '../load/tokens.ts';
import { listRequests, type RequestList } from '../load/wrk.ts';
import type { BenchContext } from '../support/context.ts';
import { type Engines, withEngines } from '../support/engines.ts';
import { startEcho, startExpress } from '../support/floors.ts';
import { median } from '../support/percentile.ts';
import { alignTable, describeEngines, format } from '../support/report.ts';
import { type BenchSale, createSale, makeBuyers, openDb, silent } from '../support/sale.ts';
import { type BenchSystem, LIMITS_ON, openSystem, waitForLine } from '../support/system.ts';
import { waitUntilDecided } from '../support/wait-until-decided.ts';

const ROUNDS = 3;
const SECONDS = 3;

/** Tokens that come again and again: each is verified once. */
const REPEATED = 1_000;

/** Tokens that come once: more than a run of a few seconds uses up, in every round. */
const FRESH_PER_RUN = 40_000;

type Floor = 'get' | 'post';
type Side = 'off' | 'on';

/** A request of the table, with its budgets: at most so many times its floor. */
interface Kind {
  readonly name: string;
  readonly floor: Floor;
  readonly list: RequestList;
  readonly budget?: Readonly<Partial<Record<Side, number>>>;
  /** Each run sends other requests of the list: so many of them at most. */
  readonly step?: number;
  /** Its tickets are decided before the run counts as over. */
  readonly settle?: () => Promise<void>;
}

type Process = 'api' | 'redis' | 'worker';

/** What a kind cost in each round, in µs of CPU a request. */
interface Cost {
  readonly api: number;
  readonly floor: number;
  readonly redis: number;
  readonly worker: number;
  readonly perSecond: number;
  readonly p50Ms: number;
}

/**
 * What each kind of request costs at the door, as a multiple of a bare echo of the same kind in the
 * same round: the CPU time of one API process, with limits off and on.
 */
export async function benchDoor(context: BenchContext): Promise<void> {
  await withEngines(context, async (engines) => {
    context.print(await describeEngines(engines));
    await using cleanup = context.newCleanup();
    const system = openSystem(context, cleanup, engines);
    await Promise.race([measureDoor(context, cleanup, { engines, system }), system.failed]);
  });
}

async function measureDoor(
  context: BenchContext,
  cleanup: AsyncDisposableStack,
  { engines, system }: { engines: Engines; system: BenchSystem },
): Promise<void> {
  const db = openDb(cleanup, engines.postgres.url);
  const sale = await createSale(db, 500);
  const redis = connectRedis(engines.redis.url, 'worker', silent);
  cleanup.defer(() => redis.disconnect());
  const [off, on, echo] = await Promise.all([
    system.startApi(),
    system.startApi(LIMITS_ON),
    startEcho(cleanup, system),
  ]);
  const table = new DoorTable(context, { off, on }, echo);

  // Without a worker, every ticket stays in the queue.
  const buyers = makeTokens(system.secret, makeBuyers(REPEATED));
  const taken = await takeTickets(off.url, sale, buyers);
  const polls = listRequests(
    cleanup,
    taken.map(({ token, ticketId }) => ({
      method: 'GET',
      path: `/api/tickets/${ticketId}`,
      token,
    })),
  );
  await table.measure({ redis: engines.redis.pid, worker: process.pid }, [
    {
      name: 'poll a queued ticket',
      floor: 'get',
      list: polls,
      budget: { off: 1.5 },
    },
  ]);

  const worker = system.startWorker();
  await waitForLine(context, off.url);
  const settle = () => waitUntilDecided(redis, new ShardKeys(0));
  await settle();
  const kinds = await doorKinds(cleanup, { system, sale, url: off.url, polls, settle });
  await table.measure({ redis: engines.redis.pid, worker: worker.pid }, kinds);
  table.print();
  const other = await createSale(db, sale.stock);
  await measureExpress(context, cleanup, { engines, system, sale: other, redis });
}

async function doorKinds(
  cleanup: AsyncDisposableStack,
  shop: {
    system: BenchSystem;
    sale: BenchSale;
    url: string;
    polls: RequestList;
    settle: () => Promise<void>;
  },
): Promise<Kind[]> {
  const { system, sale, url, polls, settle } = shop;
  const take = (tokens: readonly string[]) =>
    listRequests(
      cleanup,
      tokens.map((token) => ({
        method: 'POST',
        path: `/api/sales/${sale.id}/tickets`,
        token,
        body: wishOf(sale.product),
      })),
    );
  const get = (path: string, etag?: string) =>
    listRequests(cleanup, [{ method: 'GET', path, etag }]);
  const salePath = `/api/sales/${sale.id}`;
  const etag = (await fetch(`${url}${salePath}`)).headers.get('etag');
  const fresh = makeTokens(system.secret, makeBuyers(FRESH_PER_RUN * ROUNDS));
  return [
    {
      name: 'take a ticket, repeated tokens',
      floor: 'post',
      list: take(makeTokens(system.secret, makeBuyers(REPEATED))),
      budget: { off: 2, on: 2.4 },
      settle,
    },
    {
      name: 'take a ticket, fresh tokens',
      floor: 'post',
      list: take(fresh),
      budget: { off: 2.6, on: 3 },
      step: FRESH_PER_RUN,
      settle,
    },
    { name: 'poll a decided ticket', floor: 'get', list: polls, budget: { off: 2.5 } },
    { name: 'read a sale', floor: 'get', list: get(salePath), budget: { off: 1.3 } },
    ...(etag === null
      ? []
      : [
          {
            name: 'read a sale, 304',
            floor: 'get' as const,
            list: get(salePath, etag),
            budget: { off: 1.1 },
          },
        ]),
    { name: 'list sales', floor: 'get', list: get('/api/sales'), budget: { off: 1.3 } },
    { name: '/healthz', floor: 'get', list: get('/healthz') },
  ];
}

type Api = Readonly<{ url: string; pid: number }>;

/** Measures kinds of requests beside their floors, and prints them. */
class DoorTable {
  readonly #context: BenchContext;
  readonly #apis: Readonly<Record<Side, Api>>;
  readonly #echo: Target<'api'>;
  readonly #rows: { kind: Kind; side: Side; costs: Cost[] }[] = [];

  constructor(context: BenchContext, apis: Readonly<Record<Side, Api>>, echo: Target<'api'>) {
    this.#context = context;
    this.#apis = apis;
    this.#echo = echo;
  }

  /** Some rounds; in each the floors, then every kind with limits off and on. */
  async measure(
    pids: Readonly<Record<'redis' | 'worker', number>>,
    kinds: readonly Kind[],
  ): Promise<void> {
    await using cleanup = this.#context.newCleanup();
    const floors: Record<Floor, RequestList> = {
      get: listRequests(cleanup, [
        { method: 'GET', path: '/api/tickets/one', token: 'x'.repeat(250) },
      ]),
      post: listRequests(cleanup, [
        {
          method: 'POST',
          path: '/api/sales/one/tickets',
          token: 'x'.repeat(250),
          body: wishOf('x'),
        },
      ]),
    };
    const rows = kinds.flatMap((kind) =>
      (['off', 'on'] as const).map((side) => ({ kind, side, costs: [] as Cost[] })),
    );
    this.#rows.push(...rows);
    for (let round = 0; round < ROUNDS; round++) {
      this.#context.note(`the door, round ${round + 1} of ${ROUNDS} …`);
      const floor: Partial<Record<Floor, number>> = {};
      for (const { kind, side, costs } of rows) {
        floor[kind.floor] ??= (
          await measureRun(this.#echo, floors[kind.floor], { seconds: SECONDS })
        ).cpuMicros.api;
        const { url, pid } = this.#apis[side];
        const target: Target<Process> = { url, pids: { api: pid, ...pids } };
        const from = (kind.step ?? 0) * round;
        const run = { seconds: SECONDS, from, ...(kind.settle && { settle: kind.settle }) };
        const { report, cpuMicros } = await measureRun(target, kind.list, run);
        const { perSecond, p50 } = report;
        costs.push({ ...cpuMicros, floor: floor[kind.floor] ?? 0, perSecond, p50Ms: p50 / 1_000 });
      }
    }
  }

  print(): void {
    const { print, record, judge } = this.#context;
    const rows = this.#rows.map(({ kind, side, costs }) => {
      const of = (pick: (cost: Cost) => number) => median(costs.map(pick));
      const ratio = of(({ api, floor }) => api / floor);
      return { kind, side, ratio, of };
    });
    const head = [
      'CPU µs a request',
      'limits',
      'API',
      'floor',
      'ratio',
      'Redis',
      'worker',
      'a second',
    ];
    const cells = rows.map(({ kind, side, ratio, of }) => [
      kind.name,
      side,
      format(of(({ api }) => api)),
      format(of(({ floor }) => floor)),
      format(ratio, 2),
      format(
        of(({ redis }) => redis),
        1,
      ),
      kind.settle === undefined
        ? ''
        : format(
            of(({ worker }) => worker),
            1,
          ),
      format(of(({ perSecond }) => perSecond)),
    ]);
    for (const line of alignTable([head, ...cells])) print(line);
    record({
      requests: rows.map(({ kind, side, of }) => ({
        name: kind.name,
        side,
        api: of(({ api }) => api),
        floor: of(({ floor }) => floor),
      })),
    });
    for (const { kind, side, ratio, of } of rows) {
      const atMost = kind.budget?.[side];
      if (atMost !== undefined) {
        judge({ title: `${kind.name}, limits ${side}`, value: ratio, unit: '× the floor', atMost });
      }
      if (kind.settle === undefined || side === 'on') continue;
      const title = `of ${kind.name}`;
      judge({ title: `Redis ${title}`, value: of(({ redis }) => redis), unit: 'µs', atMost: 15 });
      judge({
        title: `worker ${title}`,
        value: of(({ worker }) => worker),
        unit: 'µs',
        atMost: 30,
      });
    }
  }
}

/** The synchronous endpoint beside it: what it costs where it runs, and in its engines. */
async function measureExpress(
  context: BenchContext,
  cleanup: AsyncDisposableStack,
  shop: { engines: Engines; system: BenchSystem; sale: BenchSale; redis: RedisClient },
): Promise<void> {
  const { engines, system, sale, redis } = shop;
  const { url, pids } = await startExpress(cleanup, system, { engines, sale, redis });
  const list = listRequests(
    cleanup,
    makeTokens(system.secret, makeBuyers(REPEATED)).map((token) => ({
      method: 'POST',
      path: `/api/sales/${sale.id}/tickets`,
      token,
      body: wishOf(sale.product),
    })),
  );
  const target = { url, pids: { ...pids, redis: engines.redis.pid } };
  const { report, cpuMicros } = await measureRun(target, list, { seconds: SECONDS });
  context.print(
    `a synchronous Express endpoint with one script a request: ${format(cpuMicros.api)} µs, ` +
      `Redis ${format(cpuMicros.redis, 1)} µs, ${format(report.perSecond)} a second`,
  );
  context.record({ express: { ...cpuMicros, perSecond: report.perSecond } });
}
