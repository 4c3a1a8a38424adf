import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TicketView } from '../../src/api/schemas/ticket.ts';
import type { Entry } from '../../src/domain/entry.ts';
import { replay } from '../../src/domain/replay.ts';
import { Client } from '../support/client.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

const BUYERS = 2_000;
const UNITS = 500;
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

  it(`of ${BUYERS} for ${UNITS} units: winners are line numbers 1 to ${UNITS} (I1, I2)`, async () => {
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

    const log = await system.db.selectFrom('log').selectAll().orderBy('seq').execute();
    const entries = log.map((row) => ({ seq: row.seq, entry: JSON.parse(row.entry) as Entry }));
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
});
