import { CHECKPOINT_EXAMPLE, KEY_EXAMPLE } from '../schemas/proof.ts';
import { newSaleSchema } from '../schemas/sale.ts';

export const SALE = '65d6a5b0-2c5f-4d0c-9b0a-6a4de0f6a1a7';
export const PRODUCT = '0b9f4a3c-7d53-4c8e-8d5b-5f0f6f3f2b11';
export const TICKET = '8ITp9fQm2vXUe1l7sYkC0w5hJ3oNzBqRtA6dGfE4iPu';
export const ORDER = 'fc42c0de-8a7f-4a6e-b6a1-90d5be1a7e53';
export const KEY = '0f3c7c5e-3f0b-4d7c-a8e2-3a1f1b2c4d5e';
const BUYER = '1b8f6d0a-94c2-4f7e-8a35-c7d2e9f04b68';
const INTENT = 'pi_3QxYzAbCdEfGhIjK';
const AT = '2026-11-21T01:27:17.126Z';
const HOLD_ENDS = '2026-11-21T01:37:17.126Z';

const user = { id: BUYER, email: 'ann@example.org', name: 'Ann', role: 'buyer' };
const newProduct = {
  name: 'Stalls',
  description: 'Rows 1 to 20',
  amount: 14_900,
  currency: 'eur',
  stock: 500,
};
const product = {
  ...newProduct,
  id: PRODUCT,
  stock: { total: 500, available: 499, held: 1, sold: 0 },
};
const newSale = {
  name: 'Winter concert',
  description: 'Doors open at seven.',
  startsAt: '2026-11-21T01:00:00.000Z',
  endsAt: '2026-11-28T01:00:00.000Z',
  perBuyerLimit: 4,
  holdSeconds: 600,
  offerSeconds: 300,
  holdLimit: { count: 2, windowSeconds: 600 },
  waitlist: true,
  challenge: false,
  timeZone: 'Europe/Berlin',
  products: [newProduct],
};
const items = [{ productId: PRODUCT, quantity: 1 }];
const proof = {
  saleId: SALE,
  origin: `shop.example/sales/${SALE}`,
  size: 2,
  rootHash: 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=',
  checkpoint: CHECKPOINT_EXAMPLE,
  key: KEY_EXAMPLE,
  counts: {
    ...{ decided: 1, held: 1, waitlisted: 0, soldOut: 0 },
    ...{ rejected: 0, cancelled: 0, paid: 0, refunded: 0 },
  },
  lineNumber: 1,
};
const receipt = {
  saleId: SALE,
  ticketTag: '9pJq2VbXy1Zc8LkT.0',
  position: 1,
  acceptedAt: AT,
  promise: 'Fairline: a promise\n…',
  status: 'held' as const,
  lineNumber: 1,
  leafIndex: 1,
  leaf: '{"seq":2,"entry":{"k":"decide"}}',
  inclusion: ['jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk='],
  checkpoint: CHECKPOINT_EXAMPLE,
  key: KEY_EXAMPLE,
};
const bought = { productId: PRODUCT, name: 'Stalls', quantity: 1, amount: 14_900 };
const order = {
  id: ORDER,
  saleId: SALE,
  ticketId: TICKET,
  status: 'held',
  items: [bought],
  amount: 14_900,
  currency: 'eur',
  holdExpiresAt: HOLD_ENDS,
  createdAt: AT,
};
const paid = {
  ...order,
  status: 'paid',
  paidAt: '2026-11-21T01:30:02.511Z',
  payments: [{ paymentIntentId: INTENT, status: 'succeeded', amount: 14_900, currency: 'eur' }],
};
export const WEBHOOK = '7d1c9b52-3e08-4a64-9f3b-2b5c6f7081a9';
export const DELIVERY = 'c3a5e1f7-60b8-4d29-8c14-9e7f2a0b6d35';
const webhook = {
  id: WEBHOOK,
  saleId: SALE,
  url: 'https://shop.example/fairline',
  events: ['order.paid', 'order.refunded'],
  createdAt: AT,
};
const delivery = {
  id: DELIVERY,
  eventId: '9a4f0c61-7b2d-4e83-a5c9-1d0e8f6b3c72',
  type: 'order.paid',
  orderId: ORDER,
  channel: 'webhook',
  webhookId: WEBHOOK,
  status: 'sent',
  tries: 1,
  createdAt: AT,
  lastTryAt: AT,
  lastAnswer: { status: 200, text: 'OK' },
};
const metrics = {
  holdsCreated: 40,
  holdsExpired: 2,
  holdsCancelled: 1,
  ordersPaid: 31,
  ordersRefunded: 1,
  throttled: 12,
  oversellAttemptsBlocked: 260,
  payments: {
    lateHonoured: 1,
    lateRefunded: 0,
    surplusRefunded: 0,
    wrongAmountRefunded: 0,
    refundsOpen: 0,
    refundsFailed: 0,
    refundsMade: 1,
    refundsEnded: 0,
  },
  disputes: { open: 0, won: 1, lost: 0 },
  waitlist: { waitlisted: 25, waiting: 22, offersMade: 3, offersTaken: 2, offersLetGo: 1 },
  perMinute: [{ minute: '2026-11-21T01:30:00.000Z', sold: 4, expired: 1 }],
};

/** Bodies that are not JSON, by content type: metrics, events, an export of orders. */
export const TEXT_EXAMPLES: Readonly<Record<string, string>> = {
  'text/plain':
    '# HELP fairline_workers Live workers\n# TYPE fairline_workers gauge\nfairline_workers 2\n',
  'application/octet-stream': '32 bytes a hash',
  'text/event-stream':
    `retry: 2000\nid: 1795224437126\ndata: {"phase":"open","products":[{"id":"${PRODUCT}",` +
    '"stock":{"total":500,"available":499,"held":1,"sold":0}}],' +
    `"line":{"waiting":120,"decided":4211},"serverTime":"${AT}"}\n\n`,
  'text/csv':
    '\uFEFFid,ticketId,lineNumber,buyerId,status,items,units,amount,currency,createdAt,holdExpiresAt,' +
    'paidAt,paymentIntentId,paymentStatus,refundReason,amountRefunded,unitsReturned,' +
    'disputeStatus,email,name\r\n' +
    `${ORDER},${TICKET},4212,${BUYER},paid,1 x Stalls,1,14900,eur,${AT},${HOLD_ENDS},` +
    `2026-11-21T01:30:02.511Z,${INTENT},succeeded,,0,0,,ann@example.org,Ann\r\n`,
  'application/jsonl': `{"id":"${ORDER}","ticketId":"${TICKET}","status":"paid"}\n`,
};

/**
 * An example of every schema of a body, by the schema's name. They tell one story: Ann buys a
 * ticket. The linter checks them against their schemas, and a test checks that none is missing.
 */
export const EXAMPLES: Readonly<Record<string, unknown>> = {
  Registration: { email: 'ann@example.org', password: 'correct horse battery', name: 'Ann' },
  Login: { email: 'ann@example.org', password: 'correct horse battery' },
  Guest: { email: 'ann@example.org' },
  RefreshToken: { refreshToken: 'rAEl1Tz6o9v2Qm4XyCw8uPbNfGh3JkLs' },
  Me: { user },
  Session: {
    user,
    accessToken: 'eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIxYjhmIn0.c2lnbmF0dXJl',
    refreshToken: 'rAEl1Tz6o9v2Qm4XyCw8uPbNfGh3JkLs',
    expiresIn: 900,
  },
  NewProduct: newProduct,
  NewSale: newSale,
  SaleChange: { endsAt: '2026-11-29T01:00:00.000Z', perBuyerLimit: 2 },
  Restock: { delta: 50 },
  Refund: { restock: true },
  Product: product,
  Sale: {
    ...newSaleSchema.parse(newSale), // with defaults
    id: SALE,
    phase: 'open',
    serverTime: AT,
    products: [product],
    line: { waiting: 120, decided: 4_211 },
  },
  TicketRequest: { items },
  Place: {
    ticketId: TICKET,
    saleId: SALE,
    status: 'queued',
    position: 4_212,
    ahead: 119,
    retryAfterMs: 250,
  },
  Ticket: { ticketId: TICKET, saleId: SALE, status: 'held', lineNumber: 4_212, order },
  CartItem: { quantity: 1 },
  Cart: { saleId: SALE, items: [{ ...bought, available: 499 }], amount: 14_900, currency: 'eur' },
  Challenge: {
    parameters: {
      algorithm: 'PBKDF2/SHA-256',
      nonce: '6f1c2e9a4b7d',
      salt: '0c5d7e3f9a1b',
      cost: 1_000,
      keyLength: 32,
      keyPrefix: '00a',
      expiresAt: 1_795_224_737,
    },
    signature: 'b3f1c0a6e5d4',
  },
  Proof: proof,
  Receipt: receipt,
  Order: order,
  Contact: { email: 'ann@example.org' },
  AdminOrder: {
    ...paid,
    ...{ buyerId: BUYER, email: 'ann@example.org', name: 'Ann', lineNumber: 4_212 },
    messages: [delivery],
  },
  OrderKey: { key: 'oLEl1Tz6o9v2Qm4XyCw8uPbNfGh3JkLsRtA6dGfE4iPu' },
  OrderAccess: {
    accessToken: 'eyJhbGciOiJIUzI1NiIsInR5cCI6Im9yZGVyK2p3dCJ9.eyJvcmRlciI6ImZjNDIifQ.c2ln',
    expiresIn: 900,
  },
  Payment: {
    orderId: ORDER,
    paymentIntentId: INTENT,
    clientSecret: `${INTENT}_secret_LmNoPqRsTuVwXyZ`,
    publishableKey: 'pk_test_fairline',
    amount: 14_900,
    currency: 'eur',
    holdExpiresAt: HOLD_ENDS,
  },
  Metrics: metrics,
  SaleMetrics: {
    ...metrics,
    products: [
      { id: PRODUCT, name: 'Stalls', total: 500, available: 462, held: 7, sold: 31, expired: 2 },
    ],
  },
  AdminAction: {
    id: '17',
    at: AT,
    actor: { id: BUYER, email: 'ann@example.org' },
    action: 'product.restock',
    saleId: SALE,
    subjectId: PRODUCT,
    before: { total: 450, available: 0, held: 7, sold: 443 },
    after: { delta: 50, repeated: false, total: 500, available: 50, held: 7, sold: 443 },
    outcome: 'done',
    address: 'pX2kq0Zb1uT8cYwA',
    requestId: '5f0d0a2e-6c8e-4f4b-9a6e-1b7c2d3e4f50',
  },
  NewWebhook: { url: webhook.url, events: webhook.events },
  Webhook: webhook,
  MadeWebhook: { ...webhook, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' },
  Delivery: delivery,
  Config: {
    payments: 'stripe',
    publishableKey: 'pk_test_fairline',
    allowGuests: true,
    serverTime: AT,
  },
  Received: { received: true },
  Health: { status: 'ok' },
  Readiness: { status: 'ready', redis: 'up', postgres: 'up', workers: 2 },
};
