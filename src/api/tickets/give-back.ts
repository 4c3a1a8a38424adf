import type { Db } from '../../db/client.ts';
import type { OrderRecord } from '../../db/orders.ts';
import { findRequest } from '../../db/payment-requests.ts';
import { DomainError } from '../../domain/errors.ts';
import { releaseHold } from '../../line/release-hold.ts';
import type { Shards } from '../../line/shards.ts';
import { cancelIntents } from '../../payments/close.ts';
import type { PaymentDeps } from '../../payments/deps.ts';
import { cancel } from '../../redis/scripts/cancel.ts';
import { leave } from '../../redis/scripts/leave.ts';
import { requireOrder } from '../orders/require-order.ts';
import { requirePayments } from '../orders/require-payments.ts';
import type { TicketView } from '../schemas/ticket.ts';
import {
  isQueued,
  type OwnTicket,
  openTicket,
  queuedView,
  readSettled,
  type TicketStateDeps,
} from './ticket-state.ts';

/** The dependencies of releasing an order's hold. */
export interface ReleaseDeps {
  readonly db: Db;
  readonly shards: Shards;
  /** Undefined where payments are not set up. */
  readonly payments: PaymentDeps | undefined;
}

/**
 * Leaves the line or the waitlist, or releases the hold. Resolves with the new state once it is
 * public.
 *
 * @throws DomainError ticket_not_found, or not_cancellable once paid, lost or over
 */
export async function giveTicketBack(
  deps: TicketStateDeps & ReleaseDeps,
  buyer: string,
  ticketId: string,
): Promise<TicketView> {
  const { progress } = deps;
  const ticket = openTicket(deps.sealer, buyer, ticketId);
  await progress.ensure(ticket.shard);
  if (isQueued(progress, ticket)) {
    if (await requestCancel(deps, ticket)) {
      return { ...queuedView(deps, ticket), outlook: 'none' };
    }
    await progress.refresh();
  }
  let state = await readSettled(deps, ticket);
  if (state.waiting !== undefined) {
    await leaveWaitlist(deps, ticket, state.waiting, state.view.lineNumber);
    state = await readSettled(deps, ticket);
    if (state.view.status === 'cancelled') return state.view;
  }
  const { order, status } = state.view;
  if (order === undefined || status !== 'held') throw notCancellable(status);
  await releaseOrder(deps, buyer, order.id);
  return (await readSettled(deps, ticket)).view;
}

/**
 * Releases the hold of an order. Its open payments are cancelled at Stripe first.
 *
 * @throws DomainError order_not_found, or not_cancellable when the order is not held, or its
 *   payment
 * is being processed; payments_unavailable, or Stripe's error, when Stripe cannot be asked
 */
export async function releaseOrder(
  deps: ReleaseDeps,
  buyer: string,
  orderId: string,
): Promise<OrderRecord> {
  const order = await requireOrder(deps.db, { id: orderId, buyer });
  if (order.status !== 'held') throw notCancellable(order.status);
  await cancelPayments(deps, order);
  await releaseHold(deps, order, 'cancelled');
  const now = await requireOrder(deps.db, { id: orderId, buyer });
  if (now.status !== 'cancelled') throw notCancellable(now.status);
  return now;
}

/**
 * Requests that a queued ticket is cancelled at its turn.
 *
 * @returns whether it will be; otherwise it, or the attempt that it repeats, is decided, and that
 *   is public
 */
async function requestCancel(
  { shards }: ReleaseDeps,
  { shard: id, sale, ref }: OwnTicket,
): Promise<boolean> {
  const { status } = await shards.at(id).change(cancel, { sale, ref });
  return status === 'REQUESTED';
}

/** Leaves the waitlist, or publishes the outcome that the ticket got meanwhile. */
async function leaveWaitlist(
  { shards }: ReleaseDeps,
  { shard: id, sale, buyer }: OwnTicket,
  identity: string,
  line: number | undefined,
): Promise<void> {
  await shards.at(id).change(leave, { sale, buyer, identity, line });
}

async function cancelPayments({ db, payments }: ReleaseDeps, order: OrderRecord): Promise<void> {
  if ((await findRequest(db, order.id)) === undefined) return;
  if ((await cancelIntents(requirePayments(payments), order)) === 'processing') {
    throw new DomainError(
      'not_cancellable',
      'Its payment is being processed: wait until it is complete.',
    );
  }
}

function notCancellable(status: string): DomainError {
  return new DomainError('not_cancellable', `It is ${status}: there is nothing to release.`);
}
