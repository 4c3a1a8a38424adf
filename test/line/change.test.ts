import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ticketAt } from '../../src/domain/entry.ts';
import { cancel } from '../../src/redis/scripts/cancel.ts';
import { close } from '../../src/redis/scripts/close.ts';
import { Client } from '../support/client.ts';
import { decideWaiting } from '../support/decide-waiting.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

let system: TestSystem;
let client: Client;
beforeEach(async () => {
  system = await startSystem();
  client = new Client(system.url);
});
afterEach(() => system.stop());

/** Makes a rebuild come between the reply of a script and the recording of what it met. */
function rebuildBeforeDrain(): void {
  const shard = system.shards.at(0);
  vi.spyOn(shard, 'drain').mockImplementationOnce(async () => {
    await shard.rebuild({ seen: await shard.epoch() });
  });
}

it('closes a sale again whose close was dropped by a rebuild (I5)', async () => {
  const { id } = await client.createSale();
  const shard = system.shards.at(0);
  // Closed, not recorded: its process died.
  expect(await shard.run(close, { sale: id, cause: 'closed' })).toMatchObject({ status: 'DONE' });
  rebuildBeforeDrain();
  expect(await shard.change(close, { sale: id, cause: 'closed' })).toMatchObject({
    status: 'DONE',
  });
  await expect.poll(async () => (await client.sale(id)).phase).toBe('closed');
});

it('asks again to cancel a ticket whose decision was dropped by a rebuild (I4)', async () => {
  const sale = await client.createSale();
  const ann = await client.token('ann');
  const { ticketId } = (await client.take(sale, ann)).body;
  const shard = system.shards.at(0);
  const [job = ''] = await system.redis.lrange(shard.keys.queue('wait'), 0, 0);
  const raw = (await system.redis.hget(shard.keys.queue(job), 'data')) ?? '';
  expect((await decideWaiting(system, shard)).status).toBe('DECIDED');

  rebuildBeforeDrain();
  const ref = ticketAt({ batch: JSON.parse(raw), job: Number(job) }, 0);
  expect(await shard.change(cancel, { sale: sale.id, ref })).toMatchObject({ status: 'REQUESTED' });
  system.startWorker();
  expect(await client.poll(ticketId, ann)).toMatchObject({ status: 'cancelled', lineNumber: 1 });
});
