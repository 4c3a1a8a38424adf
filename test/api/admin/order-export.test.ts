import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { Writable } from 'node:stream';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { SaleView } from '../../../src/api/schemas/sale.ts';
import { Client, type Problem } from '../../support/client.ts';
import { insertOrders } from '../../support/many-orders.ts';
import { startApiPart } from '../../support/parts.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

const ORDERS = 40_000;

describe('the export of orders', () => {
  let system: TestSystem;
  let client: Client;
  let admin: string;
  let sale: SaleView;
  const logged: string[] = [];
  const reader: { onLine: (line: string) => void } = { onLine: () => {} };
  beforeAll(async () => {
    const log = new Writable({
      write(chunk, _, done) {
        logged.push(String(chunk));
        reader.onLine(String(chunk));
        done();
      },
    });
    system = await startSystem({ log: pino({ level: 'info' }, log) });
    client = new Client(system.url);
    admin = await client.token('seller', 'admin');
    sale = await client.createSale();
    await insertOrders(system.owner, sale, ORDERS);
  });
  afterAll(() => system.stop());

  const fetchExport = (path: string, url = system.url) =>
    fetch(`${url}/api/admin/sales/${path}`, { headers: { authorization: `Bearer ${admin}` } });
  const fetchCsv = (saleId: string, query = '', url = system.url) =>
    fetchExport(`${saleId}/orders.csv${query}`, url);
  const rowsOf = async (saleId: string, query = '') => {
    const text = await (await fetchCsv(saleId, query)).text();
    return text.trimEnd().split('\r\n').slice(1);
  };

  it('quotes, keeps every letter, and lets no cell be a formula', async () => {
    const few = await client.createSale({ stock: 5 });
    await insertOrders(system.owner, few, 4);
    const name = '=HYPERLINK("http://x","é😀, y")\nnext';
    await sql`update products set name = ${name} where sale_id = ${few.id}`.execute(system.db);
    await sql`update orders set buyer_id = '@cmd' where id = ${`${few.id}-3`}`.execute(system.db);
    await sql`update orders set buyer_id = 'a"b' where id = ${`${few.id}-2`}`.execute(system.db);
    const answer = await fetchCsv(few.id);
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'cache-control': 'no-store',
      'content-disposition': `attachment; filename="orders-${few.id}.csv"`,
    });
    const text = await answer.text();
    const records = text.split(/(?<!next)\r\n/);
    expect(records).toHaveLength(1 + 4 + 1);
    expect(records[0]).toBe(
      'id,ticketId,lineNumber,buyerId,status,items,units,amount,currency,' +
        'createdAt,holdExpiresAt,paidAt,paymentIntentId,paymentStatus,refundReason,' +
        'amountRefunded,unitsReturned,disputeStatus,email,name',
    );
    expect(text).toContain(`,2,"a""b",held,`);
    expect(text).toContain(`,3,@cmd,paid,`);
    expect(text).toContain('"1 x =HYPERLINK(""http://x"",""é😀, y"")\nnext",1,1000,eur,20');
    expect(text).toContain(`,pi_${few.id}-3,succeeded,,0,0,,,\r\n`);
    const bytes = new Uint8Array(await (await fetchCsv(few.id)).arrayBuffer());
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
  });

  it('as JSON Lines has what the list shows, unaltered', async () => {
    const few = await client.createSale({ stock: 5 });
    await insertOrders(system.owner, few, 4);
    await sql`update orders set buyer_id = '=1+1;"' where id = ${`${few.id}-3`}`.execute(system.db);
    const answer = await fetchExport(`${few.id}/orders.jsonl?status=held&status=paid`);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/jsonl; charset=utf-8',
      'content-disposition': `attachment; filename="orders-${few.id}.jsonl"`,
    });
    const lines = (await answer.text()).split('\n');
    expect(lines.pop()).toBe('');
    const list = await fetchExport(`${few.id}/orders?status=held&status=paid`);
    const { items } = (await list.json()) as { items: object[] };
    expect(items.length).toBeGreaterThan(1);
    expect(lines.map((line) => JSON.parse(line))).toEqual(items);
  });

  it('has the same filters as the list', async () => {
    expect(await rowsOf(sale.id, '?status=refunded')).toHaveLength(ORDERS / 1_000);
    const some = await rowsOf(sale.id, '?status=refunded&status=cancelled');
    expect(some).toHaveLength(ORDERS / 10 + ORDERS / 1_000);
    expect(await rowsOf(sale.id, '?q=buyer-9')).toHaveLength(1);
    expect(await rowsOf(sale.id, '?q=buyer-9&status=paid')).toHaveLength(0);
  });

  it('refuses an unknown sale, and a filter that is none', async () => {
    const problem = async (saleId: string, query: string) =>
      ((await (await fetchCsv(saleId, query)).json()) as Problem).code;
    expect(await problem('nowhere', '')).toBe('sale_not_found');
    expect(await problem(sale.id, '?status=sold')).toBe('validation_failed');
    expect(await problem(sale.id, '?q=')).toBe('validation_failed');
  });

  // Kept in memory, as much text and its orders would end this process.
  it('of 40,000 orders is whole, from a process that has little memory', async () => {
    const api = await startApiPart({
      REDIS_URL: system.redisUrl,
      DATABASE_URL: system.databaseUrl,
      NODE_OPTIONS: '--max-old-space-size=48',
    });
    onTestFinished(async () => {
      await api.end('SIGTERM');
    });
    const answer = await fetchCsv(sale.id, '', api.url);
    const seen = new Set<number>();
    const odd: string[] = [];
    let bytes = 0;
    let rest = '';
    let last = Number.POSITIVE_INFINITY;
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) {
      bytes += chunk.length;
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const cells = line.split(',');
        if (cells[0] === 'id') continue;
        const number = Number(cells[2]);
        // Newest first, two at a moment, whose ids decide.
        if (cells.length !== 20 || number > last + 1 || cells[0] !== `${sale.id}-${number}`) {
          odd.push(line);
        }
        last = number;
        seen.add(number);
      }
    }
    expect(odd).toEqual([]);
    expect(rest).toBe('');
    expect(seen.size).toBe(ORDERS);
    expect(bytes).toBeGreaterThan(8_000_000);
  });

  it('that breaks off does not look whole, and the log says why', async () => {
    const ended = new Promise<{ orders: number; msg: string; err: object }>((resolve) => {
      reader.onLine = (line) => line.includes('breaker') && resolve(JSON.parse(line));
    });
    const response = await new Promise<IncomingMessage>((resolve) =>
      get(
        `${system.url}/api/admin/sales/${sale.id}/orders.csv`,
        { headers: { authorization: `Bearer ${admin}`, 'x-request-id': 'breaker' } },
        resolve,
      ),
    );
    await once(response, 'readable'); // the first pages are on their way, and no more is read
    await sql`alter table order_items rename to elsewhere`.execute(system.owner);
    onTestFinished(async () => {
      await sql`alter table elsewhere rename to order_items`.execute(system.owner);
    });
    let text = '';
    await expect(
      (async () => {
        for await (const chunk of response) text += String(chunk);
      })(),
    ).rejects.toThrow('aborted');
    expect(text).not.toContain('Error');
    const { orders, msg, err } = await ended;
    expect(msg).toBe('export of orders: broken');
    expect(orders).toBeLessThan(ORDERS);
    expect(err).toMatchObject({ code: '42P01' });
    expect((await fetchCsv(sale.id)).status).toBe(500); // nor is a file begun then
  });

  it('many at once leave room for everybody else', async () => {
    // These are not read, so that none ends before the others are answered.
    const many = await Promise.all(Array.from({ length: 40 }, () => fetchCsv(sale.id)));
    expect(new Set(many.map(({ status }) => status))).toEqual(new Set([200]));
    expect((await client.sale(sale.id)).id).toBe(sale.id);
    expect(await rowsOf(sale.id, '?status=refunded')).toHaveLength(ORDERS / 1_000);
    await Promise.all(many.map(({ body }) => body?.cancel()));
  });

  it('reads no further than its client does, and ends when the client goes away', async () => {
    const response = await new Promise<IncomingMessage>((resolve) =>
      get(
        `${system.url}/api/admin/sales/${sale.id}/orders.csv`,
        { headers: { authorization: `Bearer ${admin}`, 'x-request-id': 'leaver' } },
        resolve,
      ),
    );
    const ended = new Promise<{ orders: number; msg: string }>((resolve) => {
      reader.onLine = (line) => line.includes('leaver') && resolve(JSON.parse(line));
    });
    await once(response, 'readable'); // and nothing more is read
    response.destroy();
    const { orders, msg } = await ended;
    expect(msg).toBe('export of orders: left off');
    expect(orders).toBeLessThanOrEqual(5_000); // a few pages: what buffers on the way have room for
  });
});
