import type { TicketLimitName, TicketQuotas } from '../../domain/limits.ts';
import type { ShardKeys } from '../keys.ts';
import { operation, type ReplyTo } from '../operation.ts';

/** The verdict of lua/accept.lua on a ticket of a batch. */
export type Verdict =
  /**
   * `limit` is the nearest one, and allows `remaining` more requests; none when nothing is counted.
   */
  | { kind: 'accepted'; limit?: { name: TicketLimitName; remaining: number } }
  | { kind: 'throttled'; limit: { name: TicketLimitName; waitMs: number } }
  | { kind: 'used' };

export type AcceptReply = ReplyTo<typeof accept>;

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
  /** How long no other request may use it. */
  readonly keepMs: number;
}

type SolutionUse = Solution & {
  /** Who may bring it again. */
  readonly by: string;
};

interface Accept {
  readonly sale: string;
  readonly count: number;
  readonly maxWaiting: number;
  /** What may refuse single tickets; omitted when nothing does. */
  readonly checks?:
    | { readonly quotas: TicketQuotas; readonly askers: readonly Asker[] }
    | undefined;
}

type Checks = NonNullable<Accept['checks']>;

/** Takes the places in line for a batch of `count` tickets, see lua/accept.lua. */
export const accept = operation('accept', {
  needs: 'open',
  keys: (at, { sale, checks }, shard) => [
    ...[at.sale(sale).sale, shard.accepted, shard.progress],
    ...[shard.queue('wait'), shard.queue('active')],
    ...(checks === undefined ? [] : checkKeys(shard, sale, checks)),
  ],
  args: ({ sale, count, maxWaiting, checks }: Accept) => [
    ...[sale, count, maxWaiting],
    ...(checks === undefined ? [] : [checkArgs(checks)]),
  ],
  replies: {
    STALE_EPOCH: {},
    NOT_LOADED: {},
    CLOSED: {},
    NOT_OPEN: { nowMs: Number, startsMs: Number },
    LINE_FULL: {},
    ACCEPTED: {
      nowMs: Number,
      last: Number,
      lastAll: Number,
      passed: Number,
      verdicts: verdictsOf,
    },
  },
});

function checkKeys(shard: ShardKeys, sale: string, checks: Checks): string[] {
  return [...shard.requests(sale), ...usesOf(checks).map(({ id }) => shard.solved(id))];
}

/** The argument of lua/accept.lua when single tickets may be refused: one JSON per batch. */
function checkArgs(checks: Checks): string {
  const { quotas, askers } = checks;
  const limits = [
    { letter: 'B', quota: quotas.perBuyer, names: askers.map(({ buyer }) => `b${buyer}`) },
    { letter: 'I', quota: quotas.perIp, names: askers.map(({ ipHash = 'i' }) => ipHash) },
    { letter: 'S', quota: quotas.perSale },
  ].filter(({ quota }) => quota > 0);
  const solutions = usesOf(checks).map(({ ticket, by, keepMs }) => ({ ticket, by, keepMs }));
  return JSON.stringify({ limits, solutions });
}

/** The solutions of a batch, each with the ticket that brings it, from 1 on. */
function usesOf({ askers }: Checks) {
  return askers.flatMap(({ solution }, i) => (solution ? [{ ...solution, ticket: i + 1 }] : []));
}

const NAMES: Record<string, TicketLimitName> = {
  b: 'tickets_buyer',
  i: 'tickets_ip',
  s: 'tickets_sale',
};

/** One per ticket, in their order; undefined when there was nothing to check. */
function verdictsOf(
  letters: string | number | undefined,
  numbers: readonly (string | number)[],
): readonly Verdict[] | undefined {
  if (letters === undefined) return undefined;
  return Array.from(String(letters), (letter, i): Verdict => {
    if (letter === 'A') return { kind: 'accepted' };
    if (letter === 'u') return { kind: 'used' };
    const name = NAMES[letter.toLowerCase()];
    if (name === undefined)
      throw new Error(`accept.lua gave a ticket the unknown verdict "${letter}"`);
    const number = Number(numbers[i]);
    return letter in NAMES
      ? { kind: 'throttled', limit: { name, waitMs: number } }
      : { kind: 'accepted', limit: { name, remaining: number } };
  });
}
