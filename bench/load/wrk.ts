import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const SCRIPT = fileURLToPath(new URL('wrk.lua', import.meta.url));

/** Connections, as in the measurements that the budgets come from. */
const CONNECTIONS = 128;

/** A request that wrk sends. */
export interface WrkRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly token?: string | undefined;
  readonly etag?: string | undefined;
  readonly body?: string | undefined;
}

/** Prepared requests that wrk sends one after another, and again from the first after the last. */
export interface RequestList {
  readonly file: string;
}

const reportSchema = z.object({
  requests: z.number(),
  micros: z.number(),
  refused: z.number(),
  broken: z.number(),
  p50: z.number(),
  p95: z.number(),
  p99: z.number(),
  max: z.number(),
});

/** What wrk reports; latencies in µs. */
export type WrkReport = z.infer<typeof reportSchema> & { readonly perSecond: number };

/** Writes requests to a file of their own, which `cleanup` removes. */
export function listRequests(
  cleanup: AsyncDisposableStack,
  requests: readonly WrkRequest[],
): RequestList {
  const dir = mkdtempSync(join(tmpdir(), 'fairline-wrk-'));
  cleanup.defer(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, 'requests');
  const lines = requests.map(({ method, path, token, etag = '', body = '' }) =>
    [method, path, token === undefined ? '' : `Bearer ${token}`, etag, body].join('\t'),
  );
  writeFileSync(file, `${lines.join('\n')}\n`);
  return { file };
}

/**
 * Lets wrk send requests for some seconds, as fast as the answers come.
 *
 * @param options.from the first request of the list
 * @throws Error when an answer was a refusal, or none came
 */
export async function runWrk(
  url: string,
  list: RequestList,
  options: { readonly seconds: number; readonly from?: number },
): Promise<WrkReport> {
  const { seconds, from = 0 } = options;
  const args = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', SCRIPT, url, list.file];
  const wrk = spawn('wrk', [...args, String(from)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output] = await Promise.all([text(wrk.stdout), once(wrk, 'exit')]);
  const report = reportSchema.parse(JSON.parse(output.trim().split('\n').at(-1) ?? ''));
  if (report.refused > 0 || report.broken > 0 || report.requests === 0) {
    throw new Error(`of ${report.requests} requests: ${JSON.stringify(report)}`);
  }
  return { ...report, perSecond: (report.requests / report.micros) * 1_000_000 };
}
