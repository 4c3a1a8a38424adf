import { solveChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import { SignJWT } from 'jose';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Challenges } from '../../../src/api/tickets/challenges.ts';
import { AccessTokens } from '../../../src/api/tokens/access-token.ts';
import { QUEUE_SESSION_SECONDS, QueueSessions } from '../../../src/api/tokens/queue-session.ts';
import { CLOCK_TOLERANCE_MS } from '../../../src/domain/clock.ts';
import { connectRedis } from '../../../src/redis/client.ts';
import { beat, liveWorkers } from '../../../src/redis/heartbeat.ts';
import { silent } from '../../support/database.ts';
import { startTestRedis } from '../../support/redis.ts';
import { SECRET } from '../../support/system.ts';

/** A moment on a full second: tokens count in seconds. */
const NOW_MS = Math.floor(Date.now() / 1_000) * 1_000;

/** A clock that is so far ahead of the one that wrote the time; negative: behind. */
const at = (ms: number) => () => NOW_MS + ms;

const JUST = CLOCK_TOLERANCE_MS - 1_000;
const OVER = CLOCK_TOLERANCE_MS + 1_000;

/** An access token that is valid between two moments. */
function sign(fromMs: number, untilMs: number): Promise<string> {
  return new SignJWT({ role: 'buyer' })
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
    .setIssuer('fairline')
    .setAudience('fairline-api')
    .setSubject('ann')
    .setIssuedAt(fromMs / 1_000)
    .setNotBefore(fromMs / 1_000)
    .setExpirationTime(untilMs / 1_000)
    .sign(Buffer.from(SECRET));
}

describe('clocks that differ within the tolerance', () => {
  it('take an access token that has just ended or is about to begin', async () => {
    const ended = await sign(NOW_MS - 600_000, NOW_MS);
    const begins = await sign(NOW_MS, NOW_MS + 600_000);
    const verify = (token: string, ms: number) =>
      new AccessTokens([SECRET], undefined, at(ms)).verify(token);
    expect(await verify(ended, JUST)).toMatchObject({ buyer: 'ann' });
    expect(await verify(ended, OVER)).toBeUndefined();
    expect(await verify(begins, -JUST)).toMatchObject({ buyer: 'ann' });
    expect(await verify(begins, -OVER)).toBeUndefined();
  });

  it('end a token in the cache when they would end a new one', async () => {
    let nowMs = NOW_MS;
    const tokens = new AccessTokens([SECRET], undefined, () => nowMs);
    const token = await sign(NOW_MS - 600_000, NOW_MS + 1_000);
    expect(await tokens.verify(token)).toBeDefined();
    nowMs += CLOCK_TOLERANCE_MS;
    expect(await tokens.verify(token)).toBeDefined();
    nowMs += 1_000;
    expect(await tokens.verify(token)).toBeUndefined();
  });

  it('end no session of the queues early', async () => {
    const session = await new QueueSessions([SECRET], at(0)).make('seller');
    const isValidAt = (ms: number) =>
      new QueueSessions([SECRET], at(QUEUE_SESSION_SECONDS * 1_000 + ms)).isValid(session);
    expect(await isValidAt(JUST)).toBe(true);
    expect(await isValidAt(OVER)).toBe(false);
  });

  it('remember the solution of a challenge until no process takes it', async () => {
    const whose = { sale: 'sale', buyer: 'ann' };
    const ahead = new Challenges([SECRET], () => NOW_MS + CLOCK_TOLERANCE_MS);
    const behind = new Challenges([SECRET], () => NOW_MS);
    const challenge = await behind.make(whose);
    const solution = await solveChallenge({ challenge, deriveKey });
    const header = Buffer.from(JSON.stringify({ challenge, solution })).toString('base64url');
    const { keepMs } = await ahead.check(header, whose);
    expect(keepMs).toBe(300_000);
  });

  it('leave a worker alive that beats, and none that has stopped', async () => {
    const engine = await startTestRedis();
    const redis = connectRedis(engine.url, 'worker', silent);
    onTestFinished(async () => {
      redis.disconnect();
      await engine.stop();
    });
    await beat(redis, { host: 'slow', pid: 1, atMs: NOW_MS - JUST, metrics: [] });
    await beat(redis, { host: 'fast', pid: 2, atMs: NOW_MS + JUST, metrics: [] });
    await beat(redis, { host: 'dead', pid: 3, atMs: NOW_MS - OVER - 5_000, metrics: [] });
    const hosts = (await liveWorkers(redis, NOW_MS)).map(({ host }) => host);
    expect(hosts.sort()).toEqual(['fast', 'slow']);
  });
});
