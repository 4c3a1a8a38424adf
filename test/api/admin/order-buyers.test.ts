import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionView } from '../../../src/api/schemas/auth.ts';
import type { AdminOrderView } from '../../../src/api/schemas/order.ts';
import type { SaleView } from '../../../src/api/schemas/sale.ts';
import { findContact, noteContacts } from '../../../src/db/contacts.ts';
import type { Problem } from '../../support/client.ts';
import { silent } from '../../support/database.ts';
import { type MailServer, startMailServer } from '../../support/mail-server.ts';
import { deliverDue, mailsTo } from '../../support/messages.ts';
import { Payer, type PaymentSystem, startPaymentSystem } from '../../support/payments.ts';

describe('the buyer of an order, for its seller', () => {
  let system: PaymentSystem;
  let client: Payer;
  let admin: string;
  let sale: SaleView;
  let server: MailServer;
  beforeAll(async () => {
    system = await startPaymentSystem();
    system.startWorker();
    client = new Payer(system);
    admin = await client.token('seller', 'admin');
    sale = await client.createSale({ stock: 50 });
    server = await startMailServer();
  });
  afterAll(async () => {
    await system.stop();
    await server.stop();
  });

  let people = 0;
  const signUp = async (path: 'guest' | 'register', body: { email: string; name?: string }) => {
    const password = path === 'guest' ? {} : { password: 'correct horse' };
    const answer = await client.call<SessionView>('POST', `/api/auth/${path}`, {
      body: { ...body, ...password },
    });
    expect(answer.status).toBe(201);
    await untilNoted(answer.body.user.id);
    return answer.body;
  };
  const untilNoted = (buyer: string) =>
    expect.poll(() => findContact(system.db, buyer)).toBeDefined();
  const buy = async ({ accessToken: token }: SessionView) => {
    const { order } = await client.buy(sale, token);
    return order?.id ?? '';
  };
  const pay = async (orderId: string, token: string) => {
    await client.confirm(await client.payment(orderId, token));
    await client.until({ orderId, token }, 'paid');
  };
  const find = async (q: string) => {
    const path = `/api/admin/sales/${sale.id}/orders?q=${encodeURIComponent(q)}`;
    return (await client.call<{ items: AdminOrderView[] }>('GET', path, { token: admin })).body
      .items;
  };
  const idsOf = async (q: string) => (await find(q)).map(({ id }) => id);
  const correct = (orderId: string, body: object) =>
    client.call<AdminOrderView & Problem>('PUT', `/api/admin/orders/${orderId}/contact`, {
      token: admin,
      body,
    });
  const deliver = () => {
    const webhooks = { allowLocal: true };
    const nowMs = () => Date.now() + 1_000;
    return deliverDue({ db: system.db, log: silent, nowMs, mails: mailsTo(server), webhooks });
  };

  it('is shown and found by address, whole or its beginning, in whatever case', async () => {
    const session = await signUp('register', { email: 'Mia.Shown@example.org', name: 'Mia Shown' });
    const id = await buy(session);
    for (const q of ['mia.shown@example.org', 'MIA.SHOWN@EXAMPLE.ORG', 'mia.sh', 'mia']) {
      expect([q, await find(q)]).toMatchObject([
        q,
        [{ id, email: 'Mia.Shown@example.org', name: 'Mia Shown' }],
      ]);
    }
    for (const q of ['mi', 'shown@example.org', 'mia_shown', '%', 'mia%', 'nobody@example.org']) {
      expect([q, await find(q)]).toEqual([q, []]);
    }
  });

  it('is in the file of orders', async () => {
    const session = await signUp('register', { email: 'file@example.org', name: 'Finn, File' });
    const id = await buy(session);
    const csv = await client.call<string>(
      'GET',
      `/api/admin/sales/${sale.id}/orders.csv?q=file@example.org`,
      { token: admin },
    );
    const [head, row] = csv.body.split('\r\n');
    expect(head).toMatch(/,email,name$/);
    expect(row).toMatch(new RegExp(`^${id},.*,file@example\\.org,"Finn, File"$`));
  });

  it('is known by the address of their account once the contact is not kept any more', async () => {
    const session = await signUp('register', { email: 'kept@example.org' });
    const guest = await signUp('guest', { email: 'gone@example.org' });
    const [kept, gone] = [await buy(session), await buy(guest)];
    await system.db
      .deleteFrom('contacts')
      .where('buyer_id', 'in', [session.user.id, guest.user.id])
      .execute();
    expect(await find('kept@example.org')).toMatchObject([{ id: kept, email: 'kept@example.org' }]);
    expect(await idsOf('gone@example.org')).toEqual([]);
    expect((await find(gone))[0]).not.toHaveProperty('email');
  });

  it('has a mistyped address corrected, and the mails sent again', async () => {
    const [wrong, right] = [`ann${++people}@exmaple.org`, `ann${people}@example.org`];
    const guest = await signUp('guest', { email: wrong });
    const orderId = await buy(guest);
    await pay(orderId, guest.accessToken);
    await deliver();
    expect(server.mails.at(-1)).toMatchObject({ to: [wrong] });
    const [, key = ''] = /#key=([\w-]+)/.exec(server.mails.at(-1)?.parsed.text ?? '') ?? [];
    const open = () => client.call('POST', `/api/orders/${orderId}/access`, { body: { key } });
    expect((await open()).status).toBe(200);

    const answer = await correct(orderId, { email: right });
    expect(answer).toMatchObject({
      status: 200,
      body: { id: orderId, email: right, messages: [{ status: 'waiting', channel: 'mail' }] },
    });
    expect(await idsOf(right)).toEqual([orderId]);
    expect(await idsOf(wrong)).toEqual([]);
    await deliver();
    expect(server.mails.at(-1)).toMatchObject({ to: [right], parsed: { subject: 'Paid: Sale' } });
    // The stranger who got the first mail has nothing of it any more.
    expect(await open()).toMatchObject({ status: 404, body: { code: 'invalid_link' } });
  });

  it('loses no link to another order: its mails are sent again too', async () => {
    const [wrong, right] = [`eve${++people}@exmaple.org`, `eve${people}@example.org`];
    const guest = await signUp('guest', { email: wrong });
    const first = await buy(guest);
    await pay(first, guest.accessToken);
    const second = await buy(guest);
    await pay(second, guest.accessToken);
    await deliver();
    await correct(first, { email: right });
    await deliver();
    const links = server.mails
      .filter(({ to }) => to.includes(right))
      .map(({ parsed }) => /orders\/(\S+)#key=([\w-]+)/.exec(parsed.text ?? '') ?? []);
    expect(links.map(([, orderId]) => orderId).sort()).toEqual([first, second].sort());
    // Nor does a second click, with the same address.
    await correct(second, { email: right });
    for (const [, orderId, key] of links) {
      const opened = await client.call('POST', `/api/orders/${orderId}/access`, { body: { key } });
      expect(opened.status).toBe(200);
    }
  });

  it('keeps the corrected address, whatever older tokens say, until a new one comes', async () => {
    const [wrong, right] = [`bob${++people}@exmaple.org`, `bob${people}@example.org`];
    const guest = await signUp('guest', { email: wrong });
    const orderId = await buy(guest);
    const buyer = guest.user.id;
    await correct(orderId, { email: `bob${people}@example.com` });
    await correct(orderId, { email: right });
    for (const old of [wrong, `bob${people}@example.com`]) {
      await noteContacts(system.db, [{ buyer, email: old }]);
      expect(await findContact(system.db, buyer)).toBe(right);
    }
    const { refreshToken } = guest;
    const next = await client.call<SessionView>('POST', '/api/auth/refresh', {
      body: { refreshToken },
    });
    expect(next.body.user.email).toBe(right);
    // The seller was wrong: the first one was right.
    await correct(orderId, { email: wrong });
    await noteContacts(system.db, [{ buyer, email: wrong }]);
    expect(await findContact(system.db, buyer)).toBe(wrong);
    await noteContacts(system.db, [{ buyer, email: 'new@example.org' }]);
    expect(await findContact(system.db, buyer)).toBe('new@example.org');
  });

  it('is corrected even before an address was collected', async () => {
    const { orderId } = await client.hold(sale);
    const answer = await correct(orderId, { email: 'first@example.org' });
    expect(answer).toMatchObject({ status: 200, body: { email: 'first@example.org' } });
  });

  it('is changed by what is an address only, of an order that is there', async () => {
    const { orderId } = await client.hold(sale);
    for (const email of ['nobody', 'a@example.org, b@example.org', '', null]) {
      const answer = await correct(orderId, { email });
      expect(answer).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
    }
    const missing = await correct(crypto.randomUUID(), { email: 'a@example.org' });
    expect(missing).toMatchObject({ status: 404, body: { code: 'order_not_found' } });
  });

  it('leaves a trail without addresses', async () => {
    const guest = await signUp('guest', { email: 'trail@exmaple.org' });
    const orderId = await buy(guest);
    await correct(orderId, { email: 'trail@example.org' });
    const { body } = await client.call<{ items: { subjectId: string }[] }>(
      'GET',
      '/api/admin/actions?action=order.contact',
      { token: admin },
    );
    const [trace] = body.items.filter(({ subjectId }) => subjectId === orderId);
    expect(trace).toMatchObject({ saleId: sale.id, outcome: 'done', after: { mails: 0 } });
    expect(JSON.stringify(body)).not.toMatch(/trail@/);
  });
});
