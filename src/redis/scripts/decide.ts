import type { SkipReason } from '../../domain/entry.ts';
import type { RedisClient } from '../client.ts';
import type { ShardKeys } from '../keys.ts';
import { Script } from '../script.ts';

const script = new Script('decide');

/** One job of a group: its batch as it stands in the queue, or why it is skipped. */
export type GroupJob =
  | { readonly raw: string; readonly sale: string }
  | { readonly skip: SkipReason };

export type DecideReply =
  | { status: 'STALE_EPOCH' }
  | { status: 'NOT_LOADED'; sale: string }
  | { status: 'GAP'; decided: number }
  | { status: 'DECIDED'; decided: number; seq: number };

/** Decides a group of consecutive jobs, the first of which is `firstJob`, see lua/decide.lua. */
export async function decide(
  redis: RedisClient,
  keys: ShardKeys,
  args: { epoch: number; firstJob: number; jobs: readonly GroupJob[] },
): Promise<DecideReply> {
  const at = keys.at(args.epoch);
  const sales = [...new Set(args.jobs.flatMap((job) => ('sale' in job ? [job.sale] : [])))];
  const reply = await script.run(
    redis,
    [
      keys.epoch,
      at.state,
      at.journal,
      at.outcomes,
      keys.cancels,
      ...sales.flatMap((id) => {
        const sale = at.sale(id);
        const { buyers, holds, attempts, waiters, shapes, origins } = sale;
        return [sale.sale, buyers, holds, attempts, waiters, shapes, origins];
      }),
    ],
    [
      args.epoch,
      sales.length,
      ...sales,
      args.firstJob,
      ...args.jobs.map((job) => ('raw' in job ? job.raw : `!${job.skip}`)),
    ],
  );
  const [status, first, second] = reply;
  switch (status) {
    case 'STALE_EPOCH':
      return { status };
    case 'NOT_LOADED':
      return { status, sale: String(first) };
    case 'GAP':
      return { status, decided: Number(first) };
    case 'DECIDED':
      return { status, decided: Number(first), seq: Number(second) };
    default:
      throw script.unknown(reply);
  }
}
