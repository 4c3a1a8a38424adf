import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { endChild } from '../../demo/end-child.ts';
import { runTool } from '../support/deploy-tools.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const ROOT = join(import.meta.dirname, '../..');
const SECRETS: Record<string, string> = {
  AUTH_JWT_SECRET: 'a'.repeat(64),
  POSTGRES_PASSWORD: 'b'.repeat(64),
  POSTGRES_APP_PASSWORD: 'd'.repeat(64),
  REDIS_PASSWORD: 'c'.repeat(64),
};

const serviceSchema = z.looseObject({
  image: z.string(),
  user: z.string().optional(),
  build: z.unknown().optional(),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.unknown()).default({}),
  read_only: z.boolean().default(false),
  cap_drop: z.array(z.string()).default([]),
  cap_add: z.array(z.string()).default([]),
  privileged: z.boolean().default(false),
  security_opt: z.array(z.string()).default([]),
  tmpfs: z.array(z.string()).default([]),
  mem_limit: z.coerce.string().optional(),
  cpus: z.coerce.number().optional(),
  pids_limit: z.number().optional(),
  ports: z.array(z.unknown()).default([]),
  networks: z.record(z.string(), z.unknown()),
});
const configSchema = z.looseObject({
  services: z.record(z.string(), serviceSchema),
  networks: z.record(
    z.string(),
    z.looseObject({ internal: z.boolean().default(false) }).nullable(),
  ),
});

/** `docker compose config` of the plugin, or of the program of before. */
async function composeConfig(env: Record<string, string>, override?: string) {
  const plugin = await runTool('docker', ['compose', 'version']).catch(() => ({ passed: false }));
  const [program, ...first] = plugin.passed ? ['docker', 'compose'] : ['docker-compose'];
  // Not the `.env` of whoever runs the tests.
  const folder = mkdtempSync(join(tmpdir(), 'fairline-'));
  const empty = join(folder, 'empty.env');
  writeFileSync(empty, '');
  const args = [...first, '--env-file', empty, '--file', 'docker-compose.yml'];
  if (override !== undefined) {
    const file = join(folder, 'override.yml');
    writeFileSync(file, override);
    args.push('--file', file);
  }
  args.push('config');
  const outcome = await runTool(program ?? '', args, { cwd: ROOT, env });
  rmSync(folder, { recursive: true });
  return outcome;
}

describe('docker compose', () => {
  let services: z.infer<typeof configSchema>['services'];
  let networks: z.infer<typeof configSchema>['networks'];
  beforeAll(async () => {
    const { passed, stdout, stderr } = await composeConfig(SECRETS);
    expect([passed, stderr]).toEqual([true, '']);
    const asMap = (value: unknown) =>
      Array.isArray(value) ? Object.fromEntries(value.map((name) => [name, null])) : value;
    const given = z.looseObject({ services: z.record(z.string(), z.looseObject({})) });
    const config = given.parse(parse(stdout));
    for (const service of Object.values(config.services)) {
      Object.assign(service, { networks: asMap(service['networks']) });
    }
    ({ services, networks } = configSchema.parse(config));
  });

  it('takes the file, and has the same services in it', () => {
    expect(Object.keys(services).sort()).toEqual(['api', 'migrate', 'postgres', 'redis', 'worker']);
  });

  const passwords = Object.keys(SECRETS).filter((name) => name !== 'AUTH_JWT_SECRET');
  it.each(passwords)('does not start anything without %s', async (name) => {
    const { [name]: _, ...others } = SECRETS;
    const { passed, stderr } = await composeConfig(others);
    expect(stderr).toContain(name);
    expect(passed).toBe(false);
  });

  it('takes AUTH_JWT_SECRET from a secret of Docker, as docs/operating.md says', async () => {
    const page = readFileSync(join(ROOT, 'docs/operating.md'), 'utf8');
    const override = /^```yaml\n(services:\n {2}api:\n[^`]+)```$/m.exec(page)?.[1] ?? '';
    const { AUTH_JWT_SECRET: _, ...others } = SECRETS;
    const { passed, stdout, stderr } = await composeConfig(others, override);
    expect([passed, stderr]).toEqual([true, '']);
    const given = z.looseObject({
      services: z.looseObject({
        api: z.looseObject({
          environment: z.record(z.string(), z.unknown()),
          secrets: z.array(z.looseObject({ source: z.string() })),
        }),
      }),
    });
    const { api } = given.parse(parse(stdout)).services;
    expect(api.environment).toMatchObject({
      AUTH_JWT_SECRET: '',
      AUTH_JWT_SECRET_FILE: '/run/secrets/auth',
    });
    expect(api.secrets).toMatchObject([{ source: 'auth' }]);
  });

  it('has no password in it that was not given', () => {
    for (const [name, { environment }] of Object.entries(services)) {
      for (const [variable, value] of Object.entries(environment)) {
        if (!/PASSWORD|SECRET|AUTH$|_URL$/.test(variable) || !value) continue;
        const isGiven = Object.values(SECRETS).some((secret) => String(value).includes(secret));
        expect([name, variable, isGiven]).toEqual([name, variable, true]);
      }
    }
  });

  it('lets no container write to its root, become more than it is, or take the machine', () => {
    for (const [name, service] of Object.entries(services)) {
      expect([name, service]).toEqual([
        name,
        expect.objectContaining({
          read_only: true,
          cap_drop: ['ALL'],
          cap_add: [],
          privileged: false,
          security_opt: ['no-new-privileges:true'],
          tmpfs: expect.arrayContaining(['/tmp']),
          mem_limit: expect.stringMatching(/^\d/),
          cpus: expect.any(Number),
          pids_limit: 256,
        }),
      ]);
    }
    // The other images say themselves who they run as; these would begin as root.
    expect([services['postgres']?.user, services['redis']?.user]).toEqual(['postgres', 'redis']);
  });

  it('keeps the engines in a network without a way out', () => {
    const of = (name: string) => Object.keys(services[name]?.networks ?? {}).sort();
    expect(of('postgres')).toEqual(['back']);
    expect(of('redis')).toEqual(['back']);
    expect(of('migrate').includes('back')).toBe(true);
    expect(of('api')).toEqual(['back', 'front']);
    expect(of('worker')).toEqual(['back', 'front']);
    expect(networks['back']?.internal).toBe(true);
    expect(networks['front']?.internal ?? false).toBe(false);
    const open = Object.entries(services).filter(([, { ports }]) => ports.length > 0);
    expect(open.map(([name]) => name)).toEqual(['api']);
  });

  it('takes images of others by their digest', () => {
    const foreign = Object.values(services).filter(({ build }) => build === undefined);
    expect(foreign).toHaveLength(2);
    for (const { image } of foreign) expect(image).toMatch(/:[\d.]+@sha256:[0-9a-f]{64}$/);
    const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
    expect(dockerfile).toMatch(/^ARG NODE=node:[\d.]+-slim@sha256:[0-9a-f]{64}$/m);
    const bases = dockerfile.match(/^FROM \S+/gm) ?? [];
    expect(bases).toHaveLength(2);
    for (const base of bases) expect(base).toMatch(/^FROM \$\{NODE\}$/);
  });

  it('gives Redis a password that no list of processes shows, and Redis wants it', async () => {
    const [shell = '', option = '', script = ''] = services['redis']?.command ?? [];
    // What compose escapes for itself.
    const asRun = script.replaceAll('$$', '$');
    expect(asRun).not.toContain(SECRETS['REDIS_PASSWORD']);
    const folder = makeTempDir();
    const socket = join(folder, 'redis.sock');
    const here = `redis-server - --port 0 --unixsocket ${socket} --dir ${folder}`;
    const env = { PATH: process.env['PATH'] ?? '', REDISCLI_AUTH: SECRETS['REDIS_PASSWORD'] ?? '' };
    const redis = spawn(shell, [option, asRun.replace('redis-server -', here)], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(redis, 'exit');
    onTestFinished(() => endChild(redis, ended, 'SIGTERM'));
    let said = '';
    for await (const chunk of redis.stdout.iterator({ destroyOnReturn: false })) {
      said += chunk;
      if (/ready to accept connections/i.test(said)) break;
    }
    redis.stdout.resume();
    const ask = async (...args: string[]) => {
      const { stdout } = await runTool('redis-cli', ['-s', socket, ...args], { env });
      return stdout.trim();
    };
    expect(await ask('ping')).toBe('PONG');
    expect(await ask('config', 'get', 'appendfsync')).toBe('appendfsync\nalways');
    expect(await ask('config', 'get', 'maxmemory-policy')).toBe('maxmemory-policy\nnoeviction');
    expect(await ask('config', 'get', 'save')).toBe('save');
    const anonymous = await runTool('redis-cli', ['-s', socket, 'ping']);
    expect(anonymous.stdout).toContain('NOAUTH');
    // It is the process itself that is there, not a shell in front of it that takes its signals.
    expect(await ask('info', 'server')).toContain(`process_id:${redis.pid}`);
  });
});
