import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { pino } from 'pino';
import { inject } from 'vitest';

/** Creates a database with the newest schema in the run's Postgres. Returns its URL. */
export async function createDatabase(): Promise<string> {
  const adminUrl = inject('postgresUrl');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const client = new pg.Client(adminUrl);
  await client.connect();
  await client.query(`create database ${name} template ${inject('templateDatabase')}`);
  await client.end();
  const url = new URL(adminUrl);
  url.pathname = name;
  return url.href;
}

/** A logger for components whose log the test does not read. */
export const silent = pino({ level: 'silent' });
