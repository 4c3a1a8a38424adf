import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import type { TicketView } from '../../src/api/schemas/ticket.ts';
import { findPublishedLog } from '../../src/db/public-logs.ts';
import { compare } from '../../src/line/reconcile.ts';
import { exportLog } from '../../src/ops/export-log.ts';
import { archive } from '../../src/redis/scripts/archive.ts';
import { close } from '../../src/redis/scripts/close.ts';
import { tracesOf } from '../support/archived.ts';
import { checkDatabase } from '../support/checker.ts';
import { Client } from '../support/client.ts';
import { runCommand } from '../support/parts.ts';
import { startSystem, type TestSystem } from '../support/system.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const PATIENT = { timeout: 60_000, interval: 20 };
const USAGE = 'Usage: npm run archive -- export SALE FILE';

describe('npm run archive', () => {
  let system: TestSystem;
  let client: Client;
  let ann: string;
  let bob: string;
  /** Archived; live. */
  let over: SaleView;
  let live: SaleView;
  let won: TicketView;
  let lost: TicketView;
  let forgotten: string;
  beforeAll(async () => {
    system = await startSystem();
    client = new Client(system.url);
    [ann, bob] = [await client.token('ann'), await client.token('bob')];
    const free = { products: [{ stock: 1, amount: 0 }], endsAt: new Date(Date.now() + 60_000) };
    [over, live] = [await client.createSale(free), await client.createSale(free)];
    // One that the line loses, and decides when it is sent again.
    forgotten = (await client.take(over, bob, { key: 'k' })).body.ticketId;
    await system.redis.flushall();
    await system.shards.at(0).check();
    system.startWorker();
    won = await client.buy(over, ann);
    await client.call('POST', `/api/orders/${won.order?.id}/confirm`, { token: ann });
    lost = await client.buy(over, bob, { key: 'k' });
    await client.buy(live, bob);
    await vi.waitUntil(async () => (await listOf(bob)).length === 2, PATIENT);
    const shard = system.shards.at(0);
    await shard.change(close, { sale: over.id, cause: 'closed' });
    await vi.waitUntil(async () => (await client.sale(over.id)).phase === 'closed', PATIENT);
    const { status } = await shard.change(archive, { sale: over.id, afterJob: 0 });
    expect(status).toBe('ARCHIVED');
  });
  afterAll(() => system.stop());

  const run = (...args: string[]) =>
    runCommand('src/ops/archive.ts', args, {
      REDIS_URL: system.redisUrl,
      DATABASE_URL: system.databaseUrl,
    });
  const listOf = async (token: string) =>
    (await client.call<{ items: TicketView[] }>('GET', '/api/tickets', { token })).body.items;
  const salesOf = async (token: string) => (await listOf(token)).map(({ saleId }) => saleId);

  it.each([
    [[]],
    [['export', 'x']],
    [['drop']],
    [['drop', '--before', 'then']],
    [['drop', 'x', 'y']],
    [['export', 'x', 'y', 'z']],
    [['remove', 'x']],
  ])('says how it is used: %j', async (args) => {
    const { code, output } = await run(...args);
    expect(output).toContain(USAGE);
    expect(code).toBe(1);
  });

  it('refuses a sale that lives, and one that there is not', async () => {
    const file = join(makeTempDir(), 'live.gz');
    for (const args of [
      ['export', live.id, file],
      ['drop', live.id],
      ['drop', 'nowhere'],
    ]) {
      const { code, output } = await run(...args);
      expect(output).toContain('is no archived sale');
      expect(code).toBe(1);
    }
    expect(await salesOf(bob)).toEqual([live.id, over.id]);
  });

  it('exports everything that was recorded of a sale, into a new file', async () => {
    const file = join(makeTempDir(), 'over.jsonl.gz');
    const { code } = await run('export', over.id, file);
    expect(code).toBe(0);
    const lines = gunzipSync(readFileSync(file)).toString().trim().split('\n');
    const rows = lines.map((line) => JSON.parse(line) as { table: string; row: { seq?: number } });
    const counts = Object.groupBy(rows, ({ table }) => table);
    expect(Object.entries(counts).map(([table, some]) => [table, some?.length])).toEqual([
      ['sales', 1],
      ['products', 1],
      ['log', 6], // load, two decisions, confirm, close, archive
      ['tickets', 2],
      ['inventory_ledger', 3], // stocked, held, paid
    ]);
    const log = await system.db
      .selectFrom('log')
      .select(['seq', 'entry'])
      .where('sale_id', '=', over.id)
      .orderBy('seq')
      .execute();
    const exported = (counts['log'] ?? []).map(({ row }) => row);
    expect(exported.sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0))).toMatchObject(log);

    expect((await run('export', over.id, file)).output).toContain('EEXIST');
  });

  it('leaves its public log to be exported and checked', async () => {
    const folder = join(makeTempDir(), 'log');
    await vi.waitUntil(async () => {
      const log = await findPublishedLog(system.db, over.id);
      return log?.size === 6; // load, two decisions, confirm, close, archive
    }, PATIENT);
    const verifier = join(inject('pagesFolder'), 'verify.mjs');
    expect(await exportLog(system.db, { sale: over.id, folder, verifier })).toBe(6);
    const { code, output } = await runCommand(join(folder, 'verify.mjs'), [folder], {});
    expect(output).toContain('1 order paid, 0 refunded');
    expect(code).toBe(0);
  });

  it('drops the tickets of a sale from the history, and nothing of another', async () => {
    expect((await run('drop', '--before', '2020-01-01')).code).toBe(0);
    expect(await salesOf(bob)).toEqual([live.id, over.id]);
    expect(
      (await run('drop', '--before', new Date(Date.now() + 3_600_000).toISOString())).code,
    ).toBe(0);
    expect(await salesOf(bob)).toEqual([live.id]);
    expect(await salesOf(ann)).toEqual([]);

    // Who has a ticket is answered by the log, the one that the line lost too.
    expect(await client.poll(lost.ticketId, bob, 0)).toMatchObject({
      status: 'sold_out',
      lineNumber: 2,
    });
    expect(await client.poll(forgotten, bob, 0)).toMatchObject({ lineNumber: 2 });
    expect(await client.orders(ann)).toMatchObject([{ id: won.order?.id, status: 'paid' }]);
    expect((await run('drop', over.id)).output).toContain('dropped');
  });

  it('and what happens to the sale afterwards is as it was', async () => {
    const refund = await client.call('POST', `/api/admin/orders/${won.order?.id}/refund`, {
      token: await client.token('seller', 'admin'),
      body: { restock: true },
    });
    expect(refund.status).toBe(200);
    expect(await client.poll(won.ticketId, ann, 0)).toMatchObject({ status: 'refunded' });
    expect(await client.poll(forgotten, bob, 0)).toMatchObject({ lineNumber: 2 });
    await system.stopWorker();
    const shard = system.shards.at(0);
    await shard.drain();
    expect(await tracesOf(system.redis, shard, over.id)).not.toEqual([]);
    expect(await checkDatabase(system.db)).toEqual([]);
    expect(await compare(system, shard, 'all')).toMatchObject({ status: 'same' });
    const { code, output } = await run('drop', over.id);
    expect(output).toContain('is no archived sale'); // it came back
    expect(code).toBe(1);
  });
});
