import { type RawBuilder, sql } from 'kysely';
import type { Db } from './client.ts';

/**
 * The advisory lock of the removing process: class, then number. Rebuilds have classes of their
 * own.
 */
const LOCK = [20_260_721, 1] as const;

/** Removes a chunk of obsolete rows: `limit` at most. Returns how many there were. */
export type Removal = (limit: number) => RawBuilder<{ removed: number }>;

/**
 * Sessions whose refresh tokens are all expired, for a day at least: no exchange can be under way
 * that still takes one for good. Families before their tokens, as everywhere; locked rows are left
 * for the next day.
 */
export const endedSessions: Removal = (limit) => sql`
  with removed as (
    delete from refresh_families where id in (
      select id from refresh_families as f
      where id in (
          select family from refresh_tokens
          where expires_at < clock_timestamp() - interval '1 day'
          order by expires_at limit ${limit})
        and not exists (
          select from refresh_tokens as t
          where t.family = f.id and expires_at >= clock_timestamp() - interval '1 day')
      for update skip locked)
    returning id)
  select count(*) as removed from removed`;

/**
 * Expired refresh tokens of sessions that continue: they can no longer be exchanged, and reveal no
 * thief.
 */
export const expiredTokens: Removal = (limit) => sql`
  with removed as (
    delete from refresh_tokens where hash in (
      select hash from refresh_tokens as t
      where expires_at < clock_timestamp() - interval '1 day'
        and exists (
          select from refresh_tokens as other
          where other.family = t.family
            and other.expires_at >= clock_timestamp() - interval '1 day')
      order by expires_at limit ${limit}
      for update skip locked)
    returning hash)
  select count(*) as removed from removed`;

/**
 * Events of Stripe that were applied so many days ago. If Stripe resends one, it is applied again,
 * and finds its effects done.
 */
export const appliedEvents =
  (days: number): Removal =>
  (limit) =>
    sql`
    with removed as (
      delete from webhook_events where id in (
        select id from webhook_events
        where applied_at < clock_timestamp() - ${days} * interval '1 day'
        order by applied_at limit ${limit}
        for update skip locked)
      returning id)
    select count(*) as removed from removed`;

/**
 * Carts unchanged for so many days, with their checkouts. One whose checkout may still win its
 * units stays; one that is being recorded from waits for the next day.
 */
export const oldCarts =
  (days: number): Removal =>
  (limit) =>
    sql`
    with removed as (
      delete from carts where (sale_id, buyer_id) in (
        select sale_id, buyer_id from carts
        where updated_at < clock_timestamp() - ${days} * interval '1 day'
          and not exists (
            select from cart_checkouts as checkout join sales on sales.id = checkout.sale_id
            where (checkout.sale_id, checkout.buyer_id) = (carts.sale_id, carts.buyer_id)
              and sales.closed = '')
        order by updated_at limit ${limit}
        for update skip locked)
      returning sale_id)
    select count(*) as removed from removed`;

/**
 * Salts of the tags in the public logs of sales that ended so many days ago: whoever gets one could
 * look up a buyer in the log. The log stays as it is, and can be verified.
 */
export const oldSalts =
  (days: number): Removal =>
  (limit) =>
    sql`
    with removed as (
      update sales set public_salt = null where id in (
        select id from sales
        join public_logs on public_logs.sale_id = sales.id
        where public_salt is not null and closed <> '' and seq = last_seq
          and ends_at < clock_timestamp() - ${days} * interval '1 day'
        order by ends_at limit ${limit}
        for update of sales skip locked)
      returning id)
    select count(*) as removed from removed`;

/** Keys of links in mails that open nothing any more. */
export const expiredLinks: Removal = (limit) => sql`
  with removed as (
    delete from order_links where hash in (
      select hash from order_links
      where expires_at < clock_timestamp()
      order by expires_at limit ${limit}
      for update skip locked)
    returning hash)
  select count(*) as removed from removed`;

/** Counts of mails of days that are over. */
export const oldMailCounts: Removal = (limit) => sql`
  with removed as (
    delete from mail_counts where (address, day) in (
      select address, day from mail_counts
      where day < extract(epoch from clock_timestamp())::bigint / 86400 - 1
      order by day limit ${limit}
      for update skip locked)
    returning day)
  select count(*) as removed from removed`;

/** Addresses of buyers not updated for so many days. */
export const oldContacts =
  (days: number): Removal =>
  (limit) =>
    sql`
    with removed as (
      delete from contacts where buyer_id in (
        select buyer_id from contacts
        where updated_at < clock_timestamp() - ${days} * interval '1 day'
        order by updated_at limit ${limit}
        for update skip locked)
      returning buyer_id)
    select count(*) as removed from removed`;

/**
 * Removes a chunk in a transaction of its own, unless another process is removing rows at the
 * moment.
 *
 * @returns how many rows were removed; undefined when another process is removing
 */
export async function removeChunk(
  db: Db,
  removal: Removal,
  limit: number,
): Promise<number | undefined> {
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ ours: boolean }>`
      select pg_try_advisory_xact_lock(${LOCK[0]}, ${LOCK[1]}) as ours`.execute(tx);
    if (!rows[0]?.ours) return undefined;
    const removed = await removal(limit).execute(tx);
    return removed.rows[0]?.removed ?? 0;
  });
}
