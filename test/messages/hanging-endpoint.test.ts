import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import type { WebhookView } from '../../src/api/schemas/webhook.ts';
import { ENDPOINT_MAX } from '../../src/db/deliveries.ts';
import { startMessageWorker } from '../../src/workers/messages.ts';
import type { Timer } from '../../src/workers/timer.ts';
import { Client } from '../support/client.ts';
import { silent } from '../support/database.ts';
import { insertOrders } from '../support/many-orders.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

const MESSAGES = 3 * ENDPOINT_MAX;

let system: TestSystem;
let client: Client;
let admin: string;
let sale: SaleView;
let hanging: Receiver;
let prompt: Receiver;
let workers: Timer[];
beforeEach(async () => {
  system = await startSystem();
  client = new Client(system.url);
  admin = await client.token('seller', 'admin');
  sale = await client.createSale();
  hanging = await startReceiver();
  prompt = await startReceiver();
  workers = [];
});
afterEach(async () => {
  hanging.stop();
  prompt.stop();
  await Promise.all(workers.map((worker) => worker.stop()));
  await system.stop();
});

async function addEndpoint({ url }: Receiver): Promise<void> {
  const path = `/api/admin/sales/${sale.id}/webhooks`;
  await client.call<WebhookView>('POST', path, { token: admin, body: { url } });
}

async function tellOfOrders(): Promise<void> {
  await insertOrders(system.owner, sale, MESSAGES);
  const orders = await system.db.selectFrom('orders').select('id').execute();
  const rows = orders.map(({ id }) => {
    return { id: `msg-${id}`, kind: 'order.paid' as const, sale_id: sale.id, order_id: id };
  });
  await system.db.insertInto('messages').values(rows).execute();
}

it('a hanging endpoint has bounded concurrent calls, others are served meanwhile', async () => {
  const unanswered: ServerResponse[] = [];
  hanging.answer = (response) => unanswered.push(response);
  await addEndpoint(hanging);
  await addEndpoint(prompt);
  await tellOfOrders();
  const { redis, db } = system;
  const webhooks = { allowLocal: true };
  workers = Array.from({ length: 2 }, () =>
    startMessageWorker({
      redis,
      db,
      log: silent,
      isLooking: () => true,
      nowMs: Date.now,
      webhooks,
    }),
  );
  // The other endpoint needs several looks of the workers for all of its own.
  await expect.poll(() => prompt.received.length).toBe(MESSAGES);
  expect(unanswered).toHaveLength(ENDPOINT_MAX);

  hanging.answer = (response) => response.writeHead(204).end();
  for (const response of unanswered) response.writeHead(204).end();
  await expect.poll(() => hanging.received.length).toBe(MESSAGES);
});
