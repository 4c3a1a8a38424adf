import { DomainError } from '../../domain/errors.ts';

/**
 * The dependencies of payments.
 *
 * @throws DomainError payments_unavailable where they are not set up
 */
export function requirePayments<P>(payments: P | undefined): P {
  if (payments !== undefined) return payments;
  throw new DomainError(
    'payments_unavailable',
    'Payments are not set up: there are no Stripe keys.',
  );
}
