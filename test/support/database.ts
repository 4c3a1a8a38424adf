import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { pino } from 'pino';
import { inject } from 'vitest';
import { APP_ROLE } from './app-role.ts';

/**
 * Creates a database in the run's Postgres. Returns its URL, for the role of the API and the
 * workers.
 *
 * @param template what it is a copy of; by default it has the newest schema
 */
export async function createDatabase(template = inject('templateDatabase')): Promise<string> {
  const adminUrl = inject('postgresUrl');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const client = new pg.Client(adminUrl);
  await client.connect();
  await client.query(`create database ${name} template ${template}`);
  await client.end();
  return withRole(`${new URL(`/${name}`, adminUrl)}`, APP_ROLE);
}

/** The URL of the same database for its owner, who may do what the processes may not. */
export function ownerUrl(databaseUrl: string): string {
  const { username, password } = new URL(inject('postgresUrl'));
  return withRole(databaseUrl, { name: username, password });
}

function withRole(text: string, role: { readonly name: string; readonly password: string }) {
  const url = new URL(text);
  url.username = role.name;
  url.password = role.password;
  return url.href;
}

/** A logger for components whose log the test does not read. */
export const silent = pino({ level: 'silent' });
