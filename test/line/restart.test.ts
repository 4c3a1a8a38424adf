import { describe, expect, it, onTestFinished } from 'vitest';
import { startPostgres } from '../../demo/postgres.ts';
import { startRedis } from '../../demo/redis.ts';
import type { TicketView } from '../../src/api/schemas/ticket.ts';
import { connectDb } from '../../src/db/client.ts';
import { migrateToLatest } from '../../src/db/migrator.ts';
import { Client } from '../support/client.ts';
import { silent } from '../support/database.ts';
import { type Part, startApiPart, startPart } from '../support/parts.ts';
import { makeTempDir } from '../support/temp-dir.ts';

describe('restart of everything in the middle of a sale', () => {
  /** Starts engines and parts on the same folder, with a worker or without. */
  async function start(dir: string, options: { worker: boolean }) {
    const [postgres, redis] = await Promise.all([
      startPostgres({ dir: `${dir}/postgres` }),
      startRedis({ dir: `${dir}/redis` }),
    ]);
    const env = { DATABASE_URL: postgres.url, REDIS_URL: redis.url };
    const db = connectDb(postgres.url, silent, 1);
    await migrateToLatest(db);
    await db.destroy();
    const api = await startApiPart(env);
    const parts: Part[] = [api];
    if (options.worker) parts.push(startPart('worker', env));
    const stop = async () => {
      await Promise.all(parts.map((part) => part.end('SIGTERM')));
      await Promise.all([postgres.stop(), redis.stop()]);
    };
    onTestFinished(stop);
    return {
      client: new Client(api.url),
      async kill() {
        await Promise.all(parts.map((part) => part.end('SIGKILL')));
        await Promise.all([postgres.kill(), redis.kill()]);
      },
      worker: () => parts.push(startPart('worker', env)),
    };
  }

  it('keeps every accepted ticket in its place, whatever was killed (I2, I3, I4)', async () => {
    const dir = makeTempDir();
    const first = await start(dir, { worker: false });
    const sale = await first.client.createSale({ stock: 30, perBuyerLimit: 1 });
    const buyers = Array.from({ length: 60 }, (_, i) => `buyer ${i}`);
    const taken: { token: string; ticketId: string; decided?: TicketView }[] = [];
    const take = async (client: Client, names: readonly string[]) => {
      for (const name of names) {
        const token = await client.token(name);
        const { status, body } = await client.take(sale, token);
        expect(status).toBe(202);
        taken.push({ token, ticketId: body.ticketId });
      }
    };
    await take(first.client, buyers.slice(0, 20));
    await first.kill();

    const second = await start(dir, { worker: true });
    await take(second.client, buyers.slice(20, 40));
    for (const ticket of taken) {
      ticket.decided = await second.client.poll(ticket.ticketId, ticket.token);
    }
    await second.kill();

    const third = await start(dir, { worker: false });
    await take(third.client, buyers.slice(40));
    third.worker();
    for (const [i, { ticketId, token, decided }] of taken.entries()) {
      const ticket = await third.client.poll(ticketId, token);
      expect(ticket).toMatchObject({ lineNumber: i + 1, status: i < 30 ? 'held' : 'sold_out' });
      if (decided !== undefined) expect(ticket).toEqual(decided);
    }
  });
});
