import { once } from 'node:events';
import { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import type { StripeStandIn } from './stand-in.ts';

/** Serves the stand-in on 127.0.0.1. */
export interface ServedStandIn {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Closes the server and its connections, and stops the stand-in; further calls do nothing. */
  stop(): Promise<void>;
}

/**
 * Serves a stand-in to this machine only.
 *
 * @param port 0 picks a free one
 */
export async function serveStandIn(standIn: StripeStandIn, port: number): Promise<ServedStandIn> {
  const server = createAdaptorServer({ fetch: standIn.app.fetch });
  if (!(server instanceof Server)) throw new Error('The stand-in speaks HTTP/1.1');
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('There is no port');
  const close = async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
    await standIn.stop();
  };
  let closing: Promise<void> | undefined;
  return {
    url: `http://127.0.0.1:${address.port}`,
    stop() {
      closing ??= close();
      return closing;
    },
  };
}
