import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { connectDb, type Db } from '../../src/db/client.ts';
import { adoptSales } from '../../src/db/sale-secrets.ts';
import { insertSale } from '../../src/db/sales.ts';
import { DEFAULT_SETTINGS } from '../../src/domain/sale-settings.ts';
import { createDatabase, silent } from '../support/database.ts';

let db: Db;
let lines: Record<string, unknown>[];
const log = pino({ level: 'warn' }, { write: (line) => void lines.push(JSON.parse(line)) });

beforeAll(async () => {
  db = connectDb(await createDatabase(), silent);
  await db.insertInto('shards').values({ shard: 0 }).execute();
  const common = { ...DEFAULT_SETTINGS, name: 'Sale', perBuyerLimit: 1, holdMs: 60_000 };
  const product = { name: 'P', description: '', amount: 1, currency: 'eur', stock: 1 };
  for (const [id, secretId] of [['old', 'OLD'], ['new', 'NEW'], ['lost', 'LOST'], ['none']]) {
    await insertSale(
      db,
      {
        ...{ ...common, id: id ?? '', startsAtMs: 0, endsAtMs: 9e12, waitlistMax: 0 },
        ...(secretId === undefined ? {} : { secretId }),
        products: [{ ...product, id: `${id}-p` }],
      },
      1,
    );
  }
});
beforeEach(() => {
  lines = [];
});
afterAll(() => db.destroy());

const secrets = async () => {
  const rows = await db.selectFrom('sales').select(['id', 'secret_id']).execute();
  return Object.fromEntries(rows.map((row) => [row.id, row.secret_id]));
};

it('a sale that names no secret keeps that of the next API process, others theirs', async () => {
  await adoptSales({ db, log }, 'OLD', []);
  expect(await secrets()).toEqual({ old: 'OLD', new: 'NEW', lost: 'LOST', none: 'OLD' });
  expect(lines).toMatchObject([
    {
      sales: expect.toSatisfy((ids: string[]) => ids.toSorted().join() === 'lost,new'),
      msg: 'running sales were made with a secret that is set nowhere here',
    },
  ]);
});

it('when a replacement begins, a sale whose secret is gone keeps the current one', async () => {
  await adoptSales({ db, log }, 'OLD', ['NEW']);
  const kept = { old: 'OLD', new: 'NEW', lost: 'OLD', none: 'OLD' };
  expect(await secrets()).toEqual(kept);
  await adoptSales({ db, log }, 'NEW', ['OLD']);
  expect(await secrets()).toEqual(kept);
  expect(lines).toEqual([]);
});
