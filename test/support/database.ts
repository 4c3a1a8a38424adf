import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { pino } from 'pino';
import { inject } from 'vitest';
import { connectDb } from '../../src/db/client.ts';
import { migrateToLatest } from '../../src/db/migrator.ts';

/** Creates a database with the newest schema in the run's Postgres. Returns its URL. */
export async function createDatabase(): Promise<string> {
  const adminUrl = inject('postgresUrl');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const client = new pg.Client(adminUrl);
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  const url = new URL(adminUrl);
  url.pathname = name;
  const db = connectDb(url.href, silent, 1);
  await migrateToLatest(db);
  await db.destroy();
  return url.href;
}

/** A logger for components whose log the test does not read. */
export const silent = pino({ level: 'silent' });
