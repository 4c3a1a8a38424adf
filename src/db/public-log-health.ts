import { sql } from 'kysely';
import type { Db } from './client.ts';

/** How the public logs of all sales are. */
export interface PublicLogHealth {
  /** Entries of all shards that the public logs lack, skips included; 0 where nothing signs. */
  readonly behind: number;
  /** Checkpoints that a witness has not cosigned. */
  readonly uncosigned: number;
  /** Logs that had to begin anew, ever. */
  readonly anew: number;
}

/** Looks at all public logs. */
export async function readPublicLogHealth(db: Db): Promise<PublicLogHealth> {
  const { rows } = await sql<PublicLogHealth>`
    select
      (select coalesce(sum(log_seq - coalesce(seq, 0)), 0)::bigint
        from shards left join public_log_cursors using (shard)
        where exists (select from log_keys)) as behind,
      (select count(*) from public_logs where cosign_at is not null) as uncosigned,
      (select coalesce(sum(number - 1), 0)::bigint from public_logs) as anew`.execute(db);
  const [health] = rows;
  if (health === undefined) throw new Error('no row');
  return health;
}
