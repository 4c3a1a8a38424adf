import { sql } from 'kysely';
import { type MessageKind, WAIT_ENDED } from '../../domain/message.ts';
import type { Tx } from '../client.ts';

/** An event to report: a change of the order of a ticket, given by its identity. */
export interface News {
  readonly kind: MessageKind;
  readonly identity: string;
}

/**
 * Puts messages into the outbox, in the transaction that records what they report: a message exists
 * exactly if that is durable. Ids only; recipients are determined later (`src/db/messages.ts`). The
 * id is derived from the content, so that one recorded again after Postgres was restored to an
 * older state is a copy, and not a second message.
 */
export async function projectMessages(tx: Tx, news: readonly News[]): Promise<void> {
  await sql`
    insert into messages (id, kind, order_id, sale_id)
    select 'msg_' || md5(r.kind || ' ' || orders.id), r.kind, orders.id, orders.sale_id
    from rows from (jsonb_to_recordset(${JSON.stringify(news)}::jsonb) as (kind text,
      identity text))
      with ordinality as r(kind, identity, place)
    join orders on orders.ticket_id = r.identity
    order by r.place
    on conflict do nothing`.execute(tx);
}

/**
 * Puts a message into the outbox for each ticket whose waiting ended with its sale, by entry `seq`:
 * none for those that left, were offered units or were refused before. As
 * {@link projectMessages}, in the transaction that records it.
 */
export async function projectWaitEnded(tx: Tx, sale: string, seq: number): Promise<void> {
  await sql`
    insert into messages (id, kind, ticket_id, sale_id)
    select 'msg_' || md5(${WAIT_ENDED} || ' ' || ticket_id), ${WAIT_ENDED}, ticket_id, sale_id
    from waitlist where sale_id = ${sale} and seq = ${seq} and status = 'sold_out'
    order by line_number
    on conflict do nothing`.execute(tx);
}
