import type { Generated, GeneratedAlways } from 'kysely';
import type { Channel, DeliveryState, MessageKind, TicketMessageKind } from '../domain/message.ts';
import type { Count, Moment } from './columns.ts';

/** The tables of messages to buyers and sellers, and of where they can be reached. */
export interface MessageTables {
  /**
   * The outbox: messages to send, one per kind and order, or ticket that waited in vain;
   * `addressed_at` once its deliveries exist.
   */
  messages: {
    id: string;
    position: GeneratedAlways<number>;
    kind: MessageKind | TicketMessageKind;
    order_id: string | null;
    ticket_id: string | null;
    sale_id: string;
    created_at: Moment;
    addressed_at: Date | null;
  };
  /** Webhook endpoints of sellers; `removed_at` once removed. */
  webhook_endpoints: {
    id: string;
    sale_id: string;
    url: string;
    secret: string;
    events: readonly MessageKind[];
    created_at: Moment;
    removed_at: Date | null;
  };
  /**
   * A delivery of a message. `tries` counts all tries, `step` is its position in the schedule;
   * `status` and `answer` are of the last try.
   */
  deliveries: {
    id: string;
    position: GeneratedAlways<number>;
    message_id: string;
    channel: Channel;
    endpoint_id: string | null;
    state: Generated<DeliveryState>;
    created_at: Moment;
    tries: Count;
    step: Count;
    next_try_at: Date;
    /** Until when a worker has claimed it; null when none has. */
    claimed_until: Date | null;
    tried_at: Date | null;
    status: number | null;
    answer: string | null;
  };
  /**
   * E-mail addresses of buyers; `updated_at` is when the address was last seen. `mistyped`
   * has those that a seller has corrected: tokens that still have one change nothing.
   */
  contacts: {
    buyer_id: string;
    email: string;
    updated_at: Moment;
    mistyped: Generated<readonly string[]>;
  };
  /** Keys in the links of mails, by their hash: each opens one order. */
  order_links: {
    hash: Buffer;
    order_id: string;
    expires_at: Date;
  };
  /** Mails sent to an address, by its hash, on a day: the days since 1970-01-01 UTC. */
  mail_counts: {
    address: Buffer;
    day: number;
    mails: number;
  };
}
