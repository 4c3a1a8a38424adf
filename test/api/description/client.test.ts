import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Client } from '../../support/client.ts';
import { buyOne } from '../../support/docs-client.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;
beforeAll(async () => {
  system = await startSystem();
  system.startWorker();
});
afterAll(() => system.stop());

it('the example of docs/client.md buys a ticket, with the types of the routes', async () => {
  const client = new Client(system.url);
  const sale = await client.createSale({ stock: 1 });
  const ticket = await buyOne(system.url, sale.id, await client.token('ann'));
  // @ts-expect-error no ticket has this status: were the type of the app `any`, it would pass
  expect(ticket.status === 'won').toBe(false);
  expect(ticket).toMatchObject({ saleId: sale.id, lineNumber: 1, order: { status: 'held' } });
  const next = await buyOne(system.url, sale.id, await client.token('bob'));
  expect(next.status).toBe('sold_out');
});

it('is refused as a problem', async () => {
  await expect(buyOne(system.url, 'nowhere', 'forged')).rejects.toThrow('sale_not_found');
});

it('the example is the code that was run', () => {
  const read = (path: string) => readFileSync(join(import.meta.dirname, '../../..', path), 'utf8');
  const [, example] = /```ts\n(.*?)```/s.exec(read('docs/client.md')) ?? [];
  expect(read('test/support/docs-client.ts')).toBe(example);
});
