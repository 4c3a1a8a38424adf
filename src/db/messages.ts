import { sql } from 'kysely';
import { MAIL_KINDS, MESSAGE_KINDS, WAIT_ENDED } from '../domain/message.ts';
import type { Db } from './client.ts';

/**
 * Creates the deliveries of messages: one by e-mail if it is for the buyer, and one for each
 * endpoint of their sale that subscribes to the kind and existed before. In one statement, so that
 * nothing is addressed twice or partially; any number of processes may run it concurrently. The end
 * of a sale is told last: it goes to thousands at once, and an offer behind them would lapse
 * unread. A kind that this version does not know is left to a newer one.
 *
 * @param options.mails whether mails are sent at all
 * @param options.now when the deliveries are due
 * @returns the number of messages
 */
export async function addressMessages(
  db: Db,
  { mails, now, limit }: { mails: boolean; now: Date; limit: number },
): Promise<number> {
  const result = await sql`
    with taken as (
      select id, kind, sale_id, created_at, position from messages
      where addressed_at is null and kind = any(${[...MESSAGE_KINDS, WAIT_ENDED]})
      order by kind = ${WAIT_ENDED}, position limit ${limit}
      for update skip locked),
    mails as (
      insert into deliveries (id, message_id, channel, next_try_at)
      select gen_random_uuid()::text, id, 'mail', ${now} from taken
        where ${mails} and kind = any(${[...MAIL_KINDS, WAIT_ENDED]}) order by position),
    webhooks as (
      insert into deliveries (id, message_id, channel, endpoint_id, next_try_at)
      select gen_random_uuid()::text, taken.id, 'webhook', endpoint.id, ${now}
      from taken join webhook_endpoints endpoint on endpoint.sale_id = taken.sale_id
        and endpoint.removed_at is null and taken.kind = any(endpoint.events)
        and endpoint.created_at <= taken.created_at
      order by taken.position
      for share of endpoint)
    update messages set addressed_at = clock_timestamp() from taken
      where messages.id = taken.id`.execute(db);
  return Number(result.numAffectedRows ?? 0n);
}
