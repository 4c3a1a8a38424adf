import { listShards } from '../db/shards.ts';
import { reconcile } from '../line/reconcile.ts';
import { applyEvent } from '../payments/events.ts';
import { reconcilePayments } from '../payments/reconcile.ts';
import { withLine } from './with-line.ts';

/** Stripe retries its webhooks for three days. */
const DEFAULT_HOURS = 72;

// npm run reconcile [-- HOURS]: compares every shard in Redis with Postgres, completely, and
// repairs differences; then compares the payments of the last hours with Stripe.
await withLine('reconcile', async ({ redis, db, shards, stripe, log }) => {
  const hours = Number(process.argv[2] ?? DEFAULT_HOURS);
  if (!(hours > 0) || process.argv.length > 3) {
    console.error('Usage: npm run reconcile [-- HOURS]\nHOURS of payments, 72 when left out.');
    process.exitCode = 1;
    return;
  }
  for (const id of await listShards(db)) {
    const found = await reconcile({ redis, db, log }, shards.at(id), 'all');
    switch (found.status) {
      case 'same':
        log.info({ shard: id, seq: found.seq }, 'Redis matches Postgres');
        break;
      case 'different':
        log.info({ shard: id }, 'repaired');
        break;
      case 'busy':
        log.warn({ shard: id }, 'the shard is busy: skipped, run again when it is quiet');
        process.exitCode = 1;
    }
  }
  if (stripe === undefined) {
    log.info('no Stripe key: payments skipped');
    return;
  }
  const deps = { redis, db, shards, stripe, log };
  const since = new Date(Date.now() - hours * 3_600_000);
  const found = await reconcilePayments(deps, since);
  for (const id of found.events) await applyEvent(deps, id);
  log.info(
    { hours, events: found.events.length, payments: found.intents },
    'payments are what Stripe says',
  );
});
