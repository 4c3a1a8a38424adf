import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProofView, ReceiptView } from '../../../src/api/schemas/proof.ts';
import { Client } from '../../support/client.ts';
import { LOG_VKEY, verifySale } from '../../support/public-log.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

describe('the proof of a sale', () => {
  let system: TestSystem;
  let client: Client;
  beforeAll(async () => {
    system = await startSystem();
    system.startWorker();
    client = new Client(system.url);
  });
  afterAll(() => system.stop());

  const proofOf = async (saleId: string) => {
    const { status, body } = await client.call<ProofView>('GET', `/api/sales/${saleId}/proof`);
    expect(status).toBe(200);
    return body;
  };
  const receiptOf = async (ticketId: string, token: string) =>
    client.call<ReceiptView>('GET', `/api/tickets/${ticketId}/receipt`, { token });

  it('is that of an empty log before anything happened', async () => {
    const sale = await client.createSale();
    expect(await proofOf(sale.id)).toMatchObject({ saleId: sale.id, size: 0, lineNumber: 0 });
    expect((await verifySale(system.url, sale.id)).findings).toEqual([]);
  });

  it('covers every decision a moment after it is public, and anybody can check it', async () => {
    const sale = await client.createSale({ stock: 2, waitlist: true });
    const buyers = ['ann', 'bob', 'cy', 'dot'];
    const tickets = [];
    for (const buyer of buyers) {
      const token = await client.token(buyer);
      const { ticketId } = (await client.take(sale, token)).body;
      await client.poll(ticketId, token);
      tickets.push({ ticketId, token });
    }
    await expect.poll(async () => (await proofOf(sale.id)).lineNumber).toBe(4);

    const proof = await proofOf(sale.id);
    const counts = { decided: 4, held: 2, waitlisted: 2, soldOut: 0, rejected: 0, cancelled: 0 };
    expect(proof.counts).toEqual({ ...counts, paid: 0, refunded: 0 });
    expect(proof.origin).toBe(`test.example/sales/${sale.id}`);
    const receipts = await Promise.all(
      tickets.map(async ({ ticketId, token }) => (await receiptOf(ticketId, token)).body),
    );
    const verdict = await verifySale(system.url, sale.id, { receipts, counts: proof.counts });
    expect(verdict.findings).toEqual([]);
    expect(verdict.outcomes).toBe('HHWW');
    expect(verdict.receipts.map(({ found }) => found?.lineNumber)).toEqual([1, 2, 3, 4]);
    expect(receipts[2]).toMatchObject({ status: 'waitlisted', lineNumber: 3, position: 3 });
  });

  it('promises a place to who is still in line', async () => {
    const sale = await client.createSale();
    const token = await client.token('eve');
    await system.stopWorker();
    const { ticketId } = (await client.take(sale, token)).body;
    const { status, body } = await receiptOf(ticketId, token);
    expect(status).toBe(200);
    expect(body).toMatchObject({ saleId: sale.id, status: 'queued', position: 1 });
    expect(body).not.toHaveProperty('leafIndex');
    const pending = await verifySale(system.url, sale.id, { receipts: [body] });
    expect(pending.findings).toEqual([]);
    expect(pending.receipts).toMatchObject([{ isPending: true, promise: { position: 1 } }]);

    system.startWorker();
    await client.poll(ticketId, token);
    const decided = (await receiptOf(ticketId, token)).body;
    expect(decided).toMatchObject({ ...body, status: 'held', leafIndex: expect.any(Number) });
    const verdict = await verifySale(system.url, sale.id, { receipts: [body, decided] });
    expect(verdict.findings).toEqual([]);
  });

  it('gives a receipt to the buyer of the ticket only', async () => {
    const sale = await client.createSale();
    const { ticketId } = (await client.take(sale, await client.token('fay'))).body;
    const { status, body } = await receiptOf(ticketId, await client.token('gus'));
    expect([status, body]).toMatchObject([404, { code: 'ticket_not_found' }]);
  });

  it('names the key that verifies it', async () => {
    const response = await fetch(`${system.url}/.well-known/fairline-log-key`);
    const [key = ''] = (await response.text()).split('\n');
    expect(key.startsWith(`test.example+${LOG_VKEY.keyId}+`)).toBe(true);
  });

  it.each(['tile/0/001', 'tile/0/000.p/2', 'tile/00/000.p/1', 'tile/entries', 'x', 'tile/1/000'])(
    'has no %s in a log of one leaf',
    async (path) => {
      const sale = await client.createSale();
      const token = await client.token(`ida ${path}`);
      await client.poll((await client.take(sale, token)).body.ticketId, token);
      const answer = await client.call('GET', `/api/sales/${sale.id}/log/${path}`);
      expect(answer.status).toBe(404);
    },
  );
});
