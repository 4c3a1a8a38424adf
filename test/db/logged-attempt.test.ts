import { expect, it, onTestFinished } from 'vitest';
import { findLoggedAttempt } from '../../src/db/tickets.ts';
import { Client } from '../support/client.ts';
import { startSystem } from '../support/system.ts';

it('an attempt is its first ticket, also where the history is dropped in part', async () => {
  const system = await startSystem();
  onTestFinished(() => system.stop());
  const { db } = system;
  system.startWorker();
  const client = new Client(system.url);
  const sale = await client.createSale({ stock: 5, perBuyerLimit: 2 });
  const ann = await client.token('ann');
  const first = await client.buy(sale, ann, { key: 'k' });
  const second = await client.buy(sale, ann, { key: 'k', quantities: [2] });
  expect([first.status, second.status]).toEqual(['held', 'rejected']);
  const history = () =>
    db
      .selectFrom('tickets')
      .select(['buyer_id', 'ticket_ref'])
      .where('sale_id', '=', sale.id)
      .orderBy('line_number')
      .execute();
  await expect.poll(history).toHaveLength(2);
  await system.stopWorker();
  const [row] = await history();
  const ref = row?.ticket_ref ?? '';
  const attempt = { sale: sale.id, buyer: row?.buyer_id ?? '', key: ref.split('.')[6] ?? '' };
  expect(await findLoggedAttempt(db, attempt)).toBe(ref);
  // Dropping was interrupted after the first.
  await db.updateTable('sales').set({ history_dropped: true }).execute();
  await db.deleteFrom('tickets').where('ticket_ref', '=', ref).execute();
  expect(await findLoggedAttempt(db, attempt)).toBe(ref);
  expect(await findLoggedAttempt(db, { ...attempt, key: 'another' })).toBeNull();
});
