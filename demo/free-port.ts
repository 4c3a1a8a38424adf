import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port on the loopback interface that is free at this moment. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No free port was found.');
  return address.port;
}

/** Whether a server could listen on the port now; the reason when not (`EADDRINUSE`, `EACCES`). */
export async function whyPortIsUnusable(port: number): Promise<string | undefined> {
  const server = createServer().listen(port);
  try {
    await once(server, 'listening');
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
  server.close();
  await once(server, 'close');
  return undefined;
}
