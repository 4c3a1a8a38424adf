import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectDb, type Db } from '../../src/db/client.ts';
import { insertSale } from '../../src/db/sales.ts';
import type { Batch, Entry, SkipReason } from '../../src/domain/entry.ts';
import { ShardModel } from '../../src/domain/model.ts';
import { replay } from '../../src/domain/replay.ts';
import { formatRef, identityOf } from '../../src/domain/ticket.ts';
import { compare } from '../../src/line/reconcile.ts';
import { Shard } from '../../src/line/shard.ts';
import { connectRedis } from '../../src/redis/client.ts';
import { addProduct } from '../../src/redis/scripts/add-product.ts';
import { cancel } from '../../src/redis/scripts/cancel.ts';
import { close } from '../../src/redis/scripts/close.ts';
import { decide } from '../../src/redis/scripts/decide.ts';
import { edit } from '../../src/redis/scripts/edit.ts';
import { leave } from '../../src/redis/scripts/leave.ts';
import { offer } from '../../src/redis/scripts/offer.ts';
import { release } from '../../src/redis/scripts/release.ts';
import { restock } from '../../src/redis/scripts/restock.ts';
import { createDatabase, silent } from '../support/database.ts';
import { CLOSES, OPENS, type Operation, operation, SALES } from '../support/operations.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { batchOf } from '../support/shard.ts';

/** FAIRLINE_SEED=… repeats a run, FAIRLINE_RUNS=… makes it longer. */
const seed = Number(process.env['FAIRLINE_SEED'] ?? Date.now() % 2 ** 31);
const numRuns = Number(process.env['FAIRLINE_RUNS'] ?? 60);

/** The first sale has a waitlist, the others have none. */
const waitlistMax = (index: number) => (index === 0 ? 5 : 0);

/** One run: the scripts on a shard of its own, and the model beside them. */
class Run {
  readonly model = new ShardModel();
  readonly expected: Entry[] = [];
  readonly shard: Shard;
  readonly sales: string[];
  readonly jobs: (Batch | SkipReason)[] = [];
  /** The last job of the queue before the first of these. */
  readonly #base: number;
  readonly #redis;
  readonly #positions = [0, 0];
  #products = 0;

  constructor(shard: Shard, redis: ReturnType<typeof connectRedis>, sales: string[], base: number) {
    this.#base = base;
    this.model.decided = base;
    this.shard = shard;
    this.#redis = redis;
    this.sales = sales;
    for (const [index, id] of sales.entries()) {
      this.#expect(
        this.model.load({
          k: 'load',
          sale: id,
          starts: OPENS,
          ends: CLOSES,
          limit: 3,
          holdMs: 60_000,
          stock: [4, 2],
          ...(waitlistMax(index) > 0 ? { waitlist: waitlistMax(index) } : {}),
        }),
      );
    }
  }

  async step(step: Operation): Promise<void> {
    const redis = this.#redis;
    const { shard, model } = this;
    const { keys } = shard;
    switch (step.op) {
      case 'enqueue': {
        const position = (this.#positions[step.sale] ?? 0) + step.tickets.length;
        this.#positions[step.sale] = position;
        const tickets = step.tickets.map(
          ({ buyer, items, key }) =>
            key === undefined
              ? ([`b${buyer}`, items] as const)
              : ([`b${buyer}`, items, `s${step.sale}-b${buyer}-${key}`] as const), // as keyed hashes are, of one sale
        );
        const options = { at: step.at, pos: position };
        await this.#enqueue(batchOf(this.#sale(step.sale), tickets, options));
        return;
      }
      case 'copy': {
        const batch = this.#batch(step.batch);
        if (batch !== undefined) await this.#enqueue(batch);
        return;
      }
      case 'remove':
        await this.#enqueue('removed');
        return;
      case 'decide': {
        const firstJob = Math.max(this.#base + 1, model.decided + 1 + step.offset);
        const from = firstJob - this.#base - 1;
        const jobs = this.jobs.slice(from, from + step.count);
        if (jobs.length === 0) return;
        const before = model.decided;
        const reply = await shard.run((epoch) =>
          decide(redis, keys, {
            epoch,
            firstJob,
            jobs: jobs.map((job) =>
              typeof job === 'string'
                ? { skip: job }
                : { raw: JSON.stringify(job), sale: job.sale },
            ),
          }),
        );
        for (const [i, job] of jobs.entries()) {
          const number = firstJob + i;
          this.#expect(
            typeof job === 'string' ? model.skip(number, job) : model.decide(number, job),
          );
        }
        expect(reply).toMatchObject(
          firstJob > before + 1
            ? { status: 'GAP', decided: before }
            : { status: 'DECIDED', decided: model.decided, seq: model.seq },
        );
        return;
      }
      case 'cancel': {
        const batch = this.#batch(step.batch);
        if (batch === undefined) return;
        const index = step.index % batch.t.length;
        const [, items = '', key = ''] = batch.t[index] ?? [];
        const position = batch.pos - batch.t.length + index + 1;
        const job = this.#base + this.jobs.indexOf(batch) + 1;
        const ref = { uid: batch.uid, index, job, position, epoch: 1, items, key };
        const reply = await shard.run((epoch) =>
          cancel(redis, keys, { epoch, sale: batch.sale, ref }),
        );
        const requested = model.requestCancel(batch.sale, ref);
        expect(reply.status, formatRef(ref)).toBe(requested ? 'REQUESTED' : 'DECIDED');
        return;
      }
      case 'release': {
        const id = this.#sale(step.sale);
        const holds = [...(model.sales.get(id)?.holds ?? [])];
        const [name, hold] = holds[step.hold % holds.length] ?? ['nobody.0', { seq: 1 }];
        const entry = { sale: id, ticket: name, hold: hold.seq + step.wrongSeq, cause: step.cause };
        const reply = await shard.run(
          (epoch) => release(redis, keys, { epoch, ...entry, offersMax: step.max }),
          id,
        );
        this.#agree(reply.status, 'RELEASED', model.release({ k: 'release', ...entry }, step.max));
        return;
      }
      case 'restock': {
        const { index, delta, key } = step;
        const change = { sale: this.#sale(step.sale), index, delta, key };
        const reply = await shard.run(
          (epoch) => restock(redis, keys, { epoch, ...change, offersMax: step.max }),
          change.sale,
        );
        this.#agree(
          reply.status,
          'RESTOCKED',
          model.restock({ k: 'restock', ...change }, step.max),
        );
        return;
      }
      case 'offer': {
        const id = this.#sale(step.sale);
        const reply = await shard.run(
          (epoch) => offer(redis, keys, { epoch, sale: id, offersMax: step.max }),
          id,
        );
        this.#agree(reply.status, 'OFFERED', model.offer({ k: 'offer', sale: id }, step.max));
        return;
      }
      case 'leave': {
        const id = this.#sale(step.sale);
        const waiting = model.sales.get(id)?.waiting ?? [];
        const place = waiting[step.waiting % waiting.length];
        const [buyer, line] = place === undefined ? ['b1', 0] : [place.buyer, place.line];
        const ticket = place === undefined ? 'nobody.0' : identityOf(place.ref);
        const reply = await shard.run(
          (epoch) => leave(redis, keys, { epoch, sale: id, buyer, ticket }),
          id,
        );
        this.#agree(reply.status, 'LEFT', model.leave({ k: 'leave', sale: id, line }));
        return;
      }
      case 'edit': {
        const { limit, ends } = step;
        const set = { limit, ...(ends === undefined ? {} : { ends }) };
        const entry = { k: 'edit' as const, sale: this.#sale(step.sale), set };
        const reply = await shard.run(
          (epoch) => edit(redis, keys, { epoch, entry, frozen: false }),
          entry.sale,
        );
        this.#agree(reply.status, 'EDITED', model.edit(entry));
        return;
      }
      case 'product': {
        const id = this.#sale(step.sale);
        const product = {
          id: `${id}-extra-${++this.#products}`,
          name: 'Extra',
          description: '',
          amount: 5,
          currency: 'eur',
          stock: step.stock,
        };
        const reply = await shard.run(
          (epoch) => addProduct(redis, keys, { epoch, sale: id, product }),
          id,
        );
        const entry = { k: 'product' as const, sale: id, index: 0, product };
        this.#agree(reply.status, 'ADDED', model.addProduct(entry));
        return;
      }
      case 'close': {
        if (step.now > 0) return; // most sales stay open
        const entry = { sale: this.#sale(step.sale), cause: 'closed' as const };
        const reply = await shard.run(
          (epoch) => close(redis, keys, { epoch, ...entry }),
          entry.sale,
        );
        this.#agree(reply.status, 'DONE', model.close({ k: 'close', ...entry }));
        return;
      }
      case 'drain':
        return shard.drain();
      case 'rebuild':
        await shard.drain();
        await shard.rebuild({ seen: await shard.epoch() });
        return;
    }
  }

  /** Stock in Redis is the model's; I1. */
  async compareStock(): Promise<void> {
    const at = this.shard.keys.at(await this.shard.epoch());
    for (const id of this.sales) {
      const fields = await this.#redis.hgetall(at.sale(id).sale);
      const stock = this.model.sales.get(id)?.stock ?? [];
      const inRedis = stock.map((_, index) => ({
        available: Number(fields[`a${index}`]),
        held: Number(fields[`h${index}`]),
        sold: Number(fields[`s${index}`]),
      }));
      expect(inRedis).toEqual(stock);
      for (const units of stock.flatMap(({ available, held, sold }) => [available, held, sold])) {
        expect(units).toBeGreaterThanOrEqual(0);
      }
    }
  }

  /** Adds a job as BullMQ does, as far as rebuilds look at the queue. */
  async #enqueue(job: Batch | SkipReason): Promise<void> {
    await this.#redis.incr(this.shard.keys.queue('id'));
    this.jobs.push(job);
  }

  #sale(index: number): string {
    return this.sales[index] ?? '';
  }

  #batch(index: number): Batch | undefined {
    const batches = this.jobs.filter((job) => typeof job !== 'string');
    return batches[index % batches.length];
  }

  #expect(entry: Entry | undefined): void {
    if (entry !== undefined) this.expected.push(entry);
  }

  #agree(status: string, done: string, entry: Entry | undefined): void {
    expect(status === done, status).toBe(entry !== undefined);
    this.#expect(entry);
  }
}

describe('the scripts against the pure model', () => {
  let engine: TestRedis;
  let redis: ReturnType<typeof connectRedis>;
  let db: Db;
  let shards = 0;
  beforeAll(async () => {
    engine = await startTestRedis();
    redis = connectRedis(engine.url, 'worker', silent);
    db = connectDb(await createDatabase(), silent);
  });
  afterAll(async () => {
    redis.disconnect();
    await db.destroy();
    await engine.stop();
  });

  async function startRun(): Promise<Run> {
    const id = shards++;
    await db.insertInto('shards').values({ shard: id }).execute();
    const sales = Array.from({ length: SALES }, (_, index) => `sale-${id}-${index}`);
    for (const [index, saleId] of sales.entries()) {
      const product = { name: 'P', description: '', amount: 100, currency: 'eur' };
      const newSale = {
        id: saleId,
        name: saleId,
        description: '',
        startsAt: new Date(OPENS),
        endsAt: new Date(CLOSES),
        perBuyerLimit: 3,
        holdSeconds: 60,
        waitlistMax: waitlistMax(index),
        products: [
          { id: `${saleId}-0`, ...product, stock: 4 },
          { id: `${saleId}-1`, ...product, stock: 2 },
        ],
      };
      await insertSale(db, newSale, shards);
      await db.updateTable('sales').set({ shard: id }).where('id', '=', saleId).execute();
    }
    const shard = new Shard({ redis, db, log: silent }, id);
    await shard.check();
    const base = Number(await redis.get(shard.keys.queue('id')));
    const run = new Run(shard, redis, sales, base);
    for (const saleId of sales) {
      // Any script that needs the sale loads it; this one changes nothing else.
      const nothing = { sale: saleId, ticket: 'nobody.0', hold: 1, cause: 'expired' as const };
      await shard.run((epoch) => release(redis, shard.keys, { epoch, ...nothing }), saleId);
    }
    return run;
  }

  it(`agree, and the log replays (I1, I2, I3, I6, I7, I9, I10); seed ${seed}`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 10, maxLength: 60 }), async (steps) => {
        const run = await startRun();
        for (const step of steps) {
          await run.step(step);
          await run.compareStock();
        }
        await run.shard.drain();

        const log = await db
          .selectFrom('log')
          .select(['seq', 'entry'])
          .where('shard', '=', run.shard.id)
          .orderBy('seq')
          .execute();
        const entries = log.map((row) => ({ seq: row.seq, entry: JSON.parse(row.entry) as Entry }));
        expect(entries.map(({ entry }) => entry)).toEqual(
          run.expected.map((entry) => JSON.parse(JSON.stringify(entry))),
        );
        // I9: what the scripts left in Redis is, field by field, what a rebuild would write.
        expect(await compare({ redis, db }, run.shard, 'all')).toEqual({
          status: 'same',
          seq: run.model.seq,
        });
        const { model, mismatch } = replay(entries);
        expect(mismatch).toBeUndefined();
        for (const saleId of run.sales) {
          const products = await db
            .selectFrom('products')
            .select(['available', 'held', 'sold'])
            .where('sale_id', '=', saleId)
            .orderBy('index')
            .execute();
          expect(products).toEqual(model.sales.get(saleId)?.stock);
          const held = await db
            .selectFrom('orders')
            .select('ticket_id')
            .where('sale_id', '=', saleId)
            .where('status', '=', 'held')
            .execute();
          expect(held.map((order) => order.ticket_id).sort()).toEqual(
            [...(model.sales.get(saleId)?.holds.keys() ?? [])].sort(),
          );
        }
      }),
      { seed, numRuns, endOnFailure: false },
    );
  }, 300_000);
});
