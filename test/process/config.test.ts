import { expect, it } from 'vitest';
import { LIMITS } from '../../src/domain/limits.ts';
import { ConfigError, loadConfig, variablesOf } from '../../src/process/config.ts';

const complete = {
  REDIS_URL: 'redis://127.0.0.1:6379',
  DATABASE_URL: 'postgres://127.0.0.1/fairline',
  AUTH_JWT_SECRET: 'a secret of tests, not of anything else',
};

it('fills in what has a default', () => {
  expect(loadConfig('api', { ...complete, PORT: '' })).toEqual({
    ...complete,
    LOG_LEVEL: 'info',
    PORT: 3000,
    ALLOW_GUESTS: true,
    CORS_ORIGINS: [],
    WEBHOOK_ALLOW_LOCAL: false,
    limits: {
      auth_ip: 60,
      renewals_session: 30,
      auth_account: 10,
      tickets_buyer: 30,
      tickets_ip: 0,
      tickets_sale: 0,
      polls_buyer: 20,
      polls_ip: 0,
      payments_buyer: 30,
    },
    open: {
      streams: { total: 5_000, perIp: 1_000 },
      longPolls: { total: 10_000, perIp: 2_000 },
    },
    MAX_CONNECTIONS: 20_000,
    TRUST_PROXY: 0,
    newSales: { shardCount: 4, waitlistMax: 10_000 },
    accept: { batchMs: 20, batchMax: 100, maxWaiting: 1_000_000 },
    OTEL_TRACES_SAMPLER_ARG: 1,
  });
});

it('keeps events of Stripe for longer than it sends them', () => {
  const { REDIS_URL, DATABASE_URL } = complete;
  const load = (days?: string) =>
    loadConfig('worker', { REDIS_URL, DATABASE_URL, RETENTION_WEBHOOK_DAYS: days });
  expect(load().RETENTION_WEBHOOK_DAYS).toBe(30);
  expect(load('7').RETENTION_WEBHOOK_DAYS).toBe(7);
  expect(() => load('6')).toThrow(/^ {2}RETENTION_WEBHOOK_DAYS: /m);
});

it('needs a sender for mails, and takes none that could add a header', () => {
  const { REDIS_URL, DATABASE_URL } = complete;
  const PUBLIC_URL = 'https://shop.example';
  const load = (SMTP_URL?: string, SMTP_FROM?: string) =>
    loadConfig('worker', { REDIS_URL, DATABASE_URL, PUBLIC_URL, SMTP_URL, SMTP_FROM });
  const url = 'smtp://user:pass@mail.example:587';
  expect(load().SMTP_URL).toBeUndefined();
  expect(load(url, 'Shop <tickets@shop.example>').SMTP_FROM).toBe('Shop <tickets@shop.example>');
  expect(load(url, 'tickets@shop.example').SMTP_URL).toBe(url);
  expect(() => load(url)).toThrow(/^ {2}SMTP_FROM: is required/m);
  expect(() => load('https://mail.example', 'a@b.example')).toThrow(/^ {2}SMTP_URL: /m);
  for (const from of [
    'Shop',
    'Shop <a@b.example>\r\nBcc: <c@d.example>',
    'a@b.example, c@d.example',
  ]) {
    expect(() => load(url, from)).toThrow(/^ {2}SMTP_FROM: /m);
  }
});

it('needs the address of the shop for mails, and says for which setting', () => {
  const mail = { SMTP_URL: 'smtp://mail.example', SMTP_FROM: 'tickets@shop.example' };
  const load = (PUBLIC_URL?: string) => loadConfig('worker', { ...complete, ...mail, PUBLIC_URL });
  expect(load).toThrow(/^ {2}PUBLIC_URL: is required, because SMTP_URL is set/m);
  expect(load('https://shop.example').PUBLIC_URL).toBe('https://shop.example');
});

it.each([
  ['https://shop.example/', 'https://shop.example'],
  ['http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
  [' https://Shop.example:8443 ', 'https://shop.example:8443'],
])('takes PUBLIC_URL=%s as an origin', (given, url) => {
  for (const part of ['api', 'worker'] as const) {
    expect(loadConfig(part, { ...complete, PUBLIC_URL: given }).PUBLIC_URL).toBe(url);
  }
});

it('asks no part for what it does not need', () => {
  expect(variablesOf('worker')).not.toContain('AUTH_JWT_SECRET');
  expect(variablesOf('migrate')).not.toContain('REDIS_URL');
});

it.each([
  ['AUTH_JWT_SECRET', undefined],
  ['AUTH_JWT_SECRET', 'short'],
  ['AUTH_JWT_SECRET', 'x'.repeat(64)],
  ['AUTH_JWT_SECRET', 'secret'.repeat(10)],
  ['AUTH_JWT_SECRET', 'abcdefgh'.repeat(4)],
  ['AUTH_JWT_SECRET_PREVIOUS', 'short'],
  ['AUTH_JWT_SECRET_PREVIOUS', 'x'.repeat(64)],
  ['AUTH_JWT_SECRET_PREVIOUS', complete.AUTH_JWT_SECRET],
  ['REDIS_URL', 'http://127.0.0.1'],
  ['REDIS_URL', 'redis://127.0.0.1:7000,127.0.0.1:7001'],
  ['DATABASE_URL', 'nonsense'],
  ['PORT', '65536'],
  ['PORT', '3e3'],
  ['LINE_SHARDS', '0'],
  ['LINE_BATCH_MAX', '-1'],
  ['LOG_LEVEL', 'loud'],
  ['ADMIN_EMAIL', 'nobody'],
  ['ADMIN_PASSWORD', 'short'],
  ['ALLOW_GUESTS', 'yes'],
  ['CORS_ORIGINS', '*'],
  ['PUBLIC_URL', 'shop.example'],
  ['PUBLIC_URL', 'ftp://shop.example'],
  ['PUBLIC_URL', 'https://shop.example/tickets'],
  ['PUBLIC_URL', 'https://shop.example/?'],
  ['PUBLIC_URL', 'https://shop.example/?a=b'],
  ['PUBLIC_URL', 'https://shop.example/#top'],
  ['PUBLIC_URL', 'https://ann:secret@shop.example'],
  ['CORS_ORIGINS', 'https://shop.example/'],
  ['CORS_ORIGINS', 'shop.example'],
  ['CORS_ORIGINS', 'https://shop.example,'],
  ['CORS_ORIGINS', 'https://Shop.example'],
  ['AUTH_JWKS_URL', 'file:///keys'],
  ['AUTH_JWKS_ISSUER', 'two words'],
  ['AUTH_JWKS_ADMIN_CLAIM', 'admin'],
  ['RATE_LIMIT_ENABLED', '0'],
  ['RATE_LIMIT_AUTH_PER_IP', '0'],
  ['RATE_LIMIT_RENEWALS_PER_SESSION', '0'],
  ['RATE_LIMIT_TICKETS_PER_BUYER', 'many'],
  ['RATE_LIMIT_POLLS_PER_IP', '-1'],
  ['MAX_CONNECTIONS', '0'],
  ['MAX_STREAMS', 'many'],
  ['MAX_LONG_POLLS_PER_IP', '-1'],
  ['METRICS_TOKEN', 'two words'],
  ['METRICS_TOKEN', 'aaaaaaaaaaaaaaaaaaaa'],
  ['TRUST_PROXY', 'proxy.example'],
  ['HOST', 'http://127.0.0.1'],
  ['HOST', '127.0.0.1:3000'],
  ['HOST', '[::1]'],
  ['HOST', '*'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'localhost:4318'],
  ['OTEL_TRACES_SAMPLER_ARG', '1.5'],
])('refuses %s=%s and names it', (name, value) => {
  const load = () => loadConfig('api', { ...complete, [name]: value });
  expect(load).toThrow(ConfigError);
  expect(load).toThrow(new RegExp(`^ {2}${name}: `, 'm'));
});

it.each([
  ['ADMIN_EMAIL', 'ADMIN_PASSWORD', 'ann@example.org'],
  ['ADMIN_PASSWORD', 'ADMIN_EMAIL', 'long enough'],
])('refuses %s without %s', (given, missing, value) => {
  const load = () => loadConfig('api', { ...complete, [given]: value });
  expect(load).toThrow(new RegExp(`^ {2}${missing}: is required`, 'm'));
});

it('trusts a number of proxies, or the networks that they are in', () => {
  const trust = (TRUST_PROXY: string) => loadConfig('api', { ...complete, TRUST_PROXY });
  expect(trust('2').TRUST_PROXY).toBe(2);
  expect(trust('10.0.0.0/8, loopback').TRUST_PROXY).toHaveLength(3);
});

it.each(['127.0.0.1', '::', '::1', 'localhost', 'api.internal', '0.0.0.0'])(
  'takes HOST=%s',
  (host) => {
    expect(loadConfig('api', { ...complete, HOST: host }).HOST).toBe(host);
  },
);

it('reads origins separated by commas', () => {
  const { CORS_ORIGINS } = loadConfig('api', {
    ...complete,
    CORS_ORIGINS: 'https://shop.example, http://localhost:5173',
  });
  expect(CORS_ORIGINS).toEqual(['https://shop.example', 'http://localhost:5173']);
});

it('reads the claim that makes an admin, with what is behind the first equals sign', () => {
  const { identityProvider } = loadConfig('api', {
    ...complete,
    AUTH_JWKS_URL: 'https://login.example/keys',
    AUTH_JWKS_ADMIN_CLAIM: 'groups=cn=sellers',
  });
  expect(identityProvider).toEqual({
    jwksUrl: 'https://login.example/keys',
    audience: 'fairline-api',
    adminClaim: { name: 'groups', value: 'cn=sellers' },
  });
});

it('groups what is used together, and nothing that is switched off', () => {
  expect(loadConfig('api', complete)).toMatchObject({
    admin: undefined,
    identityProvider: undefined,
    stripe: undefined,
  });
  const settings = loadConfig('api', {
    ...complete,
    ADMIN_EMAIL: 'ann@example.org',
    ADMIN_PASSWORD: 'long enough',
    STRIPE_SECRET_KEY: 'sk_test_1',
    STRIPE_PUBLISHABLE_KEY: 'pk_test_1',
    STRIPE_WEBHOOK_SECRET: 'whsec_1',
    RATE_LIMIT_ENABLED: 'false',
  });
  expect(settings).toMatchObject({
    admin: { email: 'ann@example.org', password: 'long enough' },
    limits: undefined,
    open: undefined,
    stripe: { secretKey: 'sk_test_1', publishableKey: 'pk_test_1', webhookSecret: 'whsec_1' },
  });
});

it.each(Object.entries(LIMITS))('reads the quota of the limit %s', (name, limit) => {
  const load = (quota: number): object | undefined => {
    const env = { ...complete, [limit.variable]: String(quota) };
    if (!('part' in limit)) return loadConfig('api', env).limits;
    return { [name]: loadConfig('worker', env)[limit.variable] };
  };
  expect(load(limit.min)).toMatchObject({ [name]: limit.min });
  expect(load(limit.max)).toMatchObject({ [name]: limit.max });
  expect(() => load(limit.min - 1)).toThrow(ConfigError);
  expect(() => load(limit.max + 1)).toThrow(ConfigError);
});
