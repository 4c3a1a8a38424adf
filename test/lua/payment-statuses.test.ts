import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { confirm } from '../../src/redis/scripts/confirm.ts';
import { edit } from '../../src/redis/scripts/edit.ts';
import { pay } from '../../src/redis/scripts/pay.ts';
import { release } from '../../src/redis/scripts/release.ts';
import { returnSome } from '../../src/redis/scripts/return-some.ts';
import { returnUnits } from '../../src/redis/scripts/return-units.ts';
import {
  batchOf,
  decideBatches,
  loadSale,
  readUnits,
  startShard,
  type TestShard,
} from '../support/shard.ts';
import { namedStatuses, PAYMENT_SCRIPTS, seenOf, watchStatuses } from '../support/statuses.ts';

const seen = watchStatuses();

describe('every status of pay, confirm, return-some and return-units', () => {
  let shard: TestShard;
  beforeAll(async () => {
    shard = await startShard();
  });
  afterAll(() => shard.stop());

  const stock = (sale: string) => readUnits(shard, sale);
  const buyer = (sale: string, name: string) =>
    shard.redis.hget(shard.keys.at(1).sale(sale).buyers, name);
  const lastEntry = async () => (await shard.journal()).at(-1)?.entry;

  /** Decides one batch of a sale; returns the refs of its tickets and the entry that decided it. */
  const decideOne = async (sale: string, tickets: [buyer: string, items: string][]) => {
    const { decided } = await shard.redis.hgetall(shard.keys.at(1).state);
    const job = Number(decided) + 1;
    const batch = batchOf(sale, tickets);
    const reply = await decideBatches(shard, job, [batch]);
    const refs = tickets.map(([, items], i) => `${batch.uid}.${i}.${job}.${i + 1}.1.${items}.`);
    return { uid: batch.uid, refs, seq: 'seq' in reply ? reply.seq : 0 };
  };
  const settle = (
    sale: string,
    ref: string | undefined,
    owner: string,
    payment: string,
    { epoch, matches = true }: { epoch?: number; matches?: boolean } = {},
  ) => shard.run(pay, { sale, ref: ref ?? '', buyer: owner, payment, matches }, epoch);
  const giveBack = (
    sale: string,
    identity: string,
    { epoch, restock = true }: { epoch?: number; restock?: boolean } = {},
  ) => shard.run(returnUnits, { sale, identity, restock }, epoch);
  const expire = (sale: string, identity: string, holdSeq: number, offersMax = 100) =>
    shard.run(release, { sale, holds: [{ identity, holdSeq }], cause: 'expired', offersMax });

  it('pays a hold once: DONE, SETTLED; refunds a second; STALE_EPOCH, NOT_LOADED', async () => {
    await loadSale(shard, 'hold', { stock: [3], limit: 3 });
    const { uid, refs, seq } = await decideOne('hold', [['ann', '0x2']]);
    expect(await settle('hold', refs[0], 'ann', 'pi_1', { epoch: 2 })).toEqual({
      status: 'STALE_EPOCH',
    });
    expect(await settle('nowhere', refs[0], 'ann', 'pi_1')).toEqual({ status: 'NOT_LOADED' });
    const done = { status: 'DONE', seq: seq + 1 };
    expect(await settle('hold', refs[0], 'ann', 'pi_1')).toEqual(done);
    expect(await lastEntry()).toMatchObject({ out: 'paid', hold: seq });
    expect(await stock('hold')).toEqual({ available: 1, held: 0, sold: 2 });
    expect(await buyer('hold', 'ann')).toBe('2|'); // no live claim, and the units count
    expect(await settle('hold', refs[0], 'ann', 'pi_1')).toEqual({ ...done, status: 'SETTLED' });
    expect((await settle('hold', refs[0], 'ann', 'pi_2')).status).toBe('DONE');
    expect(await lastEntry()).toMatchObject({ out: 'refund', reason: 'surplus' });
    expect(await expire('hold', `${uid}.0`, seq)).toEqual({ status: 'GONE' });
    expect(await stock('hold')).toEqual({ available: 1, held: 0, sold: 2 });
  });

  it('CONFIRMED once, then GONE; only the named hold; NOT_LOADED, STALE_EPOCH', async () => {
    await loadSale(shard, 'free', { stock: [2], limit: 2, waitlist: 9 });
    const { uid, refs, seq } = await decideOne('free', [
      ['ann', '0x2'],
      ['bob', '0x1'],
    ]);
    const sell = (sale: string, holdSeq: number, epoch?: number) =>
      shard.run(confirm, { sale, identity: `${uid}.0`, holdSeq }, epoch);
    expect(await sell('free', seq, 2)).toEqual({ status: 'STALE_EPOCH' });
    expect(await sell('nowhere', seq)).toEqual({ status: 'NOT_LOADED' });
    expect(await sell('free', seq + 1)).toEqual({ status: 'GONE' });
    expect(await sell('free', seq)).toEqual({ status: 'CONFIRMED', seq: seq + 1 });
    expect(await lastEntry()).toEqual({
      ...{ k: 'confirm', sale: 'free', ticket: `${uid}.0`, hold: seq },
    });
    expect(await sell('free', seq)).toEqual({ status: 'GONE' });
    expect(await stock('free')).toEqual({ available: 0, held: 0, sold: 2 });
    expect(await buyer('free', 'ann')).toBe('2|'); // no live claim, and the units count
    await settle('free', refs[0], 'ann', 'pi_0'); // what is confirmed needs no payment
    expect(await lastEntry()).toMatchObject({ out: 'refund', reason: 'surplus' });
    expect(await giveBack('free', `${uid}.0`)).toMatchObject({ status: 'RETURNED' });
    // Bob waited, and is offered one of them.
    expect(await stock('free')).toEqual({ available: 1, held: 1, sold: 0 });
  });

  it('a payment of another amount is refunded, and the hold continues', async () => {
    await loadSale(shard, 'amount');
    const { refs } = await decideOne('amount', [['ann', '0x1']]);
    await settle('amount', refs[0], 'ann', 'pi_3', { matches: false });
    expect(await lastEntry()).toMatchObject({ out: 'refund', reason: 'wrong_amount' });
    expect(await stock('amount')).toMatchObject({ held: 1, sold: 0 });
  });

  it('takes units again for a late payment, if available and within the limit', async () => {
    await loadSale(shard, 'late', { stock: [3], limit: 2 });
    const { uid, refs, seq } = await decideOne('late', [
      ['ann', '0x2'],
      ['bob', '0x1'],
    ]);
    await expire('late', `${uid}.0`, seq);
    await expire('late', `${uid}.1`, seq);
    await settle('late', refs[1], 'bob', 'pi_4');
    expect(await lastEntry()).toMatchObject({ out: 'retaken' });
    expect(await stock('late')).toEqual({ available: 2, held: 0, sold: 1 });
    expect(await buyer('late', 'bob')).toBe('1|');
    await decideOne('late', [['ann', '0x1']]); // two more would be three
    await settle('late', refs[0], 'ann', 'pi_5');
    expect(await lastEntry()).toMatchObject({ out: 'refund', reason: 'limit_reached' });
    await shard.run(edit, { sale: 'late', set: { limit: 9 }, frozen: false });
    await settle('late', refs[0], 'ann', 'pi_6');
    expect(await lastEntry()).toMatchObject({ out: 'refund', reason: 'sold_out' });
    expect(await settle('late', refs[0], 'ann', 'pi_5')).toMatchObject({ status: 'SETTLED' });
  });

  it('OFFERING: what is being offered is owed to those who wait', async () => {
    await loadSale(shard, 'owed', { stock: [2], limit: 1, waitlist: 9 });
    const { uid, refs, seq } = await decideOne('owed', [
      ['ann', '0x1'],
      ['bob', '0x1'],
      ['cid', '0x1'],
      ['dan', '0x1'],
    ]);
    await expire('owed', `${uid}.0`, seq, 0);
    expect(await settle('owed', refs[0], 'ann', 'pi_7')).toEqual({ status: 'OFFERING' });
    expect(await stock('owed')).toEqual({ available: 1, held: 1, sold: 0 });
  });

  it('who waits for what is paid goes on waiting, and gets it before newcomers', async () => {
    await loadSale(shard, 'wait', { stock: [1], limit: 1, waitlist: 2 });
    const { uid, refs, seq } = await decideOne('wait', [
      ['ann', '0x1'],
      ['bob', '0x1'],
    ]);
    await settle('wait', refs[0], 'ann', 'pi_8');
    expect(await lastEntry()).toEqual({
      ...{ k: 'pay', sale: 'wait', ticket: `${uid}.0`, payment: 'pi_8', out: 'paid', hold: seq },
    });
    await decideOne('wait', [
      ['cid', '0x1'],
      ['dan', '0x1'],
    ]);
    expect(await lastEntry()).toMatchObject({ out: 'WS' }); // dan finds the list full
    await giveBack('wait', `${uid}.0`);
    expect(await lastEntry()).toMatchObject({ k: 'refund', offers: [2] });
    await decideOne('wait', [['eve', '0x1']]);
    expect(await lastEntry()).toMatchObject({ out: 'W' });
  });

  it('RETURNED once, then GONE; units are offered or gone; NOT_LOADED, STALE_EPOCH', async () => {
    await loadSale(shard, 'back', { stock: [3], limit: 2, waitlist: 9 });
    const { uid, refs, seq } = await decideOne('back', [
      ['ann', '0x1'],
      ['bob', '0x1'],
      ['cid', '0x1'],
      ['dan', '0x1'],
    ]);
    expect(await giveBack('back', `${uid}.0`)).toEqual({ status: 'GONE' });
    await settle('back', refs[0], 'ann', 'pi_9');
    await settle('back', refs[1], 'bob', 'pi_10');
    expect(await giveBack('back', `${uid}.0`, { epoch: 2 })).toEqual({ status: 'STALE_EPOCH' });
    expect(await giveBack('nowhere', `${uid}.0`)).toEqual({ status: 'NOT_LOADED' });
    expect(await giveBack('back', `${uid}.0`)).toEqual({ status: 'RETURNED', seq: seq + 3 });
    expect(await lastEntry()).toMatchObject({ restock: true, offers: [4] });
    expect(await giveBack('back', `${uid}.0`)).toEqual({ status: 'GONE' });
    expect(await buyer('back', 'ann')).toBeNull();
    expect(await giveBack('back', `${uid}.1`, { restock: false })).toMatchObject({
      status: 'RETURNED',
    });
    expect(await stock('back')).toEqual({ available: 0, held: 2, sold: 0 });
    await settle('back', refs[0], 'ann', 'pi_11'); // what was refunded is not paid again
    expect(await lastEntry()).toMatchObject({ out: 'refund', reason: 'surplus' });
  });

  it('RETURNED in parts, once per refund; REPEATED, TOO_FEW, GONE; the rest at last', async () => {
    await loadSale(shard, 'parts', { stock: [5, 1], limit: 4, waitlist: 9 });
    const { uid, refs, seq } = await decideOne('parts', [
      ['ann', '0x3-1x1'],
      ['bob', '0x2'],
      ['cid', '0x1'],
    ]);
    const some = (
      refund: string,
      items: string,
      {
        sale = 'parts',
        restock = true,
        epoch,
      }: { sale?: string; restock?: boolean; epoch?: number } = {},
    ) => shard.run(returnSome, { sale, identity: `${uid}.0`, refund, items, restock }, epoch);
    expect(await some('a', '0x1')).toEqual({ status: 'GONE' }); // it is not paid
    await settle('parts', refs[0], 'ann', 'pi_12');
    expect(await some('a', '0x1', { epoch: 2 })).toEqual({ status: 'STALE_EPOCH' });
    expect(await some('a', '0x1', { sale: 'nowhere' })).toEqual({ status: 'NOT_LOADED' });
    for (const items of ['0x4', '1x2', '2x1', '0x3-0x1']) {
      expect(await some('a', items)).toEqual({ status: 'TOO_FEW' });
    }
    const first = await some('a', '0x1');
    expect(first).toEqual({ status: 'RETURNED', seq: seq + 2 });
    expect(await lastEntry()).toMatchObject({
      ...{ k: 'return', refund: 'a', items: '0x1', restock: true, offers: [3] },
    });
    expect(await some('a', '0x1')).toEqual({ ...first, status: 'REPEATED' });
    expect(await buyer('parts', 'ann')).toBe('3|');
    expect(await some('b', '0x2', { restock: false })).toMatchObject({ status: 'RETURNED' });
    expect(await stock('parts')).toEqual({ available: 0, held: 3, sold: 0 });
    expect(await some('c', '0x1')).toEqual({ status: 'TOO_FEW' });
    // What is left.
    expect(await giveBack('parts', `${uid}.0`)).toMatchObject({ status: 'RETURNED' });
    const { sale } = shard.keys.at(1).sale('parts');
    expect(await shard.redis.hmget(sale, 'a1', 's1')).toEqual(['1', '0']);
    expect(await buyer('parts', 'ann')).toBeNull();
    expect(await some('d', '1x1')).toEqual({ status: 'GONE' });
  });

  it('refuses what is no payment id', async () => {
    await expect(settle('hold', 'a.0.1.1.1.0x1.', 'ann', 'pi_"x')).rejects.toThrow(RangeError);
  });

  it('has seen every status that the headers name', () => {
    expect(seenOf(PAYMENT_SCRIPTS, seen).sort()).toEqual(namedStatuses(PAYMENT_SCRIPTS).sort());
  });
});
