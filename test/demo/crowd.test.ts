import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFaults } from '../../demo/crowd/faults.ts';
import { readOptions } from '../../demo/crowd/options.ts';
import { lineOf, pictureOf } from '../../demo/crowd/picture.ts';
import { Tally } from '../../demo/crowd/tally.ts';
import type { SaleEventView, SaleView } from '../../src/api/schemas/sale.ts';
import { Client } from '../support/client.ts';
import { type PaymentSystem, startPaymentSystem } from '../support/payments.ts';
import { SECRET } from '../support/system.ts';

const MAIN = join(import.meta.dirname, '../../demo/crowd/main.ts');

function startCrowd(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, AUTH_JWT_SECRET: SECRET, ...env },
  });
  const ended = Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]).then(
    ([[code], output, complaint]) => ({ code: code as number | null, output, complaint }),
  );
  return { child, ended };
}

describe('a crowd', () => {
  let system: PaymentSystem;
  let client: Client;
  beforeAll(async () => {
    system = await startPaymentSystem({
      limits: { tickets_buyer: 5 },
    });
    system.startWorker();
    client = new Client(system.url);
  });
  afterAll(() => system.stop());

  it('of 60 buys out a sale of 20, while bots are refused', async () => {
    const sale = await client.createSale({ stock: 20, name: 'Crowd' });
    const args = [
      '--sale',
      'Crowd',
      '--buyers',
      '60',
      '--seconds',
      '2',
      '--pay',
      '1',
      '--quit',
      '0',
    ];
    const { ended } = startCrowd(['--url', system.url, '--bots', '3', ...args]);
    const { code, output, complaint } = await ended;
    expect([code, complaint]).toEqual([0, '']);
    const last = output.split('\n').find((line) => line.startsWith('arrived 60'));
    expect(last).toMatch(/in line 0, held 0, paid 20, .*errors 0$/);
    expect(last).not.toContain('refused (429) 0');
    expect((await client.sale(sale.id)).products).toMatchObject([
      { stock: { total: 20, available: 0, held: 0, sold: 20 } },
    ]);
    expect(output).toContain('Nothing went wrong.');
  });

  it('solves challenges, gives holds back, and takes waitlist offers', async () => {
    await client.createSale({ stock: 3, name: 'Hard', challenge: true, waitlist: true });
    const args = ['--sale', 'Hard', '--buyers', '6', '--seconds', '0', '--pay', '0', '--quit', '1'];
    const { ended } = startCrowd(['--url', system.url, '--bots', '0', ...args]);
    const { code, output, complaint } = await ended;
    expect([code, complaint]).toEqual([0, '']);
    expect(output).toMatch(/arrived 6, in line 0, held 0, paid 0, quit 6,/);
  });

  it('stops at once on Ctrl-C, with its results so far', async () => {
    await client.createSale({ name: 'Long' });
    const args = ['--url', system.url, '--sale', 'Long', '--buyers', '10', '--seconds', '600'];
    const { child, ended } = startCrowd([...args, '--bots', '0']);
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    const { code, output } = await ended;
    expect(code).toBe(0);
    expect(output).toMatch(/^Long, \d/m);
  });

  it('names invalid options', async () => {
    const unknown = await startCrowd(['--url', system.url, '--sale', 'nothing']).ended;
    expect([unknown.code, unknown.complaint]).toEqual([1, 'There is no sale "nothing".\n']);
    const forged = await startCrowd(['--url', system.url, '--buyers', '1', '--seconds', '0'], {
      AUTH_JWT_SECRET: 'another secret that is long enough',
    }).ended;
    expect(forged.code).toBe(1);
    expect(forged.complaint).toContain('a ticket: 401 unauthenticated');
  });
});

it.each([
  [['--buyers', '5001'], '--buyers must be'],
  [['--buyers', '1.5'], '--buyers must be'],
  [['--pay', '0.8', '--quit', '0.3'], 'more than 1'],
  [['--url', 'https://shop.example'], '--allow-remote'],
  [['--url', 'nonsense'], '--url must be'],
])('a crowd of %j is none', (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
});

it('goes to another machine only with --allow-remote', () => {
  const { url } = readOptions(['--url', 'https://shop.example/x', '--allow-remote']);
  expect(url).toBe('https://shop.example');
  expect(readOptions([])).toMatchObject({ buyers: 500, seconds: 30, pay: 0.7, bots: 5 });
});

it.each([
  ['all is in order', { available: 8, held: 1, sold: 11 }, 1, []],
  ['more is sold than there was', { available: -1, held: 1, sold: 20 }, 10, ['OVERSOLD']],
  ['units are lost', { available: 7, held: 1, sold: 11 }, 1, ['OVERSOLD']],
  [
    'an order is paid without a unit',
    { available: 10, held: 0, sold: 10 },
    1,
    ['1 orders are paid'],
  ],
])('tells whether %s', (_, stock, paid, expected) => {
  const tally = new Tally();
  tally.add('paid', paid);
  const at = (now: object) => ({ products: [{ id: 'p', stock: { total: 20, ...now } }] });
  // Views with what the crowd reads of them and nothing else: hence the casts here and below.
  const sale = at({ available: 10, held: 0, sold: 10 }) as unknown as SaleView;
  const event = at(stock) as unknown as SaleEventView; // as above
  const faults = findFaults({ sale, tally }, event);
  expect(faults.map((fault) => expected.find((begin) => fault.startsWith(begin)))).toEqual(
    expected,
  );
  tally.fail('a poll: 500 internal_error');
  expect(findFaults({ sale, tally }, undefined)).toEqual(['1 x a poll: 500 internal_error']);
});

it('shows how much of each product is sold and held', async () => {
  const tally = new Tally();
  tally.add('paid', 5);
  for (const ms of [1, 2, 3, 40]) tally.accepted(ms);
  const stock = { total: 20, available: 10, held: 5, sold: 5 };
  const sale = { name: 'Sale', phase: 'open', products: [{ id: 'p', name: 'Pair', stock }] };
  // As above.
  const moment = { sale, latest: undefined, tally, seconds: 3 } as unknown as Parameters<
    typeof pictureOf
  >[0];
  expect(lineOf(moment)).toContain('3 s: arrived 0, in line 0, held 0, paid 5');
  const picture = pictureOf(moment);
  expect(picture).toContain('tickets accepted within 3 ms (p50), 40 ms (p95)');
  const bar = '█'.repeat(10) + '▒'.repeat(10) + '·'.repeat(20);
  expect(picture.at(-1)).toBe(`Pair  ${bar}  sold 5, held 5, available 10 of 20`);
});
