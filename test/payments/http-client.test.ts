import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectStripe, isRefused, isStripeAway } from '../../src/payments/stripe.ts';

describe('answers that say nothing', () => {
  let answer: { status: number; body: string };
  let calls = 0;
  const server = createServer((_, response) => {
    calls++;
    response.writeHead(answer.status, { 'content-type': 'text/plain' }).end(answer.body);
  });
  let url: string;
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  const connect = () => connectStripe('sk_test_x', { apiUrl: url, retries: 0 });
  const failureOf = (stripe = connect()) =>
    stripe.refunds.create({ payment_intent: 'pi_1' }).then(
      () => undefined,
      (error: unknown) => error,
    );

  it.each([
    [503, '{"message":"upstream unavailable"}'],
    [503, '<html>Bad gateway</html>'],
    [503, ''],
    [200, '{"ok":true}'],
    [200, 'null'],
    [404, '{"message":"no route"}'],
    [404, '{"error":{"type":"not_found","message":"a gateway\'s"}}'],
    [409, '{"error":{"type":"idempotency_error","message":"in use"}}'],
    [401, '{"error":{"type":"invalid_request_error","message":"no such key"}}'],
  ])('%i %s means that Stripe is away', async (status, body) => {
    answer = { status, body };
    const error = await failureOf();
    expect(isRefused(error)).toBe(false);
    expect(isStripeAway(error)).toBe(true);
  });

  it('after five failures in a row Stripe is not called for a moment', async () => {
    answer = { status: 500, body: '' };
    const stripe = connect();
    for (let i = 0; i < 5; i++) await failureOf(stripe);
    const before = calls;
    expect(isStripeAway(await failureOf(stripe))).toBe(true);
    expect(calls).toBe(before);
  });
});
