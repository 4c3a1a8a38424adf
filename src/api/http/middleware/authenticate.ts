import { timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';
import type { Contacts } from '../../../accounts/contacts.ts';
import { DomainError } from '../../../domain/errors.ts';
import type { Role } from '../../../domain/role.ts';
import { hashRandomToken } from '../../../process/random-token.ts';
import type { AccessTokens } from '../../tokens/access-token.ts';
import type { Identity } from '../../tokens/identity.ts';
import type { OrderTokens } from '../../tokens/order-token.ts';
import { noStore } from '../answer.ts';
import type { ApiEnv } from '../env.ts';
import { type Guard, goOn, guard, type Step } from '../steps.ts';
import type { NoteRefused } from './refused-access.ts';

export interface AuthenticateDeps {
  readonly tokens: AccessTokens;
  readonly contacts: Contacts;
  readonly orderTokens: OrderTokens;
  /** The buyer of an order that a link opens now, by the hash of its key; undefined: of none. */
  readonly linkedBuyer: (order: string, link: Buffer) => Promise<string | undefined>;
}

/**
 * Requires an access token, and a role if one is given. Runs before validation: 401 and 403
 * disclose nothing about the route. No cache may store the response.
 *
 * @param noteRefused is told of 401 and 403 before they are answered
 */
export function authenticate(
  deps: AuthenticateDeps,
  role?: Role,
  noteRefused?: NoteRefused,
): Guard {
  return guard(byAccessToken(deps, role, noteRefused));
}

function byAccessToken(
  { tokens, contacts }: AuthenticateDeps,
  role?: Role,
  noteRefused?: NoteRefused,
): Step {
  const admit = (c: Context<ApiEnv>, identity: Identity) => {
    // Admins receive no messages about orders.
    if (identity.role === 'buyer') contacts.note(identity.buyer, identity.email);
    c.set('identity', identity);
  };
  return (c, next) => {
    noStore(c);
    return goOn(tokens.verify(tokenOf(c)), (identity) => {
      if (identity !== undefined && (role === undefined || identity.role === role)) {
        admit(c, identity);
        return next();
      }
      const refusal =
        identity === undefined
          ? unauthenticated()
          : new DomainError('forbidden', `This requires the role "${role}".`);
      if (noteRefused === undefined) throw refusal;
      return noteRefused(c, identity).then(() => Promise.reject(refusal));
    });
  };
}

/**
 * Requires an access token, or an order token for the order that the path names; any other order is
 * not there for it. Its link must still open the order: a seller may have withdrawn it.
 */
export function authenticateForOrder(deps: AuthenticateDeps): Guard {
  const otherwise = byAccessToken(deps);
  return guard(async (c, next) => {
    const access = await deps.orderTokens.verify(tokenOf(c));
    if (access === undefined) return otherwise(c, next);
    noStore(c);
    const { buyer, order, link } = access;
    if (order !== c.req.param('orderId')) throw new DomainError('order_not_found');
    if ((await deps.linkedBuyer(order, link)) !== buyer) throw unauthenticated();
    c.set('identity', { buyer, role: 'buyer', order });
    return next();
  });
}

/**
 * Requires a token that is set rather than issued, such as METRICS_TOKEN, in constant time.
 *
 * @param token undefined: nothing is required
 */
export function requireToken(token: string | undefined): Guard {
  if (token === undefined) return guard((_, next) => next());
  const wanted = hashRandomToken(token);
  return guard((c, next) => {
    noStore(c);
    if (!timingSafeEqual(hashRandomToken(tokenOf(c)), wanted)) {
      throw new DomainError('unauthenticated', 'Send the token that the operator has set.');
    }
    return next();
  });
}

/** The token of a request; empty: none. */
function tokenOf(c: Context<ApiEnv>): string {
  const header = c.req.header('authorization') ?? '';
  return /^bearer /i.test(header) ? header.slice('bearer '.length).trim() : '';
}

function unauthenticated(): DomainError {
  return new DomainError(
    'unauthenticated',
    'Send a valid access token: "Authorization: Bearer …". It may have expired.',
  );
}
