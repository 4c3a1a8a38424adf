import type { HttpBindings } from '@hono/node-server';
import type { Identity } from '../tokens/identity.ts';
import type { Trail } from './trail.ts';

/** What comes with a request. */
export interface ApiBindings extends HttpBindings {
  /** What each answer of the server has, see `createApiServer`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The context variables of a handler: only what belongs to its request. */
export interface ApiEnv {
  Bindings: ApiBindings;
  Variables: {
    /** What the answer will have, see `headersOf`. */
    headers: Record<string, string>;
    /** Set behind `authenticate`. */
    identity: Identity;
    /** Set behind `adminWrite`. */
    trail: Trail;
  };
}
