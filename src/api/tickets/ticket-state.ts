import type { Db } from '../../db/client.ts';
import { findOrders, type OrderRecord } from '../../db/orders.ts';
import { findRequest } from '../../db/payment-requests.ts';
import { findWaiting, readPlace } from '../../db/waitlist.ts';
import { DomainError } from '../../domain/errors.ts';
import { parseItems } from '../../domain/items.ts';
import { outcomeOf } from '../../domain/outcome.ts';
import { identityOf } from '../../domain/ticket.ts';
import { type Decision, findAttemptDecision, findDecision } from '../../line/decision.ts';
import type { ProgressWatch } from '../../line/progress.ts';
import { releaseHold } from '../../line/release-hold.ts';
import type { Shards } from '../../line/shards.ts';
import type { SealedTicket, TicketSealer } from '../../line/ticket-id.ts';
import { cancelIntents } from '../../payments/close.ts';
import type { PaymentDeps } from '../../payments/deps.ts';
import { isOutage } from '../../process/outage.ts';
import type { RedisClient } from '../../redis/client.ts';
import { cancel } from '../../redis/scripts/cancel.ts';
import { leave } from '../../redis/scripts/leave.ts';
import { showOrder } from '../orders/order-view.ts';
import { requirePayments } from '../require-payments.ts';
import type { SaleViews } from '../sales/sale-views.ts';
import type { TicketView } from '../schemas/ticket.ts';
import { type Decided, showRejected, showSoldOut } from './decided-view.ts';
import { explainRejection, explainWaiting } from './explanation.ts';

/** Tickets a second that a line gets through at least, as long as nothing has been measured. */
const UNMEASURED_PER_SECOND = 1_000;
const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 30_000;

/** When a waitlisted ticket should be polled again, in ms; with `wait` the answer comes by itself. */
const RETRY_WAITLISTED_MS = 5_000;

/** A ticket as its buyer sees it and, while it waits on the waitlist, the identity of the one that waits. */
interface State {
  readonly view: TicketView;
  readonly waiting?: string;
}

export interface TicketDeskDeps {
  readonly redis: RedisClient;
  readonly db: Db;
  readonly shards: Shards;
  readonly progress: ProgressWatch;
  readonly sealer: TicketSealer;
  readonly views: SaleViews;
  /** Undefined where payments are not set up. */
  readonly payments: PaymentDeps | undefined;
}

/** Where buyers ask what became of their tickets and give them back. */
export class TicketDesk {
  readonly #deps: TicketDeskDeps;

  constructor(deps: TicketDeskDeps) {
    this.#deps = deps;
  }

  /**
   * The state of a ticket; a queued one is answered from memory. A queued or waitlisted one is answered when its
   * status changes or after `waitMs`.
   *
   * @param gone aborted when nobody waits any more
   * @throws DomainError ticket_not_found for a forged id or another buyer's
   */
  async look(
    buyer: string,
    ticketId: string,
    waitMs: number,
    gone: AbortSignal,
  ): Promise<TicketView> {
    const ticket = this.#open(buyer, ticketId);
    const { progress } = this.#deps;
    await progress.ensure(ticket.shard);
    await this.#proveQueued(ticket);
    const look = () => this.#state(buyer, ticketId, ticket);
    const state = await look();
    if (waitMs === 0) return state.view;
    if (state.view.status === 'queued') {
      await until(waitMs, gone, (end) => {
        const forget = progress.onReach(ticket.shard, ticket.ref.job, end);
        if (!this.#isQueued(ticket)) queueMicrotask(end); // its turn came during the look
        return forget;
      });
      return (await look()).view;
    }
    return (await this.#untilLeft(ticket.sale, state, waitMs, gone, look)).view;
  }

  /** Waits while the ticket waits on the waitlist, at most `waitMs`: not every call back says that it has left. */
  async #untilLeft(
    sale: string,
    first: State,
    waitMs: number,
    gone: AbortSignal,
    look: () => Promise<State>,
  ): Promise<State> {
    const { progress } = this.#deps;
    const endsAt = performance.now() + waitMs;
    let state = first;
    while (state.waiting !== undefined && !gone.aborted && !progress.isStopped) {
      const leftMs = endsAt - performance.now();
      if (leftMs <= 0) break;
      const { waiting } = state;
      const seen = new AbortController();
      const called = until(leftMs, AbortSignal.any([gone, seen.signal]), (end) =>
        progress.onLeave(sale, waiting, end),
      );
      try {
        // It may have left between the look before and the call above.
        if ((await look()).waiting === undefined) seen.abort();
        await called;
      } finally {
        seen.abort();
      }
      state = await look();
    }
    return state;
  }

  /**
   * Leaves the line or the waitlist, or gives the hold back. Resolves with the new state, which is public by then.
   *
   * @throws DomainError ticket_not_found, or not_cancellable once paid, lost or over
   */
  async giveBack(buyer: string, ticketId: string): Promise<TicketView> {
    const ticket = this.#open(buyer, ticketId);
    const { redis, progress, shards } = this.#deps;
    await progress.ensure(ticket.shard);
    const shard = shards.at(ticket.shard);
    if (this.#isQueued(ticket)) {
      const { status } = await shard.run((epoch) =>
        cancel(redis, shard.keys, { epoch, sale: ticket.sale, ref: ticket.ref }),
      );
      if (status === 'REQUESTED') return { ...this.#queued(ticketId, ticket), outlook: 'none' };
      // It, or the attempt that it repeats, has its decision: see to it that this is public.
      await shard.drain();
      await progress.refresh();
    }
    let state = await this.#settled(buyer, ticketId, ticket);
    if (state.waiting !== undefined) {
      await this.#leave(buyer, ticket, state.waiting, state.view.lineNumber);
      state = await this.#settled(buyer, ticketId, ticket);
      if (state.view.status === 'cancelled') return state.view;
    }
    const { order, status } = state.view;
    if (order === undefined || status !== 'held') throw notCancellable(status);
    await this.releaseOrder(buyer, order.id);
    return (await this.#settled(buyer, ticketId, ticket)).view;
  }

  /** Leaves the waitlist, or sees to it that what became of the ticket meanwhile is public. */
  async #leave(
    buyer: string,
    { shard: id, sale }: SealedTicket,
    waiting: string,
    line: number | undefined,
  ): Promise<void> {
    const shard = this.#deps.shards.at(id);
    const reply = await shard.change(
      (epoch) => leave(this.#deps.redis, shard.keys, { epoch, sale, buyer, ticket: waiting }),
      sale,
      (made) => made.k === 'leave' && made.sale === sale && made.line === line,
    );
    if (reply.status === 'GONE') await shard.drain();
  }

  /**
   * Gives a hold back by its order. What may be paid of it is cancelled at Stripe first.
   *
   * @throws DomainError order_not_found, or not_cancellable when the order is not held, or its payment is being
   *   processed; payments_unavailable, or Stripe's error, when Stripe cannot be asked
   */
  async releaseOrder(buyer: string, orderId: string): Promise<OrderRecord> {
    const order = await this.#order(buyer, { id: orderId });
    if (order.status !== 'held') throw notCancellable(order.status);
    await this.#cancelPayments(order);
    await releaseHold(this.#deps, order, 'cancelled');
    const now = await this.#order(buyer, { id: orderId });
    if (now.status !== 'cancelled') throw notCancellable(now.status);
    return now;
  }

  async #cancelPayments(order: OrderRecord): Promise<void> {
    const { db, payments } = this.#deps;
    if ((await findRequest(db, order.id)) === undefined) return;
    if ((await cancelIntents(requirePayments(payments), order)) === 'processing') {
      throw new DomainError('not_cancellable', 'Its payment is being processed: wait for its end.');
    }
  }

  async #order(
    buyer: string,
    filter: { id: string } | { tickets: string[] },
  ): Promise<OrderRecord> {
    const [order] = await findOrders(this.#deps.db, { ...filter, buyer }, 1);
    if (order === undefined) throw new DomainError('order_not_found');
    return order;
  }

  #open(buyer: string, ticketId: string): SealedTicket {
    const ticket = this.#deps.sealer.open(buyer, ticketId);
    if (ticket === undefined) throw new DomainError('ticket_not_found');
    return ticket;
  }

  /**
   * A ticket id is authentic: where Redis counts no further than before its job, Redis was restored to an older
   * copy and lost what was accepted since. I4: they are told, and numbers jump ahead.
   */
  async #proveQueued({ shard: id, sale, ref }: SealedTicket): Promise<void> {
    const { progress, shards, views } = this.#deps;
    try {
      if (!(await progress.hasLost(id, ref.job))) return;
      const known = await views.find(sale); // else it is a ticket from before this database
      if (known?.sale.shard !== id) return;
      const shard = shards.at(id);
      const seen = await shard.epoch();
      if (!(await progress.hasLost(id, ref.job))) return; // a rebuild has come in between
      await shard.rebuild({ seen, lost: true });
      await progress.refresh();
    } catch (error) {
      if (!isOutage(error)) throw error; // the next poll will tell
    }
  }

  #isQueued({ shard, ref }: SealedTicket): boolean {
    return ref.job > this.#deps.progress.job(shard);
  }

  async #state(buyer: string, ticketId: string, ticket: SealedTicket): Promise<State> {
    if (!this.#isQueued(ticket)) return this.#settled(buyer, ticketId, ticket);
    if (ticket.ref.key === '') return { view: this.#queued(ticketId, ticket) };
    return this.#attempt(buyer, ticketId, ticket);
  }

  /**
   * A queued ticket with a key shows its attempt, which may have been decided with an earlier ticket. While Redis is
   * away it is queued: that is always true of its own turn.
   */
  async #attempt(buyer: string, ticketId: string, ticket: SealedTicket): Promise<State> {
    const { progress, shards } = this.#deps;
    const { shard, sale, ref } = ticket;
    const [epoch, seq] = [progress.epoch(shard), progress.seq(shard)];
    try {
      const at = shards.at(shard).keys.at(epoch);
      const decision = await findAttemptDecision(this.#deps, at, sale, ref);
      if (decision !== undefined && decision.seq <= seq) {
        return await this.#decided(buyer, ticketId, ticket, decision);
      }
    } catch (error) {
      if (!isOutage(error)) throw error;
    }
    return { view: this.#queued(ticketId, ticket) };
  }

  /** The state of a ticket whose turn has come, or whose attempt was decided before its turn. */
  async #settled(buyer: string, ticketId: string, ticket: SealedTicket): Promise<State> {
    const { progress, shards } = this.#deps;
    // Together, before the look: what an older epoch decided is not what a newer one has made public.
    const [epoch, seq] = [progress.epoch(ticket.shard), progress.seq(ticket.shard)];
    const at = shards.at(ticket.shard).keys.at(epoch);
    const decision = await findDecision(this.#deps, at, ticket.sale, ticket.ref);
    const { sale: saleId } = ticket;
    if (decision === undefined) {
      // Its batch is passed and nobody knows it: Redis lost it, or it was removed. I4's one exception.
      const reason = 'line_restarted';
      const explanation = explainRejection({ reason });
      return { view: { ticketId, saleId, status: 'rejected', reason, explanation } };
    }
    // I5: decided is not yet public.
    if (decision.seq > seq) return { view: this.#queued(ticketId, ticket) };
    return this.#decided(buyer, ticketId, ticket, decision);
  }

  async #decided(
    buyer: string,
    ticketId: string,
    ticket: SealedTicket,
    decision: Decision,
  ): Promise<State> {
    const { shard, sale: saleId } = ticket;
    const { lineNumber, other } = decision;
    const identity = identityOf(decision.ref);
    const outcome = outcomeOf(decision.letter);
    if (outcome === undefined) throw new Error(`ticket ${identity} has no outcome`);
    const common = { ticketId, saleId, lineNumber };
    switch (outcome.status) {
      case 'held':
        return { view: await this.#ordered(buyer, common, identity) };
      case 'waitlisted':
        return this.#waitlisted(buyer, common, identity);
      case 'rejected': {
        const view = showRejected(common, outcome);
        if (other === undefined) return { view };
        const duplicateOf = this.#deps.sealer.seal(buyer, { shard, sale: saleId, ref: other });
        return { view: { ...view, duplicateOf } };
      }
      case 'sold_out':
        return { view: showSoldOut(common, false) };
      case 'cancelled':
        return { view: { ...common, status: 'cancelled' } };
    }
  }

  async #ordered(buyer: string, common: Decided, identity: string): Promise<TicketView> {
    const order = await this.#order(buyer, { tickets: [identity] });
    return { ...common, status: order.status, order: showOrder(this.#deps.sealer, order) };
  }

  /** A ticket that was put on the waitlist: it waits still, or what became of it. */
  async #waitlisted(buyer: string, common: Decided, identity: string): Promise<State> {
    const { db } = this.#deps;
    const place = (await findWaiting(db, [identity])).get(identity);
    if (place === undefined) throw new Error(`ticket ${identity} has no place on the waitlist`);
    switch (place.status) {
      case 'offered':
        return { view: await this.#ordered(buyer, common, identity) };
      case 'sold_out':
        return { view: showSoldOut(common, true) };
      case 'rejected':
        return { view: showRejected(common, { reason: 'limit_reached' }) };
      case 'cancelled':
        return { view: { ...common, status: 'cancelled' } };
      case 'waitlisted': {
        const { saleId, lineNumber } = common;
        const indexes = parseItems(place.items).map(({ index }) => index);
        const at = { sale: saleId, line: place.line_number, indexes };
        const { ahead, unitsHeld } = await readPlace(db, at);
        const explanation = explainWaiting({ lineNumber, ahead, unitsHeld });
        const retryAfterMs = RETRY_WAITLISTED_MS;
        return {
          view: { ...common, status: 'waitlisted', ahead, unitsHeld, retryAfterMs, explanation },
          waiting: identity,
        };
      }
    }
  }

  #queued(ticketId: string, ticket: SealedTicket): TicketView {
    const { progress } = this.#deps;
    const { shard, sale: saleId, ref } = ticket;
    const ahead = Math.max(0, ref.position - 1 - progress.passed(shard, saleId));
    const perSecond = progress.ticketsPerSecond(shard);
    return {
      ticketId,
      saleId,
      status: 'queued',
      position: ref.position,
      ahead,
      ...(perSecond === undefined ? {} : { etaSeconds: Math.ceil(ahead / perSecond) }),
      retryAfterMs: this.retryAfterMs(shard, ahead),
      ...(this.#isHopeless(ticket) ? { outlook: 'none' } : {}),
    };
  }

  /** When a ticket with so many before it should be polled again: half of what it has to wait. */
  retryAfterMs(shard: number, ahead: number): number {
    const perSecond = this.#deps.progress.ticketsPerSecond(shard) ?? UNMEASURED_PER_SECOND;
    const halfWayMs = Math.round((ahead / perSecond) * 500);
    return Math.min(RETRY_MAX_MS, RETRY_MIN_MS + halfWayMs);
  }

  /** Certain that it cannot win, unless the seller adds stock: closed, or too little is not paid for yet. */
  #isHopeless({ sale: saleId, ref }: SealedTicket): boolean {
    const cached = this.#deps.views.peek(saleId);
    if (cached === undefined) return false;
    if (cached.sale.closed !== '') return true;
    return parseItems(ref.items).some(({ index, quantity }) => {
      const product = cached.products[index];
      return product !== undefined && product.available + product.held < quantity;
    });
  }
}

/** Waits for a call back, at most `waitMs`, or until the signal is aborted. */
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

function notCancellable(status: string): DomainError {
  return new DomainError('not_cancellable', `It is ${status}: there is nothing to give back.`);
}
