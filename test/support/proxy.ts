import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';

/** Stands before a server and passes everything on, until its sockets are cut or it is taken away. */
export async function proxyTo(target: URL) {
  const sockets = new Set<Socket>();
  let away = false;
  const server = net.createServer((near) => {
    if (away) {
      near.destroy();
      return;
    }
    const far = net.connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.href,
    cut,
    /** Cuts all connections and takes no new ones, or takes them again. */
    setAway: (value: boolean) => {
      away = value;
      if (away) cut();
    },
    close: () => server.close(),
  };
}
