import type { SealedTicket } from '../../line/ticket-id.ts';
import { isOutage } from '../../process/outage.ts';
import type { TicketView } from '../schemas/ticket.ts';
import type { LongPolls } from './long-polls.ts';
import {
  isQueued,
  knownState,
  type OwnTicket,
  openTicket,
  readState,
  type TicketState,
  type TicketStateDeps,
} from './ticket-state.ts';

export interface PollDeps extends TicketStateDeps {
  readonly longPolls: LongPolls;
}

/** A poll of a ticket. */
export interface Poll {
  readonly buyer: string;
  readonly ticketId: string;
  /** How long the answer may wait for a change of its status, in ms; 0: not at all. */
  readonly waitMs: number;
  /** The IP that it is counted for while it waits; found when it is needed. */
  readonly ip: () => string;
  /** Its signal is aborted when the caller has disconnected; made when it is read. */
  readonly request: Pick<Request, 'signal'>;
}

/**
 * The state of a ticket; that of a queued one is answered from memory, at once. A queued or
 * waitlisted one is answered when its status changes, when the ticket is polled again, or after
 * `waitMs`.
 *
 * @throws DomainError ticket_not_found for a forged id or another buyer's, too_many_requests and
 *   unavailable when too many wait
 */
export function pollTicket(deps: PollDeps, poll: Poll): TicketView | Promise<TicketView> {
  const ticket = openTicket(deps.sealer, poll.buyer, poll.ticketId);
  const { shard, ref } = ticket;
  const isProven = poll.waitMs === 0 && deps.progress.hasQueued(shard, ref.job);
  const known = isProven ? knownState(deps, ticket) : undefined;
  return known?.view ?? readOrWait(deps, ticket, poll);
}

async function readOrWait(deps: PollDeps, ticket: OwnTicket, poll: Poll): Promise<TicketView> {
  const { progress } = deps;
  await progress.ensure(ticket.shard);
  await proveQueued(deps, ticket);
  const state = await readState(deps, ticket);
  const isOpen = state.view.status === 'queued' || state.waiting !== undefined;
  if (poll.waitMs === 0 || !isOpen) return state.view;
  const { ticketId, ip, request } = poll;
  return deps.longPolls.wait({ ticketId, ip: ip(), gone: request.signal }, (over) =>
    waitFor(deps, ticket, state, { waitMs: poll.waitMs, over }),
  );
}

/** How long a wait lasts at most, and what ends it before. */
interface Wait {
  readonly waitMs: number;
  readonly over: AbortSignal;
}

async function waitFor(
  deps: TicketStateDeps,
  ticket: OwnTicket,
  state: TicketState,
  wait: Wait,
): Promise<TicketView> {
  const { progress } = deps;
  if (state.view.status !== 'queued') return (await untilLeft(deps, ticket, state, wait)).view;
  await until(wait, (end) => {
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
  { waitMs, over }: Wait,
): Promise<TicketState> {
  const { progress } = deps;
  const endsAt = performance.now() + waitMs;
  let state = first;
  while (state.waiting !== undefined && !over.aborted && !progress.isStopped) {
    const leftMs = endsAt - performance.now();
    if (leftMs <= 0) break;
    const { waiting } = state;
    const seen = new AbortController();
    const wait = { waitMs: leftMs, over: AbortSignal.any([over, seen.signal]) };
    const called = until(wait, (end) => progress.onLeave(ticket.sale, waiting, end));
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
function until({ waitMs, over }: Wait, subscribe: (end: () => void) => () => void): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      forget();
      over.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, waitMs);
    const forget = subscribe(end);
    over.addEventListener('abort', end);
    if (over.aborted) end();
  });
}
