-- What src/db/migrations makes. Written by `npm run schema`.

CREATE TABLE admin_actions (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  actor_id text NOT NULL,
  actor_email text,
  action text NOT NULL,
  sale_id text,
  subject_id text,
  wanted jsonb,
  before jsonb,
  after jsonb,
  request_id text NOT NULL,
  outcome text NOT NULL DEFAULT 'started'::text,
  action_id bigint,
  address text,
  CONSTRAINT admin_actions_pkey PRIMARY KEY (id),
  CONSTRAINT admin_actions_action_id_fkey FOREIGN KEY (action_id) REFERENCES admin_actions(id),
  CONSTRAINT admin_actions_outcome CHECK ((outcome = ANY (ARRAY['started'::text, 'done'::text, 'refused'::text, 'unclear'::text])))
);
CREATE INDEX admin_actions_by_action ON admin_actions USING btree (action_id, id) WHERE (action_id IS NOT NULL);
CREATE INDEX admin_actions_by_actor ON admin_actions USING btree (actor_id, id DESC);
CREATE INDEX admin_actions_by_sale ON admin_actions USING btree (sale_id, id DESC);

CREATE TABLE cart_checkouts (
  sale_id text NOT NULL,
  key text NOT NULL,
  buyer_id text NOT NULL,
  items jsonb NOT NULL,
  uses integer NOT NULL DEFAULT 1,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT cart_checkouts_pkey PRIMARY KEY (sale_id, key),
  CONSTRAINT cart_checkouts_cart FOREIGN KEY (sale_id, buyer_id) REFERENCES carts(sale_id, buyer_id) ON DELETE CASCADE
);
CREATE INDEX cart_checkouts_by_cart ON cart_checkouts USING btree (sale_id, buyer_id);

CREATE TABLE carts (
  sale_id text NOT NULL,
  buyer_id text NOT NULL,
  items jsonb NOT NULL,
  updated_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT carts_pkey PRIMARY KEY (sale_id, buyer_id),
  CONSTRAINT carts_items CHECK ((jsonb_typeof(items) = 'object'::text))
);
CREATE INDEX carts_by_update ON carts USING btree (updated_at);

CREATE TABLE contacts (
  buyer_id text NOT NULL,
  email text NOT NULL,
  updated_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  mistyped text[] NOT NULL DEFAULT '{}'::text[],
  CONSTRAINT contacts_pkey PRIMARY KEY (buyer_id)
);
CREATE INDEX contacts_by_email ON contacts USING btree (lower(email) text_pattern_ops);
CREATE INDEX contacts_by_update ON contacts USING btree (updated_at);

CREATE TABLE counted_holds (
  sale_id text NOT NULL,
  seq bigint NOT NULL,
  line_number bigint NOT NULL,
  origin text NOT NULL,
  at_ms bigint NOT NULL,
  CONSTRAINT counted_holds_pkey PRIMARY KEY (sale_id, seq, line_number),
  CONSTRAINT counted_holds_sale_id_fkey FOREIGN KEY (sale_id) REFERENCES sales(id)
);

CREATE TABLE deliveries (
  id text NOT NULL,
  position bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  message_id text NOT NULL,
  channel text NOT NULL,
  endpoint_id text,
  state text NOT NULL DEFAULT 'waiting'::text,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  tries integer NOT NULL DEFAULT 0,
  step integer NOT NULL DEFAULT 0,
  next_try_at timestamp with time zone NOT NULL,
  tried_at timestamp with time zone,
  status integer,
  answer text,
  claimed_until timestamp with time zone,
  CONSTRAINT deliveries_pkey PRIMARY KEY (id),
  CONSTRAINT deliveries_channel CHECK (((channel = ANY (ARRAY['mail'::text, 'webhook'::text])) AND ((channel = 'webhook'::text) = (endpoint_id IS NOT NULL)))),
  CONSTRAINT deliveries_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoints(id),
  CONSTRAINT deliveries_message_id_fkey FOREIGN KEY (message_id) REFERENCES messages(id),
  CONSTRAINT deliveries_state CHECK ((state = ANY (ARRAY['waiting'::text, 'sent'::text, 'no_address'::text, 'outdated'::text, 'over_limit'::text, 'given_up'::text])))
);
CREATE INDEX deliveries_by_endpoint ON deliveries USING btree (endpoint_id, "position") WHERE (endpoint_id IS NOT NULL);
CREATE INDEX deliveries_by_state ON deliveries USING btree (channel, state);
CREATE INDEX deliveries_claimed ON deliveries USING btree (endpoint_id) WHERE (claimed_until IS NOT NULL);
CREATE INDEX deliveries_mails ON deliveries USING btree (next_try_at) WHERE ((state = 'waiting'::text) AND (channel = 'mail'::text));
CREATE UNIQUE INDEX deliveries_one_mail ON deliveries USING btree (message_id) WHERE (channel = 'mail'::text);
CREATE UNIQUE INDEX deliveries_one_webhook ON deliveries USING btree (message_id, endpoint_id) WHERE (channel = 'webhook'::text);
CREATE INDEX deliveries_webhooks ON deliveries USING btree (endpoint_id, next_try_at) WHERE ((state = 'waiting'::text) AND (channel = 'webhook'::text));

CREATE TABLE disputes (
  id text NOT NULL,
  payment_id text NOT NULL,
  status text NOT NULL,
  reason text NOT NULL,
  amount bigint NOT NULL,
  currency text NOT NULL,
  respond_by timestamp with time zone,
  created_at timestamp with time zone NOT NULL,
  as_of timestamp with time zone NOT NULL,
  CONSTRAINT disputes_pkey PRIMARY KEY (id),
  CONSTRAINT disputes_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payments(id)
);
CREATE INDEX disputes_by_payment ON disputes USING btree (payment_id);

CREATE TABLE history (
  shard integer NOT NULL,
  seq bigint NOT NULL,
  CONSTRAINT history_pkey PRIMARY KEY (shard),
  CONSTRAINT history_shard_fkey FOREIGN KEY (shard) REFERENCES shards(shard)
);

CREATE TABLE history_stock (
  product_id text NOT NULL,
  total integer NOT NULL,
  gone integer NOT NULL,
  CONSTRAINT history_stock_pkey PRIMARY KEY (product_id),
  CONSTRAINT history_stock_product_id_fkey FOREIGN KEY (product_id) REFERENCES products(id)
);

CREATE TABLE inventory_ledger (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  shard integer NOT NULL,
  seq bigint NOT NULL,
  product_id text NOT NULL,
  cause text NOT NULL,
  order_id text,
  available integer NOT NULL,
  held integer NOT NULL,
  sold integer NOT NULL,
  at timestamp with time zone DEFAULT clock_timestamp(),
  CONSTRAINT inventory_ledger_pkey PRIMARY KEY (id),
  CONSTRAINT inventory_ledger_product_id_fkey FOREIGN KEY (product_id) REFERENCES products(id)
);
CREATE INDEX inventory_ledger_by_entry ON inventory_ledger USING btree (shard, seq);
CREATE INDEX inventory_ledger_by_product ON inventory_ledger USING btree (product_id);
CREATE INDEX inventory_ledger_ends ON inventory_ledger USING btree (at) WHERE (cause = ANY (ARRAY['paid'::text, 'retaken'::text, 'expired'::text]));

CREATE TABLE log (
  shard integer NOT NULL,
  seq bigint NOT NULL,
  epoch integer NOT NULL,
  kind text NOT NULL,
  sale_id text,
  batch_uid text,
  job bigint,
  entry text NOT NULL,
  hash bytea,
  recorded_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT log_pkey PRIMARY KEY (shard, seq),
  CONSTRAINT log_batch_once UNIQUE (batch_uid),
  CONSTRAINT log_shard_fkey FOREIGN KEY (shard) REFERENCES shards(shard)
);
CREATE INDEX log_by_sale ON log USING btree (sale_id, kind, seq);
CREATE INDEX log_of_sale ON log USING btree (sale_id, seq);

CREATE TABLE log_keys (
  vkey text NOT NULL,
  used_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT log_keys_pkey PRIMARY KEY (vkey)
);

CREATE TABLE mail_counts (
  address bytea NOT NULL,
  day integer NOT NULL,
  mails integer NOT NULL,
  CONSTRAINT mail_counts_pkey PRIMARY KEY (address, day)
);
CREATE INDEX mail_counts_by_day ON mail_counts USING btree (day);

CREATE TABLE messages (
  id text NOT NULL,
  position bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  kind text NOT NULL,
  order_id text,
  sale_id text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  addressed_at timestamp with time zone,
  ticket_id text,
  CONSTRAINT messages_pkey PRIMARY KEY (id),
  CONSTRAINT messages_once UNIQUE (order_id, kind),
  CONSTRAINT messages_once_ticket UNIQUE (ticket_id, kind),
  CONSTRAINT messages_subject CHECK ((num_nonnulls(order_id, ticket_id) = 1)),
  CONSTRAINT messages_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES waitlist(ticket_id)
);
CREATE INDEX messages_open ON messages USING btree ("position") WHERE (addressed_at IS NULL);

CREATE TABLE order_items (
  order_id text NOT NULL,
  product_id text NOT NULL,
  quantity integer NOT NULL,
  amount bigint NOT NULL,
  returned integer NOT NULL DEFAULT 0,
  CONSTRAINT order_items_pkey PRIMARY KEY (order_id, product_id),
  CONSTRAINT order_items_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(id),
  CONSTRAINT order_items_product_id_fkey FOREIGN KEY (product_id) REFERENCES products(id),
  CONSTRAINT order_items_quantity CHECK ((quantity >= 1)),
  CONSTRAINT order_items_returned CHECK (((returned >= 0) AND (returned <= quantity)))
);

CREATE TABLE order_links (
  hash bytea NOT NULL,
  order_id text NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT order_links_pkey PRIMARY KEY (hash),
  CONSTRAINT order_links_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(id)
);
CREATE INDEX order_links_by_end ON order_links USING btree (expires_at);
CREATE INDEX order_links_by_order ON order_links USING btree (order_id);

CREATE TABLE orders (
  id text NOT NULL,
  sale_id text NOT NULL,
  ticket_id text NOT NULL,
  ticket_ref text NOT NULL,
  buyer_id text NOT NULL,
  status text NOT NULL,
  line_number bigint NOT NULL,
  amount bigint NOT NULL,
  currency text NOT NULL,
  hold_seq bigint NOT NULL,
  hold_expires_at timestamp with time zone NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamp with time zone,
  offered boolean NOT NULL DEFAULT false,
  paid_at timestamp with time zone,
  CONSTRAINT orders_pkey PRIMARY KEY (id),
  CONSTRAINT orders_line_number UNIQUE (sale_id, line_number),
  CONSTRAINT orders_paid CHECK (((status = ANY (ARRAY['paid'::text, 'refunded'::text])) = (paid_at IS NOT NULL))),
  CONSTRAINT orders_sale_id_fkey FOREIGN KEY (sale_id) REFERENCES sales(id),
  CONSTRAINT orders_status CHECK ((status = ANY (ARRAY['held'::text, 'paid'::text, 'expired'::text, 'cancelled'::text, 'refunded'::text]))),
  CONSTRAINT orders_ticket_once UNIQUE (ticket_id)
);
CREATE INDEX orders_by_buyer ON orders USING btree (buyer_id, created_at DESC, id DESC);
CREATE INDEX orders_by_sale ON orders USING btree (sale_id, status, created_at DESC, id DESC);
CREATE INDEX orders_offered ON orders USING btree (sale_id, status) WHERE offered;
CREATE UNIQUE INDEX orders_one_hold ON orders USING btree (sale_id, buyer_id) WHERE (status = 'held'::text);

CREATE TABLE payment_requests (
  order_id text NOT NULL,
  attempt integer NOT NULL DEFAULT 1,
  payment_id text,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  tries integer NOT NULL DEFAULT 0,
  next_try_at timestamp with time zone NOT NULL,
  away_since timestamp with time zone,
  closed_at timestamp with time zone,
  CONSTRAINT payment_requests_pkey PRIMARY KEY (order_id),
  CONSTRAINT payment_requests_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(id)
);
CREATE INDEX payment_requests_open ON payment_requests USING btree (next_try_at) WHERE (closed_at IS NULL);

CREATE TABLE payments (
  id text NOT NULL,
  order_id text NOT NULL,
  status text NOT NULL,
  amount bigint NOT NULL,
  currency text NOT NULL,
  outcome text,
  seq bigint,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT payments_pkey PRIMARY KEY (id),
  CONSTRAINT payments_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(id),
  CONSTRAINT payments_outcome CHECK ((outcome = ANY (ARRAY['paid'::text, 'retaken'::text, 'refund'::text]))),
  CONSTRAINT payments_settled CHECK (((outcome IS NULL) = (seq IS NULL)))
);
CREATE INDEX payments_by_order ON payments USING btree (order_id);
CREATE UNIQUE INDEX payments_one_pays ON payments USING btree (order_id) WHERE (outcome = ANY (ARRAY['paid'::text, 'retaken'::text]));

CREATE TABLE products (
  id text NOT NULL,
  sale_id text NOT NULL,
  index integer NOT NULL,
  name text NOT NULL,
  description text NOT NULL,
  amount bigint NOT NULL,
  currency text NOT NULL,
  total integer NOT NULL,
  available integer NOT NULL,
  held integer NOT NULL DEFAULT 0,
  sold integer NOT NULL DEFAULT 0,
  CONSTRAINT products_pkey PRIMARY KEY (id),
  CONSTRAINT products_amount CHECK ((amount >= 0)),
  CONSTRAINT products_conserved CHECK ((((available + held) + sold) = total)),
  CONSTRAINT products_not_negative CHECK (((available >= 0) AND (held >= 0) AND (sold >= 0))),
  CONSTRAINT products_place UNIQUE (sale_id, index),
  CONSTRAINT products_sale_id_fkey FOREIGN KEY (sale_id) REFERENCES sales(id)
);

CREATE TABLE public_log_cursors (
  shard integer NOT NULL,
  seq bigint NOT NULL,
  CONSTRAINT public_log_cursors_pkey PRIMARY KEY (shard),
  CONSTRAINT public_log_cursors_shard_fkey FOREIGN KEY (shard) REFERENCES shards(shard)
);

CREATE TABLE public_log_leaves (
  sale_id text NOT NULL,
  number integer NOT NULL,
  index bigint NOT NULL,
  seq bigint NOT NULL,
  hash bytea NOT NULL,
  leaf bytea NOT NULL,
  CONSTRAINT public_log_leaves_pkey PRIMARY KEY (sale_id, number, index)
);
CREATE INDEX public_log_leaves_by_seq ON public_log_leaves USING btree (sale_id, number, seq);

CREATE TABLE public_log_nodes (
  sale_id text NOT NULL,
  number integer NOT NULL,
  level smallint NOT NULL,
  index bigint NOT NULL,
  hash bytea NOT NULL,
  CONSTRAINT public_log_nodes_pkey PRIMARY KEY (sale_id, number, level, index)
);

CREATE TABLE public_logs (
  sale_id text NOT NULL,
  number integer NOT NULL DEFAULT 1,
  seq bigint NOT NULL DEFAULT 0,
  size bigint NOT NULL DEFAULT 0,
  peaks bytea NOT NULL DEFAULT '\x'::bytea,
  counts jsonb NOT NULL,
  line_number bigint NOT NULL DEFAULT 0,
  signed_size bigint NOT NULL DEFAULT 0,
  checkpoint text,
  checkpoint_size bigint NOT NULL DEFAULT 0,
  checkpoint_counts jsonb,
  checkpoint_line_number bigint,
  cosign_at timestamp with time zone,
  CONSTRAINT public_logs_pkey PRIMARY KEY (sale_id),
  CONSTRAINT public_logs_checkpoint CHECK (((checkpoint_size >= 0) AND (checkpoint_size <= size))),
  CONSTRAINT public_logs_sale_id_fkey FOREIGN KEY (sale_id) REFERENCES sales(id)
);
CREATE INDEX public_logs_to_cosign ON public_logs USING btree (cosign_at) WHERE (cosign_at IS NOT NULL);
CREATE INDEX public_logs_unsigned ON public_logs USING btree (sale_id) WHERE (size > checkpoint_size);

CREATE TABLE refresh_families (
  id text NOT NULL,
  user_id text,
  guest_id text,
  guest_email text,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  newest_used integer NOT NULL DEFAULT 0,
  newest_used_at timestamp with time zone,
  CONSTRAINT refresh_families_pkey PRIMARY KEY (id),
  CONSTRAINT refresh_families_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE,
  CONSTRAINT refresh_families_whose CHECK ((((user_id IS NULL) = (guest_id IS NOT NULL)) AND ((guest_id IS NULL) = (guest_email IS NULL))))
);
CREATE INDEX refresh_families_by_guest ON refresh_families USING btree (guest_id) WHERE (guest_id IS NOT NULL);
CREATE INDEX refresh_families_by_user ON refresh_families USING btree (user_id);

CREATE TABLE refresh_tokens (
  hash bytea NOT NULL,
  family text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamp with time zone NOT NULL,
  replaced_at timestamp with time zone,
  generation integer NOT NULL,
  CONSTRAINT refresh_tokens_pkey PRIMARY KEY (hash),
  CONSTRAINT refresh_tokens_family_fkey FOREIGN KEY (family) REFERENCES refresh_families(id) ON DELETE CASCADE
);
CREATE INDEX refresh_tokens_by_end ON refresh_tokens USING btree (expires_at);
CREATE INDEX refresh_tokens_by_family ON refresh_tokens USING btree (family);

CREATE TABLE refunds (
  payment_id text NOT NULL,
  reason text NOT NULL,
  restock boolean NOT NULL DEFAULT false,
  status text NOT NULL DEFAULT 'wanted'::text,
  attempt integer NOT NULL DEFAULT 1,
  stripe_id text,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  tries integer NOT NULL DEFAULT 0,
  next_try_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  done_at timestamp with time zone,
  id text NOT NULL,
  number integer NOT NULL,
  amount bigint NOT NULL,
  items text,
  key text,
  returned boolean NOT NULL DEFAULT false,
  end_reason text,
  CONSTRAINT refunds_pkey PRIMARY KEY (id),
  CONSTRAINT refunds_amount CHECK ((amount >= 1)),
  CONSTRAINT refunds_ended CHECK (((status = 'ended'::text) = (end_reason IS NOT NULL))),
  CONSTRAINT refunds_number UNIQUE (payment_id, number),
  CONSTRAINT refunds_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payments(id),
  CONSTRAINT refunds_reason CHECK ((reason = ANY (ARRAY['wrong_amount'::text, 'surplus'::text, 'limit_reached'::text, 'sold_out'::text, 'requested'::text, 'at_stripe'::text]))),
  CONSTRAINT refunds_status CHECK ((status = ANY (ARRAY['wanted'::text, 'pending'::text, 'succeeded'::text, 'failed'::text, 'ended'::text])))
);
CREATE UNIQUE INDEX refunds_at_stripe ON refunds USING btree (stripe_id) WHERE (stripe_id IS NOT NULL);
CREATE UNIQUE INDEX refunds_key ON refunds USING btree (payment_id, key) WHERE (key IS NOT NULL);
CREATE INDEX refunds_open ON refunds USING btree (next_try_at) WHERE (done_at IS NULL);

CREATE TABLE required_migrations (
  name text NOT NULL,
  CONSTRAINT required_migrations_pkey PRIMARY KEY (name)
);

CREATE TABLE sale_counts (
  sale_id text NOT NULL,
  name text NOT NULL,
  count bigint NOT NULL,
  CONSTRAINT sale_counts_pkey PRIMARY KEY (sale_id, name),
  CONSTRAINT sale_counts_sale_id_fkey FOREIGN KEY (sale_id) REFERENCES sales(id)
);

CREATE TABLE sales (
  id text NOT NULL,
  shard integer NOT NULL,
  name text NOT NULL,
  description text NOT NULL,
  starts_at timestamp with time zone NOT NULL,
  ends_at timestamp with time zone NOT NULL,
  closed text NOT NULL DEFAULT ''::text,
  per_buyer_limit integer NOT NULL,
  hold_seconds integer NOT NULL,
  line_number bigint NOT NULL DEFAULT 0,
  passed bigint NOT NULL DEFAULT 0,
  last_seq bigint,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  waitlist_max integer NOT NULL DEFAULT 0,
  offering boolean NOT NULL DEFAULT false,
  hold_limit_count integer,
  hold_limit_seconds integer,
  challenge boolean NOT NULL DEFAULT false,
  offer_seconds integer,
  time_zone text NOT NULL DEFAULT 'UTC'::text,
  archived_seq bigint,
  in_part boolean NOT NULL DEFAULT false,
  history_dropped boolean NOT NULL DEFAULT false,
  secret_id text,
  public_salt bytea DEFAULT decode(replace(((gen_random_uuid())::text || (gen_random_uuid())::text), '-'::text, ''::text), 'hex'::text),
  CONSTRAINT sales_pkey PRIMARY KEY (id),
  CONSTRAINT sales_archived CHECK (((archived_seq IS NULL) OR ((closed <> ''::text) AND (NOT in_part)))),
  CONSTRAINT sales_closed CHECK ((closed = ANY (ARRAY[''::text, 'closed'::text, 'ended'::text]))),
  CONSTRAINT sales_hold CHECK (((hold_seconds >= 1) AND (hold_seconds <= 86400))),
  CONSTRAINT sales_hold_limit CHECK ((((hold_limit_count IS NULL) = (hold_limit_seconds IS NULL)) AND (hold_limit_count >= 1) AND (hold_limit_seconds >= 1))),
  CONSTRAINT sales_limit CHECK ((per_buyer_limit >= 1)),
  CONSTRAINT sales_offer_seconds CHECK (((offer_seconds >= 1) AND (offer_seconds <= 86400))),
  CONSTRAINT sales_shard_fkey FOREIGN KEY (shard) REFERENCES shards(shard),
  CONSTRAINT sales_waitlist CHECK ((waitlist_max >= 0)),
  CONSTRAINT sales_window CHECK ((starts_at < ends_at))
);
CREATE INDEX sales_by_shard ON sales USING btree (shard, archived_seq);
CREATE INDEX sales_newest ON sales USING btree (created_at DESC, id DESC);
CREATE INDEX sales_offering ON sales USING btree (shard) WHERE offering;

CREATE TABLE shards (
  shard integer NOT NULL,
  epoch integer NOT NULL DEFAULT 0,
  log_seq bigint NOT NULL DEFAULT 0,
  log_hash bytea NOT NULL DEFAULT '\x'::bytea,
  last_job bigint NOT NULL DEFAULT 0,
  passed bigint NOT NULL DEFAULT 0,
  format integer NOT NULL DEFAULT 1,
  CONSTRAINT shards_pkey PRIMARY KEY (shard)
);

CREATE TABLE stripe_cursor (
  id boolean NOT NULL DEFAULT true,
  read_until timestamp with time zone NOT NULL,
  CONSTRAINT stripe_cursor_pkey PRIMARY KEY (id),
  CONSTRAINT stripe_cursor_one CHECK (id)
);

CREATE TABLE tickets (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  sale_id text NOT NULL,
  line_number bigint NOT NULL,
  buyer_id text NOT NULL,
  ticket_id text NOT NULL,
  ticket_ref text NOT NULL,
  outcome text NOT NULL,
  duplicate_of text,
  decided_at timestamp with time zone NOT NULL,
  facts text,
  CONSTRAINT tickets_pkey PRIMARY KEY (id),
  CONSTRAINT tickets_line_number UNIQUE (sale_id, line_number),
  CONSTRAINT tickets_sale_id_fkey FOREIGN KEY (sale_id) REFERENCES sales(id)
);
CREATE INDEX tickets_by_buyer ON tickets USING btree (buyer_id, id DESC);

CREATE TABLE users (
  id text NOT NULL,
  email text NOT NULL,
  name text,
  password_hash text NOT NULL,
  role text NOT NULL DEFAULT 'buyer'::text,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT users_pkey PRIMARY KEY (id),
  CONSTRAINT users_role CHECK ((role = ANY (ARRAY['buyer'::text, 'admin'::text])))
);
CREATE INDEX users_by_email ON users USING btree (lower(email) text_pattern_ops);
CREATE UNIQUE INDEX users_email ON users USING btree (lower(email));

CREATE TABLE waitlist (
  ticket_id text NOT NULL,
  sale_id text NOT NULL,
  buyer_id text NOT NULL,
  ticket_ref text NOT NULL,
  items text NOT NULL,
  line_number bigint NOT NULL,
  status text NOT NULL DEFAULT 'waitlisted'::text,
  seq bigint NOT NULL,
  origin text NOT NULL DEFAULT ''::text,
  CONSTRAINT waitlist_pkey PRIMARY KEY (ticket_id),
  CONSTRAINT waitlist_line_number UNIQUE (sale_id, line_number),
  CONSTRAINT waitlist_sale_id_fkey FOREIGN KEY (sale_id) REFERENCES sales(id),
  CONSTRAINT waitlist_status CHECK ((status = ANY (ARRAY['waitlisted'::text, 'offered'::text, 'sold_out'::text, 'rejected'::text, 'cancelled'::text])))
);
CREATE UNIQUE INDEX waitlist_one_place ON waitlist USING btree (sale_id, buyer_id) WHERE (status = 'waitlisted'::text);
CREATE INDEX waitlist_waiting ON waitlist USING btree (sale_id, line_number) WHERE (status = 'waitlisted'::text);

CREATE TABLE webhook_endpoints (
  id text NOT NULL,
  sale_id text NOT NULL,
  url text NOT NULL,
  secret text NOT NULL,
  events text[] NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  removed_at timestamp with time zone,
  CONSTRAINT webhook_endpoints_pkey PRIMARY KEY (id),
  CONSTRAINT webhook_endpoints_sale_id_fkey FOREIGN KEY (sale_id) REFERENCES sales(id)
);
CREATE INDEX webhook_endpoints_by_sale ON webhook_endpoints USING btree (sale_id) WHERE (removed_at IS NULL);

CREATE TABLE webhook_events (
  id text NOT NULL,
  type text NOT NULL,
  payload text NOT NULL,
  received_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  tries integer NOT NULL DEFAULT 0,
  next_try_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  applied_at timestamp with time zone,
  result text,
  CONSTRAINT webhook_events_pkey PRIMARY KEY (id)
);
CREATE INDEX webhook_events_applied ON webhook_events USING btree (applied_at) WHERE (applied_at IS NOT NULL);
CREATE INDEX webhook_events_ended ON webhook_events USING btree (result) WHERE (result ~~ 'ended:%'::text);
CREATE INDEX webhook_events_open ON webhook_events USING btree (next_try_at) WHERE (applied_at IS NULL);
