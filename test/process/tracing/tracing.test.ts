import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ShardKeys } from '../../../src/redis/keys.ts';
import { Client } from '../../support/client.ts';
import { startApiPart, startPart } from '../../support/parts.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';
import { makeTempDir } from '../../support/temp-dir.ts';
import { type SentSpan, startOtlpReceiver } from './otlp-receiver.ts';

/**
 * Writes down every module of OpenTelemetry that a process loads, but for the types and stubs of
 * its `api` package: prom-client brings those, whatever we do.
 */
const HOOK = `
import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
registerHooks({
  load(url, context, next) {
    if (/@opentelemetry\\/(?!api\\/)|bullmq-otel|open-telemetry/.test(url)) {
      appendFileSync(process.env.LOADED, url + '\\n');
    }
    return next(url, context);
  },
});
`;

describe('traces', () => {
  let system: TestSystem;
  let receiver: Awaited<ReturnType<typeof startOtlpReceiver>>;
  let engines: Record<string, string>;
  beforeAll(async () => {
    system = await startSystem();
    receiver = await startOtlpReceiver();
    engines = { DATABASE_URL: system.databaseUrl, REDIS_URL: system.redisUrl };
  });
  afterAll(async () => {
    await receiver.stop();
    await system.stop();
  });

  /**
   * Starts an API and a worker as processes; they end with the test, unless it ends them itself.
   */
  async function startParts(env: Record<string, string>) {
    const api = await startApiPart({ ...engines, ...env });
    const worker = startPart('worker', { ...engines, ...env });
    const end = async (signal: NodeJS.Signals) => [await api.end(signal), await worker.end(signal)];
    onTestFinished(async () => void (await end('SIGKILL')));
    return { api, worker, end };
  }

  it('of a purchase go from the API through the queue to the worker', async () => {
    const { api, end } = await startParts({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
    const client = new Client(api.url);
    const sale = await client.createSale({ stock: 5 });
    const token = await client.token('ann');
    const ticket = await client.buy(sale, token, { key: 'a key of ours' });
    expect(ticket).toMatchObject({ status: 'held', lineNumber: 1 });
    await client.call('GET', '/healthz');
    await client.call('GET', '/api/sales', { headers: { 'x-request-id': 'one-we-look-for' } });
    expect(await end('SIGTERM')).toEqual([0, 0]); // the last spans are sent

    const request = spanNamed(receiver.spans, 'POST /api/sales/:saleId/tickets');
    expect(request).toMatchObject({ service: 'fairline-api' });
    expect(request.parentSpanId ?? '').toBe('');
    const batch = childOf(request, 'batch');
    expect(batch.service).toBe('fairline-api');
    const added = childOf(batch, 'add line.batch');
    expect(added.service).toBe('fairline-api');
    const processed = childOf(added, 'process line');
    expect(processed.service).toBe('fairline-worker');
    const names = new Set(receiver.spans.map(({ name }) => name));
    expect([...names].filter((name) => /healthz|getNextJob|Stalled|stalled/.test(name))).toEqual(
      [],
    );
    const sent = receiver.bodies.join('\n');
    expect(sent).toContain('"fairline.request_id","value":{"stringValue":"one-we-look-for"}');
    for (const secret of [token, ticket.ticketId, 'a key of ours', sale.id]) {
      expect(sent.includes(secret)).toBe(false);
    }
  });

  it('of requests that share a batch are linked with it', async () => {
    const before = receiver.spans.length;
    const api = await startApiPart({
      ...engines,
      OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.url}/`,
      LINE_BATCH_MS: '1000',
      LINE_BATCH_MAX: '3',
    });
    onTestFinished(async () => void (await api.end('SIGKILL')));
    const client = new Client(api.url);
    const sale = await client.createSale({ stock: 5 });
    const take = async (name: string) => client.take(sale, await client.token(name));
    await take('first'); // no worker runs: the others gather behind it, until they are three
    const taken = await Promise.all(['a', 'b', 'c'].map(take));
    expect(taken.map(({ body }) => body.position).sort()).toEqual([2, 3, 4]);
    await api.end('SIGTERM');
    const spans = receiver.spans.slice(before);
    const requests = spans.filter(({ name }) => name === 'POST /api/sales/:saleId/tickets');
    expect(requests.length).toBe(4);
    const batches = spans.filter(({ name }) => name === 'batch');
    expect(batches.map(({ links }) => links.length).sort()).toEqual([0, 2]);
    const batch = batches.find(({ links }) => links.length === 2);
    expect(requests.map(({ spanId }) => spanId)).toContain(batch?.parentSpanId);
    const linked = batch?.links.map(({ spanId }) => spanId) ?? [];
    const others = requests.filter(({ spanId }) => linked.includes(spanId));
    expect(others.length).toBe(2);
    for (const { links } of others) expect(links).toMatchObject([{ spanId: batch?.spanId }]);
  });

  it('change no batch: they go in the options of a job, not in its data', async () => {
    const api = await startApiPart({ ...engines, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
    onTestFinished(async () => void (await api.end('SIGKILL')));
    const clients = [new Client(api.url), new Client(system.url)]; // traced, and not
    const [traced, plain] = await Promise.all(
      clients.map(async (client) => {
        const sale = await client.createSale();
        await client.take(sale, await client.token('ann')); // no worker runs: it waits
        const keys = new ShardKeys(await shardOf(sale.id));
        const [id = ''] = await system.redis.lrange(keys.queue('wait'), 0, 0);
        const { data = '', opts = '' } = await system.redis.hgetall(keys.queue(id));
        return { fields: Object.keys(JSON.parse(data)), data, opts };
      }),
    );
    expect(traced?.opts).toContain('traceparent');
    expect(traced?.data).not.toContain('traceparent');
    expect(traced?.fields).toEqual(plain?.fields);
    expect(plain?.opts).not.toContain('traceparent');
    expect(plain?.opts).not.toContain('"tm"');
  });

  it('are sampled: of a share of 0 nothing is sent, and everything works', async () => {
    const before = receiver.spans.length;
    const { api, end } = await startParts({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_TRACES_SAMPLER_ARG: '0',
    });
    const client = new Client(api.url);
    const sale = await client.createSale();
    expect((await client.buy(sale, await client.token('ann'))).status).toBe('held');
    await end('SIGTERM');
    // The worker may still find the job of a test before: that was traced, and stays so.
    const spans = receiver.spans.slice(before);
    expect(spans.filter(({ service }) => service === 'fairline-api')).toEqual([]);
  });

  it('hold nothing up where their endpoint is away', async () => {
    const { api, end } = await startParts({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    });
    const client = new Client(api.url);
    const sale = await client.createSale();
    expect((await client.buy(sale, await client.token('ann'))).status).toBe('held');
    expect(await end('SIGTERM')).toEqual([0, 0]);
  });

  it.each([
    ['are off by default: nothing of OpenTelemetry is loaded', '', false],
    ['are on with an endpoint: it is', 'http://127.0.0.1:9', true],
  ])('%s', async (_, endpoint, loads) => {
    const dir = makeTempDir();
    writeFileSync(join(dir, 'hook.mjs'), HOOK);
    const loaded = join(dir, 'loaded');
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      NODE_OPTIONS: `--import ${join(dir, 'hook.mjs')}`,
      LOADED: loaded,
    };
    const { api, end } = await startParts(env);
    const client = new Client(api.url);
    const sale = await client.createSale();
    expect((await client.buy(sale, await client.token('ann'))).status).toBe('held');
    await end('SIGTERM');
    const modules = existsSync(loaded) ? readFileSync(loaded, 'utf8') : '';
    if (!loads) expect(modules).toBe('');
    expect(modules.includes('@opentelemetry/')).toBe(loads);
    expect(modules.includes('bullmq-otel')).toBe(loads);
  });

  async function shardOf(sale: string): Promise<number> {
    const row = system.db.selectFrom('sales').select('shard').where('id', '=', sale);
    return (await row.executeTakeFirstOrThrow()).shard;
  }

  function childOf(parent: SentSpan, name: string): SentSpan {
    const child = spanNamed(
      receiver.spans.filter(({ parentSpanId }) => parentSpanId === parent.spanId),
      name,
    );
    expect(child.traceId).toBe(parent.traceId);
    return child;
  }
});

function spanNamed(spans: readonly SentSpan[], name: string): SentSpan {
  const found = spans.find((span) => span.name === name);
  const names = spans.map((span) => span.name).join(', ');
  if (found === undefined) throw new Error(`there is no span "${name}" among: ${names}`);
  return found;
}
