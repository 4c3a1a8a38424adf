import { expect, it, onTestFinished } from 'vitest';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import { ticketAt } from '../../src/domain/entry.ts';
import { identityOf } from '../../src/domain/ticket.ts';
import { compare } from '../../src/line/reconcile.ts';
import { TicketSealer } from '../../src/line/ticket-id.ts';
import { checkDatabase, readLog } from '../support/checker.ts';
import { Client } from '../support/client.ts';
import { startApiPart, startPart } from '../support/parts.ts';
import { SECRET, startSystem, type TestSystem } from '../support/system.ts';

const TICKETS = 10_000;
const STOCK = 2_500;
/** Every so many tickets, a buyer who has been there before. */
const AGAIN = 10;
/** Requests under way at once. */
const CROWD = 120;

interface Sent {
  readonly buyer: string;
  readonly token: string;
  readonly ticketId: string;
}

/** Sends tickets from every API process at once, as many of them as it is asked for. */
class Crowd {
  readonly sent: Sent[] = [];
  readonly #clients: readonly Client[];
  readonly #sale: SaleView;
  #next = 0;

  constructor(clients: readonly Client[], sale: SaleView) {
    this.#clients = clients;
    this.#sale = sale;
  }

  /** Resolves when `upTo` tickets are accepted. */
  async send(upTo: number): Promise<void> {
    const sender = async () => {
      while (this.#next < upTo) await this.#sendOne(this.#next++);
    };
    await Promise.all(Array.from({ length: CROWD }, sender));
  }

  async #sendOne(number: number): Promise<void> {
    const client = this.#clients[number % this.#clients.length];
    if (client === undefined) throw new Error('there is no API');
    const buyer = `buyer ${number % AGAIN === 0 ? Math.floor(number / 2) : number}`;
    const token = await client.token(buyer);
    const { status, body } = await client.take(this.#sale, token);
    expect(status, body.detail).toBe(202);
    this.sent.push({ buyer, token, ticketId: body.ticketId });
  }
}

/** Three API and three worker processes, and a count of what is decided and public. */
async function startProcesses(system: TestSystem) {
  const env = { REDIS_URL: system.redisUrl, DATABASE_URL: system.databaseUrl, LINE_SHARDS: '1' };
  const apis = await Promise.all([1, 2, 3].map(() => startApiPart(env)));
  const workers = [1, 2, 3].map(() => startPart('worker', env));
  onTestFinished(async () => {
    await Promise.all([...apis, ...workers].map((part) => part.end('SIGKILL')));
  });
  const [first, second, third] = workers;
  if (first === undefined || second === undefined || third === undefined) throw new Error();
  return { apis, first, second, third };
}

it(`${TICKETS} tickets, 3 API processes, 3 workers, one killed, one stopped (I1–I7)`, async () => {
  const system = await startSystem();
  onTestFinished(() => system.stop());
  const { apis, first, second, third } = await startProcesses(system);
  const clients = apis.map((api) => new Client(api.url));
  const [client] = clients as [Client];
  const sale = await client.createSale({ stock: STOCK, perBuyerLimit: 1 });
  const crowd = new Crowd(clients, sale);
  const { progress } = system.shards.at(0).keys;
  const untilDecided = (tickets: number) =>
    system.until(async () => {
      return Number(await system.redis.hget(progress, `p:${sale.id}`)) >= tickets;
    });

  await crowd.send(1_500);
  // The only one left running is the one that works on the line.
  first.process.kill('SIGSTOP');
  second.process.kill('SIGSTOP');
  await Promise.all([crowd.send(3_000), untilDecided(2_500)]);

  // It is stopped past its lock, in the middle of the line, and others take over.
  const meanwhile = crowd.send(4_500);
  await untilDecided(3_250);
  third.process.kill('SIGSTOP');
  first.process.kill('SIGCONT');
  second.process.kill('SIGCONT');
  await meanwhile;
  await untilDecided(4_500);

  // Again one alone, killed half-way; the stopped one wakes up and sends what it was about to.
  second.process.kill('SIGSTOP');
  const half = crowd.send(6_000);
  await untilDecided(5_000);
  await first.end('SIGKILL');
  second.process.kill('SIGCONT');
  third.process.kill('SIGCONT');
  await half;
  await crowd.send(TICKETS);
  await untilDecided(TICKETS);

  const log = await readLog(system.db);
  const decided = log.flatMap(({ entry }) =>
    entry.k === 'decide'
      ? entry.batch.t.map(([buyer], index) => ({
          identity: identityOf(ticketAt(entry, index)),
          buyer,
          letter: entry.out[index],
        }))
      : [],
  );
  // I3, I4: what was accepted is what was decided, once.
  const sealer = new TicketSealer([SECRET]);
  const accepted = crowd.sent.map(({ buyer, ticketId }) => {
    const ticket = sealer.open(buyer, ticketId);
    return ticket === undefined ? ticketId : identityOf(ticket.ref);
  });
  expect(accepted.length).toBe(TICKETS);
  expect(decided.map(({ identity }) => identity).sort()).toEqual(accepted.sort());

  // I2: the winners are the first eligible ones.
  const holders = new Set<string>();
  const winners: string[] = [];
  for (const { identity, buyer } of decided) {
    if (winners.length === STOCK || holders.has(buyer)) continue;
    holders.add(buyer);
    winners.push(identity);
  }
  const orders = await system.db
    .selectFrom('orders')
    .select(['ticket_id', 'line_number'])
    .orderBy('line_number')
    .execute();
  expect(orders.map((order) => order.ticket_id)).toEqual(winners);
  expect(decided.filter(({ letter }) => letter === 'D').length).toBeGreaterThan(0);

  // Line numbers without gaps, stock, claims, the replay; Redis has the same.
  expect(await checkDatabase(system.db)).toEqual([]);
  const { line_number: last } = await system.db
    .selectFrom('sales')
    .select('line_number')
    .executeTakeFirstOrThrow();
  expect(last).toBe(TICKETS);
  await expect
    .poll(() => {
      system.shards.invalidate();
      return compare(system, system.shards.at(0), 'all');
    })
    .toMatchObject({ status: 'same' });

  // And clients are told so.
  const numbers = new Map(decided.map(({ identity }, i) => [identity, i + 1]));
  for (let i = 0; i < TICKETS; i += 100) {
    const { buyer, token, ticketId } = crowd.sent[i] as Sent;
    const ticket = sealer.open(buyer, ticketId);
    const lineNumber = numbers.get(ticket === undefined ? '' : identityOf(ticket.ref));
    expect((await client.poll(ticketId, token)).lineNumber).toBe(lineNumber);
  }
});
