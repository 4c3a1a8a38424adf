import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port that is free at this moment, on the loopback interface unless another is named. */
export async function findFreePort(host = '127.0.0.1'): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No free port was found.');
  return address.port;
}

/** Whether a server could listen there now; the error when not (`EADDRINUSE`, `EACCES`). */
export async function whyPortIsUnusable(port: number, host: string): Promise<unknown> {
  const server = createServer().listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    return error;
  }
  server.close();
  await once(server, 'close');
  return undefined;
}
