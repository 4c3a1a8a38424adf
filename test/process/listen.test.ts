import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect, it, onTestFinished } from 'vitest';
import { listen, listenProblem } from '../../src/process/listen.ts';
import { createDatabase } from '../support/database.ts';
import { runCommand } from '../support/parts.ts';
import { startTestRedis } from '../support/redis.ts';
import { SECRET } from '../support/system.ts';

/** Of the test nets of RFC 5737: no machine's. */
const NOBODYS = '198.51.100.1';

/** The addresses of this machine, without those that need a zone. */
const ADDRESSES = Object.values(networkInterfaces())
  .flatMap((all = []) => all)
  .map(({ address }) => address)
  .filter((address) => !address.startsWith('fe80:'));

function makeServer(): Server {
  const server = createServer((socket) => socket.end());
  onTestFinished(() => void server.close());
  return server;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

async function isReached(port: number, host: string): Promise<boolean> {
  const socket = connect({ port, host });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

it('listens where it is told, and without that everywhere', async () => {
  expect(ADDRESSES).toContain('127.0.0.1');
  const [here, everywhere] = [makeServer(), makeServer()];
  await listen(here, { port: 0, host: '127.0.0.1' });
  await listen(everywhere, { port: 0, host: undefined });
  for (const address of ADDRESSES) {
    expect([address, await isReached(portOf(everywhere), address)]).toEqual([address, true]);
    const isHere = address === '127.0.0.1';
    expect([address, await isReached(portOf(here), address)]).toEqual([address, isHere]);
  }
});

it('says which setting cannot be used, and why', async () => {
  const first = makeServer();
  await listen(first, { port: 0, host: '127.0.0.1' });
  const taken = listen(makeServer(), { port: portOf(first), host: '127.0.0.1' });
  await expect(taken).rejects.toThrow('  PORT: another program listens on it');
  const foreign = listen(makeServer(), { port: 0, host: NOBODYS });
  await expect(foreign).rejects.toThrow('  HOST: is not an address of this machine');
  const nameless = listen(makeServer(), { port: 0, host: 'nowhere.invalid' });
  await expect(nameless).rejects.toThrow('  HOST: is a name that ');
  expect(listenProblem(Object.assign(new Error(), { code: 'EACCES' }))?.name).toBe('PORT');
  expect(listenProblem(new Error('another'))).toBeUndefined();
});

it('ends an API that cannot listen, with that text alone', async () => {
  const [redis, databaseUrl] = await Promise.all([startTestRedis(), createDatabase()]);
  onTestFinished(() => redis.stop());
  const { code, output } = await runCommand('src/api/main.ts', [], {
    ...{ REDIS_URL: redis.url, DATABASE_URL: databaseUrl, AUTH_JWT_SECRET: SECRET },
    ...{ HOST: NOBODYS, PORT: '0', LOG_LEVEL: 'fatal' },
  });
  expect(code).toBe(1);
  expect(output).toBe(
    'These settings are missing or broken:\n' +
      '  HOST: is not an address of this machine (docs/settings.md lists the settings)\n',
  );
});
