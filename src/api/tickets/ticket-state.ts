import { LRUCache } from 'lru-cache';
import { findWaiting, readPlace } from '../../db/waitlist.ts';
import { DomainError } from '../../domain/errors.ts';
import { parseItems } from '../../domain/items.ts';
import { outcomeOf } from '../../domain/outcome.ts';
import { type Outlook, queuedOutlook } from '../../domain/outlook.ts';
import { identityOf } from '../../domain/ticket.ts';
import {
  type DecidedAttempt,
  type Decision,
  type DecisionDeps,
  findAttemptDecision,
  findDecision,
} from '../../line/decision.ts';
import type { ProgressWatch } from '../../line/progress.ts';
import type { Shards } from '../../line/shards.ts';
import type { SealedTicket, TicketSealer } from '../../line/ticket-id.ts';
import { isOutage } from '../../process/outage.ts';
import { showOrder } from '../orders/order-view.ts';
import type { TicketOrders } from '../orders/ticket-orders.ts';
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
export interface TicketStateDeps extends DecisionDeps {
  readonly shards: Shards;
  readonly progress: ProgressWatch;
  readonly sealer: TicketSealer;
  readonly views: SaleViews;
  readonly orders: TicketOrders;
  readonly decided: ReturnType<typeof rememberDecided>;
}

/** Tickets whose decision is remembered: those who poll again are answered from it. */
const DECIDED_MAX = 20_000;

/**
 * Remembers decisions that were public when they were read, by ticketId: they never change. Those
 * of another epoch are read again.
 */
export function rememberDecided() {
  return new LRUCache<string, { readonly epoch: number; readonly it: Decision }>({
    max: DECIDED_MAX,
  });
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

/**
 * The state of a ticket, where memory has it: that of a queued one without a key, or of one that
 * was found to have got nothing.
 */
export function knownState(deps: TicketStateDeps, ticket: OwnTicket): TicketState | undefined {
  if (isQueued(deps.progress, ticket)) {
    return ticket.ref.key === '' ? { view: queuedView(deps, ticket) } : undefined;
  }
  const decision = knownDecision(deps, ticket);
  return decision && stateAtTurn(deps, ticket, decision);
}

/** The state of a ticket; that of a queued one is known from memory. */
export async function readState(deps: TicketStateDeps, ticket: OwnTicket): Promise<TicketState> {
  if (!isQueued(deps.progress, ticket)) return readSettled(deps, ticket);
  if (ticket.ref.key === '') return { view: queuedView(deps, ticket) };
  return readAttempt(deps, ticket);
}

/** The state of a ticket whose turn has come, or whose attempt was decided before its turn. */
export async function readSettled(deps: TicketStateDeps, ticket: OwnTicket): Promise<TicketState> {
  const known = knownDecision(deps, ticket);
  if (known !== undefined) return readDecided(deps, ticket, known);
  const { at, epoch, seq } = publicState(deps, ticket.shard);
  const decision = await findDecision(deps, at, attemptOf(deps, ticket));
  if (decision === undefined) {
    // The line has passed its batch without a decision: Redis lost it, or it was removed.
    return { view: showLost({ ticketId: ticket.ticketId, saleId: ticket.sale }) };
  }
  // I5: decided is not yet public.
  if (decision.seq > seq) return { view: queuedView(deps, ticket) };
  deps.decided.set(ticket.ticketId, { epoch, it: decision });
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
  return { at: shards.at(shard).keys.at(epoch), epoch, seq };
}

function knownDecision({ decided, progress }: TicketStateDeps, ticket: OwnTicket) {
  const known = decided.get(ticket.ticketId);
  return known?.epoch === progress.epoch(ticket.shard) ? known.it : undefined;
}

async function readDecided(
  deps: TicketStateDeps,
  ticket: OwnTicket,
  decision: Decision,
): Promise<TicketState> {
  const state = stateAtTurn(deps, ticket, decision);
  if (state !== undefined) return state;
  const { sale: saleId, buyer, ticketId } = ticket;
  const { lineNumber, letter, ref } = decision;
  const decided = { ticketId, saleId, lineNumber };
  const read = outcomeOf(letter)?.status === 'held' ? readOrdered : readWaitlisted;
  return read(deps, buyer, decided, identityOf(ref));
}

/** The state of a ticket that got nothing at its turn; undefined for one that got something. */
function stateAtTurn(
  deps: TicketStateDeps,
  { shard, sale: saleId, buyer, ticketId }: OwnTicket,
  { ref, letter, lineNumber, other }: Decision,
): TicketState | undefined {
  const outcome = outcomeOf(letter);
  if (outcome === undefined) throw new Error(`ticket ${identityOf(ref)} has no outcome`);
  if (outcome.status === 'held' || outcome.status === 'waitlisted') return undefined;
  const decided = { ticketId, saleId, lineNumber };
  const duplicateOf = other && deps.sealer.seal(buyer, { shard, sale: saleId, ref: other });
  const shown = duplicateOf === undefined ? decided : { ...decided, duplicateOf };
  return { view: showOutcome(shown, outcome, { hasWaited: false }) };
}

async function readOrdered(
  { orders, sealer }: TicketStateDeps,
  buyer: string,
  ticket: DecidedTicket,
  identity: string,
): Promise<TicketState> {
  const order = await orders.require(buyer, identity);
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
