import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';

/** A request that a proxy waits for. */
interface Watch {
  readonly marks: readonly string[];
  readonly then: 'hold' | 'lose-reply';
  readonly reached: PromiseWithResolvers<void>;
  readonly release: PromiseWithResolvers<void>;
}

/** A request that is held before the server gets it. */
export interface Held {
  /** Resolves when it has come. */
  readonly reached: Promise<void>;
  /** Passes it on. */
  letGo(): void;
}

/**
 * Stands before a server and passes everything on, until its sockets are cut, it is taken away, or a request
 * comes that a test waits for.
 */
export async function proxyTo(target: URL) {
  const sockets = new Set<Socket>();
  let away = false;
  let watch: Watch | undefined;

  const server = net.createServer((near) => {
    if (away) {
      near.destroy();
      return;
    }
    const far = net.connect(Number(target.port), target.hostname);
    sockets.add(near).add(far);
    near.on('error', () => far.destroy()).on('close', () => far.destroy());
    far.on('error', () => near.destroy()).on('close', () => near.destroy());

    let seen = ''; // what has come on this connection since the watch began, as far as marks may span it
    let watched: Watch | undefined;
    let met = 0;
    let losesReply = false;
    near.on('data', (chunk) => {
      if (watched !== watch) {
        watched = watch;
        seen = '';
        met = 0;
      }
      if (watched !== undefined) {
        seen += chunk.toString('latin1');
        for (;;) {
          const at = seen.indexOf(watched.marks[met] ?? '\u0000none');
          if (at === -1) break;
          seen = seen.slice(at + (watched.marks[met]?.length ?? 0));
          met++;
        }
        seen = seen.slice(-100);
        if (met === watched.marks.length) {
          const { then, reached, release } = watched;
          watch = undefined; // only the first
          watched = undefined;
          if (then === 'hold') {
            near.pause();
            void release.promise.then(() => {
              far.write(chunk);
              near.resume();
            });
            reached.resolve();
            return;
          }
          losesReply = true;
          reached.resolve();
        }
      }
      far.write(chunk);
    });
    far.on('data', (chunk) => {
      if (losesReply) near.destroy();
      else near.write(chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  const expectRequest = (then: Watch['then'], marks: readonly string[]): Watch => {
    const reached = Promise.withResolvers<void>();
    watch = { marks, then, reached, release: Promise.withResolvers<void>() };
    return watch;
  };
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
    /**
     * Holds the next request by which a connection has sent all of the given texts, in their order. The connection's
     * later requests wait behind it.
     */
    hold: (...marks: string[]): Held => {
      const { reached, release } = expectRequest('hold', marks);
      return { reached: reached.promise, letGo: () => release.resolve() };
    },
    /** Passes on the next request with the given text and cuts its connection instead of passing on the reply. */
    loseReplyTo: (mark: string): Promise<void> =>
      expectRequest('lose-reply', [mark]).reached.promise,
    close: () => {
      server.close();
      cut();
    },
  };
}

export type TcpProxy = Awaited<ReturnType<typeof proxyTo>>;
