import { listShards } from '../db/shards.ts';
import { readEpoch } from '../redis/line-reads.ts';
import { withLine } from './with-line.ts';

// npm run rebuild -- SHARD: rebuilds a shard in Redis from Postgres. Batches waiting in its line
// stay.
await withLine('rebuild', async ({ redis, db, shards, log }) => {
  const known = await listShards(db);
  const shard = known.find((id) => String(id) === process.argv[2]);
  if (shard === undefined || process.argv.length > 3) {
    console.error(`Usage: npm run rebuild -- SHARD\nSHARD is one of ${known.join(', ')}.`);
    process.exitCode = 1;
    return;
  }
  const before = await readEpoch(redis, shards.at(shard).keys);
  const epoch = await shards.at(shard).rebuild({ seen: before });
  log.info({ shard, epoch }, 'the shard in Redis is what Postgres says');
});
