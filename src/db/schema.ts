import type { ColumnType, Generated, GeneratedAlways } from 'kysely';
import type { ActionOutcome, AdminAction } from '../domain/admin-action.ts';
import type { CloseCause } from '../domain/entry.ts';
import type { CartItems } from '../domain/items.ts';
import type { OrderStatus } from '../domain/order.ts';
import type { PaymentOutcome, RefundEnd, RefundReason, RefundStatus } from '../domain/payment.ts';
import type { Role } from '../domain/role.ts';
import type { WaitlistStatus } from '../domain/waitlist.ts';
import type { Count, Moment } from './columns.ts';
import type { MessageTables } from './message-tables.ts';
import type { PublicLogTables } from './public-log-tables.ts';

export interface Database extends MessageTables, PublicLogTables {
  shards: {
    shard: number;
    epoch: Count;
    log_seq: Count;
    log_hash: ColumnType<Buffer, Buffer | undefined, Buffer>;
    last_job: Count;
    passed: Count;
    format: Count;
  };
  sales: {
    id: string;
    shard: number;
    name: string;
    description: string;
    starts_at: Date;
    ends_at: Date;
    closed: Generated<'' | CloseCause>;
    per_buyer_limit: number;
    hold_seconds: number;
    /** How long an offer of the waitlist is held; null: as long as any other hold. */
    offer_seconds: number | null;
    /** Holds per e-mail address and per IP within this many seconds; both null without a limit. */
    hold_limit_count: number | null;
    hold_limit_seconds: number | null;
    waitlist_max: Count;
    offering: Generated<boolean>;
    challenge: Generated<boolean>;
    time_zone: Generated<string>;
    line_number: Count;
    passed: Count;
    last_seq: number | null;
    /** The entry that archived it; null while Redis has it. */
    archived_seq: number | null;
    /** It was archived, and came back without the attempts and outcomes of its tickets. */
    in_part: Generated<boolean>;
    /** Its tickets were dropped from the history: only the log has them. */
    history_dropped: Generated<boolean>;
    /** The secret that its hashes are made with, by id; null: of the next API process to start. */
    secret_id: string | null;
    /** Salts the tags in its public log; null once it was erased. */
    public_salt: ColumnType<Buffer | null, Buffer | null | undefined, Buffer | null>;
    created_at: Moment;
  };
  products: {
    id: string;
    sale_id: string;
    index: number;
    name: string;
    description: string;
    amount: number;
    currency: string;
    total: number;
    available: number;
    held: Count;
    sold: Count;
  };
  log: {
    shard: number;
    seq: number;
    epoch: number;
    kind: string;
    sale_id: string | null;
    batch_uid: string | null;
    job: number | null;
    entry: string;
    hash: Buffer | null;
    recorded_at: Moment;
  };
  orders: {
    id: string;
    sale_id: string;
    ticket_id: string;
    ticket_ref: string;
    buyer_id: string;
    status: OrderStatus;
    line_number: number;
    amount: number;
    currency: string;
    hold_seq: number;
    hold_expires_at: Date;
    created_at: Moment;
    ended_at: Date | null;
    paid_at: Date | null;
    /** It comes from an offer to the waitlist. */
    offered: Generated<boolean>;
  };
  /**
   * Every ticket that ever waited for units to come back; `seq` is the entry that gave it its
   * status.
   */
  waitlist: {
    ticket_id: string;
    sale_id: string;
    buyer_id: string;
    ticket_ref: string;
    items: string;
    line_number: number;
    /** Its origin, as hashes; empty when holds are not counted per origin. */
    origin: Generated<string>;
    status: Generated<WaitlistStatus>;
    seq: number;
  };
  /** Holds by origin: `origin` as in batches, `at_ms` when the hold was made. */
  counted_holds: {
    sale_id: string;
    seq: number;
    line_number: number;
    origin: string;
    at_ms: number;
  };
  order_items: {
    order_id: string;
    product_id: string;
    quantity: number;
    amount: number;
    /** Units of it that were given back. */
    returned: Count;
  };
  inventory_ledger: {
    id: GeneratedAlways<number>;
    shard: number;
    seq: number;
    product_id: string;
    cause: string;
    order_id: string | null;
    available: number;
    held: number;
    sold: number;
    /** Null in rows from before it was recorded. */
    at: ColumnType<Date | null, Date | undefined, never>;
  };
  /**
   * Actions of admins, and attempts: the row is written before anything changes. `wanted` is the
   * request, `before` and `after` its subject, in the API's format.
   */
  admin_actions: {
    id: GeneratedAlways<number>;
    at: Moment;
    actor_id: string;
    actor_email: string | null;
    action: AdminAction;
    sale_id: string | null;
    subject_id: string | null;
    wanted: ColumnType<unknown, string | null, string | null>;
    before: ColumnType<unknown, string | null, string | null>;
    after: ColumnType<unknown, string | null, string | null>;
    request_id: string;
    outcome: Generated<ActionOutcome>;
    action_id: number | null;
    address: string | null;
  };
  /** Decisions by outcome, and holds that ended unpaid (`hold_expired`, `hold_cancelled`). */
  sale_counts: {
    sale_id: string;
    name: string;
    count: number;
  };
  /**
   * Orders that may have a PaymentIntent at Stripe. `attempt` is part of the key under which it is
   * created, `payment_id` the PaymentIntent, once known. Checked from `next_try_at` on until
   * nothing of it can be paid.
   */
  payment_requests: {
    order_id: string;
    attempt: Count;
    payment_id: string | null;
    created_at: Moment;
    tries: Count;
    next_try_at: Date;
    /** Since when Stripe could not be asked about it after its hold had expired. */
    away_since: Date | null;
    closed_at: Date | null;
  };
  /** Known PaymentIntents; `status` is Stripe's, `outcome` that of the captured ones. */
  payments: {
    id: string;
    order_id: string;
    status: string;
    amount: number;
    currency: string;
    outcome: PaymentOutcome | null;
    seq: number | null;
    created_at: Moment;
  };
  /**
   * Refunds of payments, or of parts of them, numbered by payment. `items` are the units that go
   * back with a part; `key` is the keyed hash of its Idempotency-Key. `stripe_id` once Stripe has
   * accepted it, `done_at` once nothing is left to do; `end_reason` if it can never be made.
   */
  refunds: {
    id: string;
    payment_id: string;
    number: number;
    amount: number;
    items: string | null;
    key: string | null;
    end_reason: RefundEnd | null;
    /** Its `items` were given back. */
    returned: Generated<boolean>;
    reason: RefundReason;
    restock: Generated<boolean>;
    status: Generated<RefundStatus>;
    attempt: Count;
    stripe_id: string | null;
    created_at: Moment;
    tries: Count;
    next_try_at: Moment;
    done_at: Date | null;
  };
  /** Disputes of payments; `status` and `reason` are Stripe's, `as_of` when it reported them. */
  disputes: {
    id: string;
    payment_id: string;
    status: string;
    reason: string;
    amount: number;
    currency: string;
    respond_by: Date | null;
    created_at: Date;
    as_of: Date;
  };
  /** Events of Stripe, each once; `result` is what was done with it. */
  webhook_events: {
    id: string;
    type: string;
    payload: string;
    received_at: Moment;
    tries: Count;
    next_try_at: Moment;
    applied_at: Date | null;
    result: string | null;
  };
  stripe_cursor: {
    id: Generated<boolean>;
    read_until: Date;
  };
  /** Carts of buyers: quantities by product id. `updated_at` is when the buyer last changed it. */
  carts: {
    sale_id: string;
    buyer_id: string;
    items: CartItems;
    updated_at: Moment;
  };
  /**
   * Purchase attempts made from a cart, by the keyed hash of their key, with its content at that
   * time. `uses` counts requests with that key that entered the line, or may have. Removed with
   * their cart.
   */
  cart_checkouts: {
    sale_id: string;
    key: string;
    buyer_id: string;
    items: CartItems;
    uses: Count;
    created_at: Moment;
  };
  history: {
    shard: number;
    seq: number;
  };
  /**
   * Units of products at the position of their shard's history: all of them, and those held or
   * sold.
   */
  history_stock: {
    product_id: string;
    total: number;
    gone: number;
  };
  tickets: {
    id: GeneratedAlways<number>;
    sale_id: string;
    line_number: number;
    buyer_id: string;
    ticket_id: string;
    ticket_ref: string;
    outcome: string;
    duplicate_of: string | null;
    decided_at: Date;
    /**
     * For tickets that got no units for lack of stock: what they found, see src/domain/facts.ts.
     */
    facts: string | null;
  };
  /** People with an account; `email` is unique whatever its case. */
  users: {
    id: string;
    email: string;
    name: string | null;
    password_hash: string;
    role: Generated<Role>;
    created_at: Moment;
  };
  /**
   * Sessions, each of a user or of a guest: deleting a row deletes all its refresh tokens.
   * `newest_used` is the newest generation of which a token was exchanged, at `newest_used_at`
   * first; 0: none.
   */
  refresh_families: {
    id: string;
    user_id: string | null;
    guest_id: string | null;
    guest_email: string | null;
    created_at: Moment;
    newest_used: Count;
    newest_used_at: Date | null;
  };
  /**
   * Refresh tokens by their hash. `replaced_at` is when it was exchanged first; `generation` counts
   * the exchanges that led to it, from 1.
   */
  refresh_tokens: {
    hash: Buffer;
    family: string;
    generation: number;
    created_at: Moment;
    expires_at: Date;
    replaced_at: Date | null;
  };
  /** The migrations that a process must know to work with this database. */
  required_migrations: { name: string };
}
