import { listShards } from '../db/shards.ts';
import { reconcile } from '../line/reconcile.ts';
import { withLine } from './with-line.ts';

// npm run reconcile: compares every shard in Redis with Postgres, everything it has, and repairs what differs.
await withLine('reconcile', async ({ redis, db, shards, log }) => {
  for (const id of await listShards(db)) {
    const found = await reconcile({ redis, db, log }, shards.at(id), 'all');
    switch (found.status) {
      case 'same':
        log.info({ shard: id, seq: found.seq }, 'Redis has what Postgres says');
        break;
      case 'different':
        log.info({ shard: id }, 'repaired');
        break;
      case 'busy':
        log.warn({ shard: id }, 'the shard is busy: not compared, try again when it is quiet');
        process.exitCode = 1;
    }
  }
});
