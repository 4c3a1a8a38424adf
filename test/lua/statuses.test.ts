import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOST_JUMP } from '../../src/domain/entry.ts';
import { parseRef } from '../../src/domain/ticket.ts';
import { accept } from '../../src/redis/scripts/accept.ts';
import { cancel } from '../../src/redis/scripts/cancel.ts';
import { close } from '../../src/redis/scripts/close.ts';
import { decide } from '../../src/redis/scripts/decide.ts';
import { flip } from '../../src/redis/scripts/flip.ts';
import { leave } from '../../src/redis/scripts/leave.ts';
import { offer } from '../../src/redis/scripts/offer.ts';
import { publish } from '../../src/redis/scripts/publish.ts';
import { release } from '../../src/redis/scripts/release.ts';
import {
  batchOf,
  decideBatches,
  loadSale,
  readState,
  readUnits,
  startShard,
  type TestShard,
} from '../support/shard.ts';
import {
  ARCHIVE_SCRIPTS,
  headerOf,
  LINE_SCRIPTS,
  namedStatuses,
  PAYMENT_SCRIPTS,
  SALE_SCRIPTS,
  seenOf,
  tableOf,
  watchStatuses,
} from '../support/statuses.ts';

const FAR = 9_000_000_000_000;

const seen = watchStatuses();

it.each([...LINE_SCRIPTS, ...SALE_SCRIPTS, ...PAYMENT_SCRIPTS, ...ARCHIVE_SCRIPTS])(
  'the replies of %s are those of its header, in order of precedence',
  async (script) => {
    expect(await tableOf(script)).toEqual(headerOf(script));
  },
);

describe('every status of every script of the line', () => {
  let shard: TestShard;
  beforeAll(async () => {
    shard = await startShard();
  });
  afterAll(() => shard.stop());

  const stock = (sale: string) => readUnits(shard, sale);
  const state = () => readState(shard);
  const decideNext = async (...batches: ReturnType<typeof batchOf>[]) =>
    decideBatches(shard, (await state()).decided + 1, batches);

  describe('accept.lua', () => {
    const run = (sale: string, options: { epoch?: number; maxWaiting?: number } = {}) =>
      shard.run(accept, { sale, count: 3, maxWaiting: 1_000, ...options }, options.epoch);

    it('STALE_EPOCH, NOT_LOADED', async () => {
      expect(await run('accept', { epoch: 2 })).toEqual({ status: 'STALE_EPOCH' });
      expect(await run('nowhere')).toEqual({ status: 'NOT_LOADED' });
    });

    it('ACCEPTED: gives out positions; an empty queue has nobody waiting', async () => {
      await loadSale(shard, 'accept');
      expect(await run('accept')).toMatchObject({ status: 'ACCEPTED', last: 3, passed: 0 });
      // Nothing was queued: those three places are passed over.
      expect(await run('accept')).toMatchObject({ status: 'ACCEPTED', last: 6, passed: 3 });
    });

    it('CLOSED, NOT_OPEN by the clock of Redis', async () => {
      await loadSale(shard, 'over', { ends: 2_000 });
      expect(await run('over')).toEqual({ status: 'CLOSED' });
      await loadSale(shard, 'soon', { starts: FAR - 1 });
      expect(await run('soon')).toMatchObject({ status: 'NOT_OPEN' });
      await shard.run(close, { sale: 'soon', cause: 'closed' });
      expect(await run('soon')).toMatchObject({ status: 'CLOSED' });
    });

    it('LINE_FULL: takes no places', async () => {
      await loadSale(shard, 'full');
      await shard.redis.lpush(shard.keys.queue('wait'), '1');
      const taken = await shard.redis.hgetall(shard.keys.accepted);
      expect(await run('full', { maxWaiting: 2 })).toMatchObject({ status: 'LINE_FULL' });
      expect(await shard.redis.hgetall(shard.keys.accepted)).toEqual(taken);
      await shard.redis.del(shard.keys.queue('wait'));
    });
  });

  describe('decide.lua', () => {
    it('STALE_EPOCH, NOT_LOADED, GAP: nothing changes', async () => {
      await loadSale(shard, 'decide');
      const before = await state();
      const batch = batchOf('decide', [['ann', '0x1']]);
      const jobs = [{ raw: JSON.stringify(batch), sale: 'decide' }];
      const run = (epoch: number, firstJob: number) => shard.run(decide, { firstJob, jobs }, epoch);
      expect(await run(2, 1)).toEqual({ status: 'STALE_EPOCH' });
      expect(await run(1, before.decided + 2)).toEqual({ status: 'GAP', decided: before.decided });
      expect(await decideNext(batchOf('nowhere', [['ann', '0x1']]))).toEqual({
        status: 'NOT_LOADED',
        sale: 'nowhere',
      });
      expect(await state()).toEqual(before);
    });

    it('DECIDED: every outcome, in the order of precedence', async () => {
      await loadSale(shard, 'out', { stock: [3, 1], limit: 3 });
      const first = await state();
      const reply = await decideNext(
        batchOf('out', [
          ['ann', '0x1', 'key'],
          ['ann', '0x1', 'key'], // repeat
          ['ann', '0x2', 'key'], // the same key, other items
          ['ann', '1x1'], // a live claim
          ['bob', '7x1'],
          ['bob', '0x0'],
          ['bob', '0x4'],
          ['bob', '0x1-1x1'],
          ['cid', '1x1'],
          ['cid', '0x9-7x9'], // unknown product comes before limit
          ['ann', '0x9'], // duplicate comes before limit
        ]),
        batchOf('out', [['dot', '0x1']], { at: 500 }),
        batchOf('out', [['dot', '7x1']], { at: FAR }),
      );
      expect(reply).toEqual({
        status: 'DECIDED',
        decided: first.decided + 3,
        seq: first.seq + 3,
      });
      const entries = (await shard.journal()).slice(-3).map(({ entry }) => entry);
      expect(entries).toMatchObject([
        { k: 'decide', line: 0, out: 'HRDDUQLHSUD' },
        { k: 'decide', line: 10, out: 'X' },
        { k: 'decide', line: 11, out: 'X' },
      ]);
      expect(await stock('out')).toEqual({ available: 1, held: 2, sold: 0 });
    });

    it('DECIDED: copies, removed jobs and jobs decided before take nothing', async () => {
      await loadSale(shard, 'copy');
      const batch = batchOf('copy', [['ann', '0x1']]);
      const { decided } = await state();
      await decideBatches(shard, decided + 1, [batch]);
      const raw = JSON.stringify(batch);
      const jobs = [{ raw, sale: 'copy' }, { raw, sale: 'copy' }, { skip: 'removed' as const }];
      const reply = await shard.run(decide, { firstJob: decided + 1, jobs });
      expect(reply).toMatchObject({ status: 'DECIDED', decided: decided + 3 });
      const entries = (await shard.journal()).slice(-2).map(({ entry }) => entry);
      expect(entries).toEqual([
        { k: 'skip', job: decided + 2, why: 'copy' },
        { k: 'skip', job: decided + 3, why: 'removed' },
      ]);
      expect(await stock('copy')).toEqual({ available: 9, held: 1, sold: 0 });
      const again = await shard.run(decide, { firstJob: decided + 1, jobs });
      expect(again).toEqual(reply);
    });
  });

  describe('cancel.lua', () => {
    const refOf = (batch: ReturnType<typeof batchOf>, key = '') =>
      parseRef(`${batch.uid}.0.1.1.1.0x1.${key}`);
    const run = (ref: ReturnType<typeof refOf>, epoch = 1) =>
      shard.run(cancel, { sale: 'cancel', ref }, epoch);

    it('NOT_LOADED, REQUESTED before the decision, DECIDED after it; STALE_EPOCH', async () => {
      const batch = batchOf('cancel', [['ann', '0x1']]);
      expect(await run(refOf(batch))).toEqual({ status: 'NOT_LOADED' });
      await loadSale(shard, 'cancel');
      expect(await run(refOf(batch), 2)).toEqual({ status: 'STALE_EPOCH' });
      expect(await run(refOf(batch))).toEqual({ status: 'REQUESTED' });
      await decideNext(batch);
      expect((await shard.journal()).at(-1)?.entry).toMatchObject({ out: 'C', line: 0 });
      expect(await run(refOf(batch))).toEqual({ status: 'DECIDED' });
    });

    it('DECIDED for a repeat of a decided attempt', async () => {
      await decideNext(batchOf('cancel', [['bob', '0x1', 'k']]));
      const repeat = refOf(batchOf('cancel', []), 'k');
      expect(await run(repeat)).toEqual({ status: 'DECIDED' });
      const other = batchOf('cancel', [
        ['bob', '0x2', 'k'],
        ['bob', '0x2', 'k'],
      ]);
      const ref = parseRef(`${other.uid}.1.1.1.1.0x2.k`);
      expect(await run(ref)).toEqual({ status: 'REQUESTED' });
      await decideNext(other);
      // Only the one that was asked for: it is not the first of its attempt.
      expect((await shard.journal()).at(-1)?.entry).toMatchObject({ out: 'DC' });
    });
  });

  describe('release.lua', () => {
    const run = (
      identity: string,
      holdSeq: number,
      { epoch = 1, sale = 'release' }: { epoch?: number; sale?: string } = {},
    ) => shard.run(release, { sale, holds: [{ identity, holdSeq }], cause: 'expired' }, epoch);

    it('RELEASED once, then GONE; GONE for another hold of the same ticket', async () => {
      await loadSale(shard, 'release');
      const batch = batchOf('release', [['ann|x', '0x2']]);
      await decideNext(batch);
      const { seq } = await state();
      const ticket = `${batch.uid}.0`;
      expect(await run(ticket, seq - 1)).toEqual({ status: 'GONE' });
      expect(await run(ticket, seq, { epoch: 2 })).toEqual({ status: 'STALE_EPOCH' });
      expect(await run(ticket, seq, { sale: 'nowhere' })).toEqual({ status: 'NOT_LOADED' });
      expect(await stock('release')).toEqual({ available: 8, held: 2, sold: 0 });
      expect(await run(ticket, seq)).toEqual({ status: 'RELEASED', seq: seq + 1 });
      expect(await run(ticket, seq)).toEqual({ status: 'GONE' });
      expect(await stock('release')).toEqual({ available: 10, held: 0, sold: 0 });
      expect(await shard.redis.hlen(shard.keys.at(1).sale('release').buyers)).toBe(0);
    });

    it('RELEASED of several holds makes an entry for each that is there', async () => {
      await loadSale(shard, 'many', { stock: [2], waitlist: 9 });
      const first = batchOf('many', [
        ['ann', '0x1'],
        ['bob', '0x1'],
      ]);
      await decideNext(first);
      const { seq: holdSeq } = await state();
      await decideNext(batchOf('many', [['cid', '0x1']]));
      const { seq } = await state();
      const holds = ['0', '7', '1'].map((i) => ({ identity: `${first.uid}.${i}`, holdSeq }));
      const ended = { sale: 'many', holds, cause: 'expired' as const };
      expect(await shard.run(release, ended)).toEqual({ status: 'RELEASED', seq: seq + 2 });
      const entries = (await shard.journal()).slice(-2).map(({ entry }) => entry);
      expect(entries).toMatchObject([
        { k: 'release', ticket: `${first.uid}.0`, hold: holdSeq, offers: [3] },
        { k: 'release', ticket: `${first.uid}.1`, hold: holdSeq },
      ]);
      expect(entries[1]).not.toHaveProperty('offers');
      expect(await stock('many')).toEqual({ available: 1, held: 1, sold: 0 });
      expect(await shard.run(release, ended)).toEqual({ status: 'GONE' });
    });
  });

  describe('the waitlist: decide.lua, release.lua, offer.lua, leave.lua', () => {
    const at = { sale: 'waitlist' };
    const runOffer = (options: { epoch?: number; sale?: string; offersMax?: number } = {}) =>
      shard.run(offer, { ...at, ...options }, options.epoch);
    const runLeave = (buyer: string, options: { epoch?: number; sale?: string } = {}) => {
      const waits = { buyer, identity: `${waiting.uid}.3`, line: 4 };
      return shard.run(leave, { ...at, ...waits, ...options }, options.epoch);
    };
    const waiting = batchOf('waitlist', [
      ['b', '0x1'],
      ['c', '0x2'],
      ['d', '0x1'],
      ['e', '0x1'],
      ['f', '0x3'],
    ]);

    it('waits in line order, is offered first fit, in steps; then IDLE', async () => {
      await loadSale(shard, 'waitlist', { stock: [2], limit: 3, waitlist: 4 });
      const first = batchOf('waitlist', [['a', '0x2']]);
      await decideNext(first);
      const { seq: holdSeq } = await state();
      await decideNext(waiting);
      const [decided] = (await shard.journal()).slice(-1);
      expect(decided?.entry).toMatchObject({ out: 'WWWWS' }); // the waitlist is full
      expect(await runOffer()).toEqual({ status: 'IDLE' });
      expect(await runOffer({ epoch: 2 })).toEqual({ status: 'STALE_EPOCH' });
      expect(await runOffer({ sale: 'nowhere' })).toEqual({ status: 'NOT_LOADED' });

      const holds = [{ identity: `${first.uid}.0`, holdSeq }];
      const ended = { holds, cause: 'expired' as const };
      const { status } = await shard.run(release, { ...at, ...ended, offersMax: 1 });
      expect(status).toBe('RELEASED');
      await decideNext(batchOf('waitlist', [['g', '0x1']])); // one is left, and offered to others
      const { seq } = await state();
      expect(await runOffer({ offersMax: 1 })).toEqual({ status: 'OFFERED', seq: seq + 1 });
      expect(await runOffer()).toEqual({ status: 'IDLE' });
      const entries = (await shard.journal()).slice(-3).map(({ entry }) => entry);
      expect(entries).toMatchObject([
        { k: 'release', offers: [2], more: true },
        { k: 'decide', out: 'W' },
        { k: 'offer', offers: [4], passed: [3] },
      ]);
      expect(await stock('waitlist')).toEqual({ available: 0, held: 2, sold: 0 });
    });

    it('LEFT once, then GONE', async () => {
      expect(await runLeave('e', { epoch: 2 })).toEqual({ status: 'STALE_EPOCH' });
      expect(await runLeave('e', { sale: 'nowhere' })).toEqual({ status: 'NOT_LOADED' });
      expect(await runLeave('c')).toEqual({ status: 'GONE' }); // waits with another ticket
      const { seq } = await state();
      expect(await runLeave('e')).toEqual({ status: 'LEFT', seq: seq + 1 });
      expect(await runLeave('e')).toEqual({ status: 'GONE' });
    });
  });

  describe('publish.lua', () => {
    const run = async (
      seq: number,
      job: number,
      { epoch, ...options }: { epoch?: number; text?: string } = {},
    ) => {
      const entry = (await shard.journal()).find((known) => known.seq === seq);
      const recorded = {
        ...{ shard: 0, seq, job },
        last: { seq, text: entry?.text ?? '', ...options },
        passed: { publish: 10 * job },
        left: {},
        passedAll: 10 * job,
        deadlines: [{ sale: 'publish', identity: 'uid.0', holdSeq: seq, atMs: 5_000 }],
        archived: ['gone'],
      };
      return shard.run(publish, recorded, epoch);
    };

    it('PUBLISHED raises and trims; BEHIND lowers nothing; STALE_EPOCH, MISMATCH', async () => {
      const { seq, decided } = await state();
      const { cancels } = shard.keys;
      await shard.redis.zadd(cancels, decided, 'passed', decided + 1, 'waiting');
      await shard.redis.hset(shard.keys.progress, 'p:gone', 4);
      expect(await run(seq - 1, decided, { epoch: 2 })).toEqual({ status: 'STALE_EPOCH' });
      // Redis is another than the one whose journal was recorded.
      expect(await run(seq + 1, decided)).toEqual({ status: 'MISMATCH' });
      expect(await run(seq - 1, decided, { text: '{}' })).toEqual({ status: 'MISMATCH' });
      expect(await run(seq - 1, decided)).toEqual({ status: 'PUBLISHED' });
      expect((await shard.journal()).map((entry) => entry.seq)).toEqual([seq]);
      expect(await shard.redis.zrange(cancels, '0', '-1')).toEqual(['waiting']);
      expect(await run(seq - 2, decided - 1)).toEqual({ status: 'BEHIND' });
      const marks = ['seq', 'job', 'p:publish', 'p:gone'];
      expect(await shard.redis.hmget(shard.keys.progress, ...marks)).toEqual([
        String(seq - 1),
        String(decided),
        String(10 * decided),
        null,
      ]);
      const members = await shard.redis.zrange(shard.keys.at(1).deadlines, '0', '-1');
      expect(members).toContain(`publish|uid.0|${seq - 1}`);
    });
  });

  // Last: it ends the epoch that all of the above use.
  describe('flip.lua', () => {
    const flipTo = (epoch: number, job: number, lost: boolean) =>
      shard.run(flip, { seq: 7, job, lost, pieces: 2, passed: { flip: 3 } }, epoch);
    const run = async (epoch: number, job: number, lost: boolean) => {
      await shard.redis.hset(shard.keys.at(epoch).state, 'building', 2);
      return flipTo(epoch, job, lost);
    };

    it('INCOMPLETE when some of what was written is gone again', async () => {
      expect(await flipTo(2, 0, false)).toEqual({ status: 'INCOMPLETE' });
      await shard.redis.hset(shard.keys.at(2).state, 'building', 1);
      expect(await flipTo(2, 0, false)).toEqual({ status: 'INCOMPLETE' });
      expect(await shard.redis.get(shard.keys.epoch)).toBe('1');
    });

    it('FLIPPED raises the epoch only, and jumps where Redis lost data', async () => {
      const { decided } = await state();
      const queued = shard.keys.queue('id');
      await shard.redis.set(queued, decided + 2);
      expect(await run(1, decided, false)).toEqual({ status: 'BEHIND' });
      expect(await run(2, decided, false)).toEqual({ status: 'FLIPPED', decided });
      expect(await shard.redis.get(queued)).toBe(String(decided + 2));

      const restored = await run(3, decided, true);
      expect(restored).toEqual({
        status: 'FLIPPED',
        decided: Math.max(decided + 2 + LOST_JUMP, 3 * LOST_JUMP),
      });
      await shard.redis.del(queued); // as after an obliterate
      const forgotten = await run(4, decided, false);
      expect(forgotten.status).toBe('FLIPPED');
      expect(Number(await shard.redis.get(queued))).toBeGreaterThan(decided + 2 + LOST_JUMP);
      // Two losses with nothing recorded between: numbers given out between them are not reused.
      await shard.redis.flushall();
      const first = await run(5, decided, false);
      await shard.redis.flushall();
      const second = await run(6, decided, false);
      const numbers = [first, second].map((reply) => ('decided' in reply ? reply.decided : 0));
      expect(numbers[1]).toBeGreaterThan((numbers[0] ?? 0) + LOST_JUMP / 2);
    });
  });

  it('has seen every status that the headers name', () => {
    expect(seenOf(LINE_SCRIPTS, seen).sort()).toEqual(namedStatuses(LINE_SCRIPTS).sort());
  });
});
