import { type Challenge, solveChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SaleView } from '../../../src/api/schemas/sale.ts';
import { Challenges } from '../../../src/api/tickets/challenges.ts';
import { Client, type Problem } from '../../support/client.ts';
import { SECRET, startSystem, type TestSystem } from '../../support/system.ts';

/** The header that brings a solution, as a page or a script makes it. */
async function solve(challenge: Challenge, encoding: 'base64url' | 'base64' = 'base64url') {
  const solution = await solveChallenge({ challenge, deriveKey });
  return Buffer.from(JSON.stringify({ challenge, solution })).toString(encoding);
}

/** Asks for the only product of a sale. */
function take(
  client: Client,
  sale: SaleView,
  token: string,
  options: { solution?: string; key?: string } = {},
) {
  const { solution, key } = options;
  return client.call<Problem & { ticketId?: string; position?: number }>(
    'POST',
    `/api/sales/${sale.id}/tickets`,
    {
      token,
      body: { items: [{ productId: sale.products[0]?.id, quantity: 1 }] },
      headers: {
        ...(solution === undefined ? {} : { 'challenge-solution': solution }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
    },
  );
}

describe('a sale that asks for the solution of a challenge', () => {
  let system: TestSystem;
  let client: Client;
  let another: Client;
  let sale: SaleView;
  let ann: string;
  beforeAll(async () => {
    system = await startSystem({ limits: {} });
    client = new Client(system.url);
    another = new Client(await system.startAnotherApi());
    sale = await client.createSale({ challenge: true, stock: 100, perBuyerLimit: 100 });
    ann = await client.token('ann');
  });
  afterAll(() => system.stop());

  const ask = (token: string, of = sale) =>
    client.call<Challenge>('POST', `/api/sales/${of.id}/challenge`, { token });
  const solved = async (token: string, of = sale) => solve((await ask(token, of)).body);

  it('says so, and takes whoever has solved one', async () => {
    expect(sale.challenge).toBe(true);
    const { status, headers, body } = await ask(ann);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body.parameters.data).toEqual({ sale: sale.id, buyer: 'ann' });
    expect((await take(client, sale, ann, { solution: await solve(body) })).status).toBe(202);
    const inBase64 = await solve((await ask(ann)).body, 'base64');
    expect((await take(client, sale, ann, { solution: inBase64 })).status).toBe(202);
  });

  it('is fixed when the sale is made', async () => {
    const answer = await client.call('PATCH', `/api/admin/sales/${sale.id}`, {
      token: await client.token('seller', 'admin'),
      body: { challenge: false },
    });
    expect(answer).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
  });

  it('gives challenges to buyers only, and where there is one', async () => {
    const nobody = await client.call('POST', `/api/sales/${sale.id}/challenge`);
    expect(nobody.status).toBe(401);
    const nowhere = await client.call('POST', '/api/sales/nowhere/challenge', { token: ann });
    expect(nowhere).toMatchObject({ status: 404, body: { code: 'sale_not_found' } });
    const other = await client.createSale();
    expect(await ask(ann, other)).toMatchObject({ status: 404, body: { code: 'no_challenge' } });
    expect((await take(client, other, ann)).status).toBe(202);
  });

  it('refuses without one, and tells how to get it', async () => {
    const { status, body } = await take(client, sale, ann);
    expect({ status, code: body.code }).toEqual({ status: 428, code: 'challenge_required' });
    expect(body.detail).toContain(`/api/sales/${sale.id}/challenge`);
  });

  it('refuses what solves nothing', async () => {
    const { body: challenge } = await ask(ann);
    const payload = JSON.parse(Buffer.from(await solve(challenge), 'base64url').toString());
    const { counter, derivedKey } = payload.solution;
    const deep = `${'{"":'.repeat(2_200)}1${'}'.repeat(2_200)}`;
    const wrong = [
      'nonsense',
      '',
      { ...payload, solution: { counter, derivedKey: derivedKey.replace(/.{4}$/, '0000') } },
      { ...payload, solution: { counter, derivedKey: challenge.parameters.keyPrefix } },
      { ...payload, challenge: { ...challenge, signature: '0'.repeat(64) } },
      { challenge: { ...challenge, parameters: { ...challenge.parameters, cost: 1 } } },
      {
        ...payload,
        challenge: { ...challenge, parameters: { ...challenge.parameters, expiresAt: 9e9 } },
      },
      // So deep that walking it before verifying the signature overflows the stack.
      JSON.stringify(payload).replace('"parameters":{', `"parameters":{"x":${deep},`),
    ];
    for (const one of wrong) {
      const text = typeof one === 'string' ? one : JSON.stringify(one);
      const solution = Buffer.from(text).toString('base64url') || '-';
      const { status, body } = await take(client, sale, ann, { solution });
      expect({ status, code: body.code }).toEqual({ status: 422, code: 'challenge_failed' });
    }
  });

  it('refuses that of another buyer, of another sale, and of another secret', async () => {
    const ofAnn = await solved(ann);
    const other = await client.createSale({ challenge: true });
    const forged = await new Challenges([`${SECRET}!`]).make({ sale: sale.id, buyer: 'bob' });
    const bob = await client.token('bob');
    for (const [solution, where] of [
      [ofAnn, sale],
      [await solved(bob, other), sale],
      [await solve(forged), sale],
    ] as const) {
      const { status, body } = await take(client, where, bob, { solution });
      expect({ status, code: body.code }).toEqual({ status: 422, code: 'challenge_failed' });
    }
    expect((await take(client, sale, ann, { solution: ofAnn })).status).toBe(202);
  });

  it('refuses one that comes too late', async () => {
    const before = new Challenges([SECRET], () => Date.now() - 300_001);
    const solution = await solve(await before.make({ sale: sale.id, buyer: 'ann' }));
    const { status, body } = await take(client, sale, ann, { solution });
    expect({ status, code: body.code }).toEqual({ status: 422, code: 'challenge_failed' });
    expect(body.detail).toContain('too late');
  });

  it('takes each solution once, whichever process is asked', async () => {
    const solution = await solved(ann);
    const answers = await Promise.all(
      [client, another, client, another].map((api) => take(api, sale, ann, { solution })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409, 409]);
    const refused = answers.find(({ status }) => status === 409);
    expect(refused?.body.code).toBe('challenge_used');
    const taken = answers.flatMap(({ body }) => (body.ticketId ? [body.position] : []));
    expect(taken).toHaveLength(1);
    const keys = await system.redis.keys('fairline:{0}:solved:*');
    for (const key of keys) {
      const ms = await system.redis.pttl(key);
      expect(ms).toBeGreaterThan(0);
      expect(ms).toBeLessThanOrEqual(360_000);
    }
  });

  it('takes a repeat with the same Idempotency-Key, and no other', async () => {
    const solution = await solved(ann);
    for (const api of [client, another, client]) {
      expect((await take(api, sale, ann, { solution, key: 'k-1' })).status).toBe(202);
    }
    for (const options of [{ solution }, { solution, key: 'k-2' }]) {
      const { status, body } = await take(another, sale, ann, options);
      expect({ status, code: body.code }).toEqual({ status: 409, code: 'challenge_used' });
    }
  });

  it('has nobody compute for a sale that is over, or has not opened', async () => {
    const options = { challenge: true, startsAt: new Date(Date.now() + 60_000) };
    const upcoming = await take(client, await client.createSale(options), ann);
    expect(upcoming).toMatchObject({ status: 409, body: { code: 'sale_not_open' } });
    expect(Number(upcoming.headers.get('retry-after'))).toBeGreaterThan(50);
    const closed = await client.createSale({ challenge: true });
    const token = await client.token('seller', 'admin');
    await client.call('POST', `/api/admin/sales/${closed.id}/close`, { token });
    expect(await take(client, closed, ann)).toMatchObject({
      status: 409,
      body: { code: 'sale_closed' },
    });
  });
});

describe('a solution', () => {
  it('is not used up by a request that the full line or a limit refused', async () => {
    const system = await startSystem({ maxWaiting: 1, limits: { tickets_buyer: 2 } });
    const client = new Client(system.url);
    const sale = await client.createSale({ challenge: true });
    const challenges = new Challenges([SECRET]);
    const solved = async (buyer: string) => solve(await challenges.make({ sale: sale.id, buyer }));
    const [ann, bob] = [await client.token('ann'), await client.token('bob')];

    const first = await take(client, sale, bob, { solution: await solved('bob') });
    expect(first.status).toBe(202);
    const solution = await solved('ann');
    const full = await take(client, sale, ann, { solution });
    expect(full).toMatchObject({ status: 503, body: { code: 'line_full' } });
    system.startWorker();
    await client.poll(first.body.ticketId ?? '', bob);
    for (const one of [solution, await solved('ann')]) {
      const taken = await take(client, sale, ann, { solution: one });
      expect(taken.status).toBe(202);
      await client.poll(taken.body.ticketId ?? '', ann); // the line has room for one
    }

    const throttled = await solved('ann');
    expect((await take(client, sale, ann, { solution: throttled })).status).toBe(429);
    expect(await system.redis.keys('fairline:{0}:solved:*')).toHaveLength(3);
    await system.stop();
  });

  it('is not asked for where limits are switched off', async () => {
    const system = await startSystem();
    const client = new Client(system.url);
    const sale = await client.createSale({ challenge: true });
    expect((await take(client, sale, await client.token('ann'))).status).toBe(202);
    await system.stop();
  });
});
