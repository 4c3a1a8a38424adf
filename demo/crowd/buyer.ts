import { setTimeout as sleep } from 'node:timers/promises';
import type { OrderView } from '../../src/api/schemas/order.ts';
import type { PaymentView } from '../../src/api/schemas/payment.ts';
import type { TicketView } from '../../src/api/schemas/ticket.ts';
import { persist } from './calls.ts';
import { chooseProduct, type Scene } from './scene.ts';
import { awaitDecision, takeTicket } from './ticket.ts';

/** What a buyer does with a hold. */
export type Intent = 'pay' | 'quit' | 'lapse';

const THINKS_MS = { min: 200, max: 3_000 };
/** How long a buyer stays on the waitlist. */
const STAYS_MS = 10_000;
/** How long the webhook that marks an order as paid may take. */
const SETTLES_MS = 60_000;
const LOOK_MS = 1_000;

/** Arrives, looks, thinks, takes a ticket, waits, and acts on the result. */
export async function live(scene: Scene, buyer: string, intent: Intent): Promise<void> {
  const { sale, tally } = scene;
  tally.add('arrived');
  const token = await scene.tokenOf(buyer);
  const { status, code } = await persist(scene, 'GET', `/api/sales/${sale.id}`);
  if (status !== 200) tally.fail(`reading the sale: ${status} ${code}`);
  await think(scene);
  const productId = chooseProduct(sale, Math.random());
  const ticketId = await takeTicket(scene, { token, productId });
  if (ticketId !== undefined) await follow(scene, { token, ticketId, intent });
}

interface Ticket {
  readonly token: string;
  readonly ticketId: string;
  readonly intent: Intent;
}

/** Waits for the decision of a ticket and handles its outcome. */
export async function follow(scene: Scene, ticket: Ticket): Promise<void> {
  const { tally } = scene;
  const { ticketId, token } = ticket;
  tally.add('inLine');
  let decided: TicketView | undefined;
  try {
    decided = await awaitDecision(scene, ticketId, token);
  } finally {
    tally.add('inLine', -1);
  }
  if (decided?.status === 'waitlisted') decided = await wait(scene, ticket);
  switch (decided?.status) {
    case undefined:
      return;
    case 'held':
      return use(scene, ticket, decided.order);
    case 'sold_out':
      return tally.add('soldOut');
    case 'rejected':
      return tally.add('rejected');
    default: // paid, or given back by another request of the same buyer
      return;
  }
}

/** Stays on the waitlist for a while; an offer in that time is as good as any hold. */
async function wait(scene: Scene, { ticketId, token }: Ticket): Promise<TicketView | undefined> {
  const { api, tally } = scene;
  tally.add('waitlisted');
  const leavesAt = performance.now() + STAYS_MS * (0.5 + Math.random());
  while (performance.now() < leavesAt) {
    const answer = await persist<TicketView>(scene, 'GET', `/api/tickets/${ticketId}`, token);
    if (answer.status === 200 && answer.body.status !== 'waitlisted') return answer.body;
    await sleep(LOOK_MS, undefined, { signal: api.signal });
  }
  const left = await persist<TicketView>(scene, 'DELETE', `/api/tickets/${ticketId}`, token);
  return left.body;
}

async function use(scene: Scene, ticket: Ticket, order: OrderView | undefined): Promise<void> {
  const { tally, config } = scene;
  const { token, ticketId, intent } = ticket;
  tally.add('held');
  try {
    await think(scene);
    if (intent === 'quit') {
      const { status, code } = await persist(scene, 'DELETE', `/api/tickets/${ticketId}`, token);
      if (status === 200) tally.add('quit');
      else tally.fail(`giving back: ${status} ${code}`);
    } else if (intent === 'pay' && config.payments === 'stand-in' && order !== undefined) {
      await pay(scene, token, order.id);
    } else {
      tally.add('lapsed');
    }
  } finally {
    tally.add('held', -1);
  }
}

async function pay(scene: Scene, token: string, orderId: string): Promise<void> {
  const { api, tally, config } = scene;
  const path = `/api/orders/${orderId}`;
  const payment = await persist<PaymentView>(scene, 'POST', `${path}/payment`, token);
  // A buyer who thought for too long has lost it.
  if (payment.code === 'order_not_payable') return tally.add('lapsed');
  if (payment.status !== 200) {
    return tally.fail(`paying: ${payment.status} ${payment.code}`);
  }
  const confirmed = await api.confirm(config, payment.body);
  if (confirmed !== 200) return tally.fail(`confirming: ${confirmed}`);
  const endsAt = performance.now() + SETTLES_MS;
  while (performance.now() < endsAt) {
    const { body } = await persist<OrderView>(scene, 'GET', path, token);
    if (body.status === 'paid') return tally.add('paid');
    await sleep(LOOK_MS, undefined, { signal: api.signal });
  }
  tally.fail(`an order is not paid ${SETTLES_MS / 1_000} s after its payment`);
}

function think({ api }: Scene): Promise<void> {
  const ms = THINKS_MS.min + Math.random() * (THINKS_MS.max - THINKS_MS.min);
  return sleep(ms, undefined, { signal: api.signal });
}
