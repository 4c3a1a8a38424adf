import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionView } from '../../../src/api/schemas/auth.ts';
import { Client, type Problem } from '../../support/client.ts';
import { type Operation, readOperations } from '../../support/openapi.ts';
import { SECRET, startSystem, type TestSystem } from '../../support/system.ts';

describe('who may call what', () => {
  let system: TestSystem;
  let client: Client;
  let operations: Operation[];
  beforeAll(async () => {
    system = await startSystem();
    client = new Client(system.url);
    operations = await readOperations(client);
  });
  afterAll(() => system.stop());

  const named = ({ method, path }: Operation) => `${method} ${path}`;
  const adminOnly = () => operations.filter(({ path }) => path.startsWith('/api/admin/'));

  /** Calls operations with a body that none of them takes; returns the refusals by operation. */
  async function refusals(of: readonly Operation[], token?: string) {
    const body = { nonsense: true };
    const answers = of.map(async (operation) => {
      const { method, path } = operation;
      const options = { ...(method === 'GET' ? {} : { body }), ...(token ? { token } : {}) };
      const address = path.replaceAll(/\{\w+\}/g, 'x');
      const answer = await client.call<Problem>(method, address, options);
      return `${named(operation)} ${answer.status} ${answer.body.code}`;
    });
    return Promise.all(answers);
  }
  const all = (of: readonly Operation[], refusal: string) =>
    of.map((operation) => `${named(operation)} ${refusal}`);

  it("no route for admins takes a buyer's token, a guest's or none", async () => {
    const guest = await client.call<SessionView>('POST', '/api/auth/guest', {
      body: { email: 'guest@example.org' },
    });
    for (const token of [await client.token('ann'), guest.body.accessToken]) {
      expect(await refusals(adminOnly(), token)).toEqual(all(adminOnly(), '403 forbidden'));
    }
    expect(await refusals(adminOnly())).toEqual(all(adminOnly(), '401 unauthenticated'));
  });

  it('an admin gets past the role everywhere', async () => {
    const token = await client.token('seller', 'admin');
    const answers = await refusals(adminOnly(), token);
    expect(answers.filter((answer) => / (401|403) /.test(answer))).toEqual([]);
  });

  describe('no route that needs a token takes', () => {
    const claims = { iss: 'fairline', aud: 'fairline-api', sub: 'ann', role: 'admin' };
    const sign = (
      changed: object,
      expires: string | number = '1 hour',
      { alg = 'HS256', typ = 'at+jwt', secret = SECRET } = {},
    ) =>
      new SignJWT({ ...claims, ...changed })
        .setProtectedHeader({ alg, typ })
        .setExpirationTime(expires)
        .sign(new TextEncoder().encode(secret));
    const unsigned = () => {
      const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
      return `${encode({ alg: 'none', typ: 'at+jwt' })}.${encode({ ...claims, exp: 9e9 })}.`;
    };
    const refreshToken = async () => {
      const body = { email: `${crypto.randomUUID()}@example.org`, password: 'correct horse' };
      const answer = await client.call<SessionView>('POST', '/api/auth/register', { body });
      return answer.body.refreshToken;
    };

    it.each([
      ['no token', async () => undefined],
      ['nonsense', async () => 'nonsense'],
      ['an expired one', () => sign({}, 1_000)],
      ['one for another audience', () => sign({ aud: 'elsewhere' })],
      ['one of another issuer', () => sign({ iss: 'elsewhere' })],
      ['alg none', async () => unsigned()],
      ['another algorithm with the same secret', () => sign({}, '1 hour', { alg: 'HS512' })],
      ['another secret', () => sign({}, '1 hour', { secret: 'another one that is long enough' })],
      ['another type', () => sign({}, '1 hour', { typ: 'JWT' })],
      ['a refresh token', refreshToken],
    ])('%s', async (_, make) => {
      const guarded = operations.filter(({ needsToken }) => needsToken);
      expect(guarded.length).toBeGreaterThan(15);
      expect(await refusals(guarded, await make())).toEqual(all(guarded, '401 unauthenticated'));
    });

    it('but the same well signed is taken', async () => {
      const answer = await client.call('GET', '/api/me', { token: await sign({}) });
      expect(answer).toMatchObject({ status: 200, body: { user: { id: 'ann', role: 'admin' } } });
    });
  });
});
