import { type NotNull, type Selectable, sql } from 'kysely';
import {
  type Channel,
  type DeliveryState,
  type MessageKind,
  type TicketMessageKind,
  WAIT_ENDED,
} from '../domain/message.ts';
import type { Task } from '../domain/task.ts';
import type { Db } from './client.ts';
import type { Database } from './schema.ts';
import { keepEndpoint } from './webhook-endpoints.ts';

/** A delivery to be tried: its channel, its id. */
export type DeliveryTask = Task<Channel>;

/** A delivery with the content of its message, which is about an order. */
export type DeliveryRecord = Selectable<Database['deliveries']> & {
  readonly kind: MessageKind;
  readonly order_id: string;
  readonly sale_id: string;
};

/** Due mails taken per poll. */
const MAILS_MAX = 200;

/**
 * Webhooks of one endpoint in the queue or being tried, across all workers: an endpoint that hangs
 * delays only its own.
 */
export const ENDPOINT_MAX = 20;

/**
 * Due deliveries that no worker is trying, the longest waiting first; mails only if mails are sent.
 * Deliveries in progress count towards the `ENDPOINT_MAX` of their endpoint; and as the order is
 * stable, what is already queued is at the beginning of the next list.
 */
export async function listDueDeliveries(
  db: Db,
  { now, mails }: { readonly now: Date; readonly mails: boolean },
): Promise<DeliveryTask[]> {
  const isDue = sql`state = 'waiting' and next_try_at <= ${now}
    and (claimed_until is null or claimed_until <= ${now})`;
  const { rows } = await sql<DeliveryTask>`
    (select 'mail' as name, deliveries.id from deliveries join messages on messages.id = message_id
      where ${mails} and channel = 'mail' and ${isDue}
      order by kind = ${WAIT_ENDED}, next_try_at, deliveries.position limit ${MAILS_MAX})
    union all
    (select 'webhook', due.id from webhook_endpoints endpoint cross join lateral (
        select id from deliveries
        where endpoint_id = endpoint.id and channel = 'webhook' and ${isDue}
        order by next_try_at, position
        limit greatest(0, ${ENDPOINT_MAX} - (
          select count(*) from deliveries
          where endpoint_id = endpoint.id and claimed_until > ${now}))) due
      where removed_at is null)`.execute(db);
  return rows;
}

function selectDeliveries(db: Pick<Db, 'selectFrom'>) {
  return db
    .selectFrom('deliveries')
    .innerJoin('messages', 'messages.id', 'deliveries.message_id')
    .selectAll('deliveries')
    .select(['messages.kind', 'messages.order_id', 'messages.ticket_id', 'messages.sale_id']);
}

/** Deliveries about orders: those that sellers see. */
function selectOrderDeliveries(db: Pick<Db, 'selectFrom'>) {
  return selectDeliveries(db)
    .where('messages.order_id', 'is not', null)
    .$narrowType<{ order_id: NotNull; kind: MessageKind }>();
}

/** A delivery about an order, in any state. */
export async function findDelivery(db: Db, id: string): Promise<DeliveryRecord | undefined> {
  return selectOrderDeliveries(db).where('deliveries.id', '=', id).executeTakeFirst();
}

/** A claimed delivery, with everything that trying it needs. */
export type ClaimedDelivery = Omit<DeliveryRecord, 'kind' | 'order_id'> & {
  readonly kind: MessageKind | TicketMessageKind;
  /** What it is about: an order, or a ticket without one. */
  readonly order_id: string | null;
  readonly ticket_id: string | null;
  readonly message_at: Date;
  readonly url: string | null;
  readonly secret: string | null;
};

/**
 * Claims a delivery for a try, if it is due: until the lease ends no other worker tries it. What
 * cannot be recorded in Postgres is not sent, or it would be sent at every poll.
 *
 * @param lease.until a try must have ended by then; it identifies the claim, see `recordTry`
 * @returns undefined when it is done, postponed, claimed by another worker, or its endpoint was
 *   removed
 */
export async function claimDelivery(
  db: Db,
  id: string,
  lease: { readonly now: Date; readonly until: Date },
): Promise<ClaimedDelivery | undefined> {
  const claimed = db.with('deliveries', (qb) =>
    qb
      .updateTable('deliveries')
      .set({ tries: sql<number>`tries + 1`, tried_at: lease.now, claimed_until: lease.until })
      .where('id', '=', id)
      .where('state', '=', 'waiting')
      .where('next_try_at', '<=', lease.now)
      .where((eb) => eb.or([eb('claimed_until', 'is', null), eb('claimed_until', '<=', lease.now)]))
      .returningAll(),
  );
  return selectDeliveries(claimed)
    .leftJoin('webhook_endpoints as endpoint', 'endpoint.id', 'deliveries.endpoint_id')
    .select(['messages.created_at as message_at', 'endpoint.url', 'endpoint.secret'])
    .where('endpoint.removed_at', 'is', null)
    .executeTakeFirst();
}

/** The result of a try. */
export interface DeliveryTry {
  readonly state: DeliveryState;
  /** Its new step of the schedule, and the time of the next try if it is still waiting. */
  readonly step: number;
  readonly nextTryAt: Date;
  /** Of HTTP or SMTP; null without an answer. */
  readonly status: number | null;
  readonly answer: string | null;
}

/**
 * Records the result of a try, and ends its claim. If another worker has the claim by now (the
 * lease has ended), or the seller wants it resent, the later state stays.
 */
export async function recordTry(
  db: Db,
  claimed: Pick<DeliveryRecord, 'id' | 'next_try_at' | 'claimed_until'>,
  { nextTryAt, ...outcome }: DeliveryTry,
): Promise<void> {
  const ofClaim = db
    .updateTable('deliveries')
    .where('id', '=', claimed.id)
    .where('claimed_until', '=', claimed.claimed_until);
  const { numUpdatedRows } = await ofClaim
    .set({ ...outcome, next_try_at: nextTryAt, claimed_until: null })
    .where('state', '=', 'waiting')
    .where('next_try_at', '=', claimed.next_try_at)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) await ofClaim.set({ claimed_until: null }).execute();
}

/**
 * Sends a delivery once more, from the beginning of the schedule, whatever its state.
 *
 * @returns it; undefined when there is none, or its endpoint was removed
 */
export async function redeliver(
  db: Db,
  id: string,
  now: Date,
): Promise<DeliveryRecord | undefined> {
  return db.transaction().execute(async (tx) => {
    const known = await findDelivery(tx, id);
    if (known === undefined) return undefined;
    if (known.endpoint_id !== null && !(await keepEndpoint(tx, known.endpoint_id))) {
      return undefined;
    }
    await tx
      .updateTable('deliveries')
      .set({ state: 'waiting', step: 0, next_try_at: now })
      .where('id', '=', id)
      .execute();
    return findDelivery(tx, id);
  });
}

/**
 * Up to `limit` deliveries to an endpoint, newest first.
 *
 * @param after the id of the last delivery of the page before
 */
export async function listDeliveries(
  db: Db,
  endpoint: string,
  { after, limit }: { readonly after?: string | undefined; readonly limit: number },
): Promise<DeliveryRecord[]> {
  let query = selectOrderDeliveries(db)
    .where('endpoint_id', '=', endpoint)
    .orderBy('deliveries.position', 'desc')
    .limit(limit);
  if (after !== undefined) {
    query = query.where('deliveries.position', '<', (eb) =>
      eb
        .selectFrom('deliveries as before')
        .select('before.position')
        .where('before.id', '=', after),
    );
  }
  return query.execute();
}

/** Deliveries about orders, sent or pending, by order, oldest first. */
export async function listOrderDeliveries(
  db: Db,
  orders: readonly string[],
): Promise<ReadonlyMap<string, DeliveryRecord[]>> {
  if (orders.length === 0) return new Map();
  const rows = await selectOrderDeliveries(db)
    .where('messages.order_id', 'in', orders)
    .orderBy('deliveries.position')
    .execute();
  return Map.groupBy(rows, (row) => row.order_id);
}

/**
 * Deliveries by channel and state, and as channel `outbox` the messages that have no deliveries
 * yet.
 */
export async function countMessages(
  db: Db,
): Promise<readonly { channel: Channel | 'outbox'; state: DeliveryState; count: number }[]> {
  const { rows } = await sql<{ channel: Channel | 'outbox'; state: DeliveryState; count: number }>`
    select channel, state, count(*) as count from deliveries group by channel, state
    union all
    select 'outbox', 'waiting', count(*) from messages where addressed_at is null`.execute(db);
  return rows;
}
