import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuditReport, auditSale, isSound } from '../../src/audit/audit.ts';
import { storyOf } from '../../src/audit/ticket-story.ts';
import { formatReport, toJson } from '../../src/audit/verdict.ts';
import { TicketSealer } from '../../src/line/ticket-id.ts';
import { Payer, type PaymentSystem, startPaymentSystem } from '../support/payments.ts';
import { SECRET } from '../support/system.ts';
import { archiveSale, type FullSale, playSale, untilFollowed } from './selling.ts';

describe('the audit of an honest sale', () => {
  let system: PaymentSystem;
  let client: Payer;
  beforeAll(async () => {
    system = await startPaymentSystem();
    system.startWorker();
    client = new Payer(system);
  });
  afterAll(() => system.stop());

  const differencesOf = ({ parts }: AuditReport) =>
    parts.flatMap(({ name, difference }) => (difference === undefined ? [] : [name, difference]));
  const audit = async (sale: string) => {
    const report = await auditSale(system, sale);
    if (report === undefined) throw new Error('there is no such sale');
    return report;
  };

  it('says so of one to which nothing has happened, and of one that there is not', async () => {
    const sale = await client.createSale({ stock: 3 });
    const report = await audit(sale.id);
    expect(differencesOf(report)).toEqual([]);
    expect(report).toMatchObject({ tickets: 0, winners: 0, publicLog: undefined });
    expect(formatReport(report, new Date())).toContain('Nothing is in it yet.');
    expect(await auditSale(system, 'nowhere')).toBeUndefined();
  });

  it('finds no difference while it is selling', async () => {
    const sale = await client.createSale({ stock: 20, waitlist: true });
    const tokens = await Promise.all(
      Array.from({ length: 60 }, (_, i) => client.token(`crowd-${i}`)),
    );
    const selling = Promise.all(
      tokens.map(async (token, i) => {
        const { order } = await client.buy(sale, token);
        if (order === undefined || i % 2 === 0) return;
        await client.call('POST', `/api/orders/${order.id}/cancel`, { token });
      }),
    );
    let isSelling = true;
    void selling.finally(() => {
      isSelling = false;
    });
    const tickets = [];
    do {
      const report = await audit(sale.id);
      expect(differencesOf(report)).toEqual([]);
      tickets.push(report.tickets);
    } while (isSelling);
    await selling;
    expect(tickets.some((count) => count < 60)).toBe(true); // it was in the middle of it
    expect(await audit(sale.id)).toMatchObject({ tickets: 60, winners: expect.any(Number) });
  });

  describe('to which everything has happened', () => {
    let full: FullSale;
    beforeAll(async () => {
      full = await playSale(system);
      await untilFollowed(system, full.sale.id);
    });

    const tell = async ({ ticketId }: { readonly ticketId: string }) => {
      const identity = new TicketSealer([SECRET]).unverifiedIdentity(ticketId) ?? '';
      const story = await storyOf(system.db, full.sale.id, identity);
      expect(story?.isSound).toBe(true);
      return story?.text ?? '';
    };

    it('is told on a page, and to machines', async () => {
      const report = await audit(full.sale.id);
      expect(differencesOf(report)).toEqual([]);
      const page = formatReport(report, new Date());
      for (const line of [
        /^Audit of sale \S+, "All of it", shard 0, /,
        /^Tickets +10 decided, line numbers 1 to 10$/m,
        /^Winners +6: 3 paid, 1 refunded$/m,
        /^Units +4: 2 available, 0 held, 2 sold$/m,
        /^Inversions +0$/m,
        /^Public log +26 leaves\n +root \S+=$/m,
        /^checkpoint +ok {2}signature by test\.example\+/m,
        /^All is as it should be\.$/m,
      ]) {
        expect(page).toMatch(line);
      }
      expect(page.trim().split('\n').length).toBeLessThan(40);
      expect(JSON.parse(toJson(report, new Date()))).toMatchObject({
        ...{ isSound: true, sale: full.sale.id, tickets: 10, winners: 6, inversions: 0 },
        parts: expect.arrayContaining([expect.objectContaining({ name: 'rules', isSound: true })]),
      });
    });

    it('explains a ticket that waited, was offered units and let them go', async () => {
      const story = await tell(full.gil);
      const times = [...story.matchAll(/^(\d{4}-\S+Z) /gm)].map(([, at]) => at);
      expect(times).toEqual(times.toSorted());
      const order = [
        'it wants 1 of "Product 1"',
        /Z {2}accepted as position \d+, place 1 of 1 in job/,
        /Z {2}its turn: entry \d+, behind line number \d+$/m,
        '0 units of "Product 1" available, it wants 1',
        /too little for it since entry \d+ \(\S+Z\), which ended at line number \d+/,
        'its buyer had no claim and 0 units; the limit was 3',
        'decided as line number 7: waitlisted',
        /entry \d+: it was offered its units, and holds them/,
        /entry \d+: the hold of line number 7 expired, its units came back/,
        /^Order \S+: expired, 1000 eur in minor units/m,
        /^In the public log: leaf \d+\.$/m,
        'The rules, replayed from the log, give the same for every ticket of the sale.',
      ];
      let at = 0;
      for (const words of order) {
        const from = story.slice(at);
        const found = typeof words === 'string' ? from.indexOf(words) : from.search(words);
        expect(found, `${words} in\n${from}`).toBeGreaterThanOrEqual(0);
        at += found;
      }
    });

    it('explains who left the waitlist, and who waited in vain', async () => {
      expect(await tell(full.hal)).toMatch(/entry \d+: its waiting ended \(leave\): cancelled/);
      expect(await tell(full.late)).toMatch(/entry \d+: its waiting ended \(close\): sold_out/);
    });

    it('explains what was paid, and what of it went back', async () => {
      const ann = await tell(full.ann);
      expect(ann).toMatch(/entry \d+: line number 2 was paid by payment pi_/);
      expect(ann).toMatch(/a part of the order of line number 2 was refunded: 1 of product 0 are/);
      expect(ann).toMatch(/^Payment pi_\S+: succeeded, paid; refund of 1000 \(requested\)/m);
      expect(await tell(full.dot)).toMatch(/was paid late by payment pi_\S+, its units were taken/);
    });

    it('explains a refusal by what its buyer had', async () => {
      const limited = await tell(full.limited);
      expect(limited).toContain('its buyer had no claim and 2 units; the limit was 3');
      expect(limited).toContain('earlier tickets of its buyer: line number 2 (held)');
      expect(limited).toContain('decided as line number 3: rejected_limit_reached');
      const second = await tell(full.second);
      expect(second).toMatch(/its buyer had a live claim, ticket \S+\.0 and 1 unit;/);
      expect(second).toMatch(/rejected_duplicate, because of ticket \S+\.0$/m);
      expect(await tell(full.repeat)).toMatch(/a repeat of ticket \S+\.0, with its key/);
    });

    it('has no story of a ticket that there is not', async () => {
      expect(await storyOf(system.db, full.sale.id, 'nobody.0')).toBeUndefined();
      const identity = new TicketSealer([SECRET]).unverifiedIdentity(full.gil.ticketId) ?? '';
      const [uid] = identity.split('.');
      expect(await storyOf(system.db, full.sale.id, `${uid}.9`)).toBeUndefined();
      expect(await storyOf(system.db, 'another', identity)).toBeUndefined();
    });

    it('is as sound once it is archived, and when it has come back', async () => {
      await archiveSale(system, full.sale.id);
      await untilFollowed(system, full.sale.id);
      const archived = await audit(full.sale.id);
      expect(differencesOf(archived)).toEqual([]);
      const token = await client.token('seller', 'admin');
      const path = `/api/admin/orders/${full.ann.orderId}/refund`;
      const { status } = await client.call('POST', path, { token, body: {} });
      expect(status).toBe(200);
      await untilFollowed(system, full.sale.id);
      const back = await audit(full.sale.id);
      expect(differencesOf(back)).toEqual([]);
      expect(isSound(back)).toBe(true);
      expect(back.counts.refunded).toBe(2);
    });
  });
});
