import { cpus } from 'node:os';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { Engines } from './engines.ts';

/** A number with thousands separators and `digits` decimals. */
export function format(value: number, digits = 0): string {
  return value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** Rows as aligned columns: the first left-aligned, the others right-aligned. */
export function alignTable(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    widths
      .map((width, column) => {
        const cell = row[column] ?? '';
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('   ')
      .trimEnd(),
  );
}

/** The date and machine of this run: date, cores, Node. */
export function describeMachine(): string {
  const [core] = cpus();
  const date = new Date().toISOString().slice(0, 16).replace('T', ' ');
  return `${date} UTC, ${cpus().length} cores (${core?.model.trim()}), Node ${process.version.slice(1)}`;
}

/** Versions of the engines, and their durability settings. */
export async function describeEngines({ redis, postgres }: Engines): Promise<string> {
  const connection = new Redis(redis.url, { replyMapping: 'legacy' });
  const client = new pg.Client(postgres.url);
  await client.connect();
  try {
    const show = async (name: string) => (await client.query(`show ${name}`)).rows[0][name];
    const version = /redis_version:(\S+)/.exec(await connection.info('server'))?.[1];
    const config = (await connection.config('GET', 'appendfsync')) as string[];
    return (
      `Redis ${version} (appendfsync ${config[1]}), Postgres ${await show('server_version')} ` +
      `(fsync ${await show('fsync')}, synchronous_commit ${await show('synchronous_commit')})`
    );
  } finally {
    connection.disconnect();
    await client.end();
  }
}
