import { expect, it, onTestFinished, vi } from 'vitest';
import { Decider } from '../../src/workers/decide.ts';
import { listSweeps, startShardService } from '../../src/workers/shard-service.ts';
import { silent } from '../support/database.ts';
import { startSystem } from '../support/system.ts';

it('is not at rest while a job that left the queue is undecided (I4)', async () => {
  const system = await startSystem();
  onTestFinished(async () => {
    vi.restoreAllMocks();
    await system.stop();
  });
  const { redis, db, shards } = system;
  const deps = { redis, db, shards, log: silent, lookahead: 16, nowMs: Date.now };
  const shard = shards.at(0);
  const service = startShardService(
    { ...deps, asksStripe: false },
    listSweeps({ ...deps, asksStripe: false }),
    shard,
  );
  const rest = vi.fn<() => void>();
  const restsNow = async () => {
    service.attend(rest);
    return rest.mock.calls.length > 0;
  };
  await expect.poll(restsNow).toBe(true);

  let isSeen = false;
  const { catchUp } = Decider.prototype;
  vi.spyOn(Decider.prototype, 'catchUp').mockImplementationOnce(async function (this: Decider) {
    const job = await redis.incr(shard.keys.queue('id'));
    await redis.lpush(shard.keys.queue('active'), job);
    rest.mockClear();
    const isDecided = await catchUp.call(this);
    await redis.lrem(shard.keys.queue('active'), 1, String(job)); // removed by hand
    isSeen = true;
    vi.spyOn(Decider.prototype, 'catchUp').mockResolvedValue(false); // in later looks
    return isDecided;
  });
  await expect
    .poll(() => {
      service.attend(rest);
      return isSeen;
    })
    .toBe(true);
  await service.stop(); // when that look is over
  expect(rest).not.toHaveBeenCalled();
});
