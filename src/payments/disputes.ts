import type Stripe from 'stripe';
import { noteDispute } from '../db/disputes.ts';
import { reviveRefunds } from '../db/refunds.ts';
import { disputeState } from '../domain/dispute.ts';
import type { PaymentDeps } from './deps.ts';

/**
 * Records a dispute of a known payment as Stripe reported it. If the seller keeps the money, what
 * has to go back and could not because of the dispute is refunded now (I8).
 *
 * @param asOf when Stripe reported it
 */
export async function followDispute(
  { db, log }: Pick<PaymentDeps, 'db' | 'log'>,
  payment: string,
  dispute: Stripe.Dispute,
  asOf: Date,
): Promise<void> {
  const { id, status, reason, amount, currency, created, evidence_details: evidence } = dispute;
  await noteDispute(db, {
    ...{ id, payment_id: payment, status, reason, amount, currency, as_of: asOf },
    respond_by: evidence?.due_by == null ? null : new Date(evidence.due_by * 1000),
    created_at: new Date(created * 1000),
  });
  log.warn({ payment, dispute: id, status, reason }, 'a payment is disputed');
  if (disputeState(status) === 'won') await reviveRefunds(db, payment);
}
