import type { Context } from 'hono';
import type { Logger } from 'pino';
import { noteRefusal } from '../../../db/admin-actions.ts';
import type { Db } from '../../../db/client.ts';
import { FloodGate } from '../../../process/flood-gate.ts';
import type { Identity } from '../../tokens/identity.ts';
import type { Addresses } from '../addresses.ts';
import { requestIdOf } from '../answer.ts';
import type { ApiEnv } from '../env.ts';
import { keepable } from './admin-write.ts';

/** Rows a minute of one address and caller, and of all in a process: the trail is kept for ever. */
const BOUNDS = { perKey: 1, total: 60, windowMs: 60_000 };

/** The actor of a request without a valid token. */
const NOBODY = 'anonymous';

/** The longest path that is kept. */
const PATH_LENGTH = 200;

/** Notes who was refused on an admin route. */
export type NoteRefused = (c: Context<ApiEnv>, identity: Identity | undefined) => Promise<void>;

/**
 * Puts refused tries of admin routes into the trail: the first a minute of each address and caller.
 * What cannot be written down is refused all the same.
 */
export function refusedAccess(
  { db, log, addresses }: { db: Db; log: Logger; addresses: Addresses },
  gate = new FloodGate(BOUNDS),
): NoteRefused {
  return async (c, identity) => {
    const address = addresses.of(c);
    const actor = identity?.buyer ?? NOBODY;
    if (!gate.pass(`${address} ${actor}`)) return;
    const requestId = requestIdOf(c);
    const wanted = { method: c.req.method, path: c.req.path.slice(0, PATH_LENGTH) };
    try {
      await noteRefusal(db, {
        actor: { id: actor, email: keepable(identity?.email) },
        ...{ requestId, address, wanted },
      });
    } catch (error) {
      log.error({ err: error, requestId }, 'refused access not noted');
    }
  };
}
