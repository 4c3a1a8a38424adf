import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Db } from '../db/client.ts';
import {
  beginSession,
  endSession,
  exchangeToken,
  findFamily,
  type SessionUser,
} from '../db/refresh-tokens.ts';
import { findUserByEmail, insertUser, type UserRecord } from '../db/users.ts';
import { GUEST_PREFIX } from '../domain/account.ts';
import { DomainError } from '../domain/errors.ts';
import type { LimitState } from '../domain/limits.ts';
import type { AttemptLimits } from '../limits/attempt-limits.ts';
import { hashRandomToken, makeRandomToken } from '../process/random-token.ts';
import type { Passwords } from './passwords.ts';

/** A live session: its user, and the refresh token that can be exchanged next. */
export interface Session {
  readonly user: SessionUser;
  readonly refreshToken: string;
}

export interface SessionDeps {
  readonly db: Db;
  readonly log: Logger;
  readonly passwords: Passwords;
  /** Undefined where limits are switched off. */
  readonly limits: AttemptLimits | undefined;
}

/** Registers users, logs them in with or without an account, and refreshes their sessions. */
export class Sessions {
  readonly #deps: SessionDeps;

  constructor(deps: SessionDeps) {
    this.#deps = deps;
  }

  /**
   * Creates a buyer's account. An address that has one is refused only after the same work, and
   * counts as an attempt on that account.
   *
   * @param network the caller's, see `networkOf`
   * @throws DomainError registration_refused, too_many_requests, unavailable
   */
  async register(
    wish: { email: string; password: string; name: string | null },
    network: string,
  ): Promise<Session> {
    const { db, passwords, limits } = this.#deps;
    const takeBack = await limits?.countAttempt(wish.email);
    const password_hash = await passwords.hash(wish.password, network);
    const { email, name } = wish;
    const user = await insertUser(db, {
      ...{ id: randomUUID(), email, name, password_hash },
      role: 'buyer',
    });
    const session = user && (await this.#begin(user));
    if (session === undefined) {
      throw new DomainError(
        'registration_refused',
        'No account can be created for this address. If you have one, log in.',
      );
    }
    await takeBack?.();
    return session;
  }

  /**
   * Does the same work and gives the same answer for an unknown account and a wrong password.
   *
   * @param network the caller's, see `networkOf`
   * @throws DomainError invalid_credentials, too_many_requests, unavailable
   */
  async logIn(
    { email, password }: { email: string; password: string },
    network: string,
  ): Promise<Session> {
    const { db, passwords, limits } = this.#deps;
    const takeBack = await limits?.countAttempt(email);
    const user = await findUserByEmail(db, email);
    const fits = await passwords.fits(password, user?.password_hash, network);
    const session = user && fits ? await this.#begin(user) : undefined;
    if (session === undefined) throw new DomainError('invalid_credentials');
    await takeBack?.();
    return session;
  }

  /** A buyer without an account: a new identity each time, even for the same address. */
  async beGuest(email: string): Promise<Session> {
    const guestId = `${GUEST_PREFIX}${randomUUID()}`;
    const refreshToken = makeRandomToken();
    const holder = { guestId, guestEmail: email };
    await beginSession(this.#deps.db, randomUUID(), holder, hashRandomToken(refreshToken));
    return { user: { id: guestId, email, name: null, role: 'buyer' }, refreshToken };
  }

  /**
   * Exchanges a refresh token. Counts per session; a token that we do not know is an attempt to get
   * in, and counts for its IP.
   *
   * @param ip returns the caller's IP; called only if it is needed
   * @throws DomainError invalid_refresh_token, too_many_requests
   */
  async refresh(
    token: string,
    ip: () => string,
  ): Promise<Session & { readonly limit: LimitState | undefined }> {
    const { db, limits, log } = this.#deps;
    const refreshToken = makeRandomToken();
    const hash = hashRandomToken(token);
    const family = await findFamily(db, hash);
    if (family === undefined) {
      await limits?.countAuthCall(ip());
      throw new DomainError('invalid_refresh_token');
    }
    const limit = await limits?.countRenewal(family);
    const exchange = await exchangeToken(db, hash, hashRandomToken(refreshToken));
    if (exchange.status === 'replaced') return { user: exchange.user, refreshToken, limit };
    if (exchange.status === 'reused') {
      log.warn({ user: exchange.userId }, 'a used refresh token: session revoked');
    }
    throw new DomainError('invalid_refresh_token');
  }

  /** Ends the session of a refresh token, if there is one. */
  async logOut(token: string): Promise<void> {
    await endSession(this.#deps.db, hashRandomToken(token));
  }

  /** Undefined when the password has been changed meanwhile. */
  async #begin(record: UserRecord): Promise<Session | undefined> {
    const { id, email, name, role, password_hash: passwordHash } = record;
    const refreshToken = makeRandomToken();
    const holder = { userId: id, passwordHash };
    const hash = hashRandomToken(refreshToken);
    if (!(await beginSession(this.#deps.db, randomUUID(), holder, hash))) return undefined;
    return { user: { id, email, name, role }, refreshToken };
  }
}
