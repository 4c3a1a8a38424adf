import type { Context, Hono } from 'hono';
import { breakConnection, type StandInEnv, waitForClientToLeave } from './connection.ts';
import type { Cause } from './events.ts';
import type { Fault, Faults } from './faults.ts';
import { Form } from './form.ts';
import type { Idempotency, KeyedCall } from './idempotency.ts';
import { newId } from './ids.ts';
import { type Caller, callerOf, secretKeyRequired } from './keys.ts';
import { badParam, StripeFailure, serverTrouble } from './stripe-errors.ts';
import { expanded, publicView } from './views.ts';
import type { World } from './world.ts';

/** One call, as the routes receive it. */
export interface ApiCall {
  readonly by: Caller;
  readonly form: Form;
  readonly cause: Cause;
  /** The id in the path; empty when the path has none. */
  readonly id: string;
}

/** Returns an object, or throws a StripeFailure. Synchronous, so that calls do not interleave. */
export type Handler = (call: ApiCall) => object;

export interface RouteOptions {
  /** Whether a publishable key is sufficient. */
  readonly publishable?: boolean;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly replayed?: boolean;
}

export interface ApiParts {
  readonly world: World;
  readonly faults: Faults;
  readonly idempotency: Idempotency;
  /** Called after a call that may have changed state, before it is answered. */
  readonly changed: () => void;
}

/** The steps of every call: key, faults, idempotency, execution, and the shape of the response. */
export class Api {
  readonly #app: Hono<StandInEnv>;
  readonly #parts: ApiParts;

  constructor(app: Hono<StandInEnv>, parts: ApiParts) {
    this.#app = app;
    this.#parts = parts;
  }

  get(path: string, handler: Handler, options: RouteOptions = {}): void {
    this.#app.get(path, (c) => this.#serve(c, handler, options));
  }

  post(path: string, handler: Handler, options: RouteOptions = {}): void {
    this.#app.post(path, (c) => this.#serve(c, handler, options));
  }

  async #serve(c: Context<StandInEnv>, handler: Handler, options: RouteOptions): Promise<Response> {
    const requestId = newId('req_');
    try {
      const form = await readForm(c);
      const by = callerOf(c.req.header('authorization'), form);
      if (by === 'publishable' && options.publishable !== true) throw secretKeyRequired();
      const { method, path } = c.req;
      const fault = this.#parts.faults.faultOf({ method, path, by });
      if (fault === 'reset') return breakConnection(c);
      const key = method === 'POST' ? c.req.header('idempotency-key') : undefined;
      const keyed = key ? { key, path, fingerprint: form.fingerprint() } : undefined;
      const stored = keyed && this.#parts.idempotency.find(keyed);
      if (stored === undefined && fault === 'hang-before') return await this.#holdBack(c, keyed);
      const cause: Cause = { requestId, idempotencyKey: key ?? null };
      const call: ApiCall = { by, form, cause, id: c.req.param('id') ?? '' };
      const answer: Answer =
        stored === undefined
          ? this.#execute(call, handler, fault, keyed)
          : { status: stored.status, body: stored.body, replayed: true };
      if (method === 'POST' && stored === undefined) this.#parts.changed();
      if (fault === 'hang-before' || fault === 'hang-after') return await waitForClientToLeave(c);
      return respond(answer, requestId);
    } catch (error) {
      // Anything else is a bug of the stand-in, which Hono reports.
      if (!(error instanceof StripeFailure)) throw error;
      return respond(failureAnswer(error, 'secret'), requestId);
    }
  }

  /** The key stays in use while the call hangs, as with Stripe. */
  async #holdBack(c: Context<StandInEnv>, keyed: KeyedCall | undefined): Promise<Response> {
    if (keyed !== undefined) this.#parts.idempotency.begin(keyed);
    try {
      return await waitForClientToLeave(c);
    } finally {
      if (keyed !== undefined) this.#parts.idempotency.end(keyed);
    }
  }

  #execute(call: ApiCall, handler: Handler, fault: Fault, keyed: KeyedCall | undefined): Answer {
    const { answer, executed } = this.#run(call, handler, fault);
    if (keyed !== undefined && executed) {
      this.#parts.idempotency.keep(keyed, answer.status, answer.body);
    }
    return answer;
  }

  #run(call: ApiCall, handler: Handler, fault: Fault): { answer: Answer; executed: boolean } {
    const trouble = { answer: failureAnswer(serverTrouble(), call.by), executed: true };
    if (fault === 'error-before') return trouble;
    try {
      const object = expanded(this.#parts.world.store, handler(call), call.form);
      if (fault === 'error-after') return trouble;
      return { answer: { status: 200, body: JSON.stringify(object) }, executed: true };
    } catch (error) {
      if (!(error instanceof StripeFailure)) throw error;
      const { executed } = error;
      // A call refused as malformed had no effect that a 500 could hide.
      if (fault === 'error-after' && executed) return trouble;
      return { answer: failureAnswer(error, call.by), executed };
    }
  }
}

async function readForm(c: Context<StandInEnv>): Promise<Form> {
  if (c.req.method !== 'POST') return new Form(new URL(c.req.url).search);
  if (c.req.header('content-type')?.includes('json')) {
    const message =
      'Invalid request (check that your POST content type is application/x-www-form-urlencoded).';
    throw badParam('body', message);
  }
  return new Form(await c.req.text());
}

function failureAnswer({ status, body }: StripeFailure, by: Caller): Answer {
  const shown =
    by === 'publishable' && body.payment_intent !== undefined
      ? { ...body, payment_intent: publicView(body.payment_intent) }
      : body;
  return { status, body: JSON.stringify({ error: shown }) };
}

function respond({ status, body, replayed }: Answer, requestId: string): Response {
  const headers = new Headers({ 'Content-Type': 'application/json', 'Request-Id': requestId });
  if (replayed === true) headers.set('Idempotent-Replayed', 'true');
  // A 500 is stored like any response: retrying with the same key only returns it again.
  if (status >= 500) headers.set('Stripe-Should-Retry', 'false');
  return new Response(body, { status, headers });
}
