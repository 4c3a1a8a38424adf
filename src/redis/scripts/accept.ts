import type { TicketLimitName, TicketQuotas } from '../../domain/limits.ts';
import type { RedisClient } from '../client.ts';
import type { ShardKeys } from '../keys.ts';
import { type Reply, Script } from '../script.ts';

const script = new Script('accept');

/** What lua/accept.lua found for a ticket of a batch. */
export type Verdict =
  /**
   * `limit` is the nearest one, and allows `remaining` more requests; none where nothing is
   * counted.
   */
  | { kind: 'accepted'; limit?: { name: TicketLimitName; remaining: number } }
  | { kind: 'throttled'; limit: { name: TicketLimitName; waitMs: number } }
  | { kind: 'used' };

export type AcceptReply =
  | { status: 'STALE_EPOCH' | 'NOT_LOADED' }
  | { status: 'CLOSED' | 'LINE_FULL' }
  | { status: 'NOT_OPEN'; nowMs: number; startsMs: number }
  | {
      status: 'ACCEPTED';
      nowMs: number;
      last: number;
      lastAll: number;
      passed: number;
      /** One per ticket, in their order; left out where no single ticket may be refused. */
      verdicts?: readonly Verdict[];
    };

/** The requester of a ticket of a batch, as far as a limit or a solution needs it. */
export interface Asker {
  readonly buyer: string;
  /** Keyed hash, see src/line/origin.ts. */
  readonly ipHash?: string | undefined;
  readonly solution?: SolutionUse | undefined;
}

/** The solution of a challenge that a ticket brings. It may be used once. */
export interface Solution {
  readonly id: string;
  /** How long nobody else may use it. */
  readonly keepMs: number;
}

export type SolutionUse = Solution & {
  /** Who may bring it again. */
  readonly by: string;
};

export interface AcceptArgs {
  readonly epoch: number;
  readonly sale: string;
  readonly count: number;
  readonly maxWaiting: number;
  /** What may refuse single tickets; left out where nothing does. */
  readonly judge?: { readonly quotas: TicketQuotas; readonly askers: readonly Asker[] } | undefined;
}

/** Takes the places in line for a batch of `count` tickets, see lua/accept.lua. */
export async function accept(
  redis: RedisClient,
  keys: ShardKeys,
  { epoch, sale, count, maxWaiting, judge }: AcceptArgs,
): Promise<AcceptReply> {
  const judged = judge === undefined ? { keys: [], args: [] } : judging(keys, sale, judge);
  const reply = await script.run(
    redis,
    [
      keys.epoch,
      keys.at(epoch).sale(sale).sale,
      keys.accepted,
      keys.progress,
      keys.queue('wait'),
      keys.queue('active'),
      ...judged.keys,
    ],
    [epoch, sale, count, maxWaiting, ...judged.args],
  );
  const [status, nowMs, last, lastAll, passed] = reply;
  switch (status) {
    case 'STALE_EPOCH':
    case 'NOT_LOADED':
    case 'CLOSED':
    case 'LINE_FULL':
      return { status };
    case 'NOT_OPEN':
      return { status, nowMs: Number(nowMs), startsMs: Number(last) };
    case 'ACCEPTED':
      return {
        status,
        nowMs: Number(nowMs),
        last: Number(last),
        lastAll: Number(lastAll),
        passed: Number(passed),
        ...(judge === undefined ? {} : { verdicts: verdictsOf(reply) }),
      };
    default:
      throw script.unknown(reply);
  }
}

/** What lua/accept.lua gets where single tickets may be refused: keys, and one JSON per batch. */
function judging(
  keys: ShardKeys,
  sale: string,
  { quotas, askers }: NonNullable<AcceptArgs['judge']>,
) {
  const limits = [
    { letter: 'B', quota: quotas.perBuyer, names: askers.map(({ buyer }) => `b${buyer}`) },
    { letter: 'I', quota: quotas.perIp, names: askers.map(({ ipHash = 'i' }) => ipHash) },
    { letter: 'S', quota: quotas.perSale },
  ].filter(({ quota }) => quota > 0);
  const uses = askers.flatMap(({ solution }, i) => (solution ? [{ ...solution, at: i + 1 }] : []));
  const solutions = uses.map(({ at, by, keepMs }) => ({ ticket: at, by, keepMs }));
  return {
    keys: [...keys.requests(sale), ...uses.map(({ id }) => keys.solved(id))],
    args: [JSON.stringify({ limits, solutions })],
  };
}

const NAMES: Record<string, TicketLimitName> = {
  b: 'tickets_buyer',
  i: 'tickets_ip',
  s: 'tickets_sale',
};

function verdictsOf(reply: Reply): Verdict[] {
  const letters = String(reply[5]);
  return Array.from(letters, (letter, i): Verdict => {
    if (letter === 'A') return { kind: 'accepted' };
    if (letter === 'u') return { kind: 'used' };
    const name = NAMES[letter.toLowerCase()];
    if (name === undefined) throw script.unknown(reply);
    const number = Number(reply[6 + i]);
    return letter in NAMES
      ? { kind: 'throttled', limit: { name, waitMs: number } }
      : { kind: 'accepted', limit: { name, remaining: number } };
  });
}
