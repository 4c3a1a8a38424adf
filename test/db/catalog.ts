import type { Generated, GeneratedAlways } from 'kysely';

/** The columns that src/db/migrations makes. Written by `npm run schema`. */
export interface Catalog {
  admin_actions: {
    id: GeneratedAlways<number>;
    at: Generated<Date>;
    actor_id: string;
    actor_email: string | null;
    action: string;
    sale_id: string | null;
    subject_id: string | null;
    wanted: unknown;
    before: unknown;
    after: unknown;
    request_id: string;
    outcome: Generated<string>;
    action_id: number | null;
    address: string | null;
  };
  cart_checkouts: {
    sale_id: string;
    key: string;
    buyer_id: string;
    items: NonNullable<unknown>;
    uses: Generated<number>;
    created_at: Generated<Date>;
  };
  carts: {
    sale_id: string;
    buyer_id: string;
    items: NonNullable<unknown>;
    updated_at: Generated<Date>;
  };
  contacts: {
    buyer_id: string;
    email: string;
    updated_at: Generated<Date>;
    mistyped: Generated<readonly string[]>;
  };
  counted_holds: {
    sale_id: string;
    seq: number;
    line_number: number;
    origin: string;
    at_ms: number;
  };
  deliveries: {
    id: string;
    position: GeneratedAlways<number>;
    message_id: string;
    channel: string;
    endpoint_id: string | null;
    state: Generated<string>;
    created_at: Generated<Date>;
    tries: Generated<number>;
    step: Generated<number>;
    next_try_at: Date;
    tried_at: Date | null;
    status: number | null;
    answer: string | null;
    claimed_until: Date | null;
  };
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
  history: {
    shard: number;
    seq: number;
  };
  history_stock: {
    product_id: string;
    total: number;
    gone: number;
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
    at: Generated<Date | null>;
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
    recorded_at: Generated<Date>;
  };
  log_keys: {
    vkey: string;
    used_at: Generated<Date>;
  };
  mail_counts: {
    address: Buffer;
    day: number;
    mails: number;
  };
  messages: {
    id: string;
    position: GeneratedAlways<number>;
    kind: string;
    order_id: string | null;
    sale_id: string;
    created_at: Generated<Date>;
    addressed_at: Date | null;
    ticket_id: string | null;
  };
  order_items: {
    order_id: string;
    product_id: string;
    quantity: number;
    amount: number;
    returned: Generated<number>;
  };
  order_links: {
    hash: Buffer;
    order_id: string;
    expires_at: Date;
  };
  orders: {
    id: string;
    sale_id: string;
    ticket_id: string;
    ticket_ref: string;
    buyer_id: string;
    status: string;
    line_number: number;
    amount: number;
    currency: string;
    hold_seq: number;
    hold_expires_at: Date;
    created_at: Generated<Date>;
    ended_at: Date | null;
    offered: Generated<boolean>;
    paid_at: Date | null;
  };
  payment_requests: {
    order_id: string;
    attempt: Generated<number>;
    payment_id: string | null;
    created_at: Generated<Date>;
    tries: Generated<number>;
    next_try_at: Date;
    away_since: Date | null;
    closed_at: Date | null;
  };
  payments: {
    id: string;
    order_id: string;
    status: string;
    amount: number;
    currency: string;
    outcome: string | null;
    seq: number | null;
    created_at: Generated<Date>;
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
    held: Generated<number>;
    sold: Generated<number>;
  };
  public_log_cursors: {
    shard: number;
    seq: number;
  };
  public_log_leaves: {
    sale_id: string;
    number: number;
    index: number;
    seq: number;
    hash: Buffer;
    leaf: Buffer;
  };
  public_log_nodes: {
    sale_id: string;
    number: number;
    level: number;
    index: number;
    hash: Buffer;
  };
  public_logs: {
    sale_id: string;
    number: Generated<number>;
    seq: Generated<number>;
    size: Generated<number>;
    peaks: Generated<Buffer>;
    counts: NonNullable<unknown>;
    line_number: Generated<number>;
    signed_size: Generated<number>;
    checkpoint: string | null;
    checkpoint_size: Generated<number>;
    checkpoint_counts: unknown;
    checkpoint_line_number: number | null;
    cosign_at: Date | null;
  };
  refresh_families: {
    id: string;
    user_id: string | null;
    guest_id: string | null;
    guest_email: string | null;
    created_at: Generated<Date>;
    newest_used: Generated<number>;
    newest_used_at: Date | null;
  };
  refresh_tokens: {
    hash: Buffer;
    family: string;
    created_at: Generated<Date>;
    expires_at: Date;
    replaced_at: Date | null;
    generation: number;
  };
  refunds: {
    payment_id: string;
    reason: string;
    restock: Generated<boolean>;
    status: Generated<string>;
    attempt: Generated<number>;
    stripe_id: string | null;
    created_at: Generated<Date>;
    tries: Generated<number>;
    next_try_at: Generated<Date>;
    done_at: Date | null;
    id: string;
    number: number;
    amount: number;
    items: string | null;
    key: string | null;
    returned: Generated<boolean>;
    end_reason: string | null;
  };
  required_migrations: {
    name: string;
  };
  sale_counts: {
    sale_id: string;
    name: string;
    count: number;
  };
  sales: {
    id: string;
    shard: number;
    name: string;
    description: string;
    starts_at: Date;
    ends_at: Date;
    closed: Generated<string>;
    per_buyer_limit: number;
    hold_seconds: number;
    line_number: Generated<number>;
    passed: Generated<number>;
    last_seq: number | null;
    created_at: Generated<Date>;
    waitlist_max: Generated<number>;
    offering: Generated<boolean>;
    hold_limit_count: number | null;
    hold_limit_seconds: number | null;
    challenge: Generated<boolean>;
    offer_seconds: number | null;
    time_zone: Generated<string>;
    archived_seq: number | null;
    in_part: Generated<boolean>;
    history_dropped: Generated<boolean>;
    secret_id: string | null;
    public_salt: Generated<Buffer | null>;
  };
  shards: {
    shard: number;
    epoch: Generated<number>;
    log_seq: Generated<number>;
    log_hash: Generated<Buffer>;
    last_job: Generated<number>;
    passed: Generated<number>;
    format: Generated<number>;
  };
  stripe_cursor: {
    id: Generated<boolean>;
    read_until: Date;
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
    facts: string | null;
  };
  users: {
    id: string;
    email: string;
    name: string | null;
    password_hash: string;
    role: Generated<string>;
    created_at: Generated<Date>;
  };
  waitlist: {
    ticket_id: string;
    sale_id: string;
    buyer_id: string;
    ticket_ref: string;
    items: string;
    line_number: number;
    status: Generated<string>;
    seq: number;
    origin: Generated<string>;
  };
  webhook_endpoints: {
    id: string;
    sale_id: string;
    url: string;
    secret: string;
    events: readonly string[];
    created_at: Generated<Date>;
    removed_at: Date | null;
  };
  webhook_events: {
    id: string;
    type: string;
    payload: string;
    received_at: Generated<Date>;
    tries: Generated<number>;
    next_try_at: Generated<Date>;
    applied_at: Date | null;
    result: string | null;
  };
}
