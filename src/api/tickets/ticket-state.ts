import type { Db } from '../../db/client.ts';
import { findWaiting, readPlace } from '../../db/waitlist.ts';
import { DomainError } from '../../domain/errors.ts';
import { parseItems } from '../../domain/items.ts';
import { outcomeOf } from '../../domain/outcome.ts';
import { type Outlook, queuedOutlook } from '../../domain/outlook.ts';
import { identityOf } from '../../domain/ticket.ts';
import {
  type DecidedAttempt,
  type Decision,
  findAttemptDecision,
  findDecision,
} from '../../line/decision.ts';
import type { ProgressWatch } from '../../line/progress.ts';
import type { Shards } from '../../line/shards.ts';
import type { SealedTicket, TicketSealer } from '../../line/ticket-id.ts';
import { isOutage } from '../../process/outage.ts';
import type { RedisClient } from '../../redis/client.ts';
import { showOrder } from '../orders/order-view.ts';
import { requireOrder } from '../orders/require-order.ts';
import type { SaleViews } from '../sales/sale-views.ts';
import type { TicketView } from '../schemas/ticket.ts';
import {
  type DecidedTicket,
  outcomeNow,
  showLost,
  showOrdered,
  showOutcome,
  showQueued,
  showWaiting,
} from './ticket-view.ts';

/** The sources of a ticket's state. */
export interface TicketStateDeps {
  readonly redis: RedisClient;
  readonly db: Db;
  readonly shards: Shards;
  readonly progress: ProgressWatch;
  readonly sealer: TicketSealer;
  readonly views: SaleViews;
}

/** A ticket whose owner is verified. */
export interface OwnTicket extends SealedTicket {
  readonly ticketId: string;
  readonly buyer: string;
}

/**
 * A ticket as its buyer sees it and, while it is on the waitlist, the identity under which it
 * waits: that of the ticket whose attempt it repeats, or its own.
 */
export interface TicketState {
  readonly view: TicketView;
  readonly waiting?: string;
}

/** @throws DomainError ticket_not_found for a forged id or another buyer's */
export function openTicket(sealer: TicketSealer, buyer: string, ticketId: string): OwnTicket {
  const ticket = sealer.open(buyer, ticketId);
  if (ticket === undefined) throw new DomainError('ticket_not_found');
  return { ...ticket, ticketId, buyer };
}

/** Whether the turn of a ticket has not come, as far as this process knows. */
export function isQueued(progress: ProgressWatch, { shard, ref }: SealedTicket): boolean {
  return ref.job > progress.job(shard);
}

/** The state of a ticket; that of a queued one is known from memory. */
export async function readState(deps: TicketStateDeps, ticket: OwnTicket): Promise<TicketState> {
  if (!isQueued(deps.progress, ticket)) return readSettled(deps, ticket);
  if (ticket.ref.key === '') return { view: queuedView(deps, ticket) };
  return readAttempt(deps, ticket);
}

/** The state of a ticket whose turn has come, or whose attempt was decided before its turn. */
export async function readSettled(deps: TicketStateDeps, ticket: OwnTicket): Promise<TicketState> {
  const { at, seq } = publicState(deps, ticket.shard);
  const decision = await findDecision(deps, at, attemptOf(deps, ticket));
  if (decision === undefined) {
    // The line has passed its batch without a decision: Redis lost it, or it was removed.
    return { view: showLost({ ticketId: ticket.ticketId, saleId: ticket.sale }) };
  }
  // I5: decided is not yet public.
  if (decision.seq > seq) return { view: queuedView(deps, ticket) };
  return readDecided(deps, ticket, decision);
}

/** A ticket whose turn has not come, from memory. */
export function queuedView({ progress, views }: TicketStateDeps, ticket: OwnTicket): TicketView {
  const { shard, sale: saleId, ref, ticketId } = ticket;
  const ahead = Math.max(0, ref.position - 1 - progress.passed(shard, saleId));
  const line = {
    perSecond: progress.ticketsPerSecond(shard),
    outlook: outlookOf(views, ticket),
  };
  return showQueued({ ticketId, saleId, position: ref.position, ahead }, line);
}

/**
 * A queued ticket with a key shows its attempt, which may have been decided with an earlier ticket.
 * While Redis is unavailable it is queued: that is always true of its own turn.
 */
async function readAttempt(deps: TicketStateDeps, ticket: OwnTicket): Promise<TicketState> {
  const { at, seq } = publicState(deps, ticket.shard);
  try {
    const decision = await findAttemptDecision(deps, at, attemptOf(deps, ticket));
    if (decision !== undefined && decision.seq <= seq) {
      return await readDecided(deps, ticket, decision);
    }
  } catch (error) {
    if (!isOutage(error)) throw error;
  }
  return { view: queuedView(deps, ticket) };
}

function attemptOf({ views }: TicketStateDeps, { sale, buyer, ref }: OwnTicket): DecidedAttempt {
  return { sale, buyer, ref, mayBeArchived: !views.wasJustOpen(sale) };
}

/**
 * The keys of a shard's epoch and the last public entry, read together and before the outcome: what
 * an older epoch decided is not what a newer one has published.
 */
function publicState({ progress, shards }: TicketStateDeps, shard: number) {
  const [epoch, seq] = [progress.epoch(shard), progress.seq(shard)];
  return { at: shards.at(shard).keys.at(epoch), seq };
}

async function readDecided(
  deps: TicketStateDeps,
  ticket: OwnTicket,
  { ref, letter, lineNumber, other }: Decision,
): Promise<TicketState> {
  const { shard, sale: saleId, buyer, ticketId } = ticket;
  const identity = identityOf(ref);
  const outcome = outcomeOf(letter);
  if (outcome === undefined) throw new Error(`ticket ${identity} has no outcome`);
  const decided = { ticketId, saleId, lineNumber };
  if (outcome.status === 'held') return readOrdered(deps, buyer, decided, identity);
  if (outcome.status === 'waitlisted') return readWaitlisted(deps, buyer, decided, identity);
  const duplicateOf = other && deps.sealer.seal(buyer, { shard, sale: saleId, ref: other });
  const shown = duplicateOf === undefined ? decided : { ...decided, duplicateOf };
  return { view: showOutcome(shown, outcome, { hasWaited: false }) };
}

async function readOrdered(
  { db, sealer }: TicketStateDeps,
  buyer: string,
  ticket: DecidedTicket,
  identity: string,
): Promise<TicketState> {
  const order = await requireOrder(db, { buyer, ticket: identity });
  return { view: showOrdered(ticket, showOrder(sealer, order)) };
}

/** A ticket that was put on the waitlist: still waiting, or its outcome. */
async function readWaitlisted(
  deps: TicketStateDeps,
  buyer: string,
  ticket: DecidedTicket,
  identity: string,
): Promise<TicketState> {
  const { db } = deps;
  const place = (await findWaiting(db, [identity])).get(identity);
  if (place === undefined) throw new Error(`ticket ${identity} has no place on the waitlist`);
  if (place.status === 'offered') return readOrdered(deps, buyer, ticket, identity);
  if (place.status !== 'waitlisted') {
    const outcome = outcomeNow({ status: 'waitlisted' }, place);
    return { view: showOutcome(ticket, outcome, { hasWaited: true }) };
  }
  const at = { sale: ticket.saleId, line: place.line_number, items: parseItems(place.items) };
  return { view: showWaiting(ticket, await readPlace(db, at)), waiting: identity };
}

/** The outlook of a queued ticket, as far as this process knows its sale. */
function outlookOf(views: SaleViews, { sale: saleId, ref }: SealedTicket): Outlook | undefined {
  const cached = views.peek(saleId);
  if (cached === undefined) return undefined;
  const { sale, products } = cached;
  const facts = { isClosed: sale.closed !== '', waitlistMax: sale.waitlist_max, products };
  return queuedOutlook(facts, parseItems(ref.items));
}
