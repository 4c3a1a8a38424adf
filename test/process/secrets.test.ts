import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/process/config.ts';
import { isWeakSecret } from '../../src/process/secrets.ts';

it('a pattern that is repeated is too easy to guess', () => {
  for (const pattern of ['abcdefgh', 'correct horse battery staple ', 'p4ssw0rd-1', 'äöüß€']) {
    const times = [2, 2.5, 4].map((factor) => pattern.repeat(5).slice(0, pattern.length * factor));
    expect([pattern, times.map(isWeakSecret)]).toEqual([pattern, [true, true, true]]);
  }
  // Chance makes no such thing, in whatever form its bytes are written.
  for (let count = 0; count < 1_000; count++) {
    const bytes = randomBytes(32);
    const texts = [bytes.toString('hex'), bytes.toString('base64'), bytes.toString('base64url')];
    expect(texts.filter(isWeakSecret)).toEqual([]);
  }
  expect(isWeakSecret('abcdefgh abcdefgh, but not to its end')).toBe(false);
});

describe('secrets in files', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'fairline-secrets-'));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  const fileOf = (content: string) => {
    const file = join(dir, `${Math.random()}`);
    writeFileSync(file, content);
    return file;
  };
  const env = { REDIS_URL: 'redis://127.0.0.1', DATABASE_URL: 'postgres://127.0.0.1/fairline' };
  const SECRET = 'a secret of tests, not of anything else';

  it('are read, without the line end that editors add', () => {
    const config = loadConfig('api', {
      AUTH_JWT_SECRET_FILE: fileOf(`${SECRET}\n`),
      DATABASE_URL_FILE: fileOf('postgres://somewhere/else\r\n'),
      REDIS_URL: env.REDIS_URL,
      METRICS_TOKEN_FILE: '',
    });
    expect(config.AUTH_JWT_SECRET).toBe(SECRET);
    expect(config.DATABASE_URL).toBe('postgres://somewhere/else');
    expect(config.METRICS_TOKEN).toBeUndefined();
  });

  it('have to be as good as in variables', () => {
    const load = (content: string) =>
      loadConfig('api', { ...env, AUTH_JWT_SECRET_FILE: fileOf(content) });
    expect(() => load('short')).toThrow(/^ {2}AUTH_JWT_SECRET: must have at least 32 bytes/m);
    expect(() => load('x'.repeat(64))).toThrow(/^ {2}AUTH_JWT_SECRET: is too easy to guess/m);
    expect(() => load('\n')).toThrow(/^ {2}AUTH_JWT_SECRET: the file .+ is empty/m);
  });

  it('are refused where a file cannot be read, or the variable is set as well', () => {
    const missing = { ...env, AUTH_JWT_SECRET_FILE: join(dir, 'nowhere') };
    expect(() => loadConfig('api', missing)).toThrow(
      /^ {2}AUTH_JWT_SECRET: the file .+nowhere cannot be read \(ENOENT\)/m,
    );
    const both = { ...env, AUTH_JWT_SECRET: SECRET, AUTH_JWT_SECRET_FILE: fileOf(SECRET) };
    expect(() => loadConfig('api', both)).toThrow(
      /^ {2}AUTH_JWT_SECRET: is set, and AUTH_JWT_SECRET_FILE too/m,
    );
  });

  it('are told of together with what else is wrong, and each once', () => {
    const load = () =>
      loadConfig('api', {
        ...{ REDIS_URL: 'nonsense', DATABASE_URL: env.DATABASE_URL, PORT: '3e3' },
        AUTH_JWT_SECRET_FILE: join(dir, 'nowhere'),
        AUTH_JWT_SECRET_PREVIOUS_FILE: fileOf(SECRET.slice(0, 31)),
        METRICS_TOKEN_FILE: fileOf(''),
      });
    const told = () => {
      try {
        load();
      } catch (error) {
        return String(error).match(/^ {2}[A-Z_]+(?=: )/gm);
      }
      return undefined;
    };
    expect(
      told()
        ?.map((name) => name.trim())
        .sort(),
    ).toEqual([
      'AUTH_JWT_SECRET',
      'AUTH_JWT_SECRET_PREVIOUS',
      'METRICS_TOKEN',
      'PORT',
      'REDIS_URL',
    ]);
    expect(load).toThrow(/^ {2}AUTH_JWT_SECRET: the file/m);
    expect(load).toThrow(/^ {2}AUTH_JWT_SECRET_PREVIOUS: must have at least 32 bytes/m);
  });

  it('may be the previous one, which has to be another', () => {
    const load = (previous: string) =>
      loadConfig('api', {
        ...{ ...env, AUTH_JWT_SECRET_FILE: fileOf(SECRET) },
        AUTH_JWT_SECRET_PREVIOUS_FILE: fileOf(previous),
      });
    expect(load(`${SECRET}!\n`).AUTH_JWT_SECRET_PREVIOUS).toBe(`${SECRET}!`);
    expect(() => load(`${SECRET}\n`)).toThrow(
      /^ {2}AUTH_JWT_SECRET_PREVIOUS: is the same as AUTH_JWT_SECRET/m,
    );
  });

  it('are read by the parts that need them, and no other setting is', () => {
    const file = join(dir, 'nowhere');
    expect(loadConfig('worker', { ...env, AUTH_JWT_SECRET_FILE: file }).LOG_LEVEL).toBe('info');
    expect(loadConfig('worker', { ...env, LOG_LEVEL_FILE: file }).LOG_LEVEL).toBe('info');
    const url = fileOf('smtp://mail.example');
    const mail = { SMTP_FROM: 'a@shop.example', PUBLIC_URL: 'https://shop.example' };
    expect(loadConfig('worker', { ...env, ...mail, SMTP_URL_FILE: url }).SMTP_URL).toBe(
      'smtp://mail.example',
    );
  });
});
