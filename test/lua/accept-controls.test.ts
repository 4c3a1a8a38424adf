import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Asker, accept, type Verdict } from '../../src/redis/scripts/accept.ts';
import { withoutProtections } from '../support/protection.ts';
import { loadSale, startShard, type TestShard } from '../support/shard.ts';

const QUOTA = 3;

/** Each protection of accept.lua, taken away: somebody gets more than they may. */
describe('accepting without a protection', () => {
  let shard: TestShard;
  beforeEach(async () => {
    shard = await startShard();
    await loadSale(shard, 's', {});
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await shard.stop();
  });

  /** Asks for tickets in one batch; what was found for each. */
  const ask = async (askers: readonly Asker[]): Promise<readonly Verdict[]> => {
    const quotas = { perBuyer: QUOTA, perIp: 0, perSale: 0 };
    const reply = await shard.run(accept, {
      ...{ sale: 's', count: askers.length, maxWaiting: 1_000 },
      checks: { quotas, askers },
    });
    return (reply.status === 'ACCEPTED' && reply.verdicts) || [];
  };
  const taken = (verdicts: readonly Verdict[]) =>
    verdicts.filter(({ kind }) => kind === 'accepted').length;
  const often = (times: number) => Array.from({ length: times }, () => ({ buyer: 'ann' }));
  const solved = (buyer: string) => ({
    buyer,
    solution: { id: 'one', by: `${buyer}.0`, keepMs: 60_000 },
  });

  /**
   * Over two batches, as of two processes: never more than the quota in a minute and the next one's
   * beginning.
   */
  const hammer = async () => taken(await ask(often(5))) + taken(await ask(often(5)));
  const shareSolution = async () =>
    taken(await ask([solved('ann'), solved('bob')])) + taken(await ask([solved('cid')]));

  it('with all of them nobody does', async () => {
    expect(await hammer()).toBe(QUOTA);
    expect(await shareSolution()).toBe(0 + 1);
  });

  it('the limit: everybody is let through', async () => {
    withoutProtections('accept', { 'if free >= WINDOW_MS then': 'if true then' });
    expect(await hammer()).toBe(10);
  });

  it('its counters: each batch begins anew', async () => {
    withoutProtections('accept', { 'if #read.changed == 0 then': 'if true then' });
    expect(await hammer()).toBe(2 * QUOTA);
  });

  it('the look at who has used a solution: it brings two their tickets', async () => {
    withoutProtections('accept', { 'if by and by ~= solution.by then': 'if false then' });
    expect(await shareSolution()).toBeGreaterThan(1);
  });

  it('the note of a used solution: another batch uses it again', async () => {
    withoutProtections('accept', { 'for _, solution in ipairs(read.fresh) do': 'for _ = 1, 0 do' });
    expect(await shareSolution()).toBe(2);
  });
});
