import { type Selectable, sql } from 'kysely';
import type { Channel, DeliveryState, MessageKind } from '../domain/message.ts';
import type { Task } from '../tasks/queues.ts';
import type { Db } from './client.ts';
import type { Database } from './schema.ts';

/** A delivery to be tried: its channel, its id. */
export type DeliveryTask = Task<Channel>;

/** A message on its way to somebody, with what it tells. */
export type DeliveryRecord = Selectable<Database['deliveries']> & {
  readonly kind: MessageKind;
  readonly order_id: string;
  readonly sale_id: string;
};

/**
 * Due deliveries that one look takes: mails in all, webhooks of each endpoint, so that one that
 * hangs is alone with that.
 */
const DUE_MAX = { mail: 200, webhook: 40 };

/** Deliveries whose time has come, the longest waiting first; mails only where they are sent. */
export async function listDueDeliveries(
  db: Db,
  { now, mails }: { readonly now: Date; readonly mails: boolean },
): Promise<DeliveryTask[]> {
  const { rows } = await sql<DeliveryTask>`
    (select 'mail' as name, id from deliveries
      where ${mails} and channel = 'mail' and state = 'waiting' and next_try_at <= ${now}
      order by next_try_at limit ${DUE_MAX.mail})
    union all
    (select 'webhook', due.id from webhook_endpoints endpoint cross join lateral (
        select id from deliveries
        where endpoint_id = endpoint.id and channel = 'webhook' and state = 'waiting'
          and next_try_at <= ${now}
        order by next_try_at limit ${DUE_MAX.webhook}) due
      where removed_at is null)`.execute(db);
  return rows;
}

function selectDeliveries(db: Db) {
  return db
    .selectFrom('deliveries')
    .innerJoin('messages', 'messages.id', 'deliveries.message_id')
    .selectAll('deliveries')
    .select(['messages.kind', 'messages.order_id', 'messages.sale_id']);
}

/** A delivery, whatever became of it. */
export async function findDelivery(db: Db, id: string): Promise<DeliveryRecord | undefined> {
  return selectDeliveries(db).where('deliveries.id', '=', id).executeTakeFirst();
}

/**
 * A delivery that is to be tried now; undefined where it is done, put off, or its endpoint was
 * removed.
 */
export async function findDueDelivery(
  db: Db,
  id: string,
  now: Date,
): Promise<
  (DeliveryRecord & { message_at: Date; url: string | null; secret: string | null }) | undefined
> {
  return selectDeliveries(db)
    .leftJoin('webhook_endpoints as endpoint', 'endpoint.id', 'deliveries.endpoint_id')
    .select(['messages.created_at as message_at', 'endpoint.url', 'endpoint.secret'])
    .where('deliveries.id', '=', id)
    .where('state', '=', 'waiting')
    .where('next_try_at', '<=', now)
    .where('endpoint.removed_at', 'is', null)
    .executeTakeFirst();
}

/** What a try came to. */
export interface DeliveryTry {
  readonly state: DeliveryState;
  /** Where it stands in the schedule from now on, and when it is tried again, where it waits. */
  readonly step: number;
  readonly nextTryAt: Date;
  /** Of HTTP or SMTP; null where there was no answer. */
  readonly status: number | null;
  readonly answer: string | null;
}

/** Notes a try; one that somebody else has noted meanwhile stays. */
export async function noteTry(
  db: Db,
  { id, tries }: Pick<DeliveryRecord, 'id' | 'tries'>,
  { nextTryAt, ...outcome }: DeliveryTry,
  now: Date,
): Promise<void> {
  await db
    .updateTable('deliveries')
    .set({ ...outcome, next_try_at: nextTryAt, tries: tries + 1, tried_at: now })
    .where('id', '=', id)
    .where('state', '=', 'waiting')
    .where('tries', '=', tries)
    .execute();
}

/**
 * Sends a delivery once more, from the beginning of the schedule, whatever became of it.
 *
 * @returns it; undefined where there is none, or its endpoint was removed
 */
export async function redeliver(
  db: Db,
  id: string,
  now: Date,
): Promise<DeliveryRecord | undefined> {
  const { numUpdatedRows } = await db
    .updateTable('deliveries')
    .set({ state: 'waiting', step: 0, next_try_at: now })
    .where('id', '=', id)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('webhook_endpoints as endpoint')
            .select('endpoint.id')
            .whereRef('endpoint.id', '=', 'deliveries.endpoint_id')
            .where('removed_at', 'is not', null),
        ),
      ),
    )
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return undefined;
  return findDelivery(db, id);
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
  let query = selectDeliveries(db)
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

/** What was sent about orders, or is to be, by order, oldest first. */
export async function listOrderDeliveries(
  db: Db,
  orders: readonly string[],
): Promise<ReadonlyMap<string, DeliveryRecord[]>> {
  if (orders.length === 0) return new Map();
  const rows = await selectDeliveries(db)
    .where('messages.order_id', 'in', orders)
    .orderBy('deliveries.position')
    .execute();
  return Map.groupBy(rows, (row) => row.order_id);
}

/**
 * Deliveries by channel and state, and as the channel `outbox` the messages of which there are none
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
