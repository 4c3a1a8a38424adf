import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from 'hono';

/** The sockets behind a request; none when the app is called without a server. */
export interface StandInEnv {
  Bindings: Partial<HttpBindings>;
}

/** Resets the connection of a request: the client gets no answer. */
export function breakConnection(c: Context<StandInEnv>): Response {
  const socket = c.env.incoming?.socket;
  if (socket === undefined) throw new Error('There is no connection to break');
  socket.resetAndDestroy();
  return RESPONSE_ALREADY_SENT;
}

/** Leaves a request unanswered until its client gives up. */
export async function waitForClientToLeave(c: Context<StandInEnv>): Promise<Response> {
  const outgoing = c.env.outgoing;
  if (outgoing === undefined) throw new Error('There is no connection to leave open');
  if (!outgoing.destroyed) {
    const { promise, resolve } = Promise.withResolvers<void>();
    outgoing.once('close', resolve);
    await promise;
  }
  return RESPONSE_ALREADY_SENT;
}
