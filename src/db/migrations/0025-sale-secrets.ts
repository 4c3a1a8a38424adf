import { type Kysely, sql } from 'kysely';

/**
 * A sale names the secret that the hashes of its Idempotency-Keys and origins are made with, so
 * that they stay the same while AUTH_JWT_SECRET is replaced. The version before leaves it null;
 * each API process fills that in when it starts (`src/db/sale-secrets.ts`).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table sales add column secret_id text`.execute(db);
}
