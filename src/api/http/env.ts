import type { HttpBindings } from '@hono/node-server';
import type { RequestIdVariables } from 'hono/request-id';
import type { Logger } from 'pino';
import type { Contacts } from '../../accounts/contacts.ts';
import type { Db } from '../../db/client.ts';
import type { Throttled } from '../../limits/throttled.ts';
import type { ApiMetrics } from '../../process/metrics.ts';
import type { ApiAuth, Protection } from '../app.ts';
import type { AccessTokens } from '../tokens/access-token.ts';
import type { Identity } from '../tokens/identity.ts';
import type { Trail } from './middleware/admin-write.ts';

/** What every handler finds in its context. */
export interface ApiEnv {
  Bindings: HttpBindings;
  Variables: RequestIdVariables & {
    log: Logger;
    db: Db;
    metrics: ApiMetrics;
    tokens: AccessTokens;
    auth: ApiAuth;
    contacts: Contacts;
    /** Undefined where limits are switched off. */
    protection: Protection | undefined;
    /** Proxies that X-Forwarded-For is believed of; 0: none. */
    trustedProxies: number;
    throttled: Throttled;
    /** Set behind `authenticate`. */
    identity: Identity;
    /** Set behind `adminWrite`. */
    trail: Trail;
  };
}
