import { expect } from 'vitest';
import type { Db } from '../../src/db/client.ts';
import {
  type Batch,
  type BatchTicket,
  type Entry,
  RESTORES,
  type SkipReason,
  ticketAt,
} from '../../src/domain/entry.ts';
import { ShardModel } from '../../src/domain/model.ts';
import { formatRef, identityOf } from '../../src/domain/ticket.ts';
import { Shard } from '../../src/line/shard.ts';
import type { RedisClient } from '../../src/redis/client.ts';
import type { Need } from '../../src/redis/operation.ts';
import { addProduct } from '../../src/redis/scripts/add-product.ts';
import { archive } from '../../src/redis/scripts/archive.ts';
import { cancel } from '../../src/redis/scripts/cancel.ts';
import { close } from '../../src/redis/scripts/close.ts';
import { confirm } from '../../src/redis/scripts/confirm.ts';
import { decide } from '../../src/redis/scripts/decide.ts';
import { edit } from '../../src/redis/scripts/edit.ts';
import { leave } from '../../src/redis/scripts/leave.ts';
import { offer } from '../../src/redis/scripts/offer.ts';
import { pay } from '../../src/redis/scripts/pay.ts';
import { release } from '../../src/redis/scripts/release.ts';
import { restock } from '../../src/redis/scripts/restock.ts';
import { returnSome } from '../../src/redis/scripts/return-some.ts';
import { returnUnits } from '../../src/redis/scripts/return-units.ts';
import { silent } from './database.ts';
import { insertModelSales, loadOf, refused } from './model-sales.ts';
import { type Operation, SALES } from './operations.ts';
import { batchOf, readOfferedAt } from './shard.ts';

/** The fields of one kind of operation. */
type Step<Op extends Operation['op']> = Extract<Operation, { op: Op }>;

/** Starts a run on a fresh shard. */
export async function startModelRun(
  { redis, db }: { redis: RedisClient; db: Db },
  id: number,
): Promise<ModelRun> {
  await db.insertInto('shards').values({ shard: id }).execute();
  const sales = Array.from({ length: SALES }, (_, index) => `sale-${id}-${index}`);
  await insertModelSales(db, id, sales);
  const shard = new Shard({ redis, db, log: silent }, id);
  await shard.check();
  const base = Number(await redis.get(shard.keys.queue('id')));
  const run = new ModelRun(shard, { redis, db }, sales, base);
  for (const saleId of sales) {
    // Any script that needs the sale loads it; this one changes nothing else.
    const holds = [{ identity: 'nobody.0', holdSeq: 1 }];
    await shard.run(release, { sale: saleId, holds, cause: 'expired' });
  }
  return run;
}

/** The scripts on a fresh shard, with the model beside them: each step is applied to both. */
class ModelRun {
  readonly model = new ShardModel();
  /** The journal that the model produces. */
  readonly expected: Entry[] = [];
  readonly shard: Shard;
  readonly sales: readonly string[];
  readonly #jobs: (Batch | SkipReason)[] = [];
  /** The last job of the queue before the first of these. */
  readonly #base: number;
  readonly #redis: RedisClient;
  readonly #db: Db;
  readonly #positions = [0, 0];
  #products = 0;

  constructor(
    shard: Shard,
    { redis, db }: { redis: RedisClient; db: Db },
    sales: readonly string[],
    base: number,
  ) {
    this.#db = db;
    this.#base = base;
    this.model.decided = base;
    this.shard = shard;
    this.#redis = redis;
    this.sales = sales;
    for (const [index, id] of sales.entries()) this.#expect(this.model.load(loadOf(id, index)));
  }

  /** Runs one operation. */
  async step(step: Operation): Promise<void> {
    switch (step.op) {
      case 'enqueue':
        return this.#enqueue(step);
      case 'copy':
        return this.#copy(step);
      case 'remove':
        return this.#queue('removed');
      case 'decide':
        return this.#decide(step);
      case 'cancel':
        return this.#cancel(step);
      case 'release':
        return this.#release(step);
      case 'pay':
        return this.#pay(step);
      case 'confirm':
        return this.#confirm(step);
      case 'refund':
        return this.#refund(step);
      case 'return':
        return this.#return(step);
      case 'restock':
        return this.#restock(step);
      case 'offer':
        return this.#offer(step);
      case 'leave':
        return this.#leave(step);
      case 'edit':
        return this.#edit(step);
      case 'product':
        return this.#addProduct(step);
      case 'close':
        return this.#close(step);
      case 'archive':
        return this.#archive(step);
      case 'drain':
        return this.shard.drain();
      case 'rebuild':
        await this.shard.drain();
        await this.shard.rebuild({ seen: await this.shard.epoch() });
    }
  }

  /** Stock in Redis equals the model's (I1); of an archived sale nothing is there. */
  async compareStock(): Promise<void> {
    const at = this.shard.keys.at(await this.shard.epoch());
    for (const id of this.sales) {
      if (this.#isArchived(id)) {
        expect(await this.#redis.exists(...Object.values(at.sale(id)))).toBe(0);
        expect(await this.#redis.hexists(this.shard.keys.accepted, id)).toBe(0);
        continue;
      }
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

  async #enqueue(step: Step<'enqueue'>): Promise<void> {
    const position = (this.#positions[step.sale] ?? 0) + step.tickets.length;
    this.#positions[step.sale] = position;
    const tickets = step.tickets.map(({ buyer, items, key, origin }): BatchTicket => {
      // as keyed hashes are, of one sale
      const hash = key === undefined ? undefined : `s${step.sale}-b${buyer}-${key}`;
      if (origin !== undefined) return [`b${buyer}`, items, hash ?? '', origin];
      return hash === undefined ? [`b${buyer}`, items] : [`b${buyer}`, items, hash];
    });
    await this.#queue(batchOf(this.#sale(step.sale), tickets, { at: step.at, pos: position }));
  }

  async #copy(step: Step<'copy'>): Promise<void> {
    const batch = this.#batch(step.batch);
    if (batch !== undefined) await this.#queue(batch);
  }

  async #decide(step: Step<'decide'>): Promise<void> {
    const { model } = this;
    const firstJob = Math.max(this.#base + 1, model.decided + 1 + step.offset);
    const from = firstJob - this.#base - 1;
    const jobs = this.#jobs.slice(from, from + step.count);
    if (jobs.length === 0) return;
    const before = model.decided;
    const group = jobs.map((job) =>
      typeof job === 'string' ? { skip: job } : { raw: JSON.stringify(job), sale: job.sale },
    );
    const reply = await this.shard.run(decide, { firstJob, jobs: group });
    for (const job of jobs) if (typeof job !== 'string') this.#wake(job.sale, 'tickets');
    for (const [i, job] of jobs.entries()) {
      const number = firstJob + i;
      this.#expect(typeof job === 'string' ? model.skip(number, job) : model.decide(number, job));
    }
    expect(reply).toMatchObject(
      firstJob > before + 1
        ? { status: 'GAP', decided: before }
        : { status: 'DECIDED', decided: model.decided, seq: model.seq },
    );
  }

  async #cancel(step: Step<'cancel'>): Promise<void> {
    const batch = this.#batch(step.batch);
    if (batch === undefined) return;
    const job = this.#base + this.#jobs.indexOf(batch) + 1;
    const ref = ticketAt({ batch, job }, step.index % batch.t.length);
    const reply = await this.shard.run(cancel, { sale: batch.sale, ref });
    this.#wake(batch.sale, 'tickets');
    const requested = this.model.requestCancel(batch.sale, ref);
    expect(reply.status, formatRef(ref)).toBe(requested ? 'REQUESTED' : 'DECIDED');
  }

  async #release(step: Step<'release'>): Promise<void> {
    const sale = this.#sale(step.sale);
    const holds = [...(this.model.sales.get(sale)?.holds ?? [])];
    const [identity, { seq }] = holds[step.hold % holds.length] ?? ['nobody.0', { seq: 1 }];
    const holdSeq = seq + step.wrongSeq;
    const { cause, max } = step;
    const reply = await this.shard.run(release, {
      ...{ sale, holds: [{ identity, holdSeq }] },
      ...{ cause, offersMax: max },
    });
    this.#wake(sale, 'claims');
    const at = await this.#offeredAt();
    const entry = { k: 'release', sale, ticket: identity, hold: holdSeq, cause, ...at } as const;
    this.#agree(reply.status, 'RELEASED', this.model.release(entry, max));
  }

  async #pay({ sale: index, ticket: n, payment: m, matches }: Step<'pay'>): Promise<void> {
    const sale = this.#sale(index);
    const winners = [...(this.model.sales.get(sale)?.winners ?? [])];
    const [ticket, winner] = winners[n % winners.length] ?? [];
    if (ticket === undefined || winner === undefined) return;
    await this.shard.drain(); // a payment needs its order on record
    const order = await this.#db
      .selectFrom('orders')
      .select(['id', 'amount', 'currency'])
      .where('ticket_id', '=', ticket)
      .executeTakeFirstOrThrow();
    const payment = `pi_${order.id.replaceAll('-', '')}_${m % 3}`;
    const { id: order_id, amount, currency } = order;
    await this.#db
      .insertInto('payments')
      .values({ id: payment, order_id, status: 'succeeded', amount, currency })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const args = { sale, ref: formatRef(winner.ref), buyer: winner.buyer, payment, matches };
    const reply = await this.shard.run(pay, args);
    this.#wake(sale, 'claims');
    this.#agree(reply.status, 'DONE', this.model.pay({ sale, ticket, payment, matches }));
  }

  /** Only what costs nothing: the API checks that. */
  async #confirm(step: Step<'confirm'>): Promise<void> {
    const sale = this.#sale(step.sale);
    const holds = [...(this.model.sales.get(sale)?.holds ?? [])].filter(([, { ref }]) =>
      ref.items.startsWith('1x'),
    );
    const [identity, { seq }] = holds[step.hold % holds.length] ?? ['nobody.0', { seq: 1 }];
    const holdSeq = seq + step.wrongSeq;
    const reply = await this.shard.run(confirm, { sale, identity, holdSeq });
    this.#wake(sale, 'claims');
    const entry = { k: 'confirm', sale, ticket: identity, hold: holdSeq } as const;
    this.#agree(reply.status, 'CONFIRMED', this.model.confirm(entry));
  }

  async #refund({ sale: index, ticket: n, restock, max }: Step<'refund'>): Promise<void> {
    const sale = this.#sale(index);
    const tickets = [...(this.model.sales.get(sale)?.winners.keys() ?? [])];
    const identity = tickets[n % tickets.length] ?? 'nobody.0';
    const reply = await this.shard.run(returnUnits, { sale, identity, restock, offersMax: max });
    this.#wake(sale, 'claims');
    const at = await this.#offeredAt();
    const made = this.model.refund({ k: 'refund', sale, ticket: identity, restock, ...at }, max);
    this.#agree(reply.status, 'RETURNED', made);
  }

  async #return(step: Step<'return'>): Promise<void> {
    const { ticket: n, items, restock, max } = step;
    const sale = this.#sale(step.sale);
    const tickets = [...(this.model.sales.get(sale)?.winners.keys() ?? [])];
    const identity = tickets[n % tickets.length] ?? 'nobody.0';
    const refund = `re-${step.refund}`;
    const args = { sale, identity, refund, items, restock, offersMax: max };
    const reply = await this.shard.run(returnSome, args);
    this.#wake(sale, 'claims');
    const at = await this.#offeredAt();
    const entry = { k: 'return', sale, ticket: identity, refund, items, restock, ...at } as const;
    this.#agree(reply.status, 'RETURNED', this.model.returnSome(entry, max));
  }

  async #restock({ sale, index, delta, key, max }: Step<'restock'>): Promise<void> {
    const change = { sale: this.#sale(sale), index, delta, key };
    const reply = await this.shard.run(restock, { ...change, offersMax: max });
    this.#wake(change.sale, 'claims');
    const at = await this.#offeredAt();
    const made = this.model.restock({ k: 'restock', ...change, ...at }, max);
    this.#agree(reply.status, 'RESTOCKED', made);
  }

  async #offer(step: Step<'offer'>): Promise<void> {
    const sale = this.#sale(step.sale);
    const reply = await this.shard.run(offer, { sale, offersMax: step.max });
    this.#wake(sale, 'claims');
    const at = await this.#offeredAt();
    this.#agree(reply.status, 'OFFERED', this.model.offer({ k: 'offer', sale, ...at }, step.max));
  }

  async #offeredAt() {
    return readOfferedAt(this.#redis, this.shard.keys.at(await this.shard.epoch()));
  }

  async #leave(step: Step<'leave'>): Promise<void> {
    const sale = this.#sale(step.sale);
    const waiting = [...(this.model.sales.get(sale)?.waiting ?? [])];
    const place = waiting[step.waiting % waiting.length];
    const [buyer, line] = place === undefined ? ['b1', 0] : [place.buyer, place.line];
    const identity = place === undefined ? 'nobody.0' : identityOf(place.ref);
    const reply = await this.shard.run(leave, { sale, buyer, identity, line });
    this.#wake(sale, 'claims');
    this.#agree(reply.status, 'LEFT', this.model.leave({ k: 'leave', sale, line }));
  }

  async #edit({ sale, limit, ends, holdLimit }: Step<'edit'>): Promise<void> {
    const set = {
      limit,
      ...(ends === undefined ? {} : { ends }),
      ...(holdLimit === undefined ? {} : { holdLimit }),
    };
    const entry = { k: 'edit' as const, sale: this.#sale(sale), set };
    const run = this.shard.run(edit, { ...entry, frozen: false });
    if (this.#isArchived(entry.sale)) return refused(run);
    const reply = await run;
    this.#agree(reply.status, 'EDITED', this.model.edit(entry));
  }

  async #addProduct(step: Step<'product'>): Promise<void> {
    const sale = this.#sale(step.sale);
    const product = {
      id: `${sale}-extra-${++this.#products}`,
      ...{ name: 'Extra', description: '' },
      amount: 5,
      currency: 'eur',
      stock: step.stock,
    };
    const run = this.shard.run(addProduct, { sale, product });
    if (this.#isArchived(sale)) return refused(run);
    const reply = await run;
    const entry = { k: 'product' as const, sale, index: 0, product };
    this.#agree(reply.status, 'ADDED', this.model.addProduct(entry));
  }

  async #close(step: Step<'close'>): Promise<void> {
    if (step.now > 0) return; // most sales stay open
    const entry = { sale: this.#sale(step.sale), cause: 'closed' as const };
    const reply = await this.shard.run(close, entry);
    this.#wake(entry.sale, 'claims');
    this.#agree(reply.status, 'DONE', this.model.close({ k: 'close', ...entry }));
  }

  async #archive(step: Step<'archive'>): Promise<void> {
    const sale = this.#sale(step.sale);
    if (step.isOver && !this.#isArchived(sale)) {
      await this.#close({ ...step, op: 'close', now: 0 });
      const end = { cause: 'expired', hold: 0, wrongSeq: 0, max: 100, sale: step.sale } as const;
      while (this.model.sales.get(sale)?.holds.size) await this.#release({ op: 'release', ...end });
    }
    const reply = await this.shard.run(archive, { sale, afterJob: 0 });
    this.#agree(reply.status, 'ARCHIVED', this.model.archive({ k: 'archive', sale }));
  }

  /** What the shard brings back by itself before it does something to a sale. */
  #wake(sale: string, needs: Exclude<Need, 'open'>): void {
    for (const what of RESTORES.slice(0, RESTORES.indexOf(needs) + 1)) {
      this.#expect(this.model.restore({ k: 'restore', sale, what }));
    }
  }

  #isArchived(sale: string) {
    return this.model.sales.get(sale)?.missing === 'claims';
  }

  /** Adds a job as BullMQ does, as far as rebuilds read the queue. */
  async #queue(job: Batch | SkipReason): Promise<void> {
    this.#jobs.push(job);
    await this.#redis.incr(this.shard.keys.queue('id'));
  }

  #sale(index: number): string {
    return this.sales[index] ?? '';
  }

  #batch(index: number): Batch | undefined {
    const batches = this.#jobs.filter((job) => typeof job !== 'string');
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
