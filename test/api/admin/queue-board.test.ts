import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAccessToken } from '../../../src/api/tokens/access-token.ts';
import { QueueSessions } from '../../../src/api/tokens/queue-session.ts';
import { Client, type Problem } from '../../support/client.ts';
import { SECRET, startSystem, type TestSystem } from '../../support/system.ts';

const SESSION = '/api/admin/queues/session';

describe('the queues as a page', () => {
  let system: TestSystem;
  let client: Client;
  let admin: string;
  beforeAll(async () => {
    system = await startSystem({ shards: 2 });
    client = new Client(system.url);
    admin = await client.token('seller', 'admin');
  });
  afterAll(() => system.stop());

  const openSession = async (at = client, headers = {}) => {
    const { status, headers: got } = await at.call('POST', SESSION, { token: admin, headers });
    expect(status).toBe(204);
    return got.get('set-cookie') ?? '';
  };
  const cookieOf = async () => ({ cookie: (await openSession()).split(';')[0] ?? '' });
  const look = (path: string, headers: Record<string, string>, method = 'GET') =>
    fetch(`${system.url}/admin/queues${path}`, { method, headers, redirect: 'manual' });

  it('send whoever has no session to the admin pages', async () => {
    const made = (secret: string, at: number) =>
      new QueueSessions([secret], () => at).make('seller');
    const hourAgo = Date.now() - 3_600_000;
    for (const session of [
      undefined,
      'nonsense',
      admin, // an access token is none
      await made('another secret that is long enough to be one', Date.now()),
      await made(SECRET, hourAgo),
    ]) {
      for (const path of ['', '/', '/api/queues', '/static/images/logo.svg']) {
        const headers = session === undefined ? {} : { cookie: `fairline_queues=${session}` };
        const answer = await look(path, headers);
        expect([path, answer.status]).toEqual([path, 302]);
        expect(answer.headers.get('location')).toBe('/admin');
      }
    }
  });

  it('give a session to admins, in a cookie that is for nothing else', async () => {
    const buyer = await client.call<Problem>('POST', SESSION, { token: await client.token('ann') });
    expect([buyer.status, buyer.headers.get('set-cookie')]).toEqual([403, null]);
    const guest = await client.call('POST', SESSION);
    expect(guest.status).toBe(401);

    const cookie = await openSession(client, { 'x-forwarded-proto': 'https' });
    const [pair = '', ...attributes] = cookie.split('; ');
    expect(pair).toMatch(/^fairline_queues=/);
    expect(attributes.sort()).toEqual(
      ['HttpOnly', 'Max-Age=1800', 'Path=/', 'SameSite=Strict'].sort(),
    );
    // It is no access token.
    const session = pair.split('=')[1] ?? '';
    expect((await client.call('GET', '/api/admin/metrics', { token: session })).status).toBe(401);
    const trail = await client.call<{ items: { action: string; outcome: string }[] }>(
      'GET',
      '/api/admin/actions',
      { token: admin },
    );
    expect(trail.body.items.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
      'queues.look done',
      ...Array(2).fill('access.refuse refused'),
    ]);
  });

  it('are for this very host alone, by TLS alone, where PUBLIC_URL is https', async () => {
    const url = await system.startAnotherApi({ publicUrl: 'https://shop.example' });
    const cookie = await openSession(new Client(url));
    const [pair = '', ...attributes] = cookie.split('; ');
    expect(pair).toMatch(/^__Host-fairline_queues=/);
    expect(attributes.sort()).toEqual(
      ['HttpOnly', 'Max-Age=1800', 'Path=/', 'SameSite=Strict', 'Secure'].sort(),
    );
    const lookAs = async (given: string) => {
      const headers = { cookie: given };
      return (await fetch(`${url}/admin/queues`, { headers, redirect: 'manual' })).status;
    };
    expect(await lookAs(pair)).toBe(200);
    // Without the prefix it may have been set by another host, or by http.
    expect(await lookAs(pair.replace('__Host-', ''))).toBe(302);
  });

  it('show the line of every shard and the queues of tasks, with what waits in them', async () => {
    const sale = await client.createSale();
    await client.take(sale, await client.token('ann')); // no worker: it waits
    const cookie = await cookieOf();
    const answer = await look('/api/queues', cookie);
    expect(answer.status).toBe(200);
    const { queues } = (await answer.json()) as {
      queues: { name: string; readOnlyMode: boolean; counts: Record<string, number> }[];
    };
    expect(queues.map(({ name }) => name).sort()).toEqual([
      'messages-mail',
      'messages-webhook',
      'payments-event',
      'payments-order',
      'payments-refund',
      'shard-0-line',
      'shard-1-line',
    ]);
    expect(queues.every(({ readOnlyMode }) => readOnlyMode)).toBe(true);
    expect(queues.reduce((sum, { counts }) => sum + (counts['waiting'] ?? 0), 0)).toBe(1);
  });

  it('show a page that loads what is beside it, and nothing from elsewhere', async () => {
    const cookie = await cookieOf();
    const page = await look('', cookie);
    expect(page.status).toBe(200);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'; script-src 'self'");
    const html = await page.text();
    const own = [...html.matchAll(/(?:src|href)="(static\/[^"]+)"/g)].map((match) => match[1]);
    expect(own.length).toBeGreaterThan(3);
    for (const path of own) expect((await look(`/${path}`, cookie)).status).toBe(200);
    expect((await look('/queue/shard-0-line', cookie)).status).toBe(200);
  });

  it('cannot be changed', async () => {
    const cookie = await cookieOf();
    const queue = '/api/queues/shard-0-line';
    for (const [method, path] of [
      ['PUT', '/api/queues/pause'],
      ['PUT', '/api/queues/resume'],
      ['PUT', `${queue}/pause`],
      ['PUT', `${queue}/empty`],
      ['PUT', `${queue}/obliterate`],
      ['PUT', `${queue}/promote`],
      ['PUT', `${queue}/clean/completed`],
      ['PUT', `${queue}/retry/failed`],
      ['POST', `${queue}/add`],
      ['PUT', `${queue}/1/retry/failed`],
      ['PUT', `${queue}/1/clean`],
      ['PATCH', `${queue}/1/update-data`],
      ['DELETE', queue],
    ] as const) {
      const answer = await look(path, cookie, method);
      expect([method, path, answer.status]).toEqual([method, path, 404]);
    }
  });

  it('are told apart from the API by more than a name', async () => {
    const sessions = new QueueSessions([SECRET]);
    const token = await makeAccessToken(SECRET, { sub: 's', role: 'admin', ttlSeconds: 60 });
    expect(await sessions.isValid(token)).toBe(false);
    expect(await sessions.isValid(await sessions.make('s'))).toBe(true);
  });
});
