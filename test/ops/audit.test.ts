import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import type { TicketView } from '../../src/api/schemas/ticket.ts';
import { TicketSealer } from '../../src/line/ticket-id.ts';
import { Client } from '../support/client.ts';
import { runCommand } from '../support/parts.ts';
import { SECRET, startSystem, type TestSystem } from '../support/system.ts';

describe('npm run audit', () => {
  let system: TestSystem;
  let client: Client;
  let sale: SaleView;
  let won: TicketView;
  beforeAll(async () => {
    system = await startSystem();
    client = new Client(system.url);
    sale = await client.createSale({ stock: 1 });
    system.startWorker();
    won = await client.buy(sale, await client.token('ann'));
    await client.buy(sale, await client.token('bob'));
    await system.stopWorker();
  });
  afterAll(() => system.stop());

  const run = (...args: string[]) =>
    runCommand('src/ops/audit.ts', args, {
      REDIS_URL: system.redisUrl,
      DATABASE_URL: system.databaseUrl,
      AUTH_JWT_SECRET: SECRET,
      LOG_LEVEL: 'fatal',
    });

  it.each([[[]], [['a', 'b']], [['a', '--what']], [['a', '--ticket']]])(
    'says how it is used, with the exit code 2: %j',
    async (args) => {
      const { code, output } = await run(...args);
      expect(output).toContain('Usage: npm run audit -- SALE [--json]');
      expect(code).toBe(2);
    },
  );

  it('has the exit code 2 where there is nothing to audit', async () => {
    expect(await run('nowhere')).toEqual({ code: 2, output: 'There is no sale nowhere.\n' });
    const foreign = await run(sale.id, '--ticket', 'nobody.0');
    expect(foreign).toMatchObject({ code: 2, output: expect.stringContaining('nobody.0') });
    const broken = await run(sale.id, '--ticket', 'x');
    expect(broken).toMatchObject({ code: 2, output: expect.stringContaining('is no ticket') });
  });

  it('has the exit code 2 where the engines are not there', async () => {
    const away = { REDIS_URL: system.redisUrl, DATABASE_URL: 'postgres://127.0.0.1:1/nowhere' };
    const { code, output } = await runCommand('src/ops/audit.ts', [sale.id], away);
    expect(output).toContain('ECONNREFUSED');
    expect(code).toBe(2);
    const unset = await runCommand('src/ops/audit.ts', [sale.id], { ...away, REDIS_URL: '' });
    expect(unset).toMatchObject({ code: 2, output: expect.stringContaining('REDIS_URL') });
  });

  it('prints a verdict, for people and for machines', async () => {
    const { code, output } = await run(sale.id);
    expect(output).toContain('All is as it should be.');
    expect(code).toBe(0);
    const json = await run(sale.id, '--json');
    expect(JSON.parse(json.output)).toMatchObject({ isSound: true, tickets: 2, drift: 0 });
    expect(json.code).toBe(0);
  });

  it('explains a ticket by its id and by its name', async () => {
    const byId = await run(sale.id, '--ticket', won.ticketId);
    expect(byId.output).toContain('decided as line number 1: held');
    expect(byId.code).toBe(0);
    const name = new TicketSealer([SECRET]).unverifiedIdentity(won.ticketId) ?? '';
    expect(await run(sale.id, '--ticket', name)).toEqual(byId);
  });

  it('has the exit code 1 where the log was changed, and names it', async () => {
    await system.owner
      .updateTable('log')
      .set((eb) => ({ entry: eb.fn<string>('replace', ['entry', eb.val('"S"'), eb.val('"H"')]) }))
      .where('kind', '=', 'decide')
      .execute();
    const { code, output } = await run(sale.id);
    expect(output).toMatch(/^rules +DIFFERENT {2}entry 3 \(decide\): line number 2 got H, by the/m);
    expect(output).toMatch(/^\d parts not as it should be\.$/m);
    expect(code).toBe(1);
    const story = await run(sale.id, '--ticket', won.ticketId);
    expect(story.output).toContain('The log is not what the rules give: entry 3 (decide)');
    expect(story.code).toBe(1);
  });
});
