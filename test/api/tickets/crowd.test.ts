import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TicketView } from '../../../src/api/schemas/ticket.ts';
import { replay } from '../../../src/domain/replay.ts';
import { checkDatabase, readLog } from '../../support/checker.ts';
import { Client } from '../../support/client.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

const BUYERS = 1_000;
const UNITS = 250;
/** Requests under way at once. */
const CROWD = 200;

describe('a crowd', () => {
  let system: TestSystem;
  let client: Client;
  beforeAll(async () => {
    system = await startSystem();
    system.startWorker();
    client = new Client(system.url);
  });
  afterAll(() => system.stop());

  it(`of ${BUYERS} for ${UNITS} units: line numbers 1 to ${UNITS} win (I1, I2)`, async () => {
    const sale = await client.createSale({ stock: UNITS, perBuyerLimit: 1 });
    const tickets: TicketView[] = [];
    let next = 0;
    const buyer = async () => {
      while (next < BUYERS) {
        const token = await client.token(`buyer ${next++}`);
        tickets.push(await client.buy(sale, token));
      }
    };
    await Promise.all(Array.from({ length: CROWD }, buyer));

    const byNumber = tickets.toSorted((a, b) => (a.lineNumber ?? 0) - (b.lineNumber ?? 0));
    expect(byNumber.map(({ lineNumber }) => lineNumber)).toEqual(
      Array.from({ length: BUYERS }, (_, i) => i + 1),
    );
    expect(byNumber.map(({ status }) => status)).toEqual(
      Array.from({ length: BUYERS }, (_, i) => (i < UNITS ? 'held' : 'sold_out')),
    );
    expect(new Set(byNumber.slice(0, UNITS).map(({ order }) => order?.id)).size).toBe(UNITS);

    const stock = { total: UNITS, available: 0, held: UNITS, sold: 0 };
    await expect.poll(async () => (await client.sale(sale.id)).products[0]?.stock).toEqual(stock);
    expect((await client.sale(sale.id)).phase).toBe('sold_out');

    const entries = await readLog(system.db);
    const { model, mismatch } = replay(entries);
    expect(mismatch).toBeUndefined();
    expect(model.sales.get(sale.id)?.line).toBe(BUYERS);
    // The checker sees it when an outcome is not what the rules lead to (I10).
    const forged = entries.map(({ seq, entry }) => ({
      seq,
      entry: entry.k === 'decide' ? { ...entry, out: entry.out.replace('S', 'H') } : entry,
    }));
    expect(replay(forged).mismatch).toBeDefined();
  });

  it('of 150 for 25 units with a waitlist: offers go in line order (I1, I2, I7)', async () => {
    const units = 25;
    const sale = await client.createSale({
      stock: units,
      perBuyerLimit: 1,
      holdSeconds: 2,
      waitlist: true,
    });
    const tickets = await Promise.all(
      Array.from({ length: 150 }, async (_, i) => {
        const token = await client.token(`waiting ${i}`);
        return { token, ...(await client.buy(sale, token)) };
      }),
    );
    const [first, waiting] = [true, false].map((isFirst) =>
      tickets.filter(({ lineNumber = 0 }) => lineNumber <= units === isFirst),
    ) as [typeof tickets, typeof tickets];
    expect(first.length).toBe(units);
    // A third of the holders quit; the others let their time run out.
    const quitters = first.filter((_, i) => i % 3 === 0);
    await Promise.all(
      quitters.map(({ ticketId, token }) =>
        client.call('DELETE', `/api/tickets/${ticketId}`, { token }),
      ),
    );
    // Everybody got a hold of two seconds at some time, in six rounds.
    const held = await Promise.all(
      waiting.map(async ({ ticketId, token }) => client.poll(ticketId, token)),
    );
    expect(held.every(({ order }) => order !== undefined)).toBe(true);
    const offered = (await readLog(system.db))
      .filter(({ entry }) => 'sale' in entry && entry.sale === sale.id)
      .flatMap(({ entry }) => ('offers' in entry ? (entry.offers ?? []) : []));
    expect(offered).toEqual(waiting.map(({ lineNumber = 0 }) => lineNumber).sort((a, b) => a - b));
    // No ticket overtaken, no unit idle while a ticket that could use it waited, none sold twice:
    // by the log.
    expect(await checkDatabase(system.db)).toEqual([]);
    const stock = { total: units, available: units, held: 0, sold: 0 };
    await expect.poll(async () => (await client.sale(sale.id)).products[0]?.stock).toEqual(stock);
  });
});
