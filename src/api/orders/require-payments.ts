import { DomainError } from '../../domain/errors.ts';

/**
 * What payments work with.
 *
 * @throws DomainError payments_unavailable where they are not set up
 */
export function requirePayments<P>(payments: P | undefined): P {
  if (payments !== undefined) return payments;
  throw new DomainError('payments_unavailable', 'They are not set up: there are no Stripe keys.');
}
