import { sql } from 'kysely';
import type { Db } from '../client.ts';

/** Adds to a sale's count of a name. */
export async function addCount(db: Db, sale: string, name: string, by: number): Promise<void> {
  await sql`
    insert into sale_counts (sale_id, name, count) values (${sale}, ${name}, ${by})
    on conflict (sale_id, name) do update set count = sale_counts.count + excluded.count`.execute(
    db,
  );
}
