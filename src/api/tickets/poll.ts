import type { SealedTicket } from '../../line/ticket-id.ts';
import { isOutage } from '../../process/outage.ts';
import type { TicketView } from '../schemas/ticket.ts';
import {
  isQueued,
  knownState,
  type OwnTicket,
  openTicket,
  readState,
  type TicketState,
  type TicketStateDeps,
} from './ticket-state.ts';

/** A poll of a ticket. */
export interface Poll {
  readonly buyer: string;
  readonly ticketId: string;
  /** How long the answer may wait for a change of its status, in ms; 0: not at all. */
  readonly waitMs: number;
  /** Its signal is aborted when the caller has disconnected; made when it is read. */
  readonly request: Pick<Request, 'signal'>;
}

/**
 * The state of a ticket; that of a queued one is answered from memory, at once. A queued or
 * waitlisted one is answered when its status changes, or after `waitMs`.
 *
 * @throws DomainError ticket_not_found for a forged id or another buyer's
 */
export function pollTicket(deps: TicketStateDeps, poll: Poll): TicketView | Promise<TicketView> {
  const ticket = openTicket(deps.sealer, poll.buyer, poll.ticketId);
  const { shard, ref } = ticket;
  const isProven = poll.waitMs === 0 && deps.progress.hasQueued(shard, ref.job);
  const known = isProven ? knownState(deps, ticket) : undefined;
  return known?.view ?? readOrWait(deps, ticket, poll);
}

async function readOrWait(
  deps: TicketStateDeps,
  ticket: OwnTicket,
  { waitMs, request }: Poll,
): Promise<TicketView> {
  const { progress } = deps;
  await progress.ensure(ticket.shard);
  await proveQueued(deps, ticket);
  const state = await readState(deps, ticket);
  if (waitMs === 0) return state.view;
  const gone = request.signal;
  if (state.view.status !== 'queued') {
    return (await untilLeft(deps, ticket, state, { waitMs, gone })).view;
  }
  await until(waitMs, gone, (end) => {
    const forget = progress.onReach(ticket.shard, ticket.ref.job, end);
    if (!isQueued(progress, ticket)) queueMicrotask(end); // its turn came meanwhile
    return forget;
  });
  return (await readState(deps, ticket)).view;
}

/**
 * Waits while the ticket is on the waitlist, at most `waitMs`: not every callback means that it has
 * left.
 */
async function untilLeft(
  deps: TicketStateDeps,
  ticket: OwnTicket,
  first: TicketState,
  { waitMs, gone }: { readonly waitMs: number; readonly gone: AbortSignal },
): Promise<TicketState> {
  const { progress } = deps;
  const endsAt = performance.now() + waitMs;
  let state = first;
  while (state.waiting !== undefined && !gone.aborted && !progress.isStopped) {
    const leftMs = endsAt - performance.now();
    if (leftMs <= 0) break;
    const { waiting } = state;
    const seen = new AbortController();
    const called = until(leftMs, AbortSignal.any([gone, seen.signal]), (end) =>
      progress.onLeave(ticket.sale, waiting, end),
    );
    try {
      // It may have left between the read before and the call above.
      if ((await readState(deps, ticket)).waiting === undefined) seen.abort();
      await called;
    } finally {
      seen.abort();
    }
    state = await readState(deps, ticket);
  }
  return state;
}

/**
 * A ticket id is authentic: where Redis has not counted up to its job, Redis was restored to an
 * older copy and lost what was accepted since. I4: such tickets are rejected, and numbers jump
 * ahead.
 */
async function proveQueued(
  { progress, shards, views }: TicketStateDeps,
  { shard: id, sale, ref }: SealedTicket,
): Promise<void> {
  try {
    if (!(await progress.hasLost(id, ref.job))) return;
    const known = await views.find(sale); // otherwise the ticket predates this database
    if (known?.sale.shard !== id) return;
    const shard = shards.at(id);
    const seen = await shard.epoch();
    if (!(await progress.hasLost(id, ref.job))) return; // a rebuild happened meanwhile
    await shard.rebuild({ seen, lost: true });
    await progress.refresh();
  } catch (error) {
    if (!isOutage(error)) throw error; // the next poll retries
  }
}

/** Waits for a callback, at most `waitMs`, or until the signal is aborted. */
function until(
  waitMs: number,
  gone: AbortSignal,
  subscribe: (end: () => void) => () => void,
): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      forget();
      gone.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, waitMs);
    const forget = subscribe(end);
    gone.addEventListener('abort', end);
    if (gone.aborted) end();
  });
}
