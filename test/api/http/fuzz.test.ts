import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OddRequest, oddRequest, wireOf } from '../../support/odd-requests.ts';
import { mismatches, type Operation, readOperations } from '../../support/openapi.ts';
import { Payer, type PaymentSystem, startPaymentSystem } from '../../support/payments.ts';
import { type RawAnswer, sendRaw } from '../../support/raw-http.ts';

/** FAIRLINE_SEED=… repeats a run, FAIRLINE_RUNS=… makes it longer. */
const seed = Number(process.env['FAIRLINE_SEED'] ?? Date.now() % 2 ** 31);
const numRuns = Number(process.env['FAIRLINE_RUNS'] ?? 1_200);

/** Every code of docs/errors.md with its status. */
const CODES = new Map(
  [
    ...readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8').matchAll(
      /^\| `(\w+)` \| (\d{3}) \|/gm,
    ),
  ].map(([, code, status]) => [code, Number(status)]),
);

describe('the API, whatever is sent', () => {
  let system: PaymentSystem;
  let operations: Operation[];
  let requests: fc.Arbitrary<OddRequest>;
  beforeAll(async () => {
    system = await startPaymentSystem();
    system.startWorker();
    const client = new Payer(system);
    operations = await readOperations(client);
    // Its answer has no end: test/api/sales/events.test.ts has it.
    const answering = operations.filter(({ path }) => !path.endsWith('/events'));
    const [sale, other] = [
      await client.createSale({ stock: 1_000, perBuyerLimit: 1_000 }),
      await client.createSale({ products: [{ stock: 100 }, { stock: 5 }] }),
    ];
    const token = await client.token('fuzzed');
    const tickets = [await client.buy(sale, token), await client.buy(other, token)];
    const foreign = await client.hold(sale);
    const closing = { saleId: [(await client.createSale()).id] };
    // One sale is left alone by admins, so that tickets can be taken.
    const steered = { saleId: [other.id], productId: other.products.map(({ id }) => id) };
    const known = {
      saleId: [sale.id, sale.id, other.id],
      productId: sale.products.map(({ id }) => id),
      ticketId: [...tickets.map(({ ticketId }) => ticketId), foreign.ticketId],
      orderId: [...tickets.map(({ order }) => order?.id ?? ''), foreign.orderId],
    };
    const tokens = { buyer: token, admin: await client.token('seller', 'admin') };
    requests = fc.oneof(
      ...answering.map((one) => {
        const isAdmins = one.path.startsWith('/api/admin/');
        const ids = one.path.endsWith('/close') ? closing : steered;
        const arbitrary = oddRequest(one, isAdmins ? { ...known, ...ids } : known, tokens);
        // What has a body can be wrong in more ways.
        return { weight: one.body === undefined ? 1 : 3, arbitrary };
      }),
    );
  });
  afterAll(() => system.stop());

  it(`answers with what it describes, or with a known problem; seed ${seed}`, async () => {
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        // A body that is not all there must end, or the server waits for the rest; then it may
        // close without a word.
        const isCut = request.body !== undefined && request.lengthOff > 0;
        const answers = await sendRaw(system.url, wireOf(request), isCut);
        if (!isCut) expect(answers.length).toBeGreaterThan(0);
        for (const answer of answers) {
          const name = `${request.method} ${answer.status}`;
          seen.set(name, (seen.get(name) ?? 0) + 1);
          expect(complaints(request, answer)).toEqual([]);
        }
      }),
      { seed, numRuns, endOnFailure: false },
    );
    // Were everything refused, little would have been tried.
    const count = (name: RegExp) =>
      [...seen].reduce((sum, [key, times]) => sum + (name.test(key) ? times : 0), 0);
    expect(count(/ 20\d$/)).toBeGreaterThan(numRuns / 10);
    for (const name of [/GET 200/, /POST 200/, /POST 201/, /POST 202/, /POST 422/, /PATCH 200/]) {
      if (numRuns >= 10_000) expect(count(name), name.source).toBeGreaterThan(0);
    }
  }, 3_600_000);

  /** What an answer should not be. */
  function complaints(request: OddRequest, answer: RawAnswer): string[] {
    const { method } = request;
    const described = operationAt(method === 'HEAD' ? 'GET' : method, request.target);
    const { status, headers, body } = answer;
    const type = headers.get('content-type') ?? '';
    const found: string[] = [];
    if (/node_modules|\bat \S+ \(|\.ts:\d/.test(body)) found.push('tells where it failed');
    if (headers.get('x-content-type-options') !== 'nosniff') found.push('has no security headers');
    if (status >= 400) {
      if (type !== 'application/problem+json') return [...found, `${status} as ${type}`];
      if (status >= 500 && (status !== 503 || described?.responses[503] === undefined)) {
        found.push(`an undescribed ${status}: ${body}`);
      }
      return method === 'HEAD' ? found : [...found, ...problemComplaints(status, body)];
    }
    if (described === undefined) return [...found, `${status} where nothing is described`];
    const response = described.responses[status];
    if (response === undefined) return [...found, `an undescribed ${status}`];
    const content = Object.entries(response.content ?? {});
    if (content.length === 0) return body === '' ? found : [...found, 'a body where none is'];
    const [, { schema }] = content.find(([name]) => type.startsWith(name)) ?? ['', { schema: {} }];
    if (Object.keys(schema).length === 0) return [...found, `${status} as ${type}`];
    if (method === 'HEAD' || !/[/+]json\b/.test(type)) return found;
    return [...found, ...mismatches(schema, JSON.parse(Buffer.from(body, 'latin1').toString()))];
  }

  function problemComplaints(status: number, body: string): string[] {
    const problem = JSON.parse(Buffer.from(body, 'latin1').toString());
    const { type, title, code, detail, requestId } = problem;
    if (CODES.get(code) !== status || problem.status !== status) return [`${status} with ${body}`];
    const isWhole = type === `urn:fairline:error:${code}` && title && detail && requestId;
    return isWhole ? [] : [`no whole problem: ${body}`];
  }

  /** The operation that an address leads to: what is odd in it may lead elsewhere. */
  function operationAt(method: string, target: string): Operation | undefined {
    const url = URL.parse(target, 'http://fairline.example');
    const path = url?.pathname ?? '';
    return operations.find(
      (one) =>
        one.method === method &&
        new RegExp(`^${one.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
    );
  }
});
