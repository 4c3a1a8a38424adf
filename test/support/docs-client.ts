import { hc } from 'hono/client';
import type { Api } from '../../src/api/app.ts';

export async function buyOne(url: string, saleId: string, token: string) {
  const { api } = hc<Api>(url, { headers: { Authorization: `Bearer ${token}` } });

  const found = await api.sales[':saleId'].$get({ param: { saleId } });
  if (!found.ok) throw new Error(await found.text()); // a problem: see its code
  const productId = (await found.json()).products[0]?.id ?? '';

  const taken = await api.sales[':saleId'].tickets.$post({
    param: { saleId },
    header: { 'idempotency-key': crypto.randomUUID() }, // the same again after a lost answer
    json: { items: [{ productId, quantity: 1 }] },
  });
  if (!taken.ok) throw new Error(await taken.text());
  const { ticketId } = await taken.json();

  for (;;) {
    const polled = await api.tickets[':ticketId'].$get({
      param: { ticketId },
      query: { wait: '25' },
    });
    if (!polled.ok) throw new Error(await polled.text());
    const ticket = await polled.json();
    if (ticket.status !== 'queued') return ticket; // any decided status
  }
}
