import type { Store, StoredAnswer } from './store.ts';
import { badParam, StripeFailure } from './stripe-errors.ts';

/** The minimum time that Stripe remembers a key. */
const REMEMBERED_MS = 24 * 60 * 60 * 1000;
const MAX_KEY_LENGTH = 255;

/** A POST with an idempotency key. */
export interface KeyedCall {
  readonly key: string;
  readonly path: string;
  readonly fingerprint: string;
}

/** Executes a call at most once per key. */
export class Idempotency {
  readonly #store: Store;
  readonly #nowMs: () => number;
  readonly #underWay = new Map<string, KeyedCall>();

  constructor(store: Store, nowMs: () => number) {
    this.#store = store;
    this.#nowMs = nowMs;
    for (const key of store.answers.keys()) this.#remembered(key);
  }

  /**
   * The earlier response to the key, if any.
   *
   * @throws StripeFailure 400 when the key came with another path or other parameters, 409 while
   * its first call is in progress
   */
  find(call: KeyedCall): StoredAnswer | undefined {
    if (call.key.length > MAX_KEY_LENGTH) {
      const message = `Idempotency keys can have up to ${MAX_KEY_LENGTH} characters.`;
      throw badParam('idempotency_key', message);
    }
    const running = this.#underWay.get(call.key);
    const stored = this.#remembered(call.key);
    const first = running ?? stored;
    if (first !== undefined) refuseOther(first, call);
    if (running !== undefined) throw inUse(call.key);
    return stored;
  }

  /** Marks the key as in use until {@link end}. */
  begin(call: KeyedCall): void {
    this.#underWay.set(call.key, call);
  }

  end(call: KeyedCall): void {
    this.#underWay.delete(call.key);
  }

  /** Stores the first response to the key. */
  keep(call: KeyedCall, status: number, body: string): void {
    this.#store.answers.set(call.key, { ...call, status, body, atMs: this.#nowMs() });
  }

  /** Expired keys are removed. */
  #remembered(key: string): StoredAnswer | undefined {
    const stored = this.#store.answers.get(key);
    if (stored === undefined || this.#nowMs() - stored.atMs < REMEMBERED_MS) return stored;
    this.#store.answers.delete(key);
    return undefined;
  }
}

function refuseOther(first: Omit<KeyedCall, 'key'>, call: KeyedCall): void {
  const other = `Try using a key other than '${call.key}'`;
  const instead = `${other} if you meant to execute a different request.`;
  if (first.path !== call.path) {
    throw idempotencyError(
      'Keys for idempotent requests can only be used for the same endpoint they were first used ' +
        `for ('${call.path}' vs '${first.path}'). ${instead}`,
    );
  }
  if (first.fingerprint === call.fingerprint) return;
  throw idempotencyError(
    'Keys for idempotent requests can only be used with the same parameters they were first used ' +
      `with. ${instead}`,
  );
}

function idempotencyError(message: string): StripeFailure {
  return new StripeFailure(400, { type: 'idempotency_error', message }, false);
}

function inUse(key: string): StripeFailure {
  const message =
    'There is currently another in-progress request using this Idempotent Key (that probably ' +
    'means you submitted twice, and the other request is still going through): ' +
    `${key}. Please try again later.`;
  const body = { type: 'idempotency_error', code: 'idempotency_key_in_use', message } as const;
  return new StripeFailure(409, body, false);
}
